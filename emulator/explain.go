package emulator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// Outcome is what an Explanation is about.
type Outcome string

// Outcomes.
const (
	OutcomeIdle      Outcome = "idle"      // nothing was tried, or all has ended as it should
	OutcomeWaiting   Outcome = "waiting"   // a connection was begun and neither works nor has ended
	OutcomeConnected Outcome = "connected" // the last connection works
	OutcomeRefused   Outcome = "refused"   // a call returned an error
	OutcomeFailed    Outcome = "failed"    // a connection ended with an error
	OutcomeCrashed   Outcome = "crashed"   // the firmware ended in an exception or the watchdog
)

// Explanation is the way from what the application saw to its cause, with figures and what to change. It is plain data;
// its JSON form is described in docs/trace.md.
type Explanation struct {
	Device  string  `json:"device"`
	Profile string  `json:"profile"`
	Outcome Outcome `json:"outcome"`
	// Symptom is what the application saw: a result, a callback, an exception.
	Symptom string `json:"symptom"`
	// Cause is why, in one sentence without a full stop; "" when there is nothing to explain.
	Cause string `json:"cause,omitempty"`
	// Code is the TLS library's code as the device prints it, "-0x7200"; "" without one.
	Code string `json:"code,omitempty"`
	// Where is the firmware's file and line, if the symptom has one.
	Where string `json:"where,omitempty"`
	// Chain are the steps of the connection, oldest first, at most ChainMax.
	Chain []Link `json:"chain,omitempty"`
	// RecordMax is the greatest record that was taken in bytes, Size the buffer's size that it was held against.
	RecordMax int `json:"record_max"`
	Size      int `json:"size"`
	// LeastSize is the least size that would have let the refused item pass, 0 when no size helps or none was refused.
	LeastSize int `json:"least_size,omitempty"`
	// HeapFree is the free heap when it happened, HeapLeast the least during the connection, in bytes; HeapFailed names
	// the block that found no memory, "" if none.
	HeapFree   uint32 `json:"heap_free"`
	HeapLeast  uint32 `json:"heap_least"`
	HeapFailed string `json:"heap_failed,omitempty"`
	// Findings are those of the API checks, each once, oldest first.
	Findings []Found `json:"findings,omitempty"`
	// Change says what to do, the most likely first.
	Change []string `json:"change,omitempty"`
}

// Link is one step of an Explanation's chain.
type Link struct {
	At   float64 `json:"at"` // seconds since the device was made
	Text string  `json:"text"`
}

// Found is a finding with its rule.
type Found struct {
	Rule   string `json:"rule"`
	Text   string `json:"text"`
	Where  string `json:"where,omitempty"`
	Device string `json:"device"`
	Fix    string `json:"fix"`
	Times  int    `json:"times"`
}

// ChainMax bounds the steps of an Explanation. Choice: more than a handshake has.
const ChainMax = 32

// Explain tells from the trace what became of the last connection or call, and why. It may be called at any time, also
// after a crash and after Close.
func (d *Device) Explain() Explanation {
	e := explainer{axtls: d.cfg.Profile.TLS.Traits().Library == boundedtls.AxTLS, Explanation: Explanation{Device: d.Name(), Profile: d.cfg.Profile.Name, Outcome: OutcomeIdle}}
	e.free, e.HeapLeast = d.cfg.HeapFree, d.cfg.HeapFree
	for _, ev := range d.Trace().Events() {
		e.take(&ev)
	}
	return e.finish()
}

// explainer reads a trace.
type explainer struct {
	Explanation
	axtls bool        // the profile has axTLS
	conn  string      // the connection that the chain is about
	lost  bool        // the connection ended with an error of TLS, which its callback will tell
	code  int32       // of the TLS library then
	why   trace.Event // the cause of the end that comes next
	state string      // of the handshake
	free  uint32
	away  bool           // the station has lost its access point, or has not found it
	event string         // the Wi-Fi event that is the chain's last step
	times int            // how often it came
	seen  map[string]int // finding -> its index
}

