package espconn_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// causeCheck is part of the rigs: a call that fails without saying why ends the test.
type causeCheck struct {
	why  espconn.Event // the last one
	last boundedtls.Cause
}

func (c *causeCheck) check(e espconn.Event) {
	if e.Kind == espconn.EventCause {
		c.why, c.last = e, *e.Cause
	}
	if e.Kind != espconn.EventReturn {
		return
	}
	begins := e.Name == "espconn_gethostbyname" && e.Err == espconn.INPROGRESS // that is how it begins
	failed := e.Err != espconn.OK && e.Name != "espconn_tcp_get_max_con_allow" || e.Err < 0 || e.Text == "false"
	if failed && !begins && (c.why.Name != e.Name || c.why.Conn != e.Conn) {
		panic(fmt.Sprintf("%s returns %s, and no cause says why", e.Name, e.Text))
	}
	c.why = espconn.Event{}
}

// refusal is one way in which a call is refused.
type refusal struct {
	situation string
	function  string
	code      int // 0: false
	cause     boundedtls.Cause
	call      func(s *plainCallRig) int
	profile   espconn.Profile // none: ManualV21
}

// refusals has each function with each code that it returns for a failure, and why.
func refusals() []refusal {
	const arg, mem, route, prog, isconn, maxnum = -12, -1, -4, -5, -15, -7
	type rig = *plainCallRig
	one := []byte("x")
	v := int32(5)
	var info []espconn.RemotInfo
	var packet espconn.Packet
	sdk301 := espconn.SDK301()
	none := espconn.Profile{}
	code := func(call func(a *espconn.API, s rig) espconn.Err) func(s rig) int {
		return func(s rig) int { return int(call(s.api, s)) }
	}
	number := func(call func(a *espconn.API, s rig) int16) func(s rig) int {
		return func(s rig) int { return int(call(s.api, s)) }
	}
	truth := func(call func(a *espconn.API, s rig) bool) func(s rig) int {
		return func(s rig) int { return boolInt(call(s.api, s)) }
	}
	fill := func(s rig, left uint32) { s.heap.Alloc(s.heap.FreeSize()-left-16, "ballast") }
	noProto := func(k espconn.Type) *espconn.Espconn { return &espconn.Espconn{Type: k} }
	null := boundedtls.Cause{ID: espconn.CauseNull, Object: "the espconn"}
	notTCP := boundedtls.Cause{ID: espconn.CauseType, Have: 0x20, Limit: 0x10, Object: "ESPCONN_TCP"}
	notUDP := boundedtls.Cause{ID: espconn.CauseType, Have: 0x10, Limit: 0x20, Object: "ESPCONN_UDP"}
	noConn := boundedtls.Cause{ID: espconn.CauseNoConnection}
	noMem := boundedtls.Cause{ID: espconn.CauseNoMemory}
	noTCP := boundedtls.Cause{ID: espconn.CauseNoProto, Object: "esp_tcp"}
	ranged := func(n, lo, hi int) boundedtls.Cause {
		return boundedtls.Cause{ID: espconn.CauseRange, Have: n, Least: lo, Limit: hi}
	}
	length := func(n, lo, hi int) boundedtls.Cause {
		return boundedtls.Cause{ID: espconn.CauseLength, Have: n, Least: lo, Limit: hi}
	}
	level := func(n int, valid string) boundedtls.Cause {
		return boundedtls.Cause{ID: espconn.CauseLevel, Have: n, Object: valid}
	}
	mixed := func(what string) boundedtls.Cause { return boundedtls.Cause{ID: espconn.CauseMixed, Object: what} }
	serve := func(a *espconn.API) *espconn.Espconn {
		l := tcp("", 0, 443)
		a.SecureSetDefaultCertificate([]byte{1})
		a.SecureSetDefaultPrivateKey([]byte{1})
		a.SecureAccept(l)
		return l
	}
	secure := func(a *espconn.API) *espconn.Espconn {
		c := tcp("10.0.0.9", 443, 0)
		a.SecureConnect(c)
		return c
	}
	return []refusal{
		{"NULL", "espconn_connect", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Connect(nil) }), none},
		{"a UDP espconn", "espconn_connect", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Connect(s.newUDP) }), none},
		{"no esp_tcp", "espconn_connect", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Connect(noProto(espconn.TypeTCP)) }), none},
		{"a server's espconn, manual profile", "espconn_secure_connect", arg, mixed("a plain server"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureConnect(s.server) }), none},
		{"as many connections as there may be", "espconn_connect", isconn,
			boundedtls.Cause{ID: espconn.CauseMaxConnections, Have: 1, Limit: 1},
			code(func(a *espconn.API, s rig) espconn.Err { a.TcpSetMaxCon(1); return a.Connect(s.newTCP) }), none},
		{"no address", "espconn_connect", route, boundedtls.Cause{ID: espconn.CauseNoAddress},
			code(func(a *espconn.API, s rig) espconn.Err { s.ip[0] = netip.Prefix{}; return a.Connect(s.newTCP) }), none},
		{"soft-AP without address", "espconn_connect", route, boundedtls.Cause{ID: espconn.CauseNoAddress},
			code(func(a *espconn.API, s rig) espconn.Err { s.mode = 2; return a.Connect(s.newTCP) }), none},
		{"the station is connecting", "espconn_connect", 1, boundedtls.Cause{ID: espconn.CauseStation, Have: 1, Limit: 5},
			code(func(a *espconn.API, s rig) espconn.Err {
				s.mode, s.status, s.ip[0] = 3, 1, netip.Prefix{}
				return a.Connect(s.newTCP)
			}), sdk301},
		{"a local port that is active", "espconn_connect", isconn, boundedtls.Cause{ID: espconn.CausePortActive, Have: 4000},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Connect(tcp("10.0.0.8", 80, 4000)) }), none},
		{"the espconn is connected", "espconn_connect", isconn, boundedtls.Cause{ID: espconn.CauseInUse, Have: 4000},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Connect(s.client) }), none},
		{"no memory for the record", "espconn_connect", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 100); return a.Connect(s.newTCP) }), none},
		{"no memory for the PCB", "espconn_connect", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err {
				abortAll(s)
				s.heap.leave(200)
				return a.Connect(s.newTCP)
			}), none},
		{"no memory for the SYN", "espconn_connect", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 340); return a.Connect(s.newTCP) }), none},
		{"no route", "espconn_connect", route, boundedtls.Cause{ID: espconn.CauseNoRoute, Object: "10.0.0.9"},
			code(func(a *espconn.API, s rig) espconn.Err { s.ifc.SetUp(false); return a.Connect(s.newTCP) }), none},
		{"NULL", "espconn_accept", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Accept(nil) }), none},
		{"a UDP espconn", "espconn_accept", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Accept(s.newUDP) }), none},
		{"no esp_tcp", "espconn_accept", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Accept(noProto(espconn.TypeTCP)) }), none},
		{"a connection's port", "espconn_accept", isconn, boundedtls.Cause{ID: espconn.CausePortActive, Have: 4000},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Accept(tcp("", 0, 4000)) }), none},
		{"a connection's espconn", "espconn_accept", isconn, boundedtls.Cause{ID: espconn.CauseInUse, Have: 4000},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Accept(s.client) }), none},
		{"no memory", "espconn_accept", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 100); return a.Accept(s.newTCP) }), none},
		{"no memory for the PCB", "espconn_accept", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err {
				abortAll(s)
				s.heap.leave(140)
				return a.Accept(s.newTCP)
			}), none},
		{"NULL", "espconn_create", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Create(nil) }), none},
		{"a TCP espconn", "espconn_create", arg, notUDP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Create(s.newTCP) }), none},
		{"no esp_udp", "espconn_create", arg, boundedtls.Cause{ID: espconn.CauseNoProto, Object: "esp_udp"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Create(noProto(espconn.TypeUDP)) }), none},
		{"a used port", "espconn_create", isconn, boundedtls.Cause{ID: espconn.CausePortActive, Have: 7000},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Create(udpConn("", 0, 7000)) }), none},
		{"the espconn is created", "espconn_create", isconn, boundedtls.Cause{ID: espconn.CauseInUse, Have: 7000},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Create(s.udp) }), none},
		{"no memory", "espconn_create", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 100); return a.Create(s.newUDP) }), none},
		{"no memory for the PCB", "espconn_create", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 140); return a.Create(s.newUDP) }), none},
		{"NULL", "espconn_disconnect", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Disconnect(nil) }), none},
		{"a UDP espconn", "espconn_disconnect", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Disconnect(s.udp) }), none},
		{"no connection", "espconn_disconnect", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Disconnect(s.newTCP) }), none},
		{"a server", "espconn_disconnect", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Disconnect(s.server) }), none},
		{"closing", "espconn_disconnect", prog, boundedtls.Cause{ID: espconn.CauseClosing},
			code(func(a *espconn.API, s rig) espconn.Err { a.Disconnect(s.client); return a.Disconnect(s.client) }), none},
		{"a secure connection", "espconn_disconnect", arg, mixed("a secure client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.Disconnect(secure(a)) }), none},
		{"NULL", "espconn_abort", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Abort(nil) }), none},
		{"a UDP espconn", "espconn_abort", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Abort(s.udp) }), none},
		{"no connection", "espconn_abort", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Abort(s.newTCP) }), none},
		{"a server", "espconn_abort", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Abort(s.server) }), none},
		{"closing", "espconn_abort", prog, boundedtls.Cause{ID: espconn.CauseClosing},
			code(func(a *espconn.API, s rig) espconn.Err { a.Abort(s.client); return a.Abort(s.client) }), none},
		{"a secure connection", "espconn_abort", arg, mixed("a secure client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.Abort(secure(a)) }), none},
		{"NULL", "espconn_delete", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Delete(nil) }), none},
		{"UDP that was not created", "espconn_delete", arg, boundedtls.Cause{ID: espconn.CauseNotCreated},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Delete(s.newUDP) }), none},
		{"a secure server", "espconn_delete", arg, mixed("a secure server"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.Delete(serve(a)) }), none},
		{"NULL", "espconn_send", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(nil, one) }), none},
		{"no data", "espconn_send", arg, boundedtls.Cause{ID: espconn.CauseNoData},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(s.client, nil) }), none},
		{"over 16 bits", "espconn_send", arg, boundedtls.Cause{ID: espconn.CauseTooLong, Have: 65536, Limit: 65535},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(s.udp, make([]byte, 65536)) }), none},
		{"no connection", "espconn_send", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(s.newTCP, one) }), none},
		{"before the connect callback", "espconn_send", arg, boundedtls.Cause{ID: espconn.CauseNotUp},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(s.client, one) }), none},
		{"a secure connection", "espconn_send", arg, mixed("a secure client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(secure(a), one) }), none},
		{"a secure connection", "espconn_send", arg, boundedtls.Cause{ID: espconn.CauseOnSecure},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Send(secure(a), one) }), sdk301},
		{"NULL", "espconn_sent", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(nil, one) }), none},
		{"no data", "espconn_sent", arg, boundedtls.Cause{ID: espconn.CauseNoData},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(s.client, nil) }), none},
		{"over 16 bits", "espconn_sent", arg, boundedtls.Cause{ID: espconn.CauseTooLong, Have: 65536, Limit: 65535},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(s.udp, make([]byte, 65536)) }), none},
		{"no connection", "espconn_sent", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(s.newTCP, one) }), none},
		{"before the connect callback", "espconn_sent", arg, boundedtls.Cause{ID: espconn.CauseNotUp},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(s.client, one) }), none},
		{"a secure connection", "espconn_sent", arg, mixed("a secure client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(secure(a), one) }), none},
		{"a secure connection", "espconn_sent", arg, boundedtls.Cause{ID: espconn.CauseOnSecure},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sent(secure(a), one) }), sdk301},
		{"UDP without memory", "espconn_send", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 100); return a.Send(s.udp, one) }), none},
		{"UDP without route", "espconn_send", route, boundedtls.Cause{ID: espconn.CauseNoRoute, Object: "10.0.0.9"},
			code(func(a *espconn.API, s rig) espconn.Err { s.ifc.SetUp(false); return a.Send(s.udp, one) }), none},
		{"NULL", "espconn_sendto", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sendto(nil, one) }), none},
		{"a TCP espconn", "espconn_sendto", arg, notUDP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sendto(s.client, one) }), none},
		{"no data", "espconn_sendto", arg, boundedtls.Cause{ID: espconn.CauseNoData},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sendto(s.udp, nil) }), none},
		{"over 16 bits", "espconn_sendto", arg, boundedtls.Cause{ID: espconn.CauseTooLong, Have: 65536, Limit: 65535},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sendto(s.udp, make([]byte, 65536)) }), none},
		{"not created", "espconn_sendto", arg, boundedtls.Cause{ID: espconn.CauseNotCreated},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Sendto(s.newUDP, one) }), none},
		{"no memory", "espconn_sendto", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { fill(s, 100); return a.Sendto(s.udp, one) }), none},
		{"no route", "espconn_sendto", route, boundedtls.Cause{ID: espconn.CauseNoRoute, Object: "10.0.0.9"},
			code(func(a *espconn.API, s rig) espconn.Err { s.ifc.SetUp(false); return a.Sendto(s.udp, one) }), none},
		{"NULL", "espconn_regist_time", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistTime(nil, 5, 0) }), none},
		{"another flag", "espconn_regist_time", arg, ranged(2, 0, 1),
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistTime(s.server, 5, 2) }), none},
		{"no server", "espconn_regist_time", arg, boundedtls.Cause{ID: espconn.CauseNotServer},
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistTime(s.client, 5, 0) }), none},
		{"no connection", "espconn_regist_time", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistTime(s.newTCP, 5, 1) }), none},
		{"0", "espconn_tcp_set_max_con", arg, ranged(0, 1, 15),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxCon(0) }), none},
		{"too many", "espconn_tcp_set_max_con", arg, ranged(16, 1, 15),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxCon(16) }), none},
		{"0", "espconn_tcp_set_wnd", arg, ranged(0, 1, 15),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetWnd(0) }), none},
		{"too many", "espconn_tcp_set_wnd", arg, ranged(16, 1, 15),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetWnd(16) }), none},
		{"0", "espconn_tcp_set_max_retran", arg, ranged(0, 1, 12),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxRetran(0) }), none},
		{"too many", "espconn_tcp_set_max_retran", arg, ranged(13, 1, 12),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxRetran(13) }), none},
		{"0", "espconn_tcp_set_max_syn", arg, ranged(0, 1, 12),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxSyn(0) }), none},
		{"too many", "espconn_tcp_set_max_syn", arg, ranged(13, 1, 12),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxSyn(13) }), none},
		{"NULL", "espconn_tcp_get_max_con_allow", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpGetMaxConAllow(nil) }), none},
		{"UDP", "espconn_tcp_get_max_con_allow", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpGetMaxConAllow(s.udp) }), none},
		{"no server", "espconn_tcp_get_max_con_allow", arg, boundedtls.Cause{ID: espconn.CauseNotServer},
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpGetMaxConAllow(s.client) }), none},
		{"NULL", "espconn_tcp_set_max_con_allow", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxConAllow(nil, 1) }), none},
		{"UDP", "espconn_tcp_set_max_con_allow", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxConAllow(s.udp, 1) }), none},
		{"no server", "espconn_tcp_set_max_con_allow", arg, boundedtls.Cause{ID: espconn.CauseNotServer},
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxConAllow(s.client, 1) }), none},
		{"more than there may be", "espconn_tcp_set_max_con_allow", arg, ranged(6, 0, 5),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetMaxConAllow(s.server, 6) }), none},
		{"NULL", "espconn_tcp_set_buf_count", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetBufCount(nil, 1) }), none},
		{"UDP", "espconn_tcp_set_buf_count", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetBufCount(s.udp, 1) }), none},
		{"too many", "espconn_tcp_set_buf_count", arg, ranged(9, 0, 8),
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetBufCount(s.client, 9) }), none},
		{"no connection", "espconn_tcp_set_buf_count", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.TcpSetBufCount(s.server, 1) }), none},
		{"NULL", "espconn_get_connection_info", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetConnectionInfo(nil, &info, 0) }), none},
		{"NULL for the result", "espconn_get_connection_info", arg,
			boundedtls.Cause{ID: espconn.CauseNull, Object: "the pointer to the information"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetConnectionInfo(s.server, nil, 0) }), none},
		{"a client, and a server without clients", "espconn_get_connection_info", arg, boundedtls.Cause{ID: espconn.CauseNoClients},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetConnectionInfo(s.server, &info, 0) }), none},
		{"NULL", "espconn_get_packet_info", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetPacketInfo(nil, &packet) }), none},
		{"NULL for the result", "espconn_get_packet_info", arg,
			boundedtls.Cause{ID: espconn.CauseNull, Object: "the pointer to the information"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetPacketInfo(s.client, nil) }), none},
		{"UDP", "espconn_get_packet_info", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetPacketInfo(s.udp, &packet) }), none},
		{"no connection", "espconn_get_packet_info", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err {
				s.newTCP.State = espconn.StateConnect
				return a.GetPacketInfo(s.newTCP, &packet)
			}), none},
		{"a secure connection", "espconn_get_packet_info", arg, boundedtls.Cause{ID: espconn.CauseOnSecure},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetPacketInfo(secure(a), &packet) }), sdk301},
		{"TCP has ended", "espconn_get_packet_info", arg, boundedtls.Cause{ID: espconn.CauseTCPEnded},
			code(func(a *espconn.API, s rig) espconn.Err {
				abortAll(s)
				return a.GetPacketInfo(s.client, &packet)
			}), none},
		{"NULL", "espconn_set_opt", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetOpt(nil, 1) }), none},
		{"UDP", "espconn_set_opt", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetOpt(s.udp, 1) }), none},
		{"no connection", "espconn_set_opt", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetOpt(s.newTCP, 1) }), none},
		{"NULL", "espconn_clear_opt", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.ClearOpt(nil, 1) }), none},
		{"UDP", "espconn_clear_opt", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.ClearOpt(s.udp, 1) }), none},
		{"no connection", "espconn_clear_opt", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.ClearOpt(s.newTCP, 1) }), none},
		{"NULL", "espconn_set_keepalive", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(nil, 0, &v) }), none},
		{"UDP", "espconn_set_keepalive", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(s.udp, 0, &v) }), none},
		{"NULL for the figure", "espconn_set_keepalive", arg, boundedtls.Cause{ID: espconn.CauseNull, Object: "the pointer to the figure"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(s.client, 0, nil) }), none},
		{"another level", "espconn_set_keepalive", arg, level(3, "ESPCONN_KEEPIDLE, KEEPINTVL, KEEPCNT"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(s.client, 3, &v) }), none},
		{"no connection", "espconn_set_keepalive", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(s.newTCP, 0, &v) }), none},
		{"without the option", "espconn_set_keepalive", arg, boundedtls.Cause{ID: espconn.CauseNoKeepalive},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(s.client, 0, &v) }), none},
		{"a secure connection", "espconn_set_keepalive", arg, boundedtls.Cause{ID: espconn.CauseOnSecure},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SetKeepalive(secure(a), 0, &v) }), sdk301},
		{"NULL", "espconn_get_keepalive", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(nil, 0, &v) }), none},
		{"UDP", "espconn_get_keepalive", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(s.udp, 0, &v) }), none},
		{"NULL for the figure", "espconn_get_keepalive", arg, boundedtls.Cause{ID: espconn.CauseNull, Object: "the pointer to the figure"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(s.client, 0, nil) }), none},
		{"another level", "espconn_get_keepalive", arg, level(3, "ESPCONN_KEEPIDLE, KEEPINTVL, KEEPCNT"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(s.client, 3, &v) }), none},
		{"no connection", "espconn_get_keepalive", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(s.newTCP, 0, &v) }), none},
		{"without the option", "espconn_get_keepalive", arg, boundedtls.Cause{ID: espconn.CauseNoKeepalive},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(s.client, 0, &v) }), none},
		{"a secure connection", "espconn_get_keepalive", arg, boundedtls.Cause{ID: espconn.CauseOnSecure},
			code(func(a *espconn.API, s rig) espconn.Err { return a.GetKeepalive(secure(a), 0, &v) }), sdk301},
		{"NULL", "espconn_recv_hold", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RecvHold(nil) }), none},
		{"no connection", "espconn_recv_hold", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RecvHold(s.newTCP) }), none},
		{"a secure connection", "espconn_recv_hold", arg, mixed("a secure client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.RecvHold(secure(a)) }), none},
		{"NULL", "espconn_recv_unhold", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RecvUnhold(nil) }), none},
		{"no connection", "espconn_recv_unhold", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RecvUnhold(s.newTCP) }), none},
		{"a secure connection", "espconn_recv_unhold", arg, mixed("a secure client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.RecvUnhold(secure(a)) }), none},
		{"NULL", "espconn_recved_len", arg, null,
			number(func(a *espconn.API, s rig) int16 { return a.RecvedLen(nil) }), none},
		{"UDP", "espconn_recved_len", arg, notTCP,
			number(func(a *espconn.API, s rig) int16 { return a.RecvedLen(s.udp) }), none},
		{"no connection", "espconn_recved_len", arg, noConn,
			number(func(a *espconn.API, s rig) int16 { return a.RecvedLen(s.newTCP) }), none},
		{"NULL", "espconn_recv", arg, null,
			number(func(a *espconn.API, s rig) int16 { return a.Recv(nil, one) }), none},
		{"NULL for the data", "espconn_recv", arg, boundedtls.Cause{ID: espconn.CauseNull, Object: "the memory for the data"},
			number(func(a *espconn.API, s rig) int16 { return a.Recv(s.client, nil) }), none},
		{"no connection", "espconn_recv", arg, noConn,
			number(func(a *espconn.API, s rig) int16 { return a.Recv(s.newTCP, one) }), none},
		{"data never waits", "espconn_recv", mem, boundedtls.Cause{ID: espconn.CauseNoRing},
			number(func(a *espconn.API, s rig) int16 { return a.Recv(s.client, one) }), none},
		{"no group", "espconn_igmp_join", mem, boundedtls.Cause{ID: espconn.CauseGroup, Object: "10.0.0.9"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.IgmpJoin([4]byte{}, [4]byte{10, 0, 0, 9}) }), none},
		{"another interface", "espconn_igmp_join", mem, boundedtls.Cause{ID: espconn.CauseGroup, Object: "239.1.1.1"},
			code(func(a *espconn.API, s rig) espconn.Err {
				return a.IgmpJoin([4]byte{10, 0, 0, 3}, [4]byte{239, 1, 1, 1})
			}), none},
		{"no memory", "espconn_igmp_join", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err {
				fill(s, 8)
				return a.IgmpJoin([4]byte{}, [4]byte{239, 1, 1, 1})
			}), none},
		{"not joined", "espconn_igmp_leave", mem, boundedtls.Cause{ID: espconn.CauseNotMember, Object: "239.1.1.1"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.IgmpLeave([4]byte{}, [4]byte{239, 1, 1, 1}) }), none},
		{"NULL for the address", "espconn_gethostbyname", arg,
			boundedtls.Cause{ID: espconn.CauseNull, Object: "the pointer to the address"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Gethostbyname(s.client, "a.de", nil, nil) }), none},
		{"an empty name", "espconn_gethostbyname", arg, boundedtls.Cause{ID: espconn.CauseNameLength, Least: 1, Limit: 255},
			code(func(a *espconn.API, s rig) espconn.Err { return a.Gethostbyname(s.client, "", new([4]byte), nil) }), none},
		{"a name of 256 bytes", "espconn_gethostbyname", arg,
			boundedtls.Cause{ID: espconn.CauseNameLength, Have: 256, Least: 1, Limit: 255},
			code(func(a *espconn.API, s rig) espconn.Err {
				return a.Gethostbyname(s.client, strings.Repeat("a", 256), new([4]byte), nil)
			}), none},
		{"the fifth at a time", "espconn_gethostbyname", mem, boundedtls.Cause{ID: espconn.CauseLookups, Limit: 4},
			code(func(a *espconn.API, s rig) espconn.Err {
				for range 4 {
					a.Gethostbyname(s.client, "a.de", new([4]byte), nil)
				}
				return a.Gethostbyname(s.client, "b.de", new([4]byte), nil)
			}), none},
		{"NULL", "espconn_regist_connectcb", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistConnectcb(nil, nil) }), none},
		{"UDP", "espconn_regist_connectcb", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistConnectcb(s.udp, nil) }), none},
		{"no esp_tcp", "espconn_regist_connectcb", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistConnectcb(noProto(espconn.TypeTCP), nil) }), none},
		{"NULL", "espconn_regist_reconcb", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistReconcb(nil, nil) }), none},
		{"UDP", "espconn_regist_reconcb", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistReconcb(s.udp, nil) }), none},
		{"no esp_tcp", "espconn_regist_reconcb", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistReconcb(noProto(espconn.TypeTCP), nil) }), none},
		{"NULL", "espconn_regist_disconcb", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistDisconcb(nil, nil) }), none},
		{"UDP", "espconn_regist_disconcb", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistDisconcb(s.udp, nil) }), none},
		{"no esp_tcp", "espconn_regist_disconcb", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistDisconcb(noProto(espconn.TypeTCP), nil) }), none},
		{"NULL", "espconn_regist_write_finish", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistWriteFinish(nil, nil) }), none},
		{"UDP", "espconn_regist_write_finish", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistWriteFinish(s.udp, nil) }), none},
		{"no esp_tcp", "espconn_regist_write_finish", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistWriteFinish(noProto(espconn.TypeTCP), nil) }), none},
		{"NULL", "espconn_regist_recvcb", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistRecvcb(nil, nil) }), none},
		{"NULL", "espconn_regist_sentcb", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.RegistSentcb(nil, nil) }), none},
		{"NULL", "espconn_secure_connect", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureConnect(nil) }), none},
		{"a UDP espconn", "espconn_secure_connect", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureConnect(s.newUDP) }), none},
		{"no esp_tcp", "espconn_secure_connect", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureConnect(noProto(espconn.TypeTCP)) }), none},
		{"a second client", "espconn_secure_connect", isconn, boundedtls.Cause{ID: espconn.CauseConnected},
			code(func(a *espconn.API, s rig) espconn.Err { secure(a); return a.SecureConnect(tcp("10.0.0.9", 444, 0)) }), none},
		{"a secure server's espconn", "espconn_secure_connect", isconn, mixed("a secure server"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureConnect(serve(a)) }), none},
		{"no address", "espconn_secure_connect", route, boundedtls.Cause{ID: espconn.CauseNoAddress},
			code(func(a *espconn.API, s rig) espconn.Err { s.ip[0] = netip.Prefix{}; return a.SecureConnect(s.newTCP) }), none},
		{"the station's password is wrong", "espconn_secure_connect", 2, boundedtls.Cause{ID: espconn.CauseStation, Have: 2, Limit: 5},
			code(func(a *espconn.API, s rig) espconn.Err {
				s.mode, s.status, s.ip[0] = 3, 2, netip.Prefix{}
				return a.SecureConnect(s.newTCP)
			}), sdk301},
		{"a size over 3,072 with an own certificate", "espconn_secure_connect", mem,
			boundedtls.Cause{ID: espconn.CauseMutualSize, Have: 3073, Limit: 3072},
			code(func(a *espconn.API, s rig) espconn.Err {
				a.SecureSetSize(1, 3073)
				a.SecureCertReqEnable(1, 0x7A)
				return a.SecureConnect(s.newTCP)
			}), none},
		{"too little heap", "espconn_secure_connect", mem,
			boundedtls.Cause{ID: espconn.CauseHeapGate, Have: 16000, Limit: 16384, Object: "2048"},
			code(func(a *espconn.API, s rig) espconn.Err { s.heap.leave(16000); return a.SecureConnect(s.newTCP) }), none},
		{"no memory for a block", "espconn_secure_connect", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err { s.heap.failAt = 1; return a.SecureConnect(s.newTCP) }), none},
		{"no socket", "espconn_secure_connect", mem, boundedtls.Cause{ID: espconn.CauseSockets, Limit: 3},
			code(func(a *espconn.API, s rig) espconn.Err {
				for range 3 {
					secure(a)
					s.heap.leave(45224)
				}
				return a.SecureConnect(s.newTCP)
			}), sdk301},
		{"the interface is down", "espconn_secure_connect", mem, boundedtls.Cause{ID: espconn.CauseNoSYN},
			code(func(a *espconn.API, s rig) espconn.Err { s.ifc.SetUp(false); return a.SecureConnect(s.newTCP) }), none},
		{"the clock reads 0", "espconn_secure_connect", -16, boundedtls.Cause{ID: espconn.CauseNoClock},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureConnect(s.newTCP) }), espconn.SDK306SSL()},
		{"NULL", "espconn_secure_accept", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureAccept(nil) }), none},
		{"a UDP espconn", "espconn_secure_accept", arg, notTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureAccept(s.newUDP) }), none},
		{"no esp_tcp", "espconn_secure_accept", arg, noTCP,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureAccept(noProto(espconn.TypeTCP)) }), none},
		{"a second server", "espconn_secure_accept", isconn, boundedtls.Cause{ID: espconn.CauseServerExists},
			code(func(a *espconn.API, s rig) espconn.Err { serve(a); return a.SecureAccept(s.newTCP) }), none},
		{"a second server", "espconn_secure_accept", prog, boundedtls.Cause{ID: espconn.CauseServerExists},
			code(func(a *espconn.API, s rig) espconn.Err { serve(a); return a.SecureAccept(s.newTCP) }), sdk301},
		{"no certificate", "espconn_secure_accept", arg,
			boundedtls.Cause{ID: espconn.CauseNoCertificate, Object: "certificate and private key"},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureAccept(s.newTCP) }), none},
		{"no key", "espconn_secure_accept", arg, boundedtls.Cause{ID: espconn.CauseNoCertificate, Object: "private key"},
			code(func(a *espconn.API, s rig) espconn.Err {
				a.SecureSetDefaultCertificate(one)
				return a.SecureAccept(s.newTCP)
			}), none},
		{"a size over 3,072 with the CA", "espconn_secure_accept", mem,
			boundedtls.Cause{ID: espconn.CauseMutualSize, Have: 3073, Limit: 3072},
			code(func(a *espconn.API, s rig) espconn.Err {
				a.SecureSetDefaultCertificate(one)
				a.SecureSetDefaultPrivateKey(one)
				a.SecureSetSize(2, 3073)
				a.SecureCaEnable(2, 123)
				return a.SecureAccept(s.newTCP)
			}), none},
		{"too little heap", "espconn_secure_accept", mem,
			boundedtls.Cause{ID: espconn.CauseHeapGate, Have: 16376, Limit: 16384, Object: "2048"},
			code(func(a *espconn.API, s rig) espconn.Err {
				a.SecureSetDefaultCertificate(one)
				a.SecureSetDefaultPrivateKey(one)
				s.heap.leave(16376)
				return a.SecureAccept(s.newTCP)
			}), none},
		{"no memory for a block", "espconn_secure_accept", mem, noMem,
			code(func(a *espconn.API, s rig) espconn.Err {
				a.SecureSetDefaultCertificate(one)
				a.SecureSetDefaultPrivateKey(one)
				s.heap.failAt = 1
				return a.SecureAccept(s.newTCP)
			}), none},
		{"a taken port", "espconn_secure_accept", mem, boundedtls.Cause{ID: espconn.CausePortTaken, Object: "80"},
			code(func(a *espconn.API, s rig) espconn.Err {
				a.SecureSetDefaultCertificate(one)
				a.SecureSetDefaultPrivateKey(one)
				return a.SecureAccept(tcp("", 0, 80))
			}), none},
		{"NULL", "espconn_secure_delete", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureDelete(nil) }), none},
		{"no server", "espconn_secure_delete", arg, boundedtls.Cause{ID: espconn.CauseNotServer},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureDelete(s.newTCP) }), none},
		{"NULL", "espconn_secure_send", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSend(nil, one) }), none},
		{"no connection", "espconn_secure_send", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSend(s.newTCP, one) }), none},
		{"over 16 bits", "espconn_secure_send", arg, boundedtls.Cause{ID: espconn.CauseTooLong, Have: 65536, Limit: 65535},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSend(s.newTCP, make([]byte, 65536)) }), none},
		{"before the connect callback", "espconn_secure_send", prog, boundedtls.Cause{ID: espconn.CauseNotUp},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSend(secure(a), one) }), none},
		{"after the disconnect", "espconn_secure_send", arg, boundedtls.Cause{ID: espconn.CauseClosing},
			code(func(a *espconn.API, s rig) espconn.Err {
				c := secure(a)
				a.SecureDisconnect(c)
				return a.SecureSend(c, one)
			}), none},
		{"a plain connection", "espconn_secure_send", arg, mixed("a plain client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSend(s.client, one) }), none},
		{"NULL", "espconn_secure_sent", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSent(nil, one) }), none},
		{"no connection", "espconn_secure_sent", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSent(s.newTCP, one) }), none},
		{"over 16 bits", "espconn_secure_sent", arg, boundedtls.Cause{ID: espconn.CauseTooLong, Have: 65536, Limit: 65535},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSent(s.newTCP, make([]byte, 65536)) }), none},
		{"before the connect callback", "espconn_secure_sent", prog, boundedtls.Cause{ID: espconn.CauseNotUp},
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSent(secure(a), one) }), none},
		{"after the disconnect", "espconn_secure_sent", arg, boundedtls.Cause{ID: espconn.CauseClosing},
			code(func(a *espconn.API, s rig) espconn.Err {
				c := secure(a)
				a.SecureDisconnect(c)
				return a.SecureSent(c, one)
			}), none},
		{"a plain connection", "espconn_secure_sent", arg, mixed("a plain client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureSent(s.client, one) }), none},
		{"NULL", "espconn_secure_disconnect", arg, null,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureDisconnect(nil) }), none},
		{"no connection", "espconn_secure_disconnect", arg, noConn,
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureDisconnect(s.newTCP) }), none},
		{"closing", "espconn_secure_disconnect", prog, boundedtls.Cause{ID: espconn.CauseClosing},
			code(func(a *espconn.API, s rig) espconn.Err {
				c := secure(a)
				a.SecureDisconnect(c)
				return a.SecureDisconnect(c)
			}), none},
		{"a plain connection", "espconn_secure_disconnect", arg, mixed("a plain client"),
			code(func(a *espconn.API, s rig) espconn.Err { return a.SecureDisconnect(s.client) }), none},
		{"another level", "espconn_secure_set_size", 0, level(4, "1, 2, 3"),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetSize(4, 2048) }), none},
		{"0", "espconn_secure_set_size", 0, length(0, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetSize(1, 0) }), none},
		{"too much", "espconn_secure_set_size", 0, length(8193, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetSize(1, 8193) }), none},
		{"another level", "espconn_secure_get_size", arg, level(0, "1, 2, 3"),
			number(func(a *espconn.API, s rig) int16 { return a.SecureGetSize(0) }), none},
		{"two sizes", "espconn_secure_get_size", arg, boundedtls.Cause{ID: espconn.CauseSizes, Have: 3000, Limit: 2048},
			number(func(a *espconn.API, s rig) int16 { a.SecureSetSize(1, 3000); return a.SecureGetSize(3) }), espconn.SDK306SSL()},
		{"another level", "espconn_secure_ca_enable", 0, level(4, "1, 2, 3"),
			truth(func(a *espconn.API, s rig) bool { return a.SecureCaEnable(4, 123) }), none},
		{"sector 0", "espconn_secure_ca_enable", 0, boundedtls.Cause{ID: espconn.CauseSectorZero},
			truth(func(a *espconn.API, s rig) bool { return a.SecureCaEnable(1, 0) }), none},
		{"another level", "espconn_secure_cert_req_enable", 0, level(4, "1"),
			truth(func(a *espconn.API, s rig) bool { return a.SecureCertReqEnable(4, 123) }), none},
		{"sector 0", "espconn_secure_cert_req_enable", 0, boundedtls.Cause{ID: espconn.CauseSectorZero},
			truth(func(a *espconn.API, s rig) bool { return a.SecureCertReqEnable(1, 0) }), none},
		{"another level", "espconn_secure_ca_disable", 0, level(0, "1, 2, 3"),
			truth(func(a *espconn.API, s rig) bool { return a.SecureCaDisable(0) }), none},
		{"another level", "espconn_secure_cert_req_disable", 0, level(2, "1"),
			truth(func(a *espconn.API, s rig) bool { return a.SecureCertReqDisable(2) }), none},
		{"nothing", "espconn_secure_set_default_certificate", 0, length(0, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetDefaultCertificate(nil) }), none},
		{"too much", "espconn_secure_set_default_certificate", 0, length(8193, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetDefaultCertificate(make([]byte, 8193)) }), none},
		{"no memory", "espconn_secure_set_default_certificate", 0, noMem,
			truth(func(a *espconn.API, s rig) bool {
				s.heap.leave(400)
				return a.SecureSetDefaultCertificate(make([]byte, 600))
			}), none},
		{"nothing", "espconn_secure_set_default_private_key", 0, length(0, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetDefaultPrivateKey(nil) }), none},
		{"too much", "espconn_secure_set_default_private_key", 0, length(8193, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureSetDefaultPrivateKey(make([]byte, 8193)) }), none},
		{"no memory", "espconn_secure_set_default_private_key", 0, noMem,
			truth(func(a *espconn.API, s rig) bool {
				s.heap.leave(400)
				return a.SecureSetDefaultPrivateKey(make([]byte, 600))
			}), none},
		{"nothing", "espconn_secure_obj_load", 0, length(0, 1, 8192),
			truth(func(a *espconn.API, s rig) bool { return a.SecureObjLoad(espconn.ObjCertificate, 0x7A, 0) }), none},
		{"another type", "espconn_secure_obj_load", 0, boundedtls.Cause{ID: espconn.CauseObjectType, Have: 9},
			truth(func(a *espconn.API, s rig) bool { return a.SecureObjLoad(9, 0x7A, 600) }), none},
		{"sector 0", "espconn_secure_obj_load", 0, boundedtls.Cause{ID: espconn.CauseSectorZero},
			truth(func(a *espconn.API, s rig) bool { return a.SecureObjLoad(espconn.ObjCertificate, 0, 600) }), none},
		{"an erased sector", "espconn_secure_obj_load", 0, boundedtls.Cause{ID: espconn.CauseErased, Object: "0x7a"},
			truth(func(a *espconn.API, s rig) bool { return a.SecureObjLoad(espconn.ObjCertificate, 0x7A, 600) }), none},
	}
}

