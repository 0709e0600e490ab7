package decode

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/espconn"
)

// A number alone says nothing: every library has its own, and most of them are small. One counts where a word of the SDK stands beside
// it: a function of espconn, a name ESPCONN_..., or the reconnect callback. Choice: the words below, from logs of applications.
var numberRules = []rule{
	kind([]string{"espconn_"}, `(?i)\b(espconn_[a-z0-9_]+)`, func(r *reader, m []string) bool {
		name := strings.ToLower(m[1])
		if strings.HasPrefix(m[1], "ESPCONN_") {
			return r.named(m[1])
		}
		rest := r.text[strings.Index(r.text, m[1])+len(m[1]):]
		v, ok := resultIn(rest)
		return ok && r.returned(name, v)
	}),
	kind(sdkResultKeys(), `(?i)\b(spi_flash_(?:read|write|erase_sector)\b|SPI_FLASH_RESULT_(ERR|TIMEOUT)|wifi_fpm_do_sleep|`+
		`wifi_send_pkt_freedom|wifi_set_user_fixed_rate)`, func(r *reader, m []string) bool {
		rest := r.text[strings.Index(r.text, m[1])+len(m[1]):]
		v, ok := resultIn(rest)
		if m[2] != "" {
			v, ok = map[string]int64{"ERR": 1, "TIMEOUT": 2}[strings.ToUpper(m[2])], true
		}
		for _, f := range sdkResults {
			why, known := f.values[v]
			if !ok || !known || !strings.HasPrefix(strings.ToLower(m[1]), f.name) {
				continue
			}
			r.note(words{"a result of %s", "%s 的结果"}, m[1])
			r.failed(reachNothing, fmt.Sprintf("%s: %d", m[1], v), r.say(why[0]), r.say(why[1]))
			return true
		}
		return false
	}),
	{[]string{"mqtt", "mqt:"}, nil, func(r *reader, _ []string) bool { // MQT: is Tasmota's
		rest := r.text[bytes.Index(r.lower, []byte("mqt"))+len("mqt:"):]
		v, ok := numberBehind(rest[:min(len(rest), mqttWithin)], mqttWords)
		if !ok || r.mentions("tcp:", "espconn", "reconnect callback", "recon_cb", "recon cb") {
			return false
		}
		// What the library was told by the connection below it.
		if v < 0 && r.mentions("tcp", "socket") && r.mentions("err") && reconnected(r, []string{"", strconv.FormatInt(v, 10)}) {
			r.note(words{"the MQTT library tells an error of TCP below it: the value of the reconnect callback, if that is espconn's",
				"MQTT 库给出下层 TCP 的错误：如果下层是 espconn，这就是 reconnect 回调的值"})
			return true
		}
		what := words{"a code of the MQTT library, not of the SDK", "MQTT 库的错误码，不是 SDK 的"}
		r.note(what)
		if why, ok := connack[v]; ok {
			r.line.Note += r.say(words{": in a CONNACK %d says %s", "：在 CONNACK 中 %d 表示%s"}, v, r.say(why))
		} else if why, ok := pubSubClient[v]; ok {
			r.line.Note += r.say(words{": of PubSubClient %d says %s", "：PubSubClient 的 %d 表示%s"}, v, r.say(why))
		}
		r.theirs = r.line.Note
		return true
	}},
	kind([]string{"disconnected with error", "disconnect with error"},
		`(?i)\bdisconnect(?:ed)? with error\s*[:=]?\s*\(?(-\d{1,5}|[1-9]\d?)\b`, reconnected),
	{[]string{"recon"}, nil, func(r *reader, _ []string) bool {
		at := bytes.Index(r.lower, []byte("recon"))
		callback := r.mentions("callback", "reconcb", "recon_cb", "recon cb", "reconnect_cb", "reconnect(")
		v, ok := codeIn(strings.TrimLeft(r.text[at+len("recon"):], letters), callback)
		if !ok { // the SDK's web server: "err -10 reconnect"
			v, ok = numberBehind(r.text[:at], errorWords)
		}
		if !callback && !r.mentions("tcp", "espconn") && (v > 0 || r.mentions(otherLibraries...)) {
			return false
		}
		return ok && reconnected(r, []string{"", strconv.FormatInt(v, 10)})
	}},
}

// sdkResult is what functions of the SDK return that have codes of their own: for each value why, and what to change.
type sdkResult struct {
	name   string // in lower case; what the functions begin with
	values map[int64][2]words
}

var (
	flashFix = words{"check address, length and buffer, and the flash size in the header against the chip's",
		"检查地址、长度和缓存，以及头部中的 flash 容量与芯片是否一致"}
	frameFix = words{"give a whole 802.11 frame of 24 to 1,400 bytes", "给出完整的 802.11 帧，24 至 1,400 字节"}
	rateFix  = words{"give a mask from 0 to 3 and a rate of the header's list", "掩码使用 0 至 3，速率使用头文件中列出的值"}
)

