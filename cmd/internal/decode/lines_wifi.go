package decode

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/emulator/cause"
)

// wifiReason is a reason of the event STAMODE_DISCONNECTED: its name and what it says (sdk-surface.md, Wifi events and Station status;
// 1 to 24 are those of IEEE 802.11).
type wifiReason struct {
	name   string
	cause  words
	remedy words
}

var (
	_, passwordFix = catalogue(cause.WrongPassword)
	_, signalFix   = catalogue(cause.StationLost)
	_, presentFix  = catalogue(cause.NoAccessPoint)
	pointFix       = words{"look at the access point's log and its limits", "查看接入点的日志和限制"}
	cipherFix      = words{"set the access point to WPA2 with AES (CCMP)", "把接入点设为 WPA2 加 AES（CCMP）"}
)

var wifiReasons = map[int]wifiReason{
	1: {"UNSPECIFIED", words{"the access point ended it without a reason", "接入点没有说明原因就断开"}, pointFix},
	2: {"AUTH_EXPIRE", words{"the access point did not answer the authentication or ended the key handshake: with many routers a wrong " +
		"password",
		"接入点没有应答认证，或中止了密钥握手：许多路由器以此表示密码错误"}, passwordFix},
	3: {"AUTH_LEAVE", words{"the access point leaves, or was told to send the station away", "接入点离开，或被要求断开该 station"}, pointFix},
	4: {"ASSOC_EXPIRE", words{"the access point did not answer the association, or heard nothing of the station for too long",
		"接入点没有应答关联，或太久没有收到 station 的数据"}, signalFix},
	5: {"ASSOC_TOOMANY", words{"the access point has as many stations as it takes", "接入点的 station 数量已满"}, pointFix},
	6: {"NOT_AUTHED", words{"the access point takes the station for not authenticated", "接入点认为 station 未认证"}, passwordFix},
	7: {"NOT_ASSOCED", words{"the access point takes the station for not associated: it has restarted or forgotten it",
		"接入点认为 station 未关联：它重启过或已忘记该 station"}, pointFix},
	8: {"ASSOC_LEAVE", words{"the station left by itself: wifi_station_disconnect, a change of the mode or of the settings",
		"station 自己离开：wifi_station_disconnect、模式或设置的改变"}, words{}},
	9:  {"ASSOC_NOT_AUTHED", words{"an association without authentication", "未认证就关联"}, pointFix},
	10: {"DISASSOC_PWRCAP_BAD", words{"the power capability is not accepted (802.11h)", "功率能力不被接受（802.11h）"}, pointFix},
	11: {"DISASSOC_SUPCHAN_BAD", words{"the channels are not accepted (802.11h)", "信道不被接受（802.11h）"}, pointFix},
	13: {"IE_INVALID", words{"an information element is not accepted", "信息元素不被接受"}, cipherFix},
	14: {"MIC_FAILURE", words{"a message's integrity check failed: a wrong password, or TKIP's countermeasures",
		"消息完整性校验失败：密码错误，或 TKIP 的反制措施"}, passwordFix},
	15: {"4WAY_HANDSHAKE_TIMEOUT", words{"the key handshake did not come to its end: the password is wrong", "密钥握手没有完成：密码错误"}, passwordFix},
	16: {"GROUP_KEY_UPDATE_TIMEOUT", words{"the renewal of the group key was not answered", "组密钥更新没有应答"}, signalFix},
	17: {"IE_IN_4WAY_DIFFERS", words{"the access point's settings in the key handshake differ from its beacon's", "密钥握手中的设置与信标不同"},
		cipherFix},
	18: {"GROUP_CIPHER_INVALID", words{"the group cipher is not accepted", "组加密算法不被接受"}, cipherFix},
	19: {"PAIRWISE_CIPHER_INVALID", words{"the pairwise cipher is not accepted", "成对加密算法不被接受"}, cipherFix},
	20: {"AKMP_INVALID", words{"the kind of key management is not accepted", "密钥管理方式不被接受"}, cipherFix},
	21: {"UNSUPP_RSN_IE_VERSION", words{"the version of RSN is not accepted", "RSN 版本不被接受"}, cipherFix},
	22: {"INVALID_RSN_IE_CAP", words{"the capabilities of RSN are not accepted", "RSN 能力不被接受"}, cipherFix},
	23: {"802_1X_AUTH_FAILED", words{"802.1X refused the station", "802.1X 拒绝了 station"},
		words{"check name, password and certificates of WPA2 Enterprise", "检查 WPA2 企业版的用户名、密码和证书"}},
	24: {"CIPHER_SUITE_REJECTED", words{"the cipher is refused by policy", "加密算法因策略被拒绝"}, cipherFix},
	200: {"BEACON_TIMEOUT", words{"the access point's beacons are not heard any more: it is gone, too far away, or the air is full",
		"收不到接入点的信标：它已关闭、太远，或信道拥挤"}, signalFix},
	201: {"NO_AP_FOUND", words{"no access point with this SSID was found", "没有找到该 SSID 的接入点"}, presentFix},
	202: {"AUTH_FAIL", words{"the access point refused the authentication", "接入点拒绝了认证"}, passwordFix},
	203: {"ASSOC_FAIL", words{"the access point refused the association", "接入点拒绝了关联"},
		words{"let the access point take more stations, and 802.11b/g/n with WPA2", "让接入点接受更多 station，并使用 802.11b/g/n 和 WPA2"}},
	204: {"HANDSHAKE_TIMEOUT", words{"the key handshake was not over in ten seconds: a wrong password, or frames are lost",
		"密钥握手在十秒内没有完成：密码错误，或有帧丢失"}, passwordFix},
}

