package image_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// The table of sdk-surface.md, Flash.
func TestSizeMaps(t *testing.T) {
	for _, row := range []struct {
		m             image.SizeMap
		kb            int
		user1, user2  uint32
		rf, phy, parm uint32
	}{
		{0, 512, 0x1000, 0x41000, 0x7B000, 0x7C000, 0x7D000},
		{1, 256, 0, 0, 0, 0x3C000, 0x3D000},
		{2, 1024, 0x1000, 0x81000, 0xFB000, 0xFC000, 0xFD000},
		{3, 2048, 0x1000, 0x81000, 0x1FB000, 0x1FC000, 0x1FD000},
		{4, 4096, 0x1000, 0x81000, 0x3FB000, 0x3FC000, 0x3FD000},
		{5, 2048, 0x1000, 0x101000, 0x1FB000, 0x1FC000, 0x1FD000},
		{6, 4096, 0x1000, 0x101000, 0x3FB000, 0x3FC000, 0x3FD000},
		{7, 4096, 0, 0, 0x3FB000, 0x3FC000, 0x3FD000},
		{8, 8192, 0x1000, 0x101000, 0x7FB000, 0x7FC000, 0x7FD000},
		{9, 16384, 0x1000, 0x101000, 0xFFB000, 0xFFC000, 0xFFD000},
	} {
		t.Run(row.m.String(), func(t *testing.T) {
			assert.True(t, row.m.Valid())
			assert.Equal(t, row.kb<<10, row.m.Size())
			u1, u2, most := row.m.Slots()
			assert.Equal(t, []uint32{row.user1, row.user2}, []uint32{u1, u2})
			assert.LessOrEqual(t, u1+most, max(u2, 1), "the slots do not overlap")
			assert.Equal(t, row.parm, row.m.SystemParamAddr())
			l := row.m.Layout()
			for i, r := range l {
				assert.LessOrEqual(t, r.End(), uint64(row.m.Size()))
				if i > 0 {
					assert.LessOrEqual(t, l[i-1].End(), uint64(r.Addr), "%v and %v", l[i-1], r)
				}
			}
			for kind, addr := range map[image.Kind]uint32{image.RFCal: row.rf, image.PHYData: row.phy, image.SystemParam: row.parm} {
				if addr != 0 {
					r, ok := l.At(addr)
					require.True(t, ok)
					assert.Equal(t, []any{kind, addr}, []any{r.Kind, r.Addr})
				}
			}
		})
	}
	assert.False(t, image.SizeMap(10).Valid())
	assert.Equal(t, 512<<10, image.SizeMap(15).Size(), "what the SDK assumes")
	assert.Nil(t, image.SizeMap(10).Layout())
	assert.Equal(t, "15 (no flash size map)", image.SizeMap(15).String())
	for size := flash.MinSize; size <= flash.MaxSize; size *= 2 {
		m, ok := image.DefaultMap(size)
		assert.True(t, ok)
		assert.Equal(t, size, m.Size())
	}
	_, ok := image.DefaultMap(3 << 20)
	assert.False(t, ok)
}

func TestHeaderMap(t *testing.T) {
	c := newChip(t)
	_, ok := image.HeaderMap(c)
	assert.False(t, ok, "blank")
	require.NoError(t, c.Write(0, []byte{0xE9, 3, 2, 0x6F}))
	m, ok := image.HeaderMap(c)
	assert.True(t, ok)
	assert.Equal(t, image.Map32M1024x1024, m)
	found := image.CheckMap(c, m)
	require.Len(t, found, 1)
	assert.Equal(t, image.RuleMapSize, found[0].Rule)
	assert.Empty(t, image.CheckMap(c, image.Map4M256x256))
	assert.Len(t, image.CheckMap(c, image.Map2M), 1)
}

// The sectors of the manuals: 0x7B and 0x7A (V2.1), 0x3B (V1.0), on the maps they fit and on others.
func TestWhereCertificatesMayLie(t *testing.T) {
	for _, tc := range []struct {
		name   string
		m      image.SizeMap
		sector uint32
		rules  []string
	}{
		{"0x7B, 512+512", image.Map8M512x512, 0x7B, nil},
		{"0x7A, 512+512", image.Map32M512x512, 0x7A, nil},
		{"0x7B, 1024+1024: inside user1's room", image.Map32M1024x1024, 0x7B, []string{image.RuleInSlot}},
		{"0x7B, 256+256: RF calibration and PHY data", image.Map4M256x256, 0x7B, []string{image.RuleOverSystem, image.RuleOverSystem}},
		{"0x7A, 256+256: the second sector is RF calibration", image.Map4M256x256, 0x7A, []string{image.RuleOverSystem}},
		{"0x3B, 256+256", image.Map4M256x256, 0x3B, nil},
		{"0x3B, 512+512: inside user1's room", image.Map8M512x512, 0x3B, []string{image.RuleInSlot}},
		{"loader and user1", image.Map8M512x512, 0, []string{image.RuleInSlot, image.RuleInSlot}},
		{"PHY data and parameters", image.Map8M512x512, 0xFC, []string{image.RuleOverSystem, image.RuleOverSystem}},
		{"last sector, two sectors long", image.Map8M512x512, 0xFF, []string{image.RuleBeyondEnd}},
		{"behind the end", image.Map8M512x512, 0x100, []string{image.RuleBeyondEnd}},
		{"last sector number", image.Map8M512x512, 0xFFFFFFFF, []string{image.RuleBeyondEnd}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := flash.New(tc.m.Size())
			require.NoError(t, err)
			var rules []string
			for _, f := range tc.m.Layout().CheckCertSector(c, tc.sector, 5000) {
				rules = append(rules, f.Rule)
				assert.Contains(t, f.String(), f.Rule)
			}
			assert.Equal(t, tc.rules, rules)
		})
	}
}

// With the program in the flash the finding says whether the harm is done.
func TestCertificatesOverTheProgram(t *testing.T) {
	c, err := flash.New(4 << 20)
	require.NoError(t, err)
	require.NoError(t, c.Write(0x1000, userImage(1, 0x30000)))
	l := image.Map32M1024x1024.Layout()
	over := l.CheckCertSector(c, 0x20, 100)
	require.Len(t, over, 1)
	assert.Equal(t, image.RuleOverCode, over[0].Rule)
	behind := l.CheckCertSector(c, 0x7B, 100)
	require.Len(t, behind, 1)
	assert.Equal(t, image.RuleInSlot, behind[0].Rule)
}
