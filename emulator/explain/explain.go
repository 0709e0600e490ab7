package explain

import (
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Explain tells from a device's events, oldest first, what became of the last connection or call, and why.
func Explain(events []trace.Event, l cause.Language) Explanation {
	r := NewReader(l)
	for i := range events {
		r.Add(events[i])
	}
	return r.Explanation()
}

// Reader explains a trace event by event, without keeping it: for traces that are longer than memory.
type Reader struct {
	x       Explanation
	say     phrases
	axtls   bool        // the handshake is axTLS's
	conn    string      // the connection that the chain is about
	lost    bool        // the connection ended with an error of TLS, which its callback will tell
	code    int32       // of the TLS library then
	why     trace.Event // the cause named last; its consequence comes next
	ended   trace.Event // how TCP ended the connection
	free    uint32
	heap    trace.Event    // the cause of HeapFailed
	away    bool           // the station has lost its access point, or has not found it
	news    string         // the Wi-Fi event that is the chain's last step
	times   int            // how often it came
	seen    map[string]int // finding -> its index
	inCall  int            // index of the last finding of the call under way, -1: none
	blame   int            // inCall of the call that was refused
	starved bool           // a block found no memory in the call under way
	past    map[int]bool   // findings that explained a call refused before the last connection began

	station trace.Event // the cause of away
}

// NewReader returns a Reader whose explanation will be in language l.
func NewReader(l cause.Language) *Reader {
	return &Reader{x: Explanation{Language: l, Outcome: OutcomeIdle}, say: speech[l], seen: map[string]int{}, inCall: -1, blame: -1,
		past: map[int]bool{}}
}

// Add takes the next event.
func (r *Reader) Add(ev trace.Event) {
	if ev.Kind == trace.KindCause {
		switch ev.Source {
		case trace.SourceHeap:
			r.heap = ev
		case trace.SourceWiFi:
			r.station = ev
		case trace.SourceNet: // told again with the connection it ended
		default:
			r.why = ev
		}
		return
	}
	switch ev.Source {
	case trace.SourceAPI:
		r.api(&ev)
	case trace.SourceCallback:
		r.callback(&ev)
	case trace.SourceFinding:
		r.finding(&ev)
	case trace.SourceTLS:
		r.tls(&ev)
	case trace.SourceHeap:
		r.memory(&ev)
	case trace.SourceDevice:
		r.device(&ev)
	case trace.SourceWiFi:
		if ev.Kind == trace.KindEvent {
			r.wifi(&ev)
		}
	}
}

func (r *Reader) step(ev *trace.Event, text string) {
	if len(r.x.Chain) == ChainMax { // the beginning matters least
		r.x.Chain = append(r.x.Chain[:0], r.x.Chain[1:]...)
	}
	r.x.Chain = append(r.x.Chain, Step{ev.At.Seconds(), cause.Detail(text, r.x.Language)})
	r.news = ""
}

// begin forgets the connection before.
func (r *Reader) begin(conn string) {
	r.conn, r.lost, r.code, r.axtls = conn, false, 0, false
	r.why, r.ended, r.heap, r.news = trace.Event{}, trace.Event{}, trace.Event{}, ""
	if r.blame >= 0 {
		r.past[r.blame] = true
		r.blame = -1
	}
	x := &r.x
	x.Chain, x.RecordMax, x.Size, x.LeastSize, x.HeapFailed = nil, 0, 0, 0, ""
	x.HeapLeast = r.free
	x.Stage, x.Version, x.Cipher = "", "", ""
	x.Symptom, x.Code, x.Where = "", "", ""
	r.because(cause.Text{}, "")
}

// because sets the cause, or none.
func (r *Reader) because(t cause.Text, id cause.ID) {
	r.x.Cause, r.x.CauseID, r.x.Source, r.x.Change = t.Sentence, id, t.Source, nil
	if t.Remedy != "" {
		r.x.Change = []string{t.Remedy}
	}
}

// named sets the cause that an event names, or none if it names none.
func (r *Reader) named(ev trace.Event) {
	if ev.Name == "" {
		r.because(cause.Text{}, "")
		return
	}
	r.because(cause.Of(ev, r.x.Language), cause.ID(ev.Name))
}

// found sets a cause that nobody has named.
func (r *Reader) found(id cause.ID, object string) {
	r.named(trace.Event{Name: string(id), Text: object})
}

func (r *Reader) device(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindBoot:
		r.free = uint32(ev.Limit)
		r.begin("")
		r.x.Device, r.x.Profile, r.x.Outcome, r.away = ev.Text, ev.Name, OutcomeIdle, false
	case trace.KindFatal:
		r.crashed(ev)
	}
}

