package decode

import (
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/lazyregexp"
	"github.com/emu8266/emu8266/espconn"
)

// memoryRules read lines about the heap (tls.md 6).
var memoryRules = []rule{
	kind([]string{"e:m "}, `\bE:M (\d+)`, func(r *reader, m []string) bool {
		n := digits(m[1])
		r.noMemory++
		r.block, r.blockLine = n, r.n
		r.note(words{"no memory for a block of %d bytes (the request and 16 bytes, rounded up to 8)%s",
			"没有内存分配 %d 字节的块（请求的大小加 16 字节，向上取整到 8）%s"}, n, r.likely(n))
		r.step(StageMemory, words{"no memory for %d bytes", "没有 %d 字节的内存"}, n)
		r.failed(reachNothing, "E:M "+m[1], r.say(words{"no memory for a block of %d bytes%s", "没有内存分配 %d 字节的块%s"}, n, r.likely(n)),
			r.say(words{"free heap before the connection, or set a smaller size", "连接前释放堆内存，或设置更小的缓存"}))
		return true
	}),
	kind([]string{"last failed alloc"}, `last failed alloc call: [0-9a-fA-F]+\((\d+)\)`, func(r *reader, m []string) bool {
		r.note(words{"the last allocation that failed, before the crash: %s bytes; what came of it may be the NULL pointer",
			"崩溃之前最后一次失败的分配：%s 字节；NULL 指针可能由此而来"}, m[1])
		return true
	}),
	kind([]string{"heap_size "}, `heap_size (\d+) (\d+)`, func(r *reader, m []string) bool {
		r.heap = digits(m[1])
		r.size = max(0, digits(m[2])-espconn.HeapGate)
		r.note(words{"%s bytes are free, the connection wants more than %s: size %d and %d", "空闲 %s 字节，连接需要多于 %s：缓存 %d 加 %d"},
			m[1], m[2], r.size, espconn.HeapGate)
		return true
	}),
	kind([]string{"get_size", "set_size"}, `(?:get|set)_size\D{0,12}(\d{3,5})`, func(r *reader, m []string) bool {
		r.size = digits(m[1])
		r.note(words{"the TLS buffer's size, bytes", "TLS 缓存的大小，字节"})
		return true
	}),
	kind([]string{"free heap", "free_heap", "freeheap"}, `(?i)free[ _]?heap\D{0,12}(\d{3,6})`, func(r *reader, m []string) bool {
		r.heap = digits(m[1])
		r.note(words{"free heap, bytes", "空闲堆内存，字节"})
		return true
	}),
}

// likely names the block that a size of an E:M line most likely was (tls.md 6.1).
func (r *reader) likely(n int) string {
	say := func(w words, args ...any) string { return r.say(words{": ", "："}) + r.say(w, args...) }
	switch n {
	case 1816:
		return say(words{"the handshake's parameters, or the output buffer after the handshake (SDK 2.2.0 to 3.0.1)",
			"握手参数，或握手后的输出缓冲区（SDK 2.2.0 至 3.0.1）"})
	case 1480:
		return say(words{"the receive buffer of 1,461 bytes", "1,461 字节的接收缓冲区"})
	case 2944:
		return say(words{"a connection's receive ring", "连接的接收环形缓冲区"})
	case 1312, 1296:
		return say(words{"a connection's TLS block", "连接的 TLS 块"})
	case 648:
		return say(words{"the certificate holder", "证书容器"})
	case 328:
		return say(words{"a certificate", "证书"})
	case 544, 560:
		return say(words{"a number of an RSA-2048 operation", "RSA-2048 运算中的一个数"})
	}
	for _, size := range []int{2048, 3072, 4096, 5120, 6144, 7168, 8192} {
		if n == (size+349+7)&^7 {
			return say(words{"a TLS buffer of size %d", "大小为 %d 的 TLS 缓存"}, size)
		}
	}
	return ""
}

func digits(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

// bareNumber is a line of a number alone.
var bareNumber = lazyregexp.New(`^\s*(-?\d{1,3})\s*$`)

// behindMemory reads a line directly behind one of E:M: a number alone is what the application's callback was given, if a want of
// memory gives it.
func (r *reader) behindMemory(line []byte) bool {
	m := bareNumber().FindSubmatch(line)
	if m == nil {
		return false
	}
	for _, found := range r.byValue(number(string(m[1]))) {
		n, ok := hex(strings.TrimPrefix(found.Name, "-"))
		if !ok || !noHeap[n] {
			continue
		}
		r.note(words{"value of the reconnect callback, as it stands behind the line E:M", "紧跟在 E:M 行之后：reconnect 回调的值"})
		r.mean(found)
		r.says(mbedTLS)
		r.ends(found.Name, found.Cause, found.Remedy)
		return true
	}
	return false
}

// noHeap are the codes of mbedTLS that a want of memory gives (tls.md 3.2).
var noHeap = map[uint32]bool{0x2880: true, 0x7F00: true, 0x4290: true, 0x4310: true, 0x3290: true, 0x3310: true, 0x5180: true, 0x6180: true}
