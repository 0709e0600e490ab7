package interop

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/link/ethernet"
	"gvisor.dev/gvisor/pkg/tcpip/network/arp"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/icmp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/tcpip/transport/udp"
	"gvisor.dev/gvisor/pkg/waiter"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// gvisorParty is gVisor's stack.
type gvisorParty struct {
	stack *stack.Stack
	ip    netip.Addr
	rcv   int // receive buffer of its connections; 0: gVisor's own choice
}

func newGvisorStack(tb testing.TB, ep stack.LinkEndpoint, ip netip.Addr, bits int) *stack.Stack {
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol, arp.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol, udp.NewProtocol, icmp.NewProtocol4},
	})
	require.Nil(tb, s.CreateNIC(1, ep))
	require.Nil(tb, s.AddProtocolAddress(1, tcpip.ProtocolAddress{
		Protocol:          ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddressWithPrefix{Address: tcpip.AddrFrom4(ip.As4()), PrefixLen: bits},
	}, stack.AddressProperties{}))
	s.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}})
	return s
}

// attachGvisor puts a gVisor stack on a port of the network.
func attachGvisor(t *testing.T, n *vnet.Network, ip netip.Addr) *gvisorParty {
	mac := vnet.MACFor(ip)
	link := channel.New(4096, 1500, tcpip.LinkAddress(mac[:]))
	s := newGvisorStack(t, ethernet.New(link), ip, n.Subnet().Bits())
	frames := make(chan []byte, 4096)
	port := n.Attach("gvisor", func(frame []byte) {
		select {
		case frames <- append([]byte(nil), frame...):
		default:
		}
	}, nil)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{}, 2)
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			select {
			case f := <-frames:
				p := stack.NewPacketBuffer(stack.PacketBufferOptions{Payload: buffer.MakeWithData(f)})
				link.InjectInbound(0, p)
				p.DecRef()
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		defer func() { ended <- struct{}{} }()
		for {
			p := link.ReadContext(ctx)
			if p == nil {
				return
			}
			v := p.ToView()
			port.Send(v.AsSlice())
			v.Release()
			p.DecRef()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		<-ended
		port.Close()
		s.Close()
	})
	return &gvisorParty{stack: s, ip: ip}
}

func (g *gvisorParty) addr() netip.Addr { return g.ip }

// endpoint makes a TCP endpoint.
func (g *gvisorParty) endpoint() (tcpip.Endpoint, *waiter.Queue, error) {
	wq := new(waiter.Queue)
	ep, err := g.stack.NewEndpoint(tcp.ProtocolNumber, ipv4.ProtocolNumber, wq)
	if err != nil {
		return nil, nil, errors.New(err.String())
	}
	if g.rcv > 0 {
		ep.SocketOptions().SetReceiveBufferSize(int64(g.rcv), true)
	}
	return ep, wq, nil
}

func (g *gvisorParty) dial(ctx context.Context, to netip.AddrPort) (conn, error) {
	ep, wq, err := g.endpoint()
	if err != nil {
		return nil, err
	}
	entry, ready := waiter.NewChannelEntry(waiter.WritableEvents)
	wq.EventRegister(&entry)
	defer wq.EventUnregister(&entry)
	terr := ep.Connect(tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFrom4(to.Addr().As4()), Port: to.Port()})
	if _, started := terr.(*tcpip.ErrConnectStarted); started {
		select {
		case <-ctx.Done():
			ep.Close()
			return nil, ctx.Err()
		case <-ready:
		}
		terr = ep.LastError()
	}
	if terr != nil {
		ep.Close()
		return nil, errors.New(terr.String())
	}
	return gvisorConn{gonet.NewTCPConn(wq, ep), ep}, nil
}

func (g *gvisorParty) listen(t testing.TB, port uint16) listener {
	ep, wq, err := g.endpoint()
	require.NoError(t, err)
	require.Nil(t, ep.Bind(tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFrom4(g.ip.As4()), Port: port}))
	require.Nil(t, ep.Listen(16))
	t.Cleanup(ep.Close)
	return gvisorListener{ep, wq}
}

type gvisorListener struct {
	ep tcpip.Endpoint
	wq *waiter.Queue
}

func (l gvisorListener) accept() (conn, error) {
	entry, ready := waiter.NewChannelEntry(waiter.ReadableEvents)
	l.wq.EventRegister(&entry)
	defer l.wq.EventUnregister(&entry)
	for {
		ep, wq, err := l.ep.Accept(nil)
		if err == nil {
			return gvisorConn{gonet.NewTCPConn(wq, ep), ep}, nil
		}
		if _, again := err.(*tcpip.ErrWouldBlock); !again {
			return nil, errors.New(err.String())
		}
		select {
		case <-ready:
		case <-time.After(patience):
			return nil, context.DeadlineExceeded
		}
	}
}

type gvisorConn struct {
	*gonet.TCPConn
	ep tcpip.Endpoint
}

func (c gvisorConn) reset() { c.ep.Abort() }
