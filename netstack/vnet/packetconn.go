package vnet

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

const (
	maxPayload = 1500 - wire.IPv4Len - wire.UDPLen // bytes of one UDP datagram: there are no fragments here
	maxUnread  = 1024                              // datagrams that wait to be read. Choice
	maxUnsent  = 4096                              // datagrams that a host's sockets send at one instant. Choice
)

// datagram is one UDP message on its way in or out.
type datagram struct {
	socket *packetConn
	peer   netip.AddrPort
	data   []byte
	close  bool // not a message: the socket ends
}

// packetConn is a UDP socket; connected if it has a remote address. It is what Host.ListenPacket and a dial of "udp" return.
type packetConn struct {
	host    *Host
	network string
	cond    sync.Cond // on the network's lock
	local   netip.AddrPort
	remote  netip.AddrPort // zero: not connected
	group   netip.Addr     // of which the host is a member for it; zero: none

	// Guarded by the network's lock.
	udp     *netstack.UDP
	unread  []datagram
	readBy  deadline
	writeBy deadline
	closed  bool
}

// newSocket opens a socket; the caller holds the lock.
func (h *Host) newSocket(network string, local, remote netip.AddrPort) (*packetConn, error) {
	p := &packetConn{host: h, network: network, remote: remote}
	p.cond.L = &h.net.mu
	p.udp = h.stack.NewUDP(p.receive)
	if p.udp == nil {
		return nil, socketError("socket", netstack.ErrMem)
	}
	at := wire.OrAny(local.Addr())
	if isGroup(at) { // where it sends from is the host's address, as anywhere
		p.group, at = at, wire.AnyAddr
	}
	err := p.udp.Bind(at, local.Port())
	if err == nil && remote.IsValid() {
		err = p.udp.Connect(remote)
	}
	if err != nil {
		p.udp.Close()
		return nil, socketError("bind", err)
	}
	p.local = netip.AddrPortFrom(h.addr, p.udp.Local().Port())
	h.sockets[p] = struct{}{}
	return p, nil
}

// receive stores a datagram.
func (p *packetConn) receive(from netip.AddrPort, to netip.Addr, _ *netstack.Interface, data []byte) {
	if p.group.IsValid() && to != p.group {
		return
	}
	if len(p.unread) < maxUnread {
		p.unread = append(p.unread, datagram{peer: from, data: append([]byte(nil), data...)})
		p.cond.Broadcast()
	}
}

// ReadFrom implements net.PacketConn. A datagram that is longer than b is cut.
func (p *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := p.read(b)
	return n, udpAddr(from), err
}

// Read implements net.Conn.
func (p *packetConn) Read(b []byte) (int, error) {
	n, _, err := p.read(b)
	return n, err
}

func (p *packetConn) read(b []byte) (int, netip.AddrPort, error) {
	p.host.net.begin()
	defer p.host.net.leave()
	for {
		switch {
		case p.closed:
			return 0, netip.AddrPort{}, p.opError("read", net.ErrClosed)
		case p.readBy.passed():
			return 0, netip.AddrPort{}, p.opError("read", os.ErrDeadlineExceeded)
		case len(p.unread) > 0:
			d := p.unread[0]
			p.unread = p.unread[1:]
			return copy(b, d.data), d.peer, nil
		}
		p.host.net.wait(&p.cond)
	}
}

// WriteTo implements net.PacketConn. The datagram leaves at the end of the instant. One of more than 1,472 bytes gives syscall.EMSGSIZE.
func (p *packetConn) WriteTo(b []byte, addr net.Addr) (int, error) {
	to, err := addrPort(addr)
	if err == nil && p.remote.IsValid() {
		err = net.ErrWriteToConnected
	}
	if err != nil {
		return 0, p.opError("write", err)
	}
	return p.write(b, to)
}

// Write implements net.Conn on a connected socket.
func (p *packetConn) Write(b []byte) (int, error) {
	if !p.remote.IsValid() {
		return 0, p.opError("write", os.NewSyscallError("write", syscall.EDESTADDRREQ))
	}
	return p.write(b, p.remote)
}

