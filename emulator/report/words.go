package report

import "github.com/emu8266/emu8266/emulator/cause"

// words are what a report says in one language, beside explanations, causes and the events themselves.
type words struct {
	Lang      string // of the page, BCP 47
	Title     string // one place: the device's name
	Contents  string
	Saw       string
	CodeName  string // places: the TLS library's code, its name
	TestFails string // one place: the test's name
	Unchecked string // of firmware without memory checks
	Untold    string // of a trace, which does not tell whether there were any
	Short     string // places: how often there was no memory; Block, Bytes, free, time of the first
	ShortHead string
	ShortFix  string
	NotSeen   string // what was not looked for
	TestSaid  string // one place: what the test of a device failed of
	TestFine  string // of a device without a failure in a test that failed. One place: its headline
	TestFix   string // what to change then
	Where     string
	In, Call  string // of a crash
	Locals    string // of a crash
	Change    string
	See       string
	Steps     string
	Others    string
	Findings  string
	OnDevice  string // what the device does with a finding: one place
	Fix       string
	Times     string // one place
	Buffer    string
	BufferWhy string // the size of the buffer: one place
	BufferBar string // how to read the bars of the table
	NoItems   string
	More      string // rows that are left out: one place
	Time      string
	Direction string
	Sent, Got string
	Kind      string
	Name      string
	Bytes     string
	Share     string
	Record    string
	Message   string
	Alert     string
	Failure   string
	Chain     string // places: server, bytes of the message
	ChainNote string
	Subject   string
	Key       string
	Signature string
	Without   string
	Root      string
	Partly    string
	Timeline  string
	Reading   string // how to read the time line
	Lanes     [laneCount]string
	Heap      string
	HeapCurve string
	HeapText  string // places: free at boot, least, its time
	HoldsHead string // one place: the time
	Block     string
	Blocks    string
	NoMemory  string // places: Block, Bytes, free, time
	Events    string
	EventsOf  string // places: from, to
	Older     string // one place
	Event     string
	Run       string
	Device    string
	Profile   string
	Version   string
	Command   string
	Lasted    string
	Counted   string
	Contains  string
	Has       []string
	HasNot    string
	Keys      string
	Payload   string
	Passwords string
	Files     string
	TraceFile string
	Capture   string
	Shortened string
	Several   string // what one mark stands for: one place
	SizeLine  string // the buffer's limit in the picture: one place
	Colon     string
	Stop      string // between sentences
	Semicolon string
	Comma     string
	Open      string // of what stands in brackets, with the space before it
	Close     string
}

