package site_test

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/playground/site"
	"github.com/emu8266/emu8266/emulator/trace"
)

// TestTimes logs how long a visitor waits, on a machine as busy as it is: until the page is ready, for a first handshake that fails, and
// for the report of a trace of 10,000 events.
func TestTimes(t *testing.T) {
	browser(t)
	if testing.Short() {
		t.Skip("compiles the page's program")
	}
	h, err := site.Handler(made(t))
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	began := time.Now()
	p := open(t, server.URL, 1280)
	t.Logf("ready: %v with the start of the browser, %s ms since the page was opened", time.Since(began), p.eval(`performance.now()`))
	shown, _ := p.ask("lesson", "6-buffer", "")
	assert.Contains(t, shown, "-0x7200")
	t.Logf("a handshake has failed: %s ms since the page was opened", p.eval(`performance.now()`))
	began = time.Now()
	_, _ = p.ask("lesson", "6-buffer", "")
	t.Logf("again: %v", time.Since(began))

	var long bytes.Buffer
	w := trace.NewWriter(&long)
	for i := range 10_000 {
		at := time.Duration(i) * time.Millisecond
		seq := uint64(i + 1)
		e := trace.Event{Seq: seq, At: at, Source: trace.SourceHeap, Kind: trace.KindAlloc, Name: "pbuf", Value: 64, Limit: 30_000}
		switch i % 4 {
		case 1:
			e = trace.Event{Seq: seq, At: at, Source: trace.SourceAPI, Kind: trace.KindCall, Name: "espconn_sent",
				Text: "espconn 1, 20 bytes", Where: "user_main.c:81"}
		case 2:
			e.Kind = trace.KindFree
		case 3:
			e = trace.Event{Seq: seq, At: at, Source: trace.SourceTLS, Kind: trace.KindRecord, Conn: "espconn 1",
				Name: "application data", Role: trace.RoleClient, Out: true, Record: 23, Version: 0x0303,
				Value: 85, Plain: 20, Fill: 85, Limit: 2048}
		}
		w.Write("device", e)
	}
	require.NoError(t, w.Err())
	began = time.Now()
	_, report, tab := p.drop("h1", file{"long.jsonl", long.Bytes()})
	t.Logf("report of 10,000 events: %v with the drop, the page says %s", time.Since(began), p.eval(`document.getElementById('state').textContent`))
	assert.Equal(t, "report", tab)
	assert.Contains(t, report, "<dd>10000</dd>")
	assert.Empty(t, p.trouble)
}
