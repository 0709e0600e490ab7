package wasm

import "encoding/binary"

// deviceFunctions are the system_* functions of resets, RTC, watchdogs and the CPU.
var deviceFunctions = map[string]hostFunction{
	"system_restart": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemRestart()
		return 0
	}},
	"system_restore": {"", func(g *guest, _ args) uint32 {
		g.sdk.SystemRestore()
		return 0
	}},
	"system_get_rst_info": {"", rstInfo},
	"system_rtc_mem_read": {"ipi", func(g *guest, a args) uint32 {
		n := rtcBytes(a)
		if !aligned(a) || !g.sdk.SystemRtcMemRead(a.u8(0), make([]byte, n)) {
			return 0
		}
		return number(g.sdk.SystemRtcMemRead(a.u8(0), g.write(a.u32(1), n)))
	}},
	"system_rtc_mem_write": {"ipi", func(g *guest, a args) uint32 {
		n := rtcBytes(a)
		if !aligned(a) || !g.sdk.SystemRtcMemRead(a.u8(0), make([]byte, n)) {
			return 0
		}
		return number(g.sdk.SystemRtcMemWrite(a.u8(0), g.read(a.u32(1), n)))
	}},
	"system_get_rtc_time":        {"", func(g *guest, _ args) uint32 { return g.sdk.SystemGetRtcTime() }},
	"system_rtc_clock_cali_proc": {"", func(g *guest, _ args) uint32 { return g.sdk.SystemRtcClockCaliProc() }},
	"system_deep_sleep": {"l", func(g *guest, a args) uint32 {
		if len(a) == 0 {
			return number(g.sdk.SystemDeepSleep(0))
		}
		return number(g.sdk.SystemDeepSleep(a[0]))
	}},
	"system_deep_sleep_instant": {"l", func(g *guest, a args) uint32 {
		if len(a) == 0 {
			return number(g.sdk.SystemDeepSleepInstant(0))
		}
		return number(g.sdk.SystemDeepSleepInstant(a[0]))
	}},
	"system_deep_sleep_set_option": {"i", func(g *guest, a args) uint32 {
		return number(g.sdk.SystemDeepSleepSetOption(a.u8(0)))
	}},
	"system_update_cpu_freq": {"i", func(g *guest, a args) uint32 { return number(g.sdk.SystemUpdateCPUFreq(a.u8(0))) }},
	"system_get_cpu_freq":    {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemGetCPUFreq()) }},
	"system_adc_read":        {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemAdcRead()) }},
	"system_get_vdd33":       {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.SystemGetVdd33()) }},
}

// rtcBytes is the size of an access to RTC memory, rounded up to 4.
func rtcBytes(a args) uint32 { return (uint32(a.u16(2)) + 3) &^ 3 }

// aligned says whether the buffer of an access to RTC memory is.
func aligned(a args) bool { return a.u32(1)%4 == 0 }

// rstInfo returns the SDK's struct rst_info.
func rstInfo(g *guest, _ args) uint32 {
	i := g.sdk.SystemGetRstInfo()
	var b []byte
	for _, v := range []uint32{i.Reason, i.Exccause, i.Epc1, i.Epc2, i.Epc3, i.Excvaddr, i.Depc} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return g.constant(string(b))
}
