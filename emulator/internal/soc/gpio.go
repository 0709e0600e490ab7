package soc

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/chip"
)

// Registers of the GPIO block, from gpioBase on, and the bits of GPIO_PINn (sdk-surface.md, Registers).
const (
	gpioOut        = 0x00
	gpioOutSet     = 0x04
	gpioOutClear   = 0x08
	gpioEnable     = 0x0C
	gpioEnableSet  = 0x10
	gpioEnableOff  = 0x14
	gpioIn         = 0x18
	gpioStatus     = 0x1C
	gpioStatusSet  = 0x20
	gpioStatusOff  = 0x24
	gpioPin0       = 0x28
	gpioPin15      = gpioPin0 + 15*4
	gpioCalibSync  = 0x6C
	gpioCalibValue = 0x70

	pinOpenDrain = 1 << 2
	pinTypeShift = 7
	pinTypeMask  = 7
	pinWakeup    = 1 << 10
	gpioMask     = 0xFFFF

	calibReady = 1 << 31
	calibMask  = 0x3FF
)

// Registers and bits of GPIO16 (sdk-surface.md, Registers; driver_lib, gpio16.c).
const (
	rtcGPIOOut    = rtcBase + 0x68
	rtcGPIOEnable = rtcBase + 0x74
	rtcGPIOIn     = rtcBase + 0x8C
	rtcGPIOConf   = rtcBase + 0x90
	rtcPadConf    = rtcBase + 0xA0
	rtcPadFunc    = 0x43 // bits of the pad's function
	rtcPadGPIO    = 1
	pin16         = 16
)

// Bits of the IO_MUX registers.
const (
	muxPullUp = 1 << 7
	muxFunc   = 0x13 << 4 // bits 0 and 1 of the function at 4, bit 2 at 8
)

// muxGPIO is the function that makes each pin a GPIO (sdk-surface.md, Registers).
var muxGPIO = [chip.PinCount - 1]uint32{0, 3, 0, 3, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}

// gpio are the registers of the pins. The pads, with what is connected to them, are in outside.
type gpio struct {
	out, enable, status uint32 // GPIO0 to 15, and in out and enable 16
	pin                 [chip.PinCount - 1]uint32
	mux                 [chip.PinCount - 1]uint32 // by GPIO
	padConf, rtcConf    uint32
	calibSync           uint32
}

// pullUpsBoot are the pins whose pull-ups are on at boot. Choice: those that boards must hold high for booting, and UART0's
// input.
const pullUpsBoot = 1<<0 | 1<<2 | 1<<3

// newGPIO returns the pins as they are at boot. Choice: the pins of the flash have their function 1, the others 0.
func newGPIO() gpio {
	var g gpio
	for n := 6; n <= 11; n++ {
		g.mux[n] = 1 << 4
	}
	for n := range g.mux {
		g.mux[n] |= pullUpsBoot >> n & 1 * muxPullUp
	}
	return g
}

// function returns the pin's function code in IO_MUX, 0 to 7.
func (g *gpio) function(n int) uint32 { return g.mux[n]>>4&3 | g.mux[n]>>6&4 }

// isGPIO tells whether the pin is a GPIO, and no UART or flash.
func (g *gpio) isGPIO(n int) bool {
	if n == pin16 {
		return g.padConf&rtcPadFunc == rtcPadGPIO
	}
	return g.function(n) == muxGPIO[n]
}

// drives tells whether the chip drives the pin, and which way.
func (g *gpio) drives(n int) (drives, high bool) {
	bit := uint32(1) << n
	high = g.out&bit != 0
	if g.enable&bit == 0 || !g.isGPIO(n) || n != pin16 && high && g.pin[n]&pinOpenDrain != 0 {
		return false, high
	}
	return true, high
}

func (g *gpio) pullUp(n int) bool { return n != pin16 && g.mux[n]&muxPullUp != 0 }

func (g *gpio) intType(n int) chip.GPIOIntType {
	return chip.GPIOIntType(g.pin[n] >> pinTypeShift & pinTypeMask)
}

// levels marks the interrupts of pins whose level is the one that interrupts.
func (m *System) levels() {
	for n := range m.gpio.pin {
		high := m.d.outside.level&(1<<n) != 0
		switch m.gpio.intType(n) {
		case chip.GPIOPinIntrLolevel:
			m.gpio.status |= number(!high) << n
		case chip.GPIOPinIntrHilevel:
			m.gpio.status |= number(high) << n
		}
	}
}

