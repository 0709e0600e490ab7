package axtls

import (
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// Engine is the set of the library's bugs. It is plain data: copy one, change a field, and make connections with New. The
// zero value is axTLS without bugs, which is what the profile of the manual V1.0 uses.
type Engine struct {
	// Wrap2038Bug: dates and the clock are signed 32-bit numbers, so that what ends after 19 January 2038 has expired
	// (axtls.md 3).
	Wrap2038Bug bool

	// ServerHelloBug: any version is taken, and of the suite only the low byte counts; unknown ones show when keys are
	// needed (axtls.md 1.1). False: alerts 70 and 47 at once. Choice.
	ServerHelloBug bool

	// OwnCertOverflowBug: an own Certificate message over S-5 is written past the buffer's end (axtls.md 2.4). False: alert
	// 40, -28. Choice.
	OwnCertOverflowBug bool

	// PrimeOrderBug: with the smaller prime first some private operations go wrong (axtls.md 3).
	PrimeOrderBug bool

	// EmptyVerifyBug: a client without certificate or key answers a CertificateRequest also with a CertificateVerify, empty
	// without a key (axtls.md 4). False: it is left out. Choice.
	EmptyVerifyBug bool

	// MallocUncheckedBug: running out of memory is an exception (axtls.md 6). False: alert 40, -28. Choice.
	MallocUncheckedBug bool

	// NoClientCheckBug: a server never asks for a client's certificate, whatever espconn_secure_ca_enable said: it reads the CA
	// and makes nothing of it (axtls.md 1.2). False: it asks, and refuses a client without a certificate of a trusted CA
	// (manual V1.0 2, 4.2).
	NoClientCheckBug bool

	// FatalZeroBug: an alert with another level than warning and description 0 is not noticed (axtls.md 1.4).
	FatalZeroBug bool

	// KeyLeakBug: a server that has a key and no certificate reads the key for each client, turns the client away, and never gives the
	// key's memory back (axtls.md 5).
	KeyLeakBug bool
}

// Libssl returns axTLS as libssl of SDK 2.0.0 to 3.0.6 has it, with its bugs (axtls.md).
func Libssl() Engine {
	return Engine{
		Wrap2038Bug:        true,
		ServerHelloBug:     true,
		OwnCertOverflowBug: true,
		PrimeOrderBug:      true,
		EmptyVerifyBug:     true,
		MallocUncheckedBug: true,
		NoClientCheckBug:   true,
		FatalZeroBug:       true,
		KeyLeakBug:         true,
	}
}

// WithoutBugs returns the zero value.
func (Engine) WithoutBugs() Engine { return Engine{} }

// String returns "axTLS".
func (Engine) String() string { return boundedtls.AxTLS.String() }

// MaxWrite is the most plaintext of one record that the device makes, in bytes, whatever S is (axtls.md 2.3).
const MaxWrite = 1024

// Limits of the SDK's driver around the library (axtls.md 1.4).
const (
	handshakeTimeout = 60 * time.Second
	silenceTimeout   = 5 * time.Second
)

// Traits returns what a driver has to know of the library.
func (e Engine) Traits() boundedtls.Traits {
	return boundedtls.Traits{Library: boundedtls.AxTLS, Suites: session.IDs(suites), KeyFirst: true, MaxWrite: MaxWrite,
		ChecksClients: !e.NoClientCheckBug, HandshakeTimeout: handshakeTimeout, SilenceTimeout: silenceTimeout}
}

// New returns a connection. The library's context is charged to the heap; without memory for it the connection has failed.
func (e Engine) New(cfg boundedtls.Config) boundedtls.Conn {
	c := &conn{Base: session.New(cfg), eng: e}
	c.chargeContext()
	return c
}

// NoMemory is the device's exception, because neither the library nor the SDK around it looks whether it got memory. Without
// that bug it ends the connection as memory that the library itself misses does. Choice.
func (e Engine) NoMemory(what string, established bool) *boundedtls.Error {
	status := int16(handshakeFailed)
	if established {
		status = dataInvalid
	}
	why := &boundedtls.Cause{ID: boundedtls.CauseNoMemoryBefore, Object: what}
	if e.MallocUncheckedBug {
		why = &boundedtls.Cause{ID: boundedtls.CauseOverrun, Object: "out of memory for " + what}
	}
	return &boundedtls.Error{Code: badHandshake.code, Text: badHandshake.text, Status: status, Crash: e.MallocUncheckedBug, Cause: why}
}
