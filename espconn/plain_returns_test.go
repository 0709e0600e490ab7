package espconn_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn"
)

// TestPlainReturns are the tables of espconn.md 5, each row a call and what it returns.
func TestPlainReturns(t *testing.T) {
	type rig = *plainCallRig
	const (
		ok    = espconn.OK
		arg   = espconn.ARG
		conn  = espconn.ISCONN
		mem   = espconn.MEM
		route = espconn.RTE
		prog  = espconn.INPROGRESS
	)
	one := []byte("x")
	v := int32(5)
	var info []espconn.RemotInfo
	var packet espconn.Packet
	e := func(c *espconn.Espconn) espconn.Ref { return c }
	noProto := func(k espconn.Type) *espconn.Espconn { return &espconn.Espconn{Type: k} }
	fill := func(s rig, left uint32) { s.heap.Alloc(s.heap.FreeSize()-left-16, "ballast") }
	rows := []struct {
		name string
		want espconn.Err
		call func(s rig) espconn.Err
	}{
		{"connect NULL", arg, func(s rig) espconn.Err { return s.api.Connect(nil) }},
		{"connect nil espconn", arg, func(s rig) espconn.Err { return s.api.Connect(e(nil)) }},
		{"connect UDP", arg, func(s rig) espconn.Err { return s.api.Connect(s.newUDP) }},
		{"connect invalid", arg, func(s rig) espconn.Err { return s.api.Connect(s.invalid) }},
		{"connect without esp_tcp", arg, func(s rig) espconn.Err { return s.api.Connect(noProto(espconn.TypeTCP)) }},
		{"connect over the limit", conn, func(s rig) espconn.Err { s.api.TcpSetMaxCon(1); return s.api.Connect(s.newTCP) }},
		{"connect without address", route, func(s rig) espconn.Err { s.ip[0] = netip.Prefix{}; return s.api.Connect(s.newTCP) }},
		{"connect, soft-AP without address", route, func(s rig) espconn.Err { s.mode = 2; return s.api.Connect(s.newTCP) }},
		{"connect, both, connecting", route, func(s rig) espconn.Err {
			s.mode, s.status, s.ip[0] = 3, 1, netip.Prefix{}
			return s.api.Connect(s.newTCP)
		}},
		{"connect, both, to the soft-AP's net", ok, func(s rig) espconn.Err {
			s.mode, s.ip = 3, [2]netip.Prefix{{}, netip.MustParsePrefix("10.0.0.1/24")}
			return s.api.Connect(s.newTCP)
		}},
		{"connect with a used local port", conn, func(s rig) espconn.Err { return s.api.Connect(tcp("10.0.0.8", 80, 4000)) }},
		{"connect again", conn, func(s rig) espconn.Err { return s.api.Connect(s.client) }},
		{"connect without memory", mem, func(s rig) espconn.Err { fill(s, 100); return s.api.Connect(s.newTCP) }},
		{"connect without memory for the PCB", mem, func(s rig) espconn.Err {
			abortAll(s)
			s.heap.leave(200)
			return s.api.Connect(s.newTCP)
		}},
		{"connect with an older one's PCB", ok, func(s rig) espconn.Err { fill(s, 200); return s.api.Connect(s.newTCP) }},
		{"connect without memory for the SYN", mem, func(s rig) espconn.Err { fill(s, 340); return s.api.Connect(s.newTCP) }},
		{"connect without route", route, func(s rig) espconn.Err { s.ifc.SetUp(false); return s.api.Connect(s.newTCP) }},
		{"connect", ok, func(s rig) espconn.Err { return s.api.Connect(s.newTCP) }},

		{"accept NULL", arg, func(s rig) espconn.Err { return s.api.Accept(nil) }},
		{"accept UDP", arg, func(s rig) espconn.Err { return s.api.Accept(s.newUDP) }},
		{"accept without esp_tcp", arg, func(s rig) espconn.Err { return s.api.Accept(noProto(espconn.TypeTCP)) }},
		{"accept on a connection's port", conn, func(s rig) espconn.Err { return s.api.Accept(tcp("", 0, 4000)) }},
		{"accept without memory", mem, func(s rig) espconn.Err { fill(s, 100); return s.api.Accept(s.newTCP) }},
		{"accept without memory for the PCB", mem, func(s rig) espconn.Err {
			abortAll(s)
			s.heap.leave(140)
			return s.api.Accept(s.newTCP)
		}},
		{"accept with a connection's PCB", ok, func(s rig) espconn.Err { fill(s, 140); return s.api.Accept(s.newTCP) }},
		{"accept twice", ok, func(s rig) espconn.Err { return s.api.Accept(s.server) }},
		{"accept", ok, func(s rig) espconn.Err { return s.api.Accept(s.newTCP) }},

		{"create NULL", arg, func(s rig) espconn.Err { return s.api.Create(nil) }},
		{"create TCP", arg, func(s rig) espconn.Err { return s.api.Create(s.newTCP) }},
		{"create without esp_udp", arg, func(s rig) espconn.Err { return s.api.Create(noProto(espconn.TypeUDP)) }},
		{"create on a used port", conn, func(s rig) espconn.Err { return s.api.Create(udpConn("", 0, 7000)) }},
		{"create without memory", mem, func(s rig) espconn.Err { fill(s, 100); return s.api.Create(s.newUDP) }},
		{"create without memory for the PCB", mem, func(s rig) espconn.Err { fill(s, 140); return s.api.Create(s.newUDP) }},
		{"create", ok, func(s rig) espconn.Err { return s.api.Create(s.newUDP) }},
		{"create on port 0", ok, func(s rig) espconn.Err { return s.api.Create(udpConn("", 0, 0)) }},

		{"disconnect NULL", arg, func(s rig) espconn.Err { return s.api.Disconnect(nil) }},
		{"disconnect UDP", arg, func(s rig) espconn.Err { return s.api.Disconnect(s.udp) }},
		{"disconnect unknown", arg, func(s rig) espconn.Err { return s.api.Disconnect(s.newTCP) }},
		{"disconnect server", arg, func(s rig) espconn.Err { return s.api.Disconnect(s.server) }},
		{"disconnect", ok, func(s rig) espconn.Err { return s.api.Disconnect(s.client) }},
		{"disconnect twice", prog, func(s rig) espconn.Err { s.api.Disconnect(s.client); return s.api.Disconnect(s.client) }},
		{"abort NULL", arg, func(s rig) espconn.Err { return s.api.Abort(nil) }},
		{"abort UDP", arg, func(s rig) espconn.Err { return s.api.Abort(s.udp) }},
		{"abort unknown", arg, func(s rig) espconn.Err { return s.api.Abort(s.newTCP) }},
		{"abort", ok, func(s rig) espconn.Err { return s.api.Abort(s.client) }},
		{"abort twice", prog, func(s rig) espconn.Err { s.api.Abort(s.client); return s.api.Abort(s.client) }},
		{"delete NULL", arg, func(s rig) espconn.Err { return s.api.Delete(nil) }},
		{"delete unknown UDP", arg, func(s rig) espconn.Err { return s.api.Delete(s.newUDP) }},
		{"delete UDP", ok, func(s rig) espconn.Err { return s.api.Delete(s.udp) }},
		{"delete a client", ok, func(s rig) espconn.Err { return s.api.Delete(s.client) }},
		{"delete server", ok, func(s rig) espconn.Err { return s.api.Delete(s.server) }},
		{"delete, then create again", ok, func(s rig) espconn.Err { s.api.Delete(s.udp); return s.api.Create(s.udp) }},

		{"send NULL", arg, func(s rig) espconn.Err { return s.api.Send(nil, one) }},
		{"send no data", arg, func(s rig) espconn.Err { return s.api.SendNull(s.udp, 5) }},
		{"send nothing", arg, func(s rig) espconn.Err { return s.api.Send(s.udp, []byte{}) }},
		{"send too much", arg, func(s rig) espconn.Err { return s.api.Send(s.udp, make([]byte, 65536)) }},
		{"send unknown", arg, func(s rig) espconn.Err { return s.api.Send(s.newTCP, one) }},
		{"send on a server", arg, func(s rig) espconn.Err { return s.api.Send(s.server, one) }},
		{"send before connect", arg, func(s rig) espconn.Err { return s.api.Sent(s.client, one) }},
		{"send UDP", ok, func(s rig) espconn.Err { return s.api.Send(s.udp, one) }},
		{"send UDP without memory", mem, func(s rig) espconn.Err { fill(s, 100); return s.api.Send(s.udp, one) }},
		{"send UDP without route", route, func(s rig) espconn.Err { s.ifc.SetUp(false); return s.api.Send(s.udp, one) }},
		{"sendto NULL", arg, func(s rig) espconn.Err { return s.api.Sendto(nil, one) }},
		{"sendto TCP", arg, func(s rig) espconn.Err { return s.api.Sendto(s.client, one) }},
		{"sendto nothing", arg, func(s rig) espconn.Err { return s.api.Sendto(s.udp, nil) }},
		{"sendto unknown", arg, func(s rig) espconn.Err { return s.api.Sendto(s.newUDP, one) }},
		{"sendto", ok, func(s rig) espconn.Err { return s.api.Sendto(s.udp, one) }},

		{"regist_time NULL", arg, func(s rig) espconn.Err { return s.api.RegistTime(nil, 5, 0) }},
		{"regist_time flag 2", arg, func(s rig) espconn.Err { return s.api.RegistTime(s.server, 5, 2) }},
		{"regist_time 0 on a client", arg, func(s rig) espconn.Err { return s.api.RegistTime(s.client, 5, 0) }},
		{"regist_time 1 on an unknown", arg, func(s rig) espconn.Err { return s.api.RegistTime(s.newTCP, 5, 1) }},
		{"regist_time 0", ok, func(s rig) espconn.Err { return s.api.RegistTime(s.server, 100_000, 0) }},
		{"regist_time 1", ok, func(s rig) espconn.Err { return s.api.RegistTime(s.client, 5, 1) }},

		{"set_max_con 0", arg, func(s rig) espconn.Err { return s.api.TcpSetMaxCon(0) }},
		{"set_max_con 15", ok, func(s rig) espconn.Err { return s.api.TcpSetMaxCon(15) }},
		{"set_max_con 16", arg, func(s rig) espconn.Err { return s.api.TcpSetMaxCon(16) }},
		{"get_max_con_allow NULL", arg, func(s rig) espconn.Err { return s.api.TcpGetMaxConAllow(nil) }},
		{"get_max_con_allow client", arg, func(s rig) espconn.Err { return s.api.TcpGetMaxConAllow(s.client) }},
		{"get_max_con_allow UDP", arg, func(s rig) espconn.Err { return s.api.TcpGetMaxConAllow(s.udp) }},
		{"get_max_con_allow", 5, func(s rig) espconn.Err { return s.api.TcpGetMaxConAllow(s.server) }},
		{"set_max_con_allow NULL", arg, func(s rig) espconn.Err { return s.api.TcpSetMaxConAllow(nil, 1) }},
		{"set_max_con_allow 6", arg, func(s rig) espconn.Err { return s.api.TcpSetMaxConAllow(s.server, 6) }},
		{"set_max_con_allow 0", ok, func(s rig) espconn.Err { return s.api.TcpSetMaxConAllow(s.server, 0) }},
		{"allowance stays", 5, func(s rig) espconn.Err { s.api.TcpSetMaxCon(7); return s.api.TcpGetMaxConAllow(s.server) }},
		{"set_wnd 0", arg, func(s rig) espconn.Err { return s.api.TcpSetWnd(0) }},
		{"set_wnd 16", arg, func(s rig) espconn.Err { return s.api.TcpSetWnd(16) }},
		{"set_max_retran 13", arg, func(s rig) espconn.Err { return s.api.TcpSetMaxRetran(13) }},
		{"set_max_syn 0", arg, func(s rig) espconn.Err { return s.api.TcpSetMaxSyn(0) }},
		{"set_buf_count 9", arg, func(s rig) espconn.Err { return s.api.TcpSetBufCount(s.client, 9) }},
		{"set_buf_count on a server", arg, func(s rig) espconn.Err { return s.api.TcpSetBufCount(s.server, 1) }},
		{"set_buf_count", ok, func(s rig) espconn.Err { return s.api.TcpSetBufCount(s.client, 8) }},

		{"get_connection_info NULL", arg, func(s rig) espconn.Err { return s.api.GetConnectionInfo(nil, &info, 0) }},
		{"get_connection_info client", arg, func(s rig) espconn.Err { return s.api.GetConnectionInfo(s.client, &info, 0) }},
		{"get_connection_info server", arg, func(s rig) espconn.Err { return s.api.GetConnectionInfo(s.server, &info, 0) }},
		{"get_connection_info UDP", ok, func(s rig) espconn.Err { return s.api.GetConnectionInfo(s.udp, &info, 0) }},
		{"get_packet_info NULL", arg, func(s rig) espconn.Err { return s.api.GetPacketInfo(s.client, nil) }},
		{"get_packet_info UDP", arg, func(s rig) espconn.Err { return s.api.GetPacketInfo(s.udp, &packet) }},
		{"get_packet_info unknown", ok, func(s rig) espconn.Err { return s.api.GetPacketInfo(s.newTCP, &packet) }},
		{"get_packet_info unknown, state", arg, func(s rig) espconn.Err {
			s.newTCP.State = espconn.StateConnect
			return s.api.GetPacketInfo(s.newTCP, &packet)
		}},
		{"get_packet_info", ok, func(s rig) espconn.Err { return s.api.GetPacketInfo(s.client, &packet) }},

		{"set_opt NULL", arg, func(s rig) espconn.Err { return s.api.SetOpt(nil, 1) }},
		{"set_opt UDP", arg, func(s rig) espconn.Err { return s.api.SetOpt(s.udp, 1) }},
		{"set_opt unknown", arg, func(s rig) espconn.Err { return s.api.SetOpt(s.newTCP, 1) }},
		{"set_opt", ok, func(s rig) espconn.Err { return s.api.SetOpt(s.client, espconn.KEEPALIVE) }},
		{"clear_opt unknown", arg, func(s rig) espconn.Err { return s.api.ClearOpt(s.newTCP, 1) }},
		{"clear_opt", ok, func(s rig) espconn.Err { return s.api.ClearOpt(s.client, 255) }},
		{"set_keepalive without the option", arg, func(s rig) espconn.Err { return s.api.SetKeepalive(s.client, 0, &v) }},
		{"set_keepalive level 3", arg, func(s rig) espconn.Err { s.api.SetOpt(s.client, 8); return s.api.SetKeepalive(s.client, 3, &v) }},
		{"set_keepalive NULL", arg, func(s rig) espconn.Err { s.api.SetOpt(s.client, 8); return s.api.SetKeepalive(s.client, 0, nil) }},
		{"set_keepalive", ok, func(s rig) espconn.Err { s.api.SetOpt(s.client, 8); return s.api.SetKeepalive(s.client, 2, &v) }},
		{"get_keepalive NULL", arg, func(s rig) espconn.Err { return s.api.GetKeepalive(nil, 0, &v) }},
		{"get_keepalive", ok, func(s rig) espconn.Err { s.api.SetOpt(s.client, 8); return s.api.GetKeepalive(s.client, 0, &v) }},

		{"recv_hold NULL", arg, func(s rig) espconn.Err { return s.api.RecvHold(nil) }},
		{"recv_hold unknown", arg, func(s rig) espconn.Err { return s.api.RecvHold(s.newTCP) }},
		{"recv_hold", ok, func(s rig) espconn.Err { return s.api.RecvHold(s.client) }},
		{"recv_hold UDP", ok, func(s rig) espconn.Err { return s.api.RecvHold(s.udp) }},
		{"recv_unhold unknown", arg, func(s rig) espconn.Err { return s.api.RecvUnhold(s.newTCP) }},
		{"recv_unhold UDP", ok, func(s rig) espconn.Err { return s.api.RecvUnhold(s.udp) }},
		{"recv_unhold", ok, func(s rig) espconn.Err { s.api.RecvHold(s.client); return s.api.RecvUnhold(s.client) }},
		{"recved_len NULL", arg, func(s rig) espconn.Err { return espconn.Err(s.api.RecvedLen(nil)) }},
		{"recved_len UDP", arg, func(s rig) espconn.Err { return espconn.Err(s.api.RecvedLen(s.udp)) }},
		{"recved_len", ok, func(s rig) espconn.Err { return espconn.Err(s.api.RecvedLen(s.client)) }},
		{"recv NULL", arg, func(s rig) espconn.Err { return espconn.Err(s.api.Recv(nil, one)) }},
		{"recv without memory", arg, func(s rig) espconn.Err { return espconn.Err(s.api.Recv(s.client, nil)) }},
		{"recv unknown", arg, func(s rig) espconn.Err { return espconn.Err(s.api.Recv(s.newTCP, one)) }},
		{"recv without a ring", mem, func(s rig) espconn.Err { return espconn.Err(s.api.Recv(s.client, one)) }},

		{"igmp_join no group", mem, func(s rig) espconn.Err { return s.api.IgmpJoin([4]byte{}, [4]byte{10, 0, 0, 9}) }},
		{"igmp_join 224.0.0.1", mem, func(s rig) espconn.Err { return s.api.IgmpJoin([4]byte{}, [4]byte{224, 0, 0, 1}) }},
		{"igmp_join other interface", mem, func(s rig) espconn.Err { return s.api.IgmpJoin([4]byte{10, 0, 0, 3}, [4]byte{239, 1, 1, 1}) }},
		{"igmp_join", ok, func(s rig) espconn.Err { return s.api.IgmpJoin([4]byte{10, 0, 0, 2}, [4]byte{239, 1, 1, 1}) }},
		{"igmp_leave not joined", mem, func(s rig) espconn.Err { return s.api.IgmpLeave([4]byte{}, [4]byte{239, 1, 1, 1}) }},
		{"igmp_leave", ok, func(s rig) espconn.Err {
			s.api.IgmpJoin([4]byte{}, [4]byte{239, 1, 1, 1})
			return s.api.IgmpLeave([4]byte{}, [4]byte{239, 1, 1, 1})
		}},
		{"gethostbyname NULL addr", arg, func(s rig) espconn.Err { return s.api.Gethostbyname(s.client, "a.de", nil, nil) }},
		{"gethostbyname empty", arg, func(s rig) espconn.Err { return s.api.Gethostbyname(s.client, "", new([4]byte), nil) }},
		{"gethostbyname literal", ok, func(s rig) espconn.Err { return s.api.Gethostbyname(nil, "0x7f.1", new([4]byte), nil) }},
		{"gethostbyname", prog, func(s rig) espconn.Err { return s.api.Gethostbyname(s.client, "a.de", new([4]byte), nil) }},
		{"gethostbyname the fifth", mem, func(s rig) espconn.Err {
			for range 4 {
				s.api.Gethostbyname(s.client, "a.de", new([4]byte), nil)
			}
			return s.api.Gethostbyname(s.client, "b.de", new([4]byte), nil)
		}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			rig := newPlainCallRig(t, espconn.ManualV21())
			assert.Equal(t, r.want, r.call(rig))
		})
	}
}

