package soc

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// sleepNoRF is the option of system_deep_sleep_set_option that leaves the radio off after the wake.
const sleepNoRF = 4

// sleepMax is the microseconds from which on the RTC's cycles of a sleep do not fit into 31 bits (sdk-surface.md,
// system_deep_sleep).
const sleepMax = 1 << 31 * rtcCycle >> 12

// tooLong says that a sleep is longer than the RTC counts, and prints the SDK's line.
func (m *System) tooLong(function string, us uint64) bool {
	if us < sleepMax {
		return false
	}
	m.Finding(espconn.RuleSleepTooLong, "deep sleep of %d s, the most is %d", us/1_000_000, uint64(sleepMax)/1_000_000)
	m.Refused(function, "false", CauseSleepTooLong, trace.Event{Value: int64(us / 1_000_000), Limit: sleepMax / 1_000_000})
	m.Log("deep sleep too long\n")
	return true
}

// DeepSleep switches the chip off about 100 ms later, for us microseconds; 0 means until Device.Reset. It is false, and
// nothing happens, for a sleep of 2^31 cycles of the RTC and more: 3 h 25 min.
func (m *System) DeepSleep(us uint64) bool {
	if m.tooLong("system_deep_sleep", us) {
		return false
	}
	m.net.Stop()
	m.later(restartDelay, func() { m.sleep(us) })
	return true
}

// DeepSleepInstant is DeepSleep without the 100 ms and without leaving the access point.
func (m *System) DeepSleepInstant(us uint64) bool {
	if m.tooLong("system_deep_sleep_instant", us) {
		return false
	}
	m.later(0, func() { m.sleep(us) })
	return true
}

func (m *System) sleep(us uint64) {
	var wake time.Time
	if us > 0 {
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
	return m.Refused("system_deep_sleep_set_option", "false", CauseRange, trace.Event{
		Text: "the option (0, 1, 2 or 4)", Value: int64(option),
		Limit: sleepNoRF})
}
