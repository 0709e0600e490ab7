package netstack

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// State is a TCB's state, numbered as in lwIP.
type State uint8

// States of a TCB.
const (
	StateClosed State = iota
	StateListen
	StateSynSent
	StateSynRcvd
	StateEstablished
	StateFinWait1
	StateFinWait2
	StateCloseWait
	StateClosing
	StateLastAck
	StateTimeWait
)

var stateNames = [...]string{"CLOSED", "LISTEN", "SYN_SENT", "SYN_RCVD", "ESTABLISHED", "FIN_WAIT_1", "FIN_WAIT_2", "CLOSE_WAIT", "CLOSING",
	"LAST_ACK", "TIME_WAIT"}

// String returns lwIP's name of the state, "FIN_WAIT_1".
func (st State) String() string {
	if int(st) < len(stateNames) {
		return stateNames[st]
	}
	return fmt.Sprintf("State(%d)", uint8(st))
}

// Handler is told what happens to a TCB, in the shape of lwIP's raw API. All methods run inside Input or Advance of the
// owning stack, those of one segment in the order Sent, Received, PeerClosed; what they write leaves when the segment is
// done. They may call everything of the stack except Input and Advance.
//
// A TCB that had a handler ends with exactly one Aborted, except after Remove, and after Close in a state in which
// nothing is left to do (CLOSED, SYN_SENT).
type Handler interface {
	// Connected: an active open is done, or the accept function has just returned this handler.
	Connected(t *TCB)
	// Received: in-order data, lent for the call. The window is reopened only by Recved. A handler that cannot take the
	// data now calls TCB.Refuse and gets it again.
	Received(t *TCB, data []byte)
	// Sent: n more bytes of data are acknowledged (SYN and FIN do not count).
	Sent(t *TCB, n int)
	// PeerClosed: the peer's FIN came, after all data. At most once.
	PeerClosed(t *TCB)
	// Aborted: the TCB is gone and freed. ErrReset: by the peer's RST. ErrAborted: given up here; t.State() is the state
	// it was in for retry limits, keepalive and state limits, CLOSED for Abort, lack of memory, a changed address and
	// data after the local close; t.Retries() tells a retry limit. ErrClosed: it ended in order.
	Aborted(t *TCB, err error)
}

// Poller is a Handler that also wants to be called periodically, see TCB.SetPoll.
type Poller interface {
	// Poll runs once in each poll period, after the segments due at that time were sent again.
	Poll(t *TCB)
}

// tuple identifies a connection.
type tuple struct {
	local, remote         [4]byte
	localPort, remotePort uint16
}

// tcpState is the TCP part of a stack.
type tcpState struct {
	clock       tickClock
	conns       map[tuple]*TCB
	ports       map[uint16]int // TCBs of any kind that have the port
	listeners   []*Listener
	bound       []*TCB // bound, not yet connected
	heap        []*TCB // connections with a timer, earliest first
	current     *TCB   // whose segment is being processed
	iss         uint32
	secret      [2]uint32
	nextPort    uint16
	front       uint64
	established int
}

func (c *tcpState) init(s *Stack) {
	c.conns = make(map[tuple]*TCB)
	c.ports = make(map[uint16]int)
	c.iss = firstISN
	c.clock.init(s)
}

