package vnet

import (
	"os"
	"syscall"

	"github.com/emu8266/emu8266/netstack"
)

// handler is a Conn as its TCB sees it: what the engine calls, inside the host's turn and with the network's lock held. The methods are not
// the Conn's own, so that nobody else can call them.
type handler Conn

// Connected ends the handshake.
func (h *handler) Connected(t *netstack.TCB) {
	h.local, h.remote, h.open = t.Local(), t.Remote(), true
	h.cond.Broadcast()
}

// Received keeps data for Read.
func (h *handler) Received(_ *netstack.TCB, data []byte) {
	c := (*Conn)(h)
	if c.closed {
		c.wantReset = true // nobody will ever read it
		c.call()
		return
	}
	if c.inStart > 0 && len(c.in)+len(data) > cap(c.in) {
		c.in = c.in[:copy(c.in, c.in[c.inStart:])]
		c.inStart = 0
	}
	c.in = append(c.in, data...)
	c.cond.Broadcast()
}

// Sent makes room for writers that wait.
func (h *handler) Sent(_ *netstack.TCB, n int) {
	h.unacked -= n
	h.room.Broadcast()
}

// PeerClosed lets Read end.
func (h *handler) PeerClosed(*netstack.TCB) {
	h.eof = true
	h.cond.Broadcast()
}

// Aborted ends the connection: after its last FIN with ErrClosed, otherwise as a failure.
func (h *handler) Aborted(_ *netstack.TCB, err error) {
	c := (*Conn)(h)
	c.tcb = nil
	if err == netstack.ErrClosed {
		c.forget()
		return
	}
	switch {
	case !c.open:
		c.fail(socketError("connect", err))
	case c.eof && err == netstack.ErrReset: // as Linux has it: reading has had its end, only writing fails
		c.fail(os.NewSyscallError("write", syscall.EPIPE))
	default:
		c.fail(socketError("read", err))
	}
}
