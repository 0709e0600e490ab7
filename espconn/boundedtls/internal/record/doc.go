// Package record is the TLS record layer that both engines share: content types and alerts, the bytes that were fed
// ([Input]), the records that wait for TCP ([Output]), and the protection of records ([Cipher]).
//
// It makes no decision of a library: which records are refused, when a counter wraps and what an alert leads to is the
// engines' business. Nothing here does I/O, keeps a clock or charges the device's heap, and a record in the steady state
// costs no Go memory.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package record