// TCB is one connection (a tcp_pcb in lwIP). It belongs to the stack's owner; after it ended all methods are harmless.
type TCB struct {
	s       *Stack
	h       Handler
	accept  func(*TCB) Handler // passive open: until the handshake is done
	state   State
	freed   bool
	cause   Cause // why it ended
	local   netip.AddrPort
	remote  netip.AddrPort
	blk     block
	front   uint64 // order of last use, for things that happen at one instant
	inPort  bool   // counted in tcpState.ports
	inConns bool

	// Receiving (lwip.md 6).
	rcvNxt      uint32
	rcvWnd      uint32 // free receive window
	wholeWnd    uint32 // receive window at the begin
	annWnd      uint32 // window as advertised
	annEdge     uint32 // right edge as advertised
	ackDelay    bool
	ackNow      bool
	ackAt       instant // when a delayed ACK is due
	ooo         []oooSegment
	refusedData []byte  // delivered but not taken: offered again
	refusedFin  bool    // the FIN came with it
	refusedPbuf []block // of the frames that it came in
	offerAt     instant // when it is offered again
	refusing    bool    // Refuse was called in the present Received
	rxClosed    bool    // the application has closed; data is answered by a reset
	gotFin      bool
	upAt        instant // when it was established
	objectAt    instant // from when on an empty segment that is not acceptable is answered again

	// Sending (lwip.md 5).
	queue    []*segment // unacknowledged and unsent, in order of sequence
	sent     int        // how many of queue are in flight
	sndNxt   uint32     // next to send for the first time
	sndLbb   uint32     // next to buffer
	lastAck  uint32
	sndWnd   uint32
	sndWl1   uint32
	sndWl2   uint32
	used     int // bytes of send buffer in use
	mss      int
	cwnd     uint32
	ssthresh uint32
	dupAcks  int
	recovery bool // TF_INFR
	refused  bool // a write was refused for memory: Nagle is skipped once (TF_NAGLEMEMERR)
	finSent  bool // a FIN is in the queue or was sent
	// finJoined: the FIN stands on a data segment. lwIP then does not know of it, and Nagle holds it back
	// (oracle/espconn sec/client/stage/wait_client_hello/record-99-20), see also finAcked.
	finJoined bool
	finSeq    uint32
	nagle     bool

	// Timers, counted in ticks (lwip.md 2, 5.4, 5.5).
	at        instant // earliest timer, never if none
	loudAt    instant // earliest but for the delayed acknowledgement
	phase     timerPhase
	index     int // in tcpState.heap, -1
	activity  int64
	rtOn      bool  // retransmission timer runs
	rtBase    int64 // tick at which it was 0
	rtHeld    int64 // its value while the persist timer suspends it
	rto       int64
	sa, sv    int64
	sampled   bool
	timing    bool
	timeTick  int64
	timeSeq   uint32
	retries   int
	retryTick int64 // tick of the last increment of retries
	persist   int   // number of the pending probe, 0: off
	persistAt int64 // tick at which its wait began
	keep      bool
	keepIdle  time.Duration
	keepIntvl time.Duration
	keepMax   int
	keepSent  int
	shutAt    instant    // when the peer's window became too small, while the persist timer is on
	shutTold  bool       // CauseWindowShut was told of it
	acked     int        // bytes of data that are acknowledged
	spoilt    bool       // a probe of the next byte was sent that carries another one (Profile.StaleProbe)
	icmpFrom  netip.Addr // who said that the peer cannot be reached
	icmpCode  uint8
	poll      time.Duration
	pollBase  int64
	waiting   bool // output has to be tried again at the next poll, by default the next tick
}

// NewTCB returns a closed TCB. The heap is charged for it; without memory the oldest TIME_WAIT, then the least recently
// active connection is given up for it (lwip.md 4.2). nil: no memory.
func (s *Stack) NewTCB(h Handler) *TCB {
	blk, ok := s.charge(pcbBytes, "tcp_pcb")
	if !ok {
		if blk, ok = s.reclaimPCB(); !ok {
			return nil
		}
	}
	t := &TCB{s: s, h: h, blk: blk, index: -1, at: never, local: netip.AddrPortFrom(wire.AnyAddr, 0)}
	t.mss = min(s.p.DefaultMSS, s.p.MSS)
	t.rcvWnd = uint32(s.p.Window)
	t.annWnd, t.wholeWnd = t.rcvWnd, t.rcvWnd
	t.cwnd = 1
	t.sndNxt = s.nextISN(tuple{})
	t.lastAck, t.sndLbb, t.sndWl2 = t.sndNxt, t.sndNxt, t.sndNxt
	t.rto = s.ticks(s.p.InitialRTO)
	t.sv = t.rto
	t.nagle = s.p.Nagle
	t.keepIdle, t.keepIntvl, t.keepMax = s.p.KeepIdle, s.p.KeepIntvl, s.p.KeepCount
	t.activity = s.tick()
	t.pollBase = t.activity
	return t
}

