package cabi

import (
	"net/netip"
	"strings"

	"github.com/emu8266/emu8266/espconn"
)

// Layouts of what the plain functions write (espconn.md 2).
const (
	remotInfoSize = 12
	remotInfoMax  = 15
	packetSize    = 20
)

// plainFunctions are the functions of espconn.h for plain TCP, UDP and DNS, and those that the SDK exports without a
// declaration (espconn.md 5).
var plainFunctions = map[string]Function{
	"espconn_connect":    keepsConn("espconn_connect", onConn((*espconn.API).Connect).call),
	"espconn_accept":     keepsConn("espconn_accept", onConn((*espconn.API).Accept).call),
	"espconn_create":     keepsConn("espconn_create", onConn((*espconn.API).Create).call),
	"espconn_delete":     onConn((*espconn.API).Delete),
	"espconn_disconnect": onConn((*espconn.API).Disconnect),
	"espconn_abort":      onConn((*espconn.API).Abort),

	"espconn_send":   {"ppi", plainSend((*espconn.API).Send)},
	"espconn_sent":   {"ppi", plainSend((*espconn.API).Sent)},
	"espconn_sendto": {"ppi", plainSend((*espconn.API).Sendto)},

	"espconn_recv_hold":   onConn((*espconn.API).RecvHold),
	"espconn_recv_unhold": onConn((*espconn.API).RecvUnhold),
	"espconn_recved_len": {"p", func(s *SDK, a *Args) uint32 {
		return uint32(int32(s.sdk.RecvedLen(s.conn(a.u32(0)))))
	}},
	"espconn_recv": {"ppi", func(s *SDK, a *Args) uint32 {
		c, p, n := s.conn(a.u32(0)), a.u32(1), min(a.u32(2), 1<<15-1)
		if p == 0 {
			return uint32(int32(s.sdk.Recv(c, nil)))
		}
		return uint32(int32(s.sdk.Recv(c, s.write(p, n))))
	}},

	"espconn_set_opt":   {"pi", func(s *SDK, a *Args) uint32 { return code(s.sdk.SetOpt(s.conn(a.u32(0)), a.u8(1))) }},
	"espconn_clear_opt": {"pi", func(s *SDK, a *Args) uint32 { return code(s.sdk.ClearOpt(s.conn(a.u32(0)), a.u8(1))) }},
	"espconn_set_keepalive": {"pip", func(s *SDK, a *Args) uint32 {
		c, p := s.conn(a.u32(0)), a.u32(2)
		if p == 0 {
			return code(s.sdk.SetKeepalive(c, a.u8(1), nil))
		}
		v := int32(s.u32(p))
		return code(s.sdk.SetKeepalive(c, a.u8(1), &v))
	}},
	"espconn_get_keepalive": {"pip", func(s *SDK, a *Args) uint32 {
		c, p := s.conn(a.u32(0)), a.u32(2)
		if p == 0 {
			return code(s.sdk.GetKeepalive(c, a.u8(1), nil))
		}
		s.write(p, 4)
		var v int32
		e := s.sdk.GetKeepalive(c, a.u8(1), &v)
		if e == espconn.OK {
			s.setU32(p, uint32(v))
		}
		return code(e)
	}},
	"espconn_regist_time": {"pii", func(s *SDK, a *Args) uint32 {
		return code(s.sdk.RegistTime(s.conn(a.u32(0)), a.u32(1), a.u8(2)))
	}},

	"espconn_get_connection_info": {"ppi", connectionInfo},
	"espconn_get_packet_info":     {"pp", packetInfo},

	"espconn_gethostbyname": {"pppf", gethostbyname},
	"espconn_dns_setserver": {"ip", func(s *SDK, a *Args) uint32 {
		if a.u32(1) == 0 {
			s.sdk.DnsSetserver(a.u8(0), nil)
			return 0
		}
		ip := s.ip(a.u32(1))
		s.sdk.DnsSetserver(a.u8(0), &ip)
		return 0
	}},
	// A struct of one member is returned as that member in the C ABI of WebAssembly.
	"espconn_dns_getserver": {"i", dnsGetserver},
	"dns_getserver":         {"i", dnsGetserver}, // of lwIP
	"espconn_igmp_join": {"pp", func(s *SDK, a *Args) uint32 {
		return igmp(s, a, (*espconn.API).IgmpJoin)
	}},
	"espconn_igmp_leave": {"pp", func(s *SDK, a *Args) uint32 {
		return igmp(s, a, (*espconn.API).IgmpLeave)
	}},

	"espconn_tcp_get_max_con": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.TcpGetMaxCon()) }},
	"espconn_tcp_set_max_con": {"i", func(s *SDK, a *Args) uint32 { return code(s.sdk.TcpSetMaxCon(a.u8(0))) }},
	"espconn_tcp_get_max_con_allow": {"p", func(s *SDK, a *Args) uint32 {
		return code(s.sdk.TcpGetMaxConAllow(s.conn(a.u32(0))))
	}},
	"espconn_tcp_set_max_con_allow": {"pi", func(s *SDK, a *Args) uint32 {
		return code(s.sdk.TcpSetMaxConAllow(s.conn(a.u32(0)), a.u8(1)))
	}},
	"espconn_tcp_get_wnd":        {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.TcpGetWnd()) }},
	"espconn_tcp_set_wnd":        {"i", func(s *SDK, a *Args) uint32 { return code(s.sdk.TcpSetWnd(a.u8(0))) }},
	"espconn_tcp_get_mss":        {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.TcpGetMss()) }},
	"espconn_tcp_get_max_retran": {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.TcpGetMaxRetran()) }},
	"espconn_tcp_set_max_retran": {"i", func(s *SDK, a *Args) uint32 { return code(s.sdk.TcpSetMaxRetran(a.u8(0))) }},
	"espconn_tcp_get_max_syn":    {"", func(s *SDK, _ *Args) uint32 { return uint32(s.sdk.TcpGetMaxSyn()) }},
	"espconn_tcp_set_max_syn":    {"i", func(s *SDK, a *Args) uint32 { return code(s.sdk.TcpSetMaxSyn(a.u8(0))) }},
	"espconn_tcp_set_buf_count": {"pi", func(s *SDK, a *Args) uint32 {
		return code(s.sdk.TcpSetBufCount(s.conn(a.u32(0)), a.u8(1)))
	}},
}

