package espconn_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
)

// The tests of this file are the rules of manual-profile.md's last paragraph and the eight functions of the manual V1.0.

// v10Clock lies within the validity of the test certificates.
const v10Clock = 1700000000

func clock(now uint32) func(*emulator.Config) {
	return func(cfg *emulator.Config) { cfg.Clock = now }
}

func v10(t *testing.T, fn func(rig *deviceRig), opts ...func(*emulator.Config)) {
	t.Helper()
	onDevice(t, espconn.ManualV10(), fn, append(opts, clock(v10Clock))...)
}

// v10Server is a crypto/tls server that speaks TLS 1.1.
func v10Server(t testing.TB) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{leaf(t, 0).TLS(t)}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, DynamicRecordSizingDisabled: true,
	}
}

func v10Client() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}}
}

func TestAllProfiles(t *testing.T) {
	all := espconn.AllProfiles()
	assert.Equal(t, espconn.Profiles(), all[:len(espconn.Profiles())])
	for _, p := range all {
		got, ok := espconn.ProfileByName(p.Name)
		assert.True(t, ok)
		assert.Equal(t, p, got)
	}
	for _, p := range espconn.Profiles() {
		assert.Equal(t, boundedtls.MbedTLS, p.TLS.Traits().Library, "probe's default has no axTLS")
	}
	got, ok := espconn.ProfileByName("manualv10")
	assert.True(t, ok)
	assert.Equal(t, espconn.AxTLS{}, got.TLS, "the manual's axTLS has no bugs")
}

// TestManualV10_Functions: the eight functions of V1.0 are used without a word, each other one is found.
func TestManualV10_Functions(t *testing.T) {
	count := func(do func(*callRig)) (n int) {
		rig := newCallRig(espconn.ManualV10())
		do(rig)
		for _, f := range rig.findings() {
			if f == espconn.RuleNotInV10 {
				n++
			}
		}
		return n
	}
	c, l := tcp("10.0.0.9", 443, 0), tcp("", 0, 443)
	assert.Zero(t, count(func(rig *callRig) {
		rig.SecureCaDisable(1)
		rig.SecureCaEnable(1, 0x3B)
		rig.SecureAccept(l)
		rig.SecureSetSize(1, 2048)
		rig.SecureGetSize(1)
		rig.SecureConnect(c)
		rig.SecureSent(c, nil)
		rig.SecureDisconnect(c)
		rig.Port()
	}))
	for name, do := range map[string]func(*callRig){
		"send":             func(rig *callRig) { rig.SecureSend(c, nil) },
		"delete":           func(rig *callRig) { rig.SecureDelete(l) },
		"cert_req_enable":  func(rig *callRig) { rig.SecureCertReqEnable(1, 0x3C) },
		"cert_req_disable": func(rig *callRig) { rig.SecureCertReqDisable(1) },
		"certificate":      func(rig *callRig) { rig.SecureSetDefaultCertificate([]byte{1}) },
		"private key":      func(rig *callRig) { rig.SecureSetDefaultPrivateKey([]byte{1}) },
	} {
		assert.Equal(t, 1, count(do), name)
	}
}

// TestManualV10_Sector: a uint16 in V1.0.
func TestManualV10_Sector(t *testing.T) {
	right := testpki.NewCA(t, testpki.CA2048).Raw
	v10(t, func(rig *deviceRig) {
		rig.serve(v10Server(t), hold)
		rig.do(func() { assert.True(t, rig.SecureCaEnable(1, 0x1003B)) })
		rig.connect()
		assert.Equal(t, "connect", rig.seen(), "0x1003B is 0x3B")
		assert.Contains(t, rig.findings(), espconn.RuleSector)
	}, burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: right}))
	rig := newCallRig(espconn.ManualV10())
	assert.False(t, rig.SecureCaEnable(1, 0x10000), "sector 0")
}

