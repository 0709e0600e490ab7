package playground

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/lessons"
	"github.com/emu8266/emu8266/cmd/internal/repair"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// Compiler is what compiles C where no programs can be started.
type Compiler struct {
	Tools build.Toolchain // stays open
	Dir   string          // a folder for the sources, always the same, so that nothing is compiled twice; it is made
	Cache string          // of objects

	mu    sync.Mutex   // one build at a time
	waits atomic.Int32 // builds that somebody waits for
}

// warmBuilds is how often Warm builds. Choice: a browser compiles a program's parts better the oftener they have run, and the fourth build
// takes a third of the first.
const warmBuilds = 4

// Warm makes the objects that all firmware shares, and lets the compiler run: the builds that somebody waits for are fast from the first
// one. It may run beside Do, which waits for one build of it at most.
func (c *Compiler) Warm() error {
	all, err := lessons.InC(cause.English)
	if err != nil || len(all) == 0 {
		return err
	}
	for i := range warmBuilds {
		if c.waits.Load() > 0 {
			return nil
		}
		source := fmt.Sprintf("%s\nint warm = %d;\n", all[0].Source, i) // another file each time: nothing of it is there compiled
		if _, _, err = (Request{Text: source, Compiler: c}).compile(); err != nil {
			return err
		}
	}
	return nil
}

// Place is a line of the source that something is said of.
type Place struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// c compiles the source, runs it against the lesson's network and says what of the lesson it does. A source that nobody has changed is
// there compiled.
func (q Request) c() (a Answer, err error) {
	x, err := q.lessonInC()
	if err != nil {
		return a, err
	}
	image := x.Image
	if q.Text != x.Source {
		var said string
		if q.Compiler != nil {
			q.Compiler.waits.Add(1)
			defer q.Compiler.waits.Add(-1)
		}
		if image, said, err = q.compile(); err != nil {
			a.Places = places(said)
			return a, err
		}
		a.Places, a.Warnings = places(said), said
	}
	p, err := load(image, q.Profile)
	if err != nil {
		return a, err
	}
	defer p.close()
	s, err := scenario.Parse(x.Name, []byte(x.Script()))
	if err != nil {
		return a, err
	}
	firmware := &scenario.Program{New: p.firmware, Config: p.config}
	s.Language, s.Program = q.language(), firmware
	var devices []report.Device
	var secrets []string
	s.Ended = func(take string, d *emulator.Device) {
		devices = append(devices, report.Device{Name: take, Events: d.Trace().Events(), Unchecked: d.Unchecked()})
		secrets = append(secrets, d.Passwords()...)
	}
	var out bytes.Buffer
	err = virtual.Run(func() error {
		played := s.Run(&out) // that a device fails is no failure here
		if len(devices) == 0 {
			return played
		}
		r, err := x.Check(firmware)
		a.Text = r.String()
		return err
	})
	if len(devices) == 0 {
		return a, err
	}
	why := explain.Explain(devices[0].Events, q.language())
	a.Text = out.String() + "\n" + why.String() + "\n" + a.Text
	a.Places = append(a.Places, found(why)...)
	if r, ok := repair.Offer(why, q.Text); ok {
		a.Repair = &r
	}
	a.Page, err = page(devices, report.Options{Language: q.language(), Title: x.Title, Secrets: secrets}, err)
	return a, err
}

func (q Request) lessonInC() (lessons.CLesson, error) {
	all, err := lessons.InC(q.language())
	if err != nil {
		return lessons.CLesson{}, err
	}
	for _, x := range all {
		if x.Name == q.Name {
			return x, nil
		}
	}
	return lessons.CLesson{}, fmt.Errorf("there is no lesson %q in C", q.Name)
}

// errNoCompiler says that the source was changed, and that nothing can compile it.
var errNoCompiler = errors.New("the compiler is not there: the file can run as it stood only")

// compile makes an image of the source. said is what the compiler said of it.
func (q Request) compile() (image []byte, said string, err error) {
	c := q.Compiler
	switch {
	case c == nil && runtime.GOOS == "js":
		return nil, "", errNoCompiler
	case c == nil:
		dir, err := os.MkdirTemp("", "emu8266-c-")
		if err != nil {
			return nil, "", err
		}
		defer os.RemoveAll(dir)
		c = &Compiler{Dir: filepath.Join(dir, "firmware"), Cache: filepath.Join(dir, "cache")}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return nil, "", err
	}
	if err := os.WriteFile(filepath.Join(c.Dir, lessons.Source), []byte(q.Text), 0o666); err != nil {
		return nil, "", err
	}
	out := filepath.Join(c.Dir, "firmware.wasm")
	r, err := build.Build(context.Background(), build.Options{
		Sources: []string{lessons.Source}, Output: out, Dir: c.Dir, Cache: c.Cache, Tools: c.Tools,
	})
	if err != nil {
		return nil, err.Error(), err
	}
	image, err = os.ReadFile(out)
	return image, r.Warnings, err
}

// saidOf is how the compiler and the linker begin a message.
var saidOf = lazyregexp.New(`(?m)^(?:build: )?(?:\S*/)?` + regexp.QuoteMeta(lessons.Source) + `:(\d+):\d+: ((?:fatal )?error|warning): (.*)$`)

// places are the lines that the compiler's messages name.
func places(said string) (list []Place) {
	for _, m := range saidOf().FindAllStringSubmatch(said, -1) {
		line, _ := strconv.Atoi(m[1])
		list = append(list, Place{line, m[2] + ": " + m[3]})
	}
	return list
}

// inSource is a place in the source as the device tells it.
var inSource = lazyregexp.New(`^(?:\S*/)?` + regexp.QuoteMeta(lessons.Source) + `:(\d+)$`)

// found are the lines that an explanation names.
func found(x explain.Explanation) (list []Place) {
	add := func(where, text string) {
		if m := inSource().FindStringSubmatch(where); m != nil {
			line, _ := strconv.Atoi(m[1])
			list = append(list, Place{line, text})
		}
	}
	for _, f := range x.Findings {
		add(f.Where, f.Text)
	}
	if len(list) == 0 {
		add(x.Where, x.Cause)
	}
	return list
}