// Each refusal of each function says why, with the figures (docs/tables/refusals.md lists them).
func TestRefusals(t *testing.T) {
	for _, r := range refusals() {
		t.Run(r.function+"/"+r.situation, func(t *testing.T) {
			p := r.profile
			if p.Name == "" {
				p = espconn.ManualV21()
			}
			rig := newPlainCallRig(t, p)
			rig.last = boundedtls.Cause{}
			assert.Equal(t, r.code, r.call(rig))
			assert.Equal(t, r.cause, rig.last)
		})
	}
}

// neverRefused are the functions of the API that have no way to fail.
var neverRefused = map[string]bool{
	"espconn_dns_getserver": true, "espconn_dns_setserver": true, "espconn_port": true,
	"espconn_tcp_get_max_con": true, "espconn_tcp_get_max_retran": true, "espconn_tcp_get_max_syn": true,
	"espconn_tcp_get_mss": true, "espconn_tcp_get_wnd": true,
	"espconn_mdns_close": true, "espconn_mdns_disable": true, "espconn_mdns_enable": true, "espconn_mdns_init": true,
	"espconn_mdns_server_register": true, "espconn_mdns_server_unregister": true,
	"espconn_mdns_set_hostname": true, "espconn_mdns_set_servername": true,
}

var functionName = regexp.MustCompile(`^espconn_[a-z0-9_]*[a-z0-9]$`)

