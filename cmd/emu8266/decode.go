package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// decodeCmd explains what the device printed or gave to a callback.
type decodeCmd struct {
	Code    string `arg:"" optional:"" help:"What the device said: -114, 0x7200, -0x7200, -28, ESPCONN_MEM, \"invalid mac\". Without it a device log is read from stdin."`
	Profile string `help:"Only what this profile can say: ManualV21, ManualV10, SDK221, SDK301, SDK306, SDK306SSL." placeholder:"NAME"`
	JSON    bool   `help:"Print the meanings as JSON."`
}

// Help is shown by --help.
func (decodeCmd) Help() string {
	return `Example:
  emu8266 decode -114
  emu8266 decode 0x7200
  emu8266 decode ESPCONN_MEM
  emu8266 decode < serial.log

A hexadecimal number is an error code of the TLS library, as in the device's line Reason:[-0x7200]. A decimal number is
what a call returned or the reconnect callback delivered. Words are the name of a code, or the text behind "Error: " in
the log of an SDK with axTLS. A log is explained line by line, then as a whole.`
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

const (
	mbedProfiles = "ManualV21, SDK 2.2.0 to 3.0.6 (mbedTLS)"
	lateProfiles = "SDK306 (3.0.2 to 3.0.6): only there DHE exists"
	allProfiles  = "all"

	statusProfiles = "SDK 2.2.0 to 3.0.6 in mode station and soft-AP"
)

// stationStatus are the positive results of espconn_connect and espconn_secure_connect (espconn.md 5.1, tls.md 5.1).
var stationStatus = map[int64]string{
	1: "the station is still connecting to its access point", 2: "the access point's password is wrong",
	3: "there is no such access point", 4: "the connection to the access point failed",
}

// Run prints every reading of the code, or of the log on stdin.
func (c decodeCmd) Run(con *console) error {
	keep, err := ofProfile(c.Profile)
	if err != nil {
		return err
	}
	if c.Code == "" {
		return decodeLog(con.out, os.Stdin, keep, c.JSON)
	}
	found, err := decode(c.Code)
	if err != nil {
		return err
	}
	kept := found[:0]
	for _, m := range found {
		if keep(m) {
			kept = append(kept, m)
		}
	}
	if len(kept) == 0 {
		return fmt.Errorf("decode: %s means nothing under profile %s", c.Code, c.Profile)
	}
	if c.JSON {
		return writeJSON(con.out, kept)
	}
	for i, m := range kept {
		if i > 0 {
			fmt.Fprintln(con.out)
		}
		m.print(con.out)
	}
	return nil
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func (m meaning) print(out io.Writer) {
	fmt.Fprintf(out, "%s, %s\n  profiles: %s\n  cause:    %s\n", m.Name, m.Where, m.Profiles, m.Cause)
	if m.Callback != "" {
		fmt.Fprintf(out, "  callback: %s\n", m.Callback)
	}
	if m.Remedy != "" {
		fmt.Fprintf(out, "  remedy:   %s\n", m.Remedy)
	}
}

// ofProfile tells which meanings a profile can have; all for no name.
func ofProfile(name string) (func(meaning) bool, error) {
	if name == "" {
		return func(meaning) bool { return true }, nil
	}
	ax := strings.EqualFold(name, "ManualV10") || strings.EqualFold(name, "SDK306SSL")
	p, known := espconn.ProfileByName(name)
	if !ax && !known {
		return nil, usagef("decode: --profile %s: there is no such profile", name)
	}
	return func(m meaning) bool {
		switch m.Profiles {
		case axProfiles:
			return ax
		case mbedProfiles:
			return !ax
		case statusProfiles:
			return p.StatusReturned
		case lateProfiles:
			return !ax && slices.Contains(p.Engine.Traits().Suites, boundedtls.DHERSAWithAES128CBCSHA)
		}
		return true
	}, nil
}

// decode returns every reading of text. A code that nothing is known of is a failure, a text that is neither number nor
// name is wrong usage.
func decode(text string) ([]meaning, error) {
	trimmed := strings.TrimSpace(text)
	digits := strings.TrimLeft(trimmed, "+-")
	n, err := strconv.ParseInt(digits, 0, 64)
	var found []meaning
	switch {
	case err != nil:
		if found = decodeName(trimmed); len(found) == 0 {
			return nil, usagef("decode: %q is no number and no name: give a code as the device prints it, such as -114 or 0x7200", text)
		}
	case strings.HasPrefix(strings.ToLower(digits), "0x"):
		found = decodeLibrary(n)
	default:
		if strings.HasPrefix(trimmed, "-") {
			n = -n
		}
		found = decodeValue(n)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("decode: nothing is known of %s; give the code of a line Reason:[-0x....], or the number of a callback or return value", text)
	}
	return found, nil
}

// decodeLibrary reads the magnitude of a code of mbedTLS.
func decodeLibrary(n int64) (found []meaning) {
	if n == 0x80 || n == 0xffffff80 {
		return []meaning{verifySkipped}
	}
	for _, l := range libCodes {
		if int64(l.code) == n {
			found = append(found, l.meaning())
		}
	}
	if len(found) == 0 && n < 1<<16 {
		if l, ok := composite(int(n)); ok {
			found = append(found, l.meaning())
		}
	}
	return found
}

var verifySkipped = meaning{"TLS library", "+0x0080", "reconnect, -127", mbedProfiles,
	"a server with CA verification on finished the handshake without having a CA in force (a PEM bundle with a bad member)", "repair the CA file"}

// decodeValue reads a decimal number: a result, what the reconnect callback delivers, or a code of the axTLS library.
func decodeValue(v int64) (found []meaning) {
	for _, a := range apiCodes {
		if int64(a.err) == v {
			m := a.meaning()
			if name := lwipCodes[int(v)]; name != "" {
				m.Name += ", lwIP " + name
			}
			found = append(found, m)
		}
	}
	if why, ok := lwipOnly[int(v)]; ok {
		found = append(found, meaning{"reconnect callback", fmt.Sprintf("lwIP %s (%d)", lwipCodes[int(v)], v), fmt.Sprintf("reconnect, %d", v), allProfiles, why, ""})
	}
	for _, a := range axCodes {
		if int64(a.value) == v && a.value != int(espconn.HANDSHAKE) && a.value != int(espconn.SSL_INVALID_DATA) {
			found = append(found, meaning{"return value or reconnect callback", fmt.Sprintf("%s (%d)", a.name, v), "", axProfiles, a.cause, a.remedy})
		}
	}
	for _, l := range libCodes {
		e := &boundedtls.Error{Code: -l.code}
		kind, status := e.Callback()
		if kind == boundedtls.Reconnect && (int64(status) == v || int64(e.HSStatus()) == v) {
			found = append(found, l.meaning())
		}
	}
	if why, ok := stationStatus[v]; ok {
		found = append(found, meaning{"return value", fmt.Sprintf("station status %d", v), "", statusProfiles, why, "connect from the Wi-Fi event GOT_IP; a positive result is no success"})
	}
	if v == -127 || v == 129 {
		found = append(found, verifySkipped)
	}
	for _, r := range axReasons {
		if int64(r.code) == v {
			found = append(found, r.meaning())
		}
	}
	if len(found) == 0 {
		found = composites(v)
	}
	return found
}

// composites returns the codes of certificate and key parsers that give the callback v.
func composites(v int64) (found []meaning) {
	for base := range asn1Bases {
		for detail := range asn1Details {
			e := &boundedtls.Error{Code: -(base + detail)}
			if _, status := e.Callback(); int64(status) == v || int64(e.HSStatus()) == v {
				if l, ok := composite(base + detail); ok {
					found = append(found, l.meaning())
				}
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// decodeName reads the name of a code, with or without ESPCONN_, ERR_, or a text of axTLS.
func decodeName(text string) (found []meaning) {
	for _, a := range apiCodes {
		if strings.EqualFold(a.name, text) || strings.EqualFold(a.name, "ESPCONN_"+text) {
			return []meaning{a.meaning()}
		}
	}
	for _, a := range axCodes {
		if strings.EqualFold(a.name, text) {
			return decodeValue(int64(a.value))
		}
	}
	for v, name := range lwipCodes {
		if strings.EqualFold(name, text) {
			return decodeValue(int64(v))
		}
	}
	for _, r := range axReasons {
		if strings.EqualFold(r.text, text) {
			return []meaning{r.meaning()}
		}
	}
	return nil
}

func (a apiCode) meaning() meaning {
	profiles := allProfiles
	if a.err == espconn.HANDSHAKE || a.err == espconn.SSL_INVALID_DATA {
		profiles = axProfiles
	}
	return meaning{"return value or reconnect callback", fmt.Sprintf("%s (%d)", a.name, a.err), "", profiles, a.cause, a.remedy}
}

func (r axReason) meaning() meaning {
	return meaning{"axTLS library", fmt.Sprintf("Error: %s (%d)", r.text, r.code), "reconnect, -28 in the handshake, -61 after it", axProfiles, r.cause, r.remedy}
}

func (l libCode) meaning() meaning {
	e := &boundedtls.Error{Code: -l.code}
	callback := "disconnect"
	if kind, status := e.Callback(); kind == boundedtls.Reconnect {
		callback = fmt.Sprintf("reconnect, %d", status)
	}
	profiles := mbedProfiles
	if lateOnly[l.code] {
		profiles = lateProfiles
	}
	return meaning{"TLS library", e.Reason(), callback, profiles, l.cause, l.remedy}
}
