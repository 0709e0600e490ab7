package debug

import (
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/emulator/elf"
)

// windowFirst is how many instructions a step back of a line looks back at first, one by one, and windowMost at last. Choice: what takes
// about a second.
const (
	windowFirst = 20_000
	windowMost  = 8 * 8 * windowFirst
)

var errBeginning = errors.New("this is where the record begins: there is nothing before")

// before returns the position to which a command goes back from where m is, and why the program stops there.
func (c *control) before(m *elf.Machine, cmd command) (at uint64, s *stop, err error) {
	first, ok := c.live.History()
	from := m.Position()
	if !ok || from <= first {
		return 0, nil, errBeginning
	}
	c.step, c.until = nil, nil
	defer func() { c.machine = nil }() // the machines that were played are gone
	switch {
	case cmd.how == reverse:
		return c.reverse(first, from)
	case cmd.instruction, m.Depth() > 0 && c.row(m.PC()).Line == 0: // a program without lines
		return from - 1, &stop{reason: "step"}, nil
	}
	return c.lineBefore(m, first, from)
}

// reverse finds the last place before a position where something stops the program.
func (c *control) reverse(first, from uint64) (uint64, *stop, error) {
	for end := from; end > first; {
		begin := c.live.Checkpoint(end)
		if begin >= end {
			break
		}
		var found *stop
		at := uint64(0)
		c.machine = nil
		_, err := c.live.Replay(begin, func(m *elf.Machine) int64 {
			position := m.Position()
			if position >= end {
				m.Halt()
				return 1
			}
			c.passed = nowhere
			if position == begin {
				c.passed = position
			}
			if s := c.check(m); s != nil {
				found, at = s, position
			}
			return int64(end - position)
		})
		if err != nil {
			return 0, nil, err
		}
		if found != nil {
			return at, found, nil
		}
		end = begin
	}
	return first, &stop{reason: "pause", description: "the beginning of the record"}, nil
}

// opens says that a function begins at an address with what is not its first statement.
func (c *control) opens(m *elf.Machine, pc uint32) bool {
	_, from, _, ok := m.Function(pc)
	return ok && from == pc && !c.merged(pc)
}

// statement is where a line of C began.
type statement struct {
	at   uint64
	file string
	line int
}

// called is a function under way while the program is played: the statement that is under way in it, and the one before.
type called struct {
	now, before statement
}

// lineBefore finds the beginning of the line before the one at a position, in the same function or in one of its callers; what those called
// counts as a part of the line that called it.
func (c *control) lineBefore(m *elf.Machine, first, from uint64) (uint64, *stop, error) {
	for window := uint64(windowFirst); ; window *= 8 {
		begin := first
		if from-first > window {
			begin = from - window
		}
		frames, err := c.statements(begin, from)
		if err != nil {
			return 0, nil, err
		}
		here := c.row(m.PC())
		for n := len(frames) - 1; n >= 0; n-- {
			f := frames[n]
			s := f.now
			begins := uint32(here.Addr) == m.PC() && here.Statement // it stands at the beginning of its line
			if n == len(frames)-1 && begins && s.line == here.Line && s.file == here.File {
				s = f.before
			}
			if s.at != 0 && s.at < from {
				return s.at, &stop{reason: "step"}, nil
			}
		}
		switch {
		case begin == first:
			return first, &stop{reason: "step", description: "the beginning of the record"}, nil
		case window >= windowMost:
			return begin, &stop{reason: "step", description: fmt.Sprintf("no line of this function began in the last %d instructions",
				from-begin)}, nil
		}
	}
}

// statements plays from one position to another, instruction by instruction, and returns the functions under way at the end, the outermost
// first.
func (c *control) statements(begin, end uint64) ([]called, error) {
	frames := []called{{}}
	depth, entries := -1, uint64(0)
	type under struct{ addr, sp uint32 }
	var calls []under // where the functions under way return to; one less than frames
	left := false     // the outermost function has returned
	_, err := c.live.Replay(begin, func(m *elf.Machine) int64 {
		position := m.Position()
		switch {
		case position < begin:
			return int64(begin - position)
		case position >= end:
			m.Halt()
			return 1
		}
		if depth >= 0 && (m.Depth() != depth || m.Entries() != entries) {
			if m.Depth() <= depth { // a callback is over: what came before is as if it were a line before, be it the same line
				last := called{now: statement{at: frames[0].now.at}}
				frames, calls = append(frames[:0], last), calls[:0]
			} else {
				frames, calls = append(frames, called{}), append(calls, under{})
			}
		} else if left { // to a caller of which nothing was seen
			frames[0] = called{}
		}
		depth, entries = m.Depth(), m.Entries()
		pc := m.PC()
		for n := len(calls) - 1; n >= 0; n-- {
			if calls[n].addr == pc && m.Register(1) >= calls[n].sp && calls[n].sp != 0 {
				frames, calls = frames[:n+1], calls[:n]
				break
			}
		}
		if row := c.row(pc); row.Statement && uint32(row.Addr) == pc && row.Line != 0 && !c.opens(m, pc) {
			f := &frames[len(frames)-1]
			if f.now.line != row.Line || f.now.file != row.File {
				f.before = f.now
				f.now = statement{position, row.File, row.Line}
			}
		}
		in, ok := m.Instruction(pc)
		left = ok && in.Returns && len(calls) == 0
		if ok && in.Calls && m.Outside(pc) == "" {
			frames = append(frames, called{})
			calls = append(calls, under{pc + uint32(len(in.Bytes)), m.Register(1)})
		}
		return 1
	})
	return frames, err
}
