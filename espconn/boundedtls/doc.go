// Package boundedtls is the device's TLS: client and server for TLS 1.0 to 1.2 whose records and handshake messages must fit
// into a buffer of S bytes. What it refuses, when, with which code and alert, follows the vendor's libraries as described
// in tls.md and axtls.md and measured by the oracle.
//
// This package is the face: what a driver gives ([Config]), what it holds ([Conn]), what it sees ([Event], [Error],
// [Cause]) and what costs time ([Op]). It imports no library. The SDK has had two, each a package that imports this one:
//
//   - mbedtls: the mbedTLS of SDK 2.2.0 to 3.0.1 (early) and of SDK 3.0.2 to 3.0.6 (late).
//   - axtls: axTLS, in libssl of SDK 2.0.0 to 3.0.6.
//
// An [Engine] is one of them with its switches; nothing else differs between SDK releases, and no code asks for a version or
// a profile.
//
// # Use
//
// [Conn] does no I/O. The driver feeds TCP payload in, takes records out and plays the part of the SDK that lies around the
// library: it reads flash, prints log lines, owns the TCP connection and decides when to read.
//
//	c := mbedtls.Late().New(cfg)
//	c.OwnCert(...); c.OwnKey(...); c.CA(...)   // what the flags ask for, in this order; see Traits.KeyFirst
//	c.Setup()
//	for each TCP event: c.Feed(payload), then c.Handshake() until it is not HasOutput,
//	                    handing each c.Output() to TCP
//	c.FinishHandshake()                         // once, after Done
//	c.Feed, c.Read, c.Write, c.CloseNotify, c.Output
//	c.Close()
//
// Data that arrives together with the peer's Finished is not read by the SDK with mbedTLS until the next segment (tls.md
// 2.7): the driver reproduces this by not calling Read.
//
// # Rules
//
//   - Everything runs on the caller's goroutine. There is no clock. Connections share nothing but the private keys read
//     last, at most 64, whose numbers are not checked again; the lock around them is held for no computation.
//   - Random bytes come from Config.Rand alone, so the same reader, the same input and the same calls give the same bytes.
//   - Input slices are copied or lent for the call; Output is lent until the next call that makes a record.
//   - No input makes it panic. Memory is bounded by what was fed and by S. The driver bounds what it feeds by its receive
//     window.
//   - The first failure is final and is never replaced, except by TCP refusing a record (Conn.Refused).
//   - Each block that a library requests is charged to Config.Heap, with the size that it has on the device; what the SDK
//     requests around the library is the driver's to charge. The packages of the libraries say which is which.
//
// # Where this differs from the chip
//
//   - Deviation: turning the CA flag on during a handshake has no effect; Config.Verify is fixed for the connection.
//   - Deviation: what a computation leaves in memory that ran out half-way is not reproduced; a Finished that could not be
//     computed counts as zeros.
//   - Deviation: running times do not depend on secret data in the way the libraries' do; nothing here is a defence
//     against timing.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package boundedtls
