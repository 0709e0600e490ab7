package espconn_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// Every cause is sent in the situation that it names.
func TestEveryCause(t *testing.T) {
	type row struct {
		profile espconn.Profile
		play    func(rig *deviceRig)
		opts    []func(*emulator.Config)
	}
	manual, v10, sdk, ssl := espconn.ManualV21(), espconn.ManualV10(), espconn.SDK301(), espconn.SDK306SSL()
	connect := func(rig *deviceRig) { rig.connect() }
	for id, r := range map[espconn.CauseID]row{
		// Calls.
		espconn.CauseHeapGate: {manual, connect, []func(*emulator.Config){func(cfg *emulator.Config) { cfg.HeapFree = 8192 }}},
		espconn.CauseNoMemory: {manual, func(rig *deviceRig) {
			rig.dev.FailAlloc(1)
			rig.connect()
		}, nil},
		espconn.CauseNoAddress: {manual, connect, []func(*emulator.Config){func(cfg *emulator.Config) { cfg.NoAutoConnect = true }}},
		espconn.CauseHasClients: {manual, func(rig *deviceRig) {
			l := rig.accept()
			_, err := rig.dialTLS(anyServer())
			require.NoError(rig.t, err)
			rig.do(func() { assert.Equal(rig.t, espconn.INPROGRESS, rig.SecureDelete(l)) })
		}, nil},
		espconn.CauseNull: {manual, func(rig *deviceRig) { rig.do(func() { rig.SecureConnect(nil) }) }, nil},
		espconn.CauseInterface: {manual, func(rig *deviceRig) {
			everywhere := &espconn.UDP{RemotePort: 9, RemoteIP: [4]byte{255, 255, 255, 255}}
			udp := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: everywhere}}
			rig.dev.RefuseFrames(1)
			rig.do(func() {
				require.Equal(rig.t, espconn.OK, rig.Create(udp))
				assert.Equal(rig.t, espconn.IF, rig.Sendto(udp, []byte("x")))
			})
		}, nil},
		espconn.CauseConnected: {manual, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.connect()
			rig.do(func() { assert.Equal(rig.t, espconn.ISCONN, rig.SecureConnect(rig.record(tcp(serverAddr, 443, 4001)))) })
		}, nil},
		espconn.CauseAwaitsSent: {manual, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.do(func() { assert.Equal(rig.t, espconn.OK, rig.Connect(rig.c)) })
			time.Sleep(settle)
			rig.do(func() {
				assert.Equal(rig.t, espconn.OK, rig.Send(rig.c, []byte("one")))
				assert.Equal(rig.t, espconn.MAXNUM, rig.Send(rig.c, []byte("two")))
			})
		}, nil},
		espconn.CauseAwaitsWrite: {manual, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.hook["connect"] = func(c *espconn.Espconn) { rig.SetOpt(c, espconn.COPY) }
			rig.do(func() { assert.Equal(rig.t, espconn.OK, rig.Connect(rig.c)) })
			time.Sleep(settle)
			rig.do(func() {
				assert.Equal(rig.t, espconn.OK, rig.Send(rig.c, make([]byte, 8000)))
				assert.Equal(rig.t, espconn.ARG, rig.Send(rig.c, []byte("two")))
			})
		}, nil},
		espconn.CauseQueueFull: {manual, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.hook["connect"] = func(c *espconn.Espconn) { rig.SetOpt(c, espconn.COPY) }
			rig.do(func() { assert.Equal(rig.t, espconn.OK, rig.Connect(rig.c)) })
			time.Sleep(settle)
			rig.do(func() {
				for range 8 {
					assert.Equal(rig.t, espconn.OK, rig.Send(rig.c, make([]byte, 100)))
				}
				assert.Equal(rig.t, espconn.MAXNUM, rig.Send(rig.c, []byte("nine")))
			})
		}, nil},
		espconn.CauseOnlySend: {ssl, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.hook["connect"] = func(c *espconn.Espconn) {
				assert.Equal(rig.t, espconn.OK, rig.SecureSend(c, []byte{}))
				assert.Equal(rig.t, espconn.INPROGRESS, rig.SecureSend(c, []byte("one")))
			}
			rig.connect()
		}, nil},
		espconn.CauseNoClock: {ssl, func(rig *deviceRig) {
			rig.do(rig.sdk.SystemRestart)
			time.Sleep(500 * time.Millisecond) // of which 400 are for restart and start
			rig.do(func() { rig.SecureConnect(rig.c) })
		}, nil},
		espconn.CauseLength: {manual, func(rig *deviceRig) { rig.do(func() { rig.SecureSetSize(1, 0) }) }, nil},

		// Secure connections that the TLS library did not end.
		espconn.CausePeerFIN: {manual, func(rig *deviceRig) {
			rig.listen(func(c net.Conn) { _, _ = c.Read(make([]byte, 4096)) })
			rig.connect()
		}, nil},
		espconn.CauseImage: {manual, func(rig *deviceRig) {
			rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
			rig.listen(holdPlain)
			rig.connect()
		}, nil},
		espconn.CauseCAImage: {v10, func(rig *deviceRig) {
			rig.do(func() { rig.SecureCaEnable(1, 0x7B) })
			rig.listen(holdPlain)
			rig.connect()
		}, nil},
		espconn.CauseOwnImage: {v10, func(rig *deviceRig) {
			rig.do(func() { rig.SecureCertReqEnable(1, 0x7A) })
			rig.listen(holdPlain)
			rig.connect()
		}, nil},
		espconn.CauseStaleStatus: {espconn.SDK306(), func(rig *deviceRig) {
			rig.accept()
			c, err := rig.dial()
			require.NoError(rig.t, err)
			_, _ = c.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			time.Sleep(settle)
			_ = c.Close()
			var client *espconn.Espconn
			rig.hook["connect"] = func(c *espconn.Espconn) { client = c }
			_, err = rig.dialTLS(anyServer())
			require.NoError(rig.t, err)
			time.Sleep(settle)
			rig.do(func() { rig.SecureDisconnect(client) })
			time.Sleep(settle)
		}, nil},
		espconn.CauseClientSilent: {v10, func(rig *deviceRig) {
			rig.accept()
			_, err := rig.dial()
			require.NoError(rig.t, err)
			time.Sleep(time.Minute)
		}, nil},
		espconn.CauseHandshakeTimeout: {v10, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.connect()
			time.Sleep(2 * time.Minute)
		}, nil},
		espconn.CauseClosedInRecv: {sdk, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), echo)
			rig.hook["connect"] = func(c *espconn.Espconn) { rig.SecureSend(c, []byte("hello")) }
			rig.hook["recv"] = func(c *espconn.Espconn) { rig.SecureDisconnect(c) }
			rig.connect()
		}, nil},
		espconn.CauseClosedEarly: {sdk, func(rig *deviceRig) {
			rig.listen(holdPlain)
			rig.connect()
			rig.do(func() { rig.SecureDisconnect(rig.c) })
			time.Sleep(settle)
		}, nil},
		espconn.CauseSendAfterClose: {sdk, func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.connect()
			rig.do(func() {
				rig.SecureDisconnect(rig.c)
				rig.SecureSend(rig.c, []byte("late"))
			})
			time.Sleep(settle)
		}, nil},
	} {
		t.Run(string(id), func(t *testing.T) {
			onDevice(t, r.profile, func(rig *deviceRig) {
				r.play(rig)
				assert.Contains(t, causes(rig.dev), string(id))
			}, r.opts...)
		})
	}
}

