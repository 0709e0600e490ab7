package espconn_test

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// TestPlainClientOrder: the callbacks of a client, in order, with the peer closing, resetting and refusing, and with the
// firmware closing (espconn.md 4.6, 8). All profiles agree.
func TestPlainClientOrder(t *testing.T) {
	answer := func(end func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) {
			buf := make([]byte, 5)
			_, _ = io.ReadFull(c, buf)
			_, _ = c.Write([]byte("answer"))
			time.Sleep(time.Second)
			end(c)
		}
	}
	reset := func(c net.Conn) {
		_ = c.(interface{ SetLinger(int) error }).SetLinger(0)
		_ = c.Close()
	}
	rows := []struct {
		name string
		peer func(net.Conn) // nil: nobody listens
		recv func(rig *plainDeviceRig, c *espconn.Espconn)
		want string
	}{
		{"peer closes", answer(func(c net.Conn) { _ = c.Close() }), nil, "connect, sent, recv 6, disconnect"},
		{"peer resets", answer(reset), nil, "connect, sent, recv 6, reconnect -9"},
		{"refused", nil, nil, "reconnect -9"},
		{"device closes", answer(holdPlain), func(rig *plainDeviceRig, c *espconn.Espconn) {
			assert.Equal(rig.t, espconn.OK, rig.sdk.Disconnect(c))
		}, "connect, sent, recv 6, disconnect"},
		{"device aborts", answer(holdPlain), func(rig *plainDeviceRig, c *espconn.Espconn) {
			assert.Equal(rig.t, espconn.OK, rig.sdk.Abort(c))
		}, "connect, sent, recv 6, disconnect"},
	}
	for _, r := range rows {
		for _, profile := range plainProfiles {
			t.Run(r.name+"/"+profile, func(t *testing.T) {
				onPlainDevice(t, profile, func(rig *plainDeviceRig) {
					if r.peer != nil {
						rig.serve(80, r.peer)
					}
					c := rig.conn(tcp("10.0.0.9", 80, 4000))
					rig.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.sdk.Send(c, []byte("hello"))) }
					rig.hook["recv"] = func(c *espconn.Espconn) {
						assert.Equal(t, espconn.StateRead, c.State)
						if r.recv != nil {
							r.recv(rig, c)
						}
					}
					before := rig.dev.HeapStats().Blocks
					rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.Connect(c)) })
					rig.sleep(time.Minute)
					assert.Equal(t, r.want, rig.seen())
					assert.Equal(t, espconn.StateClose, c.State)
					rig.sleep(5 * time.Minute) // TIME_WAIT
					assert.Equal(t, before, rig.dev.HeapStats().Blocks)
				})
			})
		}
	}
}

// TestPlainSilentHost: a host that is not there ends in reconnect -11 after six SYNs more (espconn.md 8, lwip.md 4.1).
func TestPlainSilentHost(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		c := rig.conn(tcp("10.0.0.77", 80, 4000))
		start := time.Now()
		var after time.Duration
		rig.hook["reconnect"] = func(*espconn.Espconn) { after = time.Since(start) }
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(time.Minute)
		assert.Equal(t, "reconnect -11", rig.seen())
		assert.InDelta(t, 6.25, after.Seconds(), 0.25)
	})
}

// TestPlainSilentHostByLimits: a SYN given up is -11 at the SYN's limit, and -8 if the limit of data ended it before (espconn.md 4.6).
func TestPlainSilentHostByLimits(t *testing.T) {
	for _, c := range []struct {
		syn, data uint8
		want      string
	}{
		{3, 12, "reconnect -11"}, {3, 3, "reconnect -11"}, {3, 2, "reconnect -8"}, {6, 1, "reconnect -8"},
	} {
		t.Run(fmt.Sprint(c.syn, c.data), func(t *testing.T) {
			onPlainDevice(t, "SDK306", func(rig *plainDeviceRig) {
				k := rig.conn(tcp("10.0.0.77", 80, 4000))
				rig.do(func() {
					assert.Equal(t, espconn.OK, rig.sdk.TcpSetMaxSyn(c.syn))
					assert.Equal(t, espconn.OK, rig.sdk.TcpSetMaxRetran(c.data))
					assert.Equal(t, espconn.OK, rig.sdk.Connect(k))
				})
				rig.sleep(time.Minute)
				assert.Equal(t, c.want, rig.seen())
			})
		})
	}
}

