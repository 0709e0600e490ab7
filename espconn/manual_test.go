package espconn_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// The tests of this file are the rows of manual-profile.md, by number. What a row says about results without a peer is
// in TestReturnPaths and TestSetSizePerProfile too.

func manual(t *testing.T, fn func(rig *deviceRig), opts ...func(*emulator.Config)) {
	t.Helper()
	onDevice(t, espconn.ManualV21(), fn, opts...)
}

func TestManualV21_02_SetSizeRange(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	for _, bad := range []struct {
		level uint8
		size  uint16
	}{{0, 100}, {4, 100}, {255, 100}, {1, 0}, {2, 8193}, {3, 65535}} {
		assert.False(t, rig.SecureSetSize(bad.level, bad.size), "%v", bad)
		assert.EqualValues(t, 2048, rig.SecureGetSize(1))
		assert.EqualValues(t, 2048, rig.SecureGetSize(2))
	}
}

func TestManualV21_03_SizePerRole(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	assert.True(t, rig.SecureSetSize(1, 3000))
	assert.True(t, rig.SecureSetSize(2, 4000))
	assert.EqualValues(t, 3000, rig.SecureGetSize(1))
	assert.EqualValues(t, 4000, rig.SecureGetSize(2))
	assert.True(t, rig.SecureSetSize(3, 5000))
	assert.EqualValues(t, 5000, rig.SecureGetSize(1))
	assert.EqualValues(t, 5000, rig.SecureGetSize(2))
}

func TestManualV21_04_SmallSizes(t *testing.T) {
	cert := leaf(t, 0)
	for size, want := range map[int]string{cert.MessageLen(): "connect", cert.MessageLen() - 1: "reconnect -114"} {
		manual(t, func(rig *deviceRig) {
			rig.serve(rsaServer(t, cert), hold)
			rig.do(func() { assert.True(t, rig.SecureSetSize(1, uint16(size))) })
			rig.connect()
			assert.Equal(t, want, rig.seen(), "size %d", size)
		})
	}
}

func TestManualV21_05_SettingsWhileInUse(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
			time.Sleep(10 * time.Second)
			_, _ = c.Write(make([]byte, 3000))
			hold(c)
		})
		rig.connect()
		rig.do(func() {
			assert.True(t, rig.SecureSetSize(1, 4096))
			assert.True(t, rig.SecureCaEnable(1, 0x7B))
			assert.True(t, rig.SecureCaDisable(1))
			assert.True(t, rig.SecureCertReqEnable(1, 0x7A))
			assert.True(t, rig.SecureCertReqDisable(1))
			assert.True(t, rig.SecureSetSize(2, 4096), "no server: nothing to report")
		})
		found := rig.findings()
		assert.Len(t, found, 5)
		for _, f := range found {
			assert.Equal(t, espconn.RuleSetWhileUsed, f)
		}
		time.Sleep(20 * time.Second)
		assert.Equal(t, "connect, reconnect -114", rig.seen(), "the connection keeps its 2,048 bytes")
		rig.connect()
		time.Sleep(20 * time.Second)
		assert.Equal(t, "connect, recv 1460, recv 1460, recv 80", rig.seen(), "the next one has 4,096")
	})
}

func TestManualV21_06_GetSizeOfBoth(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	rig.SecureSetSize(1, 3000)
	assert.EqualValues(t, 3000, rig.SecureGetSize(3))
	assert.Equal(t, []string{espconn.RuleSizesDiffer}, rig.findings())
	assert.EqualValues(t, -12, rig.SecureGetSize(0))
	assert.EqualValues(t, -12, rig.SecureGetSize(4))
}

