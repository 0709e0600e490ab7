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

var errNames = map[Err]struct{ name, advice string }{
	OK:               {"ESPCONN_OK", ""},
	MEM:              {"ESPCONN_MEM", "free some heap: a secure connection needs the buffer size and 14,336 bytes more"},
	TIMEOUT:          {"ESPCONN_TIMEOUT", "the peer stopped acknowledging; connect again later"},
	RTE:              {"ESPCONN_RTE", "wait for an address (wifi_get_ip_info) before connecting"},
	INPROGRESS:       {"ESPCONN_INPROGRESS", "wait for the callback of the operation before"},
	MAXNUM:           {"ESPCONN_MAXNUM", "wait for a sent callback before sending again"},
	ABRT:             {"ESPCONN_ABRT", "the connection was aborted on this side"},
	RST:              {"ESPCONN_RST", "the peer reset the connection, or nothing listens on that port"},
	CLSD:             {"ESPCONN_CLSD", "the connection was closed"},
	CONN:             {"ESPCONN_CONN", "the host did not answer: check address and port"},
	ARG:              {"ESPCONN_ARG", "check for NULL, the type, and whether this espconn has a connection"},
	IF:               {"ESPCONN_IF", "the interface refused the datagram"},
	ISCONN:           {"ESPCONN_ISCONN", "disconnect the connection before"},
	HANDSHAKE:        {"ESPCONN_HANDSHAKE", "the TLS handshake failed: see the device's log"},
	SSL_INVALID_DATA: {"ESPCONN_SSL_INVALID_DATA", "the peer sent data that TLS refuses: see the device's log"},
}

// String returns the SDK's name, such as "ESPCONN_MEM", or the number for a value without a name.
func (e Err) String() string {
	if n, ok := errNames[e]; ok {
		return n.name
	}
	return fmt.Sprintf("%d", int8(e))
}

// Err returns nil for OK and an *Error otherwise, for callers that want a Go error.
func (e Err) Err() error {
	if e == OK {
		return nil
	}
	return &Error{Code: e, Name: e.String(), Advice: errNames[e].advice}
}

// Error is an Err as a Go error. errors.Is finds two of them equal when their codes are.
type Error struct {
	Code   Err    // the value, never OK
	Name   string // "ESPCONN_MEM", or the number
	Advice string // what to do, "" when there is nothing general to say
}

// Error returns a text such as "espconn: ESPCONN_RST (-9): the peer reset the connection".
func (e *Error) Error() string {
	s := fmt.Sprintf("espconn: %s (%d)", e.Name, int8(e.Code))
	if e.Advice != "" {
		s += ": " + e.Advice
	}
	return s
}

// Is reports whether target is an *Error with the same code.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}
