package espconn

import "reflect"

// Type is espconn_type (espconn.md 1.2).
type Type uint32

// The types. The zero value is INVALID.
const (
	TypeInvalid Type = 0
	TypeTCP     Type = 0x10
	TypeUDP     Type = 0x20
)

// State is espconn_state (espconn.md 1.2).
type State uint32

// The states.
const (
	StateNone State = iota
	StateWait
	StateListen
	StateConnect
	StateWrite
	StateRead
	StateClose
)

var stateNames = [...]string{"NONE", "WAIT", "LISTEN", "CONNECT", "WRITE", "READ", "CLOSE"}

// String returns the SDK's word without its prefix, for example "CONNECT".
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return "?"
}

// Espconn is struct espconn for Go firmware. It belongs to the device goroutine; the API changes State, LinkCnt and on
// servers the remote address. It must stay the same variable for the life of a connection: its address is its name.
type Espconn struct {
	Type         Type
	State        State
	Proto        Proto
	RecvCallback func(c *Espconn, data []byte) // data is lent: see the package comment; nil with MANUALRECV, see API.RecvedLen
	SentCallback func(c *Espconn)
	LinkCnt      uint8
	Reverse      any // the firmware's own; the API only copies it (espconn.md 4.4)
}

// Proto is the SDK's union of pointers: set the one that Type names.
type Proto struct {
	TCP *TCP
	UDP *UDP
}

// TCP is struct esp_tcp. Ports are 0..65535, addresses in dotted order.
type TCP struct {
	RemotePort         int
	LocalPort          int
	LocalIP            [4]byte
	RemoteIP           [4]byte
	ConnectCallback    func(c *Espconn)
	ReconnectCallback  func(c *Espconn, err Err)
	DisconnectCallback func(c *Espconn)
	WriteFinish        func(c *Espconn)
}

// UDP is struct esp_udp.
type UDP struct {
	RemotePort int
	LocalPort  int
	LocalIP    [4]byte
	RemoteIP   [4]byte
}

// ID returns the address of c, which names it in the API's tables.
func (c *Espconn) ID() uintptr { return reflect.ValueOf(c).Pointer() }

// Load returns the fields that the API looks at.
func (c *Espconn) Load() Fields {
	f := Fields{Type: c.Type, State: c.State, LinkCnt: c.LinkCnt}
	set := func(k CallbackKind, registered bool) {
		if registered {
			f.Registered |= 1 << k
		}
	}
	set(Recv, c.RecvCallback != nil)
	set(Sent, c.SentCallback != nil)
	switch t, u := c.Proto.TCP, c.Proto.UDP; {
	case c.Type == TypeUDP && u != nil:
		f.HasProto = true
		f.RemotePort, f.LocalPort, f.LocalIP, f.RemoteIP = u.RemotePort, u.LocalPort, u.LocalIP, u.RemoteIP
	case c.Type != TypeUDP && t != nil:
		f.HasProto = true
		f.RemotePort, f.LocalPort, f.LocalIP, f.RemoteIP = t.RemotePort, t.LocalPort, t.LocalIP, t.RemoteIP
		set(Connect, t.ConnectCallback != nil)
		set(Reconnect, t.ReconnectCallback != nil)
		set(Disconnect, t.DisconnectCallback != nil)
		set(WriteFinish, t.WriteFinish != nil)
	}
	return f
}

// Store writes all fields of f but HasProto and Registered.
func (c *Espconn) Store(f Fields) {
	c.Type, c.State, c.LinkCnt = f.Type, f.State, f.LinkCnt
	switch t, u := c.Proto.TCP, c.Proto.UDP; {
	case c.Type == TypeUDP && u != nil:
		u.RemotePort, u.LocalPort, u.LocalIP, u.RemoteIP = f.RemotePort, f.LocalPort, f.LocalIP, f.RemoteIP
	case c.Type != TypeUDP && t != nil:
		t.RemotePort, t.LocalPort, t.LocalIP, t.RemoteIP = f.RemotePort, f.LocalPort, f.LocalIP, f.RemoteIP
	}
}

// Has reports whether callback k is registered now.
func (c *Espconn) Has(k CallbackKind) bool {
	switch k {
	case Recv:
		return c.RecvCallback != nil
	case Sent:
		return c.SentCallback != nil
	}
	t := c.Proto.TCP
	return t != nil && (k == Connect && t.ConnectCallback != nil || k == Reconnect && t.ReconnectCallback != nil ||
		k == Disconnect && t.DisconnectCallback != nil || k == WriteFinish && t.WriteFinish != nil)
}

// Call makes the callback k that is registered now. It reports whether there was one.
func (c *Espconn) Call(k CallbackKind, data []byte, status Err) bool {
	plain := func(fn func(*Espconn)) bool {
		if fn == nil {
			return false
		}
		fn(c)
		return true
	}
	switch k {
	case Recv:
		if c.RecvCallback == nil {
			return false
		}
		c.RecvCallback(c, data)
		return true
	case Sent:
		return plain(c.SentCallback)
	}
	t := c.Proto.TCP
	if t == nil {
		return false
	}
	switch k {
	case Connect:
		return plain(t.ConnectCallback)
	case Disconnect:
		return plain(t.DisconnectCallback)
	case WriteFinish:
		return plain(t.WriteFinish)
	case Reconnect:
		if t.ReconnectCallback == nil {
			return false
		}
		t.ReconnectCallback(c, status)
		return true
	}
	return false
}

// CallAvailable makes the recv callback with nil data; API.RecvedLen has the number.
func (c *Espconn) CallAvailable(int) { c.Call(Recv, nil, OK) }

// CopyPartial copies what the SDK copies between a server's espconn and that of an accepted connection: everything but
// the write-finish callback, and TCP's callbacks only from a struct whose type is TCP (espconn.md 4.4). From another kind of Ref it takes
// the fields.
func (c *Espconn) CopyPartial(from Ref) {
	f := from.Load()
	src, ok := from.(*Espconn)
	if !ok {
		c.Store(f)
		return
	}
	if c.Proto.TCP == nil && src.Proto.TCP != nil {
		c.Proto.TCP = &TCP{}
	}
	if c.Proto.UDP == nil && src.Proto.UDP != nil && f.Type == TypeUDP {
		c.Proto.UDP = &UDP{}
	}
	c.Store(f)
	c.RecvCallback, c.SentCallback, c.Reverse = src.RecvCallback, src.SentCallback, src.Reverse
	if t, s := c.Proto.TCP, src.Proto.TCP; f.Type == TypeTCP && t != nil && s != nil {
		t.ConnectCallback, t.ReconnectCallback, t.DisconnectCallback = s.ConnectCallback, s.ReconnectCallback, s.DisconnectCallback
	}
}
