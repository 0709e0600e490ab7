package wasm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
)

const (
	pageSize = 65536
	// callDepth bounds callbacks inside callbacks. Choice: 8, more than the chip's stack takes.
	callDepth = 8
	// fuelFull is what one callback may burn: 3.2 s, the longest that the soft watchdog lets pass (sdk-surface.md,
	// Watchdogs), at 80 MHz and ten cycles a branch. Choice: ten.
	fuelFull = 3_200_000 * fuelPerMicro
	// fuelPerMicro are the branches of a microsecond.
	fuelPerMicro = 8
	// fuelPerCall is the cost of a call of the SDK, in branches. Choice.
	fuelPerCall = 20
)

// Boot makes a new instance and runs the firmware's entry points in the SDK's order. It is for the device: call Device.Boot.
func (f *Firmware) Boot(b *emulator.Board) error {
	if f.guest != nil {
		return errors.New("wasm: this firmware runs already: take one Firmware for each device")
	}
	g, err := newGuest(f.image, b)
	if err != nil {
		return fmt.Errorf("wasm: %w", err)
	}
	f.guest = g
	f.board.Store(b)
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
	if g.depth > 0 {
		return nil
	}
	return g.close()
}

// guest is one boot of a firmware: its instance and what the SDK keeps for it. Device goroutine only.
type guest struct {
	image *Image
	board *emulator.Board
	sdk   *emulator.SDK
	mod   api.Module
	mem   api.Memory
	ctx   context.Context
	sp    api.MutableGlobal // nil if not exported
	top   uint64            // of the stack
	fuel  uint32            // address of the tank

	calls   []api.Function // esp_call, one for each depth: an api.Function must not nest
	depth   int
	pending any  // a panic on its way through wazero
	halted  bool // no guest code may run any more

	heapAt  uint32 // where the heap's lowest address lies
	heapEnd uint32
	checks  uint32 // address of esp_checks; 0: built without
	lent    uint32 // next free byte of the lending area
	lentEnd uint32
	texts   map[string]uint32

	timers map[uint32]*timer
	tasks  [3]task
	system systemState
	onWiFi uint32 // function pointers
	wifi   wifiState
	putc   uint32
	asked  int    // calls of system_get_time in this callback
	site   uint64 // where the last call of the network API came from, an offset in the code section
}

type guestKey struct{}

func newGuest(i *Image, b *emulator.Board) (*guest, error) {
	g := &guest{image: i, board: b, sdk: b.SDK(), texts: map[string]uint32{}, timers: map[uint32]*timer{}}
	g.ctx = context.WithValue(context.Background(), guestKey{}, g)
	mod, err := i.runtime.InstantiateModule(g.ctx, i.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions().WithRandSource(noRandom{}))
	if err != nil {
		return nil, err
	}
	g.mod, g.mem = mod, mod.Memory()
	if err := g.layOut(); err != nil {
		return nil, errors.Join(err, mod.Close(g.ctx))
	}
	b.SetConns(g)
	b.SetCaller(g.caller)
	return g, nil
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

// layOut finds the stack and the fuel, and puts the heap and the lending area behind the firmware's data.
func (g *guest) layOut() error {
	if s, ok := g.mod.ExportedGlobal("__stack_pointer").(api.MutableGlobal); ok {
		g.sp, g.top = s, s.Get()
	}
	end := g.mod.ExportedGlobal("__heap_base")
	if end == nil {
		return errors.New("no __heap_base is exported")
	}
	size := g.board.Heap.Stats().Size
	base := (uint64(uint32(end.Get())) + 15) &^ 15
	total := base + uint64(size) + lendSize
	if pages := (total + pageSize - 1) / pageSize; pages > memoryPages {
		return fmt.Errorf("data and heap need %d bytes, linear memory has %d at most", total, memoryPages*pageSize)
	} else if have := uint64(g.mem.Size() / pageSize); pages > have {
		if _, ok := g.mem.Grow(uint32(pages - have)); !ok {
			return fmt.Errorf("linear memory cannot grow to %d pages", pages)
		}
	}
	g.heapAt, g.heapEnd = uint32(base), uint32(base)+size
	g.lent, g.lentEnd = g.heapEnd, g.heapEnd+lendSize
	addr, err := g.mod.ExportedFunction("esp_fuel_addr").Call(g.ctx)
	g.pending = nil // a fault in there is err
	if err != nil || len(addr) != 1 {
		return errors.New("esp_fuel_addr does not return")
	}
	g.fuel = uint32(addr[0])
	if _, ok := g.mem.ReadUint32Le(g.fuel); !ok {
		return errors.New("esp_fuel_addr is no address")
	}
	return g.startChecks()
}

// callback calls a function pointer with as many of args as the function takes. It does not return if the guest faults.
func (g *guest) callback(f uint32, args ...uint32) {
	if g.halted {
		return
	}
	s, ok := g.image.module.Pointer(f)
	if !ok {
		g.fault(causeFetch, "call of function pointer 0x%x, which names no function", f)
	}
	if !s.Callable() {
		g.fault(causeFetch, "the callback at function pointer %d has parameters that no callback of the SDK has", f)
	}
	if g.depth >= callDepth {
		g.fault(causeStore, "callbacks nested %d deep: the stack overflows", g.depth)
	}
	for len(g.calls) <= g.depth {
		g.calls = append(g.calls, g.mod.ExportedFunction("esp_call"))
	}
	st := make([]uint64, 5)
	st[0], st[1] = uint64(f), uint64(s.Shape())
	for i, a := range args[:min(len(args), len(s.Params))] {
		st[2+i] = uint64(a)
	}
	g.run(g.calls[g.depth], st)
}

// run enters guest code. A fault ends the firmware: run panics with an *chip.Crash then.
func (g *guest) run(fn api.Function, st []uint64) {
	if g.halted {
		return
	}
	if g.depth == 0 {
		g.refuel()
		g.asked = 0
	}
	g.depth++
	err := fn.CallWithStack(g.ctx, st)
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
	trace := parseTrace(err)
	var crash *chip.Crash
	switch r := raised.(type) {
	case nil:
		crash = g.trap(err, trace)
	case *chip.Crash:
		crash = r
	default:
		panic(r) // a bug of ours
	}
	crash.Stack = append(crash.Stack, trace.lines()...)
	if crash.Where == "" {
		crash.Where = trace.where()
	}
	g.board.Fatal(*crash)
}

// errHalted unwinds guest code whose device was reset under it.
var errHalted = errors.New("the device was reset")

// errHost stands for g.pending on the way through wazero.
var errHost = errors.New("fault")

func (g *guest) refuel() { g.mem.WriteUint32Le(g.fuel, g.system.tank()) }

// burn takes fuel and ends the firmware when there is none left.
func (g *guest) burn(n uint64) {
	left, _ := g.mem.ReadUint32Le(g.fuel)
	if int64(int32(left)) < int64(min(n, fuelFull)) {
		g.watchdog()
	}
	g.mem.WriteUint32Le(g.fuel, left-uint32(n))
}

// watchdog is the reset of the watchdog that bites first.
func (g *guest) watchdog() {
	if g.system.softStopped {
		g.fault(causeHardWatchdog, "the firmware did not return to the SDK for 8.2 s, and the software watchdog was stopped: return from callbacks, or call system_soft_wdt_feed")
	}
	g.fault(causeWatchdog, "the firmware did not return to the SDK for 3.2 s: return from callbacks, or call system_soft_wdt_feed")
}

// order of multi-byte values in guest memory.
var order = binary.LittleEndian
