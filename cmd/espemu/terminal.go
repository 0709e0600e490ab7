package main

import (
	"fmt"
	"io"
	"os"
)

// console is where results (out), and the devices' logs and progress (err) go.
type console struct{ out, err io.Writer }

// progress writes one line about long work, if somebody is watching.
func (c *console) progress(format string, args ...any) {
	if f, ok := c.err.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			fmt.Fprintf(c.err, format+"\n", args...)
		}
	}
}

// explainCode says what a library code means, for failures that carry no diagnosis of their own.
func explainCode(code int) string {
	for _, l := range libCodes {
		if l.code == -code {
			return "The device gave up because " + l.cause + ". Remedy: " + l.remedy + "."
		}
	}
	return ""
}
