package mbedtls

import (
	"crypto"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
)

// CertificateInfo is what the device reads from one certificate, for tools that judge files before they are burned. Its
// slices and numbers may be kept and must not be changed.
type CertificateInfo struct {
	// DER is the certificate, including bytes behind it: the device keeps and sends them too.
	DER []byte
	// Version is 1 to 3.
	Version int
	// Subject and Issuer are the DER of the names.
	Subject, Issuer []byte
	// Modulus is the RSA key's modulus.
	Modulus *big.Int
	// Bits is the key length as the device counts it for [Engine.MinRSABits]: whole bytes (tls.md 4.3).
	Bits int
	// Hash is the hash of the signature, 0 for one that the device cannot verify (tls.md 4.1).
	Hash crypto.Hash
	// Anchor: the certificate may stand at the top of a chain: version 1 or 2, or with the CA bit (tls.md 4.3). Others
	// are trusted only for themselves, if self-signed.
	Anchor bool

	cert *x509.Certificate
}

// SignedBy reports whether c was issued by another certificate: the issuer's name and the signature fit. It does not look
// at the CA bit.
func (c CertificateInfo) SignedBy(issuer CertificateInfo) bool {
	if c.cert == nil || issuer.cert == nil {
		return false
	}
	anchor := *issuer.cert
	anchor.Version, anchor.IsCA, anchor.MaxPathLen = 1, true, 0
	flags, code := x509.Verify([]*x509.Certificate{c.cert}, []*x509.Certificate{&anchor}, x509.Rules{})
	return code == 0 || flags&x509.FlagNotTrusted == 0
}

// ReadCertificates reads b as the device does: one DER certificate, or PEM text with any number of them (tls.md 4.1). bad
// counts the ones that it cannot read. The error says that it can read none.
func ReadCertificates(b []byte) (certs []CertificateInfo, bad int, err error) {
	parsed, bad, code := x509.ParseBundle(b, nil)
	if code != 0 {
		return nil, bad, fmt.Errorf("the device cannot read a certificate in it (%s)%s", (&boundedtls.Error{Code: code}).Reason(), holds(b))
	}
	for _, c := range parsed {
		certs = append(certs, CertificateInfo{
			DER: c.Raw, Version: int(c.Version), Subject: c.Subject, Issuer: c.Issuer,
			Modulus: c.PublicKey.N, Bits: c.PublicKey.Bits(), Hash: c.SigHash,
			Anchor: c.Version < 3 || c.IsCA, cert: c,
		})
	}
	return certs, bad, nil
}

// ReadPrivateKey reads b as an RSA private key as the device does and returns its modulus, which tells whether it belongs
// to a certificate; the device itself does not compare them (tls.md 4.1).
func ReadPrivateKey(b []byte) (modulus *big.Int, err error) {
	k, code := x509.ParsePrivateKey(b)
	if code != 0 {
		return nil, fmt.Errorf("the device cannot read an RSA private key in it (%s)%s", (&boundedtls.Error{Code: code}).Reason(), holds(b))
	}
	return k.N, nil
}

// holdsMost bounds the labels that holds names. Choice.
const holdsMost = 3

// holds says what is in a file that is not what was looked for, if that can be told: the labels of its PEM blocks, or the kind of its DER.
func holds(b []byte) string {
	var labels []string
	for block, rest := pem.Decode(b); block != nil && len(labels) < holdsMost; block, rest = pem.Decode(rest) {
		if label := strconv.Quote(block.Type); !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	if len(labels) > 0 {
		return ": it holds " + strings.Join(labels, " and ")
	}
	if _, _, code := x509.ParseBundle(b, nil); code == 0 {
		return ": it holds a certificate"
	}
	if _, code := x509.ParsePrivateKey(b); code == 0 {
		return ": it holds a private key"
	}
	return ""
}
