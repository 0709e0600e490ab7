package decode

import (
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// interpreterRules read what firmware prints that runs scripts for its user: NodeMCU's Lua and MicroPython. Facts: the messages of
// Lua 5.1 (lmem.h, MEMERRMSG; lauxlib.c, panic) and of MicroPython (runtime.c, m_malloc_fail; mperrno.h), public.
var interpreterRules = []rule{
	kind([]string{"not enough memory"}, `\bnot enough memory\b`, func(r *reader, _ []string) bool {
		r.notOurs(words{"an error of the Lua interpreter, not of the SDK: its script found no memory: keep less in tables and strings, " +
			"and look at node.heap() before", "Lua 解释器的错误，不是 SDK 的：脚本没有内存：减少表和字符串中保存的内容，并事先查看 node.heap()"})
		return true
	}),
	kind([]string{"memoryerror"}, `\bMemoryError\b`, func(r *reader, _ []string) bool {
		r.notOurs(words{"an error of MicroPython, not of the SDK: its script found no memory: keep less, and call " +
			"gc.collect() before",
			"MicroPython 的错误，不是 SDK 的：脚本没有内存：减少保存的内容，并事先调用 gc.collect()"})
		return true
	}),
	kind([]string{"oserror"}, `\bOSError\b(?::\s*\(?(?:\[Errno )?(-?\d+)|: (\D.*))?`, func(r *reader, m []string) bool {
		n := number(m[1])
		why, known := errnos[n]
		name := cause.MbedTLSName(m[1])
		switch {
		case m[2] != "":
			r.notOurs(words{"an error of MicroPython, not of the SDK: %s", "MicroPython 的错误，不是 SDK 的：%s"}, strings.TrimRight(m[2], ". "))
		case known:
			r.notOurs(words{"error %d of MicroPython, not of the SDK: %s", "MicroPython 的错误 %d，不是 SDK 的：%s"}, n, r.say(why))
		case name != "":
			r.notOurs(words{"error %d of MicroPython's TLS library, not of the SDK: %s", "MicroPython 的 TLS 库的错误 %d，不是 SDK 的：%s"}, n, name)
		case m[1] != "":
			r.notOurs(words{"error %d of MicroPython, not of the SDK", "MicroPython 的错误 %d，不是 SDK 的"}, n)
		default:
			r.notOurs(words{"an error of MicroPython, not of the SDK", "MicroPython 的错误，不是 SDK 的"})
		}
		return true
	}),
}

// errnos are those of MicroPython (mperrno.h) that the network gives, and what its getaddrinfo says.
var errnos = map[int64]words{
	-2: {"the name was not found", "找不到该域名"}, 2: {"no such file", "没有该文件"}, 5: {"input or output failed", "输入输出失败"},
	11: {"nothing has come yet", "尚无数据"}, 12: {"no memory", "内存不足"}, 19: {"no such device", "没有该设备"},
	22: {"an argument is not valid", "参数无效"}, 28: {"the file system is full", "文件系统已满"}, 98: {"the port is taken", "端口已被占用"},
	103: {"the connection was given up", "连接被放弃"}, 104: {"the peer reset the connection", "对端复位了连接"},
	107: {"there is no connection", "没有连接"}, 110: {"the time is over without an answer", "超时没有应答"},
	111: {"the peer refuses the port", "对端拒绝该端口"}, 113: {"the peer cannot be reached", "无法到达对端"}, 114: {"it is under way", "正在进行"},
	115: {"the connection is being made", "正在建立连接"},
}

// notOurs notes what belongs to a program above the SDK, so that the log is not said to tell nothing.
func (r *reader) notOurs(what words, args ...any) {
	r.note(what, args...)
	r.theirs = r.line.Note
}
