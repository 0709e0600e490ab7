package elf

import "github.com/emu8266/emu8266/emulator/elf/internal/lx106"

// pokeMemory is the number of a recordPoke that changes memory, not a register.
const pokeMemory = 16

// Write changes the program's data memory, as a debugger does on behalf of its user; a Replay does it again at the same place. It is false,
// and nothing is changed, if the bytes do not all lie in data RAM, or if the machine shows what was before.
func (m *Machine) Write(addr uint32, b []byte) bool {
	to, _ := m.cpu.Writable(addr)
	if m.Past() || addr-lx106.DRAMBase >= lx106.DRAMSize || len(to) < len(b) {
		return false
	}
	m.history.flush()
	m.poke(pokeMemory, 0)
	copy(to, b)
	m.history.record.Write(addr, b)
	return true
}

// SetRegister changes a register, 0 to 15, of the function under way, as Write changes memory. It is false between two callbacks, and if
// the machine shows what was before.
func (m *Machine) SetRegister(n int, value uint32) bool {
	if m.Past() || m.Depth() == 0 || n < 0 || n >= len(m.cpu.A) {
		return false
	}
	m.history.flush()
	m.poke(uint32(n), value)
	m.cpu.A[n] = value
	return true
}

// poke records a change, and where. Between two callbacks a write is like one of the SDK.
func (m *Machine) poke(number, value uint32) {
	if m.Depth() > 0 {
		at := m.Position()
		m.history.record.Add(recordPoke, uint32(at>>32), uint32(at), number, value)
	}
}
