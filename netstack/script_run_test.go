package netstack

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// scriptFlow is one connection of a script, known by the peer's port.
type scriptFlow struct {
	peer, local uint16
	iss         uint32 // the stack's initial sequence number
	conn        *scriptConn
	stream      func(offset uint32, data []byte, text *string)
}

// scriptRun executes a packet script. A script is lines of "time word ...", the time in milliseconds since the start of
// the stack. "<" is a frame from the peer, any other word but ">" and "=" a call of the application; ">" lines are the
// frames that the stack sends, "=" lines what its handlers are told. The run produces the whole text anew: the lines that
// do something as they stand, and after each the frames and events up to the next one. Equal texts: the script passes.
type scriptRun struct {
	s    *Stack
	i    *Interface
	heap *countingHeap
	now  time.Time
	out  []string

	quiet     bool // before the first line
	showIP    bool
	showPorts bool
	first     uint16 // peer's port of the first flow
	last      uint16
	flows     map[uint16]*scriptFlow
	listeners map[uint16]*Listener
	udp       map[uint16]*UDP
	reactions map[string][]string
	peerISN   uint32
	random    []uint32
	rand      func() uint32
	causes    []Cause
}

const scriptPeerISN = 1_000_000

func (r *scriptRun) say(format string, args ...any) {
	if !r.quiet {
		at := float64(r.now.Sub(simStart).Microseconds()) / 1000
		r.out = append(r.out, strconv.FormatFloat(at, 'f', -1, 64)+" "+fmt.Sprintf(format, args...))
	}
}

// runScript executes a script and returns the text that it should have.
func runScript(text string) (string, error) {
	out, _, err := playScript(text)
	return out, err
}

// playScript executes a script and returns the text that it should have, and why connections ended in it.
func playScript(text string) (out string, causes []Cause, err error) {
	r := &scriptRun{now: simStart, quiet: true, flows: map[uint16]*scriptFlow{}, listeners: map[uint16]*Listener{}, udp: map[uint16]*UDP{},
		reactions: map[string][]string{},
		peerISN:   scriptPeerISN, heap: newCountingHeap(), rand: sequence()}
	p := DeviceProfile()
	p.PollPhase = ms(13)
	known, bare := true, false
	for number, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		w := &words{list: strings.Fields(line)}
		switch {
		case len(w.list) == 0 || w.list[0] == "#":
			r.out = append(r.out, line)
			continue
		case w.list[0] == "profile":
			if err := scriptProfile(&p, w.list[1:]); err != nil {
				return "", nil, fmt.Errorf("line %d: %w", number+1, err)
			}
			r.out = append(r.out, line)
			continue
		case w.list[0] == "peer":
			known = !w.has("unknown")
			bare = w.has("no-address")
			r.peerISN = uint32(w.option("isn", scriptPeerISN))
			r.out = append(r.out, line)
			continue
		case w.list[0] == "show":
			r.showIP, r.showPorts = w.has("ip"), w.has("ports")
			r.out = append(r.out, line)
			continue
		}
		if len(w.list) > 1 && (w.list[1] == ">" || w.list[1] == "=") {
			continue
		}
		if r.s == nil {
			r.start(p, known, bare)
		}
		at, err := strconv.ParseFloat(w.take(), 64)
		if err != nil {
			return "", nil, fmt.Errorf("line %d: no time: %q", number+1, line)
		}
		r.until(at)
		r.quiet = false
		r.out = append(r.out, line)
		if w.list[0] == "<" {
			w.take()
			frame := r.packet(w)
			if w.end() == nil {
				r.i.Input(r.now, frame)
			}
		} else {
			r.s.Advance(r.now)
			r.call(w)
		}
		if err := w.end(); err != nil {
			return "", nil, fmt.Errorf("line %d: %w: %q", number+1, err, line)
		}
	}
	if left := r.heap.left(); r.s != nil && len(r.s.TCBs()) == 0 && len(r.s.tcp.bound) == 0 && len(r.listeners) == 0 &&
		strings.Contains(left, "tcp") {
		return "", nil, fmt.Errorf("memory left behind: %s", left)
	}
	return strings.Join(r.out, "\n") + "\n", r.causes, nil
}

