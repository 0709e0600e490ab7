package axtls

import (
	"crypto"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// suites are the library's, in the order that its client offers (axtls.md 1.1).
var suites = []session.Suite{
	{ID: boundedtls.RSAWithAES128CBCSHA, KeyLen: 16, MAC: crypto.SHA1},
	{ID: boundedtls.RSAWithAES256CBCSHA, KeyLen: 32, MAC: crypto.SHA1},
	{ID: boundedtls.RSAWithRC4128SHA, KeyLen: 16, MAC: crypto.SHA1, Stream: true},
	{ID: boundedtls.RSAWithRC4128MD5, KeyLen: 16, MAC: crypto.MD5, Stream: true},
}

func suite(id boundedtls.Suite) *session.Suite { return session.Find(suites, id) }
