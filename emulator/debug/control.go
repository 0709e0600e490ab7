package debug

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf"
)

// how the program goes on.
type how uint8

const (
	goOn    how = iota + 1 // until something stops it
	over                   // to the next line or instruction, calls count as one
	into                   // the same, but into calls
	out                    // to the caller
	back                   // to the line or instruction before
	reverse                // back until something stops it
	end                    // not at all
)

// stop is why the program stands still.
type stop struct {
	reason      string // the protocol's
	description string
	text        string
	points      []int
	crash       *chip.Crash // reason "exception"
}

// command is what the client's goroutine has for the device's while the program is stopped. Either fn or how is set.
type command struct {
	fn          func(v *view)
	done        chan struct{} // closed when fn has returned
	how         how
	instruction bool // a step of one instruction
}

// control decides where the program stops: it is the elf.Debugger. Its methods run on the device's goroutine, but for those about break
// points, isStopped, detach and join.
type control struct {
	target *Target
	client client

	commands chan command // made outside virtual time, as nobody else waits for it than what makes time stand still
	pause    atomic.Bool
	run      *run                   // under way; it changes between runs only
	finding  atomic.Pointer[string] // of the SDK's misuse, to stop for

	mu      sync.Mutex // guards points, stopped and alone
	points  points
	stopped bool // the device waits for commands
	alone   bool // there is no client: nothing stops

	// Of the device's goroutine.
	step      *step
	until     *temporary
	passed    uint64 // position from which the program goes on: what stops there has stopped it already
	set       []uint32
	machine   *elf.Machine // that has set as its breaks
	seen      int          // points.changed
	entryOnce bool         // stop at the first instruction
	live      *elf.Machine
}

// client hears what happens.
type client interface {
	stoppedAt(s *stop)
	output(category, text string)
}

// nowhere is no position.
const nowhere = math.MaxUint64

func newControl(t *Target) *control {
	return &control{target: t, commands: make(chan command), passed: nowhere, points: points{lines: map[string][]*point{}, faults: true}}
}

// Look is elf.Debugger's.
func (c *control) Look(m *elf.Machine) int64 {
	if c.run.ends.Load() {
		return -1
	}
	c.live = m
	if s := c.check(m); s != nil {
		return c.stay(m, s)
	}
	return c.advance(m)
}

// Fault is elf.Debugger's.
func (c *control) Fault(m *elf.Machine, crash *chip.Crash) {
	c.live = m
	c.mu.Lock()
	faults := c.points.faults
	c.mu.Unlock()
	if faults {
		c.stay(m, &stop{reason: "exception", description: crashTitle(crash), text: crash.Why, crash: crash})
	}
}

// between stops the program between two callbacks.
func (c *control) between(m *elf.Machine) {
	if c.pause.Swap(false) {
		c.live = m
		c.stay(m, &stop{reason: "pause", description: "between two callbacks: the device waits for what comes next"})
	}
}

func crashTitle(crash *chip.Crash) string {
	title, _, _ := strings.Cut(crash.String(), "\n")
	return title
}

// stay waits in the live machine until the program goes on. It returns what Look returns.
func (c *control) stay(m *elf.Machine, s *stop) int64 {
	for {
		cmd := c.wait(m, s)
		switch cmd.how {
		case end:
			return -1
		case back, reverse:
			at, why, err := c.before(m, cmd)
			if err != nil {
				c.client.output("console", err.Error()+"\n")
				s = &stop{reason: "step", description: s.description, crash: s.crash}
				continue
			}
			if c.travel(at, why) {
				return -1
			}
			if s.crash != nil || m.Depth() == 0 { // the present: the fault is still to come
				if c.step != nil || s.crash != nil {
					s.text = strings.TrimPrefix(s.text, presentText)
					s.text = presentText + s.text
					continue
				}
				return 1
			}
			c.machine = nil
			if again := c.check(m); again != nil {
				s = again
				continue
			}
		default:
			c.begin(m, cmd)
		}
		if s.crash != nil {
			return 1
		}
		return c.advance(m)
	}
}

const presentText = "the present: "

// wait is in which the program stands still: it does what the client asks for, until that lets it go on.
func (c *control) wait(m *elf.Machine, s *stop) command {
	c.step, c.until = nil, nil
	c.pause.Store(false)
	c.finding.Store(nil)
	c.mu.Lock()
	if c.alone {
		c.mu.Unlock()
		c.passed = m.Position()
		return command{how: goOn}
	}
	c.stopped = true
	c.mu.Unlock()
	v := newView(c, m, s)
	c.client.stoppedAt(s)
	for cmd := range c.commands {
		if cmd.how == 0 {
			cmd.fn(v)
			close(cmd.done)
			continue
		}
		c.passed = m.Position()
		return cmd
	}
	return command{how: end}
}

// travel plays the program again from the position at on, where it stops, and forwards as the client wants, until the present is reached.
// It is true if the program is to end.
func (c *control) travel(at uint64, s *stop) (ends bool) {
	for {
		again, arrived := false, false
		present, err := c.live.Replay(at, func(m *elf.Machine) int64 {
			if !arrived && m.Position() < at {
				return int64(at - m.Position())
			}
			if arrived {
				if s = c.check(m); s == nil {
					return c.advance(m)
				}
			}
			arrived = true
			cmd := c.wait(m, s)
			switch cmd.how {
			case end:
				ends = true
				m.Halt()
			case back, reverse:
				to, why, err := c.before(m, cmd)
				if err != nil {
					c.client.output("console", err.Error()+"\n")
					to, why = m.Position(), &stop{reason: "step"}
				}
				at, s, again = to, why, true
				m.Halt()
			default:
				c.begin(m, cmd)
				return c.advance(m)
			}
			return 1
		})
		switch {
		case err != nil:
			c.client.output("stderr", err.Error()+"\n")
			return ends
		case ends || present:
			return ends
		case !again:
			return ends
		}
	}
}

