package oracle_test

import (
	"fmt"
	"net"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/internal/oracle"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// TestServerLengths: the scripted servers of group A make messages and records
// of exactly the lengths that the data name, seen by a client without limits.
func TestServerLengths(t *testing.T) {
	cases, err := oracle.Load(data, "A")
	require.NoError(t, err)
	for i := range cases {
		c := &cases[i]
		t.Run(c.ID, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				serve, err := pki.Peer(c, 1)
				require.NoError(t, err)
				a, b := net.Pipe()
				done := make(chan *tlspeer.Report)
				go func() { done <- serve(b) }()
				version := tlspeer.VersionTLS12
				if c.Peer.Version == "TLSv1.0" {
					version = tlspeer.VersionTLS10
				}
				r := (&tlspeer.Client{HelloVersion: version, Suites: []uint16{0x2f}, NoCertificate: true}).Run(a)
				<-done
				require.Empty(t, r.Err)
				length := func(typ, n int) {
					if n > 0 {
						assert.Contains(t, r.Notes, fmt.Sprintf("hs%d:%d", typ, n))
					}
				}
				length(11, c.Peer.CertificateLen)
				length(2, c.Peer.ServerHelloLen)
				length(13, c.Peer.CertificateRequestLen)
				if n := c.Peer.FirstFlightLen; n > 0 {
					assert.Equal(t, n, r.Records[0].Wire)
				}
				if n := c.Peer.CertPlusDoneLen; n > 0 {
					assert.Equal(t, n, r.Records[1].Wire)
				}
				for _, rec := range r.Records {
					if n := c.Peer.MaxRecord; n > 0 && rec.InHandshake {
						assert.LessOrEqual(t, rec.Plain, n)
					}
				}
			})
		})
	}
}

// TestClientLengths: the same for the scripted clients of groups B, C, E and F.
func TestClientLengths(t *testing.T) {
	for _, group := range []string{"B", "C", "E", "F"} {
		cases, err := oracle.Load(data, group)
		require.NoError(t, err)
		for i := range cases {
			c := &cases[i]
			if c.Peer.Kind != "scripted_client" || c.Peer.ClientHelloLen+c.Peer.ClientCertificateLen+c.Peer.ClientFlightLen == 0 {
				continue
			}
			t.Run(c.ID, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					run, err := pki.Peer(c, 1)
					require.NoError(t, err)
					chain, err := pki.File("leaf2048.pem")
					require.NoError(t, err)
					keyFile, err := pki.File("leaf2048.key.pem")
					require.NoError(t, err)
					key, err := tlspeer.ParseKey(keyFile)
					require.NoError(t, err)
					s := tlspeer.Server{Choose: []uint16{0x2f, 0x3c, 0x33, 0x39}, Chain: tlspeer.ParseChain(chain), Key: key,
						Request: &tlspeer.CertificateRequest{Types: []byte{1}, Algorithms: []uint16{0x401}}}
					a, b := net.Pipe()
					done := make(chan *tlspeer.Report)
					go func() { done <- run(a) }()
					r := s.Serve(b)
					<-done
					if n := c.Peer.ClientHelloLen; n > 0 {
						assert.Len(t, r.Hello, n+5)
					}
					if n := c.Peer.ClientCertificateLen; n > 0 && c.Peer.ClientChainFile != "" && c.Peer.HandshakeRecords == "separate" {
						assert.Equal(t, n, r.Records[1].Wire)
					}
					if n := c.Peer.ClientFlightLen; n > 0 {
						assert.Equal(t, n, r.Records[1].Wire)
					}
				})
			})
		}
	}
}
