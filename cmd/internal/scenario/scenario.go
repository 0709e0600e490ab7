// Package scenario plays failures that people met: a device, a network and a peer from a script, with what must come of
// it. Each scenario shows settings that fail as in a public report and settings that work.
//
// A scenario is a txtar file: its comment holds `title:`, `report:`, `layer:` and, where the mechanism is not the
// device's own, `note:`; each file in it is a take, named "fails: ..." or "works: ...", whose lines are commands. A take
// has a device and a network of its own. It must run in a testing/synctest bubble.
//
// [Commands] lists them.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"strings"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Scenario is one scenario.
type Scenario struct {
	Name   string // file name without .txtar
	Title  string
	Report string // the public report, owner/name#number
	Layer  string
	Note   string // where no profile has the bug: what stands for it
	Text   string // the whole file
	Takes  []Take

	// Follow gets each event of each take's device, on the device goroutine, until the take's last line is over; nil: nobody.
	Follow func(take string, e trace.Event)
	// Ended gets each take's device when the take is over and the device closed; nil: nobody.
	Ended func(take string, d *emulator.Device)
	// Language is that of the explanations; English by default.
	Language cause.Language
}

// Take is one way through a scenario.
type Take struct {
	Name  string // "fails: ..." or "works: ..."
	lines []line
}

// Fails says that the take shows the failure.
func (t *Take) Fails() bool { return strings.HasPrefix(t.Name, "fails: ") }

// Judged says that the take looks at why something failed: at the cause, or at a finding.
func (t *Take) Judged() bool {
	for _, l := range t.lines {
		if len(l.words) > 1 && l.words[0] == "expect" && (l.words[1] == "cause" || l.words[1] == "finding") {
			return true
		}
	}
	return false
}

// line is one command with its place.
type line struct {
	number int
	words  []string
}

// Load reads all scenarios of a folder, by name.
func Load(fsys fs.FS) ([]*Scenario, error) {
	names, err := fs.Glob(fsys, "*.txtar")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var out []*Scenario
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		s, err := Parse(strings.TrimSuffix(name, ".txtar"), b)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Parse reads one scenario.
func Parse(name string, file []byte) (*Scenario, error) {
	comment, files := sections(string(file))
	s := &Scenario{Name: name, Text: string(file)}
	fields := map[string]*string{"title": &s.Title, "report": &s.Report, "layer": &s.Layer, "note": &s.Note}
	for _, l := range strings.Split(comment, "\n") {
		if key, value, ok := strings.Cut(l, ": "); ok && fields[key] != nil {
			*fields[key] = strings.TrimSpace(value)
		}
	}
	if s.Title == "" || s.Report == "" || s.Layer == "" {
		return nil, fmt.Errorf("scenario %s: title, report and layer are needed", name)
	}
	fails, works := false, false
	for _, f := range files {
		t := Take{Name: f.name}
		switch {
		case t.Fails():
			fails = true
		case strings.HasPrefix(f.name, "works: "):
			works = true
		default:
			return nil, fmt.Errorf("scenario %s: take %q: begin with \"fails: \" or \"works: \"", name, f.name)
		}
		for i, text := range strings.Split(f.text, "\n") {
			words, err := split(text)
			if err != nil {
				return nil, fmt.Errorf("scenario %s, %s, line %d: %w", name, f.name, i+1, err)
			}
			if len(words) > 0 {
				t.lines = append(t.lines, line{i + 1, words})
			}
		}
		s.Takes = append(s.Takes, t)
	}
	if !fails || !works {
		return nil, fmt.Errorf("scenario %s: one take must fail and one must work", name)
	}
	return s, nil
}

// section is a file of a txtar archive.
type section struct{ name, text string }

// sections takes a txtar archive apart: the comment, then the files behind lines of the form "-- NAME --".
func sections(file string) (comment string, files []section) {
	parts := []section{{}}
	begin, at := 0, 0 // of the part under way and of the line
	end := func() { parts[len(parts)-1].text = file[begin:at] }
	for line := range strings.Lines(file) {
		head, marker := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "-- ")
		name, closed := strings.CutSuffix(head, " --")
		if name = strings.TrimSpace(name); marker && closed && name != "" {
			end()
			parts = append(parts, section{name: name})
			begin = at + len(line)
		}
		at += len(line)
	}
	end()
	return parts[0].text, parts[1:]
}

// split cuts a line into words; quotes hold blanks, # begins a comment.
func split(text string) (words []string, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var word string
		switch text[0] {
		case '#':
			return words, nil
		case '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			word, text = text[1:end+1], text[end+2:]
		default:
			end := strings.IndexAny(text, " \t")
			if end < 0 {
				end = len(text)
			}
			word, text = text[:end], text[end:]
		}
		words = append(words, word)
	}
	return words, nil
}

// Run plays every take and returns the first line that did not come true. out gets what the devices print, what the
// firmware sees, and the explanation of each take that fails.
func (s *Scenario) Run(out io.Writer) error {
	fmt.Fprintf(out, "%s: %s (%s)\n", s.Name, s.Title, s.Report)
	if s.Note != "" {
		fmt.Fprintf(out, "note: %s\n", s.Note)
	}
	for i := range s.Takes {
		t := &s.Takes[i]
		fmt.Fprintf(out, "\n%s\n", t.Name)
		var follow func(trace.Event)
		if s.Follow != nil {
			follow = func(e trace.Event) { s.Follow(t.Name, e) }
		}
		ended := func(d *emulator.Device) {
			if s.Ended != nil {
				s.Ended(t.Name, d)
			}
		}
		if err := t.run(out, s.Language, follow, ended); err != nil {
			return fmt.Errorf("scenario %s, %s, %w", s.Name, t.Name, err)
		}
	}
	return nil
}
