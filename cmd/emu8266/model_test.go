package main

import (
	"bytes"
	"cmp"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"strconv"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What kong says is the same with the part of the model and with the whole: help, faults, and which command it is.
func TestModel(t *testing.T) {
	said := func(grammar any, args []string) string {
		var out bytes.Buffer
		exited := false
		parser, err := kong.New(grammar, kong.Name("emu8266"), kong.Description("D"), kong.Writers(&out, &out),
			kong.Exit(func(int) { exited = true }), kong.UsageOnError(), variables(os.Getenv))
		require.NoError(t, err)
		ctx, err := parser.Parse(args)
		switch {
		case exited:
			return out.String()
		case err != nil:
			return out.String() + err.Error() + commandOf(err)
		}
		return ctx.Command()
	}
	parser, err := kong.New(new(cli), kong.Name("emu8266"), variables(os.Getenv))
	require.NoError(t, err)
	parts := 0
	for _, c := range parser.Model.Children {
		for _, rest := range [][]string{nil, {"--help"}, {"--nonsense"}, {"a", "b", "c"}, {"--version"}, {"--timeout"}} {
			args := append([]string{c.Name}, rest...)
			assert.Equal(t, said(new(cli), args), said(model(args), args), "%q", args)
		}
		for _, below := range c.Children {
			args := []string{c.Name, below.Name, "--help"}
			assert.Equal(t, said(new(cli), args), said(model(args), args), "%q", args)
		}
		if reflect.TypeOf(model([]string{c.Name})) != reflect.TypeFor[*cli]() {
			parts++
		}
	}
	assert.Greater(t, parts, 20, "commands with a model of their own")
	for _, args := range [][]string{{"--version"}, {"--help"}, {"version"}, {"nonsense"}, {"--nonsense"}, {"Version"}, {"Run"}} {
		assert.Equal(t, said(new(cli), args), said(model(args), args), "%q", args)
	}
}

// A process is small when it begins: no package makes tables, or compiles expressions, that this command does not need.
func TestStartsSmall(t *testing.T) {
	cmd := exec.Command("emu8266", "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	said, err := cmd.CombinedOutput()
	require.NoError(t, err)
	// Words, lists of keys, and the expressions of build.
	most := map[string]int{"emulator/cause": 300_000, "cmd/internal/decode": 200_000, "emulator/build": 400_000}
	packages := 0
	for _, m := range regexp.MustCompile(`init github\.com/emu8266/emu8266/(\S+) .* (\d+) bytes`).FindAllStringSubmatch(string(said), -1) {
		packages++
		bytes, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		assert.Less(t, bytes, cmp.Or(most[m[1]], 100_000), "package %s allocates when a program starts: see cmd/internal/lazyregexp", m[1])
	}
	assert.Greater(t, packages, 20)
}
