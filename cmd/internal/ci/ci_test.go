package ci

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPlace(t *testing.T) {
	for where, want := range map[string]struct {
		file string
		line int
	}{
		"user/user_main.c:57":      {"user/user_main.c", 57},
		"recv user/user_main.c:57": {"user/user_main.c", 57},
		`C:\p\a.c:7`:               {"C:/p/a.c", 7},
		"user_main.c":              {"", 0},
		"a.c:0":                    {"", 0},
		"a.c:x":                    {"", 0},
		":7":                       {"", 0},
		"":                         {"", 0},
	} {
		file, line := Place(where)
		assert.Equal(t, want.file, file, where)
		assert.Equal(t, want.line, line, where)
	}
}

func TestAnnotationsAreLinesThatGitHubReads(t *testing.T) {
	var out bytes.Buffer
	github := func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] }
	a := New(github, &out, func(file string) string { return "firmware/" + file })
	a.Error("user/a,b.c:3", "crash: exception 28", "100%\nat line two\n")
	a.Error("user/a,b.c:3", "crash: exception 28", "100%\nat line two\n")
	a.Warning("", "", "no place")
	assert.Equal(t, "::error file=firmware/user/a%2Cb.c,line=3,title=crash%3A exception 28::100%25%0Aat line two\n"+
		"::warning ::no place\n", out.String())

	New(func(string) string { return "" }, &out, nil).Error("a.c:1", "t", "elsewhere nothing is written")
	assert.NotContains(t, out.String(), "elsewhere")
}

func TestAnnotationsAreBounded(t *testing.T) {
	var out bytes.Buffer
	a := New(func(string) string { return "true" }, &out, nil)
	for i := range 3 * annotationsMost {
		a.Error("", "", strings.Repeat("x", i))
	}
	assert.Equal(t, annotationsMost, strings.Count(out.String(), "\n"))
}

func TestJUnit(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteJUnit(&out, Suite{Name: "app.wasm", Began: time.Unix(0, 0), Cases: []Case{
		{Class: "a", Name: "passes", Took: 1500 * time.Millisecond, Output: "bell \a and <tags>\n"},
		{Class: "a", Name: "fails", Failure: &Failure{Kind: "text", Title: `no "ok"`, Where: "a.c:7", Text: "because & so on"}},
		{Class: "a", Name: "crashes", Failure: &Failure{Kind: "crash", Error: true, Title: "exception 28"}},
		{Class: "a", Name: "skipped", Skipped: "no clang"},
		{Class: "a", Name: "talks much", Output: strings.Repeat("é", outputMax)},
	}}))
	var got junitSuites
	require.NoError(t, xml.Unmarshal(out.Bytes(), &got))
	s := got.Suites[0]
	assert.Equal(t, []int{5, 1, 1, 1}, []int{s.Tests, s.Failures, s.Errors, s.Skipped})
	assert.Equal(t, "1970-01-01T00:00:00", s.Timestamp)
	assert.Equal(t, "1.500", s.Cases[0].Time)
	assert.Equal(t, "bell � and <tags>\n", s.Cases[0].Output)
	assert.Equal(t, `no "ok"`, s.Cases[1].Failure.Message)
	assert.Equal(t, "a.c:7: because & so on", s.Cases[1].Failure.Text)
	assert.Equal(t, "crash", s.Cases[2].Error.Type)
	assert.Equal(t, "no clang", s.Cases[3].Skipped.Message)
	assert.LessOrEqual(t, len(s.Cases[4].Output), outputMax+8)
	assert.True(t, strings.HasPrefix(s.Cases[4].Output, "...\né"))
	valid(t, out.Bytes())
	out.Reset()
	require.NoError(t, WriteJUnit(&out, Suite{Name: "test", Cases: []Case{{Class: "test/a.c", Name: "passes", File: "firmware/test/a.c"}}}))
	assert.Contains(t, out.String(), `<testcase name="passes" classname="test/a.c" time="0.000" file="firmware/test/a.c">`)
}

func TestTAP(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteTAP(&out, Suite{Cases: []Case{
		{Class: "a.c", Name: "passes"},
		{Class: "a.c", Name: "fails # badly\nindeed", Failure: &Failure{Title: "it's\nwrong", Where: "a.c:7", Text: "one\r\ntwo\n"}},
		{Class: "a.c", Name: "crashes", Failure: &Failure{Error: true, Title: "exception 28"}},
		{Class: "a.c", Name: "waits", Skipped: "no clang"},
	}}))
	assert.Equal(t, `TAP version 13
1..4
ok 1 - a.c: passes
not ok 2 - a.c: fails \# badly indeed
  ---
  message: 'it''s wrong'
  severity: fail
  at:
    file: 'a.c'
    line: 7
  data: |
    one
    two
  ...
not ok 3 - a.c: crashes
  ---
  message: 'exception 28'
  severity: crash
  ...
ok 4 - a.c: waits # SKIP no clang
`, out.String())
}

// Perl's prove reads it: what has passed, what was skipped, and which ones have failed.
func TestProveReadsTAP(t *testing.T) {
	if _, err := exec.LookPath("prove"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("prove is missing: .ci/run installs it")
		}
		t.Skip("prove is not installed")
	}
	suite := Suite{Cases: []Case{{Class: "a.c", Name: "passes #1"}, {Class: "a.c", Name: "waits", Skipped: "no clang"}}}
	prove := func() (string, error) {
		var out bytes.Buffer
		require.NoError(t, WriteTAP(&out, suite))
		file := filepath.Join(t.TempDir(), "result.tap")
		require.NoError(t, os.WriteFile(file, out.Bytes(), 0o600))
		said, err := exec.Command("prove", "-v", "-e", "cat", file).CombinedOutput()
		return string(said), err
	}
	said, err := prove()
	require.NoError(t, err, said)
	assert.Contains(t, said, "Result: PASS")
	assert.Contains(t, said, "Tests=2")
	suite.Cases = append(suite.Cases, Case{Class: "a.c", Name: "fails", Failure: &Failure{Title: "it's wrong", Where: "a.c:7",
		Text: "one\ntwo: three\n\n  - four # five\n"}})
	said, err = prove()
	require.Error(t, err)
	assert.Contains(t, said, "Failed test:  3")
	assert.NotContains(t, said, "Parse errors")
}

// valid lets xmllint judge a file by the schema.
func valid(t *testing.T, file []byte) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("xmllint is missing: .ci/run installs it")
		}
		t.Skip("xmllint is not installed")
	}
	c := exec.Command("xmllint", "--noout", "--schema", "testdata/junit.xsd", "-")
	c.Stdin = bytes.NewReader(file)
	said, err := c.CombinedOutput()
	assert.NoError(t, err, "%s", said)
}

// The schema refuses what is none of its files.
func TestSchemaRefuses(t *testing.T) {
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("xmllint is not installed") // valid fails where it must be
	}
	for _, bad := range []string{`<testsuites name="a"/>`, `<testsuite/>`,
		`<testsuites name="a" tests="1" failures="0" errors="0" time="0.000"><testsuite name="a" tests="1" failures="0" errors="0" ` +
			`skipped="0" time="x"></testsuite></testsuites>`} {
		c := exec.Command("xmllint", "--noout", "--schema", "testdata/junit.xsd", "-")
		c.Stdin = strings.NewReader(bad)
		assert.Error(t, c.Run(), bad)
	}
}