// edge marks the interrupt of a pin that has changed.
func (m *System) edge(n int, high bool) {
	if n >= len(m.gpio.pin) {
		return
	}
	t := m.gpio.intType(n)
	if t == chip.GPIOPinIntrAnyedge || t == chip.GPIOPinIntrPosedge && high || t == chip.GPIOPinIntrNegedge && !high {
		m.gpio.status |= 1 << n
	}
}

func (m *System) readGPIO(off uint32) (uint32, bool) {
	g := &m.gpio
	switch {
	case off == gpioOut:
		return g.out & gpioMask, true
	case off == gpioEnable:
		return g.enable & gpioMask, true
	case off == gpioIn:
		return m.d.outside.now(m.d.trace.Elapsed()) & gpioMask, true
	case off == gpioStatus:
		return g.status, true
	case off == gpioOutSet, off == gpioOutClear, off == gpioEnableSet, off == gpioEnableOff, off == gpioStatusSet, off == gpioStatusOff:
		return 0, true
	case off >= gpioPin0 && off <= gpioPin15:
		return g.pin[(off-gpioPin0)/4], true
	case off == gpioCalibSync:
		return g.calibSync, true
	case off == gpioCalibValue: // Choice: it counts in 80 MHz, and is ready at once
		return calibReady | (g.calibSync&calibMask)*rtcCycle*80>>12, true
	}
	return 0, false
}

func (m *System) writeGPIO(off, v uint32) bool {
	g := &m.gpio
	low := v & gpioMask
	switch {
	case off == gpioOut:
		g.out = g.out&^gpioMask | low
	case off == gpioOutSet:
		g.out |= low
	case off == gpioOutClear:
		g.out &^= low
	case off == gpioEnable:
		g.enable = g.enable&^gpioMask | low
	case off == gpioEnableSet:
		g.enable |= low
	case off == gpioEnableOff:
		g.enable &^= low
	case off == gpioStatus:
		g.status = low
	case off == gpioStatusSet:
		g.status |= low
	case off == gpioStatusOff:
		g.status &^= low
	case off >= gpioPin0 && off <= gpioPin15:
		g.pin[(off-gpioPin0)/4] = v
	case off == gpioCalibSync:
		g.calibSync = v
	case off == gpioIn, off == gpioCalibValue: // for reading
	default:
		return false
	}
	m.settle()
	return true
}

func (m *System) readMux(addr uint32) (uint32, bool) {
	n, ok := chip.MuxPin(addr)
	if !ok {
		return 0, false
	}
	return m.gpio.mux[n], true
}

func (m *System) writeMux(addr, v uint32) bool {
	n, ok := chip.MuxPin(addr)
	if ok {
		m.gpio.mux[n] = v
		m.settle()
	}
	return ok
}

// readRTC and writeRTC are the registers of GPIO16.
func (m *System) readRTC(addr uint32) (uint32, bool) {
	g := &m.gpio
	switch addr {
	case rtcGPIOOut:
		return g.out >> pin16 & 1, true
	case rtcGPIOEnable:
		return g.enable >> pin16 & 1, true
	case rtcGPIOIn:
		return m.d.outside.level >> pin16 & 1, true
	case rtcGPIOConf:
		return g.rtcConf, true
	case rtcPadConf:
		return g.padConf, true
	}
	return 0, false
}

func (m *System) writeRTC(addr, v uint32) bool {
	g := &m.gpio
	switch addr {
	case rtcGPIOOut:
		g.out = g.out&gpioMask | v&1<<pin16
	case rtcGPIOEnable:
		g.enable = g.enable&gpioMask | v&1<<pin16
	case rtcGPIOIn: // for reading
	case rtcGPIOConf:
		g.rtcConf = v
	case rtcPadConf:
		g.padConf = v
	default:
		return false
	}
	m.settle()
	return true
}

// GpioOutputSet changes GPIO0 to 15: set and clear say the levels of outputs, enable and disable which pins are
// outputs, a bit for each.
func (m *System) GpioOutputSet(set, clear, enable, disable uint32) {
	g := &m.gpio
	g.out = (g.out | set&gpioMask) &^ (clear & gpioMask)
	g.enable = (g.enable | enable&gpioMask) &^ (disable & gpioMask)
	m.settle()
}

