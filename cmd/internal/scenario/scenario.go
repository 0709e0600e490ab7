// Package scenario plays scripts: a device, a network and its machines, with what must come of it. A script is about firmware of a
// project (Program), or about the built-in client, which makes the calls of the SDK that the script says.
//
// A script is a txtar file: each file in it is a take, whose lines are commands; what comes before is a comment, which may hold
// `title:`. A take has a device and a network of its own. It must run in a testing/synctest bubble.
//
// The library's scripts are failures that people met. Their comment holds `title:`, `report:`, `layer:` and, where the mechanism is
// not the device's own, `note:`; each take is named "fails: ..." or "works: ...": settings that fail as in a public report, and
// settings that work.
//
// [Commands] lists the commands.
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

	// chinese holds the lines title-zh and note-zh, which stand beside those in English.
	chinese struct{ title, note string }

	// Follow gets each event of each take's device, on the device goroutine, until the take's last line is over; nil: nobody.
	Follow func(take string, e trace.Event)
	// Ended gets each take's device when the take is over and the device closed; nil: nobody.
	Ended func(take string, d *emulator.Device)
	// Language is that of the explanations; English by default.
	Language cause.Language
	// Program is what takes run that name no firmware; nil: the built-in client.
	Program *Program
	// Open finds the firmware that a take names, a file; nil: takes may not name any.
	Open func(file string) (*Program, error)
	// Seed is that of the devices' random numbers and of the network; 0 is 1.
	Seed uint64
	// Careful makes misuse of the SDK by firmware of a project an error, unless the take expects that finding.
	Careful bool
}

// Program is firmware of a project.
type Program struct {
	// New makes it for one device.
	New func() emulator.Firmware
	// Config is the device that it is for. The script's settings come on top; Network, UART and Seed are the take's own. Flash, if
	// there is one, is the chip's content: each take has a copy.
	Config emulator.Config
}

// Take is one way through a scenario.
type Take struct {
	Name  string // in the library "fails: ..." or "works: ..."
	Line  int    // of the file: where it begins
	lines []line

	chinese string // its first line, "zh: ..."
}

// TitleIn is the title in a language; a script without a line title-zh has one for both.
func (s *Scenario) TitleIn(l cause.Language) string { return in(l, s.Title, s.chinese.title) }

// NoteIn is the note in a language, as TitleIn.
func (s *Scenario) NoteIn(l cause.Language) string { return in(l, s.Note, s.chinese.note) }

// NameIn is the name in a language; a take whose first line does not begin with "zh: " has one for both.
func (t *Take) NameIn(l cause.Language) string { return in(l, t.Name, t.chinese) }

func in(l cause.Language, english, chinese string) string {
	if l == cause.Chinese && chinese != "" {
		return chinese
	}
	return english
}

// Fails says that the take shows the failure.
func (t *Take) Fails() bool { return Fails(t.Name) }

// Fails says whether a take of that name, in either language, shows a failure.
func Fails(take string) bool {
	return strings.HasPrefix(take, "fails: ") || strings.HasPrefix(take, "失败：")
}

