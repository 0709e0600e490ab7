package espconn_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// The tests of this file each switch one bug of a release off and on again.

// withBug is an SDK's profile, and the same without one bug.
func withBug(sdk espconn.Profile, off func(*espconn.Profile)) map[bool]espconn.Profile {
	without := sdk
	off(&without)
	return map[bool]espconn.Profile{true: sdk, false: without}
}

// TestSendNullCrashes: a NULL pointer with a length (tls.md 5.3).
func TestSendNullCrashes(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.SendNullCrashes = false }) {
		inBench(t, p, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			b.connect()
			b.do(func() { assert.Equal(t, espconn.OK, b.SecureSendNull(b.c, 0)) })
			time.Sleep(settle)
			assert.Equal(t, "connect, sent", b.seen())
			b.do(func() {
				e := b.SecureSendNull(b.c, 10)
				assert.Equal(t, espconn.ARG, e)
			})
			if c := b.dev.Crash(); bug {
				require.NotNil(t, c)
				assert.Equal(t, espconn.CauseLoadProhibited, c.Cause)
			} else {
				assert.Nil(t, c)
			}
		})
	}
}

// TestDefaultLeaks: the second certificate and key leave the first ones behind (tls.md 4.5).
func TestDefaultLeaks(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.DefaultLeaks = false }) {
		s := newStage(p)
		set := func(n int) uint32 {
			assert.True(t, s.SecureSetDefaultCertificate(make([]byte, n)))
			assert.True(t, s.SecureSetDefaultPrivateKey(make([]byte, n)))
			return s.heap.free
		}
		first := set(728)
		second := set(728)
		if bug {
			assert.Equal(t, first-2*784, second)
		} else {
			assert.Equal(t, first, second)
		}
	}
}

// TestCloseStays: the FIN finds no memory; the connection stays up for ever, or is reset (oracle/espconn FINDINGS B4).
func TestCloseStays(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.CloseStays = false }) {
		inBench(t, p, func(b *bench) {
			ended := make(chan error, 1)
			b.listen(func(c net.Conn) {
				tc := tls.Server(c, rsaServer(t, leaf(t, 0)))
				require.NoError(t, tc.Handshake())
				_, err := c.Read(make([]byte, 1))
				ended <- err
			})
			b.connect()
			b.dev.FailBlock("tcp_seg", 1)
			b.do(func() { assert.Equal(t, espconn.OK, b.SecureDisconnect(b.c)) })
			time.Sleep(time.Hour)
			assert.Equal(t, "connect, disconnect", b.seen())
			if bug {
				assert.Empty(t, ended, "the peer hears nothing")
			} else {
				assert.Error(t, <-ended)
			}
		})
	}
}

// TestStateNeedsCallback: without a connect callback the state stays WAIT (tls.md 5.6).
func TestStateNeedsCallback(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.StateNeedsCallback = false }) {
		inBench(t, p, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			b.c.Proto.TCP.ConnectCallback = nil
			b.connect()
			want := espconn.StateConnect
			if bug {
				want = espconn.StateWait
			}
			assert.Equal(t, want, b.state(b.c))
		})
	}
}

// TestRegistCrashes: a callback registered on an espconn without esp_tcp (espconn.md 5.10).
func TestRegistCrashes(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.RegistCrashes = false }) {
		s := newStage(p)
		want := int(espconn.ARG)
		if bug {
			want = crashed
		}
		c := &espconn.Espconn{Type: espconn.TypeTCP}
		assert.Equal(t, want, result(func() int { return int(s.RegistReconcb(c, nil)) }))
	}
}

// TestRingSilent: a client without memory for its receive ring waits for ever, or fails (oracle/espconn FINDINGS B2).
func TestRingSilent(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.RingSilent = false }) {
		inBench(t, p, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			b.dev.FailBlock("receive ring data", 1)
			b.connect()
			time.Sleep(time.Hour)
			if bug {
				assert.Empty(t, b.seen())
				assert.Equal(t, emulator.OutcomeWaiting, b.dev.Explain().Outcome)
			} else {
				assert.Equal(t, "reconnect -127", b.seen())
			}
		})
	}
}

// TestFlightCutOfEngineX: a server's flight over TCP's 2,920 bytes loses what exceeds them, and the connection ends after
// 5 s of silence (axtls.md 2.4).
func TestFlightCutOfEngineX(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306SSL(), func(p *espconn.Profile) { p.FlightCut = false }) {
		inBench(t, p, func(b *bench) {
			l := b.record(tcp("", 0, 443))
			cert := leaf(t, 2900)
			b.do(func() {
				b.SecureSetSize(3, 4096)
				b.SecureSetDefaultCertificate(cert.Raw)
				b.SecureSetDefaultPrivateKey(testpki.KeyDER(t, testpki.Leaf2048))
				assert.Equal(t, espconn.OK, b.SecureAccept(l))
			})
			c, err := b.dial()
			require.NoError(t, err)
			_ = c.SetDeadline(time.Now().Add(20 * time.Second))
			err = tls.Client(c, v10Client()).Handshake()
			assert.Equal(t, bug, err != nil, "%v", err)
			_ = c.Close()
			time.Sleep(settle)
			want := "connect, disconnect"
			if bug {
				want = "disconnect"
			}
			assert.Equal(t, want, b.seen())
		}, clock(1))
	}
}

// TestPlainBugsOfEngineX: the plain functions are the same whichever TLS library is linked.
func TestPlainBugsOfEngineX(t *testing.T) {
	x, b := espconn.SDK306SSL(), espconn.SDK306()
	assert.Equal(t, b.SendStuck, x.SendStuck)
	assert.Equal(t, b.DanglingPCB, x.DanglingPCB)
	assert.Equal(t, b.RegistCrashes, x.RegistCrashes)
}

// TestSizesDiffer: what get_size answers for both roles when their sizes differ (axtls.md 2.1; manual-profile.md #6).
func TestSizesDiffer(t *testing.T) {
	for name, want := range map[string]int16{"SDK306SSL": int16(espconn.ARG), "ManualV10": 3000, "ManualV21": 3000, "SDK306": 4096} {
		p, ok := espconn.ProfileByName(name)
		require.True(t, ok)
		s := newStage(p)
		assert.True(t, s.SecureSetSize(1, 3000))
		assert.True(t, s.SecureSetSize(2, 4096))
		assert.Equal(t, want, s.SecureGetSize(3), name)
		assert.True(t, s.SecureSetSize(3, 2048))
		assert.EqualValues(t, 2048, s.SecureGetSize(3), name)
	}
}
