package lx106

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// random fills a CPU of a fresh image with bytes as program, and with registers that mostly point into memory.
func random(t *testing.T, program []byte, seed uint64) *CPU {
	m := NewImage()
	program = program[:min(len(program), 2*pageSize)]
	for _, base := range []uint32{testBase, IRAMBase} {
		require.NoError(t, m.Add(base, program))
	}
	m.Hook(ROMBase + vectorUser)
	c := NewCPU(m, registers{})
	rng := rand.New(rand.NewPCG(seed, 2))
	// The handler goes on behind the instruction that failed, for what it has in bytes.
	c.SetHook(ROMBase+vectorUser, func(c *CPU) {
		next := c.Special(EPC1) + uint32(Length(c.byteAt(c.Special(EPC1))))
		if next-codeBase >= codeSize {
			next = testBase
		}
		c.SetSpecial(EPC1, next)
		c.ReturnFromException()
	})
	for i := range c.A {
		switch rng.IntN(4) {
		case 0:
			c.A[i] = rng.Uint32()
		case 1:
			c.A[i] = DRAMBase + rng.Uint32N(DRAMSize)
		case 2:
			c.A[i] = (IRAMBase + rng.Uint32N(2*pageSize)) &^ 3
		case 3:
			c.A[i] = testBase + rng.Uint32N(2*pageSize)
		}
	}
	c.PC = testBase
	if seed&1 != 0 {
		c.PC = IRAMBase
	}
	return c
}

func (c *CPU) byteAt(addr uint32) byte {
	if b, _ := c.Readable(addr); len(b) > 0 {
		return b[0]
	}
	return 0
}

// same fails if two CPUs differ in what a program can see.
func same(t *testing.T, a, b *CPU) {
	t.Helper()
	require.Equal(t, a.A, b.A)
	require.Equal(t, a.PC, b.PC)
	require.Equal(t, a.sar, b.sar)
	require.Equal(t, a.special, b.special)
	require.Equal(t, a.ints, b.ints)
	require.Equal(t, a.Instructions(), b.Instructions())
	require.True(t, a.dram == b.dram, "data RAM")
	for i := range a.code {
		require.True(t, *a.code[i].data == *b.code[i].data, "page %d", i)
	}
}

// throughAndStepwise runs the same program block after block and instruction after instruction. What ends each block leaves it: the
// interpreter reads on otherwise.
func throughAndStepwise(t *testing.T, program []byte, seed uint64) {
	const budget = 3000
	through, stepwise := random(t, program, seed), random(t, program, seed)
	through.Refuel(budget)
	s := through.Run()
	for stepwise.Instructions() < through.Instructions() {
		got, executed := stepwise.Step()
		require.True(t, executed, "%+v, through: %+v", got, s)
	}
	same(t, through, stepwise)
	for _, p := range through.code {
		table := p.blocks.Load()
		if table == nil {
			continue
		}
		for i := range table.at {
			if b := table.at[i].Load(); b != nil {
				last := &b.ins[len(b.ins)-1]
				require.Equal(t, last.op, last.code)
				leaves := last.op >= OpJ && last.op < opCount || last.op == opHook || last.op == opCut
				require.True(t, leaves, "operation %v", last.op)
			}
		}
	}
}

// Random bytes and random instructions: no panic, and the same end whether they run in blocks or one by one.
func TestBlocksEqualSteps(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, i))
		program := make([]byte, 2*pageSize)
		for j := range program {
			program[j] = byte(rng.Uint32())
			if j%3 == 0 && i%2 == 0 {
				program[j] &= 0xF0 | []byte{0, 1, 2, 6, 7, 8, 9, 10}[rng.IntN(8)]
			}
		}
		throughAndStepwise(t, program, seed+i)
	}
}

func FuzzRun(f *testing.F) {
	f.Add(code(testBase, countdown...), uint64(0))
	f.Add([]byte{0x00, 0x70, 0x00, 0xF1, 0xE0, 0x13, 0x0F, 0xFF}, uint64(1))
	f.Fuzz(func(t *testing.T, program []byte, seed uint64) {
		if len(program) > 0 {
			throughAndStepwise(t, program, seed)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(uint32(testBase), []byte{0x12, 0xA1, 0x05})
	f.Fuzz(func(t *testing.T, pc uint32, b []byte) {
		if len(b) < 3 {
			return
		}
		in := Decode(pc, b[0], b[1], b[2])
		require.NotEmpty(t, in.Text())
		require.EqualValues(t, Length(b[0]), in.Len)
		if _, ok := opcodes[in.Op]; ok && in.Len == 3 {
			e := encode(in, pc)
			require.Equal(t, in.Text(), Decode(pc, e[0], e[1], e[2]).Text())
		}
	})
}
