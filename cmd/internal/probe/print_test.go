package probe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Every phrase has its words in both languages, with the same figures in them.
func TestPhrases(t *testing.T) {
	en, zh := reflect.ValueOf(speech[cause.English]), reflect.ValueOf(speech[cause.Chinese])
	for i := range en.NumField() {
		name, a, b := en.Type().Field(i).Name, en.Field(i).String(), zh.Field(i).String()
		assert.NotEmpty(t, a, name)
		assert.True(t, b != "" || name == "stop", name)
		assert.Equal(t, strings.Count(a, "%"), strings.Count(b, "%"), name)
	}
}

// A server's words mean nothing in Markdown and HTML.
func TestForeignText(t *testing.T) {
	r := &Report{Chain: []Certificate{{Bytes: 1, Key: "RSA 2048", Subject: "CN=a|b*<script>`x`\n# [c](d)"}},
		Results: []Result{{Profile: "ManualV21", Stage: "handshake"}}, profiles: []espconn.Profile{espconn.ManualV21()}}
	assert.Contains(t, r.Markdown(""), "| CN=a\\|b\\*\\<script\\>\\`x\\` \\# \\[c\\](d) |\n")
	page := r.HTML("<made>")
	assert.Contains(t, page, "&lt;script&gt;")
	assert.NotContains(t, page, "<script>")
	assert.Contains(t, page, "&lt;made&gt;")
	for _, loads := range []string{"http:", "https:", "src=", "@import", "url("} {
		assert.NotContains(t, page, loads)
	}
}

// Lines have at most 80 columns, the verdict is the first of them, and nothing gets lost in a table that is cut.
func TestTextWidth(t *testing.T) {
	leaf := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: 3000,
		Name: strings.Repeat("long.", 12)})
	for _, language := range cause.Languages() {
		t.Run(language.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				defer func() { require.NoError(t, network.Close()) }()
				p := &Probe{Network: network, Server: netip.MustParseAddrPort("10.0.0.10:443"), Profiles: espconn.AllProfiles(),
					Chain: &badpeer.Server{Chain: leaf.Chain()}, Language: language}
				for size := 2000; size < 3300; size += 100 {
					p.Sizes = append(p.Sizes, size)
				}
				r, err := p.Run(t.Context(), "a-broker-with-a-long-name.example.com:8883")
				require.NoError(t, err)
				text := r.String()
				for line := range strings.Lines(text) {
					assert.LessOrEqual(t, width(strings.TrimSuffix(line, "\n")), 80, "%q", line)
				}
				first, _, _ := strings.Cut(text, "\n\n")
				squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
				assert.Equal(t, squeeze(r.Verdict), squeeze(first))
				for _, size := range p.Sizes {
					assert.Regexp(t, fmt.Sprintf(`(?m)^  %s.* %d( |$)`, r.say().profile, size), text)
				}
				for _, other := range []string{r.Markdown("x"), r.HTML("x")} {
					assert.Contains(t, other, "3200")
				}
			})
		})
	}
}

// The certificates are the server's, whether a device can connect to it or not.
func TestLook(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	good := ca.Issue(t, testpki.Options{Key: testpki.Leaf2048})
	rsaKey, err := x509.ParsePKCS1PrivateKey(testpki.KeyDER(t, testpki.Leaf2048))
	require.NoError(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ec"}, NotAfter: time.Unix(4e9, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	rsaSuites := []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
	for _, row := range []struct {
		name   string
		config *tls.Config
		key    string
		ok     bool
		text   string
	}{
		{"RSA", &tls.Config{Certificates: []tls.Certificate{{Certificate: good.Chain(), PrivateKey: rsaKey}}, CipherSuites: rsaSuites,
			MaxVersion: tls.VersionTLS12}, "RSA 2048", true, "Yes: "},
		{"wants a certificate", &tls.Config{Certificates: []tls.Certificate{{Certificate: good.Chain(), PrivateKey: rsaKey}},
			CipherSuites: rsaSuites, MaxVersion: tls.VersionTLS12, ClientAuth: tls.RequireAnyClientCert}, "RSA 2048", false, "No: "},
		{"ECDSA", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, "ECDSA P-256", false,
			"key of another kind (ECDSA P-256)"},
		{"TLS 1.3 alone", &tls.Config{Certificates: []tls.Certificate{{Certificate: good.Chain(), PrivateKey: rsaKey}},
			MinVersion: tls.VersionTLS13}, "RSA 2048", false, "No: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := vnet.New(vnet.Options{Seed: 1})
				defer func() { require.NoError(t, network.Close()) }()
				p := &Probe{Network: network, Server: netip.MustParseAddrPort("10.0.0.10:443"),
					Profiles: []espconn.Profile{espconn.ManualV21()}, Sizes: []int{4096}}
				host := network.Host("server", p.Server.Addr())
				l, err := host.Listen("tcp", p.Server.String())
				require.NoError(t, err)
				defer l.Close()
				go func() {
					for {
						c, err := l.Accept()
						if err != nil {
							return
						}
						go func() {
							s := tls.Server(c, row.config)
							_, _ = s.Read(make([]byte, 10))
							_ = s.Close()
						}()
					}
				}()
				r, err := p.Run(t.Context(), "x")
				require.NoError(t, err)
				assert.Equal(t, row.ok, r.Works())
				require.NotEmpty(t, r.Chain)
				assert.Equal(t, row.key, r.Chain[0].Key)
				assert.Contains(t, r.Verdict, row.text)
			})
		})
	}
}
