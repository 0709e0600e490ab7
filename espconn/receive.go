package espconn

import (
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// RecvHold is espconn_recv_hold: data goes on coming, but the window is not reopened, so that the peer stops after at
// most 5,840 bytes. ARG for NULL, and with a line for an espconn without a connection (espconn.md 5.16).
func (a *API) RecvHold(c Ref) Err {
	return a.call("espconn_recv_hold", c, "", func() Err {
		if isNull(c) {
			return a.null(theEspconn)
		}
		if k := a.connOf(c); k != nil {
			return k.recvHold(c)
		}
		a.printf("RecvHold, By pespconn,find conn_msg fail\n")
		return a.unconnected()
	})
}

// RecvUnhold is espconn_recv_unhold: what was received since RecvHold is given back to the window. Results as RecvHold.
func (a *API) RecvUnhold(c Ref) Err {
	return a.call("espconn_recv_unhold", c, "", func() Err {
		if isNull(c) {
			return a.null(theEspconn)
		}
		if k := a.connOf(c); k != nil {
			return k.recvUnhold(c)
		}
		a.printf("RecvHold, By pespconn,find conn_msg fail\n")
		return a.unconnected()
	})
}

// RecvedLen is espconn_recved_len: the bytes that wait for Recv. ARG for NULL, another type, and an espconn without a
// connection (espconn.md 5.16).
func (a *API) RecvedLen(c Ref) int16 {
	return a.callInt("espconn_recved_len", c, "", func() int16 {
		if e := a.notTCP(c); e != OK {
			return int16(e)
		}
		k := a.connOf(c)
		if k == nil {
			return int16(a.unconnected())
		}
		if r := ringOf(k); r != nil {
			return int16(len(r.data))
		}
		return 0
	})
}

// ringOf returns the ring of a connection, nil if it has none. Deviation: the record of a secure connection ends before the place of its
// ring, and the SDK takes what lies behind it for one: lengths and bytes are anything, and espconn_recv moves a pointer there (seen: SDK
// 3.0.6, linked library). Here it has no ring, and the call is a finding.
func ringOf(k conn) *ring {
	if pc, ok := k.(*plainConn); ok {
		return pc.ring
	}
	return nil
}

// Recv is espconn_recv: it moves waiting bytes to mem, opens the window by their number while the connection is up, and returns
// it, 0 when nothing waits. ARG for NULL, nil or empty mem and an espconn without a connection, MEM when data never waited
// here (espconn.md 5.16). The SDK exports it without a declaration.
func (a *API) Recv(c Ref, mem []byte) int16 {
	return a.callInt("espconn_recv", c, bytesText(len(mem)), func() int16 {
		switch {
		case isNull(c):
			return int16(a.null(theEspconn))
		case len(mem) == 0:
			return int16(a.null(theMemory))
		}
		if e := a.notTCP(c); e != OK {
			return int16(e)
		}
		k := a.connOf(c)
		if k == nil {
			return int16(a.unconnected())
		}
		r := ringOf(k)
		if r == nil {
			return int16(a.because(MEM, boundedtls.Cause{ID: CauseNoRing}))
		}
		n := copy(mem, r.data)
		r.data = r.data[n:]
		if pc := k.(*plainConn); pc.tcb != nil && pc.tcb.State() == netstack.StateEstablished {
			pc.tcb.Recved(n)
		}
		return int16(n)
	})
}

// poison is what a lent slice holds after the callback (design of the API checks: keeping the slice is a mistake).
const poison = 0xA5

// spoil overwrites a lent buffer, its NUL included.
func spoil(buf []byte) {
	buf = buf[:cap(buf)]
	for i := range buf {
		buf[i] = poison
	}
}
