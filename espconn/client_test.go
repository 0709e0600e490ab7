package espconn_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
)

// allProfiles runs fn for each profile.
func allProfiles(t *testing.T, fn func(t *testing.T, p espconn.Profile)) {
	for _, p := range espconn.Profiles() {
		t.Run(p.Name, func(t *testing.T) { fn(t, p) })
	}
}

func TestClientHappyPath(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), echo)
			before := rig.heap()
			rig.hook["connect"] = func(c *espconn.Espconn) {
				assert.Same(t, rig.c, c)
				assert.Equal(t, espconn.StateConnect, c.State)
				assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("hello")))
				assert.Equal(t, espconn.StateWrite, c.State)
			}
			rig.hook["recv"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.StateRead, c.State) }
			rig.hook["sent"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.StateConnect, c.State) }
			assert.Equal(t, espconn.OK, rig.connect())
			assert.NoError(t, <-rig.served)
			assert.Equal(t, "connect, sent, recv 5", rig.seen())
			assert.Equal(t, "hello", rig.data.String())
			assert.Equal(t, []string{"client handshake start.", "client handshake ok!"}, rig.lines())

			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c)) })
			time.Sleep(settle)
			assert.Equal(t, "disconnect", rig.seen())
			assert.Equal(t, espconn.StateClose, rig.state(rig.c))
			assert.Equal(t, []string{""}, rig.lines(), "a local disconnect prints nothing")
			rig.noLeak(before)
		})
	})
}

// TestReceivedDataIsLent: the slice of a recv callback is overwritten once the callback has returned; a NUL stood
// behind the data.
func TestReceivedDataIsLent(t *testing.T) {
	onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) { _, _ = c.Write([]byte("secret")); hold(c) })
		rig.hook["recv"] = func(*espconn.Espconn) {
			assert.Equal(t, "secret", string(rig.kept))
			assert.Equal(t, "secret\x00", string(rig.kept[:len(rig.kept)+1]))
		}
		rig.connect()
		rig.do(func() { assert.Equal(t, bytes.Repeat([]byte{0xA5}, 6), rig.kept) })
	})
}

// TestReceivePieces: pieces of at most 1,460 bytes that never span records (tls.md 2.7).
func TestReceivePieces(t *testing.T) {
	onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
		rig.do(func() { assert.True(t, rig.SecureSetSize(1, 4096)) })
		rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
			_, _ = c.Write(make([]byte, 4096))
			_, _ = c.Write(make([]byte, 10))
			hold(c)
		})
		rig.connect()
		assert.Equal(t, "connect, recv 1460, recv 1460, recv 1176, recv 10", rig.seen())
	})
}

// TestSendLong: records of 1,460 bytes, one per full acknowledgement, one sent callback at the end (tls.md 2.7).
func TestSendLong(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.SDK221(), espconn.SDK301(), espconn.SDK306()} {
		t.Run(p.Name, func(t *testing.T) {
			onDevice(t, p, func(rig *deviceRig) {
				got := make(chan []byte, 1)
				rig.serve(rsaServer(t, leaf(t, 0)), all(got))
				rig.connect()
				data := make([]byte, 65535)
				for i := range data {
					data[i] = byte(7*i + 3)
				}
				rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, data)) })
				time.Sleep(time.Minute)
				assert.Equal(t, "connect, sent", rig.seen())
				rig.do(func() { rig.SecureDisconnect(rig.c) })
				assert.True(t, bytes.Equal(data, <-got))
				assert.Contains(t, rig.findings(), espconn.RuleSendTooLong)
			})
		})
	}
}

func TestSendNothing(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.connect()
			rig.do(func() {
				assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, nil))
				assert.Equal(t, espconn.StateWrite, rig.c.State)
			})
			time.Sleep(settle)
			assert.Equal(t, "connect, sent", rig.seen())
		})
	})
}

// all reads a connection to its end and hands out what came.
func all(got chan<- []byte) func(*tls.Conn) {
	return func(c *tls.Conn) {
		b, _ := io.ReadAll(c)
		got <- b
	}
}

