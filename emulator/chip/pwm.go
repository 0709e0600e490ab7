package chip

import "time"

// Figures of the PWM (sdk-surface.md, pwm.h).
const (
	// PWMChannelMax is the number of channels that there are.
	PWMChannelMax = 8
	// PWMUnit is what a duty of 1 is high, in nanoseconds.
	PWMUnit = 45
)

// PWMPin is a row of the table of pwm_init: how a channel comes to its pin.
type PWMPin struct {
	Mux      uint32 // address of the pin's register in IO_MUX: PinMux
	Function uint32 // the function that makes it a GPIO
	GPIO     uint32 // its number, 0 to 15
}

// PWMChannel is what a channel puts out.
type PWMChannel struct {
	Channel int
	Pin     int
	Duty    uint32        // in 45 ns, as pwm_set_duty had it
	Full    uint32        // the duty that is always high: period*1000/45
	Period  time.Duration // of a pulse and its pause
}

// High returns how long the pin is high in each period.
func (c PWMChannel) High() time.Duration {
	if c.Duty >= c.Full {
		return c.Period
	}
	return min(time.Duration(c.Duty)*PWMUnit*time.Nanosecond, c.Period)
}