// onConn is a function that takes an espconn and returns a sint8.
func onConn(fn func(*espconn.API, espconn.Ref) espconn.Err) Function {
	return Function{"p", func(s *SDK, a *Args) uint32 { return code(fn(s.board.Espconn(), s.conn(a.u32(0)))) }}
}

// plainSend is espconn_send or _sendto: the API reads guest memory, not a copy, as the device does.
func plainSend(fn func(*espconn.API, espconn.Ref, []byte) espconn.Err) func(*SDK, *Args) uint32 {
	return func(s *SDK, a *Args) uint32 {
		c, p, n := s.conn(a.u32(0)), a.u32(1), a.u16(2)
		if p == 0 {
			return code(fn(s.board.Espconn(), c, nil))
		}
		return code(fn(s.board.Espconn(), c, s.read(p, uint32(n))))
	}
}

// igmp joins or leaves a group. A host of NULL is refused like the group 0.0.0.0 (espconn.md 5.19).
func igmp(s *SDK, a *Args, fn func(a *espconn.API, host, group [4]byte) espconn.Err) uint32 {
	var host [4]byte // NULL is any
	if a.u32(0) != 0 {
		host = s.ip(a.u32(0))
	}
	return code(fn(s.board.Espconn(), host, s.ip(a.u32(1))))
}

// ip reads a struct ip_addr.
func (s *SDK) ip(p uint32) [4]byte { return [4]byte(s.read(p, 4)) }

// connectionInfo keeps the array of entries in guest memory, where it stays.
func connectionInfo(s *SDK, a *Args) uint32 {
	c, out := s.conn(a.u32(0)), a.u32(1)
	if c == nil {
		return code(s.sdk.GetConnectionInfo(nil, nil, a.u8(2)))
	}
	var info []espconn.RemotInfo
	e := s.sdk.GetConnectionInfo(c, &info, a.u8(2))
	table := s.constant(strings.Repeat("\x00", remotInfoSize*remotInfoMax-1))
	b := s.write(table, remotInfoSize*remotInfoMax)
	clear(b)
	for i, r := range info {
		at := b[i*remotInfoSize:]
		order.PutUint32(at, uint32(r.State))
		order.PutUint32(at[4:], uint32(r.RemotePort))
		copy(at[8:], r.RemoteIP[:])
	}
	s.setU32(out, table)
	return code(e)
}

func packetInfo(s *SDK, a *Args) uint32 {
	c, out := s.conn(a.u32(0)), a.u32(1)
	if out == 0 {
		return code(s.sdk.GetPacketInfo(c, nil))
	}
	s.write(out, packetSize)
	var p espconn.Packet
	e := s.sdk.GetPacketInfo(c, &p)
	if e == espconn.OK {
		b := s.write(out, packetSize)
		for i, v := range []uint16{p.SentLength, p.SndBufSize, p.SndQueuelen, p.TotalQueuelen} {
			order.PutUint16(b[2*i:], v)
		}
		order.PutUint32(b[8:], p.Packseqno)
		order.PutUint32(b[12:], p.PackseqNxt)
		order.PutUint32(b[16:], p.Packnum)
	}
	return code(e)
}

// gethostbyname gives the callback the name and the address in lent memory.
func gethostbyname(s *SDK, a *Args) uint32 {
	p, fn, host := a.u32(0), a.u32(3), ""
	c := s.conn(p)
	if a.u32(1) != 0 {
		host = string(s.text(a.u32(1)))
	}
	var store func(netip.Addr)
	if out := a.u32(2); out != 0 {
		s.write(out, 4)
		store = func(ip netip.Addr) {
			b := ip.As4()
			copy(s.write(out, 4), b[:])
		}
	}
	return code(s.board.Espconn().LookUp(c, host, store, func(ip netip.Addr, ok bool) {
		if fn == 0 {
			return
		}
		s.Lend([]byte(host), uint32(len(host))+1, func(name uint32) {
			if !ok {
				s.callback(fn, name, 0, p)
				return
			}
			b := ip.As4()
			s.Lend(b[:], 4, func(at uint32) { s.callback(fn, name, at, p) })
		})
	}))
}

func dnsGetserver(s *SDK, a *Args) uint32 {
	ip := s.sdk.DnsGetserver(a.u8(0))
	return order.Uint32(ip[:])
}
