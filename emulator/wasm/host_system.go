package wasm

import "time"

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
		g.sdk.SystemSoftWdtFeed()
		return 0
	}},
	"system_get_flash_size_map": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemGetFlashSizeMap()) }},
	"system_param_save_with_protect": {"ipi", func(g *guest, a args) uint32 {
		if a.u32(1) == 0 {
			return 0
		}
		return number(g.sdk.SystemParamSaveWithProtect(a.u16(0), g.read(a.u32(1), uint32(a.u16(2)))))
	}},
	"system_param_load": {"iipi", func(g *guest, a args) uint32 {
		if a.u32(2) == 0 {
			return 0
		}
		return number(g.sdk.SystemParamLoad(a.u16(0), a.u16(1), g.write(a.u32(2), uint32(a.u16(3)))))
	}},
	"system_partition_table_regist": {"pii", partitionTable},
	"system_partition_get_item":     {"ip", partitionItem},
}
