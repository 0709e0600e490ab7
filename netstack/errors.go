package netstack

import (
	"errors"
	"fmt"
)

// Errors of the engine. Every error it returns is one of these or wraps one, so errors.Is works. The layer above maps
// them to the SDK's codes (espconn.md 1.1).
var (
	// ErrMem: no heap, send buffer too small for the data, or send queue full.
	ErrMem = errors.New("netstack: out of memory or send queue full")
	// ErrLookups: as many names are being looked up as there may be (Profile.DNSTable). It is an ErrMem, too.
	ErrLookups = fmt.Errorf("%w: too many names are being looked up", ErrMem)
	// ErrBuf: no heap for the packet itself; nothing was done.
	ErrBuf = errors.New("netstack: out of memory for a packet")
	// ErrRoute: no interface is up for the destination, or no gateway is set.
	ErrRoute = errors.New("netstack: no route to host")
	// ErrInterface: the interface took no more frames (Interface.SetRoom).
	ErrInterface = errors.New("netstack: the interface refuses the frame")
	// ErrInUse: the port is taken.
	ErrInUse = errors.New("netstack: port in use")
	// ErrConn: the connection's state does not allow the call.
	ErrConn = errors.New("netstack: not connected")
	// ErrListed: the connection is in the list of those in TIME_WAIT already.
	ErrListed = errors.New("netstack: listed twice")
	// ErrReset: the peer sent a reset.
	ErrReset = errors.New("netstack: connection reset by peer")
	// ErrAborted: the stack gave the connection up: retry limit, keepalive, memory, change of address.
	ErrAborted = errors.New("netstack: connection aborted")
	// ErrClosed: the connection ended without an error of its own: its last FIN was acknowledged, or it is freed already.
	ErrClosed = errors.New("netstack: connection closed")
	// ErrTimeout: no answer in time.
	ErrTimeout = errors.New("netstack: timed out")
	// ErrInProgress: the result comes later through the callback.
	ErrInProgress = errors.New("netstack: in progress")
	// ErrArg: an argument is out of its range.
	ErrArg = errors.New("netstack: invalid argument")
)
