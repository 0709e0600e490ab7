package boundedtls

import "io"

// Role is the side of the handshake that the device plays.
type Role uint8

// The two roles.
const (
	Client Role = iota // espconn_secure_connect
	Server             // espconn_secure_accept
)

// String returns "client" or "server", the words of the device's log (tls.md 7).
func (r Role) String() string {
	if r == Server {
		return "server"
	}
	return "client"
}

// Heap is the device's memory as the engine sees it. Alloc asks for n bytes
// (the size the library requests, without the allocator's header) and returns
// 0 when there is no room; what names the block in traces. Free takes an
// address that Alloc returned. Both are called on the device's goroutine.
type Heap interface {
	Alloc(n uint32, what string) (addr uint32)
	Free(addr uint32)
}

// Op is a computation that costs the device noticeable time.
type Op uint8

// The operations reported to Config.Spend.
const (
	OpRSAPublic  Op = iota // bits: modulus length
	OpRSAPrivate           // bits: modulus length
	OpDH                   // one modular exponentiation; bits: modulus length
	OpHash                 // bits: amount of data hashed
	OpCipher               // bits: amount of data encrypted or decrypted
)

// String returns the name used in traces, for example "rsa-private".
func (o Op) String() string {
	switch o {
	case OpRSAPublic:
		return "rsa-public"
	case OpRSAPrivate:
		return "rsa-private"
	case OpDH:
		return "dh"
	case OpHash:
		return "hash"
	case OpCipher:
		return "cipher"
	}
	return "op?"
}

// DefaultSize is S when nothing was set, in bytes (tls.md 2.1).
const DefaultSize = 2048

// MaxSize is the largest S that espconn_secure_set_size accepts, in bytes
// (tls.md 2.1). Cause.Least never exceeds it.
const MaxSize = 8192

// Config describes one connection. The zero value is a client with S = 2048, no certificate check, a fixed random sequence
// and unlimited memory.
type Config struct {
	Role Role

	// Size returns S in bytes and is asked at each check, because the SDK reads
	// its global live (tls.md 2.1). Nil: DefaultSize.
	Size func() int

	// Verify is the CA flag (tls.md 4.2): the peer's chain is required and
	// checked against what CA loaded.
	Verify bool

	// Rand supplies every random byte: hello randoms, session id, premaster,
	// PKCS#1 padding, DH secrets and CBC vectors, in that order of use. Nil: a
	// fixed sequence. An error fails the connection with -0x0034.
	Rand io.Reader

	Heap    Heap                  // nil: unlimited, nothing is charged
	Spend   func(op Op, bits int) // nil: computing takes no time
	Now     func() uint32         // seconds since 1970, nil: 0; axTLS asks for each certificate (axtls.md 3), mbedTLS never (tls.md 4.3)
	Print   func(line string)     // lines that axTLS prints by itself; nil: nowhere
	Observe func(Event)           // nil: no events, at no cost
	KeyLog  io.Writer             // NSS key log lines; nil: none. Errors of the writer are ignored
}
