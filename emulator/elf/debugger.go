package elf

import (
	"errors"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// Debugger is told what a program does, and can hold it: while one of its methods has not returned, the device stands still. In virtual
// time, time does too if the method waits for somebody outside. All methods are called on the device goroutine.
type Debugger interface {
	// Look is called before the instruction at m.PC: where m has a break, behind an access to watched memory, behind each call of the SDK,
	// at last after limit instructions, and at other times too; then that instruction is executed, whatever the breaks. Limit 1 is a
	// single step; 0 counts as 1. Below 0 the program ends, as by a reset: none of its code runs any more.
	Look(m *Machine) (limit int64)
	// Fault is called when the firmware is about to end by an exception or a watchdog, before that is printed.
	Fault(m *Machine, c *chip.Crash)
}

// recordMost bounds what a Firmware with a debugger keeps to be able to go back, in bytes. Choice.
const recordMost = 64 << 20

// lookEvery is after how many instructions a debugger looks at the latest: some milliseconds. Choice.
const lookEvery = 1 << 20

// Debug gives the firmware a debugger, and begins to record what enters the program, for Machine.Replay. It is called before the first
// boot. Without it nothing is recorded, and the program runs at full speed.
func (f *Firmware) Debug(d Debugger) { f.history = newHistory(d) }

// DebugInfo returns what the file says of the program's functions, variables and lines. It is not to be changed.
func (i *Image) DebugInfo() *cdebug.Info { return &i.debug }

// Outside returns the address of a function of the SDK or the ROM that the program calls, false if there is none of that name.
func (i *Image) Outside(name string) (addr uint32, ok bool) {
	for _, h := range i.hooks {
		if h.name == name {
			return h.addr, true
		}
	}
	return 0, false
}

// Between calls fn on the device goroutine between two callbacks, with the machine as it lies there; it may wait as a Debugger may. Called
// in a callback of the device it runs at once. It is an error if no firmware with a debugger runs.
func (f *Firmware) Between(fn func(m *Machine)) error {
	return f.do(func(g *guest) error {
		if g.history == nil {
			return errors.New("the firmware has no debugger")
		}
		fn(g.history.live)
		return nil
	})
}

// debug joins a fresh processor to the debugger.
func (g *guest) debug(h *history) {
	h.guest, g.history = g, h
	h.base, h.fresh, h.fallen = h.end, true, false
	h.live = &Machine{image: g.image, cpu: g.cpu, history: h, base: h.base}
	g.cpu.Look(h.look)
	g.cpu.SetPeripherals(recorded{peripherals{g.board}, h})
}

// look is called by the processor, see Debugger.
func (h *history) look() int64 {
	g := h.guest
	at := h.live.Position()
	if g.depth == 1 && (h.fresh || h.record.Due(at)) {
		s := &state{cpu: g.cpu.Snapshot(), outside: h.outside, base: h.base, entries: h.entries}
		h.record.Checkpoint(at, h.fresh, s, s.cpu.Size())
		h.fresh = false
	}
	limit := h.debugger.Look(h.live)
	if limit < 0 {
		g.halted = true
		g.sdk.Halt()
		panic(errHalted)
	}
	return min(limit, lookEvery)
}

// around records a function outside that the program calls.
func (h *history) around(name string, f func(*lx106.CPU)) func(*lx106.CPU) {
	return func(c *lx106.CPU) {
		h.record.Add(recordEnter, given(c, name, h.live.Position()))
		before, pc := *c.A, c.PC
		f(c)
		h.flush()
		values := append(h.values[:0], 0)
		for n, v := range c.A {
			if v != before[n] {
				values[0] |= 1 << n
				values = append(values, v)
			}
		}
		if c.PC != pc {
			values[0] |= pcChanged
			values = append(values, c.PC)
		}
		h.record.Add(recordLeave, values...)
		h.values = values
	}
}

// recorded are registers of the chip whose answers are recorded.
type recorded struct {
	peripherals
	history *history
}

// Load reads a register.
func (r recorded) Load(addr, size uint32) (uint32, bool) {
	v, ok := r.peripherals.Load(addr, size)
	r.history.flush()
	r.history.record.Add(recordLoad, v, flag(ok))
	return v, ok
}

// Store writes a register.
func (r recorded) Store(addr, size, v uint32) bool {
	ok := r.peripherals.Store(addr, size, v)
	r.history.flush()
	r.history.record.Add(recordStore, flag(ok))
	return ok
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
