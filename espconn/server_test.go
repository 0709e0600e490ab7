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
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
)

func TestServerHappyPath(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		inBench(t, p, func(b *bench) {
			l := b.accept()
			before := b.heap()
			var conn *espconn.Espconn
			b.hook["connect"] = func(c *espconn.Espconn) {
				conn = c
				assert.NotSame(t, l, c, "connect gets the connection's own espconn")
				assert.Equal(t, espconn.StateConnect, c.State)
				assert.Equal(t, [4]byte{10, 0, 0, 21}, c.Proto.TCP.RemoteIP)
				assert.Equal(t, espconn.StateListen, l.State)
				assert.Equal(t, c.Proto.TCP.RemotePort, l.Proto.TCP.RemotePort)
			}
			b.hook["recv"] = func(c *espconn.Espconn) {
				assert.Same(t, conn, c)
				assert.Equal(t, espconn.OK, b.SecureSend(c, []byte("answer")))
			}
			b.hook["sent"] = func(c *espconn.Espconn) { assert.Same(t, conn, c) }
			b.hook["disconnect"] = func(c *espconn.Espconn) { assert.Same(t, l, c, "disconnect gets the listener") }

			c, err := b.dialTLS(anyServer())
			require.NoError(t, err)
			_, _ = c.Write([]byte("question"))
			buf := make([]byte, 6)
			_, err = io.ReadFull(c, buf)
			require.NoError(t, err)
			assert.Equal(t, "answer", string(buf))
			time.Sleep(settle)
			_ = c.Close()
			time.Sleep(settle)
			assert.Equal(t, "connect, recv 8, sent, disconnect", b.seen())
			assert.Equal(t, []string{
				"server handshake start.", "server handshake ok!", "server's data invalid protocol", "Reason:[-0x7880]",
			}, b.lines())
			want := espconn.StateListen
			if p.ListenerClosed {
				want = espconn.StateClose
			}
			assert.Equal(t, want, b.state(l))
			b.noLeak(before)

			b.do(func() { assert.Equal(t, espconn.OK, b.SecureDelete(l)) })
			_, err = b.dial()
			assert.Error(t, err, "nobody listens after delete")
		})
	})
}

func TestServerNextClient(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		inBench(t, p, func(b *bench) {
			b.accept()
			for range 3 {
				c, err := b.dialTLS(anyServer())
				require.NoError(t, err)
				time.Sleep(settle)
				_ = c.Close()
				time.Sleep(settle)
				assert.Equal(t, "connect, disconnect", b.seen())
			}
		})
	})
}

// TestServerClientFails: a client that does not speak TLS costs the listener nothing (tls.md 3.2).
func TestServerClientFails(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		inBench(t, p, func(b *bench) {
			l := b.accept()
			before := b.heap()
			b.hook["reconnect"] = func(c *espconn.Espconn) { assert.Same(t, l, c) }
			c, err := b.dial()
			require.NoError(t, err)
			_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -121", b.seen())
			assert.Equal(t, []string{"server handshake start.", "server handshake failed!", "Reason:[-0x7900]"}, b.lines())

			tc, err := b.dialTLS(anyServer())
			require.NoError(t, err)
			time.Sleep(settle)
			_ = tc.Close()
			time.Sleep(settle)
			assert.Equal(t, "connect, disconnect", b.seen())
			b.noLeak(before)
		})
	})
}

// TestStaleStatus: bug of the SDK: after a failed handshake a session that ends by espconn_secure_disconnect reports
// the old status (tls.md 3.1).
func TestStaleStatus(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		inBench(t, p, func(b *bench) {
			b.accept()
			c, err := b.dial()
			require.NoError(t, err)
			_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -121", b.seen())

			var conn *espconn.Espconn
			b.hook["connect"] = func(c *espconn.Espconn) { conn = c }
			tc, err := b.dialTLS(anyServer())
			require.NoError(t, err)
			time.Sleep(settle)
			b.do(func() { assert.Equal(t, espconn.OK, b.SecureDisconnect(conn)) })
			time.Sleep(settle)
			_ = tc.Close()
			want := "connect, disconnect"
			if p.StaleStatus {
				want = "connect, reconnect -121"
			}
			assert.Equal(t, want, b.seen())
		})
	})
}

