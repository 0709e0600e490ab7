package explain

import (
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// finished returns the explanation of a story, with what only the end of the trace tells. The story stays as it is: more events may
// come.
func (r *Reader) finished(s *story) Explanation {
	end := *s
	x := &end.x
	x.Change, x.Chain = slices.Clone(s.x.Change), slices.Clone(s.chain.steps)
	if x.Subject == SubjectDevice && x.Outcome != OutcomeCrashed && !s.past {
		x.Chain = slices.Clone(r.loose.steps)
	}
	x.Outcome = s.outcome()
	switch x.Outcome {
	case OutcomeRefused:
		s.no.of(x, r.findings)
		end.heap, end.short = s.no.heap, s.no.short
		if x.CauseID == cause.ID(espconn.CauseHeapGate) {
			end.short = int(s.no.why.Limit - s.no.why.Value)
		}
		if none := r.addressless(); cause.ID(s.no.why.Name) == cause.ID(espconn.CauseNoAddress) && none.Name != "" && !s.past {
			end.named(none)
			x.Cause = x.joined(cause.Of(s.no.why, x.Language).Sentence, x.Cause)
		}
	case OutcomeWaiting:
		end.waits(r.free)
	case OutcomeIdle:
		if x.Subject == SubjectServer {
			x.HeapFree = r.free
		}
	}
	if s.spoilt.Name != "" {
		why, change := x.Cause, x.Change
		end.named(s.spoilt)
		x.Cause, x.Change = x.joined(x.Cause, why), append(x.Change, change...)
	}
	if x.Outcome != OutcomeConnected && x.Outcome != OutcomeWaiting && x.Outcome.Bad() {
		end.starved(&r.say)
		if x.starves() {
			end.leaks(&r.say)
		}
	}
	if x.Subject == SubjectDevice && x.About == upgradeTrouble && x.Outcome == OutcomeFailed {
		for _, o := range r.told() { // newest first
			if o.mute && !o.past {
				x.Cause = x.joined(x.Cause, o.x.Cause)
				break
			}
		}
	}
	for _, o := range r.told() {
		if o != s && !o.past && o.x.Subject == SubjectConnection && o.x.Outcome == OutcomeConnected {
			x.Live = append(x.Live, o.x.About)
		}
	}
	if x.Outcome == OutcomeRefused && x.Subject == SubjectConnection && s.x.Outcome == OutcomeConnected {
		x.Live = append(x.Live, x.About)
	}
	slices.Sort(x.Live)
	x.Live = slices.Compact(x.Live)
	return *x
}

// addressless returns why the station has no address, the zero event if that is not known.
func (r *Reader) addressless() trace.Event {
	joined := r.last(SubjectDevice, station.about)
	if r.away || joined != nil && !joined.past && cause.ID(joined.why.Name) == cause.NoAddressSet {
		return r.station
	}
	return r.address
}

// waits says what a connection or a lookup waits for.
func (s *story) waits(free uint32) {
	s.x.HeapFree = free
	id := cause.WaitsForPeer
	switch {
	case s.x.Subject == SubjectLookup:
		id = cause.WaitsForName
	case s.x.Stage == "":
		id = cause.WaitsForTCP
	case s.axtls:
		id = cause.AxTLSWaitsForPeer
	}
	object := s.x.Stage
	if s.x.Subject == SubjectLookup {
		object = s.x.About
	}
	s.named(trace.Event{Name: string(id), Text: object})
}

// undecrypted are the causes whose advice is to look at the keys.
var undecrypted = []cause.ID{cause.ID(boundedtls.CauseRecordBlocks), cause.ID(boundedtls.CauseRecordPadding),
	cause.ID(boundedtls.CauseRecordMAC), cause.ID(boundedtls.CauseRecordDamaged)}

// starved adds the block that found no memory to the cause of what failed.
func (s *story) starved(say *phrases) {
	x := &s.x
	if x.HeapFailed == "" || ofNoImage(s.heap) {
		return
	}
	heap := cause.Of(s.heap, x.Language)
	x.Cause = x.joined(x.Cause, heap.Sentence)
	if slices.Contains(undecrypted, x.CauseID) {
		x.Change = nil // without memory a right key decrypts nothing
	}
	if heap.Remedy != "" && !slices.ContainsFunc(x.Change, func(c string) bool { return strings.Contains(c, say.heapWord) }) {
		x.Change = slices.Insert(x.Change, 0, heap.Remedy) // what else went wrong mostly comes of it
	}
}

// advise adds what the findings of x say: those of a crash know more than its cause; those that explained another call do not belong
// here. Where the SDK itself crashes, what its exception advises for pointers of the firmware does not help; memory does, if it was short.
// What failed for a reason that has an advice of its own is not mended by what the findings advise: that stands beside them.
func (r *Reader) advise(x *Explanation, s *story) {
	var fixes []string
	sdkCrash := false
	for i, f := range r.findings {
		listed := slices.ContainsFunc(x.Findings, func(o Found) bool { return o.Rule == f.Rule && o.Text == f.Text && o.Where == f.Where })
		if !listed || r.elsewhere(i, s) {
			continue
		}
		sdkCrash = sdkCrash || f.Rule == espconn.RuleFatal
		// What the same call was found to be says more than that it crashes.
		known := f.Where != "" && slices.ContainsFunc(r.findings[:i], func(o Found) bool { return o.Where == f.Where })
		if f.Rule != espconn.RuleFatal || !known {
			fixes = append(fixes, f.Fix)
		}
	}
	if sdkCrash && x.Outcome == OutcomeCrashed {
		x.Change = nil
		if x.HeapFailed != "" && s != nil && s.heap.Name != "" && !ofNoImage(s.heap) {
			x.Change, fixes = []string{cause.Of(s.heap, x.Language).Remedy}, nil
		}
	}
	all := slices.Concat(x.Change, fixes)
	switch {
	case x.Outcome == OutcomeCrashed:
		all = slices.Concat(fixes, x.Change)
	case x.Outcome.Bad() && len(x.Change) > 0:
		all = x.Change
	}
	x.Change = nil
	for _, c := range all {
		if !slices.Contains(x.Change, c) {
			x.Change = append(x.Change, c)
		}
	}
}

// elsewhere tells whether a finding belongs to other stories alone, or explains a refused call before s.
func (r *Reader) elsewhere(i int, s *story) bool {
	if s != nil && s.findings[i] {
		return false
	}
	return slices.ContainsFunc(r.stories, func(o *story) bool { return o != s && o.findings[i] })
}

// idle is the explanation of a boot in which no connection was tried: it says what the device did instead.
func (r *Reader) idle() Explanation {
	x := Explanation{Language: r.language, Device: r.device, Profile: r.profile, Outcome: OutcomeIdle, Subject: SubjectDevice,
		Symptom: r.say.idle(r.apart), Chain: slices.Clone(r.loose.steps), HeapFree: r.free, HeapLeast: r.least}
	if r.did != "" {
		x.Symptom = r.did
	}
	if i := slices.IndexFunc(r.stories, func(s *story) bool { return s.cut.Name != "" }); i >= 0 && len(r.findings) == 0 {
		s := story{x: x}
		s.named(r.stories[i].cut)
		x = s.x
		x.Symptom = r.stories[i].x.About + r.say.colon + r.stories[i].x.Symptom
	}
	if r.away && len(r.findings) == 0 { // those are what the device did
		s := story{x: x}
		s.named(r.station)
		x = s.x
	}
	return x
}

// imageBlocks are blocks as long as a file of a certificate image, which takes at most imageMax bytes (docs/facts/tls.md 4.4).
var imageBlocks = []string{"load buffer", "certificate data"}

const imageMax = 8192

// ofNoImage tells whether a block has a length that was read where no certificate image lies: memory is not what is missing.
func ofNoImage(heap trace.Event) bool {
	return slices.Contains(imageBlocks, heap.Text) && heap.Value > imageMax
}

// joined puts two sentences together, each once.
func (x *Explanation) joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || strings.HasPrefix(a, b):
		return a
	case strings.HasPrefix(b, a): // it says the same, and more
		return b
	}
	return a + speech[x.Language].semicolon + b
}