// failure is one way for a client's handshake to fail.
type failure struct {
	name  string
	setup func(t *testing.T, rig *deviceRig)
	image func(t *testing.T) func(*emulator.Config)
	want  string // the firmware's log, ManualV21 and the SDKs alike
	lines []string
}

// failed returns the two log lines of a failed handshake.
func failed(reason string) []string {
	return []string{"client handshake failed!", "Reason:[" + reason + "]"}
}

var clientFailures = []failure{
	{
		name:  "chain too large for 2048",
		setup: func(t *testing.T, rig *deviceRig) { rig.serve(rsaServer(t, leaf(t, 2049)), hold) },
		want:  "reconnect -114", lines: failed("-0x7200"),
	},
	{
		name: "no common suite",
		setup: func(t *testing.T, rig *deviceRig) {
			cfg := rsaServer(t, leaf(t, 0))
			cfg.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
			rig.serve(cfg, hold)
		},
		want: "reconnect 9", lines: failed("-0x7780"),
	},
	{
		name: "FIN before the ServerHello",
		setup: func(t *testing.T, rig *deviceRig) {
			rig.listen(func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)) })
		},
		want: "disconnect", lines: failed("-0x7880"),
	},
	{
		name: "RST in the handshake",
		setup: func(t *testing.T, rig *deviceRig) {
			rig.listen(func(c net.Conn) {
				_, _ = c.Read(make([]byte, 1024))
				reset(t, c)
			})
		},
		want: "reconnect -9",
	},
	{
		name:  "refused",
		setup: func(*testing.T, *deviceRig) {},
		want:  "reconnect -9",
	},
	{
		name: "not TLS",
		setup: func(t *testing.T, rig *deviceRig) {
			rig.listen(func(c net.Conn) {
				_, _ = c.Read(make([]byte, 1024))
				_, _ = c.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
				_, _ = c.Read(make([]byte, 1024))
			})
		},
		want: "reconnect -114", lines: failed("-0x7200"),
	},
	{
		name: "wrong CA",
		setup: func(t *testing.T, rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { assert.True(t, rig.SecureCaEnable(1, 0x7B)) })
		},
		image: func(t *testing.T) func(*emulator.Config) {
			return burned(t, 0x7B, image.CertEntry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.OtherCA2048).Raw})
		},
		want: "reconnect -39", lines: failed("-0x2700"),
	},
	{
		name: "erased CA sector",
		setup: func(t *testing.T, rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { assert.True(t, rig.SecureCaEnable(1, 0x7B)) })
		},
		want: "reconnect -127", lines: failed("-0x7f00"),
	},
	{
		name: "own certificate missing",
		setup: func(t *testing.T, rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { assert.True(t, rig.SecureCertReqEnable(1, 0x7A)) })
		},
		want: "reconnect -127", lines: failed("-0x7f00"),
	},
}

// reset ends a TCP connection with an RST.
func reset(t testing.TB, c net.Conn) {
	t.Helper()
	l, ok := c.(interface{ SetLinger(int) error })
	require.True(t, ok, "connections of the virtual network can be reset")
	require.NoError(t, l.SetLinger(0))
	require.NoError(t, c.Close())
}

func TestClientFailures(t *testing.T) {
	for _, f := range clientFailures {
		t.Run(f.name, func(t *testing.T) {
			allProfiles(t, func(t *testing.T, p espconn.Profile) {
				var opts []func(*emulator.Config)
				if f.image != nil {
					opts = append(opts, f.image(t))
				}
				onDevice(t, p, func(rig *deviceRig) {
					f.setup(t, rig)
					before := rig.heap()
					assert.Equal(t, espconn.OK, rig.connect())
					assert.Equal(t, f.want, rig.seen())
					assert.Equal(t, espconn.StateClose, rig.state(rig.c))
					if all := rig.lines(); f.lines != nil {
						require.GreaterOrEqual(t, len(all), 2)
						assert.Equal(t, "client handshake start.", all[0])
						assert.Equal(t, f.lines, all[len(all)-2:])
					} else {
						assert.NotContains(t, all, "client handshake failed!")
					}
					rig.noLeak(before)
				}, opts...)
			})
		})
	}
}

