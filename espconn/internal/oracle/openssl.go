package oracle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// openSSLCiphers gives the numbers of the suites that OpenSSL 3.0 has below TLS 1.3, by its names ("openssl ciphers -V
// ALL:COMPLEMENTOFALL").
var openSSLCiphers = map[string]uint16{
	"ADH-AES128-GCM-SHA256":          0x00a6,
	"ADH-AES128-SHA":                 0x0034,
	"ADH-AES128-SHA256":              0x006c,
	"ADH-AES256-GCM-SHA384":          0x00a7,
	"ADH-AES256-SHA":                 0x003a,
	"ADH-AES256-SHA256":              0x006d,
	"ADH-CAMELLIA128-SHA":            0x0046,
	"ADH-CAMELLIA128-SHA256":         0x00bf,
	"ADH-CAMELLIA256-SHA":            0x0089,
	"ADH-CAMELLIA256-SHA256":         0x00c5,
	"AECDH-AES128-SHA":               0xc018,
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
	"ARIA256-GCM-SHA384":             0xc051,
	"CAMELLIA128-SHA":                0x0041,
	"CAMELLIA128-SHA256":             0x00ba,
	"CAMELLIA256-SHA":                0x0084,
	"CAMELLIA256-SHA256":             0x00c0,
	"DHE-DSS-AES128-GCM-SHA256":      0x00a2,
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
	"DHE-PSK-AES128-CBC-SHA":         0x0090,
	"DHE-PSK-AES128-CBC-SHA256":      0x00b2,
	"DHE-PSK-AES128-CCM":             0xc0a6,
	"DHE-PSK-AES128-CCM8":            0xc0aa,
	"DHE-PSK-AES128-GCM-SHA256":      0x00aa,
	"DHE-PSK-AES256-CBC-SHA":         0x0091,
	"DHE-PSK-AES256-CBC-SHA384":      0x00b3,
	"DHE-PSK-AES256-CCM":             0xc0a7,
	"DHE-PSK-AES256-CCM8":            0xc0ab,
	"DHE-PSK-AES256-GCM-SHA384":      0x00ab,
	"DHE-PSK-ARIA128-GCM-SHA256":     0xc06c,
	"DHE-PSK-ARIA256-GCM-SHA384":     0xc06d,
	"DHE-PSK-CAMELLIA128-SHA256":     0xc096,
	"DHE-PSK-CAMELLIA256-SHA384":     0xc097,
	"DHE-PSK-CHACHA20-POLY1305":      0xccad,
	"DHE-PSK-NULL-SHA":               0x002d,
	"DHE-PSK-NULL-SHA256":            0x00b4,
	"DHE-PSK-NULL-SHA384":            0x00b5,
	"DHE-RSA-AES128-CCM":             0xc09e,
	"DHE-RSA-AES128-CCM8":            0xc0a2,
	"DHE-RSA-AES128-GCM-SHA256":      0x009e,
	"DHE-RSA-AES128-SHA":             0x0033,
	"DHE-RSA-AES128-SHA256":          0x0067,
	"DHE-RSA-AES256-CCM":             0xc09f,
	"DHE-RSA-AES256-CCM8":            0xc0a3,
	"DHE-RSA-AES256-GCM-SHA384":      0x009f,
	"DHE-RSA-AES256-SHA":             0x0039,
	"DHE-RSA-AES256-SHA256":          0x006b,
	"DHE-RSA-ARIA128-GCM-SHA256":     0xc052,
	"DHE-RSA-ARIA256-GCM-SHA384":     0xc053,
	"DHE-RSA-CAMELLIA128-SHA":        0x0045,
	"DHE-RSA-CAMELLIA128-SHA256":     0x00be,
	"DHE-RSA-CAMELLIA256-SHA":        0x0088,
	"DHE-RSA-CAMELLIA256-SHA256":     0x00c4,
	"DHE-RSA-CHACHA20-POLY1305":      0xccaa,
	"ECDHE-ARIA128-GCM-SHA256":       0xc060,
	"ECDHE-ARIA256-GCM-SHA384":       0xc061,
	"ECDHE-ECDSA-AES128-CCM":         0xc0ac,
	"ECDHE-ECDSA-AES128-CCM8":        0xc0ae,
	"ECDHE-ECDSA-AES128-GCM-SHA256":  0xc02b,
	"ECDHE-ECDSA-AES128-SHA":         0xc009,
	"ECDHE-ECDSA-AES128-SHA256":      0xc023,
	"ECDHE-ECDSA-AES256-CCM":         0xc0ad,
	"ECDHE-ECDSA-AES256-CCM8":        0xc0af,
	"ECDHE-ECDSA-AES256-GCM-SHA384":  0xc02c,
	"ECDHE-ECDSA-AES256-SHA":         0xc00a,
	"ECDHE-ECDSA-AES256-SHA384":      0xc024,
	"ECDHE-ECDSA-ARIA128-GCM-SHA256": 0xc05c,
	"ECDHE-ECDSA-ARIA256-GCM-SHA384": 0xc05d,
	"ECDHE-ECDSA-CAMELLIA128-SHA256": 0xc072,
	"ECDHE-ECDSA-CAMELLIA256-SHA384": 0xc073,
	"ECDHE-ECDSA-CHACHA20-POLY1305":  0xcca9,
	"ECDHE-ECDSA-NULL-SHA":           0xc006,
	"ECDHE-PSK-AES128-CBC-SHA":       0xc035,
	"ECDHE-PSK-AES128-CBC-SHA256":    0xc037,
	"ECDHE-PSK-AES256-CBC-SHA":       0xc036,
	"ECDHE-PSK-AES256-CBC-SHA384":    0xc038,
	"ECDHE-PSK-CAMELLIA128-SHA256":   0xc09a,
	"ECDHE-PSK-CAMELLIA256-SHA384":   0xc09b,
	"ECDHE-PSK-CHACHA20-POLY1305":    0xccac,
	"ECDHE-PSK-NULL-SHA":             0xc039,
	"ECDHE-PSK-NULL-SHA256":          0xc03a,
	"ECDHE-PSK-NULL-SHA384":          0xc03b,
	"ECDHE-RSA-AES128-GCM-SHA256":    0xc02f,
	"ECDHE-RSA-AES128-SHA":           0xc013,
	"ECDHE-RSA-AES128-SHA256":        0xc027,
	"ECDHE-RSA-AES256-GCM-SHA384":    0xc030,
	"ECDHE-RSA-AES256-SHA":           0xc014,
	"ECDHE-RSA-AES256-SHA384":        0xc028,
	"ECDHE-RSA-CAMELLIA128-SHA256":   0xc076,
	"ECDHE-RSA-CAMELLIA256-SHA384":   0xc077,
	"ECDHE-RSA-CHACHA20-POLY1305":    0xcca8,
	"ECDHE-RSA-NULL-SHA":             0xc010,
	"NULL-MD5":                       0x0001,
	"NULL-SHA":                       0x0002,
	"NULL-SHA256":                    0x003b,
	"PSK-AES128-CBC-SHA":             0x008c,
	"PSK-AES128-CBC-SHA256":          0x00ae,
	"PSK-AES128-CCM":                 0xc0a4,
	"PSK-AES128-CCM8":                0xc0a8,
	"PSK-AES128-GCM-SHA256":          0x00a8,
	"PSK-AES256-CBC-SHA":             0x008d,
	"PSK-AES256-CBC-SHA384":          0x00af,
	"PSK-AES256-CCM":                 0xc0a5,
	"PSK-AES256-CCM8":                0xc0a9,
	"PSK-AES256-GCM-SHA384":          0x00a9,
	"PSK-ARIA128-GCM-SHA256":         0xc06a,
	"PSK-ARIA256-GCM-SHA384":         0xc06b,
	"PSK-CAMELLIA128-SHA256":         0xc094,
	"PSK-CAMELLIA256-SHA384":         0xc095,
	"PSK-CHACHA20-POLY1305":          0xccab,
	"PSK-NULL-SHA":                   0x002c,
	"PSK-NULL-SHA256":                0x00b0,
	"PSK-NULL-SHA384":                0x00b1,
	"RSA-PSK-AES128-CBC-SHA":         0x0094,
	"RSA-PSK-AES128-CBC-SHA256":      0x00b6,
	"RSA-PSK-AES128-GCM-SHA256":      0x00ac,
	"RSA-PSK-AES256-CBC-SHA":         0x0095,
	"RSA-PSK-AES256-CBC-SHA384":      0x00b7,
	"RSA-PSK-AES256-GCM-SHA384":      0x00ad,
	"RSA-PSK-ARIA128-GCM-SHA256":     0xc06e,
	"RSA-PSK-ARIA256-GCM-SHA384":     0xc06f,
	"RSA-PSK-CAMELLIA128-SHA256":     0xc098,
	"RSA-PSK-CAMELLIA256-SHA384":     0xc099,
	"RSA-PSK-CHACHA20-POLY1305":      0xccae,
	"RSA-PSK-NULL-SHA":               0x002e,
	"RSA-PSK-NULL-SHA256":            0x00b8,
	"RSA-PSK-NULL-SHA384":            0x00b9,
	"SRP-AES-128-CBC-SHA":            0xc01d,
	"SRP-AES-256-CBC-SHA":            0xc020,
	"SRP-DSS-AES-128-CBC-SHA":        0xc01f,
	"SRP-DSS-AES-256-CBC-SHA":        0xc022,
	"SRP-RSA-AES-128-CBC-SHA":        0xc01e,
	"SRP-RSA-AES-256-CBC-SHA":        0xc021,
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

// OpenSSLSaw is what an OpenSSL program's output says of a handshake.
type OpenSSLSaw struct {
	Cipher   uint16 // negotiated; 0: none
	NoShared bool   // a server found no common suite
	Refused  bool   // the device sent handshake_failure
}

// openSSLSaw takes the same from what the peer of a replay saw.
func openSSLSaw(p *tlspeer.Report) *OpenSSLSaw {
	saw := &OpenSSLSaw{NoShared: strings.Contains(p.Err, "no shared cipher"),
		Refused: slices.ContainsFunc(p.Alerts, func(a tlspeer.Alert) bool { return a.Level == 2 && a.Description == 40 })}
	if p.Done {
		saw.Cipher = p.Suite
	}
	return saw
}

// openSSLWords are the parts of an output. What a part says of the end of the connection, of the protocol's name and of the
// version that was offered is compared elsewhere.
var openSSLWords = regexp.MustCompile(`^(?:error:[0-9A-F]+:SSL routines:\w+:(unexpected eof while reading|no shared cipher|` +
	`sslv3 alert handshake failure)|New, .*, Cipher is (\S+)|CIPHER is (\S+)|Protocol  : TLSv1(?:\.\d)?)$`)

// readOpenSSL reads an output.
func readOpenSSL(output string) (saw OpenSSLSaw, err error) {
	for part := range strings.SplitSeq(output, "; ") {
		m := openSSLWords.FindStringSubmatch(part)
		if m == nil {
			return saw, fmt.Errorf("peer_output %q", part)
		}
		switch m[1] {
		case "no shared cipher":
			saw.NoShared = true
		case "sslv3 alert handshake failure":
			saw.Refused = true
		}
		if name := m[2] + m[3]; name != "" && name != "(NONE)" {
			id, ok := openSSLCiphers[name]
			if !ok {
				return saw, fmt.Errorf("OpenSSL cipher %q", name)
			}
			saw.Cipher = id
		}
	}
	return saw, nil
}
