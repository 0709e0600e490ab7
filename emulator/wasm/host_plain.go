package wasm

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
var plainFunctions = map[string]hostFunction{
	"espconn_connect":    onConn((*espconn.API).Connect),
	"espconn_accept":     onConn((*espconn.API).Accept),
	"espconn_create":     onConn((*espconn.API).Create),
	"espconn_delete":     onConn((*espconn.API).Delete),
	"espconn_disconnect": onConn((*espconn.API).Disconnect),
	"espconn_abort":      onConn((*espconn.API).Abort),

	"espconn_send":   {"ppi", plainSend((*espconn.API).Send)},
	"espconn_sent":   {"ppi", plainSend((*espconn.API).Sent)},
	"espconn_sendto": {"ppi", plainSend((*espconn.API).Sendto)},

	"espconn_recv_hold":   onConn((*espconn.API).RecvHold),
	"espconn_recv_unhold": onConn((*espconn.API).RecvUnhold),
	"espconn_recved_len": {"p", func(g *guest, a args) uint32 {
		return uint32(int32(g.sdk.RecvedLen(g.conn(a.u32(0)))))
	}},
	"espconn_recv": {"ppi", func(g *guest, a args) uint32 {
		c, p, n := g.conn(a.u32(0)), a.u32(1), min(a.u32(2), 1<<15-1)
		if p == 0 {
			return uint32(int32(g.sdk.Recv(c, nil)))
		}
		return uint32(int32(g.sdk.Recv(c, g.write(p, n))))
	}},

	"espconn_set_opt":   {"pi", func(g *guest, a args) uint32 { return code(g.sdk.SetOpt(g.conn(a.u32(0)), a.u8(1))) }},
	"espconn_clear_opt": {"pi", func(g *guest, a args) uint32 { return code(g.sdk.ClearOpt(g.conn(a.u32(0)), a.u8(1))) }},
	"espconn_set_keepalive": {"pip", func(g *guest, a args) uint32 {
		c, p := g.conn(a.u32(0)), a.u32(2)
		if p == 0 {
			return code(g.sdk.SetKeepalive(c, a.u8(1), nil))
		}
		v := int32(g.u32(p))
		return code(g.sdk.SetKeepalive(c, a.u8(1), &v))
	}},
	"espconn_get_keepalive": {"pip", func(g *guest, a args) uint32 {
		c, p := g.conn(a.u32(0)), a.u32(2)
		if p == 0 {
			return code(g.sdk.GetKeepalive(c, a.u8(1), nil))
		}
		g.write(p, 4)
		var v int32
		e := g.sdk.GetKeepalive(c, a.u8(1), &v)
		if e == espconn.OK {
			g.setU32(p, uint32(v))
		}
		return code(e)
	}},
	"espconn_regist_time": {"pii", func(g *guest, a args) uint32 {
		return code(g.sdk.RegistTime(g.conn(a.u32(0)), a.u32(1), a.u8(2)))
	}},

	"espconn_get_connection_info": {"ppi", connectionInfo},
	"espconn_get_packet_info":     {"pp", packetInfo},

	"espconn_gethostbyname": {"pppf", gethostbyname},
	"espconn_dns_setserver": {"ip", func(g *guest, a args) uint32 {
		if a.u32(1) == 0 {
			g.sdk.DnsSetserver(a.u8(0), nil)
			return 0
		}
		ip := g.ip(a.u32(1))
		g.sdk.DnsSetserver(a.u8(0), &ip)
		return 0
	}},
	// A struct of one member is returned as that member in the C ABI of WebAssembly.
	"espconn_dns_getserver": {"i", func(g *guest, a args) uint32 {
		ip := g.sdk.DnsGetserver(a.u8(0))
		return order.Uint32(ip[:])
	}},
	"espconn_igmp_join": {"pp", func(g *guest, a args) uint32 {
		return code(g.sdk.IgmpJoin(g.ip(a.u32(0)), g.ip(a.u32(1))))
	}},
	"espconn_igmp_leave": {"pp", func(g *guest, a args) uint32 {
		return code(g.sdk.IgmpLeave(g.ip(a.u32(0)), g.ip(a.u32(1))))
	}},

	"espconn_tcp_get_max_con": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.TcpGetMaxCon()) }},
	"espconn_tcp_set_max_con": {"i", func(g *guest, a args) uint32 { return code(g.sdk.TcpSetMaxCon(a.u8(0))) }},
	"espconn_tcp_get_max_con_allow": {"p", func(g *guest, a args) uint32 {
		return code(g.sdk.TcpGetMaxConAllow(g.conn(a.u32(0))))
	}},
	"espconn_tcp_set_max_con_allow": {"pi", func(g *guest, a args) uint32 {
		return code(g.sdk.TcpSetMaxConAllow(g.conn(a.u32(0)), a.u8(1)))
	}},
	"espconn_tcp_get_wnd":        {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.TcpGetWnd()) }},
	"espconn_tcp_set_wnd":        {"i", func(g *guest, a args) uint32 { return code(g.sdk.TcpSetWnd(a.u8(0))) }},
	"espconn_tcp_get_mss":        {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.TcpGetMss()) }},
	"espconn_tcp_get_max_retran": {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.TcpGetMaxRetran()) }},
	"espconn_tcp_set_max_retran": {"i", func(g *guest, a args) uint32 { return code(g.sdk.TcpSetMaxRetran(a.u8(0))) }},
	"espconn_tcp_get_max_syn":    {"", func(g *guest, _ args) uint32 { return uint32(g.sdk.TcpGetMaxSyn()) }},
	"espconn_tcp_set_max_syn":    {"i", func(g *guest, a args) uint32 { return code(g.sdk.TcpSetMaxSyn(a.u8(0))) }},
	"espconn_tcp_set_buf_count": {"pi", func(g *guest, a args) uint32 {
		return code(g.sdk.TcpSetBufCount(g.conn(a.u32(0)), a.u8(1)))
	}},
}

