package ctest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/espconn"
)

// Firmware is an image on one device, of either engine.
type Firmware interface {
	emulator.Firmware
	Call(name string, args ...any) (result uint64, err error)
}

// Options say how a test runs.
type Options struct {
	Config emulator.Config // of the device; Name and UART are the test's
	// After is how long the device goes on when the test has returned, in its time.
	After time.Duration
	// Careful makes misuse of the SDK a failure.
	Careful bool
	// Ended gets the device when it is closed; nil: nobody.
	Ended func(*emulator.Device)
}

// Verdict is what came of a test.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"  // an assertion did not hold, or the SDK was misused
	Crashed Verdict = "crashed" // the firmware crashed without being asked to
	Ignored Verdict = "ignored" // the test says that it is not to be run
)

// Result is what is known of a test that has run.
type Result struct {
	Verdict Verdict
	Title   string // why, in a line; "" for one that passed
	Where   string // file:line, "" when unknown
	Text    string // all that is known of a failure
	Output  string // what the device printed
}

// outputMax bounds what is kept of the output of a test, in bytes; the rest is left out. Choice.
const outputMax = 1 << 20

// output keeps what the device prints.
type output struct{ bytes.Buffer }

// Write takes all, and keeps what there is room for.
func (o *output) Write(p []byte) (int, error) {
	o.Buffer.Write(p[:min(len(p), max(0, outputMax-o.Len()))])
	return len(p), nil
}

// Run runs a test on a device of its own. The error is one of the device, which could not be had; what is wrong with the test or the
// firmware is in the result.
func (f *File) Run(fw Firmware, test int, o Options) (r Result, err error) {
	var out output
	o.Config.Name, o.Config.UART = "device", &out
	d, err := emulator.New(o.Config)
	if err != nil {
		return r, err
	}
	if err = d.Boot(fw); err != nil {
		return r, joined(err, d.Close())
	}
	value, called := uint64(verdictPassed), error(nil)
	if d.Crash() == nil {
		value, called = fw.Call(function(test))
		if called == nil {
			time.Sleep(o.After + virtual.Instant)
			d.StopCallback(emulator.CallbackTime, "the test is over")
		}
	}
	crash, findings := d.Crash(), d.Findings()
	change := d.Explain().Change
	if err := d.Close(); err != nil { // the output is ours now
		return r, err
	}
	if o.Ended != nil {
		o.Ended(d)
	}
	text := strings.ToValidUTF8(out.String(), "?")
	r.Output = clean(text)
	verdict := uint32(value) // the upper half means nothing
	told, ended := lastMark(text)
	switch {
	case ended && crash != nil:
		verdict = told
	case crash != nil:
		return crashed(r, crash, change), nil
	case called != nil:
		return Result{Crashed, called.Error(), "", called.Error(), r.Output}, nil
	}
	switch verdict {
	case verdictPassed:
		r.Verdict = Passed
	case verdictIgnored:
		r.Verdict = Ignored
		_, r.Title = unityLine(text, "IGNORE")
		if r.Title == "" {
			r.Title = "ignored"
		}
	default:
		r.Verdict = Failed
		if r.Where, r.Title = unityLine(text, "FAIL"); r.Title == "" {
			r.Title = "the test says that it has failed"
		}
		r.Text = r.Title
	}
	if o.Careful && r.Verdict == Passed && len(findings) > 0 {
		e := findings[0]
		rule, _ := espconn.RuleByID(e.Name)
		r.Verdict, r.Where, r.Title = Failed, e.Where, e.Name+": "+e.Text
		r.Text = fmt.Sprintf("%s\non the device it %s (%s)\nfix: %s", r.Title, rule.Device, rule.Source, rule.Fix)
	}
	return r, nil
}

// Calls tells whether an event of a crash is of the functions that call the tests, which are nobody's own.
func Calls(e trace.Event) bool {
	return (e.Kind == trace.KindFrame || e.Kind == trace.KindContext) && strings.HasPrefix(e.Text, caller)
}

func joined(err, other error) error {
	if other != nil {
		return fmt.Errorf("%w; %w", err, other)
	}
	return err
}

// assertion is the line that assert prints.
var assertion = lazyregexp.New(`(?m)^assertion failed: (.*), (\S+:\d+)$`)

// crashed is the result of a test that crashed: by assert or abort, or in another way.
func crashed(r Result, c *chip.Crash, change []string) Result {
	own := *c
	own.Stack = nil
	for _, f := range c.Stack { // without what calls the test
		if !strings.HasPrefix(f, caller) {
			own.Stack = append(own.Stack, f)
		}
	}
	if strings.HasPrefix(own.Callback, caller) {
		own.Callback = ""
	}
	if c.Own {
		r.Verdict, r.Title, r.Where = Failed, c.Why, c.Where
		r.Text = r.Title
		for _, f := range own.Stack {
			r.Text += "\n    " + f
		}
		if own.Callback != "" {
			r.Text += "\n    in " + own.Callback
		}
		return r
	}
	r.Verdict, r.Title, r.Where = Crashed, c.Name()+": "+c.Why, c.Where
	_, rest, _ := strings.Cut(own.String(), "\n")
	r.Text = strings.TrimRight(r.Title+"\n"+rest, "\n")
	for _, line := range change {
		r.Text += "\nfix: " + line
	}
	return r
}

// lastMark reads the verdict that the test's own code has printed last.
func lastMark(text string) (verdict uint32, told bool) {
	i := strings.LastIndex(text, "\n"+mark)
	if i < 0 {
		return 0, false
	}
	rest, _, _ := strings.Cut(text[i+1+len(mark):], "\n")
	n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 8)
	return uint32(n), err == nil
}

// unityLine finds the line in which Unity says what has become of a test: FILE:LINE:NAME:WORD: MESSAGE.
func unityLine(text, word string) (where, message string) {
	for line := range strings.Lines(text) {
		place, rest, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"+word)
		if !ok {
			continue
		}
		if i := strings.LastIndexByte(place, ':'); i > 0 {
			where = place[:i]
			if file, number := cutLine(where); number != "" {
				where = file + ":" + number
			}
		}
		return where, strings.TrimPrefix(strings.TrimPrefix(rest, ":"), " ")
	}
	return "", ""
}

// cutLine takes FILE:LINE apart.
func cutLine(s string) (file, line string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, ""
	}
	if _, err := strconv.Atoi(s[i+1:]); err != nil {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// clean leaves out the lines that are for this package, and behind them what the device prints of the test's end.
func clean(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, mark) || assertion().MatchString(line) {
			return strings.TrimSuffix(b.String(), "\n") // the one before such a line
		}
		b.WriteString(line)
	}
	return b.String()
}
