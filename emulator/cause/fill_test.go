package cause_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/cause"
)

func TestPlaces(t *testing.T) {
	known := func(place string) (string, bool) { return strings.ToUpper(place), place != "unknown" }
	for words, want := range map[string]string{
		"":                     "",
		"none":                 "none",
		"{a}":                  "A",
		"{object} of {need}":   "OBJECT of NEED",
		"{1}{2}.":              "12.",
		"{unknown} and {known": "{unknown} and {known",
		"{}{0}{12}{A}{a b}":    "{}{0}{12}{A}{a b}",
		"{{a}}":                "{A}",
		"{ {x} }":              "{ X }",
		"}{y":                  "}{y",
	} {
		assert.Equal(t, want, cause.Fill(words, known), words)
	}
}
