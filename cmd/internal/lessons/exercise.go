package lessons

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/docs/lessons"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
)

// Exercise is what a learner has to do after a lesson.
type Exercise struct {
	Name  string // of the lesson
	Task  string // in the language that was asked for
	Start string // commands of a take, to begin with

	keep     []string
	checks   []check
	language cause.Language
}

// check is one thing that must hold.
type check struct {
	name    string
	lines   []string          // expectations
	swapped map[string]string // lines of the learner's that are others here
	wanted  []string          // lines that the learner's script must have
}

// Result is what came of a check.
type Result struct {
	Score  int           `json:"score"` // per cent of the checks that hold
	Checks []CheckResult `json:"checks"`
	Hints  []string      `json:"hints,omitempty"` // what the device's explanations say to change

	language cause.Language
}

// String returns the result as lines of text for people: the checks, the hints, the score.
func (r Result) String() string {
	good, bad, saw, hint, score := "ok  ", "FAIL", "saw: ", "hint: ", "score: "
	if r.language == cause.Chinese {
		good, bad, saw, hint, score = "通过  ", "未通过", "现象：", "提示：", "得分："
	}
	var b strings.Builder
	said := ""
	for _, x := range r.Checks {
		mark := bad
		if x.OK {
			mark = good
		}
		fmt.Fprintf(&b, "%s  %s\n", mark, x.Name)
		if x.Saw != "" && x.Saw != said {
			said = x.Saw
			fmt.Fprintf(&b, "      %s%s\n", saw, x.Saw)
		}
	}
	for _, h := range r.Hints {
		fmt.Fprintf(&b, "%s%s\n", hint, h)
	}
	fmt.Fprintf(&b, "%s%d %%\n", score, r.Score)
	return b.String()
}

// CheckResult is one check.
type CheckResult struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Why  string `json:"why,omitempty"` // it does not hold
	// Saw is what came of the learner's script where the check does not hold: a line that could not be carried out, what the device's
	// explanation says, and, where that knows of no failure, what there was in place of what is checked.
	Saw string `json:"saw,omitempty"`
}

// Exercise returns the lesson's exercise in a language.
func (x Lesson) Exercise(l cause.Language) (Exercise, error) {
	b, err := lessons.Exercise(x.Name)
	if err != nil {
		return Exercise{}, err
	}
	a := txtar.Parse(b)
	e := Exercise{Name: x.Name, language: l}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if key == "task" && l == cause.English || key == "task.zh" && l == cause.Chinese {
			e.Task = value
		}
	}
	for _, f := range a.Files {
		switch name, both, _ := strings.Cut(f.Name, ": "); name {
		case "start":
			e.Start = string(f.Data)
		case "keep":
			e.keep = commands(string(f.Data))
		case "check":
			c := parseCheck(both, string(f.Data), l)
			e.checks = append(e.checks, c)
		}
	}
	return e, nil
}

// parseCheck reads a check: its name in both languages, and its lines.
func parseCheck(both, text string, l cause.Language) check {
	c := check{swapped: map[string]string{}}
	english, chinese, _ := strings.Cut(both, " | ")
	if c.name = english; l == cause.Chinese {
		c.name = chinese
	}
	for _, line := range commands(text) {
		if swap, ok := strings.CutPrefix(line, "with: "); ok {
			from, to, _ := strings.Cut(swap, " => ")
			c.swapped[from] = to
		} else if wanted, ok := strings.CutPrefix(line, "line: "); ok {
			c.wanted = append(c.wanted, wanted)
		} else {
			c.lines = append(c.lines, line)
		}
	}
	return c
}

// commands are the lines of a script, without blanks around them, comments and empty ones.
func commands(text string) (out []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, " #")
		line = strings.Join(strings.Fields(line), " ")
		if line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// ErrScript says that the learner's script is not one that can be checked; it comes wrapped with the reason.
var ErrScript = errors.New("this cannot be checked")

// learner returns the lines of a learner's script: a take of its own, or plain commands. All lines are there, also those without a command,
// so that their numbers are the learner's.
func learner(text string, l cause.Language) ([]string, error) {
	a := txtar.Parse([]byte(text))
	switch len(a.Files) {
	case 0:
		return strings.Split(text, "\n"), nil
	case 1:
		return strings.Split(string(a.Files[0].Data), "\n"), nil
	}
	said := map[cause.Language]string{cause.English: "it has %d takes, one is wanted", cause.Chinese: "它有 %d 段，需要一段"}[l]
	return nil, &scriptError{fmt.Errorf(said, len(a.Files)), l}
}

