package netstack

import (
	"net/netip"
	"time"
)

// CauseID names why the stack gave something up. The words for it, in English and Chinese, are in package
// github.com/emu8266/emu8266/emulator/cause.
type CauseID string

// Cause says why the stack gave something up, dropped it or sends it no more, in figures. It has no sentences.
type Cause struct {
	ID     CauseID
	Object string // what it is about: a name, an address, the setting that Limit comes from
	// Have is what there was and Limit what it was held against; each cause says what it counts. 0: nothing.
	Have, Limit int
	// Took is over how long, 0 if no time belongs to it.
	Took time.Duration
}

// Why a connection was not made (TCB.Cause, EventCause). Have: how often the SYN was sent; Limit: repetitions allowed; Object: the
// setting that allows them; Took: since the first.
const (
	CauseSYNUnanswered CauseID = "netstack/syn-unanswered"
	CauseSYNRefused    CauseID = "netstack/syn-refused"     // by a reset
	CauseSYNNeighbor   CauseID = "netstack/syn-arp"         // none left: nobody answers ARP. Object: the address asked for
	CauseSYNOwnGateway CauseID = "netstack/syn-own-gateway" // none left: another subnet, and the gateway is the device itself. Object: it
	CauseSYNSelf       CauseID = "netstack/syn-self"        // none left: it is the device's own address, which no ARP finds
	CauseSYNNowhere    CauseID = "netstack/syn-nowhere"     // the address is 0.0.0.0
	CauseSYNNoGateway  CauseID = "netstack/syn-no-gateway"  // none left: another subnet, and no gateway
	CauseSYNNoRoute    CauseID = "netstack/syn-no-route"    // none left: no interface is up
	CauseSYNICMP       CauseID = "netstack/syn-unreachable" // a router or host has said so. Object: who; Limit: ICMP's code
)

// Why a connection ended without its user's doing (TCB.Cause, EventCause).
const (
	CauseDataUnacknowledged CauseID = "netstack/data-unacknowledged" // Have: how often sent; Limit: repetitions; Object: its setting; Took
	CauseDataNeighbor       CauseID = "netstack/data-arp"            // the same, and nobody answers ARP any more
	CauseFINUnacknowledged  CauseID = "netstack/fin-unacknowledged"  // Have: how often it was sent; Took
	CausePeerOpen           CauseID = "netstack/peer-open"           // our FIN is acknowledged, the peer's does not come. Took: of silence
	CauseKeepalive          CauseID = "netstack/keepalive"           // Have: probes without an answer; Took: since anything came
	CauseReset              CauseID = "netstack/reset"               // Have: bytes of ours not acknowledged; Took: since it was up
	CauseAddressGone        CauseID = "netstack/address-gone"        // Object: the address
	CauseMemory             CauseID = "netstack/memory"              // it gave way to a new connection
	CauseUnread             CauseID = "netstack/unread"              // Have: bytes for a receiver that has closed
)

// What became of clients of a listener, and of closed connections (EventCause).
const (
	CauseConnectionLimit  CauseID = "netstack/connection-limit"   // a SYN was ignored. Have: connections; Limit
	CauseSYNMemory        CauseID = "netstack/syn-memory"         // a SYN was ignored. Object: what found no memory; Have: bytes
	CauseSYNACKUnanswered CauseID = "netstack/syn-ack-unanswered" // a handshake was not finished. Have: how often it was sent; Took
	CauseSYNACKReset      CauseID = "netstack/syn-ack-reset"      // the client took its SYN back
	CausePortClosed       CauseID = "netstack/port-closed"        // a SYN for a port without listener was refused
	CauseTimeWaitTaken    CauseID = "netstack/time-wait-taken"    // one in TIME_WAIT gave its memory. Took: it had waited
	CauseClosedUnread     CauseID = "netstack/closed-unread"      // RST in place of FIN. Have: bytes that were not read
	CauseClosedAtFIN      CauseID = "netstack/closed-at-fin"      // RST in place of FIN: closed as data came with the peer's FIN
	CauseClosedWindow     CauseID = "netstack/closed-window"      // RST in place of FIN. Have: the window at its begin; Limit: as set since
)

// What spoils the device's stream at the peer (EventCause).
const (
	// CauseProbeTaken: the peer took the byte of a zero-window probe that is not the stream's (Profile.StaleProbe). Object: the byte;
	// Have: its offset in what the device sent; Limit: the window from which on that cannot happen.
	CauseProbeTaken CauseID = "netstack/probe-taken"
)

