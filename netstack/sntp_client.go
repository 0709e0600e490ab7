package netstack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Figures of the SNTP client (lwip.md 14).
const (
	sntpServers     = 3
	sntpRequestByte = 0x23 // version 4, client
	sntpReplyWait   = 3 * time.Second
	sntpRetryFirst  = 3 * time.Second
	sntpRetryMax    = 24 * time.Second // the greatest of the doubled waits that the SDK's 30 s allow
	sntpPoll        = time.Hour
	sntpPollLeast   = 15 * time.Second
	sntpTimezone    = 8 // hours
	sntpBroadcast   = 5 // mode of a broadcasting server
)

// SNTP is the SDK's SNTP client as sntp_init and its relatives drive it (lwip.md 14). A stack has one; it belongs to the
// stack's owner.
type SNTP struct {
	s       *Stack
	servers [sntpServers]sntpServer
	zone    int
	poll    time.Duration
	changed func(seconds uint32)
	astray  func()

	udp     *UDP // nil: stopped
	current int
	retry   time.Duration
	asked   int         // requests since the last reply
	steps   []sntpTimer // those to come, the next first
	ran     instant     // when the last of them came
	sent    bool        // the last request has left
	forgot  string      // the address of a server that was cleared last (Profile.SNTPNamesOnly)
	synced  bool
	missed  bool   // that it is not started was told
	base    uint32 // seconds since 1970, time zone added, at baseAt
	baseAt  instant
}

// sntpServer is a server by name or address; both empty: none.
type sntpServer struct {
	named bool
	name  string
	addr  netip.Addr
}

// sntpTimer is a step to come: the next request, or the end of the wait for a reply.
type sntpTimer struct {
	at      instant
	waiting bool // for a reply
	record  timerRecord
}

// SNTP returns the stack's client, which does nothing before Start.
func (s *Stack) SNTP() *SNTP {
	if s.sntp == nil {
		s.sntp = &SNTP{s: s, zone: sntpTimezone, poll: sntpPoll}
	}
	return s.sntp
}

// SetServerName sets server i, 0 to 2, by name, which is looked up at each request; empty: none. Other numbers are ignored.
func (c *SNTP) SetServerName(i int, name string) {
	if i >= 0 && i < sntpServers {
		c.servers[i] = sntpServer{named: name != "" || c.s.p.SNTPEmptyNames, name: name}
	}
}

// SetServer sets server i, 0 to 2, by address; the zero Addr or 0.0.0.0: none. Other numbers are ignored.
func (c *SNTP) SetServer(i int, a netip.Addr) {
	if i >= 0 && i < sntpServers {
		c.servers[i] = sntpServer{addr: wire.OrAny(a)}
	}
}

// ServerName returns the name of server i, empty if it has none.
func (c *SNTP) ServerName(i int) string {
	if i < 0 || i >= sntpServers {
		return ""
	}
	return c.servers[i].name
}

// Server returns the address of server i: the one set, or the one its name had at the last request if the stack knew it then; 0.0.0.0 if
// none.
func (c *SNTP) Server(i int) netip.Addr {
	if i < 0 || i >= sntpServers {
		return wire.AnyAddr
	}
	return wire.OrAny(c.servers[i].addr)
}

// SetTimezone sets the hours that later replies' times are moved by; 8 at first. The SDK documents -11 to 13 and takes
// everything.
func (c *SNTP) SetTimezone(hours int) { c.zone = hours }

// Timezone returns the hours set.
func (c *SNTP) Timezone() int { return c.zone }

// SetInterval sets the time between a reply and the next request, one hour at first, at least 15 s.
func (c *SNTP) SetInterval(d time.Duration) { c.poll = max(d, sntpPollLeast) }

// Observe calls f, inside Input, with the new Timestamp after each valid reply; nil: nobody.
func (c *SNTP) Observe(f func(seconds uint32)) { c.changed = f }

// ObserveAstray calls f when a request is due and the client was stopped: the device sends it from a socket that is gone, which crashes.
func (c *SNTP) ObserveAstray(f func()) { c.astray = f }

