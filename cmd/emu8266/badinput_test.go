package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/emu8266/emu8266/espconn/testpki"
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

// leaf is a command that can be called, with the words that call it.
type leaf struct {
	*kong.Node
	words []string
}

// leaves are all commands.
func leaves(t *testing.T) (all []leaf) {
	t.Helper()
	parser, err := kong.New(&cli{}, kong.Name("emu8266"), variables(os.Getenv))
	require.NoError(t, err)
	for _, n := range parser.Model.Leaves(true) {
		l := leaf{Node: n}
		for _, word := range strings.Fields(strings.TrimPrefix(n.Path(), "emu8266 ")) {
			if !strings.ContainsAny(word, "<[") {
				l.words = append(l.words, word)
			}
		}
		all = append(all, l)
	}
	require.Greater(t, len(all), 30)
	return all
}

// call is the command with something for each argument that must be there, and with more.
func (l leaf) call(more ...string) []string {
	args := slices.Clone(l.words)
	for _, p := range l.Positional {
		if !p.Required {
			continue
		}
		args = append(args, "1")
	}
	for _, f := range l.Flags {
		if f.Required {
			args = append(args, "--"+f.Name+"=1")
		}
	}
	return append(args, more...)
}

// fileArguments are the commands with each file that they read, FILE. kinds are the kinds of bad files that the command takes all the
// same, with the reason.
var fileArguments = []struct {
	command string
	takes   string
}{
	{"run FILE", ""},
	{"run good.wasm --flash FILE", "none: it is made"},
	{"run good.wasm --input FILE --timeout 1s", "empty, garbage: anything can be typed"},
	{"run good.wasm --uart-script FILE", ""},
	{"debug FILE", ""},
	{"explain FILE", ""},
	{"report FILE", ""},
	{"report good.jsonl --capture FILE", ""},
	{"compare FILE good.wasm", ""},
	{"compare good.wasm FILE", ""},
	{"compare good.wasm --profile SDK221,SDK306 --flash FILE", ""},
	{"compare FILE.jsonl good.jsonl", ""},
	{"compare FILE.pcapng FILE.pcapng", ""},
	{"fleet run FILE --against 127.0.0.1:1", ""},
	{"fleet run good.wasm --against 127.0.0.1:1 --flash FILE", ""},
	{"fleet run good.wasm --against 127.0.0.1:1 --client-sector 60 --client-ca FILE --client-ca-key FILE", ""},
	{"fleet run good.wasm --script FILE", ""},
	{"fleet merge FILE", ""},
	{"test FILE", "folder: it wants one"},
	{"test project --firmware FILE", ""},
	{"test --tests FILE project", "folder: it wants one"},
	{"init FILE", "folder: it wants one"},
	{"build -o x.wasm FILE", ""},
	{"build -o x.wasm FILE.c", "empty, garbage: those are the compiler's"},
	{"make -C FILE", "folder: it wants one"},
	{"probe --chain FILE", ""},
	{"probe --ca FILE 127.0.0.1:1", ""},
	{"probe --cert FILE --key FILE 127.0.0.1:1", ""},
	{"serve --cert FILE --key FILE", ""},
	{"serve --cert good.pem --key good.pem --ca FILE", ""},
	{"certs --check FILE", "empty: an image without an entry, of which there is something to say"},
	{"certs --dir FILE", "folder: it wants one"},
	{"flash info FILE", ""},
	{"flash write FILE good.wasm --at 0", ""},
	{"flash write good.bin FILE --at 0", "garbage: anything can be written"},
	{"flash read FILE --at 0", ""},
	{"flash erase FILE --at 0", ""},
	{"flash verify FILE", ""},
	{"flash verify good.bin FILE --at 0", "garbage: it differs"},
	{"flash diff FILE good.bin", ""},
	{"flash diff good.bin FILE", ""},
	{"flash image -o x.bin --slot 1 FILE", ""},
	{"scenario run FILE.txtar", ""},
	{"scenario run good.txtar --firmware FILE", ""},
	{"lesson check 1 FILE", ""},
	{"sdk headers FILE", "none, folder: it is made"},
	{"man -o FILE", "none, folder: it is made"},
	{"mcp FILE", "folder: it wants one"},
}

