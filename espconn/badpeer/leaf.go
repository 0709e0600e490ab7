package badpeer

import (
	"crypto/rsa"
	"crypto/x509"
	"slices"
)

// The device's suites with DHE_RSA and AES-CBC (docs/facts/tls.md 1.1); its others have RSA key transport.
var dheSuites = []uint16{0x0033, 0x0039, 0x0067, 0x006b}

func isDHE(suite uint16) bool { return slices.Contains(dheSuites, suite) }

// Unfit names why a server cannot use its own certificate with a device's suites.
type Unfit string

// Why a certificate is of no use to a server.
const (
	UnfitKey       Unfit = "key"       // the key is not RSA: ECDSA, Ed25519, RSA for PSS signatures only
	UnfitTransport Unfit = "transport" // its key usage forbids RSA key transport, and the device offers nothing else
	UnfitUsage     Unfit = "usage"     // its key usage forbids key transport and signatures
)

// Unusable says why a server that holds this certificate has no suite in common with a device that offers these, "" if it has one.
//
// The suite decides what the key must be and do (RFC 5246 7.4.2): key transport needs an RSA key that may encipher, DHE_RSA an RSA
// key that may sign. Choice: key usage counts, as with GnuTLS, mbedTLS and Java; OpenSSL and Go use an RSA key whatever its
// usage says.
func Unusable(leaf *x509.Certificate, offered []uint16) Unfit {
	if _, ok := leaf.PublicKey.(*rsa.PublicKey); !ok || leaf.PublicKeyAlgorithm != x509.RSA {
		return UnfitKey
	}
	switch {
	case leaf.KeyUsage == 0 || leaf.KeyUsage&x509.KeyUsageKeyEncipherment != 0:
		return ""
	case leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return UnfitUsage
	case !slices.ContainsFunc(offered, isDHE):
		return UnfitTransport
	}
	return ""
}

// leaf is the server's own certificate where it decides about the suites; nil where it is sent whatever it is. One that cannot be read
// is for the device to refuse.
func (s *Server) leaf() *x509.Certificate {
	if s.AnyLeaf || len(s.Chain) == 0 {
		return nil
	}
	leaf, err := x509.ParseCertificate(s.Chain[0])
	if err != nil {
		return nil
	}
	return leaf
}