// onConn is a function that takes an espconn and returns a sint8.
func onConn(fn func(*espconn.API, espconn.Ref) espconn.Err) hostFunction {
	return hostFunction{"p", func(g *guest, a args) uint32 { return code(fn(g.sdk.Board().Espconn(), g.conn(a.u32(0)))) }}
}

// plainSend is espconn_send or _sendto: the API reads guest memory, not a copy, as the device does.
func plainSend(fn func(*espconn.API, espconn.Ref, []byte) espconn.Err) func(*guest, args) uint32 {
	return func(g *guest, a args) uint32 {
		c, p, n := g.conn(a.u32(0)), a.u32(1), a.u16(2)
		if p == 0 {
			return code(fn(g.sdk.Board().Espconn(), c, nil))
		}
		return code(fn(g.sdk.Board().Espconn(), c, g.read(p, uint32(n))))
	}
}

// ip reads a struct ip_addr.
func (g *guest) ip(p uint32) [4]byte { return [4]byte(g.read(p, 4)) }

// connectionInfo keeps the array of entries in guest memory, where it stays.
func connectionInfo(g *guest, a args) uint32 {
	c, out := g.conn(a.u32(0)), a.u32(1)
	if c == nil {
		return code(g.sdk.GetConnectionInfo(nil, nil, a.u8(2)))
	}
	var info []espconn.RemotInfo
	e := g.sdk.GetConnectionInfo(c, &info, a.u8(2))
	table := g.constant(strings.Repeat("\x00", remotInfoSize*remotInfoMax-1))
	b := g.write(table, remotInfoSize*remotInfoMax)
	clear(b)
	for i, r := range info {
		at := b[i*remotInfoSize:]
		order.PutUint32(at, uint32(r.State))
		order.PutUint32(at[4:], uint32(r.RemotePort))
		copy(at[8:], r.RemoteIP[:])
	}
	g.setU32(out, table)
	return code(e)
}

func packetInfo(g *guest, a args) uint32 {
	c, out := g.conn(a.u32(0)), a.u32(1)
	if out == 0 {
		return code(g.sdk.GetPacketInfo(c, nil))
	}
	g.write(out, packetSize)
	var p espconn.Packet
	e := g.sdk.GetPacketInfo(c, &p)
	if e == espconn.OK {
		b := g.write(out, packetSize)
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
func gethostbyname(g *guest, a args) uint32 {
	p, fn, host := a.u32(0), a.u32(3), ""
	c := g.conn(p)
	if a.u32(1) != 0 {
		host = string(g.text(a.u32(1)))
	}
	var store func(netip.Addr)
	if out := a.u32(2); out != 0 {
		g.write(out, 4)
		store = func(ip netip.Addr) {
			b := ip.As4()
			copy(g.write(out, 4), b[:])
		}
	}
	return code(g.sdk.Board().Espconn().LookUp(c, host, store, func(ip netip.Addr, ok bool) {
		if fn == 0 {
			return
		}
		g.lend([]byte(host), uint32(len(host))+1, func(name uint32) {
			if !ok {
				g.callback(fn, name, 0, p)
				return
			}
			b := ip.As4()
			g.lend(b[:], 4, func(at uint32) { g.callback(fn, name, at, p) })
		})
	}))
}

// CallAvailable is the recv callback of MANUALRECV: NULL and the number of bytes that wait.
func (c conn) CallAvailable(n int) {
	if fn := c.function(espconn.Recv); fn != 0 {
		c.g.callback(fn, c.p, 0, uint32(uint16(n)))
	}
}
