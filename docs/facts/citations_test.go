// Package facts holds what is known of the device, and the tests that every citation of it leads to a section.
package facts

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.." // of the repository

// elsewhere are the cited documents that do not lie in this folder.
var elsewhere = map[string]string{"manual-profile": "../tables/manual-profile.md"}

// byWords are the documents without numbered sections: "NAME.md, Words" cites a heading, a row or a label.
var byWords = []string{"sdk-surface", "cert-tools", "manual-items"}

// document is what of a page can be cited.
type document struct {
	numbers map[string]bool // "7.1": a heading, or an item of a numbered list in a section
	rows    map[string]bool // "5.1 4": a row of the section's tables by its first cell; "12" on a page without sections
	words   []string        // headings, first cells, bold labels and beginnings of lines, in lower case
}

var (
	heading   = regexp.MustCompile(`^#+ (?:(\d+(?:\.\d+)*)\.? )?(.*)`)
	listItem  = regexp.MustCompile(`^(\d+)\. `)
	tableRow  = regexp.MustCompile(`^\| ([^|]*)`)
	label     = regexp.MustCompile(`\*\*([^*]+)\*\*`)
	notLetter = regexp.MustCompile("^[^A-Za-z]+")
)

func parse(text string) *document {
	d := &document{numbers: map[string]bool{}, rows: map[string]bool{}}
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if m := heading.FindStringSubmatch(line); m != nil {
			section = m[1]
			d.numbers[section] = true
			d.words = append(d.words, strings.ToLower(m[2]))
			continue
		}
		if m := listItem.FindStringSubmatch(line); m != nil {
			d.numbers[strings.TrimPrefix(section+"."+m[1], ".")] = true
		}
		if m := tableRow.FindStringSubmatch(line); m != nil {
			for _, m := range label.FindAllStringSubmatch(line, -1) {
				d.words = append(d.words, strings.ToLower(m[1]))
			}
			line = m[1]
			d.rows[strings.TrimSpace(section+" "+line)] = true
		}
		d.words = append(d.words, strings.ToLower(notLetter.ReplaceAllString(line, "")))
	}
	return d
}

// has reports whether a heading, a row or a line of the page begins with the words, or a heading or a row has them in it.
func (d *document) has(words string) bool {
	words = strings.ToLower(strings.TrimSpace(words))
	return slices.ContainsFunc(d.words, func(s string) bool {
		return strings.HasPrefix(s, words) || len(s) < 200 && strings.Contains(s, words)
	})
}

// documents are all cited pages by name, without ".md".
func documents(t *testing.T) map[string]*document {
	t.Helper()
	files := maps.Clone(elsewhere)
	own, err := filepath.Glob("*.md")
	require.NoError(t, err)
	for _, f := range own {
		if name := strings.TrimSuffix(f, ".md"); name != "README" {
			files[name] = f
		}
	}
	docs := map[string]*document{}
	for name, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		docs[name] = parse(string(b))
	}
	return docs
}

// citation is one reference to one place of a document; place is "" for the document as a whole.
type citation struct {
	line     int
	document string
	place    string // "7.1", "#12" or words
}

func (c citation) String() string { return strings.TrimSpace(c.document + ".md " + c.place) }

var (
	comment   = regexp.MustCompile(`^\s*(?://+|\*|#|>)\s*`) // what stands before the text of a line of comment
	indent    = regexp.MustCompile(`^\s*"?`)                // the same for other lines
	glued     = regexp.MustCompile(`" \+$`)                 // a string that goes on
	number    = regexp.MustCompile(`^\d+(?:\.\d+)*`)
	separator = regexp.MustCompile(`^(?:, and |, or |, | and | or | to |/)`)
	wordPlace = regexp.MustCompile(`^, "?([A-Za-z][A-Za-z0-9_.* ]*)`)
	rowPlace  = regexp.MustCompile(`^,? (?:rows?|checks?) (\d+)`)
)

// join puts the lines of a text behind each other, without the marks of comments, so that a citation that is wrapped is
// whole; starts are the offsets of the lines. In Go a line that is no comment ends what stood before it.
func join(text string, isGo bool) (joined string, starts []int) {
	var b strings.Builder
	goesOn := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case goesOn:
			line = indent.ReplaceAllString(line, "")
		case comment.MatchString(line):
			line = comment.ReplaceAllString(line, " ")
		case isGo:
			b.WriteString("\n")
		default:
			line = indent.ReplaceAllString(line, " ")
		}
		starts = append(starts, b.Len())
		rest := glued.ReplaceAllString(line, "")
		goesOn = rest != line
		b.WriteString(rest)
	}
	return b.String(), starts
}

