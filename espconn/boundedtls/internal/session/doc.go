// Package session is the part of a connection that is the same in both engines: configuration with its defaults, input and
// output, the heap ledger, the first failure, events, and the diagnoses that both give.
//
// [Base] is embedded in each engine's connection. It has the methods of [boundedtls.Conn] whose behaviour does not depend
// on the library.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package session
