package flash_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/flash"
)

// The rules of spi_flash_read, _write and _erase_sector.
func TestSPIFunctions(t *testing.T) {
	c := newChip(t)
	size := uint32(c.Size())
	for _, tc := range []struct {
		name string
		got  flash.Outcome
		want flash.Result
	}{
		{"write of 5 bytes is rounded up", flash.SpiWrite(c, 0, []byte{1, 2, 3, 4, 5}), flash.ResultOK},
		{"write of nothing", flash.SpiWrite(c, 0, []byte{}), flash.ResultOK},
		{"write from NULL", flash.SpiWrite(c, 0, nil), flash.ResultErr},
		{"write at an odd address", flash.SpiWrite(c, 2, make([]byte, 4)), flash.ResultErr},
		{"write across the end after rounding", flash.SpiWrite(c, size-4, make([]byte, 5)), flash.ResultErr},
		{"write at the end", flash.SpiWrite(c, size-4, make([]byte, 3)), flash.ResultOK},
		{"read to NULL", flash.SpiRead(c, 0, nil), flash.ResultErr},
		{"read across the end", flash.SpiRead(c, size-4, make([]byte, 5)), flash.ResultErr},
		{"read at the end of the address space", flash.SpiRead(c, 0xFFFFFFFF, make([]byte, 5)), flash.ResultErr},
		{"erase behind the end", flash.SpiEraseSector(c, 0xFFFF), flash.ResultErr},
		{"erase", flash.SpiEraseSector(c, 5), flash.ResultOK},
	} {
		assert.Equal(t, tc.want, tc.got.Result(), tc.name)
	}
	p := make([]byte, 7)
	assert.Equal(t, flash.ResultOK, flash.SpiRead(c, 1, p).Result(), "reads need no alignment")
	assert.Equal(t, []byte{2, 3, 4, 5, 0xFF, 0xFF, 0xFF}, p)
	assert.EqualValues(t, 0x1640EF, flash.ID(4<<20))
	assert.EqualValues(t, 0x1340EF, flash.ID(512<<10))
}
