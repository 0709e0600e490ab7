package wasm

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// callDepth bounds callbacks inside callbacks. Choice: 8, more than the chip's stack takes.
const callDepth = 8

// Boot makes a new instance and runs the firmware's entry points in the SDK's order. It is for the device: call Device.Boot.
func (f *Firmware) Boot(b *board.Board) error {
	if f.guest != nil {
		return errors.New("wasm: this firmware runs already: take one Firmware for each device")
	}
	g, err := newGuest(f.image, b, &f.steps)
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	f.guest = g
	f.board.Store(b)
	g.linkObjects()
	for _, name := range []string{"__wasm_call_ctors", "user_pre_init", "user_rf_cal_sector_set", "user_rf_pre_init", "user_init"} {
		if fn := g.mod.ExportedFunction(name); fn != nil {
			g.run(fn, make([]uint64, 1))
		}
	}
	return nil
}

// Close frees the instance, at once or when the callback under way has returned. It is for the device, which calls it when
// the firmware ends.
func (f *Firmware) Close() error {
	g := f.guest
	if g == nil {
		return nil
	}
	f.guest = nil
	g.halted = true
	g.sdk.Halt()
	if g.depth > 0 {
		return nil
	}
	return g.close()
}

// guest is one boot of a firmware: its instance, with what cabi needs of it (cabi.Guest). Device goroutine only.
type guest struct {
	image   *Image
	board   *board.Board
	sdk     *cabi.SDK
	mod     api.Module
	mem     api.Memory
	ctx     context.Context
	sp      api.MutableGlobal // nil if not exported
	top     uint64            // of the stack
	tank    api.MutableGlobal // module.Tank
	pointer api.Global        // module.Pointer
	heap    uint32            // where the heap's lowest address lies
	check   uint32            // address of esp_checks; 0: built without

	levels  [callDepth + 1]level
	depth   int    // of the code under way; 0: none
	pending any    // a panic on its way through wazero
	halted  bool   // no guest code may run any more
	site    uint64 // where the last call of the network API came from, an offset in the code section
	steps   *atomic.Uint64
}

// level is what the code of one depth needs. None of it allocates anew.
type level struct {
	call  api.Function // esp_call for callbacks to the next level: an api.Function must not nest
	stack [5]uint64    // its arguments
	args  cabi.Args    // of the call of the SDK under way
	named named        // for calls by name from this level
}

// named is what is kept for calls by name.
type named struct {
	functions map[uint32]api.Function // by their index
	stack     []uint64                // arguments and results
}

// guestContext leads the functions that a guest calls back to it: wazero hands them the context of the call into the guest.
type guestContext struct {
	context.Context
	guest *guest
}

func newGuest(i *Image, b *board.Board, steps *atomic.Uint64) (*guest, error) {
	g := &guest{image: i, board: b, steps: steps}
	g.ctx = guestContext{context.Background(), g}
	mod, err := i.instantiate(g)
	if err != nil {
		return nil, err
	}
	g.mod, g.mem = mod, mod.Memory()
	if err := g.layOut(); err != nil {
		return nil, errors.Join(err, mod.Close(g.ctx))
	}
	return g, nil
}

// instance makes an instance in wazero.
func (i *Image) instance(g *guest) (api.Module, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noRandom{})
	return i.runtime.InstantiateModule(g.ctx, i.compiled, config)
}

// noRandom saves wazero the making of a random source, which takes longer than the rest of an instance. Nothing reads it.
type noRandom struct{}

func (noRandom) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

func (g *guest) close() error {
	g.image.collect(g.mem)
	if err := g.mod.Close(g.ctx); err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	return nil
}

// Call calls a function pointer with as many of the words as the function takes. It does not return if the guest faults.
func (g *guest) Call(f uint32, words ...uint32) {
	s, ok := g.image.module.Pointer(f)
	if f == 0 {
		g.sdk.Fault(cabi.CauseFetch, "call of a NULL function pointer")
	}
	if !ok {
		g.sdk.Fault(cabi.CauseFetch, "call of function pointer 0x%x, which names no function", f)
	}
	if !s.Callable() {
		g.sdk.Fault(cabi.CauseFetch, "the callback at function pointer %d has parameters that no callback of the SDK has", f)
	}
	if g.depth >= callDepth {
		g.sdk.Fault(cabi.CauseStore, "callbacks nested %d deep: the stack overflows", g.depth)
	}
	l := &g.levels[g.depth]
	if l.call == nil {
		l.call = g.mod.ExportedFunction("esp_call")
	}
	l.stack = [5]uint64{uint64(f), uint64(s.Shape())}
	for i, w := range words[:min(len(words), len(s.Params))] {
		l.stack[2+i] = uint64(w)
	}
	g.run(l.call, l.stack[:])
}

// run enters guest code. A fault ends the firmware: run panics with an *chip.Crash then.
func (g *guest) run(fn api.Function, st []uint64) {
	if g.halted {
		return
	}
	if g.depth == 0 {
		g.sdk.Begin()
	}
	g.depth++
	g.steps.Add(1)
	err := fn.CallWithStack(g.ctx, st)
	g.steps.Add(1)
	g.depth--
	if err == nil && !g.halted {
		return
	}
	raised := g.pending
	g.pending = nil
	if g.halted { // reset from within
		if g.depth == 0 {
			_ = g.close() // nobody is left to hear of it
		} else {
			panic(errHalted)
		}
		return
	}
	trace := parseTrace(err, g.image.module.Original, g.image.debug.Frames)
	var crash *chip.Crash
	switch r := raised.(type) {
	case nil:
		crash = g.trap(err, trace)
	case *chip.Crash:
		crash = r
	default:
		panic(r) // a bug of ours
	}
	if len(crash.Stack) == 0 {
		crash.Locals = g.locals(trace)
	}
	crash.Stack = append(crash.Stack, trace.lines()...)
	if name := trace.misfit(); name != "" {
		crash.Why += fmt.Sprintf("; %s was called undeclared, or with other types than it has", name)
	}
	if crash.Where == "" {
		crash.Where = trace.where()
	}
	if crash.Call == "" {
		crash.Call, crash.Called = g.sdk.LastCall()
	}
	g.board.Fatal(*crash)
}

// errHalted unwinds guest code whose device was reset under it.
var errHalted = errors.New("the device was reset")

// errHost stands for g.pending on the way through wazero.
var errHost = errors.New("fault")
