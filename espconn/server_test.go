package espconn_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
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

// TestManualV10_ServerChecksClients: with the server's CA on, ManualV10 asks each client for a certificate and refuses one without
// the right one (manual V1.0 2, 4.2); libssl never asks (axtls.md 1.2). The switch of the client alone asks nobody.
func TestManualV10_ServerChecksClients(t *testing.T) {
	ca, other := testpki.NewCA(t, testpki.CA2048), testpki.NewCA(t, testpki.OtherCA2048)
	right := ca.Issue(t, testpki.Options{Key: testpki.Client2048, NotAfter: beforeOverflow}).TLS(t)
	wrong := other.Issue(t, testpki.Options{Key: testpki.Client2048, NotAfter: beforeOverflow}).TLS(t)
	old := ca.Issue(t, testpki.Options{Key: testpki.Client2048, NotAfter: time.Unix(v10Clock-1, 0)}).TLS(t)
	burn := func(data []byte) func(*emulator.Config) {
		return burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: data})
	}
	erased := func(*emulator.Config) {}
	garbage := bytes.Repeat([]byte("garbage"), 200)
	const works = "connect, recv 1, disconnect"
	rows := []struct {
		name    string
		level   uint8
		image   func(*emulator.Config)
		cert    *tls.Certificate
		v10     string // what the firmware sees
		line    string // a line of the device
		sdkSees string
	}{
		{"off, none", 0, burn(ca.Raw), nil, works, "server handshake ok!", works},
		{"client's, none", 1, burn(ca.Raw), nil, works, "server handshake ok!", works},
		{"server's, right", 2, burn(ca.Raw), &right, works, "server handshake ok!", works},
		{"both, right", 3, burn(ca.Raw), &right, works, "server handshake ok!", works},
		{"server's, none", 2, burn(ca.Raw), nil, "reconnect -28", "Error: bad certificate", works},
		{"both, none", 3, burn(ca.Raw), nil, "reconnect -28", "Error: bad certificate", works},
		{"server's, wrong", 2, burn(ca.Raw), &wrong, "reconnect -28", "Error: No trusted cert is available", works},
		{"server's, expired", 2, burn(ca.Raw), &old, "reconnect -28", "Error: Cert has expired", works},
		{"server's, right, garbage in the sector", 2, burn(garbage), &right, "reconnect -28", "Error: No trusted cert is available", works},
		{"server's, none, garbage in the sector", 2, burn(garbage), nil, "reconnect -28", "Error: bad certificate", works},
		{"server's, right, erased sector", 2, erased, &right, "disconnect", "Please load authenticate certificate", works},
	}
	for _, r := range rows {
		for _, p := range []espconn.Profile{espconn.ManualV10(), espconn.SDK306SSL()} {
			t.Run(r.name+"/"+p.Name, func(t *testing.T) {
				onDevice(t, p, func(rig *deviceRig) {
					before := rig.heap()
					if r.level != 0 {
						rig.do(func() { assert.True(t, rig.SecureCaEnable(r.level, 0x3B)) })
					}
					effect := p.TLS.Traits().ChecksClients
					if r.level&espconn.LevelServer != 0 && !effect {
						assert.Contains(t, rig.findings(), espconn.RuleNoEffect)
					} else {
						assert.NotContains(t, rig.findings(), espconn.RuleNoEffect)
					}
					l := rig.accept()
					cfg, asked := v10Client(), false
					cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
						if asked = true; r.cert == nil {
							return &tls.Certificate{}, nil
						}
						return r.cert, nil
					}
					for range 2 { // a refusal does not hurt the server
						rig.lines()
						asked = false
						if c, err := rig.dialTLS(cfg); err == nil {
							_, _ = c.Write([]byte("x"))
							time.Sleep(settle)
							_ = c.Close()
						}
						time.Sleep(settle)
						want := r.sdkSees
						if effect {
							want = r.v10
						}
						assert.Equal(t, want, rig.seen())
						if effect {
							assert.Contains(t, rig.lines(), r.line)
						}
						assert.Equal(t, effect && r.level&espconn.LevelServer != 0 && r.v10 != "disconnect", asked)
					}
					rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
					rig.noLeak(before)
				}, r.image, clock(v10Clock))
			})
		}
	}
}

// TestNoCertificateCrashes: the SDK accepts without a certificate and crashes at the first client (tls.md 4.5).
func TestNoCertificateCrashes(t *testing.T) {
	onDevice(t, espconn.SDK306(), func(rig *deviceRig) {
		rig.dev.ExpectCrash()
		l := rig.record(tcp("", 0, 443))
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureAccept(l)) })
		_, _ = rig.dial()
		time.Sleep(settle)
		crash := rig.dev.Crash()
		require.NotNil(t, crash)
		assert.Contains(t, rig.findings(), espconn.RuleFatal)
	})
}
