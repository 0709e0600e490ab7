package emulator

import "github.com/emu8266/emu8266/espconn"

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

// failTail is the number of trace events that a failed test shows.
const failTail = 60

// NewTest makes a device for a test: what the UART prints is logged with the device's time, the seed is logged, and
// when the test has failed the explanation and the end of the trace, and the device is closed at the end of the test. A
// Config that New refuses fails the test at once. With ChecksFail each finding of the API checks fails it.
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
	tb.Logf("%s: seed %#x, profile %s", d.Name(), d.Seed(), d.cfg.Profile.Name)
	if err := d.soc.OnLine(func(s string) {
		tb.Logf("%12.6f %s: %s", d.Trace().Elapsed().Seconds(), d.Name(), s)
	}); err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("%s", d.Explain())
			events := d.Trace().Events()
			for _, e := range events[max(0, len(events)-failTail):] {
				tb.Logf("%s", e)
			}
		}
		if err := d.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return d
}
