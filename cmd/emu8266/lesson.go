package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/docs/lessons"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/virtual"
)

// lessonCmd is the lessons of docs/lessons.
type lessonCmd struct {
	List lessonListCmd `cmd:"" help:"List the lessons."`
	Show lessonShowCmd `cmd:"" help:"Print a lesson's page, or its script alone, to change it."`
	Run  lessonRunCmd  `cmd:"" help:"Play a lesson as it stands."`
}

// Help is shown by --help.
func (lessonCmd) Help() string {
	return `Example:
  emu8266 lesson list
  emu8266 lesson run 6
  emu8266 lesson show 6
  emu8266 lesson show 6 --script > mine.txtar
  emu8266 scenario run mine.txtar

Eight devices with one mistake each. The same lessons can be played in a browser: emu8266 playground.`
}

// lesson is one page.
type lesson struct {
	name  string // of its file, without .md
	title string
	page  string
}

// allLessons returns the pages of a language, in order.
func allLessons(l cause.Language) (all []lesson, err error) {
	pages := lessons.English()
	if l == cause.Chinese {
		pages = lessons.Chinese()
	}
	names, err := fs.Glob(pages, "*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		b, err := fs.ReadFile(pages, name)
		if err != nil {
			return nil, err
		}
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		title, _, _ := strings.Cut(string(b), "\n")
		all = append(all, lesson{strings.TrimSuffix(name, ".md"), strings.TrimPrefix(title, "# "), string(b)})
	}
	return all, nil
}

// pickLesson finds a lesson by its number or name.
func pickLesson(text string, l cause.Language) (lesson, error) {
	all, err := allLessons(l)
	if err != nil {
		return lesson{}, err
	}
	var names []string
	for _, l := range all {
		number, _, _ := strings.Cut(l.name, "-")
		if text == number || text == l.name {
			return l, nil
		}
		names = append(names, l.name)
	}
	return lesson{}, usagef("lesson: there is no %q; there are %s", text, strings.Join(names, ", "))
}

// scripts are the lesson's.
func (l lesson) scripts() ([]*scenario.Scenario, error) {
	return scenario.ParsePage(l.name, []byte(l.page))
}

type lessonListCmd struct {
	languageFlag
	JSON bool `help:"Print the list as JSON."`
}

// Run prints a line for each lesson.
func (c lessonListCmd) Run(con *console) error {
	all, err := allLessons(c.language())
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
			list = append(list, item{l.name, l.title})
		}
		return writeJSON(con.out, list)
	}
	for _, l := range all {
		fmt.Fprintln(con.out, l.title)
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
	text := l.page
	if c.Script {
		all, err := l.scripts()
		if err != nil {
			return err
		}
		text = ""
		for _, s := range all {
			text += s.Text
		}
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
	all, err := l.scripts()
	if err != nil {
		return err
	}
	return virtual.Run(func() error {
		var errs []error
		for _, s := range all {
			s.Language = c.language()
			errs = append(errs, s.Run(con.out))
		}
		return errors.Join(errs...)
	})
}
