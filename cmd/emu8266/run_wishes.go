package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/surroundings"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// wishesMost bounds the access points that are told. Choice.
const wishesMost = 20

// wishes are what the firmware asked its surroundings for and did not get. It gets the device's events on the device goroutine and is
// asked when the device has ended.
type wishes struct {
	plan   surroundings.Plan
	aps    []string // SSIDs that are not there
	locked []string // SSIDs whose password is another
	static []netip.Addr
}

// event hears of the radio.
func (w *wishes) event(e trace.Event) {
	switch {
	case e.Source != trace.SourceWiFi:
	case e.Kind == trace.KindCause:
		quotedSSID, err := strconv.QuotedPrefix(e.Text)
		if err != nil {
			return
		}
		ssid, _ := strconv.Unquote(quotedSSID)
		switch cause.ID(e.Name) {
		case cause.NoAccessPoint:
			w.aps = wish(w.aps, ssid)
		case cause.WrongPassword, cause.NoPassword:
			w.locked = wish(w.locked, ssid)
		}
	case e.Kind == trace.KindEvent && e.Name == "EVENT_STAMODE_CONNECTED":
		is := func(ssid string) bool { return ssid == e.Text }
		w.aps, w.locked = slices.DeleteFunc(w.aps, is), slices.DeleteFunc(w.locked, is)
	case e.Kind == trace.KindEvent && e.Name == "EVENT_STAMODE_GOT_IP":
		if a, err := netip.ParseAddr(e.Text); err == nil && !w.plan.Subnet.Contains(a) && len(w.static) < wishesMost {
			w.static = wish(w.static, a)
		}
	}
}

func wish[T comparable](list []T, one T) []T {
	if len(list) >= wishesMost || slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// wishWords are the words for wishes in a language.
type wishWords struct{ ap, locked, static, name, tcp, udp, address string }

var wishesIn = map[cause.Language]wishWords{
	cause.English: {
		ap:      "the access point %q is not there: --ap %s, or --any-ap",
		locked:  "the access point %q has another password: --ap %s, or leave out --ap and give --any-ap",
		static:  "the firmware's address %v is not in the network %v: --static %v",
		name:    "the name %q does not exist: --dns %s, or --allow %s:PORT=HOST:PORT to lead it to a real server",
		tcp:     "nobody is at %v: --allow %s=HOST:PORT leads there",
		udp:     "nobody takes datagrams at %v: --allow udp:%s=HOST:PORT leads them there",
		address: "nobody has the address %v: --allow %v:PORT=HOST:PORT leads there, and the gateway here is %v",
	},
	cause.Chinese: {
		ap:      "接入点 %q 不存在：用 --ap %s，或 --any-ap",
		locked:  "接入点 %q 的密码不同：用 --ap %s，或去掉 --ap 并用 --any-ap",
		static:  "固件自己设置的地址 %v 不在网络 %v 中：用 --static %v",
		name:    "域名 %q 不存在：用 --dns %s，或用 --allow %s:PORT=HOST:PORT 把它引到真实的服务器",
		tcp:     "%v 上没有服务器：用 --allow %s=HOST:PORT 引到那里",
		udp:     "%v 上没有接收数据报的程序：用 --allow udp:%s=HOST:PORT 引到那里",
		address: "没有设备使用地址 %v：用 --allow %v:PORT=HOST:PORT 引到那里；这里的网关是 %v",
	},
}

// lines tell each wish with the flag that fulfils it.
func (w *wishes) lines(denied []vnet.Denial, language cause.Language) (lines []string) {
	tell := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	words := wishesIn[language]
	for _, ssid := range w.aps {
		tell(words.ap, ssid, shellQuoted(colonEscaped(ssid)+":PASSWORD"))
	}
	for _, ssid := range w.locked {
		tell(words.locked, ssid, shellQuoted(colonEscaped(ssid)+":PASSWORD"))
	}
	for _, a := range w.static {
		tell(words.static, a, w.plan.Subnet, a)
	}
	for _, d := range denied {
		to := d.Addr.String()
		if name := w.plan.NameOf(d.Addr.Addr()); name != "" {
			to = name + ":" + strconv.Itoa(int(d.Addr.Port()))
		}
		switch d.Kind {
		case vnet.DeniedName:
			name := shellQuoted(d.Name)
			tell(words.name, d.Name, name, name)
		case vnet.DeniedTCP:
			if d.Addr.Addr() == w.plan.Gateway() {
				to = strconv.Itoa(int(d.Addr.Port()))
			}
			tell(words.tcp, d.Addr, shellQuoted(to))
		case vnet.DeniedUDP:
			tell(words.udp, d.Addr, shellQuoted(to))
		case vnet.DeniedAddress:
			if slices.Contains(w.static, d.Addr.Addr()) || slices.Contains(w.plan.Static, d.Addr.Addr()) {
				continue
			}
			tell(words.address, d.Addr.Addr(), d.Addr.Addr(), w.plan.Gateway())
		}
	}
	return lines
}

func colonEscaped(ssid string) string { return strings.ReplaceAll(ssid, ":", `\:`) }

// shellQuoted is a word for a shell: in quotes where it needs them.
func shellQuoted(s string) string {
	plain := func(c rune) bool {
		return c < 0x80 && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-.:,/+@%=", c))
	}
	if s != "" && strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
