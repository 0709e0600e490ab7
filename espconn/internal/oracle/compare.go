package oracle

import (
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/espconn/internal/tlspeer"
)

// DeviceRun is what the firmware of a replay saw.
type DeviceRun struct {
	StartRet       int  // of espconn_secure_connect or espconn_secure_accept
	Connected      bool // connect callback ran
	Callback       string
	CallbackStatus int
	RxChunks       []int
	SentCallbacks  int
	SentReturns    []int
	Log            []string
	VerifyRet      string
	VerifyFlags    string
	Heap           Heap
}

// Measure brings a replay into the form of the data. hsStatus converts a library
// code into hs_status (tls.md 3.1).
func Measure(c *Case, d DeviceRun, p *tlspeer.Report, hsStatus func(code int) int16) Result {
	r := Result{Callback: d.Callback, StartRet: d.StartRet, RxChunks: d.RxChunks, RxBytes: sum(d.RxChunks),
		SentCallbacks: d.SentCallbacks, SentReturns: d.SentReturns, VerifyRet: d.VerifyRet,
		VerifyFlags: d.VerifyFlags, Log: d.Log, Heap: &d.Heap}
	if r.Callback == "" {
		r.Callback = "none"
	}
	switch {
	case d.StartRet != 0:
		r.Outcome = "start_refused"
	case !d.Connected && d.Callback == "reconnect":
		r.Outcome = "handshake_error"
	case !d.Connected && d.Callback == "disconnect":
		r.Outcome = "closed_before_connect"
	case d.Connected && d.Callback == "reconnect":
		r.Outcome = "error_after_connect"
	case d.Connected:
		r.Outcome = "connected"
	default:
		r.Outcome = "nothing happened"
	}
	r.code(d, hsStatus)
	if p != nil {
		r.peer(c, d, p)
	}
	return r
}

// code takes the library code from the printed reason.
func (r *Result) code(d DeviceRun, hsStatus func(int) int16) {
	if d.Callback == "reconnect" {
		r.CallbackStatus = d.CallbackStatus
	}
	for _, line := range d.Log {
		text, ok := strings.CutPrefix(line, "Reason:[-0x")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(strings.Trim(strings.TrimSuffix(text, "]"), " "), 16, 32)
		if err != nil {
			continue
		}
		code := -int(int32(uint32(n)))
		text = fmt.Sprintf("-0x%04X", -code)
		if code > 0 {
			text = fmt.Sprintf("+0x%04X", code)
		}
		if d.Callback == "reconnect" {
			r.Code, r.HSStatus = text, int(hsStatus(code))
		} else {
			r.EndCode = text
		}
	}
}

func (r *Result) peer(c *Case, d DeviceRun, p *tlspeer.Report) {
	openSSL := strings.HasPrefix(c.Peer.Kind, "openssl")
	if d.Connected {
		r.Version = versionName(p.Version)
	}
	if openSSL {
		r.OpenSSL = openSSLSaw(p)
		return
	}
	if p.Suite != 0 && !c.noted(clientHelloNote) { // measured without a suite in mind
		r.Suite = tlspeer.SuiteName(p.Suite)
	}
	for _, a := range p.Alerts {
		r.Alerts = append(r.Alerts, [2]int{int(a.Level), int(a.Description)})
	}
	for _, rec := range p.Records {
		if !rec.InHandshake || !p.Done || !c.afterHandshake() {
			r.DeviceRecords = append(r.DeviceRecords, rec.String())
		}
	}
	r.PeerStage, r.PeerError = string(p.Stage), p.Err
	r.PeerNotes = slices.Clone(p.Notes)
	switch {
	case c.noted(clientHelloNote):
		r.PeerNotes = append(r.PeerNotes, clientHelloNote+zeroed(p.Hello, 11, 32))
	case c.noted(serverHelloNote):
		hello := slices.Clone(p.Hello)
		if len(hello) > 71 {
			clear(hello[39:71]) // session id
		}
		r.PeerNotes = append(r.PeerNotes, serverHelloNote+zeroed(hello, 6, 32))
	}
}

