package wasm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseTrace(t *testing.T) {
	text := "wasm error: out of bounds memory access\nwasm stack trace:\n" + strings.Join([]string{
		"\t.deep3(i32)", "\t\t0x3f4: -:1", "\t.user_init()", "\t\t0x3d2: -:1", "\t.memcpy()", "\t\t0x100: -:1", "\tesp.call(i32) i32",
	}, "\n")
	lines := func(offset uint64) []string {
		return map[uint64][]string{0x3f4: {"fw/demo.c:28", "fw/demo.c:12"}, 0x3d2: {"C:/fw/demo.c:29"}}[offset]
	}
	same := func(offset uint64) uint64 { return offset }
	tr := parseTrace(errorText(text), same, lines)
	assert.Equal(t, "fw/demo.c:28", tr.where())
	assert.Equal(t, []string{"deep3 fw/demo.c:28 in fw/demo.c:12", "user_init C:/fw/demo.c:29", "memcpy", "call"}, tr.lines())
	assert.EqualValues(t, 0x3f4, tr[0].offset)
	assert.Empty(t, parseTrace(errorText(""), same, lines))
	assert.Empty(t, parseTrace(nil, same, lines))
}

type errorText string

func (e errorText) Error() string { return string(e) }
