package elf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/flash"
)

// callDepth bounds callbacks inside callbacks. Choice: 8, more than the chip's stack takes.
const callDepth = 8

// What lies in the 16 KB of RAM behind the heap, which are the ROM's and the system's on the chip, from below: the ROM's variables
// (rom_data.go), the stack, the ROM's UartDev, and what the SDK lends to callbacks. Choice: the order, and 8 KB for what is lent; on the
// chip, the stack begins at the RAM's end.
const (
	stackHigh = 0x3FFFDE00
	// stackSize is the stack's length on the chip (lx106.md 10.4). What goes beyond overwrites what lies below: the ROM's variables, then
	// the end of the heap.
	stackSize = 5324
	lendBase  = 0x3FFFDF00
	lendSize  = 0x2000
)

// order of multi-byte values.
var order = binary.LittleEndian

// guest is one boot of a firmware: its processor, with what cabi needs of it (cabi.Guest). Device goroutine only.
type guest struct {
	image *Image
	board *board.Board
	sdk   *cabi.SDK
	cpu   *lx106.CPU
	steps *atomic.Uint64

	levels   [callDepth + 1]level
	depth    int          // of the code under way; 0: none
	halted   bool         // no code of the program may run any more
	site     uint32       // where the last call of the SDK came from
	history  *history     // nil without a debugger
	loaded   *loaded      // nil: the program does not lie in the flash
	vendor   *vendorStack // nil: the SDK is the device's
	narrow   bool         // handlesNarrow
	stackTop uint32
	passed   func(pc, sp uint32) // stackPassed
	shadow   []byte              // of the heap; nil without checks of memory
	strayed  map[uint32]bool     // the instructions whose accesses outside the program's blocks have been found
	overran  string              // the function that took more of the stack than there is since the loop called the program; "" if none did
}

// level is what a call of the SDK at one depth needs. None of it allocates anew.
type level struct {
	words [12]uint64
	call  []uint32 // arguments of a call by name
	args  cabi.Args
}

func newGuest(i *Image, b *board.Board, steps *atomic.Uint64, h *history, l *loaded) (*guest, error) {
	if base := b.HeapBase(); i.stack == nil && i.data > base {
		return nil, fmt.Errorf("elf: the program's data end at 0x%x and the heap of %d bytes begins at 0x%x: "+
			"give the device %d bytes of heap or less", i.data, b.HeapStats().Size, base, (int64(b.HeapStats().Size)-int64(i.data-base))&^7)
	}
	g := &guest{image: i, board: b, steps: steps, loaded: l, narrow: i.handlesNarrow(b)}
	g.passed = g.stackPassed
	g.cpu = lx106.NewCPU(i.core, peripherals{b})
	g.stackTop = stackHigh
	program := cabi.Program{SDK: i.version, Text: i.text, Heap: b.HeapBase(), Lend: lendBase, LendSize: lendSize, Cycles: true,
		StackLow: stackHigh - stackSize, StackHigh: stackHigh}
	if i.stack != nil {
		g.vendor = &vendorStack{stackSymbols: i.stack, g: g, nic: b.NIC(), blocks: map[uint32]heapBlock{}}
		g.stackTop = vendorTop
		g.cpu.Map(stackRAM, stackRAMSize)
		program.Lend, program.Allocator = stackRAM, g.vendor
	}
	g.cpu.A[1] = g.stackTop
	g.cpu.OnSpent(func() bool {
		if g.vendor == nil || !g.vendor.again() {
			g.sdk.Watchdog()
		}
		return true
	})
	for n := range i.hooks {
		f := g.serve(&i.hooks[n])
		if h != nil {
			f = h.around(i.hooks[n].name, f)
		}
		g.cpu.SetHook(i.hooks[n].addr, f)
	}
	g.cpu.SetHook(userVector, g.exception)
	g.cpu.SetHook(returnFromExc, g.leaveHandler)
	if b.CheckMemory() && i.stack == nil {
		g.guardHeap(b.HeapBase(), b.HeapStats().Size)
		program.Reports = true
	}
	g.sdk = cabi.New(b, g, program)
	g.setROMData()
	b.WatchFlash(g.showFlash)
	if h != nil {
		g.debug(h)
	}
	return g, nil
}

// Readable returns the memory from p on, to the end of its piece.
func (g *guest) Readable(p uint32) ([]byte, cabi.Fault) { return access(g.cpu.Readable(p)) }

// Writable is the same for stores.
func (g *guest) Writable(p uint32) ([]byte, cabi.Fault) {
	if g.history != nil {
		g.history.touch(p)
	}
	return access(g.cpu.Writable(p))
}

func access(b []byte, cause lx106.Cause) ([]byte, cabi.Fault) {
	if len(b) == 0 {
		return nil, cabi.Fault{Cause: int(cause)}
	}
	return b, cabi.Fault{}
}

// Read returns the n bytes at p, for the reader of variables.
func (g *guest) Read(p, n uint32) ([]byte, bool) { return read(g.cpu, p, n) }

// read returns the n bytes at p. Code lies in pages: what crosses one is put together.
func read(c *lx106.CPU, p, n uint32) ([]byte, bool) {
	b, _ := c.Readable(p)
	if uint64(n) <= uint64(len(b)) {
		return b[:n:n], true
	}
	var all []byte
	for uint32(len(all)) < n {
		if b, _ = c.Readable(p + uint32(len(all))); len(b) == 0 {
			return nil, false
		}
		all = append(all, b[:min(len(b), int(n)-len(all))]...)
	}
	return all, true
}

