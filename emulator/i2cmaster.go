package emulator

import "github.com/emu8266/emu8266/emulator/chip"

// i2cMaster is the driver's state: the lines as it left them (driver/i2c_master.h).
type i2cMaster struct{ sda, scl bool }

// i2cHalf is the pause after each change of the lines, in µs; i2cHold is that of the acknowledge (driver_lib,
// i2c_master.c). A bit takes ten or more, so the clock has less than 100 kHz.
const (
	i2cHalf = 5
	i2cHold = 8
)

// lines moves SDA and SCL and waits. Both are open drains of GPIO2 and GPIO14.
func (s *SDK) i2cLines(sda, scl bool, us uint32) {
	const both = 1<<i2cSDA | 1<<i2cSCL
	high := number(sda)<<i2cSDA | number(scl)<<i2cSCL
	s.GpioOutputSet(high, both&^high, both, 0)
	s.board.m.i2c = i2cMaster{sda, scl}
	s.OsDelayUs(us)
}

// I2cMasterGpioInit makes GPIO2 (SDA) and GPIO14 (SCL) open drains for the functions I2cMaster..., which move them as the
// SDK's driver does, and sets the bus free. Choice: only what the slaves see is as the driver's; pauses between bytes are
// shorter.
func (s *SDK) I2cMasterGpioInit() {
	for _, n := range []uint32{i2cSDA, i2cSCL} {
		s.PinFuncSelect(chip.PinMux(int(n)), muxGPIO[n])
		reg := gpioBase + gpioPin0 + 4*n
		s.WritePeriReg(reg, s.ReadPeriReg(reg)|pinOpenDrain)
	}
	s.I2cMasterInit()
}

// I2cMasterInit gives slaves that are in the middle of a byte the clocks to end it, and ends with a stop.
func (s *SDK) I2cMasterInit() {
	s.i2cLines(true, true, i2cHalf)
	for range 28 {
		s.i2cLines(true, false, i2cHalf)
		s.i2cLines(true, true, i2cHalf)
	}
	s.I2cMasterStop()
}

// I2cMasterStart begins a transfer, also a second one without stop.
func (s *SDK) I2cMasterStart() {
	s.i2cLines(true, s.board.m.i2c.scl, i2cHalf)
	s.i2cLines(true, true, i2cHalf)
	s.i2cLines(false, true, i2cHalf)
}

// I2cMasterStop ends a transfer.
func (s *SDK) I2cMasterStop() {
	s.i2cLines(false, s.board.m.i2c.scl, i2cHalf)
	s.i2cLines(false, true, i2cHalf)
	s.i2cLines(true, true, i2cHalf)
}

// clock sends one bit, or lets the slave do it, and returns what is on the line.
func (s *SDK) i2cClock(bit bool, us uint32) bool {
	s.i2cLines(s.board.m.i2c.sda, false, i2cHalf)
	s.i2cLines(bit, false, i2cHalf)
	s.i2cLines(bit, true, us)
	high := s.GpioInputGet()&(1<<i2cSDA) != 0
	s.i2cLines(bit, false, i2cHalf)
	return high
}

// I2cMasterSetAck answers a byte that was read: 0 acknowledges, 1 does not.
func (s *SDK) I2cMasterSetAck(level uint8) {
	s.i2cClock(level != 0, i2cHold)
	s.i2cLines(true, false, i2cHalf)
}

// I2cMasterSendAck is I2cMasterSetAck(0).
func (s *SDK) I2cMasterSendAck() { s.I2cMasterSetAck(0) }

// I2cMasterSendNack is I2cMasterSetAck(1).
func (s *SDK) I2cMasterSendNack() { s.I2cMasterSetAck(1) }

// I2cMasterGetAck returns the slave's answer to a byte: 0 if it acknowledges, 1 if not.
func (s *SDK) I2cMasterGetAck() uint8 { return uint8(number(s.i2cClock(true, i2cHalf))) }

// I2cMasterCheckAck tells whether the slave acknowledges.
func (s *SDK) I2cMasterCheckAck() bool { return s.I2cMasterGetAck() == 0 }

// I2cMasterReadByte reads a byte; an acknowledge must follow.
func (s *SDK) I2cMasterReadByte() (b uint8) {
	for range 8 {
		b = b<<1 | uint8(number(s.i2cClock(true, i2cHalf)))
	}
	return b
}

// I2cMasterWriteByte writes a byte; the slave's answer must be read.
func (s *SDK) I2cMasterWriteByte(b uint8) {
	for bit := range 8 {
		s.i2cClock(b&(0x80>>bit) != 0, i2cHalf)
	}
}
