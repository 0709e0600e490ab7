package image_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// goodTable is a table for map 6 like the SDK's examples.
func goodTable() []image.Partition {
	return []image.Partition{
		{Type: image.PartitionBootloader, Addr: 0, Size: 0x1000},
		{Type: image.PartitionOTA1, Addr: 0x1000, Size: 0xE0000},
		{Type: image.PartitionOTA2, Addr: 0x101000, Size: 0xE0000},
		{Type: image.PartitionRFCal, Addr: 0x3FB000, Size: 0x1000},
		{Type: image.PartitionPHYData, Addr: 0x3FC000, Size: 0x1000},
		{Type: image.PartitionSystemParameter, Addr: 0x3FD000, Size: 0x3000},
		{Type: image.PartitionSSLClientCA, Addr: 0xFC000, Size: 0x1000},
		{Type: image.PartitionCustomer + 1, Addr: 0x200000, Size: 0x10000},
	}
}

func chip4M(t testing.TB) *flash.Chip {
	c, err := flash.New(4 << 20)
	require.NoError(t, err)
	return c
}

func TestPartitionTableIsTaken(t *testing.T) {
	c := chip4M(t)
	require.NoError(t, c.Write(0, []byte{0xE9, 1, 2, 0x60}))
	table, err := image.RegisterPartitions(c, goodTable(), image.Map32M1024x1024)
	require.NoError(t, err)
	p, ok := table.Item(image.PartitionSSLClientCA)
	assert.True(t, ok)
	assert.EqualValues(t, 0xFC000, p.Addr)
	_, ok = table.Item(image.PartitionATParameter)
	assert.False(t, ok)
	assert.EqualValues(t, 0xE0000, table.OTASize(1))
	assert.EqualValues(t, 0xE0000, table.OTASize(2))
	assert.Zero(t, image.PartitionTable(nil).OTASize(1))

	l := table.Layout(image.Map32M1024x1024)
	assert.Empty(t, l.CheckCertSector(c, 0xFC, 4096))
	found := l.CheckCertSector(c, 0xFC, 3*4096)
	assert.Empty(t, found, "0xFD and 0xFE are free in this table")
	assert.Len(t, l.CheckCertSector(c, 0x3FC, 4096), 1)

	_, err = image.RegisterPartitions(chip4M(t), goodTable()[3:6], image.Map32M1024x1024)
	assert.NoError(t, err, "boot and OTA may be missing, a blank chip has no map to differ from")
}

