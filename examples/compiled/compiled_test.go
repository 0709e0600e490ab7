package compiled_test

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// firmware compiles the example for the chip's processor. Without xtensa-lx106-elf-gcc the test is skipped; in CI that is a failure.
func firmware(t *testing.T, defines ...string) *elf.Image {
	t.Helper()
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "meter.elf")
	_, err = build.Build(t.Context(), build.Options{Sources: []string{filepath.FromSlash("examples/compiled")}, Dir: root, Output: out,
		Engine: build.EngineLX106, Defines: defines})
	if errors.Is(err, build.ErrGCC) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	require.NoError(t, err)
	image, err := elf.LoadFile(out)
	require.NoError(t, err)
	assert.Empty(t, image.Missing(), "the emulator has all that the firmware calls")
	return image
}

// measure sends two messages and returns what the device printed, and what the emulator says of it.
func measure(t *testing.T, image *elf.Image) (printed, explained string) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"), UART: &uart, Seed: 1,
			ExpectCrash: true})
		require.NoError(t, d.Boot(image.Firmware()))
		devtest.WaitLog(t, d, "meter")
		time.Sleep(5 * time.Second) // an address
		sensor := network.Host("sensor", netip.MustParseAddr("10.0.0.9"))
		for _, message := range []string{"\x01\x2c\x01\x00\x00", "\x01\x64\x00\x00\x00"} {
			conn, err := sensor.Dial("tcp", "10.0.1.1:5000")
			require.NoError(t, err)
			_, err = conn.Write([]byte(message))
			require.NoError(t, err)
			time.Sleep(time.Second)
			require.NoError(t, conn.Close())
			if d.Crash() != nil {
				break
			}
		}
		require.NoError(t, d.Do(func() { printed = uart.String() }))
		explained = d.Explain().String()
	})
	return printed, explained
}

// epc1 is where the compiler has put the instruction.
var epc1 = regexp.MustCompile("epc1=0x[0-9a-f]{8}")

// README shows what happens: every block of it.
func TestREADME(t *testing.T) {
	b, err := os.ReadFile("README.md")
	require.NoError(t, err)
	var shown []string
	for n, part := range strings.Split(string(b), "```\n") {
		if n%2 == 1 {
			shown = append(shown, part)
		}
	}
	require.Len(t, shown, 3)
	printed, explained := measure(t, firmware(t))
	assert.Equal(t, epc1.ReplaceAllString(shown[0], "epc1"), epc1.ReplaceAllString(printed, "epc1"))
	assert.Equal(t, strings.TrimSpace(shown[1]), strings.TrimSpace(explained))
	printed, _ = measure(t, firmware(t, "FIXED"))
	assert.Equal(t, shown[2], printed)
}
