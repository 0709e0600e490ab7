package main

import (
	"bytes"
	"encoding/pem"

	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
	"github.com/emu8266/emu8266/flash/image"
)

// Entry names in the certificate images (tls.md 4.4).
const (
	caEntry   = "TLS.ca_x509.cer"
	certEntry = "certificate"
	keyEntry  = "private_key"
)

// caImage reads file and makes esp_ca_cert.bin of it; nil without a file. Unless raw is set the file is checked first.
func caImage(file string, raw bool) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	data, err := certFile("--ca", file, raw, mbedtls.CheckCertificates)
	if err != nil {
		return nil, err
	}
	return encoded(image.Certs{{Name: caEntry, Data: data}}, file)
}

// ownImage reads the device's own certificate and key and makes esp_cert_private_key.bin of them; nil without files.
func ownImage(cert, key string, raw bool) ([]byte, error) {
	switch {
	case cert == "" && key == "":
		return nil, nil
	case cert == "":
		return nil, usagef("--key needs --cert FILE beside it")
	case key == "":
		return nil, usagef("--cert needs --key FILE beside it")
	}
	c, err := certFile("--cert", cert, raw, mbedtls.CheckCertificates)
	if err != nil {
		return nil, err
	}
	k, err := certFile("--key", key, raw, mbedtls.CheckPrivateKey)
	if err != nil {
		return nil, err
	}
	return encoded(image.Certs{{Name: keyEntry, Data: k}, {Name: certEntry, Data: c}}, cert)
}

// samePair says whether a key is that of the first certificate, as far as the device can read them.
func samePair(cert, key []byte) bool {
	all, _, err := mbedtls.ReadCertificates(cert)
	if err != nil || len(all) == 0 {
		return true
	}
	modulus, err := mbedtls.ReadPrivateKey(key)
	return err != nil || modulus.Cmp(all[0].Modulus) == 0
}

func encoded(entries image.Certs, file string) ([]byte, error) {
	b, err := entries.Encode()
	if err != nil {
		return nil, usagef("%s: does not fit into a certificate image: %v", file, err)
	}
	return b, nil
}

// certFile reads a file for an entry. A PEM file with one block becomes DER, as the SDK's tools do it; a bundle stays
// PEM, which the device reads too (tls.md 4.1).
func certFile(flag, file string, raw bool, check func([]byte) error) ([]byte, error) {
	data, err := readFile(file, textMax)
	if err != nil {
		return nil, usagef("%s: %v", flag, err)
	}
	if raw {
		return data, nil
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, usagef("%s: %s is empty: give a file in PEM or DER form", flag, file)
	}
	if err := check(data); err != nil {
		return nil, usagef("%s: %s: %v (give an RSA file in PEM or DER form, or --raw-certs to hand it to the device as it is)",
			flag, file, err)
	}
	if block, rest := pem.Decode(data); block != nil {
		if more, _ := pem.Decode(rest); more == nil {
			return block.Bytes, nil
		}
	}
	return data, nil
}
