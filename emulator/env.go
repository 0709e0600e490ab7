package emulator

import (
	"io"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// env is what package espconn needs from the device.
type env struct {
	m     *machine
	conns map[espconn.Ref]connBlocks // accepted connections
}

// connBlocks are the heap blocks of an accepted connection's espconn.
type connBlocks struct{ conn, tcp uint32 }

func (e *env) Stack() *netstack.Stack            { return e.m.stack }
func (e *env) Heap() espconn.Heap                { return e.m.heap }
func (e *env) Flash() espconn.Flash              { return e.m.d.cfg.Flash }
func (e *env) Post(prio int, fn func()) bool     { return e.m.tasks.post(prio, fn) }
func (e *env) Printf(format string, args ...any) { e.m.d.uart.printf(format, args...) }
func (e *env) OpMode() uint8                     { return e.m.wifi.opMode }
func (e *env) StationStatus() uint8              { return e.m.wifi.status }
func (e *env) Rand() io.Reader                   { return e.m.d.rng }
func (e *env) KeyLog() io.Writer                 { return e.m.d.cfg.KeyLog }

// WallClock returns the wall clock: the one of Config.Clock, which runs on over resets, or the SNTP client's.
func (e *env) WallClock() uint32 {
	if start := e.m.d.cfg.Clock; start != 0 {
		return start + uint32(e.m.now.Sub(e.m.d.started)/time.Second)
	}
	return e.m.stack.SNTP().Timestamp()
}

// Observe puts an event of the API into the trace.
func (e *env) Observe(ev espconn.Event) { e.m.observe(ev) }

// After is a software timer of the SDK's own.
func (e *env) After(d time.Duration, fn func()) (stop func()) {
	t := &OsTimer{}
	e.m.board.ArmTimer(t, d, false, fn)
	return func() { e.m.board.DisarmTimer(t) }
}

func (e *env) IPInfo(ifIndex int) netip.Prefix {
	if ifIndex == int(wifi.SoftAPIf) {
		return e.m.wifi.ap.address()
	}
	return e.m.wifi.address()
}

// BroadcastIfs returns the interfaces through which a broadcast leaves one after the other; nil: the default one.
func (e *env) BroadcastIfs() []*netstack.Interface { return e.m.wifi.broadcastIfs() }

// Fatal raises the exception that the chip would raise here. It does not return.
func (e *env) Fatal(cause int, why string) { e.m.board.Fatal(chip.Crash{Cause: cause, Why: why}) }

// NewConn makes the espconn of an accepted connection in the device's heap: struct espconn and esp_tcp, 28 and 32
// bytes (espconn.md 2).
func (e *env) NewConn() espconn.Ref {
	if e.m.conns != nil {
		return e.m.conns.NewConn()
	}
	var b connBlocks
	if b.conn = e.m.heap.Alloc(28, "espconn"); b.conn == 0 {
		return nil
	}
	if b.tcp = e.m.heap.Alloc(32, "esp_tcp"); b.tcp == 0 {
		e.m.heap.Free(b.conn)
		return nil
	}
	c := &espconn.Espconn{Proto: espconn.Proto{TCP: &espconn.TCP{}}}
	e.conns[c] = b
	return c
}

// FreeConn gives an espconn of NewConn back to the heap.
func (e *env) FreeConn(c espconn.Ref) {
	if e.m.conns != nil {
		e.m.conns.FreeConn(c)
		return
	}
	b := e.conns[c]
	delete(e.conns, c)
	e.m.heap.Free(b.tcp)
	e.m.heap.Free(b.conn)
}
