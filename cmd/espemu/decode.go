package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/espemu/espemu/espconn/boundedtls"
)

// decodeCmd explains a number that the device printed or gave to a callback.
type decodeCmd struct {
	Code string `arg:"" help:"What the device said: -114, 0x7200, -0x7200, -28."`
	JSON bool   `help:"Print the meanings as JSON."`
}

// Help is shown by --help.
func (decodeCmd) Help() string {
	return `Example:
  espemu decode -114
  espemu decode 0x7200

A hexadecimal number is an error code of the TLS library, as in the device's line Reason:[-0x7200]. A decimal number is
what a call returned or the reconnect callback delivered.`
}

// meaning is one reading of the code.
type meaning struct {
	Where    string `json:"where"`    // TLS library, reconnect callback, return value
	Name     string `json:"name"`     // -0x7200, ESPCONN_MEM
	Callback string `json:"callback"` // what the application sees
	Profiles string `json:"profiles"` // which SDKs
	Cause    string `json:"cause"`
	Remedy   string `json:"remedy,omitempty"`
}

const mbedProfiles = "ManualV21, SDK 2.2.0 to 3.0.6 (mbedTLS)"

// Run prints every reading of the code.
func (c decodeCmd) Run(con *console) error {
	out := con.out
	found, err := decode(c.Code)
	if err != nil {
		return err
	}
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		return enc.Encode(found)
	}
	for i, m := range found {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintf(out, "%s, %s\n  profiles: %s\n  cause:    %s\n", m.Name, m.Where, m.Profiles, m.Cause)
		if m.Callback != "" {
			fmt.Fprintf(out, "  callback: %s\n", m.Callback)
		}
		if m.Remedy != "" {
			fmt.Fprintf(out, "  remedy:   %s\n", m.Remedy)
		}
	}
	return nil
}

// decode returns every reading of text. A code that nothing is known of is a failure, a text that is no number is wrong
// usage.
func decode(text string) ([]meaning, error) {
	digits := strings.TrimLeft(strings.TrimSpace(text), "+-")
	hex := strings.HasPrefix(strings.ToLower(digits), "0x")
	n, err := strconv.ParseInt(digits, 0, 32)
	if err != nil {
		return nil, usagef("decode: %q is no number: give a code as the device prints it, such as -114 or 0x7200", text)
	}
	negative := strings.HasPrefix(strings.TrimSpace(text), "-")
	var found []meaning
	if hex {
		for _, l := range libCodes {
			if int64(l.code) == n {
				found = append(found, l.meaning())
			}
		}
		if n == 0x80 || n == 0xffffff80 {
			found = append(found, meaning{"TLS library", "+0x0080", "reconnect, -127", mbedProfiles,
				"a server with CA verification on finished the handshake without having a CA in force (a PEM bundle with a bad member)", "repair the CA file"})
		}
	} else {
		v := n
		if negative {
			v = -n
		}
		for _, a := range apiCodes {
			if int64(a.err) == v {
				found = append(found, meaning{"return value or reconnect callback", fmt.Sprintf("%s (%d)", a.name, v), "", "all", a.cause, a.remedy})
			}
		}
		for _, l := range libCodes {
			kind, status := (&boundedtls.Error{Code: -l.code}).Callback()
			hs := (&boundedtls.Error{Code: -l.code}).HSStatus()
			if kind == boundedtls.Reconnect && (int64(status) == v || int64(hs) == v) {
				found = append(found, l.meaning())
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("decode: nothing is known of %s; give the code of a line Reason:[-0x....], or the number of a callback or return value", text)
	}
	return found, nil
}

func (l libCode) meaning() meaning {
	e := &boundedtls.Error{Code: -l.code}
	callback := "disconnect"
	if kind, status := e.Callback(); kind == boundedtls.Reconnect {
		callback = fmt.Sprintf("reconnect, %d", status)
	}
	return meaning{"TLS library", e.Reason(), callback, mbedProfiles, l.cause, l.remedy}
}