// reasonNames are the numbers by their names.
var reasonNames = func() map[string]int {
	all := map[string]int{}
	for n, r := range wifiReasons {
		all[r.name] = n
	}
	return all
}()

// wifi takes a reason of Wi-Fi; false for a number that is none.
func (r *reader) wifi(n int) bool {
	reason, ok := wifiReasons[n]
	if !ok {
		return false
	}
	if r.line.Note == "" {
		r.note(words{"Wi-Fi reason %d, %s: %s", "Wi-Fi 原因 %d，%s：%s"}, n, reason.name, r.say(reason.cause))
	} else {
		r.line.Note += r.say(words{": reason %d, %s: %s", "：原因 %d，%s：%s"}, n, reason.name, r.say(reason.cause))
	}
	r.step(StageWiFi, words{"left or refused: reason %d, %s", "离开或被拒绝：原因 %d，%s"}, n, reason.name)
	r.joined, r.addressed = false, false
	if n != 8 {
		reach := reachAddress
		r.fail(reach, r.say(words{"Wi-Fi reason %d", "Wi-Fi 原因 %d"}, n), reason.cause, reason.remedy)
	}
	return true
}

// stationStates are the numbers of a station's states, and their names in later SDKs (sdk-surface.md, Log lines).
var stationStates = map[string]string{"init": "0", "auth": "2", "assoc": "3", "run": "5"}

// mentions reports whether one of some texts in lower case is in the line.
func (r *reader) mentions(texts ...string) bool {
	for _, t := range texts {
		if bytes.Contains(r.lower, []byte(t)) {
			return true
		}
	}
	return false
}

// apFrames are kinds of 802.11 frames in the number behind a change of state (sdk-surface.md, Log lines).
const (
	frameDeauthentication = 0xC0
	frameDisassociation   = 0xA0
)

// otherReason is a word in front of reasons that are not the radio's.
var otherReason = lazyregexp.New(`(?i)\b(?:mqtt|https?|websocket|ws|reset|rst|tcp|ota)\b`)

