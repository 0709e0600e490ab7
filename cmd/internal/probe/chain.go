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

// look asks the server for its certificates: first with a hello that offers what the device offers, which goes no further than the
// certificates; then, because a server without a suite for the device has some all the same, as a modern client. nil: neither shows any.
func (p *Probe) look(ctx context.Context) [][]byte {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	host := p.Network.Host("look", netip.Addr{})
	defer host.Close()
	for _, ask := range []func(context.Context, net.Conn) ([][]byte, error){askAsDevice, askAsModern} {
		c, err := host.DialContext(ctx, "tcp", p.Server.String())
		if err != nil {
			return nil
		}
		_ = c.SetDeadline(time.Now().Add(lookTimeout / 2))
		chain, err := ask(ctx, c)
		_ = c.Close()
		if err == nil && len(chain) > 0 {
			return chain
		}
	}
	return nil
}

// askAsDevice sends a hello like the device's and reads up to the Certificate message.
func askAsDevice(_ context.Context, c net.Conn) ([][]byte, error) {
	hello := []byte{3, 3}
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	hello = append(hello, random...)
	hello = append(hello, 0)                                                                             // no session
	hello = append(hello, 0, 18, 0, 0x6b, 0, 0x39, 0, 0x67, 0, 0x33, 0, 0x3d, 0, 0x35, 0, 0x3c, 0, 0x2f) // tls.md 1.1
	hello = append(hello, 0, 0xff)                                                                       // renegotiation_info (RFC 5746 3.3)
	hello = append(hello, 1, 0)                                                                          // no compression
	algorithms := []byte{6, 1, 5, 1, 4, 1, 3, 1, 2, 1}                                                   // RSA with each hash
	extension := append([]byte{0, 13, 0, byte(2 + len(algorithms)), 0, byte(len(algorithms))}, algorithms...)
	hello = append(append(hello, 0, byte(len(extension))), extension...)
	message := append([]byte{messageHello, 0, 0, byte(len(hello))}, hello...)
	if _, err := c.Write(append([]byte{recordHandshake, 3, 1, 0, byte(len(message))}, message...)); err != nil {
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
