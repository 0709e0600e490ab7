package debug_test

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-dap"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/debug"
)

// refOf is the reference of a scope of a frame.
func (e *editor) refOf(name string, frame int) int {
	e.t.Helper()
	var s dap.ScopesResponseBody
	e.must("scopes", object{"frameId": frame}, &s)
	for _, scope := range s.Scopes {
		if scope.Name == name {
			return scope.VariablesReference
		}
	}
	e.t.Fatalf("no scope %s: %v", name, s.Scopes)
	return 0
}

// set changes a variable of a scope and returns what it is then, or the error.
func (e *editor) set(ref int, name, value string) string {
	e.t.Helper()
	var b dap.SetVariableResponseBody
	if err := e.ask("setVariable", object{"variablesReference": ref, "name": name, "value": value}, &b); err != nil {
		return err.Error()
	}
	return b.Value
}

// What is changed - locals, globals, members behind pointers, texts, memory - is what the program goes on with; and played again it is
// changed again, at its place.
func TestChange(t *testing.T) {
	e := edit(t, playing(compile(t, walk, "-O0")), debug.Options{}).launch()
	e.breakAt(walk, object{"mark": "add: total", "condition": "ticks == 1 && b == 10"})
	e.run()
	require.Equal(t, "1", e.eval("a", 0))
	require.Equal(t, "11", e.eval("sum", 0))
	assert.Equal(t, "1000", e.set(e.refOf("Locals", 1), "sum", "900 + b * 10"))
	assert.Equal(t, "-5", e.set(e.refOf("Globals", 1), "total", "-5"))
	assert.Equal(t, "20", e.set(e.refOf("Arguments", 2), "depth", "20"), "a caller's")
	var b dap.SetExpressionResponseBody
	e.must("setExpression", object{"expression": "first.name", "value": `"changed"`, "frameId": 1}, &b)
	assert.Equal(t, `"changed"`, b.Value)
	memory := e.scope("Globals", 1)["second"].MemoryReference
	var w dap.WriteMemoryResponseBody
	e.must("writeMemory", object{"memoryReference": memory, "offset": 4,
		"data": base64.StdEncoding.EncodeToString([]byte("memory\x00"))}, &w)
	assert.Equal(t, 7, w.BytesWritten)
	assert.Equal(t, `"memory"`, e.eval("second.name", 0))
	for _, bad := range []struct{ name, value, want string }{
		{"sum", "1 +", "something is missing"}, {"sum", "nothing", "nothing"}, {"sum", "5000000000", "out of the range"},
		{"sum", `"text"`, "only an array of char"}, {"none", "1", "none"},
	} {
		assert.Contains(t, e.set(e.refOf("Locals", 1), bad.name, bad.value), bad.want, bad.value)
	}
	assert.ErrorContains(t, e.ask("setExpression", object{"expression": "sum + 1", "value": "1"}, nil), "give a variable")
	assert.ErrorContains(t, e.ask("setExpression", object{"expression": `*(int *)0x40200000`, "value": "1"}, nil), "cannot be written")
	assert.ErrorContains(t, e.ask("writeMemory", object{"memoryReference": "0x40200000", "data": "AAAA"}, nil), "data RAM")
	assert.ErrorContains(t, e.ask("writeMemory", object{"memoryReference": memory, "data": "no base64"}, nil), "base64")
	assert.Equal(t, "1000", e.eval("sum", 0), "as it was")

	e.move("next")
	assert.Equal(t, at(t, "add", "add: return"), e.where())
	assert.Equal(t, "995", e.eval("total", 0))
	e.move("stepBack")
	assert.Equal(t, "-5 1000", e.eval("total", 0)+" "+e.eval("sum", 0), "changed again")
	assert.Contains(t, e.set(e.refOf("Locals", 1), "sum", "1"), "the past")
	e.move("stepBack")
	e.move("next")
	e.move("next")
	assert.Equal(t, "995", e.eval("total", 0))
	e.breakAt(walk, object{"mark": "tick: if", "condition": "ticks == 1"})
	e.move("continue")
	assert.Contains(t, e.printed(), "tick 1: 1023,", "1000 of the one, 2 + 21 of the other")
	e.move("stepBack")
	e.move("stepBack")
	e.move("next")
	assert.Equal(t, "1023 1018", e.eval("result", 0)+" "+e.eval("total", 0), "played again")
	require.NoError(t, e.ask("disconnect", nil, nil))
}

// With optimisation, variables and results lie in registers: those of the innermost function are changed there, those of callers are
// refused.
func TestChangeRegisters(t *testing.T) {
	e := edit(t, playing(compile(t, walk, "-Og")), debug.Options{}).launch()
	e.breakAt(walk, object{"mark": "add: sum", "condition": "ticks == 1 && b == 10"})
	e.run()
	require.Equal(t, "1", e.eval("a", 0))
	assert.Equal(t, "300", e.set(e.refOf("Arguments", 1), "a", "300"))
	assert.Equal(t, "300", e.eval("a", 0))
	registers := e.scope("Registers", 1)
	assert.Contains(t, []string{registers["a2"].Value, registers["a3"].Value}, "0x0000012c")
	assert.Contains(t, e.set(e.refOf("Registers", 2), "a2", "1"), "of a caller")
	assert.Contains(t, e.set(e.refOf("Registers", 1), "pc", "1"), "a0 to a15")
	assert.Equal(t, "77", e.set(e.refOf("Registers", 1), "a9", "70 + 7"))
	e.move("stepOut")
	assert.Equal(t, "310", e.eval("total", 0))
	e.breakAt(walk, "add: sum")
	assert.Equal(t, "1", e.eval("ticks", 0))
	e.move("reverseContinue")
	assert.Equal(t, "10 300", e.eval("b", 0)+" "+e.eval("a", 0), "changed again")
}
