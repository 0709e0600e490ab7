// Code generated from package espconn by go test ./emulator/sdk -update; DO NOT EDIT.

package sdk

import (
	"github.com/emu8266/emu8266/espconn"
)

// Abort is espconn_abort: TCP is reset at once, and the disconnect callback follows from a task. ARG for NULL, another
// type and an espconn without a connection, INPROGRESS when it is closing already (espconn.md 5.5).
//
// Deviation: inside a callback the chip goes on with the freed connection and sends one frame more; here nothing follows
// the reset (oracle/espconn FINDINGS B6).
func (s *SDK) Abort(c espconn.Ref) espconn.Err { return s.board.Espconn().Abort(c) }

// Accept is espconn_accept: a TCP server on the local port in c, with at most TcpGetMaxCon connections at a time, each
// closed after 10 s of silence. ARG for NULL and another type, ISCONN when an active connection's espconn has the same
// local port, MEM without memory, else OK and state LISTEN. On a port that a server or a connection in TIME_WAIT has the
// result is OK, too, but nobody ever comes (espconn.md 5.2).
func (s *SDK) Accept(c espconn.Ref) espconn.Err { return s.board.Espconn().Accept(c) }

// ClearOpt is espconn_clear_opt. Whatever is cleared, without NODELAY Nagle is switched on, which it is not before
// (espconn.md 5.15). Results as SetOpt.
func (s *SDK) ClearOpt(c espconn.Ref, opt espconn.Option) espconn.Err {
	return s.board.Espconn().ClearOpt(c, opt)
}

// Connect is espconn_connect: a TCP connection to the remote address and port in c. On OK the state is WAIT, and the
// connect callback follows, or the disconnect or reconnect callback.
//
// In this order (espconn.md 5.1): ARG for NULL and for another type; ISCONN with as many active TCP connections as
// TcpGetMaxCon; RTE without an address (SDK profiles: a positive station status in mode 3); ISCONN when another active
// connection's espconn has the same local port, 0 included; MEM without memory, which may leave the state at WAIT and the
// connection listed; RTE without a route, with the state at WAIT.
func (s *SDK) Connect(c espconn.Ref) espconn.Err { return s.board.Espconn().Connect(c) }

// Create is espconn_create: UDP on the local port in c; 0 takes the lowest free port from 4096 up. ARG for NULL and
// another type, ISCONN when another UDP espconn has the same local port, 0 included, MEM without memory, else OK. On a
// port that the SDK's own services have nothing is ever received (espconn.md 5.3).
func (s *SDK) Create(c espconn.Ref) espconn.Err { return s.board.Espconn().Create(c) }

// Delete is espconn_delete: a TCP server or a UDP espconn is gone. ARG for NULL and a UDP espconn that was not created;
// INPROGRESS for a server with connections; else OK, also for a TCP espconn that is no server (espconn.md 5.6,
// oracle/espconn FINDINGS A6).
func (s *SDK) Delete(c espconn.Ref) espconn.Err { return s.board.Espconn().Delete(c) }

// Disconnect is espconn_disconnect: TCP is closed in order, and the disconnect callback follows from a task, without
// waiting for the peer. ARG for NULL, another type and an espconn without a connection; INPROGRESS for a client that is
// closing already; else OK, also when the FIN finds no room in TCP: then nothing follows (espconn.md 5.4, 4.7).
func (s *SDK) Disconnect(c espconn.Ref) espconn.Err { return s.board.Espconn().Disconnect(c) }

// DnsGetserver is espconn_dns_getserver: DNS server 0 or 1, 0.0.0.0 for other numbers and without one (espconn.md 5.18).
func (s *SDK) DnsGetserver(numdns uint8) [4]byte { return s.board.Espconn().DnsGetserver(numdns) }

// DnsSetserver is espconn_dns_setserver: DNS server 0 or 1; DHCP changes them no more. Other numbers and 0.0.0.0 set
// nothing, but keep DHCP away too. nil sets both to 208.67.222.222 and lets DHCP set them again (espconn.md 5.18).
func (s *SDK) DnsSetserver(numdns uint8, dnsserver *[4]byte) {
	s.board.Espconn().DnsSetserver(numdns, dnsserver)
}

