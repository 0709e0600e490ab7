package elf_test

import (
	"bytes"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// A float that becomes a number, and a division that overflows, come out as on the chip, on both engines and however the firmware was
// compiled (lx106.md 6). The numbers of 64 bits are libgcc's own for the LX106.
func TestConversions(t *testing.T) {
	const source = "emulator/elf/testdata/conversions.c"
	firmware := map[string]emulator.Firmware{"lx106": compile(t, []string{source}).Firmware()}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	for name, o := range map[string]build.Options{"wasm": {}, "wasm, checked": {Check: true}, "wasm, for tests": {Test: true}} {
		o.Sources, o.Output, o.Dir = []string{filepath.FromSlash(source)}, filepath.Join(t.TempDir(), "firmware.wasm"), root
		_, err := build.Build(t.Context(), o)
		if err != nil && os.Getenv("CI") != "true" {
			t.Skip(err)
		}
		require.NoError(t, err)
		image, err := wasm.LoadFile(o.Output)
		require.NoError(t, err)
		defer func() { assert.NoError(t, image.Close()) }()
		firmware[name] = image.Firmware()
	}
	for name, f := range firmware {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{UART: &uart})
				require.NoError(t, d.Boot(f))
				time.Sleep(time.Second)
				require.NoError(t, d.Close())
				lines := strings.Split(strings.TrimSpace(uart.String()), "\n")
				require.Len(t, lines, 1+37+200)
				assert.Equal(t, "divided: 80000000 0 128 8000000000000000 0000000000000000 80000000 -3 -7 c000000000000000", lines[0])
				for _, line := range lines[1:] {
					bits, err := strconv.ParseUint(line[:8], 16, 32)
					require.NoError(t, err, line)
					v := float64(math.Float32frombits(uint32(bits)))
					small := fmt.Sprintf(" %08x %08x", converted(v, 32, true), converted(v, 32, false))
					large := fmt.Sprintf(" %016x %016x", converted(v, 64, true), converted(v, 64, false))
					assert.Equal(t, fmt.Sprintf("%08x:%s%s%s%s", bits, small, small, large, large), line, "%g", v)
				}
			})
		})
	}
}

// converted is v without its fraction in so many bits, by the rules of lx106.md 6, worked out with numbers of any size.
func converted(v float64, bits uint, signed bool) uint64 {
	one := big.NewInt(1)
	half, all := new(big.Int).Lsh(one, bits-1), new(big.Int).Lsh(one, bits)
	most := new(big.Int).Sub(all, one)
	if signed {
		most = new(big.Int).Sub(half, one)
	}
	if math.IsNaN(v) || math.IsInf(v, 1) {
		return most.Uint64()
	}
	if math.IsInf(v, -1) {
		return half.Uint64()
	}
	n, _ := new(big.Float).SetFloat64(v).Int(nil)
	switch {
	case n.Cmp(most) > 0:
		n = most
	case n.Cmp(new(big.Int).Neg(half)) <= 0:
		n = half
	case n.Sign() < 0:
		n.Add(n, all)
	}
	return n.Uint64()
}
