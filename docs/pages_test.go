package docs

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = ".." // of the repository

// everyFile calls f for each file of the repository, with its path from the root.
func everyFile(t *testing.T, f func(path string, content []byte)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case d.IsDir() || d.Name() == ".git": // a worktree has a file of that name
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		f(filepath.ToSlash(rel), b)
		return err
	}))
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence   = regexp.MustCompile("(?s)```.*?```")
	title   = regexp.MustCompile(`(?m)^#+ (.*)$`)
	unslug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	outside = regexp.MustCompile(`^[a-z]+:`)
)

// links returns the targets of a page's links inside the repository, as paths from the root with their anchors.
func links(page string, content []byte) (out []string) {
	for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(string(content), ""), -1) {
		file, anchor, _ := strings.Cut(m[1], "#")
		if outside.MatchString(file) {
			continue
		}
		target := page
		if file != "" {
			target = filepath.ToSlash(filepath.Join(filepath.Dir(page), file))
		}
		if anchor != "" {
			target += "#" + anchor
		}
		out = append(out, target)
	}
	return out
}

// Every link of a page leads to a file or folder of the repository, and to a heading of it.
func TestLinksLeadSomewhere(t *testing.T) {
	n := 0
	everyFile(t, func(path string, content []byte) {
		if filepath.Ext(path) != ".md" {
			return
		}
		for _, target := range links(path, content) {
			n++
			file, anchor, _ := strings.Cut(target, "#")
			info, err := os.Stat(filepath.Join(root, file))
			if !assert.NoError(t, err, "%s links to %s", path, target) || anchor == "" {
				continue
			}
			if info.IsDir() {
				file += "/README.md"
			}
			b, err := os.ReadFile(filepath.Join(root, file))
			require.NoError(t, err, path)
			found := false
			for _, m := range title.FindAllStringSubmatch(string(b), -1) {
				found = found || strings.ReplaceAll(unslug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-") == anchor
			}
			assert.True(t, found, "%s links to %s, which has no such heading", path, target)
		}
	})
	assert.Greater(t, n, 50)
}

// Every page below docs is linked from docs/README.md, or from an index that it links: a README.md.
func TestEveryPageIsInTheIndex(t *testing.T) {
	linked, open := map[string]bool{}, []string{"docs/README.md"}
	for len(open) > 0 {
		page := open[0]
		open = open[1:]
		b, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		for _, target := range links(page, b) {
			file, _, _ := strings.Cut(target, "#")
			if !linked[file] && strings.HasPrefix(file, "docs/") && strings.HasSuffix(file, "/README.md") {
				open = append(open, file)
			}
			linked[file] = true
		}
	}
	everyFile(t, func(path string, _ []byte) {
		if strings.HasPrefix(path, "docs/") && strings.HasSuffix(path, ".md") && path != "docs/README.md" {
			assert.True(t, linked[path], "docs/README.md has no line for %s", path)
		}
	})
}

// The project's former name stands in one line of the changelog, with the reason, and nowhere else.
func TestFormerNameIsGone(t *testing.T) {
	former := []byte("esp" + "emu")
	var found []string
	everyFile(t, func(path string, content []byte) {
		if bytes.Contains(bytes.ToLower([]byte(path)), former) {
			found = append(found, path)
		}
		for range bytes.Count(bytes.ToLower(content), former) {
			found = append(found, path)
		}
	})
	assert.Equal(t, []string{"docs/CHANGELOG.md"}, found)
}

// What ARCHITECTURE.md names as the place of a change is there.
func TestArchitectureNamesFiles(t *testing.T) {
	page, err := os.ReadFile("ARCHITECTURE.md")
	require.NoError(t, err)
	short := map[string]string{"soc/": "emulator/internal/soc/", "radio/": "emulator/internal/radio/"} // as the page says
	code := regexp.MustCompile("`([a-z0-9_/]+(?:\\.go)?)`")
	var folder string // that a row has named last; files without one lie there
	named := 0
	for _, line := range strings.Split(string(page), "\n") {
		if strings.HasPrefix(line, "| ") {
			folder = ""
		}
		for _, m := range code.FindAllStringSubmatch(line, -1) {
			name := m[1]
			for from, to := range short {
				if name+"/" == from || strings.HasPrefix(name, from) {
					name = to + strings.TrimPrefix(name+"/", from)
					name = strings.TrimSuffix(name, "/")
				}
			}
			switch {
			case strings.HasPrefix(name, "testing/"):
				continue // Go's
			case !strings.Contains(name, "/") && strings.HasSuffix(name, ".go"):
				name = folder + "/" + name
			case !strings.Contains(name, "/") && !isDir(name):
				continue // a word of Go, not a place
			case !strings.HasSuffix(name, ".go"):
				folder = name
			default:
				folder = filepath.Dir(name)
			}
			_, err := os.Stat(filepath.Join(root, name))
			assert.NoError(t, err, "ARCHITECTURE.md says %s: %s", m[1], strings.TrimSpace(line))
			named++
		}
	}
	assert.Greater(t, named, 80, "names found")
}

func isDir(path string) bool {
	info, err := os.Stat(filepath.Join(root, path))
	return err == nil && info.IsDir()
}