// wifiRules read the lines of the radio, of DHCP and of handlers of Wi-Fi events (sdk-surface.md, Log lines).
var wifiRules = []rule{
	kind([]string{"state: "}, `\bstate: (\w+) -> (\w+) \((-?[0-9a-fA-F]{1,4})\)`, func(r *reader, m []string) bool {
		from, to := state(m[1]), state(m[2])
		code, err := strconv.ParseInt(m[3], 16, 32)
		if from == "" || to == "" || err != nil || !passes(from, to, int(code)) {
			return false
		}
		r.stateChange(from, to, int(code))
		return true
	}),
	kind([]string{"reconnect after"}, `no (.+?) found, reconnect after (\d+)s`, func(r *reader, m []string) bool {
		r.note(words{"no access point %q was found; the next search is in %s s", "没有找到接入点 %q；%s 秒后再次搜索"}, m[1], m[2])
		r.step(StageWiFi, words{"no access point %q", "没有接入点 %q"}, m[1])
		r.fail(reachAddress, r.say(words{"Wi-Fi reason 201", "Wi-Fi 原因 201"}), wifiReasons[201].cause, wifiReasons[201].remedy)
		return true
	}),
	kind([]string{"connected with "}, `connected with (.+?), channel (\d+)`, func(r *reader, m []string) bool {
		r.joined = true
		r.works(reachWiFi)
		r.note(words{"the station has joined %q on channel %s", "station 已连上 %q，信道 %s"}, m[1], m[2])
		r.step(StageWiFi, words{"joined %q, channel %s", "已连上 %q，信道 %s"}, m[1], m[2])
		return true
	}),
	kind([]string{",mask:"}, `\bip:(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}),mask:`, func(r *reader, m []string) bool {
		if r.mentions("dhcp server start") {
			r.note(words{"the soft-AP's DHCP server runs", "soft-AP 的 DHCP 服务器已启动"})
			r.step(StageWiFi, words{"soft-AP with DHCP server at %s", "soft-AP，DHCP 服务器 %s"}, m[1])
			return true
		}
		r.addressed = true
		r.works(reachAddress)
		r.note(words{"the station has an address: from here on connect works", "station 已获得地址：从这里开始可以 connect"})
		r.step(StageAddress, words{"address %s", "地址 %s"}, m[1])
		return true
	}),
	said("dhcp client start", `dhcp client start`, words{"DHCP asks for an address", "DHCP 请求地址"}),
	kind([]string{"dhcp timeout"}, `(?i)dhcp timeout`, func(r *reader, _ []string) bool {
		r.note(words{"no address from the DHCP server", "没有从 DHCP 服务器获得地址"})
		r.fail(reachAddress, "DHCP timeout", words{"the DHCP server gave no address", "DHCP 服务器没有给出地址"},
			words{"look at the DHCP server and its pool, or set the address with wifi_set_ip_info",
				"检查 DHCP 服务器及其地址池，或用 wifi_set_ip_info 设置地址"})
		r.step(StageAddress, words{"no address by DHCP", "DHCP 没有给出地址"})
		return true
	}),
	kind([]string{"udp_sendto result"}, `dhcps: (\w+)>>udp_sendto result ([0-9a-fA-F]+)`, func(r *reader, m []string) bool {
		n, ok := hex(m[2])
		if !ok {
			return false
		}
		name := lwipCodes[int(int32(n))]
		if name == "" {
			name = "lwIP"
		}
		r.note(words{"the soft-AP's DHCP server could not send (%s): UDP gave %d, %s", "soft-AP 的 DHCP 服务器无法发送（%s）：UDP 返回 %d，%s"}, m[1],
			int32(n), name)
		if n != 0 {
			r.failed(reachAddress, "dhcps "+m[1]+" "+m[2], r.say(words{"the soft-AP's DHCP server could not send its message: UDP " +
				"gave %d, %s",
				"soft-AP 的 DHCP 服务器无法发送消息：UDP 返回 %d，%s"}, int32(n), name),
				r.say(words{"return to the SDK more often, free heap, and start the DHCP server only when the soft-AP is up",
					"更频繁地返回 SDK，释放堆内存，并在 soft-AP 启动之后再启动 DHCP 服务器"}))
		}
		return true
	}),
	kind([]string{"bcn_timout"}, `bcn_timout`, func(r *reader, _ []string) bool {
		r.note(words{"the access point's beacons are missing; the station asks it with probes", "收不到接入点的信标；station 发送探测"})
		r.step(StageWiFi, words{"beacons are missing", "收不到信标"})
		r.fail(reachWiFi, "bcn_timout", wifiReasons[200].cause, wifiReasons[200].remedy)
		return true
	}),
	kind([]string{"ap_probe_send over", "ap_probe_send_over"}, `ap_probe_send[ _]over`, func(r *reader, _ []string) bool {
		r.note(words{"the access point does not answer the probes: the station gives it up (reason 200)", "接入点不应答探测：station 放弃它（原因 200）"})
		r.step(StageWiFi, words{"the access point is lost", "失去接入点"})
		r.fail(reachAddress, "ap_probe_send over", wifiReasons[200].cause, wifiReasons[200].remedy)
		r.joined, r.addressed = false, false
		return true
	}),
	kind([]string{"mode : "}, `\bmode : (null|sta|softAP)\b(.*softAP)?`, func(r *reader, m []string) bool {
		mode := words{"station", "station"}
		switch {
		case m[1] == "null":
			mode = words{"off", "关闭"}
		case m[1] == "softAP":
			mode = words{"soft-AP", "soft-AP"}
		case m[2] != "":
			mode = words{"station and soft-AP", "station 加 soft-AP"}
		}
		r.note(words{"Wi-Fi mode: %s", "Wi-Fi 模式：%s"}, r.say(mode))
		r.step(StageWiFi, words{"mode: %s", "模式：%s"}, r.say(mode))
		return true
	}),
	said("scandone", `\bscandone\b`, words{"a scan is over", "扫描结束"}),
	said("pm open", `\bf?pm open`, words{"power saving of the radio begins: the station is connected or idle", "射频省电开始：station 已连接或空闲"}),
	said("pm close", `\bf?pm close`, words{"power saving of the radio ends", "射频省电结束"}),
	said("force slp", `force slp enable`, words{"the radio is made to sleep: Wi-Fi is off", "强制射频睡眠：Wi-Fi 已关闭"}),
	kind([]string{"station: "}, `\bstation: ([0-9a-fA-F:]{17}) (join|leave), AID = (\d+)`, func(r *reader, m []string) bool {
		what := words{"joins", "加入"}
		if m[2] == "leave" {
			what = words{"leaves", "离开"}
		}
		r.note(words{"station %s %s the soft-AP as number %s", "station %s %s soft-AP，编号 %s"}, m[1], r.say(what), m[3])
		return true
	}),
	said("add if", `\badd if[01]\b`, words{"an interface is made: if0 the station, if1 the soft-AP", "创建接口：if0 为 station，if1 为 soft-AP"}),
	said("del if", `\bdel if[01]\b`, words{"an interface is taken away: if0 the station, if1 the soft-AP",
		"删除接口：if0 为 station，if1 为 soft-AP"}),
	kind([]string{"aid "}, `^[^a-zA-Z]*aid \d+\s*$`, func(r *reader, _ []string) bool {
		r.keys = !r.joined // SDKs that print no changes of state
		r.note(words{"the number that an access point gives a station", "接入点给 station 的编号"})
		return true
	}),
	said("cnt", `^[^a-zA-Z]*cnt\s*$`, words{"the key handshake begins, or is not needed", "密钥握手开始，或不需要"}),
	said("add ", `^[^a-zA-Z]*add [1-9]\s*$`, words{"a station of the soft-AP is put into the list of peers", "soft-AP 的 station 加入对端列表"}),
	said("add ", `^[^a-zA-Z]*add 0\s*$`, words{"the access point is put into the list of peers", "接入点加入对端列表"}),
	said("rm ", `^[^a-zA-Z]*rm [1-9]\s*$`, words{"a station of the soft-AP is taken from the list of peers", "soft-AP 的 station 从对端列表删除"}),
	kind([]string{"rm "}, `^[^a-zA-Z]*rm (?:0|match)\s*$`, func(r *reader, _ []string) bool {
		r.note(words{"the access point is taken from the list of peers", "接入点从对端列表删除"})
		if r.keys && !r.joined && !r.addressed {
			r.note(words{"the station left the access point before it had an address, in the key handshake most likely",
				"station 在获得地址之前离开了接入点，很可能在密钥握手中"})
			r.step(StageWiFi, words{"left before it had an address", "在获得地址之前离开"})
			r.fail(reachAddress, "rm", words{"the access point took the station and lost it before it had an address: in the key " +
				"handshake most likely, as with a wrong password", "接入点接受了 station，但在它获得地址之前断开：很可能在密钥握手中，例如密码错误"}, passwordFix)
		}
		r.keys = false
		return true
	}),
	said("reconnect", `^[^a-zA-Z]*reconnect\s*$`, words{"the station tries again (wifi_station_set_reconnect_policy)",
		"station 再次尝试（wifi_station_set_reconnect_policy）"}),
	kind([]string{"lmacrxblk"}, `LmacRxBlk`, func(r *reader, _ []string) bool {
		r.note(words{"the radio's receive buffers are all in use: frames are lost", "射频的接收缓冲区全部占用：有帧丢失"})
		r.step(StageWiFi, words{"receive buffers are full", "接收缓冲区已满"})
		r.fail(reachNothing, "LmacRxBlk", words{"more frames came than the firmware took: the radio's receive buffers are all in use",
			"收到的帧多于固件取走的：射频的接收缓冲区全部占用"},
			words{"return from callbacks sooner, do not hold what is received (espconn_recv_hold), and let peers send less at once",
				"更快地从回调返回，不要保留收到的数据（espconn_recv_hold），并让对端每次少发"})
		return true
	}),
	kind([]string{"wifi evt:", "event_stamode_", "sta disconnect", "reason"}, `(?i)(?:`+
		`(?:\breason\w*\b(?: code)?|\bsta disconnect(?:ed)?)\s*[:=]?\s*['"\[({]*\s*|EVENT_STAMODE_DISCONNECTED\D{1,60}?)(\d{1,3})\b`,
		func(r *reader, m []string) bool {
			n := digits(m[1])
			if _, ok := wifiReasons[n]; !ok || otherReason().MatchString(r.text[:strings.Index(r.text, m[0])]) {
				return false
			}
			if !r.mentions("wifi", "wi-fi", "wlan", "ssid", "station", "sta ", "disconnect from", "disconnected from", "bssid",
				"event_stamode", "[sta]") &&
				(n < 200 || !r.mentions("disconnect") && !barestReason().MatchString(r.text)) {
				return false
			}
			return r.wifi(n)
		}),
	kind([]string{"reason_"}, `\b(?:WIFI_)?REASON_(\w+)`, func(r *reader, m []string) bool {
		n, ok := reasonNames[strings.ToUpper(m[1])]
		return ok && r.wifi(n)
	}),
	kind([]string{"station_wrong_password", "station_no_ap_found", "station_connect_fail"},
		`(?i)\bSTATION_(WRONG_PASSWORD|NO_AP_FOUND|CONNECT_FAIL)\b`, func(r *reader, m []string) bool {
			r.stationIs(map[string]int64{"WRONG_PASSWORD": 2, "NO_AP_FOUND": 3, "CONNECT_FAIL": 4}[strings.ToUpper(m[1])])
			return true
		}),
	kind([]string{"connect_status", "station status", "sta status"},
		`(?i)(?:\bwifi_station_get_connect_status\b|\bsta(?:tion)? status)\D{0,20}?\b([0-5])\s*$`,
		func(r *reader, m []string) bool {
			r.stationIs(int64(digits(m[1])))
			return true
		}),
}

