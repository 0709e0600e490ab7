package cause

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// ID names a cause: the package that decides it, and what happened, such as "netstack/syn-unanswered".
type ID string

// Language is that of words. Its text form is "en" or "zh".
type Language uint8

// The languages.
const (
	English Language = iota
	Chinese
)

// Languages returns both.
func Languages() []Language { return []Language{English, Chinese} }

// String returns "en" or "zh".
func (l Language) String() string {
	if l == Chinese {
		return "zh"
	}
	return "en"
}

// MarshalText returns "en" or "zh".
func (l Language) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText takes "en" or "zh".
func (l *Language) UnmarshalText(text []byte) error {
	switch string(text) {
	case "en":
		*l = English
	case "zh":
		*l = Chinese
	default:
		return fmt.Errorf("cause: there is no language %q, only en and zh", text)
	}
	return nil
}

// Text is a cause in words.
type Text struct {
	Sentence string // what happened, without a full stop
	Remedy   string // what to change, or where to look
	Source   string // where to read more: a page under docs/facts with its section
}

// words are those of one language, with placeholders.
type words struct {
	sentence, remedy string
	none             string // the remedy when no limit helps (Least is 0); "" if that makes no difference
}

// entry is one cause.
type entry struct {
	source string
	en, zh words
}

// all is the catalogue.
var all = merge(tlsWords, secureWords, refusalWords, sdkWords, serverWords, tcpWords, nameWords, deviceWords, wifiWords, programWords,
	sntpWords, waitingWords)

func merge(parts ...map[ID]entry) map[ID]entry {
	out := map[ID]entry{}
	for _, part := range parts {
		for id, e := range part {
			out[id] = e
		}
	}
	return out
}

// IDs returns the ids of all causes in order.
func IDs() []ID {
	out := make([]ID, 0, len(all))
	for id := range all {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// Template returns the words for a cause with their placeholders; false for an id that has none. none is the remedy when no limit
// helps, "" if that makes no difference.
func Template(id ID, l Language) (t Text, none string, ok bool) {
	e, ok := all[id]
	w := e.en
	if l == Chinese {
		w = e.zh
	}
	return Text{w.sentence, w.remedy, e.source}, w.none, ok
}

// Of returns the cause that an event of trace.KindCause names, in words; its id for a cause without any, as a newer version may
// have written it.
func Of(e trace.Event, l Language) Text {
	t, none, ok := Template(ID(e.Name), l)
	if !ok {
		return Text{Sentence: e.Name}
	}
	if none != "" && e.Least == 0 {
		t.Remedy = none
	}
	if w, ok := fromClients[ID(e.Name)]; ok && e.Role == trace.RoleServer {
		t.Remedy = w[l]
	}
	peer := map[trace.Role][2]string{trace.RoleClient: {"server", "服务器"}, trace.RoleServer: {"client", "客户端"}}[e.Role]
	if peer[0] == "" {
		peer = [2]string{"peer", "对端"}
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	values := map[string]string{"object": Detail(e.Text, l), "have": number(e.Value), "limit": number(e.Limit),
		"least": number(int64(e.Least)), "count": number(int64(e.Count)), "reason": wifi.ReasonName(uint8(e.Value)),
		"time": Span(e.Took, l), "remote": address(e.Remote, peer[l]), "local": address(e.Local, ""),
		"peer": peer[l], "max": number(boundedtls.MaxSize)}
	value := func(place string) (string, bool) { v, ok := values[place]; return v, ok }
	t.Sentence, t.Remedy = fill(t.Sentence, l, value), fill(t.Remedy, l, value)
	return t
}

// fromClients are remedies for what means something else when it comes from a client: plain text, which a browser sends for http://, and
// alerts about suites, because it has the ServerHello then, so that version and suite are agreed (docs/facts/axtls.md 10.5).
var fromClients = map[ID][2]string{
	ID(boundedtls.CauseAlertSuite):    refusesAgreed,
	ID(boundedtls.CauseAlertSuiteDHE): refusesAgreed,
	ID(boundedtls.CausePlainText):     speaksNoTLS,
	ID(boundedtls.CauseNotTLS):        speaksNoTLS,
}

var refusesAgreed = [2]string{
	English: "read the client's log: the suite was agreed, so it misses something else. OpenSSL 3 wants secure renegotiation, which " +
		"libssl does not offer (there SSL_OP_LEGACY_SERVER_CONNECT, -legacy_server_connect, lets it pass); others refuse short keys",
	Chinese: "查看客户端日志：加密套件已经协商，它缺少的是别的东西。OpenSSL 3 要求安全重协商，而 libssl 不提供（在那里用 SSL_OP_LEGACY_SERVER_CONNECT，即 " +
		"-legacy_server_connect）；有的客户端拒绝短密钥",
}

var speaksNoTLS = [2]string{
	English: "let the client speak TLS from the first byte on: https:// in the place of http://",
	Chinese: "让客户端从第一个字节起就使用 TLS：用 https:// 代替 http://",
}

// Span returns a time that something took in a language, "6.25 s" or "6.25 秒".
func Span(d time.Duration, l Language) string { return Detail(chip.Span(d), l) }

// address returns an address with its port, if it has one; or else where there is none.
func address(a trace.Addr, or string) string {
	switch {
	case a == trace.Addr{}:
		return or
	case a.Port == 0:
		return netip.AddrFrom4(a.IP).String()
	}
	return a.String()
}
