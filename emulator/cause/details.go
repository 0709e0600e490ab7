package cause

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Detail returns a phrase of the device - why the firmware crashed, what a check found, the object of a cause - in a language. What
// has no words stays as it is: names, figures, lines of the device's log.
func Detail(text string, l Language) string {
	if l != Chinese || text == "" {
		return text
	}
	if m := span.FindStringSubmatch(text); m != nil {
		return m[1] + " " + map[string]string{"s": "秒", "ms": "毫秒", "µs": "微秒"}[m[2]]
	}
	if said, ok := say(text, chineseDetails()); ok {
		return said
	}
	return text
}

// say returns the text of the first phrase that matches.
func say(text string, phrases []detail) (said string, ok bool) {
	const l = Chinese
	for _, d := range phrases {
		m := d.match.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		return fill(d.text, l, func(place string) (string, bool) {
			i := int(place[0] - '0')
			if i < 1 || i >= len(m) {
				return "", false
			}
			return Detail(m[i], l), true
		}), true
	}
	return "", false
}

// Phrases are phrases of a caller, in addition to those of Detail.
type Phrases struct{ compiled func() []detail }

// NewPhrases takes pairs of a phrase, with verbs of package fmt in its places, and of its Chinese words, in which {1} is the first place.
func NewPhrases(pairs [][2]string) *Phrases {
	return &Phrases{sync.OnceValue(func() []detail { return compiled(pairs) })}
}

// In returns a text in a language, as Detail does.
func (p *Phrases) In(text string, l Language) string {
	if l == Chinese {
		if said, ok := say(text, p.compiled()); ok {
			return said
		}
	}
	return Detail(text, l)
}

// span is one of chip.Span.
var span = regexp.MustCompile(`^(-?[0-9.]+) (s|ms|µs)$`)

// detail is a phrase with its places, {1} being the first.
type detail struct {
	match *regexp.Regexp
	text  string
}

// verb is where a phrase has something of its own: a number, or text.
var verb = regexp.MustCompile(`%[#0-9]*[a-z]`)

// place is what may stand there.
func place(verb string) string {
	switch verb[len(verb)-1] {
	case 'd':
		return `(-?[0-9]+)`
	case 'x':
		return `((?:0x)?[0-9a-f]+)`
	}
	return `(.+?)`
}

// chineseDetails returns the phrases in the order in which they are tried: those that say most themselves first. They are compiled when
// somebody reads Chinese: that takes longer than the rest of a process's start.
var chineseDetails = sync.OnceValue(func() []detail { return compiled(detailPairs) })

// compiled are the phrases of pairs, in the order in which they are tried.
func compiled(pairs [][2]string) (all []detail) {
	pairs = slices.Clone(pairs)
	slices.SortStableFunc(pairs, func(a, b [2]string) int {
		return len(verb.ReplaceAllString(b[0], "")) - len(verb.ReplaceAllString(a[0], ""))
	})
	for _, pair := range pairs {
		var b strings.Builder
		b.WriteString("^(?s:")
		rest := pair[0]
		for at := verb.FindStringIndex(rest); at != nil; at = verb.FindStringIndex(rest) {
			b.WriteString(regexp.QuoteMeta(rest[:at[0]]) + place(rest[at[0]:at[1]]))
			rest = rest[at[1]:]
		}
		b.WriteString(regexp.QuoteMeta(rest) + ")$")
		all = append(all, detail{regexp.MustCompile(b.String()), pair[1]})
	}
	return all
}

