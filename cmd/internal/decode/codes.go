package decode

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// inWords returns a cause of the catalogue whose words need no figures.
func inWords(id cause.ID) (why, remedy string) {
	t := cause.Of(trace.Event{Name: string(id)}, cause.English)
	return t.Sentence, t.Remedy
}

// single is a code that has one cause: the catalogue's words say it.
func single(code int, id boundedtls.CauseID) libCode {
	why, remedy := inWords(cause.ID(id))
	return libCode{code, why, remedy}
}

// libCode is one error code of the device's TLS library. A code that several causes share says what they have in common,
// which the catalogue, emulator/cause, does not have. The codes and alerts are those of tls.md 3.2.
type libCode struct {
	code   int // as a positive number: 0x7200
	cause  string
	remedy string
}

var libCodes = []libCode{
	{0x7200,
		"a record or handshake message is larger than the TLS buffer, or is no TLS record at all (a plain-text peer, " +
			"an unknown content type, another record version)",
		"raise espconn_secure_set_size to at least the size of the largest record (at most 8192; `emu8266 probe HOST:PORT` measures it), " +
			"shorten the server's certificate chain, and check that the port speaks TLS"},
	{0x7080, "a handshake message is split over two or more records (the device does not reassemble), or the server chose compression",
		"make the peer send each handshake message in one record: no max_fragment_length, no small record size; " +
			"no size on the device helps"},
	{0x7500, "the device's own certificate chain does not fit into the TLS buffer",
		"send fewer or smaller certificates, or raise espconn_secure_set_size"},
	{0x7900,
		"the client's first message is no ClientHello that the device can read: not TLS, larger than the buffer, or split over records",
		"check that the client speaks TLS 1.0 to 1.2; raise espconn_secure_set_size(2, ...) for hellos with many extensions"},
	single(0x7380, boundedtls.CauseNoSuite),
	single(0x6980, boundedtls.CauseUnusableSuite),
	{0x6E80, "the peer's protocol version is outside TLS 1.0 to 1.2", "enable TLS 1.2 on the peer"},
	{0x7980, "the ServerHello is malformed, or another handshake message came in its place (HelloRequest, ServerHelloDone)",
		"check that the peer is a TLS server"},
	{0x7100, "the server chose a suite that this SDK was built without", "enable AES-CBC suites with RSA key exchange on the server"},
	{0x7780, "the peer sent a fatal alert: it refuses the version, the suites, or the certificate",
		"read the peer's log. The device offers TLS 1.0 to 1.2 with RSA key exchange and AES-CBC only, and sends no server name (SNI)"},
	single(0x7880, boundedtls.CausePeerClosed),
	{0x2700,
		"the peer's certificate chain was not accepted: unknown CA, a hash older than SHA-1, " +
			"or a key too short (SDK 3.0.2 and later want 2048 bits)",
		"burn the right CA to the sector given to espconn_secure_ca_enable; names and dates are not checked"},
	single(0x7680, boundedtls.CauseNoTrustList),
	single(0x7480, boundedtls.CauseNoClientCertificate),
	{0x7A00, "the Certificate message is malformed, or another message came in its place", "check the peer"},
	{0x2180, "a certificate is not DER", "check the peer's certificate"},
	{0x3C80, "a certificate holds a key that is not RSA", "use RSA certificates on the peer, in the whole chain"},
	{0x262E, "a certificate is signed with an algorithm that the device does not know (ECDSA, EdDSA)",
		"use certificates that are signed with RSA, in the whole chain"},
	{0x2300, "a certificate is signed with RSASSA-PSS", "sign with RSA PKCS#1 v1.5"},
	{0x2562, "a certificate has a critical extension that the device does not know", "issue it without that extension, or not critical"},
	{0x2500, "a certificate has an extension twice", "issue it anew"},
	{0x2580, "a certificate's X.509 version is above 3", "issue it anew"},
	{0x2680, "a certificate names two different signature algorithms", "issue it anew"},
	{0x2880, "no heap while a certificate was parsed", "free heap, or lower espconn_secure_set_size"},
	{0x7F00, "no heap, or the device's own certificate, key or CA could not be loaded: the flash sector is erased or holds something else",
		"check that the image is burned at sector x 4096, that it holds `certificate` and `private_key`, and that enough heap is free"},
	{0x7B00, "the ServerKeyExchange is malformed or its DH group has fewer than 1024 bits",
		"use a DH group of 1024 to 2048 bits, or RSA key exchange"},
	{0x4380, "a signature of the handshake is wrong", "key and certificate of the peer do not belong together"},
	{0x4100, "a signature of the handshake does not have the form of PKCS#1", "key and certificate of the peer do not belong together"},
	single(0x7A80, boundedtls.CauseCertificateRequest),
	{0x7B80, "the ServerHelloDone is missing or garbled", "check the peer"},
	{0x7C00, "the ClientKeyExchange is malformed", "check the peer"},
	single(0x7C80, boundedtls.CauseDHPublic),
	single(0x7D00, boundedtls.CauseDHSecret),
	{0x7D80, "the CertificateVerify is malformed or uses a hash other than SHA-256", "make the client sign with SHA-256"},
	{0x7E00, "the ChangeCipherSpec is malformed", "check the peer"},
	single(0x7E80, boundedtls.CauseFinished),
	{0x7180,
		"a record's MAC or padding is wrong, application data is a little larger than the buffer, or four empty records came in a row; " +
			"on a server also a key that does not belong to its certificate, or no heap for the RSA operation with it: " +
			"the handshake goes on with wrong keys",
		"raise espconn_secure_set_size, make the peer send smaller records, check that certificate and key belong together, " +
			"and that the heap had room"},
	{0x7700,
		"a record of the wrong kind for this step (data before the handshake is over, a handshake message after it: " +
			"renegotiation is not supported)", "switch renegotiation off on the peer"},
	{0x7600, "the server chose an RSA-PSK suite; no key can be configured on the device", "disable RSA-PSK on the server"},
	{0x6D00, "the peer's key is not RSA where one is needed", "use an RSA certificate"},
	{0x6C00, "internal error", "report it"},
	single(0x6B80, boundedtls.CauseCounter),
	{0x6A00, "a message does not fit into the output buffer", "raise espconn_secure_set_size"},
	{0x4400, "the encrypted premaster does not fit into the output buffer", "raise espconn_secure_set_size"},
	{0x4290, "no heap for an RSA operation with a public key", "free heap"},
	{0x4310, "no heap for an RSA operation with the private key", "free heap, or use a shorter key"},
	{0x3290, "no heap for a DH operation", "free heap"},
	{0x3310, "no heap for the DH secret", "free heap"},
	{0x5180, "no heap for a MAC", "free heap"},
	{0x6180, "no heap for a cipher", "free heap"},
	{0x0045, "the connection was closed inside one of its own callbacks and then read",
		"call espconn_secure_disconnect from a task (system_os_post), never from an espconn callback"},
	{0x0001, "TCP refused a record, or no heap for the receive buffer", "wait for the sent callback before the next send; free heap"},
}

