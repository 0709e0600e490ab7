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
	"github.com/emu8266/emu8266/netstack"
)

// The tests of this file are the rows of manual-profile.md, by number. What a row says about results without a peer is
// in TestReturnPaths and TestSetSizePerProfile too.

func manual(t *testing.T, fn func(b *bench), opts ...func(*emulator.Config)) {
	t.Helper()
	inBench(t, espconn.ManualV21(), fn, opts...)
}

func TestManualV21_02_SetSizeRange(t *testing.T) {
	s := newStage(espconn.ManualV21())
	for _, bad := range []struct {
		level uint8
		size  uint16
	}{{0, 100}, {4, 100}, {255, 100}, {1, 0}, {2, 8193}, {3, 65535}} {
		assert.False(t, s.SecureSetSize(bad.level, bad.size), "%v", bad)
		assert.EqualValues(t, 2048, s.SecureGetSize(1))
		assert.EqualValues(t, 2048, s.SecureGetSize(2))
	}
}

func TestManualV21_03_SizePerRole(t *testing.T) {
	s := newStage(espconn.ManualV21())
	assert.True(t, s.SecureSetSize(1, 3000))
	assert.True(t, s.SecureSetSize(2, 4000))
	assert.EqualValues(t, 3000, s.SecureGetSize(1))
	assert.EqualValues(t, 4000, s.SecureGetSize(2))
	assert.True(t, s.SecureSetSize(3, 5000))
	assert.EqualValues(t, 5000, s.SecureGetSize(1))
	assert.EqualValues(t, 5000, s.SecureGetSize(2))
}

func TestManualV21_04_SmallSizes(t *testing.T) {
	cert := leaf(t, 0)
	for size, want := range map[int]string{cert.MessageLen(): "connect", cert.MessageLen() - 1: "reconnect -114"} {
		manual(t, func(b *bench) {
			b.serve(rsaServer(t, cert), hold)
			b.do(func() { assert.True(t, b.SecureSetSize(1, uint16(size))) })
			b.connect()
			assert.Equal(t, want, b.seen(), "size %d", size)
		})
	}
}

func TestManualV21_05_SettingsWhileInUse(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), func(c *tls.Conn) {
			time.Sleep(10 * time.Second)
			_, _ = c.Write(make([]byte, 3000))
			hold(c)
		})
		b.connect()
		b.do(func() {
			assert.True(t, b.SecureSetSize(1, 4096))
			assert.True(t, b.SecureCaEnable(1, 0x7B))
			assert.True(t, b.SecureCaDisable(1))
			assert.True(t, b.SecureCertReqEnable(1, 0x7A))
			assert.True(t, b.SecureCertReqDisable(1))
			assert.True(t, b.SecureSetSize(2, 4096), "no server: nothing to report")
		})
		found := b.findings()
		assert.Len(t, found, 5)
		for _, f := range found {
			assert.Equal(t, espconn.RuleSetWhileUsed, f)
		}
		time.Sleep(20 * time.Second)
		assert.Equal(t, "connect, reconnect -114", b.seen(), "the connection keeps its 2,048 bytes")
		b.connect()
		time.Sleep(20 * time.Second)
		assert.Equal(t, "connect, recv 1460, recv 1460, recv 80", b.seen(), "the next one has 4,096")
	})
}

func TestManualV21_06_GetSizeOfBoth(t *testing.T) {
	s := newStage(espconn.ManualV21())
	s.SecureSetSize(1, 3000)
	assert.EqualValues(t, 3000, s.SecureGetSize(3))
	assert.Equal(t, []string{espconn.RuleSizesDiffer}, s.findings())
	assert.EqualValues(t, -12, s.SecureGetSize(0))
	assert.EqualValues(t, -12, s.SecureGetSize(4))
}

