package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pageCommand is a command of emu8266 as pages show it: alone in a line of code, with a prompt or variables before it, behind a pipe.
var pageCommand = regexp.MustCompile(`(?:^|[|;&] *|\$ )((?:[A-Z_]+=\S+ )*)emu8266 ([^|;&]*)`)

// inline is a command in a text, in backquotes: often without its arguments.
var inline = regexp.MustCompile("`emu8266 ([^`|;&]*)`")

// lacks is an error that says that something is missing.
var lacks = regexp.MustCompile(`^expected |^missing |but got "EOL"`)

// shown is a command on a page.
type shown struct {
	number int // of the line
	text   string
	whole  bool // with all of its arguments
}

// pageCommands are the commands of a page.
func pageCommands(page string) (found []shown) {
	fenced := false
	for i, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		code, indented := strings.CutPrefix(line, "    ")
		if !fenced && !indented {
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				found = append(found, shown{i + 1, m[1], false})
			}
			continue
		}
		if m := pageCommand.FindStringSubmatch(strings.TrimSpace(code)); m != nil && !strings.Contains(m[2], "\\") {
			found = append(found, shown{i + 1, m[2], true})
		}
	}
	return found
}

// shellWords takes a line apart as a shell does: quotes, a comment, redirections.
func shellWords(line string) (words []string) {
	var word strings.Builder
	open, any := rune(0), false
	end := func() {
		if any {
			words = append(words, word.String())
		}
		word.Reset()
		any = false
	}
	for _, c := range line {
		switch {
		case open != 0 && c == open:
			open = 0
		case open == 0 && (c == '\'' || c == '"'):
			open, any = c, true
		case open == 0 && c == ' ':
			end()
		case open == 0 && c == '#' && !any:
			return words
		default:
			word.WriteRune(c)
			any = true
		}
	}
	end()
	for i, w := range words {
		if strings.HasPrefix(w, ">") || strings.HasPrefix(w, "<") || w == "2>" {
			return words[:i]
		}
	}
	return words
}

// Each command line of each page is one that the command takes: its commands, flags and their values are there.
func TestPagesHaveCommandsThatAreThere(t *testing.T) {
	n := 0
	require.NoError(t, filepath.WalkDir(repoRoot, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".md" || strings.HasSuffix(path, "CHANGELOG.md") {
			return err
		}
		page, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, c := range pageCommands(string(page)) {
			words := shellWords(c.text)
			if len(words) == 0 || strings.Contains(c.text, "...") || words[0] == "COMMAND" {
				continue
			}
			n++
			var model cli // flags of one line stay in it
			helped := false
			parser, err := kong.New(&model, kong.Exit(func(int) { helped = true }), variables(os.Getenv),
				kong.Writers(io.Discard, io.Discard))
			require.NoError(t, err)
			_, err = parser.Parse(negativeCode(words))
			if err != nil && !c.whole && lacks.MatchString(err.Error()) {
				continue
			}
			if !helped {
				assert.NoError(t, err, "%s:%d: emu8266 %s", path, c.number, c.text)
			}
		}
		return nil
	}))
	t.Logf("%d command lines", n)
	assert.Greater(t, n, 100)
}
