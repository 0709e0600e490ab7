package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// phrases are what explanations say in one language, beside causes.
type phrases struct {
	outcomes   map[Outcome]string // what follows the subject
	subjects   map[Subject]string // the last one
	earlier    map[Subject]string // one before the last
	quiet      string             // nothing is under way, but something failed before
	fine       string             // nothing failed
	presented  string             // the server may have refused the device's certificate
	misused    string             // nothing failed, but the checks found something
	early      string             // the firmware ended it before it worked
	crashed    string
	findings   string // added where nothing failed, and checks found something
	lives      string // of several
	live       string // added where a connection works beside what went wrong
	open       string // of one, or several, on a station without a network
	head       string // device, profile, headline
	noCallback string
	nothing    string
	heapWord   string // advice with it is about the heap
	repeated   string
	blockBytes string
	failed     string
	colon      string
	semicolon  string
	result     string
	endedWith  string
	sent, got  string
	share      string

	listening, restarted, unheard, clientAway, turnedAway, trouble, nameFound, nameUnknown, others, otherText, othersText string

	printed, moved, transferred, erased string // what a device did that tried no connection

	ranFor, calledAt string // of a crash
	coded            string // a cause with its code

	callbacks map[trace.Kind]string // how an event of SourceCallback reads; nil: as in the trace

	saw, why, where, in, call, locals, chain, buffer, heap, finding, change, source string // labels

	bufferText, bufferLeast, heapText, heapFailed, heapFell, leaks, findingText, fix string
}

