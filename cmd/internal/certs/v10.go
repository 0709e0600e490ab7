package certs

import (
	"fmt"
	"path"
	"strings"

	"github.com/emu8266/emu8266/flash/image"
)

// casV10 is the number of CA files that the tools of manual V1.0 merge (V1.0 3.1).
const casV10 = 2

// Paths of the V1.0 layout: all in the working folder.
const (
	caImageV10    = "esp_ca_cert.bin"
	certHeaderV10 = "cert.h"
	keyHeaderV10  = "private_key.h"
)

// readV10 takes every certificate of the folder for a CA, except the device's own pair.
func (in *Inputs) readV10(l *listing) error {
	if in.client != nil {
		in.client = nil
		in.warn("%s and %s are not used: manual V1.0 knows no certificate of the device as client", clientCert, clientKey)
	}
	for _, n := range l.names {
		ext := strings.ToLower(path.Ext(n))
		if l.used(n) || ext == ".key" || ext == ".p12" || ext == ".pfx" || ext == ".p7b" {
			continue
		}
		if b, err := readInput(l.folder, n); err == nil && ext == ".pem" {
			if _, err := parseKey(b); err == nil {
				continue // a key in PEM
			}
		}
		c, err := l.cert(n)
		if err != nil {
			return err
		}
		in.extra = append(in.extra, named{n, *c})
		in.warnMore(n, *c)
	}
	if len(in.extra) > casV10 {
		var names []string
		for _, x := range in.extra {
			names = append(names, x.name)
		}
		return inputf(names[casV10],
			"is one too many: the device of manual V1.0 takes at most %d CA certificates (SSL User Manual V1.0, 3.1), and here are %s",
			casV10, strings.Join(names, ", "))
	}
	return nil
}

func (in *Inputs) makeV10(o Options) (*Result, error) {
	r := &Result{Case: "v1.0 given", Title: "manual V1.0, certificates given", Warnings: in.warnings}
	pair := in.server
	for _, x := range in.extra {
		r.CA = append(r.CA, image.CertEntry{Name: entryName(x.name), Data: x.cert.DER})
	}
	if pair == nil && len(r.CA) == 0 {
		r.Case, r.Title = "v1.0 new", "manual V1.0: a new CA and the device's pair as server"
		set, err := o.generate(false)
		if err != nil {
			return nil, err
		}
		pair = set.server
		r.add("TLS.ca_key.pem", set.ca.Key.PEM(), true, "the CA's key")
		r.add("TLS.ca_x509.pem", set.ca.Cert.pem(), false, "CA certificate, %s", set.ca.Cert)
		r.add("TLS.ca_x509.cer", set.ca.Cert.DER, false, "the same in DER, for peers")
		r.add(fmt.Sprintf("TLS.key_%d.pem", o.Bits), pair.Key.PEM(), true, "the device's key")
		r.add(fmt.Sprintf("TLS.key_%d", o.Bits), pair.Key.DER(), true, "the same in DER (PKCS#1)")
		r.add(fmt.Sprintf("TLS.x509_%d.pem", o.Bits), pair.Cert.pem(), false, "the device's certificate, %s", pair.Cert)
		r.add(fmt.Sprintf("TLS.x509_%d.cer", o.Bits), pair.Cert.DER, false, "the same in DER")
		r.CA = image.Certs{{Name: caEntry, Data: set.ca.Cert.DER}}
		r.Warnings = append(r.Warnings, o.expiry()...)
	}
	if len(r.CA) > 0 {
		b, err := r.CA.Encode()
		if err != nil {
			return nil, tooLarge(r.CA[len(r.CA)-1].Name, err)
		}
		r.add(caImageV10, b, false, "image of %s for espconn_secure_ca_enable (sector 0x3B: burn at 0x3B000)", cas(r.CA))
	}
	if pair != nil {
		r.headers(certHeaderV10, keyHeaderV10, pair)
	}
	return r, nil
}
