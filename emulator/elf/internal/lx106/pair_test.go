package lx106

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Two instructions that are executed as a pair do what they do one by one: registers, memory, exceptions, the count. The single steps
// are what QEMU confirms.
func TestPairsAreTheirInstructions(t *testing.T) {
	const base = IRAMBase + 0x100
	rng := rand.New(rand.NewPCG(1, 2))
	number := func() uint32 {
		return []uint32{0, 1, 2, 0xFFFFFFFF, 0x80000000, rng.Uint32(), DRAMBase + 0x40, DRAMBase + 0x41, DRAMBase + DRAMSize - 4,
			base - 0x40, base + 8, 4, 0x60000200}[rng.IntN(13)]
	}
	tried := 0
	for x := range opCount {
		for y := range opCount {
			if pairs[x][y] == 0 {
				continue
			}
			tried++
			for range 30 {
				operands := func(op Op) Inst {
					in := Inst{Op: op, R: uint8(rng.IntN(16)), S: uint8(rng.IntN(16)), T: uint8(rng.IntN(16))}
					switch op {
					case OpL32i, OpS32i:
						in.Imm = rng.Uint32N(8) * 4
					case OpAddi, OpMovi:
						in.Imm = uint32(rng.IntN(200) - 100)
					case OpExtui:
						in.Imm, in.K = rng.Uint32N(32), 1<<(rng.UintN(16)+1)-1
					case OpSsai:
						in.Imm = rng.Uint32N(32)
					case OpBnei:
						in.K = branchSigned[rng.IntN(16)]
					}
					if op.branches() || op == OpJ || op == OpCall0 {
						in.Imm = base + 12
					}
					return in
				}
				var program []byte
				add := func(in Inst) {
					if in.Op == OpMov {
						program = append(program, in.T<<4|0x0D, in.S)
						return
					}
					program = append(program, encode(in, base+uint32(len(program)))...)
				}
				add(operands(x))
				second := len(program)
				add(operands(y))
				add(Inst{Op: OpAddi, S: 6, T: 6, Imm: 1})
				for len(program) < 12 { // where y leads to
					if (12-len(program))%3 == 0 {
						add(Inst{Op: OpNop})
					} else {
						program = append(program, 0x3D, 0xF0) // nop.n
					}
				}
				add(Inst{Op: OpOr, R: 7, S: 6, T: 5})
				add(Inst{Op: OpIll})
				m := NewImage()
				require.NoError(t, m.Add(base, program))
				var registers [16]uint32
				for i := range registers {
					registers[i] = number()
				}
				registers[0] = []uint32{base + 12, TrapAddress}[rng.IntN(2)]
				low := []uint32{0, DRAMBase + 0x100}[rng.IntN(2)]
				prepared := func() *CPU {
					c := NewCPU(m, nil)
					*c.A, c.sar, c.PC = registers, 3, base
					c.WatchStack(low, func(pc, sp uint32) { c.special[EXCSAVE1] = pc ^ sp })
					return c
				}
				for _, budget := range []int64{1, 2, 3, 9} {
					whole, single := prepared(), prepared()
					whole.Refuel(budget)
					one, other := whole.Run(), Stop{Reason: Budget}
					single.Refuel(budget)
					for single.Left() > 0 && other.Reason == Budget {
						other, _ = single.Step()
					}
					if other.Reason == Budget {
						other.PC = single.PC
					}
					text := Decode(base, program[0], program[1], program[2]).Text() + ", " +
						Decode(base, program[second], program[second+1], program[second+2]).Text()
					require.Equal(t, other, one, text)
					require.Equal(t, single.registers, whole.registers, text)
					require.Equal(t, single.special, whole.special, text)
					require.Equal(t, single.sar, whole.sar, text)
					require.Equal(t, single.PC, whole.PC, text)
					require.Equal(t, single.Instructions(), whole.Instructions(), text)
					require.True(t, single.dram == whole.dram, text)
				}
			}
		}
	}
	assert.Equal(t, int(opMoviCall0-opPairs)+1, tried, "each pair is in the table")
}

// A program takes as few turns as there can be, not the first pairs that come.
func TestPairsAreChosenWell(t *testing.T) {
	ins := []inst{{op: OpL32i}, {op: OpAddi}, {op: OpS32i}, {op: OpAddi}, {op: OpBnez}, {op: opCut}}
	pair(ins)
	var turns []Op
	for i := 0; i < len(ins); i++ {
		turns = append(turns, ins[i].code)
		if ins[i].code > opPairs {
			i++
		}
	}
	assert.Equal(t, 4, len(turns), "%v", turns)
}
