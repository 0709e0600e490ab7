package emulator

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// What kinds of firmware other than Go need from the board. All of it belongs to the device goroutine.

// SDK returns the SDK's functions over this board, for kinds whose SDK calls end here.
func (b *Board) SDK() *SDK {
	b.Espconn() // the network stack takes its memory before the firmware begins
	return &SDK{board: b}
}

// Do is Device.Do: what a kind offers to tests and tools goes through it. Unlike the rest of the board it may be called from
// any goroutine, and when the firmware has ended.
func (b *Board) Do(fn func()) error { return b.m.d.Do(fn) }

// Conns makes and frees the espconn of accepted connections where the firmware's other espconns live.
type Conns interface {
	// NewConn makes a struct espconn with its esp_tcp in the device's heap; nil when there is no memory.
	NewConn() espconn.Ref
	// FreeConn gives one back.
	FreeConn(espconn.Ref)
}

// SetConns says who makes the espconn of accepted connections. Without it they are Go structs.
func (b *Board) SetConns(c Conns) { b.m.conns = c }

// SetCaller says where the call of the network API under way stands in the firmware, as file and line, "" if that is not
// known. Without it the Go stack tells.
func (b *Board) SetCaller(fn func() string) { b.m.caller = fn }

// Caller returns where the firmware calls the network API, for findings.
func (e *env) Caller() string { return e.m.callSite() }

// Fatal ends the firmware as an exception of the CPU or its watchdog does: the device prints it and halts, and
// Device.Crash returns c. It does not return: it panics with a *Crash, which must reach the loop. Firmware of other
// kinds that recovers panics on the way has to raise it again.
func (b *Board) Fatal(c chip.Crash) { panic(&c) }

// InstallPutc sends each character that os_printf and the SDK print to put instead of the UART (os_install_putc1).
// Write still reaches the UART itself. Nil ends it. A crash ends it too.
func (b *Board) InstallPutc(put func(c byte)) { b.m.d.uart.putc = put }

// Note adds an event to the trace; its number and time are set.
func (b *Board) Note(e trace.Event) { b.m.d.trace.Add(e) }

// Base returns the lowest address of the heap; blocks lie in [Base, Base+HeapStats.Size).
func (h *Heap) Base() uint32 { return h.base }

// Lookup returns the live block whose bytes begin at addr.
func (h *Heap) Lookup(addr uint32) (chip.HeapBlock, bool) {
	b, ok := h.blocks[addr]
	return chip.HeapBlock{Addr: addr, Requested: b.requested, What: b.what}, ok
}

// SystemGetOsPrint returns 1 if os_printf prints, 0 after SystemSetOsPrint(0).
func (s *SDK) SystemGetOsPrint() uint8 {
	if s.board.m.d.uart.off {
		return 0
	}
	return 1
}

// Print prints text as os_printf does: through the installed putc, or to the UART.
func (b *Board) Print(text []byte) {
	if b.m.d.uart.putc == nil {
		b.wait(len(text))
	}
	b.m.d.uart.print(text)
}
