package explain_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// story is a connection that fails for its buffer, as a device tells it.
func story() []trace.Event {
	e := []trace.Event{
		{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306", Text: "dev-7", Limit: 49152},
		{Source: trace.SourceAPI, Kind: trace.KindCall, Conn: "espconn 1", Name: "espconn_secure_connect", Text: "espconn 1"},
		{Source: trace.SourceAPI, Kind: trace.KindReturn, Conn: "espconn 1", Name: "espconn_secure_connect", Text: "0"},
		{Source: trace.SourceHeap, Kind: trace.KindAlloc, Name: "in buffer", Value: 2400, Limit: 40000},
		{Source: trace.SourceTLS, Kind: trace.KindState, Conn: "espconn 1", Name: "SERVER_HELLO", Text: "mbedTLS"},
		{Source: trace.SourceTLS, Kind: trace.KindRecord, Conn: "espconn 1", Name: "handshake", Record: 22, Value: 49, Limit: 2048},
		{Source: trace.SourceTLS, Kind: trace.KindMessage, Conn: "espconn 1", Name: "ServerHello", Value: 49, Limit: 2048},
		{Source: trace.SourceTLS, Kind: trace.KindState, Conn: "espconn 1", Name: "SERVER_CERTIFICATE", Text: "mbedTLS",
			Version: boundedtls.VersionTLS12, Suite: 0x002F},
		{Source: trace.SourceTLS, Kind: trace.KindCause, Conn: "espconn 1", Name: string(boundedtls.CauseCertificateTooLong),
			Text: "Certificate message", Value: 4760, Limit: 2048, Least: 4760},
		{Source: trace.SourceTLS, Kind: trace.KindEnded, Conn: "espconn 1", Name: "-0x7200", Code: -0x7200, Status: -114},
		{Source: trace.SourceCallback, Kind: trace.KindReconnect, Conn: "espconn 1", Value: -114},
	}
	for i := range e {
		e[i].Seq, e[i].At = uint64(i+1), time.Duration(i)*time.Millisecond
	}
	return e
}

func TestExplain(t *testing.T) {
	x := explain.Explain(story(), cause.English)
	assert.Equal(t, explain.Explanation{
		Device: "dev-7", Profile: "SDK306", Outcome: explain.OutcomeFailed,
		Subject: explain.SubjectConnection, About: "espconn 1", Symptom: "espconn 1 reconnect callback, err -114",
		Cause: "Certificate message of 4760 bytes, limit 2048", CauseID: cause.ID(boundedtls.CauseCertificateTooLong), Code: "-0x7200",
		Chain: []explain.Step{{0.001, "espconn_secure_connect(espconn 1)"}, {0.006, "received ServerHello, 49 bytes, 2 % of the buffer"},
			{0.009, "ended with -0x7200: Certificate message of 4760 bytes, limit 2048"}, {0.01, "espconn 1 reconnect callback, err -114"}},
		Stage: "SERVER_CERTIFICATE", Version: "TLSv1.2", Cipher: "TLS-RSA-WITH-AES-128-CBC-SHA", RecordMax: 49, Size: 2048, LeastSize: 4760,
		HeapFree: 40000, HeapLeast: 40000, HeapBegan: 49152, HeapFirst: 49152, Source: "docs/facts/tls.md 2.2",
		Change: []string{"set the size to 4760 or more, or send a shorter chain (leave the root out, use smaller certificates)"},
	}, x)
	for _, l := range cause.Languages() {
		x := explain.Explain(story(), l)
		b, err := json.Marshal(x)
		require.NoError(t, err)
		var back explain.Explanation
		require.NoError(t, json.Unmarshal(b, &back))
		assert.Equal(t, x, back)
		assert.Equal(t, x.String(), back.String(), "the language is part of it")
	}
	assert.Contains(t, explain.Explain(story(), cause.Chinese).String(), "  原因：   Certificate 消息长 4760 字节，上限 2048（-0x7200）\n")
}

// An explanation at any moment does not change those of later ones.
func TestReaderGoesOn(t *testing.T) {
	r := explain.NewReader(cause.English)
	events := story()
	for i, e := range events {
		r.Add(e)
		assert.Equal(t, explain.Explain(events[:i+1], cause.English), r.Explanation(), "%v", e)
	}
}

// A file's explanation is the process' own; devices are told apart, and one that never booted has the file's name.
func TestRead(t *testing.T) {
	var b bytes.Buffer
	w := trace.NewWriter(&b)
	for _, e := range story() {
		w.Write("first", e)
		w.Write("second", trace.Event{Seq: e.Seq, Source: trace.SourceUART, Kind: trace.KindLine, Text: "\xff"})
	}
	require.NoError(t, w.Err())
	all, err := explain.Read(&b, cause.English)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, "first", all[0].Name)
	assert.Equal(t, explain.Explain(story(), cause.English).String(), all[0].Explanation.String())
	assert.Equal(t, explain.OutcomeIdle, all[1].Explanation.Outcome)
	assert.Equal(t, "second", all[1].Explanation.Device)
	_, err = explain.Read(strings.NewReader("no trace\n"), cause.English)
	assert.Error(t, err)
}

