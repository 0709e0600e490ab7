// Code generated from package espconn by go test ./emulator/sdk -update; DO NOT EDIT.

package sdk

import (
	"github.com/emu8266/emu8266/espconn"
)

// SecureAccept is espconn_secure_accept: a TLS server on the local port in c. One server with one client at a time
// (manual V2.1 5.1, V1.0 4.3). Set certificate and key before, and size and CA check (manual V2.1 3.2).
//
// ManualV21 (manual-profile.md #10): ARG for an espconn in plain use, NULL, another type, and without certificate or key; ISCONN
// for a secure client's and while a server exists (manual-profile.md #37); MEM for a size over 3,072 with the server's CA on, for a
// free heap below size + 14,336, when a block or socket is missing and when the port is taken; else OK and state LISTEN. The SDK:
// tls.md 5.2.
func (s *SDK) SecureAccept(c espconn.Ref) espconn.Err { return s.board.Espconn().SecureAccept(c) }

// SecureCaDisable is espconn_secure_ca_disable: the default again, the peer's certificate is not checked, and a server does not
// ask for one. Level 1 client, 2 server, 3 both; the other role keeps its setting (manual V2.1 5.9). Call it before
// SecureConnect or SecureAccept; later it holds for the next connection, and is a finding (manual-profile.md #5). True: done,
// also when it was off. False, and nothing changes, for another level (tls.md 5.5).
func (s *SDK) SecureCaDisable(level uint8) bool { return s.board.Espconn().SecureCaDisable(level) }

// SecureCaEnable is espconn_secure_ca_enable: from the next connection on the peer's certificate is required and checked against
// the CA image (esp_ca_cert.bin) at a flash sector of 4,096 bytes: 0x7B is address 0x7B000 (manual V2.1 5.8). Level 1 sets the
// client, which checks the server; 2 the server, which asks each client for a certificate and checks it; 3 both. It is off
// after boot. Call it before SecureConnect or SecureAccept; later it holds for the next connection, and is a finding
// (manual-profile.md #5).
//
// True: taken, without a look at the sector. False, and nothing changes, for another level and for sector 0
// (manual-profile.md #19). ManualV10 takes the lower 16 bits of the sector, as V1.0 has no more (manual V1.0 4.2). With libssl
// (SDK306SSL) a server never asks: level 2 has no effect, level 3 that of level 1, and there is a finding (axtls.md 1.2).
func (s *SDK) SecureCaEnable(level uint8, sector uint32) bool {
	return s.board.Espconn().SecureCaEnable(level, sector)
}

// SecureCertReqDisable is espconn_secure_cert_req_disable: the default again, the client presents no certificate (manual V2.1
// 5.11, which prints the name of ca_disable in the prototype). Call it before SecureConnect. Levels and results as in
// SecureCertReqEnable.
func (s *SDK) SecureCertReqDisable(level uint8) bool {
	return s.board.Espconn().SecureCertReqDisable(level)
}

// SecureCertReqEnable is espconn_secure_cert_req_enable: from the next connection on the client (level 1) presents the
// certificate of the image esp_cert_private_key.bin at a flash sector of 4,096 bytes to a server that asks: 0x7A is address
// 0x7A000 (manual V2.1 5.10). It is off after boot, and not needed for servers that do not ask. Call it before SecureConnect;
// later it holds for the next connection, and is a finding (manual-profile.md #5).
//
// True: taken, without a look at the sector. False, and nothing changes, for sector 0 and for another level. The manual takes
// level 1 only (manual-profile.md #23); the SDK also 2 and 3 (tls.md 5.5), of which the server's part has no effect: a finding.
func (s *SDK) SecureCertReqEnable(level uint8, sector uint32) bool {
	return s.board.Espconn().SecureCertReqEnable(level, sector)
}

// SecureConnect is espconn_secure_connect: a TLS connection to the remote address and port in c; the local port is
// ignored. On OK the state is WAIT, and the connect callback follows once the handshake is over, or the disconnect or
// reconnect callback. On any other result nothing was changed and no callback comes. One client at a time: disconnect it before
// the next (manual V2.1 5.5, V1.0 4.6).
//
// ManualV21 checks in this order (manual-profile.md #7): ARG for an espconn in plain use, NULL, another type, no esp_tcp; ISCONN
// for a secure server's and while a client exists (manual-profile.md #37); RTE without an address; MEM for a size over 3,072 with
// cert_req on, for a free heap below size + 14,336, and when a block, a socket or a port is missing. The SDK's order is tls.md 5.1.
func (s *SDK) SecureConnect(c espconn.Ref) espconn.Err { return s.board.Espconn().SecureConnect(c) }

// SecureDelete is espconn_secure_delete: the server, its certificate and its key are gone. ARG for NULL and for an
// espconn that is not the server; INPROGRESS while a client is connected to it: disconnect that first
// (manual V2.1 5.2; manual-profile.md #14, tls.md 5.5).
func (s *SDK) SecureDelete(c espconn.Ref) espconn.Err { return s.board.Espconn().SecureDelete(c) }

