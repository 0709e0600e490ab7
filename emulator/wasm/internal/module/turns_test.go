package module

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A loop's turns are known only where nothing but its variable decides.
func TestTurns(t *testing.T) {
	const block = 0x40
	set := func(n byte) []byte { return []byte{opI32Const, n, opLocalSet, 1} }
	step := []byte{opLocalGet, 1, opI32Const, 4, opI32Add, opLocalTee, 1}
	until := []byte{opI32Const, 0x20, opI32Ne, opBrIf, 0, opEnd}
	middle := []byte{opLocalGet, 1, opI32Const, 0x20, opI32Eq, opBrIf, 1}
	back := []byte{opLocalSet, 1, opBr, 0, opEnd, opEnd}
	loop := []byte{opLoop, block}
	end := []byte{opEnd}
	for name, tc := range map[string]struct {
		code [][]byte
		want []uint32
	}{
		"0 to 32 by 4":  {[][]byte{set(0), loop, step, until, end}, []uint32{8}},
		"-32 to 0 by 4": {[][]byte{set(0x60), loop, step, {opBrIf, 0, opEnd}, end}, []uint32{8}},
		"-1 to -33 by -4": {[][]byte{set(0x7F), loop, {opLocalGet, 1, opI32Const, 0x7C, opI32Add, opLocalTee, 1, opI32Const, 0x5F,
			opI32Ne, opBrIf, 0, opEnd}, end}, []uint32{8}},
		"set, then read": {[][]byte{set(0), loop, step[:5], {opLocalSet, 1, opNop, opLocalGet, 1}, until, end}, []uint32{8}},
		"to its middle":  {[][]byte{{opBlock, block}, set(0), loop, {opNop}, middle, step[:5], back, end}, []uint32{9}},
		"to its middle behind the step": {[][]byte{{opBlock, block}, set(0), loop, step[:5], {opLocalSet, 1}, middle,
			{opBr, 0, opEnd, opEnd}, end}, []uint32{8}},
		"one turn":            {[][]byte{{opBlock, block}, set(0x20), loop, middle, step[:5], back, end}, []uint32{1}},
		"by another variable": {[][]byte{set(0), loop, step[:6], {2, opLocalSet, 1, opLocalGet, 2}, until, end}, []uint32{8}},
		"a constant kept":     {[][]byte{{opI32Const, 8, opLocalTee, 1, opDrop}, loop, step, until, end}, []uint32{6}},
		"an arm, a leaf": {[][]byte{set(0), loop, {opLocalGet, 2, opIf, block, opBr, 0, opEnd, opCall, 7},
			step, until, end}, []uint32{8}},
		"a store before it": {[][]byte{set(0), {opI32Const, 0, opI32Const, 0, opFirstSt, 2, 0}, loop, step, until, end}, []uint32{8}},
		"two":               {[][]byte{set(0), loop, step, until, set(0x10), loop, step, until, end}, []uint32{8, 4}},
		"the inner one":     {[][]byte{set(0), loop, set(0), loop, step, until, {opLocalGet, 2, opBrIf, 0, opEnd}, end}, []uint32{0, 8}},

		"not divisible":        {[][]byte{set(1), loop, step, until, end}, []uint32{0}},
		"no way to go":         {[][]byte{set(0x20), loop, step, until, end}, []uint32{0}},
		"no constant":          {[][]byte{{opLocalGet, 0, opLocalSet, 1}, loop, step, until, end}, []uint32{0}},
		"not any more":         {[][]byte{set(0), {opLocalGet, 0, opLocalSet, 1}, loop, step, until, end}, []uint32{0}},
		"of two ways":          {[][]byte{{opLocalGet, 0, opIf, block}, set(0), {opEnd}, loop, step, until, end}, []uint32{0}},
		"never set":            {[][]byte{loop, step, until, end}, []uint32{0}},
		"changed twice":        {[][]byte{set(0), loop, set(0), step, until, end}, []uint32{0}},
		"changed in an arm":    {[][]byte{set(0), loop, {opLocalGet, 2, opIf, block}, set(0), end, step, until, end}, []uint32{0}},
		"another variable":     {[][]byte{set(0), loop, step[:6], {2}, until, end}, []uint32{0}},
		"another is looked at": {[][]byte{set(0), loop, step[:6], {2, opLocalSet, 1, opLocalGet, 3}, until, end}, []uint32{0}},
		"from another":         {[][]byte{set(0), loop, {opLocalGet, 3}, step[2:], until, end}, []uint32{0}},
		"a way out":            {[][]byte{{opBlock, block}, set(0), loop, {opLocalGet, 2, opBrIf, 1}, step, until, end, end}, []uint32{0}},
		"a way out of an arm":  {[][]byte{set(0), loop, {opLocalGet, 2, opIf, block, opBr, 2, opEnd}, step, until, end}, []uint32{0}},
		"begun anew":           {[][]byte{set(0), loop, {opLocalGet, 2, opIf, block, opBr, 1, opEnd}, step, until, end}, []uint32{0}},
		"a return":             {[][]byte{set(0), loop, {opReturn}, step, until, end}, []uint32{0}},
		"a call":               {[][]byte{set(0), loop, {opCall, 8}, step, until, end}, []uint32{0}},
		"a call of a pointer":  {[][]byte{set(0), loop, {opIndirect, 0, 0}, step, until, end}, []uint32{0}},
		"cases":                {[][]byte{set(0), loop, {opLocalGet, 2, opBrTable, 0, 0}, step, until, end}, []uint32{0}},
		"more behind the jump": {[][]byte{set(0), loop, step, {opI32Const, 0x20, opI32Ne, opBrIf, 0, opNop, opEnd}, end}, []uint32{0}},
		"for ever":             {[][]byte{set(0), loop, step, {opDrop, opBr, 0, opEnd}, end}, []uint32{0}},
		"standing":             {[][]byte{set(0), loop, {opLocalGet, 1, opI32Const, 0, opI32Add, opLocalTee, 1}, until, end}, []uint32{0}},
		"no jump":              {[][]byte{set(0), loop, step, {opDrop, opEnd}, end}, []uint32{0}},
		"more ends":            {[][]byte{{opEnd, opEnd}, loop, {opEnd, opEnd}}, []uint32{0}},
		"a jump to below zero": {[][]byte{set(0), loop, {opBr, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, step, until}, []uint32{0}},
		"begun anew in a block": {[][]byte{{opBlock, block}, set(0), loop, {opBlock, block}, middle, end, step[:5],
			back, end}, []uint32{0}},
		"a loop in it": {[][]byte{set(0), loop, loop,
			step, until, {opLocalGet, 2, opBrIf, 0, opEnd}, end}, []uint32{0, 0}},
		"two ways out":                  {[][]byte{{opBlock, block}, set(0), loop, middle, middle, step[:5], back, end}, []uint32{0}},
		"out of the middle and the end": {[][]byte{{opBlock, block}, set(0), loop, middle, step, until, end}, []uint32{0}},
		"out of two blocks": {[][]byte{set(0), loop, {opLocalGet, 1, opI32Const, 0x20, opI32Eq, opBrIf, 2}, step[:5],
			{opLocalSet, 1, opBr, 0, opEnd}, end}, []uint32{0}},
		"another one of two values": {[][]byte{set(0), loop, step[:6], {2, opLocalSet, 1, opI32Const, 5, opLocalSet, 2,
			opLocalGet, 2}, until, end}, []uint32{0}},
		"nothing before the jump": {[][]byte{set(0), loop, {opBrIf, 0, opEnd}, end}, []uint32{0}},
		"cut":                     {[][]byte{set(0), loop, step, until[:4]}, []uint32{0}},
		"cut behind the number":   {[][]byte{set(0), loop, {opI32Const}}, []uint32{0}},
	} {
		assert.Equal(t, tc.want, turns(slices.Concat(tc.code...), map[uint32]uint32{7: 20}), name)
	}
}
