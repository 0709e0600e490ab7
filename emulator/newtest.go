package emulator

import (
	"fmt"
	"io"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// TB is the part of testing.TB that NewTest uses; *testing.T, *testing.B and *testing.F have it. The product does not
// import package testing.
type TB interface {
	Helper()
	Name() string
	Failed() bool
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Cleanup(func())
}

const (
	// failTail is the number of trace events that a failed test shows.
	failTail = 60
	// crashLines is the number of lines of the UART that are told with a crash.
	crashLines = 10
)

// outputter is a TB that takes lines as they are, without the place in this file before each; those of package testing are.
type outputter interface{ Output() io.Writer }

// printer returns what logs lines of a device: as they are if tb can.
func printer(tb TB) func(format string, args ...any) {
	o, ok := tb.(outputter)
	if !ok {
		return tb.Logf
	}
	return func(format string, args ...any) {
		_, _ = fmt.Fprintf(o.Output(), format+"\n", args...) // a line that a test cannot take is lost
	}
}

// NewTest makes a device for a test: what the UART prints is logged with the device's time, the seed is logged, and
// when the test has failed the explanation and the end of the trace, and the device is closed at the end of the test. A
// Config that New refuses fails the test at once. With ChecksFail each finding of the API checks fails it.
//
// A crash of the device fails the test, whatever else it looks at, and is told with its place, the functions under way and what
// the UART printed last. A test that wants one says so, with Config.ExpectCrash, or with Device.ExpectCrash before it happens, and
// looks at Device.Crash itself. Firmware that does not return from a callback by the end of the test is one.
//
// A failed test writes a report of the device, a page with what happened (package report), and its capture where go test -artifacts
// puts artifacts, if tb has the method ArtifactDir as package testing's have, or into the folder that the environment variable
// EMU8266_ARTIFACTS names.
func NewTest(tb TB, cfg Config) *Device {
	tb.Helper()
	d, err := New(cfg)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	if cfg.Checks == ChecksFail {
		d.soc.OnFinding(func(e espconn.Event) {
			rule, _ := espconn.RuleByID(e.Name)
			tb.Errorf("%s: %s (%s): on the device it %s; fix: %s", d.Name(), e, rule.Source, rule.Device, rule.Fix)
		})
	}
	log := printer(tb)
	watch := &crashWatch{tb: tb, d: d}
	d.soc.OnCrash(watch.crashed)
	d.soc.OnStuck(func(err error) { tb.Errorf("%s: %v", d.Name(), err) })
	tb.Logf("%s: seed %#x, profile %s", d.Name(), d.Seed(), d.cfg.Profile.Name)
	if err := d.soc.OnLine(func(s string) {
		watch.line(s)
		log("%12.6f %s: %s", d.Trace().Elapsed().Seconds(), d.Name(), s)
	}); err != nil {
		tb.Fatalf("%v", err)
	}
	kept, err := newArtifacts(tb, d.network)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() {
		d.StopCallback(CallbackTime, "the test is over") // else nobody hears that the firmware stands there
		failed := tb.Failed()
		if failed {
			log("%s", d.Explain())
			events := d.Trace().Events()
			for _, e := range events[max(0, len(events)-failTail):] {
				log("%s", e)
			}
		}
		switch {
		case failed && kept != nil:
			page, err := kept.write(d)
			if err != nil {
				tb.Errorf("the report of %s: %v", d.Name(), err)
			} else {
				tb.Logf("report of %s: %s", d.Name(), page)
			}
		case failed:
			log("%s", artifactHint)
		}
		if err := d.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return d
}

// crashWatch is told of the crashes of a test's device, on the device goroutine.
type crashWatch struct {
	tb    TB
	d     *Device
	lines []string // of the UART, the newest
}

func (w *crashWatch) line(s string) {
	w.lines = append(w.lines[max(0, len(w.lines)-crashLines+1):], s)
}

func (w *crashWatch) crashed(c *chip.Crash) {
	text := c.String()
	if len(w.lines) > 0 {
		text += "\nthe UART's last lines:\n    " + strings.Join(w.lines, "\n    ")
	}
	if w.d.expectCrash.Load() {
		w.tb.Logf("%s crashed, as expected: %s", w.d.Name(), text)
		return
	}
	w.tb.Errorf("%s crashed: %s\na test that wants that says so: Config.ExpectCrash, Device.ExpectCrash", w.d.Name(), text)
}
