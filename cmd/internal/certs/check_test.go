package certs

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

// issue makes a self-signed certificate, with a serial number long enough to give it size.
func issue(t *testing.T, k *Key, subject string, size int) []byte {
	t.Helper()
	der, err := template{new(big.Int).Lsh(one, uint(8*size)), name{O: subject}, name{O: subject}, k, k, crypto.SHA1, noon, 10}.certificate()
	require.NoError(t, err)
	return der
}

func TestCheck(t *testing.T) {
	small, err := GenerateKey(1024)
	require.NoError(t, err)
	large, err := GenerateKey(2048)
	require.NoError(t, err)
	ca1024, ca2048, ca3000 := issue(t, small, "CA 1024", 8), issue(t, large, "CA 2048", 8), issue(t, large, "large", 3000)
	ca := func(ders ...[]byte) (m image.Certs) {
		for i, der := range ders {
			m = append(m, image.CertEntry{Name: string(rune('a' + i)), Data: der})
		}
		return m
	}
	own := func(cert, key []byte) image.Certs {
		return image.Certs{{Name: "certificate", Data: cert}, {Name: "private_key", Data: key}}
	}
	all := "ManualV21 SDK221 SDK301 SDK306 ManualV10 SDK306SSL"
	mbed := "ManualV21 SDK221 SDK301 SDK306"
	for _, c := range []struct {
		name  string
		image image.Certs
		kind  Kind
		bad   string            // profiles with a fault
		fault map[string]string // what it says
		used  map[string]int
	}{
		{"CA of 1024 bits", ca(ca1024), KindCA, "SDK306",
			map[string]string{"SDK306": "RSA-1024 key, and SDK306 trusts none below 2048 bits: -0x2700"}, map[string]int{"SDK306": 1}},
		{"CA of 2048 bits", ca(ca2048), KindCA, "", nil, map[string]int{"SDK306": 1, "SDK306SSL": 1}},
		{"two CAs", ca(ca2048, ca2048), KindCA, "SDK221 SDK301 SDK306",
			map[string]string{"SDK301": `"b" is ignored, because the first entry alone is used`},
			map[string]int{"ManualV21": 2, "SDK301": 1, "ManualV10": 2}},
		{"three CAs", ca(ca2048, ca2048, ca2048), KindCA, "ManualV21 SDK221 SDK301 SDK306 ManualV10",
			map[string]string{"ManualV21": `"c" is ignored, because the first 2 entries are used`}, map[string]int{"SDK306SSL": 3}},
		{"no CA", nil, KindCA, all, map[string]string{"ManualV21": "-0x7F00", "SDK306SSL": "closed before any ClientHello"}, nil},
		{"not a CA", ca([]byte("hello")), KindCA, all, map[string]string{"SDK301": "cannot read a certificate in it (-0x2180): -0x7F00",
			"ManualV10": "no CA is left"}, map[string]int{"SDK301": 0}},
		{"bundle with a bad member", ca(append(certPEM(ca2048), certPEM([]byte("x"))...)), KindCA, mbed,
			map[string]string{"SDK306": "1 of its 2 certificates cannot be read, so none is used: -0x7680"},
			map[string]int{"SDK306": 0, "SDK306SSL": 1}},
		{"beyond 4,096 bytes", ca(ca3000, ca3000), KindCA, "SDK221 SDK301 SDK306 ManualV10 SDK306SSL",
			map[string]string{"ManualV10": `"b" is not read: it ends at byte`}, map[string]int{"ManualV21": 2, "ManualV10": 1}},
		{"own pair", own(ca1024, small.DER()), KindOwn, "", nil, map[string]int{"SDK306": 2, "SDK306SSL": 2}},
		{"own key in PEM", own(ca1024, small.PEM()), KindOwn, "ManualV10 SDK306SSL", map[string]string{"SDK306SSL": "not PKCS#1 in DER"},
			map[string]int{"SDK306": 2}},
		{"other key", own(ca1024, large.DER()), KindOwn, all, map[string]string{"SDK301": "does not belong to the certificate"}, nil},
		{"no key", own(ca1024, small.DER())[:1], KindOwn, all,
			map[string]string{"SDK301": "there is no entry private_key: -0x7F00, reconnect callback -127"}, map[string]int{"SDK301": 0}},
		{"no certificate", own(ca1024, small.DER())[1:], KindOwn, all,
			map[string]string{"SDK306SSL": "there is no entry certificate: an empty Certificate message"}, nil},
		{"unreadable key", own(ca1024, []byte("hello")), KindOwn, all,
			map[string]string{"SDK301": "cannot read an RSA private key in it (-0x3d00): -0x7F00"}, map[string]int{"SDK301": 1}},
		{"unreadable certificate", own([]byte("hello"), small.DER()), KindOwn, all,
			map[string]string{"SDK301": "cannot read a certificate"}, nil},
		{"own certificate of more than 3,072 bytes", own(issue(t, small, "x", 3000), small.DER()), KindOwn, "ManualV21",
			map[string]string{"ManualV21": "3072 is the most"}, map[string]int{"SDK301": 2}},
		{"own image of more than 4,096 bytes", own(issue(t, small, "x", 3500), small.DER()), KindOwn, "ManualV21 ManualV10 SDK306SSL",
			map[string]string{"ManualV10": "private_key is not read"}, map[string]int{"SDK301": 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, c.image.Verify())
			var bad []string
			for _, r := range Readers() {
				v := r.Check(c.image, c.kind)
				assert.Equal(t, len(c.image), v.Entries)
				assert.Equal(t, len(v.Faults) == 0, v.OK)
				if !v.OK {
					bad = append(bad, r.Name)
				}
				if want := c.fault[r.Name]; want != "" {
					assert.Contains(t, strings.ToLower(strings.Join(v.Faults, "\n")), strings.ToLower(want), r.Name)
				}
				if want, ok := c.used[r.Name]; ok {
					assert.Equal(t, want, v.Used, r.Name)
				}
			}
			assert.Equal(t, c.bad, strings.Join(bad, " "))
		})
	}

	v3 := v3Leaf(t)
	for _, r := range Readers() {
		v := r.Check(ca(v3), KindCA)
		assert.Equal(t, strings.Contains(mbed, r.Name), !v.OK, r.Name)
	}
	assert.Equal(t, KindCA, KindOf(ca(ca1024)))
	assert.Equal(t, KindOwn, KindOf(own(ca1024, nil)))
	assert.Equal(t, "esp_ca_cert.bin", KindCA.String())
	assert.Equal(t, "esp_cert_private_key.bin", KindOwn.String())
	assert.True(t, bytes.HasPrefix([]byte(Describe(ca1024)), []byte("certificate, RSA-1024, SHA-1, v1, O=CA 1024")))
	assert.Equal(t, "private key, RSA-2048", Describe(large.DER()))
	assert.Equal(t, "certificate, RSA-1024, SHA-1, v1, O=CA 1024, until 2026-05-11, and 1 more",
		Describe(append(certPEM(ca1024), certPEM(ca2048)...)))
	assert.Equal(t, "nothing that the device can read", Describe(nil))
}

// v3Leaf is a self-signed version 3 certificate without CA:TRUE.
func v3Leaf(t *testing.T) []byte {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: one, Subject: pkix.Name{CommonName: "leaf"}, DNSNames: []string{"leaf"}, NotAfter: noon}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &k.PublicKey, k)
	require.NoError(t, err)
	return der
}