// TestNoAnswer: the SYN is repeated six times; after about 6.25 s comes reconnect(-11) (espconn.md 4.6).
func TestNoAnswer(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			before := rig.heap()
			rig.c.Proto.TCP.RemoteIP = [4]byte{10, 0, 9, 9}
			assert.Equal(t, espconn.OK, rig.connect())
			assert.Empty(t, rig.seen())
			time.Sleep(5 * time.Second)
			assert.Equal(t, "reconnect -11", rig.seen())
			rig.noLeak(before)
		})
	})
}

// TestNeverAcknowledged: data that nobody acknowledges ends the connection with reconnect(-3) after 12 retries, 575.5 s
// with a round trip learnt in the handshake (oracle/espconn FINDINGS A12).
func TestNeverAcknowledged(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			before := rig.heap()
			rig.connect()
			rig.net.Partition([]string{rig.dev.Name()}, []string{"server"})
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, []byte("lost"))) })
			time.Sleep(570 * time.Second)
			assert.Equal(t, "connect", rig.seen())
			time.Sleep(10 * time.Second)
			assert.Equal(t, "reconnect -3", rig.seen())
			rig.net.Heal()
			rig.noLeak(before)
		})
	})
}

// TestAddressLost: a connection whose address goes away ends with reconnect(-8) (oracle/espconn FINDINGS C).
func TestAddressLost(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			before := rig.heap()
			rig.connect()
			rig.do(func() { assert.True(t, rig.sdk.WifiStationDisconnect()) })
			time.Sleep(settle)
			assert.Equal(t, "connect, reconnect -8", rig.seen())
			rig.noLeak(before)
		})
	})
}

func TestDisconnectInHandshake(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.listen(func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)); _, _ = c.Read(make([]byte, 1024)) })
			before := rig.heap()
			rig.connect()
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c)) })
			assert.Equal(t, "disconnect", rig.seen())
			rig.noLeak(before)
		})
	})
}

// TestPeerEnds are the ways a peer ends an established connection (tls.md 3.2).
func TestPeerEnds(t *testing.T) {
	rows := []struct {
		name  string
		do    func(t *testing.T, c *tls.Conn)
		want  string
		lines []string
	}{
		{"close_notify and FIN", func(t *testing.T, c *tls.Conn) {}, "connect, disconnect",
			[]string{"client's data invalid protocol", "Reason:[-0x7880]"}},
		{"FIN", func(t *testing.T, c *tls.Conn) { _ = c.NetConn().Close() }, "connect, disconnect",
			[]string{"client's data invalid protocol", "Reason:[-0x7880]"}},
		{"RST", func(t *testing.T, c *tls.Conn) { reset(t, c.NetConn()) }, "connect, reconnect -9", nil},
		{"record of 2049", func(t *testing.T, c *tls.Conn) { _, _ = c.Write(make([]byte, 2049)); hold(c) }, "connect, reconnect 15",
			[]string{"client's data invalid protocol", "Reason:[-0x7180]"}},
		{"record of 4096", func(t *testing.T, c *tls.Conn) { _, _ = c.Write(make([]byte, 4096)); hold(c) }, "connect, reconnect -114",
			[]string{"client's data invalid protocol", "Reason:[-0x7200]"}},
		{"garbage", func(t *testing.T, c *tls.Conn) {
			_, _ = c.NetConn().Write([]byte("\x17\x03\x03\x00\x40" + strings.Repeat("x", 64)))
			hold(c)
		}, "connect, reconnect 15", []string{"client's data invalid protocol", "Reason:[-0x7180]"}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
					time.Sleep(time.Second)
					r.do(t, c)
				})
				before := rig.heap()
				rig.connect()
				time.Sleep(settle)
				assert.Equal(t, r.want, rig.seen())
				assert.Equal(t, append([]string{"client handshake start.", "client handshake ok!"}, r.lines...), rig.lines())
				rig.noLeak(before)
			})
		})
	}
}

