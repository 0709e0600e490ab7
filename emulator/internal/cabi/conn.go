package cabi

import (
	"github.com/emu8266/emu8266/espconn"
)

// Layout of struct espconn, esp_tcp and esp_udp (espconn.md 2).
const (
	connState   = 4
	connProto   = 8
	connRecv    = 12
	connSent    = 16
	connLinkCnt = 20
	connReverse = 24
	connSize    = 28

	protoLocalPort = 4
	protoLocalIP   = 8
	protoRemoteIP  = 12
	udpSize        = 16
	tcpConnect     = 16
	tcpReconnect   = 20
	tcpDisconnect  = 24
	tcpWriteFinish = 28
	tcpSize        = 32
)

// conn is a struct espconn in guest memory. It keeps no copy: each step reads and writes the guest's.
type conn struct {
	s *SDK
	p uint32
}

// conn returns the espconn at p as the API takes it: nil for NULL.
func (s *SDK) conn(p uint32) espconn.Ref {
	if p == 0 {
		return nil
	}
	s.write(p, connSize)
	return conn{s, p}
}

// ID returns the address.
func (c conn) ID() uintptr { return uintptr(c.p) }

// place returns where the function pointer of a callback stands, whatever the espconn's type: behind a struct esp_udp lie those of
// struct esp_tcp (espconn.md 5.10). It is 0 without a proto.
func (c conn) place(k espconn.CallbackKind) uint32 {
	switch k {
	case espconn.Recv:
		return c.p + connRecv
	case espconn.Sent:
		return c.p + connSent
	}
	proto := c.s.u32(c.p + connProto)
	if proto == 0 {
		return 0
	}
	switch k {
	case espconn.Connect:
		return proto + tcpConnect
	case espconn.Reconnect:
		return proto + tcpReconnect
	case espconn.Disconnect:
		return proto + tcpDisconnect
	case espconn.WriteFinish:
		return proto + tcpWriteFinish
	}
	return 0
}

// function returns the function pointer of a callback, 0 if none is registered. Those of TCP lie in the esp_tcp.
func (c conn) function(k espconn.CallbackKind) uint32 {
	at := c.place(k)
	if at == 0 {
		return 0
	}
	return c.s.u32(at)
}

// Load reads the fields.
func (c conn) Load() espconn.Fields {
	b := c.s.read(c.p, connSize)
	f := espconn.Fields{
		Type:    espconn.Type(order.Uint32(b)),
		State:   espconn.State(order.Uint32(b[connState:])),
		LinkCnt: b[connLinkCnt],
	}
	for k := espconn.Connect; k <= espconn.WriteFinish; k++ {
		if (k == espconn.Recv || k == espconn.Sent || f.Type == espconn.TypeTCP) && c.function(k) != 0 {
			f.Registered |= 1 << k
		}
	}
	if p, size := c.proto(b); p != 0 {
		f.HasProto = true
		if f.Type != espconn.TypeTCP && f.Type != espconn.TypeUDP {
			return f // the SDK looks at the type first: the pointer may lead nowhere
		}
		t := c.s.read(p, size)
		f.RemotePort = int(int32(order.Uint32(t)))
		f.LocalPort = int(int32(order.Uint32(t[protoLocalPort:])))
		copy(f.LocalIP[:], t[protoLocalIP:])
		copy(f.RemoteIP[:], t[protoRemoteIP:])
	}
	return f
}

// proto returns the address and size of the esp_tcp or esp_udp.
func (c conn) proto(b []byte) (p, size uint32) {
	size = tcpSize
	if espconn.Type(order.Uint32(b)) == espconn.TypeUDP {
		size = udpSize
	}
	return order.Uint32(b[connProto:]), size
}

// Store writes the fields.
func (c conn) Store(f espconn.Fields) {
	b := c.s.write(c.p, connSize)
	order.PutUint32(b, uint32(f.Type))
	order.PutUint32(b[connState:], uint32(f.State))
	b[connLinkCnt] = f.LinkCnt
	if p, size := c.proto(b); p != 0 && (f.Type == espconn.TypeTCP || f.Type == espconn.TypeUDP) {
		t := c.s.write(p, size)
		order.PutUint32(t, uint32(int32(f.RemotePort)))
		order.PutUint32(t[protoLocalPort:], uint32(int32(f.LocalPort)))
		copy(t[protoLocalIP:], f.LocalIP[:])
		copy(t[protoRemoteIP:], f.RemoteIP[:])
	}
}

// Has reports whether a callback is registered now.
func (c conn) Has(k espconn.CallbackKind) bool { return c.function(k) != 0 }

// Call makes the callback that is registered now. The SDK does not look at the type then, which the firmware may have changed.
func (c conn) Call(k espconn.CallbackKind, data []byte, status espconn.Err) bool {
	fn := c.function(k)
	switch {
	case fn == 0:
		return false
	case k == espconn.Recv:
		c.s.Lend(data, uint32(len(data))+1, func(p uint32) { c.s.callback(fn, c.p, p, uint32(uint16(len(data)))) })
	case k == espconn.Reconnect:
		c.s.callback(fn, c.p, code(status))
	default:
		c.s.callback(fn, c.p)
	}
	return true
}

// CopyPartial copies what the SDK copies: everything but the write-finish callback, and those of TCP only from a struct whose type is TCP
// (espconn.md 4.4).
func (c conn) CopyPartial(from espconn.Ref) {
	f := from.Load()
	c.Store(f)
	src, ok := from.(conn)
	if !ok {
		return
	}
	for k := espconn.Connect; k < espconn.WriteFinish; k++ {
		ofTCP := k == espconn.Connect || k == espconn.Reconnect || k == espconn.Disconnect
		if to := c.place(k); to != 0 && (!ofTCP || f.Type == espconn.TypeTCP) {
			c.s.setU32(to, src.function(k))
		}
	}
	c.s.setU32(c.p+connReverse, c.s.u32(src.p+connReverse))
}

// NewConn makes the espconn of an accepted connection in the device's heap.
func (s *SDK) NewConn() (espconn.Ref, error) {
	p := s.malloc(connSize, "espconn")
	if p == 0 {
		return nil, espconn.ErrNoEspconn
	}
	tcp := s.malloc(tcpSize, "esp_tcp")
	if tcp == 0 {
		s.free(p, bySDK)
		return nil, espconn.ErrNoTCP
	}
	clear(s.write(p, connSize))
	clear(s.write(tcp, tcpSize))
	s.setU32(p, uint32(espconn.TypeTCP))
	s.setU32(p+connProto, tcp)
	return conn{s, p}, nil
}

// FreeConn frees an espconn of NewConn and the esp_tcp that it points to.
func (s *SDK) FreeConn(r espconn.Ref) {
	c, ok := r.(conn)
	if !ok {
		return
	}
	s.free(s.u32(c.p+connProto), bySDK)
	s.free(c.p, bySDK)
}

// CallAvailable is the recv callback of MANUALRECV: NULL and the number of bytes that wait.
func (c conn) CallAvailable(n int) {
	if fn := c.function(espconn.Recv); fn != 0 {
		c.s.callback(fn, c.p, 0, uint32(uint16(n)))
	}
}
