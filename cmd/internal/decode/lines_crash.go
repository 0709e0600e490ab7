package decode

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
)

// crash is the exception whose line came last.
type crash struct {
	number string
	why    *Reason
	line   int // its index in the log's lines, -1: not kept
}

var (
	exceptionNote = words{"%s; the device restarts: %s", "%s；设备重启：%s"}
	epcROM        = words{"in the boot ROM: a function such as os_memcpy or os_strlen was given the address, look at who called it",
		"位于引导 ROM：os_memcpy、os_strlen 之类的函数得到了该地址，要看调用它的代码"}
	epcElsewhere = words{"in %s (xtensa-lx106-elf-addr2line finds its line)", "位于 %s（xtensa-lx106-elf-addr2line 可以找到源代码行）"}
	epcNoCode    = words{"in %s, where no code is: a return address or function pointer was overwritten", "位于 %s，那里没有代码：返回地址或函数指针被覆盖"}
)

// crashRules read what the SDK prints when an exception ends the firmware (sdk-surface.md, rst_info.reason).
var crashRules = []rule{
	kind([]string{"exception"}, `Fatal exception ?\(?(\d+)|^[-\d\s:.,>\[\]]*Exception \((\d+)\):?\s*$`, func(r *reader, m []string) bool {
		r.exception(m[1] + m[2])
		return true
	}),
	kind([]string{"exccause"}, `(?i)exccause\s*[:=]\s*(?:0x)?(\d+)`, func(r *reader, m []string) bool {
		if r.crashed && r.crash.number == m[1] || r.crash.number == "" && r.crashed {
			r.note(words{"the exception's number", "异常号"})
			return true
		}
		r.exception(m[1])
		r.addresses("epc1")
		return true
	}),
	kind([]string{"epc1=", "pc=0x"}, `\b(epc1|pc)=0x[0-9a-fA-F]{1,8}`, func(r *reader, m []string) bool {
		if m[1] == "pc" && r.crash.why == nil { // Sming's words for epc1, behind the exception's line
			return false
		}
		r.addresses(m[1])
		return true
	}),
	kind([]string{">>>stack>>>"}, `>>>stack>>>`, func(r *reader, _ []string) bool {
		r.note(words{"the stack follows: numbers from 40100000 and 40200000 on are return addresses, for xtensa-lx106-elf-addr2line",
			"后面是栈：40100000 和 40200000 以上的数是返回地址，用 xtensa-lx106-elf-addr2line 查找"})
		return true
	}),
}

// otherExceptions are names of exceptions that have no cause of their own (the Xtensa architecture's list).
var otherExceptions = map[string]words{
	"1": {"a syscall instruction", "syscall 指令"}, "2": {"an instruction could not be fetched", "无法取指"},
	"4": {"an interrupt of level 1 without a handler", "没有处理程序的 1 级中断"},
	"6": {"division by zero in a divide instruction, which this core does not have: the number may be damaged",
		"除法指令除以零；该内核没有除法指令：数字可能已损坏"},
	"8":  {"a privileged instruction", "特权指令"},
	"12": {"an error of the bus at an instruction", "取指时总线错误"}, "13": {"an error of the bus at a load or store", "读写时总线错误"},
	"14": {"a wrong address on the bus at an instruction", "取指时总线地址错误"}, "15": {"a wrong address on the bus at a load or store",
		"读写时总线地址错误"},
	"16": {"no memory at an instruction's address", "指令地址处没有存储器"}, "24": {"no memory at the address of a load or store", "读写地址处没有存储器"},
}

// exceptionTold tells an exception by its number.
func (r *reader) exceptionTold(number string, epc1 uint32) (why, remedy string) {
	base, fix := exceptionWords(number, epc1)
	why, remedy = r.say(base), r.say(fix)
	if w, ok := otherExceptions[number]; ok {
		why += r.say(words{", %s", "，%s"}, r.say(w))
	}
	return why, remedy
}

