package decode

import (
	"fmt"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
)

// single is a code that has one cause: the catalogue's words say it.
func single(code int, id boundedtls.CauseID) libCode {
	why, remedy := catalogue(cause.ID(id))
	return libCode{code, why, remedy}
}

// libCode is one error code of the device's TLS library. A code that several causes share says what they have in common,
// which the catalogue, emulator/cause, does not have. The codes and alerts are those of tls.md 3.2.
type libCode struct {
	code   int // as a positive number: 0x7200
	cause  words
	remedy words
}

var (
	checkPeer = words{"check the peer", "检查对端"}
	freeHeap  = words{"free heap", "释放堆内存"}
	issueAnew = words{"issue it anew", "重新签发"}
	keyPair   = words{"key and certificate of the peer do not belong together", "对端的密钥与证书不匹配"}
)

var libCodes = []libCode{
	{0x7200,
		words{"a record or handshake message is larger than the TLS buffer, or is no TLS record at all (a plain-text peer, " +
			"an unknown content type, another record version)",
			"记录或握手消息大于 TLS 缓存，或根本不是 TLS 记录（明文对端、未知的内容类型、其他记录版本）"},
		words{"raise espconn_secure_set_size to at least the size of the largest record (at most 8192; `emu8266 probe HOST:PORT` " +
			"measures it), " +
			"shorten the server's certificate chain, and check that the port speaks TLS",
			"把 espconn_secure_set_size 提高到至少最大记录的大小（最多 8192；用 `emu8266 probe HOST:PORT` 测量），缩短服务器的证书链，并确认该端口使用 TLS"}},
	{0x7080, words{"a handshake message is split over two or more records (the device does not reassemble), or the server chose " +
		"compression",
		"一个握手消息分在两个或更多记录中（设备不会重组），或服务器选择了压缩"},
		words{"make the peer send each handshake message in one record: no max_fragment_length, no small record size; " +
			"no size on the device helps",
			"让对端把每个握手消息放在一个记录中：不用 max_fragment_length，不用小记录；设备的缓存大小无济于事"}},
	{0x7500, words{"the device's own certificate chain does not fit into the TLS buffer", "设备自己的证书链放不进 TLS 缓存"},
		words{"send fewer or smaller certificates, or raise espconn_secure_set_size", "发送更少或更小的证书，或提高 espconn_secure_set_size"}},
	{0x7900,
		words{"the client's first message is no ClientHello that the device can read: not TLS, larger than the buffer, or split over " +
			"records",
			"客户端的第一个消息不是设备能读的 ClientHello：不是 TLS、大于缓存，或分在多个记录中"},
		words{"check that the client speaks TLS 1.0 to 1.2; raise espconn_secure_set_size(2, ...) for hellos with many extensions",
			"确认客户端使用 TLS 1.0 至 1.2；扩展很多的 hello 需要提高 espconn_secure_set_size(2, ...)"}},
	single(0x7380, boundedtls.CauseNoSuite),
	single(0x6980, boundedtls.CauseUnusableSuite),
	{0x6E80, words{"the peer's protocol version is outside TLS 1.0 to 1.2", "对端的协议版本不在 TLS 1.0 至 1.2 之内"},
		words{"enable TLS 1.2 on the peer", "在对端启用 TLS 1.2"}},
	{0x7980, words{"the ServerHello is malformed, or another handshake message came in its place (HelloRequest, ServerHelloDone)",
		"ServerHello 格式错误，或来的是别的握手消息（HelloRequest、ServerHelloDone）"},
		words{"check that the peer is a TLS server", "确认对端是 TLS 服务器"}},
	{0x7100, words{"the server chose a suite that this SDK was built without", "服务器选择了该 SDK 未编入的加密套件"},
		words{"enable AES-CBC suites with RSA key exchange on the server", "在服务器上启用 RSA 密钥交换的 AES-CBC 套件"}},
	{0x7780, words{"the peer sent a fatal alert: it refuses the version, the suites, or the certificate",
		"对端发送了致命警报：它拒绝版本、加密套件或证书"},
		words{"read the peer's log. The device offers TLS 1.0 to 1.2 with RSA key exchange and AES-CBC only, and sends no server " +
			"name (SNI)",
			"查看对端日志。设备只提供 TLS 1.0 至 1.2、RSA 密钥交换和 AES-CBC，且不发送服务器名（SNI）"}},
	single(0x7880, boundedtls.CausePeerClosed),
	{0x2700,
		words{"the peer's certificate chain was not accepted: unknown CA, a hash older than SHA-1, " +
			"or a key too short (SDK 3.0.2 and later want 2048 bits)",
			"对端的证书链未被接受：未知的 CA、比 SHA-1 更旧的哈希，或密钥太短（SDK 3.0.2 及以后要求 2048 位）"},
		words{"burn the right CA to the sector given to espconn_secure_ca_enable; use keys of 2048 bits in the whole chain; " +
			"names and dates are not checked",
			"把正确的 CA 烧录到 espconn_secure_ca_enable 给出的扇区；整条证书链使用 2048 位密钥；不检查名称和日期"}},
	single(0x7680, boundedtls.CauseNoTrustList),
	single(0x7480, boundedtls.CauseNoClientCertificate),
	{0x7A00, words{"the Certificate message is malformed, or another message came in its place", "Certificate 消息格式错误，或来的是别的消息"}, checkPeer},
	{0x2180, words{"a certificate is not DER", "证书不是 DER"}, words{"check the peer's certificate", "检查对端的证书"}},
	{0x3C80, words{"a certificate holds a key that is not RSA", "证书中的密钥不是 RSA"},
		words{"use RSA certificates on the peer, in the whole chain", "对端整条证书链使用 RSA 证书"}},
	{0x262E, words{"a certificate is signed with an algorithm that the device does not know (ECDSA, EdDSA)",
		"证书的签名算法设备不认识（ECDSA、EdDSA）"},
		words{"use certificates that are signed with RSA, in the whole chain", "整条证书链使用 RSA 签名的证书"}},
	{0x2300, words{"a certificate is signed with RSASSA-PSS", "证书用 RSASSA-PSS 签名"},
		words{"sign with RSA PKCS#1 v1.5", "用 RSA PKCS#1 v1.5 签名"}},
	{0x2562, words{"a certificate has a critical extension that the device does not know", "证书有设备不认识的关键扩展"},
		words{"issue it without that extension, or not critical", "签发时去掉该扩展，或不标为关键"}},
	{0x2500, words{"a certificate has an extension twice", "证书中有重复的扩展"}, issueAnew},
	{0x2580, words{"a certificate's X.509 version is above 3", "证书的 X.509 版本高于 3"}, issueAnew},
	{0x2680, words{"a certificate names two different signature algorithms", "证书中两处签名算法不同"}, issueAnew},
	{0x2880, words{"no heap while a certificate was parsed", "解析证书时堆内存不足"},
		words{"free heap, or lower espconn_secure_set_size", "释放堆内存，或降低 espconn_secure_set_size"}},
	{0x7F00, words{"no heap, or the device's own certificate, key or CA could not be loaded: the flash sector is erased or holds " +
		"something else",
		"堆内存不足，或无法加载设备自己的证书、密钥或 CA：flash 扇区是擦除状态或存有别的内容"},
		words{"check that the image is burned at sector x 4096, that it holds `certificate` and `private_key`, and that enough heap " +
			"is free",
			"检查镜像是否烧录在扇区 x 4096，是否含有 `certificate` 和 `private_key`，以及堆内存是否足够"}},
	{0x7B00, words{"the ServerKeyExchange is malformed or its DH group has fewer than 1024 bits",
		"ServerKeyExchange 格式错误，或其 DH 组少于 1024 位"},
		words{"use a DH group of 1024 to 2048 bits, or RSA key exchange", "使用 1024 至 2048 位的 DH 组，或 RSA 密钥交换"}},
	{0x4380, words{"a signature of the handshake is wrong", "握手中的签名错误"}, keyPair},
	{0x4100, words{"a signature of the handshake does not have the form of PKCS#1", "握手中的签名不是 PKCS#1 格式"}, keyPair},
	single(0x7A80, boundedtls.CauseCertificateRequest),
	{0x7B80, words{"the ServerHelloDone is missing or garbled", "ServerHelloDone 缺失或损坏"}, checkPeer},
	{0x7C00, words{"the ClientKeyExchange is malformed", "ClientKeyExchange 格式错误"}, checkPeer},
	single(0x7C80, boundedtls.CauseDHPublic),
	single(0x7D00, boundedtls.CauseDHSecret),
	{0x7D80, words{"the CertificateVerify is malformed or uses a hash other than SHA-256", "CertificateVerify 格式错误，或使用 SHA-256 以外的哈希"},
		words{"make the client sign with SHA-256", "让客户端用 SHA-256 签名"}},
	{0x7E00, words{"the ChangeCipherSpec is malformed", "ChangeCipherSpec 格式错误"}, checkPeer},
	single(0x7E80, boundedtls.CauseFinished),
	{0x7180,
		words{"a record's MAC or padding is wrong, application data is a little larger than the buffer, or four empty records came " +
			"in a row; " +
			"on a server also a key that does not belong to its certificate, or no heap for the RSA operation with it: " +
			"the handshake goes on with wrong keys",
			"记录的 MAC 或填充错误，应用数据略大于缓存，或连续四个空记录；服务器上也可能是密钥与证书不匹配，或 RSA 运算没有堆内存：握手用错误的密钥继续"},
		words{"raise espconn_secure_set_size, make the peer send smaller records, check that certificate and key belong together, " +
			"and that the heap had room",
			"提高 espconn_secure_set_size，让对端发送更小的记录，检查证书与密钥是否匹配，以及堆内存是否足够"}},
	{0x7700,
		words{"a record of the wrong kind for this step (data before the handshake is over, a handshake message after it: " +
			"renegotiation is not supported)",
			"此时不该出现的记录类型（握手结束前的数据，或握手后的握手消息：不支持重新协商）"},
		words{"switch renegotiation off on the peer", "在对端关闭重新协商"}},
	{0x7600, words{"the server chose an RSA-PSK suite; no key can be configured on the device", "服务器选择了 RSA-PSK 套件；设备上无法配置密钥"},
		words{"disable RSA-PSK on the server", "在服务器上禁用 RSA-PSK"}},
	{0x6D00, words{"the peer's key is not RSA where one is needed", "需要 RSA 时对端的密钥不是 RSA"}, words{"use an RSA certificate", "使用 RSA 证书"}},
	{0x6C00, words{"internal error", "内部错误"}, words{"report it", "请报告"}},
	single(0x6B80, boundedtls.CauseCounter),
	{0x6A00, words{"a message does not fit into the output buffer", "消息放不进输出缓冲区"},
		words{"raise espconn_secure_set_size", "提高 espconn_secure_set_size"}},
	{0x4400, words{"the encrypted premaster does not fit into the output buffer", "加密的预主密钥放不进输出缓冲区"},
		words{"raise espconn_secure_set_size", "提高 espconn_secure_set_size"}},
	{0x4290, words{"no heap for an RSA operation with a public key", "公钥 RSA 运算没有堆内存"}, freeHeap},
	{0x4310, words{"no heap for an RSA operation with the private key", "私钥 RSA 运算没有堆内存"},
		words{"free heap, or use a shorter key", "释放堆内存，或使用更短的密钥"}},
	{0x3284, words{"the server's DH prime is even", "服务器的 DH 素数是偶数"}, words{"use another DH group", "使用其他 DH 组"}},
	{0x3080, words{"the server's DH prime is longer than 8,192 bits", "服务器的 DH 素数超过 8,192 位"},
		words{"use a DH group of 1024 to 2048 bits", "使用 1024 至 2048 位的 DH 组"}},
	{0x3290, words{"no heap for a DH operation", "DH 运算没有堆内存"}, freeHeap},
	{0x3310, words{"no heap for the DH secret", "DH 共享密钥没有堆内存"}, freeHeap},
	{0x5180, words{"no heap for a MAC", "MAC 没有堆内存"}, freeHeap},
	{0x6180, words{"no heap for a cipher", "加密算法没有堆内存"}, freeHeap},
	{0x0045, words{"the connection was closed inside one of its own callbacks and then read", "连接在自己的回调中被关闭，随后又被读取"},
		words{"call espconn_secure_disconnect from a task (system_os_post), never from an espconn callback",
			"在任务（system_os_post）中调用 espconn_secure_disconnect，不要在 espconn 回调中调用"}},
	{0x0001, words{"TCP refused a record, or no heap for the receive buffer", "TCP 拒绝了记录，或接收缓冲区没有堆内存"},
		words{"wait for the sent callback before the next send; free heap", "等 sent 回调之后再发送；释放堆内存"}},
}

