// Package testpki makes certificate authorities, chains and client certificates for tests: with any RSA length, any
// number of intermediates, and any length of the TLS Certificate message, which decides whether a device's buffer holds it.
//
//	ca := testpki.NewCA(t, testpki.CA2048)
//	leaf := ca.Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: 2300})
//	config := &tls.Config{Certificates: []tls.Certificate{leaf.TLS(t)}}
//
// Rules:
//
//   - The keys protect nothing: everybody can read them. They are part of the package (folder keys) and parsed once per
//     process; certificates are signed at run time. PKCS#1 v1.5 is deterministic, so the same options give the same bytes.
//   - Certificates are valid from 1999 to 2049: bubbles of testing/synctest start in the year 2000.
//   - Failures end the test through the given [TB], which every testing.TB is. All functions may be called from several
//     goroutines.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package testpki
