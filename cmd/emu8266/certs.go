package main

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/emu8266/emu8266/cmd/emu8266/internal/workdir"
	"github.com/emu8266/emu8266/cmd/internal/certs"
)

// certsCmd does what the SDK's makefile.sh, make_cacert.py, make_cert.py and rmfile.sh do.
type certsCmd struct {
	CN       string `name:"cn" help:"CN of the server's certificate: the device's IP address as server (default: 192.168.111.100; 127.0.0.1 with --layout v1.0)." placeholder:"NAME"`
	ClientCN string `name:"client-cn" help:"CN of the client's certificate (default: 192.168.111.101)." placeholder:"NAME"`
	Project  string `help:"O of the certificates, which the CA's and the client's extend." default:"TLS Project" placeholder:"NAME"`
	Bits     int    `help:"RSA key size: an even number from 512 to 4096." default:"1024" placeholder:"N"`
	Hash     string `help:"Hash of the signatures: sha1 or sha256." default:"sha1" enum:"sha1,sha256"`
	Days     int    `help:"Days until the certificates expire, 1 to 36500." default:"5000"`
	Layout   string `help:"Form of the outputs: v2.1 (SDK 2 and 3) or v1.0." default:"v2.1" enum:"v2.1,v1.0"`
	AsScript bool   `help:"With nothing given, put the client's pair into the headers, as makefile.sh does (the manual describes the server's)."`
	Clean    bool   `help:"Remove what earlier runs made, unless it was changed since." xor:"what"`
	Check    string `help:"Make nothing; say what each profile makes of an image (esp_ca_cert.bin or esp_cert_private_key.bin)." placeholder:"FILE" xor:"what"`
	Dir      string `help:"Folder to work in." default:"." placeholder:"DIR"`
	JSON     bool   `help:"Print the result as JSON."`
}

// Help is shown by --help.
func (certsCmd) Help() string {
	return `Example:
  emu8266 certs --cn 192.168.1.7 --bits 2048
  emu8266 certs --clean

What is done depends on the files in the folder, as for the SDK's makefile.sh; no virtual machine, Python or OpenSSL is
needed:
  no ca.crt                        a new CA, a server's and a client's pair (for tests only)
  ca.crt                           bin/esp_ca_cert.bin
  ca.crt, client.crt, client.key   also bin/esp_cert_private_key.bin, include/cert.h, include/private_key.h
  ca.crt, server.crt, server.key   the same from the server's pair
With --layout v1.0: up to two CA certificates of any name become esp_ca_cert.bin; server.crt and server.key become cert.h
and private_key.h; with nothing given both are made new, as TLS.*.
Certificates and keys may be PEM or DER, keys without passphrase. A file that was not made here is never replaced or deleted.
Exit code 0 if everything was made, 1 if not, 2 for wrong usage.`
}

// certsReport is what --json prints; the field names are stable.
type certsReport struct {
	Case     string          `json:"case,omitempty"` // as cert-tools.md numbers them
	Title    string          `json:"title,omitempty"`
	Files    []certsFile     `json:"files,omitempty"`
	Removed  []string        `json:"removed,omitempty"` // --clean
	Kept     []string        `json:"kept,omitempty"`
	Entries  []certsFile     `json:"entries,omitempty"` // --check
	Notes    []string        `json:"notes,omitempty"`
	Warnings []string        `json:"warnings"`
	Verdicts []certs.Verdict `json:"verdicts,omitempty"`
}

// certsFile is a file or an entry of an image.
type certsFile struct {
	Path  string `json:"path"`
	Bytes int    `json:"bytes"`
	What  string `json:"what"`
}

