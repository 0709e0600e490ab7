package decode

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// How far a boot has come when a line says so: one that comes again begins the next boot.
const (
	depthROM    = 1 // ets Jan  8 2013,rst cause:...
	depthLoader = 2
	depthSDK    = 3
)

// boots takes a line that only a boot has: it begins the next one if the one under way was as far already.
func (r *reader) boots(depth int, reset string) {
	begins := r.depth >= depth || r.crashed && r.depth > 0 || depth == depthROM && len(r.log.Boots) > 0
	if begins || len(r.log.Boots) == 0 {
		if begins && !r.crashed {
			r.log.Restarts++
		}
		r.saidNothing()
		r.noException()
		r.endBoot()
		if len(r.log.Boots) < BootsMax {
			r.log.Boots = append(r.log.Boots, Boot{Line: r.n, Steps: []Step{}})
		} else {
			*r.boot() = Boot{Line: r.n, Steps: []Step{}}
			r.leftBoots++
		}
		r.crashed, r.crash = false, crash{}
		r.joined, r.addressed, r.underWay, r.connected, r.upgrade = false, false, false, false, false
	}
	r.depth = depth
	if reset != "" {
		r.boot().Reset = reset
	}
}

// resetCauses are those that the boot ROM prints (sdk-surface.md, Log lines).
var resetCauses = map[string]words{
	"1": {"power on", "上电"}, "2": {"the reset pin, or the end of a deep sleep", "复位引脚，或深度睡眠结束"},
	"3": {"a restart by software", "软件重启"}, "4": {"the hardware watchdog", "硬件看门狗"},
}

// resetReasons are those of rst_info.reason (sdk-surface.md, rst_info.reason).
var resetReasons = map[string]words{
	"0": {"power on", "上电"}, "1": {"the hardware watchdog", "硬件看门狗"}, "2": {"an exception", "异常"},
	"3": {"the soft watchdog", "软件看门狗"}, "4": {"a restart by software", "软件重启"},
	"5": {"the end of a deep sleep", "深度睡眠结束"}, "6": {"the reset pin", "复位引脚"},
}

// arduinoResets are the Arduino core's names of them (ESP.getResetReason), in lower case.
var arduinoResets = map[string]string{"power on": "0", "hardware watchdog": "1", "exception": "2", "software watchdog": "3",
	"software/system restart": "4", "deep-sleep wake": "5", "external system": "6"}

// resetNames is a pattern of arduinoResets.
func resetNames() string {
	return strings.Join(slices.Sorted(maps.Keys(arduinoResets)), "|")
}

var (
	bootsBy    = words{"the device boots: %s", "设备启动：%s"}
	afterCrash = words{"the restart that follows", "随之而来的重启"}
	keepsCause = words{" (a restart by software keeps the cause of the reset before)", "（软件重启保留上一次复位的原因）"}
	bootStep   = words{"boot: %s", "启动：%s"}
)

