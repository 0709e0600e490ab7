package explain

import (
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// connection returns the story of the connection that an event of TLS belongs to: the one that its espconn has, or a new one - a
// client of a server, or one that was begun before the trace.
func (r *Reader) connection(ev *trace.Event) *story {
	s := r.last(SubjectConnection, ev.Conn)
	if s == nil || s.over && ev.Kind == trace.KindState {
		s = r.begin(SubjectConnection, ev.Conn)
		s.x.Outcome, s.x.Symptom = OutcomeWaiting, r.say.noCallback
		r.beginsWith(s, "a client of a secure server")
	}
	return s
}

// works says that a connection works, if that is news.
func (r *Reader) works(s *story, symptom string) {
	if s.x.Outcome != OutcomeWaiting {
		return
	}
	s.x.Outcome, s.x.Symptom, s.x.HeapFree = OutcomeConnected, symptom, r.free
	s.named(trace.Event{})
	r.decide(s)
}

// stated is a new state of an espconn: it tells of connections whose firmware wants no callback.
func (r *Reader) stated(ev *trace.Event) {
	s := r.last(SubjectConnection, ev.Conn)
	s.meets(ev)
	switch {
	case s == nil || s.tentative:
	case ev.State == trace.EspconnConnect:
		r.works(s, ev.What())
	case ev.State == trace.EspconnClose && s.open():
		s.shut = s.shut || !s.lost && s.x.Outcome == OutcomeConnected
		s.x.Outcome, s.x.Symptom, s.x.HeapFree = OutcomeIdle, ev.What(), r.free
		r.decide(s)
	}
}

// ended is a connection that TCP ended; the callback comes next if there is one.
func (r *Reader) ended(ev *trace.Event) {
	s := r.last(SubjectConnection, ev.Conn)
	if s == nil {
		return
	}
	s.ended = *ev
	if ev.Status == 0 && s.x.Outcome == OutcomeIdle { // its firmware wants no callback
		s.named(*ev)
	}
	if ev.Name != "" && ev.Status != 0 && !s.lost {
		s.mute = true
		r.fail(s, espconn.Err(ev.Status), r.say.noReconnect(ev.Conn, int64(ev.Status)))
	}
}

func (r *Reader) callback(ev *trace.Event) {
	if ev.Kind == trace.KindDNSFound {
		r.found(ev)
		return
	}
	s := r.last(SubjectConnection, ev.Conn)
	if ev.Kind == trace.KindReconnect || ev.Kind == trace.KindDisconnect {
		if told := r.ending(ev.Conn); told != nil {
			s = told
		}
	}
	switch ev.Kind {
	case trace.KindConnect:
		if s == nil || s.over { // a client of a server
			s = r.begin(SubjectConnection, ev.Conn)
			r.beginsWith(s, "a client of a server")
		}
		s.meets(ev)
		s.x.Outcome = OutcomeWaiting
		r.works(s, r.say.event(ev))
	case trace.KindRecv, trace.KindSent, trace.KindWriteFinish:
		if s == nil && !r.udp[ev.Conn] { // begun before the trace
			s = r.begin(SubjectConnection, ev.Conn)
			s.x.Outcome = OutcomeWaiting
		}
		if s != nil && !s.over && !s.lost {
			r.works(s, r.say.event(ev))
			s.moved(ev.Kind.String())
		}
		return
	case trace.KindDisconnect:
		if s == nil {
			s = r.begin(SubjectConnection, ev.Conn)
		}
		if !s.lost || s.shut {
			s.x.Outcome, s.x.Symptom, s.x.HeapFree = OutcomeIdle, r.say.event(ev), r.free
			s.named(s.ended)
			r.decide(s)
		} else {
			r.fail(s, espconn.OK, r.say.event(ev))
		}
		s.over = true
	case trace.KindReconnect:
		if s == nil {
			s = r.begin(SubjectConnection, ev.Conn)
		}
		code, symptom := espconn.Err(ev.Value), r.say.event(ev)
		if name := code.String(); code < 0 && name != strconv.Itoa(int(code)) && !(s.lost && strings.HasPrefix(s.x.Code, "-0x")) {
			symptom += ", " + name // what mbed TLS's codes are folded to has no such name; axTLS's end in the SDK's own
		}
		r.fail(s, code, symptom)
		s.over = true
	default:
		return
	}
	r.step(s, ev, r.say.event(ev))
}

// ending returns the connection whose end is known and will be told by a callback on the espconn conn, nil if there is none: its own
// espconn, or that of its server while a client has no callbacks of its own yet (docs/facts/tls.md 5.2).
func (r *Reader) ending(conn string) *story {
	server := r.last(SubjectServer, conn) != nil || r.last(SubjectConnection, conn) == nil // which accepted before the trace began
	for _, s := range slices.Backward(r.stories) {
		if s.x.Subject == SubjectConnection && !s.past && !s.over && s.ending() && (server && !s.called || s.x.About == conn) {
			return s
		}
	}
	return nil
}

// fail is a connection that ended with an error.
func (r *Reader) fail(s *story, code espconn.Err, symptom string) {
	s.presented = s.presented && s.x.Outcome != OutcomeConnected
	s.x.Outcome, s.x.Symptom = OutcomeFailed, symptom
	r.decide(s)
	if s.lost {
		return // lostTLS filled in the rest
	}
	s.x.HeapFree = r.free
	s.named(s.ended)
	if s.presented && s.ended.Name == string(netstack.CauseReset) {
		s.x.Change = slices.Insert(s.x.Change, 0, r.say.presented)
	}
	if r.away && (code == espconn.CONN || code == espconn.TIMEOUT || code == espconn.ABRT) {
		before := s.x.Cause
		s.named(r.station)
		s.x.Cause = s.x.joined(before, s.x.Cause)
	} else if s.ended.Name == string(netstack.CauseAddressGone) && r.address.Name != "" {
		before := s.x.Cause
		s.named(r.address)
		s.x.Cause = s.x.joined(before, s.x.Cause)
	}
}

// meets notes the peer's address.
func (s *story) meets(ev *trace.Event) {
	if s != nil && ev.Remote != (trace.Addr{}) {
		s.remote = ev.Remote
	}
}

// lostTLS is the error of a TLS connection, before its callback.
func (r *Reader) lostTLS(s *story, ev *trace.Event) {
	why := s.take()
	s.named(why)
	s.lost = true
	s.shut = s.x.Outcome == OutcomeConnected && (ev.Code == boundedtls.CodePeerClosed || why.Name == string(boundedtls.CauseCloseNotify))
	s.x.HeapFree, s.x.Code, s.x.LeastSize = r.free, ev.Name, int(why.Least)
	r.step(s, ev, r.say.ended(s.x.Code, s.x.Cause))
	if ev.Status != 0 && s.x.Outcome == OutcomeWaiting {
		s.x.Outcome, s.x.Symptom = OutcomeFailed, r.say.noReconnect(ev.Conn, int64(ev.Status))
	}
	r.decide(s)
}

// emptyCertificate is the length of a Certificate message without a certificate: its header and the length of the list (RFC 5246 7.4.2).
const emptyCertificate = 7

func (r *Reader) tls(ev *trace.Event) {
	s := r.connection(ev)
	if ev.Kind == trace.KindEnded {
		r.lostTLS(s, ev)
		return
	}
	if ev.Suite != 0 {
		s.x.Version, s.x.Cipher = boundedtls.VersionName(ev.Version), boundedtls.Suite(ev.Suite).String()
	}
	switch ev.Kind {
	case trace.KindState:
		s.x.Stage, s.axtls = ev.Name, ev.Text == boundedtls.AxTLS.String()
	case trace.KindRecord:
		if !ev.Out {
			s.x.RecordMax = max(s.x.RecordMax, int(ev.Value))
		}
		if ev.Limit > 0 {
			s.x.Size = int(ev.Limit)
		}
	case trace.KindMessage:
		s.presented = s.presented || ev.Out && ev.Role == trace.RoleClient && ev.Name == "Certificate" && ev.Value > emptyCertificate
		r.step(s, ev, r.say.message(ev))
	case trace.KindAlert, trace.KindHandshake:
		text := strings.TrimPrefix(ev.What(), ev.Conn+" ")
		r.step(s, ev, text)
		if ev.Kind == trace.KindHandshake {
			r.works(s, text)
		}
	}
}
