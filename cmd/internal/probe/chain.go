package probe

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// Certificate is one of the server's. The names of its JSON fields are stable.
type Certificate struct {
	Bytes     int    `json:"bytes"`     // in DER
	Subject   string `json:"subject"`   // as RFC 2253 writes it; "" for one that cannot be read
	Issuer    string `json:"issuer"`    // likewise
	Key       string `json:"key"`       // "RSA 2048", "ECDSA P-256", "Ed25519", or the key's algorithm
	Signature string `json:"signature"` // "SHA256-RSA"
	NotAfter  string `json:"not_after"` // its last day, "2027-05-01"
}

// Numbers of TLS that a look at the certificates needs (RFC 5246 6.2.1, 7.4).
const (
	recordHeader      = 5
	recordMax         = 1<<14 + 2048
	recordHandshake   = 22
	messageHeader     = 4
	certificateHeader = messageHeader + 3 // and the length of the list
	certificateEntry  = 3                 // the length before each certificate
	messageHello      = 1
	messageCert       = 11
	certificatesMax   = 1 << 20 // Choice: many times what a server sends
)

// lookTimeout bounds a look at the server's certificates.
const lookTimeout = 5 * time.Second

// certificateMessage is the length of the Certificate message with these certificates, in bytes.
func certificateMessage(chain [][]byte) int {
	n := certificateHeader
	for _, c := range chain {
		n += certificateEntry + len(c)
	}
	return n
}

// look asks the server for its certificates: first with a hello that offers what the device offers; then, because a server without
// a suite for the device has some all the same, with one that offers what TLS 1.2 has for other keys, and at last as a client of TLS 1.3.
// The first two go no further than the certificates. nil: none shows any.
func (p *Probe) look(ctx context.Context) [][]byte {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	host := p.Network.Host("look", netip.Addr{})
	defer host.Close()
	for _, ask := range []func(context.Context, net.Conn) ([][]byte, error){deviceHello.ask, widerHello.ask, askAsModern} {
		c, err := host.DialContext(ctx, "tcp", p.Server.String())
		if err != nil {
			return nil
		}
		_ = c.SetDeadline(time.Now().Add(lookTimeout / 3))
		chain, err := ask(ctx, c)
		_ = c.Close()
		if err == nil && len(chain) > 0 {
			return chain
		}
	}
	return nil
}

// hello is a ClientHello of TLS 1.2.
type hello struct {
	suites     []uint16
	algorithms []uint16 // signatures that the client takes
	groups     []uint16 // elliptic curves; nil: the extension is left out
}

var (
	deviceHello = hello{ // tls.md 1.1
		suites:     []uint16{0x006b, 0x0039, 0x0067, 0x0033, 0x003d, 0x0035, 0x003c, 0x002f, renegotiationInfo},
		algorithms: []uint16{0x0601, 0x0501, 0x0401, 0x0301, 0x0201}, // RSA with each hash
	}
	widerHello = hello{
		suites: []uint16{0xc02c, 0xc02b, 0xc030, 0xc02f, 0xc00a, 0xc009, 0xc014, 0xc013, 0xcca9, 0xcca8, 0x009f, 0x009e, 0x009d, 0x009c,
			renegotiationInfo}, // ECDHE, DHE and RSA with AES and ChaCha20
		algorithms: []uint16{0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
			0x0203, 0x0201}, // ECDSA, Ed25519, RSA-PSS with either kind of key, RSA
		groups: []uint16{0x001d, 0x0017, 0x0018, 0x0019}, // X25519, P-256, P-384, P-521
	}
)

// renegotiationInfo stands among the suites for an extension (RFC 5746 3.3).
const renegotiationInfo = 0x00ff

