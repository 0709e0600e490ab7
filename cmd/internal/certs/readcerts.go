package certs

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// inputMax is the greatest input file that is read, bytes. Choice: a hundred times what the device can load.
const inputMax = 1 << 20

// Cert is a certificate that the device can read.
type Cert struct {
	mbedtls.CertificateInfo
	file []byte // the PEM file as it was given; nil: not PEM, or something else is in it
	more int    // further certificates in the file, which are not used
}

// pem returns what is put beside the outputs: the given file, or PEM of a DER one.
func (c Cert) pem() []byte {
	if c.file != nil {
		return c.file
	}
	return certPEM(c.DER)
}

// String describes the certificate in one line: "RSA-1024, SHA-1, v1, O=TLS Project, CN=192.168.111.100, until 2040-07-31".
func (c Cert) String() string {
	hash := map[crypto.Hash]string{crypto.MD5: "MD5", crypto.SHA1: "SHA-1", crypto.SHA224: "SHA-224", crypto.SHA256: "SHA-256",
		crypto.SHA384: "SHA-384", crypto.SHA512: "SHA-512"}[c.Hash]
	if hash == "" {
		hash = "a hash that the device cannot verify"
	}
	s := fmt.Sprintf("RSA-%d, %s, v%d", c.Modulus.BitLen(), hash, c.Version)
	if subject := c.subject(); subject != "" {
		s += ", " + subject
	}
	if x, err := x509.ParseCertificate(c.DER); err == nil {
		s += ", until " + x.NotAfter.UTC().Format("2006-01-02")
	}
	return s
}

// subject returns the subject in its own order: "O=TLS Project, CN=192.168.111.100".
func (c Cert) subject() string {
	var names pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.Subject, &names); err != nil || len(rest) > 0 {
		return ""
	}
	var parts []string
	for _, set := range names {
		parts = append(parts, pkix.RDNSequence{set}.String())
	}
	return strings.Join(parts, ", ")
}

// newCert reads DER that was made here or checked before.
func newCert(der []byte) (Cert, error) {
	certs, _, err := mbedtls.ReadCertificates(der)
	if err != nil {
		return Cert{}, err
	}
	return Cert{CertificateInfo: certs[0]}, nil
}

var utf8BOM = []byte("\xEF\xBB\xBF")

// readInput reads a file of bounded length.
func readInput(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("is not a file")
	}
	b, err := io.ReadAll(io.LimitReader(f, inputMax+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > inputMax:
		return nil, errors.New("is larger than 1 MiB: this is no certificate or key for a device that loads 8,158 bytes")
	case len(bytes.TrimSpace(b)) == 0:
		return nil, errors.New("is empty")
	}
	return b, nil
}

// parseCert reads a certificate in PEM or DER. Of several in a PEM file the first counts, as for openssl x509.
func parseCert(b []byte) (Cert, error) {
	text := bytes.TrimPrefix(b, utf8BOM)
	var c Cert
	var der []byte
	var other string
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE":
			if der != nil {
				c.more++
				continue
			}
			der = firstElement(block.Bytes) // a trusted certificate has openssl's own data behind it
		default:
			other = block.Type
		}
	}
	switch {
	case der != nil:
		if len(text) == len(b) && other == "" { // a private key in it goes no further
			c.file = b
		}
	case other != "":
		return c, notACertificate(other)
	case bytes.Contains(b, []byte("-----BEGIN")):
		return c, errors.New("holds a PEM block that is cut or damaged")
	default:
		if der = firstElement(b); der == nil {
			return c, errors.New("is no certificate, neither in PEM (-----BEGIN CERTIFICATE-----) nor in DER form")
		}
		if len(bytes.TrimSpace(b[len(der):])) > 0 {
			return c, errors.New("has other data behind the certificate")
		}
	}
	certs, _, err := mbedtls.ReadCertificates(der)
	if err != nil {
		return c, unreadable(der, err)
	}
	c.CertificateInfo = certs[0]
	return c, nil
}

func notACertificate(kind string) error {
	switch {
	case strings.HasSuffix(kind, "PRIVATE KEY"):
		return errors.New("holds a private key, not a certificate: were the files mixed up?")
	case strings.HasSuffix(kind, "CERTIFICATE REQUEST"):
		return errors.New("holds a certificate request: its CA has to make a certificate of it first")
	case kind == "PKCS7":
		return errors.New("holds PKCS#7: `openssl pkcs7 -print_certs` takes the certificates out of it")
	}
	return fmt.Errorf("holds %q, not a certificate", kind)
}