// scriptProfile reads "device", "device536" or "host", then "Field=value" changes.
func scriptProfile(p *Profile, list []string) error {
	for _, word := range list {
		name, value, change := strings.Cut(word, "=")
		switch {
		case word == "device":
		case word == "device536":
			*p = DeviceProfile536()
			p.PollPhase = ms(13)
		case word == "host":
			*p = HostProfile()
		case change:
			f := reflect.ValueOf(p).Elem().FieldByName(name)
			if !f.IsValid() {
				return fmt.Errorf("profile has no %s", name)
			}
			if d, err := time.ParseDuration(value); err == nil && f.Type() == reflect.TypeFor[time.Duration]() {
				f.SetInt(int64(d))
			} else if b, err := strconv.ParseBool(value); err == nil && f.Kind() == reflect.Bool {
				f.SetBool(b)
			} else if n, err := strconv.ParseInt(value, 0, 64); err == nil && f.CanInt() {
				f.SetInt(n)
			} else if n, err := strconv.ParseUint(value, 0, 64); err == nil && f.CanUint() {
				f.SetUint(n)
			} else {
				return fmt.Errorf("profile: %s", word)
			}
		default:
			return fmt.Errorf("profile %q", word)
		}
	}
	return nil
}

// start makes the stack 10.0.0.2 with gateway 10.0.0.1, up at 0.
func (r *scriptRun) start(p Profile, known, bare bool) {
	r.s = NewStack(Config{Profile: p, Heap: r.heap, Rand: func() uint32 {
		if len(r.random) > 0 {
			v := r.random[0]
			r.random = r.random[1:]
			return v
		}
		return r.rand()
	}, Observe: func(e Event) {
		if e.Kind == EventCause {
			r.causes = append(r.causes, Cause{e.Cause, e.Text, e.Len, e.Limit, e.Took})
		}
	}})
	r.i = r.s.AddInterface("st", MAC{2, 0, 10, 0, 0, 2}, func(b []byte) {
		r.say("> %s", r.describe(b))
	})
	r.s.Advance(simStart)
	if !bare {
		r.i.SetAddr(netip.PrefixFrom(scriptDevice, 24), scriptPeer)
		r.i.SetUp(true)
	}
	if known {
		r.i.SetNeighbor(scriptPeer, scriptMAC(scriptPeer))
	}
}

// until lets the time go on; timers of the end itself wait until the line's own event is done.
func (r *scriptRun) until(t float64) {
	end := simStart.Add(time.Duration(math.Round(t * 1e6)))
	for range 1_000_000 {
		at, ok := r.s.NextEvent()
		if !ok || !at.Before(end) {
			break
		}
		r.now = at
		r.s.Advance(at)
	}
	r.now = end
}

func (r *scriptRun) addFlow(peer uint16) *scriptFlow {
	f := &scriptFlow{peer: peer}
	r.flows[peer] = f
	if r.first == 0 {
		r.first = peer
	}
	return f
}

// flow takes "@port" and returns that flow; without it the first one. Segments of a new flow go to the port of the last
// listener, or to the one that "to-port" names.
func (r *scriptRun) flow(w *words) *scriptFlow {
	port := r.first
	for k, v := range w.list {
		if strings.HasPrefix(v, "@") {
			port = uint16(w.number(v[1:]))
			w.list = slices.Delete(slices.Clone(w.list), k, k+1)
			break
		}
	}
	if port == 0 {
		port = 5001
	}
	f := r.flows[port]
	if f == nil {
		f = r.addFlow(port)
		f.local = r.last
	}
	if v, ok := w.after("to-port"); ok {
		f.local = uint16(w.number(v))
	}
	return f
}

// scriptConn is the handler of a script's connection.
type scriptConn struct {
	r       *scriptRun
	f       *scriptFlow
	t       *TCB
	hold    bool
	refuse  bool
	expects uint32 // offset of the next byte
	sent    uint32 // offset of the next byte to write
}

// tag names the flow where a script has several.
func (c *scriptConn) tag() string {
	if c.f.peer == c.r.first {
		return ""
	}
	return fmt.Sprintf(" @%d", c.f.peer)
}

func (c *scriptConn) react(event string) {
	for _, line := range c.r.reactions[event] {
		w := &words{list: strings.Fields(line)}
		c.call(w.take(), w)
	}
}

func (c *scriptConn) Connected(*TCB) {
	c.r.say("= connected%s", c.tag())
	c.react("connected")
}

func (c *scriptConn) Received(t *TCB, data []byte) {
	if c.refuse {
		c.r.say("= refused %d%s", len(data), c.tag())
		t.Refuse()
		return
	}
	bad := ""
	if !slices.Equal(data, streamBytes(c.expects, len(data))) {
		bad = " CORRUPT"
	}
	c.expects += uint32(len(data))
	c.r.say("= received %d%s%s", len(data), c.tag(), bad)
	if !c.hold {
		t.Recved(len(data))
	}
	c.react("received")
}

