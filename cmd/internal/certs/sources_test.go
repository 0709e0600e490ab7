package certs

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var oidPKCS7Data = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}

func block(kind string, b []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b}) }

// Each bad input names the file and says why.
func TestBadInputs(t *testing.T) {
	g := makeGiven(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ecCert, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: one, Subject: pkix.Name{CommonName: "ec"}},
		&x509.Certificate{}, &ec.PublicKey, ec)
	require.NoError(t, err)
	ecKey, err := x509.MarshalECPrivateKey(ec)
	require.NoError(t, err)
	ecKey8, err := x509.MarshalPKCS8PrivateKey(ec)
	require.NoError(t, err)
	key, err := parseKey(g.clientKey)
	require.NoError(t, err)
	wrong := key.pkcs1
	wrong.DP = new(big.Int).Add(wrong.DP, one)
	multi := key.pkcs1
	multi.Version = 1
	big8k := bytes.Repeat([]byte("x"), 9000)
	bigCert := mustMarshal(struct{ TBS, Alg, Sig any }{1, 2, big8k})
	caDER := parsed(t, g.ca).Raw
	withClient := func(crt, key []byte) map[string][]byte {
		return map[string][]byte{"ca.crt": g.ca, "client.crt": crt, "client.key": key}
	}
	ca := func(b []byte) map[string][]byte { return map[string][]byte{"ca.crt": b} }
	for _, c := range []struct {
		name, want string
		files      map[string][]byte
	}{
		{"CA misnamed", "certs: ca.pem is not looked at: the CA certificate has to be called ca.crt", map[string][]byte{"ca.pem": g.ca}},
		{"CA in other case", "certs: CA.crt is not looked at", map[string][]byte{"CA.crt": g.ca}},
		{"somebody's certificate", "certs: broker.crt lies here, but no ca.crt (SSL User Manual V2.1, 3.1.2, 4.1.2, 4.1.3)",
			map[string][]byte{"broker.crt": g.ca}},
		{"server's pair without CA", "certs: server.crt lies here, but no ca.crt (SSL User Manual V2.1, 3.1.2)", map[string][]byte{
			"server.crt": g.server, "server.key": g.serverKey}},
		{"pair without CA", "certs: client.crt lies here, but no ca.crt (SSL User Manual V2.1, 4.1.3)", map[string][]byte{
			"client.crt": g.client,
			"client.key": g.clientKey}},
		{"pair misnamed", "certs: client.pem is not looked at: a client's certificate has to be called client.crt",
			map[string][]byte{"ca.crt": g.ca, "client.pem": g.client}},
		{"key misnamed", "certs: server.KEY is not looked at", map[string][]byte{"ca.crt": g.ca, "server.KEY": g.serverKey}},
		{"no key", "certs: client.crt needs client.key beside it, and that file is not there",
			map[string][]byte{"ca.crt": g.ca, "client.crt": g.client}},
		{"no certificate", "certs: server.key needs server.crt beside it: rename server.pem",
			map[string][]byte{"ca.crt": g.ca, "server.key": g.serverKey, "server.pem": g.server}},
		{"mismatched pair", "certs: client.key does not belong to client.crt", withClient(g.client, g.serverKey)},
		{"mixed up", "client.crt holds a private key, not a certificate", withClient(g.clientKey, g.client)},
		{"mixed up in DER", "client.crt holds a private key, not a certificate", withClient(key.DER(), g.clientKey)},
		{"certificate for key", "client.key holds a certificate, not a private key", withClient(g.client, g.client)},
		{"certificate for key in DER", "client.key holds a certificate, not a private key", withClient(g.client, parsed(t, g.client).Raw)},
		{"empty", "ca.crt is empty", ca([]byte(" \n"))},
		{"text", "ca.crt is no certificate, neither in PEM", ca([]byte("hello"))},
		{"cut PEM", "ca.crt holds a PEM block that is cut or damaged", ca(g.ca[:100])},
		{"cut DER", "ca.crt is no certificate, neither in PEM", ca(caDER[:100])},
		{"DER and more", "ca.crt has other data behind", ca(append(append([]byte(nil), caDER...), 1))},
		{"damaged DER", "ca.crt the device cannot read a certificate in it (-0x", ca(mustMarshal(struct{ A, B int }{1, 2}))},
		{"request", "ca.crt holds a certificate request", ca(block("CERTIFICATE REQUEST", caDER))},
		{"PKCS#7", "ca.crt holds PKCS#7", ca(block("PKCS7", caDER))},
		{"PKCS#12", "ca.crt is PKCS#12 or PKCS#7", ca(mustMarshal(struct {
			V   int
			OID any
		}{3, struct{ OID any }{oidPKCS7Data}}))},
		{"CRL", `ca.crt holds "X509 CRL", not a certificate`, ca(block("X509 CRL", caDER))},
		{"EC certificate", "ca.crt has an ECDSA key: the device reads RSA only", ca(block("CERTIFICATE", ecCert))},
		{"EC certificate in DER", "ca.crt has an ECDSA key", ca(ecCert)},
		{"EC key", "client.key has a key that is not RSA", withClient(g.client, block("EC PRIVATE KEY", ecKey))},
		{"EC key with parameters", "client.key has a key that is not RSA",
			withClient(g.client, append(block("EC PARAMETERS", []byte{5, 0}), block("EC PRIVATE KEY", ecKey)...))},
		{"EC key in PKCS#8", "client.key has a key that is not RSA", withClient(g.client, block("PRIVATE KEY", ecKey8))},
		{"EC key in DER", "client.key has a key that is not RSA", withClient(g.client, ecKey)},
		{"encrypted PKCS#8", "client.key is encrypted", withClient(g.client, block("ENCRYPTED PRIVATE KEY", key.DER()))},
		{"encrypted PKCS#8 in DER", "client.key is encrypted", withClient(g.client, mustMarshal(struct {
			A pkix.AlgorithmIdentifier
			B []byte
		}{pkix.AlgorithmIdentifier{Algorithm: oidRSA}, []byte("x")}))},
		{"encrypted", "client.key is encrypted", withClient(g.client, pem.EncodeToMemory(&pem.Block{
			Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"},
			Bytes: key.DER()}))},
		{"OpenSSH", "client.key is in OpenSSH's form", withClient(g.client, block("OPENSSH PRIVATE KEY", key.DER()))},
		{"public key", `client.key holds "PUBLIC KEY", not an RSA private key`, withClient(g.client, block("PUBLIC KEY", key.DER()))},
		{"no key at all", "client.key is no private key, neither", withClient(g.client, []byte("hello"))},
		{"cut key", "client.key holds a PEM block that is cut", withClient(g.client, g.clientKey[:100])},
		{"contradicting key", "client.key holds an RSA key whose numbers contradict", withClient(g.client, mustMarshal(wrong))},
		{"three primes", "client.key is an RSA key of more than two primes", withClient(g.client, mustMarshal(multi))},
		{"zeros for a key", "client.key holds an RSA key whose numbers contradict",
			withClient(g.client, mustMarshal(pkcs1Key{0, one, one, one, one, one, one, one, one}))},
		{"too large", "ca.crt is larger than 1 MiB", ca(make([]byte, inputMax+1))},
		{"larger than 8,192 bytes", "ca.crt", ca(bigCert)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := run(t, put(c.files), LayoutV21, Options{})
			require.ErrorContains(t, err, c.want)
			var in *InputError
			require.ErrorAs(t, err, &in)
			assert.Contains(t, c.files, in.Name)
		})
	}
	_, err = run(t, fstest.MapFS{"ca.crt": {Mode: fs.ModeDir}}, LayoutV21, Options{})
	require.NoError(t, err, "a folder of that name is no certificate")
}

