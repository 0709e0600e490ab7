package espconn_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// does is what a device does in handshakes, as its peers see it.
type does struct {
	checks   bool // client: it verifies the server
	presents bool // client: it sends a certificate of its own
	asks     bool // server: it asks for the client's certificate, and refuses one without
}

// at writes an image at an address of the flash, not at a sector: the tests of levels say where 0x7B is.
func at(t testing.TB, address uint32, entries ...image.CertEntry) func(*emulator.Config) {
	require.Zero(t, address%flash.SectorSize)
	return burned(t, address/flash.SectorSize, entries...)
}

// watch lets a device connect to a server that the CA in its flash did not sign, and then a client without certificate
// connect to the device.
func watch(rig *deviceRig) (d does) {
	t := rig.t
	cfg := rsaServer(t, leaf(t, 0))
	cfg.ClientAuth = tls.RequestClientCert
	presented := make(chan int, 1)
	rig.serve(cfg, func(c *tls.Conn) { presented <- len(c.ConnectionState().PeerCertificates); hold(c) })
	assert.Equal(t, espconn.OK, rig.connect())
	switch log := rig.seen(); log {
	case "connect":
		d.presents = <-presented > 0
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c)) })
		time.Sleep(settle)
		assert.Equal(t, "disconnect", rig.seen())
	case "reconnect -39":
		d.checks = true
	default:
		t.Errorf("the client saw %s", log)
	}

	rig.accept()
	client := anyServer()
	client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		d.asks = true
		return &tls.Certificate{}, nil
	}
	c, err := rig.dialTLS(client)
	time.Sleep(settle)
	if err == nil {
		_ = c.Close()
		time.Sleep(settle)
	}
	want := "connect, disconnect"
	if d.asks {
		want = "reconnect 12"
	}
	assert.Equal(t, want, rig.seen(), "the server's callbacks")
	return d
}

// setting is one call and the result that it is to have.
type setting struct {
	name   string
	level  uint8
	result bool
	sector uint32
}

func (s setting) run(rig *deviceRig) {
	got := map[string]func() bool{
		"ca_enable":        func() bool { return rig.SecureCaEnable(s.level, s.sector) },
		"ca_disable":       func() bool { return rig.SecureCaDisable(s.level) },
		"cert_req_enable":  func() bool { return rig.SecureCertReqEnable(s.level, s.sector) },
		"cert_req_disable": func() bool { return rig.SecureCertReqDisable(s.level) },
	}[s.name]()
	assert.Equal(rig.t, s.result, got, "%s(%d)", s.name, s.level)
}