func (e *explainer) step(ev *trace.Event, text string) {
	if len(e.Chain) == ChainMax { // the beginning matters least
		e.Chain = append(e.Chain[:0], e.Chain[1:]...)
	}
	e.Chain = append(e.Chain, Link{ev.At.Seconds(), text})
	e.event = ""
}

// wifi is a Wi-Fi event; one that comes again and again is one step.
func (e *explainer) wifi(ev *trace.Event) {
	switch ev.Name {
	case "EVENT_STAMODE_DISCONNECTED":
		e.away = true
	case "EVENT_STAMODE_CONNECTED":
		e.away = false
	}
	text := ev.Name + " " + ev.Text
	if text == e.event {
		e.times++
		e.Chain[len(e.Chain)-1].Text = fmt.Sprintf("%s (%d times)", text, e.times)
		return
	}
	e.step(ev, text)
	e.event, e.times = text, 1
}

// begin forgets the connection before.
func (e *explainer) begin(conn string) {
	e.conn, e.lost, e.code, e.why, e.state = conn, false, 0, trace.Event{}, ""
	e.Chain, e.RecordMax, e.Size, e.LeastSize, e.HeapFailed, e.event = nil, 0, 0, 0, "", ""
	e.HeapLeast = e.free
	e.Symptom, e.Cause, e.Code, e.Where, e.Change = "", "", "", "", nil
}

func (e *explainer) take(ev *trace.Event) {
	switch ev.Source {
	case trace.SourceAPI, trace.SourceCallback, trace.SourceFinding:
		e.api(ev)
	case trace.SourceTLS:
		e.tls(ev)
	case trace.SourceHeap:
		e.free = uint32(ev.Limit)
		e.HeapLeast = min(e.HeapLeast, e.free)
		if ev.Kind == trace.KindFailed {
			e.HeapFailed = fmt.Sprintf("%s, %d bytes", ev.Name, ev.Value)
			e.step(ev, fmt.Sprintf("no memory for %s: %d bytes asked for, %d free", ev.Name, ev.Value, ev.Limit))
		}
	case trace.SourceDevice:
		switch ev.Kind {
		case trace.KindBoot:
			e.begin("")
			e.Outcome, e.away = OutcomeIdle, false
		case trace.KindFatal:
			e.crashed(ev)
		}
	case trace.SourceWiFi:
		if ev.Kind == trace.KindEvent {
			e.wifi(ev)
		}
	}
}

func (e *explainer) crashed(ev *trace.Event) {
	e.Outcome, e.Cause, e.Where, e.HeapFree = OutcomeCrashed, ev.Text, ev.Name, e.free
	end, ok := crashes[ev.Value]
	if !ok {
		end = crash{fmt.Sprintf("fatal exception (%d)", ev.Value), "look at the epc1 of system_get_rst_info: the instruction that did it"}
	}
	e.Symptom = end.symptom
	e.step(ev, e.Symptom+": "+ev.Text)
	e.Change = []string{end.change}
}

type crash struct{ symptom, change string }

// crashes are the ways in which firmware ends (Xtensa exception causes; sdk-surface.md, Watchdogs).
var crashes = map[int64]crash{
	0:                           {"fatal exception (0), illegal instruction", "look for a function pointer that was never set, and for a stack that has run over"},
	3:                           {"fatal exception (3), load or store error", "read flash and instruction memory in aligned words of 4 bytes"},
	6:                           {"fatal exception (6), division by zero", "check the divisor"},
	9:                           {"fatal exception (9), unaligned load or store", "access words at multiples of 4, halfwords at multiples of 2; os_memcpy takes any address"},
	20:                          {"fatal exception (20), instruction fetch prohibited", "look for a function pointer that is NULL or has the wrong type, and for a callback that was never registered"},
	espconn.CauseLoadProhibited: {"fatal exception (28), load prohibited", "check pointers before they are read: a failed allocation gives NULL, a freed block nothing"},
	espconn.CauseStoreProhibited: {"fatal exception (29), store prohibited",
		"check pointers before they are written: a failed allocation gives NULL, constants cannot be written"},
	espconn.CauseSoftWatchdog: {"soft watchdog reset", "return to the SDK and go on from a timer or a task; call system_soft_wdt_feed in work that cannot be split"},
	chip.CauseHardWatchdog:    {"hardware watchdog reset", "stop the soft watchdog for short work only; return to the SDK, or call system_soft_wdt_feed, within six seconds"},
}