// GetConnectionInfo is espconn_get_connection_info: the connections of a server, or the last sender of a UDP espconn. It
// sets c's LinkCnt to their number and info to the entries, which stay valid until the next call; typeFlags is ignored.
// ARG for NULL and when there are none, as for every client (espconn.md 5.13).
func (s *SDK) GetConnectionInfo(c espconn.Ref, info *[]espconn.RemotInfo, typeFlags uint8) espconn.Err {
	return s.board.Espconn().GetConnectionInfo(c, info, typeFlags)
}

// GetKeepalive is espconn_get_keepalive: it writes the figure to optarg. Results as SetKeepalive.
func (s *SDK) GetKeepalive(c espconn.Ref, level uint8, optarg *int32) espconn.Err {
	return s.board.Espconn().GetKeepalive(c, level, optarg)
}

// GetPacketInfo is espconn_get_packet_info. Of a connection that the firmware has closed or reset TCP's figures are told until its
// disconnect callback. For an espconn without a connection the state decides: CLOSE gives what was told last of the connection that had a
// disconnect callback last, NONE that of the one with a reconnect callback (espconn.md 5.14), others ARG. ARG also for NULLs and another
// type.
func (s *SDK) GetPacketInfo(c espconn.Ref, info *espconn.Packet) espconn.Err {
	return s.board.Espconn().GetPacketInfo(c, info)
}

// Gethostbyname is espconn_gethostbyname. For an IPv4 address in figures it fills addr and returns OK; for a name it
// returns INPROGRESS, and found follows with the address or, after 6 to 14 s, nil; arg is c and may be nil. ARG without
// addr, for an empty name and one of 256 bytes or more; MEM while 4 names are being looked up (espconn.md 5.18). Of
// several lookups at a time only the answer to the most recent query is accepted; the others succeed with their repeats.
func (s *SDK) Gethostbyname(c *espconn.Espconn, hostname string, addr *[4]byte,
	found func(name string, ip *[4]byte, arg *espconn.Espconn)) espconn.Err {
	return s.board.Espconn().Gethostbyname(c, hostname, addr, found)
}

// IgmpJoin is espconn_igmp_join: what is sent to the multicast group is received, on the interface with the address
// hostIP, or on all for 0.0.0.0. MEM for every failure: no multicast address, 224.0.0.1, no such interface
// (espconn.md 5.19).
func (s *SDK) IgmpJoin(hostIP, multicastIP [4]byte) espconn.Err {
	return s.board.Espconn().IgmpJoin(hostIP, multicastIP)
}

// IgmpLeave is espconn_igmp_leave, which takes one IgmpJoin back. MEM for every failure, as when the group was not joined
// (espconn.md 5.19).
func (s *SDK) IgmpLeave(hostIP, multicastIP [4]byte) espconn.Err {
	return s.board.Espconn().IgmpLeave(hostIP, multicastIP)
}

// Port is espconn_port: a random number 1024..49999, not the same twice in a row. By the manual profiles the port is free, as the
// manuals say (V2.1 5, V1.0 4; manual-profile.md #38): no connection, TIME_WAIT included, no server and no UDP espconn has it. The
// SDK does not look (espconn.md 5.17).
func (s *SDK) Port() uint32 { return s.board.Espconn().Port() }

// Recv is espconn_recv: it moves waiting bytes to mem, opens the window by their number while the connection is up, and returns
// it, 0 when nothing waits. ARG for NULL, nil or empty mem and an espconn without a connection, MEM when data never waited
// here (espconn.md 5.16). The SDK exports it without a declaration.
func (s *SDK) Recv(c espconn.Ref, mem []byte) int16 { return s.board.Espconn().Recv(c, mem) }

// RecvHold is espconn_recv_hold: data goes on coming, but the window is not reopened, so that the peer stops after at
// most 5,840 bytes. ARG for NULL, and with a line for an espconn without a connection (espconn.md 5.16).
func (s *SDK) RecvHold(c espconn.Ref) espconn.Err { return s.board.Espconn().RecvHold(c) }

// RecvUnhold is espconn_recv_unhold: what was received since RecvHold is given back to the window. Results as RecvHold.
func (s *SDK) RecvUnhold(c espconn.Ref) espconn.Err { return s.board.Espconn().RecvUnhold(c) }

// RecvedLen is espconn_recved_len: the bytes that wait for Recv. ARG for NULL, another type, and an espconn without a
// connection (espconn.md 5.16).
func (s *SDK) RecvedLen(c espconn.Ref) int16 { return s.board.Espconn().RecvedLen(c) }

