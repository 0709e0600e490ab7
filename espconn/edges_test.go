package espconn_test

import (
	"crypto/tls"
	"fmt"
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

// countedConn counts the bytes that are written to it.
type countedConn struct {
	net.Conn
	written int
}

func (c *countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.written += n
	return n, err
}

// TestPacketAgainstTheSize: application data is held against the size by its plaintext with mbedTLS, whatever its record adds, and by
// the whole record with axTLS (manual-profile.md #40; manual V2.1 5.1, 5.5; axtls.md 2.2).
func TestPacketAgainstTheSize(t *testing.T) {
	rows := []struct {
		profile espconn.Profile
		suite   uint16
		version uint16
		most    int // plaintext that passes, less the size
		record  int // its bytes on the wire, less the size
		fails   string
	}{
		{espconn.ManualV21(), tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.VersionTLS12, 0, 53, "reconnect 15"},
		{espconn.ManualV21(), tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.VersionTLS12, 0, 69, "reconnect 15"},
		{espconn.ManualV10(), tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.VersionTLS11, -53, -11, "reconnect -61"},
	}
	for _, r := range rows {
		for _, size := range []uint16{1024, 2048, 3072, 4096} {
			for _, over := range []int{0, 1} {
				name := fmt.Sprintf("%s, suite %04x, size %d, %d more", r.profile.Name, r.suite, size, over)
				onDevice(t, r.profile, func(rig *deviceRig) {
					var record int
					rig.listen(func(raw net.Conn) {
						counted := &countedConn{Conn: raw}
						c := tls.Server(counted, &tls.Config{Certificates: []tls.Certificate{leaf(t, 0).TLS(t)}, MinVersion: r.version,
							MaxVersion: r.version, CipherSuites: []uint16{r.suite}, DynamicRecordSizingDisabled: true})
						if c.Handshake() != nil {
							return
						}
						before := counted.written
						_, _ = c.Write(make([]byte, int(size)+r.most+over))
						record = counted.written - before
						hold(c)
					})
					rig.do(func() { assert.True(t, rig.SecureSetSize(1, size)) })
					rig.connect()
					seen := rig.seen()
					if over == 0 {
						assert.NotContains(t, seen, "reconnect", name)
						assert.Equal(t, int(size)+r.most, rig.data.Len(), name)
						assert.Equal(t, int(size)+r.record, record, name)
					} else {
						assert.Equal(t, "connect, "+r.fails, seen, name)
					}
				}, clock(v10Clock))
			}
		}
	}
}

// TestManualV10_WriteFinish: V1.0 makes no exception among espconn_regist_* (manual V1.0 4): no finding, whenever it is registered; V2.1
// does (5).
func TestManualV10_WriteFinish(t *testing.T) {
	never := func(*espconn.Espconn) { t.Error("nobody calls it") }
	for _, p := range []espconn.Profile{espconn.ManualV10(), espconn.ManualV21(), espconn.SDK306()} {
		for _, before := range []bool{true, false} {
			onDevice(t, p, func(rig *deviceRig) {
				cfg := rsaServer(t, leaf(t, 0))
				rig.serve(cfg, hold)
				l := rig.record(tcp("", 0, 443))
				regist := func(c *espconn.Espconn) {
					rig.do(func() { assert.Equal(t, espconn.OK, rig.RegistWriteFinish(c, never)) })
				}
				if before {
					regist(rig.c)
					regist(l)
				}
				rig.connect()
				rig.do(func() {
					rig.SecureSetDefaultCertificate([]byte{1})
					rig.SecureSetDefaultPrivateKey([]byte{1})
					assert.Equal(t, espconn.OK, rig.SecureAccept(l))
					assert.Equal(t, espconn.OK, rig.SecureSent(rig.c, []byte("x")))
				})
				if !before {
					regist(rig.c)
					regist(l)
				}
				time.Sleep(settle)
				assert.Equal(t, "connect, sent", rig.seen())
				n := 0
				for _, f := range rig.findings() {
					if f == espconn.RuleWriteFinish {
						n++
					}
				}
				if p.V10 {
					assert.Zero(t, n, p.Name)
				} else {
					assert.Equal(t, 2, n, p.Name)
				}
			}, clock(v10Clock))
		}
	}
}

// TestManualV10_LinkedObjects: what the image has linked in is a server's certificate and key by ManualV10, where no function has set
// others, read when a client comes; it takes no heap. The other profiles do not look (manual V1.0 2.1).
func TestManualV10_LinkedObjects(t *testing.T) {
	cert, other := leaf(t, 0), testpki.SelfSigned(t, testpki.Options{Key: testpki.Leaf1024})
	key := testpki.KeyDER(t, testpki.Leaf2048)
	none := func() []byte { return nil }
	always := func(b []byte) func() []byte { return func() []byte { return b } }
	for name, r := range map[string]struct {
		cert, key func() []byte
		want      espconn.Err
	}{
		"both":           {always(cert.Raw), always(key), espconn.OK},
		"certificate":    {always(cert.Raw), nil, espconn.ARG},
		"key":            {nil, always(key), espconn.ARG},
		"of no bytes":    {none, none, espconn.ARG},
		"no bytes":       {always(cert.Raw), none, espconn.ARG},
		"nothing at all": {nil, nil, espconn.ARG},
	} {
		for _, p := range espconn.AllProfiles() {
			rig := newCallRig(p)
			rig.LinkObjects(r.cert, r.key)
			want := r.want
			if !p.V10 && p.AcceptChecks {
				want = espconn.ARG
			} else if !p.AcceptChecks {
				want = espconn.OK
			}
			assert.Equal(t, want, rig.SecureAccept(tcp("", 0, 443)), "%s, %s", p.Name, name)
			assert.Equal(t, p.V10 && r.want == espconn.OK || p.Name == "", len(rig.findings()) == 0, "%s, %s", p.Name, name)
		}
	}
	v10(t, func(rig *deviceRig) {
		current := other.Raw
		l := rig.record(tcp("", 0, 443))
		serves := func(want []byte) {
			c, err := rig.dialTLS(v10Client())
			require.NoError(t, err)
			assert.Equal(t, want, c.ConnectionState().PeerCertificates[0].Raw)
			_ = c.Close()
			time.Sleep(settle)
		}
		before := rig.heap()
		rig.do(func() {
			rig.LinkObjects(func() []byte { return current }, always(key))
			assert.Equal(t, espconn.OK, rig.SecureAccept(l))
		})
		current = cert.Raw
		serves(cert.Raw)
		serves(cert.Raw)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
		rig.noLeak(before)
		rig.do(func() {
			assert.True(t, rig.SecureSetDefaultCertificate(other.Raw))
			assert.True(t, rig.SecureSetDefaultPrivateKey(testpki.KeyDER(t, testpki.Leaf1024)))
			assert.Equal(t, espconn.OK, rig.SecureAccept(l))
		})
		serves(other.Raw)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureDelete(l))
			assert.Equal(t, espconn.OK, rig.SecureAccept(l), "what is linked in is there again")
		})
		serves(cert.Raw)
	})
}

