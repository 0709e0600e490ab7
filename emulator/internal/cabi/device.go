package cabi

import "encoding/binary"

// deviceFunctions are the system_* functions of resets, RTC, watchdogs and the CPU.
var deviceFunctions = map[string]Function{
	"system_restart": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemRestart()
		return 0
	}},
	"system_restore": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.SystemRestore()
		return 0
	}},
	"system_get_rst_info": {"", rstInfo},
	"system_rtc_mem_read": {"ipi", func(s *SDK, a *Args) uint32 {
		n := rtcBytes(a)
		if a.u32(1) == 0 || !aligned(a) || !s.sdk.SystemRtcMemRead(a.u8(0), make([]byte, n)) {
			return 0
		}
		return number(s.sdk.SystemRtcMemRead(a.u8(0), s.write(a.u32(1), n)))
	}},
	"system_rtc_mem_write": {"ipi", func(s *SDK, a *Args) uint32 {
		n := rtcBytes(a)
		if a.u32(1) == 0 || !aligned(a) || !s.sdk.SystemRtcMemRead(a.u8(0), make([]byte, n)) {
			return 0
		}
		return number(s.sdk.SystemRtcMemWrite(a.u8(0), s.read(a.u32(1), n)))
	}},
	"system_get_rtc_time":          {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SystemGetRtcTime() }},
	"system_rtc_clock_cali_proc":   {"", func(s *SDK, _ *Args) uint32 { return s.sdk.SystemRtcClockCaliProc() }},
	"system_deep_sleep":            {"l", func(s *SDK, a *Args) uint32 { return number(s.sdk.SystemDeepSleep(s.sleepTime(a))) }},
	"system_deep_sleep_instant":    {"l", func(s *SDK, a *Args) uint32 { return number(s.sdk.SystemDeepSleepInstant(s.sleepTime(a))) }},
	"system_deep_sleep_set_option": {"i", deepSleepOption},
	"deep_sleep_set_option":        {"i", deepSleepOption}, // libphy's, which programs of the first SDKs call
	"system_update_cpu_freq":       {"i", func(s *SDK, a *Args) uint32 { return number(s.sdk.SystemUpdateCPUFreq(a.u8(0))) }},
	"system_get_cpu_freq":          {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemGetCPUFreq()) }},
	"system_adc_read":              {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemAdcRead()) }},
	"system_get_vdd33":             {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.SystemGetVdd33()) }},
}

// sleepTime is the argument of system_deep_sleep, which has 32 bits before SDK 2.1 (sdk-surface.md, Versions).
func (s *SDK) sleepTime(a *Args) uint64 {
	if s.program.SDK < SDK21 {
		return uint64(a.u32(0))
	}
	return a.u64(0)
}

// rtcBytes is the size of an access to RTC memory, rounded up to 4.
func rtcBytes(a *Args) uint32 { return (uint32(a.u16(2)) + 3) &^ 3 }

// aligned says whether the buffer of an access to RTC memory is.
func aligned(a *Args) bool { return a.u32(1)%4 == 0 }

// rstInfo returns the SDK's struct rst_info.
func rstInfo(s *SDK, _ *Args) uint32 {
	i := s.sdk.SystemGetRstInfo()
	var b []byte
	for _, v := range []uint32{i.Reason, i.Exccause, i.Epc1, i.Epc2, i.Epc3, i.Excvaddr, i.Depc} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return s.constant(string(b))
}

func deepSleepOption(s *SDK, a *Args) uint32 { return number(s.sdk.SystemDeepSleepSetOption(a.u8(0))) }
