package report

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
)

// EventsMax bounds the events of a device that the page lists one by one; the newest are kept. Choice: about 3 MB of page.
const EventsMax = 20_000

// AttachMax bounds what a report carries of a trace or of a capture, in bytes before encoding. Choice: what trackers take as an
// attachment of 25 MB.
const AttachMax = 8 << 20

// Device is what a report tells of one device.
type Device struct {
	Name   string        // as in the trace file
	Events []trace.Event // oldest first; New does not change them
	// Failed is what the test of this device failed of, in its own words; "" if the device is not of one that failed. It is told first.
	Failed string
	// Unchecked says that nobody looked at the firmware's accesses to memory: that a NULL pointer is read, or a block overrun, is not
	// seen. Device.Unchecked of package emulator tells it.
	Unchecked bool
	// Untold says that nobody knows whether Unchecked holds: the events are of a trace file, which does not tell it.
	Untold bool
}

// Options say how a report is made. The zero value is a report in English without a capture.
type Options struct {
	// Language is that of the page.
	Language cause.Language
	// Title says what the report is about; "" for the first device that failed.
	Title string
	// Command is the command line that repeats the run, Version that of the program; "" leaves them out.
	Command, Version string
	// FailedTest is the name of the test that failed, "" if the report is not of one. The page says it first: where the devices saw no
	// failure, what they did is not what the test wanted.
	FailedTest string
	// Secrets are texts that must not appear: Wi-Fi passwords. Empty ones do not count.
	Secrets []string
	// Capture is a pcapng file to attach, nil for none.
	Capture []byte
	// Include says what of the capture stays in.
	Include Include
}

// Include says what a report contains that it would leave out otherwise.
type Include struct {
	Keys    bool // the TLS keys of the capture: whoever has the report can decrypt it
	Payload bool // the data of plain connections in the capture
}

// Report is what is known of a run, ready to be written. It is not changed by being written.
type Report struct {
	options Options
	words   *words
	devices []*flight
	capture []byte
	cut     bool    // the capture was longer than AttachMax
	chains  []chain // of the servers in the capture
}

// New makes the report of the devices, in the order given. It errs when the capture is no pcapng file.
func New(devices []Device, o Options) (*Report, error) {
	o.Secrets = slices.Clone(o.Secrets)
	slices.SortFunc(o.Secrets, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	r := &Report{options: o, words: speech[o.Language]}
	if o.Capture != nil {
		b, cut, err := share(o.Capture, o.Include, AttachMax)
		if err != nil {
			return nil, err
		}
		r.capture, r.cut, r.chains = b, cut, chainsOf(b)
	}
	for _, d := range devices {
		r.devices = append(r.devices, newFlight(r.redacted(d), r.words, o.Language))
	}
	return r, nil
}

// hidden stands for a text of Options.Secrets.
const hidden = "********"

// shortSecret bounds the secrets that are replaced as whole words only: "one" stands in many words, and a gap in a word tells it. Choice:
// a password of WPA has at least eight characters.
const shortSecret = 8

// clean replaces the secrets in a text.
func (r *Report) clean(text string) string {
	for _, s := range r.options.Secrets {
		switch {
		case s == "":
		case len(s) < shortSecret:
			text = withoutWord(text, s)
		default:
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	return text
}

// withoutWord replaces a secret where no letter and no digit stands beside it.
func withoutWord(text, secret string) string {
	var b strings.Builder
	inWord := func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }
	for from := 0; ; {
		i := strings.Index(text[from:], secret)
		if i < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		at, end := from+i, from+i+len(secret)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		b.WriteString(text[from:at])
		if inWord(before) || inWord(after) {
			b.WriteString(secret)
		} else {
			b.WriteString(hidden)
		}
		from = end
	}
}

// redacted returns the device without secrets.
func (r *Report) redacted(d Device) Device {
	if !slices.ContainsFunc(r.options.Secrets, func(s string) bool { return s != "" }) {
		return d
	}
	d.Name, d.Failed = r.clean(d.Name), r.clean(d.Failed)
	d.Events = slices.Clone(d.Events)
	for i := range d.Events {
		e := &d.Events[i]
		e.Text, e.Where, e.Conn = r.clean(e.Text), r.clean(e.Where), r.clean(e.Conn)
		if e.Kind != trace.KindCause && e.Kind != trace.KindFinding { // their names are the catalogue's
			e.Name = r.clean(e.Name)
		}
	}
	return d
}

// flight is one device of a report.
type flight struct {
	name   string
	failed string                // of Device.Failed
	blind  bool                  // of Device.Unchecked
	untold bool                  // of Device.Untold
	raw    []trace.Event         // without secrets
	events []trace.Event         // as they can be shown
	shown  explain.Explanation   // what the page is about: the last failure, or else what was decided last
	others []explain.Explanation // the other ones that went wrong, newest first
	items  []item
	heap   heap
	scale  scale
}

func newFlight(d Device, w *words, l cause.Language) *flight {
	f := &flight{name: escaped(d.Name), failed: escaped(d.Failed), blind: d.Unchecked, untold: d.Untold, raw: d.Events,
		events: visible(d.Events)}
	all := explain.All(f.events, l)
	f.shown = explain.Explain(f.events, l)
	if x, ok := explain.LastFailed(all); ok && !f.shown.Outcome.Bad() {
		f.shown = x
	}
	for _, x := range all {
		if x.Outcome.Bad() && !same(x, f.shown) {
			f.others = append(f.others, x)
		}
	}
	if f.shown.Device == "" {
		f.shown.Device = f.name
	}
	f.items = itemsOf(f.events, f.shown)
	f.heap = heapOf(f.events)
	f.scale = newScale(f.events)
	return f
}

// same tells whether two explanations are of one story.
func same(a, b explain.Explanation) bool {
	if a.Subject != b.Subject || a.Symptom != b.Symptom || a.CauseID != b.CauseID || len(a.Chain) != len(b.Chain) {
		return false
	}
	return len(a.Chain) == 0 || a.Chain[len(a.Chain)-1] == b.Chain[len(b.Chain)-1]
}
