package mbedtls

import "fmt"

// CheckCertificates reports whether the device can read b as a certificate or as a PEM bundle of certificates, and all
// of it (tls.md 4.1): tools check files with it before they burn them.
func CheckCertificates(b []byte) error {
	certs, bad, err := ReadCertificates(b)
	if err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("the device cannot read %d of the %d certificates in it", bad, bad+len(certs))
	}
	return nil
}

// CheckPrivateKey reports whether the device can read b as an RSA private key: PKCS#1 or plain PKCS#8, PEM or DER
// (tls.md 4.1).
func CheckPrivateKey(b []byte) error {
	_, err := ReadPrivateKey(b)
	return err
}
