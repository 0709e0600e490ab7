package espconn_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
)

// TestPacketAgainstTheServersSize: what a client sends is held against the server's size as a server's packet is against the client's,
// whichever suite was agreed: mbedTLS counts the plaintext, axTLS the record (manual-profile.md #40; manual V2.1 5.1, V1.0 4.3). The
// size of the other role does not count.
func TestPacketAgainstTheServersSize(t *testing.T) {
	rows := []struct {
		profile espconn.Profile
		suite   uint16
		most    int // plaintext that passes, less the size
		fails   string
	}{
		{espconn.ManualV21(), tls.TLS_RSA_WITH_AES_128_CBC_SHA, 0, "reconnect 15"},
		{espconn.ManualV21(), tls.TLS_RSA_WITH_AES_256_CBC_SHA, 0, "reconnect 15"},
		{espconn.ManualV21(), tls.TLS_RSA_WITH_AES_128_CBC_SHA256, 0, "reconnect 15"},
		{espconn.ManualV10(), tls.TLS_RSA_WITH_AES_128_CBC_SHA, -53, "reconnect -61"},
		{espconn.ManualV10(), tls.TLS_RSA_WITH_AES_256_CBC_SHA, -53, "reconnect -61"},
	}
	for _, r := range rows {
		for _, size := range []uint16{2048, 3072, 4096} {
			for _, over := range []int{0, 1} {
				name := fmt.Sprintf("%s, suite %04x, size %d, %d more", r.profile.Name, r.suite, size, over)
				onDevice(t, r.profile, func(rig *deviceRig) {
					rig.do(func() {
						assert.True(t, rig.SecureSetSize(2, size))
						assert.True(t, rig.SecureSetSize(1, 1024))
					})
					rig.accept()
					cfg := anyServer()
					if rig.axTLS() {
						cfg = v10Client()
					}
					cfg.CipherSuites, cfg.DynamicRecordSizingDisabled = []uint16{r.suite}, true
					c, err := rig.dialTLS(cfg)
					require.NoError(t, err, name)
					_, _ = c.Write(make([]byte, int(size)+r.most+over))
					time.Sleep(settle)
					seen := rig.seen()
					if over == 0 {
						assert.NotContains(t, seen, "reconnect", name)
						assert.Equal(t, int(size)+r.most, rig.data.Len(), name)
					} else {
						assert.Equal(t, "connect, "+r.fails, seen, name)
					}
					_ = c.Close()
				}, clock(v10Clock))
			}
		}
	}
}

// TestServersGateOnTheDevice: accept says 0 with the least heap of its size free and MEM with eight bytes less, as connect beside it does,
// by both manual profiles, with mutual authentication too (manual V2.1 3.2, 4.2; manual-profile.md #39).
func TestServersGateOnTheDevice(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
		for _, size := range []uint16{1, 3071, 3072, 8192} {
			for _, mutual := range []bool{false, true} {
				for _, less := range []uint32{0, 8} {
					name := fmt.Sprintf("%s, size %d, mutual %v, %d less", p.Name, size, mutual, less)
					onDevice(t, p, func(rig *deviceRig) {
						want := espconn.OK
						if less > 0 || mutual && size > 3072 && p.MutualSizeMax != 0 {
							want = espconn.MEM
						}
						free := (p.LeastHeap(size)+7)&^7 - less
						for port, call := range map[int]func(c espconn.Ref) espconn.Err{4000: rig.SecureConnect, 443: rig.SecureAccept} {
							rig.do(func() {
								rig.SecureSetDefaultCertificate([]byte{1})
								rig.SecureSetDefaultPrivateKey([]byte{1})
								assert.Equal(t, size >= p.SizeMin, rig.SecureSetSize(3, size), name)
								if mutual {
									rig.SecureCaEnable(3, 0x7B)
									rig.SecureCertReqEnable(1, 0x7A)
								}
								ballast := rig.board().Alloc(rig.board().FreeHeap()-free-16, "ballast")
								require.NotZero(t, ballast, name)
								require.Equal(t, free, rig.board().FreeHeap(), name)
								assert.Equal(t, want, call(rig.record(tcp(serverAddr, 443, port))), name)
								rig.board().Free(ballast)
							})
						}
					}, clock(v10Clock))
				}
			}
		}
	}
}