// sdkResults are those of sdk-surface.md (spi_flash.h, user_interface.h).
var sdkResults = []sdkResult{
	{"spi_flash", map[int64][2]words{
		1: {{"SPI_FLASH_RESULT_ERR: a NULL pointer, an address that is no multiple of 4, or one behind the chip's end",
			"SPI_FLASH_RESULT_ERR：NULL 指针、地址不是 4 的倍数，或超出芯片末尾"}, flashFix},
		2: {{"SPI_FLASH_RESULT_TIMEOUT: the chip did not answer in time", "SPI_FLASH_RESULT_TIMEOUT：芯片没有及时应答"}, flashFix}}},
	{"wifi_fpm_do_sleep", map[int64][2]words{
		-1: {{"forced sleep cannot begin: Wi-Fi is not switched off (NULL_MODE), or the radio sleeps already",
			"无法开始强制睡眠：Wi-Fi 没有关闭（NULL_MODE），或射频已在睡眠"},
			{"call wifi_set_opmode(NULL_MODE) before, and wifi_fpm_do_wakeup between two sleeps",
				"先调用 wifi_set_opmode(NULL_MODE)，两次睡眠之间调用 wifi_fpm_do_wakeup"}},
		-2: {{"forced sleep was not opened", "没有打开强制睡眠"},
			{"call wifi_fpm_open() before, with Wi-Fi switched off (wifi_set_opmode(NULL_MODE))",
				"先在 Wi-Fi 关闭时（wifi_set_opmode(NULL_MODE)）调用 wifi_fpm_open()"}}}},
	{"wifi_send_pkt_freedom", map[int64][2]words{
		-1: {{"the frame was not taken: its length is outside 24 to 1,400 bytes, or there is no memory for it",
			"帧未被接受：长度不在 24 至 1,400 字节之内，或没有内存"}, frameFix}}},
	{"wifi_set_user_fixed_rate", map[int64][2]words{
		-1: {{"the mask or the rate is none of the header's", "掩码或速率不在头文件的取值之内"}, rateFix}}},
}

// sdkResultKeys are the keys of the lines that may have such a result.
func sdkResultKeys() (keys []string) {
	for _, f := range sdkResults {
		keys = append(keys, f.name)
	}
	return keys
}

// otherLibraries are words of libraries that connect again too, with errors of their own.
var otherLibraries = []string{"mqtt", "websocket", "ws:", "http", "modbus", "redis", "sql", "ftp", "ntp", "ble", "bluetooth", "lora",
	"zigbee", "blynk",
	"firebase", "wifi", "wi-fi", "sensor", "display", "broker", "sd card", "i2c", "spi ", "uart", "gsm", "can bus"}

// letters are those of names.
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

// numberEnds ends a number that is no part of a longer one, of a time, a unit or an address.
const numberEnds = `(?:[\s,;)\]!]|\.(?:\D|$)|$)`

// resultWord stands before a result.
var resultWord = lazyregexp.New(`(?i)(?:return(?:ed|s)?|\bret(?:val)?\b|\bresult\b|\brc\b|\bres\b|\berr(?:or|no)?\b|\bcode\b|` +
	`\bfail(?:ed|ure)?\b)` +
	`[^-\d]{0,12}?(-?\d{1,5})` + numberEnds)

// resultSign is a result directly behind a call.
var resultSign = lazyregexp.New(`^\s*(?:\([^)]*\))?\s*(?:=|->|:)\s*(-?\d{1,5})` + numberEnds)

// minusNumber is a result by its sign.
var minusNumber = lazyregexp.New(`(?:^|[\s:=(\[,])(-\d{1,5})` + numberEnds)

// resultIn returns the result that stands in a text behind a function's name.
func resultIn(text string) (int64, bool) {
	for _, p := range []func() *regexp.Regexp{resultWord, resultSign, minusNumber} {
		if m := p().FindStringSubmatch(text); m != nil {
			return number(m[1]), true
		}
	}
	return 0, false
}

// errorWords stand before an error of a connection, mqttWords before one of an MQTT library, at most mqttWithin bytes behind its name.
var (
	errorWords = []string{"err", "code", "status"}
	mqttWords  = []string{"rc", "state", "err", "code", "reason", "connack", "returned"}
)

const mqttWithin = 100

// numberBehind returns the number that stands behind the first of some words, with nothing between but blanks, letters and brackets.
func numberBehind(text string, words []string) (int64, bool) {
	low := strings.ToLower(text)
	for _, word := range words {
		at := strings.Index(low, word)
		if at < 0 || at > 0 && strings.IndexByte(letters, low[at-1]) >= 0 {
			continue
		}
		rest := strings.TrimLeft(low[at+len(word):], "abcdefghijklmnopqrstuvwxyz_")
		rest = strings.TrimLeft(rest, " \t:=[(")
		if m := leadingNumber().FindStringSubmatch(rest); m != nil {
			return number(m[1]), true
		}
	}
	return 0, false
}

// leadingNumber is a number that begins a text and is not part of a longer one, of a time or of an address.
var leadingNumber = lazyregexp.New(`^(-?\d{1,5})` + numberEnds)