// TestManualV21_07_ConnectOrder removes one obstacle after the other, last check first in the list of what is wrong.
func TestManualV21_07_ConnectOrder(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	c := &espconn.Espconn{Type: espconn.TypeUDP}
	other := tcp("10.0.0.9", 443, 0)
	assert.Equal(t, espconn.OK, rig.SecureConnect(other))
	rig.ip[0] = netip.Prefix{}
	rig.SecureSetSize(1, 8192)
	rig.SecureCertReqEnable(1, 0x7A)
	heap := rig.heap.FreeSize()
	rig.heap.leave(1000)
	rig.ifc.SetUp(false)

	assert.Equal(t, espconn.ARG, rig.SecureConnect(c), "type")
	c.Type = espconn.TypeTCP
	assert.Equal(t, espconn.ARG, rig.SecureConnect(c), "proto")
	c.Proto.TCP = &espconn.TCP{RemoteIP: [4]byte{10, 0, 0, 9}, RemotePort: 443}
	assert.Equal(t, espconn.ISCONN, rig.SecureConnect(c), "client exists")
	rig.SecureDisconnect(other)
	rig.run()
	rig.heap.leave(1000)
	assert.Equal(t, espconn.RTE, rig.SecureConnect(c), "address")
	rig.ip[0] = netip.MustParsePrefix("10.0.0.2/24")
	assert.Equal(t, espconn.MEM, rig.SecureConnect(c), "mutual size")
	assert.Contains(t, rig.findings(), espconn.RuleMutualSize)
	rig.SecureSetSize(1, 3072)
	assert.Equal(t, espconn.MEM, rig.SecureConnect(c), "heap")
	assert.Empty(t, rig.lines.String(), "no socket was tried")
	rig.heap.leave(heap)
	assert.Equal(t, espconn.MEM, rig.SecureConnect(c), "TCP")
	assert.Equal(t, "Can Not Connect To!\n", rig.lines.String())
	assert.Equal(t, espconn.StateNone, c.State)
	rig.ifc.SetUp(true)
	assert.Equal(t, espconn.OK, rig.SecureConnect(c))
	assert.Equal(t, espconn.StateWait, c.State)
}

func TestManualV21_08_OneClient(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), hold)
		rig.accept()
		second := rig.record(tcp(serverAddr, 443, 0))
		again := func(when string, want espconn.Err) {
			rig.do(func() { assert.Equal(t, want, rig.SecureConnect(second), when) })
		}
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c), "a server does not count") })
		again("connecting", espconn.ISCONN)
		time.Sleep(settle)
		again("connected", espconn.ISCONN)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c))
			assert.Equal(t, espconn.ISCONN, rig.SecureConnect(second), "until the callback begins")
		})
		again("after the callback", espconn.OK)
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect, connect", rig.seen())
	})
}

func TestManualV21_09_FailedConnectChangesNothing(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	c := tcp("10.0.0.9", 443, 4000)
	called := false
	c.Proto.TCP.ReconnectCallback = func(*espconn.Espconn, espconn.Err) { called = true }
	before := *c.Proto.TCP
	rig.heap.leave(100)
	assert.Equal(t, espconn.MEM, rig.SecureConnect(c))
	rig.run()
	assert.False(t, called)
	assert.Equal(t, espconn.StateNone, c.State)
	assert.Equal(t, before.RemotePort, c.Proto.TCP.RemotePort)
	assert.Equal(t, before.LocalPort, c.Proto.TCP.LocalPort)
}

func TestManualV21_10_AcceptOrder(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	l := &espconn.Espconn{Type: espconn.TypeUDP}
	other := tcp("", 0, 443)
	rig.certificates()
	assert.Equal(t, espconn.OK, rig.SecureAccept(other))
	rig.SecureSetSize(2, 8192)
	rig.SecureCaEnable(2, 0x7B)
	assert.Equal(t, espconn.ARG, rig.SecureAccept(l), "type")
	l.Type = espconn.TypeTCP
	l.Proto.TCP = &espconn.TCP{LocalPort: 444}
	assert.Equal(t, espconn.ISCONN, rig.SecureAccept(l), "server exists")
	assert.Equal(t, espconn.OK, rig.SecureDelete(other))
	heap := rig.heap.FreeSize()
	rig.heap.leave(1000)
	assert.Equal(t, espconn.ARG, rig.SecureAccept(l), "certificate")
	assert.Contains(t, rig.findings(), espconn.RuleNoCertificate)
	rig.certificates()
	assert.Equal(t, espconn.MEM, rig.SecureAccept(l), "mutual size")
	assert.Contains(t, rig.findings(), espconn.RuleMutualSize)
	rig.SecureSetSize(2, 2048)
	assert.Equal(t, espconn.MEM, rig.SecureAccept(l), "heap")
	rig.heap.leave(heap)
	taken, err := rig.stack.Listen(netip.IPv4Unspecified(), 444, func(*netstack.TCB) netstack.Handler { return nil })
	require.NoError(t, err)
	assert.Equal(t, espconn.MEM, rig.SecureAccept(l), "port")
	assert.Equal(t, "Server Bind Port Failed!\n", rig.lines.String())
	assert.Equal(t, espconn.StateNone, l.State)
	taken.Close()
	assert.Equal(t, espconn.OK, rig.SecureAccept(l))
	assert.Equal(t, espconn.StateListen, l.State)
}

