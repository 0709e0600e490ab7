package radio

import (
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// Figures of the radio's settings (sdk-surface.md, wifi_*).
const (
	listenIntervalMax = 10
	countryChannelMax = 14
	freedomMin        = 24 // bytes of wifi_send_pkt_freedom
	freedomMax        = 1400
	fpmEndless        = 0xFFFFFFF // until wifi_fpm_do_wakeup
	wpsTime           = 2 * time.Minute
)

// Results of WifiFpmDoSleep.
const (
	fpmOK        int8 = 0
	fpmStatus    int8 = -1 // not in NullMode, or asleep already
	fpmNotOpened int8 = -2
)

// Functions that are named more than once.
const (
	fpmDoSleep = "wifi_fpm_do_sleep"
	fixedRate  = "wifi_set_user_fixed_rate"
)

// settings are the settings of the radio that are lost at a reset.
type settings struct {
	channel  uint8 // of wifi_set_channel
	sleep    uint8 // type
	phy      uint8 // mode
	country  wifi.Country
	level    uint8
	interval uint8

	promiscuous   bool
	promiscuousCb func([]byte)

	fpmOpen, fpmAsleep bool
	fpmAuto            bool
	fpmType            uint8
	fpmWakeup          func()
	fpmTimer           soc.Timer

	wps      bool
	wpsCb    func(status int)
	wpsTimer soc.Timer

	freedomCb  func(status uint8)
	rateMask   uint8
	rate       uint8
	probedOnly netstack.MAC
}

func newSettings() settings {
	return settings{channel: 1, sleep: wifi.ModemSleepT, phy: wifi.PhyMode11N, country: wifi.Country{CC: [3]byte{'C', 'N'},
		Schan: 1, Nchan: channelMax}, interval: 1, fpmType: wifi.ModemSleepT}
}

// GetChannel returns the radio's channel: that of the access point that the station has joined, else the soft-AP's,
// else the one of SetChannel.
func (w *Radio) GetChannel() uint8 {
	switch {
	case w.joined:
		return w.current.Channel
	case w.ap.cell != nil:
		return w.ap.config.Channel
	default:
		return w.set.channel
	}
}

// SetChannel sets the channel, 1 to 13, of a radio that neither a station nor a soft-AP holds on another.
func (w *Radio) SetChannel(channel uint8) bool {
	if channel < 1 || channel > channelMax {
		return w.m.OutOfRange("wifi_set_channel", "the channel", int(channel), 1, channelMax)
	}
	w.set.channel = channel
	return true
}

// SetSleepLevel sets the level of automatic sleep, MinSleepT at boot; false for others than the two.
func (w *Radio) SetSleepLevel(level uint8) bool {
	if level > wifi.MaxSleepT {
		return w.m.OutOfRange("wifi_set_sleep_level", "the level", int(level), 0, int(wifi.MaxSleepT))
	}
	w.set.level = level
	return true
}

// GetSleepLevel returns the level of automatic sleep, MinSleepT at boot.
func (w *Radio) GetSleepLevel() uint8 { return w.set.level }

// SetListenInterval sets how many beacons a sleeping station skips, 1 to 10; false for others, and unless the sleep
// level is MaxSleepT.
func (w *Radio) SetListenInterval(interval uint8) bool {
	r := &w.set
	if interval < 1 || interval > listenIntervalMax {
		return w.m.OutOfRange("wifi_set_listen_interval", "the interval", int(interval), 1, listenIntervalMax)
	}
	if r.level != wifi.MaxSleepT {
		return w.m.Refused("wifi_set_listen_interval", "false", soc.CauseNotBegun, trace.Event{Text: "wifi_set_sleep_level(MAX_SLEEP_T)"})
	}
	r.interval = interval
	return true
}

// GetListenInterval returns how many beacons a sleeping station skips, 1 at boot.
func (w *Radio) GetListenInterval() uint8 { return w.set.interval }

// GetCountry returns the country: CN, channels 1 to 13, at boot.
func (w *Radio) GetCountry() wifi.Country { return w.set.country }

// SetCountry sets the country of the radio; it is not saved.
func (w *Radio) SetCountry(c wifi.Country) bool {
	if c.Schan < 1 || c.Nchan < 1 || int(c.Schan)+int(c.Nchan)-1 > countryChannelMax {
		last := int(c.Schan) + int(c.Nchan) - 1
		return w.m.OutOfRange("wifi_set_country", "the last channel (schan + nchan - 1)", last, 1, countryChannelMax)
	}
	w.set.country = c
	return true
}

// PromiscuousEnable switches the sniffer on (1) or off.
func (w *Radio) PromiscuousEnable(promiscuous uint8) {
	w.set.promiscuous = promiscuous != 0 && !w.joined
}

// SetPromiscuousRxCb sets who would get the sniffer's frames.
func (w *Radio) SetPromiscuousRxCb(cb func([]byte)) { w.set.promiscuousCb = cb }

// PromiscuousSetMac restricts the sniffer to frames for one address.
func (w *Radio) PromiscuousSetMac(mac [6]byte) { w.set.probedOnly = mac }

// FpmSetSleepType sets the type of forced sleep: LightSleepT or ModemSleepT.
func (w *Radio) FpmSetSleepType(t uint8) { w.set.fpmType = t }

// FpmGetSleepType returns the type of forced sleep, ModemSleepT at boot.
func (w *Radio) FpmGetSleepType() uint8 { return w.set.fpmType }

// FpmOpen allows forced sleep.
func (w *Radio) FpmOpen() {
	if w.opMode == wifi.NullMode {
		w.set.fpmOpen = true
	}
}

// FpmClose ends forced sleep and forbids it.
func (w *Radio) FpmClose() {
	w.FpmDoWakeup()
	w.set.fpmOpen = false
}

// FpmDoSleep puts the radio to sleep for us microseconds, or until FpmDoWakeup if us is 0xFFFFFFF; then the wakeup
// callback is made.
func (w *Radio) FpmDoSleep(us uint32) int8 {
	r := &w.set
	switch {
	case !r.fpmOpen:
		w.m.Refused(fpmDoSleep, "-2", soc.CauseNotBegun, trace.Event{Text: "wifi_fpm_open"})
		return fpmNotOpened
	case r.fpmAsleep:
		w.m.Refused(fpmDoSleep, "-1", soc.CauseBusy, trace.Event{Text: "a sleep"})
		return fpmStatus
	case w.opMode != wifi.NullMode:
		w.m.Refused(fpmDoSleep, "-1", soc.CauseMode, trace.Event{Value: int64(w.opMode), Limit: int64(wifi.NullMode)})
		return fpmStatus
	}
	r.fpmAsleep = true
	if us != fpmEndless {
		w.m.ArmTimer(&r.fpmTimer, time.Duration(us)*time.Microsecond, false, func() {
			r.fpmAsleep = false
			if r.fpmWakeup != nil {
				r.fpmWakeup()
			}
		})
	}
	return fpmOK
}

// FpmDoWakeup ends forced sleep, without the callback.
func (w *Radio) FpmDoWakeup() {
	r := &w.set
	r.fpmAsleep = false
	w.m.DisarmTimer(&r.fpmTimer)
}

// FpmSetWakeupCb sets what runs when the time of forced sleep is over.
func (w *Radio) FpmSetWakeupCb(cb func()) { w.set.fpmWakeup = cb }

// FpmAutoSleepSetInNullMode says whether the radio sleeps by itself in NullMode.
func (w *Radio) FpmAutoSleepSetInNullMode(req uint8) { w.set.fpmAuto = req != 0 }

// WpsEnable prepares WPS: only with type 1, the button, and in StationMode; false otherwise.
func (w *Radio) WpsEnable(wpsType uint8) bool {
	if wpsType != 1 {
		return w.m.OutOfRange("wifi_wps_enable", "the WPS type", int(wpsType), 1, 1)
	}
	if w.opMode != wifi.StationMode {
		return w.m.Refused("wifi_wps_enable", "false", soc.CauseMode, trace.Event{Value: int64(w.opMode), Limit: int64(wifi.StationMode)})
	}
	w.set.wps = true
	return true
}

// WpsDisable ends WPS without a callback.
func (w *Radio) WpsDisable() bool {
	r := &w.set
	r.wps = false
	w.m.DisarmTimer(&r.wpsTimer)
	return true
}

// SetWpsCb sets the callback; false for nil.
func (w *Radio) SetWpsCb(cb func(status int)) bool {
	if cb == nil {
		return w.m.Refused("wifi_set_wps_cb", "false", soc.CauseNoCallback, trace.Event{})
	}
	w.set.wpsCb = cb
	return true
}

// WpsStart begins WPS; false before WpsEnable and while it goes on.
func (w *Radio) WpsStart() bool {
	r := &w.set
	if !r.wps {
		return w.m.Refused("wifi_wps_start", "false", soc.CauseNotBegun, trace.Event{Text: "wifi_wps_enable"})
	}
	if r.wpsTimer.Armed() {
		return w.m.Refused("wifi_wps_start", "false", soc.CauseBusy, trace.Event{Text: "WPS"})
	}
	w.m.ArmTimer(&r.wpsTimer, wpsTime, false, func() {
		if r.wpsCb != nil {
			r.wpsCb(wifi.WpsCbStTimeout)
		}
	})
	return true
}

// RegisterSendPktFreedomCb sets who hears that a raw frame was sent; -1 for nil.
func (w *Radio) RegisterSendPktFreedomCb(cb func(status uint8)) int {
	if cb == nil {
		w.m.Refused("wifi_register_send_pkt_freedom_cb", "-1", soc.CauseNoCallback, trace.Event{})
		return -1
	}
	w.set.freedomCb = cb
	return 0
}

// UnregisterSendPktFreedomCb ends what RegisterSendPktFreedomCb began.
func (w *Radio) UnregisterSendPktFreedomCb() { w.set.freedomCb = nil }

// SendPktFreedom sends a raw 802.11 frame of 24 to 1,400 bytes: 0, or -1 for another length.
func (w *Radio) SendPktFreedom(buf []byte, sysSeq bool) int {
	if len(buf) < freedomMin || len(buf) > freedomMax {
		w.m.Refused("wifi_send_pkt_freedom", "-1", soc.CauseLength,
			trace.Event{Text: "the frame", Value: int64(len(buf)), Least: freedomMin, Limit: freedomMax})
		return -1
	}
	r := &w.set
	w.m.ArmTimer(&soc.Timer{}, 0, false, func() {
		if r.freedomCb != nil {
			r.freedomCb(0)
		}
	})
	return 0
}

// SetUserFixedRate sets a fixed rate for the interfaces in enableMask (1 station, 2 soft-AP): 0, or -1 for another mask
// or a rate that is none of PHY_RATE_*.
func (w *Radio) SetUserFixedRate(enableMask, rate uint8) int {
	if enableMask > 3 {
		w.m.Refused(fixedRate, "-1", soc.CauseRange, trace.Event{Text: "the mask", Value: int64(enableMask), Limit: 3})
		return -1
	}
	if rate < 8 || rate > 15 {
		w.m.Refused(fixedRate, "-1", soc.CauseRange, trace.Event{Text: "the rate", Value: int64(rate), Least: 8, Limit: 15})
		return -1
	}
	w.set.rateMask, w.set.rate = enableMask, rate
	return 0
}

// GetUserFixedRate returns the mask and the rate.
func (w *Radio) GetUserFixedRate() (enableMask, rate uint8) {
	return w.set.rateMask, w.set.rate
}

// SetSleepType sets the sleep type, ModemSleepT at boot; false for others than the three.
func (w *Radio) SetSleepType(t uint8) bool {
	if t > wifi.ModemSleepT {
		return w.m.OutOfRange("wifi_set_sleep_type", "the type", int(t), 0, int(wifi.ModemSleepT))
	}
	w.set.sleep = t
	return true
}

// GetSleepType returns the sleep type, ModemSleepT at boot.
func (w *Radio) GetSleepType() uint8 { return w.set.sleep }

// SetPhyMode sets the PHY mode, PhyMode11N at boot; false for others than the three.
func (w *Radio) SetPhyMode(mode uint8) bool {
	if mode < wifi.PhyMode11B || mode > wifi.PhyMode11N {
		return w.m.OutOfRange("wifi_set_phy_mode", "the mode", int(mode), int(wifi.PhyMode11B), int(wifi.PhyMode11N))
	}
	w.set.phy = mode
	return true
}

// GetPhyMode returns the PHY mode, PhyMode11N at boot.
func (w *Radio) GetPhyMode() uint8 { return w.set.phy }
