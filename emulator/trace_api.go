package emulator

import (
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// apiEvent is an event of the API with the fields of the trace filled in (docs/trace.md).
func apiEvent(e espconn.Event) Event {
	t := Event{API: &e, Name: e.Name}
	switch e.Kind {
	case espconn.EventCall:
		t.Source, t.Kind = "api", "call"
	case espconn.EventReturn:
		t.Source, t.Kind, t.Value = "api", "return", int64(e.Err)
	case espconn.EventState:
		t.Source, t.Kind, t.Name, t.Value = "api", "state", e.State.String(), int64(e.State)
	case espconn.EventCallback:
		t.Source, t.Kind, t.Value = "callback", e.Callback.String(), int64(e.Length)
		if e.Callback == espconn.Reconnect {
			t.Value = int64(e.Err)
		}
	case espconn.EventCallbackDone:
		t.Source, t.Kind, t.Name = "callback", "returned", e.Callback.String()
	case espconn.EventLog:
		t.Source, t.Kind = "log", "line"
	case espconn.EventFailure:
		t.Source, t.Kind, t.Value = "tls", "ended", int64(e.TLSError.Code)
	case espconn.EventFinding:
		t.Source, t.Kind = "finding", "finding"
	case espconn.EventTLS:
		t.Source, t.Kind, t.Name, t.Value, t.Limit = "tls", tlsKinds[e.TLS.Kind], e.TLS.Name, int64(e.TLS.Length), int64(e.TLS.Limit)
		if e.TLS.Kind == boundedtls.EventFailure {
			t.Value = int64(e.TLS.Code)
		}
	}
	return t
}

var tlsKinds = map[boundedtls.EventKind]string{
	boundedtls.EventState: "state", boundedtls.EventRecord: "record", boundedtls.EventMessage: "message",
	boundedtls.EventAlert: "alert", boundedtls.EventHeap: "heap", boundedtls.EventFailure: "failure",
	boundedtls.EventHandshake: "handshake", boundedtls.EventVerify: "verify",
}
