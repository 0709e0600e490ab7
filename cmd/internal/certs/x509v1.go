package certs

import (
	"crypto"
	_ "crypto/sha1"   // signatures
	_ "crypto/sha256" // "
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// name is a subject in the script's form: O, then CN unless empty (cert-tools.md).
type name struct{ O, CN string }

// attributeSET is one set of a distinguished name; its name makes encoding/asn1 write a SET.
type attributeSET []struct {
	Type  asn1.ObjectIdentifier
	Value string `asn1:"utf8"` // as openssl req writes it
}

var (
	oidOrganization = asn1.ObjectIdentifier{2, 5, 4, 10}
	oidCommonName   = asn1.ObjectIdentifier{2, 5, 4, 3}
	oidRSA          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

var signatureOID = map[crypto.Hash]asn1.ObjectIdentifier{
	crypto.SHA1:   {1, 2, 840, 113549, 1, 1, 5},
	crypto.SHA256: {1, 2, 840, 113549, 1, 1, 11},
}

func (n name) der() []byte {
	var sets []attributeSET
	add := func(oid asn1.ObjectIdentifier, value string) {
		if value == "" {
			return
		}
		set := make(attributeSET, 1)
		set[0].Type, set[0].Value = oid, value
		sets = append(sets, set)
	}
	add(oidOrganization, n.O)
	add(oidCommonName, n.CN)
	return mustMarshal(sets)
}

// tbs is TBSCertificate of RFC 5280 4.1 without version, which means version 1, and without what version 1 has not.
type tbs struct {
	Serial    *big.Int
	Algorithm pkix.AlgorithmIdentifier
	Issuer    asn1.RawValue
	Validity  struct{ NotBefore, NotAfter time.Time }
	Subject   asn1.RawValue
	Key       struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
}

// certificate is Certificate of RFC 5280 4.1.
type certificate struct {
	TBS       asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// template says what goes into a certificate.
type template struct {
	serial          *big.Int
	subject, issuer name
	key, signer     *Key
	hash            crypto.Hash
	from            time.Time
	days            int
}

// certificate makes an X.509 version 1 certificate in DER.
func (t template) certificate() ([]byte, error) {
	oid, ok := signatureOID[t.hash]
	if !ok {
		return nil, fmt.Errorf("certs: hash %v: SHA-1 and SHA-256 can be used", t.hash)
	}
	b := tbs{
		Serial:    t.serial,
		Algorithm: pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.NullRawValue},
		Issuer:    asn1.RawValue{FullBytes: t.issuer.der()},
		Subject:   asn1.RawValue{FullBytes: t.subject.der()},
	}
	b.Validity.NotBefore = t.from.UTC().Truncate(time.Second)
	b.Validity.NotAfter = b.Validity.NotBefore.Add(time.Duration(t.days) * 24 * time.Hour)
	b.Key.Algorithm = pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}
	b.Key.Key = bits(mustMarshal(t.key.public()))
	der := mustMarshal(b)
	signature, err := t.signer.sign(t.hash, der)
	if err != nil {
		return nil, err
	}
	return mustMarshal(certificate{asn1.RawValue{FullBytes: der}, b.Algorithm, bits(signature)}), nil
}

func bits(b []byte) asn1.BitString { return asn1.BitString{Bytes: b, BitLength: 8 * len(b)} }

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