func (e *explainer) api(ev *trace.Event) {
	switch {
	case ev.Kind == trace.KindCall:
		switch ev.Name {
		case "espconn_secure_connect", "espconn_connect", "espconn_secure_accept", "espconn_accept":
			if e.Outcome != OutcomeConnected || ev.Conn == e.conn {
				e.begin(ev.Conn)
			}
			e.step(ev, ev.What())
		}
	case ev.Kind == trace.KindReturn:
		e.returned(ev)
	case ev.Kind == trace.KindFinding:
		e.finding(ev)
	case ev.Source == trace.SourceCallback:
		e.callback(ev)
	}
}

func (e *explainer) returned(ev *trace.Event) {
	code := espconn.Err(ev.Value)
	switch {
	case code == espconn.OK && ev.Text != "false":
		if strings.HasSuffix(ev.Name, "_connect") && ev.Text == "0" {
			e.Outcome = OutcomeWaiting
			e.Symptom = "no callback yet"
		}
		return
	case ev.Text == "false":
		e.Cause = "the arguments are refused"
	default:
		e.Cause = refusals[code]
	}
	e.Outcome, e.HeapFree, e.Where = OutcomeRefused, e.free, ""
	e.Symptom = ev.Name + " returned " + ev.Text
	if code != espconn.OK {
		e.Symptom += ", " + code.String()
	}
	e.Change = nil
	if err, ok := code.Err().(*espconn.Error); ok && err.Advice != "" {
		e.Change = []string{err.Advice}
	}
	e.step(ev, e.Symptom)
}

// refusals are the causes of results without an event of their own.
var refusals = map[espconn.Err]string{
	espconn.MEM: "memory, a socket or a port is missing", espconn.RTE: "the device has no address of its own",
	espconn.INPROGRESS: "an operation is under way", espconn.ARG: "the argument is bad, or the espconn has no connection",
	espconn.ISCONN: "a connection exists already", espconn.MAXNUM: "too much waits for acknowledgement", espconn.IF: "UDP could not send",
	espconn.NOCLOCK: "the device's clock reads 0: no SNTP server has answered yet",
}

func (e *explainer) callback(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindConnect:
		if ev.Conn != e.conn && e.Outcome != OutcomeWaiting {
			e.conn = ev.Conn
		}
		e.Outcome, e.Symptom, e.Cause, e.Change, e.HeapFree = OutcomeConnected, ev.What(), "", nil, e.free
	case trace.KindDisconnect:
		if !e.lost || e.Outcome == OutcomeConnected && e.code == boundedtls.CodePeerClosed {
			e.Outcome, e.Symptom, e.Cause, e.Change = OutcomeIdle, ev.What(), "", nil
		} else {
			e.fail(ev)
		}
	case trace.KindReconnect:
		e.fail(ev)
	default:
		return
	}
	e.step(ev, ev.What())
}