// Every way in which a client is not served, a connection ends in order, and data does not come.
func TestEveryCauseOfServers(t *testing.T) {
	type row struct {
		profile espconn.Profile
		play    func(rig *deviceRig)
		opts    []func(*emulator.Config)
	}
	manual, v10 := espconn.ManualV21(), espconn.ManualV10()
	// connected is a plain client of the device's own, with a peer that sends so many bytes at once.
	connected := func(rig *deviceRig, bytes int) {
		rig.listen(func(c net.Conn) {
			_, _ = c.Write(make([]byte, bytes))
			holdPlain(c)
		})
		rig.do(func() { require.Equal(rig.t, espconn.OK, rig.Connect(rig.c)) })
		time.Sleep(settle)
	}
	second := func(rig *deviceRig) {
		rig.accept()
		for range 2 {
			c, err := rig.dial()
			require.NoError(rig.t, err)
			rig.t.Cleanup(func() { _ = c.Close() })
			time.Sleep(time.Second)
		}
	}
	for id, r := range map[espconn.CauseID]row{
		espconn.CauseClientsFull: {manual, func(rig *deviceRig) {
			l := rig.plainListener()
			rig.do(func() { require.Equal(rig.t, espconn.OK, rig.TcpSetMaxConAllow(l, 1)) })
			rig.dialPort(plainPort)
			rig.dialPort(plainPort)
		}, nil},
		espconn.CauseOneClient:     {manual, second, nil},
		espconn.CauseClientIgnored: {espconn.SDK306(), second, nil},
		espconn.CauseServerDead: {espconn.SDK301(), func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.connect() // takes socket 0
			rig.accept()
			for range 2 {
				c, err := rig.dial()
				require.NoError(rig.t, err)
				time.Sleep(time.Second)
				_ = c.Close()
				time.Sleep(time.Second)
			}
		}, nil},
		espconn.CauseClientSockets: {espconn.SDK301(), func(rig *deviceRig) {
			rig.serve(rsaServer(rig.t, leaf(rig.t, 0)), hold)
			rig.accept()
			for port := range 2 {
				rig.do(func() { rig.SecureConnect(rig.record(tcp(serverAddr, 443, 4000+port))) })
				time.Sleep(settle)
			}
			_, err := rig.dial()
			require.NoError(rig.t, err)
			time.Sleep(time.Second)
		}, []func(*emulator.Config){func(cfg *emulator.Config) { cfg.HeapFree = 81920 }}},
		espconn.CauseClientMemory: {manual, func(rig *deviceRig) {
			rig.plainListener()
			rig.dev.FailBlock("espconn record", 1)
			rig.dialPort(plainPort)
		}, nil},
		espconn.CauseClientGate: {v10, func(rig *deviceRig) {
			rig.accept()
			rig.do(func() { rig.sdk.OsMalloc(rig.sdk.SystemGetFreeHeapSize() - 12000) })
			_, _ = rig.dial()
			time.Sleep(time.Second)
		}, nil},
		espconn.CausePeerClosed: {manual, func(rig *deviceRig) {
			rig.plainListener()
			_ = rig.dialPort(plainPort).Close()
			time.Sleep(settle)
		}, nil},
		espconn.CauseIdle: {manual, func(rig *deviceRig) {
			rig.plainListener()
			rig.dialPort(plainPort)
			time.Sleep(time.Minute)
		}, nil},
		espconn.CauseFINNoRoom: {manual, func(rig *deviceRig) {
			connected(rig, 0)
			rig.do(func() {
				require.Equal(rig.t, espconn.OK, rig.Send(rig.c, make([]byte, 2920)))
				require.Equal(rig.t, espconn.OK, rig.Disconnect(rig.c))
			})
		}, nil},
		espconn.CauseTrimmed: {manual, func(rig *deviceRig) {
			rig.plainListener()
			rig.hook["connect"] = func(c *espconn.Espconn) { rig.Disconnect(c) }
			for range 7 {
				_ = rig.dialPort(plainPort).Close()
				time.Sleep(settle)
			}
		}, nil},
		espconn.CauseReceiveMemory: {manual, func(rig *deviceRig) {
			rig.hook["connect"] = func(*espconn.Espconn) { rig.dev.FailBlock("receive buffer", 1) }
			connected(rig, 100)
		}, nil},
		espconn.CauseRingMemory: {manual, func(rig *deviceRig) {
			rig.c.RecvCallback = nil
			rig.hook["connect"] = func(*espconn.Espconn) { rig.dev.FailBlock("receive ring", 1) }
			connected(rig, 100)
		}, nil},
		espconn.CauseHeld: {manual, func(rig *deviceRig) {
			rig.hook["connect"] = func(c *espconn.Espconn) { rig.RecvHold(c) }
			connected(rig, 10000)
			assert.Contains(rig.t, rig.dev.Explain().Cause, "may send no more: espconn_recv_hold is in force, and the 5840 bytes")
			rig.do(func() { rig.RecvUnhold(rig.c) })
			assert.Empty(rig.t, rig.dev.Explain().Cause)
		}, nil},
		espconn.CauseDataWaits: {espconn.SDK306(), func(rig *deviceRig) {
			next := greets(rig)
			defer close(next)
			rig.connect()
			require.Equal(rig.t, "connect", rig.seen())
			x := rig.dev.Explain()
			assert.Equal(rig.t, explain.OutcomeConnected, x.Outcome)
			assert.Regexp(rig.t, `^[0-9]+ bytes of records from \S+:443 came with the end of the handshake and wait unread`, x.Cause)
			assert.Contains(rig.t, x.Change[0], "let the peer speak second")
			next <- "more"
			time.Sleep(settle)
			assert.Equal(rig.t, "recv 5, recv 4", rig.seen())
			assert.Empty(rig.t, rig.dev.Explain().Cause, "what waited has come")
		}, nil},
		espconn.CauseDataNeverRead: {espconn.SDK306SSL(), func(rig *deviceRig) {
			next := greets(rig)
			rig.connect()
			close(next)
			time.Sleep(settle)
			assert.Equal(rig.t, "connect, disconnect", rig.seen())
			x := rig.dev.Explain()
			assert.Contains(rig.t, x.Cause, "were never read: the connection ended before the next segment")
			assert.Contains(rig.t, x.Change[0], "let the peer speak second")
		}, nil},
		espconn.CauseNoReceiver: {manual, func(rig *deviceRig) {
			rig.c.RecvCallback = nil
			connected(rig, 10000)
			assert.Contains(rig.t, rig.dev.Explain().Cause, "may send no more: 5840 bytes fill the receive window")
		}, nil},
	} {
		t.Run(string(id), func(t *testing.T) {
			onDevice(t, r.profile, func(rig *deviceRig) {
				r.play(rig)
				assert.Contains(t, causes(rig.dev), string(id))
			}, r.opts...)
		})
	}
}

