package explain

import (
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// place is where a cause of the network is told.
type place uint8

// Places. The zero one is a story of its own.
const (
	ofItself  place = iota
	ofClient        // a client that a server does not serve
	ofNobody        // the same, which may be anybody's doing: told only if there is nothing else
	ofLiving        // a connection that works and does not move: told while that lasts
	ofDamage        // what a connection carried is spoilt: told of it for good, whatever comes next
	ofEnd           // why a connection that is closed ends otherwise than it should
	ofAfter         // a step of a connection that is over: nothing is lost
	ofARP           // a neighbour: told with the connection to it, if there is one
	ofAddress       // the station's address: until it has one
)

// places are those of causes that have one, but for clients that are turned away (cause.TurnsAway).
var places = func() map[cause.ID]place {
	all := map[cause.ID]place{}
	for at, ids := range map[place][]string{
		ofNobody: {string(netstack.CauseSYNACKUnanswered), string(netstack.CauseSYNACKReset), string(netstack.CausePortClosed)},
		ofLiving: {string(netstack.CauseWindowShut), string(netstack.CauseDataRepeated),
			string(espconn.CauseHeld), string(espconn.CauseNoReceiver),
			string(espconn.CauseReceiveMemory), string(espconn.CauseRingMemory), string(espconn.CauseFINNoRoom),
			string(espconn.CauseDataWaits)},
		ofDamage: {string(netstack.CauseProbeTaken), string(espconn.CauseDataNeverRead)},
		ofEnd:    {string(netstack.CauseClosedUnread), string(netstack.CauseClosedAtFIN), string(netstack.CauseClosedWindow)},
		ofAfter: {string(netstack.CauseTimeWaitTaken), string(netstack.CauseFINUnacknowledged), string(netstack.CausePeerOpen),
			string(netstack.CauseUnread), string(espconn.CauseTrimmed)},
		ofARP: {string(netstack.CauseARPUnanswered), string(netstack.CauseARPFull), string(netstack.CauseARPQueue)},
		ofAddress: {string(netstack.CauseDHCPNoOffer), string(netstack.CauseDHCPNoACK), string(netstack.CauseDHCPRefused),
			string(netstack.CauseDHCPInUse), string(netstack.CauseDHCPExpired)},
	} {
		for _, id := range ids {
			all[cause.ID(id)] = at
		}
	}
	return all
}()

// moves are the calls and callbacks after which a connection that did not move does again.
var moves = map[cause.ID][]string{
	cause.ID(espconn.CauseHeld):          {"espconn_recv_unhold"},
	cause.ID(espconn.CauseNoReceiver):    {"espconn_recv", "espconn_recv_unhold"},
	cause.ID(espconn.CauseDataWaits):     {"recv"},
	cause.ID(netstack.CauseWindowShut):   {"sent"},
	cause.ID(netstack.CauseDataRepeated): {"sent"},
}

// network is a cause of the network: of TCP, a server, a name, DHCP.
func (r *Reader) network(ev *trace.Event) {
	at, ok := places[cause.ID(ev.Name)]
	if cause.TurnsAway(cause.ID(ev.Name)) {
		at, ok = ofClient, true
	}
	if s := r.lookup(ev.Text); s != nil && !ok {
		s.why = *ev
		return
	}
	switch at {
	case ofClient, ofNobody:
		r.client(ev, at == ofNobody)
	case ofLiving:
		if s := r.peer(ev); s != nil {
			r.tell(s, ev)
			s.why = *ev
			if s.x.Outcome == OutcomeConnected {
				s.named(*ev)
			}
			r.decide(s)
		}
	case ofDamage:
		if s := r.peer(ev); s != nil && s.spoilt.Name == "" {
			r.tell(s, ev)
			s.spoilt = *ev
			r.decide(s)
		}
	case ofEnd:
		if s := r.peer(ev); s != nil {
			s.ended = *ev
		}
	case ofAfter:
		if s := r.peer(ev); s == nil || !s.outcome().Bad() { // after what failed it says nothing
			r.tell(s, ev)
		}
	case ofARP:
		if s := r.unreached(); s != nil {
			r.tell(s, ev)
			return
		}
		r.reported(ev)
	case ofAddress:
		r.address = *ev
		r.reported(ev)
	default:
		if ev.Source == trace.SourceNet && ev.Local != (trace.Addr{}) { // of a TCP connection: told again with the espconn whose it was
			return
		}
		r.reported(ev)
	}
}

// kin is what causes have in common that tell the same with other numbers: the id, of whom, and the peer.
func kin(ev *trace.Event) string { return fmt.Sprint(ev.Name, ev.Text, ev.Remote) }

// tell adds a cause as a step, to nobody's without a story.
func (r *Reader) tell(s *story, ev *trace.Event) {
	c := &r.loose
	if s != nil {
		c = &s.chain
	}
	c.again(ev.At.Seconds(), kin(ev), cause.Of(*ev, r.language).Sentence, &r.say)
}

// client is a client that a server does not serve, or that found none. The same one again is no news.
func (r *Reader) client(ev *trace.Event, minor bool) {
	name := ev.Remote.String()
	s := r.last(SubjectClient, name)
	if s == nil || s.past {
		s = r.begin(SubjectClient, name)
		if minor {
			s.order = 0
		}
	}
	s.x.Outcome, s.x.Symptom, s.x.HeapFree = OutcomeFailed, r.say.noConnection(name), r.free
	s.named(*ev)
	r.tell(s, ev)
}

// peer returns the connection that an event of the network belongs to, nil if none is known: the last one of its espconn, or with its
// remote address.
func (r *Reader) peer(ev *trace.Event) (last *story) {
	if ev.Conn != "" {
		return r.last(SubjectConnection, ev.Conn)
	}
	for _, s := range r.stories {
		if s.x.Subject == SubjectConnection && !s.dropped && !s.past && s.remote == ev.Remote {
			last = s
		}
	}
	return last
}

// neighborless are the causes that tell of a neighbour themselves.
var neighborless = []cause.ID{cause.ID(netstack.CauseSYNNeighbor), cause.ID(netstack.CauseSYNOwnGateway), cause.ID(netstack.CauseSYNSelf),
	cause.ID(netstack.CauseDataNeighbor), cause.ID(netstack.CauseDNSNeighbor)}

// unreached returns the connection or lookup whose packets may be those that wait for a neighbour, nil if there is none: the last one
// that is open or was given up for that.
func (r *Reader) unreached() (last *story) {
	for _, s := range r.stories {
		gone := slices.Contains(neighborless, s.x.CauseID)
		if (s.x.Subject == SubjectConnection || s.x.Subject == SubjectLookup) && !s.past && (s.open() || gone) {
			last = s
		}
	}
	return last
}

// moved says that a connection that stood still goes on: done is the call that lets it, or the callback that tells it.
func (s *story) moved(done string) {
	id := cause.ID(s.why.Name)
	if places[id] == ofLiving && slices.Contains(moves[id], done) {
		s.why = trace.Event{}
		if s.x.Outcome == OutcomeConnected {
			s.named(s.why)
		}
	}
}
