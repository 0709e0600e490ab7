package module

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

// Loops of parts in any order make as many turns as is said, wherever something is said: an engine runs them, and they count.
func TestTurnsOfRandomLoops(t *testing.T) {
	const seed, tries = 1, 50_000
	const most = 40
	ctx := context.Background()
	engine := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
	defer func() { require.NoError(t, engine.Close(ctx)) }()
	random := rand.New(rand.NewPCG(seed, 0))
	known := 0
	for i := range tries {
		code := randomLoop(random, most)
		said := turns(code, nil)
		require.Len(t, said, 1)
		if said[0] == 0 {
			continue
		}
		known++
		m, err := engine.Instantiate(ctx, loopModule(code))
		require.NoError(t, err, "seed %d, loop %d: % x", seed, i, code)
		_, err = m.ExportedFunction("f").Call(ctx)
		made := m.ExportedGlobal("n").Get()
		if said[0] > most {
			assert.Error(t, err, "seed %d, loop %d: % x", seed, i, code) // the guard
		} else {
			assert.Equal(t, uint64(said[0]), made, "seed %d, loop %d: % x", seed, i, code)
			assert.NoError(t, err)
		}
		require.NoError(t, m.Close(ctx))
	}
	t.Logf("%d of %d loops known", known, tries)
	assert.Greater(t, known, tries/50)
}

// randomLoop returns code with three local variables and a loop that counts its turns in global 0, and ends at most turns.
func randomLoop(random *rand.Rand, most byte) (code []byte) {
	pick := func(all ...[]byte) { code = append(code, all[random.IntN(len(all))]...) }
	local := func() byte { return byte(random.IntN(3)) }
	constant := func() byte { return []byte{0, 1, 2, 4, 8, 12, 16, 32, 0x7C, 0x7E, 0x7F, 0x60}[random.IntN(12)] }
	write := func() []byte { return []byte{opI32Const, constant(), opLocalSet, local()} }
	step := func() []byte {
		a, b := local(), local()
		if random.IntN(4) > 0 {
			b = a
		}
		head := []byte{opLocalGet, a, opI32Const, constant(), opI32Add}
		switch random.IntN(3) {
		case 0:
			return append(head, opLocalSet, b)
		case 1:
			return append(head, opLocalTee, local(), opLocalSet, b)
		}
		return append(head, opLocalTee, b, opDrop)
	}
	const block = 0x40
	for range 1 + random.IntN(3) {
		code = append(code, write()...)
	}
	pick(nil, []byte{opLocalGet, local(), opLocalSet, local()}, []byte{opLocalGet, 0, opIf, block, opEnd})
	code = append(code, opBlock, block)
	pick(nil, write(), write())
	code = append(code, opLoop, block)
	code = append(code, opGlobalGet, 0, opI32Const, 1, opI32Add, opGlobalSet, 0)
	code = append(code, opGlobalGet, 0, opI32Const, most, opI32GtU, opIf, block, opUnreachable, opEnd)
	for range random.IntN(4) {
		switch random.IntN(10) {
		case 0:
			code = append(code, write()...)
		case 1, 2, 3, 4:
			code = append(code, step()...)
		case 5:
			code = slices.Concat(code, []byte{opLocalGet, local(), opIf, block}, step(), []byte{opEnd})
		case 6:
			code = append(code, opLocalGet, local(), opIf, block, opBr, byte(random.IntN(3)), opEnd)
		default:
			code = append(code, opLocalGet, local(), opI32Const, constant(), opI32Eq, opBrIf, 1)
		}
	}
	pick([]byte{opBr, 0}, []byte{opLocalGet, local(), opBrIf, 0}, []byte{opLocalGet, local(), opI32Const, constant(), opI32Ne, opBrIf, 0},
		[]byte{opLocalGet, 1, opI32Const, constant(), opI32Add, opLocalTee, 1, opI32Const, constant(), opI32Ne, opBrIf, 0},
		[]byte{opLocalGet, 1, opI32Const, constant(), opI32Add, opLocalTee, 1, opBrIf, 0})
	return append(code, opEnd, opEnd, opEnd)
}

// loopModule returns a module with the function f, which has three local variables, and the global n.
func loopModule(code []byte) []byte {
	section := func(id byte, payload ...byte) []byte {
		return append(appendU32([]byte{id}, uint32(len(payload))), payload...)
	}
	body := append([]byte{1, 3, typeI32}, code...)
	return slices.Concat([]byte("\x00asm\x01\x00\x00\x00"),
		section(sectionType, 1, typeForm, 0, 0), section(sectionFunction, 1, 0),
		section(sectionGlobal, 1, typeI32, 1, opI32Const, 0, opEnd),
		section(sectionExport, 2, 1, 'f', 0, 0, 1, 'n', 3, 0),
		section(sectionCode, append(appendU32([]byte{1}, uint32(len(body))), body...)...))
}