// fail is a connection that ended with an error.
func (e *explainer) fail(ev *trace.Event) {
	e.Outcome, e.Symptom = OutcomeFailed, ev.What()
	code := espconn.Err(ev.Value)
	if ev.Kind == trace.KindReconnect && code < 0 && !e.lost {
		e.Symptom += ", " + code.String()
	}
	if e.lost {
		return // ended filled in the rest
	}
	e.HeapFree = e.free
	e.Cause = losses[code]
	if err, ok := code.Err().(*espconn.Error); ok && err.Advice != "" {
		e.Change = []string{err.Advice}
	}
	if e.away && (code == espconn.CONN || code == espconn.TIMEOUT || code == espconn.ABRT) {
		e.Cause = joined(e.Cause, "the station has lost its access point")
		e.Change = []string{"bring the access point back; connect again from the Wi-Fi event GOT_IP, or by a timer"}
	}
}

// losses are the causes of the codes of TCP (tls.md 3.2).
var losses = map[espconn.Err]string{
	espconn.TIMEOUT: "data was sent 12 times and never acknowledged", espconn.RST: "the peer reset the TCP connection",
	espconn.ABRT: "the device's own TCP ended the connection: the address went away, or the retries ran out",
	espconn.CLSD: "TCP was closed", espconn.CONN: "the SYN was sent six times and never answered",
}

func (e *explainer) ended(ev *trace.Event) {
	e.lost, e.code = true, ev.Code
	e.HeapFree, e.Code = e.free, ev.Name
	e.Cause, e.Change, e.LeastSize = ev.Text, nil, int(e.why.Least)
	if e.why.Text != "" {
		e.Cause = e.why.Text
	}
	if e.why.Where != "" {
		e.Change = []string{e.why.Where}
	}
	e.step(ev, "ended with "+e.Code+": "+e.Cause)
}

func (e *explainer) finding(ev *trace.Event) {
	key := ev.Name + ev.Text + ev.Where
	if e.seen == nil {
		e.seen = map[string]int{}
	}
	if i, ok := e.seen[key]; ok {
		e.Findings[i].Times++
		return
	}
	rule, _ := espconn.RuleByID(ev.Name)
	e.seen[key] = len(e.Findings)
	e.Findings = append(e.Findings, Found{ev.Name, ev.Text, ev.Where, rule.Device, rule.Fix, 1})
	e.step(ev, ev.What())
}

func (e *explainer) tls(ev *trace.Event) {
	switch ev.Kind {
	case trace.KindCause:
		e.why = *ev
		return
	case trace.KindEnded:
		e.ended(ev)
		return
	}
	if ev.Conn != e.conn {
		if e.Outcome == OutcomeConnected {
			return // a second connection beside the one that works: told when it ends
		}
		e.begin(ev.Conn)
	}
	switch ev.Kind {
	case trace.KindState:
		e.state = ev.Name
	case trace.KindRecord:
		if !ev.Out {
			e.RecordMax = max(e.RecordMax, int(ev.Value))
		}
		if ev.Limit > 0 {
			e.Size = int(ev.Limit)
		}
	case trace.KindMessage:
		dir := "received"
		if ev.Out {
			dir = "sent"
		}
		text := fmt.Sprintf("%s %s, %d bytes", dir, ev.Name, ev.Value)
		if ev.Limit > 0 {
			text += fmt.Sprintf(", %d %% of the buffer", ev.Value*100/ev.Limit)
		}
		e.step(ev, text)
	case trace.KindAlert, trace.KindHandshake:
		e.step(ev, strings.TrimPrefix(ev.What(), ev.Conn+" "))
	}
	if e.Outcome == OutcomeIdle || e.Outcome == OutcomeRefused {
		e.Outcome, e.Symptom = OutcomeWaiting, "no callback yet"
	}
}