// unreadable says why the device cannot read a DER certificate, in words if they are known.
func unreadable(der []byte, err error) error {
	if x, e := x509.ParseCertificate(der); e == nil {
		switch {
		case x.PublicKeyAlgorithm != x509.RSA && x.PublicKeyAlgorithm != x509.UnknownPublicKeyAlgorithm:
			return fmt.Errorf("has an %v key: the device reads RSA only (docs/facts/tls.md 4.1)", x.PublicKeyAlgorithm)
		case x.SignatureAlgorithm >= x509.ECDSAWithSHA1 && x.SignatureAlgorithm <= x509.ECDSAWithSHA512 ||
			x.SignatureAlgorithm == x509.PureEd25519:
			return fmt.Errorf("is signed with %v: the device knows RSA signatures only (docs/facts/tls.md 4.1)", x.SignatureAlgorithm)
		case x.SignatureAlgorithm >= x509.SHA256WithRSAPSS && x.SignatureAlgorithm <= x509.SHA512WithRSAPSS:
			return fmt.Errorf("is signed with %v: the device knows PKCS#1 v1.5 signatures only (docs/facts/tls.md 4.1)",
				x.SignatureAlgorithm)
		}
	}
	if bytes.Contains(der, oidPKCS7) {
		return errors.New("is PKCS#12 or PKCS#7, not a certificate: openssl pkcs12 or pkcs7 takes it apart")
	}
	var k pkcs1Key
	if _, e := asn1.Unmarshal(der, &k); e == nil {
		return errors.New("holds a private key, not a certificate: were the files mixed up?")
	}
	return err
}

// oidPKCS7 is the beginning of 1.2.840.113549.1.7 in DER.
var oidPKCS7 = []byte{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07}

// firstElement returns the DER element at the beginning of b, nil if there is none.
func firstElement(b []byte) []byte {
	var raw asn1.RawValue
	if _, err := asn1.Unmarshal(b, &raw); err != nil || raw.Tag != asn1.TagSequence || !raw.IsCompound {
		return nil
	}
	return raw.FullBytes
}

// pkcs8Key is PrivateKeyInfo of RFC 5208 5.
type pkcs8Key struct {
	Version   int
	Algorithm pkix.AlgorithmIdentifier
	Key       []byte
}

// PKCS1 returns an RSA private key - PKCS#1 or PKCS#8, PEM or DER - as PKCS#1 in DER.
func PKCS1(b []byte) ([]byte, error) {
	k, err := parseKey(b)
	if err != nil {
		return nil, err
	}
	return k.DER(), nil
}

// parseKey reads an RSA private key: PKCS#1 or PKCS#8, PEM or DER.
func parseKey(b []byte) (*Key, error) {
	der, kind := bytes.TrimPrefix(b, utf8BOM), ""
	if bytes.Contains(b, []byte("-----BEGIN")) {
		for rest := der; ; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				return nil, noKey(kind)
			}
			if kind = block.Type; kind == "RSA PRIVATE KEY" || kind == "PRIVATE KEY" {
				if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
					return nil, errEncrypted
				}
				der = block.Bytes
				break
			}
			if strings.HasSuffix(kind, "PRIVATE KEY") {
				return nil, noKey(kind)
			}
		}
	}
	var outer pkcs8Key
	if _, err := asn1.Unmarshal(der, &outer); err == nil {
		if !outer.Algorithm.Algorithm.Equal(oidRSA) {
			return nil, errNotRSA
		}
		der = outer.Key
	}
	var inner pkcs1Key
	if _, err := asn1.Unmarshal(der, &inner); err != nil {
		return nil, noDERKey(der)
	}
	if inner.Version != 0 {
		return nil, errors.New("is an RSA key of more than two primes, which the device does not read")
	}
	if err := mbedtls.CheckPrivateKey(der); err != nil {
		return nil, fmt.Errorf("holds an RSA key whose numbers contradict each other: %w", err)
	}
	return newKey(inner.P, inner.Q, inner.E, inner.D)
}

var (
	errEncrypted = errors.New("is encrypted, and the device can be given no passphrase: `openssl rsa -in FILE -out FILE` removes it")
	errNotRSA    = errors.New("has a key that is not RSA: the device reads RSA only (docs/facts/tls.md 4.1)")
	errNoKey     = errors.New("is no private key, neither in PEM (-----BEGIN RSA PRIVATE KEY-----) nor in DER form")
)

// noKey says why a PEM file gives no key; kind is its last block, empty if there was none.
func noKey(kind string) error {
	switch {
	case kind == "":
		return errors.New("holds a PEM block that is cut or damaged")
	case kind == "ENCRYPTED PRIVATE KEY":
		return errEncrypted
	case kind == "EC PRIVATE KEY", kind == "DSA PRIVATE KEY", kind == "EC PARAMETERS":
		return errNotRSA
	case kind == "OPENSSH PRIVATE KEY":
		return errors.New("is in OpenSSH's form: `ssh-keygen -p -m PEM -f FILE` makes it PEM")
	case kind == "CERTIFICATE":
		return errors.New("holds a certificate, not a private key: were the files mixed up?")
	}
	return fmt.Errorf("holds %q, not an RSA private key", kind)
}

func noDERKey(der []byte) error {
	if _, err := newCert(der); err == nil {
		return errors.New("holds a certificate, not a private key: were the files mixed up?")
	}
	if _, err := x509.ParseECPrivateKey(der); err == nil {
		return errNotRSA
	}
	var encrypted struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if _, err := asn1.Unmarshal(der, &encrypted); err == nil {
		return errEncrypted
	}
	return errNoKey
}

// parsePlainPKCS1 reads an RSAPrivateKey in DER that is nothing else.
func parsePlainPKCS1(der []byte) (k pkcs1Key, err error) {
	_, err = asn1.Unmarshal(der, &k)
	return k, err
}
