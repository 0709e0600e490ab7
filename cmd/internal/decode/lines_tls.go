package decode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// imageEntry is an entry of a certificate image that a log names.
type imageEntry struct {
	name   string
	length int
}

// erased is the length of an entry that is read from an erased sector.
const erased = 0xFFFF

// axSaid is a rule for a line of axTLS that only says something (axtls.md 3).
func axSaid(key, pattern string, w words) rule {
	return kind([]string{key}, pattern, func(r *reader, _ []string) bool {
		r.says(axTLS)
		r.note(w)
		return true
	})
}

// entriesMax bounds the entries that are kept of an image.
const entriesMax = 32

// roles are the words of the device's part in a handshake.
var roles = map[string]words{"client": {"client", "客户端"}, "server": {"server", "服务器"}}

// unmistakable are axTLS's reasons that no other library says in these words. The others count behind a line of a handshake that failed or
// of a connection that ended, where axTLS prints all of them (axtls.md 1.4).
var unmistakable = map[string]bool{"invalid handshake": true, "invalid protocol message": true, "invalid mac": true, "no cipher": true,
	"finished invalid": true, "no certificate defined": true, "client renegotiation not supported": true, "X509 not ok": true,
	"No trusted cert is available": true, "Cert is not yet valid": true, "Cert has expired": true, "Cert is self-signed": true,
	"Chain is invalid (check order of certs)": true}

// reasonWithin is how many lines behind that line a reason may come. Choice: what applications print between is short.
const reasonWithin = 5

