package main

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// servedBy boots the firmware of `emu8266 serve --http` and returns a way to connect to it, and its reports.
func servedBy(t *testing.T, profile espconn.Profile) (dial func() net.Conn, ended <-chan served) {
	t.Helper()
	network := vnet.New(vnet.Options{Seed: 1})
	t.Cleanup(func() { assert.NoError(t, network.Close()) })
	d, err := emulator.New(emulator.Config{Profile: profile, Network: network, Address: netip.MustParsePrefix("10.0.1.1/16"),
		Association: -1, Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, d.Close()) })
	cert := testpki.SelfSigned(t, testpki.Options{Key: testpki.Leaf2048})
	s := &serveFirmware{cmd: serveCmd{Size: 2048, HTTP: true},
		cfg:   serveConfig{profile: profile, cert: cert.Raw, key: testpki.KeyDER(t, testpki.Leaf2048)},
		ready: make(chan error, 1), ended: make(chan served, 16), device: d}
	require.NoError(t, d.Boot(emulator.Go(s.init)))
	require.NoError(t, <-s.ready)
	host := network.Host("client", d.Addr().Next())
	return func() net.Conn {
		c, err := host.Dial("tcp", net.JoinHostPort(d.Addr().String(), "443"))
		require.NoError(t, err)
		return c
	}, s.ended
}

// request plays one HTTP client and returns what it was answered.
func request(t *testing.T, c net.Conn, text string) string {
	t.Helper()
	tc := tls.Client(c, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	require.NoError(t, tc.SetDeadline(time.Now().Add(time.Minute)))
	_, err := tc.Write([]byte(text))
	require.NoError(t, err)
	got, err := io.ReadAll(tc)
	if err != nil && err != io.ErrUnexpectedEOF { // the device closes without close_notify
		require.NoError(t, err)
	}
	_ = tc.Close()
	return string(got)
}

// A request may end its lines in LF alone, or in both ways.
func TestServeHTTPTakesEveryLineEnd(t *testing.T) {
	for _, text := range []string{"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\n\n", "GET / HTTP/1.0\nHost: x\n\r\n",
		"GET / HTTP/1.0\r\nHost: x\n\n"} {
		synctest.Test(t, func(t *testing.T) {
			dial, ended := servedBy(t, espconn.ManualV21())
			assert.Contains(t, request(t, dial(), text), "200 OK", "%q", text)
			s := <-ended
			assert.True(t, s.OK, "%q", text)
			assert.Equal(t, "TLSv1.2", s.Version, "the device closed it: its end is told by the server's espconn")
			assert.Equal(t, "TLS-RSA-WITH-AES-128-CBC-SHA", s.Cipher)
		})
	}
}

// After a handshake that failed the SDK reports the old status for sessions that end well (tls.md 3.1): the report says so.
func TestServeExplainsAStaleStatus(t *testing.T) {
	for _, c := range []struct {
		profile espconn.Profile
		stale   bool
	}{{espconn.SDK306(), true}, {espconn.ManualV21(), false}} {
		t.Run(c.profile.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dial, ended := servedBy(t, c.profile)
				bad := dial()
				_, err := bad.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
				require.NoError(t, err)
				time.Sleep(time.Second)
				_ = bad.Close()
				first := <-ended
				assert.False(t, first.OK)
				require.NotNil(t, first.Err)
				for range 2 {
					time.Sleep(time.Second)
					assert.Contains(t, request(t, dial(), "GET / HTTP/1.0\r\n\r\n"), "200 OK")
					s := <-ended
					assert.True(t, s.OK)
					assert.Equal(t, "done", s.Stage)
					if !c.stale {
						assert.Nil(t, s.Err)
						assert.Empty(t, s.Explain)
						continue
					}
					assert.Equal(t, first.Err, s.Err, "the old status")
					assert.Contains(t, s.Explain, "earlier handshake that failed")
				}
			})
		})
	}
}
