package decode

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// axReason is one text that axTLS prints behind "Error: ", with the code that its library uses inside (tls.md 4.6,
// axtls.md 1.4, 3).
type axReason struct {
	text   string
	code   int // internal: it reaches neither the log nor the application
	cause  words
	remedy words
}

// reason is a text that has one cause: the catalogue's words say it.
func reason(text string, code int, id boundedtls.CauseID) axReason {
	why, remedy := catalogue(cause.ID(id))
	return axReason{text, code, why, remedy}
}

var axReasons = []axReason{
	{"connection lost", -256, words{"the peer closed, or TCP failed", "对端关闭了连接，或 TCP 失败"}, words{"read the peer's log", "查看对端日志"}},
	{"invalid handshake", -260, words{"a handshake message that is not expected here, or that the library does not know",
		"此处不该出现的、或该库不认识的握手消息"},
		words{"use plain TLS 1.0 or 1.1 on the peer, without tickets, stapling or renegotiation",
			"对端使用普通的 TLS 1.0 或 1.1，不用会话票据、OCSP stapling 或重新协商"}},
	{"invalid protocol message", -261, words{"a record or message longer than the buffer, or broken", "记录或消息大于缓存，或已损坏"},
		words{"raise espconn_secure_set_size (2,048 to 8,192), or send shorter records and chains",
			"提高 espconn_secure_set_size（2,048 至 8,192），或发送更短的记录和证书链"}},
	{"invalid mac", -262,
		words{"a record's MAC is wrong; also a key that does not belong to the certificate, or one whose first prime is the smaller one",
			"记录的 MAC 错误；也可能是密钥与证书不匹配，或密钥的第一个素数较小"},
		words{"check certificate and key; write the key with OpenSSL, which puts the larger prime first",
			"检查证书和密钥；用 OpenSSL 生成密钥，它把较大的素数放在前面"}},
	{"invalid version", -263, words{"the peer's version is not TLS 1.0 or 1.1", "对端的版本不是 TLS 1.0 或 1.1"},
		words{"enable TLS 1.1 on the peer", "在对端启用 TLS 1.1"}},
	{"invalid session", -265, words{"the session that the peer wants to resume is unknown", "对端要恢复的会话未知"},
		words{"switch session resumption off", "关闭会话恢复"}},
	reason("no cipher", -266, boundedtls.CauseAxTLSNoSuite),
	{"bad certificate", -268, words{"a certificate that cannot be read: an EC key, an ECDSA or RSA-PSS signature, broken DER",
		"无法读取的证书：EC 密钥、ECDSA 或 RSA-PSS 签名、损坏的 DER"},
		words{"use RSA certificates signed with RSA PKCS#1 v1.5", "使用 RSA PKCS#1 v1.5 签名的 RSA 证书"}},
	{"invalid key", -269, words{"a private key that cannot be read", "无法读取的私钥"}, words{"use an RSA key in PKCS#1 DER",
		"使用 PKCS#1 DER 格式的 RSA 密钥"}},
	reason("finished invalid", -271, boundedtls.CauseFinished),
	{"no certificate defined", -272, words{"the server has no certificate", "服务器没有证书"},
		words{"call espconn_secure_set_default_certificate and _private_key", "调用 espconn_secure_set_default_certificate 和 _private_key"}},
	reason("client renegotiation not supported", -273, boundedtls.CauseRenegotiation),
	{"Option not supported", -274, words{"something that the library was built without", "该库未编入的功能"}, words{}},
	{"X509 not ok", -513, words{"the chain check failed", "证书链校验失败"}, words{"burn the right CA", "烧录正确的 CA"}},
	{"No trusted cert is available", -514, words{"no CA in the sector signed the peer's chain", "扇区中没有签发对端证书链的 CA"},
		words{"burn the CA that signed it, and let the peer send the leaf first", "烧录签发它的 CA，并让对端先发送叶证书"}},
	{"Bad signature", -515, words{"a signature in the chain is wrong, or of a kind that is not known (SHA-224)",
		"证书链中的签名错误，或是未知的种类（SHA-224）"}, words{"sign with SHA-256", "用 SHA-256 签名"}},
	{"Cert is not yet valid", -516, words{"a certificate's first day lies ahead of the device's clock", "证书的生效日期晚于设备时钟"},
		words{"set the clock (SNTP) before the connection", "连接前设置时钟（SNTP）"}},
	{"Cert has expired", -517, words{"a certificate has expired, or ends after 19 January 2038", "证书已过期，或在 2038 年 1 月 19 日之后到期"},
		words{"renew it, with an end before 2038; check the clock", "更新证书，到期日在 2038 年之前；检查时钟"}},
	{"Cert is self-signed", -518, words{"the peer's certificate is self-signed and not in the sector", "对端证书是自签名的，且不在扇区中"},
		words{"burn it, or use a CA", "烧录该证书，或使用 CA"}},
	{"Chain is invalid (check order of certs)", -519, words{"the certificates do not follow one another", "证书前后不相连"},
		words{"let the peer send the leaf first, then each issuer", "让对端先发送叶证书，再依次发送各签发者"}},
	{"Unsupported digest", -520, words{"a certificate's hash is not known", "证书的哈希算法未知"}, words{"sign with SHA-256", "用 SHA-256 签名"}},
	{"Invalid private key", -521, words{"the private key does not work", "私钥无法使用"},
		words{"use an RSA key in PKCS#1 DER", "使用 PKCS#1 DER 格式的 RSA 密钥"}},
}

