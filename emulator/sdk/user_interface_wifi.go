package sdk

import (
	"github.com/emu8266/emu8266/emulator/wifi"
)

// WifiGetChannel returns the radio's channel: that of the access point that the station has joined, else the soft-AP's,
// else the one of WifiSetChannel. Choice: 1 at boot.
func (s *SDK) WifiGetChannel() uint8 { return s.board.Radio().GetChannel() }

// WifiSetChannel sets the channel, 1 to 13, of a radio that neither a station nor a soft-AP holds on another. False for
// other numbers.
func (s *SDK) WifiSetChannel(channel uint8) bool { return s.board.Radio().SetChannel(channel) }

// WifiSetSleepLevel sets the level of automatic sleep, MinSleepT at boot; false for others than the two. Deviation: it has
// no effect.
func (s *SDK) WifiSetSleepLevel(level uint8) bool { return s.board.Radio().SetSleepLevel(level) }

// WifiGetSleepLevel returns the level of automatic sleep, MinSleepT at boot.
func (s *SDK) WifiGetSleepLevel() uint8 { return s.board.Radio().GetSleepLevel() }

// WifiSetListenInterval sets how many beacons a sleeping station skips, 1 to 10; false for others, and unless the sleep
// level is MaxSleepT. Deviation: it has no effect.
func (s *SDK) WifiSetListenInterval(interval uint8) bool {
	return s.board.Radio().SetListenInterval(interval)
}

// WifiGetListenInterval returns how many beacons a sleeping station skips, 1 at boot.
func (s *SDK) WifiGetListenInterval() uint8 { return s.board.Radio().GetListenInterval() }

// WifiGetCountry returns the country: CN, channels 1 to 13, at boot.
func (s *SDK) WifiGetCountry() wifi.Country { return s.board.Radio().GetCountry() }

// WifiSetCountry sets the country of the radio; it is not saved. Choice: false for no channels, or some beyond 14.
// Deviation: access points tell no
// country, so the policy makes no difference.
func (s *SDK) WifiSetCountry(c wifi.Country) bool { return s.board.Radio().SetCountry(c) }

// WifiPromiscuousEnable switches the sniffer on (1) or off. On needs a station that is not connected; otherwise nothing
// happens. Deviation: the network has Ethernet frames, none of 802.11, so the callback is never called.
func (s *SDK) WifiPromiscuousEnable(promiscuous uint8) {
	s.board.Radio().PromiscuousEnable(promiscuous)
}

// WifiSetPromiscuousRxCb sets who would get the sniffer's frames.
func (s *SDK) WifiSetPromiscuousRxCb(cb func([]byte)) { s.board.Radio().SetPromiscuousRxCb(cb) }

// WifiPromiscuousSetMac restricts the sniffer to frames for one address.
func (s *SDK) WifiPromiscuousSetMac(mac [6]byte) { s.board.Radio().PromiscuousSetMac(mac) }

// WifiFpmSetSleepType sets the type of forced sleep: LightSleepT or ModemSleepT. It counts from the next WifiFpmOpen on.
func (s *SDK) WifiFpmSetSleepType(t uint8) { s.board.Radio().FpmSetSleepType(t) }

// WifiFpmGetSleepType returns the type of forced sleep, ModemSleepT at boot.
func (s *SDK) WifiFpmGetSleepType() uint8 { return s.board.Radio().FpmGetSleepType() }

// WifiFpmOpen allows forced sleep. It only has an effect in NullMode.
func (s *SDK) WifiFpmOpen() { s.board.Radio().FpmOpen() }

// WifiFpmClose ends forced sleep and forbids it.
func (s *SDK) WifiFpmClose() { s.board.Radio().FpmClose() }

