package radio

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
)

// Figures of the SDK's smartconfig library, V2.5.4 and V2.5.5.
const (
	scScans          = 2   // before it listens
	scRSSIMin        = -84 // dBm; access points below it are not listened to
	scTimeoutMin     = 15  // seconds of esptouch_set_timeout; less counts as this
	scTimeoutDefault = 80
	scTimeoutAirkiss = 31 * time.Second
	scSendEvery      = 100 * time.Millisecond

	scSendsEsptouch = 40 // datagrams to the phone until it is over
	scPortEsptouch  = 18266
	scSendsAirkiss  = 30
	scPortAirkiss   = 10000

	// scLengthExtra is what the app adds to the lengths of SSID and password to know its answer.
	scLengthExtra = 9
)

// Times of a phone that is near. Choice: 1 s until its channel is found, 5 s until its message is complete; devices take
// one to ten seconds for each.
const (
	scFindTime = time.Second
	scGetTime  = 5 * time.Second
)

// smartconfig is one under way: from smartconfig_start to smartconfig_stop.
type smartconfig struct {
	w       *Radio
	cb      func(wifi.ScStatus, wifi.ScData)
	log     bool
	status  wifi.ScStatus
	scans   int
	ready   bool // the scans are over
	kind    wifi.ScType
	step    soc.Timer // what the phone gets done next
	restart soc.Timer
	sender  soc.Timer
	udp     *netstack.UDP
	sent    int
	told    CauseID // what was said of the station since the last change
}

// SmartconfigGetVersion returns the version of the SDK's library: V2.5.5 with SDK 3.0.6, V2.5.4 before.
func (w *Radio) SmartconfigGetVersion() string {
	if strings.HasPrefix(w.m.GetSdkVersion(), "3.0.6") {
		return "V2.5.5"
	}
	return "V2.5.4"
}

// SmartconfigSetType says which apps the next SmartconfigStart listens to, ScTypeEsptouch at boot.
func (w *Radio) SmartconfigSetType(t wifi.ScType) bool {
	switch {
	case w.sc != nil:
		return w.smartconfigBusy("smartconfig_set_type")
	case t > wifi.ScTypeEsptouchAirkiss:
		w.m.Printf("smartconfig type input err\n")
	default:
		w.scType = t
	}
	return true
}

// EsptouchSetTimeout sets the time in seconds after which a smartconfig begins anew, 80 at boot; less than 15 counts as
// 15.
func (w *Radio) EsptouchSetTimeout(seconds uint8) bool {
	if w.sc != nil {
		return w.smartconfigBusy("esptouch_set_timeout")
	}
	w.scTimeout = max(seconds, scTimeoutMin)
	return true
}

// SmartconfigStart makes the station listen for a phone that tells it an access point (Device.SmartConfig).
func (w *Radio) SmartconfigStart(cb func(wifi.ScStatus, wifi.ScData), log ...uint8) bool {
	if w.opMode != wifi.StationMode {
		w.m.Printf("smartconfig:sys mode isn't STATION_MODE:%d\n", w.opMode)
		w.stopSmartconfig()
		return w.m.Refused("smartconfig_start", "false", soc.CauseMode, trace.Event{Value: int64(w.opMode), Limit: int64(wifi.StationMode)})
	}
	if w.sc != nil {
		return w.smartconfigBusy("smartconfig_start")
	}
	w.startSmartconfig(&smartconfig{w: w, cb: cb, log: len(log) > 0 && log[0] == 1})
	return true
}

// SmartconfigStop ends a smartconfig in any state; no callback comes any more.
func (w *Radio) SmartconfigStop() bool {
	w.stopSmartconfig()
	return true
}

func (w *Radio) startSmartconfig(c *smartconfig) {
	if w.dhcpOff {
		w.because(CauseSmartconfigStatic, trace.Event{})
		w.m.Printf("SC:station dhcp stop\n")
	}
	w.m.Printf("SC version: %s\n", w.SmartconfigGetVersion())
	w.sc = c
	w.set.promiscuous = false
	w.leave("smartconfig_start")
	if !w.started {
		w.done = c.scan
		return
	}
	c.scan()
}

