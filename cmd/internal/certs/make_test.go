package certs

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// run reads a folder and makes what the command would write.
func run(t *testing.T, folder fs.FS, layout string, o Options) (*Result, error) {
	t.Helper()
	in, err := Read(folder, nil, layout)
	if err != nil {
		return nil, err
	}
	if o.Bits == 0 {
		o.Bits = 512 // quick
	}
	if o.Now.IsZero() {
		o.Now = noon
	}
	return in.Make(o)
}

// put makes a folder of files.
func put(files map[string][]byte) fstest.MapFS {
	folder := fstest.MapFS{}
	for name, b := range files {
		folder[name] = &fstest.MapFile{Data: b}
	}
	return folder
}

func paths(r *Result) (names []string) {
	for _, f := range r.Files {
		names = append(names, f.Path)
	}
	return names
}

func data(t *testing.T, r *Result, path string) []byte {
	t.Helper()
	for _, f := range r.Files {
		if f.Path == path {
			return f.Data
		}
	}
	require.Failf(t, "no such output", "%s, there are %v", path, paths(r))
	return nil
}

func parsed(t *testing.T, b []byte) *x509.Certificate {
	t.Helper()
	if block, _ := pem.Decode(b); block != nil {
		b = block.Bytes
	}
	c, err := x509.ParseCertificate(b)
	require.NoError(t, err)
	return c
}

// given are two authorities and pairs signed by the first.
type given struct{ ca, caKey, client, clientKey, server, serverKey, other []byte }

func makeGiven(t *testing.T) given {
	t.Helper()
	set, err := Options{Project: "Given", CN: "server", ClientCN: "client", Bits: 512, Days: 30, Hash: crypto.SHA1,
		Now: noon}.generate(true)
	require.NoError(t, err)
	other, err := Options{Project: "Other", Bits: 512, Days: 30, Hash: crypto.SHA1, Now: noon}.generate(false)
	require.NoError(t, err)
	return given{
		set.ca.Cert.pem(), set.ca.Key.PEM(), set.client.Cert.pem(), set.client.Key.PEM(),
		set.server.Cert.pem(), set.server.Key.PEM(), other.ca.Cert.pem(),
	}
}

// The fields of cert-tools.md, case 1.
func TestCase1(t *testing.T) {
	for _, asScript := range []bool{false, true} {
		r, err := run(t, fstest.MapFS{}, LayoutV21, Options{AsScript: asScript})
		require.NoError(t, err)
		assert.Equal(t, "1", r.Case)
		assert.Equal(t, []string{
			"ca/ca.crt", "ca/ca.key", "server/server.crt", "server/server.key", "client/client.crt", "client/client.key",
			"bin/esp_ca_cert.bin", "bin/esp_cert_private_key.bin", "include/cert.h", "include/private_key.h",
		}, paths(r))

		ca, server, client := parsed(t, data(t, r, "ca/ca.crt")), parsed(t, data(t, r, "server/server.crt")),
			parsed(t, data(t, r, "client/client.crt"))
		for name, c := range map[string]*x509.Certificate{"ca": ca, "server": server, "client": client} {
			assert.Equal(t, 1, c.Version, name)
			assert.Empty(t, c.Extensions, name)
			assert.Equal(t, x509.SHA1WithRSA, c.SignatureAlgorithm, name)
			assert.Equal(t, noon, c.NotBefore, name)
			assert.Equal(t, 5000*24*time.Hour, c.NotAfter.Sub(c.NotBefore), name)
			assert.Equal(t, ca.RawSubject, c.RawIssuer, name)
			assert.Positive(t, c.SerialNumber.Sign(), name)
			mine, err := newCert(c.Raw)
			require.NoError(t, err)
			authority, err := newCert(ca.Raw)
			require.NoError(t, err)
			assert.True(t, mine.SignedBy(authority.CertificateInfo), name)
		}
		assert.Equal(t, "O=TLS Project Dodgy Certificate Authority", ca.Subject.String())
		assert.Equal(t, "CN=192.168.111.100,O=TLS Project", server.Subject.String())
		assert.Equal(t, "CN=192.168.111.101,O=TLS Project Device Certificate", client.Subject.String())
		assert.Equal(t, int64(1), client.SerialNumber.Int64()-server.SerialNumber.Int64(), "a serial file counts")

		m, err := image.ParseCerts(data(t, r, "bin/esp_ca_cert.bin"))
		require.NoError(t, err)
		assert.Equal(t, image.Certs{{Name: "TLS.ca_x509.cer", Data: ca.Raw}}, m)

		clientKey, err := parseKey(data(t, r, "client/client.key"))
		require.NoError(t, err)
		m, err = image.ParseCerts(data(t, r, "bin/esp_cert_private_key.bin"))
		require.NoError(t, err)
		assert.Equal(t, image.Certs{{Name: "certificate", Data: client.Raw}, {Name: "private_key", Data: clientKey.DER()}}, m)

		headerCert, headerKey := server, "server/server.key"
		if asScript { // the script's trap
			headerCert, headerKey = client, "client/client.key"
		}
		k, err := parseKey(data(t, r, headerKey))
		require.NoError(t, err)
		assert.Equal(t, string(CArray("default_certificate", headerCert.Raw)), string(data(t, r, "include/cert.h")))
		assert.Equal(t, string(CArray("default_private_key", k.DER())), string(data(t, r, "include/private_key.h")))
	}
}

