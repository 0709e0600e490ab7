package board

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/machine"
	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// Board is what every kind of firmware gets: the chip and the SDK's services, as they are between two resets. All of it belongs
// to the device goroutine, but for Do.
//
// It is the machine itself, seen by firmware: package emulator, which makes machines, turns one into a Board for
// [Firmware].Boot.
type Board machine.Machine

// machine is what a method of the board stands on: all but Do come by here, on the device goroutine.
func (b *Board) machine() *machine.Machine {
	m := (*machine.Machine)(b)
	m.SoC().Entered()
	return m
}

func (b *Board) system() *soc.System { return b.machine().SoC() }

// PlaysGo says that the firmware of this boot is written in Go, and that the machine shall watch for what only such firmware can do:
// it calls the SDK on goroutines of its own, sleeps in a callback, or computes for ever. Boot calls it first.
func (b *Board) PlaysGo() { b.system().PlaysGo() }

// Firmware is a program for the device. Boot and Close are called on the device goroutine.
type Firmware interface {
	// Boot plays user_init on b: it sets up the program and returns. An error ends the boot.
	Boot(b *Board) error
	// Close frees what the firmware holds on the host. The device is gone: no method of the board may be called.
	Close() error
}

// Do is Device.Do: what a kind offers to tests and tools goes through it. Unlike the rest of the board it may be called from
// any goroutine, and when the firmware has ended; in a callback it runs fn at once.
func (b *Board) Do(fn func()) error { return (*machine.Machine)(b).SoC().Device().Do(fn) }

// Now returns the time of the event being handled.
func (b *Board) Now() time.Time { return b.system().Now() }

// Uptime returns the time since boot.
func (b *Board) Uptime() time.Duration { return b.system().Uptime() }

// Random returns 32 bits of the hardware random number generator.
func (b *Board) Random() uint32 { return b.system().Random() }

// Fatal ends the firmware as an exception of the CPU or its watchdog does: the device prints it and halts, and
// Device.Crash returns c. It does not return: it panics with a *Crash, which must reach the loop. Firmware of other
// kinds that recovers panics on the way has to raise it again.
func (b *Board) Fatal(c chip.Crash) { b.system().Fatal(c) }
