package mbedtls

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/record"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/session"
	"github.com/emu8266/emu8266/espconn/boundedtls/internal/x509"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// handshaking returns both ends of a connection between two devices, ready for the handshake.
func handshaking(t *testing.T, eng Engine) (client, server *conn) {
	t.Helper()
	ca := testpki.NewCA(t, testpki.CA2048)
	leaf := ca.Issue(t, testpki.Options{Key: testpki.Leaf2048})
	client, server = newConn(eng, boundedtls.Config{}), newConn(eng, boundedtls.Config{Role: boundedtls.Server})
	require.Nil(t, server.OwnCert(leaf.Raw))
	require.Nil(t, server.OwnKey(testpki.KeyDER(t, testpki.Leaf2048)))
	require.Nil(t, client.Setup())
	require.Nil(t, server.Setup())
	return client, server
}

// connected returns both ends of an established connection between two devices.
func connected(t *testing.T, eng Engine) (client, server *conn) {
	t.Helper()
	client, server = handshaking(t, eng)
	for range 8 {
		for _, way := range [][2]*conn{{client, server}, {server, client}} {
			for way[0].Handshake() == boundedtls.HasOutput {
				way[1].Feed(way[0].Output())
			}
		}
	}
	require.Nil(t, client.FinishHandshake())
	require.Nil(t, server.FinishHandshake())
	return client, server
}

// TestSequenceCounterWraps: the record that uses up the last number goes out, or
// comes in, and ends the connection with -0x6B80 (tls.md 3.2).
func TestSequenceCounterWraps(t *testing.T) {
	var p [16]byte
	for _, eng := range []Engine{Early().WithoutBugs(), Late()} {
		t.Run(eng.String(), func(t *testing.T) {
			client, server := connected(t, eng)
			client.seqOut, server.seqIn = math.MaxUint64-1, math.MaxUint64-1
			_, err := client.Write([]byte("last but one"))
			require.Nil(t, err)
			server.Feed(client.Output())
			n, st := server.Read(p[:])
			require.Equal(t, boundedtls.Done, st)
			assert.Equal(t, "last but one", string(p[:n]))

			_, err = client.Write([]byte("last"))
			require.NotNil(t, err)
			assert.Equal(t, codeCounterWrapping, err.Code)
			kind, status := err.Callback()
			assert.Equal(t, boundedtls.Reconnect, kind)
			assert.EqualValues(t, 21, status)
			last := client.Output()
			require.NotEmpty(t, last, "the record itself goes out")
			server.Feed(last)
			_, st = server.Read(p[:])
			assert.Equal(t, boundedtls.Failed, st)
			assert.Equal(t, codeCounterWrapping, server.Err().Code)
			assert.Equal(t, "-0x6b80", server.Err().Reason())
			assert.Nil(t, server.Output(), "no alert")
		})
	}
}

// TestChainWrap: an element of the own chain that ends within the last two bytes
// of S leaves the unsigned room of the next one beyond 4 billion (tls.md 2.4).
// With the bug the next one is copied: within the buffer's 333 spare bytes it
// goes out as a message above S, beyond them the SDK writes over its heap.
// Without the bug, and an element ending elsewhere, it is -0x7500.
func TestChainWrap(t *testing.T) {
	const s = 2048
	const fits = overhead - offPlain - 3 // behind S
	for _, role := range []boundedtls.Role{boundedtls.Client, boundedtls.Server} {
		for ends := s - 4; ends <= s+1; ends++ {
			for name, next := range map[string]int{"short": fits, "long": fits + s - ends + 1} {
				for profile, eng := range map[string]Engine{"early": Early(), "late": Late(), "manual": manual} {
					t.Run(fmt.Sprintf("%s/%d/%s/%s", role, ends, name, profile), func(t *testing.T) {
						c := newConn(eng, boundedtls.Config{Role: role, Size: sized(s)})
						require.Nil(t, c.Setup())
						c.ownChain = []*x509.Certificate{{Raw: make([]byte, ends-10)}, {Raw: make([]byte, next)}}
						f := c.writeCertificate()
						wraps := ends >= s-2 && ends <= s
						switch {
						case !wraps || profile == "manual":
							require.Equal(t, session.Fail, f)
							assert.Equal(t, codeCertTooLarge, c.Err().Code)
							assert.False(t, c.Err().Crash)
							assert.Nil(t, c.Output())
						case name == "long":
							require.Equal(t, session.Fail, f)
							assert.True(t, c.Err().Crash)
							assert.Nil(t, c.Output())
						default:
							require.Equal(t, session.OK, f)
							assert.Len(t, c.Output(), record.HeaderLen+ends+3+next, "a message above S")
						}
					})
				}
			}
		}
	}
}

// TestAlertBeforeFinished: in the early library's shared buffer an alert that is sent while the client waits for the server's
// Finished has the number of the records that came in, and nobody can read it (tls.md 0).
func TestAlertBeforeFinished(t *testing.T) {
	for profile, eng := range map[string]Engine{"early": Early(), "late": Late(), "manual": manual} {
		t.Run(profile, func(t *testing.T) {
			client, server := handshaking(t, eng)
			for range 8 {
				for client.Handshake() == boundedtls.HasOutput {
					server.Feed(client.Output())
				}
				for server.Handshake() == boundedtls.HasOutput {
					out := server.Output()
					if server.wr != nil && out[len(out)-1] != 1 { // its Finished, not the ChangeCipherSpec
						out[len(out)-1] ^= 2
					}
					client.Feed(out)
				}
			}
			require.NotNil(t, client.Err())
			require.Equal(t, codeInvalidMAC, client.Err().Code)
			require.Nil(t, server.FinishHandshake())
			_, st := server.Read(make([]byte, 16))
			require.Equal(t, boundedtls.Failed, st)
			want := codeFatalAlert
			if profile == "early" {
				want = codeInvalidMAC
			}
			assert.Equal(t, want, server.Err().Code)
		})
	}
}
