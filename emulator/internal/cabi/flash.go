package cabi

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
var flashFunctions = map[string]Function{
	"spi_flash_get_id":       {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SpiFlashGetID() }},
	"spi_flash_erase_sector": {"i", func(s *SDK, a *Args) uint32 { return uint32(s.sdk.SpiFlashEraseSector(a.u16(0))) }},
	"spi_flash_write": {"ipi", func(s *SDK, a *Args) uint32 {
		if a.u32(1) == 0 {
			return uint32(flash.ResultErr)
		}
		b := s.read(a.u32(1), a.u32(2))
		s.burn(uint64(len(b)) * byteCycles)
		return uint32(s.sdk.SpiFlashWrite(a.u32(0), b))
	}},
	"spi_flash_read": {"ipi", func(s *SDK, a *Args) uint32 {
		if a.u32(1) == 0 {
			return uint32(flash.ResultErr)
		}
		return s.flashRead(a.u32(0), a.u32(1), a.u32(2))
	}},
	// Deviation: the function, which the SDK's HSPI overlap mode needs for reading the chip at all, is not called: the chip is
	// read as without it.
	"spi_flash_set_read_func": {"f", nothing},

	// The ROM's functions, which take no part in any protection; 0 is success (sdk-surface.md, ROM functions).
	"SPIRead": {"ipi", func(s *SDK, a *Args) uint32 { return s.flashRead(a.u32(0), a.u32(1), a.u32(2)) }},
	"SPIWrite": {"ipi", func(s *SDK, a *Args) uint32 {
		b := s.read(a.u32(1), a.u32(2))
		s.burn(uint64(len(b)) * byteCycles)
		return uint32(s.sdk.SpiFlashWrite(a.u32(0), b))
	}},
	"SPIEraseSector": {"i", func(s *SDK, a *Args) uint32 { return uint32(s.sdk.SpiFlashEraseSector(a.u16(0))) }},
	"SPIEraseBlock": {"i", func(s *SDK, a *Args) uint32 {
		const sectors = 16 // of a block of 64 KB
		for i := range uint32(sectors) {
			if n := a.u32(0)*sectors + i; n > math.MaxUint16 || s.sdk.SpiFlashEraseSector(uint16(n)) != int(flash.ResultOK) {
				return uint32(flash.ResultErr)
			}
		}
		return uint32(flash.ResultOK)
	}},
	"SPIEraseArea": {"ii", func(s *SDK, a *Args) uint32 { // address and length, from the sector's begin to the sector's end
		from, to := uint64(a.u32(0)), uint64(a.u32(0))+uint64(a.u32(1))
		for n := from / flash.SectorSize; n*flash.SectorSize < to; n++ {
			if n > math.MaxUint16 || s.sdk.SpiFlashEraseSector(uint16(n)) != int(flash.ResultOK) {
				return uint32(flash.ResultErr)
			}
		}
		return uint32(flash.ResultOK)
	}},
	"SPIUnlock":        {"", nothing},  // nothing of the chip is locked
	"Wait_SPI_Idle":    {"p", nothing}, // the chip is never busy when a function has returned
	"SPI_write_enable": {"p", nothing},
	"SPI_read_status": {"pp", func(s *SDK, a *Args) uint32 {
		s.setU32(a.u32(1), 0)
		return uint32(flash.ResultOK)
	}},
	"SPIParamCfg": {"iiiiii", func(s *SDK, a *Args) uint32 {
		for i := range 6 {
			s.setU32(s.FlashChip()+4*uint32(i), a.u32(i))
		}
		return uint32(flash.ResultOK)
	}},
	"SPIEraseChip": {"", func(s *SDK, _ *Args) uint32 { return uint32(flash.ResultOf(s.board.EraseFlash())) }},

	"esp_flashchip": {"", func(s *SDK, _ *Args) uint32 { return s.FlashChip() }},
}

func (s *SDK) flashRead(from, to, n uint32) uint32 {
	b := s.write(to, n)
	s.burn(uint64(len(b)) * byteCycles)
	result := uint32(s.sdk.SpiFlashRead(from, b))
	if g, ok := s.guest.(inFlash); ok && result == uint32(flash.ResultOK) {
		g.InFlash(from, b)
	}
	return result
}

// inFlash is a Guest whose program lies in flash, though nobody has written it there.
type inFlash interface {
	// InFlash puts what the program has at an offset of the flash into b, where b, as it was read from there, is erased.
	InFlash(from uint32, b []byte)
}

// flashPiece is how much of the flash FlashAt returns. Choice: more than fits into the chip's memory.
const flashPiece = 1 << 16

// FlashAt returns a copy of the flash that the chip shows as memory from an address on, 64 KB at most; nil if it shows none there.
func (s *SDK) FlashAt(addr uint32) []byte {
	if addr < flashWindow || addr >= flashWindowEnd {
		return nil
	}
	b := make([]byte, min(flashPiece, flashWindowEnd-addr))
	n, _ := s.board.Flash().ReadAt(b, int64(addr-flashWindow)) // a small chip ends earlier
	return b[:n]
}

// FlashChip returns the address of the ROM's SpiFlashChip, which flashchip points to. Firmware may write to it; nobody reads it here.
func (s *SDK) FlashChip() uint32 {
	if s.system.chip == 0 {
		var b []byte
		const block, mask = 1 << 16, 0xFFFF
		size := s.board.Flash().Size()
		for _, v := range []uint32{flash.ID(size), uint32(size), block, flash.SectorSize, flash.PageSize, mask} {
			b = order.AppendUint32(b, v)
		}
		s.system.chip = s.constant(string(b))
	}
	return s.system.chip
}

// partitionTable is system_partition_table_regist.
func partitionTable(s *SDK, a *Args) uint32 {
	at, count, size := a.u32(0), a.u32(1), a.u32(2)
	if at == 0 || count == 0 || count > partitionsMax || size > math.MaxUint8 {
		return 0
	}
	items, err := image.ParsePartitions(s.read(at, count*partitionSize))
	return number(err == nil && s.sdk.SystemPartitionTableRegist(items, image.SizeMap(size)))
}

// partitionItem is system_partition_get_item: false for a type that the table does not have.
func partitionItem(s *SDK, a *Args) uint32 {
	p, ok := s.sdk.SystemPartitionGetItem(image.PartitionType(a.u32(0)))
	if !ok || a.u32(1) == 0 {
		return 0
	}
	copy(s.write(a.u32(1), partitionSize), image.EncodePartitions([]image.Partition{p}))
	return 1
}