// An allowance that comes too late, or limits nothing, is found.
func TestMaxConFindings(t *testing.T) {
	onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
		l := rig.plainListener()
		rig.do(func() {
			rig.TcpSetMaxCon(3) // less than the server has: nothing is lost
			rig.TcpSetMaxConAllow(l, 3)
			rig.TcpSetMaxCon(3) // as many as the server has
		})
		assert.Empty(t, rig.findings())
		rig.do(func() { rig.TcpSetMaxCon(8) })
		assert.Equal(t, []string{espconn.RuleMaxConLate}, rig.findings())
		rig.dialPort(plainPort)
		rig.dialPort(plainPort)
		rig.do(func() { rig.TcpSetMaxConAllow(l, 1) })
		assert.Equal(t, []string{espconn.RuleMaxConLate, espconn.RuleMaxConBelow}, rig.findings())
	})
}

// TestRefusalNamesItsCause: ESPCONN_MEM has several, and each is told by its own: only those of memory advise to free some.
func TestRefusalNamesItsCause(t *testing.T) {
	rows := []struct {
		name    string
		profile espconn.Profile
		want    boundedtls.Cause
		call    func(rig *callRig) espconn.Err
	}{
		{"mutual, connect", espconn.ManualV21(), boundedtls.Cause{ID: espconn.CauseMutualSize, Have: 3073, Limit: 3072},
			func(rig *callRig) espconn.Err {
				rig.SecureSetSize(1, 3073)
				rig.SecureCertReqEnable(1, 0x7A)
				return espconn.Err(rig.connect())
			}},
		{"mutual, accept", espconn.ManualV21(), boundedtls.Cause{ID: espconn.CauseMutualSize, Have: 8192, Limit: 3072},
			func(rig *callRig) espconn.Err {
				rig.certificates()
				rig.SecureSetSize(2, 8192)
				rig.SecureCaEnable(2, 0x7B)
				return rig.SecureAccept(tcp("", 0, 443))
			}},
		{"gate", espconn.SDK306(), boundedtls.Cause{ID: espconn.CauseHeapGate, Have: 16000, Limit: 16385, Object: "2048"},
			func(rig *callRig) espconn.Err {
				rig.heap.leave(16000)
				return espconn.Err(rig.connect())
			}},
		{"block", espconn.ManualV21(), boundedtls.Cause{ID: espconn.CauseNoMemory},
			func(rig *callRig) espconn.Err {
				rig.heap.failAt = 1
				return espconn.Err(rig.connect())
			}},
		{"sockets", espconn.SDK301(), boundedtls.Cause{ID: espconn.CauseSockets, Limit: 3},
			func(rig *callRig) espconn.Err {
				for range 3 {
					assert.Equal(t, 0, rig.connect())
					rig.heap.leave(45224)
				}
				return espconn.Err(rig.connect())
			}},
		{"port", espconn.ManualV21(), boundedtls.Cause{ID: espconn.CausePortTaken, Object: "444"}, takenPort},
		{"port, axTLS", espconn.ManualV10(), boundedtls.Cause{ID: espconn.CausePortTaken, Object: "444"}, takenPort},
		{"interface down", espconn.ManualV21(), boundedtls.Cause{ID: espconn.CauseNoSYN},
			func(rig *callRig) espconn.Err {
				rig.ifc.SetUp(false)
				return espconn.Err(rig.connect())
			}},
	}
	for _, r := range rows {
		rig := newCallRig(r.profile)
		assert.Equal(t, espconn.MEM, r.call(rig), r.name)
		var causes []boundedtls.Cause
		for _, e := range rig.events {
			if e.Kind == espconn.EventCause {
				causes = append(causes, *e.Cause)
			}
		}
		assert.Equal(t, []boundedtls.Cause{r.want}, causes, r.name)
	}
	// A reason holds for one call.
	rig := newCallRig(espconn.ManualV21())
	rig.heap.leave(16000)
	rig.connect()
	assert.Equal(t, espconn.ARG, rig.SecureConnect(nil))
	assert.Equal(t, espconn.CauseNull, rig.events[len(rig.events)-2].Cause.ID)
}

