// Package handshake is what both engines share of the TLS handshake: message types, the transcript and the secrets that
// follow from it ([Secrets]), by RFC 2246, 4346 and 5246. Which message may come when is the engines' business.
//
// Nothing here does I/O or charges the device's heap.
package handshake