// TestLevels: every level of every switch with every profile, by what the two roles then do (manual V2.1 5.8 to 5.11, V1.0 4.1, 4.2).
// Each switch is tried from the state in which it has something to change.
func TestLevels(t *testing.T) {
	ca := testpki.SelfSigned(t, testpki.Options{Key: testpki.CA2048, CA: true, NotAfter: beforeOverflow})
	stranger := testpki.SelfSigned(t, testpki.Options{Key: testpki.Leaf2048, NotAfter: beforeOverflow})
	own := ca.Issue(t, testpki.Options{Key: testpki.Client2048, NotAfter: beforeOverflow})
	images := func(cfg *emulator.Config) {
		burned(t, 0x3B, image.CertEntry{Name: "ca.cer", Data: ca.Raw})(cfg)
		burned(t, 0x3D, image.CertEntry{Name: "private_key", Data: testpki.KeyDER(t, testpki.Client2048)},
			image.CertEntry{Name: "certificate", Data: own.Raw})(cfg)
	}
	type effect struct{ checksServer, checksClient, presents bool }
	calls := []struct {
		name    string
		before  func(a *espconn.API)
		call    func(a *espconn.API, level uint8) bool
		certReq bool
		off     bool
	}{
		{"ca_enable", func(*espconn.API) {}, func(a *espconn.API, l uint8) bool { return a.SecureCaEnable(l, 0x3B) }, false, false},
		{"ca_disable", func(a *espconn.API) { a.SecureCaEnable(3, 0x3B) }, (*espconn.API).SecureCaDisable, false, true},
		{"cert_req_enable", func(*espconn.API) {},
			func(a *espconn.API, l uint8) bool { return a.SecureCertReqEnable(l, 0x3D) }, true, false},
		{"cert_req_disable", func(a *espconn.API) { a.SecureCertReqEnable(1, 0x3D) }, (*espconn.API).SecureCertReqDisable, true, true},
	}
	for _, p := range espconn.AllProfiles() {
		for _, k := range calls {
			for _, level := range []uint8{0, 1, 2, 3, 4, 255} {
				name := fmt.Sprintf("%s: %s(%d)", p.Name, k.name, level)
				taken := level >= 1 && level <= 3 && (!k.certReq || level == 1 || !p.CertReqClientOnly)
				var want effect
				client, server := taken && level != 2, taken && level != 1
				if k.certReq {
					want.presents = client != k.off
				} else {
					want.checksServer = client != k.off
					want.checksClient = server != k.off && p.TLS.Traits().ChecksClients
				}
				onDevice(t, p, func(rig *deviceRig) {
					rig.do(func() {
						k.before(rig.API)
						assert.Equal(t, taken, k.call(rig.API, level), name)
					})
					var got effect
					got.checksServer, got.presents = rig.asClient(stranger)
					got.checksClient = rig.asServer()
					assert.Equal(t, want, got, name)
					found := fmt.Sprint(rig.findings())
					assert.Equal(t, !taken, level > 0 && p.CertReqClientOnly && k.certReq && level != 1 || level == 0 || level > 3, name)
					if !taken {
						assert.Contains(t, found, espconn.RuleLevel, name)
					} else if server && k.certReq {
						assert.Contains(t, found, espconn.RuleNoEffect, name)
					}
				}, images, clock(v10Clock), func(cfg *emulator.Config) { cfg.HeapFree = 80 << 10 })
			}
		}
	}
}