// WifiFpmDoSleep puts the radio to sleep for us microseconds, or until WifiFpmDoWakeup if us is 0xFFFFFFF; then the wakeup
// callback is made. It returns 0, -1 in the wrong state, -2 before WifiFpmOpen. Deviation: in light sleep, too, timers and tasks
// go on; on the chip the CPU stops.
func (s *SDK) WifiFpmDoSleep(us uint32) int8 { return s.board.Radio().FpmDoSleep(us) }

// WifiFpmDoWakeup ends forced sleep, without the callback. Choice.
func (s *SDK) WifiFpmDoWakeup() { s.board.Radio().FpmDoWakeup() }

// WifiFpmSetWakeupCb sets what runs when the time of forced sleep is over.
func (s *SDK) WifiFpmSetWakeupCb(cb func()) { s.board.Radio().FpmSetWakeupCb(cb) }

// WifiFpmAutoSleepSetInNullMode says whether the radio sleeps by itself in NullMode. Deviation: it has no effect.
func (s *SDK) WifiFpmAutoSleepSetInNullMode(req uint8) {
	s.board.Radio().FpmAutoSleepSetInNullMode(req)
}

// WifiWpsEnable prepares WPS: only with type 1, the button, and in StationMode; false otherwise.
func (s *SDK) WifiWpsEnable(wpsType uint8) bool { return s.board.Radio().WpsEnable(wpsType) }

// WifiWpsDisable ends WPS without a callback. Choice: always true.
func (s *SDK) WifiWpsDisable() bool { return s.board.Radio().WpsDisable() }

// WifiSetWpsCb sets the callback; false for nil.
func (s *SDK) WifiSetWpsCb(cb func(status int)) bool { return s.board.Radio().SetWpsCb(cb) }

// WifiWpsStart begins WPS; false before WifiWpsEnable and while it goes on. Deviation: no access point here has a button, so the
// callback says WpsCbStTimeout two minutes later.
func (s *SDK) WifiWpsStart() bool { return s.board.Radio().WpsStart() }

// WifiRegisterSendPktFreedomCb sets who hears that a raw frame was sent; -1 for nil.
func (s *SDK) WifiRegisterSendPktFreedomCb(cb func(status uint8)) int {
	return s.board.Radio().RegisterSendPktFreedomCb(cb)
}

// WifiUnregisterSendPktFreedomCb ends what WifiRegisterSendPktFreedomCb began.
func (s *SDK) WifiUnregisterSendPktFreedomCb() { s.board.Radio().UnregisterSendPktFreedomCb() }

// WifiSendPktFreedom sends a raw 802.11 frame of 24 to 1,400 bytes: 0, or -1 for another length. Deviation: nobody here
// hears it; the callback says 0, sent, from the next turn of the loop.
func (s *SDK) WifiSendPktFreedom(buf []byte, sysSeq bool) int {
	return s.board.Radio().SendPktFreedom(buf, sysSeq)
}

// WifiSetUserFixedRate sets a fixed rate for the interfaces in enableMask (1 station, 2 soft-AP): 0, or -1 for another mask or
// a rate that is none of PHY_RATE_*. Deviation: it has no effect.
func (s *SDK) WifiSetUserFixedRate(enableMask, rate uint8) int {
	return s.board.Radio().SetUserFixedRate(enableMask, rate)
}

// WifiGetUserFixedRate returns the mask and the rate.
func (s *SDK) WifiGetUserFixedRate() (enableMask, rate uint8) {
	return s.board.Radio().GetUserFixedRate()
}

// WifiSetOpmode sets and saves the operating mode: NullMode, StationMode, SoftAPMode or StationAPMode; false for others.
// Inside user_init it applies when user_init has returned.
func (s *SDK) WifiSetOpmode(mode uint8) bool { return s.board.Radio().SetOpmode(mode) }

// WifiSetOpmodeCurrent is WifiSetOpmode without saving.
func (s *SDK) WifiSetOpmodeCurrent(mode uint8) bool { return s.board.Radio().SetOpmodeCurrent(mode) }

