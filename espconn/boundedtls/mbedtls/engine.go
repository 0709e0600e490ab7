package mbedtls

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Engine is the set of switches in which the early and the late mbedTLS of the SDK differ. It is plain data: copy one of
// [Early] and [Late], change a field, and make connections with New. The zero value is the late library without
// Diffie-Hellman, bugs or a least key length.
type Engine struct {
	// SharedBuffer: one buffer of S+333 bytes for both directions until the handshake is over, then a separate output
	// buffer of 1,793 bytes (tls.md 0, 2.1). False: two buffers of S+333 bytes from the start.
	SharedBuffer bool

	// DHE: the four DHE-RSA suites are offered and accepted (tls.md 1.2).
	DHE bool

	// MinRSABits is the least modulus length that passes the chain check (tls.md 0, 4.3): 512 or 2048.
	MinRSABits int

	// SplitTLS10: application data of two bytes or more leave as one byte and the rest under TLS 1.0 (tls.md 0).
	SplitTLS10 bool

	// TLS10OffsetBug: after the handshake the payload of every TLS 1.0 record is built 16 bytes too far, so the peer cannot
	// decode it (tls.md 0). It needs SharedBuffer.
	TLS10OffsetBug bool

	// SharedCounterBug: in the shared buffer both directions also share the sequence number, so an alert sent while the
	// client waits for the server's Finished is undecodable (tls.md 0). It needs SharedBuffer.
	SharedCounterBug bool

	// SilentOutputBug: running out of memory for the output buffer after the handshake is ignored and the shared buffer
	// stays in use (tls.md 2.1). False: -0x7F00 (manual-profile.md #28). It needs SharedBuffer.
	SilentOutputBug bool

	// ChainWrapBug: when an element of the own chain ends within the last two bytes of S, the next one is copied without a
	// limit (tls.md 2.4). False: -0x7500.
	ChainWrapBug bool
}

// Early returns the mbedTLS of SDK 2.2.0 to 3.0.1, with its bugs (tls.md 0). Early().WithoutBugs() is what the profile of
// the manual V2.1 uses.
func Early() Engine {
	return Engine{
		SharedBuffer:     true,
		MinRSABits:       512,
		SplitTLS10:       true,
		TLS10OffsetBug:   true,
		SharedCounterBug: true,
		SilentOutputBug:  true,
		ChainWrapBug:     true,
	}
}

// Late returns the mbedTLS of SDK 3.0.2 to 3.0.6, with its bug (tls.md 0).
func Late() Engine {
	return Engine{
		DHE:          true,
		MinRSABits:   2048,
		ChainWrapBug: true,
	}
}

// WithoutBugs returns e with every field whose name ends in Bug off. Limits, buffers, suites and record splitting stay
// (manual-profile.md #28, #30).
func (e Engine) WithoutBugs() Engine {
	e.TLS10OffsetBug = false
	e.SharedCounterBug = false
	e.SilentOutputBug = false
	e.ChainWrapBug = false
	return e
}

// String returns "early mbedTLS" or "late mbedTLS", by the buffers.
func (e Engine) String() string {
	if e.SharedBuffer {
		return "early mbedTLS"
	}
	return "late mbedTLS"
}

// MaxWrite is the most plaintext of one record that the device makes, in bytes: the SDK's chunk (tls.md 2.7).
const MaxWrite = 1460

// Traits returns what a driver has to know of the library.
func (e Engine) Traits() boundedtls.Traits {
	return boundedtls.Traits{Library: boundedtls.MbedTLS, Suites: session.IDs(e.suites()), MinRSABits: e.MinRSABits,
		ChecksClients: true, MaxWrite: MaxWrite}
}

// New returns a connection. Nothing is charged to the heap yet.
func (e Engine) New(cfg boundedtls.Config) boundedtls.Conn { return newConn(e, cfg) }

// NoMemory is -0x7F00, what the SDK makes of every failure before the ClientHello (tls.md 3.2). After the connect callback
// it is -1, as when TCP refuses a record.
func (e Engine) NoMemory(what string, established bool) *boundedtls.Error {
	code, id := codeAllocFailed, boundedtls.CauseNoMemoryBefore
	if established {
		code, id = codeRefused, boundedtls.CauseNoMemoryConnected
	}
	return &boundedtls.Error{Code: code, Cause: &boundedtls.Cause{ID: id, Object: what}}
}
