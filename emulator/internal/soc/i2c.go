package soc

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/trace"
)

// I2C has the methods of emulator.I2C, which says what they do.
type I2C struct{ d *Device }

// I2C returns the device's I2C bus.
func (d *Device) I2C() *I2C { return &I2C{d} }

// Attach is emulator.I2C.Attach.
func (i *I2C) Attach(addr uint8, s I2CSlave) error {
	if addr < 0x08 || addr > 0x77 {
		return fmt.Errorf("emulator: I2C address 0x%02x: 0x08 to 0x77 are for slaves", addr)
	}
	return i.d.Input(func() {
		b := &i.d.outside.bus
		if b.slaves == nil {
			b.slaves = map[uint8]I2CSlave{}
		}
		b.slaves[addr] = s
		if s == nil {
			delete(b.slaves, addr)
		}
		i.d.settle()
	})
}

// SetPins is emulator.I2C.SetPins.
func (i *I2C) SetPins(sda, scl int) error {
	if err := checkPin(sda); err != nil {
		return err
	}
	if err := checkPin(scl); err != nil {
		return err
	}
	if sda == scl {
		return fmt.Errorf("emulator: SDA and SCL are both GPIO%d", sda)
	}
	return i.d.Input(func() {
		b := &i.d.outside.bus
		b.sda, b.scl, b.moved = sda, scl, true
		b.release()
		i.d.settle()
	})
}

// Pins of the I2C bus unless I2C.SetPins says otherwise: those of the driver (sdk-surface.md, driver_lib).
const (
	i2cSDA = 2
	i2cSCL = 14
)

// I2CSlave is a sensor or another slave on the I2C bus. Its methods are called on the device goroutine and must return at
// once; they must not wait for the device.
type I2CSlave interface {
	// Start is called when the slave is addressed, for reading or for writing; true acknowledges.
	Start(read bool) bool
	// Write takes a byte of the master; true acknowledges.
	Write(b byte) bool
	// Read returns the byte that the master reads next.
	Read() byte
	// Stop ends the transfer.
	Stop()
}

// i2cBus follows the two lines.
type i2cBus struct {
	slaves   map[uint8]I2CSlave // nil: there is no bus
	moved    bool               // sda and scl are set
	sda, scl int
	low      uint32 // lines that a slave holds low

	slave     I2CSlave // the one addressed; nil: none
	addr      uint8
	reading   bool
	active    bool   // between start and stop
	addressed bool   // the address byte has come
	enough    bool   // the master did not acknowledge what it read
	bits      int    // of the byte under way, 0 to 8; the ninth is the acknowledge
	in, out   byte   // the byte that comes in, or goes out
	moving    []byte // the transfer's bytes, for the trace
}

// i2cTraceMax bounds the bytes of a transfer that the trace shows. Choice.
const i2cTraceMax = 32

func (b *i2cBus) lines() (sda, scl int) {
	if !b.moved {
		return i2cSDA, i2cSCL
	}
	return b.sda, b.scl
}

// line tells whether a pin is one of the bus in use.
func (b *i2cBus) line(n int) bool {
	sda, scl := b.lines()
	return b.slaves != nil && (n == sda || n == scl)
}

// pulled is the mask of the pull-ups.
func (b *i2cBus) pulled() uint32 {
	if b.slaves == nil {
		return 0
	}
	sda, scl := b.lines()
	return 1<<sda | 1<<scl
}

func (b *i2cBus) release() { b.low, b.active, b.slave, b.bits = 0, false, nil, 0 }

// step follows a change of the lines. If both change at once SCL comes first when it falls, and last when it rises.
func (b *i2cBus) step(d *Device, old, level uint32) {
	if b.slaves == nil {
		b.release()
		return
	}
	sda, scl := b.lines()
	clock, data := level&(1<<scl) != 0, level&(1<<sda) != 0
	wasClock, wasData := old&(1<<scl) != 0, old&(1<<sda) != 0
	switch {
	case clock && wasClock && wasData && !data:
		b.start(d)
	case clock && wasClock && !wasData && data:
		b.stop(d)
	case clock && !wasClock && b.active:
		b.rise(data)
	case !clock && wasClock && b.active:
		b.fall(sda)
	}
}

func (b *i2cBus) start(d *Device) {
	b.note(d)
	b.slave, b.active, b.addressed, b.reading, b.enough, b.bits, b.low = nil, true, false, false, false, 0, 0
}

func (b *i2cBus) stop(d *Device) {
	if b.active && b.slave != nil {
		b.slave.Stop()
	}
	b.note(d)
	b.release()
}

// note puts the transfer that ends into the trace.
func (b *i2cBus) note(d *Device) {
	if !b.active || !b.addressed {
		return
	}
	kind, text := trace.KindWrite, fmt.Sprintf("% x", b.moving)
	if b.reading {
		kind = trace.KindRead
	}
	if b.slave == nil {
		text = "nobody answers"
	}
	d.trace.Add(trace.Event{Source: trace.SourceI2C, Kind: kind, Name: fmt.Sprintf("0x%02x", b.addr),
		Value: int64(len(b.moving)), Text: text})
	b.moving = nil
}

func (b *i2cBus) keep(c byte) {
	if len(b.moving) < i2cTraceMax {
		b.moving = append(b.moving, c)
	}
}

// rise is the clock going high: the bit counts now.
func (b *i2cBus) rise(data bool) {
	if b.bits < 8 {
		b.in = b.in<<1 | byte(number(data))
	} else if b.reading && data {
		b.enough = true
	}
	b.bits++
}

// fall is the clock going low: the next bit may be put on the line.
func (b *i2cBus) fall(sda int) {
	b.low = 0
	switch {
	case b.bits == 8 && !b.sends():
		if b.take(b.in) {
			b.low = 1 << sda
		}
	case b.bits == 9:
		b.bits = 0
		if b.sendsNext() {
			b.out = b.slave.Read()
			b.keep(b.out)
			b.put(sda)
		}
	case b.bits < 8 && b.sends():
		b.put(sda)
	}
}

// sends tells whether the bits of this byte come from the slave.
func (b *i2cBus) sends() bool { return b.sendsNext() && b.bits > 0 }

// sendsNext tells whether those of the byte that begins do.
func (b *i2cBus) sendsNext() bool { return b.addressed && b.reading && b.slave != nil && !b.enough }

// put puts the next bit of the slave's byte on the line.
func (b *i2cBus) put(sda int) {
	if b.out&(0x80>>b.bits) == 0 {
		b.low = 1 << sda
	}
}

// take is a byte of the master; true acknowledges it.
func (b *i2cBus) take(c byte) bool {
	if b.addressed {
		if b.slave == nil || b.reading { // a slave that was read lets go after the byte that was not acknowledged
			return false
		}
		b.keep(c)
		return b.slave.Write(c)
	}
	b.addressed, b.addr, b.reading = true, c>>1, c&1 != 0
	b.slave = b.slaves[b.addr]
	if b.slave != nil && !b.slave.Start(b.reading) {
		b.slave = nil
	}
	return b.slave != nil
}
