package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/cmd/internal/ci"
	"github.com/emu8266/emu8266/cmd/internal/ctest"
	"github.com/emu8266/emu8266/cmd/internal/project"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/virtual"
)

func asUsage(err error, u **usageError) bool { return errors.As(err, u) }

// shortHash names a folder after a path.
func shortHash(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:8])
}

// run builds and runs all chosen tests.
func (b *testBench) run(ctx context.Context) (err error) {
	if err := b.workFolder(); err != nil {
		return err
	}
	defer func() {
		if b.end != nil {
			err = errors.Join(err, b.end())
		}
	}()
	for _, c := range b.code {
		if ctx.Err() != nil {
			return nil
		}
		if err := b.runCode(ctx, c); err != nil {
			return err
		}
	}
	if len(b.scripts) == 0 || ctx.Err() != nil {
		return nil
	}
	own, err := b.firmware(ctx)
	if err != nil {
		var failed *buildError
		if !errors.As(err, &failed) {
			return err
		}
		b.add(ci.Case{Class: "firmware", Name: "build", Failure: failed.failure()}, b.Seed)
		return nil
	}
	var plays []play
	for _, s := range b.scripts {
		for _, take := range s.chosen {
			for n := range b.Repeat {
				plays = append(plays, play{b.Seed + uint64(n), func(seed uint64) (outcome, error) { return b.runTake(s, take, own, seed) }})
			}
		}
	}
	return b.playAll(ctx, plays)
}

// play is a test with a seed, which a device of its own will play.
type play struct {
	seed uint64
	run  func(seed uint64) (outcome, error)
}

// outcome is what came of it, with its device if that was kept.
type outcome struct {
	ci.Case
	device *emulator.Device
	ran    bool
}

// playAll plays tests, each in a virtual time of its own and several at once, and tells what came of them in their order. After an
// interruption those that were under way come to their ends.
func (b *testBench) playAll(ctx context.Context, plays []play) error {
	waiting := map[int]outcome{}
	told, outcomes := 0, make([]outcome, len(plays))
	var broken atomic.Bool
	return virtual.Each(len(plays), b.jobs(), func(i int) (err error) {
		if broken.Load() || ctx.Err() != nil {
			return nil
		}
		outcomes[i], err = plays[i].run(plays[i].seed)
		outcomes[i].ran = err == nil
		return err
	}, func(i int, err error, took time.Duration) {
		if err != nil {
			broken.Store(true)
		}
		outcomes[i].Took = took
		waiting[i], outcomes[i] = outcomes[i], outcome{}
		for ; ; told++ {
			next, ready := waiting[told]
			if !ready || !next.ran {
				return
			}
			delete(waiting, told)
			b.flights.ended(next.device)
			b.add(next.Case, plays[told].seed)
		}
	})
}

// jobs is how many tests run at once.
func (b *testBench) jobs() int {
	if b.Jobs > 0 {
		return b.Jobs
	}
	return runtime.GOMAXPROCS(0)
}

// add notes a test that has run, and tells it.
func (b *testBench) add(c ci.Case, seed uint64) {
	c.File = fileInGitLab(b.project.Dir(), c.Class)
	filter := "^" + regexp.QuoteMeta(c.Class+": "+c.Name) + "$"
	if b.Repeat > 1 { // the same test is there several times
		c.Name += seeded(seed)
	}
	b.caseReport.add(c, seed)
	b.flights.judged(c.Class+": "+c.Name, c.Failure, b.language())
	if b.silent() {
		return
	}
	out := b.con.out
	name := c.Class + ": " + c.Name
	switch {
	case c.Failure != nil:
		fmt.Fprintf(out, "FAIL  %s\n", name)
		where := c.Failure.Where
		if where != "" {
			where += ": "
		}
		fmt.Fprintf(out, "      %s%s\n", where, c.Failure.Title)
		if text := strings.TrimSpace(strings.TrimPrefix(c.Failure.Text, c.Failure.Title)); text != "" {
			fmt.Fprint(out, shifted(text, "        "))
		}
		if c.Output != "" {
			fmt.Fprint(out, "      the device printed:\n", shifted(c.Output, "        "))
		}
		if b.Repeat > 1 {
			fmt.Fprintf(out, "      again: emu8266 test --seed %d --filter %s\n", seed, shellQuoted(filter))
		}
	case c.Skipped != "":
		fmt.Fprintf(out, "skip  %s: %s\n", name, c.Skipped)
	default:
		fmt.Fprintf(out, "ok    %s\n", name)
	}
}

// shifted puts blanks before each line.
func shifted(text, blanks string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(blanks+line, " \r\n") + "\n")
	}
	return b.String()
}

