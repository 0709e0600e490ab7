package soc

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// goFirmware watches what only firmware in Go can do wrong: it panics, calls the SDK on a goroutine of its own, sleeps in a
// callback, or computes for ever.
type goFirmware struct {
	on    bool          // the firmware is in Go; set before it runs
	calls atomic.Uint64 // of the SDK, on any goroutine

	mu     sync.Mutex
	places map[string]bool // where calls from elsewhere were found already

	nap    *time.Timer // device goroutine only: looks at a callback that takes its time
	passed time.Duration
	slept  atomic.Pointer[string] // where the callback under way sleeps or has slept
	looked atomic.Int64           // when nap looked last, in Unix nanoseconds
}

// PlaysGo says that the firmware of this boot is written in Go. It comes before the firmware runs.
func (m *System) PlaysGo() {
	m.golang.on = true
	m.golang.nap = time.AfterFunc(time.Hour, m.look)
	m.rouse()
	if m.d.cfg.NoWatchdog || m.d.cfg.Patience < 0 {
		return
	}
	spinners.Lock()
	defer spinners.Unlock()
	spinners.all[m] = &spin{}
}

// goCrash makes a crash of a panic that the firmware's own Go code has raised, while its functions are still under way; nil if the
// emulator raised it. A nil pointer that shows in a function of the SDK counts as one that the firmware has given it. Choice.
func goCrash(r any) *chip.Crash {
	all := ownStack()
	for i, f := range all { // what came of the panic lies before it
		if f.function == "runtime.gopanic" {
			all = all[i+1:]
			break
		}
	}
	c := &chip.Crash{Why: fmt.Sprintf("panic in the Go firmware: %v", r)}
	nilPointer := false
	if e, ok := r.(runtime.Error); ok {
		switch text := e.Error(); {
		case strings.Contains(text, "nil pointer"):
			c.Cause, nilPointer = espconn.CauseLoadProhibited, true
		case strings.Contains(text, "divide by zero"):
			c.Epc1 = chip.Epc1Division
		}
	}
	stack, called := firmwareStack(all)
	if stack == nil || called != "" && !nilPointer {
		return nil
	}
	for _, f := range stack {
		if f.owner() == theirs {
			c.Where = f.place()
			break
		}
	}
	c.Stack = texts(stack)
	if called != "" {
		c.Stack = append([]string{called}, c.Stack...)
	}
	return c
}

// exactCalls is how many calls of the SDK are looked at one by one in each boot, and everyCall which ones after that. Choice: to
// know one's goroutine takes 5 to 30 microseconds, by the depth of its stack.
const (
	exactCalls = 32
	everyCall  = 64
)

// Entered is told of each call of a function below the SDK. Of firmware in Go it finds those that come on another goroutine than
// the device's: always while the device is idle, else among the first 32 of a boot and every 64th after that.
func (m *System) Entered() {
	if !m.golang.on {
		return
	}
	n := m.golang.calls.Add(1)
	slept := m.golang.slept.Load() != nil
	if n > exactCalls && n%everyCall != 0 && !slept && m.d.began.Load() != 0 {
		return
	}
	if callingLoop() == m.d.loop {
		if slept {
			m.awake()
		}
		return
	}
	stack, called := firmwareStack(ownStack())
	if stack == nil {
		return // the emulator's own goroutines: Device.Do's like
	}
	where := ""
	for _, f := range stack {
		if f.owner() == theirs {
			where = f.place()
			break
		}
	}
	g := &m.golang
	g.mu.Lock()
	known := g.places[where]
	if g.places == nil {
		g.places = map[string]bool{}
	}
	g.places[where] = true
	g.mu.Unlock()
	if known {
		return
	}
	made := madeAt()
	if made == "" {
		made = "an unknown place"
	}
	m.Observe(espconn.Event{Kind: espconn.EventFinding, Name: espconn.RuleGoroutine, Where: where,
		Text: fmt.Sprintf("%s on another goroutine than the device's, which was started at %s", called, made)})
}

// napLook is how long a callback may take before it is looked at. Choice.
const napLook = time.Millisecond

// rouse and calm begin and end the time in which a callback is looked at. Device goroutine.
func (m *System) rouse() {
	if m.golang.on && m.calling {
		m.golang.nap.Reset(napLook)
	}
}

func (m *System) calm() {
	if m.golang.on {
		m.golang.nap.Stop()
	}
}

// look finds out whether the callback under way sleeps. It is a timer's function, on a goroutine of its own.
func (m *System) look() {
	g, now := &m.golang, time.Now()
	if m.d.began.Load() == 0 || now.UnixNano()-g.looked.Load() < int64(10*napLook) && g.looked.Load() != 0 {
		return
	}
	g.looked.Store(now.UnixNano())
	routine, ok := loopGoroutine(m.d.loop)
	if !ok || !waits(routine.state) {
		return
	}
	f, ok := routine.innermost()
	if !ok || f.owner() != theirs {
		return // it waits where the emulator waits
	}
	where := f.place()
	if !g.slept.CompareAndSwap(nil, &where) {
		return
	}
	m.Observe(espconn.Event{Kind: espconn.EventFinding, Name: espconn.RuleSleep, Where: where,
		Text: fmt.Sprintf("the callback waits (%s), and with it the device", routine.state)})
	m.watch(where)
}

// watch gives the device up when the callback that waits at where still does so when nobody has patience any more: Go cannot end it.
// One that sleeps is not given up, as it will return.
func (m *System) watch(where string) {
	patience := m.d.patience()
	if patience <= 0 {
		return
	}
	began := m.d.began.Load()
	time.AfterFunc(patience, func() {
		routine, ok := loopGoroutine(m.d.loop)
		if m.d.began.Load() != began || !ok || !waits(routine.state) || strings.HasPrefix(routine.state, "sleep") {
			return
		}
		if f, ok := routine.innermost(); !ok || f.owner() != theirs || f.place() != where {
			return
		}
		m.d.giveUp(fmt.Errorf("%w: it waits at %s (%s), for more than %v now; Go cannot end it. Return from callbacks, and go on in a "+
			"timer; Config.Patience below 0 lets it wait", ErrStuck, where, routine.state, patience))
	})
}

// waits tells whether a goroutine's state is one of waiting, not of computing.
func waits(state string) bool {
	for _, s := range []string{"sleep", "chan ", "select", "sync.", "semacquire", "IO wait"} {
		if strings.HasPrefix(state, s) {
			return true
		}
	}
	return false
}

// awake counts the time that a callback has slept as time that it has taken, of which the watchdogs know.
func (m *System) awake() {
	where := m.golang.slept.Swap(nil)
	if where == nil {
		return
	}
	m.now = time.Now()
	slept := m.now.Sub(m.began) - m.golang.passed
	m.golang.passed += slept
	m.dog.spent += slept
	if m.d.cfg.NoWatchdog {
		return
	}
	if left, cause := m.dog.left(); left <= 0 {
		m.Fatal(chip.Crash{Cause: cause, Why: m.whyWatchdog(cause), Where: *where})
	}
}
