package oracle

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The outputs of OpenSSL's programs are read word by word; what is unknown is named.
func TestReadOpenSSL(t *testing.T) {
	const client = "Protocol  : TLSv1.2; New, TLSv1.2, Cipher is AES128-SHA256"
	saw, err := readOpenSSL(client)
	require.NoError(t, err)
	assert.Equal(t, OpenSSLSaw{Cipher: 0x3c}, saw)
	saw, err = readOpenSSL("error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure; New, (NONE), Cipher is (NONE)")
	require.NoError(t, err)
	assert.Equal(t, OpenSSLSaw{Refused: true}, saw)
	saw, err = readOpenSSL("CIPHER is DHE-RSA-AES128-SHA; error:0A0000C1:SSL routines:tls_post_process_client_hello:no shared cipher")
	require.NoError(t, err)
	assert.Equal(t, OpenSSLSaw{Cipher: 0x33, NoShared: true}, saw)
	for text, named := range map[string]string{"CIPHER is NO-SUCH": "NO-SUCH", "something else": "something else", "": `""`} {
		_, err := readOpenSSL(text)
		assert.ErrorContains(t, err, named)
	}
}