// Start sends the first request at once, to the server that was the last one's; a running client is left alone. Without memory it stays
// stopped.
func (c *SNTP) Start() {
	if c.udp != nil {
		return
	}
	c.retry = sntpRetryFirst
	if c.udp = c.s.NewUDP(c.input); c.udp == nil {
		return
	}
	c.asked = 0
	c.request()
}

// Stop ends the client, and forgets the time. The end of a wait for a reply still comes: another server that is configured is asked then
// (ObserveAstray), or the same one later (lwip.md 14).
func (c *SNTP) Stop() {
	c.synced = false
	if c.udp == nil {
		return
	}
	c.cancel(false)
	c.udp.Close()
	c.udp = nil
}

// cancel takes back the first step to come of a kind.
func (c *SNTP) cancel(waiting bool) {
	if k := slices.IndexFunc(c.steps, func(t sntpTimer) bool { return t.waiting == waiting }); k >= 0 {
		c.steps[k].record.give(c.s)
		c.steps = slices.Delete(c.steps, k, k+1)
	}
}

// Timestamp returns seconds since 1970 plus the time zone; 0 before the first valid reply. A 1 Hz timer advances it.
func (c *SNTP) Timestamp() uint32 {
	if !c.synced {
		return 0
	}
	return c.base + uint32((c.s.now-c.baseAt)/instant(time.Second))
}

// NoteEarly tells, once, that the time was wanted of a client that was not started.
func (c *SNTP) NoteEarly() {
	if c.udp == nil && !c.missed {
		c.missed = true
		c.tell(CauseSNTPNotStarted, "")
	}
}

func (c *SNTP) next() instant {
	if c == nil || len(c.steps) == 0 {
		return never
	}
	return c.steps[0].at
}

// fire is the end of a wait: for a reply, or for the time of the next request.
func (c *SNTP) fire() {
	step := c.steps[0]
	c.steps, c.ran = c.steps[1:], step.at
	step.record.give(c.s)
	c.s.dns.ahead = true
	defer func() { c.s.dns.ahead = false }()
	if step.waiting {
		if c.sent {
			c.tell(CauseSNTPUnanswered, c.server())
		}
		c.another()
	} else {
		c.request()
	}
}

// lastRun returns when the last step came.
func (c *SNTP) lastRun() instant {
	if c == nil {
		return 0
	}
	return c.ran
}

// lastRun returns when one of the stack's timers last ran.
func (s *Stack) lastRun() instant {
	igmp := s.origin() + max(s.ran-s.origin(), 0)/instant(igmpPeriod)*instant(igmpPeriod)
	return max(igmp, s.tcp.clock.lastRun(s), s.sntp.lastRun())
}

// TimerLag is how long ago one of the stack's timers last ran, at most 100 ms: a wait that the SDK starts now counts from then (lwip.md 2).
// 0 for a stack without the device's timers.
func (s *Stack) TimerLag() time.Duration {
	if s.p.SlowTick <= 0 {
		return 0
	}
	return max(0, time.Duration(s.now-s.lastRun()))
}

// after sets a step on the device's timer grid: a wait counts from the last run of any timer (lwip.md 2). Without memory for the timer's
// record the step never comes.
func (c *SNTP) after(d time.Duration, waiting bool) {
	s := c.s
	at := s.now + instant(d)
	if s.p.SlowTick > 0 {
		at = s.lastRun() + instant(d)
	}
	step := sntpTimer{at, waiting, timerRecord{what: "sntp", name: "sntp timer"}}
	if step.record.take(s); step.record.lost {
		return
	}
	k := len(c.steps)
	for k > 0 && c.steps[k-1].at > at {
		k--
	}
	c.steps = slices.Insert(c.steps, k, step)
}

