package debug

import (
	"math"

	"github.com/emu8266/emu8266/emulator/elf"
)

// fullSpeed is a limit that is none: the machine looks often enough.
const fullSpeed = math.MaxInt32

// step is a step under way, with the place where it began.
type step struct {
	how         how
	instruction bool
	file        string
	line        int
	function    uint32 // its address
	scopes      int    // functions of C there, those that were inlined too
	sp          uint32
	depth       int
	entries     uint64
}

// temporary is a place up to which the program runs during a step: what a call returns to, or where a function's body begins.
type temporary struct {
	addr, sp uint32 // the stack pointer is at least sp
	depth    int    // of callbacks: at most
	stops    bool   // the step is over there
}

// begin notes how the program goes on.
func (c *control) begin(m *elf.Machine, cmd command) {
	c.step, c.until = nil, nil
	if cmd.how == goOn {
		c.setBreaks(m)
		return
	}
	pc := m.PC()
	s := &step{how: cmd.how, instruction: cmd.instruction, sp: m.Register(1), depth: m.Depth(), entries: m.Entries()}
	row := c.row(pc)
	s.file, s.line, s.scopes = row.File, row.Line, len(c.scopes(pc))
	_, s.function, _, _ = m.Function(pc)
	c.step = s
	if s.how == out && s.depth > 0 && s.scopes <= 1 {
		if frames := c.frames(m); len(frames) > 1 {
			c.runTo(m, temporary{addr: uint32(frames[1].PC), sp: max(m.Register(1), frames[0].CFA), depth: s.depth, stops: true})
		}
	}
	c.setBreaks(m)
}

// runTo lets the program run up to a place.
func (c *control) runTo(m *elf.Machine, t temporary) {
	c.until = &t
	c.setBreaks(m)
}

// finish ends a step, with a stop.
func (c *control) finish() *stop {
	c.step = nil
	return &stop{reason: "step"}
}

// advance returns how many instructions the program may execute from here.
func (c *control) advance(m *elf.Machine) int64 {
	s := c.step
	if s == nil || c.until != nil || s.how == out && s.scopes <= 1 {
		return fullSpeed
	}
	pc := m.PC()
	switch {
	case m.Outside(pc) != "" && !(s.instruction && s.how == into):
		c.runTo(m, temporary{addr: m.Register(0), sp: m.Register(1), depth: m.Depth()})
	case s.how != into:
		if in, ok := m.Instruction(pc); ok && in.Calls {
			c.runTo(m, temporary{addr: pc + uint32(len(in.Bytes)), sp: m.Register(1), depth: m.Depth()})
		}
	}
	if c.until != nil {
		return fullSpeed
	}
	return 1
}

// arrived reports whether a step has come to its end.
func (c *control) arrived(m *elf.Machine) *stop {
	s := c.step
	if s == nil {
		return nil
	}
	if t := c.until; t != nil {
		if m.PC() != t.addr || m.Register(1) < t.sp || m.Depth() > t.depth {
			if m.Depth() > 0 && m.Depth() < s.depth || m.Entries() != s.entries && m.Depth() == 1 {
				return c.elsewhere(m) // the callback is over, and the place will not come
			}
			return nil
		}
		c.until = nil
		c.setBreaks(m)
		if t.stops {
			return c.finish()
		}
	}
	switch {
	case m.Depth() < s.depth || m.Entries() != s.entries && m.Depth() == 1:
		return c.elsewhere(m)
	case s.how == out && s.scopes <= 1:
		return nil
	case s.instruction:
		return c.finish()
	}
	return c.line(m)
}

// elsewhere ends a step whose callback is over: where the next one has its arguments.
func (c *control) elsewhere(m *elf.Machine) *stop {
	if c.step.instruction {
		return c.finish()
	}
	c.step.depth, c.step.entries = m.Depth(), m.Entries()
	return c.enter(m)
}

// enter goes on into the function at m.PC, behind what makes its frame: to its body, where the compiler says where that is, or its second
// line.
func (c *control) enter(m *elf.Machine) *stop {
	pc := m.PC()
	if body := c.body(pc); body != pc {
		c.runTo(m, temporary{addr: body, depth: m.Depth(), stops: true})
		return nil
	}
	row := c.row(pc)
	if row.Line == 0 || c.merged(pc) || c.oneLine(m, pc) {
		return c.finish()
	}
	s := c.step
	_, s.function, _, _ = m.Function(pc)
	s.how, s.file, s.line, s.scopes, s.sp = over, row.File, row.Line, len(c.scopes(pc)), m.Register(1)
	return nil
}

// line ends a step of a line.
func (c *control) line(m *elf.Machine) *stop {
	s, pc := c.step, m.PC()
	row := c.row(pc)
	_, function, _, _ := m.Function(pc)
	if function != s.function {
		switch {
		case pc != function: // back in a caller, or it was jumped to
			if row.Line != 0 {
				return c.finish()
			}
			s.function, s.file, s.line, s.scopes = function, "", 0, 0
			return nil
		case s.how == into && row.Line != 0:
			return c.enter(m)
		default: // a function without lines, or a jump at the end of a function that stands for a call
			c.runTo(m, temporary{addr: m.Register(0), sp: m.Register(1), depth: m.Depth()})
			return nil
		}
	}
	if row.Line == 0 || !row.Statement || uint32(row.Addr) != pc {
		return nil
	}
	scopes := len(c.scopes(pc))
	switch {
	case s.how == out && scopes >= s.scopes,
		s.how == over && scopes > s.scopes,
		row.Line == s.line && row.File == s.file && scopes == s.scopes:
		return nil
	}
	return c.finish()
}
