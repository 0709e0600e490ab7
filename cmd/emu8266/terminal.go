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
