package wasm

import (
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/tetratelabs/wazero/api"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
)

// Firmware is an Image on one device. It can boot again after a reset, but runs on one device at a time.
//
// Once it has booted, tests call its C functions (Call) and read and write its variables (Get, Set) by name.
type Firmware struct {
	image *Image
	guest *guest                      // device goroutine only
	board atomic.Pointer[board.Board] // of the last boot
	steps atomic.Uint64               // into the guest's code and out of it: odd inside
}

// Progress tells from any goroutine whether C code is running right now, and a number that changes whenever it calls the SDK
// or returns. The watchdog sees to that within about a second; a command that cannot be sure of this machine's speed looks.
func (f *Firmware) Progress() (n uint64, computing bool) {
	n = f.steps.Load()
	return n, n&1 == 1
}

// do runs fn on the device goroutine, with the guest that runs there.
func (f *Firmware) do(fn func(g *guest) error) error {
	return cabi.Inside(engineName, f.board.Load(), func() error {
		g, err := f.running()
		if err != nil {
			return err
		}
		return fn(g)
	})
}

// engineName is what the errors of tests begin with.
const engineName = "wasm"

// running returns the guest that runs. Device goroutine.
func (f *Firmware) running() (*guest, error) {
	if g := f.guest; g != nil && !g.halted {
		return g, nil
	}
	return nil, cabi.ErrNotRunning
}

// Call calls a function of the firmware, static ones too, and returns its result: an int32, a pointer or a bool in the low
// 32 bits (convert it: int32(v)), 0 for void. Where several functions have the name, "user_main.c:name" tells which.
//
// Arguments are integers, bool, nil (NULL), float32 and float64, strings (the function gets a pointer to a copy with a NUL)
// and []byte (a pointer to a copy; what the function has written there is in the slice afterwards). Texts and bytes lie in
// 8,192 bytes for all of them, and are gone when the function has returned.
//
// Any goroutine may call it; the function runs on the device's, as a callback of the SDK does. Errors: there is no such
// function (with near names), the compiler took it away or changed its parameters, an argument does not fit, no
// firmware runs, the function crashed (the device is halted then, as after any crash) or the device was reset in it.
func (f *Firmware) Call(name string, args ...any) (result uint64, err error) {
	return cabi.CallNamed(engineName, f.board.Load(), (*callee)(f), name, args)
}

// callee is a Firmware as tests call its functions.
type callee Firmware

func (f *callee) Run(c *cabi.NamedCall) error {
	g, err := (*Firmware)(f).running()
	if err != nil {
		return err
	}
	c.Result, err = g.call(c.Name, c.Args)
	return err
}

func (g *guest) call(name string, args []any) (uint64, error) {
	m := g.image.module
	c, err := g.image.debug.Callee(name)
	if err != nil {
		return 0, err
	}
	index, ok := m.Function(c.Addr)
	if !ok {
		return 0, fmt.Errorf("the compiler left no function %q in the image: %s", name, hintTest)
	}
	t := m.Type(index)
	if len(t.Params) != c.Params && len(args) == c.Params {
		return 0, fmt.Errorf("the compiler changed the parameters of %s: %s", name, hintTest)
	}
	if len(t.Params) != len(args) {
		return 0, fmt.Errorf("%s takes %d arguments, not %d", name, len(t.Params), len(args))
	}
	if g.depth >= callDepth {
		return 0, fmt.Errorf("%s: callbacks nested %d deep", name, g.depth)
	}
	fn := g.named(index)
	if fn == nil {
		return 0, fmt.Errorf("%s cannot be called", name)
	}
	l := &g.levels[g.depth]
	st := append(l.named.stack[:0], make([]uint64, max(len(args), len(t.Results), 1))...)
	l.named.stack = st
	if err := g.pass(fn, st, 0, t.Params, args); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if g.halted {
		return 0, errors.New("the device was reset in " + name)
	}
	if len(t.Results) == 0 {
		return 0, nil
	}
	return st[0], nil
}

// namedMax bounds the functions that are kept for calls by name: each has a stack of its own. Choice.
const namedMax = 16

// named returns a function, nil if it cannot be called. One that is called again at the same depth is the one of before.
func (g *guest) named(index uint32) api.Function {
	l := &g.levels[g.depth].named
	if fn := l.functions[index]; fn != nil {
		return fn
	}
	fn := g.mod.ExportedFunction(module.ExportName(index))
	if l.functions == nil || len(l.functions) >= namedMax {
		l.functions = map[uint32]api.Function{}
	}
	l.functions[index] = fn
	return fn
}

// pass puts args from n on into st, lends guest memory to texts and bytes, and calls fn.
func (g *guest) pass(fn api.Function, st []uint64, n int, params []byte, args []any) (err error) {
	for ; n < len(args); n++ {
		switch x := args[n].(type) {
		case string:
			return g.passLent(fn, st, n, params, args, append([]byte(x), 0), nil)
		case []byte:
			return g.passLent(fn, st, n, params, args, x, x)
		}
		if st[n], err = word(args[n], params[n]); err != nil {
			return err
		}
	}
	g.run(fn, st)
	return nil
}

// passLent is pass for argument n, whose data lie in memory as long as the call takes.
func (g *guest) passLent(fn api.Function, st []uint64, n int, params []byte, args []any, data, back []byte) error {
	return g.sdk.LendArgument(data, back, func(p uint32) error {
		st[n] = uint64(p)
		return g.pass(fn, st, n+1, params, args)
	})
}

// word makes a value of WebAssembly.
func word(arg any, t byte) (uint64, error) {
	switch x := arg.(type) {
	case nil:
		return 0, nil
	case float32:
		return word(float64(x), t)
	case float64:
		switch t {
		case api.ValueTypeF32:
			return uint64(math.Float32bits(float32(x))), nil
		case api.ValueTypeF64:
			return math.Float64bits(x), nil
		}
		return 0, errors.New("a floating-point number for a parameter that is none")
	}
	n, negative, err := cdebug.Integer(arg)
	switch {
	case err != nil:
		return 0, err
	case t == api.ValueTypeF32 || t == api.ValueTypeF64:
		return 0, fmt.Errorf("%v for a floating-point parameter: give a float64", arg)
	case t == api.ValueTypeI64:
		return n, nil
	case negative && int64(n) < math.MinInt32 || !negative && n > math.MaxUint32:
		return 0, fmt.Errorf("%v does not fit into 32 bits", arg)
	}
	return uint64(uint32(n)), nil
}