func TestManualV10_Levels(t *testing.T) {
	rig := newCallRig(espconn.ManualV10())
	for _, level := range []uint8{0, 4, 255} {
		assert.False(t, rig.SecureCaEnable(level, 0x3B))
		assert.False(t, rig.SecureCaDisable(level))
		assert.False(t, rig.SecureSetSize(level, 2048))
		assert.EqualValues(t, espconn.ARG, rig.SecureGetSize(level))
	}
	for _, level := range []uint8{1, 2, 3} {
		assert.True(t, rig.SecureCaEnable(level, 0x3B))
		assert.True(t, rig.SecureCaDisable(level))
	}
}

// TestManualV10_Sizes: 1..8192 for each role.
func TestManualV10_Sizes(t *testing.T) {
	rig := newCallRig(espconn.ManualV10())
	assert.EqualValues(t, 2048, rig.SecureGetSize(3))
	for _, size := range []uint16{1, 2047, 8192} {
		assert.True(t, rig.SecureSetSize(1, size))
		assert.EqualValues(t, size, rig.SecureGetSize(1))
		assert.EqualValues(t, 2048, rig.SecureGetSize(2))
	}
	assert.False(t, rig.SecureSetSize(3, 0))
	assert.False(t, rig.SecureSetSize(3, 8193))
	assert.EqualValues(t, 8192, rig.SecureGetSize(3), "the client's")
	assert.Contains(t, rig.findings(), espconn.RuleSizesDiffer)
}

// TestManualV10_PacketOverTheSize: the reconnect callback, in the handshake and after it.
func TestManualV10_PacketOverTheSize(t *testing.T) {
	cert := leaf(t, 0)
	for size, want := range map[int]string{cert.MessageLen() + 5: "connect", cert.MessageLen() + 4: "reconnect -28"} {
		v10(t, func(rig *deviceRig) {
			rig.script(&tlspeer.Server{Version: tlspeer.VersionTLS11, Suite: 0x2f, Chain: cert.Chain(), Key: peerKey(t),
				Script: tlspeer.Script{End: tlspeer.Open}, Hold: time.Second})
			rig.do(func() { assert.True(t, rig.SecureSetSize(1, uint16(size))) })
			rig.connect()
			assert.Contains(t, rig.seen(), want, size)
		})
	}
	for n, want := range map[int]string{1995: "connect, recv 1995", 1996: "connect, reconnect -61"} {
		v10(t, func(rig *deviceRig) {
			rig.serve(v10Server(t), func(c *tls.Conn) { _, _ = c.Write(make([]byte, n)); hold(c) })
			rig.connect()
			assert.Equal(t, want, rig.seen())
		})
	}
}

func peerKey(t testing.TB) *tlspeer.Key {
	k, err := tlspeer.ParseKey(testpki.KeyDER(t, testpki.Leaf2048))
	require.NoError(t, err)
	return k
}

// TestManualV10_NoSizeRules: neither 3,072 with mutual authentication nor 1,024 in one send.
func TestManualV10_NoSizeRules(t *testing.T) {
	own := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Client2048})
	img := burned(t, 0x3C, image.CertEntry{Name: "private_key", Data: testpki.KeyDER(t, testpki.Client2048)},
		image.CertEntry{Name: "certificate", Data: own.Raw})
	v10(t, func(rig *deviceRig) {
		got := make(chan []byte, 1)
		cfg := v10Server(t)
		cfg.ClientAuth = tls.RequireAnyClientCert
		rig.serve(cfg, all(got))
		rig.do(func() {
			assert.True(t, rig.SecureSetSize(1, 4096))
			assert.True(t, rig.SecureCertReqEnable(1, 0x3C))
		})
		assert.Equal(t, espconn.OK, rig.connect())
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSent(rig.c, make([]byte, 3000))) })
		time.Sleep(settle)
		assert.Equal(t, "connect, sent", rig.seen())
		rig.do(func() { rig.SecureDisconnect(rig.c) })
		assert.Len(t, <-got, 3000)
		assert.NotContains(t, rig.findings(), espconn.RuleMutualSize)
		assert.NotContains(t, rig.findings(), espconn.RuleSendTooLong)
	}, img, func(cfg *emulator.Config) { cfg.HeapFree = chip.HeapMax })
}