// barestReason is a line whose first word is a reason's, as examples of the SDK print it: other words before it may be a sensor's.
var barestReason = lazyregexp.New(`(?i)^[^a-z]*(?:(?:evt|event)[^a-z]*)?reason\s*[\[:=]`)

// stationIs takes what wifi_station_get_connect_status says.
func (r *reader) stationIs(n int64) {
	r.note(words{"station status %d: %s", "station 状态 %d：%s"}, n, r.say(stationStatus[n]))
	name := r.say(words{"station status %d", "station 状态 %d"}, n)
	switch n {
	case 2:
		r.fail(reachAddress, name, stationStatus[n], passwordFix)
	case 3:
		r.fail(reachAddress, name, stationStatus[n], presentFix)
	case 4:
		r.fail(reachAddress, name, stationStatus[n], pointFix)
	case 5:
		r.addressed = true
		r.works(reachAddress)
	}
}

// state returns the number of a station's state, "" for what is none.
func state(s string) string {
	if n, ok := stationStates[s]; ok {
		return n
	}
	if s == "0" || s == "2" || s == "3" || s == "5" {
		return s
	}
	return ""
}

// passes reports whether a station's state changes so: onward with the frame of that step, or back.
func passes(from, to string, code int) bool {
	switch from + to {
	case "02":
		return code == 0xB0
	case "23":
		return code == 0
	case "35":
		return code == 0x10
	}
	return to == "0" || to == "2" && from != "0"
}

