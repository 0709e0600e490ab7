package mbedtls

import (
	"crypto"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// renegotiationSCSV is the renegotiation signal of RFC 5746, which stands among the suites.
const renegotiationSCSV boundedtls.Suite = 0x00FF

// suiteTable is in the order of preference: what the client offers and what the server walks through (tls.md 1.2).
var suiteTable = []session.Suite{
	{ID: boundedtls.DHERSAWithAES256CBCSHA256, KX: session.DHE, KeyLen: 32, MAC: crypto.SHA256, MinVersion: boundedtls.VersionTLS12},
	{ID: boundedtls.DHERSAWithAES256CBCSHA, KX: session.DHE, KeyLen: 32, MAC: crypto.SHA1, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.DHERSAWithAES128CBCSHA256, KX: session.DHE, KeyLen: 16, MAC: crypto.SHA256, MinVersion: boundedtls.VersionTLS12},
	{ID: boundedtls.DHERSAWithAES128CBCSHA, KX: session.DHE, KeyLen: 16, MAC: crypto.SHA1, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.RSAWithAES256CBCSHA256, KX: session.RSA, KeyLen: 32, MAC: crypto.SHA256, MinVersion: boundedtls.VersionTLS12},
	{ID: boundedtls.RSAWithAES256CBCSHA, KX: session.RSA, KeyLen: 32, MAC: crypto.SHA1, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.RSAWithAES128CBCSHA256, KX: session.RSA, KeyLen: 16, MAC: crypto.SHA256, MinVersion: boundedtls.VersionTLS12},
	{ID: boundedtls.RSAWithAES128CBCSHA, KX: session.RSA, KeyLen: 16, MAC: crypto.SHA1, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.RSAPSKWithAES256CBCSHA384, KX: session.RSAPSK, KeyLen: 32, MAC: crypto.SHA384, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.RSAPSKWithAES256CBCSHA, KX: session.RSAPSK, KeyLen: 32, MAC: crypto.SHA1, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.RSAPSKWithAES128CBCSHA256, KX: session.RSAPSK, KeyLen: 16, MAC: crypto.SHA256, MinVersion: boundedtls.VersionTLS10},
	{ID: boundedtls.RSAPSKWithAES128CBCSHA, KX: session.RSAPSK, KeyLen: 16, MAC: crypto.SHA1, MinVersion: boundedtls.VersionTLS10},
}

// dheSuites is how many suites with Diffie-Hellman lead the table.
const dheSuites = 4

// suites returns the suites compiled into the library, in order.
func (e Engine) suites() []session.Suite {
	if e.DHE {
		return suiteTable
	}
	return suiteTable[dheSuites:]
}

// suite returns the compiled suite with the number id, nil if there is none.
func (e Engine) suite(id boundedtls.Suite) *session.Suite { return session.Find(e.suites(), id) }