// Every function that can be refused has its rows in refusals, and every failing code in the package is returned with a cause: by
// because or one of the functions of refusal.go.
func TestNoRefusalWithoutCause(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	covered := map[string]bool{}
	for _, r := range refusals() {
		covered[r.function] = true
	}
	codes := strings.Fields("MEM TIMEOUT RTE INPROGRESS MAXNUM ABRT RST CLSD CONN ARG IF ISCONN HANDSHAKE SSL_INVALID_DATA NOCLOCK")
	// Functions whose codes are no results of calls, or get their cause at the place that is named.
	elsewhere := map[string]string{
		"abortStatus": "of the reconnect callback", "accept": "of the reconnect callback", "rejected": "of the reconnect callback",
		"noMemory": "keeps a cause that says more", "LookUp": "INPROGRESS: the callback follows", "SecureGetSize": "after level",
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "err.go" || file == "profiles.go" {
			continue
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, file, nil, 0)
		require.NoError(t, err)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BinaryExpr, *ast.CaseClause:
					if _, ok := n.(*ast.BinaryExpr); ok {
						return false // a comparison
					}
				case *ast.CallExpr:
					name := calledName(n)
					switch name {
					case "because", "awaitsSent":
						return false
					case "callBool":
						assert.False(t, returnsFalse(n.Args[len(n.Args)-1]), "%s: a bare false: use deny", fset.Position(n.Pos()))
					}
				case *ast.BasicLit:
					function, _ := strconv.Unquote(n.Value)
					if functionName.MatchString(function) {
						assert.True(t, covered[function] || neverRefused[function], "%s is not in refusals", function)
					}
				case *ast.Ident:
					if slices.Contains(codes, n.Name) && elsewhere[fn.Name.Name] == "" {
						assert.Fail(t, "a code without a cause", "%s: %s: use because", fset.Position(n.Pos()), n.Name)
					}
				}
				return true
			})
		}
	}
	for name := range neverRefused {
		assert.False(t, covered[name], name)
	}
}

