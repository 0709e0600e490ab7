package main

import (
	"fmt"
	"io"
	"os"

	"github.com/emu8266/emu8266/emulator/explain"
)

// explainCmd tells from a trace file what went wrong.
type explainCmd struct {
	File string `arg:"" help:"A trace as JSON lines, written with --trace FILE.jsonl; - is the standard input."`
	languageFlag
	All    bool `help:"Tell of each connection, name lookup and refused call, newest first." xor:"which"`
	Failed bool `help:"Tell of the last one that failed, also when others have worked since." xor:"which"`
	JSON   bool `name:"json" help:"Print the explanations as JSON, all of them included."`
}

// Help is shown by --help.
func (explainCmd) Help() string {
	return `Example:
  emu8266 run boots.wasm --trace t.jsonl
  emu8266 explain t.jsonl
  emu8266 explain t.jsonl --all
  emu8266 explain t.jsonl --lang zh

What became of the last connection, name lookup or call of each device in the trace, why, and what to change: the same as the device
itself would have told. --all tells of all of them, --failed of the last that failed. docs/trace.md describes the forms.`
}

// Run reads the file once, whatever its length.
func (c explainCmd) Run(con *console) (err error) {
	var in io.Reader = os.Stdin
	if c.File != "-" {
		f, err := openFile(c.File)
		if err != nil {
			return usagef("explain: %v", err)
		}
		defer f.Close()
		in = f
	}
	all, err := explain.Read(plainText(in), c.language())
	if err != nil {
		return usagef("%s: %v: give a trace, as emu8266 run --trace FILE.jsonl writes it", c.File, err)
	}
	if len(all) == 0 {
		return usagef("%s: there is no event in it: emu8266 run --trace FILE.jsonl writes a trace", c.File)
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
		c.print(con.out, x)
	}
	return nil
}

// print writes what was asked for of one device.
func (c explainCmd) print(w io.Writer, x explain.Named) {
	last, failed := explain.LastFailed(x.All)
	switch {
	case c.Failed && failed:
		fmt.Fprint(w, last)
	case c.All && len(x.All) > 0:
		for _, one := range x.All {
			fmt.Fprint(w, one)
		}
	default:
		fmt.Fprint(w, x.Explanation)
	}
}
