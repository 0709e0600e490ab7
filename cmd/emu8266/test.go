package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/ci"
	"github.com/emu8266/emu8266/cmd/internal/project"
)

// testCmd runs a project's tests: C functions and scripts.
type testCmd struct {
	languageFlag
	Dir      string        `arg:"" optional:"" help:"The project's folder, with emu8266.toml or without. Default: this one, or the one above it that has emu8266.toml."`
	Tests    string        `help:"Folder of the tests. Default: what emu8266.toml says, or test." placeholder:"DIR"`
	Filter   string        `help:"Run the tests whose FILE: NAME matches, a regular expression." placeholder:"REGEXP"`
	List     bool          `help:"List the tests, run none."`
	Repeat   int           `help:"Run each test so often, with another seed each time." default:"1" placeholder:"N"`
	Jobs     int           `help:"Tests that run at once. Default: as many as there are processors." placeholder:"N"`
	Seed     uint64        `help:"Of the devices' and the network's random numbers." default:"1" placeholder:"N"`
	After    time.Duration `help:"A C test's device goes on for so long behind the test, in its time: callbacks and timers may fail it." default:"1s"`
	Firmware string        `help:"What scripts run: an image of emu8266 build, or an ELF file. Default: the project is built." placeholder:"FILE"`
	Engine   string        `enum:",wasm,lx106" default:"" help:"What runs the firmware, and the compiler with it: wasm or lx106. Default: what emu8266.toml says, or wasm." placeholder:"wasm|lx106"`
	Check    bool          `help:"Check each access to memory, and local arrays." default:"true" negatable:""`
	Checks   string        `help:"Misuse of the SDK (emu8266 checks): off, warn tells it, fail makes the test fail." default:"fail" enum:"off,warn,fail"`
	caseFlags
	Report string `help:"Write a report of the devices whose tests failed, the first 16, to FILE: a page (.html) or text for a ticket (.md). No file if none failed." placeholder:"FILE"`
	Cover  string `help:"Write which lines of C ran to FILE, in lcov's format." placeholder:"FILE"`
	Cache  string `help:"Folder for objects and images of tests. Default: in the user's cache folder." placeholder:"DIR"`
}

// Help is shown by --help.
func (testCmd) Help() string {
	return `Examples:
  emu8266 test
  emu8266 test app --filter 'test_parse' --junit result.xml --cover cover.info
  emu8266 test --engine lx106 --repeat 20

The tests lie in the folder test of the project. They are of two kinds, and each runs on a device of its own in virtual time:
  C         functions void test_NAME(void) of a C file, with assert or with Unity as it is (docs/test.md)
  scripts   NAME.txtar: who is on the network, what is typed, pressed and unplugged, what must come of it (docs/scripts.md)

A test fails at an assertion, at a line of its script that does not come true, at a crash, and at misuse of the SDK that it does
not expect. Firmware and tests are built as emu8266 build --test does, with memory checks.

Exit codes: 0 all passed; 1 a test failed, or a file of tests could not be built; 2 wrong usage, or nothing to test.`
}

// repeatMax bounds --repeat. Choice.
const repeatMax = 100_000

// jobsMax bounds --jobs. Choice.
const jobsMax = 1000

