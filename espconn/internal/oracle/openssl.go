package oracle

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// openSSLCiphers gives the numbers of the suites that the OpenSSL peers of group
// E were limited to, as OpenSSL 3.0 lists them.
var openSSLCiphers = map[string]uint16{
	"ADH-AES128-SHA256":              0x006c,
	"ADH-AES256-GCM-SHA384":          0x00a7,
	"ADH-AES256-SHA":                 0x003a,
	"ADH-AES256-SHA256":              0x006d,
	"ADH-CAMELLIA128-SHA":            0x0046,
	"ADH-CAMELLIA128-SHA256":         0x00bf,
	"ADH-CAMELLIA256-SHA":            0x0089,
	"ADH-CAMELLIA256-SHA256":         0x00c5,
	"AECDH-AES256-SHA":               0xc019,
	"AECDH-NULL-SHA":                 0xc015,
	"AES128-CCM":                     0xc09c,
	"AES128-CCM8":                    0xc0a0,
	"AES128-GCM-SHA256":              0x009c,
	"AES128-SHA":                     0x002f,
	"AES128-SHA256":                  0x003c,
	"AES256-CCM":                     0xc09d,
	"AES256-CCM8":                    0xc0a1,
	"AES256-GCM-SHA384":              0x009d,
	"AES256-SHA":                     0x0035,
	"AES256-SHA256":                  0x003d,
	"ARIA128-GCM-SHA256":             0xc050,
	"CAMELLIA128-SHA":                0x0041,
	"CAMELLIA128-SHA256":             0x00ba,
	"DHE-DSS-AES128-SHA":             0x0032,
	"DHE-DSS-AES128-SHA256":          0x0040,
	"DHE-DSS-AES256-GCM-SHA384":      0x00a3,
	"DHE-DSS-AES256-SHA":             0x0038,
	"DHE-DSS-AES256-SHA256":          0x006a,
	"DHE-DSS-ARIA128-GCM-SHA256":     0xc056,
	"DHE-DSS-ARIA256-GCM-SHA384":     0xc057,
	"DHE-DSS-CAMELLIA128-SHA":        0x0044,
	"DHE-DSS-CAMELLIA128-SHA256":     0x00bd,
	"DHE-DSS-CAMELLIA256-SHA":        0x0087,
	"DHE-DSS-CAMELLIA256-SHA256":     0x00c3,
	"DHE-RSA-AES128-CCM8":            0xc0a2,
	"DHE-RSA-AES128-SHA":             0x0033,
	"DHE-RSA-AES128-SHA256":          0x0067,
	"DHE-RSA-AES256-CCM8":            0xc0a3,
	"DHE-RSA-AES256-SHA":             0x0039,
	"DHE-RSA-AES256-SHA256":          0x006b,
	"DHE-RSA-ARIA128-GCM-SHA256":     0xc052,
	"DHE-RSA-CAMELLIA128-SHA":        0x0045,
	"DHE-RSA-CAMELLIA128-SHA256":     0x00be,
	"DHE-RSA-CAMELLIA256-SHA":        0x0088,
	"DHE-RSA-CAMELLIA256-SHA256":     0x00c4,
	"DHE-RSA-CHACHA20-POLY1305":      0xccaa,
	"ECDHE-ARIA128-GCM-SHA256":       0xc060,
	"ECDHE-ECDSA-AES128-CCM":         0xc0ac,
	"ECDHE-ECDSA-AES128-CCM8":        0xc0ae,
	"ECDHE-ECDSA-AES128-GCM-SHA256":  0xc02b,
	"ECDHE-ECDSA-AES128-SHA":         0xc009,
	"ECDHE-ECDSA-AES256-CCM":         0xc0ad,
	"ECDHE-ECDSA-AES256-CCM8":        0xc0af,
	"ECDHE-ECDSA-AES256-GCM-SHA384":  0xc02c,
	"ECDHE-ECDSA-ARIA128-GCM-SHA256": 0xc05c,
	"ECDHE-ECDSA-CAMELLIA128-SHA256": 0xc072,
	"ECDHE-ECDSA-CAMELLIA256-SHA384": 0xc073,
	"ECDHE-ECDSA-NULL-SHA":           0xc006,
	"ECDHE-RSA-AES128-GCM-SHA256":    0xc02f,
	"ECDHE-RSA-AES128-SHA":           0xc013,
	"ECDHE-RSA-AES256-GCM-SHA384":    0xc030,
	"ECDHE-RSA-AES256-SHA":           0xc014,
	"ECDHE-RSA-CAMELLIA128-SHA256":   0xc076,
	"ECDHE-RSA-CAMELLIA256-SHA384":   0xc077,
	"ECDHE-RSA-CHACHA20-POLY1305":    0xcca8,
	"NULL-SHA":                       0x0002,
	"NULL-SHA256":                    0x003b,
}

// openSSLAll is "ALL" as far as the device has it, in OpenSSL's order of
// preference among these.
var openSSLAll = []uint16{0x006b, 0x0067, 0x0039, 0x0033, 0x003d, 0x003c, 0x0035, 0x002f}

// openSSLSuites returns the suites of a peer: the one cipher of the option
// -cipher, or all.
func openSSLSuites(peer *Peer) ([]uint16, error) {
	if peer.OpenSSLCipher == "" {
		return openSSLAll, nil
	}
	name, _, _ := strings.Cut(peer.OpenSSLCipher, ":")
	id, ok := openSSLCiphers[name]
	if !ok {
		return nil, fmt.Errorf("OpenSSL cipher %q", name)
	}
	return []uint16{id}, nil
}

// openSSLServer plays "openssl s_server": a session id, renegotiation_info, the
// flight in one write, a suite that the client offers or alert 40. It leaves the
// connection open.
func openSSLServer(s *tlspeer.Server, peer *Peer) (err error) {
	s.Version = tlspeer.VersionTLS12
	if strings.HasPrefix(peer.OpenSSLOptions, "-tls1 ") {
		s.Version = tlspeer.VersionTLS10
	}
	s.SessionID = make([]byte, 32)
	s.DHBits = 2048 // its automatic choice for an RSA key of 2048 bits
	s.Extensions = []byte{0xff, 1, 0, 1, 0}
	s.Layout = tlspeer.Layout{Kind: tlspeer.OneWrite}
	all, err := openSSLSuites(peer)
	for _, id := range all {
		if s.Version == tlspeer.VersionTLS12 || !strings.HasSuffix(tlspeer.SuiteName(id), "SHA256") {
			s.Choose = append(s.Choose, id)
		}
	}
	return err
}

// openSSLClient plays "openssl s_client" with its input at the end: handshake,
// close_notify, FIN.
func openSSLClient(c *tlspeer.Client, peer *Peer) (err error) {
	c.HelloVersion = tlspeer.VersionTLS12
	c.Extensions = []byte{0, 13, 0, 4, 0, 2, 4, 1}
	c.Suites, err = openSSLSuites(peer)
	switch {
	case strings.HasPrefix(peer.OpenSSLOptions, "-tls1 "):
		c.HelloVersion = tlspeer.VersionTLS10
	case strings.HasPrefix(peer.OpenSSLOptions, "-tls1_3 "):
		c.Suites = []uint16{0x1302, 0x1303, 0x1301}
		c.Extensions = append(c.Extensions, 0, 43, 0, 3, 2, 3, 4) // supported_versions: 1.3 only
	}
	c.Suites = append(c.Suites, 0x00ff)
	return err
}
