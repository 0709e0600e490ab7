package decode

import (
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/espconn"
)

// The TLS libraries of the SDK.
const (
	mbedTLS = "mbedTLS"
	axTLS   = "axTLS"
)

// says notes that the line is one that this library alone prints.
func (r *reader) says(library string) {
	at := &r.mbed
	if library == axTLS {
		at = &r.ax
	}
	if *at == "" {
		*at = strconv.Itoa(r.n)
	}
}

// saysAll notes the library that alone can give a code, if one can.
func (r *reader) saysAll(found []Meaning) {
	ax, mbed := 0, 0
	for _, m := range found {
		switch m.Profiles {
		case axProfiles:
			ax++
		case mbedProfiles, lateProfiles:
			mbed++
		}
	}
	switch len(found) {
	case ax:
		r.says(axTLS)
	case mbed:
		r.says(mbedTLS)
	}
}

// choose sets the profile: the one that was asked for, or that of the log's version line and of lines that one TLS library alone prints
// (tls.md 0, tls.md 7, axtls.md 1.4). It leaves the meanings that count.
func (r *reader) choose(asked string) {
	p := &r.log.Profile
	line := strconv.Itoa(r.versionLine)
	switch {
	case asked != "":
		p.Name, p.Why = asked, r.say(words{"as asked for", "按要求"})
		for _, known := range espconn.AllProfiles() {
			if strings.EqualFold(known.Name, asked) {
				p.Name = known.Name
			}
		}
	case r.bear > 0 && r.mbed == "" && r.ax == "":
		p.Why = r.say(words{"line %d is of the Arduino core, whose TLS library is BearSSL, not one of the SDK's",
			"第 %d 行来自 Arduino 核心，它的 TLS 库是 BearSSL，不是 SDK 的"}, r.bear)
	case r.version != "":
		p.Name = profileOf(r.version, r.ax != "", r.mbed != "")
		p.Why = r.say(words{"line %s says SDK %s", "第 %s 行是 SDK %s"}, line, r.version)
		switch {
		case r.ax != "":
			p.Why += r.say(words{", and axTLS alone gives line %s", "，且只有 axTLS 给出第 %s 行"}, r.ax)
		case r.mbed != "":
			p.Why += r.say(words{", and mbedTLS alone gives line %s", "，且只有 mbedTLS 给出第 %s 行"}, r.mbed)
		}
	case r.ax != "":
		p.Name, p.Why = "SDK306SSL", r.say(words{"axTLS alone gives line %s", "只有 axTLS 给出第 %s 行"}, r.ax)
	case r.line661:
		p.Name, p.Why = "SDK221", r.say(words{"mbedTLS alone gives line %s, and espconn_mbedtls.c 661 is SDK 2.2.1",
			"只有 mbedTLS 给出第 %s 行，espconn_mbedtls.c 661 属于 SDK 2.2.1"}, r.mbed)
	case r.mbed != "":
		p.Name, p.Why = "SDK306", r.say(words{"mbedTLS alone gives line %s; which release is not said, so the newest is taken",
			"只有 mbedTLS 给出第 %s 行；没有说明版本，取最新的"}, r.mbed)
	case r.foreign != "":
		p.Why = r.say(words{"the log is of another SDK: %s is called", "日志来自其他 SDK：调用了 %s"}, r.foreign)
	default:
		p.Why = r.say(words{"no line tells the SDK", "没有说明 SDK 的行"})
	}
	switch p.Name {
	case "":
	case "SDK306SSL", "ManualV10":
		p.Library = axTLS
	default:
		p.Library = mbedTLS
	}
	keep, _ := ForProfile(p.Name)
	r.filter(keep)
}

// profileOf returns the profile of a release, "2.2.1", with the TLS library whose lines were seen.
func profileOf(version string, ax, mbed bool) string {
	parts := strings.SplitN(version+".0", ".", 4)
	major, minor, patch := digits(parts[0]), digits(parts[1]), digits(parts[2])
	n := major*10000 + minor*100 + patch
	switch {
	case ax, n < 20200 && !mbed:
		return "SDK306SSL"
	case n < 30000:
		return "SDK221"
	case n < 30002:
		return "SDK301"
	}
	return "SDK306"
}

// filter takes the meanings that do not count out of the log.
func (r *reader) filter(keep Filter) {
	if keep == nil {
		return
	}
	gone := map[string]bool{}
	for _, m := range r.log.Meanings {
		if !keep(m) {
			gone[m.Name] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	r.log.Meanings = keep.of(r.log.Meanings)
	for i := range r.log.Lines {
		names := r.log.Lines[i].Meanings
		kept := names[:0]
		for _, name := range names {
			if !gone[name] {
				kept = append(kept, name)
			}
		}
		r.log.Lines[i].Meanings = kept
	}
}