// unityHeader is what tests include that others ran before: PlatformIO fetches it by itself, and it is not part of the project.
const unityHeader = "unity.h"

// buildError says that firmware could not be built.
type buildError struct{ text string }

func (e *buildError) Error() string { return e.text }

// failure is the error as the failure of a test.
func (e *buildError) failure() *ci.Failure {
	text := strings.TrimPrefix(e.text, "build: ")
	title, where := "", ""
	for line := range strings.Lines(text) {
		place, what, found := strings.Cut(strings.TrimSpace(line), " error: ")
		if title == "" {
			title = strings.TrimSpace(line)
		}
		if found { // FILE:LINE:COLUMN: of clang and gcc
			title = what
			if at := strings.Split(strings.TrimSuffix(place, ":"), ":"); len(at) > 2 {
				where = strings.Join(at[:len(at)-1], ":")
			}
			break
		}
	}
	if strings.Contains(title, unityHeader) { // "'unity.h' file not found" of clang, "unity.h: No such file" of gcc
		title += "; put unity.c, unity.h and unity_internals.h into test/unity (docs/test.md)"
	}
	return &ci.Failure{Kind: "build", Error: true, Title: "it does not build: " + title, Where: where, Text: text}
}

// engine is what runs the firmware.
func (b *testBench) engine() string {
	switch {
	case b.Engine != "":
		return b.Engine
	case b.project.Engine != "":
		return b.project.Engine
	}
	return build.EngineWasm
}

// options are those of a build of the project for tests, found out once: its make may have to run for them.
func (b *testBench) options(ctx context.Context) (build.Options, error) {
	if b.base == nil {
		var o build.Options
		end, err := b.projectOptions(ctx, &o)
		if err != nil {
			return o, err
		}
		b.base, b.end = &o, end
	}
	o := *b.base
	o.Files = slices.Clone(o.Files)
	return o, nil
}

// projectOptions makes them; end is for after the builds. What is relative in them is so to the project's folder, and so are the places
// in the image.
func (b *testBench) projectOptions(ctx context.Context, o *build.Options) (end func() error, err error) {
	if end, err = projectOptions(ctx, b.con, b.project, o); err != nil {
		return nil, err
	}
	if o.Dir, err = filepath.Abs(b.project.Dir()); err != nil {
		return end, err
	}
	for _, list := range []*[]string{&o.Sources, &o.Includes} {
		if *list, err = absolute(*list); err != nil {
			return end, err
		}
	}
	for i, f := range o.Files {
		if o.Files[i].Source, err = filepath.Abs(f.Source); err != nil {
			return end, err
		}
		if o.Files[i].Includes, err = absolute(f.Includes); err != nil {
			return end, err
		}
	}
	if o.SDK != "" {
		if o.SDK, err = filepath.Abs(o.SDK); err != nil {
			return end, err
		}
	}
	o.Engine, o.Test = b.engine(), true
	o.Check = b.Check
	o.Within = within(b.work)
	o.Cache, o.Clang, o.WasmLD, o.GCC = b.Cache, os.Getenv("CLANG"), os.Getenv("WASM_LD"), os.Getenv("GCC_LX106")
	return end, nil
}

