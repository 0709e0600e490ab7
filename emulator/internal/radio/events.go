package radio

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// The events of the network stack and of the radio as events of the trace (docs/trace.md).

// netKinds are the kinds of the network stack's events, in its order.
var netKinds = [...]trace.Kind{
	netstack.EventState: trace.KindState, netstack.EventRetransmit: trace.KindRetransmit, netstack.EventProbe: trace.KindProbe,
	netstack.EventDrop: trace.KindDrop, netstack.EventReset: trace.KindReset, netstack.EventARP: trace.KindARP,
	netstack.EventDHCP: trace.KindDHCP, netstack.EventDNS: trace.KindDNS, netstack.EventMemory: trace.KindMemory,
	netstack.EventHang: trace.KindHang, netstack.EventCause: trace.KindCause, netstack.EventLost: trace.KindLost,
	netstack.EventClock: trace.KindClock,
}

// netEvent is an event of the network stack.
func netEvent(e *netstack.Event) trace.Event {
	t := trace.Event{Source: trace.SourceNet, Kind: netKinds[e.Kind], Name: e.Interface, Text: e.Text, Value: int64(e.Len),
		Local: trace.AddrOf(e.Local), Remote: trace.AddrOf(e.Remote), MAC: trace.MAC(e.MAC),
		Sequence: e.Seq, Ack: e.Ack, Count: uint32(e.Retries)}
	switch e.Kind {
	case netstack.EventState:
		t.Old, t.State = trace.TCPClosed+trace.State(e.Old), trace.TCPClosed+trace.State(e.State)
	case netstack.EventCause:
		t.Name, t.State, t.Limit, t.Took = string(e.Cause), trace.TCPClosed+trace.State(e.State), int64(e.Limit), e.Took
	case netstack.EventRetransmit, netstack.EventLost:
		t.State = trace.TCPClosed + trace.State(e.State)
	}
	return t
}

// wifiEvent is an event of the radio.
func wifiEvent(e wifi.SystemEvent) trace.Event {
	t := trace.Event{Source: trace.SourceWiFi, Kind: trace.KindEvent, Value: int64(e.Event)}
	switch e.Event {
	case wifi.EventStamodeConnected:
		t.Name, t.Text = "EVENT_STAMODE_CONNECTED", e.SSID
	case wifi.EventStamodeDisconnected:
		t.Name, t.Text = "EVENT_STAMODE_DISCONNECTED", fmt.Sprintf("%s, reason %d", e.SSID, e.Reason)
	case wifi.EventStamodeGotIP:
		t.Name, t.Text = "EVENT_STAMODE_GOT_IP", e.IP.String()
	case wifi.EventStamodeDHCPTimeout:
		t.Name = "EVENT_STAMODE_DHCP_TIMEOUT"
	case wifi.EventStamodeAuthmodeChange:
		t.Name, t.Text = "EVENT_STAMODE_AUTHMODE_CHANGE", fmt.Sprintf("%d to %d", e.OldMode, e.OpMode)
	case wifi.EventSoftAPModeStaConnected:
		t.Name, t.Text = "EVENT_SOFTAPMODE_STACONNECTED", fmt.Sprintf("%v, AID %d", e.MAC, e.AID)
	case wifi.EventSoftAPModeStaDisconnected:
		t.Name, t.Text = "EVENT_SOFTAPMODE_STADISCONNECTED", fmt.Sprintf("%v, AID %d", e.MAC, e.AID)
	case wifi.EventSoftAPModeProbeReqRecved:
		t.Name, t.Text = "EVENT_SOFTAPMODE_PROBEREQRECVED", fmt.Sprintf("%v, %d dBm", e.MAC, e.RSSI)
	case wifi.EventSoftAPModeDistributeStaIP:
		t.Name, t.Text = "EVENT_SOFTAPMODE_DISTRIBUTE_STA_IP", fmt.Sprintf("%v, AID %d, %v", e.MAC, e.AID, e.IP)
	case wifi.EventOpmodeChanged:
		t.Name, t.Text = "EVENT_OPMODE_CHANGED", fmt.Sprintf("%d to %d", e.OldMode, e.OpMode)
	}
	return t
}
