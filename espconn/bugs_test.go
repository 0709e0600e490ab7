package espconn_test

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/explain"
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

// mbed changes the part of a profile that belongs to mbedTLS.
func mbed(change func(*espconn.MbedTLS)) func(*espconn.Profile) {
	return func(p *espconn.Profile) {
		m := p.TLS.(espconn.MbedTLS)
		change(&m)
		p.TLS = m
	}
}

// TestAxTLSSends: with axTLS a NULL pointer with a length is a send of nothing, after which none is allowed; a send in the handshake is
// refused, before TCP is up it reads through NULL (axtls.md 2.3).
func TestAxTLSSends(t *testing.T) {
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.serve(v10Server(t), hold)
		require.Equal(t, espconn.OK, rig.connect())
		require.Equal(t, "connect", rig.seen())
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureSendNull(rig.c, 10))
			assert.Equal(t, espconn.INPROGRESS, rig.SecureSend(rig.c, []byte("x")))
		})
		time.Sleep(settle)
		assert.Empty(t, rig.seen(), "no sent callback")
	}, clock(v10Clock))
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.listen(func(c net.Conn) { holdPlain(c) })
		require.Equal(t, espconn.OK, rig.connect())
		rig.do(func() { assert.Equal(t, espconn.INPROGRESS, rig.SecureSend(rig.c, []byte("x"))) })
	}, clock(v10Clock))
	onDevice(t, espconn.SDK306SSL(), func(rig *deviceRig) {
		rig.dev.ExpectCrash()
		c := rig.record(tcp(nobody, 443, 4000))
		rig.do(func() {
			require.Equal(t, espconn.OK, rig.SecureConnect(c))
			rig.SecureSend(c, []byte("x"))
		})
		require.NotNil(t, rig.dev.Crash())
		assert.Equal(t, espconn.CauseLoadProhibited, rig.dev.Crash().Cause)
	}, clock(v10Clock))
}

// TestSendNullCrashes: a NULL pointer with a length (tls.md 5.3).
func TestSendNullCrashes(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), mbed(func(m *espconn.MbedTLS) { m.SendNullCrashes = false })) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.connect()
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSendNull(rig.c, 0)) })
			time.Sleep(settle)
			assert.Equal(t, "connect, sent", rig.seen())
			if bug {
				rig.dev.ExpectCrash()
			}
			rig.do(func() {
				e := rig.SecureSendNull(rig.c, 10)
				assert.Equal(t, espconn.ARG, e)
			})
			if c := rig.dev.Crash(); bug {
				require.NotNil(t, c)
				assert.Equal(t, espconn.CauseLoadProhibited, c.Cause)
			} else {
				assert.Nil(t, c)
			}
		})
	}
}

// TestDefaultAnyLength: libssl asks the heap alone (axtls.md 4).
func TestDefaultAnyLength(t *testing.T) {
	for free, p := range withBug(espconn.SDK306SSL(), func(p *espconn.Profile) { p.DefaultAnyLength = false }) {
		rig := newCallRig(p)
		assert.True(t, rig.SecureSetDefaultCertificate(make([]byte, 8192)))
		assert.Equal(t, free, rig.SecureSetDefaultCertificate(make([]byte, 8193)))
		assert.Equal(t, free, rig.SecureSetDefaultPrivateKey(make([]byte, 10_000)))
		assert.False(t, rig.SecureSetDefaultPrivateKey(make([]byte, 65_535)), "there is no memory")
	}
}

// TestDefaultLeaks: the second certificate and key leave the first ones behind (tls.md 4.5).
func TestDefaultLeaks(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.DefaultLeaks = false }) {
		rig := newCallRig(p)
		set := func(n int) uint32 {
			assert.True(t, rig.SecureSetDefaultCertificate(make([]byte, n)))
			assert.True(t, rig.SecureSetDefaultPrivateKey(make([]byte, n)))
			return rig.heap.FreeSize()
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
		onDevice(t, p, func(rig *deviceRig) {
			ended := make(chan error, 1)
			rig.listen(func(c net.Conn) {
				tc := tls.Server(c, rsaServer(t, leaf(t, 0)))
				require.NoError(t, tc.Handshake())
				_, err := c.Read(make([]byte, 1))
				ended <- err
			})
			rig.connect()
			rig.dev.FailBlock("tcp_seg", 1)
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c)) })
			time.Sleep(time.Hour)
			assert.Equal(t, "connect, disconnect", rig.seen())
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
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.c.Proto.TCP.ConnectCallback = nil
			rig.connect()
			want := espconn.StateConnect
			if bug {
				want = espconn.StateWait
			}
			assert.Equal(t, want, rig.state(rig.c))
		})
	}
}