func (c *scriptConn) Sent(_ *TCB, n int) {
	c.r.say("= sent %d%s", n, c.tag())
	c.react("sent")
}

func (c *scriptConn) PeerClosed(*TCB) {
	c.r.say("= peer closed%s", c.tag())
	c.expects++
	c.react("closed")
}

func (c *scriptConn) Aborted(t *TCB, err error) {
	why := map[error]string{ErrReset: "reset by the peer", ErrAborted: "given up", ErrClosed: "closed"}[err]
	c.r.say("= ended in %v: %s%s", t.State(), why, c.tag())
	c.react("ended")
}

// Poll is a poll of the application's.
func (c *scriptConn) Poll(*TCB) { c.r.say("= poll%s", c.tag()) }

// newConn makes the connection of a flow.
func (r *scriptRun) newConn(f *scriptFlow) *scriptConn {
	c := &scriptConn{r: r, f: f, expects: 1}
	c.sent = 1
	f.conn = c
	f.stream = func(offset uint32, data []byte, text *string) {
		if !slices.Equal(data, streamBytes(offset, len(data))) {
			*text += fmt.Sprintf(" OTHER-DATA %x", data[:min(len(data), 4)])
		}
	}
	return c
}

// result tells an error of a call.
func (r *scriptRun) result(what string, err error) {
	names := map[error]string{ErrMem: "no memory", ErrRoute: "no route", ErrInUse: "in use", ErrConn: "not connected",
		ErrArg: "bad argument", ErrInProgress: "in progress", ErrClosed: "closed"}
	for e, name := range names {
		if errors.Is(err, e) {
			r.say("= %s: %s", what, name)
		}
	}
}

// call makes a call of the application.
func (r *scriptRun) call(w *words) {
	s, i := r.s, r.i
	switch verb := w.take(); verb {
	case "end":
	case "connect":
		r.connect(w)
	case "listen":
		port := uint16(w.number(w.take()))
		r.last = port
		l, err := s.Listen(netip.Addr{}, port, func(t *TCB) Handler {
			if r.reactions["accept"] != nil {
				return nil
			}
			f := r.flows[t.Remote().Port()]
			c := r.newConn(f)
			c.t = t
			return c
		})
		r.listeners[port] = l
		r.result("listen", err)
	case "unlisten":
		port := uint16(w.number(w.take()))
		r.listeners[port].Close()
		delete(r.listeners, port)
	case "react":
		event := w.take()
		r.reactions[event] = append(r.reactions[event], strings.Join(w.list, " "))
		w.list = nil
	case "random":
		for len(w.list) > 0 {
			r.random = append(r.random, uint32(w.number(w.take())))
		}
	case "addr":
		prefix, err := netip.ParsePrefix(w.take())
		if err != nil {
			w.fail("%v", err)
		}
		i.SetAddr(prefix, w.addrOption("gw", scriptPeer))
	case "no-addr":
		i.SetAddr(netip.Prefix{}, netip.Addr{})
	case "up", "down":
		i.SetUp(verb == "up")
	case "link-up", "link-down":
		i.SetLink(verb == "link-up")
	case "retries":
		data := w.number(w.take())
		s.SetRetries(data, w.number(w.take()))
	case "max-connections":
		s.SetMaxConnections(w.number(w.take()))
	case "window":
		s.SetWindow(w.number(w.take()))
	case "no-memory":
		what := w.take()
		r.heap.fail = func(_ uint32, name string) bool { return what == "any" || name == what }
	case "memory":
		r.heap.fail = nil
	case "trim":
		s.TrimOutOfOrder()
	case "mtu":
		r.say("= mtu %d", i.MTU())
	case "tcbs":
		var states []string
		for _, t := range s.TCBs() {
			states = append(states, t.State().String())
		}
		if states == nil {
			states = []string{"none"}
		}
		r.say("= tcbs %s", strings.Join(states, " "))
	case "udp":
		r.openUDP(uint16(w.number(w.take())))
	case "send":
		from := uint16(w.number(w.take()))
		to, err := netip.ParseAddrPort(w.take())
		if err != nil {
			w.fail("%v", err)
		}
		if r.udp[from] == nil {
			r.openUDP(from)
		}
		if u := r.udp[from]; u != nil {
			r.result("send", u.SendTo(streamBytes(0, w.length()), to))
		}
	case "join", "leave":
		f := s.JoinGroup
		if verb == "leave" {
			f = s.LeaveGroup
		}
		group := w.addr(w.take())
		r.result(verb, f(w.addrOption("host", wire.AnyAddr), group))
	case "dhcp":
		i.SetDHCPRetries(w.option("retries", 0), func() bool {
			r.say("= DHCP timeout")
			return true
		})
		if v, ok := w.after("class"); ok {
			i.SetVendorClass(v)
		}
		name := ""
		if len(w.list) > 0 {
			name = w.take()
		}
		i.StartDHCP(name, func(l DHCPLease) { r.say("= lease %v", l.Addr) })
	case "resolve":
		name := w.take()
		a, err := s.Resolve(name, func(a netip.Addr, why *Cause) { r.say("= found %s %v %v", name, a, why == nil) })
		if err == nil {
			r.say("= literal %v", a)
		} else if err != ErrInProgress {
			r.result("resolve", err)
		}
	case "dns":
		n := w.number(w.take())
		s.SetDNS(n, w.addr(w.take()))
	case "sntp":
		r.sntp(w)
	default:
		f := r.flow(w)
		if f.conn == nil || f.conn.t == nil {
			w.fail("there is no connection to %s", verb)
			return
		}
		f.conn.call(verb, w)
	}
}