// asClient connects the device to a server whose certificate no CA of the device signed and that asks for one: does the device refuse
// it, and does it present its own?
func (rig *deviceRig) asClient(server *testpki.Certificate) (refuses, presents bool) {
	rig.t.Helper()
	asked := make(chan bool, 1)
	version := uint16(tls.VersionTLS12)
	if rig.axTLS() {
		version = tls.VersionTLS11
	}
	rig.serve(&tls.Config{Certificates: []tls.Certificate{server.TLS(rig.t)}, MinVersion: version, MaxVersion: version,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, ClientAuth: tls.RequestClientCert, DynamicRecordSizingDisabled: true},
		func(c *tls.Conn) { asked <- len(c.ConnectionState().PeerCertificates) > 0; hold(c) })
	assert.Equal(rig.t, espconn.OK, rig.connect())
	switch seen := rig.seen(); {
	case strings.HasPrefix(seen, "reconnect"):
		return true, false
	case seen == "disconnect":
		return false, false // the server's refusal: libssl without a certificate sends an empty CertificateVerify (axtls.md 4)
	default:
		assert.Equal(rig.t, "connect", seen)
	}
	presents = <-asked
	rig.do(func() { rig.SecureDisconnect(rig.c) })
	time.Sleep(settle)
	rig.seen()
	return false, presents
}

// asServer lets a client without a certificate come to the device: is it refused?
func (rig *deviceRig) asServer() (refuses bool) {
	rig.t.Helper()
	rig.accept()
	cfg := anyServer()
	if rig.axTLS() {
		cfg = v10Client()
	}
	c, err := rig.dialTLS(cfg)
	time.Sleep(settle)
	if err == nil {
		_ = c.Close()
	}
	return rig.saw() != "connect"
}

