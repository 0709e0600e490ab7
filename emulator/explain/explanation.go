package explain

import "github.com/emu8266/emu8266/emulator/cause"

// Outcome is what an Explanation is about.
type Outcome string

// Outcomes.
const (
	OutcomeIdle      Outcome = "idle"      // no connection was tried, or all has ended as it should
	OutcomeWaiting   Outcome = "waiting"   // a connection was begun and neither works nor has ended
	OutcomeConnected Outcome = "connected" // the connection works
	OutcomeRefused   Outcome = "refused"   // a call returned an error
	OutcomeFailed    Outcome = "failed"    // a connection ended with an error, a lookup without an address, or the device reports a failure
	OutcomeCrashed   Outcome = "crashed"   // the firmware ended in an exception or the watchdog
)

// Bad tells whether an outcome is one to explain: a refused call, a failure or a crash.
func (o Outcome) Bad() bool { return o == OutcomeRefused || o == OutcomeFailed || o == OutcomeCrashed }

// Subject is the kind of thing whose outcome an Explanation tells.
type Subject string

// Subjects. About says which one it is.
const (
	SubjectConnection Subject = "connection" // TCP or TLS. About: its espconn
	SubjectServer     Subject = "server"     // About: its espconn
	SubjectClient     Subject = "client"     // of a server of the device, which does not serve it. About: its address
	SubjectLookup     Subject = "lookup"     // espconn_gethostbyname. About: the name
	SubjectCall       Subject = "call"       // a refused call that belongs to none of them. About: its espconn, or the function
	SubjectDevice     Subject = "device"     // something else: the station, an upgrade. About: its espconn, or the cause; "" if idle
)

// Explanation is the way from what the application saw to its cause, with figures and what to change. It is plain data;
// its JSON form is described in docs/trace.md.
type Explanation struct {
	// Language is that of the texts.
	Language cause.Language `json:"language"`
	// Device and Profile are those of the last boot, "" before the first one.
	Device  string  `json:"device"`
	Profile string  `json:"profile"`
	Outcome Outcome `json:"outcome"`
	// Subject and About say what the outcome is of.
	Subject Subject `json:"subject"`
	About   string  `json:"about,omitempty"`
	// Earlier counts the explanations that are newer in the list of Reader.Explanations, 0 for the newest one.
	Earlier int `json:"earlier,omitempty"`
	// Live are the espconns whose connections work although this went wrong or still waits, in order.
	Live []string `json:"live,omitempty"`
	// OthersFailed counts what else failed or was refused in the trace; 0 in a list, which tells them all.
	OthersFailed int `json:"others_failed,omitempty"`
	// LastFailed says what the last of the others was: its symptom and its cause; "" without others.
	LastFailed string `json:"last_failed,omitempty"`
	// Symptom is what the application saw: a result, a callback, an exception; "" if it saw nothing.
	Symptom string `json:"symptom"`
	// Cause is why, in one sentence without a full stop; "" when there is nothing to explain.
	Cause string `json:"cause,omitempty"`
	// CauseID is the id of the cause that decided, "" if none was named.
	CauseID cause.ID `json:"cause_id,omitempty"`
	// Code is the TLS library's code as the device prints it, "-0x7200"; "" without one.
	Code string `json:"code,omitempty"`
	// Where is the firmware's file and line, if the symptom has one.
	Where string `json:"where,omitempty"`
	// Callback is what ran when the firmware crashed, and for how long: "an os_timer callback: run main.c:95, for 3.2s"; "" if it
	// did not crash or that is not known. LastCall is the function of the SDK that was called last then, with its arguments.
	Callback string `json:"callback,omitempty"`
	LastCall string `json:"last_call,omitempty"`
	// Locals are the arguments and variables of the function that crashed, "name = value", where the debug information tells them.
	Locals []string `json:"locals,omitempty"`
	// Chain are the steps of the connection, oldest first, at most ChainMax.
	Chain []Step `json:"chain,omitempty"`
	// Stage is the handshake's state that was reached last, "" before a handshake began.
	Stage string `json:"stage,omitempty"`
	// Version and Cipher were negotiated: "TLSv1.2" and the suite's name; "" before that.
	Version string `json:"version,omitempty"`
	Cipher  string `json:"cipher,omitempty"`
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
	// HeapBegan is what was free when the connection began, HeapFirst when the first one of the boot did that began in the same way,
	// in bytes; 0 where another connection was there. A difference is what was taken in between and not given back.
	HeapBegan uint32 `json:"heap_began,omitempty"`
	HeapFirst uint32 `json:"heap_first,omitempty"`
	// Findings are those of the API checks, each once, oldest first: in a list those of this connection or call, else all of the trace.
	Findings []Found `json:"findings,omitempty"`
	// Change says what to do, the most likely first.
	Change []string `json:"change,omitempty"`
	// Source is where to read more about the cause: a page under docs/facts with its section; "" without a cause.
	Source string `json:"source,omitempty"`
}

// Step is one step of an Explanation's chain.
type Step struct {
	At   float64 `json:"at"` // seconds since the device was made
	Text string  `json:"text"`
}

// Found is a finding of the API checks with its rule.
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