// WifiGetOpmode returns the operating mode.
func (s *SDK) WifiGetOpmode() uint8 { return s.board.Radio().GetOpmode() }

// WifiGetIPInfo returns the addresses of an interface; 0.0.0.0 without one.
func (s *SDK) WifiGetIPInfo(ifIndex uint8) wifi.IPInfo { return s.board.Radio().GetIPInfo(ifIndex) }

// WifiGetMacaddr returns the station's MAC, or the soft-AP's. Unless WifiSetMacaddr set them, they differ by bit 1 of the
// first byte.
func (s *SDK) WifiGetMacaddr(ifIndex uint8) [6]byte { return s.board.Radio().GetMacaddr(ifIndex) }

// WifiSetMacaddr sets the station's or the soft-AP's MAC until the next reset. Only in user_init, and not for a group
// address; false otherwise.
func (s *SDK) WifiSetMacaddr(ifIndex uint8, mac [6]byte) bool {
	return s.board.Radio().SetMacaddr(ifIndex, mac)
}

// WifiSetEventHandlerCb sets the one handler of Wi-Fi events. It runs when the callback in which the event happened has returned
// (lx106.md 11).
func (s *SDK) WifiSetEventHandlerCb(cb func(wifi.SystemEvent)) { s.board.Radio().SetEventHandlerCb(cb) }

// WifiSetBroadcastIf says through which interface broadcasts to 255.255.255.255 and datagrams to multicast groups leave in mode
// StationAPMode: 1 the station, 2 the soft-AP, 3 both; false for others. Both concerns broadcasts of espconn and its mDNS only; other
// datagrams to groups then leave through the soft-AP (espconn.md 5.8). The answers
// of the soft-AP's DHCP server are such broadcasts, too: with 1 they leave through the station, and nobody gets an address.
func (s *SDK) WifiSetBroadcastIf(ifs uint8) bool { return s.board.Radio().SetBroadcastIf(ifs) }

// WifiGetBroadcastIf returns the interface through which broadcasts leave: 1 the station, 2 the soft-AP, 3 both.
// Choice: 2 at boot, as devices do; the SDK's part that decides is closed.
func (s *SDK) WifiGetBroadcastIf() uint8 { return s.board.Radio().GetBroadcastIf() }

// WifiSetIPInfo sets an interface's address, netmask and gateway. Its DHCP client or server must have been stopped, otherwise
// it is false; also for a mode without the interface, a netmask with holes, and another number than StationIf and SoftAPIf.
// If the station has joined an access point, the address counts at once: connections over another one are aborted
// (lwip.md 7.5), and the event GOT_IP comes. That of the soft-AP counts at once, too. 0.0.0.0 removes the address.
func (s *SDK) WifiSetIPInfo(ifIndex uint8, info wifi.IPInfo) bool {
	return s.board.Radio().SetIPInfo(ifIndex, info)
}

// WifiGetOpmodeDefault returns the saved operating mode.
func (s *SDK) WifiGetOpmodeDefault() uint8 { return s.board.Radio().GetOpmodeDefault() }

// WifiSetSleepType sets the sleep type, ModemSleepT at boot; false for others than the three. Deviation: it has no
// effect.
func (s *SDK) WifiSetSleepType(t uint8) bool { return s.board.Radio().SetSleepType(t) }

// WifiGetSleepType returns the sleep type, ModemSleepT at boot.
func (s *SDK) WifiGetSleepType() uint8 { return s.board.Radio().GetSleepType() }

// WifiSetPhyMode sets the PHY mode, PhyMode11N at boot; false for others than the three. Deviation: it has no effect, and
// is not saved.
func (s *SDK) WifiSetPhyMode(mode uint8) bool { return s.board.Radio().SetPhyMode(mode) }

// WifiGetPhyMode returns the PHY mode, PhyMode11N at boot.
func (s *SDK) WifiGetPhyMode() uint8 { return s.board.Radio().GetPhyMode() }