// TestManualV10_Order: TCP comes up, then the CA is read, then the handshake begins.
func TestManualV10_Order(t *testing.T) {
	v10(t, func(rig *deviceRig) {
		up, first := make(chan bool, 1), make(chan int, 1)
		rig.listen(func(c net.Conn) {
			up <- true
			n, _ := c.Read(make([]byte, 100))
			first <- n
		})
		rig.do(func() { rig.SecureCaEnable(1, 0x3B) }) // erased
		rig.connect()
		assert.True(t, <-up)
		assert.Zero(t, <-first, "no ClientHello")
		assert.Equal(t, "disconnect", rig.seen())
		assert.Equal(t, []string{"Please load authenticate certificate"}, rig.lines())
	})
	right := testpki.NewCA(t, testpki.CA2048).Raw
	v10(t, func(rig *deviceRig) {
		rig.serve(v10Server(t), hold)
		rig.do(func() { rig.SecureCaEnable(1, 0x3B) })
		rig.connect()
		lines := rig.lines()
		assert.Regexp(t, "^ca.cer ", lines[0])
		assert.Equal(t, "client handshake start.", lines[1])
		assert.Equal(t, "client handshake ok!", lines[len(lines)-1])
	}, burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: right}))
}

// TestManualV10_Verification: at most two CAs; a failure drops the connection.
func TestManualV10_Verification(t *testing.T) {
	right, other := testpki.NewCA(t, testpki.CA2048).Raw, testpki.NewCA(t, testpki.OtherCA2048).Raw
	third := testpki.NewCA(t, testpki.CA1024).Raw
	rows := []struct {
		cas     [][]byte
		want    string
		finding bool
	}{
		{[][]byte{right}, "connect", false},
		{[][]byte{other, right}, "connect", false},
		{[][]byte{other}, "reconnect -28", false},
		{[][]byte{other, third, right}, "reconnect -28", true},
	}
	for i, r := range rows {
		var entries []image.CertEntry
		for _, ca := range r.cas {
			entries = append(entries, image.CertEntry{Name: "ca.cer", Data: ca})
		}
		v10(t, func(rig *deviceRig) {
			rig.serve(v10Server(t), hold)
			rig.do(func() { rig.SecureCaEnable(1, 0x3B) })
			rig.connect()
			assert.Equal(t, r.want, rig.seen(), i)
			if r.want != "connect" {
				assert.Error(t, <-rig.served, "the server sees the connection end")
			}
			if r.finding {
				assert.Contains(t, rig.findings(), espconn.RuleCAEntries)
			} else {
				assert.NotContains(t, rig.findings(), espconn.RuleCAEntries)
			}
		}, burned(t, 0x3B, entries...))
	}
}

// TestManualV10_Dates: without a clock a check of dates cannot succeed; without the CA check nobody asks for the time.
func TestManualV10_Dates(t *testing.T) {
	img := burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.CA2048).Raw})
	for _, ca := range []bool{false, true} {
		onDevice(t, espconn.ManualV10(), func(rig *deviceRig) {
			rig.serve(v10Server(t), hold)
			rig.do(func() {
				if ca {
					rig.SecureCaEnable(1, 0x3B)
				}
			})
			assert.Equal(t, espconn.OK, rig.connect())
			if !ca {
				assert.Equal(t, "connect", rig.seen())
				return
			}
			assert.Equal(t, "reconnect -28", rig.seen())
			assert.Contains(t, rig.lines(), "Error: Cert is not yet valid")
		}, img)
	}
}

