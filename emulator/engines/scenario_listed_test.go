package engines_test

import (
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// listed are the known differences from the vendor's libraries (docs/compare.md), each recognized by what made it. a and b are what the
// vendor's side and ours did until then.
var listed = []struct {
	name string
	is   func(p *pair, d compare.Difference, a, b []trace.Event) bool
}{
	{
		"an espconn in a second use while the first lives",
		func(_ *pair, _ compare.Difference, _, b []trace.Event) bool {
			return slices.ContainsFunc(b, func(e trace.Event) bool {
				return e.Kind == trace.KindFinding && slices.Contains([]string{espconn.RuleOtherRole, espconn.RuleMixed}, e.Name)
			})
		}},
	{
		"the libraries free a block of the heap twice",
		func(_ *pair, _ compare.Difference, a, _ []trace.Event) bool {
			return slices.ContainsFunc(a, func(e trace.Event) bool {
				return e.Source == trace.SourceUART && strings.HasSuffix(e.Text, "line assert fail")
			})
		}},
	{
		"the driver finds a client by its espconn's address, which another one has or has not got meanwhile",
		func(_ *pair, d compare.Difference, _, _ []trace.Event) bool {
			nobody := func(list []string) bool { return len(list) > 0 && strings.HasSuffix(list[0], "of nobody") }
			return d.Aspect == compare.Line && nobody(d.A) != nobody(d.B)
		}},
	{
		"espconn_abort inside a callback of lwIP's, which goes on with the freed PCB",
		func(_ *pair, _ compare.Difference, _, b []trace.Event) bool {
			inside := false
			for _, e := range b {
				switch {
				case e.Source == trace.SourceCallback:
					inside = e.Kind == trace.KindConnect || e.Kind == trace.KindRecv || e.Kind == trace.KindSent
				case e.Kind == trace.KindCall && e.Name == "espconn_abort" && inside:
					return true
				}
			}
			return false
		}},
	{
		"two TLS clients at a time with axTLS, which has one buffer for all of them, and the end of either frees it",
		func(p *pair, _ compare.Difference, _, b []trace.Event) bool {
			if p.profile.Name != espconn.SDK306SSL().Name {
				return false
			}
			begun := 0 // and not over
			for _, e := range b {
				switch {
				case e.Kind == trace.KindCall && e.Name == "espconn_secure_connect":
					if begun++; begun > 1 {
						return true
					}
				case begun > 0 && (e.Kind == trace.KindReconnect || e.Kind == trace.KindDisconnect):
					begun--
				}
			}
			return false
		}},
	{
		"a block that one of the two alone has no memory for, of some that are free in pieces: where blocks lie",
		func(_ *pair, _ compare.Difference, a, b []trace.Event) bool {
			return aloneWithout(a, b) || aloneWithout(b, a)
		}},
	{
		"an ordered failure that meets another block, as what TLS computes with is not taken block by block",
		func(_ *pair, _ compare.Difference, a, b []trace.Event) bool {
			met := func(list []trace.Event) (bytes int64, at time.Duration) { // the one block of a scenario that is ordered to fail
				n := slices.IndexFunc(list, func(e trace.Event) bool { return e.Source == trace.SourceHeap && e.Kind == trace.KindFailed })
				if n < 0 {
					return 0, 0
				}
				return list[n].Value, list[n].At
			}
			tls := func(e trace.Event) bool { return e.Source == trace.SourceTLS }
			bytes, at := met(a)
			ours, then := met(b)
			return (bytes != ours || (at-then).Abs() > timesApart) && slices.ContainsFunc(b, tls)
		}},
	{
		"a record that libssl's buffer cannot hold behind another one of the same segment: it copies a negative number of bytes",
		func(_ *pair, _ compare.Difference, a, b []trace.Event) bool {
			fatal := func(e trace.Event) bool {
				return e.Kind == trace.KindFatal && strings.Contains(e.Text, "the SDK reads 42949")
			}
			long := func(e trace.Event) bool {
				return e.Kind == trace.KindFailure && strings.HasPrefix(e.Text, "axtls-data-too-long")
			}
			return slices.ContainsFunc(a, fatal) && slices.ContainsFunc(b, long)
		}},
	{
		"a record that TCP refused, which only the engines tell",
		func(_ *pair, d compare.Difference, a, b []trace.Event) bool {
			refused := func(e trace.Event) bool {
				return e.Kind == trace.KindFailure && strings.HasPrefix(e.Text, "tcp-refused")
			}
			return d.Aspect == compare.TLS && len(d.A) == 0 && slices.ContainsFunc(a, refused) && slices.ContainsFunc(b, refused)
		}},
}

// aloneWithout tells whether x has no memory for a block, with little free, that y gets at the same time.
func aloneWithout(x, y []trace.Event) bool {
	same := func(f trace.Event, kind trace.Kind) func(trace.Event) bool {
		return func(e trace.Event) bool { // what is left of a piece may be given along
			return e.Source == trace.SourceHeap && e.Kind == kind && e.Value >= f.Value && e.Value < f.Value+32 &&
				(e.At-f.At).Abs() < timesApart
		}
	}
	return slices.ContainsFunc(x, func(f trace.Event) bool {
		return f.Source == trace.SourceHeap && f.Kind == trace.KindFailed && f.Limit < 2*f.Value+piecesMost &&
			!slices.ContainsFunc(y, same(f, trace.KindFailed)) && slices.ContainsFunc(y, same(f, trace.KindAlloc))
	})
}

// piecesMost is how much more than twice a block may be free where none is found for it: a failure that was ordered comes with far more.
const piecesMost = 1024

// knownAs names the kind of a difference that is listed, "" for any other.
func (p *pair) knownAs(d compare.Difference, a, b compare.Side) string {
	until := func(s compare.Side) []trace.Event {
		n := slices.IndexFunc(s.Events, func(e trace.Event) bool { return e.At > d.At+time.Millisecond })
		if n < 0 {
			n = len(s.Events)
		}
		return s.Events[:n]
	}
	for _, l := range listed {
		if l.is(p, d, until(a), until(b)) {
			return l.name
		}
	}
	return ""
}
