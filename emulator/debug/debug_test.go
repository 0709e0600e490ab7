package debug_test

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-dap"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/debug"
)

const walk = "walk.c"

// at is where in walk.c a mark is, as where says it.
func at(t *testing.T, function, mark string) string {
	t.Helper()
	return fmt.Sprintf("%s:%d", function, line(t, walk, mark))
}

// Break points by line, steps over, into and out of calls, across the end of a callback.
func TestSteps(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{}).launch()
	b := e.breakAt(walk, "init: copy", "tick: begin")
	require.True(t, b[0].Verified, b[0].Message)
	s := e.run()
	assert.Equal(t, "breakpoint", s.Reason)
	assert.Equal(t, []int{b[0].Id}, s.HitBreakpointIds)
	assert.Equal(t, at(t, "user_init", "init: copy"), e.where())
	assert.Contains(t, e.printed(), "hello from first\n")
	e.move("next")
	assert.Equal(t, at(t, "user_init", "init: disarm"), e.where())
	assert.Equal(t, `"other"`, e.eval("second.name", 0))

	e.move("continue")
	assert.Equal(t, at(t, "on_tick", "tick: begin"), e.where())
	e.move("next")
	assert.Equal(t, at(t, "on_tick", "tick: walk"), e.where())
	e.move("stepIn")
	assert.Equal(t, at(t, "walk", "walk: add"), e.where())
	e.move("stepIn")
	assert.Equal(t, at(t, "add", "add: sum"), e.where())
	e.move("stepOut")
	assert.Equal(t, at(t, "walk", "walk: add"), e.where())
	e.move("next")
	assert.Equal(t, at(t, "walk", "walk: if"), e.where())
	e.move("next")
	e.move("next")
	assert.Equal(t, at(t, "walk", "walk: return"), e.where(), "over the recursion")
	e.move("stepOut")
	assert.Equal(t, at(t, "on_tick", "tick: walk"), e.where())
	for range 6 {
		if e.move("next"); e.where() == at(t, "on_tick", "tick: end") {
			break
		}
	}
	assert.Contains(t, e.printed(), "tick 1: 24,")
	e.move("next")
	assert.Equal(t, at(t, "on_tick", "tick: begin"), e.where(), "the next callback")
	require.NoError(t, e.ask("disconnect", nil, nil))
}

// Functions that stand in one line: a step whose callback is over ends in the next one, where it begins.
func TestStepsOfOneLine(t *testing.T) {
	const file = "line.c"
	e := edit(t, playing(compile(t, file, "-Os")), debug.Options{}).launch()
	e.must("setFunctionBreakpoints", object{"breakpoints": []object{{"name": "user_init"}}}, nil)
	e.run()
	for n, how := range []string{"next", "next", "stepOut", "stepIn"} {
		e.move(how)
		assert.Contains(t, e.where(), "on_tick:", how)
		assert.Equal(t, strconv.Itoa(n), e.eval("ticks", 0), how)
	}
	e.move("stepBack")
	assert.Contains(t, e.where(), "on_tick:")
	require.NoError(t, e.ask("disconnect", nil, nil))
}