// TestManualV10_OneClient: a second connect is refused until the first has ended.
func TestManualV10_OneClient(t *testing.T) {
	v10(t, func(rig *deviceRig) {
		rig.serve(v10Server(t), hold)
		assert.Equal(t, espconn.OK, rig.connect())
		other := rig.record(tcp(serverAddr, 443, 0))
		rig.do(func() {
			assert.Equal(t, espconn.ISCONN, rig.SecureConnect(rig.c))
			assert.Equal(t, espconn.ISCONN, rig.SecureConnect(other))
			assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c))
		})
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect", rig.seen())
		assert.Equal(t, espconn.OK, rig.connect())
		assert.Equal(t, "connect", rig.seen())
	})
	rig := newCallRig(espconn.ManualV10())
	assert.Equal(t, espconn.ARG, rig.SecureConnect(nil))
	assert.Equal(t, espconn.ARG, rig.SecureConnect(&espconn.Espconn{Type: espconn.TypeUDP}))
	assert.Equal(t, espconn.ARG, rig.SecureConnect(&espconn.Espconn{Type: espconn.TypeTCP}))
	rig.heap.leave(2048 + 14336)
	assert.Equal(t, espconn.MEM, rig.SecureConnect(tcp("10.0.0.9", 443, 0)))
}

// TestManualV10_Server: one server, one client; the server may send as often as it likes.
func TestManualV10_Server(t *testing.T) {
	v10(t, func(rig *deviceRig) {
		l := rig.accept()
		before := rig.heap()
		rig.do(func() { assert.Equal(t, espconn.ISCONN, rig.SecureAccept(tcp("", 0, 444))) })
		rig.hook["recv"] = func(c *espconn.Espconn) {
			assert.Same(t, l, c, "an accepted connection has the listener's espconn")
			assert.Equal(t, espconn.OK, rig.SecureSent(c, rig.kept))
		}
		first, err := rig.dialTLS(v10Client())
		require.NoError(t, err)
		second, err := rig.dial()
		require.NoError(t, err, "TCP's handshake completes")
		_, err = second.Read(make([]byte, 1))
		assert.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
		for range 3 {
			_, err = first.Write([]byte("question"))
			require.NoError(t, err)
			_, err = io.ReadFull(first, make([]byte, 8))
			require.NoError(t, err)
			time.Sleep(settle)
		}
		rig.do(func() { assert.Equal(t, espconn.INPROGRESS, rig.SecureDelete(l)) })
		_ = first.Close()
		time.Sleep(settle)
		assert.Equal(t, "connect, recv 8, sent, recv 8, sent, recv 8, sent, disconnect", rig.seen())
		assert.Equal(t, espconn.StateClose, rig.state(l))
		rig.noLeak(before)
		third, err := rig.dialTLS(v10Client())
		require.NoError(t, err, "the next is served")
		_ = third.Close()
		time.Sleep(settle)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
		_, err = rig.dial()
		assert.Error(t, err, "nobody listens after delete")
	})
	rig := newCallRig(espconn.ManualV10())
	assert.Equal(t, espconn.ARG, rig.SecureAccept(nil))
	assert.Equal(t, espconn.ARG, rig.SecureAccept(tcp("", 0, 443)), "no certificate")
	rig.certificates()
	rig.heap.leave(2048 + 14336)
	assert.Equal(t, espconn.MEM, rig.SecureAccept(tcp("", 0, 443)))
}

