package lessons

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/near"
	"github.com/emu8266/emu8266/docs/lessons"
	"github.com/emu8266/emu8266/emulator/cause"
)

// Lesson is one page.
type Lesson struct {
	Name  string // of its file, without .md: 6-buffer
	Title string // its heading
	Page  string // all of it, Markdown
}

// All returns the pages of a language, in order.
func All(l cause.Language) (all []Lesson, err error) {
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
		text := string(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")))
		heading, _, _ := strings.Cut(text, "\n")
		all = append(all, Lesson{strings.TrimSuffix(name, ".md"), strings.TrimPrefix(heading, "# "), text})
	}
	return all, nil
}

// Find returns a lesson by its number, its name or the word in it: 6, 6-buffer or buffer. The error names the one that was meant, or those
// that there are.
func Find(text string, l cause.Language) (Lesson, error) {
	all, err := All(l)
	if err != nil {
		return Lesson{}, err
	}
	var names, words []string
	for _, x := range all {
		number, word, _ := strings.Cut(x.Name, "-")
		if text == number || text == word || text == x.Name {
			return x, nil
		}
		names, words = append(names, x.Name), append(words, x.Name, word)
	}
	if meant := near.Name(text, words); meant != "" {
		return Lesson{}, fmt.Errorf("there is no %q: did you mean %s?", text, meant)
	}
	return Lesson{}, fmt.Errorf("there is no %q; there are %s", text, strings.Join(names, ", "))
}

// Script returns the script that the lesson plays.
func (x Lesson) Script() string {
	script, _ := cutBlock(x.Page, "scenario")
	return script
}

// Prose returns the page without its heading, its script and what that prints.
func (x Lesson) Prose() string {
	_, rest, _ := strings.Cut(x.Page, "\n")
	_, rest = cutBlock(rest, "scenario")
	_, rest = cutBlock(rest, "output")
	return strings.TrimSpace(rest)
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