// TestManualV21_07_ConnectOrder removes one obstacle after the other, last check first in the list of what is wrong.
func TestManualV21_07_ConnectOrder(t *testing.T) {
	s := newStage(espconn.ManualV21())
	c := &espconn.Espconn{Type: espconn.TypeUDP}
	other := tcp("10.0.0.9", 443, 0)
	assert.Equal(t, espconn.OK, s.SecureConnect(other))
	s.ip[0] = netip.Prefix{}
	s.SecureSetSize(1, 8192)
	s.SecureCertReqEnable(1, 0x7A)
	heap := s.heap.free
	s.heap.free = 1000
	s.ifc.SetUp(false)

	assert.Equal(t, espconn.ARG, s.SecureConnect(c), "type")
	c.Type = espconn.TypeTCP
	assert.Equal(t, espconn.ARG, s.SecureConnect(c), "proto")
	c.Proto.TCP = &espconn.TCP{RemoteIP: [4]byte{10, 0, 0, 9}, RemotePort: 443}
	assert.Equal(t, espconn.ISCONN, s.SecureConnect(c), "client exists")
	s.SecureDisconnect(other)
	s.run()
	s.heap.free = 1000
	assert.Equal(t, espconn.RTE, s.SecureConnect(c), "address")
	s.ip[0] = netip.MustParsePrefix("10.0.0.2/24")
	assert.Equal(t, espconn.MEM, s.SecureConnect(c), "mutual size")
	assert.Contains(t, s.findings(), espconn.RuleMutualSize)
	s.SecureSetSize(1, 3072)
	assert.Equal(t, espconn.MEM, s.SecureConnect(c), "heap")
	assert.Empty(t, s.lines.String(), "no socket was tried")
	s.heap.free = heap
	assert.Equal(t, espconn.MEM, s.SecureConnect(c), "TCP")
	assert.Equal(t, "Can Not Connect To!\n", s.lines.String())
	assert.Equal(t, espconn.StateNone, c.State)
	s.ifc.SetUp(true)
	assert.Equal(t, espconn.OK, s.SecureConnect(c))
	assert.Equal(t, espconn.StateWait, c.State)
}

func TestManualV21_08_OneClient(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), hold)
		b.accept()
		second := b.record(tcp(serverAddr, 443, 0))
		again := func(when string, want espconn.Err) {
			b.do(func() { assert.Equal(t, want, b.SecureConnect(second), when) })
		}
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureConnect(b.c), "a server does not count") })
		again("connecting", espconn.ISCONN)
		time.Sleep(settle)
		again("connected", espconn.ISCONN)
		b.do(func() {
			assert.Equal(t, espconn.OK, b.SecureDisconnect(b.c))
			assert.Equal(t, espconn.ISCONN, b.SecureConnect(second), "until the callback begins")
		})
		again("after the callback", espconn.OK)
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect, connect", b.seen())
	})
}

func TestManualV21_09_FailedConnectChangesNothing(t *testing.T) {
	s := newStage(espconn.ManualV21())
	c := tcp("10.0.0.9", 443, 4000)
	called := false
	c.Proto.TCP.ReconnectCallback = func(*espconn.Espconn, espconn.Err) { called = true }
	before := *c.Proto.TCP
	s.heap.free = 100
	assert.Equal(t, espconn.MEM, s.SecureConnect(c))
	s.run()
	assert.False(t, called)
	assert.Equal(t, espconn.StateNone, c.State)
	assert.Equal(t, before.RemotePort, c.Proto.TCP.RemotePort)
	assert.Equal(t, before.LocalPort, c.Proto.TCP.LocalPort)
}

func TestManualV21_10_AcceptOrder(t *testing.T) {
	s := newStage(espconn.ManualV21())
	l := &espconn.Espconn{Type: espconn.TypeUDP}
	other := tcp("", 0, 443)
	s.certificates()
	assert.Equal(t, espconn.OK, s.SecureAccept(other))
	s.SecureSetSize(2, 8192)
	s.SecureCaEnable(2, 0x7B)
	assert.Equal(t, espconn.ARG, s.SecureAccept(l), "type")
	l.Type = espconn.TypeTCP
	l.Proto.TCP = &espconn.TCP{LocalPort: 444}
	assert.Equal(t, espconn.ISCONN, s.SecureAccept(l), "server exists")
	assert.Equal(t, espconn.OK, s.SecureDelete(other))
	heap := s.heap.free
	s.heap.free = 1000
	assert.Equal(t, espconn.ARG, s.SecureAccept(l), "certificate")
	assert.Contains(t, s.findings(), espconn.RuleNoCertificate)
	s.certificates()
	assert.Equal(t, espconn.MEM, s.SecureAccept(l), "mutual size")
	assert.Contains(t, s.findings(), espconn.RuleMutualSize)
	s.SecureSetSize(2, 2048)
	assert.Equal(t, espconn.MEM, s.SecureAccept(l), "heap")
	s.heap.free = heap
	taken, err := s.stack.Listen(netip.IPv4Unspecified(), 444, func(*netstack.TCB) netstack.Handler { return nil })
	require.NoError(t, err)
	assert.Equal(t, espconn.MEM, s.SecureAccept(l), "port")
	assert.Equal(t, "Server Bind Port Failed!\n", s.lines.String())
	assert.Equal(t, espconn.StateNone, l.State)
	taken.Close()
	assert.Equal(t, espconn.OK, s.SecureAccept(l))
	assert.Equal(t, espconn.StateListen, l.State)
}