// TestPlainServer: the arguments of a server's callbacks, the copy's fields, idle time-out, its own limit
// (espconn.md 4.2 to 4.5, 5.11).
func TestPlainServer(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		s := rig.conn(tcp("", 0, 80))
		s.Reverse = "server"
		var copied *espconn.Espconn
		reverse := "server"
		rig.hook["connect"] = func(c *espconn.Espconn) {
			copied = c
			assert.NotSame(t, s, c)
			assert.Equal(t, reverse, c.Reverse)
			assert.Equal(t, []espconn.State{espconn.StateConnect, espconn.StateConnect}, []espconn.State{c.State, s.State})
			assert.Equal(t, [4]byte{10, 0, 0, 9}, c.Proto.TCP.RemoteIP)
			assert.Equal(t, c.Proto.TCP.RemotePort, s.Proto.TCP.RemotePort)
			c.Reverse = "mine"
			reverse = "mine" // it comes back with the connection's end (espconn.md 4.4)
		}
		rig.hook["recv"] = func(c *espconn.Espconn) {
			assert.Same(t, copied, c)
			assert.Equal(t, espconn.OK, rig.sdk.Send(c, []byte("pong")))
		}
		ended := time.Time{}
		rig.hook["disconnect"] = func(c *espconn.Espconn) {
			assert.Same(t, s, c)
			assert.Equal(t, "mine", c.Reverse)
			assert.Equal(t, espconn.StateClose, c.State)
			ended = time.Now()
		}
		rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.Accept(s)) })
		before := rig.dev.HeapStats().Blocks
		c := rig.dial(80)
		_, _ = c.Write([]byte("ping"))
		buf := make([]byte, 8)
		n, err := c.Read(buf)
		require.NoError(t, err)
		assert.Equal(t, "pong", string(buf[:n]))
		start := time.Now()
		_, err = c.Read(buf)
		assert.ErrorIs(t, err, io.EOF)
		rig.do(func() {})
		assert.InDelta(t, 10, ended.Sub(start).Seconds(), 1)
		assert.Equal(t, "connect, recv 4, sent, disconnect", rig.seen())
		_ = c.Close()
		rig.sleep(5 * time.Minute)
		assert.Equal(t, before, rig.dev.HeapStats().Blocks)

		rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.RegistTime(s, 0, 0)) }) // never
		rig.dial(80)
		rig.sleep(time.Hour)
		rig.do(func() {
			assert.Equal(t, espconn.INPROGRESS, rig.sdk.Delete(s))
			assert.Equal(t, espconn.OK, rig.sdk.RegistTime(copied, 3, 1))
		})
		rig.sleep(10 * time.Second)
		assert.True(t, strings.HasSuffix(rig.seen(), "connect, disconnect"))
		rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.Delete(s)) })
	})
}

// TestPlainFiveConnections: the sixth client waits for a place, and is served when there is one (espconn.md 5.2).
func TestPlainFiveConnections(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		s := rig.conn(tcp("", 0, 80))
		counts := []uint8{}
		rig.hook["connect"] = func(c *espconn.Espconn) { counts = append(counts, c.LinkCnt) }
		rig.do(func() {
			rig.sdk.Accept(s)
			rig.sdk.RegistTime(s, 0, 0)
		})
		var conns []net.Conn
		for range 5 {
			conns = append(conns, rig.dial(80))
		}
		sixth := make(chan struct{})
		go func() {
			rig.dial(80)
			close(sixth)
		}()
		rig.sleep(2 * time.Second)
		assert.Len(t, counts, 5)
		rig.do(func() {
			var info []espconn.RemotInfo
			assert.Equal(t, espconn.OK, rig.sdk.GetConnectionInfo(s, &info, 0))
			assert.Len(t, info, 5)
			assert.Equal(t, uint8(5), s.LinkCnt)
			assert.Equal(t, espconn.ISCONN, rig.sdk.Connect(tcp("10.0.0.9", 80, 4000)))
		})
		_ = conns[0].Close()
		<-sixth
		rig.sleep(time.Second)
		assert.Equal(t, []uint8{0, 1, 2, 3, 4, 4}, counts)
	})
}