// TestRegistCrashes: a callback registered on an espconn without esp_tcp (espconn.md 5.10).
func TestRegistCrashes(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), func(p *espconn.Profile) { p.RegistCrashes = false }) {
		rig := newCallRig(p)
		want := int(espconn.ARG)
		if bug {
			want = crashed
		}
		c := &espconn.Espconn{Type: espconn.TypeTCP}
		assert.Equal(t, want, result(func() int { return int(rig.RegistReconcb(c, nil)) }))

		rig = newCallRig(p)
		udp := &espconn.Espconn{Type: espconn.TypeUDP}
		udp.Proto.UDP = &espconn.UDP{}
		code, findings := espconn.ARG, 0
		if bug { // in C something else is overwritten
			code, findings = espconn.OK, 1
		}
		assert.Equal(t, code, rig.RegistReconcb(udp, nil))
		assert.Len(t, rig.findingsOf(espconn.RuleNotTCP), findings)
	}
}

// TestRingSilent: a client without memory for its receive ring waits for ever, or fails (oracle/espconn FINDINGS B2).
func TestRingSilent(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), mbed(func(m *espconn.MbedTLS) { m.RingSilent = false })) {
		onDevice(t, p, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.dev.FailBlock("receive ring data", 1)
			rig.connect()
			time.Sleep(time.Hour)
			if bug {
				assert.Empty(t, rig.seen())
				assert.Equal(t, explain.OutcomeWaiting, rig.dev.Explain().Outcome)
			} else {
				assert.Equal(t, "reconnect -127", rig.seen())
			}
		})
	}
}

// TestSocketsUnchecked: no memory for a server's netconn is an exception, none for its listening PCB a server that nobody
// reaches; without the bug both are MEM.
func TestSocketsUnchecked(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306(), mbed(func(m *espconn.MbedTLS) { m.SocketsUnchecked = false })) {
		for free, want := range map[uint32][2]int{2080: {crashed, -1}, 2128: {-1, -1}, 2320: {0, -1}, 2376: {0, 0}} {
			rig := newStepRig(t, p)
			rig.api.SecureSetDefaultCertificate([]byte{1})
			rig.api.SecureSetDefaultPrivateKey([]byte{1})
			rig.heap.leave(free)
			got := result(func() int { return int(rig.api.SecureAccept(tcp("", 0, 443))) })
			if bug {
				assert.Equal(t, want[0], got, "%d bytes free", free)
			} else {
				assert.Equal(t, want[1], got, "%d bytes free", free)
			}
		}
	}
}

// TestFlightCutOfAxTLS: a server's flight over TCP's 2,920 bytes loses what exceeds them, and the connection ends after
// 5 s of silence (axtls.md 2.4).
func TestFlightCutOfAxTLS(t *testing.T) {
	for bug, p := range withBug(espconn.SDK306SSL(), func(p *espconn.Profile) { p.FlightCut = false }) {
		onDevice(t, p, func(rig *deviceRig) {
			l := rig.record(tcp("", 0, 443))
			cert := leaf(t, 2900)
			rig.do(func() {
				rig.SecureSetSize(3, 4096)
				rig.SecureSetDefaultCertificate(cert.Raw)
				rig.SecureSetDefaultPrivateKey(testpki.KeyDER(t, testpki.Leaf2048))
				assert.Equal(t, espconn.OK, rig.SecureAccept(l))
			})
			c, err := rig.dial()
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
			assert.Equal(t, want, rig.seen())
		}, clock(1))
	}
}

// TestPlainBugsOfAxTLS: the plain functions are the same whichever TLS library is linked.
func TestPlainBugsOfAxTLS(t *testing.T) {
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
		rig := newCallRig(p)
		assert.True(t, rig.SecureSetSize(1, 3000))
		assert.True(t, rig.SecureSetSize(2, 4096))
		assert.Equal(t, want, rig.SecureGetSize(3), name)
		assert.True(t, rig.SecureSetSize(3, 2048))
		assert.EqualValues(t, 2048, rig.SecureGetSize(3), name)
	}
}
