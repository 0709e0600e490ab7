package emulator

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// machine is what a reset wipes: RAM, the stacks, timers and tasks, and the firmware in them. It belongs to the device
// goroutine.
type machine struct {
	d          *Device
	library    string // of TLS
	booted     time.Time
	now        time.Time // of the event being handled
	heap       *Heap
	timers     timers
	hardware   // pins, UARTs, timers and the interrupts from them
	tasks      *tasks
	wifi       *radioWiFi
	nic        *NIC
	stack      *netstack.Stack // nil until somebody needs the Go stack
	sta        *netstack.Interface
	api        *espconn.API
	conns      Conns         // nil: accepted connections are Go structs
	caller     func() string // nil: the Go stack tells
	board      *Board
	fw         Firmware
	halted     bool
	crash      *chip.Crash
	rst        *chip.RstInfo // why this boot
	ended      trace.Kind    // of the end in the trace; 0: KindHalt
	ending     OsTimer       // of a restart or deep sleep that was asked for
	dog        watchdog
	cpu        cpu
	radio      radioSettings
	boot       image.BootHeader // in force since the boot
	upgrade    upgrade
	table      partitions
	ping       *ping // nil: none is under way
	pingSeq    uint16
	pingSeen   int       // the last answered
	fineTimers bool      // system_timer_reinit
	calling    bool      // firmware or SDK code runs under guard
	bootAt     time.Time // halted: when the firmware boots again by itself; zero: it does not

	instant  time.Time // the instant that ran counts
	ran      int       // tasks run in it
	resumeAt time.Time // tasks wait until then; zero: they may run
}

func newMachine(d *Device) *machine {
	now := time.Now()
	m := &machine{d: d, library: d.cfg.Profile.TLS.Traits().Library.String(), booted: now, now: now, tasks: newTasks(), heap: newHeap(d.cfg.HeapFree)}
	m.heap.failAt, d.failAlloc = d.failAlloc, 0
	m.heap.failed = func(n uint32) { d.uart.printf("E:M %d\n", n) }
	m.heap.observe = m.heapEvent
	m.nic = &NIC{m: m}
	m.wifi = newWiFi(m)
	m.board = &Board{m: m, Heap: m.heap, Flash: d.cfg.Flash}
	m.dog = newWatchdog(now)
	m.radio = radioSettings{wifi.ModemSleepT, wifi.PhyMode11N}
	m.boot = m.bootHeader()
	m.rst = d.chip.boot()
	m.hardware = newHardware(m)
	m.wifi.off = d.chip.noRF
	return m
}

// start runs the firmware's user_init, then starts Wi-Fi as the SDK does after user_init (sdk-surface.md, start order).
func (m *machine) start(fw Firmware) error {
	m.fw = fw
	m.watchFlash()
	m.settle()
	m.d.line.booted()
	m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: m.d.cfg.Profile.Name, Text: m.d.cfg.Name,
		Value: int64(m.rst.Reason), Limit: int64(m.heap.FreeSize())})
	var err error
	m.guard(func() { err = fw.Boot(m.board) })
	if err != nil {
		m.halt()
		return fmt.Errorf("emulator: boot: %w", err)
	}
	if !m.halted {
		m.guard(m.wifi.start)
	}
	return nil
}

// halt ends the firmware without a packet on the wire.
func (m *machine) halt() {
	if m.halted {
		return
	}
	m.halted = true
	m.wifi.ap.vanish()
	m.timers, m.hw, m.irq = timers{}, timers{}, interrupts{}
	m.tasks = newTasks()
	m.stack, m.sta, m.api = nil, nil, nil
	m.nic.receive = nil
	m.d.uart.putc = nil
	m.d.follow()
	m.d.outside.waves = nil // the pads stay as they are, but for the PWM
	m.d.follow()
	if m.fw != nil {
		if err := m.fw.Close(); err != nil {
			m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindError, Text: err.Error()})
		}
	}
	kind := trace.KindHalt
	if m.ended != 0 {
		kind = m.ended
	}
	m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: kind})
}

// guard runs fn and turns a fatal exception raised in it into a halted machine. Other panics are bugs of the firmware's
// Go code or ours and go on.
func (m *machine) guard(fn func()) {
	outer := m.calling
	if !outer {
		m.calling, m.polls = true, 0
		m.dog.enter(time.Now())
	}
	defer func() {
		m.calling = outer
		switch r := recover().(type) {
		case nil:
		case powerCut:
			m.halt()
			m.d.chip.powerOn(m.d.seed)
		case *chip.Crash:
			m.crash = r
			m.d.uart.putc = nil // firmware's, and it is dead
			m.d.uart.printf("%s", banner(r))
			m.cause(trace.SourceDevice, cause.OfException(int64(r.Cause)), r.Why, int64(r.Cause), 0)
			m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindFatal, Name: r.Where, Value: int64(r.Cause), Text: r.Why})
			for _, f := range r.Stack {
				m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindFrame, Text: f})
			}
			m.crashed(r)
		default:
			panic(r)
		}
	}()
	fn()
}