// TestPlainLongSend: 65,535 bytes go out with one sent callback; a send before it is refused (espconn.md 5.7).
func TestPlainLongSend(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		var got atomic.Int64
		rig.serve(80, func(c net.Conn) {
			n, _ := io.Copy(io.Discard, c)
			got.Store(n)
		})
		c := rig.conn(tcp("10.0.0.9", 80, 4000))
		data := pattern(0, 65535)
		rig.hook["connect"] = func(c *espconn.Espconn) {
			assert.Equal(t, espconn.OK, rig.sdk.Send(c, data))
			assert.Equal(t, espconn.MAXNUM, rig.sdk.Send(c, data[:1]))
		}
		rig.hook["sent"] = func(c *espconn.Espconn) {
			var p espconn.Packet
			assert.Equal(t, espconn.OK, rig.sdk.GetPacketInfo(c, &p))
			assert.Equal(t, espconn.Packet{SentLength: 65535, SndBufSize: 2920, SndQueuelen: 8, TotalQueuelen: 8, Packseqno: p.Packseqno,
				PackseqNxt: p.PackseqNxt}, p)
			rig.sdk.Disconnect(c)
		}
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(5 * time.Minute)
		assert.Equal(t, "connect, sent, disconnect", rig.seen())
		assert.Equal(t, int64(65535), got.Load())
	})
}

// TestPlainCopy: with COPY sends queue up to TCP's eight segments, and write_finish tells that one was handed over
// (espconn.md 5.7).
func TestPlainCopy(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		rig.serve(80, holdPlain)
		c := rig.conn(tcp("10.0.0.9", 80, 4000))
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(time.Second)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.sdk.SetOpt(c, espconn.COPY))
			var got []espconn.Err
			for range 9 {
				got = append(got, rig.sdk.Send(c, []byte("0123456789")))
			}
			assert.Equal(t, append(make([]espconn.Err, 8), espconn.MAXNUM), got)
		})
		rig.sleep(time.Second)
		seen := strings.Split(rig.seen(), ", ")
		assert.Equal(t, append([]string{"connect"}, append(slices.Repeat([]string{"write_finish"}, 8),
			slices.Repeat([]string{"sent"}, 8)...)...), seen)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.sdk.Send(c, make([]byte, 10000)))
			assert.Equal(t, espconn.ARG, rig.sdk.Send(c, make([]byte, 1)), "not handed over yet")
		})
	})
}

// TestPlainHold: a held connection gives at most the window to the firmware until it is let go (espconn.md 5.16).
func TestPlainHold(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		rig.serve(80, func(c net.Conn) {
			time.Sleep(time.Second)
			_, _ = c.Write(make([]byte, 20000))
			holdPlain(c)
		})
		c := rig.conn(tcp("10.0.0.9", 80, 4000))
		total := 0
		c.RecvCallback = func(_ *espconn.Espconn, d []byte) { total += len(d) }
		rig.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.sdk.RecvHold(c)) }
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(time.Minute)
		assert.Equal(t, 5840, total)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.RecvUnhold(c)) })
		rig.sleep(time.Minute)
		assert.Equal(t, 20000, total)
	})
}