// TestPlainStates are the states after a call: those of the manual profiles only change when the call succeeds.
func TestPlainStates(t *testing.T) {
	for _, r := range []struct {
		profile string
		send    espconn.State // of a send before the connection is up
		status  espconn.Err   // of a connect in mode 3 while the station connects
	}{
		{"ManualV21", espconn.StateWait, espconn.RTE},
		{"SDK306", espconn.StateWrite, 1},
	} {
		p, _ := espconn.ProfileByName(r.profile)
		rig := newPlainCallRig(t, p)
		assert.Equal(t, espconn.StateWait, rig.client.State)
		assert.Equal(t, espconn.StateListen, rig.server.State)
		assert.Equal(t, espconn.StateNone, rig.udp.State)
		assert.Equal(t, espconn.ARG, rig.api.Send(rig.client, []byte("x")))
		assert.Equal(t, r.send, rig.client.State, r.profile)
		rig.mode, rig.status, rig.ip[0] = 3, 1, netip.Prefix{}
		assert.Equal(t, r.status, rig.api.Connect(rig.newTCP))
		assert.Equal(t, espconn.StateNone, rig.newTCP.State)
	}
}

// TestPlainNumbers are the getters after boot and after their setters (espconn.md 5.12, 5.21).
func TestPlainNumbers(t *testing.T) {
	a := newPlainCallRig(t, espconn.ManualV21()).api
	assert.Equal(t, []int{5, 4, 1460, 12, 6}, []int{
		int(a.TcpGetMaxCon()), int(a.TcpGetWnd()), int(a.TcpGetMss()), int(a.TcpGetMaxRetran()), int(a.TcpGetMaxSyn()),
	})
	for _, set := range []func(uint8) espconn.Err{a.TcpSetMaxCon, a.TcpSetWnd, a.TcpSetMaxRetran, a.TcpSetMaxSyn} {
		assert.Equal(t, espconn.OK, set(3))
	}
	assert.Equal(t, []int{3, 3, 3, 3}, []int{int(a.TcpGetMaxCon()), int(a.TcpGetWnd()), int(a.TcpGetMaxRetran()), int(a.TcpGetMaxSyn())})
}

