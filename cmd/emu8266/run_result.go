package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/emu8266/emu8266/cmd/internal/ci"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
)

// resultFlags say in which form a run tells what came of it.
type resultFlags struct {
	JSON       bool   `name:"json" help:"Print the result as JSON on stdout, with what the device printed in it (docs/ci.md)."`
	JUnit      string `name:"junit" help:"Write the result to FILE in JUnit's XML form: one test, the run." placeholder:"FILE"`
	Quiet      bool   `short:"q" help:"Say nothing on stderr but what went wrong."`
	Timestamps bool   `help:"Put the device's time, in seconds, before each line that it prints on stdout."`
	SerialLog  string `name:"serial-log" help:"Write what the device prints to FILE too, byte for byte." placeholder:"FILE"`
}

// textKept bounds what a result holds of the device's output, in bytes; the end is kept. Choice.
const textKept = 1 << 20

// causesKept bounds the causes in a result. Choice.
const causesKept = 50

// verdict is what came of a run, in one stable word.
type verdict string

// The verdicts.
const (
	verdictOK          verdict = "ok"
	verdictCrash       verdict = "crash"
	verdictFailText    verdict = "fail-text"   // a text of --fail-text was printed
	verdictFinding     verdict = "finding"     // misuse of the SDK, with --checks fail
	verdictTimeout     verdict = "timeout"     // the time is over before all that was expected had come
	verdictStopped     verdict = "stopped"     // the firmware has ended before that
	verdictInterrupted verdict = "interrupted" // Ctrl-C came before that
)

// runResult is what came of a run; its JSON form is described in docs/ci.md.
type runResult struct {
	Version  string   `json:"version"`
	Firmware string   `json:"firmware"`
	Profile  string   `json:"profile"`
	Verdict  verdict  `json:"verdict"`
	Message  string   `json:"message"`
	ExitCode int      `json:"exit_code"`
	Seconds  float64  `json:"seconds"`
	Expected []string `json:"expected"`
	Missing  []string `json:"missing"`

	Crash       *crashResult         `json:"crash,omitempty"`
	Findings    []explain.Found      `json:"findings,omitempty"`
	Causes      []causeResult        `json:"causes,omitempty"`
	Explanation *explain.Explanation `json:"explanation,omitempty"`
	Denied      []string             `json:"denied,omitempty"`
	Text        string               `json:"text"`
	TextLost    int                  `json:"text_lost,omitempty"`
}

// crashResult is a crash of the firmware.
type crashResult struct {
	Name     string   `json:"name"`
	Cause    int      `json:"cause"`
	Why      string   `json:"why"`
	Where    string   `json:"where,omitempty"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`
	Stack    []string `json:"stack,omitempty"`
	Callback string   `json:"callback,omitempty"`
	LastCall string   `json:"last_call,omitempty"`
	Locals   []string `json:"locals,omitempty"`
}

// causeResult is why something went wrong, with the remedy.
type causeResult struct {
	ID     cause.ID `json:"id"`
	Text   string   `json:"text"`
	Change []string `json:"change,omitempty"`
	Times  int      `json:"times"`
}

func crashOf(c *chip.Crash) *crashResult {
	if c == nil {
		return nil
	}
	r := &crashResult{Name: c.Name(), Cause: c.Cause, Why: c.Why, Where: c.Where, Stack: c.Stack, Callback: c.Callback, LastCall: c.Call,
		Locals: c.Locals}
	r.File, r.Line = ci.Place(c.Where)
	return r
}

// causesOf are the causes of what went wrong, each once, newest first.
func causesOf(all []explain.Explanation) (list []causeResult) {
	at := map[cause.ID]int{}
	for _, x := range all {
		switch i, known := at[x.CauseID]; {
		case x.CauseID == "":
		case known:
			list[i].Times++
		case len(list) < causesKept:
			at[x.CauseID] = len(list)
			list = append(list, causeResult{x.CauseID, x.Cause, x.Change, 1})
		}
	}
	return list
}

// textKeeper keeps the end of what the device prints.
type textKeeper struct {
	text []byte
	lost int
}

// Write never fails.
func (k *textKeeper) Write(p []byte) (int, error) {
	k.text = append(k.text, p...)
	if n := len(k.text) - 2*textKept; n > 0 { // seldom: moving it is dear
		k.cut()
	}
	return len(p), nil
}

// cut leaves no more than textKept bytes.
func (k *textKeeper) cut() { k.cutTo(textKept) }

// cutTo leaves no more than most bytes, from the beginning of a character on.
func (k *textKeeper) cutTo(most int) {
	n := len(k.text) - most
	if n <= 0 {
		return
	}
	for i := 0; i < utf8.UTFMax && n < len(k.text) && !utf8.RuneStart(k.text[n]); i++ {
		n++
	}
	k.lost += n
	k.text = append(k.text[:0], k.text[n:]...)
}

// result returns the text and how many bytes before it are lost.
func (k *textKeeper) result() (string, int) {
	k.cut()
	return strings.ToValidUTF8(string(k.text), "\uFFFD"), k.lost
}

// stamper puts the device's time before each line.
type stamper struct {
	out    io.Writer
	start  time.Time
	inside bool // a line has begun
}

// Write passes on.
func (s *stamper) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for line := range bytes.Lines(p) {
		if !s.inside {
			fmt.Fprintf(&b, "[%11.6f] ", time.Since(s.start).Seconds())
		}
		b.Write(line)
		s.inside = line[len(line)-1] != '\n'
	}
	if _, err := s.out.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// said is where words go that tell of nothing that went wrong.
