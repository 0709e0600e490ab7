package scenario

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/espconn/testpki"
)

// The keys that scenarios use.
const (
	keyCA     = testpki.CA2048
	keyOther  = testpki.OtherCA2048
	keyLeaf   = testpki.Leaf2048
	keyClient = testpki.Client2048
)

// commentOID is a non-critical extension whose text makes a certificate as long as it has to be.
var commentOID = asn1.ObjectIdentifier{2, 16, 840, 1, 113730, 1, 13}

// certificate signs a certificate; pad is the length of its comment. The dates suit a clock of the year 2000 and libraries
// that count to 2038.
func certificate(name, keyName, signer string, pad int) ([]byte, error) {
	return certificateOf(name, keyName, signer, pad, newYear(1999), newYear(2037))
}

// newYear is the beginning of a year.
func newYear(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }

// certificateOf is certificate with other dates.
func certificateOf(name, keyName, signer string, pad int, from, until time.Time) ([]byte, error) {
	k, err := testpki.LoadKey(keyName)
	if err != nil {
		return nil, err
	}
	sk, err := testpki.LoadKey(signer)
	if err != nil {
		return nil, err
	}
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "scenario " + signer}, IsCA: true,
		BasicConstraintsValid: true,
		NotBefore:             from, NotAfter: until}
	c := *ca
	if keyName != signer {
		c.SerialNumber, c.Subject, c.IsCA = big.NewInt(2), pkix.Name{CommonName: name}, false
	}
	if pad > 0 {
		text, err := asn1.MarshalWithParams(strings.Repeat("p", pad), "ia5")
		if err != nil {
			return nil, err
		}
		c.ExtraExtensions = []pkix.Extension{{Id: commentOID, Value: text}}
	}
	return x509.CreateCertificate(rand.Reader, &c, ca, k.Public(), sk)
}

// leaf is a server's certificate.
type leaf struct {
	key     string // whose
	message int    // the length of its message
	kind    string // what is wrong with it: other (its CA), expired, future; "" nothing
}

// leaves holds the certificates made: signing costs milliseconds.
var leaves sync.Map

// make makes the certificate; pad is the length of its comment.
func (l leaf) make(pad int) ([]byte, error) {
	const name = "scenario server"
	switch l.kind {
	case "other":
		return certificate(name, l.key, keyOther, pad)
	case "expired":
		return certificateOf(name, l.key, keyCA, pad, newYear(1998), newYear(1999))
	case "future":
		return certificateOf(name, l.key, keyCA, pad, newYear(2036), newYear(2037))
	}
	return certificate(name, l.key, keyCA, pad)
}

// chain makes the server's certificate. Its message is the length of the TLS Certificate message, 0 for as it comes.
func chain(l leaf) ([][]byte, error) {
	if v, ok := leaves.Load(l); ok {
		return v.([][]byte), nil
	}
	const around = 10 // bytes of the message around one certificate (tls.md 2.6)
	pad := 0
	for range 8 {
		der, err := l.make(pad)
		if err != nil {
			return nil, err
		}
		missing := l.message - around - len(der)
		if l.message == 0 || missing == 0 {
			leaves.Store(l, [][]byte{der})
			return [][]byte{der}, nil
		}
		if pad += missing; pad < 1 {
			return nil, fmt.Errorf("a message of %d bytes is too short", l.message)
		}
	}
	return nil, errors.New("no certificate has that length")
}

// serverConfig is a Go TLS server's configuration with that certificate.
func serverConfig(l leaf) (*tls.Config, error) {
	ders, err := chain(l)
	if err != nil {
		return nil, err
	}
	k, err := testpki.LoadKey(l.key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: ders, PrivateKey: k}},
		MinVersion:   tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		CipherSuites:                []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA256},
		DynamicRecordSizingDisabled: true,
	}, nil
}

// namesMax bounds the names of authorities in a server's request for a certificate. Choice.
const namesMax = 16 << 10

// authorities are those whose certificates a server takes from clients: the CA, and behind it others, which nobody has, until their
// names are so many bytes, with two for the length of each.
func authorities(bytes int) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	der, err := certificate("", keyCA, keyCA, 0)
	if err != nil {
		return nil, err
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	pool.AddCert(ca)
	have := 2 + len(ca.RawSubject)
	for i := 0; have < bytes; i++ {
		const most, frame = 64, 15 // a common name's longest, and the bytes around it
		n := max(1, min(most, bytes-have-frame-2))
		name, err := asn1.Marshal(pkix.Name{CommonName: fmt.Sprintf("%0*d", n, i)}.ToRDNSequence())
		if err != nil {
			return nil, err
		}
		pool.AddCert(&x509.Certificate{Raw: name, RawSubject: name})
		have += 2 + len(name)
	}
	return pool, nil
}