func (p *packetConn) write(b []byte, to netip.AddrPort) (int, error) {
	p.host.net.begin()
	defer p.host.net.leave()
	switch {
	case p.closed:
		return 0, p.opError("write", net.ErrClosed)
	case p.writeBy.passed():
		return 0, p.opError("write", os.ErrDeadlineExceeded)
	case len(b) > maxPayload:
		return 0, p.opError("write", os.NewSyscallError("sendto", syscall.EMSGSIZE))
	case len(p.host.outgoing) >= maxUnsent:
		return 0, p.opError("write", os.NewSyscallError("sendto", syscall.ENOBUFS))
	}
	p.host.outgoing = append(p.host.outgoing, datagram{socket: p, peer: to, data: append([]byte(nil), b...)})
	p.host.call()
	return len(b), nil
}

// carryOut hands a datagram to the stack (like a real network's, its loss is silent), or frees the socket.
func (d datagram) carryOut() {
	if d.close {
		d.socket.udp.Close()
		return
	}
	_ = d.socket.udp.SendTo(d.data, d.peer)
}

// Close implements net.PacketConn. What was written before is sent; if that was in this instant, the port becomes free at its end.
func (p *packetConn) Close() error {
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	if p.closed {
		return p.opError("close", net.ErrClosed)
	}
	p.shut()
	last := datagram{socket: p, close: true}
	if slices.ContainsFunc(p.host.outgoing, func(d datagram) bool { return d.socket == p }) {
		p.host.outgoing = append(p.host.outgoing, last)
	} else {
		last.carryOut()
	}
	return nil
}

func (p *packetConn) shut() {
	if p.closed {
		return
	}
	p.closed = true
	if p.group.IsValid() {
		_ = p.host.leaveGroup(p.group)
	}
	p.readBy.stop()
	p.writeBy.stop()
	p.unread = nil
	delete(p.host.sockets, p)
	p.cond.Broadcast()
}

// LocalAddr implements net.PacketConn; it returns a *net.UDPAddr with the host's address.
func (p *packetConn) LocalAddr() net.Addr { return udpAddr(p.local) }

// RemoteAddr implements net.Conn; it is nil if the socket is not connected.
func (p *packetConn) RemoteAddr() net.Addr { return udpAddr(p.remote) }

// SetDeadline implements net.PacketConn.
func (p *packetConn) SetDeadline(t time.Time) error {
	return errors.Join(p.SetReadDeadline(t), p.SetWriteDeadline(t))
}

// SetReadDeadline implements net.PacketConn.
func (p *packetConn) SetReadDeadline(t time.Time) error { return p.setDeadline(&p.readBy, t) }

// SetWriteDeadline implements net.PacketConn. Writes never wait, so it matters only once it has passed.
func (p *packetConn) SetWriteDeadline(t time.Time) error { return p.setDeadline(&p.writeBy, t) }

func (p *packetConn) setDeadline(d *deadline, t time.Time) error {
	p.host.net.enter()
	defer p.host.net.mu.Unlock()
	if p.closed {
		return p.opError("set", net.ErrClosed)
	}
	d.set(p.host.net, &p.cond, t)
	return nil
}

func (p *packetConn) opError(op string, err error) error {
	return opError(op, p.network, udpAddr(p.local), udpAddr(p.remote), err)
}

// addrPort reads a peer's address.
func addrPort(addr net.Addr) (netip.AddrPort, error) {
	var a netip.AddrPort
	switch addr := addr.(type) {
	case nil:
		return a, os.NewSyscallError("sendto", syscall.EDESTADDRREQ)
	case *net.UDPAddr:
		a = addr.AddrPort()
	default:
		var err error
		if a, err = netip.ParseAddrPort(addr.String()); err != nil {
			return a, &net.AddrError{Err: "not an address and port", Addr: addr.String()}
		}
	}
	a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	if !a.Addr().Is4() {
		return a, &net.AddrError{Err: "not an IPv4 address", Addr: addr.String()}
	}
	return a, nil
}