// Judged says that the take looks at why something failed: at the cause, at a finding, or at the wear of the flash.
func (t *Take) Judged() bool {
	for _, l := range t.lines {
		if len(l.words) > 1 && l.words[0] == "expect" && (l.words[1] == "cause" || l.words[1] == "finding" || l.words[1] == "erases") {
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
		if err == nil {
			err = s.complete()
		}
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
	fields := map[string]*string{"title": &s.Title, "report": &s.Report, "layer": &s.Layer, "note": &s.Note,
		"title-zh": &s.chinese.title, "note-zh": &s.chinese.note}
	for _, l := range strings.Split(comment, "\n") {
		if key, value, ok := strings.Cut(l, ": "); ok && fields[key] != nil {
			*fields[key] = strings.TrimSpace(value)
		}
	}
	files, err := expand(files)
	if e := new(FileError); errors.As(err, &e) {
		e.Script = name
	}
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		t := Take{Name: f.name, Line: f.line}
		for i, text := range strings.Split(f.text, "\n") {
			if chinese, ok := strings.CutPrefix(text, "zh: "); ok && i == 0 {
				t.chinese = strings.TrimSpace(chinese) + f.values
				continue
			}
			words, err := split(text)
			if err != nil {
				return nil, &FileError{Script: name, Take: f.name, Line: i + 1, Err: err}
			}
			if len(words) > 0 {
				t.lines = append(t.lines, line{i + 1, words})
			}
		}
		s.Takes = append(s.Takes, t)
	}
	if len(s.Takes) == 0 {
		err := errors.New("there is no take: a line such as \"-- it connects --\" begins one, its commands follow")
		return nil, &FileError{Script: name, Err: err}
	}
	return s, nil
}

// ParsePage reads the scripts of a Markdown page: its blocks that are marked as scenario, as the lessons have them. They are named
// after the page, and numbered if there are several; lines count from the beginning of the page.
func ParsePage(name string, page []byte) ([]*Scenario, error) {
	const fence = "```scenario\n"
	text := strings.ReplaceAll(string(page), "\r\n", "\n")
	var out []*Scenario
	for at := 0; ; {
		i := strings.Index(text[at:], fence)
		if i < 0 {
			break
		}
		at += i + len(fence)
		n := strings.Index(text[at:], "```")
		if n < 0 {
			return nil, &FileError{Script: name, Err: errors.New("a block of a script is not closed")}
		}
		s, err := Parse(name, []byte(text[at:at+n]))
		if err != nil {
			return nil, err
		}
		for k := range s.Takes {
			s.Takes[k].Line += strings.Count(text[:at], "\n")
		}
		out = append(out, s)
		at += n
	}
	if len(out) == 0 {
		return nil, &FileError{Script: name, Err: errors.New("there is no block of a script: ```scenario begins one")}
	}
	if len(out) > 1 {
		for i, s := range out {
			s.Name = fmt.Sprintf("%s %d", name, i+1)
		}
	}
	return out, nil
}

// complete says whether the script is one of the library: where it is from, and takes that fail and that work.
func (s *Scenario) complete() error {
	if s.Title == "" || s.Report == "" || s.Layer == "" {
		return fmt.Errorf("scenario %s: title, report and layer are needed", s.Name)
	}
	fails, works := false, false
	for _, t := range s.Takes {
		switch {
		case t.Fails():
			fails = true
		case strings.HasPrefix(t.Name, "works: "):
			works = true
		default:
			return fmt.Errorf("scenario %s: take %q: begin with \"fails: \" or \"works: \"", s.Name, t.Name)
		}
	}
	if !fails || !works {
		return fmt.Errorf("scenario %s: one take must fail and one must work", s.Name)
	}
	return nil
}

// section is a file of a txtar archive.
type section struct {
	name, text string
	values     string // of its parameters, as they end the name
	line       int    // of its marker
}

// sections takes a txtar archive apart: the comment, then the files behind lines of the form "-- NAME --".
func sections(file string) (comment string, files []section) {
	parts := []section{{}}
	begin, at, number := 0, 0, 0 // of the part under way and of the line
	end := func() { parts[len(parts)-1].text = file[begin:at] }
	for line := range strings.Lines(file) {
		number++
		head, marker := strings.CutPrefix(strings.TrimRight(line, " \t\r\n"), "-- ")
		name, closed := strings.CutSuffix(head, " --")
		if name = strings.TrimSpace(name); marker && closed && name != "" {
			end()
			parts = append(parts, section{name: name, line: number})
			begin = at + len(line)
		}
		at += len(line)
	}
	end()
	return parts[0].text, parts[1:]
}

// split cuts a line into words; quotes hold blanks, within "" \" is a quote, # begins a comment.
func split(text string) (words []string, err error) {
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var word string
		switch text[0] {
		case '#':
			return words, nil
		case '"', '`':
			end := quoted(text)
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			word = text[1:end]
			if text[0] == '"' {
				word = strings.ReplaceAll(word, `\"`, `"`)
			}
			text = text[end+1:]
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

// quoted returns where the quote that text begins with is closed, -1 if it is not.
func quoted(text string) int {
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == text[0]:
			return i
		case text[i] == '\\' && text[0] == '"':
			i++
		}
	}
	return -1
}

// Run plays every take and returns the first line that did not come true. out gets what the devices print, what the
// firmware sees, and the explanation of each take that fails.
func (s *Scenario) Run(out io.Writer) error {
	s.Head(out)
	for i := range s.Takes {
		fmt.Fprintf(out, "\n%s\n", s.Takes[i].NameIn(s.Language))
		if err := s.Play(i, out); err != nil {
			return err
		}
	}
	return nil
}

// Head prints what stands above the takes: the name, the title, where it is from.
func (s *Scenario) Head(out io.Writer) {
	fmt.Fprintln(out, s.heading())
	if note := s.NoteIn(s.Language); note != "" {
		fmt.Fprintln(out, in(s.Language, "note: ", "说明：")+note)
	}
}

// heading is the name with what the comment says.
func (s *Scenario) heading() string {
	text := s.Name
	if s.Title != "" {
		text += in(s.Language, ": ", "：") + s.TitleIn(s.Language)
	}
	if s.Report != "" {
		text += " (" + s.Report + ")"
	}
	return text
}

// Play plays one take; the error is a *LineError for a line that did not come true, or cannot be carried out.
func (s *Scenario) Play(take int, out io.Writer) error {
	t := &s.Takes[take]
	r := newRunner(s, t, out)
	if err := r.play(t); err != nil {
		return fmt.Errorf("%s, %s, %w", s.Name, t.NameIn(s.Language), err)
	}
	return nil
}

// LineError says which line of a take did not come true.
type LineError struct {
	Line int    // of the file
	Text string // the line's words
	Err  error  // why; a *MistakeError when the line cannot be carried out at all
	// Story is the explanation of the device, "" for a mistake.
	Story string

	inTake   int
	language cause.Language
}

// Why is Err in the scenario's language.
func (e *LineError) Why() string { return told(e.Err, e.language) }

// Error names the line of the take.
func (e *LineError) Error() string {
	format := "line %d, %s: %s"
	if e.language == cause.Chinese {
		format = "第 %d 行，%s：%s"
	}
	text := fmt.Sprintf(format, e.inTake, e.Text, e.Why())
	if e.Story != "" {
		text += "\n" + e.Story
	}
	return text
}

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }
