package main

import (
	"slices"

	"github.com/emu8266/emu8266/cmd/internal/ci"
	"github.com/emu8266/emu8266/cmd/internal/ctest"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	flight "github.com/emu8266/emu8266/emulator/report"
)

// flightsMax bounds the devices of a report of tests. Choice: those of the first tests that failed; the others have the same cause more
// often than not.
const flightsMax = 16

// flights are the devices of the tests that failed, for --report.
type flights struct {
	last    flight.Device // of the test under way
	secrets []string
	failed  []flight.Device
}

// ended takes a test's device, which is closed; nil: there was none.
func (f *flights) ended(d *emulator.Device) {
	if d == nil {
		return
	}
	f.last = flight.Device{Events: slices.DeleteFunc(d.Trace().Events(), ctest.Calls), Unchecked: d.Unchecked()}
	f.secrets = append(f.secrets, d.Passwords()...)
}

// judged keeps the last device if its test has failed, of what why says; nil is none.
func (f *flights) judged(name string, why *ci.Failure, l cause.Language) {
	if why != nil && f.last.Events != nil && len(f.failed) < flightsMax {
		f.last.Name, f.last.Failed = name, cause.Detail(why.Title, l)
		if why.Where != "" {
			f.last.Failed = why.Where + ": " + f.last.Failed
		}
		f.failed = append(f.failed, f.last)
	}
	f.last = flight.Device{}
}

// writeReport writes what the devices of the tests that failed did. If none has failed there is no report.
func (b *testBench) writeReport(inputs []inputFile) error {
	if b.Report == "" || len(b.flights.failed) == 0 {
		return nil
	}
	return writeFlight("--report", b.Report, b.flights.failed, flight.Options{Language: b.language(), Command: b.con.line,
		Version: version(), Secrets: b.flights.secrets}, inputs...)
}
