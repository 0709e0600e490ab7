package cabi

import "github.com/emu8266/emu8266/emulator"

// wifiEvent makes the callback with a System_Event_t that lives as long as it.
func (s *SDK) wifiEvent(e emulator.SystemEvent) {
	if s.onWiFi == 0 {
		return
	}
	var b [systemEvent]byte
	order.PutUint32(b[:], e.Event)
	switch e.Event {
	case emulator.EventStamodeConnected, emulator.EventStamodeDisconnected:
		b[infoSSIDLen] = byte(copy(b[eventInfo:infoSSIDLen], e.SSID))
		copy(b[infoBSSID:], e.BSSID[:])
		b[infoChannel] = e.Channel
		if e.Event == emulator.EventStamodeDisconnected {
			b[infoChannel] = e.Reason
		}
	case emulator.EventStamodeGotIP:
		putAddr(b[eventInfo:], e.IP)
		putAddr(b[infoMask:], e.Mask)
		putAddr(b[infoGW:], e.GW)
	case emulator.EventSoftAPModeStaConnected, emulator.EventSoftAPModeStaDisconnected:
		copy(b[eventInfo:], e.MAC[:])
		b[infoAID] = e.AID
	case emulator.EventSoftAPModeDistributeStaIP:
		copy(b[eventInfo:], e.MAC[:])
		putAddr(b[infoGivenIP:], e.IP)
		b[infoGivenAID] = e.AID
	case emulator.EventSoftAPModeProbeReqRecved:
		order.PutUint32(b[eventInfo:], uint32(int32(e.RSSI)))
		copy(b[infoProbe:], e.MAC[:])
	case emulator.EventOpmodeChanged, emulator.EventStamodeAuthmodeChange:
		b[infoOldMode], b[infoNewMode] = e.OldMode, e.OpMode
	}
	s.Lend(b[:], systemEvent, func(p uint32) { s.callback(s.onWiFi, p) })
}