// TestManualV21_Levels: what each level switches on and off, for the client and for the server, as their peers see it
// (manual V2.1 5.8 to 5.11). All is off by default.
func TestManualV21_Levels(t *testing.T) {
	ca := func(level uint8, ok bool) setting { return setting{"ca_enable", level, ok, 0x7B} }
	noCA := func(level uint8, ok bool) setting { return setting{"ca_disable", level, ok, 0} }
	own := func(level uint8, ok bool) setting { return setting{"cert_req_enable", level, ok, 0x7A} }
	noOwn := func(level uint8, ok bool) setting { return setting{"cert_req_disable", level, ok, 0} }
	none, client, server, both := does{}, does{checks: true}, does{asks: true}, does{checks: true, asks: true}
	rows := []struct {
		calls []setting
		want  does
	}{
		{nil, none},
		{[]setting{ca(0, false)}, none},
		{[]setting{ca(1, true)}, client},
		{[]setting{ca(2, true)}, server},
		{[]setting{ca(3, true)}, both},
		{[]setting{ca(4, false)}, none},
		{[]setting{ca(255, false)}, none},
		{[]setting{ca(1, true), ca(2, true)}, both},
		{[]setting{ca(2, true), ca(4, false)}, server},

		{[]setting{ca(3, true), noCA(0, false)}, both},
		{[]setting{ca(3, true), noCA(1, true)}, server},
		{[]setting{ca(3, true), noCA(2, true)}, client},
		{[]setting{ca(3, true), noCA(3, true)}, none},
		{[]setting{ca(3, true), noCA(4, false)}, both},
		{[]setting{ca(1, true), noCA(2, true)}, client},
		{[]setting{ca(2, true), noCA(1, true)}, server},
		{[]setting{noCA(3, true)}, none},
		{[]setting{noCA(3, true), ca(1, true)}, client},

		{[]setting{own(0, false)}, none},
		{[]setting{own(1, true)}, does{presents: true}},
		{[]setting{own(2, false)}, none},
		{[]setting{own(3, false)}, none},
		{[]setting{own(4, false)}, none},
		{[]setting{own(1, true), noOwn(0, false)}, does{presents: true}},
		{[]setting{own(1, true), noOwn(1, true)}, none},
		{[]setting{own(1, true), noOwn(2, false)}, does{presents: true}},
		{[]setting{own(1, true), noOwn(3, false)}, does{presents: true}},
		{[]setting{own(1, true), noOwn(4, false)}, does{presents: true}},

		{[]setting{own(1, true), ca(2, true)}, does{presents: true, asks: true}},
		{[]setting{own(1, true), ca(3, true), noCA(3, true)}, does{presents: true}},
		{[]setting{ca(3, true), own(1, true), noOwn(1, true)}, both},
	}
	other := testpki.NewCA(t, testpki.OtherCA2048)
	mine := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "device"})
	images := []func(*emulator.Config){
		at(t, 0x7B000, image.CertEntry{Name: "ca.cer", Data: other.Raw}),
		at(t, 0x7A000, image.CertEntry{Name: "certificate", Data: mine.Raw},
			image.CertEntry{Name: "private_key", Data: testpki.KeyDER(t, testpki.Leaf2048)}),
	}
	for _, r := range rows {
		t.Run(fmt.Sprint(r.calls), func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				rig.do(func() {
					for _, s := range r.calls {
						s.run(rig)
					}
				})
				assert.Equal(t, r.want, watch(rig))
			}, images...)
		})
	}
}

// TestManualV21_SectorPerRole: each role reads the CA at the sector that its own ca_enable named, the last one counts.
func TestManualV21_SectorPerRole(t *testing.T) {
	right, other := testpki.NewCA(t, testpki.CA2048), testpki.NewCA(t, testpki.OtherCA2048)
	images := []func(*emulator.Config){
		at(t, 0x7B000, image.CertEntry{Name: "right.cer", Data: right.Raw}),
		at(t, 0x79000, image.CertEntry{Name: "other.cer", Data: other.Raw}),
	}
	own := right.Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "client"})
	for _, clientRight := range []bool{false, true} {
		manual(t, func(rig *deviceRig) {
			sector := map[bool]uint32{true: 0x7B, false: 0x79}
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() {
				assert.True(t, rig.SecureCaEnable(3, 0x79))
				assert.True(t, rig.SecureCaEnable(1, sector[clientRight]))
				assert.True(t, rig.SecureCaEnable(2, sector[!clientRight]))
			})
			rig.connect()
			want := map[bool]string{true: "connect", false: "reconnect -39"}
			assert.Equal(t, want[clientRight], rig.seen(), "client")
			rig.accept()
			cfg, cert := anyServer(), own.TLS(t)
			cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
			if c, err := rig.dialTLS(cfg); err == nil {
				defer c.Close()
			}
			time.Sleep(settle)
			assert.Equal(t, want[!clientRight], rig.seen(), "server")
		}, images...)
	}
}

// TestManualV10_ClientLevels: the levels of V1.0 for the client, with the image at 0x3B000 (manual V1.0 4.1, 4.2).
func TestManualV10_ClientLevels(t *testing.T) {
	img := at(t, 0x3B000, image.CertEntry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.OtherCA2048).Raw})
	rows := []struct {
		enable, disable uint8 // 0: not called
		want            string
	}{
		{0, 0, "connect"}, {1, 0, "reconnect -28"}, {2, 0, "connect"}, {3, 0, "reconnect -28"},
		{3, 1, "connect"}, {3, 2, "reconnect -28"}, {3, 3, "connect"}, {1, 2, "reconnect -28"}, {1, 1, "connect"},
	}
	for _, r := range rows {
		t.Run(fmt.Sprint(r.enable, r.disable), func(t *testing.T) {
			v10(t, func(rig *deviceRig) {
				rig.serve(v10Server(t), hold)
				rig.do(func() {
					if r.enable != 0 {
						assert.True(t, rig.SecureCaEnable(r.enable, 0x3B))
					}
					if r.disable != 0 {
						assert.True(t, rig.SecureCaDisable(r.disable))
					}
				})
				rig.connect()
				assert.Equal(t, r.want, rig.seen())
			}, img)
		})
	}
}

