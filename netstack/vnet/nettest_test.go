package vnet

import (
	"net"
	"net/netip"
	"testing"

	"golang.org/x/net/nettest"
)

// The contract of net.Conn as golang.org/x/net defines it, in real time.
func TestConnKeepsTheContract(t *testing.T) {
	for name, buffer := range map[string]int{"elastic": 0, "64 KB": 64 << 10} {
		t.Run(name, func(t *testing.T) {
			nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
				n := New(Options{Faults: Faults{Latency: 1, Bandwidth: -1}})
				a, b := n.Host("a", netip.Addr{}), n.Host("b", netip.Addr{})
				l, err := b.Listen("tcp", ":0")
				if err != nil {
					return nil, nil, nil, err
				}
				if c1, err = a.Dial("tcp", l.Addr().String()); err != nil {
					return nil, nil, nil, err
				}
				if c2, err = l.Accept(); err != nil {
					return nil, nil, nil, err
				}
				_ = c1.(*Conn).SetWriteBuffer(buffer)
				_ = c2.(*Conn).SetWriteBuffer(buffer)
				return c1, c2, func() { _ = n.Close() }, nil
			})
		})
	}
}
