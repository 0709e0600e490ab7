package netstack

import (
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// instant counts nanoseconds since the first time a stack was told.
type instant int64

// never is later than every instant.
const never = instant(1<<63 - 1)

// Config makes a stack. The zero value is a device's stack with unlimited memory.
type Config struct {
	Profile Profile       // zero: DeviceProfile()
	Heap    Heap          // nil: unlimited
	Rand    func() uint32 // nil: a fixed sequence, the same for every stack
	Observe func(Event)   // nil: nothing is reported. Called synchronously; must not call the stack
}

// Stack is one IPv4 host. It has no goroutine, lock, clock or random source of its own: everything happens inside the
// calls of its one owner, who must not call it from two goroutines at a time.
//
// Time comes in through Advance and Interface.Input. The first of these calls is the start of the stack; call Advance
// once right after NewStack. All other calls happen at the latest time given, so one that does not come from a handler
// follows an Advance to its own time; otherwise its timers count from the past.
type Stack struct {
	p       Profile
	heap    Heap
	rand    func() uint32
	observe func(Event)

	epoch     time.Time
	started   bool
	now       instant // latest time given
	ran       instant // all timers due at or before it have run; -1 at the start
	inTimer   bool    // a timer's handler is running
	slowAhead bool    // what runs is in a run of the timers before the slow part of TCP

	receiving bool    // a frame is being looked at
	frame     []block // memory of that frame, and of the kept ones that go on with it

	ifaces   []*Interface
	def      *Interface  // nil: the first
	codec    *wire.Codec // one of codecs, while the stack is at work
	concerns uint64      // see Interface.ConcernsChanges
	loop     [][]byte    // frames to ourselves, delivered by the next Advance
	ipID     uint16

	arp  arpTable
	tcp  tcpState
	udp  []*UDP
	dns  resolver
	dhcp []*dhcpClient
	sntp *SNTP

	onEcho func(from netip.Addr, id, seq uint16, data []byte) // HandleEcho

	dhcpDrawn bool // the first DHCP message was built
}

// NewStack returns a stack without interfaces.
func NewStack(c Config) *Stack {
	if c.Profile == (Profile{}) {
		c.Profile = DeviceProfile()
	}
	s := &Stack{p: c.Profile.normal(), heap: c.Heap, rand: c.Rand, observe: c.Observe, ran: -1}
	if s.rand == nil {
		s.rand = sequence()
	}
	s.dns.s = s
	s.dns.takeRecord() // those of the timers come first, TCP's last (lwip.md 16)
	s.tcp.init(s)
	s.dns.init()
	return s
}

// sequence is the random source of a stack that was given none: a 32-bit xorshift from a fixed seed.
func sequence() func() uint32 {
	x := uint32(2463534242)
	return func() uint32 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		return x
	}
}

// Profile returns the behaviour in force, with the setters' changes.
func (s *Stack) Profile() Profile { return s.p }

// SetWindow sets the receive window of later connections, 1..65535 bytes. As on the device the old connections keep
// theirs and a clean close of them is impossible afterwards (espconn.md 5.21, 4.7-3).
func (s *Stack) SetWindow(bytes int) {
	s.p.Window = min(max(bytes, 1), 65535)
	s.p.WindowUpdate = max(s.p.Window/4, 1)
}

// SetRetries sets the retransmission limits of data and of SYNs, at least 1 (espconn.md 5.21); 0 leaves one unchanged.
func (s *Stack) SetRetries(data, syn int) {
	if data > 0 {
		s.p.Retries = data
	}
	if syn > 0 {
		s.p.SYNRetries = syn
	}
}

// SetMaxConnections sets the number of established connections at which SYNs to listeners are dropped; 0: no limit.
func (s *Stack) SetMaxConnections(n int) { s.p.MaxConnections = max(n, 0) }

// Now returns the latest time the stack was given; the zero time before the first.
func (s *Stack) Now() time.Time {
	if !s.started {
		return time.Time{}
	}
	return s.epoch.Add(time.Duration(s.now))
}

// at turns a time into an instant that is not before the latest one, and starts the stack on the first call.
func (s *Stack) at(now time.Time) instant {
	if !s.started {
		s.started = true
		s.epoch = now
	}
	return max(instant(now.Sub(s.epoch)), s.now)
}

// Advance fires the timers due at or before now and delivers packets the stack sent to itself. A time before the latest
// one counts as the latest one. If it comes late, the timers it missed fire one after the other, each at its own place
// in the order, as the device's own timer list does.
func (s *Stack) Advance(now time.Time) {
	t := s.at(now)
	s.run(t)
	s.now = t
	s.deliverLoop()
	s.run(t)
}

// NextEvent returns the time at which Advance is wanted next; false: not before the next frame or call.
func (s *Stack) NextEvent() (time.Time, bool) {
	if !s.started {
		return time.Time{}, false
	}
	at := s.next()
	if len(s.loop) > 0 {
		at = s.now
	}
	if at == never {
		return time.Time{}, false
	}
	return s.epoch.Add(time.Duration(max(at, s.now))), true
}

