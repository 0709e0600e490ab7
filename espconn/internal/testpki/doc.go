// Package testpki makes certificate authorities, chains and client certificates for tests: with any RSA length, any
// number of intermediates, and any length of the TLS Certificate message. Only tests may import it.
//
// Rules:
//
//   - Keys are files in testdata/pki and read once per process; certificates are signed at run time. PKCS#1 v1.5 is
//     deterministic, so the same options give the same bytes.
//   - Certificates are valid from 1999 to 2049: bubbles of testing/synctest start in the year 2000.
//   - Failures end the test through the given [TB]. All functions may be called from several goroutines.
package testpki
