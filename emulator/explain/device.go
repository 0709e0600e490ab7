package explain

import (
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack"
)

// machine is an event of the device itself.
func (r *Reader) machine(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindBoot:
		before := r.free
		r.booted = ev.At
		r.device, r.profile, r.free, r.least = ev.Text, ev.Name, uint32(ev.Limit), uint32(ev.Limit)
		r.loose, r.did, r.calls, r.away, r.address, r.apart = chain{}, "", nil, false, trace.Event{}, work{}
		clear(r.udp)
		clear(r.firsts)
		for _, s := range r.stories {
			if s.next {
				s.next, s.x.Device, s.x.Profile, s.x.HeapFree = false, r.device, r.profile, r.free
				r.loose.add(ev.At.Seconds(), s.x.Cause)
				continue
			}
			s.past, s.cut = true, trace.Event{}
			s.dropped = s.dropped || s.x.About == station.about && r.leftBy(s.why)
			if s.open() || s.x.Outcome == OutcomeFailed && s.ended.Name == string(netstack.CauseAddressGone) && r.leftBy(s.ended) {
				s.tentative = false
				s.x.Outcome, s.x.Symptom, s.x.HeapFree = OutcomeIdle, r.say.restarted, before
				if call := ownEnd[uint32(ev.Value)]; call != "" && s.x.Subject == SubjectConnection {
					s.cut = trace.Event{Name: string(cause.CutByFirmware), Text: call}
					s.named(s.cut)
				}
			}
		}
	case trace.KindContext:
		if ev.Name == "local" {
			r.locals = append(r.locals, ev.Text)
		} else {
			r.moment[ev.Name] = *ev
		}
	case trace.KindFatal:
		r.crashed(ev)
	}
}

// ownEnd are the calls after which the device boots with a reason (docs/facts/sdk-surface.md, user_interface.h: system_* and uart).
var ownEnd = map[uint32]string{chip.ReasonSoftRestart: "system_restart", chip.ReasonDeepSleepAwake: "system_deep_sleep"}

// leftBy tells whether something ended because the firmware did: a restart that it asked for is no failure of what was open.
func (r *Reader) leftBy(end trace.Event) bool {
	return end.Name != "" && r.leaves(end.At)
}

// leaves tells whether the station left at a time because the firmware ends, by a deep sleep or a restart of its own: nothing fails then.
func (r *Reader) leaves(at time.Duration) bool {
	return r.station.Name == string(cause.Left) && r.station.Text == "the end of the firmware" && r.station.At == at
}

// crashed ends the story that was decided last with the crash, and all others that are open.
func (r *Reader) crashed(ev *trace.Event) {
	var why trace.Event
	if r.crash != nil {
		r.crash.dropped, why = true, r.crash.why
	}
	s := r.newest()
	if n := len(r.calls); n > 0 && r.calls[0].begun != nil { // in the call that began it
		s = r.calls[0].begun
	}
	if s == nil {
		s = r.begin(SubjectDevice, ev.Text)
		s.chain.steps = append(s.chain.steps, r.loose.steps...)
	}
	if n := len(r.calls); n > 0 && r.calls[n-1].finding >= 0 {
		s.findings[r.calls[n-1].finding] = true
	}
	t, text := cause.Of(why, r.language), cause.Detail(ev.Text, r.language)
	for _, o := range r.stories {
		if o != s && !o.open() {
			continue
		}
		o.tentative, o.no = false, nil
		o.because(cause.Text{Sentence: text, Remedy: t.Remedy, Source: t.Source}, cause.ID(why.Name))
		o.x.Outcome, o.x.Where, o.x.HeapFree, o.x.Symptom = OutcomeCrashed, cause.Detail(ev.Name, r.language), r.free, t.Sentence
		o.x.Code, o.x.LeastSize = "", 0
		o.x.Callback, o.x.LastCall = r.say.callback(r.moment["callback"], r.language), r.say.lastCall(r.moment["call"], r.booted)
		o.x.Locals = r.locals
		if r.crash != nil {
			o.chain.drop(t.Sentence) // the step says it again, and more
		}
		r.step(o, ev, t.Sentence+r.say.colon+text)
		r.decide(o)
	}
	r.decide(s)
	r.calls = nil
	clear(r.moment)
	r.locals = nil
}

// newest returns the story of this boot that was decided last, nil if there is none. A connection that is over as it should be is told
// behind a trouble of the device that came while it lived: an upgrade's own connection ends with the upgrade.
func (r *Reader) newest() (newest *story) {
	for _, s := range r.told() {
		switch {
		case s.past:
		case newest == nil:
			if newest = s; s.x.Subject != SubjectConnection || s.outcome() != OutcomeIdle {
				return s
			}
		case s.order > newest.began && s.x.Subject == SubjectDevice && s.outcome().Bad():
			return s
		}
	}
	return newest
}

// memory is a step of the heap.
func (r *Reader) memory(ev *trace.Event) {
	r.free = uint32(ev.Limit)
	r.least = min(r.least, r.free)
	failed := ev.Kind == trace.KindFailed
	what, short := "", 0
	if failed {
		what, short = r.say.block(ev.Name, ev.Value), missing(ev)
		if ev.Name == packet {
			r.unsent.what = what
		}
		if n := len(r.calls); n > 0 {
			r.calls[n-1].failed, r.calls[n-1].short = what, short
		}
	}
	for _, s := range r.stories {
		if s.open() || !s.past && !s.over && s.ending() {
			s.x.HeapLeast = min(s.x.HeapLeast, r.free)
			if failed {
				s.x.HeapFailed, s.short = what, short
			}
		}
	}
	if failed {
		for _, c := range r.shared() {
			c.add(ev.At.Seconds(), cause.Detail(r.say.noMemory(ev.Name, ev.Value, ev.Limit), r.language))
		}
	}
}

// finding is one of the API checks. It belongs to its espconn's connection or to the call under way; one that has neither belongs to
// nobody.
func (r *Reader) finding(ev *trace.Event) {
	key := ev.Name + ev.Text + ev.Where
	i, again := r.seen[key]
	if again {
		r.findings[i].Times++
	} else {
		i = len(r.findings)
		r.seen[key] = i
		rule := cause.Rule(ev.Name, r.language)
		r.findings = append(r.findings,
			Found{ev.Name, cause.Detail(ev.Text, r.language), cause.Detail(ev.Where, r.language), rule.Device, rule.Fix, 1})
	}
	s := r.last(SubjectConnection, ev.Conn)
	if s == nil {
		s = r.last(SubjectServer, ev.Conn)
	}
	if n := len(r.calls); n > 0 {
		c := &r.calls[n-1]
		c.finding = i
		if c.begun != nil {
			s = c.begun
		}
	}
	if s != nil && (s.past || ev.Conn == "" && !s.tentative) {
		s = nil
	}
	if s != nil {
		s.findings[i] = true
	}
	if again {
		return
	}
	text := r.say.event(ev)
	if s != nil {
		r.step(s, ev, text)
		return
	}
	for _, c := range r.shared() {
		c.add(ev.At.Seconds(), cause.Detail(text, r.language))
	}
}
