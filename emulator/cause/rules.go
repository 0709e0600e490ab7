package cause

import "github.com/emu8266/emu8266/espconn"

// Rule returns the words of an API check in a language; those of espconn.RuleByID in English. Without words of its own, as a newer
// version may have written it, it is the id alone.
func Rule(id string, l Language) espconn.Rule {
	r, ok := espconn.RuleByID(id)
	if !ok {
		return espconn.Rule{ID: id}
	}
	if w, ok := chineseRules[id]; ok && l == Chinese {
		r.Text, r.Device, r.Fix = w.text, w.device, w.fix
	}
	return r
}

// ruleWords are those of an API check.
type ruleWords struct{ text, device, fix string }

var chineseRules = map[string]ruleWords{
	espconn.RuleSendBeforeSent: {"在 connect 回调之前，或在上一次发送的 sent 回调之前发送", "以 ESPCONN_INPROGRESS 拒绝发送",
		"把数据排队，在 sent 回调中发送"},
	espconn.RuleSendTooLong: {"一次发送超过 1,024 字节", "分成 1,460 字节的记录发送，并在稍后才读取固件的内存",
		"每次最多发送 1,024 字节，其余的在 sent 回调中发送"},
	espconn.RuleSendChanged: {"发送的数据在其 sent 回调之前被改动", "发送读取时内存中的内容", "在 sent 回调之前保留缓冲区，不要改动"},
	espconn.RuleSendNull:    {"从 NULL 指针发送指定长度的数据", "读取地址 0：致命异常 28", "检查缓冲区的内存分配"},
	espconn.RuleSendUnconnected: {"在没有连接的 espconn 上发送，或在服务器自己的 espconn 上发送", "返回 ESPCONN_ARG",
		"使用 connect 回调给出的 espconn，并在其 disconnect 或 reconnect 回调之后停止发送"},
	espconn.RuleRecvKept: {"在 recv 回调结束后发送该回调借出的数据", "发送已释放的接收缓冲区中当时的内容", "复制 recv 回调给出的数据"},
	espconn.RuleDisconnectInCallback: {"在 espconn 回调中断开连接",
		"立即关闭；在 recv 回调中则出现 reconnect(-69)，而不是 disconnect 回调", "向自己的任务投递事件 (system_os_post)，在那里断开连接"},
	espconn.RuleDisconnectTwice: {"断开没有连接或正在关闭的 espconn", "返回 ESPCONN_ARG 或 ESPCONN_INPROGRESS",
		"只断开一次，并在 disconnect 或 reconnect 回调之后不再使用该 espconn"},
	espconn.RuleSetWhileUsed: {"在该角色正在连接、已连接或监听时更改设置", "改变现有连接的上限，但不移动它的缓冲区",
		"在 connect 或 accept 之前调用"},
	espconn.RuleSizesDiffer: {"两种角色的大小不同，却用 get_size 同时查询", "两种角色只有一个大小", "分别查询每个 level"},
	espconn.RuleSizeRange: {"大小超出范围", "返回 false 并保留原来的大小",
		"设置 1 至 8,192 字节 (SDK：2,048 至 8,192) 并检查返回值"},
	espconn.RuleLevel:        {"该函数不接受的 level，或扇区 0", "返回 false，不作任何改变", "level 1 为客户端，2 为服务器，3 为两者；cert_req 只能用 1"},
	espconn.RuleConnectTwice: {"已有加密客户端连接时再次连接", "在套接字和堆内存够用时建立第二个连接", "先断开，再在 disconnect 回调中重新连接"},
	espconn.RuleNotTCP: {"NULL、其他类型的 espconn，或没有 esp_tcp 的 espconn", "返回 ESPCONN_ARG，或通过 NULL 的 proto 读取",
		"把 type 设为 ESPCONN_TCP，并让 proto.tcp 指向一个一直有效的 esp_tcp"},
	espconn.RuleNoRemote:    {"连接到地址 0.0.0.0 或端口 0", "发送无人应答的 SYN", "连接前设置 remote_ip 和 remote_port"},
	espconn.RuleNoAddress:   {"station 获得地址之前就连接", "返回 ESPCONN_RTE，或以正数返回 station 的状态", "在 Wi-Fi 事件 GOT_IP 中连接"},
	espconn.RuleNoReconnect: {"没有 reconnect 回调就连接", "连接的任何失败都无声无息", "用 espconn_regist_reconcb 注册该回调"},
	espconn.RuleHeapShort: {"空闲堆内存少于加密函数的需要：缓冲区大小加 14,336 字节", "connect 时返回 ESPCONN_MEM；服务器的握手会失败",
		"先释放堆内存，或设置更小的缓冲区"},
	espconn.RuleUnverified: {"已启用设备自己的证书，但没有启用对服务器证书的校验", "向任何服务器出示自己的证书",
		"同时调用 espconn_secure_ca_enable 并烧录 esp_ca_cert.bin"},
	espconn.RuleAcceptTwice: {"已有加密服务器时再次 accept", "以 ESPCONN_INPROGRESS 拒绝", "只调用一次，或先调用 espconn_secure_delete"},
	espconn.RuleNoCertificate: {"没有证书或密钥就 accept", "接受，但在第一个客户端到来时崩溃",
		"先调用 espconn_secure_set_default_certificate 和 _private_key，delete 之后也要重新调用"},
	espconn.RuleDefaultRefused: {"默认证书或密钥为空，或超过 8,192 字节", "返回 false 并保留原来的证书或密钥",
		"传入 cert.h 或 private_key.h 的数组及其长度"},
	espconn.RuleMutualSize:  {"双向认证时缓冲区大于 3,072", "会尝试，但堆内存或发送缓冲区不够", "最多设置 3,072"},
	espconn.RuleWriteFinish: {"在加密连接上注册 write_finish 回调", "从不调用它", "使用 sent 回调"},
	espconn.RuleRegistLate: {"有客户端连接时在服务器上注册回调", "使用客户端到来时已有的回调",
		"在 accept 之前注册，或注册到 connect 回调给出的 espconn 上"},
	espconn.RuleSector: {"用于证书的 flash 扇区属于系统或程序，或不存在", "把那里的内容当作证书读取",
		"使用空闲扇区，例如 512 KB 布局的 0x7A 和 0x7B"},
	espconn.RuleNotBurned: {"已启用但没有烧录到 flash 的证书镜像", "握手以 -0x7F00 失败，reconnect(-127)",
		"把镜像烧录到扇区 x 4096 (emu8266 certs、emu8266 flash write)"},
	espconn.RuleCAEntries: {"镜像中的 CA 证书多于会读取的数量", "加载前面的条目，忽略其余的", "把多个证书放进一个 PEM 条目"},
	espconn.RuleFlight:    {"一批握手消息超过 TCP 的发送缓冲区", "丢失超过 2,920 字节的部分；握手停住", "使用更短的自己的证书链"},
	espconn.RuleDeleteConnected: {"有客户端连接时 delete", "以 ESPCONN_INPROGRESS 拒绝",
		"断开客户端，在 disconnect 回调之后再 delete"},
	espconn.RuleMixed: {"在加密 espconn 上调用普通函数，或在普通 espconn 上调用加密函数", "有些调用可行，有些会崩溃",
		"加密连接上只使用 espconn_secure_*、espconn_regist_*cb 和 espconn_port"},
	espconn.RuleDeafServer: {"在已占用的端口上 espconn_accept", "返回 0，但不监听任何端口", "换一个 local_port"},
	espconn.RuleClock:      {"设置时钟之前就连接", "返回 -16：连接前需要时间", "先用 SNTP 设置时间"},
	espconn.RuleNotInV10:   {"手册 V1.0 中没有的函数", "没有该函数", "使用手册 V2.1 的 SDK，或不用该函数"},
	espconn.RuleFatal:      {"之后 SDK 会崩溃的调用", "通过错误的指针读写并复位", "参见检查的说明"},

	espconn.RuleTimerFunction: {"os_timer_arm 没有函数的定时器", "到期时跳转到地址 0", "先调用 os_timer_setfn"},
	espconn.RuleTimerArmed:    {"对已启动的定时器调用 os_timer_setfn", "把该定时器从列表中丢失", "先调用 os_timer_disarm"},
	espconn.RuleTimerRange: {"定时超过 0x68D7A3 毫秒，在 system_timer_reinit 之后为其十六分之一", "溢出：定时器过早到期",
		"累计多个较短的周期"},
	espconn.RuleTimerFine: {"没有 system_timer_reinit 就调用 os_timer_arm_us", "以 3.2 µs 为单位计数，延时不同",
		"先在 user_init 中调用 system_timer_reinit"},
	espconn.RuleTaskQueue: {"任务的队列已满时投递事件", "丢弃事件并返回 false", "给 system_os_task 更长的队列，或检查返回值"},
	espconn.RuleTaskNone:  {"向没有任务的优先级投递事件", "丢弃事件并返回 false", "先以该优先级 (0 至 2) 调用 system_os_task"},
	espconn.RuleRegister: {"访问仿真器不了解的寄存器", "执行该寄存器的功能；这里只保存最后写入的值",
		"在仿真器中不要依赖它；每个寄存器每次启动只报告一次"},
	espconn.RuleFlashAlign:  {"在不是 4 的倍数的地址写 flash", "返回 SPI_FLASH_RESULT_ERR", "在字地址写入完整的字"},
	espconn.RuleFlashErased: {"写 flash 时要把位置 1", "已清除的位保持不变：读回的既不是旧数据也不是新数据", "先擦除扇区"},
	espconn.RuleFlashSystem: {"写入或擦除系统的最后五个 flash 扇区", "丢失射频校准或 Wi-Fi 设置", "使用它们之前的扇区"},
	espconn.RuleBadFree:     {"os_free 的地址不是堆内存块，或已不再是", "破坏堆，稍后在别处崩溃", "每个块只释放一次，并把指针设为 NULL"},
}