// speech has every language.
var speech = map[cause.Language]*words{
	cause.English: {
		Colon: ": ", Stop: ". ", Semicolon: "; ", Comma: ", ", Open: " (", Close: ")",
		Lang:      "en",
		Title:     "Flight report: %s",
		Contents:  "Contents",
		Saw:       "The application saw",
		CodeName:  "%s is mbed TLS's %s; the err of a callback is made from it",
		TestFails: "The test %s failed",
		Unchecked: "Memory was not checked: a NULL pointer or an overrun may have gone unseen; " +
			"build with --check, or run an ELF file with --checks warn, to find them",
		Untold: "A trace does not tell whether memory was checked: firmware in C that was built without --check, or an ELF file " +
			"that was run without --checks warn, has no findings of a NULL pointer or an overrun",
		Short:     "no memory, %d times; the first time for %s: %d bytes asked for, %d free, at %s s",
		ShortHead: "memory ran out",
		ShortFix:  "free what is no longer needed: the table of the heap tells what held it at its lowest, and where that was asked for",
		NotSeen:   "Not looked for",
		TestSaid:  "the test failed: %s",
		TestFine:  "on the device itself: %s",
		TestFix: "compare what the test wanted, in its output, with what the device did, step by step below: " +
			"the firmware may not do what the test wants, or the test may want what the device does not do",
		Where:     "Where",
		In:        "In",
		Call:      "Last call",
		Locals:    "Variables",
		Change:    "What to change",
		See:       "Read more",
		Steps:     "Step by step",
		Others:    "What else went wrong",
		Findings:  "Misuse that the checks found",
		OnDevice:  "the device %s",
		Fix:       "to do",
		Times:     "%d times",
		Buffer:    "What the TLS buffer had to hold",
		BufferWhy: "Size of the buffer (espconn_secure_set_size): %d bytes.",
		BufferBar: "The line in each bar is the size.",
		NoItems:   "no TLS",
		More:      "and %d more",
		Time:      "time (s)",
		Direction: "direction",
		Sent:      "sent",
		Got:       "received",
		Kind:      "kind",
		Name:      "name",
		Bytes:     "bytes",
		Share:     "of the buffer",
		Record:    "record",
		Message:   "message",
		Alert:     "alert",
		Failure:   "failure",
		Chain:     "The certificates of %s: a Certificate message of %d bytes",
		ChainNote: "Each certificate takes 3 bytes more than its own length. " +
			"The device reads the whole message into its buffer.",
		Subject:   "subject",
		Key:       "key",
		Signature: "signature",
		Without:   "message without it",
		Root:      "a root: clients have it, a server need not send it",
		Partly:    "did not come whole",
		Timeline:  "Time line",
		Reading: "Events of one instant stand one behind the other; long waits are shortened. " +
			"What went wrong is red. " +
			"A number on a mark is how many events it stands for.",
		Lanes: [laneCount]string{"device", "Wi-Fi", "TCP/IP", "TLS records", "TLS messages", "API calls", "callbacks", "UART",
			"causes, findings",
			"flash", "pins"},
		Heap:      "Heap",
		HeapCurve: "heap free",
		HeapText:  "%d bytes free at boot, %d at the least, at %s s.",
		HoldsHead: "What held it then",
		Block:     "block",
		Blocks:    "blocks",
		NoMemory:  "no memory for %s: %d bytes asked for, %d free, at %s s",
		Events:    "All events",
		EventsOf:  "events %d to %d, from %s s",
		Older:     "%d older events are not listed",
		Event:     "event",
		Run:       "The run",
		Device:    "device",
		Profile:   "profile",
		Version:   "made by",
		Command:   "to repeat it",
		Lasted:    "lasted",
		Counted:   "events",
		Contains:  "What this report contains",
		Has: []string{"what the device printed on its UARTs", "calls with their arguments, callbacks, TLS " +
			"records and messages by name and length, blocks of Heap, addresses, names of access points",
			"of a crash, the variables of its function"},
		HasNot:    "left out: %s",
		Keys:      "keys of TLS connections",
		Payload:   "data of connections",
		Passwords: "Wi-Fi passwords",
		Files:     "Attached files",
		TraceFile: "trace (JSON lines, for emu8266 explain and emu8266 report)",
		Capture:   "capture (pcapng, for Wireshark)",
		Shortened: "cut off: it was longer than the page can carry",
		Several:   "%d events",
		SizeLine:  "size %d",
	},
	cause.Chinese: {
		Colon: "：", Stop: "。", Semicolon: "；", Comma: "，", Open: "（", Close: "）",
		Lang:      "zh-CN",
		Title:     "运行报告：%s",
		Contents:  "目录",
		Saw:       "应用看到",
		CodeName:  "%s 即 mbed TLS 的 %s；回调的 err 由它换算",
		TestFails: "测试 %s 失败",
		Unchecked: "没有进行内存检查：NULL 指针或越界可能没有被发现；构建时加 --check，或运行 ELF 文件时加 --checks warn，可以发现",
		Untold: "跟踪文件不说明是否进行过内存检查：构建时没有加 --check 的 C 固件，或运行时没有加 --checks warn 的 ELF 文件，" +
			"不会报告 NULL 指针或越界",
		Short:     "内存不足 %d 次；首次是 %s：请求 %d 字节，剩余 %d，在 %s 秒",
		ShortHead: "内存耗尽",
		ShortFix:  "释放不再需要的内存：堆内存表列出最低时被什么占用，以及在哪里申请",
		NotSeen:   "未检查",
		TestSaid:  "测试失败：%s",
		TestFine:  "设备本身：%s",
		TestFix:   "对照测试输出中期望的结果和设备实际的行为（见下面的过程）：固件的行为可能与测试的期望不同，测试也可能期望设备不会做的事",
		Where:     "位置",
		In:        "其中",
		Call:      "最后一次调用",
		Locals:    "变量",
		Change:    "建议",
		See:       "参见",
		Steps:     "过程",
		Others:    "其他失败",
		Findings:  "检查发现的误用",
		OnDevice:  "设备：%s",
		Fix:       "建议",
		Times:     "%d 次",
		Buffer:    "TLS 缓存需要容纳的内容",
		BufferWhy: "缓存大小（espconn_secure_set_size）：%d 字节。",
		BufferBar: "每条中的竖线是该大小。",
		NoItems:   "没有 TLS",
		More:      "另外 %d 项",
		Time:      "时间（秒）",
		Direction: "方向",
		Sent:      "发送",
		Got:       "接收",
		Kind:      "种类",
		Name:      "名称",
		Bytes:     "字节",
		Share:     "占缓存",
		Record:    "记录",
		Message:   "消息",
		Alert:     "警报",
		Failure:   "失败",
		Chain:     "%s 的证书：Certificate 消息 %d 字节",
		ChainNote: "每张证书比自身长度多占 3 字节。设备把整个消息读入缓存。",
		Subject:   "主体",
		Key:       "密钥",
		Signature: "签名",
		Without:   "去掉它之后的消息",
		Root:      "根证书：客户端已有，服务器不必发送",
		Partly:    "未完整到达",
		Timeline:  "时间线",
		Reading:   "同一时刻的事件依次排列；长时间的等待被缩短。红色表示出错。标记上的数字是它代表的事件数。",
		Lanes:     [laneCount]string{"设备", "Wi-Fi", "TCP/IP", "TLS 记录", "TLS 消息", "API 调用", "回调", "UART", "原因和检查", "flash", "引脚"},
		Heap:      "堆",
		HeapCurve: "空闲堆",
		HeapText:  "启动时空闲 %d 字节，最少时 %d 字节，在 %s 秒。",
		HoldsHead: "当时占用者",
		Block:     "块",
		Blocks:    "块数",
		NoMemory:  "没有内存分配给 %s：请求 %d 字节，剩余 %d，在 %s 秒",
		Events:    "全部事件",
		EventsOf:  "事件 %d 至 %d，从 %s 秒",
		Older:     "未列出更早的 %d 个事件",
		Event:     "事件",
		Run:       "本次运行",
		Device:    "设备",
		Profile:   "配置",
		Version:   "工具",
		Command:   "重复命令",
		Lasted:    "历时",
		Counted:   "事件数",
		Contains:  "本报告包含的内容",
		Has:       []string{"设备在 UART 上打印的内容", "调用及其参数、回调、TLS 记录和消息的名称和长度、堆块、地址、接入点名称", "崩溃时，该函数的变量"},
		HasNot:    "不包含：%s",
		Keys:      "TLS 连接的密钥",
		Payload:   "连接的数据",
		Passwords: "Wi-Fi 密码",
		Files:     "附件",
		TraceFile: "跟踪（JSON 行，用于 emu8266 explain 和 emu8266 report）",
		Capture:   "抓包（pcapng，用于 Wireshark）",
		Shortened: "已截断：超过页面所能携带的长度",
		Several:   "%d 个事件",
		SizeLine:  "大小 %d",
	},
}
