package module

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A piece costs its longest way, whatever jumps there are; loops cost extra.
func TestCycles(t *testing.T) {
	const block = 0x40
	for name, tc := range map[string]struct {
		code []byte
		want []uint32
	}{
		"nothing":      {[]byte{opEnd}, []uint32{0}},
		"free":         {[]byte{opI32Const, 1, opLocalSet, 0, opNop, opEnd}, []uint32{0}},
		"two in a row": {[]byte{opI32Const, 1, opI32Eqz, opI32Eqz, opDrop, opEnd}, []uint32{2}},
		"the longer arm": {[]byte{opI32Const, 1, opIf, block, opI32Const, 1, opI32Eqz, opDrop, opElse,
			opI32Const, 1, opI32Eqz, opI32Eqz, opI32Eqz, opDrop, opEnd, opI32Const, 1, opI32Eqz, opDrop, opEnd}, []uint32{5}},
		"around": {[]byte{opBlock, block, opI32Const, 1, opBrIf, 0, opI32Const, 1, opI32Eqz, opI32Eqz, opDrop, opEnd,
			opI32Const, 1, opI32Eqz, opDrop, opEnd}, []uint32{4}},
		"an arm that ends": {[]byte{opI32Const, 1, opIf, block, opI32Const, 1, opI32Eqz, opI32Eqz, opI32Eqz, opDrop, opReturn, opEnd,
			opI32Const, 1, opI32Eqz, opDrop, opEnd}, []uint32{5}},
		"cases": {[]byte{opBlock, block, opBlock, block, opBlock, block,
			opI32Const, 1, opBrTable, 2, 0, 1, 2, opEnd,
			opI32Const, 1, opI32Eqz, opDrop, opBr, 1, opEnd, opI32Const, 1, opI32Eqz, opI32Eqz, opDrop, opEnd, opEnd}, []uint32{3}},
		"a loop": {[]byte{opI32Const, 1, opI32Eqz, opDrop, opLoop, block, opI32Const, 1, opI32Eqz, opBrIf, 0, opEnd,
			opI32Const, 1, opI32Eqz, opDrop, opEnd}, []uint32{2, 2}},
		"out of two loops": {[]byte{opBlock, block, opLoop, block, opI32Const, 1, opI32Eqz, opDrop, opLoop, block,
			opI32Const, 1, opI32Eqz, opI32Eqz, opBrIf, 2, opBr, 0, opEnd, opEnd, opEnd, opI32Const, 1, opI32Eqz, opDrop, opEnd},
			[]uint32{1, 1, 4}},
		"a leaf in an arm":          {[]byte{opI32Const, 1, opIf, block, opCall, 7, opCall, 8, opElse, opNop, opEnd, opEnd}, []uint32{23}},
		"never reached":             {[]byte{opBlock, block, opReturn, opI32Const, 1, opI32Eqz, opDrop, opEnd, opEnd}, []uint32{1}},
		"more ends than beginnings": {[]byte{opEnd, opEnd, opLoop, block}, []uint32{0}},
		"a jump to nowhere":         {[]byte{opBr, 100, opEnd}, []uint32{1}},
		"cut":                       {[]byte{opLoop, block, opI32Eqz, opBrTable, 0xFF}, []uint32{0, 2}},
	} {
		assert.Equal(t, tc.want, cycles(tc.code, map[uint32]uint32{7: 20}), name)
	}
}
