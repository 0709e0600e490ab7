package certs

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Layouts of the outputs.
const (
	LayoutV21 = "v2.1" // makefile.sh of SDK 2.x and 3.x (manual V2.1)
	LayoutV10 = "v1.0" // the older form (manual V1.0 2.1, 3.1)
)

// The names that makefile.sh looks for (cert-tools.md).
const (
	caCert     = "ca.crt"
	caKey      = "ca.key"
	clientCert = "client.crt"
	clientKey  = "client.key"
	serverCert = "server.crt"
	serverKey  = "server.key"
)

var knownNames = []string{caCert, caKey, clientCert, clientKey, serverCert, serverKey}

// extensions are those of files that may hold a certificate or a key.
var extensions = []string{".crt", ".cert", ".cer", ".pem", ".der", ".key", ".p12", ".pfx", ".p7b"}

// InputError names the file that cannot be used and says why and what to do.
type InputError struct {
	Name string
	Err  error
}

func (e *InputError) Error() string { return "certs: " + e.Name + " " + e.Err.Error() }

// Unwrap returns the reason.
func (e *InputError) Unwrap() error { return e.Err }

func inputf(name, format string, args ...any) error {
	return &InputError{name, fmt.Errorf(format, args...)}
}

// Pair is a certificate with its key.
type Pair struct {
	name string // "client", "server"
	Cert Cert
	Key  *Key
}

// named is a certificate with the name of its file.
type named struct {
	name string
	cert Cert
}

// Inputs are the files of a folder that the tools use. What is not there is nil.
type Inputs struct {
	layout         string
	ca             *Cert
	client, server *Pair
	extra          []named // further CAs: *.cer; V1.0: all CA files
	warnings       []string
}

// Empty reports whether nothing was given, so that new certificates will be made.
func (in *Inputs) Empty() bool {
	if in.layout == LayoutV10 {
		return in.server == nil && len(in.extra) == 0
	}
	return in.ca == nil
}

// Read looks at the files of a folder for one of the layouts. Files for which made returns true are outputs of an earlier
// run, no inputs; a nil made knows of none. Errors: of the file system, and *InputError for a file that is misnamed, alone, unreadable for
// the device, too large, or does not fit its partner.
func Read(folder fs.FS, made func(name string) bool, layout string) (*Inputs, error) {
	if layout != LayoutV21 && layout != LayoutV10 {
		return nil, fmt.Errorf("certs: layout %q: there are %s and %s", layout, LayoutV21, LayoutV10)
	}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("certs: %w", err)
	}
	l := listing{folder: folder}
	for _, e := range entries {
		if e.IsDir() || !slices.Contains(extensions, strings.ToLower(path.Ext(e.Name()))) || made != nil && made(e.Name()) {
			continue
		}
		l.names = append(l.names, e.Name())
	}
	in := &Inputs{layout: layout}
	if in.client, err = l.pair("client"); err != nil {
		return nil, err
	}
	if in.server, err = l.pair("server"); err != nil {
		return nil, err
	}
	if layout == LayoutV10 {
		err = in.readV10(&l)
	} else {
		err = in.readV21(&l)
	}
	if err != nil {
		return nil, err
	}
	if rest := l.rest(); len(rest) > 0 {
		in.warn("not used: %s (the tools take %s)", strings.Join(rest, ", "), strings.Join(knownNames, ", "))
	}
	return in, nil
}

func (in *Inputs) warn(format string, args ...any) {
	in.warnings = append(in.warnings, fmt.Sprintf(format, args...))
}

func (in *Inputs) readV21(l *listing) error {
	if l.has(caCert) {
		c, err := l.cert(caCert)
		if err != nil {
			return err
		}
		in.ca = c
	} else if err := l.noCA(); err != nil {
		return err
	}
	l.use(caKey) // nothing is signed with it, as in makefile.sh
	if in.client == nil && in.server == nil {
		for _, role := range []string{"client", "server"} {
			for _, want := range []string{role + ".crt", role + ".key"} {
				if wrong := l.misnamed(want); wrong != "" {
					return inputf(wrong, "is not looked at: a %s's certificate has to be called %s.crt and its key %s.key: rename it",
						role, role, role)
				}
			}
		}
	}
	for _, n := range slices.Clone(l.names) {
		if stem := strings.TrimSuffix(n, ".cer"); stem == n || l.used(n) || l.roleOf(stem) || strings.HasPrefix(n, "TLS.") {
			continue
		}
		c, err := l.cert(n)
		if err != nil {
			return err
		}
		in.extra = append(in.extra, named{n, *c})
		in.warn("%s is added to esp_ca_cert.bin, as make_cacert.py adds every *.cer of the folder", n)
	}
	for _, p := range []*Pair{in.client, in.server} {
		if p != nil && in.ca != nil && !p.Cert.SignedBy(in.ca.CertificateInfo) {
			in.warn("%s.crt is not issued by the CA in ca.crt: a peer that trusts only this CA refuses it", p.name)
		}
	}
	for _, c := range append([]named{{caCert, deref(in.ca)}}, in.extra...) {
		in.warnMore(c.name, c.cert)
	}
	for _, p := range []*Pair{in.client, in.server} {
		if p != nil {
			in.warnMore(p.name+".crt", p.Cert)
		}
	}
	return nil
}

