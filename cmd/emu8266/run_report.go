package main

import (
	"fmt"
	"io"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
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
			fmt.Fprintf(r.out, "emu8266: %v: %v\n", at, &chip.Crash{Cause: int(e.Value), Where: e.Name, Why: e.Text})
		}
	case trace.KindFrame:
		if r.reboot {
			fmt.Fprintf(r.out, "    %s\n", e.Text)
		}
	case trace.KindError:
		fmt.Fprintf(r.out, "emu8266: %v: %s\n", at, e.Text)
	}
}