// A certificate that no device could load: the image would end beyond its 8,192 bytes.
func TestTooLargeForAnImage(t *testing.T) {
	key, err := GenerateKey(512)
	require.NoError(t, err)
	serial := new(big.Int).Lsh(one, 8*8200) // any length is a valid serial number for the device
	der, err := template{serial, name{O: "large"}, name{O: "large"}, key, key, 3, noon, 1}.certificate()
	require.NoError(t, err)
	_, err = run(t, put(map[string][]byte{"ca.crt": der}), LayoutV21, Options{})
	require.ErrorContains(t, err, "certs: ca.crt is too large")
	require.ErrorContains(t, err, "the device reads 8192 bytes of an image")
	g := makeGiven(t)
	_, err = run(t, put(map[string][]byte{"ca.crt": g.ca, "client.crt": der, "client.key": key.PEM()}), LayoutV21, Options{})
	require.ErrorContains(t, err, "certs: client.crt is too large")
	_, err = run(t, put(map[string][]byte{"a.cer": der}), LayoutV10, Options{})
	require.ErrorContains(t, err, "certs: a.cer is too large")
}

func TestReadFollowsLinks(t *testing.T) {
	elsewhere, dir := filepath.Join(t.TempDir(), "x"), t.TempDir()
	require.NoError(t, os.WriteFile(elsewhere, makeGiven(t).ca, 0o644))
	if err := os.Symlink(elsewhere, filepath.Join(dir, "ca.crt")); err != nil {
		t.Skip("no symbolic links here")
	}
	r, err := run(t, os.DirFS(dir), LayoutV21, Options{})
	require.NoError(t, err)
	assert.Equal(t, "2", r.Case)
}

func TestMissingFolder(t *testing.T) {
	_, err := Read(os.DirFS(filepath.Join(t.TempDir(), "none")), nil, LayoutV21)
	require.Error(t, err)
}

func FuzzReadCerts(f *testing.F) {
	k, err := GenerateKey(512)
	require.NoError(f, err)
	der, err := template{one, name{O: "x"}, name{O: "x"}, k, k, 3, noon, 1}.certificate()
	require.NoError(f, err)
	for _, b := range [][]byte{der, certPEM(der), k.DER(), k.PEM(), []byte("-----BEGIN X-----\n"), {0x30, 0x80}} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseCert(b); err == nil {
			_ = c.String()
			back, err := parseCert(c.pem())
			require.NoError(t, err)
			require.Equal(t, c.DER, back.DER)
		}
		if k, err := parseKey(b); err == nil {
			back, err := parseKey(k.DER())
			require.NoError(t, err)
			require.Equal(t, k.DER(), back.DER())
		}
		_ = Describe(b)
	})
}
