package scenario

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// FileError says what is wrong with a script's file, before a line of it is played.
type FileError struct {
	Script string
	Take   string // "" if it is about the whole file
	Line   int    // of the take; 0 if it is about the whole take
	Err    error
}

func (e *FileError) Error() string { return e.In(cause.English) }

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// In is the error's text in a language.
func (e *FileError) In(l cause.Language) string {
	comma, colon := in(l, ", ", "，"), in(l, ": ", "：")
	var parts []string
	for _, name := range []string{e.Script, e.Take} {
		if name != "" {
			parts = append(parts, name)
		}
	}
	if e.Line > 0 {
		parts = append(parts, fmt.Sprintf(in(l, "line %d", "第 %d 行"), e.Line))
	}
	return strings.Join(parts, comma) + colon + told(e.Err, l)
}

// Told is an error of Parse or ParsePage in a language. What is none of them stays as it is.
func Told(err error, l cause.Language) string {
	if e := new(FileError); errors.As(err, &e) {
		return e.In(l)
	}
	return err.Error()
}