func (r *Reader) crashed(ev *trace.Event) {
	why := r.take()
	t := cause.Of(why, r.x.Language)
	text := cause.Detail(ev.Text, r.x.Language)
	r.because(cause.Text{Sentence: text, Remedy: t.Remedy, Source: t.Source}, cause.ID(why.Name))
	r.x.Outcome, r.x.Where, r.x.HeapFree, r.x.Symptom = OutcomeCrashed, cause.Detail(ev.Name, r.x.Language), r.free, t.Sentence
	r.step(ev, t.Sentence+r.say.colon+text)
}

func (r *Reader) memory(ev *trace.Event) {
	r.free = uint32(ev.Limit)
	r.x.HeapLeast = min(r.x.HeapLeast, r.free)
	if ev.Kind == trace.KindFailed {
		r.starved = true
		r.x.HeapFailed = r.say.block(ev.Name, ev.Value)
		r.step(ev, r.say.noMemory(ev.Name, ev.Value, ev.Limit))
	}
}

// wifi is a Wi-Fi event; one that comes again and again is one step.
func (r *Reader) wifi(ev *trace.Event) {
	switch ev.Name {
	case "EVENT_STAMODE_DISCONNECTED":
		r.away = true
	case "EVENT_STAMODE_CONNECTED":
		r.away = false
	}
	text := ev.Name + " " + ev.Text
	if text == r.news {
		r.times++
		r.x.Chain[len(r.x.Chain)-1].Text = text + r.say.times(r.times)
		return
	}
	r.step(ev, text)
	r.news, r.times = text, 1
}

func (r *Reader) api(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindCall:
		r.inCall, r.starved = -1, false
		switch ev.Name {
		case "espconn_secure_connect", "espconn_connect", "espconn_secure_accept", "espconn_accept":
			if r.x.Outcome != OutcomeConnected || ev.Conn == r.conn {
				r.begin(ev.Conn)
			}
			r.step(ev, ev.What())
		}
	case trace.KindReturn:
		r.returned(ev)
	case trace.KindEnded:
		r.ended = *ev
	}
}

func (r *Reader) returned(ev *trace.Event) {
	code := espconn.Err(ev.Value)
	if code == espconn.OK && ev.Text != "false" {
		if strings.HasSuffix(ev.Name, "_connect") && ev.Text == "0" {
			r.x.Outcome = OutcomeWaiting
			r.x.Symptom = r.say.noCallback
		}
		return
	}
	why := r.take()
	if code == espconn.INPROGRESS && why.Name == "" {
		return // nobody refused: a callback follows (espconn_gethostbyname)
	}
	r.named(why)
	r.x.Outcome, r.x.HeapFree, r.x.Where, r.blame = OutcomeRefused, r.free, "", r.inCall
	if !r.starved {
		r.x.HeapFailed = "" // what failed before is not why
	}
	r.x.Symptom = r.say.returned(ev.Name, ev.Text)
	if code != espconn.OK {
		r.x.Symptom += ", " + code.String()
	}
	r.step(ev, r.x.Symptom)
}

// take returns the cause named last and forgets it.
func (r *Reader) take() trace.Event {
	why := r.why
	r.why = trace.Event{}
	return why
}

func (r *Reader) callback(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindConnect:
		if ev.Conn != r.conn && r.x.Outcome != OutcomeWaiting {
			r.conn = ev.Conn
		}
		r.x.Outcome, r.x.Symptom, r.x.HeapFree = OutcomeConnected, r.say.event(ev), r.free
		r.because(cause.Text{}, "")
	case trace.KindDisconnect:
		if !r.lost || r.x.Outcome == OutcomeConnected && r.code == boundedtls.CodePeerClosed {
			r.x.Outcome, r.x.Symptom = OutcomeIdle, r.say.event(ev)
			r.because(cause.Text{}, "")
		} else {
			r.fail(ev)
		}
	case trace.KindReconnect:
		r.fail(ev)
	default:
		return
	}
	r.step(ev, r.say.event(ev))
}

// fail is a connection that ended with an error.
func (r *Reader) fail(ev *trace.Event) {
	r.x.Outcome, r.x.Symptom = OutcomeFailed, r.say.event(ev)
	if r.lost {
		return // tlsEnded filled in the rest
	}
	code := espconn.Err(ev.Value)
	if ev.Kind == trace.KindReconnect && code < 0 {
		r.x.Symptom += ", " + code.String()
	}
	r.x.HeapFree = r.free
	r.named(r.ended)
	if r.away && (code == espconn.CONN || code == espconn.TIMEOUT || code == espconn.ABRT) {
		before := r.x.Cause
		r.named(r.station)
		r.x.Cause = r.x.joined(before, r.x.Cause)
	}
}

