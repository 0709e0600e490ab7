package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// escaper writes text for a terminal. What firmware prints, and what names, certificates and peers say, comes from outside:
// control characters and what reverses the direction of text are written as \x1b and \u202e, so that they change nothing but
// their own place. Line ends and tabs stay.
type escaper struct {
	out io.Writer

	mu   sync.Mutex // guards what follows
	rest []byte     // a character or a sequence that has only begun, or a CR that may be half of a line end
	tty  bool       // the terminal is the device's: see raw
	buf  []byte
	err  error // of the first write that failed
}

// raw leaves the terminal, which is in raw mode, to the device: carriage return, backspace and bell pass, and so do the sequences that
// colour text, move the cursor and erase (ESC [ numbers and one of A B C D H J K m), which change nothing but what is seen. Line ends are
// written as CR and LF.
func (e *escaper) raw() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tty = true
}

// sequenceMax bounds a sequence of raw. Choice: twice what four numbers need.
const sequenceMax = 32

// sequence is the length of the sequence of raw that text begins with, 0 if it begins with none, -1 if it has only begun.
func sequence(text []byte) int {
	for i, c := range text[:min(len(text), sequenceMax)] {
		switch {
		case i == 0 && c == 0x1b, i == 1 && c == '[', i > 1 && (c >= '0' && c <= '9' || c == ';'):
		case i > 1 && strings.IndexByte("ABCDHJKm", c) >= 0:
			return i + 1
		default:
			return 0
		}
	}
	if len(text) >= sequenceMax {
		return 0
	}
	return -1
}

// printable is how many bytes text begins with that are printed as they are.
func printable(text []byte) int {
	for i, c := range text {
		if c < ' ' || c >= 0x7F {
			return i
		}
	}
	return len(text)
}

// Write never writes a part of a character.
func (e *escaper) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	text := p
	if len(e.rest) > 0 {
		text = append(e.rest, p...)
	}
	e.buf = e.buf[:0]
	for len(text) > 0 {
		if n := printable(text); n > 0 {
			e.buf = append(e.buf, text[:n]...)
			text = text[n:]
			continue
		}
		if text[0] == '\r' && len(text) == 1 && !e.tty || !utf8.FullRune(text) {
			break
		}
		c, n := utf8.DecodeRune(text)
		if e.tty && c == 0x1b {
			if k := sequence(text); k < 0 {
				break
			} else if k > 0 {
				e.buf = append(e.buf, text[:k]...)
				text = text[k:]
				continue
			}
		}
		switch {
		case e.tty && c == '\n':
			e.buf = append(e.buf, "\r\n"...)
		case e.tty && (c == '\r' || c == '\b' || c == '\a'):
			e.buf = append(e.buf, text[0])
		case c == '\n' || c == '\t', c == '\r' && text[1] == '\n':
			e.buf = append(e.buf, text[:n]...)
		case c == utf8.RuneError && n == 1, c < ' ', c == 0x7F:
			e.buf = fmt.Appendf(e.buf, `\x%02x`, text[0])
		case unicode.Is(unicode.Cc, c), unicode.Is(unicode.Bidi_Control, c), c == '\u2028', c == '\u2029':
			e.buf = fmt.Appendf(e.buf, `\u%04x`, c)
		default:
			e.buf = append(e.buf, text[:n]...)
		}
		text = text[n:]
	}
	e.rest = append([]byte(nil), text...)
	if err := e.write(e.buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

// write notes what goes wrong, and interrupts the command if nobody reads any more. The caller holds mu.
func (e *escaper) write(p []byte) error {
	if e.err != nil {
		return e.err
	}
	if _, err := e.out.Write(p); err != nil {
		e.err = err
		if readerGone(err) {
			e.err = errReaderGone
			select {
			case readerGoes <- struct{}{}:
			default:
			}
		}
	}
	return e.err
}

// failed returns the error of the first write that failed. Choice: what goes to an output that was closed before the start (>&-) is lost
// without an error. Go opens the null device in its place, readable and writable, and so do init systems and other programs for one
// whose output is not wanted: the two look the same.
func (e *escaper) failed() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.err
}

// paint writes text in a colour of our own.
func (e *escaper) paint(colour, text string) {
	e.mu.Lock()
	_ = e.write([]byte("\x1b[" + colour + "m"))
	e.mu.Unlock()
	_, _ = e.Write([]byte(text))
	e.mu.Lock()
	_ = e.write([]byte("\x1b[0m"))
	e.mu.Unlock()
}

// flush writes what has only begun.
func (e *escaper) flush() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.rest {
		_ = e.write(fmt.Appendf(nil, `\x%02x`, c))
	}
	e.rest = nil
}

// errReaderGone says that nobody reads our output any more. Nobody is told.
var errReaderGone = errors.New("nobody reads the output")

// isTerminal tells whether somebody is watching.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
