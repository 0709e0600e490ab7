package board

import (
	"time"
)

// Busy lets d pass as the CPU does in a delay loop: no timer, task or callback runs, frames wait in the receive ring,
// Now moves on. Only interrupts come in. If the watchdog's time comes first, Busy does not return: it raises the watchdog's reset (Fatal).
func (b *Board) Busy(d time.Duration) { b.system().Busy(d) }

// Compute is Busy for so many cycles of the CPU, with Config.CPU Estimated. Otherwise computing takes no time.
func (b *Board) Compute(cycles int64) { b.system().Compute(cycles) }

// UpdateCPUFreq sets the CPU's frequency: 80 or 160 MHz, false for others.
func (b *Board) UpdateCPUFreq(mhz uint8) bool { return b.system().UpdateCPUFreq(mhz) }

// GetCPUFreq returns the CPU's frequency in MHz.
func (b *Board) GetCPUFreq() uint8 { return b.system().GetCPUFreq() }

// GetRtcTime returns the RTC's cycles since power-on, the reset pin or the wake from deep sleep; restarts and watchdogs do not
// stop it.
func (b *Board) GetRtcTime() uint32 { return b.system().GetRtcTime() }

// RtcClockCaliProc returns the period of an RTC cycle in µs, of which the low 12 bits are fraction: 5.75 µs.
func (b *Board) RtcClockCaliProc() uint32 { return b.system().RtcClockCaliProc() }

// Estimated reports whether computing takes time: Config.CPU is Estimated.
func (b *Board) Estimated() bool { return b.system().Estimated() }
