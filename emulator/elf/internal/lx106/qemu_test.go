package lx106

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var qemuSequences = flag.Int("sequences", 1000, "how many generated sequences TestQEMU compares")

// batch are the sequences of one program for QEMU.
type batch struct {
	sequences []sequence
	code      []byte // from qemuCode on
	records   []byte
	scratch   []byte
}

// perBatch is as many as the memory for results takes.
const perBatch = 1000

func makeBatch(seed, number uint64, n int) *batch {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, number))}
	b := &batch{scratch: make([]byte, scratchSize)}
	for i := range b.scratch {
		b.scratch[i] = byte(g.Uint32())
	}
	for i := range n {
		var s sequence
		for j := range s.a {
			s.a[j] = g.value()
		}
		s.sar = g.Uint32N(64)
		s.ps = psUM&g.Uint32() | pick(g, []uint32{0, 1, 2, 3, 15})
		b.entry(i)
		g.items, g.groups = g.items[:0], g.groups[:0]
		for len(g.groups) < 8 {
			g.one()
		}
		pc := b.pc()
		entry, end, bytes := g.layOut(pc)
		s.entry, s.end = entry, end
		b.code = append(b.code, bytes...)
		for at := entry; at < end; {
			var w [3]byte
			copy(w[:], b.code[at-qemuCode:])
			in := Decode(at, w[0], w[1], w[2])
			s.text = append(s.text, fmt.Sprintf("%x: %s", at, in.Text()))
			at += uint32(in.Len)
		}
		b.code = append(b.code, code(b.pc(), Inst{Op: OpWsr, T: 0, Imm: uint32(EXCSAVE2)}, Inst{Op: OpCall0, Imm: qemuSave})...)
		b.sequences = append(b.sequences, s)
		// The jump over the literals is known now.
		patch := code(pc-3, Inst{Op: OpJ, Imm: entry})
		copy(b.code[pc-3-qemuCode:], patch)
		b.record(s)
	}
	b.finish(len(b.sequences))
	return b
}

func (b *batch) pc() uint32 { return qemuCode + uint32(len(b.code)) }

func (b *batch) emit(ins ...Inst) {
	for _, in := range ins {
		b.code = append(b.code, encode(in, b.pc())...)
	}
}

// entry emits the harness in front of sequence i: it takes the registers from the record, and ends with a jump over what comes
// before the sequence.
func (b *batch) entry(i int) {
	for len(b.code)%4 != 0 {
		b.code = append(b.code, 0)
	}
	b.sequencesAt(i)
	b.emit(Inst{Op: OpJ, Imm: b.pc() + 12})
	b.code = append(b.code, 0)
	literals := b.pc()
	b.code = little.AppendUint32(b.code, qemuRecords+uint32(i*recordSize))
	b.code = little.AppendUint32(b.code, qemuCell)
	b.emit(
		Inst{Op: OpL32r, T: 1, Imm: literals},
		Inst{Op: OpL32r, T: 2, Imm: literals + 4},
		Inst{Op: OpMovi, T: 0, Imm: 0xFFFFFFFF},
		Inst{Op: OpWsr, T: 0, Imm: uint32(INTCLEAR)},
		Inst{Op: OpMovi, T: 0},
	)
	for _, s := range observed {
		if s != PS && s != SAR && s != INTERRUPT && s != DEBUGCAUSE {
			b.emit(Inst{Op: OpWsr, T: 0, Imm: uint32(s)})
		}
	}
	b.emit(
		Inst{Op: OpL32i, S: 1, T: 0, Imm: 68}, // where the next sequence begins
		Inst{Op: OpS32i, S: 2, T: 0, Imm: 4},
		Inst{Op: OpL32i, S: 1, T: 0, Imm: 64},
		Inst{Op: OpWsr, T: 0, Imm: uint32(SAR)},
		Inst{Op: OpL32i, S: 1, T: 0, Imm: 72},
		Inst{Op: OpWsr, T: 0, Imm: uint32(PS)},
		Inst{Op: OpRsync},
	)
	for _, r := range []uint8{0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 1} {
		b.emit(Inst{Op: OpL32i, S: 1, T: r, Imm: uint32(r) * 4})
	}
	for len(b.code)%4 != 1 { // so that the literals behind the jump are aligned
		b.emit(Inst{Op: OpNop})
	}
	b.code = append(b.code, 0, 0, 0) // the jump
}