func zeroed(b []byte, from, n int) string {
	b = slices.Clone(b)
	if len(b) >= from+n {
		clear(b[from : from+n])
	}
	return hex.EncodeToString(b)
}

// afterHandshake tells that the peer's action comes after the handshake; the
// data then leave out the handshake's records.
func (c *Case) afterHandshake() bool {
	switch c.Group {
	case "D":
		return !c.dataWithFinished()
	case "G":
		return strings.Contains(c.ID, "/post/")
	}
	return false
}

// Difference is one field that is not as measured.
type Difference struct{ Case, Profile, Field, Want, Got string }

// String writes the difference for a test's output.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s %s: want %s, got %s", d.Case, d.Profile, d.Field, d.Want, d.Got)
}

// The measured heap sums contain, in every case alike, structures of the
// measuring program that the device does not have. Bytes.
const (
	clientOwnBytes = 192
	serverOwnBytes = 388
)

// Compare lists the fields of got, without the heap figures, that differ from
// what build measured.
func Compare(c *Case, build string, got Result) (diffs []Difference) {
	want := c.Results[build]
	add := func(field string, w, g any) {
		if !equal(w, g) {
			diffs = append(diffs, Difference{c.ID, Builds[build], field, fmt.Sprint(w), fmt.Sprint(g)})
		}
	}
	add("outcome", want.Outcome, got.Outcome)
	add("callback", want.Callback, got.Callback)
	add("callback_status", want.CallbackStatus, got.CallbackStatus)
	add("start_ret", want.StartRet, got.StartRet)
	add("code", want.Code, got.Code)
	add("end_code", want.EndCode, got.EndCode)
	add("hs_status", want.HSStatus, got.HSStatus)
	add("alerts_from_device", want.Alerts, got.Alerts)
	add("device_records", want.DeviceRecords, got.DeviceRecords)
	add("peer_stage", want.PeerStage, got.PeerStage)
	add("peer_error", peerError(want.PeerError), peerError(got.PeerError))
	add("peer_notes", want.PeerNotes, got.PeerNotes)
	add("version", want.Version, got.Version)
	add("suite", want.Suite, got.Suite)
	add("rx_bytes", want.RxBytes, got.RxBytes)
	add("rx_chunks", want.RxChunks, got.RxChunks)
	add("sent_callbacks", want.SentCallbacks, got.SentCallbacks)
	add("sent_returns", want.SentReturns, got.SentReturns)
	add("verify_ret", want.VerifyRet, got.VerifyRet)
	add("verify_flags", want.VerifyFlags, got.VerifyFlags)
	add("log", want.Log, got.Log)
	if want.PeerOutput != "" && got.OpenSSL != nil {
		saw, err := readOpenSSL(want.PeerOutput)
		if err != nil {
			add("peer_output", "words that the replay knows", err)
		} else {
			add("peer_output", saw, *got.OpenSSL)
		}
	}
	return diffs
}

// CompareHeap does the same for the heap figures.
func CompareHeap(c *Case, build string, got Heap) (diffs []Difference) {
	want := c.Results[build].Heap
	if want == nil {
		return nil
	}
	own := clientOwnBytes
	if c.Server() {
		own = serverOwnBytes
	}
	add := func(field string, w, g int) {
		if w-own != g {
			diffs = append(diffs, Difference{c.ID, Builds[build], field, fmt.Sprint(w - own), fmt.Sprint(g)})
		}
	}
	add("heap_peak", want.Peak, got.Peak)
	if want.After > 0 {
		add("heap_after", want.After, got.After)
	}
	return diffs
}

// peerError drops "fin sent", which the data give for some of the scripts that
// end in FIN only.
func peerError(s string) string {
	if s == "fin sent" {
		return ""
	}
	return s
}

// equal treats nil and empty slices alike.
func equal(a, b any) bool {
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	if va.Kind() == reflect.Slice && va.Len() == 0 && vb.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a, b)
}