func calledName(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

// returnsFalse tells whether a function literal has a return of false of its own.
func returnsFalse(fn ast.Node) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			if id, ok := r.Results[0].(*ast.Ident); ok && id.Name == "false" {
				found = true
			}
		}
		return true
	})
	return found
}

// docs/tables/refusals.md lists each function with its codes and why it returns them.
func TestRefusalsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Refused calls\n\nGenerated by `go test ./espconn -run TestRefusalsPage -update`. Each row is played by " +
		"TestRefusals: " +
		"the function, what it returns, the cause that the trace names then ([causes.md](causes.md) has its words), " +
		"its figures, and the situation. A code that is returned without a cause fails a test.\n\n" +
		"| function | returns | cause | have | least | limit | object | situation |\n|---|---|---|---|---|---|---|---|\n")
	figure := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	rows := refusals()
	slices.SortStableFunc(rows, func(a, b refusal) int { return strings.Compare(a.function, b.function) })
	for _, r := range rows {
		returns := "false"
		if r.code != 0 {
			returns = strconv.Itoa(r.code)
			if name := espconn.Err(r.code).String(); name != returns {
				returns += ", " + name
			}
		}
		situation := r.situation
		if r.profile.Name != "" {
			situation += " (" + r.profile.Name + ")"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s | %s |\n", r.function, returns, r.cause.ID,
			figure(r.cause.Have), figure(r.cause.Least), figure(r.cause.Limit), r.cause.Object, situation)
	}
	const page = "../docs/tables/refusals.md"
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(b.String()), 0o644))
		return
	}
	want, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String(), "run: go test ./espconn -run TestRefusalsPage -update")
}
