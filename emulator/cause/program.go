package cause

import "github.com/emu8266/emu8266/emulator/internal/soc"

// Causes of programs that do not start or are not loaded, and of timers and sleeps that do not begin.
const (
	TimerRange        = ID(soc.CauseTimerRange)
	SleepTooLong      = ID(soc.CauseSleepTooLong)
	LoaderNoImage     = ID(soc.CauseLoaderNoImage)
	LoaderChecksum    = ID(soc.CauseLoaderChecksum)
	LoaderOther       = ID(soc.CauseLoaderOther)
	ROMChecksum       = ID(soc.CauseROMChecksum)
	LoaderImage       = ID(soc.CauseLoaderImage)
	LoaderProgram     = ID(soc.CauseLoaderProgram)
	LoaderGivesUp     = ID(soc.CauseLoaderGivesUp)
	UpgradeTime       = ID(soc.CauseUpgradeTime)
	UpgradeNoEnd      = ID(soc.CauseUpgradeNoEnd)
	UpgradeConnect    = ID(soc.CauseUpgradeConnect)
	UpgradeClosed     = ID(soc.CauseUpgradeClosed)
	UpgradeNoRequest  = ID(soc.CauseUpgradeNoRequest)
	UpgradeLength     = ID(soc.CauseUpgradeLength)
	UpgradeTooLong    = ID(soc.CauseUpgradeTooLong)
	UpgradeMagic      = ID(soc.CauseUpgradeMagic)
	UpgradeSlot       = ID(soc.CauseUpgradeSlot)
	UpgradeNoSlot     = ID(soc.CauseUpgradeNoSlot)
	UpgradeCRC        = ID(soc.CauseUpgradeCRC)
	UpgradeFlash      = ID(soc.CauseUpgradeFlash)
	UpgradeMemory     = ID(soc.CauseUpgradeMemory)
	UpgradeNotReady   = ID(soc.CauseUpgradeNotReady)
	UpgradeNotWritten = ID(soc.CauseUpgradeNotWritten)
)

