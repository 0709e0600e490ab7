package tlspeer

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"hash"
	"strconv"
	"strings"
)

// Protocol versions as they stand in records and hellos.
const (
	VersionTLS10 uint16 = 0x0301
	VersionTLS11 uint16 = 0x0302
	VersionTLS12 uint16 = 0x0303
)

// suite describes how a cipher suite protects records and agrees on keys.
type suite struct {
	id     uint16
	name   string
	dhe    bool             // ephemeral DH signed with RSA; otherwise RSA key transport
	keyLen int              // AES key length in bytes
	macNew func() hash.Hash // nil: a suite that can be named, not used
	macLen int
	stream bool // RC4 in place of AES-CBC
}

// rc4Suites are those of the device's older TLS library (axtls.md 1.1). SuiteName and ParseSuite do not know them.
var rc4Suites = []suite{
	{0x0005, "TLS-RSA-WITH-RC4-128-SHA", false, 16, sha1.New, 20, true},
	{0x0004, "TLS-RSA-WITH-RC4-128-MD5", false, 16, md5.New, 16, true},
}

// keySuiteByID is suiteByID with the RC4 suites.
func keySuiteByID(id uint16) suite {
	for _, s := range rc4Suites {
		if s.id == id {
			return s
		}
	}
	return suiteByID(id)
}

// suites holds every suite that the peer can complete a handshake with (the
// device's list without RSA-PSK, tls.md 1.2), then those it can only name.
var suites = []suite{
	{0x006b, "TLS-DHE-RSA-WITH-AES-256-CBC-SHA256", true, 32, sha256.New, 32, false},
	{0x0039, "TLS-DHE-RSA-WITH-AES-256-CBC-SHA", true, 32, sha1.New, 20, false},
	{0x0067, "TLS-DHE-RSA-WITH-AES-128-CBC-SHA256", true, 16, sha256.New, 32, false},
	{0x0033, "TLS-DHE-RSA-WITH-AES-128-CBC-SHA", true, 16, sha1.New, 20, false},
	{0x003d, "TLS-RSA-WITH-AES-256-CBC-SHA256", false, 32, sha256.New, 32, false},
	{0x0035, "TLS-RSA-WITH-AES-256-CBC-SHA", false, 32, sha1.New, 20, false},
	{0x003c, "TLS-RSA-WITH-AES-128-CBC-SHA256", false, 16, sha256.New, 32, false},
	{0x002f, "TLS-RSA-WITH-AES-128-CBC-SHA", false, 16, sha1.New, 20, false},
	{0x0016, "TLS-DHE-RSA-WITH-3DES-EDE-CBC-SHA", true, 0, nil, 0, false},
}

func suiteByID(id uint16) suite {
	for _, s := range suites {
		if s.id == id {
			return s
		}
	}
	return suite{id: id, name: fmt.Sprintf("0x%04x", id)}
}

// SuiteName returns the name of a suite in the notation of the oracle data
// ("TLS-RSA-WITH-AES-128-CBC-SHA"), or its number ("0x0005") when the peer does
// not implement it.
func SuiteName(id uint16) string {
	if s := suiteByID(id); s.macNew != nil {
		return s.name
	}
	return fmt.Sprintf("0x%04x", id)
}

// ParseSuite is the inverse of SuiteName and accepts both notations for every
// suite. Unknown names give an error.
func ParseSuite(name string) (uint16, error) {
	for _, s := range suites {
		if s.name == name {
			return s.id, nil
		}
	}
	if hex, ok := strings.CutPrefix(name, "0x"); ok {
		id, err := strconv.ParseUint(hex, 16, 16)
		if err == nil {
			return uint16(id), nil
		}
	}
	return 0, fmt.Errorf("tlspeer: suite %q is not known", name)
}

// HashByName returns the TLS 1.2 number of a signature hash: "MD5" 1, "SHA-1" 2,
// "SHA-224" 3, "SHA-256" 4, "SHA-384" 5, "SHA-512" 6 (RFC 5246 7.4.1.4.1); 0 for
// any other name.
func HashByName(name string) byte {
	for i, n := range []string{"MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512"} {
		if n == name {
			return byte(i + 1)
		}
	}
	return 0
}

// md5sha1 is the transcript hash of TLS 1.0 and 1.1: MD5 followed by SHA-1.
type md5sha1 struct{ a, b hash.Hash }

func newMD5SHA1() hash.Hash { return md5sha1{md5.New(), sha1.New()} }

func (h md5sha1) Write(p []byte) (int, error) { h.a.Write(p); return h.b.Write(p) }
func (h md5sha1) Sum(b []byte) []byte         { return h.b.Sum(h.a.Sum(b)) }
func (h md5sha1) Reset()                      { h.a.Reset(); h.b.Reset() }
func (h md5sha1) Size() int                   { return h.a.Size() + h.b.Size() }
func (h md5sha1) BlockSize() int              { return h.a.BlockSize() }