// handle runs one event and then every task it posted.
func (m *machine) handle(now time.Time, fn func()) {
	m.now = now
	if m.halted {
		fn()
		return
	}
	if m.stack != nil {
		m.guard(func() { m.stack.Advance(now) }) // calls of this event happen now
	}
	m.guard(fn)
	m.drain(now)
}

func (m *machine) frame(now time.Time, b []byte) {
	if m.halted || m.nic.receive == nil || !m.wifi.audible() {
		return
	}
	m.now = now
	m.guard(func() { m.nic.receive(now, b) })
	m.drain(now)
}

// input hands a frame to the stack. After each TCP segment the device's stack drops the last segment that each connection keeps beyond a gap if fewer
// than two receive buffers are free (lwip.md 6.4). Choice: such a segment occupies a receive buffer as a waiting frame does, as pbufs of the radio do.
func (m *machine) input(i *netstack.Interface, now time.Time, frame []byte) {
	if i.Input(now, frame) && !m.halted && m.d.waiting()+m.stack.OutOfOrder() > ringFrames-2 {
		m.stack.TrimOutOfOrder()
	}
}

// mail takes a frame of the soft-AP's cell or news of its stations.
func (m *machine) mail(now time.Time, b mail) {
	a := b.ap
	if m.halted || m.wifi.ap != a || a.cell == nil {
		return
	}
	m.now = now
	m.guard(func() {
		if b.station != nil {
			m.stack.Advance(now)
			a.heard(*b.station)
			return
		}
		m.input(a.ifc, now, b.frame)
	})
	m.drain(now)
}

// ignores says that a frame would change nothing. Firmware that took the NIC sees everything.
func (m *machine) ignores(frame []byte) bool {
	return !m.halted && !m.nic.taken && m.sta != nil && m.sta.Ignores(frame)
}

// work handles the earliest timer that is due and reports whether there was anything to do. At one instant the network
// stack's poll comes before os_timers.
func (m *machine) work(now time.Time) bool {
	if m.halted {
		if m.bootAt.IsZero() {
			m.d.line.drop()
		}
		return m.reboot(now)
	}
	m.now = now
	if o := m.hw.pop(now); o != nil {
		m.handle(now, o.fn)
		return true
	}
	if !m.resumeAt.IsZero() && !now.Before(m.resumeAt) {
		m.resumeAt = time.Time{}
		m.drain(now)
		return true
	}
	due, armed := m.timers.next()
	if m.stack != nil {
		if t, ok := m.stack.NextEvent(); ok && !t.After(now) && (!armed || !due.Before(t)) {
			m.guard(func() { m.stack.Advance(now) })
			m.drain(now)
			return true
		}
	}
	if o := m.timers.pop(now); o != nil {
		m.handle(now, o.fn)
		return true
	}
	return false
}

// next returns when work is wanted again, the zero time if never.
func (m *machine) next() time.Time {
	if m.halted {
		return m.bootAt
	}
	next, _ := m.timers.next()
	earlier := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	if t, ok := m.hw.next(); ok {
		earlier(t)
	}
	earlier(m.resumeAt)
	if m.stack != nil {
		if t, ok := m.stack.NextEvent(); ok {
			earlier(t)
		}
	}
	return next
}

// drain runs posted tasks until none is left or the bound of the instant is reached.
func (m *machine) drain(now time.Time) {
	if !now.Equal(m.instant) {
		m.instant, m.ran = now, 0
	}
	for !m.halted && m.resumeAt.IsZero() {
		if m.ran >= tasksPerInstant {
			m.resumeAt = now.Add(timerMin)
			return
		}
		job := m.tasks.take()
		if job == nil {
			return
		}
		m.ran++
		m.guard(job)
	}
}

// ensureStack makes the Go network stack on first use.
func (m *machine) ensureStack() *netstack.Stack {
	if m.stack == nil {
		heap := &stackHeap{Heap: m.heap, starting: true}
		m.stack = netstack.NewStack(netstack.Config{
			Profile: netstack.DeviceProfile(),
			Heap:    heap,
			Rand:    m.random,
			Observe: func(e netstack.Event) {
				if m.d.trace.Wanted() {
					m.d.trace.Add(netEvent(&e))
				}
			},
		})
		m.stack.Advance(m.now)
		m.sta = m.stack.AddInterface("station", m.wifi.mac, m.nic.Send)
		m.nic.receive = func(now time.Time, frame []byte) { m.input(m.sta, now, frame) }
		heap.starting = false
	}
	return m.stack
}

func (m *machine) random() uint32 { return uint32(m.d.rng.Uint64()) }

// stackHeap charges what the network stack allocates, but for what it takes at its start: Config.HeapFree is what is
// left after that.
type stackHeap struct {
	*Heap
	starting bool
}

// startBlock is the address of every block of the start; no real block is there.
const startBlock = 8

func (h *stackHeap) Alloc(n uint32, what string) uint32 {
	if h.starting {
		return startBlock
	}
	return h.Heap.Alloc(n, what)
}

func (h *stackHeap) Free(addr uint32) {
	if addr != startBlock {
		h.Heap.Free(addr)
	}
}