// sntp starts, stops and reads the SNTP client.
func (r *scriptRun) sntp(w *words) {
	c := r.s.SNTP()
	switch v := w.take(); v {
	case "server":
		n := w.number(w.take())
		c.SetServer(n, w.addr(w.take()))
	case "start":
		c.Start()
	case "stop":
		c.Stop()
	case "time":
		r.say("= time %d", c.Timestamp())
	default:
		w.fail("sntp %q", v)
	}
}

func (r *scriptRun) openUDP(port uint16) {
	u := r.s.NewUDP(func(from netip.AddrPort, to netip.Addr, _ *Interface, data []byte) {
		r.say("= udp %d received %d from %v to %v", port, len(data), from, to)
	})
	if u == nil {
		r.say("= udp: no memory")
		return
	}
	if err := u.Bind(netip.Addr{}, port); err != nil {
		r.result("udp", err)
		return
	}
	if port == 0 {
		r.say("= udp port %d", u.Local().Port())
	}
	r.udp[port] = u
}

// connect is "connect 80", with "local" port and "addr" of the peer.
func (r *scriptRun) connect(w *words) {
	port := uint16(w.number(w.take()))
	f := r.flows[port]
	if f == nil {
		f = r.addFlow(port)
	}
	local, addr := w.option("local", 0), w.addrOption("addr", scriptPeer)
	c := r.newConn(f)
	c.t = r.s.NewTCB(c)
	if c.t == nil {
		r.say("= connect: no memory")
		return
	}
	if local != 0 {
		if err := c.t.Bind(netip.Addr{}, uint16(local)); err != nil {
			r.result("bind", err)
		}
	}
	if err := c.t.Connect(netip.AddrPortFrom(addr, port)); err != nil {
		r.result("connect", err)
		c.t.Remove()
	}
}

// call makes a call on a connection.
func (c *scriptConn) call(verb string, w *words) {
	t := c.t
	duration := func() time.Duration { return ms(float64(w.number(w.take()))) }
	switch verb {
	case "write":
		n := w.number(w.take())
		if err := t.Write(streamBytes(c.sent, n)); err != nil {
			c.r.result("write", err)
			return
		}
		c.sent += uint32(n)
		if !w.has("later") {
			t.Output()
		}
	case "output":
		t.Output()
	case "close":
		c.r.result("close", t.Close())
	case "shutdown":
		c.r.result("shutdown", t.CloseWrite())
	case "abort":
		t.Abort()
	case "remove":
		t.Remove()
	case "detach":
		t.SetHandler(nil)
	case "recved":
		t.Recved(w.number(w.take()))
	case "hold":
		c.hold = true
	case "unhold":
		c.hold = false
	case "refuse":
		c.refuse = true
	case "take":
		c.refuse = false
	case "nagle":
		t.SetNagle(w.take() == "on")
	case "keepalive":
		if len(w.list) == 0 { // as it is
			t.SetKeepalive(true, -1, -1, -1)
			break
		}
		idle, interval := duration(), duration()
		t.SetKeepalive(true, idle, interval, w.number(w.take()))
	case "poll":
		t.SetPoll(duration())
	case "state":
		c.r.say("= %v mss %d buffer %d queue %d unacked %d retries %d%s", t.State(), t.MSS(), t.SendBuffer(), t.SendQueue(), t.Unacked(),
			t.Retries(), c.tag())
	default:
		w.fail("no such call: %s", verb)
	}
}
