package playground

import (
	"github.com/emu8266/emu8266/cmd/internal/lessons"
	"github.com/emu8266/emu8266/cmd/internal/scenario"
)

// Library is what the page offers to play.
type Library struct {
	Lessons   []Lesson   `json:"lessons"`
	Exercises []Exercise `json:"exercises"`
	InC       []Exercise `json:"in_c"` // lessons in C: Script is the C file
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

// Exercise is a lesson's, or a lesson in C.
type Exercise struct {
	Name   string `json:"name"`   // of the lesson
	Title  string `json:"title"`  // of the lesson
	Task   string `json:"task"`   // in the request's language
	Script string `json:"script"` // to begin with
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
	pages, err := lessons.All(q.language())
	if err != nil {
		return nil, err
	}
	for _, x := range pages {
		l.Lessons = append(l.Lessons, Lesson{x.Name, x.Title, x.Prose(), x.Script()})
		e, err := x.Exercise(q.language())
		if err != nil {
			return nil, err
		}
		l.Exercises = append(l.Exercises, Exercise{x.Name, x.Title, e.Task, e.Start})
	}
	inC, err := lessons.InC(q.language())
	if err != nil {
		return nil, err
	}
	for _, x := range inC {
		l.InC = append(l.InC, Exercise{x.Name, x.Title, x.Task, x.Source})
	}
	all, err := scenario.Library()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		l.Scenarios = append(l.Scenarios, Scenario{s.Name, s.TitleIn(q.language()), s.Text})
	}
	return l, nil
}
