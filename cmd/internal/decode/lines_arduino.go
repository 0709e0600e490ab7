package decode

import (
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
)

// arduinoRules read lines of the Arduino core's libraries, which stand among the SDK's in many logs: their codes are their own, and of
// TLS the core has BearSSL. Facts: the headers of BearSSL (bearssl_ssl.h, bearssl_x509.h) and of ESP8266httpUpdate, both public.
var arduinoRules = []rule{
	kind([]string{"bssl", "bearssl", "tls connection error"}, `(?i)\b(?:BSSL|BearSSL|TLS connection (?:error))\b(.*)`, func(r *reader, m []string) bool {
		if r.bear == 0 {
			r.bear = r.n
		}
		n, ok := resultIn(m[1])
		why, known := bearReason(n)
		quoted := bearQuoted().FindStringSubmatch(m[1])
		switch {
		case ok && known:
			r.note(words{"error %d of BearSSL, the Arduino core's TLS library, not of the SDK: %s",
				"Arduino 核心的 TLS 库 BearSSL 的错误 %d，不是 SDK 的：%s"}, n, r.say(why))
		case quoted != nil:
			r.note(words{"an error of BearSSL, the Arduino core's TLS library, not of the SDK: %s",
				"Arduino 核心的 TLS 库 BearSSL 的错误，不是 SDK 的：%s"}, strings.TrimRight(quoted[1], ". "))
		case strings.Contains(strings.ToLower(m[1]), "failed"):
			r.note(words{"an error of BearSSL, the Arduino core's TLS library, not of the SDK",
				"Arduino 核心的 TLS 库 BearSSL 的错误，不是 SDK 的"})
		default:
			r.note(words{"a line of BearSSL, the Arduino core's TLS library", "Arduino 核心的 TLS 库 BearSSL 的行"})
			return true
		}
		r.theirs = r.line.Note
		return true
	}),
	kind([]string{"http_update_fai"}, `(?i)HTTP_UPDATE_FAI\w*\D{0,20}?(-\d{1,3})\b`, func(r *reader, m []string) bool {
		r.note(words{"a code of the Arduino core's ESP8266httpUpdate, not of the SDK", "Arduino 核心的 ESP8266httpUpdate 的错误码，不是 SDK 的"})
		if why, ok := httpUpdate[number(m[1])]; ok {
			r.line.Note += r.say(words{": %s", "：%s"}, r.say(why))
		}
		r.theirs = r.line.Note
		return true
	}),
}

// bearQuoted is what the core prints of an error in words.
var bearQuoted = lazyregexp.New(`(?i)error\s*[=:]\s*'([^']+)'`)

// bearReason is what an error of BearSSL says: an alert that came or went, or one of bearReasons.
func bearReason(n int64) (words, bool) {
	switch {
	case n >= 512 && n < 768:
		return words{"the device sent a fatal alert, whose number is the error less 512", "设备发送了致命警报，编号为错误码减 512"}, true
	case n >= 256 && n < 512:
		return words{"the peer sent a fatal alert, whose number is the error less 256", "对端发送了致命警报，编号为错误码减 256"}, true
	}
	why, ok := bearReasons[n]
	return why, ok
}

var bearReasons = map[int64]words{
	3: {"the peer's protocol version is not supported", "不支持对端的协议版本"}, 6: {"a record is larger than the receive buffer", "记录大于接收缓冲区"},
	7:  {"a record's MAC is wrong", "记录的 MAC 错误"},
	31: {"the connection below ended", "下层连接已断开"}, 52: {"a signature of the chain is wrong", "证书链中的签名错误"},
	53: {"the clock is not set, so that dates cannot be checked", "时钟未设置，无法检查日期"},
	54: {"a certificate has expired or is not yet valid by the device's clock", "按设备时钟，证书已过期或尚未生效"},
	56: {"the certificate does not have the server's name", "证书中没有该服务器的名称"}, 60: {"a key of the chain is too short", "证书链中的密钥太短"},
	62: {"the chain does not end at a trusted certificate", "证书链没有以受信任的证书结尾"},
}

// httpUpdate are the codes of ESP8266httpUpdate, and from -1 to -11 those of ESP8266HTTPClient, which it passes on.
var httpUpdate = map[int64]words{
	-1: {"no connection", "没有连接"}, -4: {"not connected", "未连接"}, -5: {"the connection was lost", "连接丢失"},
	-7: {"the answer is not HTTP", "应答不是 HTTP"}, -8: {"too little heap", "堆内存太少"},
	-11: {"the server did not answer in time", "服务器没有及时应答"}, -100: {"the flash has too little space", "flash 空间不足"},
	-101: {"the answer does not name the length", "应答没有给出长度"}, -102: {"the server answers 404", "服务器回答 404"},
	-103: {"the server answers 403", "服务器回答 403"}, -104: {"the server answers with another status than 200", "服务器回答的状态不是 200"},
	-105: {"the MD5 sum is wrong", "MD5 校验和错误"}, -106: {"the file is no image: its first byte is not 0xE9", "文件不是镜像：第一个字节不是 0xE9"},
	-107: {"the image is for a larger flash than the chip's", "镜像所需的 flash 大于芯片的 flash"},
}
