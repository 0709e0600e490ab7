package wasm

import (
	"math"

	"github.com/espemu/espemu/flash"
)

const (
	partitionSize = 12 // bytes of a partition_item_t
	partitionsMax = flash.MaxPartitions
)

// flashFunctions are spi_flash.h.
var flashFunctions = map[string]hostFunction{
	"spi_flash_get_id":       {"", func(g *guest, _ args) uint32 { return g.sdk.SpiFlashGetID() }},
	"spi_flash_erase_sector": {"i", func(g *guest, a args) uint32 { return uint32(g.sdk.SpiFlashEraseSector(a.u16(0))) }},
	"spi_flash_write": {"ipi", func(g *guest, a args) uint32 {
		if a.u32(1) == 0 {
			return uint32(flash.ResultErr)
		}
		b := g.read(a.u32(1), a.u32(2))
		g.burn(uint64(len(b)))
		return uint32(g.sdk.SpiFlashWrite(a.u32(0), b))
	}},
	"spi_flash_read": {"ipi", func(g *guest, a args) uint32 {
		if a.u32(1) == 0 {
			return uint32(flash.ResultErr)
		}
		b := g.write(a.u32(1), a.u32(2))
		g.burn(uint64(len(b)))
		return uint32(g.sdk.SpiFlashRead(a.u32(0), b))
	}},
}

// partitionTable is system_partition_table_regist.
func partitionTable(g *guest, a args) uint32 {
	at, count, size := a.u32(0), a.u32(1), a.u32(2)
	if at == 0 || count == 0 || count > partitionsMax || size > math.MaxUint8 {
		return 0
	}
	items, err := flash.ParsePartitions(g.read(at, count*partitionSize))
	return number(err == nil && g.sdk.SystemPartitionTableRegist(items, flash.SizeMap(size)))
}

// partitionItem is system_partition_get_item: false for a type that the table does not have.
func partitionItem(g *guest, a args) uint32 {
	p, ok := g.sdk.SystemPartitionGetItem(flash.PartitionType(a.u32(0)))
	if !ok || a.u32(1) == 0 {
		return 0
	}
	copy(g.write(a.u32(1), partitionSize), flash.EncodePartitions([]flash.Partition{p}))
	return 1
}