// afterCallback is a number close behind the callback's name.
var afterCallback = lazyregexp.New(`^[\s:,=(\[a-z]{0,24}?(-?\d{1,5})` + numberEnds)

// codeIn returns the error that stands in a text behind the word reconnect.
func codeIn(text string, callback bool) (int64, bool) {
	if v, ok := numberBehind(text, errorWords); ok {
		return v, true
	}
	if callback {
		if m := afterCallback().FindStringSubmatch(text); m != nil {
			return number(m[1]), true
		}
	}
	return 0, false
}

// connack are the return codes of an MQTT broker (MQTT 3.1.1, 3.2.2.3).
var connack = map[int64]words{
	1: {"the protocol version is not accepted", "协议版本不被接受"}, 2: {"the client identifier is not accepted", "客户端标识符不被接受"},
	3: {"the server is not available", "服务器不可用"}, 4: {"user name or password are wrong", "用户名或密码错误"}, 5: {"not authorized", "未授权"},
}

// pubSubClient are the states of the library that most Arduino sketches and Tasmota use (its header, public).
var pubSubClient = map[int64]words{
	-4: {"the broker did not answer in time", "代理没有及时应答"}, -3: {"the connection was lost", "连接丢失"},
	-2: {"no TCP or TLS connection was made", "没有建立 TCP 或 TLS 连接"}, -1: {"it is disconnected", "已断开"},
}

// named reads the name of a code; false for another name of espconn.h.
func (r *reader) named(name string) bool {
	found := r.byName(name)
	if len(found) == 0 || name == "ESPCONN_OK" {
		return false
	}
	r.note(words{"a code of espconn", "espconn 的错误码"})
	r.mean(found...)
	r.failed(reachConnect, found[0].Name, found[0].Cause, found[0].Remedy)
	return true
}

// returned takes the result of a function; false for a number that it cannot return.
func (r *reader) returned(function string, v int64) bool {
	if function == lookup && v == int64(espconn.INPROGRESS) {
		r.note(words{"the look-up has begun, which is no error: the callback brings the address, or NULL after 7 s",
			"域名查询已开始，不是错误：回调会给出地址，7 秒后给出 NULL"})
		return true
	}
	if v == 0 {
		r.note(words{"%s was accepted", "%s 已被接受"}, function)
		return true
	}
	if v > 0 {
		if v > 4 || !strings.HasSuffix(function, "connect") {
			return false
		}
		r.note(words{"result of %s", "%s 的结果"}, function)
		m := r.translator.status(v)
		r.mean(m)
		r.failed(reachAddress, fmt.Sprintf("%s: %d", function, v), m.Cause, m.Remedy)
		return true
	}
	if !strings.HasPrefix(function, "espconn_secure_") && axAlone(v) {
		return false
	}
	for _, a := range apiCodes {
		if int64(a.err) == v {
			r.note(words{"result of %s", "%s 的结果"}, function)
			m := r.result(a)
			why, remedy := a.of(function)
			m.Name, m.Cause, m.Remedy = a.callName(function), r.say(why), r.say(remedy)
			r.mean(m)
			r.failed(reachConnect, a.callName(function), m.Cause, m.Remedy)
			return true
		}
	}
	for _, a := range axCodes {
		if int64(a.value) == v {
			found := r.byValue(v)
			r.note(words{"result of %s", "%s 的结果"}, function)
			r.mean(found...)
			r.saysAll(found)
			r.failed(reachConnect, fmt.Sprintf("%s: %s (%d)", function, a.name, v), found[0].Cause, found[0].Remedy)
			return true
		}
	}
	return false
}

// axAlone reports whether axTLS alone gives a code, which no function of plain TCP and UDP returns then.
func axAlone(v int64) bool {
	for _, a := range axCodes {
		if int64(a.value) == v {
			return true
		}
	}
	return false
}

// reconnected takes the value of a reconnect callback; m[1] is the number.
func reconnected(r *reader, m []string) bool {
	v := number(m[1])
	if v == 0 || r.mentions("websocket", "attempt", "retr", "try", "rc=") {
		return false
	}
	found := r.byValue(v)
	for i := len(found) - 1; i >= 0; i-- { // what a call alone returns
		if found[i].Where == "return value" {
			found = append(found[:i], found[i+1:]...)
		}
	}
	if len(found) == 0 {
		return false
	}
	r.note(words{"value of the reconnect callback", "reconnect 回调的值"})
	r.mean(found...)
	reach := reachConnect
	switch {
	case v < int64(espconn.ISCONN) || v > 0: // TLS
		reach = reachHandshake
		if r.connected {
			reach = reachNothing
		}
	}
	if r.underWay { // no line of the handshake has said so
		r.log.Failed++
		r.underWay = false
	}
	r.connected = false
	name := found[0].Name
	if strings.HasPrefix(found[0].Where, "TLS") {
		name = m[1] + " (" + name + ")"
	}
	r.saysAll(found)
	r.failed(reach, name, found[0].Cause, found[0].Remedy)
	r.step(StageEnded, words{"the connection ended: %s", "连接结束：%s"}, m[1])
	return true
}