func TestManualV21_11_AcceptAfterDelete(t *testing.T) {
	manual(t, func(b *bench) {
		before := b.heap()
		for range 3 {
			l := b.accept()
			c, err := b.dialTLS(anyServer())
			require.NoError(t, err)
			_ = c.Close()
			time.Sleep(settle)
			b.do(func() { assert.Equal(t, espconn.OK, b.SecureDelete(l)) })
		}
		assert.Equal(t, "connect, disconnect, connect, disconnect, connect, disconnect", b.seen())
		b.noLeak(before)
	})
}

func TestManualV21_12_SecondClientIsReset(t *testing.T) {
	manual(t, func(b *bench) {
		b.accept()
		first, err := b.dialTLS(anyServer())
		require.NoError(t, err)
		for range 3 {
			second, err := b.dial()
			require.NoError(t, err, "TCP's handshake completes")
			_, err = second.Read(make([]byte, 1))
			assert.True(t, errors.Is(err, syscall.ECONNRESET), "%v", err)
			_ = second.Close()
		}
		assert.Equal(t, "connect", b.seen(), "no callback")
		_, err = first.Write([]byte("x"))
		assert.NoError(t, err)
		_ = first.Close()
		time.Sleep(settle)
		third, err := b.dialTLS(anyServer())
		require.NoError(t, err, "the next is served")
		_ = third.Close()
		time.Sleep(settle)
		assert.Equal(t, "recv 1, disconnect, connect, disconnect", b.seen())
	})
}

// script runs a scripted TLS server.
func (b *bench) script(s *tlspeer.Server) {
	b.listen(func(c net.Conn) { s.Serve(c) })
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
			manual(t, func(b *bench) {
				b.serve(rsaServer(t, leaf(t, message)), hold)
				b.connect()
				assert.Equal(t, want, b.seen(), "%d bytes", message)
			})
		}
	})
	t.Run("split message", func(t *testing.T) {
		manual(t, func(b *bench) {
			b.script(scripted(t, 1500, tlspeer.Layout{Kind: tlspeer.Fragmented, Fragment: 1000}))
			b.connect()
			assert.Equal(t, "reconnect 16", b.seen())
			assert.Equal(t, []string{"client handshake start.", "client handshake failed!", "Reason:[-0x7080]"}, b.lines())
		})
	})
	t.Run("ClientHello", func(t *testing.T) {
		manual(t, func(b *bench) {
			b.accept()
			c, err := b.dial()
			require.NoError(t, err)
			_, _ = c.Write([]byte{22, 3, 1, 0x08, 0x01}) // 2,049
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -121", b.seen())
		})
	})
	t.Run("application data", func(t *testing.T) {
		// TLS 1.2, SHA-256: the body is 16 + ceil16(n+33); S + 304 = 2,352 holds n up to 2,303.
		for n, want := range map[int]string{
			2048: "connect, recv 1460, recv 588", 2049: "connect, reconnect 15", 2303: "connect, reconnect 15", 2304: "connect, reconnect -114",
		} {
			manual(t, func(b *bench) {
				alert := make(chan error, 1)
				cfg := rsaServer(t, leaf(t, 0))
				cfg.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256}
				b.serve(cfg, func(c *tls.Conn) {
					_, _ = c.Write(make([]byte, n))
					_, err := c.Read(make([]byte, 1))
					alert <- err
				})
				b.connect()
				assert.Equal(t, want, b.seen(), "%d bytes", n)
				if want == "connect, reconnect 15" {
					assert.ErrorContains(t, <-alert, "bad record MAC")
				}
			})
		}
	})
}