// TestManualV10_Sent: results, and the empty send.
func TestManualV10_Sent(t *testing.T) {
	rig := newCallRig(espconn.ManualV10())
	assert.Equal(t, espconn.ARG, rig.SecureSent(nil, []byte{1}))
	assert.Equal(t, espconn.ARG, rig.SecureSent(tcp("10.0.0.9", 443, 0), []byte{1}))
	v10(t, func(rig *deviceRig) {
		got := make(chan []byte, 1)
		rig.serve(v10Server(t), all(got))
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
			assert.Equal(t, espconn.INPROGRESS, rig.SecureSent(rig.c, []byte{1}), "before the connect callback")
		})
		time.Sleep(settle)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureSent(rig.c, nil))
			assert.Equal(t, espconn.INPROGRESS, rig.SecureSent(rig.c, []byte{1}), "before the sent callback")
		})
		time.Sleep(settle)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSent(rig.c, []byte{1})) })
		time.Sleep(settle)
		assert.Equal(t, "connect, sent, sent", rig.seen())
		rig.do(func() { rig.SecureDisconnect(rig.c) })
		assert.Equal(t, []byte{1}, <-got)
	})
}

// TestManualV10_Disconnect: results, and inside a callback.
func TestManualV10_Disconnect(t *testing.T) {
	rig := newCallRig(espconn.ManualV10())
	assert.Equal(t, espconn.ARG, rig.SecureDisconnect(nil))
	assert.Equal(t, espconn.ARG, rig.SecureDisconnect(tcp("10.0.0.9", 443, 0)))
	v10(t, func(rig *deviceRig) {
		before := rig.heap()
		rig.serve(v10Server(t), hold)
		rig.hook["connect"] = func(c *espconn.Espconn) {
			state := c.State
			assert.Equal(t, espconn.OK, rig.SecureDisconnect(c))
			assert.Equal(t, state, c.State, "carried out later")
			assert.Equal(t, espconn.INPROGRESS, rig.SecureDisconnect(c))
		}
		rig.connect()
		assert.Equal(t, "connect, disconnect", rig.seen())
		assert.Equal(t, espconn.StateClose, rig.state(rig.c))
		rig.noLeak(before)
	})
}

// TestManualV10_HeapRunsOut: whatever allocation fails, the connection ends with a callback and nothing is kept.
func TestManualV10_HeapRunsOut(t *testing.T) {
	img := burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.CA2048).Raw})
	for _, free := range []uint32{16400, 16800, 17400, 18000, 18600, 19000} {
		v10(t, func(rig *deviceRig) {
			rig.serve(v10Server(t), hold)
			rig.do(func() { rig.SecureCaEnable(1, 0x3B) })
			before := rig.heap()
			rig.do(func() {
				rig.sdk.OsMalloc(rig.sdk.SystemGetFreeHeapSize() - free - 16)
				before = rig.heap()
				assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
			})
			time.Sleep(settle)
			assert.Contains(t, []string{"reconnect -28", "connect"}, rig.seen(), free)
			assert.Nil(t, rig.dev.Crash())
			rig.do(func() { rig.SecureDisconnect(rig.c) })
			rig.noLeak(before)
		}, img)
	}
}

// TestClock: SDK306SSL wants the time before it connects: SNTP's, or a second since boot; accept does not (axtls.md 5, 10.2).
func TestClock(t *testing.T) {
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.do(rig.sdk.SystemRestart)
		time.Sleep(500 * time.Millisecond) // of which 400 are for restart and start
		rig.do(func() { assert.Equal(t, espconn.NOCLOCK, rig.SecureConnect(rig.c)) })
		assert.Contains(t, rig.findings(), espconn.RuleClock)
		rig.accept()
	})
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.serve(v10Server(t), hold)
		assert.Equal(t, espconn.OK, rig.connect())
		assert.Equal(t, "connect", rig.seen())
	}, clock(1))
}

// TestSDK306SSL_HandshakeTimeOut: 60 s for the handshake, then reconnect(-29) (axtls.md 1.4).
func TestSDK306SSL_HandshakeTimeOut(t *testing.T) {
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.listen(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
		rig.connect()
		time.Sleep(50 * time.Second)
		assert.Empty(t, rig.seen())
		time.Sleep(12 * time.Second)
		assert.Equal(t, "reconnect -29", rig.seen())
		assert.Equal(t, []string{"client handshake start."}, rig.lines())
	}, clock(1))
}
