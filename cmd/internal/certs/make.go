package certs

import (
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emu8266/emu8266/flash/image"
)

// The script's own values (cert-tools.md).
const (
	DefaultBits     = 1024
	DefaultDays     = 5000
	DefaultProject  = "TLS Project"
	DefaultCN       = "192.168.111.100"
	DefaultClientCN = "192.168.111.101"
	DefaultCNV10    = "127.0.0.1"

	caSuffix     = " Dodgy Certificate Authority"
	deviceSuffix = " Device Certificate"
)

// caEntry is the name of the CA in esp_ca_cert.bin (cert-tools.md, tls.md 4.4).
const caEntry = "TLS.ca_x509.cer"

// Limits of the options.
const (
	DaysMax = 36500 // Choice: a hundred years
	NameMax = 64    // characters of O, as given, and of CN (RFC 5280 appendix A.1)
)

// Paths of the V2.1 layout.
const (
	caImagePath  = "bin/esp_ca_cert.bin"
	ownImagePath = "bin/esp_cert_private_key.bin"
	certHeader   = "include/cert.h"
	keyHeader    = "include/private_key.h"
)

// Options are what the scripts hold as text to be edited. Fields that are zero have the script's value.
type Options struct {
	CN       string      // common name of the server's certificate: the device's address as server
	ClientCN string      // common name of the client's certificate
	Project  string      // O; the CA and the client add their own words to it
	Bits     int         // RSA key size, see CheckBits; 0: DefaultBits
	Days     int         // until the certificates expire, 1 to DaysMax
	Hash     crypto.Hash // of the signatures: SHA-1 or SHA-256
	AsScript bool        // headers from the client's pair when certificates are made, as makefile.sh has it
	Now      time.Time   // beginning of the validity; zero: the present
}

func (o *Options) defaults(layout string) error {
	def := func(s *string, value string) {
		if *s == "" {
			*s = value
		}
	}
	if layout == LayoutV10 {
		def(&o.CN, DefaultCNV10)
	}
	def(&o.CN, DefaultCN)
	def(&o.ClientCN, DefaultClientCN)
	def(&o.Project, DefaultProject)
	if o.Bits == 0 {
		o.Bits = DefaultBits
	}
	if o.Days == 0 {
		o.Days = DefaultDays
	}
	if o.Hash == 0 {
		o.Hash = crypto.SHA1
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Days < 1 || o.Days > DaysMax {
		return fmt.Errorf("certs: %d days: give 1 to %d", o.Days, DaysMax)
	}
	for _, s := range []string{o.CN, o.ClientCN, o.Project} {
		if err := CheckName(s); err != nil {
			return fmt.Errorf("certs: %w", err)
		}
	}
	return nil
}

// CheckName reports whether s may be a name in a certificate.
func CheckName(s string) error {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
		return fmt.Errorf("%q: a name is text without control characters", s)
	}
	if utf8.RuneCountInString(s) > NameMax {
		return fmt.Errorf("%q: a name has at most %d characters", s, NameMax)
	}
	return nil
}

// File is one output.
type File struct {
	Path string // slash-separated, in the folder
	Data []byte
	What string // for the reader: "CA certificate, RSA-1024, ..."
	Key  bool   // holds a private key: readable by its owner only
}

// Result is what a run makes, not yet on disk.
type Result struct {
	Case     string // "1", "2", "3a", "3b" of cert-tools.md; "v1.0 new", "v1.0 given"
	Title    string // what that means
	Files    []File
	Notes    []string
	Warnings []string
	CA, Own  image.Certs // contents of esp_ca_cert.bin and esp_cert_private_key.bin, nil: not made
}

func (r *Result) add(path string, data []byte, key bool, what string, args ...any) {
	r.Files = append(r.Files, File{Path: path, Data: data, Key: key, What: fmt.Sprintf(what, args...)})
}

// Make makes all outputs for these inputs in memory. It may take seconds for large keys. Errors: a bad option, and
// *InputError for material that does not fit into what the device reads.
func (in *Inputs) Make(o Options) (*Result, error) {
	if err := o.defaults(in.layout); err != nil {
		return nil, err
	}
	if in.layout == LayoutV10 {
		return in.makeV10(o)
	}
	r := &Result{Warnings: in.warnings}
	ca, own, header := in.ca, in.client, in.client
	switch {
	case ca == nil:
		r.Case, r.Title = "1", "no ca.crt: a new CA, a server's and a client's pair"
		set, err := o.generate(true)
		if err != nil {
			return nil, err
		}
		r.add("ca/ca.crt", set.ca.Cert.pem(), false, "CA certificate, %s", set.ca.Cert)
		r.add("ca/ca.key", set.ca.Key.PEM(), true, "its key")
		set.server.addTo(r)
		set.client.addTo(r)
		ca, own, header = &set.ca.Cert, set.client, set.server
		r.Notes = append(r.Notes,
			"The headers hold the server's pair, as the manual describes it; makefile.sh puts the client's there, and so does --as-script.")
		if o.AsScript {
			header, r.Notes = set.client, nil
		}
		r.Warnings = append(r.Warnings, o.expiry()...)
	case in.client != nil:
		r.Case, r.Title = "3a", "ca.crt and the client's pair"
		if in.server != nil {
			r.Warnings = append(r.Warnings,
				"both client.crt and server.crt are here: the client's pair is used, as in makefile.sh; move it away to use the server's")
		}
	case in.server != nil:
		r.Case, r.Title = "3b", "ca.crt and the server's pair"
		own, header = in.server, in.server
	default:
		r.Case, r.Title = "2", "ca.crt alone"
		r.Notes = append(r.Notes,
			"No device certificate is made: that takes client.crt and client.key, or server.crt and server.key, beside ca.crt.")
	}
	if in.ca != nil {
		r.add("ca/ca.crt", ca.pem(), false, "CA certificate, %s", ca)
		if own != nil {
			own.addTo(r)
		}
	}
	if err := in.images(r, ca, own); err != nil {
		return nil, err
	}
	if header != nil {
		r.headers(certHeader, keyHeader, header)
	}
	return r, nil
}