// showFlash lets the program see a sector of the flash chip as memory: of the megabyte in which the program lies. Deviation: where the
// program was not booted from the flash, the sectors in which it would lie show the program whatever the chip holds, and the first megabyte
// is shown whichever slot the program was linked for. Choice: what was written is seen at once; the SDK switches the cache off and on
// around it, and whether that empties the cache is not known (lx106.md 10.6).
func (g *guest) showFlash(sector uint32) {
	var base uint32
	if g.loaded != nil {
		base = g.loaded.base() / flash.SectorSize
	}
	shown := sector - base
	if shown >= uint32(len(g.image.inFlash)) || g.loaded == nil && g.image.inFlash[shown] {
		return
	}
	b := make([]byte, flash.SectorSize)
	if _, err := g.board.Flash().ReadAt(b, int64(sector)*flash.SectorSize); err != nil {
		return // a sector that fails shows what it did
	}
	addr := lx106.FlashBase + shown*flash.SectorSize
	g.cpu.SetFlash(addr, b)
	if g.history != nil {
		g.history.record.Write(addr, b)
	}
}

// InFlash is for programs that read what is linked into them by spi_flash_read, such as a file system: an ELF file that does not lie in
// the flash chip. Deviation: what such a program has erased of itself reads as before.
func (g *guest) InFlash(from uint32, b []byte) {
	if from >= lx106.FlashSize || g.loaded != nil {
		return
	}
	own, _ := g.Read(lx106.FlashBase+from, min(uint32(len(b)), lx106.FlashSize-from))
	for i, v := range own {
		if b[i] == erased {
			b[i] = v
		}
	}
}

// erased is a byte of flash that holds nothing.
const erased = 0xFF

// Write puts bytes at an address, for the writer of variables; false if they do not all lie in data RAM.
func (g *guest) Write(p uint32, b []byte) bool {
	to, _ := g.cpu.Writable(p)
	if len(to) < len(b) {
		return false
	}
	copy(to, b)
	return true
}

// Symbol returns the address that a name stands for.
func (g *guest) Symbol(name string) (uint32, bool) {
	x, ok := g.image.symbols.byName[name]
	return x.addr, ok
}

// Caller returns file and line of the call of the SDK under way, the function where there is no debug information, as in the SDK's library.
func (g *guest) Caller() string {
	if g.depth == 0 {
		return ""
	}
	if at := g.image.debug.Line(uint64(g.site)); at != "" {
		return at
	}
	if x, ok := g.image.symbols.find(g.site); ok {
		return x.name
	}
	return "?"
}

// Burn takes cycles: an instruction is one.
func (g *guest) Burn(cycles int64) (left int64) {
	if left = g.cpu.Burn(cycles); left < 0 && g.vendor != nil && g.vendor.again() {
		left = g.cpu.Left()
	}
	return left
}

// Refuel sets the cycles that are left.
func (g *guest) Refuel(cycles int64) {
	if g.vendor != nil {
		g.vendor.fuel, g.vendor.times = cycles, 0
	}
	g.cpu.Refuel(cycles)
}

// Shadow is there if the device's memory is checked: the processor looks at it.
func (g *guest) Shadow() []byte { return g.shadow }

// Call calls the function at f. It does not return if the program faults.
func (g *guest) Call(f uint32, words ...uint32) { g.run(f, words...) }

// errHalted unwinds code of a program whose device was reset under it.
var errHalted = errors.New("the device was reset")

// run enters the program's code. A fault ends the firmware: run panics with a *chip.Crash then.
func (g *guest) run(f uint32, words ...uint32) (result uint64) {
	if g.halted {
		return 0
	}
	if g.board.FlashBusy() && f-lx106.FlashBase < lx106.FlashSize {
		g.fetchWhileBusy(f)
	}
	if g.depth >= callDepth {
		g.sdk.Fault(cabi.CauseStore, "callbacks nested %d deep: the stack overflows", g.depth)
	}
	if g.depth == 0 {
		g.sdk.Begin()
	}
	if g.history != nil {
		g.history.call(g.depth+1, f, words)
	}
	site := g.site
	if g.depth == 0 {
		g.overran = ""
		if g.vendor != nil {
			g.vendor.returns, g.vendor.inCall = g.vendor.returns[:0], 0
		}
		g.cpu.WatchStack(g.stackTop-stackSize, g.passed)
	}
	g.depth++
	g.steps.Add(1)
	defer func() {
		r := recover()
		if c, ok := r.(*chip.Crash); ok {
			g.explain(c)
			if h := g.history; h != nil && !h.fallen {
				h.fallen = true
				h.debugger.Fault(h.live, c)
			}
		}
		g.steps.Add(1)
		g.depth--
		g.site = site
		switch r := r.(type) {
		case nil:
		case error:
			if r != errHalted || g.depth > 0 { //nolint:errorlint // it is that very value
				panic(r)
			}
		case *chip.Crash:
			g.board.Fatal(*r)
		default:
			panic(r)
		}
	}()
	result, stop := g.cpu.Call(f, words...)
	switch stop.Reason {
	case lx106.Returned:
		if g.depth == 1 {
			g.sdk.End()
		}
	default:
		g.fault(stop)
	}
	return result
}