// Every file that a command reads: it is not there, it is a folder, it is empty, it is something else.
func TestBadFilesAreToldInOneLine(t *testing.T) {
	image, err := os.ReadFile(filepath.Join(repoRoot, "testdata", "firmware", "machine.wasm"))
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.MkdirAll(filepath.Join("project", "test"), 0o700))
	for name, text := range map[string][]byte{"good.wasm": image,
		"good.pem":             []byte(chainPEM(t) + string(testpki.KeyPEM(t, testpki.Leaf2048))),
		"good.txtar":           []byte("-- it is there --\nuart wait \"got ip\"\n"),
		"good.jsonl":           []byte(`{"at":1,"device":"a","kind":"boot","name":"boot"}` + "\n"),
		"project/test/a.txtar": []byte("-- it is there --\nuart wait \"got ip\"\n")} {
		require.NoError(t, os.WriteFile(name, text, 0o600))
	}
	var out, errs bytes.Buffer
	require.Zero(t, run([]string{"flash", "create", "good.bin", "--size", "512K"}, &out, &errs), errs.String())
	garbage := bytes.Repeat([]byte("\xa7\x00\x13garbage\n\xff"), 300)
	for _, c := range fileArguments {
		for _, kind := range []string{"none", "folder", "empty", "garbage"} {
			why, _, _ := strings.Cut(c.takes, ":")
			if slices.Contains(strings.Split(why, ", "), kind) {
				continue
			}
			args := strings.Fields(c.command)
			file := ""
			for i, a := range args {
				if name, found := strings.CutPrefix(a, "FILE"); found {
					file = kind + name
					args[i] = file
				}
			}
			require.NoError(t, os.RemoveAll(file))
			switch kind {
			case "folder":
				require.NoError(t, os.Mkdir(file, 0o700))
			case "empty":
				require.NoError(t, os.WriteFile(file, nil, 0o600))
			case "garbage":
				require.NoError(t, os.WriteFile(file, garbage, 0o600))
			}
			bad(t, []string{strings.TrimSuffix(file, ".txtar")}, args...)
			require.NoError(t, os.RemoveAll(file))
		}
	}
}

// A file that is nearly there is named.
func TestNearFilesAreNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("firmware.wasm", nil, 0o600))
	bad(t, []string{"there is no file firmwar.wasm: did you mean firmware.wasm?"}, "run", "firmwar.wasm")
	bad(t, []string{"there is no file folder/x.wasm: there is no folder folder"}, "run", "folder/x.wasm")
	bad(t, []string{"there is no file firmwar.wasm: did you mean firmware.wasm?"}, "compare", "firmwar.wasm")
	bad(t, []string{"there is no file x.jsonl"}, "compare", "x.jsonl")
	bad(t, []string{"compare firmware.wasm with what?"}, "compare", "firmware.wasm")
}

// localhost is this machine, also where no file says so and nobody can be asked.
func TestLocalhostIsThisMachine(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"localhost", "LocalHost", "localhost."} {
		addr, err := lookUp(ctx, name)
		require.NoError(t, err, name)
		require.Equal(t, "127.0.0.1", addr.String(), name)
	}
	_, err := lookUp(ctx, "broker.invalid")
	require.ErrorContains(t, err, "not found")
}

// Every flag with which a command writes a file: its folder is not there, it is a folder.
func TestBadOutputsAreToldInOneLine(t *testing.T) {
	image, err := os.ReadFile(filepath.Join(repoRoot, "testdata", "firmware", "machine.wasm"))
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("good.wasm", image, 0o600))
	require.NoError(t, os.WriteFile("good.jsonl", []byte(`{"at":1,"device":"a","kind":"boot","name":"boot"}`+"\n"), 0o600))
	require.NoError(t, os.MkdirAll(filepath.Join("project", "test"), 0o700))
	require.NoError(t, os.WriteFile("project/test/a.txtar", []byte("-- it is there --\nuart wait \"got ip\"\n"), 0o600))
	require.NoError(t, os.WriteFile("main.c", []byte("void user_init(void) {}\n"), 0o600))
	require.NoError(t, os.Mkdir("folder", 0o700))
	for _, command := range []string{
		"run good.wasm --pcap FILE", "run good.wasm --trace FILE", "run good.wasm --junit FILE", "run good.wasm --serial-log FILE",
		"run good.wasm --vcd FILE", "run good.wasm --report FILE.html", "test project --firmware good.wasm --junit FILE",
		"test project --firmware good.wasm --cover FILE", "test project --firmware good.wasm --report FILE.html",
		"report good.jsonl -o FILE.html", "build -o FILE main.c", "flash create FILE", "flash image -o FILE --slot 1 good.wasm",
	} {
		for _, place := range []string{"folder", "none/x"} {
			file := strings.ReplaceAll(command, "FILE", place)
			if name := strings.Fields(strings.ReplaceAll(command, "FILE", place)); place == "folder" {
				for _, word := range name {
					if strings.HasPrefix(word, "folder.") {
						require.NoError(t, os.MkdirAll(word, 0o700))
					}
				}
			}
			bad(t, []string{place}, strings.Fields(file)...)
		}
	}
}

