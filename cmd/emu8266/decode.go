package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/emu8266/emu8266/cmd/internal/decode"
)

// decodeCmd explains what the device printed or gave to a callback.
type decodeCmd struct {
	Code    string `arg:"" optional:"" help:"What the device said: -114, 0x7200, -0x7200, -28, ESPCONN_MEM, \"invalid mac\". Without it a device log is read from stdin."`
	Profile string `help:"Only what this profile can say: ManualV21, ManualV10, SDK221, SDK301, SDK306, SDK306SSL." placeholder:"NAME"`
	JSON    bool   `help:"Print the meanings, or all that the log tells, as JSON (docs/decode.md)."`
	languageFlag
}

// Help is shown by --help.
func (decodeCmd) Help() string {
	return `Example:
  emu8266 decode -114
  emu8266 decode 0x7200
  emu8266 decode ESPCONN_MEM
  emu8266 decode < serial.log
  emu8266 decode --lang zh < serial.log

A hexadecimal number is an error code of the TLS library, as in the device's line Reason:[-0x7200]. A decimal number is
what a call returned or the reconnect callback delivered, or such an error code as firmware prints it with %d (-29184).
Words are the name of a code, or the text behind "Error: " in the log of an SDK with axTLS.

A log is explained line by line, then as a whole: the course of each boot, the first cause and what to change, the last
reason. The profile is taken from its line "SDK ver:" and from lines that one TLS library alone prints, and it is said from
which. A number counts only beside a word of the SDK: a function, ESPCONN_..., the reconnect callback.`
}

// Run prints every reading of the code, or of the log on stdin.
func (c decodeCmd) Run(con *console) error {
	keep, ok := decode.ForProfile(c.Profile)
	if !ok {
		_, err := profileByName(c.Profile)
		return err
	}
	if c.Code == "" {
		return c.log(con)
	}
	found, err := decode.Code(c.Code, keep, c.language())
	if no := new(decode.SyntaxError); errors.As(err, &no) {
		if info, missing := os.Stat(c.Code); missing == nil && !info.IsDir() {
			return usagef("decode: %s is a file: give a device's log on stdin, as in emu8266 decode < %s", c.Code, shellQuoted(c.Code))
		}
	}
	var syntax *decode.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return usagef("%v", err)
	case err != nil:
		return err
	case len(found) == 0:
		return fmt.Errorf("decode: %s means nothing under profile %s", c.Code, c.Profile)
	case c.JSON:
		return writeJSON(con.out, found)
	}
	for i, m := range found {
		if i > 0 {
			fmt.Fprintln(con.out)
		}
		fmt.Fprintln(con.out, m.Text(c.language()))
	}
	return nil
}

// log explains the log on stdin.
func (c decodeCmd) log(con *console) error {
	l, err := decode.ReadLog(plainText(os.Stdin), c.Profile, c.language())
	switch {
	case errors.Is(err, decode.ErrEmpty):
		return usagef("decode: give a code, or a device's log on stdin")
	case err != nil:
		return err
	case c.JSON:
		return writeJSON(con.out, l)
	}
	_, err = io.WriteString(con.out, l.String())
	return err
}

// writeJSON writes v as indented JSON. DEL is escaped, so that what guards the terminal finds nothing to change.
func writeJSON(out io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := out.Write(bytes.ReplaceAll(b.Bytes(), []byte{0x7F}, []byte(`\u007f`)))
	return err
}