// takenPort accepts on a port that TCP gave to somebody else.
func takenPort(rig *callRig) espconn.Err {
	rig.certificates()
	_, _ = rig.stack.Listen(netip.IPv4Unspecified(), 444, func(*netstack.TCB) netstack.Handler { return nil })
	return rig.SecureAccept(tcp("", 0, 444))
}

// A lookup that begins is refused by nobody.
func TestLookupThatBeginsHasNoCause(t *testing.T) {
	onDevice(t, espconn.ManualV21(), func(rig *deviceRig) {
		rig.do(func() {
			var addr [4]byte
			assert.Equal(t, espconn.INPROGRESS, rig.Gethostbyname(rig.c, "broker.example", &addr, nil))
		})
		assert.Empty(t, causes(rig.dev))
		assert.Equal(t, explain.OutcomeWaiting, rig.dev.Explain().Outcome)
	})
}

// greets lets a server speak first: its greeting of five bytes leaves with the last bytes of its handshake. It says what it is given
// next, and closes TCP, without a close_notify, when there is no more.
func greets(rig *deviceRig) (next chan string) {
	next = make(chan string)
	cfg := rsaServer(rig.t, leaf(rig.t, 0))
	rig.listen(func(c net.Conn) {
		tc := tls.Server(&gate{Conn: c}, cfg)
		if tc.Handshake() != nil {
			return
		}
		_, _ = tc.Write([]byte("hello"))
		for text := range next {
			_, _ = tc.Write([]byte(text))
		}
		_ = c.Close()
	})
	return next
}

// causes returns the ids of the causes in a device's trace.
func causes(d *emulator.Device) (ids []string) {
	for _, e := range d.Trace().Events() {
		if e.Kind == trace.KindCause || e.Kind == trace.KindEnded && e.Source == trace.SourceAPI {
			ids = append(ids, e.Name)
		}
	}
	return slices.Compact(ids)
}
