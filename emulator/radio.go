package emulator

import (
	"time"

	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// Figures of the radio's settings (sdk-surface.md, wifi_*).
const (
	listenIntervalMax = 10
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

// radio are the settings of the radio that are lost at a reset.
type radio struct {
	channel  uint8 // of wifi_set_channel
	country  wifi.Country
	level    uint8
	interval uint8

	promiscuous   bool
	promiscuousCb func([]byte)

	fpmOpen, fpmAsleep bool
	fpmAuto            bool
	fpmType            uint8
	fpmWakeup          func()
	fpmTimer           OsTimer

	wps      bool
	wpsCb    func(status int)
	wpsTimer OsTimer

	freedomCb  func(status uint8)
	rateMask   uint8
	rate       uint8
	probedOnly netstack.MAC
}

func newRadio() radio {
	return radio{channel: 1, country: wifi.Country{CC: [3]byte{'C', 'N'}, Schan: 1, Nchan: channelMax}, interval: 1, fpmType: wifi.ModemSleepT}
}

// WifiGetChannel returns the radio's channel: that of the access point that the station has joined, else the soft-AP's,
// else the one of WifiSetChannel. Choice: 1 at boot.
func (s *SDK) WifiGetChannel() uint8 {
	switch w := s.board.m.wifi; {
	case w.joined:
		return w.current.Channel
	case w.ap.cell != nil:
		return w.ap.config.Channel
	default:
		return w.radio.channel
	}
}

// WifiSetChannel sets the channel, 1 to 13, of a radio that neither a station nor a soft-AP holds on another. False for
// other numbers.
func (s *SDK) WifiSetChannel(channel uint8) bool {
	if channel < 1 || channel > channelMax {
		return false
	}
	s.board.m.wifi.radio.channel = channel
	return true
}

// WifiSetSleepLevel sets the level of automatic sleep, MinSleepT at boot; false for others than the two. Deviation: it has
// no effect.
func (s *SDK) WifiSetSleepLevel(level uint8) bool {
	if level > wifi.MaxSleepT {
		return false
	}
	s.board.m.wifi.radio.level = level
	return true
}

// WifiGetSleepLevel returns it.
func (s *SDK) WifiGetSleepLevel() uint8 { return s.board.m.wifi.radio.level }

// WifiSetListenInterval sets how many beacons a sleeping station skips, 1 to 10; false for others, and unless the sleep
// level is MaxSleepT. Deviation: it has no effect.
func (s *SDK) WifiSetListenInterval(interval uint8) bool {
	r := &s.board.m.wifi.radio
	if interval < 1 || interval > listenIntervalMax || r.level != wifi.MaxSleepT {
		return false
	}
	r.interval = interval
	return true
}

// WifiGetListenInterval returns it, 1 at boot.
func (s *SDK) WifiGetListenInterval() uint8 { return s.board.m.wifi.radio.interval }

// WifiGetCountry returns the country: CN, channels 1 to 13, at boot.
func (s *SDK) WifiGetCountry() wifi.Country { return s.board.m.wifi.radio.country }

// WifiSetCountry sets it; it is not saved. Choice: false for no channels, or some beyond 14. Deviation: access points tell no
// country, so the policy makes no difference.
func (s *SDK) WifiSetCountry(c wifi.Country) bool {
	if c.Schan < 1 || c.Nchan < 1 || int(c.Schan)+int(c.Nchan) > 15 {
		return false
	}
	s.board.m.wifi.radio.country = c
	return true
}

// WifiPromiscuousEnable switches the sniffer on (1) or off. On needs a station that is not connected; otherwise nothing
// happens. Deviation: the network has Ethernet frames, none of 802.11, so the callback is never called.
func (s *SDK) WifiPromiscuousEnable(promiscuous uint8) {
	w := s.board.m.wifi
	w.radio.promiscuous = promiscuous != 0 && !w.joined
}

// WifiSetPromiscuousRxCb sets who would get the sniffer's frames.
func (s *SDK) WifiSetPromiscuousRxCb(cb func([]byte)) { s.board.m.wifi.radio.promiscuousCb = cb }

// WifiPromiscuousSetMac restricts the sniffer to frames for one address.
func (s *SDK) WifiPromiscuousSetMac(mac [6]byte) { s.board.m.wifi.radio.probedOnly = mac }

// WifiFpmSetSleepType sets the type of forced sleep: LightSleepT or ModemSleepT. It counts from the next WifiFpmOpen on.
func (s *SDK) WifiFpmSetSleepType(t uint8) { s.board.m.wifi.radio.fpmType = t }

// WifiFpmGetSleepType returns it, ModemSleepT at boot.
func (s *SDK) WifiFpmGetSleepType() uint8 { return s.board.m.wifi.radio.fpmType }

// WifiFpmOpen allows forced sleep. It only has an effect in NullMode.
func (s *SDK) WifiFpmOpen() {
	if w := s.board.m.wifi; w.opMode == wifi.NullMode {
		w.radio.fpmOpen = true
	}
}

// WifiFpmClose ends forced sleep and forbids it.
func (s *SDK) WifiFpmClose() {
	s.WifiFpmDoWakeup()
	s.board.m.wifi.radio.fpmOpen = false
}

// WifiFpmDoSleep puts the radio to sleep for us microseconds, or until WifiFpmDoWakeup if us is 0xFFFFFFF; then the wakeup
// callback is made. It returns 0, -1 in the wrong state, -2 before WifiFpmOpen. Deviation: in light sleep, too, timers and tasks
// go on; on the chip the CPU stops.
func (s *SDK) WifiFpmDoSleep(us uint32) int8 {
	w := s.board.m.wifi
	r := &w.radio
	switch {
	case !r.fpmOpen:
		return fpmNotOpened
	case r.fpmAsleep || w.opMode != wifi.NullMode:
		return fpmStatus
	}
	r.fpmAsleep = true
	if us != fpmEndless {
		w.m.board.ArmTimer(&r.fpmTimer, time.Duration(us)*time.Microsecond, false, func() {
			r.fpmAsleep = false
			if r.fpmWakeup != nil {
				r.fpmWakeup()
			}
		})
	}
	return fpmOK
}

// WifiFpmDoWakeup ends forced sleep, without the callback. Choice.
func (s *SDK) WifiFpmDoWakeup() {
	r := &s.board.m.wifi.radio
	r.fpmAsleep = false
	s.board.DisarmTimer(&r.fpmTimer)
}

// WifiFpmSetWakeupCb sets what runs when the time of forced sleep is over.
func (s *SDK) WifiFpmSetWakeupCb(cb func()) { s.board.m.wifi.radio.fpmWakeup = cb }

// WifiFpmAutoSleepSetInNullMode says whether the radio sleeps by itself in NullMode. Deviation: it has no effect.
func (s *SDK) WifiFpmAutoSleepSetInNullMode(req uint8) { s.board.m.wifi.radio.fpmAuto = req != 0 }

// WifiWpsEnable prepares WPS: only with type 1, the button, and in StationMode; false otherwise.
func (s *SDK) WifiWpsEnable(wpsType uint8) bool {
	w := s.board.m.wifi
	if wpsType != 1 || w.opMode != wifi.StationMode {
		return false
	}
	w.radio.wps = true
	return true
}

// WifiWpsDisable ends WPS without a callback. Choice: always true.
func (s *SDK) WifiWpsDisable() bool {
	r := &s.board.m.wifi.radio
	r.wps = false
	s.board.DisarmTimer(&r.wpsTimer)
	return true
}

// WifiSetWpsCb sets the callback; false for nil.
func (s *SDK) WifiSetWpsCb(cb func(status int)) bool {
	if cb == nil {
		return false
	}
	s.board.m.wifi.radio.wpsCb = cb
	return true
}

// WifiWpsStart begins WPS; false before WifiWpsEnable and while it goes on. Deviation: no access point here has a button, so the
// callback says WpsCbStTimeout two minutes later.
func (s *SDK) WifiWpsStart() bool {
	w := s.board.m.wifi
	r := &w.radio
	if !r.wps || r.wpsTimer.index > 0 {
		return false
	}
	w.m.board.ArmTimer(&r.wpsTimer, wpsTime, false, func() {
		if r.wpsCb != nil {
			r.wpsCb(wifi.WpsCbStTimeout)
		}
	})
	return true
}

// WifiRegisterSendPktFreedomCb sets who hears that a raw frame was sent; -1 for nil.
func (s *SDK) WifiRegisterSendPktFreedomCb(cb func(status uint8)) int {
	if cb == nil {
		return -1
	}
	s.board.m.wifi.radio.freedomCb = cb
	return 0
}

// WifiUnregisterSendPktFreedomCb ends that.
func (s *SDK) WifiUnregisterSendPktFreedomCb() { s.board.m.wifi.radio.freedomCb = nil }

// WifiSendPktFreedom sends a raw 802.11 frame of 24 to 1,400 bytes: 0, or -1 for another length. Deviation: nobody here
// hears it; the callback says 0, sent, from the next turn of the loop.
func (s *SDK) WifiSendPktFreedom(buf []byte, sysSeq bool) int {
	if len(buf) < freedomMin || len(buf) > freedomMax {
		return -1
	}
	r := &s.board.m.wifi.radio
	s.board.ArmTimer(&OsTimer{}, 0, false, func() {
		if r.freedomCb != nil {
			r.freedomCb(0)
		}
	})
	return 0
}

// WifiSetUserFixedRate sets a fixed rate for the interfaces in enableMask (1 station, 2 soft-AP): 0, or -1 for another mask or
// a rate that is none of PHY_RATE_*. Deviation: it has no effect.
func (s *SDK) WifiSetUserFixedRate(enableMask, rate uint8) int {
	if enableMask > 3 || rate < 8 || rate > 15 {
		return -1
	}
	s.board.m.wifi.radio.rateMask, s.board.m.wifi.radio.rate = enableMask, rate
	return 0
}

// WifiGetUserFixedRate returns the mask and the rate.
func (s *SDK) WifiGetUserFixedRate() (enableMask, rate uint8) {
	return s.board.m.wifi.radio.rateMask, s.board.m.wifi.radio.rate
}