// tlsRules read the lines of espconn_secure_* and its two libraries (tls.md 7, axtls.md 1.4, 3 and 4).
var tlsRules = []rule{
	kind([]string{"handshake start"}, `(?:^|[^a-zA-Z\s])\s*(client|server) handshake start`, func(r *reader, m []string) bool {
		r.saidNothing()
		r.log.Handshakes++
		r.underWay, r.connected = true, false
		r.role = trace.RoleClient
		if m[1] == "server" {
			r.role = trace.RoleServer
		}
		r.works(reachConnect)
		r.note(words{"TCP is up, the %s's handshake begins", "TCP 已连接，%s的握手开始"}, r.say(roles[m[1]]))
		r.step(StageConnect, words{"TCP is connected", "TCP 已连接"})
		r.step(StageHandshake, words{"the handshake begins (%s)", "握手开始（%s）"}, r.say(roles[m[1]]))
		r.image = r.image[:0]
		return true
	}),
	kind([]string{"handshake ok"}, `(?:^|[^a-zA-Z\s])\s*(client|server) handshake ok`, func(r *reader, _ []string) bool {
		r.log.Worked++
		r.underWay, r.connected = false, true
		r.works(reachHandshake)
		r.note(words{"the handshake is over, the connect callback follows", "握手结束，随后是 connect 回调"})
		r.step(StageHandshake, words{"the handshake is over", "握手结束"})
		return true
	}),
	kind([]string{"handshake failed"}, `(?:^|[^a-zA-Z\s])\s*(client|server) handshake failed(!?)\s*$`, func(r *reader, m []string) bool {
		r.saidNothing()
		r.log.Failed++
		r.underWay, r.connected = false, false
		r.unsaid, r.tlsEnd = r.n, r.n
		if m[2] != "" {
			r.says(mbedTLS)
		} else {
			r.says(axTLS)
		}
		r.note(words{"the handshake failed; the next line says why", "握手失败；下一行说明原因"})
		r.step(StageHandshake, words{"the handshake failed", "握手失败"})
		return true
	}),
	kind([]string{"data invalid protocol"}, `(client|server)'s data invalid protocol`, func(r *reader, _ []string) bool {
		r.note(words{"the connection ended after the handshake; the next line says why", "连接在握手之后结束；下一行说明原因"})
		r.connected, r.tlsEnd = true, r.n
		r.step(StageEnded, words{"the connection ended", "连接结束"})
		return true
	}),
	kind([]string{"reason:[-0x"}, `Reason:\[-0x ?([0-9a-fA-F]{1,16})\]`, func(r *reader, m []string) bool {
		n, err := strconv.ParseInt(m[1], 16, 64)
		if err != nil {
			return false
		}
		r.says(mbedTLS)
		r.note(words{"code of the TLS library", "TLS 库的错误码"})
		if name, ok := otherCodes[int(n)]; ok { // it was printed all the same
			r.ends(fmt.Sprintf("-0x%x", n), r.say(words{"MBEDTLS_ERR_%s of mbed TLS, which this SDK is not known to give",
				"mbed TLS 的 MBEDTLS_ERR_%s，该 SDK 未知会给出它"}, name),
				r.say(words{"look whether the log is of a NonOS SDK", "确认日志是否来自 NonOS SDK"}))
			return true
		}
		r.library(n)
		return true
	}),
	kind([]string{"ssl error "}, `Error: SSL error (\d{1,3})\b`, func(r *reader, m []string) bool {
		r.says(axTLS)
		r.alert(digits(m[1]))
		return true
	}),
	kind([]string{"error: ", "alert: "}, `(?:Error|Alert): (.+?)\s*$`, func(r *reader, m []string) bool {
		found := r.byReason(m[1])
		if found == nil || !unmistakable[m[1]] && (r.tlsEnd == 0 || r.n > r.tlsEnd+reasonWithin) {
			return false
		}
		r.says(axTLS)
		r.note(words{"reason of the axTLS library", "axTLS 库的原因"})
		r.mean(found...)
		r.ends("Error: "+m[1], found[0].Cause, found[0].Remedy)
		return true
	}),
	kind([]string{"],length["}, `espconn_mbedtls\.c (\d+), type\[(.*?)\],length\[(\d+)\]`, func(r *reader, m []string) bool {
		r.says(mbedTLS)
		r.line661 = m[1] == "661"
		length := digits(m[3])
		name := strings.ToValidUTF8(m[2], "\uFFFD")
		if len(r.image) < entriesMax {
			r.image = append(r.image, imageEntry{name, length})
		}
		if length == erased {
			r.note(words{"the end of the certificate image: erased flash", "证书镜像到此为止：擦除状态的 flash"})
			return true
		}
		r.note(words{"certificate image: entry %q of %d bytes", "证书镜像：条目 %q，%d 字节"}, name, length)
		if bits := keyBits(length); name == "private_key" && bits != 0 && bits < 2048 {
			r.line.Note += r.say(words{": an RSA key of %d bits by its length, less than SDK 3.0.2 and later accept from a peer",
				"：按长度是 %d 位 RSA 密钥，少于 SDK 3.0.2 及以后对对端的要求"}, bits)
		}
		return true
	}),
	kind([]string{"please load"}, `Please load (authenticate|request) certificate`, func(r *reader, m []string) bool {
		r.says(axTLS)
		which := words{"the CA check is on, and no entry of its image can be used", "已开启 CA 校验，但镜像中没有可用的条目"}
		if m[1] == "request" {
			which = words{"cert_req is on, and no entry of its image can be used", "已开启 cert_req，但镜像中没有可用的条目"}
		}
		r.note(words{"axTLS: %s", "axTLS：%s"}, r.say(which))
		r.fail(reachHandshake, "Please load "+m[1]+" certificate", which,
			words{"burn the image to the sector that the firmware names, times 4096", "把镜像烧录到固件所指扇区，乘以 4096"})
		r.step(StageHandshake, words{"closed before the ClientHello", "在 ClientHello 之前关闭"})
		return true
	}),
	kind([]string{"is undefined."}, `(Certificate|Request) '(.*?)' is undefined\.`, func(r *reader, _ []string) bool {
		r.says(axTLS)
		r.note(words{"axTLS: an entry of the certificate image cannot be read", "axTLS：证书镜像中的条目无法读取"})
		return true
	}),
	kind([]string{"distinguished names: ["}, `distinguished names: \[`, func(r *reader, _ []string) bool {
		r.says(axTLS)
		r.note(words{"axTLS compares an issuer with a CA's name, field by field", "axTLS 逐项比较签发者与 CA 的名称"})
		return true
	}),
	axSaid("the file is a pem file", `the file is a PEM file\.`, words{"axTLS: a file of the sector is PEM", "axTLS：扇区中的文件是 PEM 格式"}),
	axSaid("not in the ca store", `a self-signed certificate that is not in the CA store`,
		words{"axTLS: the peer's certificate is self-signed and not in the sector", "axTLS：对端证书是自签名的，且不在扇区中"}),
	axSaid("look for a trusted cert", `look for a trusted cert`, words{"axTLS looks for a CA that signed the chain", "axTLS 查找签发证书链的 CA"}),
	axSaid("for signature verification", `use the CA certificate for signature verification`,
		words{"axTLS has found the CA and checks the signature with its key", "axTLS 找到 CA，用它的密钥验证签名"}),
	axSaid("check the signature ok", `check the signature ok`, words{"axTLS: the signature is right", "axTLS：签名正确"}),
	axSaid("invalid digest: ", `invalid digest: [0-9a-f ]+`, words{"axTLS: a certificate's signature algorithm is not known: ECDSA " +
		"or RSA-PSS, by its OID",
		"axTLS：证书的签名算法未知：按 OID 是 ECDSA 或 RSA-PSS"}),
	kind([]string{", tv_sec "}, `before (\d+), tv_sec (\d+), after (\d+)`, func(r *reader, m []string) bool {
		r.says(axTLS)
		before, now, after := number(m[1]), number(m[2]), number(m[3])
		switch {
		case now < before && now < 1_000_000_000:
			r.note(words{"axTLS: the device's clock, %d, is the seconds since boot: the certificate is not yet valid",
				"axTLS：设备时钟 %d 是启动以来的秒数：证书尚未生效"}, now)
		case now < before:
			r.note(words{"axTLS: the certificate is not yet valid by the device's clock, %d", "axTLS：按设备时钟 %d，证书尚未生效"}, now)
		case now > after:
			r.note(words{"axTLS: the certificate has expired by the device's clock, %d", "axTLS：按设备时钟 %d，证书已过期"}, now)
		default:
			r.note(words{"axTLS: the certificate's dates hold by the device's clock, %d", "axTLS：按设备时钟 %d，证书日期有效"}, now)
		}
		return true
	}),
	kind([]string{"please start sntp first"}, `please start sntp first`, func(r *reader, _ []string) bool {
		r.note(words{"the clock was asked for and SNTP has not set it: it reads the seconds since boot. With axTLS and " +
			"espconn_secure_ca_enable every " +
			"certificate is not yet valid then; without it this line changes nothing",
			"查询了时钟，但 SNTP 还没有设置它：时钟是启动以来的秒数。使用 axTLS 且开启 espconn_secure_ca_enable 时所有证书都尚未生效；否则该行没有影响"})
		return true
	}),
	kind([]string{"create socket failed"}, `Create Socket Failed!`, func(r *reader, _ []string) bool {
		r.note(words{"no socket of three, or no memory for it: espconn_secure_connect or _accept returned ESPCONN_MEM",
			"三个套接字已用完，或没有内存：espconn_secure_connect 或 _accept 返回了 ESPCONN_MEM"})
		r.fail(reachConnect, "Create Socket Failed!", words{"no socket of three, or no memory for it", "三个套接字已用完，或没有内存"},
			words{"disconnect a connection before, and wait for its callback; free heap", "先断开一个连接并等待它的回调；释放堆内存"})
		return true
	}),
	kind([]string{"bind port failed"}, `(?:Client|Server) Bind Port Failed!`, func(r *reader, _ []string) bool {
		r.note(words{"the port is in use: the call returned ESPCONN_MEM", "端口已被使用：该调用返回了 ESPCONN_MEM"})
		r.fail(reachConnect, "Bind Port Failed!", words{"the port is in use", "端口已被使用"},
			words{"take another local_port (espconn_port), or delete what has it", "换一个 local_port（espconn_port），或删除占用它的连接"})
		return true
	}),
	kind([]string{"can not connect to"}, `Can Not Connect To!`, func(r *reader, _ []string) bool {
		r.note(words{"TCP could not begin: no route, or no memory; the call returned ESPCONN_MEM", "TCP 无法开始：没有路由或没有内存；该调用返回了 ESPCONN_MEM"})
		why, remedy := catalogue(cause.ID(espconn.CauseNoSYN))
		r.fail(reachConnect, "Can Not Connect To!", why, remedy)
		return true
	}),
	kind([]string{"mbedtls_"}, `(mbedtls_\w+)\D.*?-\s?0x([0-9a-fA-F]{1,4})\b`, func(r *reader, m []string) bool {
		n, _ := strconv.ParseInt(m[2], 16, 64)
		r.foreign = m[1]
		r.note(words{"not a line of this SDK, which prints Reason:[-0x....] alone: an application that calls %s itself, on another " +
			"SDK or a " +
			"computer",
			"不是该 SDK 的日志行（它只打印 Reason:[-0x....]）：在其他 SDK 或电脑上自己调用 %s 的程序"}, m[1])
		r.library(n)
		return true
	}),
	kind([]string{"-0x", "- 0x"}, `(?i)(?:ssl|tls|handshake).*?-\s?0x([0-9a-f]{2,4})\b`, func(r *reader, m []string) bool {
		n, _ := strconv.ParseInt(m[1], 16, 64)
		if len(r.byLibraryCode(n)) == 0 {
			return false
		}
		r.note(words{"a code of mbed TLS in a line that is not the SDK's, which prints Reason:[-0x....]",
			"mbed TLS 的错误码，但不是 SDK 的日志行（SDK 打印 Reason:[-0x....]）"})
		r.library(n)
		return true
	}),
}

