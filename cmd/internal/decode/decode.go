package decode

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Meaning is one reading of a code. The names of its JSON fields are stable. Cause and Remedy are in the language that was asked
// for, the other texts are names and in English; Text has them in either.
type Meaning struct {
	Where    string `json:"where"`            // who says so: TLS library, reconnect callback, return value
	Name     string `json:"name"`             // "-0x7200", "ESPCONN_MEM (-1)"
	Callback string `json:"callback"`         // what the application sees: "reconnect, -114"; empty if the code is that itself
	Profiles string `json:"profiles"`         // which SDKs can say it
	Cause    string `json:"cause"`            // why it happens
	Remedy   string `json:"remedy,omitempty"` // what to do; empty if nothing general can be said
}

// String is Text in English.
func (m Meaning) String() string { return m.Text(cause.English) }

// Text returns the meaning as lines for people, without a line end behind the last. The language is that of the labels and names: that of
// Cause and Remedy was asked for before.
func (m Meaning) Text(l cause.Language) string {
	say := func(w words, args ...any) string { return w.in(l, args...) }
	var s strings.Builder
	s.WriteString(say(words{"%s, %s\n  profiles: %s\n  cause:    %s", "%s，%s\n  配置：%s\n  原因：%s"}, m.Name, named(m.Where, l),
		named(m.Profiles, l), m.Cause))
	if m.Callback != "" {
		s.WriteString(say(words{"\n  callback: %s", "\n  回调：%s"}, named(m.Callback, l)))
	}
	if m.Remedy != "" {
		s.WriteString(say(words{"\n  remedy:   %s", "\n  建议：%s"}, m.Remedy))
	}
	return s.String()
}

// named is one of a meaning's names in a language; a name that has no words is the SDK's own.
func named(name string, l cause.Language) string {
	for _, w := range nameWords {
		if w[cause.English] == name {
			return w[l]
		}
	}
	return name
}

// SyntaxError says that a text is neither a number nor the name of a code.
type SyntaxError struct{ Text string }

// Error names the text and says what is wanted.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("decode: %q is no number and no name: give a code as the device prints it, such as -114 or 0x7200", e.Text)
}

// ErrUnknown says that nothing is known of a code; it comes wrapped with the code.
var ErrUnknown = errors.New("give the code of a line Reason:[-0x....], or the number of a callback or return value")

const (
	mbedProfiles = "ManualV21, SDK 2.2.0 to 3.0.6 (mbedTLS)"
	lateProfiles = "SDK306 (3.0.2 to 3.0.6): only there DHE exists"
	axProfiles   = "ManualV10, SDK306SSL (axTLS: SDK up to 2.1.0, later libssl)"
	allProfiles  = "all"

	statusProfiles = "SDK 2.2.0 to 3.0.6 in mode station and soft-AP"
	otherProfiles  = "none: another SDK"
)

// Who says a code, and what the application sees of axTLS's.
const (
	inLibrary  = "TLS library"
	inAxTLS    = "axTLS library"
	inCallback = "reconnect callback"
	inResult   = "return value"
	inEither   = "return value or reconnect callback"
	axCallback = "reconnect, -28 in the handshake, -61 after it"
)

// nameWords are the names of meanings that have words in them.
var nameWords = []words{
	{inLibrary, "TLS 库"}, {inAxTLS, "axTLS 库"}, {inCallback, "reconnect 回调"}, {inResult, "返回值"}, {inEither, "返回值或 reconnect 回调"},
	{mbedProfiles, "ManualV21、SDK 2.2.0 至 3.0.6（mbedTLS）"}, {lateProfiles, "SDK306（3.0.2 至 3.0.6）：只有它们有 DHE"},
	{axProfiles, "ManualV10、SDK306SSL（axTLS：SDK 2.1.0 及以前，以后为 libssl）"}, {allProfiles, "全部"},
	{statusProfiles, "SDK 2.2.0 至 3.0.6，station 与 soft-AP 模式"}, {otherProfiles, "无：属于其他 SDK"},
	{axCallback, "reconnect，握手中为 -28，之后为 -61"},
}

