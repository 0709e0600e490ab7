package cabi

import (
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
)

// testFunctions are what tests in C call (cmd/internal/ctest).
var testFunctions = map[string]Function{
	// A test has ended itself; the text is the line that it has written last.
	"esp_test_end": {"p", func(s *SDK, a *Args) uint32 {
		text := strings.ToValidUTF8(string(s.str(a.u32(0))), "?")
		c := chip.Crash{Cause: CauseIllegal, Why: "the test ended itself: " + text, Where: placeOf(text), Own: true}
		c.Call, c.Called = s.LastCall()
		s.board.Fatal(c)
		return 0
	}},
}

// placeOf returns the FILE:LINE that a text begins with, as those of Unity do; "" if it does not.
func placeOf(text string) string {
	for at := 0; ; {
		n := strings.IndexByte(text[at:], ':')
		if n < 0 {
			return ""
		}
		at += n + 1
		if line, _, ok := strings.Cut(text[at:], ":"); ok && line != "" && strings.Trim(line, "0123456789") == "" {
			return text[:at+len(line)]
		}
	}
}