// detailPairs are phrases, as the places have them that make them, with their words in Chinese.
var detailPairs = [][2]string{
	{"%s; %s was called undeclared, or with other types than it has", "{1}；{2} 未经声明就被调用，或调用时的类型与其定义不同"},
	{"%s got %s as byte %d of the device's data", "{1} 收到的设备数据中，第 {3} 字节为 {2}"},
	// What checks find.
	{"%s while a client is connected: that client keeps the callbacks it has", "有客户端连接时调用 {1}：该客户端保留已有的回调"},
	{"write_finish on a secure connection is never called", "加密连接上的 write_finish 从不会被调用"},
	{"send before the connect callback, or after disconnect", "在 connect 回调之前或断开之后发送"},
	{"send before the sent callback of the send before, or a second one of a server", "在上一次发送的 sent 回调之前发送，或服务器的第二次发送"},
	{"send before the connect callback", "在 connect 回调之前发送"},
	{"send before the sent callback of the send before", "在上一次发送的 sent 回调之前发送"},
	{"NULL data with length %d", "数据为 NULL，长度 {1}"},
	{"%s: NULL data with length %d", "{1}：数据为 NULL，长度 {2}"},
	{"%d bytes in one send, the manual allows %d", "一次发送 {1} 字节，手册允许 {2}"},
	{"%d bytes that a recv callback had lent are sent after its end", "recv 回调借出的 {1} 字节在其结束后被发送"},
	{"port %d is taken: accept returns 0, but nobody will ever come", "端口 {1} 已被占用：accept 返回 0，但永远不会有客户端到来"},
	{"a va_list at address 0x%08x, where there is no memory", "地址 0x{1} 处的 va_list，那里没有内存"},
	{"espconn_tcp_set_max_con(%d) after espconn_accept: the server on port %d goes on allowing %d",
		"在 espconn_accept 之后调用 espconn_tcp_set_max_con({1})：端口 {2} 的服务器仍只允许 {3} 个连接"},
	{"the server on port %d has %d connections, an allowance of %d limits nothing", "端口 {1} 的服务器已有 {2} 个连接，上限 {3} 不起作用"},
	{"%s asks for %s, which %s has", "{1} 请求 {2}，它属于 {3}"},
	{"espconn_regist_time of the server", "服务器的 espconn_regist_time"},
	{"espconn_regist_time of the connection", "该连接的 espconn_regist_time"},
	{"the espconn has no esp_tcp", "该 espconn 没有 esp_tcp"},
	{"%s: the espconn has no esp_tcp", "{1}：该 espconn 没有 esp_tcp"},
	{"%s of a UDP espconn: the SDK writes the callback behind the struct esp_udp, over what lies there",
		"对 UDP 的 espconn 调用 {1}：SDK 把回调写到结构体 esp_udp 之后，覆盖那里的内容"},
	{"%s: the espconn has no esp_tcp or esp_udp", "{1}：该 espconn 没有 esp_tcp 或 esp_udp"},
	{"%s: the connection has no TLS part", "{1}：该连接没有 TLS 部分"},
	{"a secure server exists already", "已有加密服务器"},
	{"accept before espconn_secure_set_default_certificate and _private_key",
		"在 espconn_secure_set_default_certificate 和 _private_key 之前 accept"},
	{"delete while a client is connected", "有客户端连接时 delete"},
	{"espconn_secure_delete without certificate and key", "没有证书和密钥时调用 espconn_secure_delete"},
	{"the image at sector 0x%x has more than %d entries; the others are ignored", "扇区 0x{1} 处的镜像有超过 {2} 个条目；其余的被忽略"},
	{"the image at sector 0x%x has more than %d CA entries; the others are ignored",
		"扇区 0x{1} 处的镜像有超过 {2} 个 CA 条目；其余的被忽略"},
	{"the handshake flight exceeds TCP's send buffer by %d bytes", "一批握手消息超出 TCP 发送缓冲区 {1} 字节"},
	{"the data of a send was changed before its sent callback", "发送的数据在其 sent 回调之前被改动"},
	{"%s while a client connection exists", "有客户端连接时调用 {1}"},
	{"%s while the server listens", "服务器监听时调用 {1}"},
	{"%s: level %d", "{1}：level {2}"},
	{"%s: level %d, sector 0x%x", "{1}：level {2}，扇区 0x{3}"},
	{"%s: sector 0", "{1}：扇区 0"},
	{"%s with sector 0", "{1} 使用扇区 0"},
	{"size %d, the range is %d to %d", "大小 {1}，范围为 {2} 至 {3}"},
	{"client %d and server %d bytes have one answer", "客户端 {1} 字节和服务器 {2} 字节只有一个答案"},
	{"%s: sector 0x%x has more than 16 bits, 0x%x is used", "{1}：扇区 0x{2} 超过 16 位，使用 0x{3}"},
	{"%s: sector 0x%x lies beyond the chip's end", "{1}：扇区 0x{2} 超出芯片末尾"},
	{"%s: sector 0x%x belongs to the system parameters", "{1}：扇区 0x{2} 属于系统参数"},
	{"%s: sector %#x: certificates of %d bytes end at %#x, behind the end of the chip at %#x",
		"{1}：扇区 {2}：{3} 字节的证书结束于 {4}，超出芯片末尾 {5}"},
	{"%s: sector %#x: certificates of %d bytes overlap the %s at %#x, which the SDK erases and writes by itself",
		"{1}：扇区 {2}：{3} 字节的证书与 {5} 处的 {4} 重叠，SDK 会自行擦写它"},
	{"%s: sector %#x: certificates of %d bytes overlap the program %s, which ends at %#x",
		"{1}：扇区 {2}：{3} 字节的证书与程序 {4} 重叠，后者结束于 {5}"},
	{"%s: sector 0x%x (address 0x%x) is erased", "{1}：扇区 0x{2}（地址 0x{3}）是擦除状态"},
	{"%s: sector 0x%x (address 0x%x) holds no certificate image (a name of 32 bytes, a length of 2, then the file)",
		"{1}：扇区 0x{2}（地址 0x{3}）中没有证书镜像（32 字节的名称，2 字节的长度，然后是文件）"},
	{"%s: sector 0x%x (address 0x%x) %s", "{1}：扇区 0x{2}（地址 0x{3}）{4}"},
	{"%s: sector 0x0 is refused, the boot loader lies there", "{1}：拒绝扇区 0x0，引导程序在那里"},
	{"disconnect inside an espconn callback, of an espconn without a connection", "在 espconn 回调中断开没有连接的 espconn"},
	{"a datagram to %v leaves through the soft-AP alone", "发往 {1} 的数据报只经 soft-AP 发出"},
	{"connect while the clock reads 0", "时钟为 0 时连接"},
	{"a further send where none is allowed: a server's second one, or one after an empty one",
		"在不允许时再次发送：服务器的第二次发送，或空发送之后的发送"},
	{"send after disconnect", "断开连接后仍发送数据"},
	{"%s is not between 2 and P-2", "{1} 不在 2 与 P-2 之间"},
	{"no certificate image: read as one, it begins with an entry of %d bytes", "没有证书镜像：若当作镜像读取，开头的条目长 {1} 字节"},
	{"%s is not in V1.0", "V1.0 中没有 {1}"},
	{"the espconn is NULL", "该 espconn 为 NULL"},
	{"the espconn's type is 0x%x, not ESPCONN_TCP", "该 espconn 的类型为 0x{1}，不是 ESPCONN_TCP"},
	{"connect to %d.%d.%d.%d port %d", "连接到 {1}.{2}.{3}.{4} 端口 {5}"},
	{"nobody hears of a failed connection: no reconnect callback", "连接失败时无人得知：没有 reconnect 回调"},
	{"cert_req is on and ca is off: any server gets the device's certificate", "已启用 cert_req 而未启用 ca：任何服务器都会得到设备的证书"},
	{"send on the server's espconn; the connect callback was given the client's", "在服务器的 espconn 上发送；connect 回调给出的是客户端的"},
	{"send without a connection", "没有连接就发送"},
	{"%s on a secure connection", "在加密连接上调用 {1}"},
	{"%s on an espconn that is %s", "在用作{2}的 espconn 上调用 {1}"},
	{"a secure server", "加密服务器"}, {"the client of a secure server", "加密服务器的客户端"}, {"a secure client", "加密客户端"},
	{"a plain server", "普通服务器"}, {"the client of a plain server", "普通服务器的客户端"}, {"a plain client", "普通客户端"},
	{"a UDP port", "UDP 端口"},
	{"%s: level %d, but this library's server never asks a client for a certificate", "{1}：level {2}，但该库的服务器从不向客户端要求证书"},
	{"%s: level %d, but a server presents the certificate of set_default_certificate",
		"{1}：level {2}，但服务器出示的是 set_default_certificate 的证书"},
	{"%s on a plain connection", "在普通连接上调用 {1}"},
	{"%s with %d bytes, the range is 1 to %d", "{1} 使用 {2} 字节，范围为 1 至 {3}"},
	{"connect before the clock was set", "设置时钟之前就连接"},
	{"a secure client connection exists already", "已有加密客户端连接"},
	{"connect without an address of the device's own, result %d", "设备没有自己的地址就连接，结果 {1}"},
	{"size %d with mutual authentication, the limit is %d", "双向认证时缓存为 {1}，上限 {2}"},
	{"%d bytes of heap are free, size %d needs at least %d", "堆内存剩余 {1} 字节，缓存 {2} 至少需要 {3} 字节"},
	{"%s needs %d bytes of stack, there are %d", "{1} 需要 {2} 字节栈，只有 {3} 字节"},
	{"no instruction at %s: a function pointer that is none, a function that was never defined, or abort()",
		"{1} 处没有指令：函数指针无效，函数从未定义，或调用了 abort()"},
	{"a load or store of 8 or 16 bits at address 0x%08x, %s: code and flash are read in 32-bit pieces only",
		"在地址 0x{1}（{2}）读写 8 位或 16 位：代码区和 flash 只能按 32 位读取"},
	{"a load or store at address 0x%08x, which is no multiple of its size", "在地址 0x{1} 读写，该地址不是访问长度的整数倍"},
	{"load from address 0x%08x, %s", "从地址 0x{1} 读取（{2}）"},
	{"store to address 0x%08x, %s", "向地址 0x{1} 写入（{2}）"},
	{"call of address 0x%08x, %s, where no code lies", "调用地址 0x{1}（{2}），该处没有代码"},
	{"a NULL pointer", "NULL 指针"},
	{"in data RAM", "位于数据 RAM"}, {"in flash", "位于 flash"}, {"in instruction RAM", "位于指令 RAM"}, {"in ROM", "位于 ROM"},
	{"in peripherals", "位于外设寄存器"}, {"in unmapped", "位于未映射区"}, {"in null page and what follows it", "位于 NULL 页及其后"},
	{"a break instruction: __builtin_trap, or a place that the compiler takes for unreachable, as a division by a constant 0",
		"break 指令：__builtin_trap，或编译器认为不可到达的位置，例如除以常数 0"},
	{"%s handles an interrupt and lies in flash, which is being erased or written: leave out ICACHE_FLASH_ATTR, or keep interrupts out " +
		"meanwhile (ETS_INTR_LOCK)",
		"{1} 处理中断却位于 flash，而 flash 正在擦除或写入：请去掉 ICACHE_FLASH_ATTR，或在此期间屏蔽中断（ETS_INTR_LOCK）"},
	{"the program waits for an interrupt that never comes (waiti)", "程序等待一个永远不会到来的中断（waiti）"},
	{"the espconn has no connection", "该 espconn 没有连接"},
	{"the connection is closing already", "连接已经在关闭"},
	{"disconnect inside an espconn callback", "在 espconn 回调中断开连接"},
	{"os_timer_setfn on a timer that is due in %v", "对还有 {1} 到期的定时器调用 os_timer_setfn"},
	{"%s in a format of %s, whose formatter does not know it", "{2} 的格式中有 {1}，其格式化程序不认识它"},
	{"%s with a local variable: %s", "{1} 用了局部变量：{2}"},
	{"%s of a block of %d bytes in which an armed timer lies", "对含有已启动的定时器的 {2} 字节的块调用 {1}"},
	{"%s of a block of %d bytes in which a task's queue lies", "对含有任务队列的 {2} 字节的块调用 {1}"},
	{"os_timer_setfn on an armed timer", "对已启动的定时器调用 os_timer_setfn"},
	{"os_timer_arm before os_timer_setfn", "在 os_timer_setfn 之前调用 os_timer_arm"},
	{"os_timer_arm_us before os_timer_setfn", "在 os_timer_setfn 之前调用 os_timer_arm_us"},
	{"os_timer_arm_us without system_timer_reinit: %d µs count as %d ms",
		"没有 system_timer_reinit 就调用 os_timer_arm_us：{1} µs 算作 {2} 毫秒"},
	{"%s with %d %s, the most is %d: the timer is not armed", "{1} 使用 {2} {3}，最多 {4}：定时器没有启动"},
	{"deep sleep of %d s, the most is %d", "深度睡眠 {1} 秒，最多 {2}"},
	{"%s of %d bytes at 0x%x, in the SDK's %v", "在 0x{3} 处{1} {2} 字节，位于 SDK 的 {4}"},
	{"write", "写入"},
	{"erase", "擦除"},
	{"write of %d bytes at 0x%x", "在 0x{2} 处写入 {1} 字节"},
	{"write of %d bytes at 0x%x: byte 0x%x holds 0x%02x and cannot become 0x%02x",
		"在 0x{2} 处写入 {1} 字节：字节 0x{3} 为 0x{4}，不能变成 0x{5}"},
	{"post to priority %d, there are 0 to %d", "投递到优先级 {1}，只有 0 至 {2}"},
	{"post to priority %d, which has no task", "投递到没有任务的优先级 {1}"},
	{"the queue of priority %d holds %d events already", "优先级 {1} 的队列已有 {2} 个事件"},
	{"free of 0x%x", "释放 0x{1}"},
	{"register 0x%08x", "寄存器 0x{1}"},
	{"line %d of the script's take", "脚本该段第 {1} 行"},

	{"panic in the Go firmware: %s", "Go 固件 panic：{1}"},
	{"%s on another goroutine than the device's, which was started at %s", "{1} 在设备以外的 goroutine 上调用，该 goroutine 在 {2} 启动"},
	{"the callback waits (%s), and with it the device", "回调在等待（{1}），设备随之停住"},

	// Steps of an explanation.
	{"%s: finding %s: %s", "{1}：检查 {2}：{3}"},
	{"%s finding %s: %s", "{1} 检查 {2}：{3}"},
	{"finding %s: %s", "检查 {1}：{2}"},
	{"%s -> alert level %d %s", "{1}发送警报 {3}，级别 {2}"},
	{"%s <- alert level %d %s", "{1}收到警报 {3}，级别 {2}"},
	{"%s handshake over %s %s", "{1}握手完成：{2} {3}"},
	{"client", "客户端"},
	{"server", "服务器"},
	{"%s, reason %d", "{1}，原因 {2}"},

	{"espconn_mdns_init without memory for a text", "espconn_mdns_init 没有内存存放文本"},
	{"espconn_mdns_enable before espconn_mdns_init", "在 espconn_mdns_init 之前调用 espconn_mdns_enable"},
	{"espconn_mdns_disable after espconn_mdns_close", "在 espconn_mdns_close 之后调用 espconn_mdns_disable"},
	{"the announcement of mDNS after espconn_mdns_close", "espconn_mdns_close 之后的 mDNS 通告"},
	{"an answer of mDNS after espconn_mdns_close", "espconn_mdns_close 之后的 mDNS 应答"},
	{"SNTP's next request after sntp_stop (docs/facts/lwip.md 14)", "sntp_stop 之后 SNTP 的下一次请求（docs/facts/lwip.md 14）"},
	{"espconn_mdns_init for %s with the address 0.0.0.0", "用地址 0.0.0.0 为 {1} 调用 espconn_mdns_init"},
	{"espconn_mdns_init for %s after the %d announcements of this boot", "本次启动已通告 {2} 次，之后又为 {1} 调用 espconn_mdns_init"},
	{"%s reads the byte at 0x%08x, which takes whole words only", "{1} 读取 0x{2} 处的字节，而那里只能按整字读取"},
	{"system_get_rtc_time after a deep sleep over which %d cycles were kept", "深度睡眠之后调用 system_get_rtc_time，睡眠之前保留了 {1} 个周期"},
	{"the Wi-Fi settings were changed and saved %d times since the device was made", "自设备创建以来，Wi-Fi 设置被修改并保存了 {1} 次"},

	{"%s sent %d bytes instead of %d", "{1} 发来 {2} 字节而不是 {3}"},
	{"%s sent mode %d, which is no server's", "{1} 发来模式 {2}，不是服务器的模式"},
	{"%s sent stratum 0: it has no time, or wants fewer requests", "{1} 发来 stratum 0：它没有时间，或要求减少请求"},

	// What was running at a crash.
	{"%s: %s", "{1}：{2}"},
	{"an os_timer callback", "os_timer 回调"},
	{"the task of priority %d", "优先级 {1} 的任务"},
	{"an interrupt handler", "中断处理函数"},
	{"the NMI handler", "NMI 处理函数"},
	{"the Wi-Fi event handler", "Wi-Fi 事件处理函数"},
	{"the callback of %s", "{1} 的回调"},
	{"check_cb of system_upgrade_start", "system_upgrade_start 的 check_cb"},
	{"the %s callback of %s", "{2} 的 {1} 回调"},
	{"an espconn", "某个 espconn"},

	// Why the firmware crashed.
	{"the SDK's TLS computed %s with a key of %s bits for %s, longer than the watchdog waits",
		"SDK 的 TLS 用 {2} 位密钥计算 {1}，用时 {3}，超过看门狗的等待时间"},
	{"the firmware did not return to the SDK for %s, and the software watchdog was stopped: %s",
		"固件超过 {1} 没有返回 SDK，且软件看门狗已停止：{2}"},
	{"the firmware did not return to the SDK for %s: %s", "固件超过 {1} 没有返回 SDK：{2}"},
	{"the firmware has been in a callback for %s and goes on feeding the watchdog: %s; return from callbacks, and wait in a timer",
		"固件已在一个回调中停留 {1}，并不断喂看门狗：{2}；请从回调返回，用定时器等待"},
	{"it was waited for %s, which is all the patience there is", "已等待 {1}，不再等待"},
	{"return from callbacks, or call system_soft_wdt_feed (ets_wdt_disable stops the hardware watchdog only)",
		"请从回调返回，或调用 system_soft_wdt_feed（ets_wdt_disable 只停止硬件看门狗）"},
	{"return from callbacks, or call system_soft_wdt_feed", "请从回调返回，或调用 system_soft_wdt_feed"},
	{"espconn_secure_accept: the espconn has no esp_tcp", "espconn_secure_accept：该 espconn 没有 esp_tcp"},
	{"espconn_secure_connect: the espconn has no esp_tcp", "espconn_secure_connect：该 espconn 没有 esp_tcp"},
	{"first client of a server without certificate and key", "没有证书和密钥的服务器迎来第一个客户端"},
	{"access to a register at the address %s, which is no multiple of 4", "访问地址 {1} 处的寄存器，该地址不是 4 的倍数"},
	{"access to a register at the address 0x%08x, which is no multiple of 4", "访问地址 0x{1} 处的寄存器，该地址不是 4 的倍数"},
	{"access to a register at the address %s, where there is none", "访问地址 {1} 处的寄存器，那里没有寄存器"},
	{"system_upgrade_init: no memory, which it does not look at", "system_upgrade_init：没有内存，而它并不检查"},
	{"system_upgrade_start: a request of %s bytes overruns its buffer of 512", "system_upgrade_start：{1} 字节的请求超出其 512 字节的缓冲区"},
	{"system_upgrade_start: no memory for the request, which it does not look at", "system_upgrade_start：没有内存存放请求，而它并不检查"},
	{"call of function pointer 0x%x, which names no function", "调用函数指针 0x{1}，它不指向任何函数"},
	{"the callback at function pointer %d has parameters that no callback of the SDK has",
		"函数指针 {1} 处的回调具有 SDK 回调所没有的参数"},
	{"callbacks nested %d deep: the stack overflows", "回调嵌套 {1} 层：栈溢出"},
	{"os_timer_arm while %d timers are armed: the chip's memory does not hold more",
		"已启动 {1} 个定时器时又调用 os_timer_arm：芯片内存容纳不下更多"},
	{"the SDK %s %d bytes at address 0x%x, %s", "SDK 在地址 0x{3} 处{1} {2} 字节，{4}"},
	{"reads", "读取"},
	{"writes", "写入"},
	{"a va_list at address 0x%x, where there is no memory", "地址 0x{1} 处的 va_list，那里没有内存"},
	{"the SDK reads a string at address 0x%x, %s", "SDK 读取地址 0x{1} 处的字符串，{2}"},
	{"callbacks nested so deep that the SDK's buffers are used up", "回调嵌套过深，SDK 的缓冲区已用尽"},
	{"the firmware calls %s, which the emulator does not have", "固件调用了模拟器没有的 {1}"},
	{"a return to a function that is no longer under way", "返回到一个已经结束的函数"},
	{"the radio writes %d bytes at address 0x%x, where there is no memory", "射频向地址 0x{2} 写入 {1} 字节，那里没有内存"},
	{"%s at 0x%08x, called at 0x%08x in %s, belongs to the chip's ROM or radio and is not emulated",
		"{4} 在 0x{3} 处调用的 {1}（0x{2}）属于芯片的 ROM 或射频，模拟器不模拟它"},
	{"%d-byte %s at address 0x%x, %s", "在地址 0x{3} 处{2} {1} 字节，{4}"},
	{"load", "读取"},
	{"store", "写入"},
	{"where there is no memory", "那里没有内存"},
	{"where there is none", "那里没有内存"},
	{"through a NULL pointer", "通过 NULL 指针"},
	{"a local array of this function has been written beyond its end: found as the function returns",
		"此函数的局部数组写越界：函数返回时发现"},
	{"not aligned", "没有对齐"},
	{"a register: use READ_PERI_REG and WRITE_PERI_REG", "那是寄存器：请使用 READ_PERI_REG 和 WRITE_PERI_REG"},
	{"in the heap, but in no block of the firmware", "在堆中，但不在固件的任何块内"},
	{"in a block of %d bytes of %s that was freed at %s", "位于 {2} 的 {1} 字节的块中，该块已在 {3} 释放"},
	{"%d bytes beyond the end of a block of %d bytes of %s", "超出 {3} 的 {2} 字节的块的末尾 {1} 字节"},
	{"a constant in flash, which is read in 32 bits only", "那是 flash 中的常量，只能按 32 位读取"},
	{"a constant in flash", "那是 flash 中的常量"},
	{"in instruction RAM, which is accessed in 32 bits only", "在指令 RAM 中，只能按 32 位访问"},
	{"the SDK is given %d bytes at address 0x%x, %s", "传给 SDK 的地址 0x{2} 处的 {1} 字节：{3}"},
	{"%s of address 0x%x, which is no block of the heap", "{1} 地址 0x{2}，它不是堆内存块"},
	{"%s of address 0x%x, a block of %d bytes of %s that was freed at %s", "{1} 地址 0x{2}：{4} 的 {3} 字节的块，已在 {5} 释放"},
	{"free of 0x%x, a block of %d bytes that was freed at %s", "释放 0x{1}：{2} 字节的块，已在 {3} 释放"},
	{"the SDK, after its callback", "SDK，在其回调之后"},
	{"an unknown place", "未知位置"},
	{"division by zero", "除以零"},
	{"integer overflow", "整数溢出"},
	{"call of a pointer that names no function", "调用不指向任何函数的指针"},
	{"call of a function through a pointer of another type", "通过其他类型的指针调用函数"},
	{"a place that the compiler takes for unreachable", "编译器认为不可到达的位置"},
	{"stack overflow in %s, and then %s", "{1} 栈溢出，随后：{2}"},
	{"stack overflow: endless recursion", "栈溢出：无限递归"},
	{"stack overflow: endless recursion, a stack of %d bytes", "栈溢出：无限递归，栈大小 {1} 字节"},
	{"stack overflow: too many or too large local variables, %d bytes in a stack of %d", "栈溢出：局部变量太多或太大，{1} 字节，栈大小 {2}"},
	{"call of a NULL function pointer", "调用 NULL 函数指针"},
	{"call of %s through a pointer of another type", "通过其他类型的指针调用 {1}"},
	{"%s an address where there is no memory", "{1}没有内存的地址"},
	{"load from", "读取"},
	{"store to", "写入"},
	{"the search for %s in the image at sector 0x%x never ends: what follows is not erased",
		"在扇区 0x{2} 处的镜像中查找 {1} 永不结束：其后不是擦除状态"},
	{"espconn_disconnect came before TCP was up, and a connection was begun before its callback: the SDK writes into the freed PCB, " +
		"where that one is now", "espconn_disconnect 在 TCP 建立之前调用，并且在其回调之前又开始了连接：SDK 写入已释放的 PCB，而它现在属于那个连接"},
	{"a client came without memory for its receive ring: the SDK frees a block that is not its own",
		"客户端到来时没有内存分配给接收环：SDK 释放了不属于它的块"},
	{"the size was raised after the buffer was allocated and a longer record came: it would be written past the buffer's end",
		"缓存分配之后增大了大小，又来了更长的记录：它会写到缓存末尾之外"},
	{"the size was raised after the buffer was allocated and a longer ClientHello came: it would be written past the buffer's end",
		"缓存分配之后增大了大小，又来了更长的 ClientHello：它会写到缓存末尾之外"},
	{"an element of the own chain ends within two bytes of the size, and the next one is copied past the buffer's end",
		"自己证书链的一个元素在距缓存上限两字节之内结束，下一个元素会复制到缓存末尾之外"},
	{"the own Certificate message is longer than the size less 5: it is written past the buffer's end",
		"自己的 Certificate 消息超过缓存大小减 5：它会写到缓存末尾之外"},
	{"mDNS without memory for a text", "mDNS 没有内存存放文本"},
	{"espconn_accept: a client's espconn has no memory, and its state is set", "espconn_accept：没有内存存放客户端的 espconn，而它的状态仍被设置"},
	{"espconn_accept: a client's esp_tcp has no memory, and its connection is looked at",
		"espconn_accept：没有内存存放客户端的 esp_tcp，而它的连接仍被读取"},
	{"espconn_disconnect twice with unread data: the list of connections in TIME_WAIT has no end",
		"有未读数据时调用两次 espconn_disconnect：TIME_WAIT 连接的链表没有终点"},
	{"the receive ring of TLS is full to its last byte: the SDK copies 4 GB out of it",
		"TLS 的接收环形缓冲区恰好写满：SDK 从中复制 4 GB"},
	{"%s of a UDP port: its block is closed as TCP's",
		"对 UDP 端口调用 {1}：它的内存块被当作 TCP 的来关闭"},
	{"data came behind a close that failed: the connection has no TLS part", "关闭失败之后又来了数据：连接已没有 TLS 部分"},
	{"the format of a line found no memory (docs/facts/lwip.md 16)", "一行文本的格式没有内存（docs/facts/lwip.md 16）"},
	{"mDNS sends from the PCB that espconn_mdns_close has removed", "mDNS 用 espconn_mdns_close 已移除的 PCB 发送"},
	{"espconn_secure_accept: the record has no memory, and is written", "espconn_secure_accept：记录没有内存，而仍被写入"},
	{"the format of the line %q found no memory", "文本行 {1} 的格式没有内存"},
	{"an ARP answer found no memory, and the SDK sends NULL (docs/facts/lwip.md 16)",
		"ARP 应答没有内存，而 SDK 发送了 NULL（docs/facts/lwip.md 16）"},
	{"a received frame found no memory, and the SDK stores through NULL (docs/facts/lwip.md 16)",
		"收到的帧没有内存，SDK 通过空指针写入（docs/facts/lwip.md 16）"},
	{"assertion failed: %s", "断言失败：{1}"},
	{"the test ended itself: %s", "测试主动终止：{1}"},
	{"abort() is called", "调用了 abort()"},
	{"no memory for a socket, which the SDK reads all the same", "没有内存存放套接字，而 SDK 仍然读取它"},
	{"out of memory for %s", "内存不足：{1}"},
	{"out of memory for %s: the library goes on with a null pointer", "内存不足：{1}；该库继续使用空指针"},

	// Objects of causes: what calls were given.
	{"the espconn", "espconn"},
	{"the pointer to the figure", "存放数值的指针"},
	{"the pointer to the information", "存放信息的指针"},
	{"the pointer to the address", "存放地址的指针"},
	{"the memory for the data", "存放数据的内存"},
	{"certificate and private key", "证书和私钥"},
	{"certificate", "证书"},
	{"private key", "私钥"},

	// Objects of causes: what calls of the SDK were given, and what is under way.
	{"the channel", "信道"},
	{"the level", "级别"},
	{"the interval", "间隔"},
	{"the last channel (schan + nchan - 1)", "最后一个信道（schan + nchan - 1）"},
	{"the WPS type", "WPS 类型"},
	{"the frame", "帧"},
	{"the mask", "掩码"},
	{"the rate", "速率"},
	{"the type", "类型"},
	{"the mode", "模式"},
	{"the minutes", "分钟数"},
	{"the option", "选项"},
	{"the option (0, 1, 2 or 4)", "选项（0、1、2 或 4）"},
	{"the interfaces", "接口"},
	{"the interface", "接口"},
	{"the number", "编号"},
	{"the SSID", "SSID"},
	{"the password", "密码"},
	{"the host name", "主机名"},
	{"the authentication mode", "认证模式"},
	{"the frequency (80 or 160 MHz)", "频率（80 或 160 MHz）"},
	{"the end in bytes", "末尾的字节位置"},
	{"the priority", "优先级"},
	{"the queue's length", "队列长度"},
	{"the server's information", "服务器信息"},
	{"the ping's options", "ping 的选项"},
	{"the pointer to the country", "存放国家信息的指针"},
	{"enhance mode", "增强模式"},
	{"a scan", "扫描"},
	{"a smartconfig", "smartconfig"},
	{"a sleep", "睡眠"},
	{"an upgrade", "升级"},
	{"bit 0 of its first byte is set: it is a group's", "第一个字节的第 0 位为 1：它是组地址"},
	{"the netmask has a gap", "子网掩码不连续"},
	{"the netmask has a gap, or the address is none of IPv4", "子网掩码不连续，或不是 IPv4 地址"},
	{"%s to %s: at most 101 addresses of the network of %s, without it", "{1} 至 {2}：最多为 {3} 所在网络的 101 个地址，且不含它"},

	// Objects of causes: the radio.
	{"%s, attempt %d, %s after the one before, the last one (wifi_station_set_reconnect_policy)",
		"{1}，第 {2} 次尝试，距上一次 {3}，是最后一次（wifi_station_set_reconnect_policy）"},
	{"%s, attempt %d, %s after the one before", "{1}，第 {2} 次尝试，距上一次 {3}"},
	{"%s, the last one (wifi_station_set_reconnect_policy)", "{1}，是最后一次（wifi_station_set_reconnect_policy）"},
	{"%s, not heard for %s", "{1}，{2} 没有收到信号"},
	{"%s; in range on channels 1 to %d: %s", "{1}；在信道 1 至 {2} 上收到：{3}"},
	{"%s: its BSSID is %s, the configuration wants %s", "{1}：它的 BSSID 为 {2}，配置要求 {3}"},
	{"%s: it is open or has WEP, which open_and_wep_mode_disable excludes", "{1}：它是开放的或使用 WEP，被 open_and_wep_mode_disable 排除"},
	{"%s: it is heard with %d dBm, threshold.rssi is %d", "{1}：信号强度为 {2} dBm，threshold.rssi 为 {3}"},
	{"%s: its authentication mode is %d, threshold.authmode is %d", "{1}：它的认证模式为 {2}，threshold.authmode 为 {3}"},
	{"nothing", "没有"},
	{"no phone sends", "没有手机在发送"},
	{"the mode has no station", "工作模式中没有 station"},
	{"the station has joined an access point and does not listen on other channels", "station 已加入接入点，不在其他信道上监听"},
	{"the radio is off", "射频已关闭"},
	{"the phone has an app of type %d, smartconfig_set_type is %d", "手机应用的类型为 {1}，smartconfig_set_type 为 {2}"},
	{"the phone's access point %s is not in range", "手机的接入点 {1} 不在信号范围内"},
	{"the phone's access point %s is heard with %d dBm, at least %d are wanted", "手机的接入点 {1} 的信号强度为 {2} dBm，至少需要 {3}"},
	{"%s instead of %s", "{1} 而不是 {2}"},

	// Objects of causes: programs.
	{"%s, %d bytes, %s at their end", "{1}，{2} 字节，末尾为 {3}"},
	{"%d bytes, %s at their end", "{1} 字节，末尾为 {2}"},
	{"the connection for the HEAD request", "为 HEAD 请求建立连接"},
	{"the reply to HEAD", "HEAD 的应答"},
	{"erasing the slot", "擦除"},
	{"the connection for the image", "为镜像建立连接"},
	{"loading the image", "加载镜像"},
	{"%s, %d of %d bytes", "{1}，{2}/{3} 字节"},
	{"%s, the last came %s before", "{1}，最后的数据在 {2} 之前到达"},
	{"erasing sector %s", "擦除扇区 {1}"},
	{"writing %d bytes", "写入 {1} 字节"},

	// Objects of causes: memory.
	{"the chain check", "证书链校验"},
	{"the peer's certificate", "对端证书"},
	{"a hash", "散列"},
	{"the Diffie-Hellman group", "Diffie-Hellman 群"},
	{"the Diffie-Hellman key", "Diffie-Hellman 密钥"},
	{"the Diffie-Hellman parameters", "Diffie-Hellman 参数"},
	{"the Diffie-Hellman secret", "Diffie-Hellman 共享密钥"},
	{"the RSA operation", "RSA 运算"},
	{"the signature", "签名"},
	{"the record buffers", "记录缓存"},
	{"the key derivation", "密钥派生"},
	{"the output buffer after the handshake", "握手之后的输出缓冲区"},
	{"the session keys", "会话密钥"},
	{"the client's public value", "客户端的公开值"},
	{"the server's public value", "服务器的公开值"},
	{"the own public value, which the server's generator gives", "由服务器的生成元得出的自己的公开值"},
	{"the connection's buffers", "连接的缓存"},
	{"the tls context", "TLS 上下文"},
	{"the receive buffer", "接收缓冲区"},
	{"the receive ring", "接收环"},
	{"the server's certificate", "服务器证书"},
	{"the own certificate", "自己的证书"},
	{"the own private key", "自己的私钥"},
	{"the CA", "CA"},
	{"the header of a flash entry", "flash 条目的头部"},
	{"the %d bytes of the flash entry %q", "flash 条目 {2} 的 {1} 字节"},
	{"the %d bytes of the object at flash sector 0x%x", "flash 扇区 0x{2} 处对象的 {1} 字节"},

	// Objects: records and messages.
	{"%s message", "{1} 消息"},
	{"application data record", "应用数据记录"},
	{"application data", "应用数据"},
	{"record", "记录"},
	{"handshake", "握手"},
	{"alert", "警报"},
	{"%s is too short", "{1} 太短"},
	{"%s in place of %s", "收到 {1}，而不是 {2}"},
	{"a %s record in place of %s", "收到{1}记录，而不是 {2}"},
	{"the Certificate message", "Certificate 消息"},
	{"CertificateRequest or ServerHelloDone", "CertificateRequest 或 ServerHelloDone"},
	{"it is out of order", "顺序错误"},
	{"it is malformed", "格式错误"},
	{"FinishHandshake out of order", "FinishHandshake 的顺序错误"},
	{"Write before the end of the handshake", "握手结束之前调用 Write"},
	{"Handshake before Setup", "在 Setup 之前调用 Handshake"},
	{"use after Close", "在 Close 之后使用"},
	{"session id longer than 32 bytes", "会话 ID 超过 32 字节"},
	{"session id longer than 32 bytes, or cut off", "会话 ID 超过 32 字节，或被截断"},
	{"session id does not fit the message", "会话 ID 与消息不符"},
	{"its signature is wrong", "签名错误"},
	{"flash: read 0x%x+%d: %s (chip of %d bytes)", "flash：读取 0x{1} 起 {2} 字节：{3}（芯片 {4} 字节）"},
	{"flash: write 0x%x+%d: %s (chip of %d bytes)", "flash：写入 0x{1} 起 {2} 字节：{3}（芯片 {4} 字节）"},
	{"flash: erase 0x%x+%d: %s (chip of %d bytes)", "flash：擦除 0x{1} 起 {2} 字节：{3}（芯片 {4} 字节）"},
	{"outside the chip", "超出芯片"}, {"address and length must be multiples of 4", "地址和长度必须是 4 的倍数"},
	{"the chip stays busy", "芯片一直忙"}, {"flash: the buffer is NULL", "flash：缓冲区为 NULL"},
	{"the premaster secret is encrypted for a key of another length", "预主密钥按另一长度的密钥加密"},
	{"the peer's first encrypted record cannot be read", "无法读取对端的第一个加密记录"},
	{"the peer answered with the alert %s", "对端以警报 {1} 应答"},
	{"the peer ended the handshake", "对端结束了握手"},
	{"its signature is wrong: the client's key does not belong to its certificate", "签名错误：客户端的密钥不属于其证书"},
	{"an empty chain", "空的证书链"},
	{"certificate %d of the peer's chain (%d bytes) is one that the device cannot read", "设备无法读取对端证书链中的第 {1} 个证书（{2} 字节）"},
	{"certificate %d of the server's chain (%d bytes) is one that the device cannot read", "设备无法读取服务器证书链中的第 {1} 个证书（{2} 字节）"},
	{"an element's length is wrong", "元素的长度错误"},
	{"another message than Certificate, or an empty chain", "不是 Certificate 消息，或证书链为空"},
	{"the list's length does not match the message", "列表的长度与消息不符"},
	{"ClientHello does not fill exactly one record", "ClientHello 没有恰好占满一个记录"},
	{"an extension is cut off", "扩展被截断"},
	{"extensions are cut off", "扩展列表被截断"},
	{"extensions do not fill the message", "扩展没有占满消息"},
	{"no cipher suites", "没有加密套件"},
	{"renegotiation_info is not empty", "renegotiation_info 不为空"},
	{"signature_algorithms has a wrong length", "signature_algorithms 的长度错误"},
	{"the first message is not a ClientHello", "第一个消息不是 ClientHello"},
	{"the client began with %s",
		"客户端以 {1} 开始"},
	{"the list of cipher suites is empty, odd or cut off", "加密套件列表为空、长度为奇数或被截断"},
	{"the list of compressions is empty, too long or cut off", "压缩方法列表为空、太长或被截断"},
	{"the record's major version is below 3", "记录的主版本低于 3"},
	{"a %s record came in place of %s", "收到{1}记录，而不是 {2}"},
	{"%s came in place of %s", "收到 {1}，而不是 {2}"},
	{"bytes after the public value", "公开值之后还有字节"},
	{"the encrypted premaster secret has not the key's length", "加密的预主密钥长度与密钥不符"},
	{"the public value is cut off", "公开值被截断"},
	{"a signature algorithm that was not offered", "设备没有提供的签名算法"},
	{"the Diffie-Hellman parameters are cut off", "Diffie-Hellman 参数被截断"},
	{"the Diffie-Hellman parameters are not usable", "Diffie-Hellman 参数不可用"},
	{"the signature algorithm is missing", "缺少签名算法"},
	{"the signature does not fill the message", "签名没有占满消息"},

	// Objects: files and images.
	{"%s: %d elements are unreadable", "{1}：{2} 个元素不可读"},
	{"own certificate", "自己的证书"},
	{"own private key", "自己的私钥"},
	{"own certificate: %s", "自己的证书：{1}"},
	{"own private key: %s", "自己的私钥：{1}"},
	{"0x%x: %s", "0x{1}：{2}"},
	{"no entry %q", "没有条目 {1}"},
	{"the sector is erased", "该扇区是擦除状态"},
	{"no certificate image: it begins with %q", "不是证书镜像：它以 {1} 开始"},
	{"entry %q ends beyond byte %d of the image", "条目 {1} 的末尾超出镜像的第 {2} 字节"},
	{"there is no flash", "没有 flash"},
	{"the %s", "{1}"}, // a block of the heap by its name
}
