package compare_test

import (
	"net"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/trace"
)

// With the vendor's own libraries on one side the two have other words and other blocks for the same.
func TestLibraries(t *testing.T) {
	const conn = "espconn 1"
	api := func(kind trace.Kind, name, text string) trace.Event {
		return trace.Event{Source: trace.SourceAPI, Kind: kind, Conn: conn, Name: name, Text: text}
	}
	state := func(from, to trace.State) trace.Event {
		return trace.Event{Source: trace.SourceAPI, Kind: trace.KindState, Conn: conn, Old: from, State: to}
	}
	block := func(kind trace.Kind, name string, bytes int64) trace.Event {
		return trace.Event{Source: trace.SourceHeap, Kind: kind, Name: name, Value: bytes}
	}
	line := func(text string) trace.Event {
		return trace.Event{Source: trace.SourceUART, Kind: trace.KindLine, Text: text}
	}
	up := trace.Event{Source: trace.SourceWiFi, Kind: trace.KindEvent, Name: "EVENT_STAMODE_GOT_IP"}
	recv := trace.Event{Source: trace.SourceCallback, Kind: trace.KindRecv, Conn: conn, Value: 5}
	vendor := []trace.Event{block(trace.KindAlloc, "dhcp_start", 80), line("dhcp client start..."), up,
		api(trace.KindReturn, "espconn_port", "28386"), api(trace.KindCall, "espconn_connect", conn),
		block(trace.KindAlloc, "tcp_alloc", 192), block(trace.KindAlloc, "espconn_tcp_client", 128), state(0, 1),
		api(trace.KindReturn, "espconn_connect", "0"), block(trace.KindAlloc, "sys_timeout", 32), state(1, 3), recv}
	ours := []trace.Event{up, api(trace.KindReturn, "espconn_port", "33468"), api(trace.KindCall, "espconn_connect", conn),
		block(trace.KindAlloc, "espconn record", 128), state(0, 1), block(trace.KindAlloc, "tcp_pcb", 192),
		{Source: trace.SourceNet, Kind: trace.KindState, Name: "SYN_SENT"}, api(trace.KindReturn, "espconn_connect", "0"),
		{Source: trace.SourceFinding, Kind: trace.KindFinding, Name: "rule"}, state(1, 2), state(2, 3), recv}
	libraries := compare.Options{Libraries: true}
	ours = append(ours, api(trace.KindCall, "wifi_set_broadcast_if", ""), api(trace.KindReturn, "wifi_set_broadcast_if", "false"))
	r := compare.Compare(compare.Side{Events: vendor}, compare.Side{Events: ours}, libraries)
	assert.True(t, r.Equal(), r.Differences)
	assert.Equal(t, 7, r.Events)
	assert.EqualValues(t, 80, r.Offset)
	for name, c := range map[string]struct {
		at     int // of ours
		to     trace.Event
		aspect compare.Aspect
	}{
		"heap":      {5, block(trace.KindAlloc, "tcp_pcb", 200), compare.Heap},
		"state":     {10, state(2, 5), compare.State},
		"code":      {7, api(trace.KindReturn, "espconn_connect", "-1"), compare.Code},
		"callback":  {11, trace.Event{Source: trace.SourceCallback, Kind: trace.KindRecv, Conn: conn, Value: 6}, compare.Callback},
		"tls cause": {8, trace.Event{Source: trace.SourceTLS, Kind: trace.KindCause, Name: "tls/peer-closed"}, compare.Cause},
	} {
		t.Run(name, func(t *testing.T) {
			changed := append([]trace.Event(nil), ours...)
			changed[c.at] = c.to
			r := compare.Compare(compare.Side{Events: vendor}, compare.Side{Events: changed}, libraries)
			require.NotEmpty(t, r.Differences)
			assert.Equal(t, c.aspect, r.Differences[0].Aspect)
			libraries := libraries
			libraries.Ignore = []compare.Aspect{c.aspect}
			assert.True(t, compare.Compare(compare.Side{Events: vendor}, compare.Side{Events: changed}, libraries).Equal())
		})
	}
}

// Frames are equal without what is drawn: ports of clients, where sequence numbers begin, what TLS encrypts.
func TestLibrariesFrames(t *testing.T) {
	at := func(port layers.TCPPort, first uint32, payloads ...string) (frames []compare.Packet) {
		add := func(l *layers.TCP, payload string) {
			ip := &layers.IPv4{Version: 4, TTL: 128, Protocol: layers.IPProtocolTCP, SrcIP: net.IP{10, 0, 0, 236},
				DstIP: net.IP{10, 0, 0, 1}}
			require.NoError(t, l.SetNetworkLayerForChecksum(ip))
			b := gopacket.NewSerializeBuffer()
			require.NoError(t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
				&layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6),
					EthernetType: layers.EthernetTypeIPv4},
				ip, l, gopacket.Payload(payload)))
			frames = append(frames, compare.Packet{At: time.Duration(len(frames)) * time.Second, Data: b.Bytes()})
		}
		add(&layers.TCP{SrcPort: port, DstPort: 443, Seq: first, SYN: true, Window: 5840}, "")
		first++
		for _, p := range payloads {
			add(&layers.TCP{SrcPort: port, DstPort: 443, Seq: first, ACK: true, PSH: true, Window: 5840}, p)
			first += uint32(len(p))
		}
		return frames
	}
	equal := func(a, b []compare.Packet) bool {
		return compare.Compare(compare.Side{Frames: a}, compare.Side{Frames: b}, compare.Options{Libraries: true}).Equal()
	}
	const hello, other = "\x16\x03\x01\x00\x02ab", "\x16\x03\x01\x00\x02cd"
	assert.True(t, equal(at(2000, 6511, "GET"), at(3000, 7000, "GET")))
	assert.True(t, equal(at(2000, 1, hello, "abc"), at(2000, 1, other, "def")))
	assert.False(t, equal(at(2000, 1, hello, "abc"), at(2000, 1, hello, "abcd")))
	assert.False(t, equal(at(2000, 1, "GET"), at(2000, 1, "PUT")))
	assert.False(t, equal(at(2000, 1, "GET"), at(2000, 1, "GE", "T")))
}
