package wasm

import (
	"math"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

const (
	partitionSize = 12 // bytes of a partition_item_t
	partitionsMax = image.MaxPartitions
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
		return g.flashRead(a.u32(0), a.u32(1), a.u32(2))
	}},
	// Deviation: the function, which the SDK's HSPI overlap mode needs for reading the chip at all, is not called: the chip is
	// read as without it.
	"spi_flash_set_read_func": {"f", nothing},

	// The ROM's functions, which take no part in any protection; 0 is success (sdk-surface.md, ROM functions).
	"SPIRead": {"ipi", func(g *guest, a args) uint32 { return g.flashRead(a.u32(0), a.u32(1), a.u32(2)) }},
	"SPIWrite": {"ipi", func(g *guest, a args) uint32 {
		b := g.read(a.u32(1), a.u32(2))
		g.burn(uint64(len(b)))
		return uint32(g.sdk.SpiFlashWrite(a.u32(0), b))
	}},
	"SPIEraseSector": {"i", func(g *guest, a args) uint32 { return uint32(g.sdk.SpiFlashEraseSector(a.u16(0))) }},
	"SPIEraseBlock": {"i", func(g *guest, a args) uint32 {
		const sectors = 16 // of a block of 64 KB
		for i := range uint32(sectors) {
			if n := a.u32(0)*sectors + i; n > math.MaxUint16 || g.sdk.SpiFlashEraseSector(uint16(n)) != int(flash.ResultOK) {
				return uint32(flash.ResultErr)
			}
		}
		return uint32(flash.ResultOK)
	}},
	"SPIEraseChip": {"", func(g *guest, _ args) uint32 { return uint32(flash.ResultOf(g.board.Flash.EraseChip())) }},

	"esp_flashchip": {"", func(g *guest, _ args) uint32 { return g.flashChip() }},
}

func (g *guest) flashRead(from, to, n uint32) uint32 {
	b := g.write(to, n)
	g.burn(uint64(len(b)))
	return uint32(g.sdk.SpiFlashRead(from, b))
}

// flashChip returns the ROM's SpiFlashChip, which flashchip points to. Firmware may write to it; nobody reads it here.
func (g *guest) flashChip() uint32 {
	if g.system.chip == 0 {
		var b []byte
		for _, v := range []uint32{flash.ID(g.board.Flash.Size()), uint32(g.board.Flash.Size()), 1 << 16, flash.SectorSize, flash.PageSize, 0xFFFF} {
			b = order.AppendUint32(b, v)
		}
		g.system.chip = g.constant(string(b))
	}
	return g.system.chip
}

// partitionTable is system_partition_table_regist.
func partitionTable(g *guest, a args) uint32 {
	at, count, size := a.u32(0), a.u32(1), a.u32(2)
	if at == 0 || count == 0 || count > partitionsMax || size > math.MaxUint8 {
		return 0
	}
	items, err := image.ParsePartitions(g.read(at, count*partitionSize))
	return number(err == nil && g.sdk.SystemPartitionTableRegist(items, image.SizeMap(size)))
}

// partitionItem is system_partition_get_item: false for a type that the table does not have.
func partitionItem(g *guest, a args) uint32 {
	p, ok := g.sdk.SystemPartitionGetItem(image.PartitionType(a.u32(0)))
	if !ok || a.u32(1) == 0 {
		return 0
	}
	copy(g.write(a.u32(1), partitionSize), image.EncodePartitions([]image.Partition{p}))
	return 1
}
