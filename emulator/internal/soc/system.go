package soc

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/flash/image"
)

// System is what a reset wipes: RAM, timers and tasks, the registers, and the firmware in them. It belongs to the device
// goroutine.
type System struct {
	d          *Device
	booted     time.Time
	now        time.Time // of the event being handled
	heap       *Heap
	timers     timers
	hardware   // pins, UARTs, timers and the interrupts from them
	tasks      *tasks
	net        Network       // nil until Attach
	caller     func() string // nil: the Go stack tells
	program    Program
	halted     bool
	crash      *chip.Crash
	rst        *chip.RstInfo       // why this boot
	ended      trace.Kind          // of the end in the trace; 0: KindHalt
	endedWhy   string              // of the same, "" for what the firmware has done itself
	flashBusy  bool                // an operation of the firmware on the flash is under way
	toldFlash  func(sector uint32) // WatchFlash; nil: nobody
	ending     Timer               // of a restart or deep sleep that was asked for
	dog        watchdog
	computing  string // an operation of TLS that is under way: what and with which key; "" for none
	cpu        cpu
	boot       image.BootHeader // in force since the boot
	upgrade    upgrade
	table      partitions
	golang     goFirmware
	moment     moment
	rtcRead    uint32    // what system_get_rtc_time said last
	rtcSlept   uint32    // what RTC memory kept of it over the deep sleep before this boot, 0: nothing
	fineTimers bool      // system_timer_reinit
	calling    bool      // firmware or SDK code runs under guard
	began      time.Time // calling: since when
	cut        bool      // the device was closed or reset in a callback
	bootAt     time.Time // halted: when the firmware boots again by itself; zero: it does not

	instant  time.Time // the instant that ran counts
	ran      int       // tasks run in it
	resumeAt time.Time // tasks wait until then; zero: they may run
}

// Network is the radio with its network stack, as the loop sees them: package radio has them. All methods are called on the
// device goroutine, those that run firmware within Guard.
type Network interface {
	// Start is called once, when user_init has returned.
	Start()
	// Idle is called before the SDK runs the firmware or its own code again: meanwhile the radio has worked.
	Idle()
	// Stop switches the radio off until the reset, which the firmware has asked for.
	Stop()
	// Halt is the end of the firmware: no packet leaves any more.
	Halt()
	// Frame takes a frame from the network.
	Frame(now time.Time, frame []byte)
	// Ignores says that a frame would change nothing.
	Ignores(frame []byte) bool
	// Concerns tells the targets and the senders of the ARP requests that Ignores says no to.
	Concerns() (targets, senders []netip.Addr)
	// ConcernsChanges counts how often that has changed. False: there may be others than Concerns tells.
	ConcernsChanges() (changes uint64, ok bool)
	// Advance does what is due in the network stack; NextEvent says when something will be.
	Advance(now time.Time)
	NextEvent() (time.Time, bool)
	// Setting returns where the stack's setting lies that the SDK keeps in the word of RTC memory at addr; nil: none lies there.
	Setting(addr uint32) Setting
}

// Setting is a number of the network stack that programs read and write in RTC memory.
type Setting interface {
	Get() uint32
	Set(v uint32)
}

// Attach gives the system its network. It comes before any firmware.
func (m *System) Attach(n Network) { m.net = n }

func newSystem(d *Device) *System {
	now := time.Now()
	m := &System{d: d, booted: now, now: now, tasks: newTasks(), heap: newHeap(d.cfg.HeapFree, cmp.Or(d.cfg.HeapHeader, heapHeader))}
	m.heap.short, d.short = d.short, chip.Shortage{}
	m.heap.uptime = m.Uptime
	m.heap.failed = func(n uint32) { d.uart.printf("E:M %d\n", n) }
	m.heap.observe = m.heapEvent
	m.dog = newWatchdog(now)
	m.boot = m.bootHeader()
	m.rst = d.lasting.boot()
	if m.rst.Reason == chip.ReasonDeepSleepAwake {
		m.rtcSlept = d.lasting.rtcKept
	}
	d.lasting.rtcKept = 0
	m.hardware = newHardware(m)
	return m
}

// Now returns the time of the event being handled.
func (m *System) Now() time.Time { return m.now }

// Uptime returns the time since boot.
func (m *System) Uptime() time.Duration { return m.now.Sub(m.booted) }

// Device returns the device that the system is part of.
func (m *System) Device() *Device { return m.d }

// Heap returns the heap of this boot.
func (m *System) Heap() *Heap { return m.heap }

// Random returns 32 bits of the hardware random number generator.
func (m *System) Random() uint32 {
	if m.d.cfg.Random != nil {
		return m.d.cfg.Random()
	}
	return uint32(m.d.rng.Uint64())
}

// Halted says that the firmware has ended.
func (m *System) Halted() bool { return m.halted }

// Note adds an event to the trace; its number and time are set.
func (m *System) Note(e trace.Event) { m.d.trace.Add(e) }

// start runs the firmware's user_init, then starts the network as the SDK does after user_init (sdk-surface.md, start order).
func (m *System) start(p Program) error {
	m.program = p
	m.watchFlash()
	m.settle()
	m.d.line.booted()
	m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: m.d.cfg.Profile, Text: m.d.cfg.Name,
		Value: int64(m.rst.Reason), Limit: int64(m.heap.FreeSize())})
	var err error
	m.guard(func() { m.Callback("user_init", func() { err = p.Boot(m) }) })
	if err != nil {
		m.endedWhy = err.Error()
		m.halt()
		return fmt.Errorf("emulator: boot: %w", err)
	}
	if !m.halted {
		m.guard(m.net.Start)
	}
	return nil
}

