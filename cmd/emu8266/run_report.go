package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// resets tells on out what ends and restarts the firmware, as it happens: the reports belong between the device's lines. It
// gets the device's events on the device goroutine.
type resets struct {
	out    io.Writer
	reboot bool // the device goes on after a crash
	boots  int
}

// reasons are those of rst_info (chip.ReasonDefaultRst and so on).
var reasons = map[int64]string{
	int64(chip.ReasonDefaultRst):     "power on",
	int64(chip.ReasonWdtRst):         "hardware watchdog",
	int64(chip.ReasonExceptionRst):   "exception",
	int64(chip.ReasonSoftWdtRst):     "soft watchdog",
	int64(chip.ReasonSoftRestart):    "restart by the firmware",
	int64(chip.ReasonDeepSleepAwake): "end of deep sleep",
	int64(chip.ReasonExtSysRst):      "reset pin",
}

func (r *resets) event(e trace.Event) {
	if e.Source != trace.SourceDevice {
		return
	}
	at := e.At.Round(time.Microsecond)
	switch e.Kind {
	case trace.KindBoot:
		if r.boots++; r.boots > 1 {
			fmt.Fprintf(r.out, "emu8266: %v: boot %d, %s (reason %d)\n", at, r.boots, reasons[e.Value], e.Value)
		}
	case trace.KindFatal:
		if r.reboot {
			fmt.Fprintf(r.out, "emu8266: %v: %s\n", at, crashHead(int(e.Value), e.Name, e.Text))
		}
	case trace.KindFrame:
		if r.reboot {
			fmt.Fprintf(r.out, "    %s\n", e.Text)
		}
	case trace.KindError:
		fmt.Fprintf(r.out, "emu8266: %v: %s\n", at, e.Text)
	}
}

// crashText tells a crash with the C functions that were under way.
func crashText(c *chip.Crash) string {
	s := crashHead(c.Cause, c.Where, c.Why)
	if c.Callback != "" {
		s += fmt.Sprintf("\n    in %s, for %v", c.Callback, c.Ran)
	}
	if c.Call != "" {
		s += fmt.Sprintf("\n    last call: %s, %v after the boot", c.Call, c.Called)
	}
	for _, f := range c.Stack {
		s += "\n    " + f
	}
	return s
}

func crashHead(cause int, where, why string) string {
	var b strings.Builder
	switch cause {
	case espconn.CauseSoftWatchdog:
		b.WriteString("soft watchdog")
	case chip.CauseHardWatchdog:
		b.WriteString("hardware watchdog")
	case chip.CauseStuck:
		b.WriteString("no return")
	default:
		fmt.Fprintf(&b, "exception %d", cause)
	}
	if where != "" {
		fmt.Fprintf(&b, " at %s", where)
	}
	fmt.Fprintf(&b, ": %s", why)
	return b.String()
}
