package main

import (
	"fmt"
	"io"
	"os"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
)

// languageFlag is for commands that explain.
type languageFlag struct {
	Lang string `help:"Language of explanations: en or zh." default:"en" enum:"en,zh"`
}

func (f languageFlag) language() cause.Language {
	if f.Lang == cause.Chinese.String() {
		return cause.Chinese
	}
	return cause.English
}

// explainCmd tells from a trace file what went wrong.
type explainCmd struct {
	File string `arg:"" help:"A trace as JSON lines, written with --trace FILE.jsonl; - is the standard input."`
	languageFlag
	JSON bool `name:"json" help:"Print the explanations as JSON."`
}

// Help is shown by --help.
func (explainCmd) Help() string {
	return `Example:
  emu8266 run boots.wasm --trace t.jsonl
  emu8266 explain t.jsonl
  emu8266 explain t.jsonl --lang zh

What became of the last connection or call of each device in the trace, why, and what to change: the same as the device itself
would have told. docs/trace.md describes both.`
}

// Run reads the file once, whatever its length.
func (c explainCmd) Run(con *console) (err error) {
	var in io.Reader = os.Stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return usagef("explain: %v", err)
		}
		defer f.Close()
		in = f
	}
	all, err := explain.Read(in, c.language())
	if err != nil {
		return usagef("%s: %v", c.File, err)
	}
	if c.JSON {
		return writeJSON(con.out, all)
	}
	for i, x := range all {
		if i > 0 {
			fmt.Fprintln(con.out)
		}
		if len(all) > 1 {
			fmt.Fprintf(con.out, "%s\n", x.Name)
		}
		fmt.Fprint(con.out, x.Explanation)
	}
	return nil
}
