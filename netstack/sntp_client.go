package netstack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
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

	udp     *UDP // nil: stopped
	round   int  // counts requests and stops, so that a late name lookup is not taken for a present one
	current int
	retry   time.Duration
	asked   int     // requests since the last reply
	at      instant // next step; never: none
	waiting bool    // for a reply; otherwise at is the next request
	sent    bool    // waiting: the request has left
	synced  bool
	base    uint32 // seconds since 1970, time zone added, at baseAt
	baseAt  instant
}

// sntpServer is a server by name or address; both empty: none.
type sntpServer struct {
	name string
	addr netip.Addr
}

// SNTP returns the stack's client, which does nothing before Start.
func (s *Stack) SNTP() *SNTP {
	if s.sntp == nil {
		s.sntp = &SNTP{s: s, zone: sntpTimezone, poll: sntpPoll, at: never}
	}
	return s.sntp
}

// SetServerName sets server i, 0 to 2, by name, which is looked up at each request; empty: none. Other numbers are ignored.
func (c *SNTP) SetServerName(i int, name string) {
	if i >= 0 && i < sntpServers {
		c.servers[i] = sntpServer{name: name}
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

// Server returns the address of server i: the one set, or the one its name had at the last request; 0.0.0.0 if none.
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

// Start sends the first request at once; a running client is left alone. Without memory it stays stopped.
func (c *SNTP) Start() {
	if c.udp != nil {
		return
	}
	if c.udp = c.s.NewUDP(c.input); c.udp == nil {
		return
	}
	c.current, c.retry, c.asked = 0, sntpRetryFirst, 0
	c.request()
}

// Stop ends the client. The time it has stays and goes on.
func (c *SNTP) Stop() {
	if c.udp == nil {
		return
	}
	c.udp.Close()
	c.udp = nil
	c.round++
	c.at = never
}

// Timestamp returns seconds since 1970 plus the time zone; 0 before the first valid reply. A 1 Hz timer advances it.
func (c *SNTP) Timestamp() uint32 {
	if !c.synced {
		return 0
	}
	return c.base + uint32((c.s.now-c.baseAt)/instant(time.Second))
}

func (c *SNTP) next() instant {
	if c == nil {
		return never
	}
	return c.at
}

// fire is the end of a wait: for a reply, or for the time of the next request.
func (c *SNTP) fire() {
	c.at = never
	if c.waiting {
		if c.sent {
			c.tell(CauseSNTPUnanswered, c.server())
		}
		c.another()
	} else {
		c.request()
	}
}

// after sets the next step on the device's timer grid: a wait counts from the last run of any timer (lwip.md 2).
func (c *SNTP) after(d time.Duration, waiting bool) {
	s := c.s
	c.waiting = waiting
	c.at = s.now + instant(d)
	if s.p.SlowTick > 0 {
		ran := max(s.ran-s.origin(), 0) / instant(igmpPeriod) * instant(igmpPeriod)
		c.at = s.origin() + ran + instant(d)
	}
}

// request asks the present server, after looking up its name.
func (c *SNTP) request() {
	c.round++
	v := &c.servers[c.current]
	if v.name == "" {
		c.ask(v.addr)
		return
	}
	round := c.round
	a, err := c.s.Resolve(v.name, func(a netip.Addr, why *Cause) {
		switch {
		case c.round != round || c.udp == nil:
		case why == nil:
			v.addr = a
			c.ask(a)
		default:
			c.tell(CauseSNTPName, v.name)
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
	if v.name == "" {
		return v.addr.String()
	}
	return v.name
}

// tell reports why there is no time.
func (c *SNTP) tell(id CauseID, object string) {
	c.s.tell(Event{}, Cause{ID: id, Object: object, Have: c.asked, Limit: int(sntpReplyWait / time.Second)})
}

// ask sends the request; without an address or route it counts as one that is not answered.
func (c *SNTP) ask(a netip.Addr) {
	c.after(sntpReplyWait, true)
	c.sent = false
	if a = wire.OrAny(a); wire.IsAny(a) {
		c.tell(CauseSNTPNoServer, "")
		return
	}
	m := [wire.SNTPLen]byte{sntpRequestByte}
	if c.udp.SendTo(m[:], netip.AddrPortFrom(a, wire.SNTPPort)) != nil {
		c.tell(CauseSNTPUnsent, c.server())
		return
	}
	c.sent = true
	c.asked++
}

// another turns to the next configured server at once; without one the same is asked again after 3, 6, 12, 24, 24... s.
func (c *SNTP) another() {
	for n := 1; n < sntpServers; n++ {
		k := (c.current + n) % sntpServers
		if v := c.servers[k]; v.name != "" || !wire.IsAny(v.addr) {
			c.current = k
			c.request()
			return
		}
	}
	c.after(c.retry, false)
	c.retry = min(2*c.retry, sntpRetryMax)
}

// input takes a reply: 48 bytes, mode 4 or 5, stratum not 0; neither its source nor its originate stamp is looked at, and
// the time is the receive stamp's (lwip.md 14). Choice: what is none of that is ignored, as if nothing had come.
func (c *SNTP) input(_ netip.AddrPort, _ netip.Addr, _ *Interface, m []byte) {
	switch {
	case len(m) != wire.SNTPLen:
		c.tell(CauseSNTPReply, fmt.Sprintf("%s sent %d bytes instead of %d", c.server(), len(m), wire.SNTPLen))
		return
	case m[0]&7 != wire.SNTPServer && m[0]&7 != sntpBroadcast:
		c.tell(CauseSNTPReply, fmt.Sprintf("%s sent mode %d, which is no server's", c.server(), m[0]&7))
		return
	case m[1] == 0:
		c.tell(CauseSNTPReply, fmt.Sprintf("%s sent stratum 0: it has no time, or wants fewer requests", c.server()))
		return
	}
	c.asked = 0
	c.round++
	c.retry = sntpRetryFirst
	c.base = binary.BigEndian.Uint32(m[32:]) - wire.SNTPEpoch + uint32(int32(c.zone*3600))
	c.baseAt, c.synced = c.s.now, true
	c.after(c.poll, false)
	c.s.note(Event{Kind: EventClock, Len: int(c.base), Text: c.server()})
	if c.changed != nil {
		c.changed(c.Timestamp())
	}
}
