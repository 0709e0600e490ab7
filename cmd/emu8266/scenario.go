package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	flight "github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/emulator/trace"
)

// scenarioCmd is the library of failures that people met.
type scenarioCmd struct {
	List     scenarioListCmd     `cmd:"" help:"List the scenarios."`
	Show     scenarioShowCmd     `cmd:"" help:"Print a scenario's script."`
	Commands scenarioCommandsCmd `cmd:"" help:"List the commands that a script can have."`
	Run      scenarioRunCmd      `cmd:"" help:"Play scenarios, failing and repaired; all without a name."`
}

// Help is shown by --help.
func (scenarioCmd) Help() string {
	return `Example:
  emu8266 scenario list
  emu8266 scenario run big-chain
  emu8266 scenario show big-chain > mine.txtar
  emu8266 scenario run mine.txtar
  emu8266 scenario run bench.txtar --firmware app.wasm

Each scenario reproduces a public report on an emulated device in virtual time: with settings that fail as reported, and
with settings that work. Exit code 1 if one does not come true.

A script of your own is a text file with takes, each of which begins with a line such as "-- it connects --". Its lines are
commands, for firmware of yours or for a built-in client of the SDK (docs/scripts.md has an example of each):

` + indented(scenario.Commands())
}

// indented puts two blanks before each line, so that help keeps them.
func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}

type scenarioListCmd struct {
	JSON bool `help:"Print the list as JSON."`
	languageFlag
}

// Run prints one line for each scenario.
func (c scenarioListCmd) Run(con *console) error {
	all, err := scenario.Library()
	if err != nil {
		return err
	}
	if c.JSON {
		type item struct {
			Name   string `json:"name"`
			Title  string `json:"title"`
			Report string `json:"report"`
			Layer  string `json:"layer"`
			Note   string `json:"note,omitempty"`
		}
		list := []item{}
		for _, s := range all {
			list = append(list, item{s.Name, s.TitleIn(c.language()), s.Report, s.Layer, s.NoteIn(c.language())})
		}
		return writeJSON(con.out, list)
	}
	for _, s := range all {
		fmt.Fprintf(con.out, "%-20s  %s (%s)\n", s.Name, s.TitleIn(c.language()), s.Report)
	}
	return nil
}

type scenarioShowCmd struct {
	Name string `arg:"" help:"The scenario."`
}

// Run prints the file.
func (c scenarioShowCmd) Run(con *console) error {
	found, err := pick(c.Name, cause.English)
	if err != nil {
		return err
	}
	_, err = io.WriteString(con.out, found[0].Text)
	return err
}

type scenarioCommandsCmd struct{}

// Help is shown by --help.
func (scenarioCommandsCmd) Help() string {
	return `Example:
  emu8266 scenario commands

The lines of a take, for a script of your own: emu8266 scenario run mine.txtar.`
}

// Run prints the commands.
func (scenarioCommandsCmd) Run(con *console) error {
	_, err := io.WriteString(con.out, scenario.Commands())
	return err
}

type scenarioRunCmd struct {
	Name     string `arg:"" optional:"" help:"The scenario, or a file with scripts whose name ends in .txtar or .md; all without one."`
	Firmware string `help:"What takes run that name no firmware: an image of emu8266 build, or an ELF file. Default: the built-in client." placeholder:"FILE"`
	Seed     uint64 `help:"Of the devices' and the network's random numbers." default:"1" placeholder:"N"`
	checksFlag
	caseFlags
	languageFlag
	Report string `help:"Write a report of the takes to FILE: a page (.html) or text for a ticket (.md)." placeholder:"FILE"`
	Trace  string `help:"Write the takes' traces to FILE as JSON lines, for emu8266 explain." placeholder:"FILE"`
	outputMax
}

// Help is shown by --help.
func (scenarioRunCmd) Help() string {
	return `Example:
  emu8266 scenario run big-chain
  emu8266 scenario run mine.txtar --checks fail
  emu8266 scenario run bench.txtar --firmware app.wasm
  emu8266 scenario run docs/lessons/6-buffer.md
  emu8266 scenario run mine.txtar --junit result.xml

Misuse of the SDK in a take that works is told on stderr with its line of the take; a take that fails may show just that, and
its explanation tells it. Exit code 1 if a scenario does not come true, with --checks fail also for such misuse, or if it was
interrupted.`
}