// addTo adds the pair's own files in PEM.
func (p *Pair) addTo(r *Result) {
	r.add(p.name+"/"+p.name+".crt", p.Cert.pem(), false, "%s's certificate, %s", p.name, p.Cert)
	r.add(p.name+"/"+p.name+".key", p.Key.PEM(), true, "its key")
}

// images adds esp_ca_cert.bin and, with a pair, esp_cert_private_key.bin.
func (in *Inputs) images(r *Result, ca *Cert, own *Pair) error {
	r.CA = image.Certs{{Name: caEntry, Data: ca.DER}}
	for _, x := range in.extra {
		r.CA = append(r.CA, image.CertEntry{Name: entryName(x.name), Data: x.cert.DER})
	}
	b, err := r.CA.Encode()
	if err != nil {
		return tooLarge(caCert, err)
	}
	r.add(caImagePath, b, false, "image of %s for espconn_secure_ca_enable (sector 0x7B: burn at 0x7B000)", cas(r.CA))
	if own == nil {
		return nil
	}
	r.Own = image.Certs{
		{Name: image.CertificateEntry, Data: own.Cert.DER},
		{Name: image.PrivateKeyEntry, Data: own.Key.DER()},
	}
	if b, err = r.Own.Encode(); err != nil {
		return tooLarge(own.name+".crt", err)
	}
	r.add(ownImagePath, b, true, "image of the %s's pair for espconn_secure_cert_req_enable (sector 0x7A: burn at 0x7A000)", own.name)
	return nil
}

func cas(m image.Certs) string {
	if len(m) == 1 {
		return "1 CA"
	}
	return fmt.Sprintf("%d CAs", len(m))
}

func tooLarge(name string, err error) error {
	if errors.Is(err, image.ErrCertsSize) {
		return inputf(name, "is too large: %w", err)
	}
	return &InputError{name, err}
}

// entryName is a file's name as the image's name field holds it; longer ones are cut, as the device does not look at
// the names of CAs (tls.md 4.4).
func entryName(file string) string { return file[:min(len(file), image.CertNameLen)] }

// headers adds cert.h and private_key.h with the pair p.
func (r *Result) headers(cert, key string, p *Pair) {
	r.add(cert, CArray(CertArray, p.Cert.DER), false, "%s, the %s's, for espconn_secure_set_default_certificate", CertArray, p.name)
	r.add(key, CArray(KeyArray, p.Key.DER()), true, "%s, its key, for espconn_secure_set_default_private_key", KeyArray)
}

// axTLSEnd is where the 32-bit clock of the device's axTLS library ends (axtls.md 3).
var axTLSEnd = time.Date(2038, 1, 19, 3, 14, 7, 0, time.UTC)

// expiry warns of certificates that outlive the clock of some devices.
func (o Options) expiry() []string {
	end := o.Now.UTC().Add(time.Duration(o.Days) * 24 * time.Hour)
	days := int(axTLSEnd.Sub(o.Now) / (24 * time.Hour))
	if !end.After(axTLSEnd) || days < 1 {
		return nil
	}
	return []string{fmt.Sprintf("the certificates end on %s: devices with the axTLS library (manual V1.0, "+
		"libssl) take a peer's certificate that ends after 18 January 2038 for expired; --days %d is the most for them",
		end.Format("2006-01-02"), days)}
}

// pairs are new certificates.
type pairs struct{ ca, server, client *Pair }

// generate makes a CA and what it signs. Keys are made at the same time.
func (o Options) generate(client bool) (*pairs, error) {
	n := 2
	if client {
		n = 3
	}
	keys, errs := make([]*Key, n), make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { keys[i], errs[i] = GenerateKey(o.Bits) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	authority := name{O: o.Project + caSuffix}
	sign := func(role string, serial *big.Int, subject name, key *Key) (*Pair, error) {
		der, err := template{serial, subject, authority, key, keys[0], o.Hash, o.Now, o.Days}.certificate()
		if err != nil {
			return nil, err
		}
		c, err := newCert(der)
		return &Pair{role, c, key}, err
	}
	first, err := serial()
	if err != nil {
		return nil, err
	}
	own, err := serial()
	if err != nil {
		return nil, err
	}
	var s pairs
	if s.ca, err = sign("ca", own, authority, keys[0]); err != nil {
		return nil, err
	}
	if s.server, err = sign("server", first, name{o.Project, o.CN}, keys[1]); err != nil || !client {
		return &s, err
	}
	s.client, err = sign("client", new(big.Int).Add(first, one), name{o.Project + deviceSuffix, o.ClientCN}, keys[2])
	return &s, err
}

// serialBits is the length of a random serial number.
const serialBits = 63

func serial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(one, serialBits))
	if err != nil {
		return nil, err
	}
	return n.Add(n, one), nil
}
