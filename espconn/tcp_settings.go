package espconn

import (
	"fmt"
	"strconv"

	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Ranges of the settings (espconn.md 5.12, 5.21).
const (
	maxConMax   = 15
	windowMax   = 15 // in units of the MSS
	retriesMax  = 12
	bufCountMax = 8
)

// maxCon returns what TcpGetMaxCon does, without an event.
func (a *API) maxCon() uint8 { return uint8(a.env.Stack().Profile().MaxConnections) }

// number reports a call without espconn that returns a number.
func (a *API) number(name string, n int) int {
	a.env.Observe(Event{Kind: EventCall, Name: name})
	a.env.Observe(Event{Kind: EventReturn, Name: name, Text: strconv.Itoa(n)})
	return n
}

// set reports a call that sets a number: ARG outside lo..hi.
func (a *API) set(name string, n uint8, lo, hi uint8, store func()) Err {
	return a.call(name, nil, fmt.Sprint(n), func() Err {
		if n < lo || n > hi {
			return a.outside(int(n), int(lo), int(hi))
		}
		store()
		return OK
	})
}

// TcpGetMaxCon is espconn_tcp_get_max_con: how many TCP connections there may be at a time, 5 after boot
// (espconn.md 5.12).
func (a *API) TcpGetMaxCon() uint8 {
	return uint8(a.number("espconn_tcp_get_max_con", int(a.maxCon())))
}

// TcpSetMaxCon is espconn_tcp_set_max_con: 1..15, else ARG. Servers keep the allowance they have (espconn.md 5.12).
func (a *API) TcpSetMaxCon(num uint8) Err {
	return a.set("espconn_tcp_set_max_con", num, 1, maxConMax, func() {
		for _, ps := range a.plainServers {
			if ps.allow < num {
				a.finding(ps.ref, RuleMaxConLate,
					"espconn_tcp_set_max_con(%d) after espconn_accept: the server on port %d goes on allowing %d", num, ps.port, ps.allow)
			}
		}
		a.env.Stack().SetMaxConnections(int(num))
	})
}

// TcpGetMaxConAllow is espconn_tcp_get_max_con_allow: the allowance of a server. ARG for NULL, UDP and what is no server
// (espconn.md 5.12).
func (a *API) TcpGetMaxConAllow(c Ref) Err {
	return a.call("espconn_tcp_get_max_con_allow", c, "", func() Err {
		ps, e := a.plainTCPServer(c)
		if e != OK {
			return e
		}
		return Err(ps.allow)
	})
}

// TcpSetMaxConAllow is espconn_tcp_set_max_con_allow: the allowance of a server, 0..TcpGetMaxCon; 0 refuses everybody.
// The check is for equality: an allowance below the present number of connections is none. ARG for NULL, a greater
// number, UDP and what is no server (espconn.md 5.12).
func (a *API) TcpSetMaxConAllow(c Ref, num uint8) Err {
	return a.call("espconn_tcp_set_max_con_allow", c, fmt.Sprint(num), func() Err {
		ps, e := a.plainTCPServer(c)
		switch {
		case e != OK:
			return e
		case num > a.maxCon():
			return a.outside(int(num), 0, int(a.maxCon()))
		}
		if n := a.clientsOf(ps.ref); int(num) < n {
			a.finding(c, RuleMaxConBelow, "the server on port %d has %d connections, an allowance of %d limits nothing", ps.port, n, num)
		}
		ps.allow = num
		return OK
	})
}

// plainTCPServer is plainServerOf with the checks of the calls above.
func (a *API) plainTCPServer(c Ref) (*plainServer, Err) {
	if isNull(c) {
		return nil, a.null(theEspconn)
	}
	if f := c.Load(); f.Type == TypeUDP {
		return nil, a.wrongType(f, TypeTCP)
	}
	ps := a.plainServerOf(c)
	if ps == nil {
		return nil, a.because(ARG, boundedtls.Cause{ID: CauseNotServer})
	}
	return ps, OK
}

// RegistTime is espconn_regist_time: the seconds of silence after which a server closes a connection. typeFlag 0: of all
// connections of the server c, 0 means never; 1: of the one connection c, 0 means the server's value. On clients it has
// no effect. ARG for NULL, another typeFlag, what is no server (0) or no connection (1) (espconn.md 5.11).
func (a *API) RegistTime(c Ref, interval uint32, typeFlag uint8) Err {
	return a.call("espconn_regist_time", c, fmt.Sprintf("%d, %d", interval, typeFlag), func() Err {
		switch {
		case isNull(c):
			return a.null(theEspconn)
		case typeFlag > 1:
			return a.outside(int(typeFlag), 0, 1)
		}
		if typeFlag == 0 {
			ps := a.plainServerOf(c)
			if ps == nil {
				return a.because(ARG, boundedtls.Cause{ID: CauseNotServer})
			}
			ps.idle, ps.idleSet = interval, true
			return OK
		}
		k := a.tcpOf(c)
		if k == nil {
			k = a.connOf(c)
		}
		if k == nil {
			return a.unconnected()
		}
		return k.registTime(c, interval)
	})
}

// TcpGetWnd is espconn_tcp_get_wnd: the receive window in segments, 4 after boot (espconn.md 5.21).
func (a *API) TcpGetWnd() uint8 {
	p := a.env.Stack().Profile()
	return uint8(a.number("espconn_tcp_get_wnd", p.Window/max(p.MSS, 1)))
}

// TcpSetWnd is espconn_tcp_set_wnd: the receive window of later connections in segments, 1..15, else ARG. Connections
// that exist cannot be closed in order any more (espconn.md 5.21, 4.7).
func (a *API) TcpSetWnd(num uint8) Err {
	return a.set("espconn_tcp_set_wnd", num, 1, windowMax, func() {
		a.env.Stack().SetWindow(int(num) * a.env.Stack().Profile().MSS)
	})
}

// TcpGetMss is espconn_tcp_get_mss: the maximum segment size in bytes (espconn.md 5.21).
func (a *API) TcpGetMss() uint16 {
	return uint16(a.number("espconn_tcp_get_mss", a.env.Stack().Profile().MSS))
}

// TcpGetMaxRetran is espconn_tcp_get_max_retran: retransmissions of data, 12 after boot (espconn.md 5.21).
func (a *API) TcpGetMaxRetran() uint8 {
	return uint8(a.number("espconn_tcp_get_max_retran", a.env.Stack().Profile().Retries))
}

// TcpSetMaxRetran is espconn_tcp_set_max_retran: 1..12, else ARG (espconn.md 5.21).
func (a *API) TcpSetMaxRetran(num uint8) Err {
	return a.set("espconn_tcp_set_max_retran", num, 1, retriesMax, func() { a.env.Stack().SetRetries(int(num), 0) })
}

// TcpGetMaxSyn is espconn_tcp_get_max_syn: retransmissions of a SYN, 6 after boot (espconn.md 5.21).
func (a *API) TcpGetMaxSyn() uint8 {
	return uint8(a.number("espconn_tcp_get_max_syn", a.env.Stack().Profile().SYNRetries))
}

// TcpSetMaxSyn is espconn_tcp_set_max_syn: 1..12, else ARG (espconn.md 5.21).
func (a *API) TcpSetMaxSyn(num uint8) Err {
	return a.set("espconn_tcp_set_max_syn", num, 1, retriesMax, func() { a.env.Stack().SetRetries(0, int(num)) })
}

// TcpSetBufCount is espconn_tcp_set_buf_count: how many sends of a connection may be outstanding, up to 8. ARG for NULL,
// a greater number and an espconn without a TCP connection (espconn.md 5.21).
func (a *API) TcpSetBufCount(c Ref, num uint8) Err {
	return a.call("espconn_tcp_set_buf_count", c, fmt.Sprint(num), func() Err {
		if !isNull(c) && num > bufCountMax {
			return a.outside(int(num), 0, bufCountMax)
		}
		if e := a.notTCP(c); e != OK {
			return e
		}
		if pc := a.plainNamed(c); pc != nil {
			pc.most = int(num)
			return OK
		}
		if a.secureOf(c) != nil || a.udpOf(c) != nil { // where nothing looks at it
			return OK
		}
		return a.unconnected()
	})
}
