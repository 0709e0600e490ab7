package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// completionScript writes the script of a shell into a file.
func completionScript(t *testing.T, shell string) string {
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run([]string{"completion", shell}, &out, &errs), "%s", &errs)
	path := filepath.Join(t.TempDir(), "emu8266."+shell)
	require.NoError(t, os.WriteFile(path, out.Bytes(), 0o666))
	return path
}

// completed are lines that somebody types, and what the shell must offer; "-" are the names of files, or nothing.
var completed = []struct{ line, want string }{
	{"emu8266 fla", "flash"},
	{"emu8266 flash cr", "create"},
	{"emu8266 flash create --si", "--size"},
	{"emu8266 fleet --sha", "--shard"},
	{"emu8266 fleet mer", "merge"},
	{"emu8266 fleet merge --par", "--partial"},
	{"emu8266 run --lang ", "en zh"},
	{"emu8266 run --lang z", "zh"},
	{"emu8266 probe --report x.html --rec", "--records"},
	{"emu8266 run --pcap ", "-"},
	{"emu8266 run firm", "-"},
	{"emu8266 completion --he", "--help"},
}

// What bash offers, by its own machinery.
func TestBashCompletion(t *testing.T) {
	needTool(t, "bash")
	script := completionScript(t, "bash")
	for _, row := range completed {
		words := strings.Split(row.line, " ")
		cmd := exec.Command("bash", "-c", `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _emu8266; echo "${COMPREPLY[*]}"`,
			"bash", script)
		cmd.Args = append(cmd.Args, words...)
		got, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", got)
		want := row.want
		if want == "-" { // which bash itself looks for then
			want = ""
		}
		assert.Equal(t, want, strings.TrimSpace(string(got)), row.line)
	}
}

// What fish offers, by its own machinery.
func TestFishCompletion(t *testing.T) {
	needTool(t, "fish")
	script := completionScript(t, "fish")
	for _, row := range completed {
		if row.want == "-" {
			continue
		}
		cmd := exec.Command("fish", "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, row.line)
		cmd.Dir = t.TempDir()
		cmd.Env = append(os.Environ(), "HOME="+cmd.Dir)
		got, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", got)
		var offered []string
		for line := range strings.Lines(string(got)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), "\t")
			offered = append(offered, word)
		}
		assert.Equal(t, row.want, strings.Join(offered, " "), row.line)
	}
}

// What zsh offers: its function runs with the machinery's own commands replaced by ones that print.
func TestZshCompletion(t *testing.T) {
	needTool(t, "zsh")
	script := completionScript(t, "zsh")
	const play = `compdef() { }
_files() { print -- - }
compadd() { shift; print -l -- "$@" }
_describe() { [[ $1 == -o ]] && shift; shift; local o; for o in ${(P)1}; do print -- ${o%%:*}; done }
source $1; shift
words=("$@") CURRENT=$#
_emu8266`
	for _, row := range completed {
		words := strings.Split(row.line, " ")
		cmd := exec.Command("zsh", append([]string{"-f", "-c", play, "zsh", script}, words...)...)
		got, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", got)
		var offered []string
		for line := range strings.Lines(string(got)) {
			if word := strings.TrimSpace(line); word == "-" || strings.HasPrefix(word, words[len(words)-1]) {
				offered = append(offered, word)
			}
		}
		assert.Equal(t, row.want, strings.Join(offered, " "), row.line)
	}
}

// The manual pages have no mistake that mandoc knows, and say what --help says.
func TestManPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	var out, errs bytes.Buffer
	require.Equal(t, exitOK, run([]string{"man", "-o", dir}, &out, &errs), "%s", &errs)
	pages, err := filepath.Glob(filepath.Join(dir, "*.1"))
	require.NoError(t, err)
	assert.Greater(t, len(pages), 20)
	page, err := os.ReadFile(filepath.Join(dir, "emu8266-fleet.1"))
	require.NoError(t, err)
	for _, want := range []string{".SH NAME\nemu8266\\-fleet", ".SH \"FLEET MERGE\"", `\-\-shard=INDEX/COUNT`, "Exit codes: 0 every device"} {
		assert.Contains(t, string(page), want)
	}
	var release struct {
		Casks []struct{ Manpages []string } `yaml:"homebrew_casks"`
	}
	require.NoError(t, yaml.Unmarshal(read(t, repoRoot, ".goreleaser.yaml"), &release))
	require.Len(t, release.Casks, 1)
	var names []string
	for _, p := range pages {
		names = append(names, "man/"+filepath.Base(p))
	}
	assert.ElementsMatch(t, names, release.Casks[0].Manpages, "the pages that Homebrew installs")
	needTool(t, "mandoc")
	for _, p := range pages {
		found, _ := exec.Command("mandoc", "-Tlint", "-Wwarning", p).CombinedOutput() // its exit code says the same
		for line := range strings.Lines(string(found)) {
			assert.Contains(t, line, "missing date", "the only thing that a page lacks")
		}
	}
}