// apiCode is one ESPCONN_ value: a return code, or what the reconnect callback delivers for a TCP error.
type apiCode struct {
	err    espconn.Err
	name   string
	cause  string
	remedy string
}

// result is a code that has one cause: the catalogue's words say it.
func result[ID ~string](err espconn.Err, id ID) apiCode {
	why, remedy := inWords(cause.ID(id))
	return apiCode{err, err.String(), why, remedy}
}

var apiCodes = []apiCode{
	{espconn.OK, "ESPCONN_OK", "no error", ""},
	{espconn.MEM, "ESPCONN_MEM",
		"out of memory: espconn_secure_connect wants more than the buffer size + 14,336 bytes free; " +
			"manual V2.1 also means a size above 3,072 with mutual authentication",
		"free heap or lower espconn_secure_set_size"},
	result(espconn.TIMEOUT, netstack.CauseDataUnacknowledged),
	result(espconn.RTE, espconn.CauseNoAddress),
	result(espconn.INPROGRESS, espconn.CauseBusy),
	result(espconn.MAXNUM, espconn.CauseTooMuch),
	{espconn.ABRT, "ESPCONN_ABRT", "the connection was aborted here: keep-alive failed, or its address changed", "reconnect"},
	result(espconn.RST, netstack.CauseReset),
	{espconn.CLSD, "ESPCONN_CLSD", "TCP was closed", "connect again if the connection is still wanted"},
	result(espconn.CONN, netstack.CauseSYNUnanswered),
	result(espconn.ARG, espconn.CauseArgument),
	{espconn.IF, "ESPCONN_IF", "UDP could not send", "the interface refused the datagram: send less often, or wait for the sent callback"},
	result(espconn.ISCONN, espconn.CauseConnected),
	{espconn.HANDSHAKE, "ESPCONN_HANDSHAKE", "the TLS handshake failed (axTLS: SDK up to 2.1.0, libssl)",
		"see the line `Error: ` of the log"},
	{espconn.SSL_INVALID_DATA, "ESPCONN_SSL_INVALID_DATA", "invalid data on a TLS connection (axTLS)", "see the log"},
}
