package cabi

import "github.com/emu8266/emu8266/emulator/chip"

// pwmRow are the bytes of a row of pwm_init's table.
const pwmRow = 12

// pwmFunctions are pwm.h's.
var pwmFunctions = map[string]Function{
	"pwm_init": {"ipip", func(s *SDK, a *Args) uint32 {
		n := min(a.u32(2), chip.PWMChannelMax)
		duty, pins := make([]uint32, n), make([]chip.PWMPin, n)
		for i := range n {
			duty[i] = s.u32(a.u32(1) + 4*i)
			row := a.u32(3) + pwmRow*i
			pins[i] = chip.PWMPin{Mux: s.u32(row), Function: s.u32(row + 4), GPIO: s.u32(row + 8)}
		}
		s.sdk.PwmInit(a.u32(0), duty, pins)
		return 0
	}},
	"pwm_start": {"", func(s *SDK, _ *Args) uint32 {
		s.sdk.PwmStart()
		return 0
	}},
	"pwm_set_duty": {"ii", func(s *SDK, a *Args) uint32 {
		s.sdk.PwmSetDuty(a.u32(0), a.u8(1))
		return 0
	}},
	"pwm_get_duty": {"i", func(s *SDK, a *Args) uint32 { return s.sdk.PwmGetDuty(a.u8(0)) }},
	"pwm_set_period": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.PwmSetPeriod(a.u32(0))
		return 0
	}},
	"pwm_get_period":  {"", func(s *SDK, _ *Args) uint32 { return s.sdk.PwmGetPeriod() }},
	"get_pwm_version": {"", func(s *SDK, _ *Args) uint32 { return s.sdk.GetPwmVersion() }},
	"set_pwm_debug_en": {"i", func(s *SDK, a *Args) uint32 {
		s.sdk.SetPwmDebugEn(a.u8(0))
		return 0
	}},
}