func (f resultFlags) said(con *console) io.Writer {
	if f.Quiet {
		return io.Discard
	}
	return con.err
}

// serial is where the device's output goes, apart from those who look for texts in it.
type serial struct {
	out  io.Writer
	kept *textKeeper // nil: nobody wants it at the end
	file *outputFile
	log  *errorKeeper // on the way to file
}

// errorKeeper remembers the first error of what it writes to, and does not pass it on: the others still get what is written.
type errorKeeper struct {
	out io.Writer
	err error
}

// Write writes until the first error.
func (k *errorKeeper) Write(p []byte) (int, error) {
	if k.err == nil {
		_, k.err = k.out.Write(p)
	}
	return len(p), nil
}

// serial opens where the output goes. Its time is that of now on.
func (f resultFlags) serial(con *console, most byteCount, others ...inputFile) (*serial, error) {
	s := &serial{}
	var to []io.Writer
	if !f.JSON {
		out := con.out
		if f.Timestamps {
			out = &stamper{out: out, start: time.Now()}
		}
		to = append(to, out)
	}
	if f.JSON || f.JUnit != "" {
		s.kept = &textKeeper{}
		to = append(to, s.kept)
	}
	if f.SerialLog != "" {
		s.file = &outputFile{flag: "--serial-log", path: f.SerialLog}
		if err := openOutputs(others, s.file); err != nil {
			return nil, err
		}
		s.log = &errorKeeper{out: capped(con, s.file, most)}
		to = append(to, s.log)
	}
	s.out = io.MultiWriter(to...)
	return s, nil
}

func (s *serial) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.log.err, s.file.file.Close())
}

// tell writes the result in the forms that were asked for.
func (f resultFlags) tell(con *console, r *runResult, s *serial, inputs ...inputFile) error {
	if s.kept != nil {
		r.Text, r.TextLost = s.kept.result()
	}
	annotate(con, r)
	var err error
	if f.JUnit != "" {
		var b bytes.Buffer
		if err = ci.WriteJUnit(&b, r.suite()); err == nil {
			err = writeFile("--junit", f.JUnit, b.Bytes(), inputs...)
		}
	}
	if f.JSON {
		err = errors.Join(err, writeJSON(con.out, r))
	}
	return err
}

// suite is the run as a test.
func (r *runResult) suite() ci.Suite {
	c := ci.Case{Class: "emu8266", Name: filepath.Base(r.Firmware), Took: time.Duration(r.Seconds * float64(time.Second)), Output: r.Text}
	if r.Verdict != verdictOK {
		f := &ci.Failure{Kind: string(r.Verdict), Error: r.Verdict == verdictCrash}
		f.Title, _, _ = strings.Cut(r.Message, "\n")
		f.Where = r.where()
		file, _ := ci.Place(f.Where)
		c.File = fileInGitLab(filepath.Dir(r.Firmware), file)
		f.Text = r.Message
		if r.Explanation != nil && r.Crash == nil {
			f.Text += "\n" + r.Explanation.String()
		}
		c.Failure = f
	}
	return ci.Suite{Name: "emu8266 run", Cases: []ci.Case{c}}
}

// where is the place of what went wrong, "" if it has none.
func (r *runResult) where() string {
	switch {
	case r.Verdict == verdictCrash && r.Crash != nil:
		return r.Crash.Where
	case r.Verdict == verdictFinding && len(r.Findings) > 0:
		return r.Findings[0].Where
	}
	return ""
}

// annotate shows crash, findings and failure beside the code, where GitHub runs the command.
func annotate(con *console, r *runResult) {
	a := annotations(con.err, filepath.Dir(r.Firmware))
	for _, f := range r.Findings {
		if f.Where != "" && r.Verdict != verdictFinding {
			a.Warning(f.Where, f.Rule, f.Text+"; fix: "+f.Fix)
		}
	}
	if r.Verdict == verdictOK {
		return
	}
	text := r.Message
	if r.Verdict == verdictFinding && len(r.Findings) > 0 {
		text += "\n" + r.Findings[0].Text + "; fix: " + r.Findings[0].Fix
	} else if r.Explanation != nil && r.Crash == nil {
		text += "\n" + r.Explanation.String()
	}
	a.Error(r.where(), "emu8266: "+string(r.Verdict), text)
}

// annotations are those of GitHub's runner; nil elsewhere. A source file is looked for from here and from folder, where the firmware lies,
// and is named from the repository's root on.
func annotations(out io.Writer, folder string) *ci.Annotations {
	return ci.New(os.Getenv, out, func(file string) string { return inRepository(os.Getenv("GITHUB_WORKSPACE"), folder, file) })
}

// inRepository is a file's name from the folder root on. It is looked for from here and from folder, where the firmware lies; a name that
// is not found stays.
func inRepository(root, folder, file string) string {
	for _, dir := range []string{".", folder, filepath.Dir(folder)} {
		path, err := filepath.Abs(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil || root == "" {
			continue
		}
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if inside, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(inside) {
			return filepath.ToSlash(inside)
		}
	}
	return file
}

// fileInGitLab is the file that GitLab shows beside a case, "" where no job of GitLab runs the command.
func fileInGitLab(folder, file string) string {
	if file == "" || !ci.InGitLab(os.Getenv) {
		return ""
	}
	return inRepository(os.Getenv("CI_PROJECT_DIR"), folder, file)
}
