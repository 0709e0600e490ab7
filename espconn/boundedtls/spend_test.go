package boundedtls_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// TestSpend: a handshake of two devices reports each computation of RSA and Diffie-Hellman once, with its length, and all
// that is hashed and enciphered.
func TestSpend(t *testing.T) {
	type ops map[boundedtls.Op]int
	for _, tc := range []struct {
		name           string
		engine         boundedtls.Engine
		client, server ops
	}{
		// The client checks the server's certificate, enciphers the premaster secret and signs; the server deciphers it
		// and checks the client's certificate and signature.
		{"RSA", mbedtls.Early(), ops{boundedtls.OpRSAPublic: 2, boundedtls.OpRSAPrivate: 1},
			ops{boundedtls.OpRSAPublic: 2, boundedtls.OpRSAPrivate: 1}},
		// The client checks the signature of the parameters, both make a value and the secret.
		{"DHE", mbedtls.Late(), ops{boundedtls.OpRSAPublic: 2, boundedtls.OpRSAPrivate: 1, boundedtls.OpDH: 2},
			ops{boundedtls.OpRSAPublic: 2, boundedtls.OpRSAPrivate: 1, boundedtls.OpDH: 2}},
		// The server of axTLS does not ask for a certificate.
		{"axTLS", axtls.Libssl(), ops{boundedtls.OpRSAPublic: 2}, ops{boundedtls.OpRSAPrivate: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var spent [2]ops
			var data [2]map[boundedtls.Op]int // bits hashed and enciphered
			end := func(role boundedtls.Role) boundedtls.Conn {
				spent[role], data[role] = ops{}, map[boundedtls.Op]int{}
				c := tc.engine.New(boundedtls.Config{Role: role, Verify: true, Now: stopped(axClock), Spend: func(op boundedtls.Op,
					bits int) {
					if op == boundedtls.OpHash || op == boundedtls.OpCipher {
						data[role][op] += bits
						return
					}
					spent[role][op]++
					assert.Equal(t, 2048, bits, op)
				}})
				if tc.engine.Traits().KeyFirst {
					require.Nil(t, c.OwnKey(axFile(t, "leaf2048.key.der")))
					require.Nil(t, c.OwnCert(axFile(t, "own2048.der")))
					require.Nil(t, c.CA(axFile(t, "ca.der")))
				} else {
					require.Nil(t, c.OwnCert(pki(t, "leaf2048.pem")))
					require.Nil(t, c.OwnKey(pki(t, "leaf2048.key.pem")))
					require.Nil(t, c.CA(pki(t, "ca.pem")))
				}
				require.Nil(t, c.Setup())
				return c
			}
			client, server := end(boundedtls.Client), end(boundedtls.Server)
			connect(t, client, server)
			assert.Equal(t, tc.client, spent[boundedtls.Client])
			assert.Equal(t, tc.server, spent[boundedtls.Server])
			for _, d := range data {
				assert.Greater(t, d[boundedtls.OpHash], 8*1000, fmt.Sprint("handshake messages of more than 1,000 bytes, in bits: ", d))
				assert.Positive(t, d[boundedtls.OpCipher])
			}
		})
	}
}
