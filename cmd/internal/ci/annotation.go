package ci

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"sync"
)

// annotationsMost bounds the annotations of one command. Choice: GitHub shows ten of a step.
const annotationsMost = 50

// Annotations writes annotations as GitHub's runner wants them, one line each ("::error file=...,line=...::text"). A nil one writes
// nothing, so that commands need not ask where they run. Its methods may be called from any goroutine.
type Annotations struct {
	out   io.Writer
	place func(file string) string

	mu   sync.Mutex // guards what follows
	n    int
	told map[string]bool
}

// New makes annotations on out if the environment is that of a GitHub workflow (GITHUB_ACTIONS is "true"), else it returns nil. place
// turns a file's name as the firmware has it into one below the repository's folder; nil leaves names as they are.
func New(getenv func(string) string, out io.Writer, place func(file string) string) *Annotations {
	if getenv("GITHUB_ACTIONS") != "true" {
		return nil
	}
	return &Annotations{out: out, place: place, told: map[string]bool{}}
}

// InGitLab says that the environment is that of a GitLab job (GITLAB_CI is "true").
func InGitLab(getenv func(string) string) bool { return getenv("GITLAB_CI") == "true" }

// Error says what failed at a place, "user_main.c:57"; "" if no place is known. title is one line.
func (a *Annotations) Error(where, title, text string) { a.write("error", where, title, text) }

// Warning says what is wrong at a place without being a failure.
func (a *Annotations) Warning(where, title, text string) { a.write("warning", where, title, text) }

func (a *Annotations) write(level, where, title, text string) {
	if a == nil {
		return
	}
	var properties []string
	if file, line := Place(where); file != "" {
		if a.place != nil {
			file = a.place(file)
		}
		properties = append(properties, "file="+property(path.Clean(file)))
		if line > 0 {
			properties = append(properties, "line="+strconv.Itoa(line))
		}
	}
	if title != "" {
		properties = append(properties, "title="+property(title))
	}
	all := fmt.Sprintf("::%s %s::%s", level, strings.Join(properties, ","), data(text))
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told[all] || a.n >= annotationsMost {
		return
	}
	a.n++
	a.told[all] = true
	fmt.Fprintf(a.out, "%s\n", all)
}

// Place takes "user_main.c:57", also with words before it ("recv user_main.c:57"), apart; line 0 if there is none, and no file where
// nothing looks like one.
func Place(where string) (file string, line int) {
	where = strings.TrimSpace(where)
	if i := strings.LastIndexByte(where, ' '); i >= 0 {
		where = where[i+1:]
	}
	i := strings.LastIndexByte(where, ':')
	if i <= 0 {
		return "", 0
	}
	n, err := strconv.Atoi(where[i+1:])
	if err != nil || n < 1 {
		return "", 0
	}
	return strings.ReplaceAll(where[:i], `\`, "/"), n
}

// data escapes the text behind the second colons.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(strings.TrimRight(s, "\n"))
}

// property escapes a value between the first and the second colons.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
