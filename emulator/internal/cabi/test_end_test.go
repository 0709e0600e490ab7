package cabi

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The place that a line of Unity begins with is found, with a drive, and nothing where there is none.
func TestPlaceOf(t *testing.T) {
	for text, want := range map[string]string{
		"test/t.c:5:test_a:FAIL: Expected 5 Was 6": "test/t.c:5",
		`C:\p\t.c:50:test_a:FAIL`:                  `C:\p\t.c:50`,
		"":                                         "",
		":":                                        "",
		"no place: 5":                              "",
		"t.c:5":                                    "",
	} {
		assert.Equal(t, want, placeOf(text), text)
	}
}
