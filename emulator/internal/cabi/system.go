package cabi

import "cmp"

// systemState is what the system_* functions keep for one boot.
type systemState struct {
	softStopped bool   // system_soft_wdt_stop
	chip        uint32 // address of the ROM's SpiFlashChip; 0: not made yet
	mhz         uint8  // ets_update_cpu_frequency; 0: not called
	phy         map[uint32]byte
	wdtMode     uint32     // of ets_wdt_enable. Choice: 0 until then: the SDK starts the hardware watchdog by its registers.
	uart        uint32     // uart_buff_switch
	rand        uint64     // the state of rand
	handlers    [16]uint32 // of interrupts
	level       uint32     // _xtos_set_intlevel
}

// systemFunctions are the system_* functions.
var systemFunctions = map[string]Function{
	"system_init_done_cb": {"f", func(s *SDK, a *Args) uint32 {
		f := a.u32(0)
		if f == 0 {
			s.sdk.SystemInitDoneCb(nil)
			return 0
		}
		s.sdk.SystemInitDoneCb(func() { s.callback(f) })
		return 0
	}},
	"system_get_free_heap_size": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SystemGetFreeHeapSize() }},
	"system_get_chip_id":        {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SystemGetChipID() }},
	"system_get_sdk_version": {"", func(s *SDK, _ *Args) uint32 {
		return s.constant(cmp.Or(s.program.Text, s.sdk.SystemGetSdkVersion()))
	}},
	"system_set_os_print": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemSetOsPrint(a.u8(0))
		return 0
	}},
	"system_get_os_print": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemGetOsPrint()) }},
	"system_timer_reinit": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemTimerReinit()
		return 0
	}},
	"system_print_meminfo": {"", func(s *SDK, _ *Args) uint32 {
		s.printMeminfo()
		return 0
	}},
	"system_show_malloc": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemShowMalloc()
		return 0
	}},
	"system_phy_set_max_tpw": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemPhySetMaxTpw(a.u8(0))
		return 0
	}},
	"system_phy_set_tpw_via_vdd33": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemPhySetTpwViaVdd33(a.u16(0))
		return 0
	}},
	"system_phy_set_rfoption": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemPhySetRfoption(a.u8(0))
		return 0
	}},
	"system_phy_set_powerup_option": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemPhySetPowerupOption(a.u8(0))
		return 0
	}},
	"system_phy_freq_trace_enable": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SystemPhyFreqTraceEnable(a.u8(0) != 0)
		return 0
	}},
	"system_get_flash_size_map": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemGetFlashSizeMap()) }},
	"system_param_save_with_protect": {"ipi", func(s *SDK, a *Args) uint32 {
		if a.u32(1) == 0 {
			return 0
		}
		return number(s.sdk.SystemParamSaveWithProtect(a.u16(0), s.read(a.u32(1), uint32(a.u16(2)))))
	}},
	"system_param_load": {"iipi", func(s *SDK, a *Args) uint32 {
		if a.u32(2) == 0 {
			return 0
		}
		return number(s.sdk.SystemParamLoad(a.u16(0), a.u16(1), s.write(a.u32(2), uint32(a.u16(3)))))
	}},
	"system_partition_table_regist": {"pii", partitionTable},
	"system_partition_get_item":     {"ip", partitionItem},
}

// printMeminfo is system_print_meminfo. The heap lies where Heap says, as in other reports.
func (s *SDK) printMeminfo() {
	symbol := func(name string) uint32 {
		p, _ := s.guest.Symbol(name)
		return p
	}
	for _, section := range []string{"data", "rodata", "bss"} {
		start, end := symbol("_"+section+"_start"), symbol("_"+section+"_end")
		s.board.Printf("%-6s: 0x%x ~ 0x%x, len: %d\n", section, start, end, end-start)
	}
	base, size := s.board.HeapBase(), s.board.HeapStats().Size
	s.board.Printf("heap  : 0x%x ~ 0x%x, len: %d\n", base, base+size, size)
}
