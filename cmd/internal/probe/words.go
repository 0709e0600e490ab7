package probe

import "github.com/emu8266/emu8266/emulator/cause"

// phrases are what a report says in one language, beside causes.
type phrases struct {
	yesAll, yesFrom, yesBetween, inPart, no, noSize, noHeap, noTCP string // the verdict
	needs, needsRange, moreHeap, heapOf                            string // its heap
	stop, and, at, to, colon, openParen, closeParen                string // between words

	chain, matrix, least, why, change, about                                                             string // headings
	bytes, key, signature, until, subject, unreadable, profile, setSize, heap, at2                       string // columns
	message, record, notSeen, raised, noneWorks, offline, sni, seen, ok, fails, failsAt, callback, comma string

	unfitKey, unfitTransport, unfitUsage             string
	unfitKeyFix, unfitUsageFix                       string
	madeWith, handshakes                             string
	connected, connectedSent, noResult, closedByPeer string
	returnedFalse, returned, takes, takesOnly        string
}

var speech = map[cause.Language]phrases{
	cause.English: {
		yesAll:     "Yes: an ESP8266 can connect to %s with every SDK and size that was tried.",
		yesFrom:    "Yes: an ESP8266 can connect to %s with a buffer of %d bytes or more: espconn_secure_set_size(1, %d).",
		yesBetween: "Yes: an ESP8266 can connect to %s with a buffer of %d to %d bytes: espconn_secure_set_size(1, %d).",
		inPart:     "In part: %s can connect to %s, %s cannot.",
		no:         "No: an ESP8266 cannot connect to %s.",
		noSize: "No: an ESP8266 cannot connect to %s with the sizes that were tried; %d bytes are enough: " +
			"espconn_secure_set_size(1, %d).",
		noHeap:     "No: an ESP8266 cannot connect to %s with %d bytes of heap free at boot.",
		noTCP:      "No: there is no TCP connection to %s; check address and port.",
		needs:      "It needs %d bytes of heap free at espconn_secure_connect.",
		needsRange: "It needs %d (%s) to %d (%s) bytes of heap free at espconn_secure_connect.",
		moreHeap:   "have more heap free at espconn_secure_connect, at least: ", heapOf: "%d bytes with %s and size %d",
		stop: " ", and: ", ", at: " at ", to: " to ", colon: ": ", openParen: " (", closeParen: ")",

		chain: "The server's certificates", matrix: "Sizes (espconn_secure_set_size)", least: "The least that works",
		why: "Why the others fail", change: "What to change", about: "Notes",
		bytes: "bytes", key: "key", signature: "signature", until: "until", subject: "subject", unreadable: "cannot be read",
		profile: "profile", setSize: "set_size", heap: "heap at boot", at2: "free at connect",
		message: "Certificate message: %d bytes.", record: "The server's longest record: %d bytes.",
		notSeen:   "The server showed no certificate.",
		raised:    "%s raises sizes below %d to %d: any size will do.",
		noneWorks: "none",
		offline: "The server of --chain uses RSA key transport. A server that prefers DHE takes more heap with a device that offers it " +
			"(SDK306, about 9 KB more): probe the server itself.",
		sni:  "The device sends no server name (SNI): a host with several names may show another certificate than a browser sees.",
		seen: "%d handshakes. The least heap was confirmed by two handshakes with it and with 8 bytes less.",
		ok:   "ok", fails: "FAIL", failsAt: "fails at %s", callback: "%s callback", comma: ", ",

		unfitKey: "the server's own certificate has a key of another kind (%s) than the device's suites need, RSA: no server can use it " +
			"with this device",
		unfitTransport: "the key usage of the server's own certificate forbids RSA key transport (no keyEncipherment), and the device " +
			"offers nothing else: GnuTLS, mbedTLS and Java refuse, OpenSSL and Go use the key all the same",
		unfitUsage: "the key usage of the server's own certificate allows neither RSA key transport nor signatures: GnuTLS, mbedTLS and " +
			"Java refuse, OpenSSL and Go use the key all the same",
		unfitKeyFix:   "give the server a certificate with an RSA key, beside the one it has if others need that",
		unfitUsageFix: "have the certificate made with the key usages digitalSignature and keyEncipherment",
		madeWith:      "Made by emu8266 %s: %s", handshakes: "%d handshakes",
		connected: "connected", connectedSent: "connected, %d bytes sent, %d received", noResult: "no result within %s",
		closedByPeer:  "the server closed the connection",
		returnedFalse: "espconn_secure_set_size(1, %d) returned false", returned: "%s returned %d, %v",
		takes: "%s takes sizes from %d to 8192.", takesOnly: "espconn_secure_set_size returned false, it takes %d to 8192",
	},
	cause.Chinese: {
		yesAll:     "可以：在试过的所有 SDK 和缓存大小下，ESP8266 都能连接 %s。",
		yesFrom:    "可以：缓存不小于 %[2]d 字节时，ESP8266 能连接 %[1]s：espconn_secure_set_size(1, %[3]d)。",
		yesBetween: "可以：缓存为 %[2]d 到 %[3]d 字节时，ESP8266 能连接 %[1]s：espconn_secure_set_size(1, %[4]d)。",
		inPart:     "部分可以：%s 能连接 %s，%s 不能。",
		no:         "不可以：ESP8266 不能连接 %s。",
		noSize:     "不可以：用试过的缓存大小，ESP8266 不能连接 %s；%d 字节就够：espconn_secure_set_size(1, %d)。",
		noHeap:     "不可以：启动时有 %[2]d 字节空闲堆时，ESP8266 不能连接 %[1]s。",
		noTCP:      "不可以：无法与 %s 建立 TCP 连接；请检查地址和端口。",
		needs:      "调用 espconn_secure_connect 时需要 %d 字节空闲堆。",
		needsRange: "调用 espconn_secure_connect 时需要 %d（%s）到 %d（%s）字节空闲堆。",
		moreHeap:   "调用 espconn_secure_connect 时要有更多空闲堆，至少：", heapOf: "%d 字节（%s，大小 %d）",
		stop: "", and: "、", at: "，大小 ", to: " 到 ", colon: "：", openParen: "（", closeParen: "）",

		chain: "服务器的证书", matrix: "缓存大小（espconn_secure_set_size）", least: "可用的最小值",
		why: "其余为何失败", change: "如何修改", about: "说明",
		bytes: "字节", key: "密钥", signature: "签名", until: "有效期至", subject: "主题", unreadable: "无法读取",
		profile: "配置", setSize: "set_size", heap: "启动时的堆", at2: "连接时空闲",
		message: "Certificate 消息：%d 字节。", record: "服务器最长的记录：%d 字节。",
		notSeen:   "服务器没有出示证书。",
		raised:    "%s 把小于 %d 的大小提高到 %d：任何大小都可以。",
		noneWorks: "无",
		offline:   "--chain 的服务器使用 RSA 密钥传输。对提供 DHE 的设备（SDK306），优先使用 DHE 的服务器需要更多堆（约多 9 KB）：请直接探测服务器。",
		sni:       "设备不发送服务器名（SNI）：有多个名字的主机出示的证书可能与浏览器看到的不同。",
		seen:      "共 %d 次握手。最小堆由两次成功的握手和少 8 字节时失败的握手确认。",
		ok:        "ok", fails: "失败", failsAt: "停在 %s", callback: "%s 回调", comma: "，",

		unfitKey:       "服务器自己的证书的密钥种类（%s）不是设备的套件所需的 RSA：任何服务器都不能用它与本设备握手",
		unfitTransport: "服务器自己的证书的密钥用途禁止 RSA 密钥传输（没有 keyEncipherment），而设备只提供这一种：GnuTLS、mbedTLS 和 Java 会拒绝，OpenSSL 和 Go 仍会使用",
		unfitUsage:     "服务器自己的证书的密钥用途既不允许 RSA 密钥传输也不允许签名：GnuTLS、mbedTLS 和 Java 会拒绝，OpenSSL 和 Go 仍会使用",
		unfitKeyFix:    "给服务器一张 RSA 密钥的证书；如果其他客户端需要，可与原有证书并存",
		unfitUsageFix:  "签发证书时加上密钥用途 digitalSignature 和 keyEncipherment",
		madeWith:       "由 emu8266 %s 生成：%s", handshakes: "%d 次握手",
		connected: "已连接", connectedSent: "已连接，发送 %d 字节，收到 %d 字节", noResult: "%s内没有结果",
		closedByPeer:  "服务器关闭了连接",
		returnedFalse: "espconn_secure_set_size(1, %d) 返回 false", returned: "%s 返回 %d，%v",
		takes: "%s 接受 %d 到 8192 的大小。", takesOnly: "espconn_secure_set_size 返回 false，只接受 %d 到 8192",
	},
}
