package sdk

import (
	"strings"
)

// goFormat translates the verbs of the SDK's os_printf to Go's: %u and %i to %d, length modifiers h, l and z away.
func goFormat(format string) string {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		b.WriteByte(format[i])
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# 0123456789.", format[i]) >= 0; i++ {
			b.WriteByte(format[i])
		}
		for i < len(format) && strings.IndexByte("hlz", format[i]) >= 0 {
			i++
		}
		if i == len(format) {
			break
		}
		switch c := format[i]; c {
		case 'u', 'i':
			b.WriteByte('d')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// UartDivModify sets the baud rate of UART 0 or 1 as 80,000,000 / div; others are ignored.
func (s *SDK) UartDivModify(n uint8, div uint32) { s.board.UartDivModify(n, div) }
