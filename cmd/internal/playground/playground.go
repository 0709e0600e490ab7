package playground

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/decode"
	"github.com/emu8266/emu8266/cmd/internal/lessons"
	"github.com/emu8266/emu8266/cmd/internal/repair"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// Bounds of a request. Choice: many times what a lesson, a log or firmware has.
const (
	TextMax    = 16 << 20
	DataMax    = 64 << 20
	SecondsMax = 24 * 3600
)

// Request is one question of the page.
type Request struct {
	Verb     string  `json:"verb"`               // library, scenario, check, c, decode, chain, report, run
	Text     string  `json:"text,omitempty"`     // the script, the log or code, the PEM certificates, the C file
	Data     []byte  `json:"data,omitempty"`     // the trace, or the firmware
	Capture  []byte  `json:"capture,omitempty"`  // of a trace: its capture
	Name     string  `json:"name,omitempty"`     // of the script or the file
	Language string  `json:"language,omitempty"` // en or zh
	Profile  string  `json:"profile,omitempty"`  // "" is the usual one
	Seconds  int     `json:"seconds,omitempty"`  // of run: of the device's time; 0 is 30
	Presses  []Press `json:"presses,omitempty"`  // of run: buttons of the board

	Compiler *Compiler `json:"-"` // of c; nil: programs of this machine
}

// Answer is what the page shows. Failed says that the request itself could not be carried out, Text why; a device that fails is no
// failure.
type Answer struct {
	Failed bool     `json:"failed,omitempty"`
	Text   string   `json:"text"`
	Page   string   `json:"page,omitempty"`  // the report, HTML
	Pins   []Pin    `json:"pins,omitempty"`  // of run, and of a script with firmware: what the pads did
	Lists  *Library `json:"lists,omitempty"` // of library

	Warnings string         `json:"warnings,omitempty"` // of c: what the compiler said of a source that it took
	Places   []Place        `json:"places,omitempty"`   // of c: lines of the source that something is said of
	Repair   *repair.Repair `json:"repair,omitempty"`   // of c: what to change
}

// language of the request.
func (q Request) language() cause.Language {
	if q.Language == cause.Chinese.String() {
		return cause.Chinese
	}
	return cause.English
}

// Do answers a request. said, if not nil, gets what the device prints, and how far long work is, while it goes on: any number of
// bytes at a time.
func Do(q Request, said func(text string)) Answer {
	if said == nil {
		said = func(string) {}
	}
	a, err := do(q, said)
	if err != nil {
		a.Failed = true
		if a.Text != "" {
			a.Text += "\n"
		}
		a.Text += told(err, q.language())
	}
	return a
}

func do(q Request, said func(string)) (Answer, error) {
	if len(q.Text) > TextMax || len(q.Data) > DataMax || len(q.Capture) > DataMax {
		return Answer{}, errors.New("that is too long for the page: use the command emu8266")
	}
	switch q.Verb {
	case "library":
		l, err := q.library()
		return Answer{Lists: l}, err
	case "scenario":
		return q.scenario()
	case "check":
		return q.check()
	case "c":
		return q.c()
	case "decode":
		return q.decode()
	case "chain":
		return q.chain(said)
	case "report":
		return q.report()
	case "run":
		return q.run(said)
	}
	return Answer{}, fmt.Errorf("there is no verb %q", q.Verb)
}

// scenario plays a script, as emu8266 scenario run does.
func (q Request) scenario() (a Answer, err error) {
	s, err := scenario.Parse(q.Name, []byte(q.Text))
	if err != nil {
		return a, err
	}
	s.Language = q.language()
	var devices []report.Device
	var secrets []string
	s.Ended = func(take string, d *emulator.Device) {
		devices = append(devices, report.Device{Name: take, Events: d.Trace().Events(), Unchecked: d.Unchecked()})
		secrets = append(secrets, d.Passwords()...)
	}
	if len(q.Data) > 0 { // the user's own firmware
		p, err := load(q.Data, q.Profile)
		if err != nil {
			return a, err
		}
		defer p.close()
		s.Program = &scenario.Program{New: p.firmware, Config: p.config}
	}
	var out bytes.Buffer
	err = virtual.Run(func() error { return s.Run(&out) })
	a.Text = out.String()
	if len(q.Data) > 0 && len(devices) > 0 {
		a.Pins = pins(devices[0].Events)
	}
	a.Page, err = page(devices, report.Options{Language: q.language(), Title: s.TitleIn(q.language()), Secrets: secrets}, err)
	return a, err
}

// page makes the report, unless there is nothing to report. It keeps an error that came before.
func page(devices []report.Device, o report.Options, before error) (string, error) {
	if len(devices) == 0 {
		return "", before
	}
	r, err := report.New(devices, o)
	if err != nil {
		return "", errors.Join(before, err)
	}
	return string(r.HTML()), before
}

// check says what of a lesson's exercise a script does, as emu8266 lesson check.
func (q Request) check() (a Answer, err error) {
	x, err := lessons.Find(q.Name, q.language())
	if err != nil {
		return a, err
	}
	e, err := x.Exercise(q.language())
	if err != nil {
		return a, err
	}
	var r lessons.Result
	err = virtual.Run(func() error {
		r, err = e.Check(q.Text)
		return err
	})
	if err != nil {
		return a, err
	}
	a.Text = r.String()
	return a, nil
}

// decode explains a log, or a single code.
func (q Request) decode() (a Answer, err error) {
	keep, ok := decode.ForProfile(q.Profile)
	if !ok {
		return a, fmt.Errorf("there is no profile %q", q.Profile)
	}
	if text := bytes.TrimSpace([]byte(q.Text)); len(text) < 40 && !bytes.ContainsAny(text, "\n") {
		found, err := decode.Code(string(text), keep, q.language())
		if err == nil {
			for i, m := range found {
				if i > 0 {
					a.Text += "\n"
				}
				a.Text += m.Text(q.language()) + "\n"
			}
			return a, nil
		}
	}
	l, err := decode.ReadLog(bytes.NewReader([]byte(q.Text)), q.Profile, q.language())
	if err != nil {
		return a, err
	}
	a.Text = l.String()
	return a, nil
}

// report makes the page of a trace.
func (q Request) report() (a Answer, err error) {
	devices, err := report.Read(bytes.NewReader(q.Data))
	if err != nil {
		return a, err
	}
	if len(devices) == 0 {
		return a, errors.New("there is no event in it: write one with --trace FILE.jsonl")
	}
	for i := range devices {
		devices[i].Untold = true
	}
	o := report.Options{Language: q.language()}
	if len(q.Capture) > 0 {
		o.Capture = q.Capture
	}
	a.Page, err = page(devices, o, nil)
	return a, err
}

// wait is how long a run of firmware lasts.
func (q Request) wait() (time.Duration, error) {
	switch {
	case q.Seconds < 0 || q.Seconds > SecondsMax:
		return 0, fmt.Errorf("%d seconds: give 1 to %d", q.Seconds, SecondsMax)
	case q.Seconds == 0:
		return 30 * time.Second, nil
	}
	return time.Duration(q.Seconds) * time.Second, nil
}
