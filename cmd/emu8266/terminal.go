package main

import (
	"fmt"
	"io"
)

// console is where results (out), and the devices' logs and progress (err) go.
type console struct {
	out, err io.Writer
	watched  bool   // somebody looks at err
	line     string // the command as it was typed
}

// progress writes one line about long work, if somebody is watching.
func (c *console) progress(format string, args ...any) {
	if c.watched {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}
