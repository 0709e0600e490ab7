package wasm

import "time"

const (
	// freeCalls are the calls of system_get_time in one callback that take no time; see the package comment.
	freeCalls = 100
	// callTime is the time of each further one: what it costs the watchdog.
	callTime = fuelPerCall * time.Microsecond / fuelPerMicro
)

// fuelHard is what a callback may burn when the software watchdog is stopped: 8.2 s, the longest that the hardware one lets
// pass (sdk-surface.md, Watchdogs).
const fuelHard = 8_200_000 * fuelPerMicro

// systemState is what the system_* functions keep for one boot.
type systemState struct {
	softStopped bool      // system_soft_wdt_stop
	sntpNames   [3]uint32 // pointers that sntp_setservername was given
	chip        uint32    // address of the ROM's SpiFlashChip; 0: not made yet
	mhz         uint8     // ets_update_cpu_frequency; 0: not called
	phy         map[uint32]byte
}

// tank is the fuel for a callback.
func (s *systemState) tank() uint32 {
	if s.softStopped {
		return fuelHard
	}
	return fuelFull
}

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
	"system_get_sdk_version":    {"", func(g *guest, _ args) uint32 { return g.constant(g.sdk.SystemGetSdkVersion()) }},
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
	"system_soft_wdt_stop": {"", func(g *guest, _ args) uint32 {
		if left, _ := g.mem.ReadUint32Le(g.fuel); !g.system.softStopped {
			g.mem.WriteUint32Le(g.fuel, left+fuelHard-fuelFull)
		}
		g.system.softStopped = true
		g.sdk.SystemSoftWdtStop()
		return 0
	}},
	"system_soft_wdt_restart": {"", func(g *guest, _ args) uint32 {
		g.system.softStopped = false
		g.refuel()
		g.sdk.SystemSoftWdtRestart()
		return 0
	}},
	"system_timer_reinit": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemTimerReinit()
		return 0
	}},
	"system_print_meminfo": {"", func(g *guest, _ args) uint32 {
		g.printMeminfo()
		return 0
	}},
	"system_show_malloc": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemShowMalloc()
		return 0
	}},
	"system_phy_set_max_tpw": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemPhySetMaxTpw(a.u8(0))
		return 0
	}},
	"system_phy_set_tpw_via_vdd33": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemPhySetTpwViaVdd33(a.u16(0))
		return 0
	}},
	"system_phy_set_rfoption": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemPhySetRfoption(a.u8(0))
		return 0
	}},
	"system_phy_set_powerup_option": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemPhySetPowerupOption(a.u8(0))
		return 0
	}},
	"system_phy_freq_trace_enable": {"i", func(g *guest, a args) uint32 {
		g.sdk.SystemPhyFreqTraceEnable(a.u8(0) != 0)
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

// printMeminfo is system_print_meminfo. Choice: what the linker put behind the stack, which it cannot tell apart, counts as
// bss; data and rodata are empty. The heap lies where Heap says, as in other reports.
func (g *guest) printMeminfo() {
	start, h := uint32(g.top), g.board.Heap
	size := h.Stats().Size
	for _, name := range []string{"data  ", "rodata"} {
		g.board.Printf("%s: 0x%x ~ 0x%x, len: %d\n", name, start, start, 0)
	}
	g.board.Printf("bss   : 0x%x ~ 0x%x, len: %d\n", start, g.heapAt, g.heapAt-start)
	g.board.Printf("heap  : 0x%x ~ 0x%x, len: %d\n", h.Base(), h.Base()+size, size)
}