func TestManualV21_11_AcceptAfterDelete(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		before := rig.heap()
		for range 3 {
			l := rig.accept()
			c, err := rig.dialTLS(anyServer())
			require.NoError(t, err)
			_ = c.Close()
			time.Sleep(settle)
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureDelete(l)) })
		}
		assert.Equal(t, "connect, disconnect, connect, disconnect, connect, disconnect", rig.seen())
		rig.noLeak(before)
	})
}

func TestManualV21_12_SecondClientIsReset(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.accept()
		first, err := rig.dialTLS(anyServer())
		require.NoError(t, err)
		for range 3 {
			second, err := rig.dial()
			require.NoError(t, err, "TCP's handshake completes")
			_, err = second.Read(make([]byte, 1))
			assert.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
			_ = second.Close()
		}
		assert.Equal(t, "connect", rig.seen(), "no callback")
		_, err = first.Write([]byte("x"))
		assert.NoError(t, err)
		_ = first.Close()
		time.Sleep(settle)
		third, err := rig.dialTLS(anyServer())
		require.NoError(t, err, "the next is served")
		_ = third.Close()
		time.Sleep(settle)
		assert.Equal(t, "recv 1, disconnect, connect, disconnect", rig.seen())
	})
}

// script runs a scripted TLS server.
func (rig *deviceRig) script(s *tlspeer.Server) {
	rig.listen(func(c net.Conn) { s.Serve(c) })
}

func scripted(t testing.TB, message int, layout tlspeer.Layout) *tlspeer.Server {
	key, err := tlspeer.ParseKey(testpki.KeyDER(t, testpki.Leaf2048))
	require.NoError(t, err)
	return &tlspeer.Server{
		Version: tlspeer.VersionTLS12, Suite: tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		Chain: leaf(t, message).Chain(), Key: key, Layout: layout, Rand: tlspeer.NewRand(1),
	}
}

func TestManualV21_13_PacketOverTheSize(t *testing.T) {
	t.Run("handshake record", func(t *testing.T) {
		for message, want := range map[int]string{2048: "connect", 2049: "reconnect -114"} {
			manual(t, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, message)), hold)
				rig.connect()
				assert.Equal(t, want, rig.seen(), "%d bytes", message)
			})
		}
	})
	t.Run("split message", func(t *testing.T) {
		manual(t, func(rig *deviceRig) {
			rig.script(scripted(t, 1500, tlspeer.Layout{Kind: tlspeer.Fragmented, Fragment: 1000}))
			rig.connect()
			assert.Equal(t, "reconnect 16", rig.seen())
			assert.Equal(t, []string{"client handshake start.", "client handshake failed!", "Reason:[-0x7080]"}, rig.lines())
		})
	})
	t.Run("ClientHello", func(t *testing.T) {
		manual(t, func(rig *deviceRig) {
			rig.accept()
			c, err := rig.dial()
			require.NoError(t, err)
			_, _ = c.Write([]byte{22, 3, 1, 0x08, 0x01}) // 2,049
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -121", rig.seen())
		})
	})
	t.Run("application data", func(t *testing.T) {
		// TLS 1.2, SHA-256: the body is 16 + ceil16(n+33); S + 304 = 2,352 holds n up to 2,303.
		for n, want := range map[int]string{
			2048: "connect, recv 1460, recv 588", 2049: "connect, reconnect 15", 2303: "connect, reconnect 15",
			2304: "connect, reconnect -114",
		} {
			manual(t, func(rig *deviceRig) {
				alert := make(chan error, 1)
				cfg := rsaServer(t, leaf(t, 0))
				cfg.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}
				rig.serve(cfg, func(c *tls.Conn) {
					_, _ = c.Write(make([]byte, n))
					_, err := c.Read(make([]byte, 1))
					alert <- err
				})
				rig.connect()
				assert.Equal(t, want, rig.seen(), "%d bytes", n)
				if want == "connect, reconnect 15" {
					assert.ErrorContains(t, <-alert, "bad record MAC")
				}
			})
		}
	})
}