func (w *Radio) stopSmartconfig() {
	c := w.sc
	if c == nil {
		return
	}
	w.sc = nil
	for _, t := range []*soc.Timer{&c.step, &c.restart, &c.sender} {
		w.m.DisarmTimer(t)
	}
	if c.udp != nil {
		c.udp.Close()
	}
	w.set.promiscuous = false
	if c.log {
		w.m.Printf("free heap:%d\n", w.m.Heap().FreeSize())
	}
}

// scan looks for channels to listen on.
func (c *smartconfig) scan() {
	if c.w.sc != c {
		return
	}
	c.w.leave("smartconfig_start")
	if c.w.sc != c {
		return // the event's handler has stopped it
	}
	c.w.StationScan(&wifi.ScanConfig{ShowHidden: true}, func(_ []wifi.BssInfo, status wifi.Status) {
		if c.w.sc != c {
			return
		}
		if status != wifi.StatusOK {
			c.w.m.Printf("err,scan status %d\n", status)
			c.scan()
			return
		}
		if c.scans++; c.scans < scScans {
			c.scan()
			return
		}
		c.ready = true
		c.w.set.promiscuous = true
		if c.tell(wifi.ScStatusFindChannel, wifi.ScData{}) {
			c.listen()
		}
	})
}

// tell makes a callback and says whether the smartconfig goes on behind it.
func (c *smartconfig) tell(status wifi.ScStatus, data wifi.ScData) bool {
	c.status = status
	c.w.m.Note(trace.Event{Source: trace.SourceWiFi, Kind: trace.KindSmartConfig, Value: int64(status)})
	if c.cb != nil {
		c.w.m.Callback("the callback of smartconfig_start", func() { c.cb(status, data) })
	}
	return c.w.sc == c
}

// heard returns the phone that the device hears, and the access point that it is in. silence is why it hears nobody, "" if it does.
func (c *smartconfig) heard() (p wifi.Phone, best wifi.AccessPoint, silence string) {
	w := c.w
	p = w.air.phone
	switch {
	case p.SSID == "":
		return p, best, "no phone sends"
	case w.opMode&wifi.StationMode == 0:
		return p, best, "the mode has no station"
	case w.joined:
		return p, best, "the station has joined an access point and does not listen on other channels"
	case w.off:
		return p, best, "the radio is off"
	case w.scType != wifi.ScTypeEsptouchAirkiss && w.scType != p.Type:
		return p, best, fmt.Sprintf("the phone has an app of type %d, smartconfig_set_type is %d", p.Type, w.scType)
	}
	silence = fmt.Sprintf("the phone's access point %q is not in range", p.SSID)
	for _, ap := range w.inRange() {
		switch {
		case ap.SSID != p.SSID:
		case ap.RSSI < scRSSIMin:
			if best.SSID == "" {
				silence = fmt.Sprintf("the phone's access point %q is heard with %d dBm, at least %d are wanted", p.SSID, ap.RSSI,
					scRSSIMin)
			}
		case best.SSID == "" || ap.RSSI > best.RSSI:
			best, silence = ap, ""
		}
	}
	return p, best, silence
}

// listen is called when it begins, and when the phone or an access point has changed.
func (c *smartconfig) listen() {
	board := c.w.m
	board.DisarmTimer(&c.step)
	if !c.ready {
		return
	}
	if _, _, silence := c.heard(); silence != "" {
		if c.status <= wifi.ScStatusGettingSSIDPswd {
			c.w.because(CauseSmartconfigNoPhone, trace.Event{Text: silence, Value: int64(c.status)})
		}
		return
	}
	switch c.status {
	case wifi.ScStatusFindChannel:
		board.ArmTimer(&c.step, scFindTime, false, c.found)
	case wifi.ScStatusGettingSSIDPswd:
		board.ArmTimer(&c.step, scGetTime, false, c.got)
	}
}