// Run works on the folder and reports.
func (c certsCmd) Run(con *console) error {
	if c.Days < 1 || c.Days > certs.DaysMax {
		return usagef("certs: --days %d: give 1 to %d", c.Days, certs.DaysMax)
	}
	if err := certs.CheckBits(c.Bits); err != nil {
		return usagef("certs: --bits: %v", err)
	}
	for flag, s := range map[string]string{"--cn": c.CN, "--client-cn": c.ClientCN, "--project": c.Project} {
		if err := certs.CheckName(s); err != nil {
			return usagef("certs: %s: %v", flag, err)
		}
	}
	if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
		return usagef("certs: --dir %s: there is no such folder: make it, or give another name", c.Dir)
	}
	report := certsReport{Warnings: []string{}}
	var err error
	switch {
	case c.Check != "":
		err = c.check(&report)
	case c.Clean:
		err = c.clean(&report)
	default:
		err = c.generate(con, &report)
	}
	if err != nil {
		return err
	}
	report.Warnings = append(report.Warnings, refusals(report.Verdicts)...)
	if c.JSON {
		enc := json.NewEncoder(con.out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	report.print(con)
	return nil
}

func (c certsCmd) generate(con *console, report *certsReport) (err error) {
	folder, err := workdir.Open(c.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	in, err := certs.Read(os.DirFS(c.Dir), folder.Made, c.Layout)
	if err != nil {
		return err
	}
	if in.Empty() {
		con.progress("making RSA-%d keys", c.Bits)
	} else if flags := c.forNew(); flags != "" {
		report.Warnings = append(report.Warnings, flags+" has no effect: certificates were given, so none are made")
	}
	result, err := in.Make(certs.Options{
		CN: c.CN, ClientCN: c.ClientCN, Project: c.Project, Bits: c.Bits, Days: c.Days, Hash: c.hash(), AsScript: c.AsScript,
	})
	if err != nil {
		return err
	}
	writing.Lock()
	left, err := folder.Write(result.Files)
	writing.Unlock()
	if err != nil {
		return err
	}
	for _, name := range left {
		report.Warnings = append(report.Warnings, name+
			" is left from an earlier run and does not belong to this one; `emu8266 certs --clean` removes it")
	}
	report.Case, report.Title, report.Notes = result.Case, result.Title, result.Notes
	report.Warnings = append(report.Warnings, result.Warnings...)
	for _, f := range result.Files {
		report.Files = append(report.Files, certsFile{f.Path, len(f.Data), f.What})
	}
	for _, r := range certs.Readers() {
		if result.CA != nil {
			report.Verdicts = append(report.Verdicts, r.Check(result.CA, certs.KindCA))
		}
		if result.Own != nil {
			report.Verdicts = append(report.Verdicts, r.Check(result.Own, certs.KindOwn))
		}
	}
	return nil
}

func (c certsCmd) hash() crypto.Hash {
	if c.Hash == "sha256" {
		return crypto.SHA256
	}
	return crypto.SHA1
}

// forNew names a flag that is for new certificates only and was given; "" for none.
func (c certsCmd) forNew() string {
	switch {
	case c.CN != "":
		return "--cn"
	case c.ClientCN != "":
		return "--client-cn"
	case c.Bits != certs.DefaultBits:
		return "--bits"
	case c.Days != certs.DefaultDays:
		return "--days"
	case c.Hash != "sha1":
		return "--hash"
	}
	return ""
}

func (c certsCmd) clean(report *certsReport) (err error) {
	folder, err := workdir.Open(c.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	writing.Lock()
	report.Removed, report.Kept, err = folder.Clean()
	writing.Unlock()
	for _, name := range report.Kept {
		report.Warnings = append(report.Warnings, name+" stays: it was changed since it was made")
	}
	if len(report.Removed) == 0 && err == nil {
		report.Notes = append(report.Notes, "Nothing here was made by emu8266 certs.")
	}
	return err
}

func (c certsCmd) check(report *certsReport) error {
	name := c.Check
	if !filepath.IsAbs(name) {
		name = filepath.Join(c.Dir, name)
	}
	f, err := openFile(name)
	if err != nil {
		return usagef("certs: --check: %v", err)
	}
	defer f.Close()
	m, err := certs.ReadImage(f)
	if err != nil {
		return usagef("certs: --check %s: %v: give an image that emu8266 certs or the SDK's makefile.sh made", c.Check, err)
	}
	for _, e := range m {
		report.Entries = append(report.Entries, certsFile{e.Name, len(e.Data), certs.Describe(e.Data)})
	}
	if len(m) == 0 {
		report.Notes = append(report.Notes, "It holds no entry. What is in the image of a whole chip, emu8266 flash info tells.")
	}
	kind := certs.KindOf(m)
	report.Title = fmt.Sprintf("%s has the form of %v", c.Check, kind)
	for _, r := range certs.Readers() {
		report.Verdicts = append(report.Verdicts, r.Check(m, kind))
	}
	return nil
}