func TestManualV21_14_Delete(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), hold)
		l := rig.accept()
		rig.connect()
		c, err := rig.dialTLS(anyServer())
		require.NoError(t, err)
		rig.do(func() {
			assert.Equal(t, espconn.ARG, rig.SecureDelete(nil))
			assert.Equal(t, espconn.ARG, rig.SecureDelete(rig.c), "not the server")
			assert.Equal(t, espconn.INPROGRESS, rig.SecureDelete(l), "client connected")
		})
		_ = c.Close()
		time.Sleep(settle)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.SecureDelete(l), "the own client does not count")
			assert.Equal(t, espconn.ARG, rig.SecureDelete(l))
			assert.Equal(t, espconn.ARG, rig.SecureAccept(l), "certificate and key are gone")
		})
		assert.Equal(t, []string{espconn.RuleOtherRole, espconn.RuleDeleteConnected, espconn.RuleNoCertificate}, rig.findings())
	})
}

func TestManualV21_15_Send(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		got := make(chan []byte, 1)
		rig.serve(rsaServer(t, leaf(t, 0)), all(got))
		send := func(c espconn.Ref, n int) espconn.Err { return rig.SecureSend(c, bytes.Repeat([]byte{'x'}, n)) }
		rig.do(func() {
			assert.Equal(t, espconn.ARG, rig.SecureSend(nil, []byte{1}))
			assert.Equal(t, espconn.ARG, send(rig.c, 1), "unknown")
			assert.Equal(t, espconn.StateNone, rig.c.State, "no change on failure")
			assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
			assert.Equal(t, espconn.INPROGRESS, send(rig.c, 1), "before the connect callback")
			assert.Equal(t, espconn.StateWait, rig.c.State)
		})
		time.Sleep(settle)
		rig.do(func() {
			assert.Equal(t, espconn.ARG, send(rig.c, 1025))
			assert.Equal(t, espconn.ARG, rig.SecureSendNull(rig.c, 1))
			assert.Equal(t, espconn.StateConnect, rig.c.State)
			assert.Equal(t, espconn.OK, send(rig.c, 1024))
			assert.Equal(t, espconn.StateWrite, rig.c.State)
			assert.Equal(t, espconn.INPROGRESS, send(rig.c, 1), "before the sent callback")
		})
		time.Sleep(settle)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSendNull(rig.c, 0)) })
		time.Sleep(settle)
		assert.Equal(t, "connect, sent, sent", rig.seen())
		rig.do(func() { rig.SecureDisconnect(rig.c) })
		assert.Len(t, <-got, 1024, "what was refused was not sent")
		assert.Equal(t, []string{espconn.RuleSendUnconnected, espconn.RuleSendBeforeSent, espconn.RuleSendTooLong,
			espconn.RuleSendNull, espconn.RuleSendBeforeSent}, rig.findings())
	})
	t.Run("on the listener", func(t *testing.T) {
		rig := newCallRig(espconn.ManualV21())
		rig.certificates()
		l := tcp("", 0, 443)
		rig.SecureAccept(l)
		assert.Equal(t, espconn.ARG, rig.SecureSend(l, []byte{1}))
		assert.Equal(t, espconn.StateListen, l.State)
	})
}

// tap counts the bytes of each read.
type tap struct {
	net.Conn
	got []byte
}

func (c *tap) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.got = append(c.got, p[:n]...)
	return n, err
}

func TestManualV21_16_CiphertextLimit(t *testing.T) {
	rows := []struct {
		version uint16
		suite   uint16
		wire    int // bytes of a send of 1,024 on the wire
	}{
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA256, 5 + 16 + 1072},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 5 + 16 + 1056},
		{tls.VersionTLS10, tls.TLS_RSA_WITH_AES_128_CBC_SHA, 5 + 32 + 5 + 1056},
	}
	for _, r := range rows {
		t.Run(fmt.Sprintf("%04x/%04x", r.version, r.suite), func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				cfg := rsaServer(t, leaf(t, 0))
				cfg.MaxVersion, cfg.CipherSuites = r.version, []uint16{r.suite}
				wire := make(chan int, 1)
				rig.listen(func(c net.Conn) {
					w := &tap{Conn: c}
					tc := tls.Server(w, cfg)
					if assert.NoError(t, tc.Handshake()) {
						before := len(w.got)
						_, _ = io.ReadFull(tc, make([]byte, 1024))
						wire <- len(w.got) - before
					}
				})
				rig.connect()
				rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, make([]byte, 1024))) })
				got := <-wire
				assert.Equal(t, r.wire, got)
				assert.LessOrEqual(t, got, 1460)
			})
		})
	}
}