// library takes a code of mbedTLS: why a handshake failed, or how a connection ended.
func (r *reader) library(n int64) {
	name := fmt.Sprintf("-0x%x", n)
	found := r.byLibraryCode(n)
	if len(found) == 0 {
		r.ends(name, r.say(words{"nothing is known of this code", "该错误码未知"}), "")
		return
	}
	if n == 0x7780 && r.role == trace.RoleServer { // the peer is a client then, which looks at the device's certificate
		found = slices.Clone(found)
		found[0].Remedy = r.say(words{"read the client's log: it has to trust the CA of the device's certificate, whose name has " +
			"to be the device's, and to allow TLS 1.0 to 1.2 with RSA key exchange and AES-CBC",
			"查看客户端日志：它必须信任签发设备证书的 CA，证书名称须与设备一致，并允许 TLS 1.0 至 1.2、RSA 密钥交换和 AES-CBC"})
	}
	if n == 0x7880 && r.connected && r.unsaid == 0 { // tls.md 3.2: how a peer ends a connection
		r.connected = false
		r.note(words{"the peer closed the connection, as at the end of any; the disconnect callback follows",
			"对端关闭了连接，这是正常的结束；随后是 disconnect 回调"})
		return
	}
	r.mean(found...)
	why, remedy := found[0].Cause, found[0].Remedy
	switch n {
	case 0x7200:
		why, remedy = r.tooLong(why, remedy)
	case 0x7F00, 0x2880, 0x7680:
		if r.imageErased() {
			why = r.say(words{"a certificate image ends or is missing: its sector is erased at that place", "证书镜像不完整或缺失：该扇区在那里是擦除状态"})
			remedy = r.say(words{"burn the image to the sector that the firmware names, times 4096", "把镜像烧录到固件所指扇区，乘以 4096"})
		}
	case 0x2700:
		if bits := r.shortKey(); bits != 0 {
			why = r.say(words{"the peer's certificate chain was not accepted. The device's own key has %d bits by its length: if the " +
				"peer's " +
				"certificates were made in the same way, their keys are too short (SDK 3.0.2 and later want 2048 bits); else the CA " +
				"is not the " +
				"one that signed them",
				"对端的证书链未被接受。按长度，设备自己的密钥是 %d 位：如果对端证书也这样生成，则密钥太短（SDK 3.0.2 及以后要求 2048 位）；否则 CA 不是签发者"}, bits)
			remedy = r.say(words{"make keys of 2048 bits for CA, server and device; then burn the right CA to the sector given to " +
				"espconn_secure_ca_enable",
				"CA、服务器和设备都使用 2048 位密钥；再把正确的 CA 烧录到 espconn_secure_ca_enable 给出的扇区"})
		}
	}
	r.ends(name, why, remedy)
}

