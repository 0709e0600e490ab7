package cabi

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
)

// How a program ends itself: rt/libc.c and the tests in C (cmd/internal/ctest) have the same numbers.
const (
	endAssertion = iota + 1 // a condition, with its file and line
	endAbort
	endTest // what a test has said of itself last
)

// endFunctions are what a program calls that ends itself. Choice: exception 0, which the trap behind them raises.
var endFunctions = map[string]Function{
	"esp_end": {"ippi", func(s *SDK, a *Args) uint32 {
		switch a.u32(0) {
		case endAssertion:
			s.assertion(a.u32(1), a.u32(2), int32(a.u32(3)))
		case endTest:
			text := s.said(a.u32(1))
			s.end("the test ended itself: "+text, placeOf(text))
		default:
			s.end("abort() was called", "")
		}
		return 0
	}},
	// Of the C library that a program was linked with, newlib's or picolibc's.
	"__assert_func": {"pipp", func(s *SDK, a *Args) uint32 {
		s.assertion(a.u32(3), a.u32(0), int32(a.u32(1)))
		return 0
	}},
}

// assertion ends the program because a condition does not hold, and prints which. Choice: a C library's own words for it are not printed.
func (s *SDK) assertion(condition, file uint32, line int32) {
	text, where := s.said(condition), fmt.Sprintf("%s:%d", strings.TrimPrefix(s.said(file), "./"), line)
	s.board.Print(fmt.Appendf(nil, "\nassertion failed: %s, %s\n", text, where))
	s.end("assertion failed: "+text, where)
}

// said is a text of the program's, "" for none.
func (s *SDK) said(p uint32) string {
	if p == 0 {
		return ""
	}
	return strings.ToValidUTF8(string(s.str(p)), "?")
}

// end ends the program as it has asked for.
func (s *SDK) end(why, where string) {
	c := chip.Crash{Cause: CauseIllegal, Why: why, Where: where, Asked: true}
	c.Call, c.Called = s.LastCall()
	s.board.Fatal(c)
}

// Ending tells whether a function is one by which a program ends itself: backtraces begin with its caller.
func Ending(name string) bool {
	return name == "esp_end" || name == "__assert_func" || name == "abort" || name == "emu8266_test_abort"
}

// placeOf returns the FILE:LINE that a text begins with, as those of Unity do; "" if it does not.
func placeOf(text string) string {
	for at := 0; at < len(text); {
		n := strings.IndexByte(text[at:], ':')
		if n < 0 {
			return ""
		}
		at += n + 1
		if line, _, ok := strings.Cut(text[at:], ":"); ok && line != "" && strings.Trim(line, "0123456789") == "" {
			return text[:at+len(line)]
		}
	}
	return ""
}