// scriptError is ErrScript with the reason, in a language.
type scriptError struct {
	why      error
	language cause.Language
}

func (e *scriptError) Error() string {
	if e.language == cause.Chinese {
		return "无法检查：" + e.why.Error()
	}
	return ErrScript.Error() + ": " + e.why.Error()
}

func (e *scriptError) Unwrap() []error { return []error{ErrScript, e.why} }

// Check plays a learner's script against the exercise's checks. Time must be virtual. Its errors wrap ErrScript: the script is none,
// or leaves out what must stay.
func (e Exercise) Check(text string) (Result, error) {
	own, err := learner(text, e.language)
	if err != nil {
		return Result{}, err
	}
	rest, before := commands(strings.Join(own, "\n")), ""
	for _, line := range e.keep {
		i := slices.Index(rest, line)
		switch {
		case i < 0 && slices.Contains(commands(strings.Join(own, "\n")), line):
			said := map[cause.Language]string{cause.English: "the line %q must stay behind %q",
				cause.Chinese: "%q 这一行必须在 %q 之后"}[e.language]
			return Result{}, &scriptError{fmt.Errorf(said, line, before), e.language}
		case i < 0:
			said := map[cause.Language]string{cause.English: "the line %q must stay", cause.Chinese: "%q 这一行必须保留"}[e.language]
			return Result{}, &scriptError{fmt.Errorf(said, line), e.language}
		}
		rest, before = rest[i+1:], line
	}
	return e.judge(own, nil)
}

// judge plays all checks: of the script alone, or of firmware.
func (e Exercise) judge(own []string, firmware *scenario.Program) (r Result, err error) {
	good := 0
	r.language = e.language
	for _, c := range e.checks {
		out, hints, err := e.play(own, c, firmware)
		if err != nil {
			return Result{}, err
		}
		if out.OK = out.Why == ""; out.OK {
			good++
		}
		for _, h := range hints {
			if !slices.Contains(r.Hints, h) {
				r.Hints = append(r.Hints, h)
			}
		}
		r.Checks = append(r.Checks, out)
	}
	r.Score = good * 100 / len(e.checks)
	return r, nil
}

// play carries out one check: why it does not hold, and what to change.
func (e Exercise) play(own []string, c check, firmware *scenario.Program) (out CheckResult, hints []string, err error) {
	out.Name = c.name
	for _, line := range c.wanted {
		if !slices.Contains(commands(strings.Join(own, "\n")), line) {
			out.Why = map[cause.Language]string{cause.English: "a line says something else", cause.Chinese: "有一行不符"}[e.language]
		}
	}
	lines := slices.Clone(own)
	for i, line := range lines {
		if to, ok := c.swapped[strings.Join(commands(line), "")]; ok {
			lines[i] = to
		}
	}
	script := "-- check --\n" + strings.Join(append(lines, c.lines...), "\n") + "\n"
	s, err := scenario.Parse(e.Name, []byte(script))
	if err != nil {
		return out, nil, &scriptError{place(err, e.language), e.language}
	}
	s.Language, s.Program = e.language, firmware
	var x explain.Explanation
	s.Ended = func(_ string, d *emulator.Device) { x = explain.Explain(d.Trace().Events(), e.language) }
	err = s.Run(io.Discard)
	if m := new(scenario.MistakeError); errors.As(err, &m) {
		return out, nil, &scriptError{place(err, e.language), e.language}
	}
	if err == nil {
		return out, nil, nil
	}
	out.Why, _, _ = strings.Cut(err.Error(), "\n")
	colon, semicolon := ": ", "; "
	if e.language == cause.Chinese {
		colon, semicolon = "：", "；"
	}
	out.Saw = x.Headline()
	if x.Symptom != "" {
		out.Saw += colon + x.Symptom
	}
	if l := new(scenario.LineError); errors.As(err, &l) {
		switch sound := x.Outcome == explain.OutcomeConnected || x.Outcome == explain.OutcomeIdle; {
		case l.Line <= len(own)+1: // the first line is the take's name
			out.Saw = l.Text + colon + l.Why()
		case sound: // that the last connection works does not say what is missing
			out.Saw += semicolon + l.Why()
		}
	}
	return out, x.Change, nil
}

// place says what is wrong with a line as the learner knows it: by its number alone, for there is one take.
func place(err error, l cause.Language) error {
	if line := new(scenario.LineError); errors.As(err, &line) {
		return line
	}
	if file := new(scenario.FileError); errors.As(err, &file) {
		return errors.New((&scenario.FileError{Line: file.Line, Err: file.Err}).In(l))
	}
	return err
}