// TestDeadListener: bug of the SDK: a listener with a socket other than 0 accepts nobody after its first connection
// (tls.md 5.7).
func TestDeadListener(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		inBench(t, p, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			b.connect() // socket 0
			b.accept()
			b.seen()
			for first := true; ; first = false {
				c, err := b.dial()
				require.NoError(t, err, "TCP is up in any case")
				_ = c.SetDeadline(time.Now().Add(time.Minute))
				tc := tls.Client(c, anyServer())
				err = tc.Handshake()
				time.Sleep(settle)
				_ = c.Close()
				time.Sleep(settle)
				if !first && p.DeadListener {
					assert.Error(t, err)
					assert.Empty(t, b.seen())
				} else {
					assert.NoError(t, err)
					assert.Equal(t, "connect, disconnect", b.seen())
				}
				if !first {
					return
				}
			}
		})
	})
}

// TestSecondClient: the manual profiles and engine X reset a second client, the other SDKs leave it without service
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
	if p.Engine.AxTLS {
		client = v10Client
	}
	inBench(t, p, func(b *bench) {
		b.accept()
		first, err := b.dialTLS(client())
		require.NoError(t, err)
		time.Sleep(settle)
		second, err := b.dial()
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
		assert.Equal(t, "connect", b.seen())
		_ = first.Close()
		time.Sleep(settle)
		assert.Equal(t, "disconnect", b.seen())
		third, err := b.dialTLS(client())
		require.NoError(t, err)
		time.Sleep(settle)
		assert.Equal(t, "connect", b.seen())
		_ = third.Close()
	})
}

// TestLostSent: bug of the SDK: a server that sends in its connect callback gets no sent callback (tls.md 5.6).
func TestLostSent(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		inBench(t, p, func(b *bench) {
			b.accept()
			var conn *espconn.Espconn
			b.hook["connect"] = func(c *espconn.Espconn) {
				conn = c
				assert.Equal(t, espconn.OK, b.SecureSend(c, []byte("welcome")))
			}
			c, err := b.dialTLS(anyServer())
			require.NoError(t, err)
			buf := make([]byte, 7)
			_, err = io.ReadFull(c, buf)
			require.NoError(t, err)
			time.Sleep(settle)
			want, next := "connect, sent", espconn.OK
			if p.AckCountBug {
				want, next = "connect", espconn.INPROGRESS
			}
			assert.Equal(t, want, b.seen())
			b.do(func() { assert.Equal(t, next, b.SecureSend(conn, []byte("more"))) })
			time.Sleep(settle)
			_ = c.Close()
		})
	})
}

// TestServerMutual: the server's CA flag asks for the client's certificate (manual V2.1 3.2).
func TestServerMutual(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	own := ca.Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "client"})
	img := image(t, 0x7B, flash.Entry{Name: "ca.cer", Data: ca.Raw})
	for name, want := range map[string]string{"with certificate": "connect, disconnect", "without": "reconnect 12"} {
		t.Run(name, func(t *testing.T) {
			inBench(t, espconn.ManualV21(), func(b *bench) {
				b.do(func() { assert.True(t, b.SecureCaEnable(2, 0x7B)) })
				b.accept()
				cfg := anyServer()
				if name != "without" {
					cfg.Certificates = []tls.Certificate{own.TLS(t)}
				}
				c, err := b.dialTLS(cfg)
				time.Sleep(settle)
				if err == nil {
					_ = c.Close()
				}
				time.Sleep(settle)
				assert.Equal(t, want, b.seen())
			}, img)
		})
	}
}

// TestNoCertificateCrashes: the SDK accepts without a certificate and crashes at the first client (tls.md 4.5).
func TestNoCertificateCrashes(t *testing.T) {
	inBench(t, espconn.SDK306(), func(b *bench) {
		l := b.record(tcp("", 0, 443))
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureAccept(l)) })
		_, _ = b.dial()
		time.Sleep(settle)
		crash := b.dev.Crash()
		require.NotNil(t, crash)
		assert.Contains(t, b.findings(), espconn.RuleFatal)
	})
}