// Run builds, runs and reports.
func (c testCmd) Run(con *console) (err error) {
	if c.Repeat < 1 || c.Repeat > repeatMax {
		return usagef("--repeat %d: give a number from 1 to %d", c.Repeat, repeatMax)
	}
	if c.After < 0 || c.After > time.Hour {
		return usagef("--after %v: give a time from 0s to 1h", c.After)
	}
	if c.Jobs < 0 || c.Jobs > jobsMax {
		return usagef("--jobs %d: give a number from 1 to %d, or 0 for the processors there are", c.Jobs, jobsMax)
	}
	if c.Seed == 0 {
		return usagef("--seed 0: give a number from 1 on")
	}
	filter, err := regexp.Compile(c.Filter)
	if err != nil {
		return usagef("--filter: %v", err)
	}
	p, err := c.project()
	if err != nil {
		return err
	}
	bench := &testBench{testCmd: c, caseReport: caseReport{name: "emu8266 test"}, con: con, project: p, filter: filter,
		programs: &scriptPrograms{count: true}}
	defer func() { err = errors.Join(err, bench.programs.close()) }()
	if err := bench.collect(); err != nil {
		return err
	}
	if c.List {
		for _, name := range bench.names() {
			fmt.Fprintln(con.out, name)
		}
		return nil
	}
	var inputs []inputFile
	for _, path := range bench.files {
		inputs = append(inputs, inputFile{"a test", path})
	}
	if err := c.caseFlags.check(inputs...); err != nil {
		return err
	}
	if c.Cover != "" {
		if err := checkOutput("--cover", c.Cover, inputs...); err != nil {
			return err
		}
	}
	if c.Report != "" {
		if err := checkReportFile("--report", c.Report, inputs...); err != nil {
			return err
		}
	}
	ctx, stop := interruptible()
	defer stop()
	if err := bench.run(ctx); err != nil {
		return err
	}
	return bench.report(ctx, inputs)
}

// project reads the project's file; a folder without is a project in the SDK's usual shape.
func (c testCmd) project() (p *project.Project, err error) {
	if c.Dir == "" {
		if p, err = findProject(); err != nil {
			return nil, err
		}
	} else if err := projectFolder(c.Dir); err != nil {
		return nil, usagef("%v", err)
	}
	if path := filepath.Join(c.Dir, project.FileName); p == nil {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			p, err = project.Parse(path, nil)
			if err != nil {
				return nil, err
			}
		} else if p, err = readProject(path); err != nil {
			return nil, err
		}
	}
	if c.Tests != "" {
		if p.Tests, err = filepath.Abs(c.Tests); err != nil {
			return nil, err
		}
	}
	if info, err := os.Stat(p.TestsFolder()); err != nil || !info.IsDir() {
		return nil, usagef("there is no folder of tests, %s: make it, or give --tests DIR", p.TestsFolder())
	}
	return p, confined("the tests' folder", p.TestsFolder())
}

// report tells what came of the tests.
func (b *testBench) report(ctx context.Context, inputs []inputFile) error {
	covered, err := b.coverage(inputs)
	if err != nil {
		return err
	}
	if err := b.writeReport(inputs); err != nil {
		return err
	}
	if err := b.writeFiles(b.con, b.caseFlags, b.project.Dir(), inputs...); err != nil {
		return err
	}
	passed, failed, skipped := b.counts()
	switch {
	case b.TAP:
		err = ci.WriteTAP(b.con.out, b.suite())
	case b.JSON:
		err = writeJSON(b.con.out, testResult{b.caseReport.result(), b.engine(), covered})
	default:
		parts := []string{fmt.Sprintf("%d passed", passed)}
		if failed > 0 {
			parts = append(parts, fmt.Sprintf("%d failed", failed))
		}
		if skipped > 0 {
			parts = append(parts, fmt.Sprintf("%d skipped", skipped))
		}
		_, err = fmt.Fprintf(b.con.out, "\n%s: %s\n", counted(len(b.cases), "test"), strings.Join(parts, ", "))
		if err == nil && covered != nil && covered.Lines > 0 {
			_, err = fmt.Fprintf(b.con.out, "%.1f %% of the lines ran (%d of %d)\n", covered.Percent, covered.Ran, covered.Lines)
		}
	}
	switch {
	case err != nil:
		return err
	case ctx.Err() != nil:
		fmt.Fprintln(b.con.err, "emu8266: interrupted")
		return errReported
	case failed > 0:
		return errReported
	}
	return nil
}

// testResult is the object of --json.
type testResult struct {
	caseResult
	Engine   string   `json:"engine"`
	Coverage *covered `json:"coverage"`
}

// counted writes a number with its word: 1 test, 2 tests.
func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
