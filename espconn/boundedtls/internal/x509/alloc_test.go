package x509

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// blocks notes what the parser asks for and refuses the request number failAt, from 1.
type blocks struct {
	list   []string
	failAt int
}

func (b *blocks) alloc(n int, what string) bool {
	b.list = append(b.list, fmt.Sprintf("%s %d", what, n))
	return len(b.list) != b.failAt
}

func listedDraft() *draft {
	d := goodDraft()
	d.subject = seq(rdn(attr(tagUTF8, "a"), attr(tagPrintable, "b")), rdn(attr(tagIA5, "c")))
	d.key = rsaKey(append([]byte{0, 0, 0}, modulus(1025)...), []byte{1, 0, 1})
	dns := der(0x82, []byte("host"))
	d.withExtensions(
		ext(idSubjectAltName, false, seq(der(0x87, []byte{10, 0, 0, 1}), dns, dns, dns)),
		ext(idExtKeyUsage, false, seq(oid("\x2A"), oid("\x2B"))),
	)
	return d
}

// The parser requests the device's blocks in its order (tls.md 6.1); each refusal ends it with the code of tls.md 3.2.
func TestParseCertificateAllocates(t *testing.T) {
	in := listedDraft().der()
	var b blocks
	_, code := ParseCertificate(in, b.alloc)
	require.Equal(t, 0, code)
	assert.Equal(t, []string{fmt.Sprintf("certificate data %d", len(in)), "name 32", "name 32", "rsa context 172",
		"modulus 132", "exponent 4", "extension 16", "extension 16", "extension 16"}, b.list)
	for i, want := range []int{-0x2880, -0x6A, -0x6A, -0x3F80, -0x3B10, -0x3B10, -0x256A, -0x256A, -0x256A} {
		refuse := blocks{failAt: i + 1}
		_, code := ParseCertificate(in, refuse.alloc)
		assert.Equal(t, show(want), show(code), b.list[i])
		assert.True(t, OutOfMemory(code))
		assert.Len(t, refuse.list, i+1, "nothing is asked for after a refusal")
	}
	assert.False(t, OutOfMemory(CodeCertExtensions+asnUnexpectedTag))
}

// What was requested before the parser gave up counts too.
func TestRefusedCertificateAllocates(t *testing.T) {
	d := listedDraft()
	d.withExtensions(ext("\x2A\x03", true, null()))
	var b blocks
	_, code := ParseCertificate(d.der(), b.alloc)
	require.Equal(t, show(-0x2562), show(code))
	assert.Equal(t, "exponent 4", b.list[len(b.list)-1])

	b = blocks{}
	_, code = ParseCertificate([]byte("hello"), b.alloc)
	require.Equal(t, show(-0x2180), show(code))
	assert.Equal(t, []string{"certificate data 5"}, b.list)
}