func TestManualV21_14_Delete(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), hold)
		l := b.accept()
		b.connect()
		c, err := b.dialTLS(anyServer())
		require.NoError(t, err)
		b.do(func() {
			assert.Equal(t, espconn.ARG, b.SecureDelete(nil))
			assert.Equal(t, espconn.ARG, b.SecureDelete(b.c), "not the server")
			assert.Equal(t, espconn.INPROGRESS, b.SecureDelete(l), "client connected")
		})
		_ = c.Close()
		time.Sleep(settle)
		b.do(func() {
			assert.Equal(t, espconn.OK, b.SecureDelete(l), "the own client does not count")
			assert.Equal(t, espconn.ARG, b.SecureDelete(l))
			assert.Equal(t, espconn.ARG, b.SecureAccept(l), "certificate and key are gone")
		})
		assert.Equal(t, []string{espconn.RuleDeleteConnected, espconn.RuleNoCertificate}, b.findings())
	})
}

func TestManualV21_15_Send(t *testing.T) {
	manual(t, func(b *bench) {
		got := make(chan []byte, 1)
		b.serve(rsaServer(t, leaf(t, 0)), all(got))
		send := func(c espconn.Ref, n int) espconn.Err { return b.SecureSend(c, bytes.Repeat([]byte{'x'}, n)) }
		b.do(func() {
			assert.Equal(t, espconn.ARG, b.SecureSend(nil, []byte{1}))
			assert.Equal(t, espconn.ARG, send(b.c, 1), "unknown")
			assert.Equal(t, espconn.StateNone, b.c.State, "no change on failure")
			assert.Equal(t, espconn.OK, b.SecureConnect(b.c))
			assert.Equal(t, espconn.INPROGRESS, send(b.c, 1), "before the connect callback")
			assert.Equal(t, espconn.StateWait, b.c.State)
		})
		time.Sleep(settle)
		b.do(func() {
			assert.Equal(t, espconn.ARG, send(b.c, 1025))
			assert.Equal(t, espconn.ARG, b.SecureSendNull(b.c, 1))
			assert.Equal(t, espconn.StateConnect, b.c.State)
			assert.Equal(t, espconn.OK, send(b.c, 1024))
			assert.Equal(t, espconn.StateWrite, b.c.State)
			assert.Equal(t, espconn.INPROGRESS, send(b.c, 1), "before the sent callback")
		})
		time.Sleep(settle)
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureSendNull(b.c, 0)) })
		time.Sleep(settle)
		assert.Equal(t, "connect, sent, sent", b.seen())
		b.do(func() { b.SecureDisconnect(b.c) })
		assert.Len(t, <-got, 1024, "what was refused was not sent")
		assert.Equal(t, []string{espconn.RuleSendUnconnected, espconn.RuleSendBeforeSent, espconn.RuleSendTooLong,
			espconn.RuleSendNull, espconn.RuleSendBeforeSent}, b.findings())
	})
	t.Run("on the listener", func(t *testing.T) {
		s := newStage(espconn.ManualV21())
		s.certificates()
		l := tcp("", 0, 443)
		s.SecureAccept(l)
		assert.Equal(t, espconn.ARG, s.SecureSend(l, []byte{1}))
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
			manual(t, func(b *bench) {
				cfg := rsaServer(t, leaf(t, 0))
				cfg.MaxVersion, cfg.CipherSuites = r.version, []uint16{r.suite}
				wire := make(chan int, 1)
				b.listen(func(c net.Conn) {
					w := &tap{Conn: c}
					tc := tls.Server(w, cfg)
					if assert.NoError(t, tc.Handshake()) {
						before := len(w.got)
						_, _ = io.ReadFull(tc, make([]byte, 1024))
						wire <- len(w.got) - before
					}
				})
				b.connect()
				b.do(func() { assert.Equal(t, espconn.OK, b.SecureSend(b.c, make([]byte, 1024))) })
				got := <-wire
				assert.Equal(t, r.wire, got)
				assert.LessOrEqual(t, got, 1460)
			})
		})
	}
}

