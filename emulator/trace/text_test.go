package trace_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/emulator/trace"
)

// Each kind of event has its words.
func TestText(t *testing.T) {
	local, remote := trace.Addr{IP: [4]byte{10, 0, 0, 2}, Port: 49153}, trace.Addr{IP: [4]byte{10, 0, 0, 10}, Port: 8883}
	tls := func(k trace.Kind, e trace.Event) trace.Event {
		e.Source, e.Kind, e.Conn, e.Role = trace.SourceTLS, k, "espconn 1", trace.RoleClient
		return e
	}
	net := func(k trace.Kind, e trace.Event) trace.Event {
		e.Source, e.Kind, e.Local, e.Remote = trace.SourceNet, k, local, remote
		return e
	}
	for _, row := range []struct {
		want string
		e    trace.Event
	}{
		{"boot SDK306 dev", trace.Event{Source: trace.SourceDevice, Kind: trace.KindBoot, Name: "SDK306", Text: "dev"}},
		{"alloc tcp_seg 104/32000",
			trace.Event{Source: trace.SourceHeap, Kind: trace.KindAlloc, Name: "tcp_seg", Value: 104, Limit: 32000}},
		{"line hello", trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: "hello"}},
		{"status 5", trace.Event{Source: trace.SourceWiFi, Kind: trace.KindStatus, Value: 5}},
		{"erase 0x7b000+4096 (3 times)",
			trace.Event{Source: trace.SourceFlash, Kind: trace.KindErase, Address: 0x7b000, Value: 4096, Count: 3}},
		{"write 0x7b000+16", trace.Event{Source: trace.SourceFlash, Kind: trace.KindWrite, Address: 0x7b000, Value: 16}},
		{"write 0x7b000+16, 2 bytes lost: not erased",
			trace.Event{Source: trace.SourceFlash, Kind: trace.KindWrite, Address: 0x7b000, Value: 16, Lost: 2}},
		{"power cut during 0x7b000+256",
			trace.Event{Source: trace.SourceFlash, Kind: trace.KindPowerCut, Address: 0x7b000, Value: 256, Text: "during"}},
		{"refused table no boot", trace.Event{Source: trace.SourceFlash, Kind: trace.KindRefused, Name: "table", Text: "no boot"}},
		{"espconn_connect(espconn 1)",
			trace.Event{Source: trace.SourceAPI, Kind: trace.KindCall, Name: "espconn_connect", Text: "espconn 1"}},
		{"espconn_connect = -4",
			trace.Event{Source: trace.SourceAPI, Kind: trace.KindReturn, Name: "espconn_connect", Text: "-4", Value: -4}},
		{"espconn 1 state ESPCONN_WAIT -> ESPCONN_CONNECT",
			trace.Event{Source: trace.SourceAPI, Kind: trace.KindState, Conn: "espconn 1", Old: trace.EspconnWait,
				State: trace.EspconnConnect}},
		{"espconn 1 connect callback", trace.Event{Source: trace.SourceCallback, Kind: trace.KindConnect, Conn: "espconn 1"}},
		{"espconn 1 write_finish callback", trace.Event{Source: trace.SourceCallback, Kind: trace.KindWriteFinish, Conn: "espconn 1"}},
		{"espconn 1 reconnect callback, err -11",
			trace.Event{Source: trace.SourceCallback, Kind: trace.KindReconnect, Conn: "espconn 1", Value: -11}},
		{"espconn 1 recv callback, 12 bytes",
			trace.Event{Source: trace.SourceCallback, Kind: trace.KindRecv, Conn: "espconn 1", Value: 12}},
		{"espconn 1 recv callback returned",
			trace.Event{Source: trace.SourceCallback, Kind: trace.KindReturned, Conn: "espconn 1", Name: "recv"}},
		{"log: client handshake start.", trace.Event{Source: trace.SourceLog, Kind: trace.KindLine, Text: "client handshake start."}},
		{"main.c:7: finding late: too late",
			trace.Event{Source: trace.SourceFinding, Kind: trace.KindFinding, Name: "late", Text: "too late", Where: "main.c:7"}},
		{"finding late: too late", trace.Event{Source: trace.SourceFinding, Kind: trace.KindFinding, Name: "late", Text: "too late"}},
		{"espconn 1 client state SERVER_HELLO", tls(trace.KindState, trace.Event{Name: "SERVER_HELLO"})},
		{"espconn 1 client <- Certificate 900 bytes, limit 2048",
			tls(trace.KindMessage, trace.Event{Name: "Certificate", Value: 900, Limit: 2048})},
		{"espconn 1 client -> alert level 2 bad_certificate(42)",
			tls(trace.KindAlert, trace.Event{Out: true, Level: 2, Value: 42, Name: "bad_certificate"})},
		{"espconn 1 client heap setup: 5 bytes, peak 9", tls(trace.KindHeap, trace.Event{Name: "setup", Value: 5, Limit: 9})},
		{"espconn 1 client failed -0x7200 too long", tls(trace.KindFailure, trace.Event{Name: "-0x7200", Text: "too long"})},
		{"espconn 1 client failed -0x7200", tls(trace.KindFailure, trace.Event{Name: "-0x7200"})},
		{"espconn 1 client handshake over TLSv1.2 TLS-RSA", tls(trace.KindHandshake, trace.Event{Name: "TLS-RSA", Text: "TLSv1.2"})},
		{"espconn 1 client chain check: flags 0x00000008", tls(trace.KindVerify, trace.Event{Flags: 8})},
		{"espconn 1 ended: netstack/reset 0",
			trace.Event{Source: trace.SourceAPI, Kind: trace.KindEnded, Conn: "espconn 1", Name: "netstack/reset"}},
		{"espconn 1 ended: -0x7200", tls(trace.KindEnded, trace.Event{Name: "-0x7200"})},
		{"espconn 1 cause tls/late: record, have 9, limit 8, least 9",
			tls(trace.KindCause, trace.Event{Name: "tls/late", Text: "record", Value: 9, Limit: 8, Least: 9})},
		{"state 10.0.0.2:49153 > 10.0.0.10:8883 CLOSED -> SYN_SENT",
			net(trace.KindState, trace.Event{Old: trace.TCPClosed, State: trace.TCPSynSent})},
		{"probe 10.0.0.2:49153 > 10.0.0.10:8883 seq 5 ack 6 (keepalive)",
			net(trace.KindProbe, trace.Event{Sequence: 5, Ack: 6, Text: "keepalive"})},
		{"lost 10.0.0.2:49153 > 10.0.0.10:8883 LAST_ACK 7 bytes (why)",
			net(trace.KindLost, trace.Event{State: trace.TCPLastAck, Value: 7, Text: "why"})},
		{"retransmit 10.0.0.2:49153 > 10.0.0.10:8883 seq 5 len 6 retry 2 (x)",
			net(trace.KindRetransmit, trace.Event{Sequence: 5, Value: 6, Count: 2, Text: "x"})},
		{"arp station > 10.0.0.1:0 02:00:0a:00:00:07 (learned)",
			trace.Event{Source: trace.SourceNet, Kind: trace.KindARP, Name: "station", Remote: trace.Addr{IP: [4]byte{10,
				0, 0, 1}}, MAC: trace.MAC{2, 0, 10, 0, 0, 7}, Text: "learned"}},
		{"memory 40 bytes (tcp_seg)", trace.Event{Source: trace.SourceNet, Kind: trace.KindMemory, Value: 40, Text: "tcp_seg"}},
		{"drop station (bad IP checksum)",
			trace.Event{Source: trace.SourceNet, Kind: trace.KindDrop, Name: "station", Text: "bad IP checksum"}},
		{"cause net/syn-unanswered, have 6",
			trace.Event{Source: trace.SourceNet, Kind: trace.KindCause, Name: "net/syn-unanswered", Value: 6}},
		{"espconn 1 client <- record handshake version 0303 length 49 plain 49 buffer 62 limit 2048",
			tls(trace.KindRecord, trace.Event{Name: "handshake", Version: 0x0303, Value: 49, Plain: 49, Fill: 62, Limit: 2048})},
	} {
		assert.Equal(t, row.want, row.e.What())
	}
	assert.Equal(t, "    1.000000 uart    line hello",
		trace.Event{At: 1e9, Source: trace.SourceUART, Kind: trace.KindLine, Text: "hello"}.String())
}
