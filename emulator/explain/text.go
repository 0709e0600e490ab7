package explain

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// phrases are what explanations say in one language, beside causes.
type phrases struct {
	headlines  map[Outcome]string
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
	callbacks  map[trace.Kind]string // how an event of SourceCallback reads; nil: as in the trace

	saw, why, where, chain, buffer, heap, finding, change, source string // labels

	bufferText, bufferLeast, heapText, heapFailed, findingText string
}

var speech = map[cause.Language]phrases{
	cause.English: {
		headlines: map[Outcome]string{
			OutcomeIdle: "nothing failed", OutcomeWaiting: "the last connection is under way",
			OutcomeConnected: "the last connection works",
			OutcomeRefused:   "the last call was refused", OutcomeFailed: "the last connection failed",
			OutcomeCrashed: "the firmware crashed",
		},
		head: "%s, profile %s: %s\n", noCallback: "no callback yet", nothing: "nothing was tried", heapWord: "heap",
		repeated: " (%d times)", colon: ": ", semicolon: "; ",
		blockBytes: "%s, %d bytes", failed: "no memory for %s: %d bytes asked for, %d free", result: "%s returned %s",
		endedWith: "ended with %s: %s",
		sent:      "sent %s, %d bytes", got: "received %s, %d bytes", share: ", %d %% of the buffer",
		saw: "saw:", why: "because:", where: "where:", chain: "chain:", buffer: "buffer:", heap: "heap:", finding: "finding:",
		change: "change:", source: "see:",
		bufferText:  "greatest record taken %d bytes, size %d (espconn_secure_set_size)",
		bufferLeast: ", least size that works %d",
		heapText:    "%d bytes free, %d at the least",
		heapFailed:  ", no memory for %s",
		findingText: "%s: %s%s; on the device it %s",
	},
	cause.Chinese: {
		headlines: map[Outcome]string{
			OutcomeIdle:      "没有失败",
			OutcomeWaiting:   "最后一个连接正在进行",
			OutcomeConnected: "最后一个连接正常",
			OutcomeRefused:   "最后一次调用被拒绝",
			OutcomeFailed:    "最后一个连接失败",
			OutcomeCrashed:   "固件崩溃",
		},
		head:       "%s，配置 %s：%s\n",
		noCallback: "尚无回调",
		nothing:    "没有尝试任何连接",
		heapWord:   "堆",
		repeated:   " (%d 次)",
		colon:      "：",
		semicolon:  "；",
		blockBytes: "%s，%d 字节",
		failed:     "没有内存分配给 %s：请求 %d 字节，剩余 %d",
		result:     "%s 返回 %s",
		endedWith:  "以 %s 结束：%s",
		sent:       "发送 %s，%d 字节",
		got:        "收到 %s，%d 字节",
		share:      "，占缓冲区的 %d %%",
		callbacks: map[trace.Kind]string{
			trace.KindConnect:    "%s connect 回调",
			trace.KindDisconnect: "%s disconnect 回调",
			trace.KindReconnect:  "%s reconnect 回调，err %d",
		},
		saw: "现象：", why: "原因：", where: "位置：", chain: "过程：", buffer: "缓冲区：", heap: "堆：", finding: "检查：",
		change: "建议：", source: "参见：",
		bufferText:  "收到的最大记录 %d 字节，缓冲区 %d (espconn_secure_set_size)",
		bufferLeast: "，可用的最小值 %d",
		heapText:    "剩余 %d 字节，最少时 %d",
		heapFailed:  "，没有内存分配给 %s",
		findingText: "%s：%s%s；设备：%s",
	},
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

// String returns the explanation as lines of text for people.
func (x Explanation) String() string {
	var b strings.Builder
	p := speech[x.Language]
	fmt.Fprintf(&b, p.head, x.Device, x.Profile, p.headlines[x.Outcome])
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %s%s\n", pad(name), fmt.Sprintf(format, args...))
	}
	line(p.saw, "%s", x.Symptom)
	if x.Cause != "" {
		if x.Code != "" {
			line(p.why, "%s (%s)", x.Cause, x.Code)
		} else {
			line(p.why, "%s", x.Cause)
		}
	}
	if x.Where != "" {
		line(p.where, "%s", x.Where)
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
	}
	for _, c := range x.Change {
		line(p.change, "%s", c)
	}
	if x.Source != "" {
		line(p.source, "%s", x.Source)
	}
	return b.String()
}