// bootRules read the lines of the boot ROM, the loader and the SDK's start (sdk-surface.md, Log lines).
var bootRules = []rule{
	kind([]string{"rst cause:"}, `rst cause:(\d+)(?:,\s*boot mode:\((\d+),\s*\d+\))?`, func(r *reader, m []string) bool {
		why, known := resetCauses[m[1]]
		after := r.crashed
		reset := "rst cause:" + m[1]
		if known {
			reset = r.say(why)
		}
		if after && m[1] != "1" {
			reset = r.say(afterCrash)
		}
		r.boots(depthROM, reset)
		r.note(bootsBy, reset)
		if after && m[1] != "1" {
			r.line.Note += r.say(keepsCause)
		}
		r.step(StageBoot, bootStep, reset)
		if m[1] == "4" && !after && !r.noFirmware {
			r.watchdog(cause.HardWatchdog)
		}
		r.bootMode(m[2])
		return true
	}),
	kind([]string{"boot mode:"}, `boot mode:\s*\((\d+),\s*\d+\)`, func(r *reader, m []string) bool {
		r.note(words{"the boot ROM's line", "引导 ROM 的行"})
		r.bootMode(m[1])
		return true
	}),
	kind([]string{"wdt reset"}, `(?i)(?:^|[^a-z])(soft )?wdt reset\s*$`, func(r *reader, m []string) bool {
		id, name := cause.HardWatchdog, words{"the hardware watchdog reset the device", "硬件看门狗复位了设备"}
		if m[1] != "" {
			id, name = cause.SoftWatchdog, words{"the soft watchdog reset the device", "软件看门狗复位了设备"}
		}
		r.note(words{"%s: a loop or a long computation did not return to the SDK", "%s：循环或长时间计算没有返回 SDK"}, r.say(name))
		if r.depth == depthROM && id == cause.HardWatchdog { // the boot ROM says it behind its own line
			if r.boot().Reset == r.say(resetCauses["4"]) || r.boot().Reset == r.say(afterCrash) {
				return true
			}
		}
		if !r.crashed {
			r.watchdog(id)
			r.crashes()
		}
		return true
	}),
	kind([]string{"waiting for host"}, `(?i)waiting for host`, func(r *reader, _ []string) bool {
		r.note(words{"the boot ROM waits for a program over UART", "引导 ROM 等待通过 UART 下载程序"})
		r.bootMode("1")
		return true
	}),
	kind([]string{"reset reason", "rst_info", "rst reason", "rst info", "reset info"},
		`(?i)\b(?:reset|rst)[ _](?:info[ .,:]*)?(?:reason)?\s*[:=]\s*(?:0x)?([0-6])\b`, func(r *reader, m []string) bool {
			r.note(words{"the last reset was by %s", "上一次复位的原因：%s"}, r.say(resetReasons[m[1]]))
			if r.crashed { // it tells what was told
				return true
			}
			r.step(StageBoot, bootStep, r.say(resetReasons[m[1]]))
			switch m[1] {
			case "1":
				r.watchdog(cause.HardWatchdog)
			case "2":
				r.resetBy = r.n // the exception's own lines follow, as the SDK's examples print them
			case "3":
				r.watchdog(cause.SoftWatchdog)
			}
			return true
		}),
	kind([]string{"reset", "restart"}, `(?i)\b(?:reset|restart)\s*(?:info|cause|reason)\s*[:=]\s*['"(\[]?\s*(`+resetNames()+`)\b`,
		func(r *reader, m []string) bool {
			number := arduinoResets[strings.ToLower(m[1])]
			r.note(words{"the last reset was by %s", "上一次复位的原因：%s"}, r.say(resetReasons[number]))
			if r.crashed {
				return true
			}
			r.step(StageBoot, bootStep, r.say(resetReasons[number]))
			switch number {
			case "1":
				r.watchdog(cause.HardWatchdog)
			case "2":
				r.resetBy = r.n
			case "3":
				r.watchdog(cause.SoftWatchdog)
			}
			return true
		}),
	kind([]string{"csum err"}, `(?i)\bcsum err`, func(r *reader, _ []string) bool {
		r.note(words{"the program in flash is damaged, or the flash cannot be read", "flash 中的程序已损坏，或 flash 无法读取"})
		r.fail(reachNothing, "csum err", words{"the boot ROM's checksum of the program does not match", "引导 ROM 对程序的校验和不符"},
			words{"flash the program again, with the chip's real flash mode and size", "以芯片实际的 flash 模式和大小重新烧录程序"})
		return true
	}),
	kind([]string{"2nd boot version"}, `2nd boot version\s*:?\s*(\S+)`, func(r *reader, m []string) bool {
		r.boots(depthLoader, "")
		r.note(words{"the loader, version %s, runs", "第二级引导程序 %s 运行"}, m[1])
		return true
	}),
	kind([]string{"spi flash size & map"}, `SPI Flash Size & Map\s*:\s*(\S+)`, func(r *reader, m []string) bool {
		r.note(words{"the size and map of the flash as its header says: %s; the chip must have as much",
			"flash 头部中的大小和布局：%s；芯片必须有这么大"}, m[1])
		return true
	}),
	kind([]string{"jump to run user"}, `jump to run user(\d) @ ([0-9a-fA-F]+)`, func(r *reader, m []string) bool {
		if r.depth > depthLoader {
			r.boots(depthLoader, "")
		}
		r.depth = depthLoader
		r.slot = trace.Event{Value: number(m[1]), Text: "0x" + m[2]}
		r.note(words{"the loader starts user%s at 0x%s", "引导程序启动 user%s，地址 0x%s"}, m[1], m[2])
		r.step(StageBoot, words{"the loader starts user%s at 0x%s", "引导程序启动 user%s，地址 0x%s"}, m[1], m[2])
		return true
	}),
	kind([]string{"error magic!"}, `error magic!`, func(r *reader, _ []string) bool {
		r.note(words{"the slot that the loader was to start holds no program", "引导程序要启动的槽中没有程序"})
		r.step(StageBoot, words{"no program in that slot", "该槽中没有程序"})
		why, remedy := r.loader(cause.LoaderNoImage, noProgram)
		r.fail(reachNothing, "error magic!", why, remedy)
		return true
	}),
	kind([]string{"first boot failed"}, `first boot failed, reboot to try backup bin`, func(r *reader, _ []string) bool {
		r.note(words{"the loader restarts into the other slot", "引导程序重启并尝试另一个槽"})
		r.crashes()
		return true
	}),
	kind([]string{"backup boot failed."}, `backup boot failed\.`, func(r *reader, _ []string) bool {
		r.note(words{"no slot holds a program: the device stands still until it is flashed", "两个槽都没有程序：重新烧录之前设备停在这里"})
		r.step(StageBoot, words{"the loader gives up", "引导程序放弃"})
		why, remedy := r.loader(cause.LoaderGivesUp, words{"the loader found a program in neither slot, and the device stands still",
			"引导程序在两个槽中都没有找到程序，设备停止"})
		r.fail(reachNothing, "backup boot failed.", why, remedy)
		return true
	}),
	kind([]string{"user code done"}, `user code done`, func(r *reader, _ []string) bool {
		r.note(words{"the loader has returned to the boot ROM: the device stands still", "引导程序返回引导 ROM：设备停止"})
		r.step(StageBoot, words{"the device stands still", "设备停止"})
		if r.part.first == nil {
			r.fail(reachNothing, "user code done", words{"the loader found nothing to start, and the device stands still",
				"引导程序没有找到可启动的程序，设备停止"}, words{"flash the program where the loader looks for it, and the loader itself at 0",
				"把程序烧录到引导程序查找的位置，引导程序烧录到 0"})
		}
		return true
	}),
	kind([]string{"flash_parts", "partition table"}, `(?i)(flash_parts: partition \d+ invalid magic|Failed to verify partition table|`+
		`load partition table error)`, func(r *reader, m []string) bool {
		r.note(words{"the loader of the RTOS SDK, not of this one, finds no table of partitions in the flash: flash it at " +
			"0x8000, or this SDK's loader and program", "RTOS SDK（不是本 SDK）的引导程序在 flash 中找不到分区表：把它烧录到 0x8000，或烧录本 SDK 的引导程序和程序"})
		r.step(StageBoot, words{"no table of partitions", "没有分区表"})
		r.fail(reachNothing, "partition table", words{"the loader of the RTOS SDK finds no table of partitions in the flash",
			"RTOS SDK 的引导程序在 flash 中找不到分区表"}, words{"flash the table at 0x8000 with the chip's real size and SPI mode",
			"按芯片实际容量和 SPI 模式把分区表烧录到 0x8000"})
		return true
	}),
	kind([]string{"reboot to use"}, `reboot to use(\d)`, func(r *reader, m []string) bool {
		r.note(words{"system_upgrade_reboot: the device restarts into slot user%s", "system_upgrade_reboot：设备重启到 user%s 槽"}, m[1])
		r.step(StageUpgrade, words{"restart into user%s", "重启到 user%s"}, m[1])
		return true
	}),
	kind([]string{"sdk ver", "sdk:", "sdk "}, `(?i)\bSDK(?:( ver(?:sion)?)?\s*[:=]\s*v?|`+
		` )(\d+\.\d+(?:\.\d+)?)([-\w.]*)(\([0-9a-z]+\))?(/core:)?`,
		func(r *reader, m []string) bool {
			if m[1] == "" && m[4] == "" && m[5] == "" {
				return false
			}
			if m[1] != "" || m[5] != "" || r.depth == 0 { // what an application prints of it begins no boot
				r.boots(depthSDK, "")
			}
			r.version, r.versionLine = m[2], r.n
			r.boot().SDK = m[2] + m[3]
			if r.mentions("bearssl") {
				r.bear = r.n
			}
			r.note(words{"the SDK's version", "SDK 的版本"})
			r.step(StageBoot, words{"SDK %s starts", "SDK %s 启动"}, m[2]+m[3])
			return true
		}),
	kind([]string{"phy ver"}, `phy ver(?:sion)?\s*:`, func(r *reader, _ []string) bool {
		r.note(words{"the radio's software starts", "射频软件启动"})
		return true
	}),
	kind([]string{"rf_cal[0]"}, `rf_cal\[0\]\s*!=\s*0x05`, func(r *reader, _ []string) bool {
		if r.calibrates++; r.calibrates == 1 {
			r.note(words{"the sector of RF calibration is blank: the first boot after flashing, and no error",
				"射频校准扇区为空：烧录后的第一次启动，不是错误"})
			return true
		}
		r.note(words{"the sector of RF calibration is blank again: what the boot before measured was not kept",
			"射频校准扇区仍为空：上次启动的结果没有保存"})
		r.fail(reachNothing, "rf_cal[0]", words{"the sector of RF calibration is blank at every boot: the SDK saves to another " +
			"place, or ends before it saves", "每次启动射频校准扇区都为空：SDK 保存到了别处，或在保存之前结束"},
			words{"give the flash's real size (SPI_FLASH_SIZE_MAP, esptool's --flash_size) and, by it, the sector of " +
				"user_rf_cal_sector_set or SYSTEM_PARTITION_RF_CAL; flash esp_init_data_default.bin to the sector behind it",
				"设置 flash 的实际容量（SPI_FLASH_SIZE_MAP、esptool 的 --flash_size）以及相应的 user_rf_cal_sector_set 扇区或 " +
					"SYSTEM_PARTITION_RF_CAL；其后的扇区烧录 esp_init_data_default.bin"})
		return true
	}),
	kind([]string{"system param error"}, `system param error`, func(r *reader, _ []string) bool {
		r.note(words{"the system parameters in the flash cannot be read", "无法读取 flash 中的系统参数"})
		r.step(StageBoot, words{"the system parameters cannot be read", "无法读取系统参数"})
		r.fail(reachNothing, "system param error",
			words{"the SDK finds no valid system parameters in the last three sectors of the flash that its header names",
				"SDK 在 flash 头部所述容量的最后三个扇区中找不到有效的系统参数"},
			words{"flash with the chip's real size (SPI_FLASH_SIZE_MAP), blank.bin to the parameters and esp_init_data_default.bin " +
				"before them, " +
				"and let no data of the application or of an upgrade lie there",
				"按芯片实际容量（SPI_FLASH_SIZE_MAP）烧录，参数区烧录 blank.bin，其前烧录 esp_init_data_default.bin；应用数据和升级不要占用那里"})
		return true
	}),
	kind([]string{"system_partition_table_regist fail"}, `system_partition_table_regist fail`, func(r *reader, _ []string) bool {
		r.note(words{"the SDK refuses the partition table", "SDK 拒绝分区表"})
		r.fail(reachNothing, "system_partition_table_regist", words{"the partition table was refused: entries overlap, are missing, " +
			"or do " +
			"not fit the flash map",
			"分区表被拒绝：条目重叠、缺失，或不符合 flash 布局"},
			words{"give RF_CAL, PHY_DATA and SYSTEM_PARAMETER their fixed places, and the map that the flash has",
				"把 RF_CAL、PHY_DATA 和 SYSTEM_PARAMETER 放在固定位置，并使用 flash 实际的布局"})
		return true
	}),
}