// TestPlainManualRecv: with MANUALRECV the callback only says how much waits (espconn.md 5.16).
func TestPlainManualRecv(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		rig.serve(80, func(c net.Conn) {
			time.Sleep(time.Second)
			_, _ = c.Write(pattern(0, 9000))
			holdPlain(c)
		})
		c := rig.conn(tcp("10.0.0.9", 80, 4000))
		most := int16(0)
		c.RecvCallback = func(c *espconn.Espconn, d []byte) {
			assert.Nil(t, d)
			most = max(most, rig.sdk.RecvedLen(c))
		}
		rig.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.sdk.SetOpt(c, espconn.MANUALRECV)) }
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(time.Minute)
		assert.Equal(t, int16(5840), most)
		var got []byte
		for range 20 {
			rig.do(func() {
				mem := make([]byte, 1000)
				got = append(got, mem[:rig.sdk.Recv(c, mem)]...)
			})
			time.Sleep(time.Minute)
		}
		assert.Equal(t, pattern(0, 9000), got)
	})
}

// TestNoManualRecv: SDK 2.0.0 and 2.1.0 have no option MANUALRECV: data comes with the callback, and the connection ends as ever
// (espconn.md 5.16).
func TestNoManualRecv(t *testing.T) {
	for _, none := range []bool{false, true} {
		p := espconn.SDK306SSL()
		p.NoManualRecv = none
		onPlainDeviceOf(t, p, func(rig *plainDeviceRig) {
			rig.serve(80, func(c net.Conn) {
				_, _ = c.Write(pattern(0, 100))
				_ = c.Close()
			})
			c := rig.conn(tcp("10.0.0.9", 80, 4000))
			var got []byte
			c.RecvCallback = func(_ *espconn.Espconn, d []byte) { got = append(got, d...) }
			rig.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.sdk.SetOpt(c, espconn.MANUALRECV)) }
			rig.do(func() { rig.sdk.Connect(c) })
			rig.sleep(time.Minute)
			if none {
				assert.Equal(t, pattern(0, 100), got)
			} else {
				assert.Empty(t, got)
			}
		})
	}
}

// TestPlainNoRecvCallback: what comes without a recv callback waits for Recv, and holds the connection (espconn.md 5.16).
func TestPlainNoRecvCallback(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		rig.serve(80, func(c net.Conn) {
			time.Sleep(time.Second)
			_, _ = c.Write([]byte("early"))
			holdPlain(c)
		})
		c := rig.conn(tcp("10.0.0.9", 80, 4000))
		c.RecvCallback = nil
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(time.Minute)
		rig.do(func() {
			mem := make([]byte, 10)
			assert.Equal(t, int16(5), rig.sdk.RecvedLen(c))
			assert.Equal(t, int16(5), rig.sdk.Recv(c, mem))
			assert.Equal(t, int16(0), rig.sdk.Recv(c, mem))
			assert.Equal(t, "early", string(mem[:5]))
		})
	})
}

// TestPlainRingWithoutMemory: without memory for the ring, be it for its head or for its data, TCP offers again what came, and
// nothing of it is lost (espconn.md 5.16, lwip.md 2).
func TestPlainRingWithoutMemory(t *testing.T) {
	for _, block := range []string{"receive ring", "receive ring data"} {
		onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
			rig.serve(80, func(c net.Conn) {
				time.Sleep(time.Second)
				rig.dev.FailBlock(block, 1)
				_, _ = c.Write([]byte("early"))
				holdPlain(c)
			})
			c := rig.conn(tcp("10.0.0.9", 80, 4000))
			c.RecvCallback = nil
			rig.do(func() { rig.sdk.Connect(c) })
			rig.sleep(1100 * time.Millisecond)
			rig.do(func() { assert.Zero(t, rig.sdk.RecvedLen(c), block) })
			rig.sleep(time.Minute)
			rig.do(func() {
				mem := make([]byte, 10)
				assert.Equal(t, int16(5), rig.sdk.Recv(c, mem), block)
				assert.Equal(t, "early", string(mem[:5]))
			})
		})
	}
}

