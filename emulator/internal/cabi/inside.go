package cabi

import (
	"errors"
	"fmt"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
)

// ErrNotRunning is the error of Inside when there is no program to go into.
var ErrNotRunning = errors.New("no firmware runs: it was not booted, or was reset, or crashed (Device.Crash)")

// Inside runs fn on the goroutine of the device that a program was booted on, for tests that call its functions and read its variables.
// b is nil if it never was. Errors begin with the engine's name. If fn crashes the program, that is the error, and the firmware ends as
// it does after any crash.
func Inside(engine string, b *board.Board, fn func() error) error {
	if b == nil {
		return fmt.Errorf("%s: %w", engine, ErrNotRunning)
	}
	var err error
	if e := b.Do(func() {
		defer func() {
			if r := recover(); r != nil {
				if c, ok := r.(*chip.Crash); ok {
					err = crashed(c)
				}
				panic(r) // the loop ends the firmware
			}
		}()
		err = fn()
	}); e != nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("%s: %w", engine, err)
	}
	return nil
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
