// Command emu8266 runs emulated ESP8266 devices: `emu8266 --help` lists what it does.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/cmd/internal/near"
)

// Exit codes, stable: scripts depend on them. The command run has another one, for a time that is over (--timeout-exit-code).
const (
	exitOK     = 0
	exitFailed = 1 // the thing failed, or was interrupted before its end
	exitUsage  = 2 // wrong usage, or an input that cannot be read
	exitCrash  = 3 // run ended because the firmware crashed
)

type cli struct {
	Version kong.VersionFlag `help:"Print the version and end."`

	Demo       demoCmd       `cmd:"" help:"Show the main thing: a handshake that fails for its buffer and one that works."`
	Probe      probeCmd      `cmd:"" help:"Find out which buffer sizes and SDK versions can connect to a TLS server."`
	Serve      serveCmd      `cmd:"" help:"Run the device as a TLS server behind a real port."`
	Certs      certsCmd      `cmd:"" help:"Make certificates, flash images and headers as the SDK's makefile.sh does."`
	Init       initCmd       `cmd:"" help:"Make emu8266.toml, which says what there is to build, run, test and debug."`
	Build      buildCmd      `cmd:"" help:"Compile C firmware."`
	Make       makeCmd       `cmd:"" help:"Compile what a project's own Makefile would."`
	Run        runCmd        `cmd:"" help:"Run C firmware."`
	Debug      debugCmd      `cmd:"" help:"Debug compiled firmware from an editor."`
	Test       testCmd       `cmd:"" help:"Run the tests of a project: C functions and scripts."`
	SDK        sdkCmd        `cmd:"" name:"sdk" help:"The headers that C firmware is compiled with."`
	Flash      flashCmd      `cmd:"" help:"Make, inspect and change images of the device's flash."`
	Decode     decodeCmd     `cmd:"" help:"Explain the log of a device, or one of its codes."`
	Explain    explainCmd    `cmd:"" help:"Explain a trace file: what failed, why, what to change."`
	Report     reportCmd     `cmd:"" help:"Make one page of a trace file: what failed, why, what to change, step by step."`
	Compare    compareCmd    `cmd:"" help:"Show where two firmwares, profiles, or traces part."`
	Scenario   scenarioCmd   `cmd:"" help:"Play failures that people met, and what repairs them."`
	Fleet      fleetCmd      `cmd:"" help:"Run firmware on many devices at once, against a real server or one of a script."`
	Completion completionCmd `cmd:"" help:"Write what a shell needs to complete commands and flags."`
	Man        manCmd        `cmd:"" help:"Write the manual pages."`
	MCP        mcpCmd        `cmd:"" name:"mcp" help:"Serve coding agents over the Model Context Protocol."`
	Playground playgroundCmd `cmd:"" help:"Serve the page on which lessons, scripts and firmware run in a browser."`
	Lesson     lessonCmd     `cmd:"" help:"The lessons: devices with one mistake each."`
	Checks     checksCmd     `cmd:"" help:"List the misuse of the SDK that the device finds."`
}