// found is when the phone's channel is.
func (c *smartconfig) found() {
	p, ap, silence := c.heard()
	if silence != "" {
		return
	}
	board, timeout := c.w.m, time.Duration(c.w.scTimeout)*time.Second
	c.kind = p.Type
	name := "ESPTOUCH"
	if c.kind == wifi.ScTypeAirkiss {
		name, timeout = "AIRKISS", scTimeoutAirkiss
	}
	if c.w.SmartconfigGetVersion() == "V2.5.5" && c.kind == wifi.ScTypeEsptouch {
		board.Printf("TYPE: %s, ch:%d\nT|PHONE MAC: %v\nT|AP MAC: %v\n", name, ap.Channel, p.MAC, ap.BSSID)
	} else {
		board.Printf("TYPE: %s\nT|PHONE MAC: % x\nT|AP MAC   : % x\n", name, p.MAC[:], ap.BSSID[:])
	}
	board.ArmTimer(&c.restart, timeout, false, func() {
		c.w.because(CauseSmartconfigTimeout, trace.Event{Limit: int64(timeout / time.Second)})
		c.w.stopSmartconfig()
		board.Printf("smartconfig restart\n")
		if c.w.opMode == wifi.StationMode {
			c.w.startSmartconfig(&smartconfig{w: c.w, cb: c.cb, log: c.log})
		} else {
			board.Printf("smartconfig:sys mode isn't STATION_MODE:%d\n", c.w.opMode)
		}
	})
	if c.tell(wifi.ScStatusGettingSSIDPswd, wifi.ScData{Type: c.kind}) {
		c.listen()
	}
}

// got is when the phone's message is complete.
func (c *smartconfig) got() {
	p, ap, silence := c.heard()
	if silence != "" || p.Type != c.kind {
		return
	}
	board := c.w.m
	c.w.air.passwords.add(p.Password)
	if c.kind == wifi.ScTypeAirkiss {
		board.Printf("T|pswd : %s\nT|ssid : %s\n", p.Password, p.SSID)
	} else {
		board.Printf("T|pswd: %s\nT|ssid: %s\n", p.Password, p.SSID)
		if c.log {
			board.Printf("T|bssid: % x\n", ap.BSSID[:])
		}
	}
	c.w.set.promiscuous = false
	board.DisarmTimer(&c.restart)
	c.udp = c.w.ensureStack().NewUDP(func(netip.AddrPort, netip.Addr, *netstack.Interface, []byte) {})
	board.ArmTimer(&c.sender, scSendEvery, true, func() { c.answer(p) })
	c.tell(wifi.ScStatusLink, wifi.ScData{Config: wifi.StationConfig{SSID: p.SSID, Password: p.Password}})
}

// answer tells the phone that the station is in its network.
func (c *smartconfig) answer(p wifi.Phone) {
	w := c.w
	if w.status != wifi.StationGotIP {
		c.idle(p)
		return
	}
	message := make([]byte, 0, 11)
	to, sends, over := netip.AddrPortFrom(p.Addr, scPortEsptouch), scSendsEsptouch, wifi.ScData{Phone: p.Addr}
	if c.kind == wifi.ScTypeAirkiss {
		to, sends, over = netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), scPortAirkiss), scSendsAirkiss, wifi.ScData{}
		message = append(append(message, p.Random), w.mac[:]...)
	} else {
		ip := w.address().Addr().As4()
		message = append(append(append(message, byte(len(p.SSID)+len(p.Password)+scLengthExtra)), w.mac[:]...), ip[:]...)
	}
	if err := c.udp.SendTo(message, to); err != nil {
		if c.told != CauseSmartconfigReply {
			c.told = CauseSmartconfigReply
			w.because(c.told, trace.Event{Text: to.String()})
		}
		return
	}
	if c.sent++; c.sent < sends {
		return
	}
	w.m.DisarmTimer(&c.sender)
	c.udp.Close()
	c.tell(wifi.ScStatusLinkOver, over)
}

// idle looks whether the station is on its way to the phone's network, and says once that it is not.
func (c *smartconfig) idle(p wifi.Phone) {
	w := c.w
	var id CauseID
	object := fmt.Sprintf("%q", p.SSID)
	switch {
	case !w.wanted:
		id = CauseSmartconfigNotAsked
	case w.config.SSID != p.SSID:
		id, object = CauseSmartconfigOther, fmt.Sprintf("%q instead of %q", w.config.SSID, p.SSID)
	}
	if id != "" && id != c.told {
		w.because(id, trace.Event{Text: object})
	}
	c.told = id
}

// hear is called when what a smartconfig hears may have changed.
func (w *Radio) hear() {
	if w.sc != nil {
		w.sc.listen()
	}
}

// smartconfigBusy refuses a call while a smartconfig is under way, with the SDK's line.
func (w *Radio) smartconfigBusy(function string) bool {
	w.m.Printf("smartconfig busy\n")
	return w.m.Refused(function, "false", soc.CauseBusy, trace.Event{Text: "a smartconfig"})
}
