package decode

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/espconn"
)

// summarize tells the whole from the lines.
func (r *reader) summarize() {
	s := r.log
	say := func(w words, args ...any) { s.Summary = append(s.Summary, r.say(w, args...)) }
	if s.First != nil {
		if s.Recovered {
			say(words{"The first cause is %s (line %d): %s. It passed: what failed worked later.",
				"第一个原因是 %s（第 %d 行）：%s。已经恢复：失败的部分后来成功了。"},
				s.First.Name, s.First.Line, s.First.Cause)
		} else {
			say(words{"The first cause is %s (line %d): %s.", "第一个原因是 %s（第 %d 行）：%s。"}, s.First.Name, s.First.Line, s.First.Cause)
		}
		if s.First.Remedy != "" {
			say(words{"Remedy: %s.", "建议：%s。"}, s.First.Remedy)
		}
	}
	if s.Crash != nil && (s.First == nil || s.Crash.Name != s.First.Name) {
		say(words{"The device crashed later: %s (line %d): %s; %s.", "设备后来崩溃：%s（第 %d 行）：%s；%s。"}, s.Crash.Name, s.Crash.Line,
			s.Crash.Cause,
			s.Crash.Remedy)
	}
	if s.Last != nil {
		say(words{"The last reason is %s.", "最后一个原因是 %s。"}, strings.TrimSuffix(s.Last.Name, "."))
	}
	if s.Handshakes > 0 {
		begun := r.say(words{"1 handshake", "1 次握手"})
		if s.Handshakes > 1 {
			begun = r.say(words{"%d handshakes", "%d 次握手"}, s.Handshakes)
		}
		say(words{"%s begun, %d worked, %d failed.", "开始了 %s，成功 %d 次，失败 %d 次。"}, begun, s.Worked, s.Failed)
	}
	if r.underWay {
		if s.Profile.Library == axTLS {
			say(words{"The last handshake neither worked nor failed in this log: a client gives up after 60 s, a server after 5 s of " +
				"silence " +
				"(axTLS).",
				"最后一次握手在日志中既未成功也未失败：客户端 60 秒后放弃，服务器在 5 秒无数据后放弃（axTLS）。"})
		} else {
			say(words{"The last handshake neither worked nor failed in this log: the device waits for its peer, without limit (SDK " +
				"with mbedTLS).",
				"最后一次握手在日志中既未成功也未失败：设备一直等待对端，没有时限（使用 mbedTLS 的 SDK）。"})
		}
	}
	if r.noMemory > 0 {
		say(words{"Memory ran out %s; the last block wanted %d bytes.", "内存不足 %s；最后一个块需要 %d 字节。"}, r.times(r.noMemory), r.block)
	}
	if r.size > 0 {
		say(words{"The buffer has %d bytes.", "缓存为 %d 字节。"}, r.size)
	}
	if r.heap >= 0 && r.size > 0 && r.heap <= r.size+espconn.HeapGate {
		say(words{"%d bytes of free heap are too few: espconn_secure_connect wants more than %d.",
			"空闲堆内存 %d 字节太少：espconn_secure_connect 需要多于 %d。"}, r.heap, r.size+espconn.HeapGate)
	}
	if s.Restarts > 0 {
		say(words{"The device restarted %s.", "设备重启了 %s。"}, r.times(s.Restarts))
	}
	if r.theirs != "" {
		say(words{"One line has %s.", "有一行是%s。"}, r.theirs)
	}
	if s.First == nil && r.theirs == "" {
		say(words{"Nothing in this log failed.", "该日志中没有失败。"})
	}
	if s.Profile.Name != "" {
		say(words{"Profile %s: %s.", "配置 %s：%s。"}, s.Profile.Name, s.Profile.Why)
	} else {
		say(words{"No profile: %s.", "没有配置：%s。"}, s.Profile.Why)
	}
	if r.more > 0 {
		say(words{"%d more lines say something; the first %d are explained.", "另有 %d 行有内容；只解释前 %d 行。"}, r.more, LinesMax)
	}
	if r.leftBoots > 0 {
		say(words{"%d boots are not told one by one; the first %d are.", "有 %d 次启动没有逐一列出；只列出前 %d 次。"}, r.leftBoots, BootsMax-1)
	}
	if r.cut > 0 {
		say(words{"Lines longer than %d bytes: %d; only their beginning was read.", "超过 %d 字节的行：%d；只读取了开头。"}, LineMax, r.cut)
	}
	if r.endless {
		say(words{"The log has more than %d bytes; what comes behind was not read.", "日志超过 %d 字节；其后的内容没有读取。"}, LogMax)
	}
}

// times is "once", "2 times".
func (r *reader) times(n int) string {
	if n == 1 {
		return r.say(words{"once", "1 次"})
	}
	return r.say(words{"%d times", "%d 次"}, n)
}

// String returns the lines with their notes, each meaning in full where it comes first, then the course of each boot, and the summary;
// each line ended, with an empty line between the parts.
func (s *Log) String() string {
	say := translator{s.Language}.say
	meanings := map[string]Meaning{}
	for _, m := range s.Meanings {
		meanings[m.Name] = m
	}
	told := map[string]int{}
	var out strings.Builder
	for _, l := range s.Lines {
		fmt.Fprintf(&out, "%d: %s\n   %s\n", l.Line, l.Text, l.Note)
		for _, name := range l.Meanings {
			if at := told[name]; at != 0 {
				fmt.Fprintf(&out, "   %s: %s\n", name, say(words{"see line %d", "见第 %d 行"}, at))
				continue
			}
			told[name] = l.Line
			fmt.Fprintf(&out, "   %s: %s\n", name, meanings[name].Cause)
			if remedy := meanings[name].Remedy; remedy != "" {
				fmt.Fprintf(&out, "     %s: %s\n", say(words{"remedy", "建议"}), remedy)
			}
		}
	}
	fmt.Fprintln(&out)
	if s.course(&out) {
		fmt.Fprintln(&out)
	}
	for _, line := range s.Summary {
		fmt.Fprintln(&out, line)
	}
	return out.String()
}

// course writes the steps of each boot; false if there are none.
func (s *Log) course(out *strings.Builder) bool {
	say := translator{s.Language}.say
	any := false
	for i, b := range s.Boots {
		if len(b.Steps) == 0 {
			continue
		}
		any = true
		head := say(words{"Course", "过程"})
		if len(s.Boots) > 1 {
			head = say(words{"Boot %d, from line %d", "第 %d 次启动，从第 %d 行"}, i+1, b.Line)
		}
		fmt.Fprintf(out, "%s\n", head)
		for _, step := range b.Steps {
			times := ""
			if step.Times > 1 {
				times = fmt.Sprintf(" (%dx)", step.Times)
			}
			fmt.Fprintf(out, "  %5d  %s%s\n", step.Line, step.Text, times)
		}
		if b.First != nil && len(s.Boots) > 1 {
			fmt.Fprintf(out, "         %s\n", say(words{"first cause: %s; last reason: %s", "第一个原因：%s；最后一个原因：%s"}, b.First.Name,
				b.Last.Name))
		}
	}
	return any
}