func TestManualV21_17_Disconnect(t *testing.T) {
	manual(t, func(b *bench) {
		w := make(chan []byte, 2)
		b.listen(func(c net.Conn) {
			p := &tap{Conn: c}
			tc := tls.Server(p, rsaServer(t, leaf(t, 0)))
			if tc.Handshake() == nil {
				n := len(p.got)
				hold(tc)
				w <- p.got[n:]
			}
		})
		b.connect()
		b.do(func() {
			assert.Equal(t, espconn.ARG, b.SecureDisconnect(nil))
			assert.Equal(t, espconn.ARG, b.SecureDisconnect(tcp("", 0, 0)), "unknown")
			assert.Equal(t, espconn.OK, b.SecureDisconnect(b.c))
			assert.Equal(t, []string{"connect"}, b.log, "the callback comes from the task")
			assert.Equal(t, espconn.INPROGRESS, b.SecureDisconnect(b.c), "already closing")
		})
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect", b.seen())
		assert.Empty(t, <-w, "no close_notify")
	})
}

func TestManualV21_18_DisconnectInCallback(t *testing.T) {
	want := map[string]string{
		"connect": "connect, disconnect", "sent": "connect, sent, disconnect", "recv": "connect, sent, recv 5, disconnect",
	}
	for where, log := range want {
		t.Run(where, func(t *testing.T) {
			manual(t, func(b *bench) {
				b.serve(rsaServer(t, leaf(t, 0)), echo)
				before := b.heap()
				b.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, b.SecureSend(c, []byte("12345"))) }
				first := b.hook[where]
				b.hook[where] = func(c *espconn.Espconn) {
					if first != nil && where != "connect" {
						first(c)
					}
					state := c.State
					assert.Equal(t, espconn.OK, b.SecureDisconnect(c))
					assert.Equal(t, state, c.State, "carried out later")
					assert.Equal(t, espconn.INPROGRESS, b.SecureDisconnect(c))
				}
				b.connect()
				assert.Equal(t, log, b.seen())
				assert.Equal(t, []string{espconn.RuleDisconnectInCallback, espconn.RuleDisconnectTwice}, b.findings())
				b.noLeak(before)
			})
		})
	}
}

func TestManualV21_19_CaEnable(t *testing.T) {
	s := newStage(espconn.ManualV21())
	for _, bad := range [][2]uint32{{0, 1}, {4, 1}, {1, 0}, {3, 0}} {
		assert.False(t, s.SecureCaEnable(uint8(bad[0]), bad[1]))
	}
	before := s.findings()
	assert.Equal(t, []string{espconn.RuleLevel, espconn.RuleLevel, espconn.RuleLevel, espconn.RuleLevel}, before)
	assert.True(t, s.SecureCaEnable(1, 0x7B))
	assert.Equal(t, before, s.findings())
	assert.True(t, s.SecureCaEnable(1, 0xFF), "system parameters")
	assert.True(t, s.SecureCaEnable(1, 0xFB), "RF calibration")
	assert.True(t, s.SecureCaEnable(1, 0xFFFFFFFF), "beyond the chip")
	assert.Equal(t, []string{espconn.RuleSector, espconn.RuleSector, espconn.RuleSector}, s.findings()[len(before):])
}

func TestManualV21_20_ErasedCaSector(t *testing.T) {
	for _, sector := range []uint32{0x7B, 0x10000} {
		manual(t, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			b.do(func() { b.SecureCaEnable(3, sector) })
			b.connect()
			assert.Equal(t, "reconnect -127", b.seen())
			b.accept() // OK
			c, err := b.dial()
			require.NoError(t, err)
			time.Sleep(settle)
			_ = c.Close()
			assert.Equal(t, "reconnect -127", b.seen())
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
			var entries []flash.Entry
			for i, ca := range r.cas {
				entries = append(entries, flash.Entry{Name: fmt.Sprintf("ca%d.cer", i), Data: ca})
			}
			manual(t, func(b *bench) {
				b.serve(rsaServer(t, leaf(t, 0)), hold)
				b.do(func() { b.SecureCaEnable(1, 0x7B) })
				b.connect()
				assert.Equal(t, r.want, b.seen())
				if r.finding {
					assert.Equal(t, []string{espconn.RuleCAEntries}, b.findings())
				} else {
					assert.Empty(t, b.findings())
				}
			}, image(t, 0x7B, entries...))
		})
	}
}

