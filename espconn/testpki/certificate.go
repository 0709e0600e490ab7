package testpki

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"time"
)

// Options describe a certificate. Only Key is needed.
type Options struct {
	// Key is the name of the key file.
	Key string
	// Name is the common name; empty: "testpki " and the key's name.
	Name string
	// CA makes an authority.
	CA bool
	// MaxPathLen is pathLenConstraint of an authority plus one; 0: none.
	MaxPathLen int
	// Hosts are DNS names and IP addresses of subjectAltName.
	Hosts []string
	// Hash is the signature algorithm; 0: SHA-256.
	Hash x509.SignatureAlgorithm
	// Pad is the text length of a non-critical Netscape comment extension; 0: none.
	Pad int
	// MessageLen, if not 0, chooses Pad so that a Certificate message with this certificate, followed by the chain up
	// to but without the self-signed root, is exactly so long: 7 + the sum of 3 + n bytes (tls.md 2.6).
	MessageLen int
	// Extra are further extensions.
	Extra []pkix.Extension
	// NotAfter is the end of validity; zero: the end of 2049.
	NotAfter time.Time
}

// Certificate is a signed certificate with its issuer. Not to be changed; safe for concurrent use.
type Certificate struct {
	*x509.Certificate
	// Issuer is nil for a self-signed certificate.
	Issuer *Certificate
	// KeyName is the name of the key file.
	KeyName string
}

var (
	notBefore = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	notAfter  = time.Date(2049, 12, 31, 23, 59, 59, 0, time.UTC)

	netscapeComment = asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}
)

// NewCA makes a self-signed authority with the given key.
func NewCA(tb TB, key string) *Certificate {
	tb.Helper()
	return SelfSigned(tb, Options{Key: key, CA: true})
}

// SelfSigned makes a self-signed certificate.
func SelfSigned(tb TB, o Options) *Certificate {
	tb.Helper()
	return sign(tb, nil, o)
}

// Issue signs a certificate.
func (c *Certificate) Issue(tb TB, o Options) *Certificate {
	tb.Helper()
	return sign(tb, c, o)
}

func sign(tb TB, issuer *Certificate, o Options) *Certificate {
	tb.Helper()
	if o.MessageLen == 0 {
		return signOnce(tb, issuer, o, "")
	}
	rest := 7
	for c := issuer; c != nil && c.Issuer != nil; c = c.Issuer {
		rest += 3 + len(c.Raw)
	}
	// Lengths grow by one byte with each character, and by more where a DER length needs another byte. A longer name
	// reaches the lengths that the comment alone jumps over.
	for _, filler := range []string{"", "x", "xx", "xxx", "xxxx", "xxxxx", "xxxxxx"} {
		p := o
		p.MessageLen, p.Pad = 0, max(1, o.Pad)
		for range 8 {
			c := signOnce(tb, issuer, p, filler)
			missing := o.MessageLen - rest - 3 - len(c.Raw)
			if missing == 0 {
				return c
			}
			if p.Pad+missing < 1 {
				tb.Fatalf("testpki: a message of %d bytes is too short, the least is about %d", o.MessageLen, o.MessageLen-missing)
				return nil
			}
			p.Pad += missing
		}
	}
	tb.Fatalf("testpki: no certificate for a message of %d bytes", o.MessageLen)
	return nil
}

func signOnce(tb TB, issuer *Certificate, o Options, filler string) *Certificate {
	tb.Helper()
	key := Key(tb, o.Key)
	name := o.Name
	if name == "" {
		name = "testpki " + o.Key
	}
	t := &x509.Certificate{
		SerialNumber:          serial(name + filler),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notAfter,
		BasicConstraintsValid: true,
		IsCA:                  o.CA,
		SignatureAlgorithm:    o.Hash,
		ExtraExtensions:       append([]pkix.Extension(nil), o.Extra...),
	}
	if !o.NotAfter.IsZero() {
		t.NotAfter = o.NotAfter
	}
	if filler != "" {
		t.Subject.OrganizationalUnit = []string{filler}
	}
	if o.Hash == 0 {
		t.SignatureAlgorithm = x509.SHA256WithRSA
	}
	if o.CA && o.MaxPathLen > 0 {
		t.MaxPathLen, t.MaxPathLenZero = o.MaxPathLen-1, true
	}
	for _, h := range o.Hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	if o.Pad > 0 {
		comment, err := asn1.MarshalWithParams(strings.Repeat("p", o.Pad), "ia5")
		if err != nil {
			tb.Fatalf("testpki: %v", err)
			return nil
		}
		t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: netscapeComment, Value: comment})
	}
	parent, signer := t, key
	if issuer != nil {
		parent, signer = issuer.Certificate, Key(tb, issuer.KeyName)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		tb.Fatalf("testpki: sign %s: %v", name, err)
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatalf("testpki: read %s: %v", name, err)
		return nil
	}
	return &Certificate{Certificate: cert, Issuer: issuer, KeyName: o.Key}
}

// serial derives a serial number of fixed length from the name, so that equal options give equal bytes.
func serial(name string) *big.Int {
	h := sha256.Sum256([]byte(name))
	h[0] = h[0]&0x3F | 0x40
	return new(big.Int).SetBytes(h[:8])
}

// Chain returns the DER certificates that a peer with this certificate sends: itself and its issuers, without the
// self-signed root.
func (c *Certificate) Chain() [][]byte {
	out := [][]byte{c.Raw}
	for i := c.Issuer; i != nil && i.Issuer != nil; i = i.Issuer {
		out = append(out, i.Raw)
	}
	return out
}

// MessageLen returns the length of the Certificate message with [Certificate.Chain], its header of 4 bytes included.
func (c *Certificate) MessageLen() int {
	n := 7
	for _, der := range c.Chain() {
		n += 3 + len(der)
	}
	return n
}

// TLS returns the chain with its key for crypto/tls.
func (c *Certificate) TLS(tb TB) tls.Certificate {
	tb.Helper()
	return tls.Certificate{Certificate: c.Chain(), PrivateKey: Key(tb, c.KeyName), Leaf: c.Certificate}
}

// Pool returns a pool with this certificate as trust anchor.
func (c *Certificate) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.Certificate)
	return p
}

// PEM encodes DER certificates one after the other.
func PEM(ders ...[]byte) []byte {
	var out []byte
	for _, der := range ders {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}
