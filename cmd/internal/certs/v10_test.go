package certs

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

// The fields of cert-tools.md, "Manual V1.0 form".
func TestV10New(t *testing.T) {
	r, err := run(t, fstest.MapFS{}, LayoutV10, Options{Bits: 1024})
	require.NoError(t, err)
	assert.Equal(t, "v1.0 new", r.Case)
	assert.Equal(t, []string{
		"TLS.ca_key.pem", "TLS.ca_x509.pem", "TLS.ca_x509.cer", "TLS.key_1024.pem", "TLS.key_1024",
		"TLS.x509_1024.pem", "TLS.x509_1024.cer",
		"esp_ca_cert.bin", "cert.h", "private_key.h",
	}, paths(r))
	ca, own := parsed(t, data(t, r, "TLS.ca_x509.cer")), parsed(t, data(t, r, "TLS.x509_1024.pem"))
	assert.Equal(t, "CN=127.0.0.1,O=TLS Project", own.Subject.String())
	assert.Equal(t, ca.RawSubject, own.RawIssuer)
	assert.Equal(t, 1, own.Version)
	assert.Equal(t, 5000*24*time.Hour, own.NotAfter.Sub(own.NotBefore))
	assert.Equal(t, own.Raw, data(t, r, "TLS.x509_1024.cer"))
	assert.Equal(t, image.Certs{{Name: "TLS.ca_x509.cer", Data: ca.Raw}}, r.CA)
	assert.Equal(t, CArray(CertArray, own.Raw), data(t, r, "cert.h"))
	assert.Equal(t, CArray(KeyArray, data(t, r, "TLS.key_1024")), data(t, r, "private_key.h"))
	assert.Nil(t, r.Own)

	before := fstest.MapFS{}
	for _, f := range r.Files {
		before[f.Path] = &fstest.MapFile{Data: f.Data}
	}
	made := func(name string) bool { return before[name] != nil }
	in, err := Read(before, made, LayoutV10) // what was made before is not taken for the user's
	require.NoError(t, err)
	r, err = in.Make(Options{CN: "10.0.0.9", Bits: 512})
	require.NoError(t, err)
	assert.Equal(t, "v1.0 new", r.Case)
	assert.Contains(t, paths(r), "TLS.key_512")
	assert.Equal(t, "10.0.0.9", parsed(t, data(t, r, "TLS.x509_512.cer")).Subject.CommonName)
}

func TestV10Given(t *testing.T) {
	g := makeGiven(t)
	ca, other := parsed(t, g.ca).Raw, parsed(t, g.other).Raw
	for _, c := range []struct {
		name     string
		files    map[string][]byte
		out      []string
		ca       image.Certs
		warnings string
		err      string
	}{
		{"one CA", map[string][]byte{"ca.cer": ca}, []string{"esp_ca_cert.bin"}, image.Certs{{Name: "ca.cer", Data: ca}}, "", ""},
		{"two CAs, DER and PEM", map[string][]byte{"b.cer": ca, "a.pem": g.other}, []string{"esp_ca_cert.bin"},
			image.Certs{{Name: "a.pem", Data: other}, {Name: "b.cer", Data: ca}}, "", ""},
		{"three", map[string][]byte{"a.cer": ca, "b.cer": other, "c.cer": ca}, nil, nil, "",
			"certs: c.cer is one too many: the device of manual V1.0 takes at most 2 CA certificates (SSL User Manual V1.0, 3.1), " +
				"and here are a.cer, b.cer, c.cer"},
		{"server's pair", map[string][]byte{"server.crt": g.server, "server.key": g.serverKey},
			[]string{"cert.h", "private_key.h"}, nil, "", ""},
		{"all", map[string][]byte{"ca.crt": g.ca, "server.crt": g.server, "server.key": g.serverKey, "client.crt": g.client,
			"client.key": g.clientKey, "k.pem": g.caKey, "x.key": g.caKey},
			[]string{"esp_ca_cert.bin", "cert.h", "private_key.h"}, image.Certs{{Name: "ca.crt", Data: ca}},
			"client.crt and client.key are not used|not used: k.pem, x.key", ""},
		{"no certificate", map[string][]byte{"a.cer": []byte("hello")}, nil, nil, "", "certs: a.cer is no certificate"},
		{"half a pair", map[string][]byte{"server.crt": g.server}, nil, nil, "", "certs: server.crt needs server.key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := run(t, put(c.files), LayoutV10, Options{})
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, "v1.0 given", r.Case)
			assert.Equal(t, c.out, paths(r))
			assert.Equal(t, c.ca, r.CA)
			if c.warnings == "" {
				assert.Empty(t, r.Warnings)
				return
			}
			for i, w := range strings.Split(c.warnings, "|") {
				assert.Contains(t, r.Warnings[i], w)
			}
		})
	}
}
