package espconn_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// The tests of this file are bugs of the SDK that the profiles of its releases have and ManualV21 has not; others stand
// beside what they break.

// TestSplitRecordLosesSent: the early mbedTLS splits TLS 1.0 data of two bytes or more, and the SDK's count of acknowledged bytes
// then misses the record's length (tls.md 0, 5.6).
func TestSplitRecordLosesSent(t *testing.T) {
	rows := []struct {
		profile string
		send    string
		want    string
	}{
		{"SDK301", "1", "connect, sent"},
		{"SDK301", "12", "connect"},
		{"SDK221", "12", "connect"},
		{"SDK306", "12", "connect, sent"},
		{"ManualV21", "12", "connect, sent"},
	}
	for _, r := range rows {
		t.Run(r.profile+"/"+r.send, func(t *testing.T) {
			p, _ := espconn.ProfileByName(r.profile)
			onDevice(t, p, func(rig *deviceRig) {
				cfg := rsaServer(t, leaf(t, 0))
				cfg.MaxVersion = tls.VersionTLS10
				rig.serve(cfg, func(*tls.Conn) { time.Sleep(time.Hour) }) // reads nothing: it could not decode it
				rig.connect()
				rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, []byte(r.send))) })
				time.Sleep(settle)
				assert.Equal(t, r.want, rig.seen())
				next := espconn.OK
				if r.want == "connect" {
					next = espconn.INPROGRESS
				}
				rig.do(func() { assert.Equal(t, next, rig.SecureSend(rig.c, []byte("x"))) })
				time.Sleep(2 * time.Hour)
			})
		})
	}
}

// TestSizeMovesLiveLimit: the SDK reads the size at each check, so set_size acts on a connection (tls.md 2.1).
func TestSizeMovesLiveLimit(t *testing.T) {
	for name, want := range map[string]string{
		"ManualV21": "connect, recv 1460, recv 1460, recv 80", "SDK301": "connect, reconnect -114", "SDK306": "connect, reconnect -114",
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
			onDevice(t, p, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
					time.Sleep(10 * time.Second)
					_, _ = c.Write(make([]byte, 3000))
					hold(c)
				})
				rig.do(func() { assert.True(t, rig.SecureSetSize(1, 4096)) })
				rig.connect()
				rig.do(func() { assert.True(t, rig.SecureSetSize(1, 2048)) })
				time.Sleep(20 * time.Second)
				assert.Equal(t, want, rig.seen())
			})
		})
	}
}

// TestDisconnectInRecv: inside a recv callback the SDK closes at once and reads on from a dead socket (tls.md 5.4).
func TestDisconnectInRecv(t *testing.T) {
	for name, want := range map[string]string{
		"ManualV21": "connect, recv 5, disconnect", "SDK301": "connect, recv 5, reconnect -69", "SDK306": "connect, recv 5, reconnect -69",
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
			onDevice(t, p, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
					time.Sleep(time.Second)
					_, _ = c.Write([]byte("hello"))
					hold(c)
				})
				before := rig.heap()
				rig.hook["recv"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.SecureDisconnect(c)) }
				rig.connect()
				time.Sleep(settle)
				assert.Equal(t, want, rig.seen())
				rig.noLeak(before)
			})
		})
	}
}

// TestDisconnectInRecvOfALongRecord: what is left of the record makes another recv callback of the SDK's, the next record does not
// (tls.md 5.4).
func TestDisconnectInRecvOfALongRecord(t *testing.T) {
	for name, want := range map[string]string{
		"ManualV21": "connect, recv 1460, disconnect", "SDK306": "connect, recv 1460, recv 13, reconnect -69",
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
			onDevice(t, p, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
					time.Sleep(time.Second)
					_, _ = c.Write(make([]byte, 1473))
					_, _ = c.Write([]byte("hello"))
					hold(c)
				})
				first := true
				rig.hook["recv"] = func(c *espconn.Espconn) {
					if first {
						assert.Equal(t, espconn.OK, rig.SecureDisconnect(c))
					}
					first = false
				}
				rig.connect()
				time.Sleep(settle)
				assert.Equal(t, want, rig.seen())
			})
		})
	}
}

// TestEndlessScanResets: cert_req with an image that lacks the key and whose rest is not erased: the SDK searches for
// ever until the soft watchdog resets the device (tls.md 4.5).
func TestEndlessScanResets(t *testing.T) {
	zeros := func(cfg *emulator.Config) {
		chip, err := flash.New(1 << 20)
		assert.NoError(t, err)
		assert.NoError(t, chip.Write(0x7A*flash.SectorSize, make([]byte, 3*flash.SectorSize)))
		cfg.Flash = chip
	}
	onDevice(t, espconn.SDK306(), func(rig *deviceRig) {
		rig.dev.ExpectCrash()
		rig.serve(rsaServer(t, leaf(t, 0)), hold)
		rig.do(func() {
			rig.SecureCertReqEnable(1, 0x7A)
			rig.SecureConnect(rig.c)
		})
		time.Sleep(settle)
		assert.NotNil(t, rig.dev.Crash())
		assert.Contains(t, rig.findings(), espconn.RuleFatal)
	}, zeros)
}

// guest is an espconn that is not Go's.
type guest struct {
	fields espconn.Fields
	calls  []espconn.CallbackKind
}

func (g *guest) ID() uintptr            { return 0x3FFE8000 }
func (g *guest) Load() espconn.Fields   { return g.fields }
func (g *guest) Store(f espconn.Fields) { g.fields = f }

func (g *guest) Has(k espconn.CallbackKind) bool { return g.fields.Registered.Has(k) }
func (g *guest) CopyPartial(espconn.Ref) {
}
func (g *guest) CallAvailable(int) {}
func (g *guest) Call(k espconn.CallbackKind, _ []byte, _ espconn.Err) bool {
	g.calls = append(g.calls, k)
	return true
}

// guestEnv is a device whose firmware is not Go: it knows the call sites.
type guestEnv struct{ *bareEnv }

func (guestEnv) Caller() string { return "user_main.c:42" }

// TestGuestRef: the API works on any Ref and takes the call site from the device.
func TestGuestRef(t *testing.T) {
	e := newBareEnv()
	rig := &callRig{e, espconn.New(guestEnv{e}, espconn.ManualV21())}
	g := &guest{fields: espconn.Fields{
		Type: espconn.TypeTCP, HasProto: true, RemoteIP: [4]byte{10, 0, 0, 9}, RemotePort: 443, Registered: 1 << espconn.Disconnect,
	}}
	stored := false
	assert.Equal(t, espconn.OK, rig.Regist(g, espconn.Connect, func() { stored = true }))
	assert.True(t, stored)
	assert.Equal(t, espconn.OK, rig.SecureConnect(g))
	assert.Equal(t, espconn.StateWait, g.fields.State)
	assert.Equal(t, espconn.ISCONN, rig.SecureConnect(g))
	assert.Equal(t, "user_main.c:42", rig.events[len(rig.events)-3].Where)
	assert.Equal(t, espconn.OK, rig.SecureDisconnect(g))
	rig.run()
	assert.Equal(t, []espconn.CallbackKind{espconn.Disconnect}, g.calls)
	assert.Equal(t, espconn.StateClose, g.fields.State)
}
