package main

import (
	"fmt"
	"io"
	"strings"
)

// console is where results (out), and the devices' logs and progress (err) go.
type console struct {
	out, err io.Writer
	watched  bool   // somebody looks at err
	colours  bool   // err may have colours
	line     string // the command as it was typed
}

// colourful says whether text may have colours: somebody watches, on a terminal that has them, and NO_COLOR does not forbid it.
func colourful(watched bool, getenv func(string) string) bool {
	return watched && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}

// outcome writes how something ended on w, one of ours: green if that is good, red if not, where colours may be.
func (c *console) outcome(w io.Writer, good bool, text string) {
	e, ours := w.(*escaper)
	if !c.colours || !ours {
		fmt.Fprintln(w, text)
		return
	}
	colour := "31"
	if good {
		colour = "32"
	}
	line, rest, more := strings.Cut(text, "\n")
	e.paint(colour, line)
	if more {
		rest = "\n" + rest
	}
	fmt.Fprintln(w, rest)
}

// progress writes one line about long work, if somebody is watching.
func (c *console) progress(format string, args ...any) {
	if c.watched {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}
