package espconn_test

import (
	"crypto/tls"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
)

func TestServerHappyPath(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			l := rig.accept()
			before := rig.heap()
			var conn *espconn.Espconn
			rig.hook["connect"] = func(c *espconn.Espconn) {
				conn = c
				assert.NotSame(t, l, c, "connect gets the connection's own espconn")
				assert.Equal(t, espconn.StateConnect, c.State)
				assert.Equal(t, [4]byte{10, 0, 0, 21}, c.Proto.TCP.RemoteIP)
				assert.Equal(t, espconn.StateListen, l.State)
				assert.Equal(t, c.Proto.TCP.RemotePort, l.Proto.TCP.RemotePort)
			}
			rig.hook["recv"] = func(c *espconn.Espconn) {
				assert.Same(t, conn, c)
				assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("answer")))
			}
			rig.hook["sent"] = func(c *espconn.Espconn) { assert.Same(t, conn, c) }
			rig.hook["disconnect"] = func(c *espconn.Espconn) { assert.Same(t, l, c, "disconnect gets the listener") }

			c, err := rig.dialTLS(anyServer())
			require.NoError(t, err)
			_, _ = c.Write([]byte("question"))
			buf := make([]byte, 6)
			_, err = io.ReadFull(c, buf)
			require.NoError(t, err)
			assert.Equal(t, "answer", string(buf))
			time.Sleep(settle)
			_ = c.Close()
			time.Sleep(settle)
			assert.Equal(t, "connect, recv 8, sent, disconnect", rig.seen())
			assert.Equal(t, []string{
				"server handshake start.", "server handshake ok!", "server's data invalid protocol", "Reason:[-0x7880]",
			}, rig.lines())
			want := espconn.StateListen
			if p.TLS.(espconn.MbedTLS).ServerClosed {
				want = espconn.StateClose
			}
			assert.Equal(t, want, rig.state(l))
			rig.noLeak(before)

			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
			_, err = rig.dial()
			assert.Error(t, err, "nobody listens after delete")
		})
	})
}

func TestServerNextClient(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.accept()
			for range 3 {
				c, err := rig.dialTLS(anyServer())
				require.NoError(t, err)
				time.Sleep(settle)
				_ = c.Close()
				time.Sleep(settle)
				assert.Equal(t, "connect, disconnect", rig.seen())
			}
		})
	})
}

// TestServerClientFails: a client that does not speak TLS costs the listener nothing (tls.md 3.2).
func TestServerClientFails(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			l := rig.accept()
			before := rig.heap()
			rig.hook["reconnect"] = func(c *espconn.Espconn) { assert.Same(t, l, c) }
			c, err := rig.dial()
			require.NoError(t, err)
			_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -121", rig.seen())
			assert.Equal(t, []string{"server handshake start.", "server handshake failed!", "Reason:[-0x7900]"}, rig.lines())

			tc, err := rig.dialTLS(anyServer())
			require.NoError(t, err)
			time.Sleep(settle)
			_ = tc.Close()
			time.Sleep(settle)
			assert.Equal(t, "connect, disconnect", rig.seen())
			rig.noLeak(before)
		})
	})
}

// TestStaleStatus: bug of the SDK: after a failed handshake a session that ends by espconn_secure_disconnect reports
// the old status (tls.md 3.1).
func TestStaleStatus(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.accept()
			c, err := rig.dial()
			require.NoError(t, err)
			_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -121", rig.seen())

			var conn *espconn.Espconn
			rig.hook["connect"] = func(c *espconn.Espconn) { conn = c }
			tc, err := rig.dialTLS(anyServer())
			require.NoError(t, err)
			time.Sleep(settle)
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDisconnect(conn)) })
			time.Sleep(settle)
			_ = tc.Close()
			want := "connect, disconnect"
			if p.TLS.(espconn.MbedTLS).StaleStatus {
				want = "connect, reconnect -121"
				assert.EqualValues(t, espconn.CauseStaleStatus, rig.dev.Explain().CauseID)
			}
			assert.Equal(t, want, rig.seen())
		})
	})
}

// TestDeadListener: bug of the SDK: a listener with a socket other than 0 accepts nobody after its first connection
// (tls.md 5.7).
func TestDeadListener(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.connect() // socket 0
			rig.accept()
			rig.seen()
			for first := true; ; first = false {
				c, err := rig.dial()
				require.NoError(t, err, "TCP is up in any case")
				_ = c.SetDeadline(time.Now().Add(time.Minute))
				tc := tls.Client(c, anyServer())
				err = tc.Handshake()
				time.Sleep(settle)
				_ = c.Close()
				time.Sleep(settle)
				if !first && p.TLS.(espconn.MbedTLS).ServerDead {
					assert.Error(t, err)
					assert.Empty(t, rig.seen())
				} else {
					assert.NoError(t, err)
					assert.Equal(t, "connect, disconnect", rig.seen())
				}
				if !first {
					return
				}
			}
		})
	})
}

