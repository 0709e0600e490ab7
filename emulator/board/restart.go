package board

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// GetRstInfo tells why the device booted.
func (b *Board) GetRstInfo() *chip.RstInfo { return b.system().GetRstInfo() }

// Restart resets the device about 100 ms later; until then the firmware runs on, without Wi-Fi.
func (b *Board) Restart() { b.system().Restart() }

// DeepSleep switches the chip off about 100 ms later, for us microseconds; 0 means until Device.Reset.
func (b *Board) DeepSleep(us uint64) bool { return b.system().DeepSleep(us) }

// DeepSleepInstant is DeepSleep without the 100 ms and without leaving the access point.
func (b *Board) DeepSleepInstant(us uint64) bool { return b.system().DeepSleepInstant(us) }

// DeepSleepSetOption says what the radio does after the next wake: 0, 1 and 2 calibrate it in different ways, which
// makes no difference here; with 4 it stays off, and the station cannot connect until another reset.
func (b *Board) DeepSleepSetOption(option uint8) bool { return b.system().DeepSleepSetOption(option) }

// SoftWdtFeed gives a long callback the full time of both watchdogs again.
func (b *Board) SoftWdtFeed() { b.system().SoftWdtFeed() }

// SoftWdtStop stops the software watchdog.
func (b *Board) SoftWdtStop() { b.system().SoftWdtStop() }

// SoftWdtRestart starts the software watchdog again and feeds it.
func (b *Board) SoftWdtRestart() { b.system().SoftWdtRestart() }

// WatchdogsOff reports whether neither watchdog runs, the software one stopped and the hardware one switched off by its register
// 0x60000900: nothing ends a callback then but the device's Patience.
func (b *Board) WatchdogsOff() bool { return b.system().WatchdogsOff() }

// HardWatchdogOff reports whether the hardware watchdog was switched off by its register.
func (b *Board) HardWatchdogOff() bool { return b.system().HardWatchdogOff() }
