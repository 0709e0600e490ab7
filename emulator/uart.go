package emulator

import (
	"io"

	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// UART is what hangs on the device's serial lines: the other end of UART0, and what listens to UART1. Its methods may be
// called from any goroutine.
type UART struct{ soc *soc.UART }

// UART returns the other end of the device's serial lines.
func (d *Device) UART() *UART { return &UART{d.soc.UART()} }

// Write sends p to UART0 of the device, at the baud rate of the device (115,200 baud are 86.8 µs a byte). It returns when
// all bytes are on their way; while 4,096 bytes wait it blocks, but on the device goroutine it returns ErrLineFull. Bytes
// that nobody listens to are lost: before the first boot, and when the firmware has crashed. Those that come while the
// device restarts wait for it. Choice. ErrClosed when the device is closed.
func (u *UART) Write(p []byte) (int, error) { return u.soc.Write(p) }

// Baud returns the baud rate that the firmware has set for UART n, 0 or 1; 0 before the first boot and for other numbers.
func (u *UART) Baud(n int) int { return u.soc.Baud(n) }

// Listen sends what UART n transmits from now on to w, byte for byte; nil ends that. For UART0 it takes the place of
// Config.UART. w is called on the device goroutine; its errors are ignored.
func (u *UART) Listen(n int, w io.Writer) error { return u.soc.Listen(n, w) }