// TestPlainHeldBytes: held bytes are those of which TCP was not told, read or not. Once it was told, the window is open and a
// disconnect is a FIN; while it was not, it is a reset (espconn.md 4.6, 5.16).
func TestPlainHeldBytes(t *testing.T) {
	const n = 2000
	unhold := func(rig *plainDeviceRig, c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.sdk.RecvUnhold(c)) }
	read := func(k int) func(rig *plainDeviceRig, c *espconn.Espconn) {
		return func(rig *plainDeviceRig, c *espconn.Espconn) {
			assert.EqualValues(t, k, rig.sdk.Recv(c, make([]byte, k)))
		}
	}
	for _, row := range []struct {
		name     string
		callback bool // registered: the data is delivered at once
		hold     bool
		calls    []func(rig *plainDeviceRig, c *espconn.Espconn)
		waits    int16
		end      error // what the peer reads
	}{
		{"delivered", true, false, nil, 0, io.EOF},
		{"delivered and held", true, true, nil, 0, syscall.ECONNRESET},
		{"delivered, held and unheld", true, true, []func(*plainDeviceRig, *espconn.Espconn){unhold}, 0, io.EOF},
		{"waits", false, false, nil, n, syscall.ECONNRESET},
		{"waits, unheld", false, false, []func(*plainDeviceRig, *espconn.Espconn){unhold}, n, io.EOF},
		{"waits, a part read", false, false, []func(*plainDeviceRig, *espconn.Espconn){read(500)}, n - 500, syscall.ECONNRESET},
		{"waits, a part read, unheld", false, false, []func(*plainDeviceRig, *espconn.Espconn){read(500), unhold}, n - 500, io.EOF},
		{"waits, unheld, a part read", false, false, []func(*plainDeviceRig, *espconn.Espconn){unhold, read(500)}, n - 500, io.EOF},
		{"waits, all read", false, false, []func(*plainDeviceRig, *espconn.Espconn){read(n)}, 0, io.EOF},
	} {
		t.Run(row.name, func(t *testing.T) {
			onPlainDevice(t, "SDK306", func(rig *plainDeviceRig) {
				var end error
				rig.serve(80, func(c net.Conn) {
					time.Sleep(time.Second)
					_, _ = c.Write(make([]byte, n))
					_, end = c.Read(make([]byte, 1))
				})
				c := rig.conn(tcp("10.0.0.9", 80, 4000))
				if !row.callback {
					c.RecvCallback = nil
				}
				rig.do(func() { rig.sdk.Connect(c) })
				rig.sleep(500 * time.Millisecond)
				if row.hold {
					rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.RecvHold(c)) })
				}
				rig.sleep(time.Second)
				rig.do(func() {
					for _, call := range row.calls {
						call(rig, c)
					}
					assert.Equal(t, row.waits, rig.sdk.RecvedLen(c))
					assert.Equal(t, espconn.OK, rig.sdk.Disconnect(c))
				})
				rig.sleep(time.Second)
				assert.ErrorIs(t, end, row.end)
			})
		})
	}
}

// TestPlainKeepalive: a peer that vanishes ends in reconnect -8 after idle and three probes (espconn.md 5.15).
func TestPlainKeepalive(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		rig.serve(80, holdPlain)
		c := rig.conn(tcp("10.0.0.9", 80, 4000))
		rig.hook["connect"] = func(c *espconn.Espconn) {
			rig.sdk.SetOpt(c, espconn.KEEPALIVE)
			for level, v := range []int32{5, 2, 3} {
				assert.Equal(t, espconn.OK, rig.sdk.SetKeepalive(c, uint8(level), &v))
				got := int32(0)
				assert.Equal(t, espconn.OK, rig.sdk.GetKeepalive(c, uint8(level), &got))
				assert.Equal(t, v, got)
			}
		}
		rig.do(func() { rig.sdk.Connect(c) })
		rig.sleep(time.Second)
		start := time.Now()
		rig.hook["reconnect"] = func(*espconn.Espconn) { assert.InDelta(t, 11, time.Since(start).Seconds(), 1.5) }
		rig.network.Partition([]string{"peer"})
		rig.sleep(time.Minute)
		assert.Equal(t, "connect, reconnect -8", rig.seen())
	})
}

