package decode

// axReason is one text that axTLS prints behind "Error: ", with the code that its library uses inside (tls.md 4.6,
// axtls.md 1.4, 3).
type axReason struct {
	text   string
	code   int // internal: it reaches neither the log nor the application
	cause  string
	remedy string
}

var axReasons = []axReason{
	{"connection lost", -256, "the peer closed, or TCP failed", "read the peer's log"},
	{"invalid handshake", -260, "a handshake message that is not expected here, or that the library does not know",
		"use plain TLS 1.0 or 1.1 on the peer, without tickets, stapling or renegotiation"},
	{"invalid protocol message", -261, "a record or message longer than the buffer, or broken",
		"raise espconn_secure_set_size (2,048 to 8,192), or send shorter records and chains"},
	{"invalid mac", -262,
		"a record's MAC is wrong; also a key that does not belong to the certificate, or one whose first prime is the smaller one",
		"check certificate and key; write the key with OpenSSL, which puts the larger prime first"},
	{"invalid version", -263, "the peer's version is not TLS 1.0 or 1.1", "enable TLS 1.1 on the peer"},
	{"invalid session", -265, "the session that the peer wants to resume is unknown", "switch session resumption off"},
	{"no cipher", -266, "no cipher suite in common", "enable RSA key exchange with AES-CBC (or RC4) and SHA-1 on the peer"},
	{"bad certificate", -268, "a certificate that cannot be read: an EC key, an ECDSA or RSA-PSS signature, broken DER",
		"use RSA certificates signed with RSA PKCS#1 v1.5"},
	{"invalid key", -269, "a private key that cannot be read", "use an RSA key in PKCS#1 DER"},
	{"finished invalid", -271, "the Finished does not match", "look for something between the two that changes the handshake"},
	{"no certificate defined", -272, "the server has no certificate", "call espconn_secure_set_default_certificate and _private_key"},
	{"client renegotiation not supported", -273, "the client wants to renegotiate", "switch it off on the client"},
	{"Option not supported", -274, "something that the library was built without", ""},
	{"X509 not ok", -513, "the chain check failed", "burn the right CA"},
	{"No trusted cert is available", -514, "no CA in the sector signed the peer's chain",
		"burn the CA that signed it, and let the peer send the leaf first"},
	{"Bad signature", -515, "a signature in the chain is wrong, or of a kind that is not known (SHA-224)", "sign with SHA-256"},
	{"Cert is not yet valid", -516, "a certificate's first day lies ahead of the device's clock",
		"set the clock (SNTP) before the connection"},
	{"Cert has expired", -517, "a certificate has expired, or ends after 19 January 2038",
		"renew it, with an end before 2038; check the clock"},
	{"Cert is self-signed", -518, "the peer's certificate is self-signed and not in the sector", "burn it, or use a CA"},
	{"Chain is invalid (check order of certs)", -519, "the certificates do not follow one another",
		"let the peer send the leaf first, then each issuer"},
	{"Unsupported digest", -520, "a certificate's hash is not known", "sign with SHA-256"},
	{"Invalid private key", -521, "the private key does not work", "use an RSA key in PKCS#1 DER"},
}

// axCodes are the values that the application sees from axTLS beside those of TCP (axtls.md 1.4, 5).
var axCodes = []struct {
	value         int
	name          string
	cause, remedy string
}{
	{-16, "ESPCONN_TIME", "espconn_secure_connect before the clock was set: the library checks dates",
		"set the time by SNTP before connect"},
	{-28, "ESPCONN_HANDSHAKE", "the device gave up the handshake; the log's line `Error: ` says why", "decode that line"},
	{-29, "ESPCONN_RESP_TIMEOUT", "a client's handshake took longer than 60 s", "read the peer's log"},
	{-61, "ESPCONN_SSL_INVALID_DATA", "the device refused data after the handshake; the log's line `Error: ` says why", "decode that line"},
}

const axProfiles = "ManualV10, SDK306SSL (axTLS: SDK up to 2.1.0, later libssl)"

// lwipCodes are lwIP 1.4's err_t, which TCP errors carry into the reconnect callback unchanged.
var lwipCodes = map[int]string{
	-1: "ERR_MEM", -2: "ERR_BUF", -3: "ERR_TIMEOUT", -4: "ERR_RTE", -5: "ERR_INPROGRESS", -6: "ERR_VAL", -7: "ERR_WOULDBLOCK",
	-8: "ERR_ABRT", -9: "ERR_RST", -10: "ERR_CLSD", -11: "ERR_CONN", -12: "ERR_ARG", -13: "ERR_USE", -14: "ERR_IF", -15: "ERR_ISCONN",
}

// lwipOnly explains the codes that espconn has no name for.
var lwipOnly = map[int]string{
	-2: "a buffer could not be made", -6: "an illegal value", -13: "the address or port is in use",
}

// Composite codes of the parsers: a base and the detail of its ASN.1 (tls.md 3.2).
var asn1Bases = map[int]string{
	0x2180: "a certificate's outer form", 0x2200: "a certificate's version", 0x2280: "a certificate's serial number",
	0x2300: "a certificate's signature algorithm",
	0x2380: "a certificate's name", 0x2400: "a certificate's date", 0x2480: "a certificate's signature",
	0x2500: "a certificate's extensions",
	0x3A80: "a key's algorithm", 0x3B00: "a public key", 0x3C00: "an encrypted key", 0x3C80: "a key of an unknown kind",
	0x3D00: "a key's form",
}

var asn1Details = map[int]string{
	0x60: "the data end too early", 0x62: "an unexpected tag", 0x64: "a bad length", 0x66: "a length that does not match",
	0x68: "bad data", 0x6A: "no memory",
}

// composite explains a base plus detail, false for another code.
func composite(code int) (libCode, bool) {
	for detail, why := range asn1Details {
		if what, ok := asn1Bases[code-detail]; ok {
			return libCode{code, what + " cannot be read: " + why, "check the file with openssl x509 -text, and that it is RSA"}, true
		}
	}
	return libCode{}, false
}

// lateOnly are the codes that only SDK 3.0.2 to 3.0.6 can give: those of DHE.
var lateOnly = map[int]bool{0x7B00: true, 0x7C80: true, 0x7D00: true, 0x3290: true, 0x3310: true}
