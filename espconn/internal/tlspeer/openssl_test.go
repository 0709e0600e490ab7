package tlspeer_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// openSSLSuites are the suites that crypto/tls lacks, by OpenSSL's names.
var openSSLSuites = map[string]uint16{"DHE-RSA-AES256-SHA256": 0x006b, "DHE-RSA-AES256-SHA": 0x0039,
	"DHE-RSA-AES128-SHA256": 0x0067, "DHE-RSA-AES128-SHA": 0x0033, "AES256-SHA256": 0x003d}

func openSSL(t *testing.T) string {
	path, err := exec.LookPath("openssl")
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("CI needs openssl")
	}
	if err != nil {
		t.Skip("needs openssl")
	}
	return path
}

// TestServerAgainstOpenSSL: s_client completes each handshake and exchanges data.
func TestServerAgainstOpenSSL(t *testing.T) {
	tool := openSSL(t)
	for name, suite := range openSSLSuites {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer l.Close()
			ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
			defer stop()
			cmd := exec.CommandContext(ctx, tool, "s_client", "-connect", l.Addr().String(), "-tls1_2", "-quiet",
				"-cipher", name+":@SECLEVEL=0")
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			var out bytes.Buffer
			cmd.Stdout = &out
			require.NoError(t, cmd.Start())
			_, err = io.WriteString(in, "ping\n")
			require.NoError(t, err)
			conn, err := l.Accept()
			require.NoError(t, err)
			s := tlspeer.Server{Suite: suite, Chain: chain(t, "leaf2048.pem"), Key: key(t, "leaf2048.key.pem"),
				Extensions: []byte{0xff, 1, 0, 1, 0},
				Script: tlspeer.Script{Patience: 20 * time.Second,
					Steps: []tlspeer.Step{{Op: tlspeer.Expect, Count: 5}, tlspeer.DataStep([]byte("pong\n"))}}}
			r := s.Serve(conn)
			_ = in.Close()
			_ = cmd.Wait()
			assert.True(t, r.Done, r.Err)
			assert.Equal(t, "ping\n", string(r.Data))
			assert.Equal(t, "pong\n", out.String())
		})
	}
}

// TestClientAgainstOpenSSL: the same with s_server, which also verifies a client
// certificate.
func TestClientAgainstOpenSSL(t *testing.T) {
	tool := openSSL(t)
	for name, suite := range openSSLSuites {
		t.Run(name, func(t *testing.T) {
			free, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			addr := free.Addr().String()
			require.NoError(t, free.Close())
			ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
			defer stop()
			cmd := exec.CommandContext(ctx, tool, "s_server", "-accept", addr, "-naccept", "1", "-quiet", "-rev", "-Verify", "2",
				"-verify_return_error", "-CAfile", filepath.Join(pki, "ca.pem"), "-cert", filepath.Join(pki, "leaf2048.pem"),
				"-key", filepath.Join(pki, "leaf2048.key.pem"), "-cipher", name+":@SECLEVEL=0")
			require.NoError(t, cmd.Start())
			var conn net.Conn
			for conn == nil && ctx.Err() == nil {
				if conn, err = net.Dial("tcp", addr); err != nil {
					time.Sleep(20 * time.Millisecond)
				}
			}
			require.NotNil(t, conn)
			c := tlspeer.Client{Suites: []uint16{suite, 0xff}, Extensions: []byte{0, 13, 0, 4, 0, 2, 4, 1},
				Chain: chain(t, "client.pem"), Key: key(t, "client2048.key.pem"),
				Script: tlspeer.Script{Patience: 20 * time.Second,
					Steps: []tlspeer.Step{tlspeer.DataStep([]byte("ping\n")), {Op: tlspeer.Expect, Count: 5}}}}
			r := c.Run(conn)
			_ = cmd.Wait()
			assert.True(t, r.Done, r.Err)
			assert.Equal(t, "gnip", strings.TrimSpace(string(r.Data)))
		})
	}
}
