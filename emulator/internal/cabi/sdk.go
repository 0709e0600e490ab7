package cabi

import (
	"encoding/binary"
	"fmt"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/sdk"
	"github.com/emu8266/emu8266/espconn"
)

// Causes of faults (sdk-surface.md, rst_info.reason).
const (
	CauseIllegal      = 0
	causeLoadStore    = 3 // access to flash that is not of 32 bits
	CauseUnaligned    = 9
	CauseFetch        = 20
	CauseLoad         = espconn.CauseLoadProhibited
	CauseStore        = espconn.CauseStoreProhibited
	causeWatchdog     = espconn.CauseSoftWatchdog
	causeHardWatchdog = chip.CauseHardWatchdog
)

// Program is what an engine says of a program when it boots.
type Program struct {
	// SDK is the version of the headers that the program was compiled with: one of SDK20 to SDK30. Structs in its memory
	// have that version's layout.
	SDK int
	// Text is the version as the program's own copy of the SDK says it, "" for what the device says.
	Text string
	// Heap is where the lowest address of the device's heap lies in the program's memory. An engine whose addresses are
	// the chip's says Board.HeapBase.
	Heap uint32
	// Lend is the address of a piece of memory of LendSize bytes that the program does not use: what the SDK lends to
	// callbacks lies there, and its constant texts. LendSize is 8 KB or more.
	Lend, LendSize uint32
	// StackLow and StackHigh bound the program's stack: what lies there ends with its function. Both 0: nobody knows.
	StackLow, StackHigh uint32
	// Allocator is the program's own heap, if it has one: blocks that the SDK makes for the program come from it. nil: the device's.
	Allocator Allocator
	// Cycles says that what the program burns are cycles of the chip: with Config.CPU Estimated they take time.
	Cycles bool
	// Reports says that an access to the heap which Guest.Shadow forbids is a finding, behind which the program goes on as on the chip.
	// Without it, it is an exception.
	Reports bool
}

// Allocator is a heap inside a program, which keeps its account in the program's memory.
type Allocator interface {
	// Malloc returns the address of n bytes, 0 if there is no room.
	Malloc(n uint32) uint32
	// Free gives a block of Malloc back.
	Free(p uint32)
}

// SDK is the SDK as one boot of a program of C sees it: what it keeps between calls. Its methods are for the device's
// goroutine only.
type SDK struct {
	program Program
	guest   Guest
	board   *board.Board
	sdk     *sdk.SDK // which does the work
	halted  bool     // no code of the program may run any more

	heapEnd uint32
	lent    uint32 // next free byte of the lending area
	lentEnd uint32
	texts   map[string]uint32 // constant texts, by what they say

	last   lastCall
	timers map[uint32]*timer
	tasks  [3]task
	system systemState
	onWiFi uint32 // function pointers
	putc   uint32
	wifi   wifiState
	asked  int // calls of system_get_time in this callback

	computed int64 // the cycles that were left when compute let their time pass
}

// New returns the SDK for a boot of a program: b is the device's board, g the program. The engine calls New before any code
// of the program runs, and Begin before it runs its entry points.
func New(b *board.Board, g Guest, p Program) *SDK {
	s := &SDK{program: p, guest: g, board: b, sdk: sdk.New(b), texts: map[string]uint32{}, timers: map[uint32]*timer{}}
	s.heapEnd = p.Heap + b.HeapStats().Size
	s.lent, s.lentEnd = p.Lend, p.Lend+p.LendSize
	s.system.rand = 1
	b.SetConns(s)
	b.SetCaller(g.Caller)
	return s
}

// Begin says that the device's loop is about to run code of the program: a callback, an entry point, a function that a test
// calls, but none inside another. The watchdog counts from here on.
func (s *SDK) Begin() {
	s.refuel()
	s.asked = 0
}

// End says that the code which Begin has announced has returned.
func (s *SDK) End() {
	if !s.halted {
		s.compute()
	}
}

// Halt says that the firmware has ended, perhaps in a call of the SDK that is still under way: no callbacks are made any
// more.
func (s *SDK) Halt() { s.halted = true }

// Fault ends the program by an exception of the CPU. It does not return.
func (s *SDK) Fault(cause int, format string, args ...any) {
	c := chip.Crash{Cause: cause, Why: fmt.Sprintf(format, args...)}
	c.Call, c.Called = s.LastCall()
	s.board.Fatal(c)
}

// end ends the program because it says so itself. It does not return.
func (s *SDK) end(format string, args ...any) {
	c := chip.Crash{Cause: CauseIllegal, Why: fmt.Sprintf(format, args...), Own: true}
	c.Call, c.Called = s.LastCall()
	s.board.Fatal(c)
}

// callback calls a function pointer, unless the program has been ended.
func (s *SDK) callback(f uint32, words ...uint32) {
	if !s.halted {
		s.guest.Call(f, words...)
	}
}

// notify makes a callback unless there is none.
func (s *SDK) notify(f uint32, words ...uint32) {
	if f != 0 {
		s.callback(f, words...)
	}
}

// order of multi-byte values in the program's memory.
var order = binary.LittleEndian