// What goes on for ever (EventCause).
const (
	CauseWindowShut CauseID = "netstack/window-shut" // Have: bytes that wait; Limit: the peer's window; Took: since it is too small
	// CauseDataRepeated: the connection is not given up yet. Have: bytes not acknowledged; Limit: how often the first went out; Took: since
	// then.
	CauseDataRepeated CauseID = "netstack/data-repeated"
	// CauseTimerMemory: there was no memory for the record of a timer, which never runs again. Object: tcp, dns or sntp; Have: its bytes.
	CauseTimerMemory CauseID = "netstack/timer-memory"
)

// Why packets never left (EventCause). Object: the neighbour; Have: packets dropped.
const (
	CauseARPUnanswered CauseID = "netstack/arp-unanswered"
	CauseARPFull       CauseID = "netstack/arp-full"  // its place in the table was taken
	CauseARPQueue      CauseID = "netstack/arp-queue" // it answered later than that many were sent. Limit: how many wait
)

// Why a name was not found (Resolve, EventCause). Object: the name; Have: queries sent; Took: since the call.
const (
	CauseDNSUnanswered CauseID = "netstack/dns-unanswered"
	CauseDNSNeighbor   CauseID = "netstack/dns-arp"       // no query left: nobody answers ARP for the server, or the router to it
	CauseDNSNoServer   CauseID = "netstack/dns-no-server" // no query was sent
	CauseDNSUnsent     CauseID = "netstack/dns-unsent"    // there is no way to the server
	// CauseDNSQueryMemory: no query found memory.
	CauseDNSQueryMemory CauseID = "netstack/dns-query-memory"
	CauseDNSNoName      CauseID = "netstack/dns-no-name"   // NXDOMAIN came, which the device ignores
	CauseDNSError       CauseID = "netstack/dns-error"     // another error came, which it ignores. Limit: its number
	CauseDNSOlder       CauseID = "netstack/dns-older"     // answers came to an older query than the last of any name
	CauseDNSLength      CauseID = "netstack/dns-length"    // a message came that is too short or too long. Limit: its bytes
	CauseDNSQuestions   CauseID = "netstack/dns-questions" // an answer came with another number of questions than one. Limit: how many
	CauseDNSQuery       CauseID = "netstack/dns-query"     // a query came in place of an answer
	CauseDNSMemory      CauseID = "netstack/dns-memory"    // answers found no memory. Limit: bytes that each takes
	CauseDNSClosed      CauseID = "netstack/dns-closed"    // ICMP port unreachable came, which the device ignores
	CauseDNSTruncated   CauseID = "netstack/dns-truncated" // no address in what there was of it
	CauseDNSNoAddress   CauseID = "netstack/dns-no-address"
	CauseDNSOtherName   CauseID = "netstack/dns-other-name" // the device compares case, too
)

// Why SNTP has no time (EventCause). Object: the server; Have: requests since the last reply.
const (
	CauseSNTPNoServer   CauseID = "netstack/sntp-no-server"   // none is set
	CauseSNTPForgotten  CauseID = "netstack/sntp-forgotten"   // it was set by address, which SDK 2.1.0 to 3.0 clear before they ask
	CauseSNTPNotStarted CauseID = "netstack/sntp-not-started" // the time was asked for
	CauseSNTPName       CauseID = "netstack/sntp-name"        // its name was not found
	CauseSNTPUnsent     CauseID = "netstack/sntp-unsent"      // there is no way to it, or no memory
	CauseSNTPUnanswered CauseID = "netstack/sntp-unanswered"  // Limit: the seconds waited for each
	CauseSNTPReply      CauseID = "netstack/sntp-reply"       // its reply is none that the device takes. Object: also why
)

// Why an interface has no address from DHCP (EventCause).
const (
	CauseDHCPNoOffer CauseID = "netstack/dhcp-no-offer" // Have: DISCOVERs sent; Limit: repetitions allowed, 0: any; Took
	CauseDHCPNoACK   CauseID = "netstack/dhcp-no-ack"   // Have: REQUESTs sent; Object: the server; Took
	CauseDHCPRefused CauseID = "netstack/dhcp-refused"  // NAK. Object: the address asked for
	CauseDHCPInUse   CauseID = "netstack/dhcp-in-use"   // Object: the address that somebody has
	CauseDHCPExpired CauseID = "netstack/dhcp-expired"  // Object: the address; Have: renewals sent in vain; Limit: seconds of the lease
)

// What the soft-AP's DHCP server refuses and takes back (EventCause). Object: the client.
const (
	CausePoolEmpty   CauseID = "netstack/pool-empty"   // Have: leases; Limit: addresses of the range
	CausePoolTaken   CauseID = "netstack/pool-taken"   // it asks for the address of another client. Object: both
	CausePoolMemory  CauseID = "netstack/pool-memory"  // Have: bytes that were not to be had
	CausePoolDropped CauseID = "netstack/pool-dropped" // its lease gave way. Have: leases; Limit: how many there may be
)

