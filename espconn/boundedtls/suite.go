package boundedtls

// Protocol versions as they stand on the wire (tls.md 1.1).
const (
	VersionTLS10 uint16 = 0x0301
	VersionTLS11 uint16 = 0x0302
	VersionTLS12 uint16 = 0x0303
)

// VersionName returns "TLSv1.0", "TLSv1.1" or "TLSv1.2", "" for anything else.
func VersionName(v uint16) string {
	switch v {
	case VersionTLS10:
		return "TLSv1.0"
	case VersionTLS11:
		return "TLSv1.1"
	case VersionTLS12:
		return "TLSv1.2"
	}
	return ""
}

// Suite is a cipher suite number.
type Suite uint16

// The suites that the device knows (tls.md 1.2, axtls.md 1.1).
const (
	DHERSAWithAES256CBCSHA256 Suite = 0x006B
	DHERSAWithAES256CBCSHA    Suite = 0x0039
	DHERSAWithAES128CBCSHA256 Suite = 0x0067
	DHERSAWithAES128CBCSHA    Suite = 0x0033
	RSAWithAES256CBCSHA256    Suite = 0x003D
	RSAWithAES256CBCSHA       Suite = 0x0035
	RSAWithAES128CBCSHA256    Suite = 0x003C
	RSAWithAES128CBCSHA       Suite = 0x002F
	RSAPSKWithAES256CBCSHA384 Suite = 0x00B7
	RSAPSKWithAES256CBCSHA    Suite = 0x0095
	RSAPSKWithAES128CBCSHA256 Suite = 0x00B6
	RSAPSKWithAES128CBCSHA    Suite = 0x0094

	// The suites that only axTLS has (axtls.md 1.1).
	RSAWithRC4128SHA Suite = 0x0005
	RSAWithRC4128MD5 Suite = 0x0004
)

// suiteNames are the libraries' names.
var suiteNames = map[Suite]string{
	DHERSAWithAES256CBCSHA256: "TLS-DHE-RSA-WITH-AES-256-CBC-SHA256",
	DHERSAWithAES256CBCSHA:    "TLS-DHE-RSA-WITH-AES-256-CBC-SHA",
	DHERSAWithAES128CBCSHA256: "TLS-DHE-RSA-WITH-AES-128-CBC-SHA256",
	DHERSAWithAES128CBCSHA:    "TLS-DHE-RSA-WITH-AES-128-CBC-SHA",
	RSAWithAES256CBCSHA256:    "TLS-RSA-WITH-AES-256-CBC-SHA256",
	RSAWithAES256CBCSHA:       "TLS-RSA-WITH-AES-256-CBC-SHA",
	RSAWithAES128CBCSHA256:    "TLS-RSA-WITH-AES-128-CBC-SHA256",
	RSAWithAES128CBCSHA:       "TLS-RSA-WITH-AES-128-CBC-SHA",
	RSAPSKWithAES256CBCSHA384: "TLS-RSA-PSK-WITH-AES-256-CBC-SHA384",
	RSAPSKWithAES256CBCSHA:    "TLS-RSA-PSK-WITH-AES-256-CBC-SHA",
	RSAPSKWithAES128CBCSHA256: "TLS-RSA-PSK-WITH-AES-128-CBC-SHA256",
	RSAPSKWithAES128CBCSHA:    "TLS-RSA-PSK-WITH-AES-128-CBC-SHA",
	RSAWithRC4128SHA:          "TLS-RSA-WITH-RC4-128-SHA",
	RSAWithRC4128MD5:          "TLS-RSA-WITH-RC4-128-MD5",
}

// String returns the library's name, for example "TLS-RSA-WITH-AES-128-CBC-SHA256", "" for an unknown suite.
func (s Suite) String() string { return suiteNames[s] }