// What is under way, with arguments, locals, globals, structs behind pointers, registers, memory, code, and expressions.
func TestLooking(t *testing.T) {
	i := compile(t, walk, "-O0")
	e := edit(t, playing(i), debug.Options{}).launch()
	e.breakAt(walk, object{"mark": "add: total", "condition": "b == 11"})
	e.run()
	var names []string
	for _, f := range e.stack() {
		names = append(names, fmt.Sprintf("%s:%d", f.Name, f.Line))
		assert.Equal(t, walk, f.Source.Name)
	}
	assert.Equal(t, []string{at(t, "add", "add: total"), at(t, "walk", "walk: add"), at(t, "walk", "walk: deeper"),
		at(t, "on_tick", "tick: walk")}, names)
	arguments, locals := e.scope("Arguments", 1), e.scope("Locals", 1)
	assert.Equal(t, "2", arguments["a"].Value)
	assert.Equal(t, "11", arguments["b"].Value)
	assert.Equal(t, "13", locals["sum"].Value)
	assert.Equal(t, "int", locals["sum"].Type)
	n := e.scope("Arguments", 3)["n"]
	assert.Equal(t, "struct node *", n.Type)
	first := e.parts(n.VariablesReference)
	assert.Equal(t, "1", first["number"].Value)
	assert.Equal(t, `"first"`, first["name"].Value)
	second := e.parts(first["next"].VariablesReference)
	assert.Equal(t, `"other"`, second["name"].Value)
	assert.Equal(t, "0x0", second["next"].Value)
	assert.Equal(t, "2", e.eval(second["number"].EvaluateName, 3))
	assert.Equal(t, "11", e.scope("Globals", 1)["total"].Value)
	for expr, want := range map[string]string{"sum * 2 + b": "37", "sum > 12 && a != 3": "1", "&total == &first.number": "0",
		"(&first)->next->number": "2", "sizeof(struct node)": "16"} {
		assert.Equal(t, want, e.eval(expr, 1), expr)
	}
	assert.Equal(t, "10", e.eval("depth", 3))
	for _, expr := range []string{"sum = 3", "add(1, 2)", "sum++", "nothing", "1 +"} {
		assert.Error(t, e.ask("evaluate", object{"expression": expr, "frameId": 1}, nil), expr)
	}
	assert.Equal(t, "13", e.eval("sum", 1), "nothing was changed")

	registers := e.scope("Registers", 1)
	assert.Equal(t, e.stack()[0].InstructionPointerReference, registers["pc"].Value)
	assert.Equal(t, e.eval("$a1", 1), e.eval(registers["a1"].Value, 1), "an address")
	assert.NotEqual(t, registers["a1"].Value, e.scope("Registers", 2)["a1"].Value)

	var memory dap.ReadMemoryResponseBody
	e.must("readMemory", object{"memoryReference": e.scope("Globals", 1)["second"].MemoryReference, "offset": 4, "count": 6}, &memory)
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte("other\x00")), memory.Data)
	for expr, want := range map[string]string{"second": e.eval("&second", 0), "first.next": e.eval("&second", 0), "second.next": ""} {
		var value dap.EvaluateResponseBody
		e.must("evaluate", object{"expression": expr, "frameId": 1, "context": "watch"}, &value)
		assert.Equal(t, want, value.MemoryReference, "the memory of %s: of a pointer, what it points to", expr)
	}
	e.must("readMemory", object{"memoryReference": "0x3ffe7f00", "offset": -768, "count": 1024}, &memory)
	assert.Equal(t, 1024, memory.UnreadableBytes)

	var code dap.DisassembleResponseBody
	pc := e.stack()[0].InstructionPointerReference
	e.must("disassemble", object{"memoryReference": pc, "instructionOffset": -3, "instructionCount": 8}, &code)
	require.Len(t, code.Instructions, 8)
	assert.Equal(t, pc, code.Instructions[3].Address)
	assert.Equal(t, line(t, walk, "add: total"), code.Instructions[3].Line)
	for _, in := range code.Instructions {
		assert.NotContains(t, in.Instruction, "no code")
	}
	require.Error(t, e.ask("disassemble", object{"memoryReference": "x", "instructionCount": 8}, nil))
	require.Error(t, e.ask("variables", object{"variablesReference": 999}, nil))
}

