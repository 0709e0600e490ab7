package board

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// PwmInit prepares a channel for each row of pins, at most eight, with a period in microseconds (usually 1,000 to
// 10,000) and the duty of each, and starts them.
func (b *Board) PwmInit(period uint32, duty []uint32, pins []chip.PWMPin) {
	b.system().PwmInit(period, duty, pins)
}

// PwmStart makes what PwmSetDuty and PwmSetPeriod have set valid.
func (b *Board) PwmStart() { b.system().PwmStart() }

// PwmSetDuty sets how long a channel is high, in 45 ns: 0 to period*1000/45.
func (b *Board) PwmSetDuty(duty uint32, channel uint8) { b.system().PwmSetDuty(duty, channel) }

// PwmGetDuty returns what PwmSetDuty set, 0 for a channel that does not exist.
func (b *Board) PwmGetDuty(channel uint8) uint32 { return b.system().PwmGetDuty(channel) }

// PwmSetPeriod sets the period of all channels in microseconds.
func (b *Board) PwmSetPeriod(period uint32) { b.system().PwmSetPeriod(period) }

// PwmGetPeriod returns what PwmSetPeriod set.
func (b *Board) PwmGetPeriod() uint32 { return b.system().PwmGetPeriod() }
