package debug_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/debug"
)

// Step by step back: over calls, out of functions into their callers, into the callback before; and forwards again into the present, from
// where the device goes on as if nothing had been.
func TestStepBack(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{}).launch()
	e.breakAt(walk, object{"mark": "tick: print", "condition": "ticks == 3"})
	e.run()
	require.Equal(t, at(t, "on_tick", "tick: print"), e.where())
	total, random := e.eval("total", 0), e.printed()
	assert.Equal(t, "step", e.move("stepBack").Reason)
	assert.Equal(t, at(t, "on_tick", "tick: walk"), e.where(), "over the calls")
	assert.NotEqual(t, total, e.eval("total", 0))
	e.move("stepBack")
	assert.Equal(t, at(t, "on_tick", "tick: begin"), e.where())
	assert.Equal(t, "2", e.eval("ticks", 0))
	e.move("next")
	assert.Equal(t, "3", e.eval("ticks", 0))
	e.move("stepIn")
	assert.Equal(t, at(t, "walk", "walk: add"), e.where(), "into a call that was over")
	e.move("stepBack")
	assert.Equal(t, at(t, "on_tick", "tick: walk"), e.where(), "out to the caller")
	e.move("stepBack")
	e.move("stepBack")
	e.move("stepBack")
	assert.Contains(t, e.where(), "on_tick:")
	assert.Equal(t, "2", e.eval("ticks", 0), "the callback before")
	assert.Equal(t, random, e.printed(), "nothing is printed twice")

	s := e.move("continue")
	assert.Equal(t, "breakpoint", s.Reason)
	assert.Equal(t, at(t, "on_tick", "tick: print"), e.where(), "the present")
	assert.Equal(t, total, e.eval("total", 0))
	e.move("next")
	assert.Equal(t, at(t, "on_tick", "tick: if"), e.where())
	assert.Contains(t, e.printed(), "tick 3: 24,")
}

// Back to the break point before, through all callbacks, to the beginning; and back by instructions.
func TestReverse(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{}).launch()
	e.breakAt(walk, "add: total")
	s := e.run()
	for range 5 {
		s = e.move("continue")
	}
	assert.Equal(t, "breakpoint", s.Reason)
	assert.Equal(t, "3", e.eval("ticks", 0))
	assert.Equal(t, "11", e.eval("b", 0))
	for _, want := range []string{"3 10", "2 11", "2 10", "1 11", "1 10"} {
		s = e.move("reverseContinue")
		assert.Equal(t, "breakpoint", s.Reason)
		assert.Equal(t, want, e.eval("ticks", 0)+" "+e.eval("b", 0))
	}
	e.breakAt(walk)
	s = e.move("reverseContinue")
	assert.Contains(t, s.Description, "beginning")
	assert.Equal(t, "0", e.eval("ticks", 0))
	before := e.console()
	e.move("stepBack")
	assert.Contains(t, e.console()[len(before):], "nothing before")

	e.breakAt(walk, object{"mark": "tick: begin", "condition": "ticks == 1"})
	e.move("continue")
	position := e.scope("Registers", 1)["position"].Value
	pc := e.scope("Registers", 1)["pc"].Value
	e.moveBy("stepBack")
	assert.NotEqual(t, pc, e.scope("Registers", 1)["pc"].Value)
	e.moveBy("next")
	assert.Equal(t, pc, e.scope("Registers", 1)["pc"].Value)
	assert.Equal(t, position, e.scope("Registers", 1)["position"].Value)
}

// A crash is undone: back from where a program ends to what went wrong.
func TestBackFromCrash(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{}).launch()
	require.Equal(t, "exception", e.run().Reason)
	e.move("stepBack")
	assert.Equal(t, at(t, "on_tick", "tick: fault"), e.where(), "the beginning of the line")
	e.move("stepBack")
	assert.Equal(t, at(t, "on_tick", "tick: if"), e.where())
	e.breakAt(walk, object{"mark": "add: total", "condition": "total == 0"})
	s := e.move("reverseContinue")
	assert.Equal(t, "breakpoint", s.Reason)
	assert.Equal(t, "1", e.eval("ticks", 0))
	e.breakAt(walk)
	s = e.move("continue")
	assert.Equal(t, "exception", s.Reason)
	assert.Equal(t, at(t, "on_tick", "tick: fault"), e.where())
	e.must("continue", object{"threadId": 1}, nil)
	e.terminated()
	assert.Contains(t, e.printed(), "Fatal exception (29)")
}