// TestSecondClient: the manual profiles and axTLS reset a second client, the other SDKs leave it without service
// (manual-profile.md #12, tls.md 5.7, axtls.md 5).
func TestSecondClient(t *testing.T) {
	for name, refused := range map[string]bool{
		"ManualV21": true, "SDK221": false, "SDK301": false, "SDK306": false, "ManualV10": true, "SDK306SSL": true,
	} {
		t.Run(name, func(t *testing.T) { secondClient(t, name, refused) })
	}
}

func secondClient(t *testing.T, name string, refused bool) {
	p, ok := espconn.ProfileByName(name)
	require.True(t, ok)
	client := anyServer
	if p.TLS.Traits().Library == boundedtls.AxTLS {
		client = v10Client
	}
	onDevice(t, p, func(rig *deviceRig) {
		rig.accept()
		first, err := rig.dialTLS(client())
		require.NoError(t, err)
		time.Sleep(settle)
		second, err := rig.dial()
		require.NoError(t, err, "the handshake of TCP completes")
		_ = second.SetReadDeadline(time.Now().Add(time.Minute))
		_, err = second.Read(make([]byte, 1))
		if refused {
			assert.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
		} else {
			var timeout interface{ Timeout() bool }
			assert.True(t, errors.As(err, &timeout) && timeout.Timeout(), "%v", err)
		}
		_ = second.Close()
		assert.Equal(t, "connect", rig.seen())
		_ = first.Close()
		time.Sleep(settle)
		assert.Equal(t, "disconnect", rig.seen())
		third, err := rig.dialTLS(client())
		require.NoError(t, err)
		time.Sleep(settle)
		assert.Equal(t, "connect", rig.seen())
		_ = third.Close()
	})
}

// TestLostSent: bug of the SDK: a server that sends in its connect callback gets no sent callback (tls.md 5.6).
func TestLostSent(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.accept()
			var conn *espconn.Espconn
			rig.hook["connect"] = func(c *espconn.Espconn) {
				conn = c
				assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("welcome")))
			}
			c, err := rig.dialTLS(anyServer())
			require.NoError(t, err)
			buf := make([]byte, 7)
			_, err = io.ReadFull(c, buf)
			require.NoError(t, err)
			time.Sleep(settle)
			want, next := "connect, sent", espconn.OK
			if p.AckCountBug {
				want, next = "connect", espconn.INPROGRESS
			}
			assert.Equal(t, want, rig.seen())
			rig.do(func() { assert.Equal(t, next, rig.SecureSend(conn, []byte("more"))) })
			time.Sleep(settle)
			_ = c.Close()
		})
	})
}

// TestServerMutual: the server's CA flag asks for the client's certificate (manual V2.1 3.2).
func TestServerMutual(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	own := ca.Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "client"})
	img := burned(t, 0x7B, image.CertEntry{Name: "ca.cer", Data: ca.Raw})
	for name, want := range map[string]string{"with certificate": "connect, disconnect", "without": "reconnect 12"} {
		t.Run(name, func(t *testing.T) {
			onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
				rig.do(func() { assert.True(t, rig.SecureCaEnable(2, 0x7B)) })
				rig.accept()
				cfg := anyServer()
				if name != "without" {
					cfg.Certificates = []tls.Certificate{own.TLS(t)}
				}
				c, err := rig.dialTLS(cfg)
				time.Sleep(settle)
				if err == nil {
					_ = c.Close()
				}
				time.Sleep(settle)
				assert.Equal(t, want, rig.seen())
			}, img)
		})
	}
}

// TestNoCertificateCrashes: the SDK accepts without a certificate and crashes at the first client (tls.md 4.5).
func TestNoCertificateCrashes(t *testing.T) {
	onDevice(t, espconn.SDK306(), func(rig *deviceRig) {
		l := rig.record(tcp("", 0, 443))
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureAccept(l)) })
		_, _ = rig.dial()
		time.Sleep(settle)
		crash := rig.dev.Crash()
		require.NotNil(t, crash)
		assert.Contains(t, rig.findings(), espconn.RuleFatal)
	})
}
