package scenario

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
)

// pinMax is the highest pin, GPIO16 of the RTC.
const pinMax = 16

// pin drives a pin from outside, or leaves it alone: pin N high|low|release.
func (r *runner) pin(args []string) error {
	if len(args) != 2 {
		return errWords
	}
	n, err := number(args[0], 0, pinMax)
	if err != nil {
		return err
	}
	if err := oneOf(args[1], "high", "low", "release"); err != nil {
		return err
	}
	if args[1] == "release" {
		return r.dev.Pins().Release(int(n))
	}
	return r.dev.Pins().Set(int(n), args[1] == "high")
}

// A press of a button lasts, and its contact bounces, as long as usual ones do. Choice.
const (
	pressTime  = 100 * time.Millisecond
	bounceTime = time.Millisecond
	bouncesMax = 100
)

// button presses a button between a pin and ground: button N [for=DURATION] [bounces=N].
func (r *runner) button(args []string) error {
	if len(args) == 0 {
		return errWords
	}
	n, err := number(args[0], 0, pinMax)
	if err != nil {
		return err
	}
	o, err := options(args[1:], "for", "bounces")
	if err != nil {
		return err
	}
	held := pressTime
	if v := o["for"]; v != "" {
		if held, err = duration(v); err != nil {
			return err
		}
	}
	bounces := uint64(0)
	if v := o["bounces"]; v != "" {
		if bounces, err = number(v, 0, bouncesMax); err != nil {
			return err
		}
	}
	pins, at := r.dev.Pins(), int(n)
	contact := func(closed bool) error {
		if closed {
			return pins.Set(at, false)
		}
		return pins.Set(at, true) // the board's pull-up
	}
	edge := func(closed bool) error {
		for range bounces {
			for _, c := range []bool{closed, !closed} {
				if err := contact(c); err != nil {
					return err
				}
				time.Sleep(bounceTime)
			}
		}
		return contact(closed)
	}
	if err := edge(true); err != nil {
		return err
	}
	time.Sleep(held)
	return edge(false)
}

// adc sets the voltage at TOUT, in 1/1024 V.
func (r *runner) adc(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	n, err := number(args[0], 0, 1024)
	if err != nil {
		return err
	}
	return r.dev.Pins().SetTOUT(uint16(n))
}

// supply sets the supply voltage, in 1/1024 V.
func (r *runner) supply(args []string) error {
	if len(args) != 1 {
		return errWords
	}
	n, err := number(args[0], 0, sizeMax-1)
	if err != nil {
		return err
	}
	return r.dev.Pins().SetVDD33(uint16(n))
}

// Addresses of slaves.
const i2cFirst, i2cLast = 0x08, 0x77

// i2c puts a sensor on the bus, sets its registers, or takes it away: i2c ADDR REG=BYTE[,BYTE...]..., i2c ADDR none, i2c pins SDA SCL.
func (r *runner) i2c(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	if args[0] == "pins" {
		if len(args) != 3 {
			return errWords
		}
		sda, err := number(args[1], 0, pinMax-1)
		if err != nil {
			return err
		}
		scl, err := number(args[2], 0, pinMax-1)
		if err != nil {
			return err
		}
		return r.dev.I2C().SetPins(int(sda), int(scl))
	}
	addr, err := number(args[0], i2cFirst, i2cLast)
	if err != nil {
		return err
	}
	if args[1] == "none" {
		if len(args) > 2 {
			return errWords
		}
		delete(r.slaves, uint8(addr))
		return r.dev.I2C().Attach(uint8(addr), nil)
	}
	type set struct {
		reg    uint64
		values []byte
	}
	var sets []set
	for _, a := range args[1:] {
		name, list, ok := strings.Cut(a, "=")
		if !ok {
			return mistake("%q: REG=BYTE[,BYTE...] is wanted", a)
		}
		reg, err := number(name, 0, 0xFF)
		if err != nil {
			return err
		}
		values, err := bytesOf(list)
		if err != nil {
			return err
		}
		sets = append(sets, set{reg, values})
	}
	s := r.slaves[uint8(addr)]
	if s == nil {
		s = &emulator.I2CRegisters{}
		r.slaves[uint8(addr)] = s
		if err := r.dev.I2C().Attach(uint8(addr), s); err != nil {
			return err
		}
	}
	return r.dev.Do(func() {
		for _, one := range sets {
			for i, v := range one.values {
				s.Reg[byte(one.reg)+byte(i)] = v
			}
		}
	})
}

// bytesOf reads numbers of a byte with commas between them.
func bytesOf(list string) ([]byte, error) {
	var out []byte
	for _, w := range strings.Split(list, ",") {
		n, err := number(w, 0, 0xFF)
		if err != nil {
			return nil, err
		}
		out = append(out, byte(n))
	}
	return out, nil
}

// expectPin checks a level, or waits for it.
func (r *runner) expectPin(args []string) error {
	if len(args) < 2 {
		return errWords
	}
	n, err := number(args[0], 0, pinMax)
	if err != nil {
		return err
	}
	if err := oneOf(args[1], "high", "low"); err != nil {
		return err
	}
	high := args[1] == "high"
	o, err := options(args[2:], "within")
	if err != nil {
		return err
	}
	if v := o["within"]; v != "" {
		d, err := duration(v)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), d)
		defer cancel()
		if r.dev.Pins().Wait(ctx, int(n), high) == nil {
			return nil
		}
	}
	if r.dev.Pins().High(int(n)) != high {
		return fmt.Errorf("the pin is %s", map[bool]string{true: "high", false: "low"}[!high])
	}
	return nil
}

// expectI2C checks registers of a sensor: expect i2c ADDR REG=BYTE[,BYTE...].
func (r *runner) expectI2C(args []string) error {
	if len(args) != 2 {
		return errWords
	}
	addr, err := number(args[0], i2cFirst, i2cLast)
	if err != nil {
		return err
	}
	name, list, ok := strings.Cut(args[1], "=")
	if !ok {
		return mistake("%q: REG=BYTE[,BYTE...] is wanted", args[1])
	}
	reg, err := number(name, 0, 0xFF)
	if err != nil {
		return err
	}
	want, err := bytesOf(list)
	if err != nil {
		return err
	}
	s := r.slaves[uint8(addr)]
	if s == nil {
		return mistake("there is no sensor at %#x: a line i2c is wanted before", addr)
	}
	var got []byte
	if err := r.dev.Do(func() {
		for i := range want {
			got = append(got, s.Reg[byte(reg)+byte(i)])
		}
	}); err != nil {
		return err
	}
	if string(got) != string(want) {
		return fmt.Errorf("the registers are % #x", got)
	}
	return nil
}

// resultText prints a C function's result as C's int.
func resultText(v uint64) string { return strconv.Itoa(int(int32(uint32(v)))) }