// Filter tells whether a meaning counts. A nil Filter keeps all.
type Filter func(Meaning) bool

// ForProfile keeps what a device with the profile of that name can say; all for an empty name. False if there is no such
// profile. Names are compared without case.
func ForProfile(name string) (Filter, bool) {
	if name == "" {
		return nil, true
	}
	ax := strings.EqualFold(name, "ManualV10") || strings.EqualFold(name, "SDK306SSL")
	p, known := espconn.ProfileByName(name)
	if !ax && !known {
		return nil, false
	}
	return func(m Meaning) bool {
		switch m.Profiles {
		case axProfiles:
			return ax
		case mbedProfiles:
			return !ax
		case statusProfiles:
			return p.StatusReturned
		case lateProfiles:
			return !ax && slices.Contains(p.TLS.Traits().Suites, boundedtls.DHERSAWithAES128CBCSHA)
		}
		return true
	}, true
}

// of returns the meanings that count. It uses the slice's memory.
func (f Filter) of(found []Meaning) []Meaning {
	if f == nil {
		return found
	}
	kept := found[:0]
	for _, m := range found {
		if f(m) {
			kept = append(kept, m)
		}
	}
	return kept
}

// Code returns every reading of a code that passes the filter, in language l: none if other profiles alone can say it. The text
// is as the device or its log has it: -114, 0x7200, -0x7200, ESPCONN_MEM, ERR_RST, "invalid mac". Errors: *SyntaxError;
// [ErrUnknown].
func Code(text string, keep Filter, l cause.Language) ([]Meaning, error) {
	t := translator{l}
	trimmed := strings.TrimSpace(text)
	digits := strings.TrimLeft(trimmed, "+-")
	n, err := strconv.ParseInt(digits, 0, 64)
	var found []Meaning
	switch {
	case err != nil:
		if found = t.byName(trimmed); len(found) == 0 {
			return nil, &SyntaxError{text}
		}
	case strings.HasPrefix(strings.ToLower(digits), "0x"):
		found = t.byLibraryCode(n)
	default:
		if strings.HasPrefix(trimmed, "-") {
			n = -n
		}
		if found = t.byValue(n); len(found) == 0 && n <= -smallestPrinted {
			found = t.byLibraryCode(-n)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("decode: nothing is known of %s; %w", text, ErrUnknown)
	}
	return keep.of(found), nil
}

// smallestPrinted bounds the codes of mbed TLS that are read from a decimal number too (-29184 is -0x7200): no result of the SDK
// and no lwIP code is as large.
const smallestPrinted = 0x1000

// translator makes meanings in its language.
type translator struct{ l cause.Language }

func (t translator) say(w words, args ...any) string { return w.in(t.l, args...) }

// byLibraryCode reads the magnitude of a code of mbedTLS.
func (t translator) byLibraryCode(n int64) (found []Meaning) {
	if n == 0x80 || n == 0xffffff80 {
		return []Meaning{t.verifySkipped()}
	}
	for _, l := range libCodes {
		if int64(l.code) == n {
			found = append(found, t.library(l))
		}
	}
	if len(found) == 0 && n < 1<<16 {
		if l, ok := composite(int(n)); ok {
			found = append(found, t.library(l))
		}
	}
	if m, ok := t.other(n); ok && len(found) == 0 {
		found = append(found, m)
	}
	return found
}

func (t translator) verifySkipped() Meaning {
	why, remedy := catalogue(cause.ID(boundedtls.CauseSkipped))
	return Meaning{inLibrary, "+0x0080", "reconnect, -127", mbedProfiles, t.say(why), t.say(remedy)}
}

// byValue reads a decimal number: a result, what the reconnect callback delivers, or a code of the axTLS library.
func (t translator) byValue(v int64) (found []Meaning) {
	for _, a := range apiCodes {
		if int64(a.err) == v {
			m := t.result(a)
			if name := lwipCodes[int(v)]; name != "" {
				m.Name += ", lwIP " + name
			}
			found = append(found, m)
		}
	}
	if why, ok := lwipOnly[int(v)]; ok {
		found = append(found, Meaning{inCallback, fmt.Sprintf("lwIP %s (%d)", lwipCodes[int(v)], v),
			fmt.Sprintf("reconnect, %d", v), allProfiles, t.say(why), ""})
	}
	for _, a := range axCodes {
		if int64(a.value) == v && a.value != int(espconn.HANDSHAKE) && a.value != int(espconn.SSL_INVALID_DATA) {
			found = append(found, Meaning{inEither, fmt.Sprintf("%s (%d)", a.name, v), "",
				axProfiles, t.say(a.cause), t.say(a.remedy)})
		}
	}
	for _, l := range libCodes {
		e := &boundedtls.Error{Code: -l.code}
		kind, status := e.Callback()
		if kind == boundedtls.Reconnect && (int64(status) == v || int64(e.HSStatus()) == v) {
			found = append(found, t.library(l))
		}
	}
	if v >= 1 && v <= 4 {
		found = append(found, t.status(v))
	}
	if v == -127 || v == 129 {
		found = append(found, t.verifySkipped())
	}
	for _, r := range axReasons {
		if int64(r.code) == v {
			found = append(found, t.reason(r))
		}
	}
	if len(found) == 0 {
		found = t.composites(v)
	}
	return found
}

// status is the meaning of a station status, 0 to 5.
func (t translator) status(v int64) Meaning {
	return Meaning{inResult, fmt.Sprintf("station status %d", v), "", statusProfiles, t.say(stationStatus[v]), t.say(statusRemedy)}
}

// composites returns the codes of certificate and key parsers that give the callback v.
func (t translator) composites(v int64) (found []Meaning) {
	for base := range asn1Bases {
		for detail := range asn1Details {
			e := &boundedtls.Error{Code: -(base + detail)}
			if _, status := e.Callback(); int64(status) == v || int64(e.HSStatus()) == v {
				if l, ok := composite(base + detail); ok {
					found = append(found, t.library(l))
				}
			}
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// byName reads the name of a code, with or without ESPCONN_, ERR_, or a text of axTLS.
func (t translator) byName(text string) (found []Meaning) {
	for _, a := range apiCodes {
		if strings.EqualFold(a.name, text) || strings.EqualFold(a.name, "ESPCONN_"+text) {
			return []Meaning{t.result(a)}
		}
	}
	for _, a := range axCodes {
		if strings.EqualFold(a.name, text) {
			return t.byValue(int64(a.value))
		}
	}
	for v, name := range lwipCodes {
		if strings.EqualFold(name, text) {
			return t.byValue(int64(v))
		}
	}
	return t.byReason(text)
}

// byReason reads a text of axTLS.
func (t translator) byReason(text string) []Meaning {
	for _, r := range axReasons {
		if strings.EqualFold(r.text, text) {
			return []Meaning{t.reason(r)}
		}
	}
	return nil
}

func (t translator) result(a apiCode) Meaning {
	profiles := allProfiles
	if a.err == espconn.HANDSHAKE || a.err == espconn.SSL_INVALID_DATA {
		profiles = axProfiles
	}
	return Meaning{inEither, fmt.Sprintf("%s (%d)", a.name, a.err), "", profiles, t.say(a.cause),
		t.say(a.remedy)}
}

func (t translator) reason(r axReason) Meaning {
	return Meaning{inAxTLS, fmt.Sprintf("Error: %s (%d)", r.text, r.code), axCallback,
		axProfiles, t.say(r.cause), t.say(r.remedy)}
}

func (t translator) library(l libCode) Meaning {
	e := &boundedtls.Error{Code: -l.code}
	callback := "disconnect"
	if kind, status := e.Callback(); kind == boundedtls.Reconnect {
		callback = fmt.Sprintf("reconnect, %d", status)
	}
	profiles := mbedProfiles
	if lateOnly[l.code] {
		profiles = lateProfiles
	}
	return Meaning{inLibrary, e.Reason(), callback, profiles, t.say(l.cause), t.say(l.remedy)}
}
