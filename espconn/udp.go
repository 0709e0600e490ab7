package espconn

import (
	"errors"
	"net/netip"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

const datagramMax = 1472 // bytes of one datagram; longer data is split (espconn.md 5.8)

// udpConn is the SDK's record of a UDP espconn.
type udpConn struct {
	api    *API
	ref    Ref
	sock   *netstack.UDP
	from   netip.AddrPort // last sender
	record uint32         // heap
	told   bool           // checkGroup has found something

	options tcpOptions // without effect
}

// udpOf returns the record of a UDP espconn, nil if it was not created.
func (a *API) udpOf(c Ref) *udpConn {
	id := c.ID()
	for _, uc := range a.udpConns {
		if uc.ref.ID() == id {
			return uc
		}
	}
	return nil
}

// Create is espconn_create: UDP on the local port in c; 0 takes the lowest free port from 4096 up. ARG for NULL and
// another type, ISCONN when another UDP espconn has the same local port, 0 included, MEM without memory, else OK. On a
// port that the SDK's own services have nothing is ever received (espconn.md 5.3).
func (a *API) Create(c Ref) Err {
	return a.call("espconn_create", c, "", func() Err {
		if e := a.notUDP(c); e != OK {
			return e
		}
		f := c.Load()
		if !f.HasProto {
			return a.nullProto(c, "espconn_create")
		}
		if a.active(TypeUDP, f.LocalPort) {
			return a.activePort(c, f.LocalPort)
		}
		uc := &udpConn{api: a, ref: c}
		if uc.sock = a.env.Stack().NewUDP(uc.received); uc.sock == nil {
			return a.noMemory()
		}
		if uc.record = a.newRecord(); uc.record == 0 {
			uc.sock.Close()
			return a.noMemory()
		}
		_ = uc.sock.Bind(netip.IPv4Unspecified(), uint16(f.LocalPort))
		a.udpConns = append(a.udpConns, uc)
		return OK
	})
}

// notUDP refuses NULL and an espconn of another type; OK for a UDP one.
func (a *API) notUDP(c Ref) Err {
	if isNull(c) {
		return a.null(theEspconn)
	}
	if f := c.Load(); f.Type != TypeUDP {
		return a.wrongType(f, TypeUDP)
	}
	return OK
}

func (uc *udpConn) close() {
	a := uc.api
	uc.sock.Close()
	a.udpConns = without(a.udpConns, uc)
	a.env.Heap().Free(uc.record)
}

// Sendto is espconn_sendto: data goes to the remote address and port in c as one datagram, or as several of 1,472 bytes
// and a rest. The sent callback is made once, before Sendto returns, if the last one could be sent. ARG for NULL, no data,
// another type and an espconn that was not created; MEM; RTE without a route; IF when the radio's buffers are all in use, which
// they are until the callback returns. The result is the first datagram's (espconn.md 5.8).
//
// A broadcast to 255.255.255.255 and a datagram to a multicast group leave through the default interface, in mode StationAPMode the
// soft-AP; with WifiSetBroadcastIf(1) the station, with 3 a broadcast through the station and then the soft-AP.
func (a *API) Sendto(c Ref, data []byte) Err {
	return a.call("espconn_sendto", c, bytesText(len(data)), func() Err {
		if e := a.noSend(c, len(data), len(data)); e != OK {
			return e
		}
		if e := a.notUDP(c); e != OK {
			return e
		}
		uc := a.udpOf(c)
		if uc == nil {
			return a.because(ARG, boundedtls.Cause{ID: CauseNotCreated})
		}
		return uc.send(c, data)
	})
}

func (uc *udpConn) espconn() Ref               { return uc.ref }
func (uc *udpConn) remote() netip.AddrPort     { return uc.from }
func (uc *udpConn) recvHold(Ref) Err           { return OK } // without effect, like the next two
func (uc *udpConn) recvUnhold(Ref) Err         { return OK }
func (uc *udpConn) registTime(Ref, uint32) Err { return OK }

func (uc *udpConn) tcpOptions() (*tcpOptions, *netstack.TCB) { return &uc.options, nil }

// plainSend goes by what stands in the espconn now: one that says that it is a TCP one has no connection that is up (espconn.md 5.7).
func (uc *udpConn) plainSend(_ string, c Ref, data []byte) Err {
	if c.Load().Type != TypeUDP {
		return uc.api.because(ARG, boundedtls.Cause{ID: CauseNotUp})
	}
	return uc.send(c, data)
}

// send sends data in as many datagrams as it takes.
func (uc *udpConn) send(c Ref, data []byte) Err {
	a := uc.api
	var result, last Err
	var why *boundedtls.Cause // of result
	sent := true
	for first := true; first || len(data) > 0; first = false {
		n := min(len(data), datagramMax)
		last, sent = uc.datagram(c, data[:n])
		data = data[n:]
		if first {
			result, why = last, a.why
		}
		if !sent {
			break
		}
	}
	if sent {
		a.setState(c, StateConnect)
		if last == OK {
			a.callback(c, Sent, nil, OK)
		}
	}
	a.why = why
	return result
}

// checkGroup finds, once, what a firmware with both interfaces may not expect: that a datagram to a group leaves through one of them.
// One that has chosen the interface knows (espconn.md 5.8).
func (uc *udpConn) checkGroup(c Ref, to netip.Addr) {
	env := uc.api.env
	chosen := env.BroadcastIf()
	everywhere := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if uc.told || env.OpMode() != stationAPMode || chosen != 0 && (chosen != broadcastBoth || !to.IsMulticast()) ||
		to != everywhere && !to.IsMulticast() || !env.IPInfo(stationIf).IsValid() || !env.IPInfo(softAPIf).IsValid() {
		return
	}
	uc.told = true
	uc.api.finding(c, RuleOneInterface, "a datagram to %v leaves through the soft-AP alone", to)
}

// datagram sends one; false without memory for it.
func (uc *udpConn) datagram(c Ref, data []byte) (Err, bool) {
	to := peerOf(uc.ref.Load())
	uc.checkGroup(c, to.Addr())
	if e := uc.both(data, to); e != OK {
		return e, false
	}
	err := uc.sock.SendTo(data, to)
	switch {
	case err == nil:
		return OK, true
	case errors.Is(err, netstack.ErrBuf):
		return uc.api.noMemory(), false
	case errors.Is(err, netstack.ErrMem):
		return uc.api.noMemory(), true
	case errors.Is(err, netstack.ErrInterface):
		return uc.api.because(IF, boundedtls.Cause{ID: CauseInterface}), true
	default:
		return uc.api.because(RTE, boundedtls.Cause{ID: CauseNoRoute, Object: to.Addr().String()}), true
	}
}

// both sends a broadcast of both interfaces through the first of them (espconn.md 5.8). What becomes of it does not matter; only
// memory for the copy does. Deviation: the SDK then loses the block of the original.
func (uc *udpConn) both(data []byte, to netip.AddrPort) Err {
	ifs := uc.api.env.BroadcastIfs()
	if len(ifs) < 2 || !ifs[0].IsBroadcast(to.Addr()) || !ifs[1].IsBroadcast(to.Addr()) {
		return OK
	}
	heap := uc.api.env.Heap()
	original := heap.Alloc(netstack.DatagramBytes(len(data)), "pbuf")
	if original == 0 {
		return uc.api.noMemory()
	}
	defer heap.Free(original)
	if errors.Is(uc.sock.SendVia(ifs[0], data, to), netstack.ErrBuf) {
		return uc.api.because(ARG, boundedtls.Cause{ID: CauseNoMemory})
	}
	uc.api.env.Stack().SetDefault(ifs[1])
	return OK
}

// received makes the recv callback. The sender is only to be had from GetConnectionInfo; local_ip becomes the receiving
// interface's address (espconn.md 5.9).
func (uc *udpConn) received(from netip.AddrPort, _ netip.Addr, _ *netstack.Interface, data []byte) {
	a := uc.api
	uc.from = from
	if len(data) == 0 {
		return
	}
	block := a.env.Heap().Alloc(uint32(len(data))+1, "receive buffer")
	if block == 0 {
		a.turnedAway(uc.ref, from, boundedtls.Cause{ID: CauseReceiveMemory, Have: len(data)})
		return
	}
	defer a.env.Heap().Free(block)
	local := a.env.IPInfo(stationIf)
	if ap := a.env.IPInfo(softAPIf); a.env.OpMode() != stationMode && ap.IsValid() && ap.Contains(from.Addr()) {
		local = ap
	}
	if f := uc.ref.Load(); local.IsValid() && local.Addr().Is4() {
		f.LocalIP = local.Addr().As4()
		uc.ref.Store(f)
	}
	buf := append(make([]byte, 0, len(data)+1), data...)
	a.env.Stack().ReleaseFrame()
	a.callback(uc.ref, Recv, buf, OK)
	spoil(buf)
}
