package soc

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// i2cMaster is the driver's state: the lines as it left them (driver/i2c_master.h).
type i2cMaster struct{ sda, scl bool }

// i2cHalf is the pause after each change of the lines, in µs; i2cHold is that of the acknowledge (driver_lib,
// i2c_master.c). A bit takes ten or more, so the clock has less than 100 kHz.
const (
	i2cHalf = 5
	i2cHold = 8
)

// i2cLines moves SDA and SCL and waits.
func (m *System) i2cLines(sda, scl bool, us uint32) {
	const both = 1<<i2cSDA | 1<<i2cSCL
	high := number(sda)<<i2cSDA | number(scl)<<i2cSCL
	m.GpioOutputSet(high, both&^high, both, 0)
	m.i2c = i2cMaster{sda, scl}
	m.Busy(time.Duration(us) * time.Microsecond)
}

// I2cMasterGpioInit makes GPIO2 (SDA) and GPIO14 (SCL) open drains for the functions I2cMaster..., which move them as
// the SDK's driver does, and sets the bus free.
func (m *System) I2cMasterGpioInit() {
	for _, n := range []uint32{i2cSDA, i2cSCL} {
		m.PinFuncSelect(chip.PinMux(int(n)), muxGPIO[n])
		reg := gpioBase + gpioPin0 + 4*n
		m.WritePeriReg(reg, m.ReadPeriReg(reg)|pinOpenDrain)
	}
	m.I2cMasterInit()
}

// I2cMasterInit gives slaves that are in the middle of a byte the clocks to end it, and ends with a stop.
func (m *System) I2cMasterInit() {
	m.i2cLines(true, true, i2cHalf)
	for range 28 {
		m.i2cLines(true, false, i2cHalf)
		m.i2cLines(true, true, i2cHalf)
	}
	m.I2cMasterStop()
}

// I2cMasterStart begins a transfer, also a second one without stop.
func (m *System) I2cMasterStart() {
	m.i2cLines(true, m.i2c.scl, i2cHalf)
	m.i2cLines(true, true, i2cHalf)
	m.i2cLines(false, true, i2cHalf)
}

// I2cMasterStop ends a transfer.
func (m *System) I2cMasterStop() {
	m.i2cLines(false, m.i2c.scl, i2cHalf)
	m.i2cLines(false, true, i2cHalf)
	m.i2cLines(true, true, i2cHalf)
}

// i2cClock sends one bit, or lets the slave do it, and returns what is on the line.
func (m *System) i2cClock(bit bool, us uint32) bool {
	m.i2cLines(m.i2c.sda, false, i2cHalf)
	m.i2cLines(bit, false, i2cHalf)
	m.i2cLines(bit, true, us)
	high := m.GpioInputGet()&(1<<i2cSDA) != 0
	m.i2cLines(bit, false, i2cHalf)
	return high
}

// I2cMasterSetAck answers a byte that was read: 0 acknowledges, 1 does not.
func (m *System) I2cMasterSetAck(level uint8) {
	m.i2cClock(level != 0, i2cHold)
	m.i2cLines(true, false, i2cHalf)
}

// I2cMasterGetAck returns the slave's answer to a byte: 0 if it acknowledges, 1 if not.
func (m *System) I2cMasterGetAck() uint8 { return uint8(number(m.i2cClock(true, i2cHalf))) }

// I2cMasterReadByte reads a byte; an acknowledge must follow.
func (m *System) I2cMasterReadByte() (b uint8) {
	for range 8 {
		b = b<<1 | uint8(number(m.i2cClock(true, i2cHalf)))
	}
	return b
}

// I2cMasterWriteByte writes a byte; the slave's answer must be read.
func (m *System) I2cMasterWriteByte(b uint8) {
	for bit := range 8 {
		m.i2cClock(b&(0x80>>bit) != 0, i2cHalf)
	}
}