func TestManualV21_22_VerificationFails(t *testing.T) {
	img := image(t, 0x7B, flash.Entry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.OtherCA2048).Raw})
	manual(t, func(b *bench) {
		done := make(chan []byte, 1)
		b.listen(func(c net.Conn) {
			p := &tap{Conn: c}
			_ = tls.Server(p, rsaServer(t, leaf(t, 0))).Handshake()
			done <- p.got
		})
		b.do(func() { b.SecureCaEnable(1, 0x7B) })
		b.connect()
		assert.Equal(t, "reconnect -39", b.seen())
		got := <-done
		assert.Equal(t, 5+79, len(got), "the ClientHello and no alert")
	}, img)
}

func TestManualV21_23_CertReqLevels(t *testing.T) {
	s := newStage(espconn.ManualV21())
	assert.False(t, s.SecureCertReqEnable(2, 0x7A))
	assert.False(t, s.SecureCertReqEnable(3, 0x7A))
	assert.False(t, s.SecureCertReqEnable(1, 0))
	assert.True(t, s.SecureCertReqEnable(1, 0x7A))
	assert.False(t, s.SecureCertReqDisable(2))
	assert.False(t, s.SecureCertReqDisable(3))
	assert.True(t, s.SecureCertReqDisable(1))
}

func ownImage(t testing.TB, sector uint32) func(*emulator.Config) {
	own := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, Name: "device"})
	return image(t, sector, flash.Entry{Name: "certificate", Data: own.Raw}, flash.Entry{Name: "private_key", Data: testpki.KeyDER(t, testpki.Leaf2048)})
}

func TestManualV21_24_CertReqWithoutCa(t *testing.T) {
	manual(t, func(b *bench) {
		cfg := rsaServer(t, leaf(t, 0))
		cfg.ClientAuth = tls.RequireAnyClientCert
		peer := make(chan string, 1)
		b.serve(cfg, func(c *tls.Conn) { peer <- c.ConnectionState().PeerCertificates[0].Subject.CommonName; hold(c) })
		b.do(func() { b.SecureCertReqEnable(1, 0x7A) })
		b.connect()
		assert.Equal(t, "connect", b.seen(), "the peer is not verified")
		assert.Equal(t, "device", <-peer)
		b.do(func() {
			b.SecureDisconnect(b.c)
			b.SecureSetSize(1, 3073)
		})
		assert.Equal(t, espconn.MEM, b.connect())
	}, ownImage(t, 0x7A))
}

func TestManualV21_25_ImageLacksName(t *testing.T) {
	own := testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048}).Raw
	zeros := func(cfg *emulator.Config) { // what follows the image is not erased
		require.NoError(t, cfg.Flash.Write(0x7B*flash.SectorSize, make([]byte, flash.SectorSize)))
	}
	fill := flash.Entry{Name: "other", Data: make([]byte, flash.SectorSize-2*34-len(own)-34)}
	for name, opts := range map[string][]func(*emulator.Config){
		"rest erased": {image(t, 0x7A, flash.Entry{Name: "certificate", Data: own})},
		"rest zero":   {image(t, 0x7A, flash.Entry{Name: "certificate", Data: own}, fill), zeros},
	} {
		t.Run(name, func(t *testing.T) {
			manual(t, func(b *bench) {
				b.serve(rsaServer(t, leaf(t, 0)), hold)
				b.do(func() { b.SecureCertReqEnable(1, 0x7A) })
				b.connect()
				assert.Equal(t, "reconnect -127", b.seen())
				assert.Less(t, len(b.lines()), 300)
			}, opts...)
		})
	}
}

func TestManualV21_26_SetDefault(t *testing.T) {
	s := newStage(espconn.ManualV21())
	free := s.heap.free
	for _, set := range []func([]byte) bool{s.SecureSetDefaultCertificate, s.SecureSetDefaultPrivateKey} {
		assert.False(t, set(nil))
		assert.False(t, set([]byte{}))
		assert.False(t, set(make([]byte, 8193)))
		b := []byte("garbage is judged later")
		assert.True(t, set(b))
		used := free - s.heap.free
		assert.True(t, set(b), "replaces")
		assert.Equal(t, used, free-s.heap.free, "without a leak")
		free = s.heap.free
	}
	manual(t, func(b *bench) {
		l := b.record(tcp("", 0, 443))
		b.do(func() {
			assert.True(t, b.SecureSetDefaultCertificate([]byte("garbage")))
			assert.True(t, b.SecureSetDefaultPrivateKey([]byte("garbage")))
			assert.Equal(t, espconn.OK, b.SecureAccept(l))
		})
		c, err := b.dial()
		require.NoError(t, err)
		time.Sleep(settle)
		_ = c.Close()
		assert.Equal(t, "reconnect -127", b.seen())
	})
}

