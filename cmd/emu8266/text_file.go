package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// readPlain reads a file of text as readFile does, whatever editor or shell has written it.
func readPlain(path string, most int) ([]byte, error) {
	b, err := readFile(path, most)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plainText(bytes.NewReader(b)))
}

// plainText is a text without the mark of its encoding that editors on Windows put before it, and in UTF-8 if the mark says UTF-16, which
// is what > of PowerShell writes. Without a mark it is the bytes as they are.
func plainText(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	mark, _ := in.Peek(3) // a reader that fails says so again
	switch {
	case bytes.Equal(mark, []byte("\xEF\xBB\xBF")):
		_, _ = in.Discard(3)
	case bytes.HasPrefix(mark, []byte("\xFF\xFE")):
		_, _ = in.Discard(2)
		return &utf16Reader{in: in, order: binary.LittleEndian}
	case bytes.HasPrefix(mark, []byte("\xFE\xFF")):
		_, _ = in.Discard(2)
		return &utf16Reader{in: in, order: binary.BigEndian}
	}
	return in
}

// utf16Reader reads UTF-16 as UTF-8. What is no character is U+FFFD, and an odd byte at the end is one, too.
type utf16Reader struct {
	in    *bufio.Reader
	order binary.ByteOrder
	text  []byte // read, and not given yet
}

// Read gives at least a character or an error.
func (r *utf16Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(r.text) < len(p) && (len(r.text) == 0 || r.in.Buffered() >= 4) {
		c, err := r.character()
		if err != nil {
			if len(r.text) > 0 {
				break
			}
			return 0, err
		}
		r.text = utf8.AppendRune(r.text, c)
	}
	n := copy(p, r.text)
	r.text = r.text[:copy(r.text, r.text[n:])]
	return n, nil
}

func (r *utf16Reader) character() (rune, error) {
	var unit [2]byte
	if _, err := io.ReadFull(r.in, unit[:]); err == io.ErrUnexpectedEOF {
		return utf8.RuneError, nil
	} else if err != nil {
		return 0, err
	}
	c := rune(r.order.Uint16(unit[:]))
	if !utf16.IsSurrogate(c) {
		return c, nil
	}
	next, err := r.in.Peek(2)
	if err != nil {
		return utf8.RuneError, nil
	}
	pair := utf16.DecodeRune(c, rune(r.order.Uint16(next)))
	if pair != utf8.RuneError {
		_, _ = r.in.Discard(2)
	}
	return pair, nil
}