// sequencesAt notes in the record before it where sequence i begins.
func (b *batch) sequencesAt(i int) {
	if i > 0 {
		little.PutUint32(b.records[(i-1)*recordSize+68:], b.pc())
	}
}

func (b *batch) record(s sequence) {
	r := make([]byte, recordSize)
	for i, v := range s.a {
		little.PutUint32(r[4*i:], v)
	}
	little.PutUint32(r[64:], s.sar)
	little.PutUint32(r[72:], s.ps)
	b.records = append(b.records, r...)
}

// finish emits what follows the last sequence: the results and the scratch memory are written out.
func (b *batch) finish(n int) {
	for len(b.code)%4 != 0 {
		b.code = append(b.code, 0)
	}
	b.sequencesAt(n)
	b.emit(Inst{Op: OpJ, Imm: b.pc() + 20})
	b.code = append(b.code, 0)
	literals := b.pc()
	for _, v := range []uint32{qemuResults, uint32(n * resultSize), qemuScratch, scratchSize} {
		b.code = little.AppendUint32(b.code, v)
	}
	for i := range uint32(2) {
		b.emit(
			Inst{Op: OpMovi, T: 2, Imm: 4}, // write
			Inst{Op: OpMovi, T: 3, Imm: 1},
			Inst{Op: OpL32r, T: 4, Imm: literals + 8*i},
			Inst{Op: OpL32r, T: 5, Imm: literals + 8*i + 4},
			Inst{Op: OpSimcall},
		)
	}
	b.emit(Inst{Op: OpMovi, T: 2, Imm: 1}, Inst{Op: OpMovi, T: 3}, Inst{Op: OpSimcall})
}

// harness is the code that all batches share: save at qemuSave, the vectors, and the reset vector's.
func harness(first uint32) (segments []segment) {
	save := []byte{0, 0, 0, 0}
	save = little.AppendUint32(save, qemuCell)
	emit := func(ins ...Inst) {
		for _, in := range ins {
			save = append(save, encode(in, qemuSave+uint32(len(save)))...)
		}
	}
	copy(save, encode(Inst{Op: OpJ, Imm: qemuSave + 8}, qemuSave))
	emit(
		Inst{Op: OpWsr, T: 1, Imm: uint32(EXCSAVE3)},
		Inst{Op: OpL32r, T: 1, Imm: qemuSave + 4},
		Inst{Op: OpL32i, S: 1, T: 0},
	)
	for r := uint8(2); r < 16; r++ {
		emit(Inst{Op: OpS32i, S: 0, T: r, Imm: uint32(r) * 4})
	}
	emit(
		Inst{Op: OpRsr, T: 2, Imm: uint32(EXCSAVE2)}, Inst{Op: OpS32i, S: 0, T: 2},
		Inst{Op: OpRsr, T: 2, Imm: uint32(EXCSAVE3)}, Inst{Op: OpS32i, S: 0, T: 2, Imm: 4},
	)
	for i, s := range observed {
		emit(Inst{Op: OpRsr, T: 2, Imm: uint32(s)}, Inst{Op: OpS32i, S: 0, T: 2, Imm: uint32(64 + 4*i)})
	}
	emit(
		Inst{Op: OpAddi, S: 0, T: 0, Imm: resultSize}, Inst{Op: OpS32i, S: 1, T: 0},
		Inst{Op: OpL32i, S: 1, T: 0, Imm: 4}, Inst{Op: OpJx, S: 0},
	)
	vectors := make([]byte, 0x80)
	little.PutUint32(vectors, qemuSave)
	for _, v := range []uint32{vectorDebug, vectorNMI, vectorKernel, vectorUser, vectorDouble} {
		copy(vectors[v:], code(ROMBase+v, Inst{Op: OpWsr, T: 0, Imm: uint32(EXCSAVE2)}, Inst{Op: OpL32r, T: 0, Imm: ROMBase},
			Inst{Op: OpJx, S: 0}))
	}
	reset := append(code(qemuReset, Inst{Op: OpJ, Imm: qemuReset + 8}), 0)
	reset = little.AppendUint32(reset, first)
	reset = append(reset, code(qemuReset+8, Inst{Op: OpL32r, T: 0, Imm: qemuReset + 4}, Inst{Op: OpJx, S: 0})...)
	cell := little.AppendUint32(nil, qemuResults)
	return []segment{{qemuReset, reset}, {ROMBase, vectors}, {qemuSave, save}, {qemuCell, append(cell, 0, 0, 0, 0)}}
}