// TestManualV21_27_HeapRunsOut starts handshakes with less and less heap: each ends by one callback and leaves nothing.
func TestManualV21_27_HeapRunsOut(t *testing.T) {
	seen := map[string]int{}
	for free := uint32(500); free <= 16000; free += 1500 {
		manual(t, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			before := b.heap()
			var block uint32
			b.do(func() {
				assert.Equal(t, espconn.OK, b.SecureConnect(b.c))
				heap := b.board().Heap
				block = heap.Alloc(heap.FreeSize()-free-16, "ballast")
				require.NotZero(t, block)
			})
			time.Sleep(settle)
			log := b.seen()
			seen[log]++
			assert.Contains(t, []string{"connect", "reconnect -127", "reconnect -1", "reconnect 46", "reconnect 88", "reconnect -83", "reconnect 47", "reconnect 31"}, log, "%d bytes free", free)
			b.do(func() {
				b.board().Heap.Free(block)
				b.SecureDisconnect(b.c)
			})
			b.noLeak(before)
		})
	}
	assert.Contains(t, seen, "connect")
	assert.Contains(t, seen, "reconnect -127")
}

// TestManualV21_28_OutputBufferOutOfMemory: engine A's output buffer after the handshake finds no memory. The manual's
// profile says so, the release keeps the shared buffer and is silent.
func TestManualV21_28_OutputBufferOutOfMemory(t *testing.T) {
	for name, want := range map[string]string{"ManualV21": "reconnect -127", "SDK301": "connect"} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
			inBench(t, p, func(b *bench) {
				b.serve(rsaServer(t, leaf(t, 0)), hold)
				before := b.heap()
				b.dev.FailBlock("out buffer", 1)
				assert.Equal(t, espconn.OK, b.connect())
				assert.Equal(t, want, b.seen())
				lines := b.lines()
				if name == "SDK301" {
					assert.Equal(t, "client handshake ok!", lines[len(lines)-1])
					b.do(func() { b.SecureDisconnect(b.c) })
				} else {
					assert.Equal(t, []string{"client handshake failed!", "Reason:[-0x7f00]"}, lines[len(lines)-2:])
				}
				b.noLeak(before)
			})
		})
	}
}

func TestManualV21_30_TLS10(t *testing.T) {
	manual(t, func(b *bench) {
		cfg := rsaServer(t, leaf(t, 0))
		cfg.MaxVersion = tls.VersionTLS10
		pieces := make(chan string, 8)
		b.serve(cfg, func(c *tls.Conn) {
			buf := make([]byte, 64)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				pieces <- string(buf[:n])
			}
		})
		b.connect()
		for _, text := range []string{"a", "hello"} {
			b.do(func() { assert.Equal(t, espconn.OK, b.SecureSend(b.c, []byte(text))) })
			time.Sleep(settle)
		}
		assert.Equal(t, "connect, sent, sent", b.seen(), "one sent callback a send")
		assert.Equal(t, "a", <-pieces)
		assert.Equal(t, "h", <-pieces)
		assert.Equal(t, "ello", <-pieces)
	})
}

func TestManualV21_31_LongFlight(t *testing.T) {
	for name, want := range map[string]string{"ManualV21": "connect", "SDK301": "disconnect", "SDK306": "disconnect"} {
		t.Run(name, func(t *testing.T) {
			p, _ := espconn.ProfileByName(name)
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
				_ = c.SetDeadline(time.Now().Add(10 * time.Second))
				err = tls.Client(c, anyServer()).Handshake()
				assert.Equal(t, want == "connect", err == nil, "%v", err)
				if err != nil {
					_ = c.Close()
				}
				time.Sleep(settle)
				assert.Equal(t, want, b.seen())
				assert.Equal(t, []string{espconn.RuleFlight}, b.findings())
				_ = c.Close()
			})
		})
	}
}

