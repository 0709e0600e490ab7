package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A text of any editor or shell is read as what it says, in one piece or byte by byte.
func TestTextsOfAllEncodings(t *testing.T) {
	const text = "wait Größe 网 😀\r\nsend x\r\n"
	long := strings.Repeat(text, 5000)
	for _, want := range []string{"", "a", "ab", text, long} {
		little, big := []byte("\xFF\xFE"), []byte("\xFE\xFF")
		for _, u := range utf16.Encode([]rune(want)) {
			little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
		}
		for name, b := range map[string][]byte{"bare": []byte(want), "mark": []byte("\xEF\xBB\xBF" + want), "little": little, "big": big} {
			got, err := io.ReadAll(plainText(bytes.NewReader(b)))
			require.NoError(t, err)
			assert.True(t, want == string(got), "%s: %.40q, not %.40q", name, got, want)
			got, err = io.ReadAll(iotest.OneByteReader(plainText(iotest.OneByteReader(bytes.NewReader(b)))))
			require.NoError(t, err)
			assert.True(t, want == string(got), "%s, byte by byte: %.40q, not %.40q", name, got, want)
		}
	}
	for in, want := range map[string]string{
		"\xFF\xFEa\x00\x00\xD8b\x00": "a\uFFFDb", // half of a pair
		"\xFF\xFEa\x00\x00\xD8":      "a\uFFFD",
		"\xFF\xFE\x00\xDCa\x00b":     "\uFFFDa\uFFFD", // the other half, and an odd byte
		"\xFF":                       "\xFF",
		"\xEF\xBB":                   "\xEF\xBB",
	} {
		got, err := io.ReadAll(plainText(strings.NewReader(in)))
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%q", in)
	}
	_, err := io.ReadAll(plainText(iotest.ErrReader(io.ErrClosedPipe)))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}