func main() {
	if code, played := playTool(); played {
		os.Exit(code)
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments.
func run(args []string, stdout, stderr io.Writer) int {
	out, errs := &escaper{out: stdout}, &escaper{out: stderr}
	watchInterrupts(errs)
	watched := isTerminal(stderr)
	con := &console{out: out, err: errs, watched: watched, colours: colourful(watched, os.Getenv), line: commandLine(args)}
	code := runCommand(args, con)
	out.flush()
	errs.flush()
	switch err := out.failed(); {
	case err == nil:
	case err != errReaderGone: // what was asked for is not there
		if code == exitOK {
			fmt.Fprintln(errs, "emu8266:", err)
		}
		code = exitFailed
	case code == exitOK && !endsByItself():
		code = exitFailed
	}
	return code
}

// runCommand runs the command that args say and returns its exit code.
func runCommand(args []string, con *console) int {
	stdout, stderr := con.out, con.err
	if runtime.GOMAXPROCS(0) < 2 {
		runtime.GOMAXPROCS(2) // firmware that computes for ever must not keep the rest from ending it
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	exited := -1
	parser, err := kong.New(model(args),
		kong.Name("emu8266"),
		kong.Description("An ESP8266 device emulator: the NonOS SDK's espconn_secure_* with the device's own limits, codes and failures."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		variables(os.Getenv),
	)
	if err != nil {
		fmt.Fprintln(stderr, "emu8266:", err)
		return exitFailed
	}
	ctx, err := parser.Parse(negativeCode(args))
	if exited >= 0 { // --help
		return exited
	}
	if errors.Is(err, errReaderGone) { // of --help
		return exitFailed
	}
	if err != nil {
		text := nearOnly(err.Error())
		if commandOf(err) == "emu8266 make" && strings.HasPrefix(text, "unknown flag") {
			text += "; what is meant for make comes behind --, as in emu8266 make -- -k"
		}
		fmt.Fprintf(stderr, "emu8266: %s; `%s --help` shows the usage\n", text, commandOf(err))
		return exitUsage
	}
	err = ctx.Run(con)
	if e, ok := stdout.(*escaper); ok && errors.Is(err, errReported) { // what the output was to tell is lost with it
		e.flush()
		if lost := e.failed(); lost != nil && lost != errReaderGone {
			err = errors.Join(err, lost)
		}
	}
	return report(stderr, err)
}

// variables are what the descriptions of flags name.
func variables(getenv func(string) string) kong.Vars {
	return kong.Vars{"version": "emu8266 " + version(), "lang": languageOf(getenv).String()}
}

// report prints the errors that the output has not told, and returns the exit code. Errors come joined when the end of a command
// goes wrong too; the first decides.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok && err.Error() == errors.Join(all.Unwrap()...).Error() {
		code := exitOK
		for _, e := range all.Unwrap() {
			if c := report(stderr, e); code == exitOK {
				code = c
			}
		}
		return code
	}
	var told exitCode
	if errors.As(err, &told) {
		return int(told)
	}
	if errors.Is(err, errReaderGone) {
		return exitFailed
	}
	fmt.Fprintln(stderr, "emu8266:", err)
	if u := new(usageError); errors.As(err, &u) {
		return exitUsage
	}
	return exitFailed
}

// usageError is wrong usage: exit code 2.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// exitCode is an error that the output has told already, and the exit code for it.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// errReported says that the thing failed and that the output has told so already.
const errReported = exitCode(exitFailed)

var minusNumber = lazyregexp.New(`^-(0[xX][0-9a-fA-F]+|[0-9]+)$`)

// negativeCode lets `decode -114` be written without `--`.
func negativeCode(args []string) []string {
	for i, a := range args {
		if i > 0 && args[0] == "decode" && minusNumber().MatchString(a) && args[i-1] != "--" {
			rest := append(append([]string{}, args[:i]...), args[i+1:]...)
			return append(rest, "--", a)
		}
	}
	return args
}

var (
	guesses = lazyregexp.New(`^(\S+ \S+ (\S+)), did you mean (?:one of )?(.*)\?$`)
	guess   = lazyregexp.New(`"([^"]+)"`)
)

// nearOnly takes from kong's message on an unknown flag or command the names that are not near: to kong two letters make no
// difference, so that each flag of one letter is like each other one.
func nearOnly(text string) string {
	m := guesses().FindStringSubmatch(text)
	if m == nil {
		return text
	}
	word := strings.TrimLeft(m[2], "-")
	var names []string
	for _, q := range guess().FindAllStringSubmatch(m[3], -1) {
		name := strings.TrimLeft(q[1], "-")
		if len(name) > 1 && (strings.HasPrefix(name, word) || near.Name(word, []string{name}) != "") {
			names = append(names, q[1])
		}
	}
	if len(names) == 0 {
		return m[1]
	}
	return m[1] + ", did you mean " + strings.Join(names, " or ") + "?"
}

// commandOf is the command whose line kong could not read.
func commandOf(err error) string {
	name := "emu8266"
	var p *kong.ParseError
	if errors.As(err, &p) {
		for _, e := range p.Context.Path {
			if e.Command != nil {
				name += " " + e.Command.Name
			}
		}
	}
	return name
}