// reclaimPCB frees TCBs until there is memory for one more.
func (s *Stack) reclaimPCB() (block, bool) {
	oldest := func(ok func(*TCB) bool) *TCB {
		var o *TCB
		for _, t := range s.TCBs() {
			if ok(t) && (o == nil || t.activity <= o.activity) {
				o = t
			}
		}
		return o
	}
	if t := oldest(func(t *TCB) bool { return t.state == StateTimeWait }); t != nil {
		t.because(Cause{ID: CauseTimeWaitTaken, Took: t.Idle()})
		t.end(nil)
	}
	if blk, ok := s.charge(pcbBytes, "tcp_pcb"); ok {
		return blk, true
	}
	if t := oldest(func(t *TCB) bool { return t.state != StateTimeWait && t != s.tcp.current }); t != nil {
		t.because(Cause{ID: CauseMemory})
		t.kill(ErrAborted, true)
	}
	return s.charge(pcbBytes, "tcp_pcb")
}

// nextISN returns an initial sequence number; the device's rule counts every request (lwip.md 3.1).
func (s *Stack) nextISN(k tuple) uint32 {
	c := &s.tcp
	if s.p.ISN == ISNHash {
		if c.secret == [2]uint32{} {
			c.secret = [2]uint32{s.rand() | 1, s.rand()}
		}
		x := uint64(c.secret[0])<<32 | uint64(c.secret[1])
		mix := func(v uint64) {
			x = (x ^ v) * 0x9e3779b97f4a7c15
			x ^= x >> 29
		}
		mix(uint64(le32(k.local))<<32 | uint64(le32(k.remote)))
		mix(uint64(k.localPort)<<16 | uint64(k.remotePort))
		mix(uint64(c.secret[1]))
		return uint32(x) + uint32(s.now/4000)
	}
	add := func() { c.iss += uint32(s.tick()) }
	if add(); c.iss == 0 {
		add()
	}
	return c.iss
}