func TestOptions(t *testing.T) {
	r, err := run(t, fstest.MapFS{}, LayoutV21, Options{CN: "10.0.0.7", ClientCN: "gerät", Project: "Own", Days: 40, Hash: crypto.SHA256})
	require.NoError(t, err)
	server := parsed(t, data(t, r, "server/server.crt"))
	assert.Equal(t, "CN=10.0.0.7,O=Own", server.Subject.String())
	assert.Equal(t, x509.SHA256WithRSA, server.SignatureAlgorithm)
	assert.Equal(t, noon.AddDate(0, 0, 40), server.NotAfter)
	assert.Equal(t, "gerät", parsed(t, data(t, r, "client/client.crt")).Subject.CommonName)
	assert.Empty(t, r.Warnings)

	// Dates behind 2049 are GeneralizedTime, and the axTLS library's clock has long ended.
	r, err = run(t, fstest.MapFS{}, LayoutV21, Options{Days: DaysMax})
	require.NoError(t, err)
	assert.Equal(t, noon.Add(DaysMax*24*time.Hour), parsed(t, data(t, r, "ca/ca.crt")).NotAfter)
	require.Len(t, r.Warnings, 1)
	assert.Contains(t, r.Warnings[0], "2038")

	for _, o := range []Options{{Days: -1}, {Days: DaysMax + 1}, {CN: strings.Repeat("x", 65)}, {CN: "a\x00b"}, {Project: "\xff"},
		{Bits: 100}, {Hash: crypto.MD5}} {
		_, err := run(t, fstest.MapFS{}, LayoutV21, o)
		require.Error(t, err, "%+v", o)
	}
	_, err = Read(fstest.MapFS{}, nil, "v3")
	require.Error(t, err)
}

// TestKeySizes: 1,024 bits unless another size is asked for (manual V2.1 3.1, 4.1, V1.0 2.1), in every key of both layouts.
func TestKeySizes(t *testing.T) {
	for bits, want := range map[int]int{0: 1024, 512: 512, 768: 768, 1024: 1024, 1998: 1998} {
		for layout, certificates := range map[string][]string{
			LayoutV21: {"ca/ca.crt", "server/server.crt", "client/client.crt"},
			LayoutV10: {"TLS.ca_x509.cer", fmt.Sprintf("TLS.x509_%d.cer", want)},
		} {
			in, err := Read(fstest.MapFS{}, nil, layout)
			require.NoError(t, err)
			r, err := in.Make(Options{Bits: bits})
			require.NoError(t, err)
			for _, name := range certificates {
				got := parsed(t, data(t, r, name)).PublicKey.(*rsa.PublicKey).N.BitLen()
				assert.Equal(t, want, got, "%s of layout %s, %d bits asked for", name, layout, bits)
			}
		}
	}
}

func TestGivenCertificates(t *testing.T) {
	g := makeGiven(t)
	for _, c := range []struct {
		name, want string
		files      map[string][]byte
		out        []string
		pair       string // role whose pair is used
		warning    string
	}{
		{"CA", "2", map[string][]byte{"ca.crt": g.ca}, []string{"ca/ca.crt", "bin/esp_ca_cert.bin"}, "", ""},
		{"CA and its key", "2", map[string][]byte{"ca.crt": g.ca, "ca.key": g.caKey}, []string{"ca/ca.crt", "bin/esp_ca_cert.bin"}, "", ""},
		{"client", "3a", map[string][]byte{"ca.crt": g.ca, "client.crt": g.client, "client.key": g.clientKey},
			[]string{"ca/ca.crt", "client/client.crt", "client/client.key", "bin/esp_ca_cert.bin", "bin/esp_cert_private_key.bin",
				"include/cert.h", "include/private_key.h"}, "client", ""},
		{"server", "3b", map[string][]byte{"ca.crt": g.ca, "server.crt": g.server, "server.key": g.serverKey},
			[]string{"ca/ca.crt", "server/server.crt", "server/server.key", "bin/esp_ca_cert.bin", "bin/esp_cert_private_key.bin",
				"include/cert.h", "include/private_key.h"}, "server", ""},
		{"both", "3a", map[string][]byte{"ca.crt": g.ca, "client.crt": g.client, "client.key": g.clientKey, "server.crt": g.server,
			"server.key": g.serverKey},
			[]string{"ca/ca.crt", "client/client.crt", "client/client.key", "bin/esp_ca_cert.bin", "bin/esp_cert_private_key.bin",
				"include/cert.h", "include/private_key.h"}, "client", "both client.crt and server.crt"},
		{"another CA's client", "3a", map[string][]byte{"ca.crt": g.other, "client.crt": g.client, "client.key": g.clientKey}, nil,
			"client", "not issued by the CA"},
		{"bundle", "2", map[string][]byte{"ca.crt": append(append([]byte(nil), g.ca...), g.other...)}, nil, "", "1 more certificates"},
		{"others beside", "2", map[string][]byte{"ca.crt": g.ca, "ca.pem": g.ca, "spare.key": g.caKey}, nil, "",
			"not used: ca.pem, spare.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := run(t, put(c.files), LayoutV21, Options{})
			require.NoError(t, err)
			assert.Equal(t, c.want, r.Case)
			if c.out != nil {
				assert.Equal(t, c.out, paths(r))
			}
			assert.Equal(t, c.files["ca.crt"], data(t, r, "ca/ca.crt"), "as it was given")
			assert.Equal(t, image.Certs{{Name: "TLS.ca_x509.cer", Data: parsed(t, c.files["ca.crt"]).Raw}}, r.CA)
			if c.warning == "" {
				assert.Empty(t, r.Warnings)
			} else {
				assert.Contains(t, strings.Join(r.Warnings, "\n"), c.warning)
			}
			if c.pair == "" {
				assert.Nil(t, r.Own)
				assert.Contains(t, r.Notes[0], "No device certificate")
				return
			}
			cert, key := c.files[c.pair+".crt"], c.files[c.pair+".key"]
			k, err := parseKey(key)
			require.NoError(t, err)
			assert.Equal(t, image.Certs{{Name: "certificate", Data: parsed(t, cert).Raw}, {Name: "private_key", Data: k.DER()}}, r.Own)
			assert.Equal(t, CArray(CertArray, parsed(t, cert).Raw), data(t, r, "include/cert.h"))
			assert.Equal(t, CArray(KeyArray, k.DER()), data(t, r, "include/private_key.h"))
		})
	}
}