// tooLong says of -0x7200 how long the buffer is, if the log tells.
func (r *reader) tooLong(why, remedy string) (string, string) {
	switch {
	case r.size >= boundedtls.MaxSize:
		return why, r.say(words{"shorten the peer's chain and its records: no size above %d exists; check that the port speaks TLS",
			"缩短对端的证书链和记录：没有大于 %d 的缓存；并确认该端口使用 TLS"}, boundedtls.MaxSize)
	case r.size > 0:
		why += r.say(words{"; the buffer has %d bytes", "；缓存为 %d 字节"}, r.size)
	}
	return why, remedy
}

// imageErased reports whether a certificate image was erased flash from its first entry on.
func (r *reader) imageErased() bool {
	return len(r.image) > 0 && r.image[len(r.image)-1].length == erased
}

// shortKey returns the bits of the own key that the image holds, by its length; 0 if it has 2048 or more, or is not seen.
func (r *reader) shortKey() int {
	for _, e := range r.image {
		if bits := keyBits(e.length); e.name == "private_key" && bits < 2048 {
			return bits
		}
	}
	return 0
}

// keyBits returns the bits of an RSA key by the length of its file: PKCS#1 in DER or PEM, PKCS#8 in PEM; 0 for another length. Choice:
// the ranges, which leave room for numbers that are some bytes shorter.
func keyBits(length int) int {
	switch {
	case length >= 315 && length <= 350, length >= 485 && length <= 530:
		return 512
	case length >= 600 && length <= 640, length >= 870 && length <= 925:
		return 1024
	case length >= 1180 && length <= 1225, length >= 1660 && length <= 1710:
		return 2048
	}
	return 0
}