// TestManualV21_MutualSize: with mutual authentication 3,072 bytes are the most, for connect and for accept; without it
// 8,192 are (manual V2.1 3.2, 4.2).
func TestManualV21_MutualSize(t *testing.T) {
	for _, mutual := range []bool{true, false} {
		for size, fits := range map[uint16]bool{3071: true, 3072: true, 3073: false, 8192: false} {
			want := espconn.OK
			if mutual && !fits {
				want = espconn.MEM
			}
			rig := newCallRig(espconn.ManualV21())
			rig.certificates()
			if mutual {
				rig.SecureCaEnable(2, 0x7B)
				rig.SecureCertReqEnable(1, 0x7A)
			} else {
				rig.SecureCaEnable(1, 0x7B) // the check of the server alone is no mutual authentication
			}
			assert.True(t, rig.SecureSetSize(3, size))
			heap := rig.heap.FreeSize()
			assert.Equal(t, want, rig.SecureAccept(tcp("", 0, 443)), "accept, %d bytes, mutual %v", size, mutual)
			rig.heap.leave(heap)
			assert.Equal(t, want, espconn.Err(rig.connect()), "connect, %d bytes, mutual %v", size, mutual)
			assert.Equal(t, want == espconn.MEM, len(rig.findingsOf(espconn.RuleMutualSize)) == 2)
		}
	}
}

// findingsOf returns the findings of one rule.
func (rig *callRig) findingsOf(rule string) (texts []string) {
	for _, ev := range rig.events {
		if ev.Kind == espconn.EventFinding && ev.Name == rule {
			texts = append(texts, ev.Text)
		}
	}
	return texts
}

// mutualPKI are images of both sectors, and the two configurations of peers that want and have certificates.
func mutualPKI(t testing.TB) (images []func(*emulator.Config), server, client *tls.Config) {
	ca := testpki.NewCA(t, testpki.CA2048)
	images = []func(*emulator.Config){
		at(t, 0x7B000, image.CertEntry{Name: "ca.cer", Data: ca.Raw}), ownImage(t, 0x7A),
	}
	server = rsaServer(t, leaf(t, 0))
	server.ClientAuth, server.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
	client = anyServer()
	client.Certificates = []tls.Certificate{ca.Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "client"}).TLS(t)}
	return images, server, client
}

// TestManualV21_MutualMemory: mutual authentication at the 3,072 that it may have, and smaller when memory is short: what
// fails with 3,072 works with a smaller size (manual V2.1 3.2, 4.2).
func TestManualV21_MutualMemory(t *testing.T) {
	images, server, client := mutualPKI(t)
	const plenty = 0
	rows := []struct {
		role string
		size uint16
		heap uint32 // free at the call, plenty: all
		want string // result of the call, and what the firmware saw
	}{
		{"client", 3072, plenty, "0 connect"},
		{"client", 3072, 3072 + 14336 - 8, "-1 "},
		{"client", 3072, 26496, "0 reconnect"},
		{"client", 1200, 26496, "0 connect"},
		{"server", 3072, plenty, "0 connect"},
		{"server", 3072, 3072 + 14336 - 8, "-1 "},
		{"server", 3072, 23000, "0 reconnect"},
		{"server", 1200, 23000, "0 connect"},
	}
	for _, r := range rows {
		t.Run(fmt.Sprint(r.role, r.size, "/", r.heap), func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				rig.serve(server, hold)
				l := rig.record(tcp("", 0, 443))
				var ret espconn.Err
				rig.do(func() {
					assert.True(t, rig.SecureSetSize(3, r.size))
					assert.True(t, rig.SecureCaEnable(3, 0x7B))
					assert.True(t, rig.SecureCertReqEnable(1, 0x7A))
					if r.role == "server" {
						rig.SecureSetDefaultCertificate(leaf(t, 0).Raw)
						rig.SecureSetDefaultPrivateKey(testpki.KeyDER(t, testpki.Leaf2048))
					}
					if r.heap != plenty {
						assert.NotZero(t, rig.board().Alloc(rig.board().FreeHeap()-r.heap-16, "ballast"))
						assert.Equal(t, r.heap, rig.board().FreeHeap())
					}
					if r.role == "server" {
						ret = rig.SecureAccept(l)
					} else {
						ret = rig.SecureConnect(rig.c)
					}
				})
				if r.role == "server" && ret == espconn.OK {
					if c, err := rig.dialTLS(client); err == nil {
						defer c.Close()
					}
				}
				time.Sleep(settle)
				saw, _, _ := strings.Cut(rig.seen(), " ")
				assert.Equal(t, r.want, fmt.Sprint(int(ret), " ", saw))
			}, images...)
		})
	}
}

