// Package tlspeer is a scripted TLS peer for tests: a server and a client that
// speak TLS 1.0 to 1.2 with AES-CBC suites and leave every byte to the script.
//
// A normal TLS library decides by itself how handshake messages are cut into
// records, which extensions it sends and what it answers to nonsense. The peer
// here decides nothing: record boundaries, versions, suites, message lengths,
// padding, alerts and closing are fields of [Server], [Client] and [Script]. It
// checks only what it must read to go on, and writes down what it saw in a
// [Report], so that a run can be compared with a measured one.
//
// The behaviour in time is that of the peers with which the golden data in
// testdata/oracle were measured (testdata/oracle/README.md, "How the peers
// behave"): 1.2 s for each expected record, 60 ms before close_notify, 300 ms of
// reading afterwards, then FIN.
//
// Rules of the package:
//
//   - Works over any [net.Conn]; half close and reset are used where the
//     connection offers CloseWrite and SetLinger.
//   - All randomness comes from the Rand field; [NewRand] makes a seeded reader.
//     The same seed and the same device give the same bytes.
//   - RSA and DH are plain math/big arithmetic: keys of 512 bits occur, which
//     crypto/rsa refuses, and crypto/rsa does not take its randomness from the
//     caller. Nothing here is constant-time; never use it outside tests.
//   - Every wait has a deadline on package time's clock, so that a run inside a
//     testing/synctest bubble takes no real time.
//
// Choice: application data and close are not interleaved with reading: the
// script runs in one goroutine, a second one only collects what arrives.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package tlspeer
