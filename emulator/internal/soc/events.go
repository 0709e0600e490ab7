package soc

import (
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash"
)

// apiEvent is an event of the network API.
func apiEvent(e *espconn.Event) trace.Event {
	t := trace.Event{Conn: e.Conn, Name: e.Name, Text: e.Text, Where: e.Where, Remote: trace.AddrOf(e.Remote)}
	switch e.Kind {
	case espconn.EventCall:
		t.Source, t.Kind = trace.SourceAPI, trace.KindCall
	case espconn.EventReturn:
		t.Source, t.Kind, t.Value = trace.SourceAPI, trace.KindReturn, int64(e.Err)
	case espconn.EventState:
		t.Source, t.Kind = trace.SourceAPI, trace.KindState
		t.Old, t.State = trace.EspconnNone+trace.State(e.Old), trace.EspconnNone+trace.State(e.State)
	case espconn.EventCallback:
		t.Source, t.Kind, t.Value = trace.SourceCallback, trace.KindConnect+trace.Kind(e.Callback), int64(e.Length)
		if e.Callback == espconn.Reconnect {
			t.Value = int64(e.Err)
		}
	case espconn.EventCallbackDone:
		t.Source, t.Kind, t.Name = trace.SourceCallback, trace.KindReturned, e.Callback.String()
	case espconn.EventLog:
		t.Source, t.Kind = trace.SourceLog, trace.KindLine
	case espconn.EventFinding:
		t.Source, t.Kind = trace.SourceFinding, trace.KindFinding
	case espconn.EventFailure:
		t.Source, t.Kind = trace.SourceTLS, trace.KindEnded
		t.Name, t.Code, t.Status = e.TLSError.Reason(), int32(e.TLSError.Code), int16(e.Err)
	case espconn.EventEnded:
		t = causeEvent(e.Conn, e.Cause)
		t.Source, t.Kind, t.Role, t.Status, t.Remote = trace.SourceAPI, trace.KindEnded, 0, int16(e.Err), trace.AddrOf(e.Remote)
	case espconn.EventCause:
		t = causeEvent(e.Conn, e.Cause)
		t.Source, t.Role, t.Remote = trace.SourceAPI, 0, trace.AddrOf(e.Remote)
	case espconn.EventTLS:
		tlsEvent(&t, &e.TLS)
	}
	return t
}

// tlsKinds are the kinds of the TLS engine's events, in its order.
var tlsKinds = [...]trace.Kind{
	boundedtls.EventState: trace.KindState, boundedtls.EventRecord: trace.KindRecord, boundedtls.EventMessage: trace.KindMessage,
	boundedtls.EventAlert: trace.KindAlert, boundedtls.EventHeap: trace.KindHeap, boundedtls.EventFailure: trace.KindFailure,
	boundedtls.EventHandshake: trace.KindHandshake, boundedtls.EventVerify: trace.KindVerify,
}

// tlsEvent fills in an event of the TLS engine.
func tlsEvent(t *trace.Event, e *boundedtls.Event) {
	t.Source, t.Kind, t.Name = trace.SourceTLS, tlsKinds[e.Kind], e.Name
	t.Value, t.Limit, t.Plain, t.Fill = int64(e.Length), int64(e.Limit), int32(e.Plain), int32(e.Fill)
	t.Role, t.Out, t.Record, t.Level = trace.RoleClient+trace.Role(e.Role), e.Out, e.Type, e.Level
	t.Version, t.Suite, t.Flags, t.Code = e.Version, uint16(e.Suite), e.Flags, int32(e.Code)
	switch e.Kind {
	case boundedtls.EventRecord:
		t.Name = boundedtls.RecordTypeName(e.Type)
	case boundedtls.EventAlert:
		t.Name, t.Value = boundedtls.AlertName(e.Alert), int64(e.Alert)
	case boundedtls.EventFailure:
		t.Name = (&boundedtls.Error{Code: e.Code}).Reason()
		if e.Cause != nil {
			t.Text = e.Cause.String()
		}
	case boundedtls.EventHandshake:
		t.Name, t.Text = e.Suite.String(), boundedtls.VersionName(e.Version)
	}
}

// causeEvent is why a TLS connection ended, or a call was refused.
func causeEvent(conn string, c *boundedtls.Cause) trace.Event {
	return trace.Event{Source: trace.SourceTLS, Kind: trace.KindCause, Conn: conn, Name: string(c.ID), Text: c.Object,
		Value: int64(c.Have), Limit: int64(c.Limit), Took: c.Took, Least: int32(c.Least), Role: trace.RoleClient + trace.Role(c.Role)}
}

// flashEvent is an operation on the flash chip.
func flashEvent(e *flash.Event) trace.Event {
	t := trace.Event{Source: trace.SourceFlash, Address: e.Addr, Value: int64(e.Len), Count: e.Erases, Lost: uint32(e.Lost)}
	switch e.Op {
	case flash.OpErase:
		t.Kind = trace.KindErase
	case flash.OpPowerCut:
		t.Kind, t.Text = trace.KindPowerCut, e.Cut.String()
	default:
		t.Kind = trace.KindWrite
	}
	return t
}

var heapKinds = [...]trace.Kind{
	HeapAlloc: trace.KindAlloc, HeapFree: trace.KindFree, HeapFailed: trace.KindFailed, HeapBadFree: trace.KindBadFree,
}

func (m *System) heapEvent(op HeapOp, addr uint32, b block) {
	if m.d.trace.Wanted() {
		m.d.trace.Add(trace.Event{Source: trace.SourceHeap, Kind: heapKinds[op], Name: b.what, Value: int64(b.charged),
			Limit: int64(m.heap.FreeSize())})
	}
	switch op {
	case HeapFailed:
		id := CauseHeap
		if m.heap.ordered {
			id = CauseHeapOrdered
		}
		m.Because(id, trace.Event{Source: trace.SourceHeap, Text: b.what, Value: int64(b.charged), Limit: int64(m.heap.FreeSize())})
	case HeapBadFree:
		if b, ok := m.heap.Freed(addr); ok {
			m.finding(espconn.RuleBadFree, "free of 0x%x, a block of %d bytes that was freed at %s", addr, b.Requested, b.Freed)
			return
		}
		m.finding(espconn.RuleBadFree, "free of 0x%x", addr)
	}
}
