package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
)

// eventsPart is how many events one part of the list holds. Choice: a part opens at once.
const eventsPart = 250

//go:embed style.css
var style string

// seconds writes a time as the trace's text form does.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }

// view is what the page shows of a report.
type view struct {
	W        *words
	Title    string
	Failed   string // says that a test failed
	Devices  []deviceView
	Command  string
	Version  string
	Contains []string
	Files    []fileView
}

type fileView struct {
	Name, What string
	Link       string // a data URL
	Bytes      int
	Note       string
}

type deviceView struct {
	ID       string
	Name     string
	Good     bool
	Blind    string // says what was not looked for, or ""
	Short    string // says how often there was no memory, or ""
	Said     string // why its test failed, "" if that is the verdict or it is not of a test
	Headline string
	Change   []string // what to change
	X        explain.Explanation
	Others   []otherView
	Findings []findingView
	Buffer   string // what the table of items shows
	Items    []itemView
	Tight    bool // something did not fit into the buffer: its table comes before the steps
	MoreText string
	Chains   []chainView
	Picture  markup
	Heap     string
	Holds    []holder
	Failed   []string
	Parts    []partView
	Older    string
	Lasted   string
	Count    int
}

type chainView struct {
	Head string
	Rows []certificateView
}

type certificateView struct {
	Bytes                          int
	Subject, Key, Signature, Notes string
	Without                        string // bytes of the message without this one; "" for the server's own
}

type otherView struct {
	Head string
	X    explain.Explanation
	Text string
}

type findingView struct{ Rule, Text, Where, Device, Fix, Times string }

type itemView struct {
	Time, Direction, Kind, Name string
	Bytes                       int64
	Bad, Out, Bar               bool
	Fill, Line                  string // CSS: widths in per cent
	Share                       string
}

// holder is what blocks of one name held.
type holder struct {
	Name   string
	Blocks int
	Bytes  int64
}

type partView struct {
	Head string
	Rows []rowView
}

type rowView struct {
	Seq                uint64
	Time, Source, What string
	Bad                bool
}

// HTML returns the page.
func (r *Report) HTML() []byte {
	v := view{W: r.words, Title: r.title(), Failed: r.failedTest(), Command: r.clean(r.options.Command), Version: r.options.Version,
		Contains: r.contains(), Files: r.files()}
	for i, f := range r.devices {
		v.Devices = append(v.Devices, r.device(f, i))
	}
	var p page
	p.Grow(2 * len(v.Files[0].Link)) // most of a long report are the trace, attached, and its events
	p.view(v)
	return p.Bytes()
}

// title is that of the options, or names the first device that failed, or else the first one.
func (r *Report) title() string {
	if t := r.options.Title; t != "" {
		return fmt.Sprintf(r.words.Title, r.clean(t))
	}
	name := ""
	for _, f := range r.devices {
		if name == "" || f.shown.Outcome.Bad() {
			name = f.name
		}
		if f.shown.Outcome.Bad() {
			break
		}
	}
	return fmt.Sprintf(r.words.Title, r.clean(name))
}

// failedTest says that a test failed, "" for a report that is not of one.
func (r *Report) failedTest() string {
	if r.options.FailedTest == "" {
		return ""
	}
	return fmt.Sprintf(r.words.TestFails, r.clean(r.options.FailedTest))
}

func (r *Report) device(f *flight, n int) deviceView {
	w, x := r.words, f.shown
	v := deviceView{ID: fmt.Sprintf("d%d", n+1), Name: f.name, X: x, Count: len(f.events),
		Good: !x.Outcome.Bad() && len(x.Findings) == 0, Headline: x.Headline(), Change: x.Change}
	switch {
	case f.blind:
		v.Blind = w.Unchecked
	case f.untold:
		v.Blind = w.Untold
	}
	if f.failed != "" && (x.Cause == "" || !strings.Contains(f.failed, x.Cause)) {
		v.Said = fmt.Sprintf(w.TestSaid, f.failed)
	}
	if h := &f.heap; h.lacked > 0 && !x.Outcome.Bad() {
		e := h.failed[0]
		v.Short = fmt.Sprintf(w.Short, h.lacked, e.Name, e.Value, e.Limit, seconds(e.At))
		if v.Good && x.Subject == explain.SubjectDevice { // nothing else happened that could be told
			v.Good, v.Headline, v.Change = false, w.ShortHead, append(slices.Clone(x.Change), w.ShortFix)
		}
	}
	if v.Good && (r.options.FailedTest != "" || f.failed != "") {
		v.Good, v.Headline, v.Change = false, fmt.Sprintf(w.TestFine, v.Headline), append(slices.Clone(x.Change), w.TestFix)
	}
	for _, o := range f.others {
		v.Others = append(v.Others, otherView{Head: o.Headline() + w.Colon + o.Symptom, X: o, Text: o.String()})
	}
	for _, g := range x.Findings {
		y := findingView{Rule: g.Rule, Text: g.Text, Where: g.Where, Device: fmt.Sprintf(w.OnDevice, g.Device)}
		if !slices.Contains(x.Change, g.Fix) { // said above
			y.Fix = w.Fix + w.Colon + g.Fix
		}
		if g.Times > 1 {
			y.Times = fmt.Sprintf(w.Times, g.Times)
		}
		v.Findings = append(v.Findings, y)
	}
	v.Items, v.MoreText = f.rows(w, r.options.Language)
	v.Tight = slices.ContainsFunc(f.items, func(i item) bool { return i.bad && i.limit > 0 && i.bytes > i.limit })
	if x.Size > 0 {
		v.Buffer = fmt.Sprintf(w.BufferWhy, x.Size)
	}
	v.Chains = r.chainsFor(f)
	v.Picture = markup(f.draw(w, v.ID+"-picture"))
	if h := &f.heap; h.known {
		v.Heap = fmt.Sprintf(w.HeapText, h.most, h.least, seconds(h.at.At))
		v.Holds = h.holds[:min(len(h.holds), holdersMax)]
		for _, e := range h.failed {
			v.Failed = append(v.Failed, fmt.Sprintf(w.NoMemory, e.Name, e.Value, e.Limit, seconds(e.At)))
		}
	}
	v.Parts, v.Older = f.parts(w)
	if n := len(f.events); n > 0 {
		v.Lasted = seconds(f.events[n-1].At) + " s"
	}
	return v
}