var speech = map[cause.Language]phrases{
	cause.English: {
		outcomes: map[Outcome]string{OutcomeIdle: " is over", OutcomeWaiting: " is under way", OutcomeConnected: " works",
			OutcomeRefused: " was refused", OutcomeFailed: " failed"},
		subjects: map[Subject]string{SubjectConnection: "the last connection", SubjectServer: "the server", SubjectCall: "the last call",
			SubjectLookup: "the last name lookup", SubjectClient: "a client of the device",
			SubjectDevice: "something other than a connection"},
		earlier: map[Subject]string{SubjectConnection: "an earlier connection", SubjectServer: "a server", SubjectCall: "an earlier call",
			SubjectLookup: "an earlier name lookup", SubjectClient: "a client of the device",
			SubjectDevice: "something other than a connection"},
		fine: "nothing failed", misused: "the checks found what can fail on the device",
		early: " ended before it worked", quiet: "nothing is under way", crashed: "the firmware crashed",
		findings: ", but the checks found what can fail on the device",
		live:     "; %s works", lives: "; %s work", open: "; not ended yet: %s",
		listening: "%s listens, no client has connected", restarted: "no callback before the device started again",
		ranFor: "%s, for %s", calledAt: "%s, at %.6f", coded: "%s (%s)",
		unheard:    "%s ended with %d, and no reconnect callback came",
		clientAway: "%s got no connection", turnedAway: " was turned away", trouble: ", but not all is well",
		nameFound: "espconn_gethostbyname: %s is %s", nameUnknown: "espconn_gethostbyname: no address for %s, the callback got NULL",
		others: "others:", otherText: "more of it: emu8266 explain --failed, Device.ExplainFailure",
		othersText: "in all %d that failed or were refused: emu8266 explain --all, Device.Explanations",
		head:       "%s, profile %s: %s\n", noCallback: "no callback yet", nothing: "no connection was tried", heapWord: "heap",
		presented: "check that the server trusts the authority that issued the device's certificate: the reset came in the handshake, " +
			"after the device had sent it",
		printed: "lines on the UART: %d", moved: "changes of pins: %d", transferred: "I2C transfers: %d",
		erased:   "flash sectors erased: %d",
		repeated: " (%d times)", colon: ": ", semicolon: "; ",
		blockBytes: "%s, %d bytes", failed: "no memory for %s: %d bytes asked for, %d free", result: "%s returned %s",
		endedWith: "ended with %s: %s",
		sent:      "sent %s, %d bytes", got: "received %s, %d bytes", share: ", %d %% of the buffer",
		saw: "saw:", why: "because:", where: "where:", in: "in:", call: "call:", locals: "locals:",
		chain: "chain:", buffer: "buffer:", heap: "heap:",
		finding: "finding:",
		change:  "change:", source: "see:",
		bufferText:  "greatest record taken %d bytes, size %d (espconn_secure_set_size)",
		bufferLeast: ", least size that works %d",
		heapText:    "%d bytes free, %d at the least",
		heapFailed:  ", no memory for %s",
		heapFell:    "; %d when this connection began, %d when the first one did",
		leaks: "find what is taken and not given back: %d bytes fewer were free when this connection began than when the first one of " +
			"the boot did",
		findingText: "%s: %s%s; on the device it %s", fix: "to do: %s",
	},
	cause.Chinese: {
		outcomes: map[Outcome]string{OutcomeIdle: "已结束", OutcomeWaiting: "正在进行", OutcomeConnected: "正常", OutcomeRefused: "被拒绝",
			OutcomeFailed: "失败"},
		subjects: map[Subject]string{SubjectConnection: "最后一个连接", SubjectServer: "服务器", SubjectCall: "最后一次调用",
			SubjectLookup: "最后一次域名查询", SubjectClient: "设备的一个客户端", SubjectDevice: "连接以外的操作"},
		earlier: map[Subject]string{SubjectConnection: "之前的一个连接", SubjectServer: "服务器", SubjectCall: "之前的一次调用",
			SubjectLookup: "之前的一次域名查询", SubjectClient: "设备的一个客户端", SubjectDevice: "连接以外的操作"},
		fine: "没有失败", misused: "检查发现了在设备上可能失败的用法",
		early: "在可用之前已结束", quiet: "没有正在进行的操作", crashed: "固件崩溃", findings: "，但检查发现了在设备上可能失败的用法", live: "；%s 正常", lives: "；%s 正常",
		open:      "；尚未结束：%s",
		listening: "%s 正在监听，没有客户端连接", restarted: "设备重新启动之前没有回调", unheard: "%s 以 %d 结束，没有 reconnect 回调",
		clientAway: "%s 没有得到连接", turnedAway: "没有得到服务", trouble: "，但有问题",
		nameFound: "espconn_gethostbyname：%s 的地址是 %s", nameUnknown: "espconn_gethostbyname：没有 %s 的地址，回调得到 NULL",
		ranFor: "%s，已运行 %s", calledAt: "%s，在 %.6f 秒", coded: "%s（%s）",
		others: "其他：", otherText: "详情：emu8266 explain --failed，Device.ExplainFailure",
		othersText:  "共有 %d 个失败或被拒绝：emu8266 explain --all，Device.Explanations",
		head:        "%s，配置 %s：%s\n",
		noCallback:  "尚无回调",
		nothing:     "没有尝试任何连接",
		presented:   "检查服务器是否信任签发设备证书的 CA：复位发生在握手中，在设备发送证书之后",
		printed:     "UART 输出行数：%d",
		moved:       "引脚变化次数：%d",
		transferred: "I2C 传输次数：%d", erased: "擦除的 flash 扇区数：%d",
		heapWord:   "堆",
		repeated:   "（%d 次）",
		colon:      "：",
		semicolon:  "；",
		blockBytes: "%s，%d 字节",
		failed:     "没有内存分配给 %s：请求 %d 字节，剩余 %d",
		result:     "%s 返回 %s",
		endedWith:  "以 %s 结束：%s",
		sent:       "发送 %s，%d 字节",
		got:        "收到 %s，%d 字节",
		share:      "，占缓存的 %d %%",
		callbacks: map[trace.Kind]string{
			trace.KindConnect:    "%s connect 回调",
			trace.KindDisconnect: "%s disconnect 回调",
			trace.KindReconnect:  "%s reconnect 回调，err %d",
		},
		saw: "现象：", why: "原因：", where: "位置：", in: "其中：", call: "调用：", locals: "变量：",
		chain: "过程：", buffer: "缓存：", heap: "堆：", finding: "检查：",
		change: "建议：", source: "参见：",
		bufferText:  "收到的最大记录 %d 字节，缓存 %d（espconn_secure_set_size）",
		bufferLeast: "，可用的最小值 %d",
		heapText:    "剩余 %d 字节，最少时 %d",
		heapFailed:  "，没有内存分配给 %s",
		heapFell:    "；本次连接开始时 %d，第一次连接开始时 %d",
		leaks:       "查找申请后没有释放的内存：本次连接开始时，空闲堆比本次启动后第一次连接开始时少 %d 字节",
		findingText: "%s：%s%s；设备：%s", fix: "建议：%s",
	},
}