// TestPlainStuckSend: a send that found no memory stays queued in the SDK, and nothing is ever sent again (oracle/espconn
// FINDINGS A7).
func TestPlainStuckSend(t *testing.T) {
	for profile, want := range map[string]espconn.Err{"ManualV21": espconn.OK, "SDK306": espconn.MAXNUM} {
		t.Run(profile, func(t *testing.T) {
			onPlainDevice(t, profile, func(rig *plainDeviceRig) {
				rig.serve(80, holdPlain)
				c := rig.conn(tcp("10.0.0.9", 80, 4000))
				rig.do(func() { rig.sdk.Connect(c) })
				rig.sleep(time.Second)
				rig.do(func() {
					var blocks []uint32
					for _, n := range []uint32{8192, 1024, 256} { // leaves less than a segment
						for p := rig.sdk.OsMalloc(n); p != 0 && rig.sdk.SystemGetFreeHeapSize() > 600; p = rig.sdk.OsMalloc(n) {
							blocks = append(blocks, p)
						}
					}
					assert.Equal(t, espconn.MEM, rig.sdk.Send(c, make([]byte, 500)))
					for _, p := range blocks {
						rig.sdk.OsFree(p)
					}
				})
				rig.sleep(time.Minute)
				rig.do(func() { assert.Equal(t, want, rig.sdk.Send(c, make([]byte, 500))) })
			})
		})
	}
}

// TestPlainUDP: splitting, the sent callback inside the call, the sender, broadcast and multicast (espconn.md 5.8, 5.9,
// 5.19).
func TestPlainUDP(t *testing.T) {
	onPlainDevice(t, "ManualV21", func(rig *plainDeviceRig) {
		u := rig.conn(udpConn("10.0.0.9", 9, 7000))
		pc, err := rig.host.ListenPacket("udp", ":9")
		require.NoError(t, err)
		sizes := make(chan int, 10)
		go func() {
			buf := make([]byte, 4096)
			for {
				n, _, err := pc.ReadFrom(buf)
				if err != nil {
					close(sizes)
					return
				}
				sizes <- n
			}
		}()
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.sdk.Create(u))
			assert.Equal(t, espconn.OK, rig.sdk.Sendto(u, make([]byte, 4000)))
			assert.Equal(t, []string{"sent"}, rig.log, "inside the call")
			assert.Equal(t, espconn.StateConnect, u.State)
		})
		assert.Equal(t, []int{1472, 1472, 1056}, []int{<-sizes, <-sizes, <-sizes})
		_ = pc.Close()
		rig.do(func() { rig.log = nil })

		from, err := rig.host.ListenPacket("udp", ":1234")
		require.NoError(t, err)
		_, err = from.WriteTo([]byte("hello"), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 7000})
		require.NoError(t, err)
		_, err = from.WriteTo(nil, &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 7000})
		require.NoError(t, err)
		_, err = from.WriteTo([]byte("all"), &net.UDPAddr{IP: net.IPv4bcast, Port: 7000})
		require.NoError(t, err)
		group := &net.UDPAddr{IP: net.IPv4(239, 1, 1, 1), Port: 7000}
		_, err = from.WriteTo([]byte("not yet"), group)
		require.NoError(t, err)
		rig.sleep(time.Second)
		rig.do(func() {
			assert.Equal(t, espconn.OK, rig.sdk.IgmpJoin([4]byte{}, [4]byte{239, 1, 1, 1}))
			assert.Equal(t, [4]byte{10, 0, 0, 2}, u.Proto.UDP.LocalIP)
			assert.Equal(t, 9, u.Proto.UDP.RemotePort, "not the sender's")
			var info []espconn.RemotInfo
			assert.Equal(t, espconn.OK, rig.sdk.GetConnectionInfo(u, &info, 0))
			assert.Equal(t, 1234, info[0].RemotePort)
		})
		_, err = from.WriteTo([]byte("group"), group)
		require.NoError(t, err)
		rig.sleep(time.Second)
		rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.IgmpLeave([4]byte{}, [4]byte{239, 1, 1, 1})) })
		_, err = from.WriteTo([]byte("no more"), group)
		require.NoError(t, err)
		rig.sleep(time.Second)
		assert.Equal(t, "recv 5, recv 3, recv 5", rig.seen())
	})
}