// Conditions, hit counts, messages, functions of the firmware and of the SDK, addresses; what cannot be says why.
func TestBreakPoints(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{}).launch()
	b := e.breakAt(walk, object{"mark": "tick: walk", "logMessage": "{ticks} ticks, {first.name} {{}}, {nothing}"},
		object{"mark": "tick: print", "condition": "ticks == 3"}, object{"mark": "tick: if", "hitCondition": "% 4"},
		object{"mark": "add: total", "hitCondition": "often"})
	assert.False(t, b[3].Verified)
	assert.Contains(t, b[3].Message, "no hit count")
	var f dap.SetFunctionBreakpointsResponseBody
	functions := []object{{"name": "os_timer_arm"}, {"name": "ets_timer_arm_new"}, {"name": "ad"}}
	e.must("setFunctionBreakpoints", object{"breakpoints": functions}, &f)
	s := e.run()
	assert.Equal(t, "function breakpoint", s.Reason)
	assert.Contains(t, e.stack()[0].Name, "timer_arm")
	assert.Equal(t, line(t, walk, "init: arm"), e.stack()[1].Line)
	assert.Contains(t, f.Breakpoints[2].Message, "add")

	e.move("continue")
	assert.Equal(t, at(t, "on_tick", "tick: print"), e.where())
	assert.Equal(t, "3", e.eval("ticks", 0))
	assert.Contains(t, e.console(), "1 ticks, \"first\" {}, {nothing: ")
	assert.Contains(t, e.console(), "3 ticks, \"first\" {}")
	e.move("continue")
	assert.Equal(t, at(t, "on_tick", "tick: if"), e.where())
	assert.Equal(t, "4", e.eval("ticks", 0))

	e.breakAt(walk)
	var x dap.SetInstructionBreakpointsResponseBody
	begin := e.scope("Registers", 1)["pc"].Value
	e.must("setInstructionBreakpoints", object{"breakpoints": []object{{"instructionReference": begin}, {"instructionReference": "?"}}}, &x)
	assert.True(t, x.Breakpoints[0].Verified)
	assert.False(t, x.Breakpoints[1].Verified)
	assert.Equal(t, "instruction breakpoint", e.move("continue").Reason)
	assert.Equal(t, "5", e.eval("ticks", 0))
	assert.Equal(t, begin, e.scope("Registers", 1)["pc"].Value)
}

// A variable is watched: its writers are found, the SDK too, and readers.
func TestDataBreakPoints(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{StopOnEntry: true}).launch()
	assert.Equal(t, "entry", e.run().Reason)
	watch := func(expr, access string) {
		t.Helper()
		var info dap.DataBreakpointInfoResponseBody
		e.must("dataBreakpointInfo", object{"name": expr}, &info)
		require.NotNil(t, info.DataId, info.Description)
		var b dap.SetDataBreakpointsResponseBody
		e.must("setDataBreakpoints", object{"breakpoints": []object{{"dataId": info.DataId, "accessType": access}}}, &b)
		require.True(t, b.Breakpoints[0].Verified, b.Breakpoints[0].Message)
	}
	watch("second.name", "write")
	s := e.move("continue")
	assert.Equal(t, "data breakpoint", s.Reason)
	assert.Contains(t, s.Text, "second.name was written by the SDK")
	assert.Equal(t, at(t, "user_init", "init: disarm"), e.where(), "behind the copy")
	watch("total", "write")
	s = e.move("continue")
	assert.Contains(t, s.Text, fmt.Sprintf("total was written at walk.c:%d", line(t, walk, "add: total")))
	assert.Equal(t, "11", e.eval("total", 0))
	watch("total", "read")
	s = e.move("continue")
	assert.Contains(t, s.Text, "total was read at")
	var info dap.DataBreakpointInfoResponseBody
	e.must("dataBreakpointInfo", object{"name": "1 + 1"}, &info)
	assert.Nil(t, info.DataId)
}

// A fatal exception stops before it is printed, with what is under way, its cause and what to change. Going on, the firmware crashes.
func TestException(t *testing.T) {
	e := edit(t, playing(compile(t, walk)), debug.Options{}).launch()
	s := e.run()
	assert.Equal(t, "exception", s.Reason)
	assert.Equal(t, at(t, "on_tick", "tick: fault"), e.where())
	assert.NotContains(t, e.printed(), "Fatal exception")
	var x dap.ExceptionInfoResponseBody
	e.must("exceptionInfo", object{"threadId": 1}, &x)
	assert.Contains(t, x.ExceptionId, "exception 29")
	assert.Contains(t, x.Description, "0x00000010, a NULL pointer")
	assert.Contains(t, x.Description, "What to change: ")
	assert.Equal(t, "200", e.eval("ticks", 0))
	e.must("continue", object{"threadId": 1}, nil)
	e.terminated()
	assert.Contains(t, e.printed(), "Fatal exception (29)")
	assert.Contains(t, e.console(), "on_tick walk.c:")
	require.NoError(t, e.ask("disconnect", nil, nil))
	require.ErrorIs(t, <-e.err, debug.ErrCrashed)
	e.err <- nil
}
