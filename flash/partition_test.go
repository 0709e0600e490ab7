package flash_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

// goodTable is a table for map 6 like the SDK's examples.
func goodTable() []flash.Partition {
	return []flash.Partition{
		{Type: flash.PartitionBootloader, Addr: 0, Size: 0x1000},
		{Type: flash.PartitionOTA1, Addr: 0x1000, Size: 0xE0000},
		{Type: flash.PartitionOTA2, Addr: 0x101000, Size: 0xE0000},
		{Type: flash.PartitionRFCal, Addr: 0x3FB000, Size: 0x1000},
		{Type: flash.PartitionPHYData, Addr: 0x3FC000, Size: 0x1000},
		{Type: flash.PartitionSystemParameter, Addr: 0x3FD000, Size: 0x3000},
		{Type: flash.PartitionSSLClientCA, Addr: 0xFC000, Size: 0x1000},
		{Type: flash.PartitionCustomer + 1, Addr: 0x200000, Size: 0x10000},
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
	table, err := flash.RegisterPartitions(c, goodTable(), flash.Map32M1024x1024)
	require.NoError(t, err)
	p, ok := table.Item(flash.PartitionSSLClientCA)
	assert.True(t, ok)
	assert.EqualValues(t, 0xFC000, p.Addr)
	_, ok = table.Item(flash.PartitionATParameter)
	assert.False(t, ok)
	assert.EqualValues(t, 0xE0000, table.OTASize(1))
	assert.EqualValues(t, 0xE0000, table.OTASize(2))
	assert.Zero(t, flash.PartitionTable(nil).OTASize(1))

	l := table.Layout(flash.Map32M1024x1024)
	assert.Empty(t, l.CheckCertSector(c, 0xFC, 4096))
	found := l.CheckCertSector(c, 0xFC, 3*4096)
	assert.Empty(t, found, "0xFD and 0xFE are free in this table")
	assert.Len(t, l.CheckCertSector(c, 0x3FC, 4096), 1)

	_, err = flash.RegisterPartitions(chip4M(t), goodTable()[3:6], flash.Map32M1024x1024)
	assert.NoError(t, err, "boot and OTA may be missing, a blank chip has no map to differ from")
}

// Each rule of system_partition_table_regist alone.
func TestPartitionTableIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		m      flash.SizeMap
		change func(t []flash.Partition) []flash.Partition
		want   error
	}{
		{"map 0", 0, nil, flash.ErrPartitionMap},
		{"map 1", 1, nil, flash.ErrPartitionMap},
		{"map 7", 7, nil, flash.ErrPartitionMap},
		{"map 10", 10, nil, flash.ErrPartitionMap},
		{"another map than the header", 4, nil, flash.ErrPartitionMismatch},
		{"address", 6, func(p []flash.Partition) []flash.Partition { p[7].Addr += 4; return p }, flash.ErrPartitionAlignment},
		{"size", 6, func(p []flash.Partition) []flash.Partition { p[7].Size += 4; return p }, flash.ErrPartitionAlignment},
		{"boot elsewhere", 6, func(p []flash.Partition) []flash.Partition { p[0].Addr = 0x300000; return p }, flash.ErrPartitionPlace},
		{"boot of 8 KB", 6, func(p []flash.Partition) []flash.Partition { p[0].Size = 0x2000; return p }, flash.ErrPartitionPlace},
		{"OTA_1 elsewhere", 6, func(p []flash.Partition) []flash.Partition { p[1].Addr = 0x2000; return p }, flash.ErrPartitionPlace},
		{"OTA_1 over 1 MB", 6, func(p []flash.Partition) []flash.Partition { p[1].Size = 0x101000; return p }, flash.ErrPartitionPlace},
		{"OTA_2 of the 512 map", 6, func(p []flash.Partition) []flash.Partition { p[2].Addr = 0x81000; return p }, flash.ErrPartitionPlace},
		{"RF_CAL of two sectors", 6, func(p []flash.Partition) []flash.Partition { p[3].Size = 0x2000; return p }, flash.ErrPartitionPlace},
		{"PHY_DATA of two sectors", 6, func(p []flash.Partition) []flash.Partition { p[4].Size = 0x2000; return p }, flash.ErrPartitionPlace},
		{"SYSTEM_PARAMETER of two sectors", 6, func(p []flash.Partition) []flash.Partition { p[5].Size = 0x2000; return p }, flash.ErrPartitionPlace},
		{"larger than the flash", 6, func(p []flash.Partition) []flash.Partition { p[7].Size = 0x500000; return p }, flash.ErrPartitionPlace},
		{"RF_CAL twice", 6, func(p []flash.Partition) []flash.Partition {
			return append(p, flash.Partition{Type: flash.PartitionRFCal, Addr: 0x300000, Size: 0x1000})
		}, flash.ErrPartitionTwice},
		{"no RF_CAL", 6, func(p []flash.Partition) []flash.Partition { return slices.Delete(p, 3, 4) }, flash.ErrPartitionMissing},
		{"no PHY_DATA", 6, func(p []flash.Partition) []flash.Partition { return slices.Delete(p, 4, 5) }, flash.ErrPartitionMissing},
		{"no SYSTEM_PARAMETER", 6, func(p []flash.Partition) []flash.Partition { return slices.Delete(p, 5, 6) }, flash.ErrPartitionMissing},
		{"nothing", 6, func(p []flash.Partition) []flash.Partition { return nil }, flash.ErrPartitionMissing},
		{"empty", 6, func(p []flash.Partition) []flash.Partition { p[7].Size = 0; return p }, flash.ErrPartitionEmpty},
		{"overlap", 6, func(p []flash.Partition) []flash.Partition { p[6].Addr = 0xE0000; return p }, flash.ErrPartitionOverlap},
		{"beyond the end", 6, func(p []flash.Partition) []flash.Partition { p[7].Addr = 0x3F8000; return p }, flash.ErrPartitionBeyond},
		{"at the end of the address space", 6, func(p []flash.Partition) []flash.Partition { p[7].Addr = 0xFFFF0000; return p }, flash.ErrPartitionBeyond},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := chip4M(t)
			require.NoError(t, c.Write(0, []byte{0xE9, 1, 2, 0x60}))
			in := goodTable()
			if tc.change != nil {
				in = tc.change(in)
			}
			table, err := flash.RegisterPartitions(c, in, tc.m)
			require.ErrorIs(t, err, tc.want)
			var pe *flash.PartitionError
			require.True(t, errors.As(err, &pe))
			assert.Equal(t, tc.m, pe.Map)
			assert.Len(t, table, len(in), "the SDK goes on with the table")
		})
	}
	_, err := flash.RegisterPartitions(chip4M(t), []flash.Partition{{Type: flash.PartitionOTA2, Addr: 0x81000, Size: 0x6A000}}, 6)
	assert.ErrorContains(t, err, "flash: partition 0, OTA_2 0x81000+0x6a000: the SDK wants this partition at another address or in another size (map 6 (FLASH_SIZE_32M_MAP_1024_1024))")
	assert.Equal(t, "CUSTOMER+2", (flash.PartitionCustomer + 2).String())
	assert.Equal(t, "14", flash.PartitionType(14).String())
}