// TestManualV21_AcceptWantsHeap: accept asks for the memory of its size as connect does: 8,192 bytes want 22 KB
// (manual V2.1 3.2).
func TestManualV21_AcceptWantsHeap(t *testing.T) {
	for _, size := range []uint16{2048, 4096, 8192} {
		for _, role := range []string{"accept", "connect"} {
			rig := newCallRig(espconn.ManualV21())
			rig.certificates()
			rig.SecureSetSize(3, size)
			call := func() espconn.Err {
				if role == "accept" {
					return rig.SecureAccept(tcp("", 0, 443))
				}
				return espconn.Err(rig.connect())
			}
			rig.heap.leave(uint32(size) + 14336 - 8)
			assert.Equal(t, espconn.MEM, call(), "%s, %d bytes", role, size)
			assert.Len(t, rig.findingsOf(espconn.RuleHeapShort), 1)
			rig.heap.leave(uint32(size) + 14336 + 8)
			assert.Equal(t, espconn.OK, call(), "%s, %d bytes", role, size)
		}
	}
}

// TestManualV21_LargerCertificates: the larger the server's certificate, the more memory the handshake takes at one size,
// and with memory between the two the smaller one alone works (manual V2.1 3.2, 4.2).
func TestManualV21_LargerCertificates(t *testing.T) {
	const size = 4096
	run := func(message int, ballast uint32) (log string, peak uint32) {
		manual(t, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, message)), hold)
			before := rig.heap()
			rig.do(func() {
				assert.True(t, rig.SecureSetSize(1, size))
				rig.board().ResetHeapPeak()
				assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
				if ballast > 0 {
					assert.NotZero(t, rig.board().Alloc(ballast, "ballast"))
				}
			})
			time.Sleep(settle)
			log, peak = rig.seen(), rig.dev.HeapStats().ChargedPeak-before
		})
		return log, peak
	}
	log, small := run(1000, 0)
	assert.Equal(t, "connect", log)
	log, large := run(3900, 0)
	assert.Equal(t, "connect", log)
	assert.Greater(t, large, small+1000)
	var free uint32
	manual(t, func(rig *deviceRig) { free = rig.dev.HeapStats().Free })
	ballast := (free - (small+large)/2) &^ 7
	log, _ = run(1000, ballast)
	assert.Equal(t, "connect", log)
	log, _ = run(3900, ballast)
	assert.Regexp(t, "^reconnect ", log)
}