var noProgram = words{"the slot that the loader was to start holds no program: it is blank, or an upgrade was cut short",
	"引导程序要启动的槽中没有程序：它是空的，或升级中断"}

// loader returns the catalogue's words for what the loader says of the slot it named; without one those given, and the remedy.
func (r *reader) loader(id cause.ID, unnamed words) (why, remedy words) {
	slot := r.slot
	slot.Name = string(id)
	why, remedy = event(slot)
	if slot.Value == 0 {
		why = unnamed
	}
	return why, remedy
}

// bootMode takes the first number behind "boot mode:": which of the three pins were high.
func (r *reader) bootMode(mode string) {
	if mode != "" {
		r.noFirmware = mode != "3"
	}
	switch mode {
	case "", "3":
	case "1":
		r.line.Note += r.say(words{"; boot mode 1: it waits for a download, no firmware runs", "；启动模式 1：等待下载，不运行固件"})
		r.fail(reachNothing, "boot mode 1", words{"the device waits for a program over UART: GPIO0 was low at the reset",
			"设备等待通过 UART 下载程序：复位时 GPIO0 为低电平"},
			words{"let GPIO0 go high and reset the device", "让 GPIO0 变为高电平，再复位设备"})
	default:
		r.line.Note += r.say(words{"; boot mode %s: no boot from flash", "；启动模式 %s：不从 flash 启动"}, mode)
		r.failed(reachNothing, "boot mode "+mode, r.say(words{"the device does not boot from its flash: GPIO15 was high, or GPIO2 " +
			"low, at " +
			"the reset",
			"设备不从 flash 启动：复位时 GPIO15 为高电平，或 GPIO2 为低电平"}),
			r.say(words{"pull GPIO15 down, GPIO0 and GPIO2 up", "GPIO15 下拉，GPIO0 和 GPIO2 上拉"}))
	}
}