// Each rule of system_partition_table_regist alone.
func TestPartitionTableIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		m      image.SizeMap
		change func(t []image.Partition) []image.Partition
		want   error
	}{
		{"map 0", 0, nil, image.ErrPartitionMap},
		{"map 1", 1, nil, image.ErrPartitionMap},
		{"map 7", 7, nil, image.ErrPartitionMap},
		{"map 10", 10, nil, image.ErrPartitionMap},
		{"another map than the header", 4, nil, image.ErrPartitionMismatch},
		{"address", 6, func(p []image.Partition) []image.Partition { p[7].Addr += 4; return p }, image.ErrPartitionAlignment},
		{"size", 6, func(p []image.Partition) []image.Partition { p[7].Size += 4; return p }, image.ErrPartitionAlignment},
		{"boot elsewhere", 6, func(p []image.Partition) []image.Partition { p[0].Addr = 0x300000; return p }, image.ErrPartitionPlace},
		{"boot of 8 KB", 6, func(p []image.Partition) []image.Partition { p[0].Size = 0x2000; return p }, image.ErrPartitionPlace},
		{"OTA_1 elsewhere", 6, func(p []image.Partition) []image.Partition { p[1].Addr = 0x2000; return p }, image.ErrPartitionPlace},
		{"OTA_1 over 1 MB", 6, func(p []image.Partition) []image.Partition { p[1].Size = 0x101000; return p }, image.ErrPartitionPlace},
		{"OTA_2 of the 512 map", 6, func(p []image.Partition) []image.Partition { p[2].Addr = 0x81000; return p }, image.ErrPartitionPlace},
		{"RF_CAL of two sectors", 6, func(p []image.Partition) []image.Partition { p[3].Size = 0x2000; return p }, image.ErrPartitionPlace},
		{"PHY_DATA of two sectors", 6, func(p []image.Partition) []image.Partition {
			p[4].Size = 0x2000
			return p
		}, image.ErrPartitionPlace},
		{"SYSTEM_PARAMETER of two sectors", 6, func(p []image.Partition) []image.Partition {
			p[5].Size = 0x2000
			return p
		}, image.ErrPartitionPlace},
		{"larger than the flash", 6, func(p []image.Partition) []image.Partition {
			p[7].Size = 0x500000
			return p
		}, image.ErrPartitionPlace},
		{"RF_CAL twice", 6, func(p []image.Partition) []image.Partition {
			return append(p, image.Partition{Type: image.PartitionRFCal, Addr: 0x300000, Size: 0x1000})
		}, image.ErrPartitionTwice},
		{"no RF_CAL", 6, func(p []image.Partition) []image.Partition { return slices.Delete(p, 3, 4) }, image.ErrPartitionMissing},
		{"no PHY_DATA", 6, func(p []image.Partition) []image.Partition { return slices.Delete(p, 4, 5) }, image.ErrPartitionMissing},
		{"no SYSTEM_PARAMETER", 6, func(p []image.Partition) []image.Partition {
			return slices.Delete(p, 5, 6)
		}, image.ErrPartitionMissing},
		{"nothing", 6, func(p []image.Partition) []image.Partition { return nil }, image.ErrPartitionMissing},
		{"empty", 6, func(p []image.Partition) []image.Partition { p[7].Size = 0; return p }, image.ErrPartitionEmpty},
		{"overlap", 6, func(p []image.Partition) []image.Partition { p[6].Addr = 0xE0000; return p }, image.ErrPartitionOverlap},
		{"beyond the end", 6, func(p []image.Partition) []image.Partition { p[7].Addr = 0x400000; return p }, image.ErrPartitionBeyond},
		{"at the end of the address space", 6, func(p []image.Partition) []image.Partition {
			p[7].Addr = 0xFFFE0000
			return p
		}, image.ErrPartitionBeyond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := chip4M(t)
			require.NoError(t, c.Write(0, []byte{0xE9, 1, 2, 0x60}))
			in := goodTable()
			if tc.change != nil {
				in = tc.change(in)
			}
			table, err := image.RegisterPartitions(c, in, tc.m)
			require.ErrorIs(t, err, tc.want)
			var pe *image.PartitionError
			require.True(t, errors.As(err, &pe))
			assert.Equal(t, tc.m, pe.Map)
			assert.Len(t, table, len(in), "the SDK goes on with the table")
		})
	}
	c := chip4M(t)
	require.NoError(t, c.Write(0, []byte{0xE9, 1, 2, 0x60}))
	wraps := goodTable()
	wraps[7].Addr = 0xFFFF0000
	_, err := image.RegisterPartitions(c, wraps, 6)
	assert.NoError(t, err, "the chip's sum is of 32 bits")
	_, err = image.RegisterPartitions(chip4M(t), []image.Partition{{Type: image.PartitionOTA2, Addr: 0x81000, Size: 0x6A000}}, 6)
	assert.ErrorContains(t, err,
		"flash: partition 0, OTA_2 0x81000+0x6a000: the SDK wants this partition at another address or in another size (map 6 "+
			"(FLASH_SIZE_32M_MAP_1024_1024))")
	assert.Equal(t, "CUSTOMER+2", (image.PartitionCustomer + 2).String())
	assert.Equal(t, "14", image.PartitionType(14).String())
}

func TestPartitionTableBytes(t *testing.T) {
	b := image.EncodePartitions(goodTable())
	assert.Equal(t, []byte{3, 0, 0, 0, 0, 0x10, 0x10, 0, 0, 0, 0x0E, 0}, b[24:36])
	back, err := image.ParsePartitions(b)
	require.NoError(t, err)
	assert.Equal(t, goodTable(), back)
	_, err = image.ParsePartitions(b[:13])
	require.ErrorIs(t, err, image.ErrPartitionTable)
	_, err = image.ParsePartitions(make([]byte, 12*257))
	require.ErrorIs(t, err, image.ErrPartitionTable)
}

func FuzzPartitionTable(f *testing.F) {
	f.Add(image.EncodePartitions(goodTable()), uint8(6))
	f.Add(image.EncodePartitions([]image.Partition{{Type: 100, Addr: 0xFFFFF000, Size: 0xFFFFF000}}), uint8(2))
	c := chip4M(f)
	f.Fuzz(func(t *testing.T, b []byte, m uint8) {
		table, err := image.ParsePartitions(b)
		if err != nil {
			return
		}
		require.Equal(t, b, image.EncodePartitions(table)[:len(b)])
		size := image.SizeMap(m)
		registered, err := image.RegisterPartitions(c, table, size)
		require.Len(t, registered, len(table))
		l := registered.Layout(size)
		if err != nil {
			_ = err.Error()
			return
		}
		// What was taken is a map of the flash: aligned, inside, without overlaps.
		end := uint64(0)
		for _, r := range registered.Layout(size) {
			if r.Kind == image.SystemParam {
				continue // the table cannot move it
			}
			require.GreaterOrEqual(t, uint64(r.Addr), end)
			end = r.End()
			require.LessOrEqual(t, end, uint64(size.Size()))
			require.NotZero(t, r.Size)
		}
		for _, sector := range []uint32{0, 0x7B, 0x3FF, 0xFFFFFFFF} {
			l.CheckCertSector(c, sector, 8192)
		}
	})
}