// Every command: a flag that there is not. A near one is named.
func TestUnknownFlagsAreToldInOneLine(t *testing.T) {
	for _, l := range leaves(t) {
		bad(t, []string{"--nonsense", "--help` shows the usage"}, append(slices.Clone(l.words), "--nonsense")...)
		for _, f := range l.Flags {
			if len(f.Name) >= 5 && f.Name != "version" {
				bad(t, []string{"--" + f.Name}, append(slices.Clone(l.words), "--"+f.Name[:len(f.Name)-1]+"x")...)
				break
			}
		}
	}
}

// Every command: an argument too many, and one too few.
func TestWrongNumberOfArgumentsIsToldInOneLine(t *testing.T) {
	for _, l := range leaves(t) {
		many, required := false, false
		for _, p := range l.Positional {
			many, required = many || p.IsCumulative(), required || p.Required
		}
		if !many {
			args := slices.Clone(l.words)
			for range l.Positional {
				args = append(args, "1")
			}
			if slices.ContainsFunc(l.Positional, func(p *kong.Positional) bool { return p.Enum != "" }) {
				args[len(args)-1] = "bash"
			}
			bad(t, []string{"unexpected argument surplus", "--help` shows the usage"}, append(args, "surplus")...)
		}
		if required {
			bad(t, []string{"--help` shows the usage"}, l.words...)
		}
	}
}

// Every flag of every command that has a list of words, a number or a time: something else. The flag is named.
func TestMisspeltValuesAreToldInOneLine(t *testing.T) {
	n := 0
	for _, l := range leaves(t) {
		for _, f := range l.Flags {
			kind := f.Target.Type()
			for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
				kind = kind.Elem()
			}
			number := kind.Kind() >= reflect.Int && kind.Kind() <= reflect.Float64
			if f.IsBool() || f.Enum == "" && !number {
				continue
			}
			n++
			bad(t, []string{"--" + f.Name}, l.call(fmt.Sprintf("--%s=nonsense", f.Name))...)
		}
	}
	assert.Greater(t, n, 60)
}

// Values that are right in form.
func TestWrongValuesAreToldInOneLine(t *testing.T) {
	image := filepath.Join(repoRoot, "testdata", "firmware", "machine.wasm")
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--heap 7", []string{"run", image, "--heap", "7"}},
		{"--fail-allocation 0", []string{"run", image, "--fail-allocation", "0"}},
		{"--fail-allocation 3@soon", []string{"compare", image, image, "--fail-allocation", "3@soon"}},
		{"--output-max", []string{"run", image, "--pcap", "x", "--output-max", "much"}},
		{"--ap", []string{"run", image, "--ap", ""}},
		{"--dns", []string{"run", image, "--dns", "a=b"}},
		{"--static", []string{"run", image, "--static", "home"}},
		{"--uart", []string{"run", image, "--uart", "usb"}},
		{"--allow", []string{"run", image, "--allow", "home"}},
		{"--hostfwd", []string{"run", image, "--hostfwd", "home"}},
		{"SDK9", []string{"probe", "--profile", "SDK9", "127.0.0.1:1"}},
		{"--size 0", []string{"probe", "--size", "0", "127.0.0.1:1"}},
		{"--repeat", []string{"test", "--repeat", "0"}},
		{"--engine", []string{"build", "-o", "x", ".", "--engine", "x86"}},
		{"-D", []string{"build", "-o", "x", ".", "-D", "=1"}},
		{"--days", []string{"certs", "--days", "0"}},
		{"--bits", []string{"certs", "--bits", "3"}},
		{"--slot 3", []string{"flash", "image", "-o", "x", "--slot", "3", image}},
		{"nonsense", []string{"decode", "nonsense"}},
		{"nonsense", []string{"lesson", "run", "nonsense"}},
		{"nonsense", []string{"checks", "nonsense"}},
		{"did you mean send-before-sent?", []string{"checks", "send-before-snt"}},
		{"ManualV21, SDK221", []string{"decode", "--profile", "x", "--", "-114"}},
		{"the text is empty", []string{"run", image, "--expect-text", ""}},
		{"the text is empty", []string{"run", image, "--fail-text="}},
		{`"big-chan": did you mean big-chain?`, []string{"scenario", "run", "big-chan"}},
		{"`emu8266 scenario list` shows", []string{"scenario", "show", "zebra"}},
		{"the name of one ends in .txtar", []string{"scenario", "run", image}},
		{"unknown flag --x; `emu8266 mcp --help`", []string{"mcp", "--x"}},
		{"unknown flag --tim, did you mean --timeout or --timeout-exit-code or --timestamps?", []string{"run", "--tim"}},
		{"there is no folder none: give", []string{"mcp", "none"}},
		{"there is no folder none: give", []string{"init", "none"}},
		{"there is no folder none: give", []string{"test", "none"}},
		{"there is no folder none: give", []string{"make", "-C", "none"}},
		{"nonsense", []string{"nonsense"}},
	} {
		bad(t, []string{c.want}, c.args...)
	}
}