func deref(c *Cert) Cert {
	if c == nil {
		return Cert{}
	}
	return *c
}

func (in *Inputs) warnMore(name string, c Cert) {
	if c.more > 0 {
		in.warn("%s holds %d more certificates after the first one: they are not used, as openssl x509 reads the first only", name, c.more)
	}
}

// listing is the folder's files that may be certificates or keys.
type listing struct {
	folder fs.FS
	names  []string // in the order of the alphabet
	taken  []string
}

func (l *listing) has(name string) bool  { return slices.Contains(l.names, name) }
func (l *listing) used(name string) bool { return slices.Contains(l.taken, name) }
func (l *listing) use(name string)       { l.taken = append(l.taken, name) }

// roleOf reports whether a file name without extension is one of the tools' own.
func (l *listing) roleOf(stem string) bool {
	return slices.Contains([]string{"ca", "client", "server", "certificate", "private_key"}, strings.ToLower(stem))
}

func (l *listing) rest() (names []string) {
	for _, n := range l.names {
		if !l.used(n) {
			names = append(names, n)
		}
	}
	return names
}

func (l *listing) cert(name string) (*Cert, error) {
	l.use(name)
	b, err := readInput(l.folder, name)
	if err != nil {
		return nil, &InputError{name, err}
	}
	c, err := parseCert(b)
	if err != nil {
		return nil, &InputError{name, err}
	}
	return &c, nil
}

// pair reads NAME.crt and NAME.key; nil if neither is there.
func (l *listing) pair(name string) (*Pair, error) {
	crt, key := name+".crt", name+".key"
	switch {
	case !l.has(crt) && !l.has(key):
		return nil, nil
	case !l.has(key):
		return nil, l.missing(crt, key)
	case !l.has(crt):
		return nil, l.missing(key, crt)
	}
	c, err := l.cert(crt)
	if err != nil {
		return nil, err
	}
	l.use(key)
	b, err := readInput(l.folder, key)
	if err != nil {
		return nil, &InputError{key, err}
	}
	k, err := parseKey(b)
	if err != nil {
		return nil, &InputError{key, err}
	}
	if k.pkcs1.N.Cmp(c.Modulus) != 0 {
		return nil, inputf(key, "does not belong to %s: their RSA moduli differ", crt)
	}
	return &Pair{name, *c, k}, nil
}

func (l *listing) missing(have, want string) error {
	if wrong := l.misnamed(want); wrong != "" {
		return inputf(have, "needs %s beside it: rename %s", want, wrong)
	}
	return inputf(have, "needs %s beside it, and that file is not there", want)
}

// misnamed finds a file that is probably meant to be want: another case or another extension.
func (l *listing) misnamed(want string) string {
	stem, ext, _ := strings.Cut(want, ".")
	for _, n := range l.names {
		e := path.Ext(n)
		isKey := strings.EqualFold(e, ".key")
		if n != want && strings.EqualFold(strings.TrimSuffix(n, e), stem) && isKey == (ext == "key") {
			return n
		}
	}
	return ""
}

// sectionOf is the manual's section about a file: the client's files have one of their own.
func sectionOf(name string) string {
	switch name {
	case clientCert, clientKey:
		return "4.1.3"
	case serverCert, serverKey:
		return "3.1.2"
	}
	return "3.1.2, 4.1.2, 4.1.3"
}

// noCA says whether a folder without ca.crt may get new certificates: not if somebody's own lie there, which makefile.sh
// would pass over and delete.
func (l *listing) noCA() error {
	if wrong := l.misnamed(caCert); wrong != "" {
		return inputf(wrong, "is not looked at: the CA certificate has to be called %s (SSL User Manual V2.1, %s): rename it",
			caCert, sectionOf(caCert))
	}
	for _, n := range l.names {
		if e := path.Ext(n); e == ".crt" || e == ".key" {
			return inputf(n,
				"lies here, but no %s (SSL User Manual V2.1, %s): add the CA certificate under that name, "+
					"or go to an empty folder to make new certificates", caCert, sectionOf(n))
		}
	}
	return nil
}
