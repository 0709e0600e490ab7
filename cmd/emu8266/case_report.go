package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/ci"
)

// caseFlags are the forms in which a command tells what became of its cases: tests, takes of scripts.
type caseFlags struct {
	JSON  bool   `name:"json" help:"Print the result as JSON on stdout." xor:"form"`
	TAP   bool   `name:"tap" help:"Print the result as TAP, version 13, on stdout." xor:"form"`
	JUnit string `name:"junit" help:"Write the result to FILE in JUnit's XML form." placeholder:"FILE"`
}

// silent says that stdout has a form that programs read, and no lines for people.
func (f caseFlags) silent() bool { return f.JSON || f.TAP }

// check looks at the file before anything is done.
func (f caseFlags) check(inputs ...inputFile) error {
	if f.JUnit == "" {
		return nil
	}
	return checkOutput("--junit", f.JUnit, inputs...)
}

// caseReport is what became of a command's cases.
type caseReport struct {
	name  string // of the command
	cases []ci.Case
	seeds []uint64 // of the cases
}

// add takes a case that has been played.
func (r *caseReport) add(c ci.Case, seed uint64) {
	r.cases = append(r.cases, c)
	r.seeds = append(r.seeds, seed)
}

// counts are how many cases ended in which way.
func (r *caseReport) counts() (passed, failed, skipped int) {
	for _, c := range r.cases {
		switch {
		case c.Failure != nil:
			failed++
		case c.Skipped != "":
			skipped++
		}
	}
	return len(r.cases) - failed - skipped, failed, skipped
}

// writeFiles writes what the flags ask for besides stdout, and annotations where GitHub runs the command; folder is where files that are
// named in the cases are looked for.
func (r *caseReport) writeFiles(con *console, f caseFlags, folder string, inputs ...inputFile) error {
	if f.JUnit != "" {
		var text bytes.Buffer
		if err := ci.WriteJUnit(&text, r.suite()); err != nil {
			return err
		}
		if err := writeFile("--junit", f.JUnit, text.Bytes(), inputs...); err != nil {
			return err
		}
	}
	notes := annotations(con.err, folder)
	for _, c := range r.cases {
		if c.Failure != nil {
			notes.Error(c.Failure.Where, c.Class+": "+c.Name, c.Failure.Title+"\n"+c.Failure.Text)
		}
	}
	return nil
}

// tell writes the result in all forms that were asked for.
func (r *caseReport) tell(con *console, f caseFlags, folder string, inputs ...inputFile) error {
	if err := r.writeFiles(con, f, folder, inputs...); err != nil {
		return err
	}
	switch {
	case f.TAP:
		return ci.WriteTAP(con.out, r.suite())
	case f.JSON:
		return writeJSON(con.out, r.result())
	}
	return nil
}

// suite is the report as JUnit and TAP know it.
func (r *caseReport) suite() ci.Suite { return ci.Suite{Name: r.name, Cases: r.cases} }

// caseOutcome is a case in the JSON of --json.
type caseOutcome struct {
	File    string  `json:"file"`
	Name    string  `json:"name"`
	Verdict string  `json:"verdict"`
	Kind    string  `json:"kind,omitempty"`
	Title   string  `json:"title,omitempty"`
	Where   string  `json:"where,omitempty"`
	Text    string  `json:"text,omitempty"`
	Output  string  `json:"output"`
	Seed    uint64  `json:"seed,omitempty"`
	Seconds float64 `json:"seconds"`
}

// caseResult is the object of --json; docs/test.md has its fields.
type caseResult struct {
	Version string        `json:"version"`
	Verdict string        `json:"verdict"`
	Passed  int           `json:"passed"`
	Failed  int           `json:"failed"`
	Skipped int           `json:"skipped"`
	Tests   []caseOutcome `json:"tests"`
}

// result is the report as JSON has it.
func (r *caseReport) result() caseResult {
	all := caseResult{Version: version(), Verdict: "passed", Tests: []caseOutcome{}}
	if all.Passed, all.Failed, all.Skipped = r.counts(); all.Failed > 0 {
		all.Verdict = "failed"
	}
	for i, k := range r.cases {
		one := caseOutcome{File: k.Class, Name: strings.TrimSuffix(k.Name, seeded(r.seeds[i])), Verdict: "passed", Output: k.Output,
			Seed: r.seeds[i], Seconds: k.Took.Seconds()}
		switch {
		case k.Failure != nil:
			one.Verdict, one.Kind, one.Title = "failed", k.Failure.Kind, k.Failure.Title
			one.Where, one.Text = k.Failure.Where, k.Failure.Text
		case k.Skipped != "":
			one.Verdict, one.Title = "skipped", k.Skipped
		}
		all.Tests = append(all.Tests, one)
	}
	return all
}

// seeded is what the name of a case has that is played several times.
func seeded(seed uint64) string { return fmt.Sprintf(" (seed %d)", seed) }
