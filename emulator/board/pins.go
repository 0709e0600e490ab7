package board

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// GpioOutputSet changes GPIO0 to 15: set and clear say the levels of outputs, enable and disable which pins are
// outputs, a bit for each.
func (b *Board) GpioOutputSet(set, clear, enable, disable uint32) {
	b.system().GpioOutputSet(set, clear, enable, disable)
}

// GpioInputGet returns the levels of GPIO0 to 15, a bit for each, whatever their function.
func (b *Board) GpioInputGet() uint32 { return b.system().GpioInputGet() }

// GpioRegisterSet writes the register at an offset of the GPIO block; see Board.WritePeriReg.
func (b *Board) GpioRegisterSet(off, v uint32) { b.system().GpioRegisterSet(off, v) }

// GpioRegisterGet reads the register at an offset of the GPIO block.
func (b *Board) GpioRegisterGet(off uint32) uint32 { return b.system().GpioRegisterGet(off) }

// GpioPinIntrStateSet says what of GPIO0 to 15 sets its bit in the status register and interrupts.
func (b *Board) GpioPinIntrStateSet(pin uint32, t chip.GPIOIntType) {
	b.system().GpioPinIntrStateSet(pin, t)
}

// GpioIntrPending returns the status register: the pins that want an interrupt.
func (b *Board) GpioIntrPending() uint32 { return b.system().GpioIntrPending() }

// GpioIntrAck clears bits of the status register.
func (b *Board) GpioIntrAck(mask uint32) { b.system().GpioIntrAck(mask) }

// GpioPinWakeupEnable says which level of a pin ends light sleep, low or high.
func (b *Board) GpioPinWakeupEnable(pin uint32, t chip.GPIOIntType) {
	b.system().GpioPinWakeupEnable(pin, t)
}

// GpioPinWakeupDisable takes GpioPinWakeupEnable back for all pins.
func (b *Board) GpioPinWakeupDisable() { b.system().GpioPinWakeupDisable() }

// PinFuncSelect sets the function of a pin, 0 to 7, by the address of its register in IO_MUX, as the macro
// PIN_FUNC_SELECT does: 0 makes GPIO0, 2, 4 and 5 GPIOs, 3 the others.
func (b *Board) PinFuncSelect(mux, function uint32) { b.system().PinFuncSelect(mux, function) }

// PinPullupEn switches the pull-up of a pin on, by the address of its register in IO_MUX.
func (b *Board) PinPullupEn(mux uint32) { b.system().PinPullupEn(mux) }

// PinPullupDis switches the pull-up of a pin off, by the address of its register in IO_MUX.
func (b *Board) PinPullupDis(mux uint32) { b.system().PinPullupDis(mux) }

// Gpio16OutputConf makes GPIO16 an output (driver/gpio16.h).
func (b *Board) Gpio16OutputConf() { b.system().Gpio16OutputConf() }

// Gpio16InputConf makes GPIO16 an input (driver/gpio16.h).
func (b *Board) Gpio16InputConf() { b.system().Gpio16InputConf() }

// Gpio16OutputSet sets the level of the output, 0 or 1.
func (b *Board) Gpio16OutputSet(value uint8) { b.system().Gpio16OutputSet(value) }

// Gpio16InputGet returns the level of GPIO16, 0 or 1.
func (b *Board) Gpio16InputGet() uint8 { return b.system().Gpio16InputGet() }

// AdcRead returns the voltage at the pin TOUT in 1/1024 V, 0 to 1024: that of Pins.SetTOUT, else of Config.ADC, else 0.
func (b *Board) AdcRead() uint16 { return b.system().AdcRead() }

// AdcReadFast fills dst with as many measurements, and takes no time for it.
func (b *Board) AdcReadFast(dst []uint16) { b.system().AdcReadFast(dst) }

// GetVdd33 returns the supply voltage in 1/1024 V: that of Pins.SetVDD33, else 3.3 V.
func (b *Board) GetVdd33() uint16 { return b.system().GetVdd33() }
