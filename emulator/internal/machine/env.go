package machine

import (
	"io"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// env is the device as package espconn sees it.
type env struct {
	m     *Machine
	conns map[espconn.Ref]connBlocks // accepted connections
}

// connBlocks are the heap blocks of an accepted connection's espconn.
type connBlocks struct{ conn, tcp uint32 }

func (e *env) Stack() *netstack.Stack { return e.m.radio.Stack() }

func (e *env) Heap() espconn.Heap { return e.m.soc.Heap() }

func (e *env) Flash() espconn.Flash { return e.m.soc.Flash() }

func (e *env) Post(prio int, fn func()) bool { return e.m.soc.Post(prio, fn) }

func (e *env) Printf(format string, args ...any) { e.m.soc.Log(format, args...) }

func (e *env) OpMode() uint8 { return e.m.radio.GetOpmode() }

func (e *env) StationStatus() uint8 { return e.m.radio.Status() }

func (e *env) Rand() io.Reader { return e.m.soc.Device().Rand() }

func (e *env) KeyLog() io.Writer { return e.m.cfg.KeyLog }

// WallClock is gettimeofday (axtls.md 10.2): the clock of Config.Clock, which runs on over resets, or the SNTP client's, or else
// the seconds since boot.
func (e *env) WallClock() uint32 { return e.m.timeOfDay() }

// Observe puts an event of the API into the trace.
func (e *env) Observe(ev espconn.Event) { e.m.soc.Observe(ev) }

// After is a software timer of the SDK's own.
func (e *env) After(d time.Duration, fn func()) (stop func()) {
	t := &soc.Timer{}
	e.m.soc.ArmTimer(t, d, false, fn)
	return func() { e.m.soc.DisarmTimer(t) }
}

func (e *env) IPInfo(ifIndex int) netip.Prefix {
	if ifIndex == int(wifi.SoftAPIf) {
		return e.m.radio.SoftAPAddress()
	}
	return e.m.radio.Address()
}

// BroadcastIfs returns the interfaces through which a broadcast leaves one after the other; nil: the default one.
func (e *env) BroadcastIfs() []*netstack.Interface { return e.m.radio.BroadcastIfs() }

// BroadcastIf returns what the firmware has set, 0 if nothing.
func (e *env) BroadcastIf() uint8 { return e.m.radio.BroadcastIf() }

// Fatal raises the exception that the chip would raise here. It does not return.
func (e *env) Fatal(cause int, why string) { e.m.soc.Fatal(chip.Crash{Cause: cause, Why: why}) }

// NewConn makes the espconn of an accepted connection in the device's heap: struct espconn and esp_tcp, 28 and 32
// bytes (espconn.md 2).
func (e *env) NewConn() (espconn.Ref, error) {
	if e.m.conns != nil {
		return e.m.conns.NewConn()
	}
	var b connBlocks
	if b.conn = e.m.soc.Heap().Alloc(28, "espconn"); b.conn == 0 {
		return nil, espconn.ErrNoEspconn
	}
	if b.tcp = e.m.soc.Heap().Alloc(32, "esp_tcp"); b.tcp == 0 {
		e.m.soc.Heap().Free(b.conn)
		return nil, espconn.ErrNoTCP
	}
	c := &espconn.Espconn{Proto: espconn.Proto{TCP: &espconn.TCP{}}}
	e.conns[c] = b
	return c, nil
}

// FreeConn gives an espconn of NewConn back to the heap.
func (e *env) FreeConn(c espconn.Ref) {
	if e.m.conns != nil {
		e.m.conns.FreeConn(c)
		return
	}
	b := e.conns[c]
	delete(e.conns, c)
	e.m.soc.Heap().Free(b.tcp)
	e.m.soc.Heap().Free(b.conn)
}

// FlashLayout tells what the flash is for.
func (e *env) FlashLayout() image.Layout { return e.m.soc.FlashLayout() }

// Caller returns where the firmware calls the network API, for findings.
func (e *env) Caller() string { return e.m.soc.CallSite() }

// Spend charges an operation of TLS.
func (e *env) Spend(op boundedtls.Op, bits int) { e.m.soc.Spend(op, bits) }

// Overclock raises the CPU to 160 MHz for TLS, or sets it back.
func (e *env) Overclock(on bool) { e.m.soc.Overclock(on) }