func TestManualV21_17_Disconnect(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		w := make(chan []byte, 2)
		rig.listen(func(c net.Conn) {
			p := &tap{Conn: c}
			tc := tls.Server(p, rsaServer(t, leaf(t, 0)))
			if tc.Handshake() == nil {
				n := len(p.got)
				hold(tc)
				w <- p.got[n:]
			}
		})
		rig.connect()
		rig.do(func() {
			assert.Equal(t, espconn.ARG, rig.SecureDisconnect(nil))
			assert.Equal(t, espconn.ARG, rig.SecureDisconnect(tcp("", 0, 0)), "unknown")
			assert.Equal(t, espconn.OK, rig.SecureDisconnect(rig.c))
			assert.Equal(t, []string{"connect"}, rig.log, "the callback comes from the task")
			assert.Equal(t, espconn.INPROGRESS, rig.SecureDisconnect(rig.c), "already closing")
		})
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect", rig.seen())
		assert.Empty(t, <-w, "no close_notify")
	})
}

func TestManualV21_18_DisconnectInCallback(t *testing.T) {
	want := map[string]string{
		"connect": "connect, disconnect", "sent": "connect, sent, disconnect", "recv": "connect, sent, recv 5, disconnect",
	}
	for where, log := range want {
		t.Run(where, func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), echo)
				before := rig.heap()
				rig.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.SecureSend(c, []byte("12345"))) }
				first := rig.hook[where]
				rig.hook[where] = func(c *espconn.Espconn) {
					if first != nil && where != "connect" {
						first(c)
					}
					state := c.State
					assert.Equal(t, espconn.OK, rig.SecureDisconnect(c))
					assert.Equal(t, state, c.State, "carried out later")
					assert.Equal(t, espconn.INPROGRESS, rig.SecureDisconnect(c))
				}
				rig.connect()
				assert.Equal(t, log, rig.seen())
				assert.Equal(t, []string{espconn.RuleDisconnectInCallback, espconn.RuleDisconnectTwice}, rig.findings())
				rig.noLeak(before)
			})
		})
	}
}

func TestManualV21_19_CaEnable(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	for _, bad := range [][2]uint32{{0, 1}, {4, 1}, {1, 0}, {3, 0}} {
		assert.False(t, rig.SecureCaEnable(uint8(bad[0]), bad[1]))
	}
	before := rig.findings()
	assert.Equal(t, []string{espconn.RuleLevel, espconn.RuleLevel, espconn.RuleSector, espconn.RuleSector}, before)
	assert.True(t, rig.SecureCaEnable(1, 0x7B))
	assert.Equal(t, before, rig.findings())
	assert.True(t, rig.SecureCaEnable(1, 0xFF), "system parameters")
	assert.True(t, rig.SecureCaEnable(1, 0xFB), "RF calibration")
	assert.True(t, rig.SecureCaEnable(1, 0xFFFFFFFF), "beyond the chip")
	assert.Equal(t, []string{espconn.RuleSector, espconn.RuleSector, espconn.RuleSector}, rig.findings()[len(before):])
}

func TestManualV21_20_ErasedCaSector(t *testing.T) {
	for _, sector := range []uint32{0x7B, 0x10000} {
		manual(t, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { rig.SecureCaEnable(3, sector) })
			rig.connect()
			assert.Equal(t, "reconnect -127", rig.seen())
			rig.accept() // OK
			c, err := rig.dial()
			require.NoError(t, err)
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -127", rig.seen())
		})
	}
}

