package cabi

import (
	"errors"
	"fmt"
	"sync"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
)

// ErrNotRunning is the error of Inside when there is no program to go into.
var ErrNotRunning = errors.New("no firmware runs: it was not booted, or was reset, or crashed (Device.Crash)")

// Inside runs fn on the goroutine of the device that a program was booted on, for tests that call its functions and read its variables.
// b is nil if it never was. Errors begin with the engine's name. If fn crashes the program, that is the error, and the firmware ends as
// it does after any crash.
func Inside(engine string, b *board.Board, fn func() error) error {
	v := visit{do: fn}
	return v.to(engine, b, v.run)
}

// visit is what Inside does.
type visit struct {
	do  func() error
	err error // of do
}

// to runs the visit, whose method run is given as a function.
func (v *visit) to(engine string, b *board.Board, run func()) error {
	if b == nil {
		return fmt.Errorf("%s: %w", engine, ErrNotRunning)
	}
	err := b.Do(run)
	if err == nil {
		err = v.err
	}
	if err != nil {
		return fmt.Errorf("%s: %w", engine, err)
	}
	return nil
}

func (v *visit) run() {
	defer func() {
		if r := recover(); r != nil {
			if c, ok := r.(*chip.Crash); ok {
				v.err = crashed(c)
			}
			panic(r) // the loop ends the firmware
		}
	}()
	v.err = v.do()
}

// NamedCall is a call of a function by its name, from a test.
type NamedCall struct {
	Name   string
	Args   []any
	Result uint64

	program Callee
	visit   visit
	run     func()
}

// Callee is a program whose functions are called by name. Run is called on the device goroutine.
type Callee interface{ Run(c *NamedCall) error }

// namedCalls are calls that are over: a call takes one of them, so that it allocates nothing.
var namedCalls = sync.Pool{New: func() any {
	c := new(NamedCall)
	c.visit.do = func() error { return c.program.Run(c) }
	c.run = c.visit.run
	return c
}}

// CallNamed lets the program p run a call within Inside, and returns its result.
func CallNamed(engine string, b *board.Board, p Callee, name string, args []any) (result uint64, err error) {
	c := namedCalls.Get().(*NamedCall)
	c.program, c.Name, c.Args, c.Result = p, name, append(c.Args[:0], args...), 0
	if err := c.visit.to(engine, b, c.run); err != nil {
		return 0, err // and it may be under way still
	}
	result = c.Result
	clear(c.Args)
	c.program = nil
	namedCalls.Put(c)
	return result, nil
}

// crashed is the error of what ended the firmware.
func crashed(c *chip.Crash) error {
	where := ""
	if c.Where != "" {
		where = " at " + c.Where
	}
	return fmt.Errorf("the firmware crashed%s: exception %d, %s", where, c.Cause, c.Why)
}

// LendArgument lends memory for a text or bytes of a call until call has returned; back, if there is one, gets what is there then. It is an
// error if there is no room.
func (s *SDK) LendArgument(data, back []byte, call func(p uint32) error) (err error) {
	if len(data) > int(s.Room()) {
		return fmt.Errorf("texts and bytes of more than %d bytes", s.program.LendSize)
	}
	s.Lend(data, uint32(len(data)), func(p uint32) {
		if err = call(p); err == nil && !s.halted {
			copy(back, s.Read(p, uint32(len(back))))
		}
	})
	return err
}
