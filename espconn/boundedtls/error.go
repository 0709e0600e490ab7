package boundedtls

import "fmt"

// CodePeerClosed is what a FIN or close_notify from the peer ends with; the
// driver uses it for a TCP FIN (tls.md 3.2). Its callback is Disconnect.
const CodePeerClosed = -0x7880

// CallbackKind says which espconn callback the application gets.
type CallbackKind uint8

// The two callbacks that can end a connection.
const (
	Reconnect  CallbackKind = iota // reconnect_callback with a status
	Disconnect                     // disconnect_callback
)

// String returns "reconnect" or "disconnect".
func (k CallbackKind) String() string {
	if k == Disconnect {
		return "disconnect"
	}
	return "reconnect"
}

// Error is why a connection failed. It is not changed after it was returned.
type Error struct {
	Code int // library code: negative, or the verification flags +0x80 (tls.md 3.2)

	// Print is text that the device prints with a newline before its failure
	// lines (tls.md 4.3), "" normally.
	Print string

	// Text is what axTLS prints behind "Error: "; Status is then the value for the
	// application, 0 for the disconnect callback (axtls.md 1.4). mbedTLS has no
	// text: Code says it.
	Text   string
	Status int16

	// Crash is set where the SDK would write outside its buffers: the driver
	// raises the device's fatal exception instead of going on. Code is then 0.
	Crash bool

	// Cause says why; it is never nil on errors that an engine returns.
	Cause *Cause
}

// Error returns a text such as "boundedtls: -0x7200: too-long: record, 2247, limit 2048".
func (e *Error) Error() string {
	s := "boundedtls: " + e.Reason()
	if e.Crash {
		s = "boundedtls: fatal exception"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.String()
	}
	return s
}

// Reason returns the code as the device prints it between "Reason:[" and "]":
// lower-case hex, two places at least, padded with a space (tls.md 3.1). With
// axTLS it is the text behind "Error: ".
func (e *Error) Reason() string {
	if e.Text != "" {
		return e.Text
	}
	return fmt.Sprintf("-0x%2x", uint32(-int32(e.Code)))
}

// HSStatus returns the sint16 that the SDK stores for the connection
// (tls.md 3.1); 0 for a close by the peer.
func (e *Error) HSStatus() int16 {
	if e.Text != "" {
		return e.Status
	}
	if e.Code == CodePeerClosed {
		return 0
	}
	v := int32(-e.Code)
	if v&0xFF != 0 {
		v += v >> 8
	} else {
		v >>= 8
	}
	return int16(-v)
}

// Callback returns the callback that the application gets and the sint8 that a
// reconnect callback receives: the low byte of HSStatus (tls.md 3.1).
func (e *Error) Callback() (kind CallbackKind, status int8) {
	hs := e.HSStatus()
	if hs == 0 {
		return Disconnect, 0
	}
	return Reconnect, int8(hs)
}