func TestManualV21_21_TwoCAs(t *testing.T) {
	right, other := testpki.NewCA(t, testpki.CA2048).Raw, testpki.NewCA(t, testpki.OtherCA2048).Raw
	third := testpki.NewCA(t, testpki.CA1024).Raw
	rows := []struct {
		name    string
		cas     [][]byte
		want    string
		finding bool
	}{
		{"first", [][]byte{right}, "connect", false},
		{"second", [][]byte{other, right}, "connect", false},
		{"third is ignored", [][]byte{other, third, right}, "reconnect -39", true},
		{"bundle", [][]byte{testpki.PEM(other, third, right)}, "connect", false},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			var entries []image.CertEntry
			for i, ca := range r.cas {
				entries = append(entries, image.CertEntry{Name: fmt.Sprintf("ca%d.cer", i), Data: ca})
			}
			manual(t, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), hold)
				rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
				rig.connect()
				assert.Equal(t, r.want, rig.seen())
				if r.finding {
					assert.Equal(t, []string{espconn.RuleCAEntries}, rig.findings())
				} else {
					assert.Empty(t, rig.findings())
				}
			}, burned(t, 0x7B, entries...))
		})
	}
}

func TestManualV21_22_VerificationFails(t *testing.T) {
	img := burned(t, 0x7B, image.CertEntry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.OtherCA2048).Raw})
	manual(t, func(rig *deviceRig) {
		done := make(chan []byte, 1)
		rig.listen(func(c net.Conn) {
			p := &tap{Conn: c}
			_ = tls.Server(p, rsaServer(t, leaf(t, 0))).Handshake()
			done <- p.got
		})
		rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
		rig.connect()
		assert.Equal(t, "reconnect -39", rig.seen())
		got := <-done
		assert.Equal(t, 5+79, len(got), "the ClientHello and no alert")
	}, img)
}

func TestManualV21_23_CertReqLevels(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	assert.False(t, rig.SecureCertReqEnable(2, 0x7A))
	assert.False(t, rig.SecureCertReqEnable(3, 0x7A))
	assert.False(t, rig.SecureCertReqEnable(1, 0))
	assert.True(t, rig.SecureCertReqEnable(1, 0x7A))
	assert.False(t, rig.SecureCertReqDisable(2))
	assert.False(t, rig.SecureCertReqDisable(3))
	assert.True(t, rig.SecureCertReqDisable(1))
}

func ownImage(t testing.TB, sector uint32) func(*emulator.Config) {
	own := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "device"})
	return burned(t, sector, image.CertEntry{Name: "certificate", Data: own.Raw},
		image.CertEntry{Name: "private_key", Data: testpki.KeyDER(t, testpki.Leaf2048)})
}

func TestManualV21_24_CertReqWithoutCa(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		cfg := rsaServer(t, leaf(t, 0))
		cfg.ClientAuth = tls.RequireAnyClientCert
		peer := make(chan string, 1)
		rig.serve(cfg, func(c *tls.Conn) { peer <- c.ConnectionState().PeerCertificates[0].Subject.CommonName; hold(c) })
		rig.do(func() { rig.SecureCertReqEnable(1, 0x7A) })
		rig.connect()
		assert.Equal(t, "connect", rig.seen(), "the peer is not verified")
		assert.Equal(t, "device", <-peer)
		rig.do(func() {
			rig.SecureDisconnect(rig.c)
			rig.SecureSetSize(1, 3073)
		})
		assert.Equal(t, espconn.MEM, rig.connect())
	}, ownImage(t, 0x7A))
}

func TestManualV21_25_ImageLacksName(t *testing.T) {
	own := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048}).Raw
	zeros := func(cfg *emulator.Config) { // what follows the image is not erased
		require.NoError(t, cfg.Flash.Write(0x7B*flash.SectorSize, make([]byte, flash.SectorSize)))
	}
	fill := image.CertEntry{Name: "other", Data: make([]byte, flash.SectorSize-2*34-len(own)-34)}
	for name, opts := range map[string][]func(*emulator.Config){
		"rest erased": {burned(t, 0x7A, image.CertEntry{Name: "certificate", Data: own})},
		"rest zero":   {burned(t, 0x7A, image.CertEntry{Name: "certificate", Data: own}, fill), zeros},
	} {
		t.Run(name, func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), hold)
				rig.do(func() { rig.SecureCertReqEnable(1, 0x7A) })
				rig.connect()
				assert.Equal(t, "reconnect -127", rig.seen())
				assert.Less(t, len(rig.lines()), 300)
			}, opts...)
		})
	}
}