// finish fills in what only the whole trace tells.
func (e *explainer) finish() Explanation {
	x := e.Explanation
	switch x.Outcome {
	case OutcomeWaiting:
		x.HeapFree = e.free
		x.Cause = "TCP is not connected"
		x.Change = []string{"check that the peer is there; the SYN is repeated for six seconds, then comes reconnect(-11)"}
		if e.state != "" {
			x.Cause = "the handshake waits in state " + e.state
			x.Change = []string{"look at the peer's log; the device has no handshake timeout and waits until the peer closes (docs/facts/tls.md 5.8)"}
			if e.axtls {
				x.Change = []string{"look at the peer's log; a client gives up after 60 s, a server after 5 s of silence (docs/facts/axtls.md 1.4)"}
			}
		}
	case OutcomeIdle:
		if x.Symptom == "" {
			x.Symptom = "nothing was tried"
			if e.away {
				x.Cause = "the station has not joined an access point"
				x.Change = []string{"check SSID and password of the station, and that the access point is in range"}
			}
		}
		x.HeapFree = e.free
	}
	if x.HeapFailed != "" && (x.Outcome == OutcomeFailed || x.Outcome == OutcomeRefused || x.Outcome == OutcomeCrashed) {
		x.Cause = joined(x.Cause, "no memory for "+x.HeapFailed)
		if !slices.ContainsFunc(x.Change, func(c string) bool { return strings.Contains(c, "heap") }) {
			x.Change = append(x.Change, "free heap before the connection, or set a smaller size")
		}
	}
	if x.Outcome == OutcomeFailed || x.Outcome == OutcomeRefused || x.Outcome == OutcomeCrashed {
		var fixes []string
		for _, f := range x.Findings {
			if !slices.Contains(x.Change, f.Fix) && !slices.Contains(fixes, f.Fix) {
				fixes = append(fixes, f.Fix)
			}
		}
		if x.Outcome == OutcomeCrashed {
			x.Change = append(fixes, x.Change...) // they know more than the cause
		} else {
			x.Change = append(x.Change, fixes...)
		}
		if x.Outcome == OutcomeRefused && len(x.Findings) > 0 {
			last := x.Findings[len(x.Findings)-1]
			x.Where = last.Where
			x.Cause = joined(last.Text, x.Cause)
		}
	}
	return x
}

// joined puts two sentences together, each once.
func joined(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "" || a == b:
		return a
	}
	return a + "; " + b
}

// String returns the explanation as lines of text for people.
func (x Explanation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, profile %s: %s\n", x.Device, x.Profile, headlines[x.Outcome])
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-9s%s\n", name, fmt.Sprintf(format, args...))
	}
	line("saw:", "%s", x.Symptom)
	if x.Cause != "" {
		if x.Code != "" {
			line("because:", "%s (%s)", x.Cause, x.Code)
		} else {
			line("because:", "%s", x.Cause)
		}
	}
	if x.Where != "" {
		line("where:", "%s", x.Where)
	}
	for i, l := range x.Chain {
		name := ""
		if i == 0 {
			name = "chain:"
		}
		line(name, "%10.6f  %s", l.At, l.Text)
	}
	if x.Size > 0 {
		s := fmt.Sprintf("greatest record taken %d bytes, size %d (espconn_secure_set_size)", x.RecordMax, x.Size)
		if x.LeastSize > 0 {
			s += fmt.Sprintf(", least size that works %d", x.LeastSize)
		}
		line("buffer:", "%s", s)
	}
	heap := fmt.Sprintf("%d bytes free, %d at the least", x.HeapFree, x.HeapLeast)
	if x.HeapFailed != "" {
		heap += ", no memory for " + x.HeapFailed
	}
	line("heap:", "%s", heap)
	for _, f := range x.Findings {
		times := ""
		if f.Times > 1 {
			times = fmt.Sprintf(" (%d times)", f.Times)
		}
		line("finding:", "%s: %s%s; on the device it %s", f.Rule, f.Text, times, f.Device)
		if f.Where != "" {
			line("", "%s", f.Where)
		}
	}
	for _, c := range x.Change {
		line("change:", "%s", c)
	}
	return b.String()
}

var headlines = map[Outcome]string{
	OutcomeIdle: "nothing failed", OutcomeWaiting: "the last connection is under way", OutcomeConnected: "the last connection works",
	OutcomeRefused: "the last call was refused", OutcomeFailed: "the last connection failed", OutcomeCrashed: "the firmware crashed",
}
