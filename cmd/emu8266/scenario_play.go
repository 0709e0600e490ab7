package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/ci"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// scenarioBench is a scenarioRunCmd at work: each take is a case.
type scenarioBench struct {
	scenarioRunCmd
	caseReport
	con    *console
	misuse *ci.Failure // the first of the take under way, with --checks fail
}

// play plays all takes, each in a virtual time of its own, and tells them as they go on. The error is what did not come true; a line that
// cannot be carried out ends the playing.
func (b *scenarioBench) play(all []*scenario.Scenario) error {
	out := b.con.out
	if b.silent() {
		out = io.Discard
	}
	var errs []error
	for i, s := range all {
		if i > 0 {
			fmt.Fprintln(out)
		}
		s.Head(out)
		for take := range s.Takes {
			fmt.Fprintf(out, "\n%s\n", s.Takes[take].NameIn(b.language()))
			var printed textKeeper
			began := time.Now()
			err := virtual.Run(func() error { return s.Play(take, io.MultiWriter(out, &printed)) })
			text, _ := printed.result()
			b.took(s, take, text, time.Since(began), err)
			if m := new(scenario.MistakeError); errors.As(err, &m) {
				return err
			}
			errs = append(errs, err)
		}
	}
	err := errors.Join(errs...)
	if err == nil && len(all) > 1 {
		fmt.Fprintf(out, "\nall %d scenarios came true\n", len(all))
	}
	return err
}

// event hears what the device of the take under way does, on the device goroutine.
func (b *scenarioBench) event(e trace.Event) {
	if b.Checks != "fail" || b.misuse != nil || e.Source != trace.SourceFinding || e.Kind != trace.KindFinding {
		return
	}
	r := cause.Rule(e.Name, b.language())
	b.misuse = &ci.Failure{Kind: "failed", Title: e.Name + ": " + cause.Detail(e.Text, b.language()),
		Where: cause.Detail(e.Where, b.language()), Text: r.Device + "\n" + r.Fix}
}

// took takes a take that has been played into the report.
func (b *scenarioBench) took(s *scenario.Scenario, take int, printed string, took time.Duration, err error) {
	file := s.Name // of the library
	if ext := filepath.Ext(b.Name); ext != "" {
		file = filepath.ToSlash(b.Name)
	}
	one := ci.Case{Class: file, Name: s.Takes[take].NameIn(b.language()), Took: took, Output: printed, Failure: b.misuse}
	if file != s.Name {
		one.File = fileInGitLab(".", file)
		if filepath.Ext(file) == ".md" { // several scripts may have takes of one name
			one.Name = s.Name + ": " + one.Name
		}
	}
	b.misuse = nil
	if err != nil {
		one.Failure = scriptFailure(file, err)
	}
	b.add(one, b.Seed)
}