// check reports why the program stops before the instruction at m.PC, nil if it does not.
func (c *control) check(m *elf.Machine) *stop {
	access := m.Watched()
	c.apply(m)
	if !m.Past() {
		if c.pause.Swap(false) {
			return &stop{reason: "pause"}
		}
		if f := c.finding.Swap(nil); f != nil {
			return &stop{reason: "exception", description: "misuse of the SDK", text: *f}
		}
		if c.entryOnce {
			c.entryOnce = false
			return &stop{reason: "entry"}
		}
	}
	if s := c.watched(m, access); s != nil {
		return s
	}
	if m.Position() == c.passed {
		return nil
	}
	if s := c.reached(m); s != nil {
		return s
	}
	return c.arrived(m)
}

// apply gives the machine the break points that there are now.
func (c *control) apply(m *elf.Machine) {
	c.mu.Lock()
	changed := c.points.changed != c.seen
	c.seen = c.points.changed
	var addrs []uint32
	var watches []elf.Watch
	if changed || c.machine != m {
		for _, p := range c.points.all() {
			addrs = append(addrs, p.addrs...)
		}
		for _, w := range c.points.watches {
			watches = append(watches, elf.Watch{Addr: w.addr, Size: w.size, Load: w.load, Store: w.store})
			if b, ok := m.Read(w.addr, w.size); ok {
				w.value = string(b)
			}
		}
	}
	c.mu.Unlock()
	if changed || c.machine != m {
		c.machine, c.set = m, addrs
		m.SetWatches(watches)
		c.setBreaks(m)
	}
}

// setBreaks sets the client's break points, and where a step goes on.
func (c *control) setBreaks(m *elf.Machine) {
	addrs := c.set
	if c.until != nil {
		addrs = append(addrs[:len(addrs):len(addrs)], c.until.addr)
	}
	m.SetBreaks(addrs)
}

// reached reports the client's break point at m.PC that stops the program.
func (c *control) reached(m *elf.Machine) *stop {
	pc := m.PC()
	var here []*point
	c.mu.Lock()
	for _, p := range c.points.all() {
		for _, a := range p.addrs {
			if a == pc {
				here = append(here, p)
			}
		}
	}
	c.mu.Unlock()
	var s *stop
	for _, p := range here {
		if !c.holds(m, p.condition, "the condition of a break point") {
			continue
		}
		if !m.Past() {
			p.reached++
			if !p.hits.count(p.reached) {
				continue
			}
		}
		if p.log != "" {
			if !m.Past() {
				c.client.output("console", c.message(m, p.log)+"\n")
			}
			continue
		}
		if s == nil {
			s = &stop{reason: p.kind}
		}
		s.points = append(s.points, p.id)
	}
	return s
}

// watched reports the watched memory that was accessed, or that the SDK has changed.
func (c *control) watched(m *elf.Machine, a elf.Access) *stop {
	c.mu.Lock()
	list := c.points.watches
	c.mu.Unlock()
	for _, w := range list {
		b, _ := m.Read(w.addr, w.size)
		before := w.value
		changed := string(b) != before
		w.value = string(b)
		how := ""
		switch {
		case w.covers(a) && a.Store:
			how = "written at " + c.place(a.PC)
		case w.covers(a):
			how = "read at " + c.place(a.PC)
		case changed && w.store && m.Position() != c.passed:
			how = "written by the SDK"
		default:
			continue
		}
		if !c.holds(m, w.condition, "the condition of a data break point") {
			continue
		}
		if !m.Past() {
			if w.reached++; !w.hits.count(w.reached) {
				continue
			}
		}
		text := w.name + " was " + how
		if changed {
			text += fmt.Sprintf(": % x, before % x", b, before)
		}
		return &stop{reason: "data breakpoint", description: text, text: text, points: []int{w.id}}
	}
	return nil
}

// holds evaluates a condition. One that cannot be evaluated stops the program, and says why.
func (c *control) holds(m *elf.Machine, condition, what string) bool {
	if condition == "" {
		return true
	}
	v, err := c.eval(m, condition)
	if err != nil {
		c.client.output("stderr", fmt.Sprintf("%s, %s: %v\n", what, condition, err))
		return true
	}
	return v.Uint() != 0
}

// message fills the expressions into the text of a log point. Doubled braces stand for themselves.
func (c *control) message(m *elf.Machine, text string) string {
	var b strings.Builder
	for text != "" {
		n := strings.IndexAny(text, "{}")
		if n < 0 {
			break
		}
		b.WriteString(text[:n])
		if strings.HasPrefix(text[n+1:], text[n:n+1]) {
			b.WriteByte(text[n])
			text = text[n+2:]
			continue
		}
		expr, rest, closed := strings.Cut(text[n+1:], "}")
		if text[n] == '}' || !closed {
			b.WriteByte(text[n])
			text = text[n+1:]
			continue
		}
		text = rest
		if v, err := c.eval(m, expr); err != nil {
			fmt.Fprintf(&b, "{%s: %v}", expr, err)
		} else {
			b.WriteString(v.String())
		}
	}
	b.WriteString(text)
	return b.String()
}
