package main

import (
	"fmt"
	"io"
	"os"

	"github.com/emu8266/emu8266/cmd/internal/decode"
	"github.com/emu8266/emu8266/espconn/boundedtls"
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

// explain says why a TLS connection failed: the engine's own diagnosis, or what its code means in general.
func explain(e *boundedtls.Error) string {
	if e.Diagnosis != nil {
		if text := e.Diagnosis.String(); text != "" {
			return text
		}
	}
	if found, err := decode.Code(e.Reason(), nil); err == nil {
		return "The device gave up because " + found[0].Cause + ". Remedy: " + found[0].Remedy + "."
	}
	return ""
}
