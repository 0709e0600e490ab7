package emulator

import (
	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// I2C is the bus that slaves hang on. The chip has no I2C hardware: firmware moves two GPIOs (driver/i2c_master.h, or code
// of its own), and the bus watches them. It and its pull-ups are there as soon as a slave was attached. Each transfer is an event of the
// trace (source "i2c"). Its methods may be called from any goroutine.
type I2C struct{ soc *soc.I2C }

// I2C returns the device's I2C bus.
func (d *Device) I2C() *I2C { return &I2C{d.soc.I2C()} }

// Attach puts a slave on the bus at an address of 7 bits, 0x08 to 0x77, in place of one that is there already; nil takes
// that away. Its methods run on the device goroutine. It stays over resets.
func (i *I2C) Attach(addr uint8, s I2CSlave) error { return i.soc.Attach(addr, s) }

// SetPins says which GPIOs the bus hangs on: 2 and 14 at first.
func (i *I2C) SetPins(sda, scl int) error { return i.soc.SetPins(sda, scl) }

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

// I2CRegisters is a slave with 256 registers, as most sensors are: the first byte written is the number of a register,
// further ones go there and to the next, reading goes on from there. The zero value works. It belongs to the device
// goroutine: read and change it in Device.Do.
type I2CRegisters struct {
	Reg   [256]byte
	at    byte
	named bool
}

// Start implements I2CSlave.
func (r *I2CRegisters) Start(bool) bool {
	r.named = false
	return true
}

// Write implements I2CSlave.
func (r *I2CRegisters) Write(b byte) bool {
	if !r.named {
		r.at, r.named = b, true
		return true
	}
	r.Reg[r.at] = b
	r.at++
	return true
}

// Read implements I2CSlave.
func (r *I2CRegisters) Read() byte {
	b := r.Reg[r.at]
	r.at++
	return b
}

// Stop implements I2CSlave.
func (r *I2CRegisters) Stop() {}