// ends takes why a handshake failed or a connection ended.
func (r *reader) ends(name, why, remedy string) {
	reach := reachHandshake
	if r.connected && r.unsaid == 0 { // what data cannot pass, a new handshake does not mend
		reach = reachNothing
	}
	r.unsaid, r.connected, r.underWay = 0, false, false
	r.failed(reach, name, why, remedy)
	r.step(StageEnded, words{"%s", "%s"}, name)
}

// saidNothing takes a handshake whose reason did not come.
func (r *reader) saidNothing() {
	if r.unsaid == 0 {
		return
	}
	at := r.unsaid
	r.unsaid = 0
	if r.isFailing() { // what failed before is the reason
		return
	}
	one := r.fail(reachHandshake, r.say(words{"handshake failed", "握手失败"}),
		words{"the handshake failed, and the log does not say why: the line behind it is missing", "握手失败，日志没有说明原因：缺少其后的一行"},
		words{"keep the whole log: the line Reason:[-0x....] or Error: says why", "保留完整的日志：Reason:[-0x....] 或 Error: 行说明原因"})
	if one.Times == 1 {
		one.Line = at
	}
}

// alertCauses are the causes of alerts that have their own (tls.md 1.1, 1.2, 4.2).
var alertCauses = map[int]boundedtls.CauseID{40: boundedtls.CauseAlertSuite, 71: boundedtls.CauseAlertSuite,
	41: boundedtls.CauseAlertNoCertificate, 42: boundedtls.CauseAlertCertificate, 43: boundedtls.CauseAlertCertificate,
	44: boundedtls.CauseAlertCertificateOver, 45: boundedtls.CauseAlertCertificateOver, 46: boundedtls.CauseAlertCertificate,
	48: boundedtls.CauseAlertCertificate, 70: boundedtls.CauseAxTLSAlertVersion, 112: boundedtls.CauseAlertName}

// alert takes the peer's alert as axTLS prints it.
func (r *reader) alert(n int) {
	name := boundedtls.AlertName(uint8(n))
	if n == 3 { // axtls.md 1.4: a close_notify
		name = boundedtls.AlertName(0)
	}
	name = fmt.Sprintf("%s(%d)", name, n)
	if n == 0 || n == 3 {
		r.note(words{"the peer closed the connection (close_notify)", "对端关闭了连接（close_notify）"})
		if r.unsaid != 0 {
			why, remedy := catalogue(cause.ID(boundedtls.CausePeerClosed))
			r.ends("Error: SSL error "+strconv.Itoa(n), r.say(why), r.say(remedy))
		}
		r.connected = false
		return
	}
	id := alertCauses[n]
	if id == "" {
		id = boundedtls.CauseAlert
	}
	why, remedy := event(trace.Event{Name: string(id), Text: name, Role: r.role})
	r.note(words{"%s (axTLS)", "%s (axTLS)"}, r.say(why))
	r.ends("Error: SSL error "+strconv.Itoa(n), r.say(why), r.say(remedy))
}

// number reads a decimal number, 0 for one that is too long.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
