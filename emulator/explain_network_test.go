package emulator_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// netScene is a device whose firmware does something once it has its address, on a network with a host.
type netScene struct {
	t    *testing.T
	d    *emulator.Device
	sdk  *emulator.SDK
	net  *vnet.Network
	host *vnet.Host // 10.0.0.10
	gate *vnet.Gateway
}

// plainConn is an espconn with all callbacks.
func (s *netScene) plainConn(remote [4]byte, port, local int) *espconn.Espconn {
	c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{
		TCP: &espconn.TCP{RemoteIP: remote, RemotePort: port, LocalPort: local}}}
	s.sdk.RegistConnectcb(c, func(*espconn.Espconn) {})
	s.sdk.RegistDisconcb(c, func(*espconn.Espconn) {})
	s.sdk.RegistReconcb(c, func(*espconn.Espconn, espconn.Err) {})
	s.sdk.RegistRecvcb(c, func(*espconn.Espconn, []byte) {})
	return c
}

func (s *netScene) do(fn func()) { require.NoError(s.t, s.d.Do(fn)) }

// connect connects to the host's port and waits.
func (s *netScene) connect(remote [4]byte, port int) (c *espconn.Espconn) {
	s.do(func() {
		c = s.plainConn(remote, port, 0)
		require.Equal(s.t, espconn.OK, s.sdk.Connect(c))
	})
	time.Sleep(time.Second)
	return c
}

// accept is a server of the device on port 80.
func (s *netScene) accept() (l *espconn.Espconn) {
	s.do(func() {
		l = s.plainConn([4]byte{}, 0, 80)
		require.Equal(s.t, espconn.OK, s.sdk.Accept(l))
	})
	return l
}

// dial is a client of the host; it does not wait for the connection.
func (s *netScene) dial() {
	go func() {
		c, err := s.host.DialContext(s.t.Context(), "tcp", fmt.Sprintf("%v:80", s.d.Addr()))
		if err == nil {
			s.t.Cleanup(func() { _ = c.Close() })
		}
	}()
	time.Sleep(time.Second)
}

// serve accepts on a port of the host.
func (s *netScene) serve(port int, fn func(net.Conn)) {
	l, err := s.host.Listen("tcp", fmt.Sprint(":", port))
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go fn(c)
		}
	}()
}

// spoil lets the device fill the window of a host that does not read at first, and loses the last segment that fits in once, so that only
// its probe arrives.
func (s *netScene) spoil(fn func(net.Conn)) {
	s.serve(1883, fn)
	tcp := func(f vnet.Frame) (head []byte, data int) {
		if f.Data[12] != 8 || f.Data[13] != 0 || f.Data[23] != 6 {
			return nil, 0
		}
		head = f.Data[34:]
		return head, int(binary.BigEndian.Uint16(f.Data[16:])) - 20 - int(head[12]>>4)*4
	}
	edge, lost := uint32(0), false
	s.net.SetFaults("host", "dev", vnet.Faults{Filter: func(f vnet.Frame) vnet.Verdict {
		if head, _ := tcp(f); head != nil {
			edge = binary.BigEndian.Uint32(head[8:]) + uint32(binary.BigEndian.Uint16(head[14:]))
		}
		return vnet.Pass
	}})
	s.net.SetFaults("dev", "host", vnet.Faults{Filter: func(f vnet.Frame) vnet.Verdict {
		head, data := tcp(f)
		if head == nil || data < 1000 || lost || int32(edge-binary.BigEndian.Uint32(head[4:])) >= int32(2*data) {
			return vnet.Pass
		}
		lost = true
		return vnet.Drop
	}})
	c := s.connect([4]byte{10, 0, 0, 10}, 1883)
	s.do(func() {
		s.sdk.RegistSentcb(c, func(c *espconn.Espconn) { s.sdk.Send(c, bytes.Repeat([]byte("x"), 2920)) })
		s.sdk.Send(c, bytes.Repeat([]byte("x"), 1400))
	})
}

// look looks a name up.
func (s *netScene) look(names ...string) {
	s.do(func() {
		var addr [4]byte
		c := s.plainConn([4]byte{}, 0, 0)
		for _, name := range names {
			s.sdk.Gethostbyname(c, name, &addr, func(string, *[4]byte, *espconn.Espconn) {})
		}
	})
	time.Sleep(20 * time.Second)
}