// halt ends the firmware without a packet on the wire.
func (m *System) halt() {
	if m.halted {
		return
	}
	m.halted = true
	m.calm()
	spinners.Lock()
	delete(spinners.all, m)
	spinners.Unlock()
	m.timers, m.hw, m.irq = timers{}, timers{}, interrupts{}
	m.tasks = newTasks()
	if m.net != nil {
		m.net.Halt()
		m.net = nil
	}
	m.d.uart.putc = nil
	m.d.follow()
	m.d.outside.waves = nil // the pads stay as they are, but for the PWM
	m.d.follow()
	if m.program != nil {
		if err := m.program.Close(); err != nil {
			m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindError, Text: err.Error()})
		}
	}
	kind := trace.KindHalt
	if m.ended != 0 {
		kind = m.ended
	}
	m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: kind, Text: m.endedWhy})
}

// Guard runs fn as the loop runs an event: a crash in it ends the firmware.
func (m *System) Guard(fn func()) { m.guard(fn) }

// guard runs fn and turns a fatal exception raised in it, or a panic of the firmware's Go code, into a halted system. Other panics
// are bugs of ours and go on.
func (m *System) guard(fn func()) {
	outer := m.calling
	if !outer {
		m.enter()
		if m.net != nil {
			m.net.Idle()
		}
	}
	defer func() {
		if !outer {
			m.leave()
		}
		switch r := recover().(type) {
		case nil:
		case ended:
			m.cut = true
			m.halt()
		case powerCut:
			m.halt()
			m.d.lasting.powerOn(m.d.cfg.Seed)
		case *chip.Crash:
			m.fall(r, CauseOfCrash(r))
		default:
			c := goCrash(r)
			if c == nil {
				panic(r)
			}
			m.complete(c)
			id := CauseOfCrash(c)
			if id == CauseIllegalInstruction {
				id = CauseGoPanic
			}
			m.fall(c, id)
		}
	}()
	fn()
	if !outer && m.golang.on {
		m.awake()
	}
}

// fall ends the firmware, which has crashed for the cause id.
func (m *System) fall(c *chip.Crash, id CauseID) {
	if c.Own && len(c.Stack) > 1 && !strings.Contains(c.Stack[0], " ") { // __assert_func, abort
		c.Stack = c.Stack[1:]
	}
	m.crash = c
	m.d.uart.putc = nil // firmware's, and it is dead
	m.d.uart.printf("%s", banner(c))
	m.tell(c)
	m.Because(id, trace.Event{Source: trace.SourceDevice, Text: c.Why, Value: int64(c.Cause)})
	m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindFatal, Name: c.Where, Value: int64(c.Cause), Text: c.Why})
	for _, f := range c.Stack {
		m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindFrame, Text: f})
	}
	m.crashed(c)
	if m.d.fell != nil {
		m.d.fell(c)
	}
}

// handle runs one event and then every task it posted; what names it if it is a callback of the firmware.
func (m *System) handle(now time.Time, what string, fn func()) { m.handleBefore(now, now, what, fn) }

// handleBefore is handle with the stack's timers not further than at an instant before now.
func (m *System) handleBefore(now, stack time.Time, what string, fn func()) {
	m.now = now
	if m.halted {
		fn()
		return
	}
	if m.net != nil {
		m.guard(func() { m.net.Advance(stack) }) // calls of this event happen now
	}
	m.moment.what = what
	m.guard(fn)
	m.drain(now)
}

// take takes what the network has for the system.
func (m *System) take(now time.Time, b mail) {
	if m.halted || m.net == nil {
		return
	}
	m.now = now
	m.guard(func() {
		if b.take != nil {
			b.take(now, b.frame)
		} else {
			m.net.Frame(now, b.frame)
		}
	})
	m.drain(now)
}

// deaf says that no frame changes anything.
func (m *System) deaf() bool { return m == nil || m.halted || m.net == nil }

// work handles the earliest timer that is due and reports whether there was anything to do. At one instant the network
// stack's poll comes before the os_timers that were armed after the poll before it.
func (m *System) work(now time.Time) bool {
	if m.halted {
		if m.bootAt.IsZero() {
			m.d.line.drop()
		}
		return m.reboot(now)
	}
	m.now = now
	if o := m.hw.pop(now); o != nil {
		m.handle(now, "", o.fn)
		return true
	}
	if !m.resumeAt.IsZero() && !now.Before(m.resumeAt) {
		m.resumeAt = time.Time{}
		m.drain(now)
		return true
	}
	stack := now
	if m.timers.before(now) {
		stack = now.Add(-time.Nanosecond) // also polls at which nothing is due count: new timers of the stack count from the last
	}
	if m.net != nil {
		if t, ok := m.net.NextEvent(); ok && !t.After(now) && !m.timers.before(t) {
			m.guard(func() { m.net.Advance(now) })
			m.drain(now)
			return true
		}
	}
	if o := m.timers.pop(now); o != nil {
		m.handleBefore(now, stack, o.what, o.fn)
		return true
	}
	return false
}

// next returns when work is wanted again, the zero time if never.
func (m *System) next() time.Time {
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
	if m.net != nil {
		if t, ok := m.net.NextEvent(); ok {
			earlier(t)
		}
	}
	return next
}

// drain runs posted tasks until none is left or the bound of the instant is reached.
func (m *System) drain(now time.Time) {
	if !now.Equal(m.instant) {
		m.instant, m.ran = now, 0
	}
	for !m.halted && m.resumeAt.IsZero() {
		if m.ran >= tasksPerInstant {
			m.resumeAt = now.Add(manyTasks)
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