func TestManualV21_26_SetDefault(t *testing.T) {
	rig := newCallRig(espconn.ManualV21())
	free := rig.heap.FreeSize()
	for _, set := range []func([]byte) bool{rig.SecureSetDefaultCertificate, rig.SecureSetDefaultPrivateKey} {
		assert.False(t, set(nil))
		assert.False(t, set([]byte{}))
		assert.False(t, set(make([]byte, 8193)))
		b := []byte("garbage is judged later")
		assert.True(t, set(b))
		used := free - rig.heap.FreeSize()
		assert.True(t, set(b), "replaces")
		assert.Equal(t, used, free-rig.heap.FreeSize(), "without a leak")
		free = rig.heap.FreeSize()
	}
	manual(t, func(rig *deviceRig) {
		l := rig.record(tcp("", 0, 443))
		rig.do(func() {
			assert.True(t, rig.SecureSetDefaultCertificate([]byte("garbage")))
			assert.True(t, rig.SecureSetDefaultPrivateKey([]byte("garbage")))
			assert.Equal(t, espconn.OK, rig.SecureAccept(l))
		})
		c, err := rig.dial()
		require.NoError(t, err)
		time.Sleep(settle)
		_ = c.Close()
		assert.Equal(t, "reconnect -127", rig.seen())
	})
}

// TestManualV21_27_HeapRunsOut starts handshakes with less and less heap: each ends by one callback and leaves nothing.
func TestManualV21_27_HeapRunsOut(t *testing.T) {
	seen := map[string]int{}
	for free := uint32(500); free <= 16000; free += 1500 {
		manual(t, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			before := rig.heap()
			var block uint32
			rig.do(func() {
				assert.Equal(t, espconn.OK, rig.SecureConnect(rig.c))
				board := rig.board()
				block = board.Alloc(board.FreeHeap()-free-16, "ballast")
				require.NotZero(t, block)
			})
			time.Sleep(settle)
			log := rig.seen()
			seen[log]++
			assert.Contains(t, []string{"connect", "reconnect -127", "reconnect -1", "reconnect 46", "reconnect 88", "reconnect -83",
				"reconnect 47", "reconnect 31"}, log, "%d bytes free", free)
			rig.do(func() {
				rig.board().Free(block)
				rig.SecureDisconnect(rig.c)
			})
			rig.noLeak(before)
		})
	}
	assert.Contains(t, seen, "connect")
	assert.Contains(t, seen, "reconnect -127")
}

// TestManualV21_28_OutputBufferOutOfMemory: the early mbedTLS's output buffer after the handshake finds no memory. The manual's
// profile says so, the release keeps the shared buffer and is silent.
func TestManualV21_28_OutputBufferOutOfMemory(t *testing.T) {
	for name, want := range map[string]string{"ManualV21": "reconnect -127", "SDK301": "connect"} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
			onDevice(t, p, func(rig *deviceRig) {
				rig.serve(rsaServer(t, leaf(t, 0)), hold)
				before := rig.heap()
				rig.dev.FailBlock("out buffer", 1)
				assert.Equal(t, espconn.OK, rig.connect())
				assert.Equal(t, want, rig.seen())
				lines := rig.lines()
				if name == "SDK301" {
					assert.Equal(t, "client handshake ok!", lines[len(lines)-1])
					rig.do(func() { rig.SecureDisconnect(rig.c) })
				} else {
					assert.Equal(t, []string{"client handshake failed!", "Reason:[-0x7f00]"}, lines[len(lines)-2:])
				}
				rig.noLeak(before)
			})
		})
	}
}

func TestManualV21_30_TLS10(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		cfg := rsaServer(t, leaf(t, 0))
		cfg.MaxVersion = tls.VersionTLS10
		pieces := make(chan string, 8)
		rig.serve(cfg, func(c *tls.Conn) {
			buf := make([]byte, 64)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				pieces <- string(buf[:n])
			}
		})
		rig.connect()
		for _, text := range []string{"a", "hello"} {
			rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, []byte(text))) })
			time.Sleep(settle)
		}
		assert.Equal(t, "connect, sent, sent", rig.seen(), "one sent callback a send")
		assert.Equal(t, "a", <-pieces)
		assert.Equal(t, "h", <-pieces)
		assert.Equal(t, "ello", <-pieces)
	})
}

