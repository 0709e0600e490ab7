package boundedtls

import "time"

// Engine is one of the SDK's TLS libraries with its switches: an Engine of package mbedtls or of package axtls, both plain
// data that can be compared with ==.
type Engine interface {
	// New returns a connection. Nothing is charged to the heap yet.
	New(Config) Conn
	// Traits returns what a driver and tools have to know of the library.
	Traits() Traits
	// NoMemory returns why a connection ends for which its driver has no memory: a receive ring, a load buffer. what names
	// it; established tells whether the connect callback was made. It changes no connection.
	NoMemory(what string, established bool) *Error
	// String names the library: "early mbedTLS", "late mbedTLS" or "axTLS".
	String() string
}

// Library is what the SDK's TLS is built on.
type Library uint8

// The two libraries.
const (
	MbedTLS Library = iota // SDK 2.2.0 and later (tls.md)
	AxTLS                  // libssl (axtls.md)
)

// String returns "mbedTLS" or "axTLS".
func (l Library) String() string {
	if l == AxTLS {
		return "axTLS"
	}
	return "mbedTLS"
}

// Traits are what a driver and tools have to know of a library, as data.
type Traits struct {
	Library    Library
	Suites     []Suite // what a client offers, in its order
	MinRSABits int     // the least key that the chain check takes, in bits; 0: any
	KeyFirst   bool    // OwnKey comes before OwnCert
	// ChecksClients: with the CA check on a server asks for the client's certificate and checks it; otherwise the switch has no
	// effect on a server.
	ChecksClients bool
	MaxWrite      int // the most plaintext of one record that the device makes, in bytes

	HandshakeTimeout time.Duration // after which a client gives the handshake up, counted from TCP's; 0: never
	SilenceTimeout   time.Duration // after which a server gives a silent client up; 0: never
}
