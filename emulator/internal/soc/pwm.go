package soc

import (
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// pwm is the SDK's PWM library. What a channel puts out is seen in Pins.PWM, in the trace (source "pwm"), in Pins.High and in a
// Recording. Deviation: its edges neither interrupt nor reach the trace and the I2C bus, which would be thousands of events a
// second; those see a pad that is high at full duty and low below it.
// Deviation: on the chip it needs FRC1; here both may be used.
type pwm struct {
	set     []chip.PWMChannel // what pwm_start makes valid
	running []chip.PWMChannel
	period  uint32 // µs, of set
}

func pwmFull(period uint32) uint32 { return uint32(uint64(period) * 1000 / chip.PWMUnit) }

// full tells whether a channel holds a pin high all the time.
func (p *pwm) full(pin int) bool {
	for _, c := range p.running {
		if c.Pin == pin {
			return c.Duty >= c.Full
		}
	}
	return false
}

// PwmInit prepares a channel for each row of pins, at most eight, with a period in microseconds (usually 1,000 to
// 10,000) and the duty of each, and starts them.
func (m *System) PwmInit(period uint32, duty []uint32, pins []chip.PWMPin) {
	m.pwm = pwm{period: period}
	var mask uint32
	for i, p := range pins[:min(len(pins), chip.PWMChannelMax)] {
		if p.GPIO >= chip.PinCount-1 || !chip.IsPeriReg(p.Mux) {
			continue
		}
		m.PinFuncSelect(p.Mux, p.Function)
		mask |= 1 << p.GPIO
		c := chip.PWMChannel{Channel: i, Pin: int(p.GPIO)}
		if i < len(duty) {
			c.Duty = duty[i]
		}
		m.pwm.set = append(m.pwm.set, c)
	}
	m.PwmStart()
	m.GpioOutputSet(0, mask, mask, 0)
}

// PwmStart makes what PwmSetDuty and PwmSetPeriod have set valid.
func (m *System) PwmStart() {
	p := &m.pwm
	was := p.running
	p.running = nil
	for i, c := range p.set {
		c.Full, c.Period = pwmFull(p.period), time.Duration(p.period)*time.Microsecond
		p.running = append(p.running, c)
		if i < len(was) && was[i] == c {
			continue
		}
		share := 0.0
		if c.Period > 0 {
			share = float64(c.High()) / float64(c.Period) * 100
		}
		m.d.trace.Add(trace.Event{Source: trace.SourcePWM, Kind: trace.KindStart, Name: fmt.Sprintf("GPIO%d", c.Pin),
			Value: int64(c.Duty), Limit: int64(c.Full),
			Text: fmt.Sprintf("channel %d, %v high of %v, %.1f %%", c.Channel, c.High(), c.Period, share)})
	}
	m.settle()
}

// find returns a channel that PwmInit prepared.
func (p *pwm) find(channel uint8) *chip.PWMChannel {
	for i := range p.set {
		if p.set[i].Channel == int(channel) {
			return &p.set[i]
		}
	}
	return nil
}

// PwmSetDuty sets how long a channel is high, in 45 ns: 0 to period*1000/45.
func (m *System) PwmSetDuty(duty uint32, channel uint8) {
	if c := m.pwm.find(channel); c != nil {
		c.Duty = duty
	}
}

// PwmGetDuty returns what PwmSetDuty set, 0 for a channel that does not exist.
func (m *System) PwmGetDuty(channel uint8) uint32 {
	if c := m.pwm.find(channel); c != nil {
		return c.Duty
	}
	return 0
}

// PwmSetPeriod sets the period of all channels in microseconds.
func (m *System) PwmSetPeriod(period uint32) { m.pwm.period = period }

// PwmGetPeriod returns what PwmSetPeriod set.
func (m *System) PwmGetPeriod() uint32 { return m.pwm.period }