// citations finds every citation of the documents in a text.
func citations(text string, isGo bool, names []string) []citation {
	name := regexp.MustCompile(`\b(` + strings.Join(names, "|") + `)\.md\b`)
	joined, starts := join(text, isGo)
	var found []citation
	for _, at := range name.FindAllStringSubmatchIndex(joined, -1) {
		line := sort.SearchInts(starts, at[0]+1)
		doc, rest := joined[at[2]:at[3]], joined[at[1]:]
		places := placesOf(doc, rest)
		if len(places) == 0 {
			places = []string{""}
		}
		for _, p := range places {
			found = append(found, citation{line, doc, p})
		}
	}
	return found
}

// placesOf reads what follows the name: " 4.1, 5 and 7.2", ", sections 4 to 6", " #3, #4" or ", Flash".
func placesOf(doc, rest string) []string {
	if words := wordPlace.FindStringSubmatch(rest); words != nil && slices.Contains(byWords, doc) && !strings.Contains(words[1], ".md") {
		place, _, _ := strings.Cut(words[1], ". ")
		place, _, _ = strings.Cut(place, " and ")
		return []string{strings.TrimRight(place, " .*")}
	}
	rest = strings.TrimPrefix(rest, ",")
	rest = strings.TrimPrefix(rest, " ")
	for _, w := range []string{"sections ", "section "} {
		rest = strings.TrimPrefix(rest, w)
	}
	mark := ""
	if strings.HasPrefix(rest, "#") {
		mark = "#"
	}
	var places []string
	for {
		if !strings.HasPrefix(rest, mark) {
			return places
		}
		n := number.FindString(rest[len(mark):])
		rest = rest[min(len(rest), len(mark)+len(n)):]
		if n == "" || rest != "" && !strings.ContainsAny(rest[:1], ` ,.;:)]"|/*'`+"`\n\\") {
			return places
		}
		if len(places) > 0 && mark == "" && counts(rest) {
			return places
		}
		place := mark + n
		if row := rowPlace.FindStringSubmatch(rest); row != nil {
			return append(places, place+" row "+row[1])
		}
		places = append(places, place)
		sep := separator.FindString(rest)
		if sep == "" {
			return places
		}
		rest = rest[len(sep):]
	}
}

// counts reports whether the number before the text is a quantity, "2 s", and no further section.
func counts(rest string) bool {
	return regexp.MustCompile(`^ (?:s|ms|bytes|retries|retransmissions|runs|ticks|seconds|KB)\b`).MatchString(rest)
}

// lead reports whether a citation leads to a place that exists.
func lead(docs map[string]*document, c citation) bool {
	d := docs[c.document]
	switch {
	case c.place == "":
		return true
	case strings.HasPrefix(c.place, "#"):
		return d.rows[c.place[1:]]
	case strings.HasPrefix(c.place, "trap "):
		return d.numbers[c.place[len("trap "):]]
	case number.MatchString(c.place):
		section, row, ok := strings.Cut(c.place, " row ")
		return d.numbers[section] && (!ok || d.rows[section+" "+row] || d.numbers[section+"."+row])
	}
	return d.has(c.place)
}

// What the test below reads as a citation, and that it tells a dead one. The names are put together, so that this file
// holds no citation of its own.
func TestCitationsAreRead(t *testing.T) {
	docs := documents(t)
	names := slices.Collect(maps.Keys(docs))
	for _, c := range []struct {
		text string // @ stands for ".md"
		want []string
		dead int
	}{
		{"// The limit (tls@ 2.2).", []string{"tls@ 2.2"}, 0},
		{"tls@ 0, 8, 10", []string{"tls@ 0", "tls@ 8", "tls@ 10"}, 0},
		{"espconn@ 5.1 and 5.2, lwip@ 7.1", []string{"espconn@ 5.1", "espconn@ 5.2", "lwip@ 7.1"}, 0},
		{"lwip@ 4.1 to 4.3", []string{"lwip@ 4.1", "lwip@ 4.3"}, 1},
		{"axtls@ section 9 says", []string{"axtls@ 9"}, 0},
		{"axtls@ 10.2, 10.99", []string{"axtls@ 10.2", "axtls@ 10.99"}, 1},
		{"manual-profile@ #1, #99.", []string{"manual-profile@ #1", "manual-profile@ #99"}, 1},
		{"sdk-surface@, Flash).", []string{"sdk-surface@ Flash"}, 0},
		{"sdk-surface@, no such words).", []string{"sdk-surface@ no such words"}, 1},
		{"sdk-surface@, trap 4 */", []string{"sdk-surface@ trap 4"}, 0},
		{"espconn@ 5.1 row 4", []string{"espconn@ 5.1 row 4"}, 0},
		{"tls@ 5.1 row 44", []string{"tls@ 5.1 row 44"}, 1},
		{"// wrapped (tls@\n// 99.1).", []string{"tls@ 99.1"}, 1},
		{"\"wrapped (tls@ \" +\n\t\"99.1)\"", []string{"tls@ 99.1"}, 1},
		{"x = 8 // lwip@\n7.1", []string{"lwip@"}, 0},
	} {
		var got []string
		dead := 0
		for _, x := range citations(strings.ReplaceAll(c.text, "@", ".md"), true, names) {
			got = append(got, strings.Replace(x.String(), ".md", "@", 1))
			if !lead(docs, x) {
				dead++
			}
		}
		assert.Equal(t, c.want, got, c.text)
		assert.Equal(t, c.dead, dead, c.text)
	}
}

