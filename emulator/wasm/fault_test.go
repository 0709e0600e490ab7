package wasm

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseTrace(t *testing.T) {
	text := "wasm error: out of bounds memory access\nwasm stack trace:\n" + strings.Join([]string{
		"\t.deep3(i32)", "\t\t0x3f4: ./fw/demo.c:28:67", "\t\t       fw/demo.c:12:3 (inlined)",
		"\t.user_init()", "\t\t0x3d2: C:/fw/demo.c:29:64", "\tesp.call(i32) i32",
	}, "\n")
	tr := parseTrace(errorText(text))
	assert.Equal(t, "fw/demo.c:28", tr.where())
	assert.Equal(t, []string{"deep3 fw/demo.c:28 in fw/demo.c:12", "user_init C:/fw/demo.c:29", "call"}, tr.lines())
	assert.EqualValues(t, 0x3f4, tr[0].offset)
	assert.Empty(t, parseTrace(errorText("")))
	assert.Empty(t, parseTrace(nil))
}

type errorText string

func (e errorText) Error() string { return string(e) }
