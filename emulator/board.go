package emulator

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack"
)

// Firmware is a program for the device. Boot and Close are called on the device goroutine.
type Firmware interface {
	// Boot plays user_init on b: it sets up the program and returns. An error ends the boot.
	Boot(b *Board) error
	// Close frees what the firmware holds on the host. The device is gone: no method of the board may be called.
	Close() error
}

// Board is what every kind of firmware gets: the chip and the SDK's services below the API. Everything on it belongs to
// the device goroutine.
type Board struct {
	m     *machine
	Heap  *Heap
	Flash *flash.Chip
}

// Now returns the time of the event being handled.
func (b *Board) Now() time.Time { return b.m.now }

// Uptime returns the time since boot.
func (b *Board) Uptime() time.Duration { return b.m.now.Sub(b.m.booted) }

// Printf writes to the UART with Go's verbs.
func (b *Board) Printf(format string, args ...any) { b.Print(fmt.Appendf(nil, format, args...)) }

// Write writes raw bytes to the UART.
func (b *Board) Write(p []byte) (int, error) {
	b.wait(len(p))
	return b.m.d.uart.Write(p)
}

// Random returns 32 bits of the hardware random number generator.
func (b *Board) Random() uint32 { return b.m.random() }

// Post queues fn at one of the SDK's own ETS priorities, PrioEspconn or PrioTLS; false if 15 entries wait already.
func (b *Board) Post(prio int, fn func()) bool { return b.m.tasks.post(prio, fn) }

// ArmTimer starts t: fn runs once after d, or every d when repeat is set, counted from the time due. Arming an armed
// timer starts it anew. Less than 100 µs counts as 100 µs.
func (b *Board) ArmTimer(t *OsTimer, d time.Duration, repeat bool, fn func()) {
	d = max(d, timerMin)
	t.fn = fn
	var period time.Duration
	if repeat {
		period = d
	}
	b.m.timers.arm(t, b.m.now.Add(d), period)
}

// DisarmTimer stops t; its callback does not run any more, even if it is due. A timer that is not armed is left alone.
func (b *Board) DisarmTimer(t *OsTimer) { b.m.timers.disarm(t) }

// RegisterTask registers fn for user priority 0, 1 or 2 with a queue of depth entries (system_os_task). Registering
// again replaces the task and drops what waits. False if the priority or the depth is out of range.
func (b *Board) RegisterTask(prio uint8, depth int, fn func(chip.OsEvent)) bool {
	if prio >= prioUserMax || depth <= 0 || fn == nil {
		return false
	}
	b.m.tasks.user[prio] = userTask{taskQueue{prio: int(prio), depth: depth}, fn}
	return true
}

// PostTask posts e to the task of a user priority (system_os_post); false if the ring is full or nobody registered. A
// priority above 2 prints the SDK's message (oracle/espconn FINDINGS D).
func (b *Board) PostTask(prio uint8, e chip.OsEvent) bool {
	if prio >= prioUserMax {
		b.Finding(espconn.RuleTaskNone, "post to priority %d, there are 0 to %d", prio, prioUserMax-1)
		b.Printf("err: post prio < 3\n")
		return false
	}
	t := &b.m.tasks.user[prio]
	if t.fn == nil {
		b.Finding(espconn.RuleTaskNone, "post to priority %d, which has no task", prio)
		return false
	}
	fn := t.fn
	if !t.post(func() { fn(e) }) {
		b.Finding(espconn.RuleTaskQueue, "the queue of priority %d holds %d events already", prio, t.depth)
		return false
	}
	return true
}

// Espconn returns the device's espconn API over the Go network stack, making both on first use.
func (b *Board) Espconn() *espconn.API {
	if b.m.api == nil {
		b.m.ensureStack()
		b.m.api = espconn.New(&env{b.m, map[espconn.Ref]connBlocks{}}, b.m.d.cfg.Profile)
	}
	return b.m.api
}

// NIC returns the network interface for firmware that brings its own network stack. Taking it before anything made the
// Go stack keeps the Go stack from being made: the firmware then sees every frame and Wi-Fi only reports the link.
func (b *Board) NIC() *NIC {
	if b.m.stack == nil {
		b.m.nic.taken = true
	}
	return b.m.nic
}

// NIC is the device's network interface: Ethernet frames in and out.
type NIC struct {
	m       *machine
	taken   bool
	receive func(now time.Time, frame []byte)
}

// MAC returns the station's address.
func (n *NIC) MAC() netstack.MAC { return n.m.wifi.mac }

// Send puts one Ethernet frame on the wire; it is copied. It is lost while the access point is out of range.
func (n *NIC) Send(frame []byte) {
	if n.m.wifi.audible() {
		n.m.d.port.Send(frame)
	}
}

// Receive sets what gets each frame that arrives, on the device goroutine. The frame is the callee's to keep.
func (n *NIC) Receive(fn func(frame []byte)) {
	n.m.d.port.Ignore(nil) // a stack of its own may care about every frame
	n.receive = func(_ time.Time, frame []byte) { fn(frame) }
}