// message returns the ClientHello in a record.
func (h hello) message() []byte {
	list := func(b []byte, values []uint16) []byte {
		b = binary.BigEndian.AppendUint16(b, uint16(2*len(values)))
		for _, v := range values {
			b = binary.BigEndian.AppendUint16(b, v)
		}
		return b
	}
	extension := func(b []byte, kind uint16, values []uint16) []byte {
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(2+2*len(values)))
		return list(b, values)
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	body := append([]byte{3, 3}, random...)
	body = append(body, 0) // no session
	body = list(body, h.suites)
	body = append(body, 1, 0) // no compression
	extensions := extension(nil, 13, h.algorithms)
	if h.groups != nil {
		extensions = extension(extensions, 10, h.groups)
		extensions = append(extensions, 0, 11, 0, 2, 1, 0) // points as they are
	}
	body = binary.BigEndian.AppendUint16(body, uint16(len(extensions)))
	body = append(body, extensions...)
	record := []byte{recordHandshake, 3, 1}
	record = binary.BigEndian.AppendUint16(record, uint16(messageHeader+len(body)))
	record = append(record, messageHello, 0, byte(len(body)>>8), byte(len(body)))
	return append(record, body...)
}

// ask sends the hello and reads up to the Certificate message.
func (h hello) ask(_ context.Context, c net.Conn) ([][]byte, error) {
	if _, err := c.Write(h.message()); err != nil {
		return nil, err
	}
	var stream []byte
	for len(stream) < certificatesMax {
		header := make([]byte, recordHeader)
		if _, err := io.ReadFull(c, header); err != nil {
			return nil, err
		}
		n := int(binary.BigEndian.Uint16(header[3:]))
		if header[0] != recordHandshake || n > recordMax {
			return nil, errors.New("probe: no handshake")
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(c, body); err != nil {
			return nil, err
		}
		stream = append(stream, body...)
		for len(stream) >= messageHeader {
			n := messageHeader + (int(stream[1])<<16 | int(stream[2])<<8 | int(stream[3]))
			if n > len(stream) {
				break
			}
			if stream[0] == messageCert {
				return certificates(stream[messageHeader:n])
			}
			stream = stream[n:]
		}
	}
	return nil, errors.New("probe: no certificates")
}

// certificates reads the body of a Certificate message (RFC 5246 7.4.2).
func certificates(body []byte) ([][]byte, error) {
	var chain [][]byte
	if len(body) < 3 {
		return nil, errors.New("probe: a Certificate message that is cut")
	}
	for rest := body[3:]; len(rest) > 0; {
		if len(rest) < certificateEntry {
			return nil, errors.New("probe: a certificate that is cut")
		}
		n := int(rest[0])<<16 | int(rest[1])<<8 | int(rest[2])
		if rest = rest[certificateEntry:]; n > len(rest) {
			return nil, errors.New("probe: a certificate that is cut")
		}
		chain = append(chain, bytes.Clone(rest[:n]))
		rest = rest[n:]
	}
	return chain, nil
}

// askAsModern begins a handshake with all that Go knows. The certificates are looked at, not verified.
func askAsModern(ctx context.Context, c net.Conn) (chain [][]byte, err error) {
	config := &tls.Config{
		InsecureSkipVerify: true, MinVersion: tls.VersionTLS10,
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			for _, r := range raw {
				chain = append(chain, bytes.Clone(r))
			}
			return nil
		},
	}
	err = tls.Client(c, config).HandshakeContext(ctx)
	if len(chain) > 0 { // a server that wants a certificate ends the handshake later
		err = nil
	}
	return chain, err
}

// describe tells what is in certificates.
func describe(chain [][]byte) []Certificate {
	out := make([]Certificate, len(chain))
	for i, der := range chain {
		out[i] = Certificate{Bytes: len(der)}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			continue
		}
		out[i] = Certificate{Bytes: len(der), Subject: c.Subject.String(), Issuer: c.Issuer.String(), Key: keyName(c),
			Signature: c.SignatureAlgorithm.String(), NotAfter: c.NotAfter.Format(time.DateOnly)}
	}
	return out
}

// rsaPSS is the start of what follows the algorithm's name in the key of a certificate for PSS signatures only (RFC 4055 1.2).
var rsaPSS = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a}

func keyName(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	if bytes.Contains(c.RawSubjectPublicKeyInfo[:min(32, len(c.RawSubjectPublicKeyInfo))], rsaPSS) {
		return "RSA-PSS"
	}
	return c.PublicKeyAlgorithm.String()
}