func le32(b [4]byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// Bind sets the local address and port of a closed TCB; port 0 chooses one. ErrInUse: another TCB or listener has the
// port, TIME_WAIT included (lwip.md 3.3). ErrConn: not closed.
func (t *TCB) Bind(addr netip.Addr, port uint16) error {
	if t.freed || t.state != StateClosed {
		return ErrConn
	}
	addr = wire.OrAny(addr)
	if port == 0 {
		if port = t.s.ephemeral(); port == 0 {
			return ErrInUse
		}
	} else if t.s.portBusy(addr, port, t) {
		return ErrInUse
	}
	t.releasePort()
	t.local = netip.AddrPortFrom(addr, port)
	t.takePort()
	t.s.tcp.bound = append(t.s.tcp.bound, t)
	return nil
}

func (t *TCB) takePort() {
	t.inPort = true
	t.s.tcp.ports[t.local.Port()]++
}

// releasePort takes t off the list of bound TCBs and its port off the count.
func (t *TCB) releasePort() {
	if !t.inPort {
		return
	}
	t.inPort = false
	c := &t.s.tcp
	if p := t.local.Port(); c.ports[p] <= 1 {
		delete(c.ports, p)
	} else {
		c.ports[p]--
	}
	t.unbind()
}

// portBusy applies the device's rule: same port and either side the any-address, or the same address.
func (s *Stack) portBusy(addr netip.Addr, port uint16, but *TCB) bool {
	clash := func(o netip.Addr) bool { return wire.IsAny(addr) || wire.IsAny(o) || addr == o }
	for _, l := range s.tcp.listeners {
		if l.port == port && clash(l.addr) {
			return true
		}
	}
	if s.tcp.ports[port] == 0 {
		return false
	}
	for _, t := range s.tcp.bound {
		if t != but && t.local.Port() == port && clash(t.local.Addr()) {
			return true
		}
	}
	for _, t := range s.tcp.conns {
		if t != but && t.local.Port() == port && clash(t.local.Addr()) {
			return true
		}
	}
	return false
}

// PortInUse reports whether a local port belongs to a listener, to a TCB in any state, TIME_WAIT included, or to a UDP socket.
func (s *Stack) PortInUse(port uint16) bool {
	return s.portBusy(wire.AnyAddr, port, nil) ||
		slices.ContainsFunc(s.udp, func(u *UDP) bool { return u.local.Port() == port })
}

// ephemeral chooses a free port: at random (lwip.md 3.2), on hosts from a random start upwards. 0: none is free.
func (s *Stack) ephemeral() uint16 {
	c := &s.tcp
	free := func(p uint16) bool {
		if c.ports[p] > 0 {
			return false
		}
		for _, l := range c.listeners {
			if l.port == p {
				return false
			}
		}
		return true
	}
	lo, span := uint32(s.p.EphemeralMin), uint32(s.p.EphemeralMax-s.p.EphemeralMin)+1
	if s.p.ISN == ISNTicks {
		for range 1000 { // Choice: bound; the device has a handful of TCBs
			p := uint16(s.rand()) % 32767
			if p < 1024 {
				p += 1024
			}
			if free(p) {
				return p
			}
		}
	} else if c.nextPort == 0 {
		c.nextPort = uint16(lo + s.rand()%span)
	}
	for range span {
		p := c.nextPort
		if c.nextPort++; uint32(c.nextPort) < lo || uint32(c.nextPort) >= lo+span {
			c.nextPort = uint16(lo)
		}
		if uint32(p) >= lo && uint32(p) < lo+span && free(p) {
			return p
		}
	}
	return 0
}

// Connect sends a SYN to remote; Connected or Aborted follows. A port is chosen if none is bound. ErrRoute: no interface
// for the destination (nothing was sent); ErrMem: no memory for the SYN; ErrConn: not closed; ErrInUse: no free port, or
// the very connection exists. ErrArg: not an IPv4 address; on hosts also port 0 and a broadcast or multicast address.
func (t *TCB) Connect(remote netip.AddrPort) error {
	s := t.s
	if t.freed || t.state != StateClosed {
		return ErrConn
	}
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if !remote.Addr().Is4() || remote.Port() == 0 && s.p.StrictInput {
		return ErrArg // the device asks for port 0, too (lwip.md 4.1)
	}
	i := s.route(remote.Addr())
	if i == nil || !i.addr.IsValid() {
		return ErrRoute
	}
	if s.p.StrictInput && (i.isBroadcast(remote.Addr()) || remote.Addr().IsMulticast()) {
		return ErrArg // RFC 9293 MUST-46
	}
	port := t.local.Port()
	if port == 0 {
		if port = s.ephemeral(); port == 0 {
			return ErrInUse
		}
	}
	local := t.local.Addr()
	if wire.IsAny(local) {
		local = i.addr.Addr()
	}
	k := tuple{local.As4(), remote.Addr().As4(), port, remote.Port()}
	if s.tcp.conns[k] != nil {
		return ErrInUse
	}
	iss := s.nextISN(k)
	t.remote, t.sndNxt = remote, iss
	blk, ok := s.chargeSegment(synRoom)
	if !ok {
		if !t.inPort {
			t.local = netip.AddrPortFrom(local, port)
		}
		return ErrMem // what is set stays set, and an abort is a reset (tcp.c tcp_connect, tcp_abandon)
	}
	t.releasePort()
	t.local = netip.AddrPortFrom(local, port)
	t.lastAck, t.sndLbb = iss-1, iss-1
	t.rcvNxt, t.annEdge = 0, 0
	t.rcvWnd = uint32(s.p.Window)
	t.annWnd, t.wholeWnd = t.rcvWnd, t.rcvWnd
	t.sndWnd = uint32(s.p.Window)
	t.cwnd = 1
	t.ssthresh = uint32(10 * t.mss)
	t.register(k)
	t.setState(StateSynSent)
	t.queueFlag(wire.SYN, blk)
	t.Output()
	return nil
}

// register enters t into the table of connections.
func (t *TCB) register(k tuple) {
	c := &t.s.tcp
	if len(c.conns) == 0 {
		c.clock.start(t.s)
	}
	t.activity = t.s.tick()
	t.pollBase = t.activity
	t.unbind()
	c.conns[k] = t
	t.inConns = true
	if !t.inPort {
		t.takePort()
	}
	t.touch()
}

// unbind takes t off the list of bound TCBs.
func (t *TCB) unbind() {
	c := &t.s.tcp
	for k, o := range c.bound {
		if o == t {
			c.bound = append(c.bound[:k], c.bound[k+1:]...)
			return
		}
	}
}

// touch moves t to the front of the order in which connections are served.
func (t *TCB) touch() {
	t.s.tcp.front++
	t.front = t.s.tcp.front
}

func (t *TCB) key() tuple {
	return tuple{t.local.Addr().As4(), t.remote.Addr().As4(), t.local.Port(), t.remote.Port()}
}

// setState changes the state and keeps the count of established connections.
func (t *TCB) setState(st State) {
	if t.state == st {
		return
	}
	old := t.state
	if old == StateEstablished {
		t.s.tcp.established--
	}
	if st == StateEstablished {
		t.s.tcp.established++
		t.upAt = t.s.now
	}
	t.state = st
	if !t.s.p.FrozenActivity && (st == StateFinWait2 || st == StateTimeWait || st == StateLastAck) {
		t.activity = t.s.tick()
	}
	if t.s.observe != nil {
		t.s.note(Event{Kind: EventState, Local: t.local, Remote: t.remote, Old: old, State: st})
	}
}

// free takes t out of all tables and gives its memory back. The state stays for the handler to read.
func (t *TCB) free() {
	if t.freed {
		return
	}
	t.freed = true
	s := t.s
	if t.state == StateEstablished {
		s.tcp.established--
	}
	t.purge()
	t.releasePort()
	if t.inConns {
		t.inConns = false
		delete(s.tcp.conns, t.key())
		if len(s.tcp.conns) == 0 {
			s.tcp.clock.finish(s)
		}
	}
	s.unschedule(t)
	s.discharge(&t.blk)
	if s.observe != nil && t.state != StateClosed {
		s.note(Event{Kind: EventState, Local: t.local, Remote: t.remote, Old: t.state, State: StateClosed, Text: "freed"})
	}
}

// purge frees the queues.
func (t *TCB) purge() {
	for _, g := range t.queue {
		t.s.discharge(&g.blk)
	}
	t.queue, t.sent = nil, 0
	t.dropOutOfOrder()
	t.rtOn, t.persist = false, 0
	t.refusedData, t.refusedFin = nil, false
	for k := range t.refusedPbuf {
		t.s.discharge(&t.refusedPbuf[k])
	}
	t.refusedPbuf = nil
}

// end frees t and tells the handler, if err is not nil with that error.
func (t *TCB) end(err error) {
	if t.freed {
		return
	}
	t.free()
	if h := t.h; h != nil {
		t.h = nil
		if err == nil {
			err = ErrClosed
		}
		h.Aborted(t, err)
	}
}

// kill ends a connection from the inside: optionally with a reset, in state CLOSED before the handler runs.
func (t *TCB) kill(err error, reset bool) {
	if t.freed {
		return
	}
	if t.ackDelay && !t.s.p.StrictInput && t.s.tcp.current != t {
		t.sendAck() // lwIP sends a delayed acknowledgement when it takes a connection off its list (oracle/espconn sec/client/ip-lost)
	}
	seq, ack, st := t.sndNxt, t.rcvNxt, t.state
	blk := t.blk
	t.blk = block{} // the PCB is given back behind the reset, which needs memory of its own (lwip.md 16)
	t.free()
	t.state = StateClosed
	begun := st != StateClosed || !t.s.p.StrictInput && t.remote.IsValid() // lwIP resets what has not begun, too: its SYN had no memory
	if reset && st != StateTimeWait && begun {
		t.s.SendReset(t.local, t.remote, seq, ack)
	}
	t.s.discharge(&blk)
	if h := t.h; h != nil {
		t.h = nil
		h.Aborted(t, err)
	}
}

// timeWait moves t to TIME_WAIT.
func (t *TCB) timeWait() {
	t.purge()
	t.ackDelay = false
	t.setState(StateTimeWait)
}

// Close closes the connection from here (lwip.md 7.1). Unread data in the receive window turns the FIN into a reset.
// From now on data from the peer is answered by a reset. ErrMem: the FIN cannot be queued now; the connection stays, but
// is closed for receiving. ErrConn: freed already. ErrListed: unread data has turned an earlier Close into a reset; the device's stack
// resets once more and puts the PCB into its list a second time, which then has no end.
func (t *TCB) Close() error {
	if t.freed {
		return ErrConn
	}
	s := t.s
	t.rxClosed = true
	reset := t.rcvWnd != uint32(s.p.Window) || t.refusedData != nil
	switch t.state {
	case StateClosed, StateSynSent:
		if reset && t.state == StateSynSent && !s.p.StrictInput {
			break // the device's window was changed meanwhile: it looks at no state (lwip.md 7.1)
		}
		t.h = nil
		t.free()
		t.state = StateClosed
		return nil
	case StateTimeWait:
		if reset && !s.p.StrictInput {
			s.SendReset(t.local, t.remote, t.sndNxt, t.rcvNxt)
			return ErrListed
		}
		return nil
	case StateFinWait2: // closed for sending before: from now on the state has a limit
		if !s.p.FrozenActivity {
			t.activity = s.tick()
		}
		defer s.schedule(t)
	}
	if reset {
		unread := max(int(t.wholeWnd)-int(t.rcvWnd), len(t.refusedData))
		atFIN := unread > 0 && t.state == StateCloseWait && !t.gotFin
		switch {
		case atFIN && unread == 1: // the FIN's own place in the window, which is given back after the data of its segment
			t.tell(Cause{ID: CauseClosedAtFIN})
		case atFIN:
			t.tell(Cause{ID: CauseClosedUnread, Have: unread - 1})
		case unread > 0:
			t.tell(Cause{ID: CauseClosedUnread, Have: unread})
		default:
			t.tell(Cause{ID: CauseClosedWindow, Have: int(t.wholeWnd), Limit: s.p.Window})
		}
		s.SendReset(t.local, t.remote, t.sndNxt, t.rcvNxt)
		if s.p.StrictInput {
			t.end(ErrClosed)
			return nil
		}
		t.timeWait()
		s.schedule(t)
		return nil
	}
	return t.shutdown()
}

// CloseWrite sends a FIN and goes on receiving, as shutdown(SHUT_WR) does. Errors as of Close.
func (t *TCB) CloseWrite() error {
	if t.freed {
		return ErrConn
	}
	return t.shutdown()
}

// shutdown queues the FIN and changes the state.
func (t *TCB) shutdown() error {
	var next State
	switch t.state {
	case StateSynRcvd, StateEstablished:
		next = StateFinWait1
	case StateCloseWait:
		next = StateLastAck
	case StateClosed, StateSynSent:
		return ErrConn
	default:
		return nil
	}
	if err := t.queueFIN(); err != nil {
		return err
	}
	t.setState(next)
	t.Output()
	t.s.schedule(t)
	return nil
}

// Abort sends a reset and frees the TCB; the handler gets Aborted with ErrAborted unless it was detached.
func (t *TCB) Abort() { t.kill(ErrAborted, true) }

// Remove frees the TCB without a packet and without telling the handler (espconn.md 4.8).
func (t *TCB) Remove() {
	t.h = nil
	t.free()
}

// SetHandler replaces the handler; nil detaches all hooks, so that what comes is discarded and the end is silent.
func (t *TCB) SetHandler(h Handler) { t.h = h }

// SetNagle switches Nagle's algorithm.
func (t *TCB) SetNagle(on bool) { t.nagle = on }

// SetKeepalive switches keepalive probes (lwip.md 5.6): after idle without a segment, then every interval, count times,
// then the connection is reset. Values below 0 leave what it has.
func (t *TCB) SetKeepalive(on bool, idle, interval time.Duration, count int) {
	t.keep = on
	if idle >= 0 {
		t.keepIdle = idle
	}
	if interval >= 0 {
		t.keepIntvl = interval
	}
	if count >= 0 {
		t.keepMax = count
	}
	t.keepSent = 0
	t.s.schedule(t)
}

// SendNext returns the sequence number of the next byte that is sent for the first time.
func (t *TCB) SendNext() uint32 { return t.sndNxt }

// ReceiveNext returns the sequence number that is expected from the peer.
func (t *TCB) ReceiveNext() uint32 { return t.rcvNxt }

// SetPoll calls the handler's Poll, if it is a Poller, every interval; 0 switches it off. An acknowledgement of new data
// restarts the period (lwip.md 5.4).
func (t *TCB) SetPoll(interval time.Duration) {
	t.poll = max(interval, 0)
	t.pollBase = t.s.tick()
	t.s.schedule(t)
}

// State returns the state; after the end the last one, see Handler.Aborted.
func (t *TCB) State() State { return t.state }

// Local returns the local address and port.
func (t *TCB) Local() netip.AddrPort { return t.local }

// Remote returns the peer's address and port.
func (t *TCB) Remote() netip.AddrPort { return t.remote }

// MSS returns the greatest segment that is sent, in bytes.
func (t *TCB) MSS() int { return t.mss }

// Retries returns the number of retransmissions since the last progress.
func (t *TCB) Retries() int { return t.retries }

// SendBuffer returns the bytes that Write would take now, math.MaxInt32 if there is no limit.
func (t *TCB) SendBuffer() int {
	if t.s.p.SendBuffer == 0 {
		return math.MaxInt32
	}
	return max(t.s.p.SendBuffer-t.used, 0)
}

// Window returns the bytes that the peer may still send before some are given back by Recved.
func (t *TCB) Window() int { return int(t.rcvWnd) }

// SendQueue returns the number of segments that are unsent or unacknowledged.
func (t *TCB) SendQueue() int { return len(t.queue) }

// Unacked returns the bytes of data that are unsent or unacknowledged.
func (t *TCB) Unacked() int {
	n := 0
	for _, g := range t.queue {
		n += len(g.data)
	}
	return n
}

// Idle returns the time since the last activity that the state limits count from (lwip.md 7.2).
func (t *TCB) Idle() time.Duration { return t.s.duration(t.s.tick() - t.activity) }

// Listener accepts connections on a port.
type Listener struct {
	s      *Stack
	addr   netip.Addr
	port   uint16
	accept func(*TCB) Handler
	blk    block
	closed bool
}

// Listen opens a port; port 0 chooses one. accept runs when a handshake is done and returns the connection's handler,
// whose Connected follows; nil resets the connection. ErrInUse: the port is taken (on the device also by TIME_WAIT,
// lwip.md 3.3); ErrMem: no memory for the PCB that comes first; ErrBuf: none for the listener's own (lwip.md 16).
func (s *Stack) Listen(addr netip.Addr, port uint16, accept func(*TCB) Handler) (*Listener, error) {
	addr = wire.OrAny(addr)
	if accept == nil {
		return nil, ErrArg
	}
	if port == 0 {
		if port = s.ephemeral(); port == 0 {
			return nil, ErrInUse
		}
	}
	for _, l := range s.tcp.listeners {
		if l.port == port && (wire.IsAny(addr) || wire.IsAny(l.addr) || l.addr == addr) {
			return nil, ErrInUse
		}
	}
	if !s.p.ReuseAddr && s.portBusy(addr, port, nil) {
		return nil, ErrInUse
	}
	l, err := s.newListener()
	if err != nil {
		return nil, err
	}
	l.addr, l.port, l.accept = addr, port, accept
	s.tcp.listeners = append(s.tcp.listeners, l)
	return l, nil
}

// ListenNowhere makes a listener without a port, which nobody reaches: what the device has when an application goes on
// after its port was refused (espconn.md 5.2). Nil: no memory.
func (s *Stack) ListenNowhere() *Listener {
	l, _ := s.newListener()
	return l
}

// newListener takes the memory of a listener: as on the device first that of a connection, which counts (lwip.md 3.1) and
// is given back when the listener's own is there (lwip.md 16). ErrMem: not even the first is there; ErrBuf: the second is not.
func (s *Stack) newListener() (*Listener, error) {
	t := s.NewTCB(nil)
	if t == nil {
		return nil, ErrMem
	}
	defer t.Remove()
	blk, ok := s.charge(listenPCBBytes, "tcp_pcb_listen")
	if !ok {
		return nil, ErrBuf
	}
	return &Listener{s: s, blk: blk}, nil
}

// Port returns the listening port.
func (l *Listener) Port() uint16 { return l.port }

// Close stops accepting; connections whose handshake is under way still call accept. Doing it again has no effect.
func (l *Listener) Close() {
	if l.closed {
		return
	}
	l.closed = true
	c := &l.s.tcp
	for k, o := range c.listeners {
		if o == l {
			c.listeners = append(c.listeners[:k], c.listeners[k+1:]...)
			break
		}
	}
	l.s.discharge(&l.blk)
}
