package interop

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// conn is a connection of any of the stacks.
type conn interface {
	net.Conn
	CloseWrite() error
	reset() // ends it with an RST
}

// party is one end: a stack on the network that can open and take connections.
type party interface {
	addr() netip.Addr
	dial(ctx context.Context, to netip.AddrPort) (conn, error)
	listen(t testing.TB, port uint16) listener
}

// listener is closed at the end of the test.
type listener interface{ accept() (conn, error) }

// hostParty is a Host of the network.
type hostParty struct{ *vnet.Host }

func (p hostParty) addr() netip.Addr { return p.Addr() }

func (p hostParty) dial(ctx context.Context, to netip.AddrPort) (conn, error) {
	c, err := p.DialContext(ctx, "tcp", to.String())
	if err != nil {
		return nil, err
	}
	return hostConn{c.(*vnet.Conn)}, nil
}

func (p hostParty) listen(t testing.TB, port uint16) listener {
	l, err := p.Listen("tcp", netip.AddrPortFrom(p.Addr(), port).String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return hostListener{l}
}

type hostListener struct{ net.Listener }

func (l hostListener) accept() (conn, error) {
	c, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return hostConn{c.(*vnet.Conn)}, nil
}

type hostConn struct{ *vnet.Conn }

func (c hostConn) reset() {
	_ = c.SetLinger(0)
	_ = c.Close()
}
