package playground

import (
	"io/fs"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/docs/lessons"
	"github.com/emu8266/emu8266/emulator/cause"
)

// Library is what the page offers to play.
type Library struct {
	Lessons   []Lesson   `json:"lessons"`
	Scenarios []Scenario `json:"scenarios"`
	Profiles  []string   `json:"profiles"`
}

// Lesson is one page of docs/lessons.
type Lesson struct {
	Name   string `json:"name"`   // of its file
	Title  string `json:"title"`  // the page's heading
	Page   string `json:"page"`   // Markdown, without heading, script and output
	Script string `json:"script"` // what is played
}

// Scenario is one of the library.
type Scenario struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Script string `json:"script"`
}

// library reads the lessons, in the language of the request, and the scenarios.
func (q Request) library() (*Library, error) {
	l := &Library{Profiles: profileNames()}
	pages := lessons.English()
	if q.language() == cause.Chinese {
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
		l.Lessons = append(l.Lessons, lesson(strings.TrimSuffix(name, ".md"), strings.ReplaceAll(string(b), "\r\n", "\n")))
	}
	all, err := scenario.Library()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		l.Scenarios = append(l.Scenarios, Scenario{s.Name, s.Title, s.Text})
	}
	return l, nil
}

// lesson takes a page apart.
func lesson(name, text string) Lesson {
	x := Lesson{Name: name}
	heading, rest, _ := strings.Cut(text, "\n")
	x.Title = strings.TrimPrefix(heading, "# ")
	x.Script, rest = cutBlock(rest, "scenario")
	_, x.Page = cutBlock(rest, "output")
	x.Page = strings.TrimSpace(x.Page)
	return x
}

// cutBlock takes the first fenced block of that kind out of a text.
func cutBlock(text, kind string) (block, rest string) {
	before, after, ok := strings.Cut(text, "```"+kind+"\n")
	if !ok {
		return "", text
	}
	block, after, _ = strings.Cut(after, "```")
	return block, before + after
}