// apiCode is one ESPCONN_ value: a return code, or what the reconnect callback delivers for a TCP error. Most have several causes, each
// with figures, that the code alone does not tell apart (espconn.md 1.1, 4.6).
type apiCode struct {
	err    espconn.Err
	name   string
	cause  words
	remedy words
}

// result is a code that has one cause: the catalogue's words say it.
func result[ID ~string](err espconn.Err, id ID) apiCode {
	why, remedy := catalogue(cause.ID(id))
	return apiCode{err, err.String(), why, remedy}
}

var apiCodes = []apiCode{
	{espconn.OK, "ESPCONN_OK", words{"no error", "没有错误"}, words{}},
	{espconn.MEM, "ESPCONN_MEM",
		words{"out of memory: espconn_secure_connect wants more than the buffer size + 14,336 bytes free; " +
			"manual V2.1 also means a size above 3,072 with mutual authentication",
			"内存不足：espconn_secure_connect 需要的空闲堆内存多于缓存大小 + 14,336 字节；手册 V2.1 也指双向认证时缓存大于 3,072"},
		words{"free heap or lower espconn_secure_set_size", "释放堆内存，或降低 espconn_secure_set_size"}},
	{espconn.TIMEOUT, "ESPCONN_TIMEOUT", words{"data was sent again and again, 12 times unless espconn_tcp_set_max_retran says " +
		"otherwise, " +
		"and never acknowledged", "数据反复发送（12 次，除非用 espconn_tcp_set_max_retran 另设），从未被确认"},
		words{"the peer stopped acknowledging, or the network is gone; connect again later", "对端不再确认，或网络已断；稍后重新连接"}},
	result(espconn.RTE, espconn.CauseNoAddress),
	{espconn.INPROGRESS, "ESPCONN_INPROGRESS", words{"an operation is under way", "有操作正在进行"},
		words{"wait for the callback of the operation before", "等待前一个操作的回调"}},
	{espconn.MAXNUM, "ESPCONN_MAXNUM", words{"too much waits for acknowledgement", "等待确认的数据太多"},
		words{"wait for a sent callback before sending again", "等 sent 回调之后再发送"}},
	{espconn.ABRT, "ESPCONN_ABRT", words{"the connection was aborted here: keep-alive failed, or its address changed",
		"连接在本地被中止：保活失败，或地址改变"}, words{"reconnect", "重新连接"}},
	{espconn.RST, "ESPCONN_RST", words{"the peer reset the TCP connection, or nothing listens on that port", "对端复位了 TCP 连接，或该端口无人监听"},
		words{"look at the peer's log; check the port", "查看对端日志；检查端口"}},
	{espconn.CLSD, "ESPCONN_CLSD", words{"TCP was closed", "TCP 已关闭"},
		words{"connect again if the connection is still wanted", "如仍需要连接，重新连接"}},
	{espconn.CONN, "ESPCONN_CONN", words{"the host never answered the SYN, which is sent seven times in six seconds unless " +
		"espconn_tcp_set_max_syn says " +
		"otherwise; or the device's TCP gave the connection up: no memory, another address of its own",
		"主机从未应答 SYN（六秒内发送七次，除非用 espconn_tcp_set_max_syn 另设）；或设备的 TCP 放弃了连接：内存不足，或自己的地址改变"},
		words{"check address and port, and that the host is on the network", "检查地址和端口，以及主机是否在网络上"}},
	{espconn.ARG, "ESPCONN_ARG", words{"the argument is bad, or the espconn has no connection", "参数错误，或该 espconn 没有连接"},
		words{"check for NULL, the type, and whether this espconn has a connection", "检查是否为 NULL、类型是否正确，以及该 espconn 是否有连接"}},
	{espconn.IF, "ESPCONN_IF", words{"UDP could not send", "UDP 无法发送"},
		words{"the interface refused the datagram: send less often, or wait for the sent callback", "接口拒绝了数据报：降低发送频率，或等待 sent 回调"}},
	{espconn.ISCONN, "ESPCONN_ISCONN", words{"a connection exists already", "连接已经存在"},
		words{"disconnect the connection before", "先断开已有的连接"}},
	{espconn.HANDSHAKE, "ESPCONN_HANDSHAKE", words{"the TLS handshake failed (axTLS: SDK up to 2.1.0, libssl)",
		"TLS 握手失败（axTLS：SDK 2.1.0 及以前，libssl）"}, words{"see the line `Error: ` of the log", "查看日志中的 `Error: ` 行"}},
	{espconn.SSL_INVALID_DATA, "ESPCONN_SSL_INVALID_DATA", words{"invalid data on a TLS connection (axTLS)", "TLS 连接上的数据无效（axTLS）"},
		words{"see the log", "查看日志"}},
}

// stationStatus are the positive results of espconn_connect and espconn_secure_connect (espconn.md 5.1, tls.md 5.1), and those of
// wifi_station_get_connect_status (sdk-surface.md, Station status).
var stationStatus = map[int64]words{
	0: {"the station does nothing, or was told to disconnect", "station 空闲，或已被要求断开"},
	1: {"the station is still connecting to its access point", "station 仍在连接接入点"},
	2: {"the access point's password is wrong", "接入点密码错误"},
	3: {"there is no such access point", "没有这个接入点"},
	4: {"the connection to the access point failed", "与接入点的连接失败"},
	5: {"the station has an address", "station 已获得地址"},
}

var statusRemedy = words{"connect from the Wi-Fi event GOT_IP; a positive result is no success", "在 Wi-Fi 事件 GOT_IP 中连接；正数结果不是成功"}

// callName is what a function's code is called in a log that names both.
func (a apiCode) callName(function string) string {
	return fmt.Sprintf("%s: %s (%d)", function, a.name, a.err)
}