// TestMutualSizeEdges: with ManualV21 mutual authentication allows a size of at most 3,072, for the role that has it switched on; the
// other profiles know no such limit (manual V2.1 3.2, 4.2; manual-profile.md #7, #10).
func TestMutualSizeEdges(t *testing.T) {
	switches := map[string]func(a *espconn.API){
		"nothing":       func(*espconn.API) {},
		"ca client":     func(a *espconn.API) { a.SecureCaEnable(1, 0x3B) },
		"ca server":     func(a *espconn.API) { a.SecureCaEnable(2, 0x3B) },
		"cert_req":      func(a *espconn.API) { a.SecureCertReqEnable(1, 0x3D) },
		"all":           func(a *espconn.API) { a.SecureCaEnable(3, 0x3B); a.SecureCertReqEnable(1, 0x3D) },
		"all, off":      func(a *espconn.API) { a.SecureCaEnable(3, 0x3B); a.SecureCaDisable(3) },
		"cert_req, off": func(a *espconn.API) { a.SecureCertReqEnable(1, 0x3D); a.SecureCertReqDisable(1) },
	}
	for _, p := range espconn.AllProfiles() {
		for name, on := range switches {
			for _, size := range []uint16{1, 2048, 3071, 3072, 3073, 4096, 8192} {
				if size < p.SizeMin {
					continue
				}
				try := func(call func(rig *callRig) espconn.Err) espconn.Err {
					rig := newCallRig(p)
					rig.clock = 1
					rig.certificates()
					assert.True(t, rig.SecureSetSize(3, size))
					on(rig.API)
					return call(rig)
				}
				clientMutual, serverMutual := name == "cert_req" || name == "all", name == "ca server" || name == "all"
				limit := func(mutual bool) espconn.Err {
					if mutual && size > 3072 && p.MutualSizeMax != 0 {
						return espconn.MEM
					}
					return espconn.OK
				}
				what := fmt.Sprintf("%s, %s, size %d", p.Name, name, size)
				assert.Equal(t, limit(clientMutual), try(func(rig *callRig) espconn.Err {
					return rig.SecureConnect(tcp("10.0.0.9", 443, 0))
				}), what)
				assert.Equal(t, limit(serverMutual), try(func(rig *callRig) espconn.Err { return rig.SecureAccept(tcp("", 0, 443)) }), what)
			}
		}
	}
}

// TestSizeEdges: every level and the sizes at the edges, with every profile, by what get_size says of each level then
// (manual V2.1 5.3, 5.4; V1.0 4.4, 4.5).
func TestSizeEdges(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		for _, level := range []uint8{0, 1, 2, 3, 4, 255} {
			for _, size := range []uint16{0, 1, 2, 2047, 2048, 3072, 3073, 4095, 4096, 8191, 8192, 8193, 65535} {
				rig := newCallRig(p)
				got := size
				if size < p.SizeRaise {
					got = p.SizeRaise
				}
				taken := level >= 1 && level <= 3 && got >= p.SizeMin && size <= 8192
				want := [3]int16{2048, 2048, 2048}
				if taken {
					for role := range 2 {
						if level&(1<<role) != 0 || !p.SizePerRole {
							want[role] = int16(got)
						}
					}
					if want[2] = want[0]; want[0] != want[1] && p.SizesDiffer != espconn.OK {
						want[2] = int16(p.SizesDiffer)
					}
				}
				name := fmt.Sprintf("%s, level %d, size %d", p.Name, level, size)
				assert.Equal(t, taken, rig.SecureSetSize(level, size), name)
				assert.Equal(t, want, [3]int16{rig.SecureGetSize(1), rig.SecureGetSize(2), rig.SecureGetSize(3)}, name)
				for _, bad := range []uint8{0, 4, 255} {
					assert.EqualValues(t, espconn.ARG, rig.SecureGetSize(bad), name)
				}
			}
		}
	}
}