// exception takes an exception by its number.
func (r *reader) exception(number string) {
	r.crash = crash{number: number, line: len(r.log.Lines)}
	why, remedy := r.exceptionTold(number, 0)
	r.note(exceptionNote, why, remedy)
	r.crash.why = r.ended(r.failed(reachNothing, r.say(words{"exception %s", "异常 %s"}, number), why, remedy))
	r.step(StageCrash, words{"exception %s", "异常 %s"}, number)
	if r.resetBy > 0 && r.n <= r.resetBy+resetWithin { // that of the boot before
		r.resetBy = 0
		return
	}
	r.crashes()
}

// field returns a number of the line by its name, as in excvaddr=0x00000000.
func (r *reader) field(name string) (uint32, bool) {
	_, rest, ok := strings.Cut(r.text, name+"=")
	if !ok {
		return 0, false
	}
	rest = strings.TrimPrefix(rest, "0x")
	end := 0
	for end < len(rest) && strings.IndexByte("0123456789abcdefABCDEF", rest[end]) >= 0 {
		end++
	}
	return hex(rest[:end])
}

// addresses reads the addresses that belong to an exception, and says of it what its number alone did not tell. pc is what the line calls
// the instruction's.
func (r *reader) addresses(pc string) {
	epc1, ok := r.field(pc)
	if !ok {
		return
	}
	excvaddr, hasAddr := r.field("excvaddr")
	note := "epc1 " + r.codeAt(epc1)
	switch {
	case r.crash.number == "" && chip.DividesByZero(0, epc1):
		why, remedy := exceptionWords("0", epc1)
		note = r.say(why) + ": " + r.say(remedy)
	case chip.DividesByZero(0, epc1) && r.crash.number == "0":
		note = r.say(words{"epc1 is the ROM's division: the divisor was 0", "epc1 位于 ROM 的除法函数：除数为 0"})
	case hasAddr && usesAddress(r.crash.number, excvaddr):
		note += "; excvaddr " + r.dataAt(excvaddr)
	}
	if r.line.Note != "" { // a line with the exception and the addresses
		note = r.line.Note + "; " + note
	}
	r.line.Note = note
	if r.crash.why == nil {
		if epc1 != 0 && !r.crashed && r.resetBy == 0 {
			r.unnumbered(epc1)
		}
		return
	}
	why, remedy := r.refine(r.crash.number, epc1, excvaddr)
	if first := r.crash.why; first.Times == 1 {
		first.Cause, first.Remedy = why, remedy
	}
	if n := r.crash.line; n < len(r.log.Lines) {
		r.log.Lines[n].Note = r.say(exceptionNote, why, remedy)
	}
	r.crash = crash{number: r.crash.number}
}

// unnumbered takes the addresses of an exception whose line the log does not have.
func (r *reader) unnumbered(epc1 uint32) {
	r.ended(r.failed(reachNothing, fmt.Sprintf("epc1=0x%08x", epc1), r.say(words{"an exception, whose number the log does not have, %s",
		"发生异常，日志中没有异常号，%s"}, r.codeAt(epc1)), r.say(words{"look at the lines before for its number (exccause), and find epc1's line",
		"在前面的行中查找异常号（exccause），并查找 epc1 对应的源代码行"})))
	r.step(StageCrash, words{"an exception", "异常"})
	r.crashes()
}

// usesAddress reports whether an exception has an address in excvaddr: those of loads and stores, or one that is not 0.
func usesAddress(number string, excvaddr uint32) bool {
	switch number {
	case "0", "20":
		return false
	}
	return excvaddr != 0 || number != ""
}

// codeAt says what lies where an instruction was.
func (r *reader) codeAt(epc1 uint32) string {
	where := regionOf(epc1)
	at := fmt.Sprintf("0x%08x ", epc1)
	switch where.kind {
	case memoryROM:
		return at + r.say(epcROM)
	case memoryIRAM, memoryFlash:
		return at + r.say(epcElsewhere, r.say(where.name))
	}
	return at + r.say(epcNoCode, r.say(where.name))
}

