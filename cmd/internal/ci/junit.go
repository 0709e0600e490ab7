package ci

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// outputMax bounds what a case's output takes of the file, in bytes; the end is kept. Choice.
const outputMax = 256 << 10

// Suite is what one command has tested.
type Suite struct {
	Name  string
	Began time.Time // zero: not said
	Cases []Case
}

// Case is one test.
type Case struct {
	Class   string // what the test belongs to: a file, a scenario, an image
	Name    string
	File    string // where it is, below the repository's folder; "" leaves it out: GitLab reads it, and Jenkins' schema does not have it
	Took    time.Duration
	Failure *Failure // nil: it has passed, or Skipped says why it did not run
	Skipped string   // why it was not run
	Output  string   // what the device printed
}

// Failure is why a test has failed.
type Failure struct {
	Kind  string // one word: crash, text, finding, timeout, assertion
	Error bool   // the test could not come to a verdict: a crash, for instance
	Title string // one line
	Where string // file:line, "" when unknown
	Text  string // all that is known
}

// The elements, in the shape that Jenkins, GitLab and GitHub's reporters read; testdata/junit.xsd is their schema.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr,omitempty"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Skipped *junitSkipped `xml:"skipped"`
		Error   *junitFailure `xml:"error"`
		Failure *junitFailure `xml:"failure"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// WriteJUnit writes a suite as JUnit's XML. Characters that XML does not have become U+FFFD.
func WriteJUnit(w io.Writer, s Suite) error {
	suite := junitSuite{Name: s.Name, Tests: len(s.Cases)}
	if !s.Began.IsZero() {
		suite.Timestamp = s.Began.UTC().Format("2006-01-02T15:04:05")
	}
	var all time.Duration
	for _, c := range s.Cases {
		all += c.Took
		out := junitCase{Name: c.Name, Class: c.Class, Time: seconds(c.Took), Output: tail(c.Output), File: c.File}
		switch {
		case c.Failure != nil:
			f := &junitFailure{Message: c.Failure.Title, Type: c.Failure.Kind, Text: c.Failure.Text}
			if file, line := Place(c.Failure.Where); file != "" { // the schema has no attributes for it
				f.Text = fmt.Sprintf("%s:%d: %s", file, line, f.Text)
			}
			if c.Failure.Error {
				suite.Errors++
				out.Error = f
			} else {
				suite.Failures++
				out.Failure = f
			}
		case c.Skipped != "":
			suite.Skipped++
			out.Skipped = &junitSkipped{c.Skipped}
		}
		suite.Cases = append(suite.Cases, out)
	}
	suite.Time = seconds(all)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	err := e.Encode(junitSuites{Name: s.Name, Tests: suite.Tests, Failures: suite.Failures, Errors: suite.Errors, Time: suite.Time,
		Suites: []junitSuite{suite}})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "\n")
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// tail is the end of an output that is too long, from the beginning of a character on.
func tail(s string) string {
	if len(s) <= outputMax {
		return s
	}
	s = s[len(s)-outputMax:]
	for i := range min(len(s), utf8.UTFMax) {
		if utf8.RuneStart(s[i]) {
			return "...\n" + strings.TrimPrefix(s[i:], "\n")
		}
	}
	return "...\n" + s
}
