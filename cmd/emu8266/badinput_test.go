package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bad runs a command in this process and wants one line that says what to do, and exit code 2.
func bad(t *testing.T, wants []string, args ...string) {
	t.Helper()
	var out, errs bytes.Buffer
	code := runCommand(args, &console{out: &out, err: &errs})
	name := strings.Join(args, " ")
	assert.Equal(t, exitUsage, code, "%s: %s%s", name, errs.String(), out.String())
	assert.Empty(t, out.String(), name)
	assert.Equal(t, 1, strings.Count(errs.String(), "\n"), "%s: %s", name, errs.String())
	assert.True(t, strings.HasPrefix(errs.String(), "emu8266: "), "%s: %s", name, errs.String())
	for _, want := range wants {
		assert.Contains(t, errs.String(), want, name)
	}
}

// Every file that a command reads: it is not there, it is a folder, it is empty.
func TestBadFilesAreToldInOneLine(t *testing.T) {
	image, err := os.ReadFile(filepath.Join(repoRoot, "testdata", "firmware", "machine.wasm"))
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("good.wasm", image, 0o600))
	for _, command := range [][]string{
		{"run", "FILE"},
		{"run", "good.wasm", "--flash", "FILE"},
		{"run", "good.wasm", "--input", "FILE"},
		{"run", "good.wasm", "--uart-script", "FILE"},
		{"debug", "FILE"},
		{"explain", "FILE"},
		{"report", "FILE"},
		{"probe", "--chain", "FILE"},
		{"probe", "--ca", "FILE", "127.0.0.1:1"},
		{"probe", "--cert", "FILE", "--key", "FILE", "127.0.0.1:1"},
		{"serve", "--cert", "FILE", "--key", "FILE"},
		{"certs", "--check", "FILE"},
		{"flash", "info", "FILE"},
		{"build", "-o", "x.wasm", "FILE"},
		{"scenario", "run", "FILE.txtar"},
		{"mcp", "FILE"},
	} {
		for _, kind := range []string{"none", "folder", "empty"} {
			args := append([]string(nil), command...)
			file := ""
			for i, a := range args {
				if name, found := strings.CutPrefix(a, "FILE"); found {
					file = kind + name
					args[i] = file
				}
			}
			switch {
			case kind == "folder" && (command[0] == "mcp" || command[0] == "build"): // that is what they want
				continue
			case kind == "empty" && len(command) > 2 && command[2] == "--input": // nothing is typed
				continue
			case kind == "empty" && command[0] == "certs": // an image without an entry, of which there is something to say
				continue
			case kind == "folder":
				require.NoError(t, os.MkdirAll(file, 0o700))
			case kind == "empty":
				require.NoError(t, os.WriteFile(file, nil, 0o600))
			}
			if kind == "none" && len(command) > 2 && command[2] == "--flash" { // it is made
				continue
			}
			bad(t, []string{strings.TrimSuffix(file, ".txtar")}, args...)
		}
	}
}

// Every command: a flag that there is not. A near one is named.
func TestUnknownFlagsAreToldInOneLine(t *testing.T) {
	parser, err := kong.New(&cli{}, kong.Name("emu8266"), kong.Vars{"version": ""})
	require.NoError(t, err)
	n := 0
	for _, leaf := range parser.Model.Leaves(true) {
		path := strings.Fields(strings.TrimPrefix(leaf.Path(), "emu8266 "))
		var args []string
		for _, word := range path {
			if !strings.ContainsAny(word, "<[") {
				args = append(args, word)
			}
		}
		bad(t, []string{"--nonsense", "--help` shows the usage"}, append(args, "--nonsense")...)
		for _, f := range leaf.Flags {
			if len(f.Name) >= 5 && f.Name != "version" {
				bad(t, []string{"--" + f.Name}, append(append([]string(nil), args...), "--"+f.Name[:len(f.Name)-1]+"x")...)
				break
			}
		}
		n++
	}
	assert.Greater(t, n, 20)
}

// Numbers, sizes, times and words out of a list.
func TestWrongValuesAreToldInOneLine(t *testing.T) {
	image := filepath.Join(repoRoot, "testdata", "firmware", "machine.wasm")
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--heap", []string{"run", image, "--heap", "x"}},
		{"--heap 7", []string{"run", image, "--heap", "7"}},
		{"--timeout", []string{"run", image, "--timeout", "soon"}},
		{"--timeout-exit-code", []string{"run", image, "--timeout-exit-code", "x"}},
		{"--checks", []string{"run", image, "--checks", "perhaps"}},
		{"--lang", []string{"run", image, "--lang", "fr"}},
		{"--output-max", []string{"run", image, "--pcap", "x", "--output-max", "much"}},
		{"--ap", []string{"run", image, "--ap", ""}},
		{"--dns", []string{"run", image, "--dns", "a=b"}},
		{"--static", []string{"run", image, "--static", "home"}},
		{"--uart", []string{"run", image, "--uart", "usb"}},
		{"SDK9", []string{"probe", "--profile", "SDK9", "127.0.0.1:1"}},
		{"--size", []string{"probe", "--size", "x", "127.0.0.1:1"}},
		{"--port", []string{"serve", "--port", "x"}},
		{"--repeat", []string{"test", "--repeat", "0"}},
		{"--seed", []string{"test", "--seed", "x"}},
		{"--engine", []string{"build", "-o", "x", ".", "--engine", "x86"}},
		{"nonsense", []string{"decode", "nonsense"}},
		{"big-chan", []string{"scenario", "run", "big-chan"}},
		{"nonsense", []string{"nonsense"}},
	} {
		bad(t, []string{c.want}, c.args...)
	}
}
