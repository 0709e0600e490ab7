package soc

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// uartLineMax bounds a line that never ends: it is cut there for the trace. Choice.
const uartLineMax = 1024

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

// Printf prints as os_printf does, with Go's verbs.
func (m *System) Printf(format string, args ...any) { m.Print(fmt.Appendf(nil, format, args...)) }

// Print prints text as os_printf does: through the installed putc, or to the UART.
func (m *System) Print(text []byte) {
	if m.d.uart.putc == nil {
		m.wait(len(text))
	}
	m.d.uart.print(text)
}

// Log prints a line of the SDK's own, with Go's verbs: as Printf, but nobody waits for the UART.
func (m *System) Log(format string, args ...any) { m.d.uart.printf(format, args...) }

// LogFlash is Log for a line whose text is in the flash (CopyFormat).
func (m *System) LogFlash(line string) {
	block, most := m.CopyFormat(len(line))
	m.Log("%s", line[:most])
	m.heap.Free(block)
}

// CopyFormat takes the block into which os_printf copies a format of n bytes that is in the flash: whole words and a NUL. It returns the
// block, which the caller frees when the line is printed, and how many bytes of the format are printed: with too little free there is no
// block, and the first 64 alone are. Where nothing is found although enough is free the copy is written to address 0
// (docs/facts/lwip.md 16). Nothing is copied where nothing is printed.
func (m *System) CopyFormat(n int) (block uint32, most int) {
	const word = 4
	size := uint32((max(n, 1)+word-1)/word*word + 1)
	switch {
	case m.d.uart.off:
		return 0, n
	case m.heap.FreeSize() < m.heap.charge(size):
		return 0, min(n, formatOnStack)
	}
	if block = m.heap.Alloc(size, "format of a line"); block == 0 && m.d.cfg.LineCrashes {
		m.Fatal(chip.Crash{Cause: espconn.CauseStoreProhibited, Why: "the format of a line found no memory (docs/facts/lwip.md 16)"})
	}
	return block, n
}

// formatOnStack is how many bytes of a format os_printf copies to the stack where there is too little heap for it (lwip.md 16).
const formatOnStack = 64

// Write writes raw bytes to the UART.
func (m *System) Write(p []byte) (int, error) {
	m.wait(len(p))
	return m.d.uart.Write(p)
}

// InstallPutc sends each character that os_printf and the SDK print to put instead of the UART (os_install_putc1).
// Write still reaches the UART itself. Nil ends it. A crash ends it too.
func (m *System) InstallPutc(put func(c byte)) { m.d.uart.putc = put }

// SetOsPrint switches all output of os_printf, the SDK's own lines included, off (0) or on.
func (m *System) SetOsPrint(onoff uint8) { m.d.uart.off = onoff == 0 }

// GetOsPrint returns 1 if os_printf prints, 0 after SetOsPrint(0).
func (m *System) GetOsPrint() uint8 { return uint8(number(!m.d.uart.off)) }
