package sdk

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// GpioInit prepares the GPIOs, which needs nothing here.
func (s *SDK) GpioInit() {}

// GpioOutputSet changes GPIO0 to 15: set and clear say the levels of outputs, enable and disable which pins are outputs, a
// bit for each. Only pins whose function in IO_MUX is GPIO show it.
func (s *SDK) GpioOutputSet(set, clear, enable, disable uint32) {
	s.board.GpioOutputSet(set, clear, enable, disable)
}

// GpioInputGet returns the levels of GPIO0 to 15, a bit for each, whatever their function. In loops it takes time as
// Board.ReadPeriReg does.
func (s *SDK) GpioInputGet() uint32 { return s.board.GpioInputGet() }

// GpioRegisterSet writes the register at an offset of the GPIO block; see Board.WritePeriReg.
func (s *SDK) GpioRegisterSet(off, v uint32) { s.board.GpioRegisterSet(off, v) }

// GpioRegisterGet reads the register at an offset of the GPIO block.
func (s *SDK) GpioRegisterGet(off uint32) uint32 { return s.board.GpioRegisterGet(off) }

// GpioPinIntrStateSet says what of GPIO0 to 15 sets its bit in the status register and interrupts. Other pins are ignored.
func (s *SDK) GpioPinIntrStateSet(pin uint32, t chip.GPIOIntType) {
	s.board.GpioPinIntrStateSet(pin, t)
}

// GpioIntrPending returns the status register: the pins that want an interrupt.
func (s *SDK) GpioIntrPending() uint32 { return s.board.GpioIntrPending() }

// GpioIntrAck clears bits of the status register.
func (s *SDK) GpioIntrAck(mask uint32) { s.board.GpioIntrAck(mask) }

// GpioIntrHandlerRegister makes fn the handler of the interrupts of all pins; it gets the status register, and calls
// GpioIntrAck. Choice: it takes the place of the handler of IntGPIO and unmasks that; nil takes it away.
func (s *SDK) GpioIntrHandlerRegister(fn func(mask uint32)) {
	if fn == nil {
		s.EtsIsrAttach(chip.IntGPIO, nil)
		return
	}
	s.EtsIsrAttach(chip.IntGPIO, func() { fn(s.GpioIntrPending()) })
	s.EtsIsrUnmask(1 << chip.IntGPIO)
}

// GpioPinWakeupEnable says which level of a pin ends light sleep, low or high. Deviation: there is no light sleep; the bits
// are set.
func (s *SDK) GpioPinWakeupEnable(pin uint32, t chip.GPIOIntType) {
	s.board.GpioPinWakeupEnable(pin, t)
}

// GpioPinWakeupDisable takes GpioPinWakeupEnable back for all pins.
func (s *SDK) GpioPinWakeupDisable() { s.board.GpioPinWakeupDisable() }