// A connection that TCP ended has TCP's cause; a station that is away comes after it.
func TestTCPEnds(t *testing.T) {
	events := append(story()[:3],
		trace.Event{Source: trace.SourceNet, Kind: trace.KindCause, Name: string(netstack.CauseMemory),
			Local: trace.Addr{IP: [4]byte{10, 0, 0, 2}, Port: 80}}, // of another connection
		trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: "espconn 1", Name: string(netstack.CauseSYNUnanswered),
			Text: "espconn_tcp_set_max_syn", Value: 7, Limit: 6, Took: 6163 * time.Millisecond, Status: -11,
			Remote: trace.Addr{IP: [4]byte{10, 0, 0, 10}, Port: 8883}},
		trace.Event{Source: trace.SourceCallback, Kind: trace.KindReconnect, Conn: "espconn 1", Value: -11})
	x := explain.Explain(events, cause.English)
	const unanswered = "the SYN to 10.0.0.10:8883 was sent 7 times in 6.16 s and never answered: " +
		"6 repetitions are allowed (espconn_tcp_set_max_syn)"
	assert.Equal(t, unanswered, x.Cause)
	assert.Equal(t, "espconn 1 reconnect callback, err -11, ESPCONN_CONN", x.Symptom)

	away := append(events[:3:3],
		trace.Event{Source: trace.SourceWiFi, Kind: trace.KindEvent, Name: "EVENT_STAMODE_DISCONNECTED"},
		trace.Event{Source: trace.SourceWiFi, Kind: trace.KindCause, Name: string(cause.StationLost),
			Text: "\"home\"", Value: 200})
	away = append(away, events[3:]...)
	x = explain.Explain(away, cause.English)
	assert.Equal(t, unanswered+"; the station has lost its access point: \"home\"; reason 200 (BEACON_TIMEOUT)", x.Cause)
	assert.Equal(t, cause.StationLost, x.CauseID)
}

// TestNamesOfCodes: what axTLS and TCP end with is the SDK's own code and has its name; what mbed TLS's codes are folded to is none, nor is
// a number that the SDK names nowhere.
func TestNamesOfCodes(t *testing.T) {
	for _, tc := range []struct {
		code string // of the TLS library
		err  int64
		want string
	}{
		{"invalid protocol message", -28, "err -28, ESPCONN_HANDSHAKE"},
		{"invalid mac", -61, "err -61, ESPCONN_SSL_INVALID_DATA"},
		{"handshake-timeout: 1m0s", -29, "err -29"},
		{"-0x45", -69, "err -69"},
		{"-0x7180", 15, "err 15"},
		{"-0x101c", -28, "err -28"},
	} {
		events := story()
		events[len(events)-2].Name, events[len(events)-2].Status = tc.code, int16(tc.err)
		events[len(events)-1].Value = tc.err
		assert.Equal(t, "espconn 1 reconnect callback, "+tc.want, explain.Explain(events, cause.English).Symptom, tc.code)
	}
}

// A trace of nonsense is explained without a crash.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	w := trace.NewWriter(&b)
	for _, e := range story() {
		w.Write("dev", e)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		all, _ := explain.Read(bytes.NewReader(file), cause.Chinese)
		for _, x := range all {
			_ = x.Explanation.String()
		}
	})
}
