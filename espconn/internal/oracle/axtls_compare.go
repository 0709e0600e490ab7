package oracle

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// AxRun is what a replay of the older engine saw.
type AxRun struct {
	StartRet    int
	Connected   bool
	Callback    string // last one: reconnect, disconnect
	Status      int
	RxChunks    []int
	SentCalls   int
	SentReturns []int
	Log         []string
	Crash       string // why the device raised its fatal exception, "" if it did not
	FreeBefore  int
	LowestFree  int
	FreeConnect int
}

// axHeapTolerance is how far a heap figure may be off, in bytes: where blocks lie, and so which small rests of gaps go with
// them, differs in places.
const axHeapTolerance = 200

// axHeapLine are lines of the allocator, whose addresses and sizes are accidental.
var axHeapLine = regexp.MustCompile(`^(E:M \d+|[0-9a-f]{8} already freed)$`)

// CompareAx lists the fields of a replay that differ from the measured ones. Where the vendor's code wrote past its buffer
// or read through a failed allocation, the emulator's fatal exception counts as equal, whatever the chip then did by
// accident (README of the data).
func CompareAx(c *AxCase, got AxRun, p *tlspeer.Report) (diffs []Difference) {
	want := c.Results[AxKey]
	add := func(field string, w, g any) {
		if !equal(w, g) {
			diffs = append(diffs, Difference{c.ID, AxProfile, field, fmt.Sprint(w), fmt.Sprint(g)})
		}
	}
	outcome := got.outcome()
	if c.overflows() {
		add("outcome", "device_exception", outcome)
		return diffs
	}
	add("outcome", want.Outcome, outcome)
	if want.Outcome == "device_exception" || outcome == "device_exception" {
		return diffs
	}
	callback := got.Callback
	if callback == "" {
		callback = "none"
	}
	add("callback", want.Callback, callback)
	add("callback_status", want.CallbackStatus, got.Status)
	add("start_ret", want.StartRet, got.StartRet)
	add("rx_chunks", want.RxChunks, got.RxChunks)
	add("sent_callbacks", want.SentCallbacks, got.SentCalls)
	add("sent_returns", want.SentReturns, got.SentReturns)
	add("log", axLines(want.Log), axLines(got.Log))
	if want.Events != nil && got.StartRet == 0 {
		add("events", axEvents(want.Events), axCalls(got))
	}
	if p != nil {
		c.comparePeer(&want, p, add)
	}
	if h := want.Heap; h != nil && h.FreeBefore > 0 && got.StartRet == 0 {
		near := func(field string, w, g int) {
			if w > 0 && max(w-g, g-w) > axHeapTolerance {
				add(field, w, g)
			}
		}
		near("lowest_free", h.LowestFree, got.LowestFree)
		near("free_in_connect_callback", h.FreeConnect, got.FreeConnect)
	}
	return diffs
}

// overflows tells that the own Certificate message is longer than the buffer: the chip writes past its end. Entries that
// the device cannot read, or that reach beyond the readable bytes, are not sent at all.
func (c *AxCase) overflows() bool {
	m := regexp.MustCompile(`^device Certificate message is (\d+) bytes$`).FindStringSubmatch(c.Note)
	if m == nil {
		return false
	}
	n, _ := strconv.Atoi(m[1]) // digits only
	for _, line := range c.Results[AxKey].Log {
		if strings.HasSuffix(line, "is undefined.") {
			return false
		}
	}
	return n > c.Size-5
}

func (c *AxCase) comparePeer(want *AxResult, p *tlspeer.Report, add func(string, any, any)) {
	var alerts [][2]int
	for _, a := range p.Alerts {
		alerts = append(alerts, [2]int{int(a.Level), int(a.Description)})
	}
	add("alerts_from_device", want.Alerts, alerts)
	var records []string
	for _, r := range p.Records {
		if r.InHandshake && p.Done && c.afterHandshake() {
			continue
		}
		if r.Type == 21 && r.Wire == 2 && r.Plain == 0 && p.Version >= tlspeer.VersionTLS11 {
			continue // the measuring peer did not note a record shorter than its vector
		}
		records = append(records, r.String())
	}
	add("device_records", want.DeviceRecords, records)
	if want.Version != "" && p.Version != 0 {
		add("version", want.Version, axVersionName(p.Version))
	}
	if want.Suite != "" && p.Suite != 0 && p.Version != 0 {
		add("suite", want.Suite, axSuiteName(p.Suite))
	}
	for _, note := range want.PeerNotes {
		if w, ok := strings.CutPrefix(note, "client_hello_record_hex_random_zeroed:"); ok {
			add("client_hello", w, zeroed(p.Hello, 11, 32))
		}
		if w, ok := strings.CutPrefix(note, "server_hello_message_hex_random_and_session_id_zeroed:"); ok {
			hello := slices.Clone(p.Hello)
			if len(hello) > 71 {
				clear(hello[39:71])
			}
			add("server_hello", w, zeroed(hello, 6, 32))
		}
	}
}

func axVersionName(v uint16) string {
	if name := versionName(v); name != "" {
		return name
	}
	if v == 0x0300 {
		return "SSLv3"
	}
	return fmt.Sprintf("0x%04x", v)
}

func (r *AxRun) outcome() string {
	switch {
	case r.Crash != "":
		return "device_exception"
	case r.StartRet != 0:
		return "start_refused"
	case !r.Connected && r.Callback == "reconnect":
		return "handshake_error"
	case !r.Connected && r.Callback == "disconnect":
		return "closed_before_connect"
	case r.Connected && r.Callback == "reconnect":
		return "error_after_connect"
	case r.Connected:
		return "connected"
	}
	return "no_callback"
}

// axLines drops the allocator's lines but the one about nothing asked for.
func axLines(log []string) []string {
	return slices.DeleteFunc(slices.Clone(log), func(s string) bool { return s != "E:M 0" && axHeapLine.MatchString(s) })
}

// axEvents takes the callbacks in order, without times and without recv and sent, which are compared by themselves.
func axEvents(events []string) (out []string) {
	for _, e := range events {
		_, what, _ := strings.Cut(e, " ")
		name, _, _ := strings.Cut(what, "(")
		if name == "connect" || name == "disconnect" || name == "reconnect" {
			out = append(out, strings.Replace(strings.Replace(what, "(copy)", "(0)", 1), "(copy,", "(0,", 1))
		}
	}
	return out
}

func axCalls(r AxRun) (out []string) {
	if r.Connected {
		out = append(out, "connect(0)")
	}
	switch r.Callback {
	case "disconnect":
		out = append(out, "disconnect(0)")
	case "reconnect":
		out = append(out, fmt.Sprintf("reconnect(0,%d)", r.Status))
	}
	return out
}
