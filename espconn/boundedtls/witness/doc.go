// Package witness tells what passes on a TLS connection of the device whose library is not the emulator's: the vendor's own, which runs as
// compiled code. It gets the bytes that the library takes from TCP and gives to it, and the master secret, and reports the same events as
// the engines of package boundedtls do: records with the plaintext in them, handshake messages, alerts, the end of the handshake.
//
// Why a connection failed it finds by the engine that is made after that library (Witness.Why): it plays to it what came, and takes its
// word for it when it ends with the same code.
//
// Nothing here does I/O, and nothing is sent. A Witness belongs to one goroutine.
//
// Names such as tls.md in comments are pages of docs/facts, with their section: what is known of the device, and its sources.
package witness
