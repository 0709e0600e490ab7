package soc

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUARTSplitsLines(t *testing.T) {
	var out strings.Builder
	var lines []string
	u := &uart{out: &out, line: func(s string) { lines = append(lines, s) }}
	u.printf("one\ntw")
	u.printf("o\r\n")
	u.printf("%s", strings.Repeat("x", uartLineMax+1))
	u.off = true
	u.printf("silent\n")
	assert.Equal(t, []string{"one", "two", strings.Repeat("x", uartLineMax+1)}, lines)
	assert.Equal(t, "one\ntwo\r\n"+strings.Repeat("x", uartLineMax+1), out.String())
}
