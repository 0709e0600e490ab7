package netstack

import (
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Options of espconn_set_opt.
const (
	wireOptCopy      = 4
	wireOptKeepalive = 8
)

// wireMax is the SDK's default of espconn_tcp_set_max_con and of the listeners' own limits.
const wireMax = 5

// wireApp is the traces' application and as much of the SDK's connection layer as shows on the wire: one send at a time,
// the port's trimming of closing connections (espconn.md 4.8), the servers' idle limit (espconn.md 5.9).
type wireApp struct {
	r         *wireReplay
	react     map[string]int
	conns     map[int]*wireConn
	udp       map[int]*UDP
	listeners map[int]*Listener
	limits    map[int]int // idle seconds of a listener's connections
	allow     map[int]int // connections of a listener
	accepted  int
	dnsName   string
	posted    []func()
}

func (a *wireApp) init(r *wireReplay) {
	*a = wireApp{r: r, react: map[string]int{}, conns: map[int]*wireConn{}, udp: map[int]*UDP{}, listeners: map[int]*Listener{},
		limits: map[int]int{}, allow: map[int]int{}}
}

// tasks runs what was posted to the SDK's task.
func (a *wireApp) tasks() {
	for len(a.posted) > 0 {
		f := a.posted[0]
		a.posted = a.posted[1:]
		f()
	}
}

// trim frees the oldest closing connection of each kind when there are five.
func (a *wireApp) trim() {
	var closing, waiting int
	oldest := map[State]*TCB{}
	for _, t := range a.r.s.TCBs() {
		kind := t.State()
		switch kind {
		case StateTimeWait:
			waiting++
		case StateFinWait1, StateFinWait2:
			closing++
			kind = StateFinWait1
		case StateLastAck:
			closing++
		default:
			continue
		}
		if o := oldest[kind]; o == nil || t.Idle() >= o.Idle() {
			oldest[kind] = t
		}
	}
	if closing < wireMax && waiting < wireMax {
		return
	}
	for _, kind := range []State{StateTimeWait, StateFinWait1, StateLastAck} {
		if t := oldest[kind]; t != nil {
			t.Remove()
		}
	}
}

// wireConn is one connection.
type wireConn struct {
	a       *wireApp
	t       *TCB
	slot    int // of the listener; -1: client
	pending [][]byte
	copies  bool
	hold    bool
	held    int
	idle    int
	closed  bool
}

func (c *wireConn) reaction(name string) int { return c.a.react[name] }

func (c *wireConn) keepalive() {
	set := func(name string) int { // -1: as it is
		if n := c.reaction(name); n > 0 {
			return n
		}
		return -1
	}
	seconds := func(name string) time.Duration { return time.Duration(set(name)) * time.Second }
	c.t.SetKeepalive(true, seconds("keep_idle"), seconds("keep_intvl"), set("keep_cnt"))
}

func (c *wireConn) Connected(t *TCB) {
	c.t = t
	t.SetNagle(false)
	if c.slot >= 0 {
		t.SetPoll(time.Second)
	}
	c.send(c.reaction("conn_send"))
	c.hold = c.reaction("conn_hold") != 0
	if opt := c.reaction("conn_opt"); opt != 0 {
		c.copies = opt&wireOptCopy != 0
		if opt&wireOptKeepalive != 0 {
			c.keepalive()
		}
	}
	if c.reaction("conn_clr") != 0 {
		t.SetNagle(true) // whatever is cleared (espconn.md 5.15)
	}
	if c.reaction("conn_disc") != 0 {
		c.disconnect()
	}
}

func (c *wireConn) disconnect() {
	if !c.closed && c.t.Close() == nil {
		c.closed = true
		c.t.SetHandler(nil)
		c.a.posted = append(c.a.posted, c.a.trim)
	}
}

// send queues the first n bytes of the application's buffer.
func (c *wireConn) send(n int) {
	if n == 0 {
		return
	}
	b := make([]byte, n)
	for k := range b {
		b[k] = byte(7*k + 3)
	}
	c.pending = append(c.pending, b)
	c.push()
	c.t.Output()
}

// push writes what fits; a refused write is tried with half of it. With COPY a send waits until the one before is
// written as a whole.
func (c *wireConn) push() {
	for len(c.pending) > 0 {
		b := c.pending[0]
		n := min(len(b), c.t.SendBuffer(), 2*c.t.MSS())
		for n > 0 && c.t.Write(b[:n]) != nil {
			n /= 2
		}
		if n == 0 {
			return
		}
		if c.pending[0] = b[n:]; n == len(b) {
			c.pending = c.pending[1:]
		}
	}
}

func (c *wireConn) Received(t *TCB, data []byte) {
	c.idle = 0
	if c.hold || c.reaction("conn_norecv") != 0 {
		c.held += len(data)
	} else {
		t.Recved(len(data))
	}
	c.send(c.reaction("recv_reply"))
	if c.reaction("recv_disc") != 0 {
		c.disconnect()
	}
}

func (c *wireConn) Sent(*TCB, int) {
	c.idle = 0
	c.push()
}

func (c *wireConn) PeerClosed(*TCB) { c.disconnect() }

func (c *wireConn) Aborted(*TCB, error) {
	c.closed = true
	c.a.posted = append(c.a.posted, c.a.trim)
}

// Poll counts the seconds of a server's idle connection.
func (c *wireConn) Poll(t *TCB) {
	limit := c.a.limits[c.slot]
	if limit == 0 || t.State() != StateEstablished {
		return
	}
	if c.idle++; c.idle >= limit {
		c.disconnect()
	}
}

// accept takes a connection unless there are too many.
func (a *wireApp) accept(slot int) Handler {
	open, own := 0, 0
	for _, c := range a.conns {
		if c.closed || c.t == nil {
			continue
		}
		open++
		if c.slot == slot {
			own++
		}
	}
	if limit := a.allow[slot]; open >= a.r.s.Profile().MaxConnections || limit > 0 && own >= limit {
		return nil
	}
	c := &wireConn{a: a, slot: slot}
	a.conns[100+a.accepted] = c
	a.accepted++
	return c
}

// call makes an application's call; false: it is unknown. A call that the SDK refused did not reach the stack.
func (a *wireApp) call(e *wireEvent) bool {
	s, i := a.r.s, a.r.i
	refused := e.Ret != nil && *e.Ret < 0
	c := a.conns[e.num(0)]
	switch e.App {
	case "espconn_connect":
		if !refused {
			a.connect(e)
		}
	case "espconn_accept":
		slot := e.num(0)
		a.limits[slot] = 10
		a.listeners[slot], _ = s.Listen(netip.Addr{}, uint16(e.num(1)), func(*TCB) Handler { return a.accept(slot) })
	case "espconn_regist_time":
		a.limits[e.num(0)] = e.num(1)
	case "espconn_tcp_set_max_con_allow":
		a.allow[e.num(0)] = e.num(1)
	case "espconn_send":
		if taken := !refused || *e.Ret == -1; taken && c != nil && c.t != nil && !c.closed { // -1: in part
			c.send(e.num(1))
		}
	case "espconn_disconnect":
		if c != nil && !refused {
			c.disconnect()
		}
	case "espconn_abort":
		c.closed = true
		c.t.Abort()
	case "espconn_recv_hold":
		c.hold = true
	case "espconn_recv_unhold":
		c.hold = false
		c.t.Recved(c.held)
		c.held = 0
	case "espconn_set_opt", "espconn_set_keepalive":
		c.keepalive()
	case "espconn_create":
		if !refused {
			u := s.NewUDP(nil)
			_ = u.Bind(netip.Addr{}, uint16(e.num(3)))
			a.udp[e.num(0)] = u
		}
	case "espconn_sendto":
		if u := a.udp[e.num(0)]; u != nil {
			a.sendTo(u, netip.AddrPortFrom(e.ip(1), uint16(e.num(2))), e.num(3))
		}
	case "espconn_delete":
		if l := a.listeners[e.num(0)]; l != nil && !refused {
			l.Close()
		}
		if u := a.udp[e.num(0)]; u != nil {
			u.Close()
			delete(a.udp, e.num(0))
		}
	case "espconn_dns_setserver":
		s.SetDNS(e.num(0), e.ip(1))
	case "espconn_gethostbyname":
		_, _ = s.Resolve(a.dnsName, nil)
	case "espconn_igmp_join":
		_ = s.JoinGroup(e.ip(0), e.ip(1))
	case "espconn_igmp_leave":
		_ = s.LeaveGroup(e.ip(0), e.ip(1))
	case "netif_set_down":
		i.SetUp(false)
	case "netif_set_up":
		i.SetUp(true)
	case "netif_set_link_down":
		i.SetLink(false)
	case "netif_set_link_up":
		i.SetLink(true)
	case "netif_set_addr":
		prefix := netip.Prefix{}
		if !wire.IsAny(e.ip(0)) {
			prefix = netip.PrefixFrom(e.ip(0), 24)
		}
		i.SetAddr(prefix, e.ip(2))
	case "dhcp_start":
		i.StartDHCP("ESP_000001", nil)
	case "espconn_tcp_set_max_syn":
		s.SetRetries(0, e.num(0))
	case "espconn_tcp_set_max_retran":
		s.SetRetries(e.num(0), 0)
	case "espconn_tcp_set_max_con":
		s.SetMaxConnections(e.num(0))
	case "espconn_tcp_set_wnd":
		s.SetWindow(e.num(0) * deviceMSS)
	case "espconn_tcp_set_buf_count": // a number of the SDK's own buffers
	default:
		return false
	}
	return true
}

// connect is espconn_connect(slot, address, port, local port); -1 is espconn_port() (espconn.md 5.17).
func (a *wireApp) connect(e *wireEvent) {
	c := &wireConn{a: a, slot: -1}
	a.conns[e.num(0)] = c
	port := e.num(3)
	if port == -1 {
		if port = int(a.r.s.rand() % 50000); port < 1024 {
			port += 1024
		}
	}
	c.t = a.r.s.NewTCB(c)
	if port != 0 {
		_ = c.t.Bind(netip.Addr{}, uint16(port))
	}
	_ = c.t.Connect(netip.AddrPortFrom(e.ip(1), uint16(e.num(2))))
}

// sendTo sends n bytes of the application's buffer in datagrams of at most 1,472.
func (a *wireApp) sendTo(u *UDP, to netip.AddrPort, n int) {
	for at := 0; at == 0 || at < n; at += 1472 {
		b := make([]byte, min(n-at, 1472))
		for k := range b {
			b[k] = byte(7*(at+k) + 3)
		}
		_ = u.SendTo(b, to)
	}
}
