package soc

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// moment is what a crash tells beside its reason: what was running, and which function of the SDK was called last.
type moment struct {
	what     string               // runs: "user_init", "an os_timer callback"; "" for the SDK's own work
	conn     string               // with whose callback, "" if it is none of the network API
	callback espconn.CallbackKind // which
	outer    string               // what ran around that

	call, text string        // of the network API, the last one, with its arguments
	at         time.Duration // since the boot, when it was called
	depth      int           // calls of the network API under way
}

// Callback runs fn as a callback of the firmware; what names it for crashes: "the Wi-Fi event handler".
func (m *System) Callback(what string, fn func()) {
	before := m.moment.what
	m.moment.what, m.moment.conn = what, ""
	fn()
	m.moment.what, m.moment.conn = before, "" // not after a crash, which tells it
}

// follow notes calls and callbacks of the network API.
func (c *moment) follow(e *espconn.Event, uptime time.Duration) {
	switch e.Kind {
	case espconn.EventCall:
		c.call, c.text, c.at = e.Name, e.Text, uptime
		c.depth++
	case espconn.EventReturn:
		c.depth = max(c.depth-1, 0)
	case espconn.EventCallback:
		c.outer, c.conn, c.callback = c.what, cmp.Or(e.Conn, "an espconn"), e.Callback
	case espconn.EventCallbackDone:
		c.what, c.conn = c.outer, ""
	}
}

// running names what runs.
func (c *moment) running() string {
	if c.conn != "" {
		return fmt.Sprintf("the %v callback of %s", c.callback, c.conn)
	}
	return c.what
}

// Fatal ends the firmware: it panics with c, which must reach the loop. What c does not tell of the moment is filled in.
func (m *System) Fatal(c chip.Crash) {
	m.complete(&c)
	panic(&c)
}

// complete fills in what a crash does not tell of the moment.
func (m *System) complete(c *chip.Crash) {
	called := ""
	if m.caller == nil && len(c.Stack) == 0 {
		var stack []goFrame
		stack, called = firmwareStack(ownStack())
		c.Stack = texts(stack)
	}
	if c.Where == "" && len(c.Stack) > 0 {
		_, c.Where, _ = strings.Cut(c.Stack[0], " ")
	}
	if c.Call == "" {
		if m.moment.call != "" {
			c.Call, c.Called = fmt.Sprintf("%s(%s)", m.moment.call, m.moment.text), m.moment.at
		}
		if called != "" && m.moment.depth == 0 {
			c.Call, c.Called = called, 0
		}
	}
	if c.Callback = m.moment.running(); len(c.Stack) > 0 {
		c.Callback = strings.TrimPrefix(c.Callback+": "+c.Stack[len(c.Stack)-1], ": ")
	}
	if m.calling {
		c.Ran = m.now.Sub(m.began)
	}
}

// tell puts the moment of a crash into the trace, before the crash.
func (m *System) tell(c *chip.Crash) {
	note := func(name, text string, at time.Duration) {
		if text != "" {
			m.d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindContext, Name: name, Text: text,
				Value: at.Microseconds()})
		}
	}
	note("callback", c.Callback, c.Ran)
	note("call", c.Call, c.Called)
	for _, l := range c.Locals {
		note("local", l, 0)
	}
}