func TestManualV21_32_WriteFinish(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), hold)
		b.connect()
		b.do(func() {
			assert.Equal(t, espconn.OK, b.RegistWriteFinish(b.c, func(*espconn.Espconn) { t.Error("never called") }))
			assert.Equal(t, espconn.OK, b.SecureSend(b.c, []byte("x")))
		})
		time.Sleep(settle)
		assert.Equal(t, "connect, sent", b.seen())
		assert.Equal(t, []string{espconn.RuleWriteFinish}, b.findings())
	})
}

func TestManualV21_33_ListenerStaysListening(t *testing.T) {
	manual(t, func(b *bench) {
		l := b.accept()
		b.hook["connect"] = func(c *espconn.Espconn) {
			assert.NotSame(t, l, c)
			c.Reverse = "set on the connection"
		}
		b.hook["disconnect"] = func(c *espconn.Espconn) {
			assert.Same(t, l, c)
			assert.Equal(t, espconn.StateListen, c.State)
			assert.Equal(t, [4]byte{10, 0, 0, 21}, c.Proto.TCP.RemoteIP)
			assert.Equal(t, "set on the connection", c.Reverse, "copied back (espconn.md 4.4)")
		}
		c, err := b.dialTLS(anyServer())
		require.NoError(t, err)
		_ = c.Close()
		time.Sleep(settle)
		assert.Equal(t, "connect, disconnect", b.seen())
		assert.Equal(t, espconn.StateListen, b.state(l))
	})
}

func TestManualV21_34_SilentPeer(t *testing.T) {
	manual(t, func(b *bench) {
		stop := make(chan bool)
		b.listen(func(c net.Conn) { _, _ = c.Read(make([]byte, 1024)); <-stop })
		b.connect()
		time.Sleep(24 * time.Hour)
		assert.Empty(t, b.seen(), "no handshake timeout")
		close(stop)
		time.Sleep(settle)
		assert.Equal(t, "disconnect", b.seen())
	})
}

func TestManualV21_36_SecureSent(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), echo)
		b.connect()
		b.do(func() { assert.Equal(t, espconn.OK, b.SecureSent(b.c, []byte("old name"))) })
		time.Sleep(settle)
		assert.Equal(t, "connect, sent, recv 8", b.seen())
	})
}

func TestManualV21_29_TooSmallForTheHello(t *testing.T) {
	t.Run("client", func(t *testing.T) {
		manual(t, func(b *bench) {
			b.serve(rsaServer(t, leaf(t, 0)), hold)
			b.do(func() { assert.True(t, b.SecureSetSize(1, 40)) })
			b.connect()
			assert.Equal(t, "reconnect -114", b.seen())
		})
	})
	for size, want := range map[uint16]string{30: "reconnect -121", 300: "reconnect -117"} {
		t.Run(fmt.Sprintf("server %d", size), func(t *testing.T) {
			manual(t, func(b *bench) {
				b.do(func() { assert.True(t, b.SecureSetSize(2, size)) })
				b.accept()
				c, err := b.dial()
				require.NoError(t, err)
				peer := &tlspeer.Client{
					HelloVersion: tlspeer.VersionTLS12, Suites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, Rand: tlspeer.NewRand(1),
				}
				peer.Run(c)
				time.Sleep(settle)
				assert.Equal(t, want, b.seen())
			})
		})
	}
}

func TestManualV21_35_LogLines(t *testing.T) {
	manual(t, func(b *bench) {
		b.serve(rsaServer(t, leaf(t, 0)), nil)
		b.do(func() { b.SecureCaEnable(1, 0x7B) })
		b.connect()
		all := b.lines()
		require.Len(t, all, 5)
		assert.Equal(t, "client handshake start.", all[0])
		assert.Regexp(t, `^espconn_mbedtls\.c 661, type\[ca\.cer\],length\[[0-9]+\]$`, all[1])
		assert.Equal(t, []string{"client handshake ok!", "client's data invalid protocol", "Reason:[-0x7880]"}, all[2:])
	}, image(t, 0x7B, flash.Entry{Name: "ca.cer", Data: testpki.NewCA(t, testpki.CA2048).Raw}))
}
