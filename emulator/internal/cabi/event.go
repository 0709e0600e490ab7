package cabi

import "github.com/emu8266/emu8266/emulator/wifi"

// wifiEvent makes the callback with a System_Event_t that lives as long as it.
func (s *SDK) wifiEvent(e wifi.SystemEvent) {
	if s.onWiFi != 0 {
		s.Lend(SystemEvent(e), systemEvent, func(p uint32) { s.callback(s.onWiFi, p) })
	}
}

// SystemEvent returns the bytes of a System_Event_t.
func SystemEvent(e wifi.SystemEvent) []byte {
	b := make([]byte, systemEvent)
	order.PutUint32(b, e.Event)
	switch e.Event {
	case wifi.EventStamodeConnected, wifi.EventStamodeDisconnected:
		b[infoSSIDLen] = byte(copy(b[eventInfo:infoSSIDLen], e.SSID))
		copy(b[infoBSSID:], e.BSSID[:])
		b[infoChannel] = e.Channel
		if e.Event == wifi.EventStamodeDisconnected {
			b[infoChannel] = e.Reason
		}
	case wifi.EventStamodeGotIP:
		putAddr(b[eventInfo:], e.IP)
		putAddr(b[infoMask:], e.Mask)
		putAddr(b[infoGW:], e.GW)
	case wifi.EventSoftAPModeStaConnected, wifi.EventSoftAPModeStaDisconnected:
		copy(b[eventInfo:], e.MAC[:])
		b[infoAID] = e.AID
	case wifi.EventSoftAPModeDistributeStaIP:
		copy(b[eventInfo:], e.MAC[:])
		putAddr(b[infoGivenIP:], e.IP)
		b[infoGivenAID] = e.AID
	case wifi.EventSoftAPModeProbeReqRecved:
		order.PutUint32(b[eventInfo:], uint32(int32(e.RSSI)))
		copy(b[infoProbe:], e.MAC[:])
	case wifi.EventOpmodeChanged, wifi.EventStamodeAuthmodeChange:
		b[infoOldMode], b[infoNewMode] = e.OldMode, e.OpMode
	}
	return b
}
