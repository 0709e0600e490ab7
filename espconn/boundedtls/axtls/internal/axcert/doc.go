// Package axcert reads certificates, keys and PEM text, and checks chains, by the rules of the device's older TLS library
// (axTLS): names are compared by three attributes, dates are checked, extensions are not read (axtls.md 3, 4).
//
// Nothing here panics on any input; what is kept is bounded by the input's length. Values are immutable after parsing and
// safe for concurrent use.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package axcert
