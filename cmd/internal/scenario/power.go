package scenario

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/flash"
)

// restart presses the reset button.
func (r *runner) restart(args []string) error {
	if len(args) > 0 {
		return errWords
	}
	if err := r.dev.Reset(); err != nil {
		return err
	}
	return r.again()
}

// again boots the firmware that ran before.
func (r *runner) again() error {
	r.crashed = false
	err := r.dev.Boot(nil)
	if errors.Is(err, emulator.ErrRunning) {
		err = nil // it has booted by itself
	}
	if err == nil && r.program == nil {
		time.Sleep(time.Second)
	}
	return err
}

// power switches the device off and on: power off|on|cycle.
func (r *runner) power(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	if err := oneOf(args[0], "off", "on", "cycle"); err != nil {
		return err
	}
	if args[0] != "on" {
		if err := r.dev.PowerCycle(); err != nil {
			return err
		}
	}
	if args[0] == "off" {
		return nil
	}
	if err := r.dev.Do(func() { r.dev.Flash().PowerOn() }); err != nil {
		return err
	}
	return r.again()
}

// chip runs fn with the flash chip, whoever has it.
func (r *runner) chip(fn func(c *flash.Chip) error) error {
	if r.dev == nil {
		return fn(r.config.Flash)
	}
	var err error
	if e := r.dev.Do(func() { err = fn(r.dev.Flash()) }); e != nil {
		return e
	}
	return err
}

// moments are when power fails, seen from a step of the flash chip.
var moments = map[string]flash.Moment{"before": flash.Before, "during": flash.During, "after": flash.After}

// faults are what is wrong with a sector.
var faults = map[string]flash.SectorFault{"sound": flash.Sound, "worn": flash.Worn, "dead": flash.Dead}

// flash does something to the flash chip: flash cut N [before|during|after], flash fail SECTOR [worn|dead|sound],
// flash write ADDR HEX, flash erase SECTOR.
func (r *runner) flash(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errWords
	}
	if err := oneOf(args[0], "cut", "fail", "write", "erase"); err != nil {
		return err
	}
	size := uint64(r.config.Flash.Size())
	switch args[0] {
	case "cut":
		n, err := number(args[1], 1, numberMax)
		if err != nil {
			return err
		}
		when := "during"
		if len(args) > 2 {
			when = args[2]
		}
		if err := oneOf(when, "before", "during", "after"); err != nil {
			return err
		}
		return r.chip(func(c *flash.Chip) error {
			c.CutPower(flash.PowerCut{Step: n, Moment: moments[when], Seed: max(r.Seed, 1)})
			return nil
		})
	case "write":
		if len(args) != 3 {
			return errWords
		}
		addr, err := number(args[1], 0, size-1)
		if err != nil {
			return err
		}
		b, err := hex.DecodeString(args[2])
		if err != nil || len(b)%flash.WriteUnit != 0 || addr%flash.WriteUnit != 0 || addr+uint64(len(b)) > size {
			return mistake("%q: hexadecimal digits of whole words of 4 bytes, at an address that is a multiple of 4, are wanted", args[2])
		}
		return r.chip(func(c *flash.Chip) error { return c.Write(uint32(addr), b) })
	}
	sector, err := number(args[1], 0, size/flash.SectorSize-1)
	if err != nil {
		return err
	}
	if args[0] == "erase" {
		if len(args) > 2 {
			return errWords
		}
		return r.chip(func(c *flash.Chip) error { return c.EraseSector(uint32(sector)) })
	}
	how := "dead"
	if len(args) > 2 {
		how = args[2]
	}
	if err := oneOf(how, "worn", "dead", "sound"); err != nil {
		return err
	}
	return r.chip(func(c *flash.Chip) error { return c.FailSector(uint32(sector), faults[how]) })
}

// expectFlash checks bytes of the flash: expect flash ADDR HEX.
func (r *runner) expectFlash(at, want string) error {
	addr, err := number(at, 0, uint64(r.config.Flash.Size()-1))
	if err != nil {
		return err
	}
	b, err := hex.DecodeString(want)
	if err != nil || len(b) == 0 {
		return mistake("%q: hexadecimal digits are wanted", want)
	}
	got := make([]byte, len(b))
	if err := r.chip(func(c *flash.Chip) error {
		_, err := c.ReadAt(got, int64(addr))
		return err
	}); err != nil {
		return err
	}
	if string(got) != string(b) {
		return fmt.Errorf("there is %x", got)
	}
	return nil
}