var decodeLine = words{"decode that line", "解读该行"}

// axCodes are the values that the application sees from axTLS beside those of TCP (axtls.md 1.4, 5).
var axCodes = []struct {
	value         int
	name          string
	cause, remedy words
}{
	{-16, "ESPCONN_TIME", words{"espconn_secure_connect before the clock was set: the library checks dates",
		"设置时钟之前调用 espconn_secure_connect：该库检查日期"}, words{"set the time by SNTP before connect", "连接前用 SNTP 设置时间"}},
	{-28, "ESPCONN_HANDSHAKE", words{"the device gave up the handshake; the log's line `Error: ` says why",
		"设备放弃了握手；日志中的 `Error: ` 行说明原因"}, decodeLine},
	{-29, "ESPCONN_RESP_TIMEOUT", words{"a client's handshake took longer than 60 s", "客户端的握手超过 60 秒"},
		words{"read the peer's log", "查看对端日志"}},
	{-61, "ESPCONN_SSL_INVALID_DATA", words{"the device refused data after the handshake; the log's line `Error: ` says why",
		"设备在握手后拒绝了数据；日志中的 `Error: ` 行说明原因"}, decodeLine},
}

// lwipCodes are lwIP 1.4's err_t, which TCP errors carry into the reconnect callback unchanged.
var lwipCodes = map[int]string{
	-1: "ERR_MEM", -2: "ERR_BUF", -3: "ERR_TIMEOUT", -4: "ERR_RTE", -5: "ERR_INPROGRESS", -6: "ERR_VAL", -7: "ERR_WOULDBLOCK",
	-8: "ERR_ABRT", -9: "ERR_RST", -10: "ERR_CLSD", -11: "ERR_CONN", -12: "ERR_ARG", -13: "ERR_USE", -14: "ERR_IF", -15: "ERR_ISCONN",
}

// lwipOnly explains the codes that espconn has no name for.
var lwipOnly = map[int]words{
	-2: {"a buffer could not be made", "无法创建缓存"}, -6: {"an illegal value", "非法的值"},
	-13: {"the address or port is in use", "地址或端口已被使用"},
}

// Composite codes of the parsers: a base and the detail of its ASN.1 (tls.md 3.2).
var asn1Bases = map[int]words{
	0x2180: {"a certificate's outer form", "证书的外层格式"}, 0x2200: {"a certificate's version", "证书的版本"},
	0x2280: {"a certificate's serial number", "证书的序列号"}, 0x2300: {"a certificate's signature algorithm", "证书的签名算法"},
	0x2380: {"a certificate's name", "证书的名称"}, 0x2400: {"a certificate's date", "证书的日期"},
	0x2480: {"a certificate's signature", "证书的签名"}, 0x2500: {"a certificate's extensions", "证书的扩展"},
	0x3A80: {"a key's algorithm", "密钥的算法"}, 0x3B00: {"a public key", "公钥"}, 0x3C00: {"an encrypted key", "加密的密钥"},
	0x3C80: {"a key of an unknown kind", "未知种类的密钥"}, 0x3D00: {"a key's form", "密钥的格式"},
}

var asn1Details = map[int]words{
	0x60: {"the data end too early", "数据过早结束"}, 0x62: {"an unexpected tag", "意外的标签"}, 0x64: {"a bad length", "长度错误"},
	0x66: {"a length that does not match", "长度不符"}, 0x68: {"bad data", "数据错误"}, 0x6A: {"no memory", "内存不足"},
}

// composite explains a base, alone or with a detail, false for another code.
func composite(code int) (libCode, bool) {
	for detail, why := range asn1Details {
		if what, ok := asn1Bases[code-detail]; ok {
			return libCode{code, words{what[0] + " cannot be read: " + why[0], "无法读取" + what[1] + "：" + why[1]},
				words{"check the file with openssl x509 -text, and that it is RSA", "用 openssl x509 -text 检查文件，并确认是 RSA"}}, true
		}
	}
	if what, ok := asn1Bases[code]; ok { // the form is right, what it says is not: a modulus, an exponent
		return libCode{code, words{what[0] + " is not as it must be", what[1] + "不符合要求"},
			words{"check the file with openssl x509 -text, and that it is RSA", "用 openssl x509 -text 检查文件，并确认是 RSA"}}, true
	}
	return libCode{}, false
}

// lateOnly are the codes that only SDK 3.0.2 to 3.0.6 can give: those of DHE.
var lateOnly = map[int]bool{0x7B00: true, 0x7C80: true, 0x7D00: true, 0x3080: true, 0x3284: true, 0x3290: true, 0x3310: true}