// GpioInputGet returns the levels of GPIO0 to 15, a bit for each, whatever their function.
func (m *System) GpioInputGet() uint32 { return m.ReadPeriReg(gpioBase + gpioIn) }

// GpioRegisterSet writes the register at an offset of the GPIO block; see Board.WritePeriReg.
func (m *System) GpioRegisterSet(off, v uint32) { m.WritePeriReg(gpioBase+off&blockMask, v) }

// GpioRegisterGet reads the register at an offset of the GPIO block.
func (m *System) GpioRegisterGet(off uint32) uint32 {
	return m.ReadPeriReg(gpioBase + off&blockMask)
}

// GpioPinIntrStateSet says what of GPIO0 to 15 sets its bit in the status register and interrupts.
func (m *System) GpioPinIntrStateSet(pin uint32, t chip.GPIOIntType) {
	if pin < chip.PinCount-1 {
		m.gpio.pin[pin] = m.gpio.pin[pin]&^(pinTypeMask<<pinTypeShift) | uint32(t)&pinTypeMask<<pinTypeShift
		m.settle()
	}
}

// GpioIntrPending returns the status register: the pins that want an interrupt.
func (m *System) GpioIntrPending() uint32 { return m.gpio.status }

// GpioIntrAck clears bits of the status register.
func (m *System) GpioIntrAck(mask uint32) { m.writeGPIO(gpioStatusOff, mask) }

// GpioPinWakeupEnable says which level of a pin ends light sleep, low or high.
func (m *System) GpioPinWakeupEnable(pin uint32, t chip.GPIOIntType) {
	if pin < chip.PinCount-1 && (t == chip.GPIOPinIntrLolevel || t == chip.GPIOPinIntrHilevel) {
		m.gpio.pin[pin] |= pinWakeup
		m.GpioPinIntrStateSet(pin, t)
	}
}

// GpioPinWakeupDisable takes GpioPinWakeupEnable back for all pins.
func (m *System) GpioPinWakeupDisable() {
	for n := range m.gpio.pin {
		if p := &m.gpio.pin[n]; *p&pinWakeup != 0 {
			*p &^= pinWakeup
			m.GpioPinIntrStateSet(uint32(n), chip.GPIOPinIntrDisable)
		}
	}
}

// PinFuncSelect sets the function of a pin, 0 to 7, by the address of its register in IO_MUX, as the macro
// PIN_FUNC_SELECT does: 0 makes GPIO0, 2, 4 and 5 GPIOs, 3 the others.
func (m *System) PinFuncSelect(mux, function uint32) {
	v := m.ReadPeriReg(mux)
	m.WritePeriReg(mux, v&^muxFunc|function&3<<4|function&4<<6)
}

// PinPullupEn switches the pull-up of a pin on, by the address of its register in IO_MUX.
func (m *System) PinPullupEn(mux uint32) { m.WritePeriReg(mux, m.ReadPeriReg(mux)|muxPullUp) }

// PinPullupDis switches the pull-up of a pin off, by the address of its register in IO_MUX.
func (m *System) PinPullupDis(mux uint32) {
	m.WritePeriReg(mux, m.ReadPeriReg(mux)&^muxPullUp)
}

// Gpio16OutputConf makes GPIO16 an output (driver/gpio16.h).
func (m *System) Gpio16OutputConf() { m.gpio16(1) }

// Gpio16InputConf makes GPIO16 an input (driver/gpio16.h).
func (m *System) Gpio16InputConf() { m.gpio16(0) }

func (m *System) gpio16(enable uint32) {
	g := &m.gpio
	g.padConf = g.padConf&^rtcPadFunc | rtcPadGPIO
	g.rtcConf &^= 1
	m.writeRTC(rtcGPIOEnable, enable)
}

// Gpio16OutputSet sets the level of the output, 0 or 1.
func (m *System) Gpio16OutputSet(value uint8) { m.writeRTC(rtcGPIOOut, uint32(value)) }

// Gpio16InputGet returns the level of GPIO16, 0 or 1.
func (m *System) Gpio16InputGet() uint8 { return uint8(m.ReadPeriReg(rtcGPIOIn)) }

// number turns a bool into C's.
func number(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

func hex(format string, addr uint32) string { return fmt.Sprintf(format, fmt.Sprintf("0x%08x", addr)) }
