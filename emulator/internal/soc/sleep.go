package soc

import (
	"math"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// sleepNoRF is the option of system_deep_sleep_set_option that leaves the radio off after the wake.
const sleepNoRF = 4

// DeepSleep switches the chip off about 100 ms later, for us microseconds; 0 means until Device.Reset.
func (m *System) DeepSleep(us uint64) bool {
	m.net.Stop()
	m.later(restartDelay, func() { m.sleep(us) })
	return true
}

// DeepSleepInstant is DeepSleep without the 100 ms and without leaving the access point.
func (m *System) DeepSleepInstant(us uint64) bool {
	m.later(0, func() { m.sleep(us) })
	return true
}

func (m *System) sleep(us uint64) {
	var wake time.Time
	if us > 0 {
		us = min(us, uint64((math.MaxInt64-startTime)/time.Microsecond))
		wake = m.now.Add(time.Duration(us)*time.Microsecond + startTime)
	}
	m.reset(trace.KindSleep, chip.RstInfo{Reason: chip.ReasonDeepSleepAwake}, wake)
	m.d.lasting.asleep = true
}

// DeepSleepSetOption says what the radio does after the next wake: 0, 1 and 2 calibrate it in different ways, which
// makes no difference here; with 4 it stays off, and the station cannot connect until another reset.
func (m *System) DeepSleepSetOption(option uint8) bool {
	switch option {
	case 0, 1, 2, sleepNoRF:
		m.d.lasting.option = option
		return true
	}
	return false
}
