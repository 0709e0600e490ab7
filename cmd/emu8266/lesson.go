package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/emu8266/emu8266/cmd/internal/lessons"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// lessonCmd is the lessons of docs/lessons.
type lessonCmd struct {
	List     lessonListCmd     `cmd:"" help:"List the lessons."`
	Show     lessonShowCmd     `cmd:"" help:"Print a lesson's page, or its script alone, to change it."`
	Run      lessonRunCmd      `cmd:"" help:"Play a lesson as it stands."`
	Exercise lessonExerciseCmd `cmd:"" help:"Print a lesson's exercise: the task and a script to begin with."`
	Check    lessonCheckCmd    `cmd:"" help:"Check what you made of the exercise."`
}

// Help is shown by --help.
func (lessonCmd) Help() string {
	return `Example:
  emu8266 lesson list
  emu8266 lesson run 6
  emu8266 lesson show 6
  emu8266 lesson show 6 --script > mine.txtar
  emu8266 scenario run mine.txtar
  emu8266 lesson exercise 6 > mine.txt
  emu8266 lesson check 6 mine.txt

Eight devices with one mistake each. The same lessons can be played in a browser: emu8266 playground.`
}

// pickLesson finds a lesson by its number or name. Errors are wrong usage.
func pickLesson(text string, l cause.Language) (lessons.Lesson, error) {
	x, err := lessons.Find(text, l)
	if err != nil {
		return x, usagef("lesson: %v", err)
	}
	return x, nil
}

type lessonListCmd struct {
	languageFlag
	JSON bool `help:"Print the list as JSON."`
}

// Run prints a line for each lesson.
func (c lessonListCmd) Run(con *console) error {
	all, err := lessons.All(c.language())
	if err != nil {
		return err
	}
	if c.JSON {
		type item struct {
			Name  string `json:"name"`
			Title string `json:"title"`
		}
		list := []item{}
		for _, l := range all {
			list = append(list, item{l.Name, l.Title})
		}
		return writeJSON(con.out, list)
	}
	for _, l := range all {
		fmt.Fprintln(con.out, l.Title)
	}
	return nil
}

type lessonShowCmd struct {
	languageFlag
	Lesson string `arg:"" help:"The lesson: its number or name."`
	Script bool   `help:"Print the script alone, for a file of your own."`
}

// Run prints the page.
func (c lessonShowCmd) Run(con *console) error {
	l, err := pickLesson(c.Lesson, c.language())
	if err != nil {
		return err
	}
	text := l.Page
	if c.Script {
		text = l.Script()
	}
	_, err = io.WriteString(con.out, text)
	return err
}

type lessonRunCmd struct {
	Lesson string `arg:"" help:"The lesson: its number or name."`
	languageFlag
}

// Run plays in virtual time.
func (c lessonRunCmd) Run(con *console) error {
	l, err := pickLesson(c.Lesson, c.language())
	if err != nil {
		return err
	}
	s, err := scenario.Parse(l.Name, []byte(l.Script()))
	if err != nil {
		return err
	}
	s.Language = c.language()
	return virtual.Run(func() error { return s.Run(con.out) })
}

type lessonExerciseCmd struct {
	Lesson string `arg:"" help:"The lesson: its number or name."`
	languageFlag
}

// Help is shown by --help.
func (lessonExerciseCmd) Help() string {
	return `Example:
  emu8266 lesson exercise 6 > mine.txt
  emu8266 lesson check 6 mine.txt

Prints the script to begin with; the task stands above it. Change it until the check gives 100 %.`
}

// Run prints the task and the script.
func (c lessonExerciseCmd) Run(con *console) error {
	e, err := pickExercise(c.Lesson, c.language())
	if err != nil {
		return err
	}
	fmt.Fprintf(con.out, "# %s\n%s", e.Task, e.Start)
	return nil
}

// pickExercise finds the exercise of a lesson.
func pickExercise(text string, l cause.Language) (lessons.Exercise, error) {
	x, err := pickLesson(text, l)
	if err != nil {
		return lessons.Exercise{}, err
	}
	return x.Exercise(l)
}

type lessonCheckCmd struct {
	Lesson string `arg:"" help:"The lesson: its number or name."`
	File   string `arg:"" help:"Your script: the commands of one take; - is the standard input."`
	languageFlag
	JSON bool `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (lessonCheckCmd) Help() string {
	return `Example:
  emu8266 lesson exercise 6 > mine.txt
  emu8266 lesson check 6 mine.txt

Plays the script and says which of the exercise's checks hold, what to change, and how many per cent that is. Exit code 0 for all of them, 1
for less, 2 if the script cannot be played or leaves out a line that must stay.`
}

// Run checks in virtual time.
func (c lessonCheckCmd) Run(con *console) error {
	e, err := pickExercise(c.Lesson, c.language())
	if err != nil {
		return err
	}
	var text []byte
	if c.File == "-" {
		text, err = io.ReadAll(io.LimitReader(os.Stdin, textMax))
	} else {
		text, err = readPlain(c.File, textMax)
	}
	if err != nil {
		return usagef("lesson: %v", err)
	}
	var r lessons.Result
	err = virtual.Run(func() error {
		r, err = e.Check(string(text))
		return err
	})
	switch {
	case errors.Is(err, lessons.ErrScript):
		return usagef("lesson: %s: %v", c.File, err)
	case err != nil:
		return err
	case c.JSON:
		err = writeJSON(con.out, r)
	default:
		_, err = io.WriteString(con.out, r.String())
	}
	if err == nil && r.Score < 100 {
		err = errReported
	}
	return err
}
