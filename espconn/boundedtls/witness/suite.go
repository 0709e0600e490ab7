package witness

import (
	"crypto"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
)

// suiteOf reads off a suite's name how records are protected with it; nil for one that neither library has, or that ends before records
// are protected.
func suiteOf(id boundedtls.Suite) *session.Suite {
	name := id.String()
	if name == "" || strings.Contains(name, "PSK") {
		return nil
	}
	s := &session.Suite{ID: id, KeyLen: 16, MAC: crypto.SHA1, Stream: strings.Contains(name, "RC4")}
	if strings.Contains(name, "AES-256") {
		s.KeyLen = 32
	}
	switch {
	case strings.HasSuffix(name, "SHA256"):
		s.MAC = crypto.SHA256
	case strings.HasSuffix(name, "MD5"):
		s.MAC = crypto.MD5
	}
	return s
}