func (p *phrases) listens(conn string) string { return fmt.Sprintf(p.listening, conn) }

func (p *phrases) noReconnect(conn string, status int64) string {
	return fmt.Sprintf(p.unheard, conn, status)
}

func (p *phrases) found(name, address string) string {
	if address == "NULL" {
		return fmt.Sprintf(p.nameUnknown, name)
	}
	return fmt.Sprintf(p.nameFound, name, address)
}

func (p *phrases) noConnection(client string) string { return fmt.Sprintf(p.clientAway, client) }

// headline says in a few words what the explanation is about.
func (p *phrases) headline(x *Explanation) string {
	subject, names := x.Subject, p.subjects
	if x.Earlier > 0 {
		names = p.earlier
	}
	var text string
	switch {
	case x.Outcome == OutcomeCrashed:
		return p.crashed
	case x.Outcome == OutcomeIdle && x.OthersFailed > 0:
		text = p.quiet
	case x.Outcome == OutcomeIdle && x.Subject != SubjectConnection && len(x.Findings) > 0:
		return p.misused + p.lively(x)
	case x.Outcome == OutcomeIdle && x.Subject != SubjectConnection:
		text = p.fine
	case x.Outcome == OutcomeIdle && x.CauseID == cause.ID(espconn.CauseClosedEarly):
		text = names[subject] + p.early
	case x.Subject == SubjectClient:
		text = names[subject] + p.turnedAway
	case x.Outcome == OutcomeRefused:
		text = names[SubjectCall] + p.outcomes[x.Outcome]
	case subject == SubjectDevice && x.Outcome == OutcomeFailed && troubleHead(x.About, x.Language) != "":
		text = troubleHead(x.About, x.Language)
	default:
		text = names[subject] + p.outcomes[x.Outcome]
	}
	switch {
	case x.Outcome == OutcomeConnected && x.Cause != "":
		text += p.trouble
	case !x.Outcome.Bad() && len(x.Findings) > 0:
		text += p.findings
	}
	return text + p.lively(x)
}

// lively says which connections work beside what the explanation is about.
func (p *phrases) lively(x *Explanation) string {
	switch {
	case len(x.Live) == 0:
		return ""
	case x.Subject == SubjectDevice && x.About == station.about:
		return fmt.Sprintf(p.open, strings.Join(x.Live, ", "))
	case len(x.Live) == 1:
		return fmt.Sprintf(p.live, x.Live[0])
	}
	return fmt.Sprintf(p.lives, strings.Join(x.Live, ", "))
}

// statuses are the SDK's names for the steps of a smartconfig (docs/facts/sdk-surface.md, smartconfig.h).
var statuses = [...]string{"SC_STATUS_WAIT", "SC_STATUS_FIND_CHANNEL", "SC_STATUS_GETTING_SSID_PSWD", "SC_STATUS_LINK",
	"SC_STATUS_LINK_OVER"}

func (p *phrases) status(n int64) string {
	if n < 0 || n >= int64(len(statuses)) {
		return fmt.Sprintf("SC_STATUS %d", n)
	}
	return statuses[n]
}

// callback says what ran at a crash, and for how long.
func (p *phrases) callback(ev trace.Event, l cause.Language) string {
	text := cause.Detail(ev.Text, l)
	if text == "" || ev.Value == 0 {
		return text
	}
	return fmt.Sprintf(p.ranFor, text, cause.Span(time.Duration(ev.Value)*time.Microsecond, l))
}

// lastCall says which function of the SDK was called last, and when, by the clock of the chain.
func (p *phrases) lastCall(ev trace.Event, booted time.Duration) string {
	if ev.Text == "" || ev.Value == 0 {
		return ev.Text
	}
	return fmt.Sprintf(p.calledAt, ev.Text, (booted + time.Duration(ev.Value)*time.Microsecond).Seconds())
}

func (p *phrases) times(n int) string { return fmt.Sprintf(p.repeated, n) }

func (p *phrases) block(name string, n int64) string { return fmt.Sprintf(p.blockBytes, name, n) }

func (p *phrases) noMemory(name string, n, free int64) string {
	return fmt.Sprintf(p.failed, name, n, free)
}

func (p *phrases) returned(function, text string) string {
	return fmt.Sprintf(p.result, function, text)
}

