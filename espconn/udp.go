package espconn

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/emu8266/emu8266/netstack"
)

// Figures of UDP.
const (
	datagramMax = 1472 // bytes of one datagram; longer data is split (espconn.md 5.8)
	pbufBytes   = 112  // of a datagram beside its data, without the allocator's header (measured: oracle/espconn udp/low-heap)
)

// udpNode is the SDK's record of a UDP espconn.
type udpNode struct {
	api    *API
	ref    Ref
	sock   *netstack.UDP
	from   netip.AddrPort // last sender
	record uint32         // heap
}

// udp returns the record of a UDP espconn, nil if it was not created.
func (a *API) udp(c Ref) *udpNode {
	id := c.ID()
	for _, u := range a.udps {
		if u.ref.ID() == id {
			return u
		}
	}
	return nil
}

// Create is espconn_create: UDP on the local port in c; 0 takes the lowest free port from 4096 up. ARG for NULL and
// another type, ISCONN when another UDP espconn has the same local port, 0 included, MEM without memory, else OK. On a
// port that the SDK's own services have nothing is ever received (espconn.md 5.3).
func (a *API) Create(c Ref) Err {
	return a.call("espconn_create", c, "", func() Err {
		if isNull(c) {
			return ARG
		}
		f := c.Load()
		if f.Type != TypeUDP {
			return ARG
		}
		if !f.HasProto {
			return a.nullProto(c, "espconn_create")
		}
		for _, u := range a.udps {
			if u.ref.Load().LocalPort == f.LocalPort {
				return ISCONN
			}
		}
		u := &udpNode{api: a, ref: c}
		if u.record = a.env.Heap().Alloc(nodeBytes, "espconn node"); u.record == 0 {
			return MEM
		}
		if u.sock = a.env.Stack().NewUDP(u.received); u.sock == nil {
			a.env.Heap().Free(u.record)
			return MEM
		}
		_ = u.sock.Bind(netip.IPv4Unspecified(), uint16(f.LocalPort))
		a.udps = append(a.udps, u)
		return OK
	})
}

func (u *udpNode) close() {
	a := u.api
	u.sock.Close()
	for i, o := range a.udps {
		if o == u {
			a.udps = append(a.udps[:i], a.udps[i+1:]...)
			break
		}
	}
	a.env.Heap().Free(u.record)
}

// Sendto is espconn_sendto: data goes to the remote address and port in c as one datagram, or as several of 1,472 bytes
// and a rest. The sent callback is made once, before Sendto returns, if the last one could be sent. ARG for NULL, no data,
// another type and an espconn that was not created; MEM; RTE without a route. The result is the first datagram's
// (espconn.md 5.8).
//
// A broadcast to 255.255.255.255 leaves through the default interface; with WifiSetBroadcastIf(3) in mode StationAPMode through
// the station and then the soft-AP.
func (a *API) Sendto(c Ref, data []byte) Err {
	return a.call("espconn_sendto", c, fmt.Sprintf("%d bytes", len(data)), func() Err {
		if isNull(c) || len(data) == 0 || len(data) > lengthMax || c.Load().Type != TypeUDP {
			return ARG
		}
		u := a.udp(c)
		if u == nil {
			return ARG
		}
		return u.send(c, data)
	})
}

func (u *udpNode) send(c Ref, data []byte) Err {
	a := u.api
	var result, last Err
	for first := true; first || len(data) > 0; first = false {
		n := min(len(data), datagramMax)
		var sent bool
		last, sent = u.datagram(data[:n])
		data = data[n:]
		if first {
			result = last
		}
		if !sent {
			return result
		}
	}
	a.setState(c, StateConnect)
	if last == OK {
		a.callback(c, Sent, nil, OK)
	}
	return result
}

// datagram sends one; false without memory for it.
func (u *udpNode) datagram(data []byte) (Err, bool) {
	a := u.api
	heap := a.env.Heap()
	block := heap.Alloc(uint32(len(data))+pbufBytes, "pbuf")
	if block == 0 {
		return MEM, false
	}
	defer heap.Free(block)
	f := u.ref.Load()
	to := netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort))
	if e := u.both(data, to); e != OK {
		return e, false
	}
	err := u.sock.SendTo(data, to)
	switch {
	case err == nil:
		return OK, true
	case errors.Is(err, netstack.ErrMem):
		return MEM, true
	default:
		return RTE, true
	}
}

// bothEnv is an Env with two interfaces that broadcasts may leave through.
type bothEnv interface {
	// BroadcastIfs returns the interfaces through which a broadcast leaves one after the other, the last being the default
	// one; nil: the default one alone.
	BroadcastIfs() []*netstack.Interface
}

// both sends a broadcast of both interfaces through the first of them (espconn.md 5.8). What becomes of it does not matter; only
// memory for the copy does. Deviation: the SDK then loses the block of the original.
func (u *udpNode) both(data []byte, to netip.AddrPort) Err {
	env, ok := u.api.env.(bothEnv)
	if !ok {
		return OK
	}
	ifs := env.BroadcastIfs()
	if len(ifs) < 2 || !ifs[0].IsBroadcast(to.Addr()) || !ifs[1].IsBroadcast(to.Addr()) {
		return OK
	}
	heap := u.api.env.Heap()
	block := heap.Alloc(uint32(len(data))+pbufBytes, "pbuf")
	if block == 0 {
		return ARG
	}
	defer heap.Free(block)
	_ = u.sock.SendVia(ifs[0], data, to)
	u.api.env.Stack().SetDefault(ifs[1])
	return OK
}

// received makes the recv callback. The sender is only to be had from GetConnectionInfo; local_ip becomes the receiving
// interface's address (espconn.md 5.9).
func (u *udpNode) received(from netip.AddrPort, _ netip.Addr, _ *netstack.Interface, data []byte) {
	a := u.api
	u.from = from
	if len(data) == 0 {
		return
	}
	block := a.env.Heap().Alloc(uint32(len(data))+1, "receive buffer")
	if block == 0 {
		return
	}
	defer a.env.Heap().Free(block)
	local := a.env.IPInfo(StationIf)
	if ap := a.env.IPInfo(SoftAPIf); a.env.OpMode() != StationMode && ap.IsValid() && ap.Contains(from.Addr()) {
		local = ap
	}
	if f := u.ref.Load(); local.IsValid() && local.Addr().Is4() {
		f.LocalIP = local.Addr().As4()
		u.ref.Store(f)
	}
	buf := append(make([]byte, 0, len(data)+1), data...)
	a.callback(u.ref, Recv, buf, OK)
	spoil(buf)
}
