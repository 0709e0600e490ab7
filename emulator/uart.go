package emulator

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// uartLineMax bounds a line that never ends: it is cut there for the trace. Choice.
const uartLineMax = 4096

// uart is the transmitter of UART0 or UART1: bytes go to out as they are, whole lines to the trace. Device goroutine only.
type uart struct {
	out  io.Writer
	line func(string)
	part []byte
	off  bool         // system_set_os_print(0)
	putc func(c byte) // os_install_putc1; nil: the UART
}

// printf is os_printf: it goes through the installed putc.
func (u *uart) printf(format string, args ...any) {
	if u.putc == nil {
		_, _ = fmt.Fprintf(u, format, args...)
		return
	}
	u.print(fmt.Appendf(nil, format, args...))
}

// print prints text as os_printf does.
func (u *uart) print(text []byte) {
	if u.off {
		return
	}
	for i, c := range text {
		if u.putc == nil { // none, or it was taken away on the way
			_, _ = u.Write(text[i:])
			return
		}
		u.putc(c)
	}
}

// Write never fails: a UART has nobody to tell. What out returns is ignored for the same reason.
func (u *uart) Write(p []byte) (int, error) {
	if !u.off {
		u.transmit(p)
	}
	return len(p), nil
}

// transmit sends p, also after system_set_os_print(0), which holds back what os_printf prints only.
func (u *uart) transmit(p []byte) {
	if u.out != nil {
		_, _ = u.out.Write(p)
	}
	for rest := p; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			u.part = append(u.part, rest...)
			if len(u.part) > uartLineMax {
				u.flush()
			}
			break
		}
		u.part = append(u.part, rest[:i]...)
		u.flush()
		rest = rest[i+1:]
	}
}

func (u *uart) flush() {
	u.line(strings.TrimSuffix(string(u.part), "\r"))
	u.part = u.part[:0]
}

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