func (p *phrases) ended(code, why string) string { return fmt.Sprintf(p.endedWith, code, why) }

func (p *phrases) message(ev *trace.Event) string {
	text := p.got
	if ev.Out {
		text = p.sent
	}
	text = fmt.Sprintf(text, ev.Name, ev.Value)
	if ev.Limit > 0 {
		text += fmt.Sprintf(p.share, ev.Value*100/ev.Limit)
	}
	return text
}

// event is a callback or a finding.
func (p *phrases) event(ev *trace.Event) string {
	form, ok := p.callbacks[ev.Kind]
	switch {
	case !ok:
		return ev.What()
	case ev.Kind == trace.KindReconnect:
		return fmt.Sprintf(form, ev.Conn, ev.Value)
	}
	return fmt.Sprintf(form, ev.Conn)
}

// labelWidth is the width of the labels' column.
const labelWidth = 9

// pad fills a label up to the column; a Chinese character is two columns wide.
func pad(label string) string {
	width := 0
	for _, c := range label {
		if width++; c > 0x2E80 {
			width++
		}
	}
	return label + strings.Repeat(" ", max(0, labelWidth-width))
}

// Advice returns the cause and what to change in one line, for reports that show the rest themselves.
func (x Explanation) Advice() string {
	return strings.Join(append([]string{x.Cause}, x.Change...), speech[x.Language].semicolon)
}

// Headline returns in a few words what became of what the explanation is about: "the last connection failed".
func (x Explanation) Headline() string {
	p := speech[x.Language]
	return p.headline(&x)
}

// String returns the explanation as lines of text for people.
func (x Explanation) String() string {
	var b strings.Builder
	p := speech[x.Language]
	fmt.Fprintf(&b, p.head, x.Device, x.Profile, p.headline(&x))
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %s%s\n", pad(name), fmt.Sprintf(format, args...))
	}
	if x.Symptom != "" {
		line(p.saw, "%s", x.Symptom)
	}
	if x.Cause != "" {
		if x.Code != "" && !strings.Contains(x.Cause, x.Code) {
			line(p.why, p.coded, x.Cause, x.Code)
		} else {
			line(p.why, "%s", x.Cause)
		}
	}
	if x.Where != "" {
		line(p.where, "%s", x.Where)
	}
	if x.Callback != "" {
		line(p.in, "%s", x.Callback)
	}
	if x.LastCall != "" {
		line(p.call, "%s", x.LastCall)
	}
	for i, l := range x.Locals {
		name := ""
		if i == 0 {
			name = p.locals
		}
		line(name, "%s", l)
	}
	for i, l := range x.Chain {
		name := ""
		if i == 0 {
			name = p.chain
		}
		line(name, "%10.6f  %s", l.At, l.Text)
	}
	if x.Size > 0 {
		s := fmt.Sprintf(p.bufferText, x.RecordMax, x.Size)
		if x.LeastSize > 0 {
			s += fmt.Sprintf(p.bufferLeast, x.LeastSize)
		}
		line(p.buffer, "%s", s)
	}
	heap := fmt.Sprintf(p.heapText, x.HeapFree, x.HeapLeast)
	if x.HeapFailed != "" {
		heap += fmt.Sprintf(p.heapFailed, x.HeapFailed)
	}
	if x.starves() && x.fallen() > 0 {
		heap += fmt.Sprintf(p.heapFell, x.HeapBegan, x.HeapFirst)
	}
	line(p.heap, "%s", heap)
	for _, f := range x.Findings {
		times := ""
		if f.Times > 1 {
			times = p.times(f.Times)
		}
		line(p.finding, p.findingText, f.Rule, f.Text, times, f.Device)
		if f.Where != "" {
			line("", "%s", f.Where)
		}
		if f.Fix != "" && !slices.Contains(x.Change, f.Fix) { // said below
			line("", p.fix, f.Fix)
		}
	}
	for _, c := range x.Change {
		line(p.change, "%s", c)
	}
	if x.Source != "" {
		line(p.source, "%s", x.Source)
	}
	if x.OthersFailed > 0 {
		line(p.others, "%s", x.LastFailed)
		if x.OthersFailed == 1 {
			line("", "%s", p.otherText)
		} else {
			line("", p.othersText, x.OthersFailed)
		}
	}
	return b.String()
}
