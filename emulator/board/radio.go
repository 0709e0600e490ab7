package board

import (
	"github.com/emu8266/emu8266/emulator/internal/radio"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// Radio is the radio of a board, as the SDK's wifi_* and smartconfig_* functions see it: station, soft-AP, scan, sleep, sniffer.
type Radio radio.Radio

// Radio returns the board's radio.
func (b *Board) Radio() *Radio { return (*Radio)(b.machine().Radio()) }

func (r *Radio) radio() *radio.Radio { return (*radio.Radio)(r) }

// GetChannel returns the radio's channel: that of the access point that the station has joined, else the soft-AP's,
// else the one of SetChannel.
func (r *Radio) GetChannel() uint8 { return r.radio().GetChannel() }

// SetChannel sets the channel, 1 to 13, of a radio that neither a station nor a soft-AP holds on another.
func (r *Radio) SetChannel(channel uint8) bool { return r.radio().SetChannel(channel) }

// SetSleepLevel sets the level of automatic sleep, MinSleepT at boot; false for others than the two.
func (r *Radio) SetSleepLevel(level uint8) bool { return r.radio().SetSleepLevel(level) }

// GetSleepLevel returns the level of automatic sleep, MinSleepT at boot.
func (r *Radio) GetSleepLevel() uint8 { return r.radio().GetSleepLevel() }

// SetListenInterval sets how many beacons a sleeping station skips, 1 to 10; false for others, and unless the sleep
// level is MaxSleepT.
func (r *Radio) SetListenInterval(interval uint8) bool { return r.radio().SetListenInterval(interval) }

// GetListenInterval returns how many beacons a sleeping station skips, 1 at boot.
func (r *Radio) GetListenInterval() uint8 { return r.radio().GetListenInterval() }

// GetCountry returns the country: CN, channels 1 to 13, at boot.
func (r *Radio) GetCountry() wifi.Country { return r.radio().GetCountry() }

// SetCountry sets the country of the radio; it is not saved.
func (r *Radio) SetCountry(c wifi.Country) bool { return r.radio().SetCountry(c) }

// PromiscuousEnable switches the sniffer on (1) or off.
func (r *Radio) PromiscuousEnable(promiscuous uint8) { r.radio().PromiscuousEnable(promiscuous) }

// SetPromiscuousRxCb sets who would get the sniffer's frames.
func (r *Radio) SetPromiscuousRxCb(cb func([]byte)) { r.radio().SetPromiscuousRxCb(cb) }

// PromiscuousSetMac restricts the sniffer to frames for one address.
func (r *Radio) PromiscuousSetMac(mac [6]byte) { r.radio().PromiscuousSetMac(mac) }

// FpmSetSleepType sets the type of forced sleep: LightSleepT or ModemSleepT.
func (r *Radio) FpmSetSleepType(t uint8) { r.radio().FpmSetSleepType(t) }

// FpmGetSleepType returns the type of forced sleep, ModemSleepT at boot.
func (r *Radio) FpmGetSleepType() uint8 { return r.radio().FpmGetSleepType() }

// FpmOpen allows forced sleep.
func (r *Radio) FpmOpen() { r.radio().FpmOpen() }

// FpmClose ends forced sleep and forbids it.
func (r *Radio) FpmClose() { r.radio().FpmClose() }

// FpmDoSleep puts the radio to sleep for us microseconds, or until FpmDoWakeup if us is 0xFFFFFFF; then the wakeup
// callback is made.
func (r *Radio) FpmDoSleep(us uint32) int8 { return r.radio().FpmDoSleep(us) }

// FpmDoWakeup ends forced sleep, without the callback.
func (r *Radio) FpmDoWakeup() { r.radio().FpmDoWakeup() }

// FpmSetWakeupCb sets what runs when the time of forced sleep is over.
func (r *Radio) FpmSetWakeupCb(cb func()) { r.radio().FpmSetWakeupCb(cb) }

// FpmAutoSleepSetInNullMode says whether the radio sleeps by itself in NullMode.
func (r *Radio) FpmAutoSleepSetInNullMode(req uint8) { r.radio().FpmAutoSleepSetInNullMode(req) }

// WpsEnable prepares WPS: only with type 1, the button, and in StationMode; false otherwise.
func (r *Radio) WpsEnable(wpsType uint8) bool { return r.radio().WpsEnable(wpsType) }

// WpsDisable ends WPS without a callback.
func (r *Radio) WpsDisable() bool { return r.radio().WpsDisable() }

// SetWpsCb sets the callback; false for nil.
func (r *Radio) SetWpsCb(cb func(status int)) bool { return r.radio().SetWpsCb(cb) }

// WpsStart begins WPS; false before WpsEnable and while it goes on.
func (r *Radio) WpsStart() bool { return r.radio().WpsStart() }

// RegisterSendPktFreedomCb sets who hears that a raw frame was sent; -1 for nil.
func (r *Radio) RegisterSendPktFreedomCb(cb func(status uint8)) int {
	return r.radio().RegisterSendPktFreedomCb(cb)
}

// UnregisterSendPktFreedomCb ends what RegisterSendPktFreedomCb began.
func (r *Radio) UnregisterSendPktFreedomCb() { r.radio().UnregisterSendPktFreedomCb() }

// SendPktFreedom sends a raw 802.11 frame of 24 to 1,400 bytes: 0, or -1 for another length.
func (r *Radio) SendPktFreedom(buf []byte, sysSeq bool) int {
	return r.radio().SendPktFreedom(buf, sysSeq)
}

// SetUserFixedRate sets a fixed rate for the interfaces in enableMask (1 station, 2 soft-AP): 0, or -1 for another mask
// or a rate that is none of PHY_RATE_*.
func (r *Radio) SetUserFixedRate(enableMask, rate uint8) int {
	return r.radio().SetUserFixedRate(enableMask, rate)
}

// GetUserFixedRate returns the mask and the rate.
func (r *Radio) GetUserFixedRate() (enableMask, rate uint8) { return r.radio().GetUserFixedRate() }

// InitDoneCb sets what runs once, after user_init has returned and Wi-Fi was started.
func (r *Radio) InitDoneCb(cb func()) { r.radio().InitDoneCb(cb) }

// SetOpmode sets and saves the operating mode: NullMode, StationMode, SoftAPMode or StationAPMode; false for others.
func (r *Radio) SetOpmode(mode uint8) bool { return r.radio().SetOpmode(mode) }

// SetOpmodeCurrent is SetOpmode without saving.
func (r *Radio) SetOpmodeCurrent(mode uint8) bool { return r.radio().SetOpmodeCurrent(mode) }

// GetOpmode returns the operating mode.
func (r *Radio) GetOpmode() uint8 { return r.radio().GetOpmode() }

// StationSetConfig sets and saves the AP to join.
func (r *Radio) StationSetConfig(c wifi.StationConfig) bool { return r.radio().StationSetConfig(c) }

// StationSetConfigCurrent is StationSetConfig without saving.
func (r *Radio) StationSetConfigCurrent(c wifi.StationConfig) bool {
	return r.radio().StationSetConfigCurrent(c)
}

// StationGetConfig returns the configuration in use.
func (r *Radio) StationGetConfig() wifi.StationConfig { return r.radio().StationGetConfig() }

// StationSetAutoConnect sets and saves whether the station connects at boot.
func (r *Radio) StationSetAutoConnect(set uint8) bool { return r.radio().StationSetAutoConnect(set) }

// StationConnect joins the configured AP, leaving first if the station is in one.
func (r *Radio) StationConnect() bool { return r.radio().StationConnect() }

// StationDisconnect leaves the AP: status idle, event DISCONNECTED with reason 8, no reconnecting.
func (r *Radio) StationDisconnect() bool { return r.radio().StationDisconnect() }

// StationGetConnectStatus returns the station's state: StationIdle to StationGotIP.
func (r *Radio) StationGetConnectStatus() uint8 { return r.radio().StationGetConnectStatus() }

// GetIPInfo returns the addresses of an interface; 0.0.0.0 without one.
func (r *Radio) GetIPInfo(ifIndex uint8) wifi.IPInfo { return r.radio().GetIPInfo(ifIndex) }

// GetMacaddr returns the station's MAC, or the soft-AP's.
func (r *Radio) GetMacaddr(ifIndex uint8) [6]byte { return r.radio().GetMacaddr(ifIndex) }

// SetMacaddr sets the station's or the soft-AP's MAC until the next reset.
func (r *Radio) SetMacaddr(ifIndex uint8, mac [6]byte) bool {
	return r.radio().SetMacaddr(ifIndex, mac)
}

// SetEventHandlerCb sets the one handler of Wi-Fi events.
func (r *Radio) SetEventHandlerCb(cb func(wifi.SystemEvent)) { r.radio().SetEventHandlerCb(cb) }

// Restore sets the SDK's saved parameters back, as of the next boot, to those of a blank chip: mode soft-AP
// (sdk-surface.md, wifi_get_opmode_default) with its default configuration, no access point, auto-connect on.
func (r *Radio) Restore() { r.radio().Restore() }

// SetSleepType sets the sleep type, ModemSleepT at boot; false for others than the three.
func (r *Radio) SetSleepType(t uint8) bool { return r.radio().SetSleepType(t) }

// GetSleepType returns the sleep type, ModemSleepT at boot.
func (r *Radio) GetSleepType() uint8 { return r.radio().GetSleepType() }

// SetPhyMode sets the PHY mode, PhyMode11N at boot; false for others than the three.
func (r *Radio) SetPhyMode(mode uint8) bool { return r.radio().SetPhyMode(mode) }

// GetPhyMode returns the PHY mode, PhyMode11N at boot.
func (r *Radio) GetPhyMode() uint8 { return r.radio().GetPhyMode() }
