package boundedtls

import "crypto"

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

// The suites that the device knows (tls.md 1.2), and the renegotiation signal.
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

	renegotiationSCSV Suite = 0x00FF
)

// String returns the library's name, for example
// "TLS-RSA-WITH-AES-128-CBC-SHA256", "" for an unknown suite.
func (s Suite) String() string {
	if d := suiteByID(s); d != nil {
		return d.name
	}
	if d := axSuite(s); d != nil {
		return d.name
	}
	return ""
}

type keyExchange uint8

const (
	kxRSA keyExchange = iota
	kxDHE
	kxRSAPSK
)

// suiteDef is one line of the table in tls.md 1.2.
type suiteDef struct {
	id         Suite
	name       string
	kx         keyExchange
	keyLen     int
	mac        crypto.Hash
	minVersion uint16 // binds the server role only
}

// suiteTable is in the order of preference: what the client offers and what
// the server walks through (tls.md 1.2).
var suiteTable = [...]suiteDef{
	{DHERSAWithAES256CBCSHA256, "TLS-DHE-RSA-WITH-AES-256-CBC-SHA256", kxDHE, 32, crypto.SHA256, VersionTLS12},
	{DHERSAWithAES256CBCSHA, "TLS-DHE-RSA-WITH-AES-256-CBC-SHA", kxDHE, 32, crypto.SHA1, VersionTLS10},
	{DHERSAWithAES128CBCSHA256, "TLS-DHE-RSA-WITH-AES-128-CBC-SHA256", kxDHE, 16, crypto.SHA256, VersionTLS12},
	{DHERSAWithAES128CBCSHA, "TLS-DHE-RSA-WITH-AES-128-CBC-SHA", kxDHE, 16, crypto.SHA1, VersionTLS10},
	{RSAWithAES256CBCSHA256, "TLS-RSA-WITH-AES-256-CBC-SHA256", kxRSA, 32, crypto.SHA256, VersionTLS12},
	{RSAWithAES256CBCSHA, "TLS-RSA-WITH-AES-256-CBC-SHA", kxRSA, 32, crypto.SHA1, VersionTLS10},
	{RSAWithAES128CBCSHA256, "TLS-RSA-WITH-AES-128-CBC-SHA256", kxRSA, 16, crypto.SHA256, VersionTLS12},
	{RSAWithAES128CBCSHA, "TLS-RSA-WITH-AES-128-CBC-SHA", kxRSA, 16, crypto.SHA1, VersionTLS10},
	{RSAPSKWithAES256CBCSHA384, "TLS-RSA-PSK-WITH-AES-256-CBC-SHA384", kxRSAPSK, 32, crypto.SHA384, VersionTLS10},
	{RSAPSKWithAES256CBCSHA, "TLS-RSA-PSK-WITH-AES-256-CBC-SHA", kxRSAPSK, 32, crypto.SHA1, VersionTLS10},
	{RSAPSKWithAES128CBCSHA256, "TLS-RSA-PSK-WITH-AES-128-CBC-SHA256", kxRSAPSK, 16, crypto.SHA256, VersionTLS10},
	{RSAPSKWithAES128CBCSHA, "TLS-RSA-PSK-WITH-AES-128-CBC-SHA", kxRSAPSK, 16, crypto.SHA1, VersionTLS10},
}

func suiteByID(id Suite) *suiteDef {
	for i := range suiteTable {
		if suiteTable[i].id == id {
			return &suiteTable[i]
		}
	}
	return nil
}

// suites returns the suites compiled into the engine, in order.
func (e *Engine) suites() []suiteDef {
	if e.DHE {
		return suiteTable[:]
	}
	return suiteTable[4:]
}

// suite returns the compiled suite with the number id, nil if there is none.
func (e *Engine) suite(id Suite) *suiteDef {
	d := suiteByID(id)
	if d != nil && d.kx == kxDHE && !e.DHE {
		return nil
	}
	return d
}
