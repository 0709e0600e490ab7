package fleet

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/emu8266/emu8266/flash/image"
)

// Issuer makes a certificate for each device, with the device's name. All have one private key: a key for each would take minutes of a
// processor for a thousand devices, and no server can tell. Choice.
type Issuer struct {
	ca     *x509.Certificate
	signer crypto.Signer
	key    *rsa.PrivateKey
}

// NewIssuer takes the CA's certificate and private key, PEM or DER, and makes the devices' key of so many bits.
func NewIssuer(certificate, key []byte, bits int) (*Issuer, error) {
	ca, err := x509.ParseCertificate(der(certificate))
	if err != nil {
		return nil, fmt.Errorf("the CA's certificate: %w", err)
	}
	signer, err := parseKey(der(key))
	if err != nil {
		return nil, fmt.Errorf("the CA's key: %w", err)
	}
	if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(ca.PublicKey) {
		return nil, errors.New("the CA's key is not that of its certificate")
	}
	own, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, fmt.Errorf("the devices' key: %w", err)
	}
	return &Issuer{ca, signer, own}, nil
}

// der takes PEM's clothes off, if there are any.
func der(b []byte) []byte {
	if block, _ := pem.Decode(b); block != nil {
		return block.Bytes
	}
	return b
}

// parseKey reads PKCS#8, PKCS#1 and SEC 1.
func parseKey(b []byte) (crypto.Signer, error) {
	if k, err := x509.ParsePKCS1PrivateKey(b); err == nil {
		return k, nil
	}
	if k, err := x509.ParseECPrivateKey(b); err == nil {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(b)
	if err != nil {
		return nil, errors.New("no private key that is not encrypted: PKCS#8, PKCS#1 or SEC 1 are wanted")
	}
	signer, ok := k.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key that cannot sign: %T", k)
	}
	return signer, nil
}

// Burn makes a device's certificate and writes it with the key to a sector of its flash, as the SDK's tools lay them out.
func (i *Issuer) Burn(d Device, serial uint64, sector uint32) error {
	now := time.Now()
	cert, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject:      pkix.Name{CommonName: d.Name},
		SerialNumber: new(big.Int).SetUint64(serial>>2 | 1<<62), // eight bytes, always
		NotBefore:    now.Add(-24 * time.Hour),
		NotAfter:     now.AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, i.ca, &i.key.PublicKey, i.signer)
	if err != nil {
		return fmt.Errorf("its certificate: %w", err)
	}
	all := image.Certs{{Name: image.CertificateEntry, Data: cert}, {Name: image.PrivateKeyEntry, Data: x509.MarshalPKCS1PrivateKey(i.key)}}
	return all.WriteAt(d.Flash, sector)
}
