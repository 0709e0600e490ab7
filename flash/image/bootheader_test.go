package image

import (
	"testing"

	"github.com/emu8266/emu8266/flash"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBootHeader(t *testing.T) {
	for _, tc := range []struct {
		name    string
		h       BootHeader
		version uint8
		normal  bool
		slot    uint8
		addr    uint32 // with map 6
		next    byte   // first byte after system_upgrade_reboot
	}{
		{"blank", BootHeader{255, 255, 255, 255, 255, 255, 255, 255}, 31, true, 0, 0, 0xF1},
		{"blank, user2", BootHeader{0xF1, 255, 255, 255, 255, 255, 255, 255}, 31, true, 1, 0x101000, 0xF0},
		{"loader 1.7", BootHeader{0x00, 0x87}, 7, true, 1, 0x101000, 0x04},
		{"loader 1.7, user1 runs", BootHeader{0x04, 0x87}, 7, true, 0, 0x1000, 0x05},
		{"loader 1.7, user2 runs", BootHeader{0x05, 0x87}, 7, true, 1, 0x101000, 0x04},
		{"loader 1.7, user2 not yet", BootHeader{0x01, 0x87}, 7, true, 0, 0x1000, 0x05},
		{"loader 1.2", BootHeader{0xF1, 0x82}, 2, true, 1, 0x101000, 0xF0},
		{"enhance mode", BootHeader{0x04, 0x06, 1, 2, 3, 4, 5, 6}, 6, false, 0, 0x060504, 0x05},
		{"enhance mode, the other", BootHeader{0x00, 0x06, 1, 2, 3, 4, 5, 6}, 6, false, 1, 0x030201, 0x04},
	} {
		assert.Equal(t, tc.version, tc.h.Version(), tc.name)
		assert.Equal(t, tc.normal, tc.h.Normal(), tc.name)
		assert.Equal(t, tc.slot, tc.h.Slot(), tc.name)
		assert.Equal(t, tc.addr, tc.h.Addr(Map32M1024x1024), tc.name)
		next := tc.h.Switched(tc.h)
		assert.Equal(t, tc.next, next[0], tc.name)
		assert.Equal(t, 1-tc.slot, next.Slot(), tc.name)
		assert.True(t, next.Normal(), tc.name)
		assert.Equal(t, tc.slot, next.Switched(next).Slot(), tc.name)
	}
	user2 := BootHeader{0x05, 0x87}
	assert.EqualValues(t, 0x81000, user2.Addr(Map8M512x512))
	assert.EqualValues(t, 0x41000, user2.Addr(Map4M256x256))
	assert.EqualValues(t, 0x101000, user2.Addr(Map2M))
}

func TestBootHeaderIsKept(t *testing.T) {
	c, err := flash.New(1 << 20)
	require.NoError(t, err)
	p, _, err := LoadSystemParams(c, Map8M512x512)
	require.NoError(t, err)
	assert.Equal(t, BootHeader{255, 255, 255, 255, 255, 255, 255, 255}, p.Boot())
	p.SetBoot(p.Boot().Switched(p.Boot()))
	p.Restore()
	require.NoError(t, p.Save(c, Map8M512x512))
	p, _, err = LoadSystemParams(c, Map8M512x512)
	require.NoError(t, err)
	assert.EqualValues(t, 1, p.Boot().Slot())
}
