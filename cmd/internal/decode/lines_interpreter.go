package decode

// interpreterRules read what firmware prints that runs commands or scripts for its user: NodeMCU's Lua, MicroPython, Espressif's AT
// firmware. Facts: the messages of Lua 5.1 (lmem.h, MEMERRMSG; lauxlib.c, panic) and of MicroPython (runtime.c,
// m_malloc_fail), and the AT instruction set of the ESP8266, all public.
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
	kind([]string{"link is not"}, `^\s*link is not(?: valid)?\s*$`, func(r *reader, _ []string) bool {
		r.notOurs(words{"an answer of the AT firmware, not of the SDK: the link that the command names is not open: AT+CIPSTATUS lists " +
			"those that are", "AT 固件的应答，不是 SDK 的：命令所指的连接没有打开：AT+CIPSTATUS 列出已打开的连接"})
		return true
	}),
	kind([]string{"busy p...", "busy s..."}, `^\s*busy ([ps])\.\.\.\s*$`, func(r *reader, m []string) bool {
		if m[1] == "s" {
			r.notOurs(words{"an answer of the AT firmware, not of the SDK: it still sends what the command before gave it: wait for " +
				"SEND OK",
				"AT 固件的应答，不是 SDK 的：它还在发送上一条命令的数据：等待 SEND OK"})
		} else {
			r.notOurs(words{"an answer of the AT firmware, not of the SDK: it still works on the command before: wait for OK or ERROR",
				"AT 固件的应答，不是 SDK 的：它还在执行上一条命令：等待 OK 或 ERROR"})
		}
		return true
	}),
}

// notOurs notes what belongs to a program above the SDK, so that the log is not said to tell nothing.
func (r *reader) notOurs(what words) {
	r.note(what)
	r.theirs = r.line.Note
}