func TestPartitionTableBytes(t *testing.T) {
	b := flash.EncodePartitions(goodTable())
	assert.Equal(t, []byte{3, 0, 0, 0, 0, 0x10, 0x10, 0, 0, 0, 0x0E, 0}, b[24:36])
	back, err := flash.ParsePartitions(b)
	require.NoError(t, err)
	assert.Equal(t, goodTable(), back)
	_, err = flash.ParsePartitions(b[:13])
	require.ErrorIs(t, err, flash.ErrPartitionTable)
	_, err = flash.ParsePartitions(make([]byte, 12*257))
	require.ErrorIs(t, err, flash.ErrPartitionTable)
}

func FuzzPartitionTable(f *testing.F) {
	f.Add(flash.EncodePartitions(goodTable()), uint8(6))
	f.Add(flash.EncodePartitions([]flash.Partition{{Type: 100, Addr: 0xFFFFF000, Size: 0xFFFFF000}}), uint8(2))
	c := chip4M(f)
	f.Fuzz(func(t *testing.T, b []byte, m uint8) {
		table, err := flash.ParsePartitions(b)
		if err != nil {
			return
		}
		require.Equal(t, b, flash.EncodePartitions(table)[:len(b)])
		size := flash.SizeMap(m)
		registered, err := flash.RegisterPartitions(c, table, size)
		require.Len(t, registered, len(table))
		l := registered.Layout(size)
		if err != nil {
			_ = err.Error()
			return
		}
		// What was taken is a map of the flash: aligned, inside, without overlaps.
		end := uint64(0)
		for _, r := range registered.Layout(size) {
			if r.Kind == flash.SystemParam {
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