// NextDeadline is NextEvent with by, the time of the first event that shows to anybody but the receiver of a frame: when by is after
// at, all that is due before by is delayed acknowledgements. So a driver that knows when frames arrive may call Advance(at) later than
// at, but before by, and nobody sees it. by is never too late, and may be too early.
func (s *Stack) NextDeadline() (at, by time.Time, ok bool) {
	if at, ok = s.NextEvent(); !ok {
		return at, at, ok
	}
	by = at
	if loud := min(s.tcp.nextLoud(), s.nextOther()); len(s.loop) == 0 && loud > s.now {
		by = s.epoch.Add(time.Duration(min(loud, s.now+instant(farAway))))
	}
	return at, by, ok
}

// farAway is what NextDeadline takes for never.
const farAway = time.Hour

// next returns the earliest timer.
func (s *Stack) next() instant { return min(s.tcp.next(), s.nextOther()) }

// nextOther returns the earliest timer that is not TCP's.
func (s *Stack) nextOther() instant {
	at := min(s.arp.next(s), s.dns.next(s), s.nextIGMP(), s.sntp.next())
	return min(at, s.nextDHCP(), s.nextDHCPServer())
}

// nextDHCP returns the earliest timer of the DHCP clients.
func (s *Stack) nextDHCP() instant {
	at := never
	for _, d := range s.dhcp {
		at = min(at, d.next)
	}
	return at
}

// nextDHCPServer returns the earliest timer of the DHCP servers.
func (s *Stack) nextDHCPServer() instant {
	at := never
	for _, i := range s.ifaces {
		if i.dhcps != nil {
			at = min(at, i.dhcps.at)
		}
	}
	return at
}

// run fires every timer due at or before limit, in order of time; at one instant DHCP servers first, then ARP, SNTP, DNS, DHCP, TCP, IGMP:
// those with longer periods were put into the SDK's list before the others (lwip.md 2).
func (s *Stack) run(limit instant) {
	for {
		at := s.next()
		if at > limit {
			break
		}
		if at > s.ran {
			s.hasRun(at - 1)
		}
		s.now = max(s.now, at)
		s.ran = max(s.ran, at)
		if at != s.tcp.next() {
			s.tcp.clock.renew(s) // TCP has run
		}
		s.inTimer = true
		s.slowAhead = at != s.tcp.next() || s.tcp.heap[0].phase == phaseFast
		switch at {
		case s.nextDHCPServer():
			for _, i := range s.ifaces {
				if i.dhcps != nil && i.dhcps.at == at {
					i.dhcps.fire()
				}
			}
		case s.arp.next(s):
			s.arp.fire(s, at)
		case s.sntp.next():
			s.sntp.fire()
		case s.dns.next(s):
			s.dns.record.give(s)
			s.dns.fire(s)
			s.dns.takeRecord()
		case s.nextDHCP():
			for _, d := range s.dhcp {
				if d.next == at {
					d.fire()
					break
				}
			}
		case s.tcp.next():
			s.tcp.clock.record.give(s)
			s.tcp.fire(at)
		default:
			s.slowAhead = false
			s.fireIGMP(at)
		}
		s.inTimer, s.slowAhead = false, false
	}
	s.hasRun(limit)
}

// hasRun says that all timers due at or before an instant have run.
func (s *Stack) hasRun(at instant) {
	if at > s.ran {
		s.ran = at
	}
	s.renewRecords()
}

// origin is the start of the device's timer grid (lwip.md 2): all its ticks are multiples of 25 ms from here.
func (s *Stack) origin() instant { return instant(s.p.PollPhase) }

// gridAfter returns the first instant after all timers run so far at which a periodic timer of the device runs; with
// exact timers the period counts from now.
func (s *Stack) gridAfter(period time.Duration) instant {
	if s.p.SlowTick == 0 {
		return s.now + instant(period)
	}
	return s.origin() + (max(s.ran-s.origin(), 0)/instant(period)+1)*instant(period)
}

// ifaceOf returns the interface that holds the address.
func (s *Stack) ifaceOf(a netip.Addr) *Interface {
	for _, i := range s.ifaces {
		if i.hasAddr() && i.addr.Addr() == a {
			return i
		}
	}
	return nil
}

// loopLimit bounds the packets a stack has under way to itself; more are dropped.
const loopLimit = 1024

// deliverLoop hands the packets on loop to the stack's own input. What they make it send to itself waits for the next call.
func (s *Stack) deliverLoop() {
	if len(s.loop) == 0 || len(s.ifaces) == 0 {
		return
	}
	frames := s.loop
	s.loop = nil
	for _, f := range frames {
		s.input(s.ifaces[0], f)
	}
	clear(frames)
}

// TCBs returns the TCBs in states other than CLOSED and LISTEN, the last used first.
func (s *Stack) TCBs() []*TCB {
	all := make([]*TCB, 0, len(s.tcp.conns))
	for _, t := range s.tcp.conns {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b *TCB) int {
		if a.front > b.front {
			return -1
		}
		return 1
	})
	return all
}