// Cause returns why the connection has ended, the zero Cause while it lives and when its user ended it.
func (t *TCB) Cause() Cause { return t.cause }

// because notes why the connection ends now.
func (t *TCB) because(c Cause) {
	t.cause = c
	t.tell(c)
}

// tell reports a cause that concerns the connection, which need not end.
func (t *TCB) tell(c Cause) {
	t.s.tell(Event{Local: t.local, Remote: t.remote, State: t.state}, c)
}

// tell reports a cause, with what e says of where.
func (s *Stack) tell(e Event, c Cause) {
	if s.observe == nil {
		return
	}
	e.Kind, e.Cause, e.Text, e.Len, e.Limit, e.Took = EventCause, c.ID, c.Object, c.Have, c.Limit, c.Took
	s.note(e)
}

// tell reports a cause that concerns the interface, and an address if it is valid.
func (i *Interface) tell(remote netip.Addr, c Cause) {
	e := Event{Interface: i.name}
	if remote.IsValid() {
		e.Remote = netip.AddrPortFrom(remote, 0)
	}
	i.s.tell(e, c)
}

// since returns the time from an instant to now.
func (s *Stack) since(at instant) time.Duration { return time.Duration(s.now - at) }

// oldest returns when the first unacknowledged segment was sent for the first time, now without one.
func (t *TCB) oldest() instant {
	if len(t.queue) == 0 || !t.queue[0].before {
		return t.s.now
	}
	return t.queue[0].at
}

// gaveUp returns why the timer ends the connection.
func (t *TCB) gaveUp() Cause {
	s := t.s
	sent := Cause{Have: t.retries + 1, Took: s.since(t.oldest())}
	switch t.state {
	case StateSynSent:
		sent.Limit, sent.Object = t.retryLimit(), "espconn_tcp_set_max_syn"
		if s.p.Retries < s.p.SYNRetries {
			sent.Object = "espconn_tcp_set_max_retran"
		}
		return t.synLost(sent)
	case StateSynRcvd:
		sent.ID = CauseSYNACKUnanswered
		return sent
	case StateEstablished, StateCloseWait:
		if t.keep && t.keepSent >= t.keepMax && t.retries == 0 {
			return Cause{ID: CauseKeepalive, Have: t.keepSent, Limit: t.keepMax, Took: t.Idle()}
		}
		sent.ID, sent.Limit, sent.Object = CauseDataUnacknowledged, t.retryLimit(), "espconn_tcp_set_max_retran"
		if _, ok := s.neighbor(t.remote.Addr()); !ok {
			sent.ID = CauseDataNeighbor
		}
		return sent
	case StateFinWait2:
		return Cause{ID: CausePeerOpen, Took: t.Idle()}
	}
	sent.ID = CauseFINUnacknowledged
	return sent
}

// synLost tells SYNs that never left from those that nobody answered.
func (t *TCB) synLost(c Cause) Cause {
	if t.remote.Addr().IsUnspecified() {
		c.ID = CauseSYNNowhere
		return c
	}
	i := t.s.route(t.remote.Addr())
	if i == nil {
		c.ID = CauseSYNNoRoute
		return c
	}
	if _, err := i.nextHop(t.remote.Addr()); err != nil {
		c.ID = CauseSYNNoGateway
		return c
	}
	hop, known := t.s.neighbor(t.remote.Addr())
	switch {
	case !known && hop == t.remote.Addr() && t.s.ifaceOf(hop) != nil:
		c.ID = CauseSYNSelf
	case !known && t.s.ifaceOf(hop) != nil:
		c.ID, c.Object = CauseSYNOwnGateway, hop.String()
	case !known:
		c.ID, c.Object = CauseSYNNeighbor, hop.String()
	case t.icmpFrom.IsValid():
		c.ID, c.Object, c.Limit = CauseSYNICMP, t.icmpFrom.String(), int(t.icmpCode)
	default:
		c.ID = CauseSYNUnanswered
	}
	return c
}

// neighbor returns the address that packets to dst go to on the link, and whether its hardware address is known. Without a way to dst
// it counts as known.
func (s *Stack) neighbor(dst netip.Addr) (hop netip.Addr, known bool) {
	i := s.route(dst)
	if i == nil || s.p.Loopback && s.ifaceOf(dst) != nil {
		return netip.Addr{}, true
	}
	hop, err := i.nextHop(dst)
	if err != nil || i.isBroadcast(hop) || hop.IsMulticast() {
		return hop, true
	}
	e := s.arp.byAddr[hop]
	return hop, e != nil && e.stable
}