// stateChange takes a change of the station's state: 0 none, 2 authentication, 3 association, 5 running. code has the frame that
// brought it in its low byte and the reason above, or the reason alone (sdk-surface.md, Log lines).
func (r *reader) stateChange(from, to string, code int) {
	frame, above := code&0xFF, code>>8
	switch {
	case to == "5":
		r.joined = true
		r.note(words{"the station is associated", "station 已关联"})
		r.step(StageWiFi, words{"associated", "已关联"})
	case from == "0" && to == "2":
		r.note(words{"the access point is found, authentication begins", "找到接入点，认证开始"})
	case from == "2" && to == "3":
		r.note(words{"authenticated, association begins", "已认证，关联开始"})
	case frame == frameDeauthentication || frame == frameDisassociation:
		keys := from == "5" && !r.addressed
		r.note(words{"the access point sent the station away", "接入点断开了 station"})
		if keys {
			r.note(words{"the access point sent the station away before it had an address, in the key handshake most likely",
				"在 station 获得地址之前，接入点断开了它，很可能在密钥握手中"})
		}
		if !r.wifi(above) {
			r.fail(reachAddress, r.say(words{"Wi-Fi reason %d", "Wi-Fi 原因 %d"}, above), wifiReasons[1].cause, pointFix)
		}
	case to == "0" && from == "2" && above+frame == 2, to == "0" && from == "3" && above+frame == 4, to == "0" && frame == 0 && above > 0:
		r.note(words{"the attempt ended", "尝试结束"})
		if !r.wifi(above + frame) {
			return
		}
	case to == "0" && from == "3" && code != 0:
		r.note(words{"the access point did not take the association (0x%x)", "接入点没有接受关联（0x%x）"}, code)
		r.wifi(203)
	case from == "5":
		r.note(words{"the station left the access point", "station 离开了接入点"})
		r.step(StageWiFi, words{"left the access point", "离开接入点"})
		r.joined, r.addressed = false, false
	default:
		r.note(words{"the station begins anew", "station 重新开始"})
	}
}
