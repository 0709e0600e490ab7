package lessons

import (
	"io/fs"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/docs/lessons"
	"github.com/emu8266/emu8266/emulator/cause"
)

// Source is the name of the file that a lesson in C is about.
const Source = "user_main.c"

// CLesson is firmware in C with one mistake: a variant of the lesson of the same name.
type CLesson struct {
	Name   string // of its folder: 6-buffer
	Title  string // in the language that was asked for
	Task   string
	Source string // the C file
	Image  []byte // what it was built to

	exercise Exercise
	network  []string
}

// InC returns the lessons in C, in order.
func InC(l cause.Language) (all []CLesson, err error) {
	files := lessons.C()
	names, err := fs.Glob(files, "*/lesson.txtar")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		x := CLesson{Name: strings.TrimSuffix(name, "/lesson.txtar")}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		source, err := fs.ReadFile(files, x.Name+"/"+Source)
		if err != nil {
			return nil, err
		}
		if x.Image, err = fs.ReadFile(files, x.Name+"/firmware.wasm"); err != nil {
			return nil, err
		}
		x.Source = strings.ReplaceAll(string(source), "\r\n", "\n")
		x.read(txtar.Parse(text), l)
		all = append(all, x)
	}
	return all, nil
}

func (x *CLesson) read(a *txtar.Archive, l cause.Language) {
	zh := ""
	if l == cause.Chinese {
		zh = ".zh"
	}
	for line := range strings.Lines(string(a.Comment)) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); key {
		case "title" + zh:
			x.Title = value
		case "task" + zh:
			x.Task = value
		}
	}
	x.exercise = Exercise{Name: x.Name, Task: x.Task, language: l}
	for _, f := range a.Files {
		if f.Name == "network" {
			x.network = commands(string(f.Data))
		} else if both, ok := strings.CutPrefix(f.Name, "check: "); ok {
			x.exercise.checks = append(x.exercise.checks, parseCheck(both, string(f.Data), l))
		}
	}
}

// Script is what happens around the firmware: a script of one take.
func (x CLesson) Script() string {
	return "title: " + x.Title + "\n-- " + x.Name + " --\n" + strings.Join(x.network, "\n") + "\n"
}

// Check plays firmware against the lesson's checks. Time must be virtual.
func (x CLesson) Check(firmware *scenario.Program) (Result, error) {
	return x.exercise.judge(x.network, firmware)
}
