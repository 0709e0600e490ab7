package explain

import (
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// trouble is a part of the device that can fail without a connection or a call: the About of explanations of SubjectDevice. Causes of
// one trouble are one story, of which the last one is told.
type trouble struct {
	about  string
	causes []string // beginnings of their ids
	heads  [2]string
}

// loaderTrouble is the boot loader's, which comes before the boot that it belongs to: that of the program which it started instead.
const loaderTrouble = "boot loader"

// addressTrouble is that of the station's address, which ends when it has one.
const addressTrouble = "station's address"

// upgradeTrouble is that of an upgrade, whose connections have no reconnect callback.
const upgradeTrouble = "upgrade"

// The troubles, in the order in which a cause looks for its own.
var troubles = []trouble{
	{"soft-AP", []string{"device/softap-"}, [2]string{"the soft-AP turned a station away", "soft-AP 拒绝了一个站点"}},
	{addressTrouble, []string{"netstack/dhcp-"}, [2]string{"the station has no address", "station 没有地址"}},
	{"soft-AP's DHCP", []string{"netstack/pool-"}, [2]string{"a client of the soft-AP got no address", "soft-AP 的一个客户端没有得到地址"}},
	{"neighbour", []string{"netstack/arp-"}, [2]string{"packets found no neighbour", "数据包找不到邻居"}},
	{"name lookup", []string{"netstack/dns-"}, [2]string{"a name was not found", "没有找到域名"}},
	{"SNTP", []string{"netstack/sntp-"}, [2]string{"SNTP has no time", "SNTP 没有时间"}},
	{"smartconfig", []string{"device/smartconfig-"}, [2]string{"smartconfig does not go on", "smartconfig 没有进展"}},
	{upgradeTrouble, []string{"device/upgrade-"}, [2]string{"the upgrade failed", "升级失败"}},
	{loaderTrouble, []string{"device/loader-"}, [2]string{"the boot loader did not find the program that it should start",
		"引导程序没有找到应启动的程序"}},
	{"timer", []string{"device/timer-"}, [2]string{"a timer was not armed", "定时器没有启动"}},
	{"sleep", []string{"device/sleep-"}, [2]string{"a deep sleep was refused", "深度睡眠被拒绝"}},
}

// station is the trouble of all other causes of the radio.
var station = trouble{"station", nil, [2]string{"the station has no network", "station 没有网络"}}

// troubleOf returns the trouble that a cause belongs to; nil if it is one of its own.
func troubleOf(ev *trace.Event) *trouble {
	for i := range troubles {
		if slices.ContainsFunc(troubles[i].causes, func(begin string) bool { return strings.HasPrefix(ev.Name, begin) }) {
			return &troubles[i]
		}
	}
	if ev.Source == trace.SourceWiFi {
		return &station
	}
	return nil
}

// troubleHead is the headline of a trouble that failed; "" for one of its own.
func troubleHead(about string, l cause.Language) string {
	for _, t := range append([]trouble{station}, troubles...) {
		if t.about == about {
			return t.heads[l]
		}
	}
	return ""
}

// unwanted are causes of a station that nobody told to join. They fail nothing, but explain what fails for want of an address.
var unwanted = []string{"device/no-ssid", "device/no-connect"}

// reported is a cause that belongs to no connection and to no call under way: a story of its own, or the next chapter of one.
func (r *Reader) reported(ev *trace.Event) *story {
	t, name := troubleOf(ev), ev.Name
	switch {
	case ev.Conn != "":
		name = ev.Conn
	case t != nil:
		name = t.about
	}
	s := r.last(SubjectDevice, name)
	if s == nil || s.past {
		s = r.begin(SubjectDevice, name)
	}
	if s.why.Name != ev.Name && t != &station { // the same again is no news, nor is how a station goes on looking
		r.decide(s)
	}
	s.x.Outcome, s.x.HeapFree, s.why = OutcomeFailed, r.free, *ev
	s.named(*ev)
	if ev.Source == trace.SourceNet {
		s.x.HeapFailed, s.heap, r.unsent = r.unsent.what, r.unsent.why, unsent{}
	}
	s.next = name == loaderTrouble
	if ev.Source == trace.SourceWiFi {
		s.x.Symptom = r.event
	}
	if t != &station { // its events say the same
		for _, c := range r.shared() {
			c.again(ev.At.Seconds(), kin(ev), s.x.Cause, &r.say)
		}
	}
	return s
}

// unsent is a packet that found no memory: who waits for an answer to it waits in vain.
type unsent struct {
	what string
	why  trace.Event
}

// packet is the heap's name for the block of a packet that is sent (netstack, heap.go).
const packet = "pbuf"

// over drops a trouble that has ended.
func (r *Reader) over(t string) {
	for _, s := range r.stories {
		if !s.past && s.x.Subject == SubjectDevice && s.x.About == t {
			s.dropped = true
		}
	}
}

// wifi is a Wi-Fi event; one that comes again and again is one step.
func (r *Reader) wifi(ev *trace.Event) {
	text := strings.TrimSpace(ev.Name + " " + ev.Text)
	switch ev.Name {
	case "EVENT_STAMODE_DISCONNECTED":
		if r.leaves(ev.At) {
			break
		}
		r.away = true
		if s := r.last(SubjectDevice, station.about); s != nil && !s.past {
			s.x.Symptom = text
		}
	case "EVENT_STAMODE_CONNECTED":
		r.away = false
		r.over(station.about)
	case "EVENT_STAMODE_GOT_IP":
		r.address = trace.Event{}
		r.over(addressTrouble)
		r.over(station.about)
		r.over("smartconfig")
	case "EVENT_OPMODE_CHANGED":
		r.away = false
		r.over(station.about) // in the new mode it begins anew, or there is none
	}
	r.event = text
	for _, c := range r.shared() {
		c.again(ev.At.Seconds(), text, text, &r.say)
	}
}

// smartconfig is a new status of a smartconfig: what kept it from there is over.
func (r *Reader) smartconfig(ev *trace.Event) {
	r.over("smartconfig")
	text := r.say.status(ev.Value)
	r.event = text
	for _, c := range r.shared() {
		c.add(ev.At.Seconds(), text)
	}
}
