package wasm

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/tetratelabs/wazero/api"

	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// hostCall makes f an import with the type d. Variable arguments and va_list are the address of a block of arguments in
// the C ABI of WebAssembly. Panics of f stop in g.pending and go on behind wazero: it would change them.
func hostCall(f cabi.Function, d api.FunctionDefinition) api.GoModuleFunc {
	name := d.Name()
	params, results := len(d.ParamTypes()), len(d.ResultTypes())
	variable, _ := f.Variable()
	return func(ctx context.Context, _ api.Module, stack []uint64) {
		g := ctx.(guestContext).guest
		g.steps.Add(1)
		defer func() {
			g.steps.Add(1)
			if r := recover(); r != nil {
				if bug, ok := r.(runtime.Error); ok {
					r = fmt.Sprintf("%v\n%s", bug, debug.Stack())
				}
				g.pending = r
				panic(errHost)
			}
		}()
		a := &g.levels[g.depth].args
		a.Words = stack[:params]
		if variable >= 0 {
			a.More.Addr = 0
			if variable < params {
				a.More.Addr = uint32(stack[variable])
			}
		}
		v, failed := g.sdk.Calling(name, f.Params, a.Words)
		if !failed {
			v = f.Call(g.sdk, a)
		}
		if results > 0 {
			stack[0] = uint64(v)
			clear(stack[1:results])
		}
		if g.halted {
			panic(errHalted)
		}
	}
}