// TestServersClientsAreCheckedByTheLastCall: whom a server lets in with the CA check on is the manual's word of either version, whatever
// image and order of calls led there (manual V2.1 3.2, 5.8, 5.9; V1.0 2, 4.1, 4.2).
func TestServersClientsAreCheckedByTheLastCall(t *testing.T) {
	first, second := testpki.NewCA(t, testpki.CA2048), testpki.NewCA(t, testpki.OtherCA2048)
	of := func(ca *testpki.Certificate) *tls.Certificate {
		c := ca.Issue(t, testpki.Options{Key: testpki.Client2048, NotAfter: beforeOverflow}).TLS(t)
		return &c
	}
	stranger := testpki.SelfSigned(t, testpki.Options{Key: testpki.Client2048, NotAfter: beforeOverflow}).TLS(t)
	one := []image.CertEntry{{Name: "first.cer", Data: first.Raw}}
	two := []image.CertEntry{{Name: "first.cer", Data: first.Raw}, {Name: "second.cer", Data: second.Raw}}
	on := func(level uint8, sector uint32) func(a *espconn.API) {
		return func(a *espconn.API) { a.SecureCaEnable(level, sector) }
	}
	off := func(level uint8) func(a *espconn.API) { return func(a *espconn.API) { a.SecureCaDisable(level) } }
	rows := []struct {
		name  string
		image []image.CertEntry
		calls []func(a *espconn.API)
		cert  *tls.Certificate
		in    bool
	}{
		{"the first of two CAs", two, []func(*espconn.API){on(2, 0x3B)}, of(first), true},
		{"the second of two CAs", two, []func(*espconn.API){on(3, 0x3B)}, of(second), true},
		{"neither of two CAs", two, []func(*espconn.API){on(2, 0x3B)}, &stranger, false},
		{"a CA that is not burned", one, []func(*espconn.API){on(2, 0x3B)}, of(second), false},
		{"off again, level 2", one, []func(*espconn.API){on(2, 0x3B), off(2)}, &stranger, true},
		{"off again, level 3", one, []func(*espconn.API){on(3, 0x3B), off(3)}, nil, true},
		{"off for the client alone", one, []func(*espconn.API){on(3, 0x3B), off(1)}, &stranger, false},
		{"off, then on", one, []func(*espconn.API){off(3), on(2, 0x3B)}, of(first), true},
		{"a sector that is no more", one, []func(*espconn.API){on(2, 0x50), on(2, 0x3B)}, of(first), true},
		{"on for the client alone", one, []func(*espconn.API){on(1, 0x3B)}, &stranger, true},
		{"an empty bad call after it", one, []func(*espconn.API){on(2, 0x3B), off(0), on(4, 0x50)}, &stranger, false},
	}
	for _, r := range rows {
		for _, p := range []espconn.Profile{espconn.ManualV10(), espconn.ManualV21()} {
			onDevice(t, p, func(rig *deviceRig) {
				rig.do(func() {
					for _, call := range r.calls {
						call(rig.API)
					}
				})
				rig.accept()
				cfg := anyServer()
				if rig.axTLS() {
					cfg = v10Client()
				}
				cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					if r.cert == nil {
						return &tls.Certificate{}, nil
					}
					return r.cert, nil
				}
				if c, err := rig.dialTLS(cfg); err == nil {
					_, _ = c.Write([]byte("x"))
					time.Sleep(settle)
					_ = c.Close()
				}
				time.Sleep(settle)
				assert.Equal(t, r.in, bytes.Contains([]byte(rig.seen()), []byte("connect, recv 1")), "%s, %s", p.Name, r.name)
			}, burned(t, 0x3B, r.image...), clock(v10Clock), func(cfg *emulator.Config) { cfg.HeapFree = 60 << 10 })
		}
	}
}
