// Package boundedtls is the device's TLS: client and server for TLS 1.0 to 1.2
// with RSA and DHE-RSA key exchange and AES-CBC, whose records and handshake
// messages must fit into a buffer of S bytes. What it refuses, when, with which
// code and alert, follows the vendor's library as described in tls.md and
// measured by the oracle.
//
// # Shape
//
// [Conn] does no I/O. The driver feeds TCP payload in, takes records out and
// plays the part of the SDK that lies around the library: it reads flash,
// prints log lines, owns the TCP connection and decides when to read.
//
//	c := boundedtls.New(cfg)
//	c.OwnCert(...); c.OwnKey(...); c.CA(...)   // what the flags ask for, in this order
//	c.Setup()
//	for each TCP event: c.Feed(payload), then c.Handshake() until it is not HasOutput,
//	                    handing each c.Output() to TCP
//	c.FinishHandshake()                         // once, after Done
//	c.Feed, c.Read, c.Write, c.CloseNotify, c.Output
//	c.Close()
//
// Data that arrives together with the peer's Finished is not read by the SDK
// until the next segment (tls.md 2.7): the driver reproduces this by not
// calling Read.
//
// # Engine X
//
// axTLS, the library before mbedTLS, has a state machine of its own: TLS 1.0 and
// 1.1, AES and RC4, one buffer of S bytes whose first 5 hold the record's header,
// dates checked against Config.Now, failures with a text instead of a code
// ([Error].Text). It is Engine.AxTLS behind the same Conn; its steps are in the
// files engine_x*.go, its certificate rules in internal/axcert. Differences for
// the driver:
//
//   - OwnKey comes before OwnCert. An entry that the library cannot read gives an
//     Error that does not fail the connection: the device prints a line and goes on.
//   - Read gives out one record whole, also an empty one; there is no CloseNotified:
//     any alert, close_notify too, ends the connection.
//   - Write takes at most MaxWriteX bytes.
//   - The buffer, the receive ring and what the SDK keeps beside them are the
//     driver's to charge.
//
// docs/tables/axtls-unknown.md lists what was not measured.
//
// # Rules
//
//   - Everything runs on the caller's goroutine. There is no clock. Connections
//     share nothing but the private keys read last, at most 64, whose numbers are
//     not checked again; the lock around them is held for no computation.
//   - Random bytes come from Config.Rand alone, so the same reader, the same
//     input and the same calls give the same bytes.
//   - Input slices are copied or lent for the call; Output is lent until the next
//     call that makes a record.
//   - No input from the peer makes the package panic, and what it keeps is bound
//     by what was fed and by S. The driver bounds what it feeds by its receive
//     window.
//   - The first failure is final and is never replaced, except by TCP refusing a
//     record ([Conn.Refused]).
//   - [Engine] is the only difference between SDK releases; no code asks for a
//     version or profile.
//
// # Heap
//
// The engine charges what the TLS library requests: own certificates, key and
// CA (from OwnCert, OwnKey and CA on), the buffers and structures of Setup, the
// peer's chain, arithmetic, session keys, engine A's copy of Finished and its
// output buffer. Together with the driver's constant this gives tls.md 6.3.
//
// The driver charges what the SDK requests around it: the node (108), the TLS
// message block (1,296; engine A 1,276), the certificate holder (632, freed
// before the connect callback, after FinishHandshake's check), netconn (28),
// PCB, receive ring (2,921), load buffers while OwnCert, OwnKey or CA run, and
// the 1,461-byte receive buffer. In the oracle's sums these constants are 4,557
// bytes (engine A 4,537) without the holder; a server has another 318 and the
// stored certificate and key (PEM: with a NUL).
//
// What certificates, keys, structures, buffers and contexts take is charged
// block by block in the library's order. The intermediate numbers of RSA and
// Diffie-Hellman are lumps with the measured peak, see heap_numbers.go. Engine X's
// are charged one by one, as the allocator's traces of its oracle show them, see
// engine_x_heap.go.
//
// # Where this differs from the chip
//
//   - Deviation: in engine A's shared buffer, bytes behind ServerHelloDone in the
//     same record are overwritten by the device's own flight before they are
//     read; here they are read as in engine B.
//   - Deviation: turning the CA flag on during a handshake has no effect;
//     Config.Verify is fixed for the connection.
//   - Deviation: what a computation leaves in memory that ran out half-way is not
//     reproduced; a Finished that could not be computed counts as zeros.
//   - Deviation: running times do not depend on secret data in the way the
//     library's do; nothing here is a defence against timing.
package boundedtls