// onOurs runs the batch on this core and returns the results in QEMU's form.
func (b *batch) onOurs(t *testing.T) []byte {
	m := NewImage()
	require.NoError(t, m.Add(qemuCode, b.code))
	require.NoError(t, m.Add(qemuScratch, b.scratch))
	vectors := []uint32{vectorDebug, vectorNMI, vectorKernel, vectorUser, vectorDouble}
	for _, v := range vectors {
		m.Hook(ROMBase + v)
	}
	for _, s := range b.sequences {
		m.Hook(s.end)
	}
	c := NewCPU(m, nil)
	for _, v := range vectors {
		c.SetHook(ROMBase+v, (*CPU).Halt)
	}
	var out []byte
	for _, s := range b.sequences {
		c.SetHook(s.end, (*CPU).Halt)
		debug := c.Special(DEBUGCAUSE)
		c.Reset()
		c.special[DEBUGCAUSE] = debug // no instruction clears it
		*c.A, c.PC = s.a, s.entry
		c.SetSpecial(SAR, s.sar)
		c.SetSpecial(PS, s.ps)
		c.Refuel(1000)
		stop := c.Run()
		require.Equal(t, Halted, stop.Reason, "%s", strings.Join(s.text, "\n"))
		for _, v := range c.A {
			out = little.AppendUint32(out, v)
		}
		for _, n := range observed {
			out = little.AppendUint32(out, c.Special(n))
		}
	}
	return append(out, c.dram[qemuScratch-DRAMBase:][:scratchSize]...)
}

// Generated sequences of all instructions that programs can have leave the same registers and the same memory on QEMU's core and on
// ours. go test -sequences 100000 compares more of them.
func TestQEMU(t *testing.T) {
	qemu := tool(t, "qemu-system-xtensa", "qemu-system-misc")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	instructions := 0
	for done := 0; done < *qemuSequences; done += perBatch {
		b := makeBatch(seed, uint64(done), min(perBatch, *qemuSequences-done))
		segments := append(harness(qemuCode), segment{qemuCode, b.code}, segment{qemuRecords, b.records}, segment{qemuScratch, b.scratch})
		theirs := runQEMU(t, qemu, writeELF(segments))
		b.compare(t, theirs, b.onOurs(t))
		for _, s := range b.sequences {
			instructions += len(s.text)
		}
	}
	t.Logf("%d sequences, %d instructions", *qemuSequences, instructions)
}

func (b *batch) compare(t *testing.T, theirs, ours []byte) {
	t.Helper()
	require.Len(t, theirs, len(ours), "QEMU did not come to the end")
	differ := 0
	for i, s := range b.sequences {
		var wrong []string
		for w := range resultWords {
			at := i*resultSize + 4*w
			q, o := little.Uint32(theirs[at:]), little.Uint32(ours[at:])
			name := fmt.Sprint("a", w)
			if w >= 16 {
				name = observed[w-16].String()
				q, o = b.ignore(observed[w-16], q), b.ignore(observed[w-16], o)
			}
			if q != o {
				wrong = append(wrong, fmt.Sprintf("%s: QEMU %#x, ours %#x", name, q, o))
			}
		}
		if wrong != nil {
			if differ++; differ > 12 {
				t.FailNow()
			}
			t.Errorf("sequence %d: %s\n%s\na: %x sar %d ps %#x", i, strings.Join(wrong, ", "), strings.Join(s.text, "\n"), s.a, s.sar, s.ps)
		}
	}
	n := len(b.sequences) * resultSize
	require.Equal(t, theirs[n:], ours[n:], "scratch memory")
}

// ignore leaves out what is not comparable: the timer's interrupt follows QEMU's clock.
func (b *batch) ignore(s Special, v uint32) uint32 {
	if s == INTERRUPT {
		return v &^ (1 << timerInterrupt)
	}
	return v
}