// TestPlainNames: a name is found, an unknown one fails after 6 to 7 s, of two at a time the later is found first
// (espconn.md 5.18, lwip.md 12).
func TestPlainNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		g := network.Gateway(vnet.GatewayConfig{})
		g.SetName("a.test", netip.MustParseAddr("10.0.0.9"))
		g.SetName("b.test", netip.MustParseAddr("10.0.0.8"))
		d := emulator.NewTest(t, emulator.Config{Network: network, Seed: 1})
		t.Cleanup(func() { _ = network.Close() })
		var sdk *emulator.SDK
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
		time.Sleep(20 * time.Second)
		var log []string
		start := time.Now()
		look := func(name string) {
			var addr [4]byte
			assert.Equal(t, espconn.INPROGRESS, sdk.Gethostbyname(nil, name, &addr, func(name string, ip *[4]byte, arg *espconn.Espconn) {
				assert.Nil(t, arg)
				s := "none"
				if ip != nil {
					s = netip.AddrFrom4(*ip).String()
				}
				log = append(log, fmt.Sprintf("%s %s %d", name, s, int(time.Since(start).Seconds())))
			}))
		}
		require.NoError(t, d.Do(func() { look("a.test"); look("b.test") }))
		time.Sleep(30 * time.Second)
		require.NoError(t, d.Do(func() {
			start = time.Now()
			look("nobody.test")
		}))
		time.Sleep(30 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Len(t, log, 3)
			assert.Equal(t, "b.test 10.0.0.8 0", log[0])
			assert.Regexp(t, `^a\.test 10\.0\.0\.9 [01]$`, log[1])
			assert.Regexp(t, `^nobody\.test none [67]$`, log[2])
		}))
	})
}

// An espconn whose type is not TCP any more gives its clients no connect callback, and its hold is forgotten without opening the window
// (espconn.md 4.4, 5.16).
func TestPlainTypeChanged(t *testing.T) {
	for typ, want := range map[espconn.Type]string{espconn.TypeTCP: "connect, recv 5, disconnect", 1: "recv 5, disconnect"} {
		onPlainDevice(t, "SDK306", func(rig *plainDeviceRig) {
			l := rig.conn(tcp("", 0, 80))
			rig.do(func() {
				assert.Equal(t, espconn.OK, rig.sdk.Accept(l))
				l.Type = typ
			})
			c := rig.dial(80)
			_, err := c.Write([]byte("hello"))
			require.NoError(t, err)
			rig.sleep(time.Second)
			require.NoError(t, c.Close())
			rig.sleep(time.Second)
			assert.Equal(t, want, rig.seen())

			rig.dial(80) // its clients are only counted while it is of type TCP
			rig.dial(80)
			rig.sleep(time.Second)
			rig.do(func() {
				clients, deleted := uint8(1), espconn.INPROGRESS
				if typ != espconn.TypeTCP {
					clients, deleted = 0, espconn.OK
				}
				assert.Equal(t, clients, l.LinkCnt, "when the second came")
				assert.Equal(t, deleted, rig.sdk.Delete(l))
			})
		})
		onPlainDevice(t, "SDK306", func(rig *plainDeviceRig) {
			rig.serve(81, func(c net.Conn) {
				for range 100 {
					_, err := c.Write(make([]byte, 1000))
					if err != nil {
						return
					}
				}
			})
			c := rig.conn(tcp(serverAddr, 81, 4001))
			rig.hook["connect"] = func(c *espconn.Espconn) { assert.Equal(t, espconn.OK, rig.sdk.RecvHold(c)) }
			received := 0
			rig.hook["recv"] = func(*espconn.Espconn) { received++ }
			rig.do(func() { assert.Equal(t, espconn.OK, rig.sdk.Connect(c)) })
			rig.sleep(10 * time.Second)
			var before int
			rig.do(func() {
				before = received
				c.Type = typ
				assert.Equal(t, espconn.OK, rig.sdk.RecvUnhold(c))
			})
			rig.sleep(20 * time.Second)
			rig.do(func() {
				assert.Equal(t, typ == espconn.TypeTCP, received > before, "%d, then %d calls", before, received)
			})
		})
	}
}
