package x509

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseBundle(t *testing.T) {
	good := goodDraft().der()
	critical := goodDraft()
	critical.withExtensions(ext(idUnknown, true, nil))
	block := func(der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	ok, bad := block(good), block(critical.der())
	key := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: good}))
	crlf := strings.ReplaceAll(ok, "\n", "\r\n")
	const begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
	for _, c := range []struct {
		name       string
		in         string
		certs, bad int
		code       int
	}{
		{"DER", string(good), 1, 0, 0},
		{"DER of something else", string(null()), 0, 1, -0x2180},
		{"nothing", "", 0, 1, -0x2180},
		{"PEM", ok, 1, 0, 0},
		{"PEM ending in a zero byte", ok + "\x00", 1, 0, 0},
		{"PEM with CR LF", crlf, 1, 0, 0},
		{"PEM with spaces at line ends", strings.ReplaceAll(ok, "\n", " \n"), 1, 0, 0},
		{"PEM without the last line end", strings.TrimSuffix(ok, "\n"), 1, 0, 0},
		{"PEM after text", "subject=x\n" + ok, 1, 0, 0},
		{"two", ok + "text\n" + ok, 2, 0, 0},
		{"second bad", ok + bad, 1, 1, 0},
		{"first bad", bad + ok, 1, 1, 0},
		{"all bad: the first code counts", bad + begin + "AAAA\n" + end, 0, 2, -0x2562},
		{"all bad the other way round", begin + "AAAA\n" + end + bad, 0, 2, -0x2180},
		{"zero byte hides the rest", ok + "\x00" + bad, 1, 0, 0},
		{"a key", key, 0, 1, -0x2180},
		{"a key before it", key + ok, 1, 0, 0},
		{"header without footer", begin + "AAAA\n", 0, 0, -0x2780},
		{"footer before the header", end + ok, 0, 0, -0x2780},
		{"no line end behind the header", strings.Replace(ok, "-----\n", "-----", 1), 0, 0, -0x2780},
		{"no line end behind the second header", ok + strings.Replace(bad, "-----\n", "-----", 1), 1, 0, 0},
		{"nothing between the markers", begin + end, 0, 1, -0x1100},
		{"a blank line between the markers", begin + "\n" + end, 0, 1, -0x2180},
		{"not base64", begin + "!!!!\n" + end, 0, 1, -0x112C},
		{"encrypted with AES", begin + "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC," + strings.Repeat("0f", 16) +
			"\n\nAAAA\n" + end, 0, 1,
			-0x1300},
	} {
		t.Run(c.name, func(t *testing.T) {
			certs, bad, code := ParseBundle([]byte(c.in), nil)
			assert.Equal(t, show(c.code), show(code))
			assert.Equal(t, c.bad, bad)
			require.Len(t, certs, c.certs)
			for _, cert := range certs {
				assert.Equal(t, good, cert.Raw)
			}
		})
	}
	t.Run("too many", func(t *testing.T) {
		_, _, code := ParseBundle([]byte(strings.Repeat(ok, MaxMembers+1)), nil)
		assert.Equal(t, show(CodeCertAlloc), show(code))
		certs, _, _ := ParseBundle([]byte(strings.Repeat(ok, MaxMembers)), nil)
		assert.Len(t, certs, MaxMembers)
	})
}

func TestEncryptedPEM(t *testing.T) {
	vector := strings.Repeat("0A", 16)
	for _, c := range []struct {
		name, body string
		code       int
	}{
		{"AES-128", procType + "\nDEK-Info: AES-128-CBC," + vector + "\n\nAAAA\n", -0x1300},
		{"AES-192 with CR LF", procType + "\r\nDEK-Info: AES-192-CBC," + vector + "\r\n\r\nAAAA\r\n", -0x1300},
		{"DES", procType + "\nDEK-Info: DES-EDE3-CBC,0102030405060708\n\nAAAA\n", -0x1280},
		{"AES-512", procType + "\nDEK-Info: AES-512-CBC," + vector + "\n\nAAAA\n", -0x1280},
		{"AES-128 in another mode", procType + "\nDEK-Info: AES-128-CTR," + vector + "\n\nAAAA\n", -0x1280},
		{"vector not hexadecimal", procType + "\nDEK-Info: AES-128-CBC,x" + vector + "\n\nAAAA\n", -0x1200},
		{"vector too long", procType + "\nDEK-Info: AES-128-CBC," + vector + "00\n\nAAAA\n", -0x1100},
		{"vector cut", procType + "\nDEK-Info: AES-128-CBC,00", -0x1200},
		{"no line end", procType + " DEK-Info", -0x1100},
		{"no data", procType + "\nDEK-Info: AES-128-CBC," + vector + "\n", -0x1100},
		{"data not base64", procType + "\nDEK-Info: AES-128-CBC," + vector + "\n?", -0x112C},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, show(c.code), show(encryptedPEM([]byte(c.body)))) })
	}
}

func TestDecodeBase64(t *testing.T) {
	for _, c := range []struct {
		in, out string
		ok      bool
	}{
		{"", "", true},
		{"YWJj", "abc", true},
		{"YWI=", "ab", true},
		{"YQ==", "a", true},
		{"YQ=\n=\r\n", "a", true},
		{"YWJj YWJj", "", false},
		{"YWJj  \nYWJj   ", "abcabc", true},
		{"YWJjYW", "abc", true}, // the incomplete group is dropped
		{"Y===", "", false},
		{"YQ==YQ==", "", false},
		{"YWJj\r", "", false},
		{"YW\x80j", "", false},
		{"YW.j", "", false},
	} {
		out, ok := decodeBase64([]byte(c.in))
		assert.Equal(t, c.ok, ok, "%q", c.in)
		assert.Equal(t, c.out, string(out), "%q", c.in)
	}
}

func TestDecodeBase64InvertsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		out, ok := decodeBase64([]byte(base64.StdEncoding.EncodeToString(in)))
		if !ok || !bytes.Equal(in, out) {
			t.Fatalf("%x became %x, %v", in, out, ok)
		}
	})
}
