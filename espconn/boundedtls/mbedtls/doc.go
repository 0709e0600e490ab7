// Package mbedtls is the mbedTLS of the SDK, in two builds: the early one of SDK 2.2.0 to 3.0.1 and the late one of SDK
// 3.0.2 to 3.0.6 (tls.md 0). Both have RSA key exchange and AES-CBC under TLS 1.0 to 1.2; the late one has DHE-RSA too. They
// differ in the switches of [Engine] and in nothing else.
//
// The package also reads files as the library does, for tools that judge them before they are burned: [ReadCertificates],
// [ReadPrivateKey].
//
// # Shape
//
// A connection walks through one table of steps for its role (clientSteps, serverSteps in handshake.go). A step that has
// read its message or made its record moves on; one that misses input is called again when more has come. record_in.go
// applies the checks of tls.md 2.2 and 2.3 in their order, certificate.go those of tls.md 4; code.go has the library's
// numbers and diagnosis.go what they mean to people.
//
// # Heap
//
// A connection charges what the library requests: own certificates, key and CA (from OwnCert, OwnKey and CA on), the buffers
// and structures of Setup, the peer's chain, arithmetic, session keys, the early build's copy of Finished and its output
// buffer. What certificates, keys, structures, buffers and contexts take is charged block by block in the library's order
// (heap.go). The intermediate numbers of RSA and Diffie-Hellman are lumps with the measured peak (heap_numbers.go).
//
// The driver charges what the SDK requests around the library, in bytes: the node (108), the TLS message block (1,276 early,
// 1,296 late), the certificate holder (632, freed before the connect callback, after FinishHandshake's check), netconn (28),
// PCB, receive ring (2,921), load buffers while OwnCert, OwnKey or CA run, and the 1,461-byte receive buffer. In the
// oracle's sums these constants are 4,537 bytes (early) and 4,557 (late) without the holder; a server has another 318 and
// the stored certificate and key (PEM: with a NUL). Together they give tls.md 6.3.
//
// # Where this differs from the chip
//
// Deviation: in the shared buffer of the early build, bytes behind ServerHelloDone in the same record are overwritten by the
// device's own flight before they are read; here they are read as by the late build.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package mbedtls
