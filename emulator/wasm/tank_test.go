package wasm

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// Code does not run for ever, whatever it does: every loop and every function is counted.
func TestCodeEnds(t *testing.T) {
	const (
		opLoop, opBr, opCall, opDrop, opStore = 0x03, 0x0C, 0x10, 0x1A, 0x36
		block                                 = 0x40
	)
	var doubling [][]byte // each function calls the next one twice, the last one does nothing
	for index := byte(7); index < 47; index++ {
		doubling = append(doubling, body(0, []byte{opCall, index, opCall, index}))
	}
	doubling = append(doubling, body(0))
	for name, b := range map[string][]byte{
		"loop":            withBodies(t, body(0, []byte{opLoop, block, opBr, 0, opEnd})),
		"loop with if":    withBodies(t, body(0, []byte{opLoop, block, opI32Const, 1, opBrIf, 0, opEnd})),
		"loop with table": withBodies(t, body(0, []byte{opLoop, block, opI32Const, 5, opBrTable, 1, 0, 0, opEnd})),
		"loops in loops":  withBodies(t, body(0, []byte{opLoop, block, opLoop, block, opBr, 1, opEnd, opEnd})),
		"after code":      withBodies(t, body(0, []byte{opBlock, block, opEnd, opLoop, block, opBr, 0, opEnd})),
		"writes memory": withBodies(t, body(0, []byte{opLoop, block, opI32Const, 0, opI32Const, 0x7F, opStore, 2, 0x80, 0x0A,
			opBr, 0, opEnd})),
		"calls for ever":   withBodies(t, body(0, []byte{opLoop, block, opCall, 3, opDrop, opBr, 0, opEnd})),
		"the SDK for ever": withBodies(t, body(0, []byte{opLoop, block, opCall, 0, opDrop, opBr, 0, opEnd})),
		"fills memory": withBodies(t, body(0, []byte{opLoop, block, opI32Const, 0, opI32Const, 0, opI32Const, 0x80, 0x80, 0x04, 0xFC, 11, 0,
			opBr, 0, opEnd})),
		"a long way round": withBodies(t, body(0, slices.Concat([]byte{opLoop, block},
			bytes.Repeat([]byte{opI32Const, 0, opI32Const, 1, opStore, 2, 0x80, 0x0C}, 10_000), []byte{opBr, 0, opEnd}))),
		"calls that double": withBodies(t, body(0, []byte{opCall, 6}), doubling...),
	} {
		t.Run(name, func(t *testing.T) {
			image, err := Load(b)
			require.NoError(t, err)
			defer image.Close()
			synctest.Test(t, func(t *testing.T) {
				d, err := emulator.New(emulator.Config{NoAutoConnect: true, Patience: time.Minute})
				require.NoError(t, err)
				_ = d.Boot(image.Firmware()) // the one that asks the time waits until nobody does
				require.NotNil(t, d.Crash())
				assert.Contains(t, []int{espconn.CauseSoftWatchdog, chip.CauseStuck}, d.Crash().Cause)
				assert.NotEmpty(t, d.Crash().Stack)
				require.NoError(t, d.Close())
			})
		})
	}
}

// The tank is not the firmware's: code that names it is refused, and so is what no engine agrees on.
func TestTankIsOutOfReach(t *testing.T) {
	for name, instructions := range map[string][]byte{
		"reads it":     {0x23, 1, 0x1A},
		"sets it":      {opI32Const, 1, 0x24, 1},
		"tail call":    {0x12, 3},
		"a throw":      {0x08, 0},
		"typed select": {opI32Const, 1, opI32Const, 1, opI32Const, 1, 0x1C, 1, 0x64, 0x70, 0x1A},
		"the unknown":  {0xE0},
	} {
		_, err := Load(withBodies(t, body(0, instructions)))
		assert.ErrorContains(t, err, "not a valid WebAssembly module", name)
	}
}
