package espconn

import (
	"errors"
	"fmt"
)

// Err is a result of the SDK's functions, a sint8 in C, and the status that a reconnect callback delivers: a value, not an
// error. Compare it with OK and the other constants. Positive values occur: a station status from a secure connect
// (tls.md 5.1), an allowance from TcpGetMaxConAllow, and folded TLS codes in the reconnect callback (tls.md 3.1).
type Err int8

// The SDK's codes (espconn.md 1.1).
const (
	OK               Err = 0
	MEM              Err = -1  // out of memory
	TIMEOUT          Err = -3  // retransmissions exhausted
	RTE              Err = -4  // no route, no address
	INPROGRESS       Err = -5  // busy, or not connected yet
	MAXNUM           Err = -7  // too many outstanding
	ABRT             Err = -8  // connection aborted
	RST              Err = -9  // connection reset
	CLSD             Err = -10 // connection closed
	CONN             Err = -11 // no connection: SYN retries exhausted
	ARG              Err = -12 // bad argument, or no such connection
	IF               Err = -14 // UDP send failed
	ISCONN           Err = -15 // connected already
	HANDSHAKE        Err = -28 // TLS handshake failed (libssl)
	SSL_INVALID_DATA Err = -61 // TLS data invalid (libssl)
)

var errNames = map[Err]string{
	OK:               "ESPCONN_OK",
	MEM:              "ESPCONN_MEM",
	TIMEOUT:          "ESPCONN_TIMEOUT",
	RTE:              "ESPCONN_RTE",
	INPROGRESS:       "ESPCONN_INPROGRESS",
	MAXNUM:           "ESPCONN_MAXNUM",
	ABRT:             "ESPCONN_ABRT",
	RST:              "ESPCONN_RST",
	CLSD:             "ESPCONN_CLSD",
	CONN:             "ESPCONN_CONN",
	ARG:              "ESPCONN_ARG",
	IF:               "ESPCONN_IF",
	ISCONN:           "ESPCONN_ISCONN",
	HANDSHAKE:        "ESPCONN_HANDSHAKE",
	SSL_INVALID_DATA: "ESPCONN_SSL_INVALID_DATA",
}

// String returns the SDK's name, such as "ESPCONN_MEM", or the number for a value without a name.
func (e Err) String() string {
	if n, ok := errNames[e]; ok {
		return n
	}
	return fmt.Sprintf("%d", int8(e))
}

// Err returns nil for OK and an *Error otherwise, for callers that want a Go error.
func (e Err) Err() error {
	if e == OK {
		return nil
	}
	return &Error{Code: e, Name: e.String()}
}

// Error is an Err as a Go error. errors.Is finds two of them equal when their codes are.
type Error struct {
	Code Err    // the value, never OK
	Name string // "ESPCONN_MEM", or the number
}

// Error returns a text such as "espconn: ESPCONN_RST (-9)". What it comes from, and what to do, is a cause in the device's trace.
func (e *Error) Error() string { return fmt.Sprintf("espconn: %s (%d)", e.Name, int8(e.Code)) }

// Is reports whether target is an *Error with the same code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}
