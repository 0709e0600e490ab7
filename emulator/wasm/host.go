package wasm

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"

	"github.com/tetratelabs/wazero/api"
)

// args are the arguments of a call as the firmware declared it. One that it did not declare is 0.
type args []uint64

func (a args) u32(i int) uint32 {
	if i >= len(a) {
		return 0
	}
	return uint32(a[i])
}

func (a args) u16(i int) uint16 { return uint16(a.u32(i)) }
func (a args) u8(i int) uint8   { return uint8(a.u32(i)) }

// hostFunction is a function of the SDK. params names what it takes, a letter each: p pointer, f function pointer, i
// number, v the pointer to variable arguments, l a number of 64 bits. The result of a void function is ignored.
type hostFunction struct {
	params string
	call   func(g *guest, a args) uint32
}

// hostFunctions are all functions of the SDK that there are, by name.
var hostFunctions = tables(osFunctions, textFunctions, systemFunctions, upgradeFunctions, sntpFunctions, pingFunctions, romFunctions, addrFunctions, wifiFunctions, flashFunctions, espconnFunctions, plainFunctions, mdnsFunctions, deviceFunctions, checkFunctions,
	registerFunctions, interruptFunctions, gpioFunctions, pwmFunctions, uartFunctions)

func tables(t ...map[string]hostFunction) map[string]hostFunction {
	all := map[string]hostFunction{}
	for _, m := range t {
		maps.Copy(all, m)
	}
	return all
}

// absent is a function that the firmware imports and nobody has.
func absent(name string) hostFunction {
	return hostFunction{"", func(g *guest, _ args) uint32 {
		g.fault(causeIllegal, "the firmware calls %s, which the emulator does not have", name)
		return 0
	}}
}

// hostCall makes f an import with the type d. Panics of f stop in g.pending and go on behind wazero: it would change
// them.
func hostCall(f hostFunction, d api.FunctionDefinition) api.GoModuleFunc {
	params, results := len(d.ParamTypes()), len(d.ResultTypes())
	return func(ctx context.Context, _ api.Module, stack []uint64) {
		g := ctx.Value(guestKey{}).(*guest)
		defer func() {
			if r := recover(); r != nil {
				if bug, ok := r.(runtime.Error); ok {
					r = fmt.Sprintf("%v\n%s", bug, debug.Stack())
				}
				g.pending = r
				panic(errHost)
			}
		}()
		g.burn(fuelPerCall)
		v := f.call(g, stack[:params])
		if results > 0 {
			stack[0] = uint64(v)
			clear(stack[1:results])
		}
		if g.halted {
			panic(errHalted)
		}
	}
}

// number turns a bool into C's.
func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
