package espconn_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// The loader of the CA sector reads three headers unless a length of FFFF ends them; one that lies beyond byte 4,096 reads as an
// empty name of length 0 (axtls.md 3, 10).
func TestHeadersOutOfReach(t *testing.T) {
	for _, row := range []struct {
		name    string
		lengths []int // of the entries; what follows them is erased
		want    []string
	}{
		{"none", nil, []string{}},
		{"one, and an erased header", []int{100}, []string{"e0.cer 64"}},
		{"three, and a fourth that is not read", []int{100, 100, 100, 100}, []string{"e0.cer 64", "e1.cer 64", "e2.cer 64"}},
		{"one longer than the sector", []int{0x1800}, []string{"e0.cer 1800", " 0", " 0"}},
		{"one that leaves room for no header", []int{4096 - 34 - 33}, []string{"e0.cer fbd", " 0", " 0"}},
		{"one that leaves room for a header", []int{4096 - 34 - 34}, []string{"e0.cer fbc"}},
		{"one that ends with the sector", []int{4096 - 34}, []string{"e0.cer fde", " 0", " 0"}},
		{"two, the second longer than the sector", []int{100, 0xFFFE}, []string{"e0.cer 64", "e1.cer fffe", " 0"}},
		{"three, the third longer than the sector", []int{100, 100, 0x2000}, []string{"e0.cer 64", "e1.cer 64", "e2.cer 2000"}},
		{"two empty ones", []int{0, 0}, []string{"e0.cer 0", "e1.cer 0"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
				rig.listen(func(c net.Conn) { holdPlain(c) })
				rig.do(func() { assert.True(t, rig.SecureCaEnable(1, 0x7B)) })
				rig.connect()
				lines := slices.DeleteFunc(rig.lines(), func(s string) bool {
					var name string
					var n int
					k, _ := fmt.Sscanf(s, "%s %x", &name, &n)
					return !(k == 2 && len(name) == 6 || s == " 0")
				})
				assert.Equal(t, row.want, lines)
			}, clock(v10Clock), sectorOf(t, 0x7B, row.lengths))
		})
	}
}

// A sector that the chip has not is three empty headers: a client that has no other certificate does not begin (axtls.md 3).
func TestSectorBeyondTheChip(t *testing.T) {
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.listen(func(c net.Conn) { holdPlain(c) })
		rig.do(func() { assert.True(t, rig.SecureCaEnable(1, 4096)) })
		rig.connect()
		lines := rig.lines()
		at := slices.Index(lines, " 0")
		require.GreaterOrEqual(t, at, 0, "%q", lines)
		assert.Equal(t, []string{" 0", " 0", " 0", "E:M 0", "Certificate '' is undefined.", "E:M 0", "Certificate '' is undefined.",
			"E:M 0", "Certificate '' is undefined.", "Please load authenticate certificate"}, lines[at:])
	}, clock(v10Clock))
}

// sectorOf writes headers of entries with the given lengths where they belong, as far as they lie in the sector.
func sectorOf(t *testing.T, sector uint32, lengths []int) func(*emulator.Config) {
	return func(cfg *emulator.Config) {
		chip, err := flash.New(1 << 20)
		require.NoError(t, err)
		image := make([]byte, flash.SectorSize)
		for i := range image {
			image[i] = 0xFF
		}
		at := 0
		for i, n := range lengths {
			if at+34 > len(image) {
				break
			}
			clear(image[at : at+32])
			copy(image[at:], fmt.Sprintf("e%d.cer", i))
			binary.LittleEndian.PutUint16(image[at+32:], uint16(n))
			at += 34 + n
		}
		require.NoError(t, chip.Write(sector*flash.SectorSize, image))
		cfg.Flash = chip
	}
}
