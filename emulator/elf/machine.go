package elf

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// Machine is a program's processor with its memory, for a Debugger: as it is now, or, played again, as it was. It is valid in the method
// that it was given to.
type Machine struct {
	image   *Image
	cpu     *lx106.CPU
	history *history
	base    uint64 // position at which the boot began
	replay  *replay
}

// Past says that the machine shows what was before, see Replay.
func (m *Machine) Past() bool { return m.replay != nil }

// Position returns the number of instructions that were executed since the first boot: what tells when something was.
func (m *Machine) Position() uint64 { return m.base + m.cpu.Instructions() }

// PC returns the address of the next instruction.
func (m *Machine) PC() uint32 { return m.cpu.PC }

// Register returns a register, 0 to 15.
func (m *Machine) Register(n int) uint32 { return m.cpu.A[n&15] }

// Special returns a special register by its name, such as "sar", "ps", "epc1"; 0 for a name that there is not.
func (m *Machine) Special(name string) uint32 {
	for n := range 256 {
		if s := lx106.Special(n); s.String() == name && name != "" {
			return m.cpu.Special(s)
		}
	}
	return 0
}

// Read returns a copy of n bytes of memory at an address; false if there is no memory in all of it.
func (m *Machine) Read(addr, n uint32) ([]byte, bool) {
	var all []byte
	for uint32(len(all)) < n {
		b, _ := m.cpu.Readable(addr + uint32(len(all)))
		if len(b) == 0 {
			return nil, false
		}
		all = append(all, b[:min(len(b), int(n)-len(all))]...)
	}
	return all, true
}

// SetBreaks sets the addresses before whose instructions the Debugger looks, instead of those that were set before.
func (m *Machine) SetBreaks(addrs []uint32) { m.cpu.SetBreaks(addrs) }

// Watch is a part of memory whose stores, or loads, a Debugger wants to look at.
type Watch struct {
	Addr, Size  uint32
	Load, Store bool
}

// SetWatches sets what is watched, instead of what was before. What the SDK writes into the program's memory is not seen by it.
func (m *Machine) SetWatches(list []Watch) {
	var ranges []lx106.Range
	for _, w := range list {
		if w.Size > 0 {
			ranges = append(ranges, lx106.Range{From: w.Addr, To: w.Addr + w.Size - 1, Load: w.Load, Store: w.Store})
		}
	}
	m.cpu.SetWatched(ranges)
}

// Access is a load or a store, by the instruction at PC. Size 0: none.
type Access struct {
	PC, Addr, Size uint32
	Store          bool
}

// Watched returns the watched access that was executed last, once.
func (m *Machine) Watched() Access { return Access(m.cpu.Watched()) }

// Entries counts the calls of the SDK into the program: the same number means the same callback.
func (m *Machine) Entries() uint64 {
	if m.replay != nil {
		return m.replay.entries
	}
	return m.history.entries
}

// Depth returns how many calls of the SDK into the program are under way, one inside another: 0 between callbacks.
func (m *Machine) Depth() int {
	if m.replay != nil {
		return m.replay.depth
	}
	return m.history.guest.depth
}

// Instruction is one instruction of a program, decoded.
type Instruction struct {
	Addr    uint32
	Bytes   []byte // 1 for what is no instruction
	Text    string // in the assembler's language, with a tab behind the name
	Calls   bool   // call0, callx0
	Returns bool   // ret
}

// Instruction decodes the instruction at an address; false where no code can lie.
func (m *Machine) Instruction(addr uint32) (Instruction, bool) {
	var b []byte
	for n := uint32(3); n > 0 && b == nil; n-- {
		b, _ = m.Read(addr, n)
	}
	if len(b) == 0 {
		return Instruction{}, false
	}
	full := append(append([]byte(nil), b...), 0, 0)
	in := lx106.Decode(addr, full[0], full[1], full[2])
	return Instruction{Addr: addr, Bytes: b[:min(int(in.Len), len(b))], Text: in.Text(),
		Calls: in.Op == lx106.OpCall0 || in.Op == lx106.OpCallx0, Returns: in.Op == lx106.OpRet}, true
}

// Outside returns the name of the function of the SDK or the ROM that stands at an address; "" if there is none: code of the program.
func (m *Machine) Outside(addr uint32) string {
	if h := m.image.hooked(addr); h != nil {
		return h.name
	}
	return ""
}

// History returns the first position to which Replay can go back, false if there is none.
func (m *Machine) History() (first uint64, ok bool) { return m.history.record.First() }

// Checkpoint returns the position of the last checkpoint before a position: where a Replay of what lies behind it begins.
func (m *Machine) Checkpoint(before uint64) uint64 {
	r := m.history.record
	return r.At(r.Before(max(before, 1) - 1))
}

// Replay plays the program again, from the last checkpoint at or before the position from, and lets look be called as Debugger.Look is,
// with a Machine of its own, which is as the live one was. It ends when the live machine's position is reached, and returns true then;
// or when look has called Halt. It is called in a Debugger's method, and changes nothing of the live machine, the device and its peers:
// the SDK is not called, what it once answered is in the record. An error says that the program did something else than the first time.
func (m *Machine) Replay(from uint64, look func(*Machine) (limit int64)) (present bool, err error) {
	return m.history.play(from, look)
}

// Halt ends the Replay under way. The live machine cannot be halted.
func (m *Machine) Halt() {
	if m.replay == nil {
		panic("elf: Machine.Halt of the live machine")
	}
	m.replay.halt()
}

// Function returns the function of the program that an address lies in, by the symbols; false if there is none.
func (m *Machine) Function(addr uint32) (name string, from, to uint32, ok bool) {
	x, ok := m.image.symbols.find(addr)
	return x.name, x.addr, x.addr + x.size, ok
}

// Frames returns the functions under way, innermost first, those of the callback only.
func (m *Machine) Frames() []cdebug.Frame {
	return unwinder{image: m.image, memory: m}.frames(m.cpu.PC, m.cpu.A)
}

// Place names an address: "function", "function+0x12", or the number.
func (m *Machine) Place(addr uint32) string { return m.image.symbols.place(addr) }

// errDiffers says that a program did not do the same again.
func errDiffers(what string, at uint64) error {
	return fmt.Errorf("elf: played again, the program %s at position %d, which it did not do the first time", what, at)
}