// absolute makes paths absolute.
func absolute(paths []string) ([]string, error) {
	list := make([]string, len(paths))
	for i, p := range paths {
		var err error
		if list[i], err = filepath.Abs(p); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// make builds an image and loads it.
func (b *testBench) make(ctx context.Context, o build.Options) (program, error) {
	r, err := build.Build(ctx, o)
	fmt.Fprint(b.con.err, fewWarnings(r.Warnings))
	switch {
	case errors.Is(err, build.ErrTools), errors.Is(err, build.ErrGCC), ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, &buildError{err.Error()}
	}
	p, err := loadProgram(o.Output, false)
	if err == nil {
		_ = p.count() // what counts no lines runs all the same
	}
	return p, err
}

// image is where an image of that name lies.
func (b *testBench) image(name string) string {
	if b.engine() == build.EngineLX106 {
		return filepath.Join(b.work, name+".elf")
	}
	return filepath.Join(b.work, name+".wasm")
}

// firmware is what scripts run: an image that is given, or the project's.
func (b *testBench) firmware(ctx context.Context) (*scenario.Program, error) {
	path := b.Firmware
	if path == "" {
		path = b.project.Path(b.project.ELF)
	}
	if path == "" {
		o, err := b.options(ctx)
		if err != nil {
			return nil, err
		}
		o.Output = b.image("firmware")
		p, err := b.make(ctx, o)
		if err != nil {
			return nil, err
		}
		if err := p.Close(); err != nil {
			return nil, err
		}
		path = o.Output
	}
	if path != b.image("firmware") {
		if err := confined("the firmware", path); err != nil {
			return nil, err
		}
	}
	own, err := b.programs.open(path)
	if err != nil {
		return nil, usagef("the firmware: %v", err)
	}
	return own, b.settings(&own.Config)
}

// settings puts what the project says of the device over what the image says.
func (b *testBench) settings(c *emulator.Config) error {
	p := b.project
	if p.Profile != "" {
		profile, err := profileByName(p.Profile)
		if err != nil {
			return usagef("%s: %v", p.At("profile"), err)
		}
		c.Profile = profile
	}
	if p.Heap != 0 {
		c.HeapFree = p.Heap
	}
	c.Checks = checksFlag{b.Checks}.config()
	if p.FlashMap != nil {
		chip, err := mappedChip(*p.FlashMap)
		if err != nil {
			return err
		}
		c.Flash = chip
	}
	plan, err := networkOf(p).Plan()
	if err != nil {
		return usagef("%s: %v", p.At("network"), err)
	}
	plan.Configure(c)
	return nil
}

// runCode builds a file of C tests and runs those that are chosen.
func (b *testBench) runCode(ctx context.Context, c *codeTests) error {
	image, err := b.buildCode(ctx, c)
	if err != nil {
		var failed *buildError
		if !errors.As(err, &failed) {
			return err
		}
		b.add(ci.Case{Class: c.Name, Name: "build", Failure: failed.failure()}, b.Seed)
		return nil
	}
	b.images = append(b.images, image)
	var plays []play
	for _, i := range c.chosen {
		for n := range b.Repeat {
			plays = append(plays, play{b.Seed + uint64(n), func(seed uint64) (outcome, error) { return b.runTest(c, i, image, seed) }})
		}
	}
	return b.playAll(ctx, plays)
}

// runTest plays a C test.
func (b *testBench) runTest(c *codeTests, test int, image program, seed uint64) (out outcome, err error) {
	fit := image.fit()
	o := ctest.Options{After: b.After, Careful: b.Checks == "fail", Ended: func(d *emulator.Device) { out.device = d },
		Config: emulator.Config{Profile: fit.profile, HeapFree: fit.heap, Seed: seed}}
	if err := b.settings(&o.Config); err != nil {
		return out, err
	}
	fw, ok := image.firmware().(ctest.Firmware)
	if !ok {
		return out, errors.New("the engine cannot call functions of C")
	}
	r, err := c.Run(fw, test, o)
	out.Case = caseOf(c.Name, c.Tests[test].Name, r)
	return out, err
}

// caseOf makes a line of the report.
func caseOf(class, name string, r ctest.Result) ci.Case {
	one := ci.Case{Class: class, Name: name, Output: r.Output}
	switch r.Verdict {
	case ctest.Ignored:
		one.Skipped = r.Title
	case ctest.Failed, ctest.Crashed:
		one.Failure = &ci.Failure{Kind: string(r.Verdict), Error: r.Verdict == ctest.Crashed, Title: r.Title, Where: r.Where, Text: r.Text}
	}
	return one
}

// buildCode builds a file of C tests with the project's sources.
func (b *testBench) buildCode(ctx context.Context, c *codeTests) (program, error) {
	if b.project.ELF != "" {
		return nil, usagef("%s: the project is an ELF file, which C tests cannot be linked with: give it scripts, or sources",
			b.project.At("elf"))
	}
	o, err := b.options(ctx)
	if err != nil {
		return nil, err
	}
	header := filepath.Join(b.work, ctest.HeaderName)
	name := strings.NewReplacer("/", "-", `\`, "-", ":", "-").Replace(strings.TrimSuffix(c.Name, filepath.Ext(c.Name)))
	runner, support := filepath.Join(b.work, "run-"+name+".c"), filepath.Join(b.work, ctest.SupportName)
	for path, text := range map[string]string{header: ctest.Header, support: ctest.Support, runner: c.Runner()} {
		if err := writeChanged(path, text); err != nil {
			return nil, err
		}
	}
	flags := []string{"-include", header}
	folders := b.folders()
	for _, f := range o.Files { // of the project's make
		for _, dir := range f.Includes {
			if !slices.Contains(folders, dir) {
				folders = append(folders, dir)
			}
		}
	}
	for _, f := range append([]string{runner, support}, b.helping(c.Path)...) {
		o.Files = append(o.Files, build.File{Source: f, Flags: flags, Includes: append([]string{filepath.Dir(f)}, folders...)})
	}
	o.Output = b.image(name)
	return b.make(ctx, o)
}

// folders are those of the tests' files, which are searched for headers.
func (b *testBench) folders() (list []string) {
	seen := map[string]bool{}
	for _, f := range b.files {
		if dir := filepath.Dir(f); !seen[dir] && strings.EqualFold(filepath.Ext(f), ".h") {
			seen[dir] = true
			list = append(list, dir)
		}
	}
	return list
}

// writeChanged writes a file unless it has that text already.
func writeChanged(path, text string) error {
	if have, err := os.ReadFile(path); err == nil && string(have) == text {
		return nil
	}
	return os.WriteFile(path, []byte(text), 0o666)
}

// runTake plays a take of a script.
func (b *testBench) runTake(s scriptTests, take int, own *scenario.Program, seed uint64) (out outcome, err error) {
	script := *s.script
	script.Program, script.Seed, script.Careful, script.Language = own, seed, b.Checks == "fail", b.language()
	script.Ended = func(_ string, d *emulator.Device) { out.device = d }
	script.Open = func(file string) (*scenario.Program, error) { return b.programs.besides(s.path, file) }
	out.Case = ci.Case{Class: s.name, Name: script.Takes[take].Name}
	var printed textKeeper
	if err := script.Play(take, &printed); err != nil {
		out.Failure = scriptFailure(s.name, err)
	}
	out.Output, _ = printed.result()
	return out, nil
}

// scriptFailure is what did not come true.
func scriptFailure(file string, err error) *ci.Failure {
	f := &ci.Failure{Kind: "script", Title: err.Error()}
	var l *scenario.LineError
	if errors.As(err, &l) {
		f.Where = fmt.Sprintf("%s:%d", file, l.Line)
		f.Title = l.Text + ": " + l.Err.Error()
		f.Text = l.Story
		if m := new(scenario.MistakeError); errors.As(err, &m) {
			f.Kind, f.Error = "mistake", true
		}
	}
	f.Title, _, _ = strings.Cut(f.Title, "\n")
	return f
}

// covered says how much of the firmware ran.
type covered struct {
	Lines   int          `json:"lines"`
	Ran     int          `json:"ran"`
	Percent float64      `json:"percent"`
	Files   []lcovFigure `json:"files"`
}

// lcovFigure is a file of it.
type lcovFigure struct {
	File  string `json:"file"`
	Lines int    `json:"lines"`
	Ran   int    `json:"ran"`
}

// coverage adds up which lines of the project ran, and writes the file of --cover; nil if nobody counted.
func (b *testBench) coverage(inputs []inputFile) (*covered, error) {
	var all cdebug.Coverage
	counted := false
	for _, p := range append(b.images, b.programs.all()...) {
		c, err := p.coverage()
		if err != nil { // it does not count, or nothing of it ran
			continue
		}
		all.Add(c)
		counted = true
	}
	for _, p := range b.images {
		if err := p.Close(); err != nil {
			return nil, err
		}
	}
	b.images = nil
	if !counted {
		if ran := len(b.cases) > 0 && b.cases[len(b.cases)-1].Name != "build"; ran && b.Cover != "" {
			return nil, errors.New("--cover: no program here counts its lines: a .wasm does that was built with --test, " +
				"an ELF file with debug information (-g)")
		}
		return nil, nil
	}
	tests := b.shown(b.project.TestsFolder())
	if abs, err := filepath.Abs(b.project.TestsFolder()); err == nil {
		tests = b.shown(abs)
	}
	fetched := b.libDeps()
	if abs, err := filepath.Abs(fetched); err == nil {
		fetched = b.shown(abs)
	}
	all.Drop(func(file string) bool {
		slashed := filepath.ToSlash(file)
		if strings.HasPrefix(slashed, "../") { // of the compiler's own library: what lies beside the project has its whole path
			return true
		}
		for _, folder := range []string{tests, b.shown(b.made), "sdk", project.Workspace, fetched} {
			if strings.HasPrefix(slashed, folder+"/") {
				return true
			}
		}
		return false
	})
	figures := &covered{Files: []lcovFigure{}}
	figures.Lines, figures.Ran = all.Lines()
	if figures.Lines > 0 {
		figures.Percent = float64(int(1000*float64(figures.Ran)/float64(figures.Lines)+0.5)) / 10
	}
	for _, f := range all.Files() {
		figures.Files = append(figures.Files, lcovFigure{f.Name, f.All, f.Ran})
	}
	if b.Cover == "" {
		return figures, nil
	}
	var text bytes.Buffer
	if err := all.WriteLCOV(&text); err != nil {
		return nil, err
	}
	return figures, writeFile("--cover", b.Cover, text.Bytes(), inputs...)
}
