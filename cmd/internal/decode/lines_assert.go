package decode

// assertRules read what ends the firmware without an exception: the SDK's own assertions (sdk-surface.md, Log lines), and a C++ program's
// last words.
var assertRules = []rule{
	kind([]string{"mac ", "pm ", "pp ", "dev ", "tim ", "mai "},
		`^(?:[-\d:.,>\[\]\s]*\s|\[[-\d:.\s]*\])?((mac|pm|pp|dev|tim|mai) \d{2,4})\s*$`, func(r *reader, m []string) bool {
			in := assertsIn[m[2]]
			r.note(words{"an assertion of the SDK failed, in %s: it stands still until a watchdog resets it",
				"SDK 的断言失败（%s）：设备停止，直到看门狗复位"},
				r.say(in.where))
			r.step(StageCrash, words{"an assertion of the SDK: %s", "SDK 的断言：%s"}, m[1])
			r.ended(r.failed(reachNothing, m[1], r.say(words{"an assertion of the SDK failed, in %s (file and line)",
				"SDK 的断言失败，位于%s（文件和行号）"},
				r.say(in.where)), r.say(in.remedy)))
			return true
		}),
	kind([]string{"line assert fail"}, `\b(\w+ \d+) line assert fail\b`, func(r *reader, m []string) bool {
		r.note(words{"the heap's own check failed: the device stands still until a watchdog resets it", "堆的自检失败：设备停止，直到看门狗复位"})
		r.step(StageCrash, words{"an assertion of the heap: %s", "堆的断言：%s"}, m[1])
		r.ended(r.fail(reachNothing, m[1]+" line assert fail",
			words{"the heap is damaged: a block was freed twice, or written beyond its end",
				"堆已损坏：块被释放两次，或越界写入"}, heapFix))
		return true
	}),
	kind([]string{"already freed"}, `\b([0-9a-fA-F]{8}) already freed\b`, func(r *reader, m []string) bool {
		r.note(words{"the block at 0x%s was freed twice", "0x%s 处的块被释放两次"}, m[1])
		r.fail(reachNothing, "already freed", words{"a block was freed twice", "块被释放两次"}, heapFix)
		return true
	}),
	kind([]string{"unhandled c++ exception"}, `Unhandled C\+\+ exception:\s*(.+?)\s*$`, func(r *reader, m []string) bool {
		why, remedy := words{"a C++ exception that nothing caught ended the firmware: a line of the Arduino core",
			"未捕获的 C++ 异常结束了固件：Arduino 核心的行"},
			words{"catch it, or find what throws in the stack that follows", "捕获该异常，或在后面的栈中查找抛出者"}
		if m[1] == "OOM" {
			why, remedy = words{"memory ran out: new found no block, and nothing caught that (a line of the Arduino core)",
				"内存不足：new 没有得到内存，也没有捕获（Arduino 核心的行）"},
				words{"print the free heap on the way, and allocate less: strings that grow, buffers, TLS",
					"沿途打印空闲堆内存，减少分配：增长的字符串、缓冲区、TLS"}
		}
		r.note(why)
		r.step(StageCrash, words{"a C++ exception: %s", "C++ 异常：%s"}, m[1])
		r.ended(r.fail(reachNothing, "C++ exception "+m[1], why, remedy))
		r.crashes()
		return true
	}),
}

var heapFix = words{"set a pointer to NULL behind os_free, end a connection once, and run the firmware with emu8266 --check, " +
	"which names the line",
	"os_free 之后把指针置为 NULL，连接只结束一次；用 emu8266 的 --check 运行固件，它会指出源代码行"}

// assertsIn are the files whose assertions print their names.
var assertsIn = map[string]struct{ where, remedy words }{
	"mac": {words{"lmac.c of libpp, the radio's driver", "libpp 的 lmac.c（射频驱动）"}, assertRadio},
	"pm":  {words{"pm.c of libpp, the radio's power saving", "libpp 的 pm.c（射频省电）"}, assertRadio},
	"pp":  {words{"pp.c of libpp, the radio's queues", "libpp 的 pp.c（射频队列）"}, assertRadio},
	"dev": {words{"wdev.c of libpp, the radio's driver", "libpp 的 wdev.c（射频驱动）"}, assertRadio},
	"tim": {words{"ets_timer.c, the list of armed timers", "ets_timer.c（定时器链表）"}, words{
		"an os_timer_t was overwritten or freed while it was armed, or armed in an interrupt: disarm a timer before its memory goes",
		"os_timer_t 在运行时被覆盖或释放，或在中断中启动：释放内存前先 os_timer_disarm"}},
	"mai": {words{"app_main.c, the SDK's start", "app_main.c（SDK 的启动）"}, words{
		"flash esp_init_data_default.bin and blank.bin for the chip's real size, and user_init's program whole",
		"按芯片实际容量烧录 esp_init_data_default.bin 和 blank.bin，并完整烧录程序"}},
}

var assertRadio = words{
	"interrupts that were off for too long, memory that was overwritten and a weak supply lead there: keep interrupt handlers and " +
		"ETS_INTR_LOCK short, look for writes beyond a block, try another SDK",
	"长时间关中断、内存被覆盖或供电不足会导致它：缩短中断处理和 ETS_INTR_LOCK，查找越界写入，尝试其他 SDK 版本"}