// programWords are those of the boot loader, upgrades, timers and sleep.
var programWords = map[ID]entry{
	TimerRange: {"docs/facts/sdk-surface.md, os_timer_arm",
		words{sentence: "{object} with {have}, the longest is {limit}: the timer is not armed",
			remedy: "arm a shorter timer and count how often it fires"},
		words{sentence: "{object} 使用 {have}，最长为 {limit}：定时器没有启动",
			remedy: "用较短的定时器，并计数触发次数"}},
	SleepTooLong: {"docs/facts/sdk-surface.md, system_deep_sleep",
		words{sentence: "deep sleep of {have} s is refused, the most is {limit} s",
			remedy: "sleep several times, and count the sleeps in RTC memory; system_rtc_clock_cali_proc gives the length of a cycle"},
		words{sentence: "拒绝 {have} 秒的深度睡眠，最多 {limit} 秒",
			remedy: "分多次睡眠，并在 RTC 内存中计数；system_rtc_clock_cali_proc 给出周期的长度"}},
	LoaderNoImage: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the boot loader finds no image in the slot of user{have} at {object}: the first byte is neither 0xE9 nor 0xEA",
			remedy: "write the image to the address of that slot in the flash size map; after an upgrade look whether the image was " +
				"complete"},
		words{sentence: "引导程序在 user{have} 的位置 {object} 没有找到镜像：首字节既不是 0xE9 也不是 0xEA",
			remedy: "按 flash 容量映射把镜像写到该位置；升级之后检查镜像是否完整"}},
	LoaderChecksum: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the checksum of the image of user{have} is wrong: {object}",
			remedy: "write the image again: it was changed or written in part"},
		words{sentence: "user{have} 的镜像校验和错误：{object}",
			remedy: "重新写入镜像：它被改动或没有写完"}},
	LoaderOther: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the image in the slot of user{have} at {object} is linked for user{limit}",
			remedy: "load user1.bin into the first slot and user2.bin into the second; system_upgrade_userbin_check tells which one runs"},
		words{sentence: "user{have} 的位置 {object} 处的镜像是为 user{limit} 链接的",
			remedy: "把 user1.bin 写入第一个位置，user2.bin 写入第二个；system_upgrade_userbin_check 指出正在运行哪一个"}},
	ROMChecksum: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the boot ROM does not start the image at 0 in the flash: its checksum is wrong: {object}",
			remedy: "write the image again: it was changed or written in part"},
		words{sentence: "引导 ROM 不启动 flash 中地址 0 的镜像：校验和错误：{object}",
			remedy: "重新写入镜像：它被改动或没有写完"}},
	LoaderImage: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the image of user{have} cannot be started: {object}",
			remedy: "write the image again"},
		words{sentence: "user{have} 的镜像无法启动：{object}",
			remedy: "重新写入镜像"}},
	LoaderProgram: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the emulator cannot boot what the flash holds: {object}",
			remedy: "write an image that emu8266 build and emu8266 flash image made, or load one; for one for the chip give the ELF file " +
				"(--elf); in a Go test set Config.Program or Config.Image"},
		words{sentence: "模拟器无法启动 flash 中的程序：{object}",
			remedy: "写入由 emu8266 build 和 emu8266 flash image 生成的镜像，或升级到这样的镜像；芯片用的镜像要给出 ELF 文件（--elf）；" +
				"在 Go 测试中设置 Config.Program 或 Config.Image"}},
	LoaderGivesUp: {"docs/facts/sdk-surface.md, Flash",
		words{sentence: "the boot loader gives up: after the first program the backup, user{have}, does not start either; the device " +
			"stands still",
			remedy: "write a sound image to a slot; erase the sector of an image only when the other one is known to boot"},
		words{sentence: "引导程序放弃：第一个程序之后，备份 user{have} 也无法启动；设备停止",
			remedy: "在一个位置写入完好的镜像；只有确认另一个能启动时才擦除镜像所在扇区"}},
	UpgradeTime: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the upgrade's time was over: check_times {count} ms, the step was {object}",
			remedy: "look at the server, or give check_times more if bytes were still coming; connection errors are told to nobody, the " +
				"upgrade only ends by its time"},
		words{sentence: "升级超时：check_times 为 {count} 毫秒，当时的步骤是{object}",
			remedy: "检查服务器；数据仍在到达时可增大 check_times；连接错误不会通知任何人，升级只会因超时而结束"}},
	UpgradeNoEnd: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the upgrade has no end: check_times {have} ms is longer than a timer, {limit} ms, so check_cb is never called " +
			"after a failure",
			remedy: "set check_times to at most {limit}"},
		words{sentence: "升级没有时限：check_times {have} 毫秒超过定时器的上限 {limit} 毫秒，失败后不会调用 check_cb",
			remedy: "把 check_times 设为最多 {limit}"}},
	UpgradeConnect: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the upgrade found no connection to {object} within {limit} s",
			remedy: "check ip and port of struct upgrade_server_info, and that the station has its address; check_cb comes when " +
				"check_times is over"},
		words{sentence: "升级在 {limit} 秒内没有连接到 {object}",
			remedy: "检查 struct upgrade_server_info 的 ip 和 port，以及 station 是否已有地址；check_times 结束时才会调用 check_cb"}},
	UpgradeClosed: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the server closed the upgrade's connection, the step was {object}",
			remedy: "look at the server's log; the SDK does not ask again"},
		words{sentence: "服务器关闭了升级的连接，当时的步骤是{object}",
			remedy: "查看服务器日志；SDK 不会再次请求"}},
	UpgradeNoRequest: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the upgrade has nothing to send: url is NULL",
			remedy: "let url hold the whole HTTP request, and live until check_cb"},
		words{sentence: "升级没有可发送的内容：url 为 NULL",
			remedy: "url 应为完整的 HTTP 请求，并保持到 check_cb"}},
	UpgradeLength: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the server's reply {object} does not say how long the image is",
			remedy: "let the server answer HEAD and GET with Content-Length, spelt so, and a length over 0"},
		words{sentence: "服务器的应答 {object} 没有给出镜像长度",
			remedy: "让服务器在 HEAD 和 GET 的应答中给出 Content-Length（照此拼写），且长度大于 0"}},
	UpgradeTooLong: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the image of {have} bytes does not fit: the slot has {limit}",
			remedy: "take a flash size map with larger slots, or a smaller program"},
		words{sentence: "{have} 字节的镜像放不下：该位置只有 {limit} 字节",
			remedy: "使用位置更大的 flash 容量映射，或更小的程序"}},
	UpgradeMagic: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "what the server sent is no image (its reply began with {object}): it begins neither with EA 04 nor with E9 03",
			remedy: "check the path in url, and that the file is user1.bin or user2.bin"},
		words{sentence: "服务器发来的不是镜像（应答以 {object} 开头）：开头既不是 EA 04 也不是 E9 03",
			remedy: "检查 url 中的路径，以及文件是否为 user1.bin 或 user2.bin"}},
	UpgradeSlot: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the image is linked for user{have}, the slot that does not run is user{limit}",
			remedy: "ask for user2.bin while user1 runs and for user1.bin while user2 runs (system_upgrade_userbin_check)"},
		words{sentence: "镜像是为 user{have} 链接的，而空闲的位置是 user{limit}",
			remedy: "user1 运行时请求 user2.bin，user2 运行时请求 user1.bin（system_upgrade_userbin_check）"}},
	UpgradeNoSlot: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the image names no slot: the fourth byte of its header is {have}, not 1 (user1) or 2 (user2)",
			remedy: "serve the image of a slot as the SDK's tools make it (user1.bin, user2.bin), not another file of the build"},
		words{sentence: "镜像没有指明位置：头部的第四个字节是 {have}，而不是 1（user1）或 2（user2）",
			remedy: "提供 SDK 工具生成的某个位置的镜像（user1.bin、user2.bin），而不是构建的其他文件"}},
	UpgradeCRC: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the image is damaged: its CRC in the flash is {object}, {have} bytes",
			remedy: "look whether the file ends with its CRC (made by gen_appbin.py), and whether the transfer changed it"},
		words{sentence: "镜像已损坏：flash 中的 CRC 为 {object}，{have} 字节",
			remedy: "检查文件末尾是否有 CRC（由 gen_appbin.py 生成），以及传输是否改动了它"}},
	UpgradeFlash: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the flash failed in the upgrade: {object}",
			remedy: "look at the chip and its size map"},
		words{sentence: "升级中 flash 操作失败：{object}",
			remedy: "检查芯片及其容量映射"}},
	UpgradeMemory: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "the upgrade found no memory for {have} bytes, the step was {object}",
			remedy: "free heap before system_upgrade_start"},
		words{sentence: "升级没有 {have} 字节的内存，当时的步骤是{object}",
			remedy: "在 system_upgrade_start 之前释放堆内存"}},
	UpgradeNotReady: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "system_upgrade_reboot did nothing: the upgrade's flag is {have}, it wants {limit} (UPGRADE_FLAG_FINISH)",
			remedy: "call it when check_cb was called with upgrade_flag true, or after system_upgrade_flag_set(UPGRADE_FLAG_FINISH)"},
		words{sentence: "system_upgrade_reboot 没有执行任何操作：升级标志为 {have}，需要 {limit}（UPGRADE_FLAG_FINISH）",
			remedy: "在 check_cb 以 upgrade_flag 为 true 调用之后，或 system_upgrade_flag_set(UPGRADE_FLAG_FINISH) 之后调用"}},
	UpgradeNotWritten: {"docs/facts/sdk-surface.md, upgrade.h",
		words{sentence: "system_upgrade_reboot could not save which program boots: {object}",
			remedy: "look at the chip and its size map"},
		words{sentence: "system_upgrade_reboot 无法保存启动哪个程序：{object}",
			remedy: "检查芯片及其容量映射"}},
}
