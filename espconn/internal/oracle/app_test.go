package oracle_test

import (
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
)

// app is what the programs of the cases share, whichever the library: they make the sends of the case and keep what comes.
// Device goroutine only, but for started. It is the device's UART.
type app struct {
	sdk     libraries
	started chan struct{} // closed when connect or accept has returned
	timer   emulator.OsTimer
	sent    int // sends made
	got     []byte
	log     bool // keep what is printed
	uart    []byte
}

// onAddress runs start when the station has its address.
func (a *app) onAddress(sdk libraries, start func()) {
	a.sdk = sdk
	sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
		if e.Event == wifi.EventStamodeGotIP {
			start()
		}
	})
}

// receive keeps data and notes its length.
func (a *app) receive(p []byte, chunks *[]int) {
	*chunks = append(*chunks, len(p))
	a.got = append(a.got, p...)
}

// begin calls send, if the case says "later" after that time.
func (a *app) begin(when string, later time.Duration, send func()) {
	if when != "later" {
		send()
		return
	}
	a.sdk.OsTimerSetfn(&a.timer, send)
	a.sdk.OsTimerArm(&a.timer, uint32(later/time.Millisecond), false)
}

// next makes the next send of the case, if there is one, and notes its result.
func (a *app) next(e *espconn.Espconn, sizes []int, returns *[]int) {
	if a.sent == len(sizes) {
		return
	}
	n := sizes[a.sent]
	a.sent++
	*returns = append(*returns, int(int8(a.sdk.SecureSent(e, oracle.Payload(0, n)))))
}

func (a *app) Write(p []byte) (int, error) {
	if a.log {
		a.uart = append(a.uart, p...)
	}
	return len(p), nil
}

// lines returns the lines printed, without empty ones.
func (a *app) lines() []string {
	return strings.FieldsFunc(string(a.uart), func(r rune) bool { return r == '\n' || r == '\r' })
}