// TestReconnectInCallback: connecting again inside disconnect and reconnect callbacks works (manual-profile.md #8).
func TestReconnectInCallback(t *testing.T) {
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), nil)
			rounds := 0
			again := func(c *espconn.Espconn) {
				if rounds++; rounds < 3 {
					assert.Equal(t, espconn.OK, rig.SecureConnect(c))
				}
			}
			rig.hook["disconnect"], rig.hook["reconnect"] = again, again
			before := rig.heap()
			rig.connect()
			time.Sleep(settle)
			assert.Equal(t, "connect, disconnect, connect, disconnect, connect, disconnect", rig.seen())
			rig.noLeak(before)
		})
	})
}

// TestMutual: own certificate from flash, checked by the server; the CA checks the server (manual V2.1 4.2).
func TestMutual(t *testing.T) {
	ca := testpki.NewCA(t, testpki.CA2048)
	own := ca.Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "device"})
	images := []func(*emulator.Config){
		burned(t, 0x7B, image.CertEntry{Name: "TLS.ca_x509.cer", Data: ca.Raw}),
		burned(t, 0x7A, image.CertEntry{Name: "certificate", Data: own.Raw},
			image.CertEntry{Name: "private_key", Data: testpki.KeyDER(t, testpki.Leaf2048)}),
	}
	allProfiles(t, func(t *testing.T, p espconn.Profile) {
		onDevice(t, p, func(rig *deviceRig) {
			cfg := rsaServer(t, leaf(t, 0))
			cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
			rig.serve(cfg, echo)
			rig.do(func() {
				assert.True(t, rig.SecureCaEnable(1, 0x7B))
				assert.True(t, rig.SecureCertReqEnable(1, 0x7A))
			})
			before := rig.heap()
			rig.connect()
			assert.NoError(t, <-rig.served)
			assert.Equal(t, "connect", rig.seen())
			line := "espconn_mbedtls.c 662, type["
			if p.TLS.(espconn.MbedTLS).EntryLine == 661 {
				line = "espconn_mbedtls.c 661, type["
			}
			all := rig.lines()
			require.Len(t, all, 6)
			assert.Contains(t, all[1], line+"certificate],length[")
			assert.Contains(t, all[2], line+"certificate],length[")
			assert.Contains(t, all[3], line+"private_key],length[")
			assert.Contains(t, all[4], line+"TLS.ca_x509.cer],length[")
			rig.do(func() { rig.SecureDisconnect(rig.c) })
			rig.noLeak(before)
		}, images...)
	})
}

// TestDataWithFinished: the SDK leaves application data that came with the last handshake bytes until the next segment
// (tls.md 2.7); the manual profile reads it at once.
func TestDataWithFinished(t *testing.T) {
	for name, want := range map[string]string{"ManualV21": "connect, recv 3", "SDK301": "connect", "SDK306": "connect"} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
			onDevice(t, p, func(rig *deviceRig) {
				rig.listen(func(c net.Conn) {
					tc := tls.Server(&gate{Conn: c}, rsaServer(t, leaf(t, 0)))
					if tc.Handshake() == nil {
						_, _ = tc.Write([]byte("abc"))
						hold(tc)
					}
				})
				rig.connect()
				assert.Equal(t, want, rig.seen())
			})
		})
	}
}

// gate joins the last flight of a handshake with the data written next: the write that begins with ChangeCipherSpec is
// kept back until one more write comes.
type gate struct {
	net.Conn
	kept []byte
}

func (g *gate) Write(p []byte) (int, error) {
	if p[0] == 20 { // ChangeCipherSpec
		g.kept = bytes.Clone(p)
		return len(p), nil
	}
	_, err := g.Conn.Write(append(g.kept, p...))
	g.kept = nil
	return len(p), err
}
