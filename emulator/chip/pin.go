package chip

import "time"

// PinCount is the number of GPIOs: 0 to 15, and 16 of the RTC.
const PinCount = 17

// GPIOIntType says which change of a pin interrupts (gpio.h).
type GPIOIntType uint8

// Values of GPIO_INT_TYPE.
const (
	GPIOPinIntrDisable GPIOIntType = iota
	GPIOPinIntrPosedge
	GPIOPinIntrNegedge
	GPIOPinIntrAnyedge
	GPIOPinIntrLolevel
	GPIOPinIntrHilevel
)

// PinState is what a pin does.
type PinState struct {
	Function  int         // of IO_MUX, 0 to 7; 0 for GPIO16
	GPIO      bool        // the function is that of a GPIO
	Output    bool        // the chip drives it, or would if the level of an open drain were low
	OpenDrain bool        // outputs drive it low only
	PullUp    bool        // of the chip
	Interrupt GPIOIntType // what interrupts
	Driven    bool        // the board drives it
	High      bool        // the level of the pad
}

// PinChange is one change of a pad's level.
type PinChange struct {
	At   time.Duration // since the device was made, as in the trace
	Pin  int
	High bool
}
