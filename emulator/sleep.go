package emulator

import (
	"math"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// sleepNoRF is the option of system_deep_sleep_set_option that leaves the radio off after the wake.
const sleepNoRF = 4

// SystemDeepSleep switches the chip off about 100 ms later, for us microseconds; 0 means until Device.Reset. Until then
// the firmware runs on, without Wi-Fi. The wake is a boot of the same firmware with reason 5: only RTC memory and flash
// outlive it. GPIO16 is taken to be wired to the reset pin. Choice: always true, and any length works; the chip's counter
// ends at a few hours.
func (s *SDK) SystemDeepSleep(us uint64) bool {
	s.board.m.stopWiFi()
	s.board.m.later(restartDelay, func(m *machine) { m.sleep(us) })
	return true
}

// SystemDeepSleepInstant is SystemDeepSleep without the 100 ms and without leaving the access point. Choice: the callback
// under way still ends.
func (s *SDK) SystemDeepSleepInstant(us uint64) bool {
	s.board.m.later(0, func(m *machine) { m.sleep(us) })
	return true
}

func (m *machine) sleep(us uint64) {
	var wake time.Time
	if us > 0 {
		us = min(us, uint64((math.MaxInt64-startTime)/time.Microsecond))
		wake = m.now.Add(time.Duration(us)*time.Microsecond + startTime)
	}
	m.reset(trace.KindSleep, chip.RstInfo{Reason: chip.ReasonDeepSleepAwake}, wake)
	m.d.chip.asleep = true
}

// SystemDeepSleepSetOption says what the radio does after the next wake: 0, 1 and 2 calibrate it in different ways, which
// makes no difference here; with 4 it stays off, and the station cannot connect until another reset. False for others.
func (s *SDK) SystemDeepSleepSetOption(option uint8) bool {
	switch option {
	case 0, 1, 2, sleepNoRF:
		s.board.m.d.chip.option = option
		return true
	}
	return false
}