// DER, a byte order mark, CRLF and PKCS#8 in, the script's forms out.
func TestInputForms(t *testing.T) {
	g := makeGiven(t)
	key, err := parseKey(g.clientKey)
	require.NoError(t, err)
	pkcs8 := mustMarshal(struct {
		Version   int
		Algorithm any
		Key       []byte
	}{0, struct{ OID, Null any }{oidRSA, asn1.NullRawValue}, key.DER()})
	der := func(b []byte) []byte { return parsed(t, b).Raw }
	crlf := func(b []byte) []byte { return []byte(strings.ReplaceAll(string(b), "\n", "\r\n")) }
	bom := func(b []byte) []byte { return append(append([]byte(nil), utf8BOM...), b...) }
	for name, f := range map[string]map[string][]byte{
		"DER": {"ca.crt": der(g.ca), "client.crt": der(g.client), "client.key": key.DER()},
		"PKCS#8": {"ca.crt": g.ca, "client.crt": g.client,
			"client.key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})},
		"PKCS#8 DER":      {"ca.crt": g.ca, "client.crt": g.client, "client.key": pkcs8},
		"CRLF":            {"ca.crt": crlf(g.ca), "client.crt": crlf(g.client), "client.key": crlf(g.clientKey)},
		"byte order mark": {"ca.crt": bom(g.ca), "client.crt": bom(g.client), "client.key": bom(g.clientKey)},
		"text before": {"ca.crt": append([]byte("subject=CA\n"), g.ca...), "client.crt": g.client,
			"client.key": append([]byte("Bag Attributes\n"), g.clientKey...)},
		"certificate last": {"ca.crt": g.ca, "client.crt": append(append([]byte(nil), g.clientKey...), g.client...),
			"client.key": append(append([]byte(nil), g.client...), g.clientKey...)},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := run(t, put(f), LayoutV21, Options{})
			require.NoError(t, err)
			assert.Equal(t, image.Certs{{Name: "certificate", Data: der(g.client)}, {Name: "private_key", Data: key.DER()}}, r.Own)
			assert.Equal(t, der(g.ca), r.CA[0].Data)
			assert.Equal(t, der(g.client), parsed(t, data(t, r, "client/client.crt")).Raw)
			assert.Equal(t, g.clientKey, data(t, r, "client/client.key"))
		})
	}
}

// Every further *.cer goes into the image, as make_cacert.py does it.
func TestFurtherCAs(t *testing.T) {
	g := makeGiven(t)
	long := strings.Repeat("n", 40) + ".cer"
	r, err := run(t, put(map[string][]byte{"ca.crt": g.ca, "b.cer": parsed(t, g.other).Raw, long: g.ca, "server.cer": g.server,
		"TLS.x.cer": g.ca}), LayoutV21, Options{})
	require.Error(t, err, "server.cer is misnamed")
	assert.Nil(t, r)
	r, err = run(t, put(map[string][]byte{"ca.crt": g.ca, "b.cer": parsed(t, g.other).Raw, long: g.ca, "TLS.x.cer": g.ca}),
		LayoutV21, Options{})
	require.NoError(t, err)
	assert.Equal(t, image.Certs{
		{Name: "TLS.ca_x509.cer", Data: parsed(t, g.ca).Raw}, {Name: "b.cer", Data: parsed(t, g.other).Raw},
		{Name: strings.Repeat("n", 32), Data: parsed(t, g.ca).Raw},
	}, r.CA)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "b.cer is added")
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "not used: TLS.x.cer")
}
