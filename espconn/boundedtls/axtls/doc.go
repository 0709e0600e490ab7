// Package axtls is axTLS, the SDK's TLS library before mbedTLS, as libssl of SDK 2.0.0 to 3.0.6 has it: TLS 1.0 and 1.1, RSA
// key exchange, AES-CBC and RC4, one buffer of S bytes whose first 5 hold the record's header, dates checked against
// Config.Now (axtls.md). The switches of [Engine] are its bugs.
//
// What was not measured is listed in docs/tables/axtls-unknown.md.
//
// # What a driver sees differently
//
//   - OwnKey comes before OwnCert. An entry that the library cannot read gives an Error that does not fail the connection:
//     the device prints a line and goes on.
//   - Failures have a text for the log and a status for the application in place of a code (Error.Text, Error.Status).
//   - Read gives out one record whole, also an empty one. There is no CloseNotified: any alert, close_notify too, ends the
//     connection.
//   - Write takes at most [MaxWrite] bytes, whatever S is.
//   - As libssl a server never asks for a client's certificate, even if Config.Verify is set (Engine.NoClientCheckBug).
//
// # Shape
//
// A connection waits for one handshake message (the field next) and answers it with a flight, a list of steps of which each
// makes one record (the field steps). record.go applies the checks of axtls.md 2.2 and 7; internal/axcert has the library's
// rules for certificates.
//
// # Heap
//
// What the library requests is charged block by block, as the allocator's traces of the oracle show it (heap.go). The buffer
// of S bytes, its head, the receive ring and its head are the driver's to charge.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package axtls