// TestDNSServers are setserver's rules (espconn.md 5.18).
func TestDNSServers(t *testing.T) {
	a := newPlainCallRig(t, espconn.ManualV21()).api
	def := [4]byte{208, 67, 222, 222}
	assert.Equal(t, [][4]byte{def, {}, {}}, [][4]byte{a.DnsGetserver(0), a.DnsGetserver(1), a.DnsGetserver(2)})
	a.DnsSetserver(1, &[4]byte{10, 0, 0, 3})
	a.DnsSetserver(2, &[4]byte{10, 0, 0, 4})
	a.DnsSetserver(0, &[4]byte{})
	assert.Equal(t, [][4]byte{def, {10, 0, 0, 3}, {}}, [][4]byte{a.DnsGetserver(0), a.DnsGetserver(1), a.DnsGetserver(2)})
	a.DnsSetserver(0, nil)
	assert.Equal(t, [][4]byte{def, def}, [][4]byte{a.DnsGetserver(0), a.DnsGetserver(1)})
}

// TestMixedCalls is manual-profile.md #32 and oracle/espconn FINDINGS B8.
func TestMixedCalls(t *testing.T) {
	var info []espconn.RemotInfo
	var packet espconn.Packet
	v := int32(1)
	const crashes = espconn.Err(99)
	rows := []struct {
		name string
		sdk  espconn.Err
		call func(a *espconn.API, secure, plain *espconn.Espconn) espconn.Err
	}{
		{"send", espconn.ARG, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.Send(c, []byte("x")) }},
		{"get_connection_info", espconn.ARG, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err {
			return a.GetConnectionInfo(c, &info, 0)
		}},
		{"get_packet_info", espconn.ARG, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.GetPacketInfo(c, &packet) }},
		{"regist_time", espconn.OK, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.RegistTime(c, 5, 1) }},
		{"set_opt", espconn.OK, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.SetOpt(c, 4) }},
		{"clear_opt", espconn.OK, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.ClearOpt(c, 4) }},
		{"set_keepalive", espconn.ARG, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.SetKeepalive(c, 0, &v) }},
		{"recv_hold", espconn.OK, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.RecvHold(c) }},
		{"recved_len", espconn.OK, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return espconn.Err(a.RecvedLen(c)) }},
		{"recv_unhold", espconn.OK, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.RecvUnhold(c) }},
		{"recv_unhold when held", crashes, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err {
			a.RecvHold(c)
			return a.RecvUnhold(c)
		}},
		{"disconnect", crashes, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.Disconnect(c) }},
		{"abort", crashes, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err { return a.Abort(c) }},
		{"delete as UDP", crashes, func(a *espconn.API, c, _ *espconn.Espconn) espconn.Err {
			c.Type = espconn.TypeUDP
			return a.Delete(c)
		}},
		{"secure_send", crashes, func(a *espconn.API, _, c *espconn.Espconn) espconn.Err { return a.SecureSend(c, []byte("x")) }},
		{"secure_disconnect", crashes, func(a *espconn.API, _, c *espconn.Espconn) espconn.Err { return a.SecureDisconnect(c) }},
	}
	for _, r := range rows {
		for profile, want := range map[string]espconn.Err{"ManualV21": espconn.ARG, "SDK306": r.sdk} {
			t.Run(r.name+"/"+profile, func(t *testing.T) {
				p, _ := espconn.ProfileByName(profile)
				rig := newPlainCallRig(t, p)
				secure := tcp("10.0.0.9", 443, 0)
				assert.Equal(t, espconn.OK, rig.api.SecureConnect(secure))
				got := crashes
				rig.do(func() { got = r.call(rig.api, secure, rig.client) })
				assert.Equal(t, want, got)
				assert.Equal(t, want == crashes, rig.fatal != nil)
				if profile == "ManualV21" {
					assert.Contains(t, rig.found, espconn.RuleMixed)
				}
			})
		}
	}
}

// TestPlainFindings: misuse of plain calls is found.
func TestPlainFindings(t *testing.T) {
	rig := newPlainCallRig(t, espconn.ManualV21())
	rig.api.Accept(tcp("", 0, 80))
	assert.Equal(t, []string{espconn.RuleDeafServer}, rig.found)
}
