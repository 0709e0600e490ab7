package espconn

import (
	"fmt"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// infoMax is the number of entries of the connection-info array (espconn.md 1.3).
const infoMax = 15

// RemotInfo is remot_info: one connection of a server, or the last sender of a UDP espconn.
type RemotInfo struct {
	State      State
	RemotePort int
	RemoteIP   [4]byte
}

// Packet is struct espconn_packet: TCP's figures of a connection. Lengths in bytes, queue lengths in segments.
type Packet struct {
	SentLength    uint16 // in a sent callback that of its send, otherwise what was acknowledged beyond the last completed one
	SndBufSize    uint16 // room in TCP's send buffer
	SndQueuelen   uint16 // room in TCP's send queue
	TotalQueuelen uint16 // size of that queue
	Packseqno     uint32 // sequence number of the next segment
	PackseqNxt    uint32 // sequence number expected from the peer
	Packnum       uint32 // always 0
}

// GetConnectionInfo is espconn_get_connection_info: the connections of a server, or the last sender of a UDP espconn. It
// sets c's LinkCnt to their number and info to the entries, which stay valid until the next call; typeFlags is ignored.
// ARG for NULL and when there are none, as for every client (espconn.md 5.13).
func (a *API) GetConnectionInfo(c Ref, info *[]RemotInfo, typeFlags uint8) Err {
	return a.call("espconn_get_connection_info", c, fmt.Sprint(typeFlags), func() Err {
		switch {
		case isNull(c):
			return a.null(theEspconn)
		case info == nil:
			return a.null(theInfo)
		}
		n := a.count(c)
		*info = a.remotes[:n:n]
		if n == 0 {
			return a.because(ARG, boundedtls.Cause{ID: CauseNoClients})
		}
		return OK
	})
}

// count notes the connections of an espconn in a.remotes and their number in its LinkCnt: of type TCP its clients, of type UDP itself
// (espconn.md 5.13).
func (a *API) count(c Ref) (n int) {
	a.remotes = [infoMax]RemotInfo{}
	add := func(k conn) {
		if n >= infoMax {
			return
		}
		e := RemotInfo{State: k.espconn().Load().State, RemotePort: int(k.remote().Port())}
		if ip := k.remote().Addr(); ip.Is4() {
			e.RemoteIP = ip.As4()
		}
		a.remotes[n] = e
		n++
	}
	f, id := c.Load(), c.ID()
	switch f.Type {
	case TypeTCP:
		for _, pc := range a.plainConns {
			if pc.server != nil && pc.server.ref.ID() == id && !pc.closing {
				add(pc)
			}
		}
		for _, sc := range a.secureConns { // a secure server's, by the SDK
			if sc.server != nil && sc.server.ref.ID() == id {
				add(sc)
			}
		}
	case TypeUDP:
		if uc := a.udpOf(c); uc != nil {
			add(uc)
		}
	}
	f.LinkCnt = uint8(n)
	c.Store(f)
	return n
}

// GetPacketInfo is espconn_get_packet_info. Of a connection that the firmware has closed or reset TCP's figures are told until its
// disconnect callback. For an espconn without a connection the state decides: CLOSE gives what was told last of the connection that had a
// disconnect callback last, NONE that of the one with a reconnect callback (espconn.md 5.14), others ARG. ARG also for NULLs and another
// type.
func (a *API) GetPacketInfo(c Ref, info *Packet) Err {
	return a.call("espconn_get_packet_info", c, "", func() Err {
		switch {
		case isNull(c):
			return a.null(theEspconn)
		case info == nil:
			return a.null(theInfo)
		}
		f := c.Load()
		if f.Type != TypeTCP {
			return a.wrongType(f, TypeTCP)
		}
		if sc := a.secureOf(c); sc != nil {
			if !a.library.onPCB() {
				return a.because(ARG, boundedtls.Cause{ID: CauseOnSecure})
			}
			if sc.tcb == nil {
				return a.because(ARG, boundedtls.Cause{ID: CauseTCPEnded})
			}
			sc.packet = packetOf(sc.tcb, 0) // nothing counts what was sent (axtls.md 5)
			*info = sc.packet
			return OK
		}
		if pc := a.plainOf(c); pc != nil {
			if !pc.figures() {
				return a.because(ARG, boundedtls.Cause{ID: CauseTCPEnded})
			}
			*info = pc.packet
			return OK
		}
		switch f.State {
		case StateClose:
			*info = a.packets[Disconnect]
		case StateNone:
			*info = a.packets[Reconnect]
		default:
			return a.unconnected()
		}
		return OK
	})
}

// packetOf returns the figures of a TCB.
func packetOf(t *netstack.TCB, sentLength uint16) Packet {
	return Packet{
		SentLength: sentLength, SndBufSize: uint16(t.SendBuffer()), TotalQueuelen: queueMax,
		SndQueuelen: uint16(max(queueMax-t.SendQueue(), 0)),
		Packseqno:   t.SendNext(), PackseqNxt: t.ReceiveNext(),
	}
}

// figures notes what TCP says of the connection, and tells whether there is anything. The PCB that a close or a reset has freed says what
// it said last. Deviation: the SDK reads what has taken its memory.
func (pc *plainConn) figures() bool {
	t := pc.tcb
	if t == nil {
		t = pc.left
	}
	if t == nil {
		return false
	}
	if t.State() != netstack.StateClosed {
		pc.last = packetOf(t, 0)
	}
	n := pc.packet.SentLength
	pc.packet = pc.last
	pc.packet.SentLength = n
	return true
}
