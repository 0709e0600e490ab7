package soc

import (
	"errors"
	"fmt"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

const (
	// restartDelay is the time from system_restart or system_deep_sleep to the reset (sdk-surface.md).
	restartDelay = 100 * time.Millisecond
	// startTime is the time from a reset to user_init when the device boots by itself. Choice: 300 ms for boot ROM,
	// loader and the SDK's start; it also bounds the speed of firmware that crashes at each boot.
	startTime = 300 * time.Millisecond
)

// lasting is what outlives a reset of the device. Device goroutine only.
type lasting struct {
	rtc     rtcMemory
	store   [4]uint32    // registers RTC_STORE0 to 3
	powered time.Time    // since when the RTC counts
	fw      Program      // what was given to Boot last
	slots   [2]slot      // the places for programs
	next    chip.RstInfo // what the next boot is told
	option  uint8        // system_deep_sleep_set_option for the next wake
	asleep  bool         // deep sleep
	cuts    uint64       // power cuts
	rtcKept uint32       // what system_get_rtc_time said and RTC memory keeps, 0: nothing
	noRF    bool         // this boot is a wake with the radio off
}

// powerOn is the state of the chip after power was off: RTC memory holds garbage, which the seed decides.
func (c *lasting) powerOn(seed uint64) {
	*c = lasting{powered: time.Now(), fw: c.fw, slots: c.slots, cuts: c.cuts + 1}
	c.rtc = rtcMemory{seed: seed, cut: c.cuts}
}

// boot begins a boot and returns why there is one. The reason is also what lies in RTC blocks 0 to 6.
func (c *lasting) boot() *chip.RstInfo {
	info := c.next
	c.noRF = info.Reason == chip.ReasonDeepSleepAwake && c.option == sleepNoRF
	switch info.Reason { // the pin restarts the RTC's counter, and GPIO16 ends deep sleep through it (sdk-surface.md, system_get_rtc_time)
	case chip.ReasonDeepSleepAwake:
		c.powered = time.Now().Add(-startTime)
	case chip.ReasonExtSysRst:
		c.powered = time.Now()
	}
	c.option, c.asleep = 0, false
	c.rtc.boot([...]uint32{info.Reason, info.Exccause, info.Epc1, info.Epc2, info.Epc3, info.Excvaddr, info.Depc})
	return &info
}

// rstInfo is what the boot after c is told.
func rstInfo(c *chip.Crash) chip.RstInfo {
	switch c.Cause {
	case espconn.CauseSoftWatchdog:
		return chip.RstInfo{Reason: chip.ReasonSoftWdtRst}
	case chip.CauseHardWatchdog:
		return chip.RstInfo{Reason: chip.ReasonWdtRst}
	}
	return chip.RstInfo{Reason: chip.ReasonExceptionRst, Exccause: uint32(c.Cause), Epc1: c.Epc1, Excvaddr: c.Excvaddr}
}

// banner is what the device prints when it crashes. Deviation: the addresses only where they are known (chip.RstInfo).
func banner(c *chip.Crash) string {
	switch c.Cause {
	case espconn.CauseSoftWatchdog:
		return "soft wdt reset\n" // Choice: the boot ROM says it later and shorter
	case chip.CauseHardWatchdog:
		return "wdt reset\n"
	case chip.CauseStuck:
		return ""
	}
	s := fmt.Sprintf("Fatal exception (%d):\n", c.Cause)
	if c.Registers || c.Epc1 != 0 || c.Excvaddr != 0 {
		s += fmt.Sprintf("epc1=0x%08x, epc2=0x%08x, epc3=0x%08x, excvaddr=0x%08x, depc=0x%08x\n", c.Epc1, 0, 0, c.Excvaddr, 0)
	}
	return s
}

// start boots fw, or what the loader finds if fw is nil.
func (d *Device) start(fw Program) error {
	m := newSystem(d)
	if fw != nil {
		d.lasting.fw = fw
		m.give(fw)
	} else {
		var err error
		if fw, err = m.load(); err != nil {
			return err
		}
	}
	d.m = m
	if fw == nil {
		m.endedWhy = "the loader has found no program in the flash that it can start"
		m.halt()
		return nil
	}
	return m.start(fw)
}

// reset ends the firmware; the loader boots again at the instant at, or not by itself if at is zero.
func (m *System) reset(kind trace.Kind, next chip.RstInfo, at time.Time) {
	if m.halted {
		return
	}
	m.d.lasting.next = next
	m.ended = kind
	m.halt()
	m.bootAt = at
}

// crashed ends the firmware after c was printed.
func (m *System) crashed(c *chip.Crash) {
	m.d.lasting.next = rstInfo(c)
	if m.d.cfg.AutoReboot && !m.halted && c.Cause != chip.CauseStuck {
		m.ended = trace.KindRestart
		defer func() { m.bootAt = time.Now().Add(startTime) }()
	}
	m.halt()
}

// reboot boots the firmware again when it is time, and reports whether it was.
func (m *System) reboot(now time.Time) bool {
	if m.bootAt.IsZero() || now.Before(m.bootAt) {
		return false
	}
	m.bootAt = time.Time{}
	d := m.d
	switch err := d.start(nil); {
	case errors.Is(err, errHost):
		d.because(CauseLoaderProgram, trace.Event{Source: trace.SourceDevice, Text: err.Error()})
		d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindHalt, Text: err.Error()})
	case err != nil: // the program cannot begin, and has been halted
		d.trace.Add(trace.Event{Source: trace.SourceDevice, Kind: trace.KindError, Text: err.Error()})
		d.because(CauseLoaderProgram, trace.Event{Source: trace.SourceDevice, Text: errors.Unwrap(err).Error()})
	}
	d.m.drain(now)
	return true
}

// GetRstInfo tells why the device booted.
func (m *System) GetRstInfo() *chip.RstInfo { return m.rst }

// Restart resets the device about 100 ms later; until then the firmware runs on, without Wi-Fi.
func (m *System) Restart() {
	m.net.Stop()
	m.later(restartDelay, func() {
		m.reset(trace.KindRestart, chip.RstInfo{Reason: chip.ReasonSoftRestart}, m.now.Add(startTime))
	})
}

// later runs end after d, instead of one that was planned before. Choice: of several restarts and deep sleeps asked for,
// the last counts.
func (m *System) later(d time.Duration, end func()) { m.ArmTimer(&m.ending, d, false, end) }

// RadioOff says that this boot is the wake from a deep sleep with the radio off.
func (m *System) RadioOff() bool { return m.d.lasting.noRF }

// Reset ends the firmware as a press of the reset button does.
func (d *Device) Reset() error {
	return d.call(call{reset: true, fn: func() {
		if d.m == nil {
			return
		}
		d.m.halt()
		d.m.bootAt = time.Time{}
		d.lasting.next = chip.RstInfo{Reason: chip.ReasonExtSysRst}
		if d.lasting.asleep { // Choice: the pin ends deep sleep as GPIO16 does
			d.lasting.next.Reason = chip.ReasonDeepSleepAwake
		}
	}})
}

// PowerCycle switches the device off: as Reset, but RTC memory is lost too, and the next boot reports a power-on.
func (d *Device) PowerCycle() error {
	return d.call(call{reset: true, fn: func() {
		if d.m != nil {
			d.m.halt()
			d.m.bootAt = time.Time{}
		}
		d.lasting.powerOn(d.cfg.Seed)
	}})
}