// RegistConnectcb sets the callback of a finished connection. The result is OK, or ARG for NULL (espconn.md 5.10).
// Registering on a server after a client was accepted does not affect that client.
func (s *SDK) RegistConnectcb(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	return s.board.Espconn().RegistConnectcb(c, cb)
}

// RegistDisconcb sets the callback of a connection that was closed. Results as RegistConnectcb.
func (s *SDK) RegistDisconcb(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	return s.board.Espconn().RegistDisconcb(c, cb)
}

// RegistReconcb sets the callback of a connection that failed or broke. Results as RegistConnectcb (espconn.md 5.10).
// The callback's Err is a code of TCP (RST, CONN, TIMEOUT, ABRT) or the TLS library's code folded into eight bits: -114 for
// -0x7200 (tls.md 3.1). `emu8266 decode -114` and emulator's Device.Explain say what it means.
func (s *SDK) RegistReconcb(c *espconn.Espconn, cb func(*espconn.Espconn, espconn.Err)) espconn.Err {
	return s.board.Espconn().RegistReconcb(c, cb)
}

// RegistRecvcb sets the callback of received data. Results as RegistConnectcb.
func (s *SDK) RegistRecvcb(c *espconn.Espconn, cb func(*espconn.Espconn, []byte)) espconn.Err {
	return s.board.Espconn().RegistRecvcb(c, cb)
}

// RegistSentcb sets the callback of a finished send. Results as RegistConnectcb.
func (s *SDK) RegistSentcb(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	return s.board.Espconn().RegistSentcb(c, cb)
}

// RegistTime is espconn_regist_time: the seconds of silence after which a server closes a connection. typeFlag 0: of all
// connections of the server c, 0 means never; 1: of the one connection c, 0 means the server's value. On clients it has
// no effect. ARG for NULL, another typeFlag, what is no server (0) or no connection (1) (espconn.md 5.11).
func (s *SDK) RegistTime(c espconn.Ref, interval uint32, typeFlag uint8) espconn.Err {
	return s.board.Espconn().RegistTime(c, interval, typeFlag)
}

// RegistWriteFinish sets a callback that secure connections never call: 0 and a finding there (manual V2.1 5;
// manual-profile.md #32). V1.0 makes no exception of it: no finding by ManualV10, and still no call.
// ARG for NULL, without esp_tcp and for UDP (espconn.md 5.10).
func (s *SDK) RegistWriteFinish(c *espconn.Espconn, cb func(*espconn.Espconn)) espconn.Err {
	return s.board.Espconn().RegistWriteFinish(c, cb)
}

// Send is espconn_send, for TCP and UDP. TCP takes what fits into its send buffer at once and reads the rest from data as
// the peer acknowledges: data must stay unchanged until the sent callback, which comes once when all of it is
// acknowledged. UDP: see Sendto.
//
// In this order (espconn.md 5.7): ARG for NULL, no data, length 0 and more than 65,535 bytes; ARG for an espconn without a
// connection; ARG before the connect callback, and with COPY before write_finish; MAXNUM before the sent callback of the
// send before, with COPY when TCP's queue of 8 is full; MEM; CONN when TCP is closing; else OK. SDK profiles set the
// state WRITE as soon as the connection is found.
func (s *SDK) Send(c espconn.Ref, data []byte) espconn.Err { return s.board.Espconn().Send(c, data) }

// Sendto is espconn_sendto: data goes to the remote address and port in c as one datagram, or as several of 1,472 bytes
// and a rest. The sent callback is made once, before Sendto returns, if the last one could be sent. ARG for NULL, no data,
// another type and an espconn that was not created; MEM; RTE without a route; IF when the radio's buffers are all in use, which
// they are until the callback returns. The result is the first datagram's (espconn.md 5.8).
//
// A broadcast to 255.255.255.255 and a datagram to a multicast group leave through the default interface, in mode StationAPMode the
// soft-AP; with WifiSetBroadcastIf(1) the station, with 3 a broadcast through the station and then the soft-AP.
func (s *SDK) Sendto(c espconn.Ref, data []byte) espconn.Err {
	return s.board.Espconn().Sendto(c, data)
}

// Sent is espconn_sent, the same function by its old name (espconn.md 5.7).
func (s *SDK) Sent(c espconn.Ref, data []byte) espconn.Err { return s.board.Espconn().Sent(c, data) }