// expectErases checks how often a sector was erased: expect erases SECTOR N|<N|>N.
func (r *runner) expectErases(sector, want string) error {
	n, err := number(sector, 0, uint64(r.config.Flash.Sectors()-1))
	if err != nil {
		return err
	}
	fits, err := compared(want)
	if err != nil {
		return err
	}
	var got uint32
	if err := r.chip(func(c *flash.Chip) error {
		got = c.Erases(uint32(n))
		return nil
	}); err != nil {
		return err
	}
	if !fits(uint64(got)) {
		return fmt.Errorf("it was erased %d times", got)
	}
	return nil
}

// subnetOf sets the network's addresses: network PREFIX. It comes before all that needs the network.
func (r *runner) subnetOf(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	p, err := netip.ParsePrefix(args[0])
	if err != nil || !p.Addr().Is4() || p.Bits() < 8 || p.Bits() > 24 {
		return mistake("%q: a network such as 192.168.1.0/24 is wanted", args[0])
	}
	if r.network != nil {
		return mistake("the network is there: a line network before all others that need it is wanted")
	}
	r.subnet = p.Masked()
	return nil
}

// clientOnly says that a command is for the built-in client.
func (r *runner) clientOnly(name string) error {
	if r.program != nil {
		return mistake("%s is for the built-in client, and the project's firmware makes its calls itself: another line is wanted", name)
	}
	return nil
}

// firmwareLine names the firmware of the take: firmware FILE, firmware client.
func (r *runner) firmwareLine(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	if r.dev != nil || r.network != nil {
		return mistake("the device is on: a line firmware before all others is wanted")
	}
	chip := r.config.Flash
	switch {
	case args[0] == "client":
		r.use(nil)
	case r.Open == nil:
		return mistake("firmware from a file cannot be had here: firmware client is wanted")
	default:
		p, err := r.Open(args[0])
		if err != nil {
			return mistake("%v: an image of emu8266 build, or an ELF file, is wanted", err)
		}
		r.use(p)
	}
	r.config.Flash = chip
	for _, change := range r.changes {
		change(&r.config)
	}
	return nil
}

// stub lets a call of the SDK fail: stub FUNCTION returns N [call=N] [times=N].
func (r *runner) stub(args []string) error {
	if len(args) < 3 || args[1] != "returns" {
		return errWords
	}
	if r.program == nil {
		return mistake("stub is for firmware of a project: a line firmware is wanted")
	}
	if !knownFunction(args[0]) {
		return unknownFunction(args[0])
	}
	value, err := signed(args[2])
	if err != nil {
		return err
	}
	o, err := options(args[3:], "call", "times")
	if err != nil {
		return err
	}
	first, times := uint64(1), uint64(1)
	if v := o["call"]; v != "" {
		if first, err = number(v, 1, countMax); err != nil {
			return err
		}
	}
	if v := o["times"]; v != "" {
		if times, err = number(v, 1, repeatMax); err != nil {
			return err
		}
	}
	for n := range times {
		r.dev.FailCall(args[0], value, int(first+n))
	}
	return nil
}

// call calls a function of the firmware: call FUNCTION [NUMBER|"TEXT"...].
func (r *runner) callC(args []string) error {
	if len(args) == 0 {
		return errWords
	}
	f, ok := r.running.(interface {
		Call(name string, args ...any) (uint64, error)
	})
	if !ok {
		return mistake("call is for firmware in C: a line firmware is wanted")
	}
	var values []any
	for _, a := range args[1:] {
		if v, err := signed(a); err == nil {
			values = append(values, v)
			continue
		}
		t, err := text(a)
		if err != nil {
			return err
		}
		values = append(values, t)
	}
	v, err := f.Call(args[0], values...)
	if err != nil {
		return err
	}
	return r.dev.Do(func() { r.returned = resultText(v) })
}

// signed reads a number of C's int.
func signed(word string) (int32, error) {
	rest, minus := strings.CutPrefix(word, "-")
	n, err := number(rest, 0, numberMax)
	if err != nil || minus && n > 1<<31 {
		return 0, mistake("%q: a number of 32 bits is wanted", word)
	}
	if minus {
		return int32(-int64(n)), nil
	}
	return int32(uint32(n)), nil
}