var formerFolder = regexp.MustCompile(`reference/[a-z0-9-]+\.md`)

// manualSections are the sections of the two SSL manuals.
var manualSections = map[string][]string{
	"2.1": strings.Fields("1 2 3 3.1 3.1.1 3.1.2 3.2 4 4.1 4.1.1 4.1.2 4.1.3 4.2 5 5.1 5.2 5.3 5.4 5.5 5.6 5.7 " +
		"5.8 5.9 5.10 5.11 5.12 5.13"),
	"1.0": strings.Fields("1 2 2.1 3 3.1 3.2 4 4.1 4.2 4.3 4.4 4.5 4.6 4.7 4.8"),
}

var manualCitation = regexp.MustCompile(`\b[Mm]anual V(2\.1|1\.0)`)

// Every citation of an SSL manual names a section that the manual has.
func TestEveryManualSectionExists(t *testing.T) {
	n := 0
	everyText(t, func(path, text string) {
		if !strings.Contains(text, "anual V") {
			return
		}
		joined, starts := join(text, filepath.Ext(path) == ".go")
		for _, at := range manualCitation.FindAllStringSubmatchIndex(joined, -1) {
			for _, place := range placesOf("", joined[at[1]:]) {
				n++
				line := sort.SearchInts(starts, at[0]+1)
				assert.Contains(t, manualSections[joined[at[2]:at[3]]], place, "%s:%d", path, line)
			}
		}
	})
	t.Logf("%d citations", n)
	assert.Greater(t, n, 50)
}

// everyText calls f for each text file of the repository.
func everyText(t *testing.T, f func(path, text string)) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && e.Name() == ".git":
			return filepath.SkipDir
		case e.IsDir():
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(b, 0) >= 0 {
			return err
		}
		rel, err := filepath.Rel(root, path)
		f(filepath.ToSlash(rel), string(b))
		return err
	}))
}

// Every citation of a page of facts, in code, comments, test data and documents, leads to a page and a section that exist.
func TestEveryCitationLeadsSomewhere(t *testing.T) {
	docs := documents(t)
	names := slices.Collect(maps.Keys(docs))
	total, sum, files := map[string]int{}, 0, 0
	everyText(t, func(path, text string) {
		if !strings.Contains(text, ".md") {
			return
		}
		assert.False(t, formerFolder.MatchString(text), "%s: the pages are in docs/facts", path)
		cs := citations(text, filepath.Ext(path) == ".go", names)
		if len(cs) > 0 {
			files++
		}
		for _, c := range cs {
			total[c.document]++
			sum++
			if !lead(docs, c) {
				t.Errorf("%s:%d: %s leads nowhere", path, c.line, c)
			}
		}
	})
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(total)) {
		parts = append(parts, fmt.Sprintf("%s %d", n, total[n]))
	}
	t.Logf("%d citations in %d files: %s", sum, files, strings.Join(parts, ", "))
}

// A text that users see, a string of the product, names the page by its path.
func TestTextsNameThePath(t *testing.T) {
	names := slices.Collect(maps.Keys(documents(t)))
	short := regexp.MustCompile(`(?:^|[^/\w])(` + strings.Join(names, "|") + `)\.md\b`)
	everyText(t, func(path, text string) {
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || !short.MatchString(text) {
			return
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				assert.False(t, short.MatchString(lit.Value), "%s: %s: write docs/facts/NAME.md", path, lit.Value)
			}
			return true
		})
	})
}
