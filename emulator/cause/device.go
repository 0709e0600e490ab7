package cause

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/soc"
)

// Causes that the device itself decides: its CPU and heap. The packages that send them cannot be imported from outside;
// these names can.
const (
	IllegalInstruction = ID(soc.CauseIllegalInstruction)
	GoPanic            = ID(soc.CauseGoPanic) // of firmware in Go, where no other exception stands for it
	OwnEnd             = ID(soc.CauseOwnEnd)  // a failed assert, abort()
	LoadStoreError     = ID(soc.CauseLoadStoreError)
	DivisionByZero     = ID(soc.CauseDivisionByZero)
	Unaligned          = ID(soc.CauseUnaligned)
	FetchProhibited    = ID(soc.CauseFetchProhibited)
	LoadProhibited     = ID(soc.CauseLoadProhibited)
	StoreProhibited    = ID(soc.CauseStoreProhibited)
	Exception          = ID(soc.CauseException) // Have: the exception's number
	SoftWatchdog       = ID(soc.CauseSoftWatchdog)
	HardWatchdog       = ID(soc.CauseHardWatchdog)
	Stuck              = ID(soc.CauseStuck)
	Heap               = ID(soc.CauseHeap)        // Object: the block; Have: its bytes; Limit: bytes free
	HeapOrdered        = ID(soc.CauseHeapOrdered) // the same, because a test or script wants it
)

// OfException returns the cause of a crash with an exception's number, -1 for the software watchdog, -2 for the hardware's, -3 for
// a callback that was ended because it did not return. epc1 tells the ROM's division by zero from other illegal instructions; 0
// if it is not known.
func OfException(n int64, epc1 uint32) ID { return ID(soc.CauseOf(int(n), epc1)) }

// OfCrash returns the cause of a crash.
func OfCrash(c *chip.Crash) ID { return ID(soc.CauseOfCrash(c)) }

// deviceWords are those of Xtensa's exceptions, the watchdogs and the heap.
var deviceWords = map[ID]entry{
	IllegalInstruction: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (0), illegal instruction",
			remedy: "look for a function pointer that was never set, and for a stack that has run over"},
		words{sentence: "致命异常（0），非法指令", remedy: "检查是否有从未赋值的函数指针，以及栈是否溢出"}},
	GoPanic: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "a panic in the Go firmware, which counts as fatal exception (0)",
			remedy: "look at the line of Go that is named: it is the firmware that panics, not the device"},
		words{sentence: "Go 固件 panic，按致命异常（0）处理", remedy: "查看所指出的 Go 代码行：是固件自己 panic，而不是设备出错"}},
	OwnEnd: {"docs/test.md, Tests in C",
		words{sentence: "the firmware has ended itself",
			remedy: "look at the line that is named, and at who called it with what: the firmware itself says that this must not be"},
		words{sentence: "固件自己结束了运行", remedy: "查看所指出的行，以及谁用什么值调用了它：固件自己认为这种情况不允许出现"}},
	LoadStoreError: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (3), load or store error",
			remedy: "read flash and instruction memory in aligned words of 4 bytes"},
		words{sentence: "致命异常（3），读写错误", remedy: "以 4 字节对齐的字读取 flash 和指令存储器"}},
	DivisionByZero: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (0), division by zero: the ROM's divide ends in an illegal instruction",
			remedy: "check the divisor; epc1 is in the ROM, so look at who called it"},
		words{sentence: "致命异常（0），除以零：ROM 的除法函数以非法指令结束", remedy: "检查除数；epc1 位于 ROM 中，要看调用它的代码"}},
	Unaligned: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (9), unaligned load or store",
			remedy: "access words at multiples of 4, halfwords at multiples of 2; os_memcpy takes any address"},
		words{sentence: "致命异常（9），未对齐的读写", remedy: "字要在 4 的倍数地址上访问，半字要在 2 的倍数地址上访问；os_memcpy 接受任意地址"}},
	FetchProhibited: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (20), instruction fetch prohibited",
			remedy: "look for a function pointer that is NULL or has the wrong type, for a callback that was never registered, and for " +
				"an os_timer_t on the stack or in freed memory"},
		words{sentence: "致命异常（20），禁止取指", remedy: "检查是否有为 NULL 或类型错误的函数指针、从未注册的回调函数，以及位于栈上或已释放内存中的 os_timer_t"}},
	LoadProhibited: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (28), load prohibited",
			remedy: "check pointers before they are read: a failed allocation gives NULL, a freed block nothing"},
		words{sentence: "致命异常（28），禁止读取", remedy: "读取前检查指针：分配失败会得到 NULL，已释放的内存块不可再用"}},
	StoreProhibited: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception (29), store prohibited",
			remedy: "check pointers before they are written: a failed allocation gives NULL, a freed block nothing, constants " +
				"cannot be written"},
		words{sentence: "致命异常（29），禁止写入", remedy: "写入前检查指针：分配失败会得到 NULL，已释放的内存块不可再用，常量不可写"}},
	Exception: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "fatal exception ({have})", remedy: "look at the epc1 of system_get_rst_info: the instruction that did it"},
		words{sentence: "致命异常（{have}）", remedy: "查看 system_get_rst_info 的 epc1：引发异常的指令地址"}},
	SoftWatchdog: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "soft watchdog reset",
			remedy: "return to the SDK and go on from a timer or a task; call system_soft_wdt_feed in work that cannot be split"},
		words{sentence: "软件看门狗复位", remedy: "返回 SDK，再由定时器或任务继续；无法拆分的工作中调用 system_soft_wdt_feed"}},
	HardWatchdog: {"docs/facts/sdk-surface.md, rst_info.reason",
		words{sentence: "hardware watchdog reset",
			remedy: "in TLS use keys of 2,048 bits, not of 4,096; in work of your own return to the SDK, or call system_soft_wdt_feed, " +
				"within six seconds, and stop the soft watchdog for short work only"},
		words{sentence: "硬件看门狗复位", remedy: "TLS 使用 2,048 位密钥，不要用 4,096 位；自己的工作应在六秒内返回 SDK 或调用 system_soft_wdt_feed，只在短时间工作时停止软件看门狗"}},
	Stuck: {"docs/facts/sdk-surface.md, Watchdogs",
		words{sentence: "the firmware does not return from a callback and goes on feeding the watchdog",
			remedy: "return to the SDK, which does its work between callbacks only, and look again from a timer or a task"},
		words{sentence: "固件不从回调返回，并不断喂看门狗", remedy: "返回 SDK（它只在回调之间工作），再由定时器或任务检查"}},
	Heap: {"docs/facts/tls.md 6",
		words{sentence: "no memory for {object}, {have} bytes", remedy: "free heap before the connection, or set a smaller size"},
		words{sentence: "没有内存分配给 {object}，{have} 字节", remedy: "连接前释放堆内存，或设置更小的缓存"}},
	HeapOrdered: {"docs/facts/tls.md 6",
		words{sentence: "no memory for {object}, {have} bytes: the script or the test lets this allocation fail, {limit} bytes were free",
			remedy: "free heap before the connection, or set a smaller size"},
		words{sentence: "没有内存分配给 {object}，{have} 字节：脚本或测试使这次分配失败，当时剩余 {limit} 字节",
			remedy: "连接前释放堆内存，或设置更小的缓存"}},
}
