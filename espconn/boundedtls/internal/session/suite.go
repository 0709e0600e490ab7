package session

import (
	"crypto"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/handshake"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
)

// KeyExchange is how the premaster secret comes about.
type KeyExchange uint8

// The key exchanges.
const (
	RSA KeyExchange = iota
	DHE
	RSAPSK
)

// Suite is a cipher suite that a library has.
type Suite struct {
	ID         boundedtls.Suite
	KX         KeyExchange
	KeyLen     int // bytes
	MAC        crypto.Hash
	MinVersion uint16 // binds the server role only
	Stream     bool   // RC4; false: AES-CBC
}

// Find returns the suite with the number id, nil if it is not in the list.
func Find(list []Suite, id boundedtls.Suite) *Suite {
	for i := range list {
		if list[i].ID == id {
			return &list[i]
		}
	}
	return nil
}

// IDs returns the numbers of a list of suites.
func IDs(list []Suite) []boundedtls.Suite {
	ids := make([]boundedtls.Suite, len(list))
	for i := range list {
		ids[i] = list[i].ID
	}
	return ids
}

// NewCipher makes one direction's cipher from one side's keys.
func NewCipher(s *Suite, version uint16, k handshake.Keys, encrypt bool) *record.Cipher {
	return record.NewCipher(record.Protection{Key: k.Key, MACKey: k.MAC, Vector: k.Vector, MAC: s.MAC, Stream: s.Stream,
		Explicit: !s.Stream && version >= boundedtls.VersionTLS11, Encrypt: encrypt})
}