func drainConn(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func dropIP(f vnet.Frame) vnet.Verdict {
	if f.Data[12] == 8 && f.Data[13] == 0 {
		return vnet.Drop
	}
	return vnet.Pass
}

// Whatever the network does is told of the right connection, client or name, with the real counts.
func TestExplainNetwork(t *testing.T) {
	const host = "10.0.0.10"
	rows := []struct {
		name    string
		play    func(s *netScene)
		outcome explain.Outcome
		subject explain.Subject
		id      cause.ID
		want    string // in the text
	}{
		{"SYN without an answer", func(s *netScene) {
			s.net.SetFaults("host", "dev", vnet.Faults{Filter: dropIP})
			s.do(func() { s.sdk.TcpSetMaxSyn(2) })
			s.connect([4]byte{10, 0, 0, 10}, 1883)
			time.Sleep(20 * time.Second)
		}, explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseSYNUnanswered),
			"the SYN to 10.0.0.10:1883 was sent 3 times in 2."},
		{"no host of that address", func(s *netScene) {
			s.connect([4]byte{10, 0, 0, 99}, 1883)
			time.Sleep(20 * time.Second)
		}, explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseSYNNeighbor),
			"nobody answers the ARP requests for 10.0.0.99, so none of the 7 SYNs to 10.0.0.99:1883 left the device in 6."},
		{"nobody listens", func(s *netScene) { s.connect([4]byte{10, 0, 0, 10}, 1883) },
			explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseSYNRefused),
			"10.0.0.10:1883 answered the SYN with a reset"},
		{"the network is gone", func(s *netScene) {
			s.serve(1883, drainConn)
			c := s.connect([4]byte{10, 0, 0, 10}, 1883)
			s.net.SetFaults("host", "dev", vnet.Faults{Filter: dropIP})
			s.do(func() { s.sdk.TcpSetMaxRetran(3); s.sdk.Send(c, []byte("x")) })
			time.Sleep(20 * time.Minute)
		}, explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseDataUnacknowledged),
			"data to 10.0.0.10:1883 was sent 4 times in 7.25 s and never acknowledged: 3 repetitions"},
		{"keepalive", func(s *netScene) {
			s.serve(1883, drainConn)
			c := s.connect([4]byte{10, 0, 0, 10}, 1883)
			s.do(func() {
				s.sdk.SetOpt(c, espconn.KEEPALIVE)
				idle, interval, count := int32(5), int32(2), int32(3)
				s.sdk.SetKeepalive(c, espconn.KEEPIDLE, &idle)
				s.sdk.SetKeepalive(c, espconn.KEEPINTVL, &interval)
				s.sdk.SetKeepalive(c, espconn.KEEPCNT, &count)
			})
			s.net.SetFaults("host", "dev", vnet.Faults{Filter: dropIP})
			time.Sleep(5 * time.Minute)
		}, explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseKeepalive),
			"10.0.0.10:1883 was silent for 11.25 s and answered none of the 3 keepalive probes"},
		{"peer resets", func(s *netScene) {
			s.serve(1883, func(c net.Conn) {
				time.Sleep(3 * time.Second)
				_ = c.(interface{ SetLinger(int) error }).SetLinger(0)
				_ = c.Close()
			})
			s.connect([4]byte{10, 0, 0, 10}, 1883)
			time.Sleep(5 * time.Second)
		}, explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseReset),
			"10.0.0.10:1883 reset the connection 3 s after it was made"},
		{"peer closes", func(s *netScene) {
			s.serve(1883, func(c net.Conn) { _ = c.Close() })
			s.connect([4]byte{10, 0, 0, 10}, 1883)
		}, explain.OutcomeIdle, explain.SubjectConnection, cause.ID(espconn.CausePeerClosed), "the peer closed the connection"},
		{"peer does not read", func(s *netScene) {
			s.serve(1883, func(net.Conn) { <-s.t.Context().Done() })
			c := s.connect([4]byte{10, 0, 0, 10}, 1883)
			s.do(func() { s.sdk.RegistSentcb(c, func(c *espconn.Espconn) { s.sdk.Send(c, make([]byte, 1460)) }) })
			s.do(func() { s.sdk.Send(c, make([]byte, 1460)) })
			time.Sleep(5 * time.Minute)
		}, explain.OutcomeConnected, explain.SubjectConnection, cause.ID(netstack.CauseWindowShut),
			"the receive window of 10.0.0.10:1883 has been"},
		{"peer is gone, and data waits", func(s *netScene) {
			s.serve(1883, func(net.Conn) { <-s.t.Context().Done() })
			c := s.connect([4]byte{10, 0, 0, 10}, 1883)
			s.d.Network().Partition([]string{"dev"}, []string{"host"})
			s.do(func() { s.sdk.Send(c, make([]byte, 100)) })
			time.Sleep(8 * time.Minute)
			assert.Equal(s.t, "the last connection works, but not all is well", s.d.Explain().Headline())
		}, explain.OutcomeConnected, explain.SubjectConnection, cause.ID(netstack.CauseDataRepeated),
			"has acknowledged nothing for 383 s"},
		{"peer was gone for a while", func(s *netScene) {
			s.serve(1883, func(net.Conn) { <-s.t.Context().Done() })
			c := s.connect([4]byte{10, 0, 0, 10}, 1883)
			s.do(func() { s.sdk.RegistSentcb(c, func(*espconn.Espconn) {}) })
			s.d.Network().Partition([]string{"dev"}, []string{"host"})
			s.do(func() { s.sdk.Send(c, make([]byte, 100)) })
			time.Sleep(time.Minute)
			s.d.Network().Heal()
			time.Sleep(2 * time.Minute)
		}, explain.OutcomeConnected, explain.SubjectConnection, "", ""},
		{"a probe's byte that the peer takes", func(s *netScene) {
			s.spoil(func(net.Conn) { <-s.t.Context().Done() })
			time.Sleep(time.Minute)
			assert.Contains(s.t, s.d.Explain().String(), espconn.RuleStreamSpoilt)
		}, explain.OutcomeConnected, explain.SubjectConnection, cause.ID(netstack.CauseProbeTaken),
			"is wrong there: a zero-window probe put 0x02"},
		{"a probe's byte that the peer takes, and notices", func(s *netScene) {
			s.spoil(func(c net.Conn) {
				time.Sleep(time.Minute)
				_ = c.(interface{ SetLinger(int) error }).SetLinger(0)
				_ = c.Close()
			})
			time.Sleep(2 * time.Minute)
		}, explain.OutcomeFailed, explain.SubjectConnection, cause.ID(netstack.CauseProbeTaken),
			"and the peer took it; 10.0.0.10:1883 reset the connection"},
		{"server's limit of silence", func(s *netScene) {
			s.accept()
			s.dial()
			time.Sleep(time.Minute)
		}, explain.OutcomeIdle, explain.SubjectConnection, cause.ID(espconn.CauseIdle),
			"10 s of silence are the limit, set by espconn_accept"},
		{"limit of the firmware's own", func(s *netScene) {
			l := s.accept()
			s.do(func() { s.sdk.RegistTime(l, 30, 0) })
			s.dial()
			time.Sleep(time.Minute)
		}, explain.OutcomeIdle, explain.SubjectConnection, cause.ID(espconn.CauseIdle),
			"30 s of silence are the limit, set by espconn_regist_time of the server"},
		{"a client too many", func(s *netScene) {
			s.accept()
			s.do(func() { s.sdk.TcpSetMaxCon(8) })
			for range 6 {
				s.dial()
			}
		}, explain.OutcomeFailed, explain.SubjectClient, cause.ID(espconn.CauseClientsFull),
			"the server has 5 of 5 connections, and resets one more"},
		{"a SYN too many", func(s *netScene) {
			s.accept()
			for range 6 {
				s.dial()
			}
		}, explain.OutcomeFailed, explain.SubjectClient, cause.ID(netstack.CauseConnectionLimit),
			"was ignored: 5 of 5 connections are established"},
		{"datagrams before ARP's answer", func(s *netScene) {
			s.do(func() {
				udp := &espconn.UDP{RemoteIP: [4]byte{10, 0, 0, 10}, RemotePort: 9, LocalPort: 4444}
				c := &espconn.Espconn{Type: espconn.TypeUDP, Proto: espconn.Proto{UDP: udp}}
				s.sdk.Create(c)
				for range 50 {
					assert.Equal(s.t, espconn.OK, s.sdk.Send(c, []byte("x")))
				}
			})
			time.Sleep(time.Second)
		}, explain.OutcomeFailed, explain.SubjectDevice, cause.ID(netstack.CauseARPQueue),
			"which are 3: packets that were dropped although the sends returned 0: 47"},
		{"no such name", func(s *netScene) { s.look("bogus.example") },
			explain.OutcomeFailed, explain.SubjectLookup, cause.ID(netstack.CauseDNSNoName),
			"10.0.0.1:53 says that bogus.example does not exist (NXDOMAIN); the device ignores error answers: " +
				"it sent 4 queries, and the NULL came after"},
		{"two names at once", func(s *netScene) {
			s.look("broker.example", "bogus.example")
			all := s.d.Explanations()
			require.Len(s.t, all, 2)
			assert.Contains(s.t, all[1].Cause, "answers for broker.example came, each after the device had sent another query")
		}, explain.OutcomeFailed, explain.SubjectLookup, cause.ID(netstack.CauseDNSNoName), ""},
		{"no DNS server", func(s *netScene) {
			s.do(func() { s.sdk.DnsSetserver(0, &[4]byte{10, 0, 0, 98}) })
			s.look("broker.example")
		}, explain.OutcomeFailed, explain.SubjectLookup, cause.ID(netstack.CauseDNSNeighbor),
			"none of the 4 queries for broker.example left the device"},
		{"a DNS server that is silent", func(s *netScene) {
			s.net.SetFaults("gateway", "dev", vnet.Faults{Filter: dropIP})
			s.look("broker.example")
		}, explain.OutcomeFailed, explain.SubjectLookup, cause.ID(netstack.CauseDNSUnanswered),
			"the DNS server 10.0.0.1:53 answered none of the 4 queries for broker.example in 7 s"},
		{"no DHCP server", func(s *netScene) {
			s.net.SetFaults("gateway", "dev", vnet.Faults{Filter: dropIP})
			s.do(s.sdk.SystemRestart)
			time.Sleep(20 * time.Second)
		}, explain.OutcomeFailed, explain.SubjectDevice, cause.ID(netstack.CauseDHCPNoOffer),
			"no DHCP server has offered an address in 1"},
		{"a DISCOVER that finds no memory", func(s *netScene) {
			s.net.SetFaults("gateway", "dev", vnet.Faults{Filter: dropIP})
			s.do(s.sdk.SystemRestart)
			time.Sleep(5 * time.Second)
			s.d.FailBlock("pbuf", 1)
			time.Sleep(15 * time.Second)
			x := s.d.Explain()
			assert.Contains(s.t, x.Cause, "no memory for pbuf")
			assert.Contains(s.t, x.Change[0], "free heap")
		}, explain.OutcomeFailed, explain.SubjectDevice, cause.ID(netstack.CauseDHCPNoOffer),
			"no DHCP server has offered an address in 1"},
		{"a name that is found", func(s *netScene) { s.look("broker.example") },
			explain.OutcomeIdle, explain.SubjectDevice, "", "broker.example is 10.0.0.10"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &netScene{t: t, net: vnet.New(vnet.Options{Seed: 1})}
				t.Cleanup(func() { _ = s.net.Close() })
				s.host = s.net.Host("host", netip.MustParseAddr(host))
				s.gate = s.net.Gateway(vnet.GatewayConfig{})
				s.gate.SetName("broker.example", netip.MustParseAddr(host))
				s.d = emulator.NewTest(t, emulator.Config{Network: s.net, Name: "dev", Seed: 1})
				require.NoError(t, s.d.Boot(emulator.Go(func(sdk *emulator.SDK) { s.sdk = sdk })))
				time.Sleep(10 * time.Second)
				r.play(s)
				x := s.d.Explain()
				t.Logf("%s", x)
				assert.Equal(t, r.outcome, x.Outcome, "%s", x)
				assert.Equal(t, r.subject, x.Subject, "%s", x)
				assert.Equal(t, r.id, x.CauseID, "%s", x)
				assert.Contains(t, x.String(), r.want)
			})
		})
	}
}
