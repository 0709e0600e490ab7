package sdk

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// PwmInit prepares a channel for each row of pins, at most eight, with a period in microseconds (usually 1,000 to 10,000)
// and the duty of each, and starts them. The pins become GPIOs and outputs. Calling it again begins anew. Choice: rows
// beyond the eighth, those of pins that do not exist, and duties that are missing are left out.
func (s *SDK) PwmInit(period uint32, duty []uint32, pins []chip.PWMPin) {
	s.board.PwmInit(period, duty, pins)
}

// PwmStart makes what PwmSetDuty and PwmSetPeriod have set valid.
func (s *SDK) PwmStart() { s.board.PwmStart() }

// PwmSetDuty sets how long a channel is high, in 45 ns: 0 to period*1000/45. More is high all the time. It is valid after
// PwmStart. Channels that do not exist are ignored.
func (s *SDK) PwmSetDuty(duty uint32, channel uint8) { s.board.PwmSetDuty(duty, channel) }

// PwmGetDuty returns what PwmSetDuty set, 0 for a channel that does not exist.
func (s *SDK) PwmGetDuty(channel uint8) uint32 { return s.board.PwmGetDuty(channel) }

// PwmSetPeriod sets the period of all channels in microseconds. It is valid after PwmStart.
func (s *SDK) PwmSetPeriod(period uint32) { s.board.PwmSetPeriod(period) }

// PwmGetPeriod returns what PwmSetPeriod set.
func (s *SDK) PwmGetPeriod() uint32 { return s.board.PwmGetPeriod() }

// pwmVersion is what get_pwm_version returns. Choice.
const pwmVersion = 1

// GetPwmVersion returns the version of the PWM library.
func (s *SDK) GetPwmVersion() uint32 { return pwmVersion }

// SetPwmDebugEn is to make the library print what it does; here the trace tells that.
func (s *SDK) SetPwmDebugEn(uint8) {}