func TestManualV21_31_LongFlight(t *testing.T) {
	for name, want := range map[string]string{"ManualV21": "connect", "SDK301": "disconnect", "SDK306": "disconnect"} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
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
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				err = tls.Client(c, anyServer()).Handshake()
				assert.Equal(t, want == "connect", err == nil, "%v", err)
				if err != nil {
					_ = c.Close()
				}
				time.Sleep(settle)
				assert.Equal(t, want, rig.seen())
				assert.Equal(t, []string{espconn.RuleFlight}, rig.findings())
				_ = c.Close()
			})
		})
	}
}

func TestManualV21_32_WriteFinish(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), hold)
		rig.connect()
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.RegistWriteFinish(rig.c, func(*espconn.Espconn) { t.Error("never called") }))
			assert.Equal(t, espconn.OK, rig.SecureSend(rig.c, []byte("x")))
		})
		time.Sleep(settle)
		assert.Equal(t, "connect, sent", rig.seen())
		assert.Equal(t, []string{espconn.RuleWriteFinish}, rig.findings())
	})
}

func TestManualV21_33_ListenerStaysListening(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		l := rig.accept()
		rig.hook["connect"] = func(c *espconn.Espconn) {
			assert.NotSame(t, l, c)
			c.Reverse = "set on the connection"
		}
		rig.hook["disconnect"] = func(c *espconn.Espconn) {
			assert.Same(t, l, c)
			assert.Equal(t, espconn.StateListen, c.State)
			assert.Equal(t, [4]byte{10, 0, 0, 21}, c.Proto.TCP.RemoteIP)
			assert.Equal(t, "set on the connection", c.Reverse, "copied back (espconn.md 4.4)")
		}
		c, err := rig.dialTLS(anyServer())
		require.NoError(t, err)
		_ = c.Close()
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect", rig.seen())
		assert.Equal(t, espconn.StateListen, rig.state(l))
	})
}

func TestManualV21_34_SilentPeer(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		stop := make(chan bool)
		rig.listen(func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)); <-stop })
		rig.connect()
		time.Sleep(24 * time.Hour)
		assert.Empty(t, rig.seen(), "no handshake timeout")
		close(stop)
		time.Sleep(settle)
		assert.Equal(t, "disconnect", rig.seen())
	})
}

func TestManualV21_36_SecureSent(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), echo)
		rig.connect()
		rig.do(func() { assert.Equal(t, espconn.OK, rig.SecureSent(rig.c, []byte("old name"))) })
		time.Sleep(settle)
		assert.Equal(t, "connect, sent, recv 8", rig.seen())
	})
}

func TestManualV21_29_TooSmallForTheHello(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		manual(t, func(rig *deviceRig) {
			rig.serve(rsaServer(t, leaf(t, 0)), hold)
			rig.do(func() { assert.True(t, rig.SecureSetSize(1, 40)) })
			rig.connect()
			assert.Equal(t, "reconnect -114", rig.seen())
		})
	})
	for size, want := range map[uint16]string{30: "reconnect -121", 300: "reconnect -117"} {
		t.Run(fmt.Sprintf("server %d", size), func(t *testing.T) {
			manual(t, func(rig *deviceRig) {
				rig.do(func() { assert.True(t, rig.SecureSetSize(2, size)) })
				rig.accept()
				c, err := rig.dial()
				require.NoError(t, err)
				peer := &tlspeer.Client{
					HelloVersion: tlspeer.VersionTLS12, Suites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, Rand: tlspeer.NewRand(1),
				}
				peer.Run(c)
				time.Sleep(settle)
				assert.Equal(t, want, rig.seen())
			})
		})
	}
}

func TestManualV21_35_LogLines(t *testing.T) {
	manual(t, func(rig *deviceRig) {
		rig.serve(rsaServer(t, leaf(t, 0)), nil)
		rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
		rig.connect()
		all := rig.lines()
		require.Len(t, all, 5)
		assert.Equal(t, "client handshake start.", all[0])
		assert.Regexp(t, `^espconn_mbedtls\.c 661, type\[ca\.cer\],length\[[0-9]+\]$`, all[1])
		assert.Equal(t, []string{"client handshake ok!", "client's data invalid protocol", "Reason:[-0x7880]"}, all[2:])
	}, burned(t, 0x7B, image.CertEntry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.CA2048).Raw}))
}