// SecureDisconnect is espconn_secure_disconnect: TCP is closed without a close_notify, and the disconnect callback
// follows from a task. ARG for NULL and for an espconn without a connection (a server has none), INPROGRESS when it is
// closing already (manual V2.1 5.7, V1.0 4.8; manual-profile.md #17, tls.md 5.4). The manual V2.1 forbids it inside a callback: its
// profile then carries it out when the callback has returned (manual-profile.md #18).
func (s *SDK) SecureDisconnect(c espconn.Ref) espconn.Err {
	return s.board.Espconn().SecureDisconnect(c)
}

// SecureGetSize is espconn_secure_get_size: the size in bytes for a level, ARG (-12) for a bad one
// (manual V2.1 5.4, V1.0 4.5). Level 3 with different sizes gives the client's and a finding (manual-profile.md #6).
func (s *SDK) SecureGetSize(level uint8) int16 { return s.board.Espconn().SecureGetSize(level) }

// SecureObjLoad is espconn_secure_obj_load, which the SDK exports without a declaration: the server's certificate
// (ObjCertificate) or key (ObjPrivateKey) is the first length bytes of a flash sector, DER or PEM, read when a client
// comes. False for a length of 0 or over 8,192, for another type, for an erased sector and without memory; sector 0 is
// false too, where the SDK reads through NULL (tls.md 5.5; oracle/espconn FINDINGS B9).
func (s *SDK) SecureObjLoad(objType int, sector uint32, length uint16) bool {
	return s.board.Espconn().SecureObjLoad(objType, sector, length)
}

// SecureSend is espconn_secure_send: data goes out as TLS records, the next one of at most 1,460 bytes when the one
// before is acknowledged, and the sent callback comes once at the end. data must stay unchanged until then. Length 0
// sends an empty record.
//
// Results of ManualV21 (manual V2.1 5.6; manual-profile.md #15): ARG for NULL, for an espconn without a connection, for a server and
// for more than 1,024 bytes; INPROGRESS before the connect callback and before the sent callback of the send before.
// The SDK: tls.md 5.3. OK also when writing fails: that shows in the reconnect callback. More than 65,535 bytes: ARG,
// the SDK's length has 16 bits.
func (s *SDK) SecureSend(c espconn.Ref, data []byte) espconn.Err {
	return s.board.Espconn().SecureSend(c, data)
}

// SecureSent is espconn_secure_sent, the same function by its name in V1.0 (manual V1.0 4.7; manual-profile.md #36), where nothing
// limits a send to 1,024 bytes.
func (s *SDK) SecureSent(c espconn.Ref, data []byte) espconn.Err {
	return s.board.Espconn().SecureSent(c, data)
}

// SecureSetDefaultCertificate is espconn_secure_set_default_certificate: the server's certificate, 1 to 8,192 bytes, copied into the
// heap; it replaces the one before. Call it before SecureAccept, and again after SecureDelete, which frees it (manual V2.1 5.12,
// 3.2). With mbedTLS it may be DER or PEM, and a PEM file may hold a chain; with axTLS (ManualV10, SDK306SSL) it has to be one
// certificate in DER: PEM is taken, and then every handshake fails (axtls.md 4). The content is judged when the first client
// comes (manual-profile.md #26): the reconnect callback of the listener tells.
//
// True: taken. False, and the one before stays: nil, more than 8,192 bytes, no memory, and length 0, which only the SDKs with
// mbedTLS take (manual-profile.md #26, tls.md 4.5, 5.5). While the server listens it holds from the next client on, and is a
// finding. By ManualV10 each call is a finding, as V1.0 does not have the function: there C firmware links cert.h in (manual V1.0 2.1).
func (s *SDK) SecureSetDefaultCertificate(b []byte) bool {
	return s.board.Espconn().SecureSetDefaultCertificate(b)
}

// SecureSetDefaultPrivateKey is espconn_secure_set_default_private_key: the RSA key that belongs to the server's certificate, copied
// (manual V2.1 5.13, 3.2). With mbedTLS it may be DER or PEM, PKCS#1 or PKCS#8, without a password; with axTLS it has to be PKCS#1
// in DER (axtls.md 4). Order, length and results as SecureSetDefaultCertificate.
func (s *SDK) SecureSetDefaultPrivateKey(b []byte) bool {
	return s.board.Espconn().SecureSetDefaultPrivateKey(b)
}

// SecureSetSize is espconn_secure_set_size: the buffer size in bytes for level 1 (client), 2 (server) or 3 (both), 2,048 after
// boot. Call it before SecureConnect or SecureAccept: it holds for the next connection. It is false, and nothing changes, for
// another level and a size out of range: 1..8,192 by the manual (V2.1 5.3, V1.0 4.4), 2,048..8,192 in the SDK, which with
// mbedTLS has one size for both roles; SDK 2.2 raises what is below 4,096 to that (manual-profile.md #2 to #5, tls.md 5.5).
func (s *SDK) SecureSetSize(level uint8, size uint16) bool {
	return s.board.Espconn().SecureSetSize(level, size)
}