// TestManualV21_DisconnectFromTask: a task that a callback has posted disconnects, as the manual wants it (V2.1 5.7).
func TestManualV21_DisconnectFromTask(t *testing.T) {
	for where, log := range map[string]string{
		"connect": "connect, disconnect", "sent": "connect, sent, disconnect", "recv": "connect, sent, recv 5, disconnect",
	} {
		t.Run(where, func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				serve := echo
				if where == "sent" {
					serve = hold
				}
				rig.serve(rsaServer(t, leaf(t, 0)), serve)
				before := rig.heap()
				const prio = 1
				rig.do(func() {
					assert.True(t, rig.sdk.SystemOsTask(func(chip.OsEvent) {
						assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c))
					}, prio, make([]chip.OsEvent, 1)))
				})
				rig.hook["connect"] = func(c *espconn.Espconn) {
					if where != "connect" {
						assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("12345")))
					}
				}
				first := rig.hook[where]
				rig.hook[where] = func(c *espconn.Espconn) {
					if first != nil {
						first(c)
					}
					assert.True(t, rig.sdk.SystemOsPost(prio, 0, 0))
				}
				rig.connect()
				assert.Equal(t, log, rig.seen())
				assert.Empty(t, rig.findings())
				rig.noLeak(before)
			})
		})
	}
}

// TestRegistOnSecure: the five functions that register callbacks are those of secure connections too (manual V2.1 5, V1.0 4): each
// callback that comes is the one that was registered last, and a connection without any of them goes its way.
func TestRegistOnSecure(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.ManualV10()} {
		t.Run(p.Name, func(t *testing.T) {
			server := rsaServer(t, leaf(t, 0))
			if p.TLS.Traits().Library == boundedtls.AxTLS {
				server = v10Server(t)
			}
			onDevice(t, p, func(rig *deviceRig) {
				rig.serve(server, echo)
				var log []string
				c := tcp(serverAddr, 443, 0)
				register := func(what string) {
					say := func(name string) { log = append(log, what+name) }
					assert.Equal(t, espconn.OK, rig.RegistConnectcb(c, func(*espconn.Espconn) {
						say("connect")
						rig.SecureSent(c, []byte("hello"))
					}))
					assert.Equal(t, espconn.OK, rig.RegistReconcb(c, func(*espconn.Espconn, espconn.Err) { say("reconnect") }))
					assert.Equal(t, espconn.OK, rig.RegistDisconcb(c, func(*espconn.Espconn) { say("disconnect") }))
					assert.Equal(t, espconn.OK, rig.RegistRecvcb(c, func(*espconn.Espconn, []byte) { say("recv") }))
					assert.Equal(t, espconn.OK, rig.RegistSentcb(c, func(*espconn.Espconn) { say("sent") }))
				}
				life := func() {
					rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureConnect(c)) })
					time.Sleep(settle)
					rig.do(func() { rig.SecureDisconnect(c) })
					time.Sleep(settle)
				}
				c.Proto.TCP.ReconnectCallback = nil
				life()
				assert.Empty(t, log)
				rig.do(func() { register("old "); register("") })
				life()
				assert.Equal(t, []string{"connect", "sent", "recv", "disconnect"}, log)
				log, c.Proto.TCP.RemotePort = nil, 444 // nobody listens there
				life()
				assert.Equal(t, []string{"reconnect"}, log)
			})
		})
	}
}

// TestManualV10_ServerPacketOverTheSize: a client's record larger than the size, in the handshake and after it
// (manual V1.0 4.3). The body of a record counts with its header.
func TestManualV10_ServerPacketOverTheSize(t *testing.T) {
	v10(t, func(rig *deviceRig) {
		rig.do(func() { assert.True(t, rig.SecureSetSize(2, 2048)) })
		rig.accept()
		c, err := rig.dial()
		require.NoError(t, err)
		_, _ = c.Write([]byte{22, 3, 1, 0x08, 0x01}) // 2,049
		time.Sleep(settle)
		_ = c.Close()
		time.Sleep(settle)
		assert.Equal(t, "reconnect -28", rig.seen())
	})
	for n, want := range map[int]string{1995: "connect, recv 1995", 1996: "connect, reconnect -61"} {
		v10(t, func(rig *deviceRig) {
			rig.accept()
			cfg := v10Client()
			cfg.DynamicRecordSizingDisabled = true
			c, err := rig.dialTLS(cfg)
			require.NoError(t, err)
			_, _ = c.Write(make([]byte, n))
			time.Sleep(settle)
			assert.Equal(t, want, rig.seen(), n)
			_ = c.Close()
		})
	}
}