// Run plays in virtual time.
func (c scenarioRunCmd) Run(con *console) (err error) {
	all, err := pick(c.Name, c.language())
	if err != nil {
		return err
	}
	inputs := []inputFile{{"the scenario", c.Name}, {"--firmware", c.Firmware}}
	if err := c.caseFlags.check(inputs...); err != nil {
		return err
	}
	programs := &scriptPrograms{}
	defer func() { err = errors.Join(err, programs.close()) }()
	var own *scenario.Program
	if c.Firmware != "" {
		if own, err = programs.open(c.Firmware); err != nil {
			return usagef("--firmware: %v", err)
		}
	}
	follow := func(*scenario.Scenario, string, trace.Event) {}
	if c.Report != "" {
		if err := checkReportFile("--report", c.Report, inputFile{"the scenario", c.Name}); err != nil {
			return err
		}
		var secrets []string
		var devices []flight.Device
		title := ""
		if len(all) == 1 {
			title = all[0].Name + ": " + all[0].TitleIn(c.language())
		}
		defer func() {
			err = errors.Join(err, writeFlight("--report", c.Report, devices, flight.Options{Language: c.language(), Title: title,
				Command: con.line, Version: version(), Secrets: secrets}, inputFile{"the scenario", c.Name}, inputFile{"--trace", c.Trace}))
		}()
		for _, s := range all {
			s.Ended = func(take string, d *emulator.Device) {
				devices = append(devices, flight.Device{Name: s.Name + ", " + take, Events: d.Trace().Events(), Unchecked: d.Unchecked()})
				secrets = append(secrets, d.Passwords()...)
			}
		}
	}
	if c.Trace != "" {
		out := &outputFile{flag: "--trace", path: c.Trace}
		if err := openOutputs(inputs, out); err != nil {
			return err
		}
		w := trace.NewWriter(capped(con, out, c.OutputMax))
		defer func() { err = errors.Join(err, w.Err(), out.file.Close()) }()
		follow = func(s *scenario.Scenario, take string, e trace.Event) { w.Write(s.Name+", "+take, e) }
	}
	found := &findingLog{out: con.err, language: c.language()}
	bench := &scenarioBench{scenarioRunCmd: c, con: con, caseReport: caseReport{name: "emu8266 scenario run"}}
	for _, s := range all {
		s.Seed, s.Program, s.Language = c.Seed, own, c.language()
		s.Open = func(file string) (*scenario.Program, error) { return programs.besides(c.Name, file) }
		s.Follow = func(take string, e trace.Event) {
			follow(s, take, e)
			if c.Checks != "off" && !scenario.Fails(take) {
				bench.event(e)
				e.Where = s.Name + ", " + take + ", " + e.Where
				found.event(e)
			}
		}
	}
	err = bench.play(all)
	misused := found.sum() > 0
	if wrong := bench.tell(con, c.caseFlags, filepath.Dir(c.Name), inputs...); wrong != nil {
		return errors.Join(err, wrong)
	}
	if m := new(scenario.MistakeError); errors.As(err, &m) {
		return usagef("%v", err)
	}
	if misused && c.Checks == "fail" {
		err = errors.Join(err, errReported)
	}
	return err
}

// pick finds a scenario by name or file, all for "".
func pick(name string, l cause.Language) ([]*scenario.Scenario, error) {
	if ext := filepath.Ext(name); ext == ".txtar" || ext == ".md" {
		return readScripts(name, l)
	}
	all, err := scenario.Library()
	if err != nil || name == "" {
		return all, err
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return []*scenario.Scenario{s}, nil
		}
		names = append(names, s.Name)
	}
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return nil, usagef("scenario: %s is no script: the name of one ends in .txtar, or in .md for a page with a script", name)
	}
	if other := near.Name(name, names); other != "" {
		return nil, usagef("scenario: there is no %q: did you mean %s?", name, other)
	}
	return nil, usagef("scenario: there is no %q; `emu8266 scenario list` shows what there is", name)
}