// chainsFor are the certificates of the servers that a device spoke with.
func (r *Report) chainsFor(f *flight) (out []chainView) {
	spoke := peers(f.events)
	for _, c := range r.chains {
		if !spoke[trace.AddrOf(c.server)] {
			continue
		}
		v := chainView{Head: fmt.Sprintf(r.words.Chain, c.server, c.message)}
		for i, x := range c.certs {
			row := certificateView{Bytes: x.bytes, Subject: r.clean(x.subject), Key: x.key, Signature: x.signed}
			if i > 0 {
				row.Without = strconv.Itoa(c.message - x.bytes - 3)
			}
			switch {
			case !x.whole:
				row.Notes = r.words.Partly
			case i > 0 && x.own:
				row.Notes = r.words.Root
			}
			v.Rows = append(v.Rows, row)
		}
		out = append(out, v)
	}
	return out
}

// rows are the items as the table shows them.
func (f *flight) rows(w *words, l cause.Language) (out []itemView, more string) {
	scale := int64(1)
	for _, i := range f.items {
		scale = max(scale, i.bytes, i.limit)
	}
	for _, i := range f.items {
		if len(out) == itemsMax && !i.bad {
			continue
		}
		row := itemView{Time: seconds(i.event.At), Name: i.label(l), Bytes: i.bytes, Bad: i.bad, Out: i.event.Out, Bar: i.limit > 0}
		row.Direction = w.Got
		if i.event.Out {
			row.Direction = w.Sent
		}
		switch i.event.Kind {
		case trace.KindRecord:
			row.Kind = w.Record
		case trace.KindMessage:
			row.Kind = w.Message
		case trace.KindAlert:
			row.Kind = w.Alert
		case trace.KindCause:
			row.Kind, row.Direction = w.Failure, ""
		}
		if row.Bar {
			row.Share = fmt.Sprintf("%d %%", i.share())
			row.Fill = fmt.Sprintf("width:%.1f%%", float64(i.bytes)*100/float64(scale))
			row.Line = fmt.Sprintf("left:%.1f%%", min(float64(i.limit)*100/float64(scale), 99.2))
		}
		out = append(out, row)
	}
	if n := len(f.items) - len(out); n > 0 {
		more = fmt.Sprintf(w.More, n)
	}
	return out, more
}

// parts are the events in portions, the newest EventsMax of them.
func (f *flight) parts(w *words) (out []partView, older string) {
	events := f.events
	if n := len(events) - EventsMax; n > 0 {
		older, events = fmt.Sprintf(w.Older, n), events[n:]
	}
	for len(events) > 0 {
		some := events[:min(len(events), eventsPart)]
		events = events[len(some):]
		p := partView{Head: fmt.Sprintf(w.EventsOf, some[0].Seq, some[len(some)-1].Seq, seconds(some[0].At))}
		for _, e := range some {
			p.Rows = append(p.Rows, rowView{Seq: e.Seq, Time: seconds(e.At), Source: e.Source.String(), What: e.What(), Bad: bad(e)})
		}
		out = append(out, p)
	}
	return out, older
}

// contains lists what is in the report and what is not.
func (r *Report) contains() []string {
	w := r.words
	out := append([]string(nil), w.Has...)
	var not []string
	add := func(in bool, what string) {
		if in {
			out = append(out, what)
		} else {
			not = append(not, what)
		}
	}
	add(r.capture != nil && r.options.Include.Keys, w.Keys)
	add(r.capture != nil && r.options.Include.Payload, w.Payload)
	not = append(not, w.Passwords)
	return append(out, fmt.Sprintf(w.HasNot, strings.Join(not, ", ")))
}

// files are the attached files. The trace is the one that the page was made from, without secrets.
func (r *Report) files() []fileView {
	var b bytes.Buffer
	out := trace.NewWriter(&b)
	short := false
	for _, f := range r.devices {
		for _, e := range f.raw {
			if b.Len() > AttachMax {
				short = true
				break
			}
			out.Write(f.name, e)
		}
	}
	list := []fileView{r.file("trace.jsonl", r.words.TraceFile, "application/jsonl", b.Bytes(), short)}
	if r.capture != nil {
		list = append(list, r.file("capture.pcapng", r.words.Capture, "application/octet-stream", r.capture, r.cut))
	}
	return list
}

func (r *Report) file(name, what, kind string, content []byte, short bool) fileView {
	v := fileView{Name: name, What: what, Bytes: len(content),
		Link: "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(content)}
	if short {
		v.Note = r.words.Shortened
	}
	return v
}