// SetKeepalive is espconn_set_keepalive: one figure of keepalive on a connection that has the option KEEPALIVE. ARG for
// NULLs, another type or level, an espconn without a connection, and without the option (espconn.md 5.15).
// Choice: a figure below 0 leaves what TCP has.
func (s *SDK) SetKeepalive(c espconn.Ref, level uint8, optarg *int32) espconn.Err {
	return s.board.Espconn().SetKeepalive(c, level, optarg)
}

// SetOpt is espconn_set_opt: options of a connection, to be set in its connect callback or later; they end with it.
// NODELAY switches Nagle off, KEEPALIVE switches keepalive on. ARG for NULL, another type and an espconn without a
// connection (espconn.md 5.15).
func (s *SDK) SetOpt(c espconn.Ref, opt espconn.Option) espconn.Err {
	return s.board.Espconn().SetOpt(c, opt)
}

// TcpGetMaxCon is espconn_tcp_get_max_con: how many TCP connections there may be at a time, 5 after boot
// (espconn.md 5.12).
func (s *SDK) TcpGetMaxCon() uint8 { return s.board.Espconn().TcpGetMaxCon() }

// TcpGetMaxConAllow is espconn_tcp_get_max_con_allow: the allowance of a server. ARG for NULL, UDP and what is no server
// (espconn.md 5.12).
func (s *SDK) TcpGetMaxConAllow(c espconn.Ref) espconn.Err {
	return s.board.Espconn().TcpGetMaxConAllow(c)
}

// TcpGetMaxRetran is espconn_tcp_get_max_retran: retransmissions of data, 12 after boot (espconn.md 5.21).
func (s *SDK) TcpGetMaxRetran() uint8 { return s.board.Espconn().TcpGetMaxRetran() }

// TcpGetMaxSyn is espconn_tcp_get_max_syn: retransmissions of a SYN, 6 after boot (espconn.md 5.21).
func (s *SDK) TcpGetMaxSyn() uint8 { return s.board.Espconn().TcpGetMaxSyn() }

// TcpGetMss is espconn_tcp_get_mss: the maximum segment size in bytes (espconn.md 5.21).
func (s *SDK) TcpGetMss() uint16 { return s.board.Espconn().TcpGetMss() }

// TcpGetWnd is espconn_tcp_get_wnd: the receive window in segments, 4 after boot (espconn.md 5.21).
func (s *SDK) TcpGetWnd() uint8 { return s.board.Espconn().TcpGetWnd() }

// TcpSetBufCount is espconn_tcp_set_buf_count: how many sends of a connection may be outstanding, up to 8. ARG for NULL,
// a greater number and an espconn without a TCP connection (espconn.md 5.21).
func (s *SDK) TcpSetBufCount(c espconn.Ref, num uint8) espconn.Err {
	return s.board.Espconn().TcpSetBufCount(c, num)
}

// TcpSetMaxCon is espconn_tcp_set_max_con: 1..15, else ARG. Servers keep the allowance they have (espconn.md 5.12).
func (s *SDK) TcpSetMaxCon(num uint8) espconn.Err { return s.board.Espconn().TcpSetMaxCon(num) }

// TcpSetMaxConAllow is espconn_tcp_set_max_con_allow: the allowance of a server, 0..TcpGetMaxCon; 0 refuses everybody.
// The check is for equality: an allowance below the present number of connections is none. ARG for NULL, a greater
// number, UDP and what is no server (espconn.md 5.12).
func (s *SDK) TcpSetMaxConAllow(c espconn.Ref, num uint8) espconn.Err {
	return s.board.Espconn().TcpSetMaxConAllow(c, num)
}

// TcpSetMaxRetran is espconn_tcp_set_max_retran: 1..12, else ARG (espconn.md 5.21).
func (s *SDK) TcpSetMaxRetran(num uint8) espconn.Err { return s.board.Espconn().TcpSetMaxRetran(num) }

// TcpSetMaxSyn is espconn_tcp_set_max_syn: 1..12, else ARG (espconn.md 5.21).
func (s *SDK) TcpSetMaxSyn(num uint8) espconn.Err { return s.board.Espconn().TcpSetMaxSyn(num) }

// TcpSetWnd is espconn_tcp_set_wnd: the receive window of later connections in segments, 1..15, else ARG. Connections
// that exist cannot be closed in order any more (espconn.md 5.21, 4.7).
func (s *SDK) TcpSetWnd(num uint8) espconn.Err { return s.board.Espconn().TcpSetWnd(num) }
