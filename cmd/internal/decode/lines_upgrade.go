package decode

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
)

// timerMax is the longest delay of os_timer_arm, ms (sdk-surface.md, os_timer_arm).
const timerMax = 6_870_947

// noEndFix says what check_times may be.
func noEndFix() words {
	_, fix := event(trace.Event{Name: string(cause.UpgradeNoEnd), Limit: timerMax})
	return fix
}

// said is a rule for a line that only says something.
func said(key, pattern string, w words) rule {
	return kind([]string{key}, pattern, func(r *reader, _ []string) bool {
		r.note(w)
		return true
	})
}

// upgradeRules read the lines of system_upgrade_start and of the functions around it (sdk-surface.md, upgrade.h).
var upgradeRules = []rule{
	kind([]string{"system_upgrade_start"}, `^[^a-zA-Z]*system_upgrade_start\s*$`, func(r *reader, _ []string) bool {
		r.upgrade = true
		r.note(words{"an upgrade begins", "升级开始"})
		r.step(StageUpgrade, words{"the upgrade begins", "升级开始"})
		return true
	}),
	kind([]string{"upgrade_connect "}, `upgrade_connect (\d+)`, func(r *reader, m []string) bool {
		r.heap = digits(m[1])
		r.note(words{"the upgrade connects; %s bytes of heap are free", "升级开始连接；空闲堆内存 %s 字节"}, m[1])
		return true
	}),
	kind([]string{"exceed max time value"}, `(err[123]),exceed max time value`, func(r *reader, m []string) bool {
		if r.upgrade && m[1] == "err3" {
			r.note(words{"the upgrade's timer was refused: check_times is over the limit of os_timer_arm, 6,870,947 ms, as an " +
				"uninitialised " +
				"struct has it; " +
				"the upgrade has no end by time now", "升级的定时器被拒绝：check_times 超过 os_timer_arm 的上限 6,870,947 毫秒，例如结构体没有初始化；升级现在不会因超时而结束"})
			r.fail(reachNothing, m[1], words{"check_times of the upgrade is over the limit of os_timer_arm, 6,870,947 ms: the " +
				"upgrade does not " +
				"end by itself",
				"升级的 check_times 超过 os_timer_arm 的上限 6,870,947 毫秒：升级不会自行结束"},
				noEndFix())
			return true
		}
		r.note(words{"a timer over its limit was not armed: 6,870,947 ms (err3), after system_timer_reinit 428,496 ms (err1) or " +
			"428,496,729 " +
			"us (err2)",
			"超过上限的定时器没有启动：6,870,947 毫秒（err3），system_timer_reinit 之后为 428,496 毫秒（err1）或 428,496,729 微秒（err2）"})
		r.broken(ruleTimerRange, m[1])
		return true
	}),
	said("upgrade file download start", `upgrade file download start`, words{"the server has answered, the image comes", "服务器已应答，镜像开始下载"}),
	kind([]string{"upgrade file download finished"}, `upgrade file download finished`, func(r *reader, _ []string) bool {
		r.note(words{"the image is complete; its checksum comes next", "镜像已完整；接着校验"})
		r.upgrade = false
		r.step(StageUpgrade, words{"the image is complete", "镜像已完整"})
		return true
	}),
	kind([]string{"upgrade_check"}, `^[^a-zA-Z]*upgrade_check\s*$`, func(r *reader, _ []string) bool {
		r.note(words{"the upgrade has ended, or its time (check_times) is over: the check callback comes",
			"升级已结束，或时间（check_times）已到：随后是检查回调"})
		if r.upgrade {
			r.upgrade = false
			_, remedy := catalogue(cause.UpgradeTime)
			r.fail(reachNothing, "upgrade_check", words{"the upgrade's time (check_times) was over before the image was complete",
				"镜像完整之前升级的时间（check_times）已到"}, remedy)
			r.step(StageUpgrade, words{"the upgrade ended without a whole image", "升级结束，镜像不完整"})
		}
		return true
	}),
	kind([]string{"error bin file", "please check the bin file"}, `error bin file|please check the bin file`, func(r *reader,
		_ []string) bool {
		r.note(words{"what the server sends is no image for the slot that is not running", "服务器发送的不是未运行槽的镜像"})
		_, remedy := catalogue(cause.UpgradeSlot)
		r.fail(reachNothing, "error bin file", words{"what the server sent is no image of the other slot", "服务器发送的不是另一个槽的镜像"}, remedy)
		return true
	}),
	kind([]string{"sumlength failed", "content-length: failed"}, `sumlength failed|Content-Length: failed`, func(r *reader,
		_ []string) bool {
		r.note(words{"the server's answer does not name the length of the image", "服务器的应答没有给出镜像的长度"})
		_, remedy := catalogue(cause.UpgradeLength)
		r.fail(reachNothing, "Content-Length", words{"the upgrade found no Content-Length in the server's answer",
			"升级在服务器的应答中没有找到 Content-Length"}, remedy)
		return true
	}),
}
