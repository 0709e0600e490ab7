// Package x509 reads certificates and private keys, checks certificate chains and does the RSA and Diffie-Hellman
// arithmetic of the device's TLS library, by the device's own rules (tls.md 3.2, 4).
//
// Go's crypto/x509 is not used: it refuses things that the device accepts (v1 certificates with odd fields, trailing
// bytes, RSA of 128 bits) and accepts things that the device refuses (unknown critical extensions, RSASSA-PSS, elliptic
// curves), and its errors are not the device's numbers. Everything here answers with the library's number instead of
// an error: 0 for success, otherwise a negative code such as -0x262E (codes.go).
//
// Rules of the package:
//
//   - No input makes it panic. Memory is proportional to the input: one list element per name attribute, nothing is
//     allocated by an announced length. There is no recursion; chains are walked in a loop of at most
//     [MaxIntermediates] steps.
//   - Randomness comes from the caller's reader only, so a seeded device repeats itself byte for byte. The operations
//     with a private exponent use crypto/rsa where that accepts the key, for its constant time; the results are the same.
//   - Values are immutable once returned and may be shared between goroutines. Inputs are copied, never kept.
//   - The device's heap is not charged here: [Certificate] and [LimbBytes] report what the heap model needs (tls.md 6.1).
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package x509
