package wasm

import (
	"math/bits"
	"time"

	"github.com/espemu/espemu/flash"
)

const (
	// freeCalls are the calls of system_get_time in one callback that take no time; see the package comment.
	freeCalls = 100
	// callTime is the time of each further one: what it costs the watchdog.
	callTime = fuelPerCall * time.Microsecond / fuelPerMicro
)

// systemFunctions are the system_* functions.
var systemFunctions = map[string]hostFunction{
	"system_os_task": {"fipi", systemOsTask},
	"system_os_post": {"iii", systemOsPost},
	"system_init_done_cb": {"f", func(g *guest, a args) uint32 {
		f := a.u32(0)
		if f == 0 {
			g.sdk.SystemInitDoneCb(nil)
			return 0
		}
		g.sdk.SystemInitDoneCb(func() { g.callback(f) })
		return 0
	}},
	"system_get_time": {"", func(g *guest, _ args) uint32 {
		if g.asked++; g.asked > freeCalls {
			g.board.Busy(callTime)
		}
		return g.sdk.SystemGetTime()
	}},
	"system_get_free_heap_size": {"", func(g *guest, _ args) uint32 { return g.sdk.SystemGetFreeHeapSize() }},
	"system_get_chip_id":        {"", func(g *guest, _ args) uint32 { return g.sdk.SystemGetChipID() }},
	"system_get_sdk_version":    {"", func(g *guest, _ args) uint32 { return g.constant(g.version()) }},
	"system_set_os_print": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemSetOsPrint(a.u8(0))
		return 0
	}},
	"system_get_os_print": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemGetOsPrint()) }},
	"system_soft_wdt_feed": {"", func(g *guest, _ args) uint32 {
		g.refuel()
		return 0
	}},
	"system_partition_table_regist": {"pii", partitionTable},
}

// flashFunctions are spi_flash.h.
var flashFunctions = map[string]hostFunction{
	// The id of a Winbond chip: maker 0xEF, type 0x40, and the power of two of the size (sdk-surface.md, spi_flash_get_id).
	"spi_flash_get_id": {"", func(g *guest, _ args) uint32 {
		return uint32(bits.Len(uint(g.board.Flash.Size()))-1)<<16 | 0x40EF
	}},
	"spi_flash_erase_sector": {"i", func(g *guest, a args) uint32 { return uint32(g.sdk.SpiFlashEraseSector(a.u16(0))) }},
	"spi_flash_write": {"ipi", func(g *guest, a args) uint32 {
		if a.u32(1) == 0 {
			return flashError
		}
		g.burn(uint64(a.u32(2)))
		return uint32(g.sdk.SpiFlashWrite(a.u32(0), g.read(a.u32(1), a.u32(2))))
	}},
	"spi_flash_read": {"ipi", func(g *guest, a args) uint32 {
		if a.u32(1) == 0 {
			return flashError
		}
		g.burn(uint64(a.u32(2)))
		return uint32(g.sdk.SpiFlashRead(a.u32(0), g.write(a.u32(1), a.u32(2))))
	}},
}

const flashError = 1 // SPI_FLASH_RESULT_ERR

// Partition types that the table is checked for, and sizes of the mandatory ones in bytes (sdk-surface.md, Flash).
const (
	partitionBootloader = 1
	partitionOTA1       = 2
	partitionOTA2       = 3

	partitionSize = 12 // of a partition_item_t
	partitionsMax = 64 // entries. Choice.
)

var partitionsMandatory = map[uint32]uint32{4: 1 * flash.SectorSize, 5: 1 * flash.SectorSize, 6: 3 * flash.SectorSize}

// flashMaps are the sizes and the addresses of OTA_2 of the flash size maps (sdk-surface.md, Flash).
var flashMaps = []struct{ size, ota2 uint32 }{
	{512 << 10, 0x41000}, {256 << 10, 0}, {1 << 20, 0x81000}, {2 << 20, 0x81000}, {4 << 20, 0x81000},
	{2 << 20, 0x101000}, {4 << 20, 0x101000}, {4 << 20, 0}, {8 << 20, 0x101000}, {16 << 20, 0x101000},
}

// partitionTable is system_partition_table_regist: false for a table that the SDK refuses.
func partitionTable(g *guest, a args) uint32 {
	count, size := a.u32(1), a.u32(2)
	if a.u32(0) == 0 || count == 0 || count > partitionsMax || int(size) >= len(flashMaps) {
		return 0
	}
	m := flashMaps[size]
	if int(m.size) != g.board.Flash.Size() {
		return 0
	}
	b := g.read(a.u32(0), count*partitionSize)
	type item struct{ kind, addr, size uint32 }
	var items []item
	found := map[uint32]bool{}
	for ; len(b) > 0; b = b[partitionSize:] {
		p := item{order.Uint32(b), order.Uint32(b[4:]), order.Uint32(b[8:])}
		switch {
		case uint64(p.addr)+uint64(p.size) > uint64(m.size), found[p.kind],
			partitionsMandatory[p.kind] != 0 && p.size != partitionsMandatory[p.kind],
			p.kind == partitionBootloader && p.addr != 0,
			p.kind == partitionOTA1 && p.addr != 0x1000,
			p.kind == partitionOTA2 && p.addr != m.ota2:
			return 0
		}
		for _, q := range items {
			if p.addr < q.addr+q.size && q.addr < p.addr+p.size {
				return 0
			}
		}
		found[p.kind] = true
		items = append(items, p)
	}
	for kind := range partitionsMandatory {
		if !found[kind] {
			return 0
		}
	}
	return 1
}