func (r *Reader) finding(ev *trace.Event) {
	key := ev.Name + ev.Text + ev.Where
	if i, ok := r.seen[key]; ok {
		r.x.Findings[i].Times++
		r.inCall = i
		delete(r.past, i)
		return
	}
	l := r.x.Language
	r.inCall = len(r.x.Findings)
	rule := cause.Rule(ev.Name, l)
	r.seen[key] = len(r.x.Findings)
	r.x.Findings = append(r.x.Findings, Found{ev.Name, cause.Detail(ev.Text, l), cause.Detail(ev.Where, l), rule.Device, rule.Fix, 1})
	r.step(ev, r.say.event(ev))
}

// tlsEnded is the error of a TLS connection, before its callback.
func (r *Reader) tlsEnded(ev *trace.Event) {
	why := r.take()
	r.named(why)
	r.lost, r.code = true, ev.Code
	r.x.HeapFree, r.x.Code, r.x.LeastSize = r.free, ev.Name, int(why.Least)
	r.step(ev, r.say.ended(r.x.Code, r.x.Cause))
}

func (r *Reader) tls(ev *trace.Event) {
	if ev.Kind == trace.KindEnded {
		r.tlsEnded(ev)
		return
	}
	if ev.Conn != r.conn {
		if r.x.Outcome == OutcomeConnected {
			return // a second connection beside the one that works: told when it ends
		}
		r.begin(ev.Conn)
	}
	if ev.Suite != 0 {
		r.x.Version, r.x.Cipher = boundedtls.VersionName(ev.Version), boundedtls.Suite(ev.Suite).String()
	}
	switch ev.Kind {
	case trace.KindState:
		r.x.Stage, r.axtls = ev.Name, ev.Text == boundedtls.AxTLS.String()
	case trace.KindRecord:
		if !ev.Out {
			r.x.RecordMax = max(r.x.RecordMax, int(ev.Value))
		}
		if ev.Limit > 0 {
			r.x.Size = int(ev.Limit)
		}
	case trace.KindMessage:
		r.step(ev, r.say.message(ev))
	case trace.KindAlert, trace.KindHandshake:
		r.step(ev, strings.TrimPrefix(ev.What(), ev.Conn+" "))
	}
	if r.x.Outcome == OutcomeIdle || r.x.Outcome == OutcomeRefused {
		r.x.Outcome, r.x.Symptom = OutcomeWaiting, r.say.noCallback
	}
}

// Explanation returns the explanation of all that was added.
func (r *Reader) Explanation() Explanation {
	end := *r // what only the whole trace tells must not stay: more events may come
	end.x.Change = slices.Clone(r.x.Change)
	end.x.Chain, end.x.Findings = slices.Clone(r.x.Chain), slices.Clone(r.x.Findings)
	end.finish()
	return end.x
}

func (r *Reader) finish() {
	x := &r.x
	switch x.Outcome {
	case OutcomeWaiting:
		x.HeapFree = r.free
		switch {
		case x.Stage == "":
			r.found(cause.WaitsForTCP, "")
		case r.axtls:
			r.found(cause.AxTLSWaitsForPeer, x.Stage)
		default:
			r.found(cause.WaitsForPeer, x.Stage)
		}
	case OutcomeIdle:
		if x.Symptom == "" {
			x.Symptom = r.say.nothing
			if r.away {
				r.named(r.station)
			}
		}
		x.HeapFree = r.free
	}
	if x.Outcome != OutcomeFailed && x.Outcome != OutcomeRefused && x.Outcome != OutcomeCrashed {
		return
	}
	if x.HeapFailed != "" && !ofNoImage(r.heap) {
		heap := cause.Of(r.heap, x.Language)
		x.Cause = x.joined(x.Cause, heap.Sentence)
		if !slices.ContainsFunc(x.Change, func(c string) bool { return strings.Contains(c, r.say.heapWord) }) {
			x.Change = append(x.Change, heap.Remedy)
		}
	}
	var first []string // what findings say that know more than the cause
	if x.Outcome == OutcomeRefused && r.blame >= 0 {
		f := x.Findings[r.blame]
		x.Where, x.Cause = f.Where, x.joined(f.Text, x.Cause)
		first = []string{f.Fix}
	}
	var fixes []string
	for i, f := range x.Findings {
		if !r.past[i] {
			fixes = append(fixes, f.Fix)
		}
	}
	if x.Outcome == OutcomeCrashed {
		first, fixes = fixes, nil
	}
	var change []string
	for _, c := range slices.Concat(first, x.Change, fixes) {
		if !slices.Contains(change, c) {
			change = append(change, c)
		}
	}
	x.Change = change
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
	case b == "" || a == b:
		return a
	}
	return a + speech[x.Language].semicolon + b
}