// dataAt says what lies at an address that was loaded or stored.
func (r *reader) dataAt(addr uint32) string {
	where := regionOf(addr)
	at := fmt.Sprintf("0x%08x: ", addr)
	if where.kind == memoryNull {
		return at + r.say(words{"a NULL pointer and an offset of %d", "NULL 指针加偏移 %d"}, addr)
	}
	return at + r.say(where.name)
}

// refine tells an exception with its addresses: what its number means for them.
func (r *reader) refine(number string, epc1, excvaddr uint32) (why, remedy string) {
	why, remedy = r.exceptionTold(number, epc1)
	where := regionOf(excvaddr)
	add := func(w words, args ...any) { why += r.say(w, args...) }
	at := fmt.Sprintf("0x%08x", excvaddr)
	switch number {
	case "0":
		if !chip.DividesByZero(0, epc1) {
			add(words{", at %s", "，位置 %s"}, r.codeAt(epc1))
		}
	case "2", "20":
		target := regionOf(epc1)
		if target.kind == memoryNull {
			add(words{": a function pointer that is NULL was called", "：调用了为 NULL 的函数指针"})
		} else {
			add(words{": 0x%08x, in %s, was called", "：调用了位于 %[2]s 的 0x%08[1]x"}, epc1, r.say(target.name))
		}
	case "3":
		switch where.kind {
		case memoryFlash, memoryIRAM, memoryROM:
			add(words{": %s lies in %s, which is read in 32-bit pieces only", "：%s 位于%s，那里只能以 32 位为单位读取"}, at, r.say(where.name))
			remedy = r.say(words{"copy what is read by bytes into RAM before, in aligned words of 4 bytes; text and tables in flash " +
				"(ICACHE_RODATA_ATTR) are for such copies only", "先以 4 字节对齐的字把按字节读取的内容复制到 RAM；flash 中的文本和表（ICACHE_RODATA_ATTR）只能这样复制"})
		case memoryRegisters:
			add(words{": %s lies in %s, which are accessed in 32-bit pieces only", "：%s 位于%s，那里只能以 32 位为单位访问"}, at, r.say(where.name))
		default:
			add(words{": %s, %s", "：%s，%s"}, at, r.say(where.name))
		}
	case "9":
		if excvaddr%2 == 1 {
			add(words{": %s is odd", "：%s 是奇数"}, at)
		} else {
			add(words{": %s is no multiple of 4", "：%s 不是 4 的倍数"}, at)
		}
		add(words{", in %s", "，位于%s"}, r.say(where.name))
	case "28", "29":
		switch {
		case where.kind == memoryNull:
			add(words{": through a NULL pointer, offset %d", "：经由 NULL 指针，偏移 %d"}, excvaddr)
		case where.kind == memoryFlash || where.kind == memoryIRAM || where.kind == memoryROM:
			add(words{": %s lies in %s, which cannot be written", "：%s 位于%s，那里不能写入"}, at, r.say(where.name))
		case where.kind == memoryNone:
			add(words{": at %s there is no memory: a pointer was overwritten, or points to freed memory",
				"：%s 处没有存储器：指针被覆盖，或指向已释放的内存"}, at)
		default:
			add(words{": %s, in %s", "：%s，位于%s"}, at, r.say(where.name))
		}
	}
	if number != "0" && number != "2" && number != "20" && regionOf(epc1).kind == memoryROM {
		add(words{"; the instruction is in the boot ROM", "；该指令位于引导 ROM"})
		if number == "9" {
			remedy = r.say(words{"look at who gave a function of the ROM that address: spi_flash_read and its like want buffers at " +
				"multiples of 4",
				"查看是谁把该地址交给了 ROM 函数：spi_flash_read 等函数的缓存地址必须是 4 的倍数"})
			return why, remedy
		}
		remedy += r.say(words{"; epc1 is in the ROM, so look at who called os_memcpy, os_strlen or the like",
			"；epc1 位于 ROM 中，要看是谁调用了 os_memcpy、os_strlen 等函数"})
	}
	return why, remedy
}