// request asks the present server, after looking up its name.
func (c *SNTP) request() {
	v := &c.servers[c.current]
	if !v.named {
		if c.s.p.SNTPNamesOnly && !wire.IsAny(wire.OrAny(v.addr)) {
			c.forgot = v.addr.String()
			v.addr = wire.AnyAddr
		}
		switch {
		case !wire.IsAny(wire.OrAny(v.addr)):
			c.ask(v.addr)
			return
		case c.forgot != "":
			c.tell(CauseSNTPForgotten, c.forgot)
		default:
			c.tell(CauseSNTPNoServer, "")
		}
		c.sent = false
		c.after(sntpRetryFirst, true)
		return
	}
	v.addr = wire.AnyAddr
	name := v.name
	a, err := c.s.Resolve(name, func(a netip.Addr, why *Cause) {
		switch {
		case c.udp == nil && !c.s.p.SNTPLateLookup:
		case why == nil:
			c.ask(a)
		default:
			c.tell(CauseSNTPName, name)
			c.another()
		}
	})
	switch err {
	case nil:
		v.addr = a
		c.ask(a)
	case ErrInProgress:
	default:
		c.tell(CauseSNTPName, v.name)
		c.sent = false
		c.after(sntpRetryFirst, true)
	}
}

// server names the present server.
func (c *SNTP) server() string {
	v := &c.servers[c.current]
	if !v.named {
		return v.addr.String()
	}
	return v.name
}

// tell reports why there is no time.
func (c *SNTP) tell(id CauseID, object string) {
	c.s.tell(Event{}, Cause{ID: id, Object: object, Have: c.asked, Limit: int(sntpReplyWait / time.Second)})
}

// ask sends the request. One that does not leave counts as one that is not answered; without memory it is made again.
func (c *SNTP) ask(a netip.Addr) {
	c.sent = false
	if c.udp == nil {
		if c.astray != nil {
			c.astray()
		}
		return
	}
	m := [wire.SNTPLen]byte{sntpRequestByte}
	err := c.udp.SendTo(m[:], netip.AddrPortFrom(wire.OrAny(a), wire.SNTPPort))
	c.after(sntpReplyWait, err != ErrBuf)
	if err != nil {
		c.tell(CauseSNTPUnsent, c.server())
		return
	}
	c.sent = true
	c.asked++
}

// another turns to the next configured server at once; without one the same is asked again. Before SDK 3.0.1 the next one's turn comes,
// configured or not (lwip.md 14).
func (c *SNTP) another() {
	if c.s.p.SNTPNamesOnly {
		c.current, c.retry = (c.current+1)%sntpServers, sntpRetryFirst
		c.request()
		return
	}
	for n := 1; n < sntpServers; n++ {
		k := (c.current + n) % sntpServers
		if v := c.servers[k]; v.named || !wire.IsAny(v.addr) {
			c.current, c.retry = k, sntpRetryFirst
			c.request()
			return
		}
	}
	c.again()
}

// again asks the same server after 3, 6, 12, 24, 24... s.
func (c *SNTP) again() {
	c.after(c.retry, false)
	c.retry = min(2*c.retry, sntpRetryMax)
}

// input takes a reply: 48 bytes, mode 4 or 5, stratum not 0; neither its source nor its originate stamp is looked at, and
// the time is the receive stamp's. Stratum 0 turns to another server; what is no reply ends the wait, and the same server is asked
// again (lwip.md 14).
func (c *SNTP) input(_ netip.AddrPort, _ netip.Addr, _ *Interface, m []byte) {
	c.cancel(true)
	c.cancel(false)
	switch {
	case len(m) != wire.SNTPLen:
		c.tell(CauseSNTPReply, fmt.Sprintf("%s sent %d bytes instead of %d", c.server(), len(m), wire.SNTPLen))
		c.again()
		return
	case m[0]&7 != wire.SNTPServer && m[0]&7 != sntpBroadcast:
		c.tell(CauseSNTPReply, fmt.Sprintf("%s sent mode %d, which is no server's", c.server(), m[0]&7))
		c.again()
		return
	case m[1] == 0:
		c.tell(CauseSNTPReply, fmt.Sprintf("%s sent stratum 0: it has no time, or wants fewer requests", c.server()))
		c.another()
		return
	}
	c.asked = 0
	c.retry = sntpRetryFirst
	c.base = binary.BigEndian.Uint32(m[32:]) - wire.SNTPEpoch + uint32(int32(c.zone*3600))
	c.baseAt, c.synced = c.s.now, true
	c.after(c.poll, false)
	c.s.note(Event{Kind: EventClock, Len: int(c.base), Text: c.server()})
	if c.changed != nil {
		c.changed(c.Timestamp())
	}
}
