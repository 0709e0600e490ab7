package oracle

import (
	"fmt"
	"regexp"
	"slices"
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

	Events       []AxEvent      // callbacks in order
	Segments     []string       // of the device, in the data's form
	SetupReturns map[string]int // of the calls before the one that begins, that were not 1
}

// axHeapLine are lines of the allocator, whose addresses and sizes are accidental.
var axHeapLine = regexp.MustCompile(`^(E:M \d+|[0-9a-f]{8} already freed)$`)

// ExactHeap counts the measured heap figures of a case, and those of a replay that are equal to the byte.
func (c *AxCase) ExactHeap(got AxRun) (exact, figures int) {
	h := c.Results[AxKey].Heap
	if h == nil || h.FreeBefore == 0 || got.StartRet != 0 {
		return 0, 0
	}
	for _, f := range [][2]int{{h.LowestFree, got.LowestFree}, {h.FreeConnect, got.FreeConnect}} {
		if f[0] > 0 {
			figures++
		}
		if f[0] > 0 && f[0] == f[1] {
			exact++
		}
	}
	return exact, figures
}

// CompareAx lists the fields of a replay that differ from the measured ones, everything up to and with the device's exception
// where there is one. Where the vendor's code wrote past its buffer or read through a failed allocation, what the chip then did
// is an accident of its heap (README of the data); the list of differences names each such case.
func CompareAx(c *AxCase, got AxRun, p *tlspeer.Report) (diffs []Difference) {
	want := c.Results[AxKey]
	add := func(field string, w, g any) {
		if !equal(w, g) {
			diffs = append(diffs, Difference{c.ID, AxProfile, field, fmt.Sprint(w), fmt.Sprint(g)})
		}
	}
	add("outcome", want.Outcome, got.outcome())
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
	add("setup_returns", want.SetupReturns, got.SetupReturns)
	if want.Events != nil && got.StartRet == 0 {
		events, err := AxCallbacks(want.Events)
		if err != nil {
			add("events", "events that can be read", err)
		}
		CompareEvents(events, got.Events, len(got.Segments), add)
	}
	if want.DeviceSegments != nil {
		add("device_segments", want.DeviceSegments, got.Segments)
	}
	if p != nil {
		c.comparePeer(&want, p, add)
	}
	if h := want.Heap; h != nil && h.FreeBefore > 0 && got.StartRet == 0 {
		same := func(field string, w, g int) {
			if w > 0 && w != g {
				add(field, w, g)
			}
		}
		same("lowest_free", h.LowestFree, got.LowestFree)
		same("free_in_connect_callback", h.FreeConnect, got.FreeConnect)
	}
	return diffs
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
		if w, ok := strings.CutPrefix(note, clientHelloNote); ok {
			add("client_hello", w, zeroed(p.Hello, 11, 32))
		}
		if w, ok := strings.CutPrefix(note, serverHelloNote); ok {
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
