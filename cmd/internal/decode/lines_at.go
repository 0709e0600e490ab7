package decode

import "strings"

// atRules read the answers of Espressif's AT firmware. Facts: its instruction set for the ESP8266, public.
var atRules = []rule{
	kind([]string{"link is not"}, `^\s*link is not(?: valid)?\s*$`, func(r *reader, _ []string) bool {
		r.notOurs(words{"an answer of the AT firmware, not of the SDK: the link that the command names is not open: AT+CIPSTATUS lists " +
			"those that are", "AT 固件的应答，不是 SDK 的：命令所指的连接没有打开：AT+CIPSTATUS 列出已打开的连接"})
		return true
	}),
	kind([]string{"busy p...", "busy s..."}, `^\s*busy ([ps])\.\.\.\s*$`, func(r *reader, m []string) bool {
		if m[1] == "s" {
			r.notOurs(words{"an answer of the AT firmware, not of the SDK: it still sends what the command before gave it: wait for " +
				"SEND OK",
				"AT 固件的应答，不是 SDK 的：它还在发送上一条命令的数据：等待 SEND OK"})
		} else {
			r.notOurs(words{"an answer of the AT firmware, not of the SDK: it still works on the command before: wait for OK or ERROR",
				"AT 固件的应答，不是 SDK 的：它还在执行上一条命令：等待 OK 或 ERROR"})
		}
		return true
	}),
	kind([]string{"+cwjap:"}, `^\+CWJAP:([1-4])\s*$`, func(r *reader, m []string) bool {
		r.notOurs(words{"an answer of the AT firmware, not of the SDK: it has not joined the access point: %s",
			"AT 固件的应答，不是 SDK 的：没有加入接入点：%s"}, r.say(joinAnswers[m[1]]))
		return true
	}),
	kind([]string{"at+cipstart"}, `AT\+CIPSTART=`, func(r *reader, _ []string) bool {
		r.note(words{"a command of the AT firmware: make a connection", "AT 固件的命令：建立连接"})
		r.atConnects = true
		return true
	}),
	kind([]string{"closed", "dns fail", "no ip", "send fail", "unlink", "connect"},
		`(?i)^\s*(?:\d,)?(CLOSED|DNS Fail|no ip|SEND FAIL|UNLINK|CONNECT|ALREAD?Y CONNECT(?:ED)?)\s*$`, func(r *reader, m []string) bool {
			what := strings.ToLower(m[1])
			switch {
			case what == "connect" && r.atConnects:
				r.note(words{"an answer of the AT firmware: the connection is made", "AT 固件的应答：连接已建立"})
				r.atConnects = false
			case what == "closed" && r.atConnects:
				r.notOurs(words{"an answer of the AT firmware, not of the SDK: the connection of AT+CIPSTART was not made or ended at " +
					"once: it does not say why; try address, port and AT+CIPSSLSIZE, and look at the server's log",
					"AT 固件的应答，不是 SDK 的：AT+CIPSTART 的连接没有建立或立即结束，它不说明原因：检查地址、端口和 AT+CIPSSLSIZE，并查看服务器日志"})
				r.atConnects = false
			case strings.HasPrefix(what, "alread") || strings.HasPrefix(what, "alreay"):
				r.notOurs(words{"an answer of the AT firmware, not of the SDK: this link is open already: AT+CIPCLOSE closes it",
					"AT 固件的应答，不是 SDK 的：该连接已经打开：用 AT+CIPCLOSE 关闭"})
			default:
				why, known := atAnswers[what]
				if !known {
					return false
				}
				r.notOurs(words{"an answer of the AT firmware, not of the SDK: %s", "AT 固件的应答，不是 SDK 的：%s"}, r.say(why))
			}
			return true
		}),
}

var joinAnswers = map[string]words{"1": {"the time is over", "超时"}, "2": {"the password is wrong", "密码错误"},
	"3": {"there is no such access point", "没有该接入点"}, "4": {"it did not let the station in", "接入失败"}}

var atAnswers = map[string]words{
	"dns fail": {"the name was not found: try the name server, or an address", "找不到该域名：检查域名服务器，或使用地址"},
	"no ip":    {"the station has no address: join an access point first (AT+CWJAP)", "没有地址：请先加入接入点（AT+CWJAP）"},
	"send fail": {"the data of AT+CIPSEND did not leave: the connection broke or TCP had no room",
		"AT+CIPSEND 的数据没有发出：连接中断或 TCP 没有空间"},
	"unlink": {"there is no such link", "没有该连接"},
}