// resetWithin is how many lines behind a reset reason its exception may come. Choice: the SDK's examples print it in the next.
const resetWithin = 5

// noException takes a reset by an exception of which the log says no more.
func (r *reader) noException() {
	if r.resetBy == 0 {
		return
	}
	one := r.fail(reachNothing, r.say(words{"reset reason 2", "复位原因 2"}),
		words{"an exception ended the boot before", "上一次启动因异常结束"},
		words{"print exccause, epc1 and excvaddr of system_get_rst_info: they say which",
			"打印 system_get_rst_info 的 exccause、epc1 和 excvaddr：它们说明是哪个异常"})
	if one.Times == 1 {
		one.Line = r.resetBy
	}
	r.ended(one)
	r.resetBy = 0
}

// watchdog takes a reset by a watchdog.
func (r *reader) watchdog(id cause.ID) {
	why, remedy := catalogue(id)
	name := words{"hardware watchdog", "硬件看门狗"}
	if id == cause.SoftWatchdog {
		name = words{"soft watchdog", "软件看门狗"}
	}
	r.step(StageCrash, words{"reset by a watchdog", "看门狗复位"})
	r.ended(r.fail(reachNothing, r.say(name), why, remedy))
}

// crashes notes that the firmware has ended, so that the boot which follows is its consequence.
func (r *reader) crashes() {
	r.log.Restarts++
	r.crashed = true
	r.underWay, r.connected = false, false
}

// exceptionWords are the catalogue's for an exception of the CPU, epc1 being 0 if it is not known.
func exceptionWords(number string, epc1 uint32) (why, remedy words) {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return event(trace.Event{Name: string(cause.Exception)})
	}
	return event(trace.Event{Name: string(cause.OfException(n, epc1)), Value: n})
}

// hex reads a number of up to 8 hexadecimal digits; false for another text.
func hex(s string) (uint32, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(strings.ToLower(s), "0x"), 16, 32)
	return uint32(n), err == nil
}
