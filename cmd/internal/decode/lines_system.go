package decode

import (
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
)

// ruleTimerRange is the API check of the lines err1 to err3.
const ruleTimerRange = espconn.RuleTimerRange

// broken takes a line by which the SDK says that the firmware broke one of the rules that the API checks know, by its name in the log.
func (r *reader) broken(id, name string) {
	rule := cause.Rule(id, r.l)
	if r.line.Note == "" {
		r.line.Note = rule.Text
	}
	r.failed(reachNothing, name, rule.Text, rule.Fix)
}

// against is a rule for a line by which the SDK says so.
func against(key, pattern, id string) rule {
	return kind([]string{key}, pattern, func(r *reader, m []string) bool {
		r.broken(id, word(m, 0))
		return true
	})
}

// systemRules read what timers, tasks, sleep and the calls of espconn print.
var systemRules = []rule{
	against("cb is null", `timer:0x[0-9a-fA-F]+ cb is null`, espconn.RuleTimerFunction),
	against("deep sleep too long", `deep sleep too long`, espconn.RuleSleepTooLong),
	against("queue full", `(?:ets_post|system_os_post)\b.*queue full`, espconn.RuleTaskQueue),
	against("post prio", `err: post prio < 3`, espconn.RuleTaskNone),
	kind([]string{"err: task "}, `err: task (?:prio < 3|queue error)`, func(r *reader, m []string) bool {
		r.note(words{"system_os_task refused the task", "system_os_task 拒绝了任务"})
		r.fail(reachNothing, word(m, 0), words{"system_os_task was given a priority above 2, or no queue", "system_os_task 的优先级大于 2，或没有队列"},
			words{"use USER_TASK_PRIO_0 to USER_TASK_PRIO_2, and an array of os_event_t with its length",
				"使用 USER_TASK_PRIO_0 至 USER_TASK_PRIO_2，以及 os_event_t 数组和长度"})
		return true
	}),
	kind([]string{"find conn_msg fail"}, `RecvHold, By pespconn,find conn_msg fail`, func(r *reader, m []string) bool {
		r.note(words{"espconn_recv_hold or _unhold of an espconn that has no connection: ESPCONN_ARG",
			"espconn_recv_hold 或 _unhold 的 espconn 没有连接：ESPCONN_ARG"})
		r.fail(reachConnect, word(m, 0), words{"the espconn has no connection", "该 espconn 没有连接"}, ownPointer)
		return true
	}),
	said("espconn_tcp_delete", `espconn_tcp_delete \d+, ?\d+`, words{"the TCP server of that port is deleted", "删除该端口的 TCP 服务器"}),
	kind([]string{"mdns ip error"}, `mdns ip error!`, func(r *reader, _ []string) bool {
		r.note(words{"espconn_mdns_init before the station had an address: nothing is announced",
			"station 获得地址之前调用 espconn_mdns_init：不会通告"})
		r.fail(reachNothing, "mdns ip error!", words{"espconn_mdns_init was called with the address 0.0.0.0",
			"以地址 0.0.0.0 调用 espconn_mdns_init"},
			words{"call it from the Wi-Fi event GOT_IP, with the address of wifi_get_ip_info",
				"在 Wi-Fi 事件 GOT_IP 中以 wifi_get_ip_info 的地址调用"})
		return true
	}),
	said("smartconfig busy", `smartconfig busy`, words{"smartconfig runs already: the call returned false",
		"smartconfig 已在运行：该调用返回 false"}),
	kind([]string{"isn't station_mode"}, `smartconfig:sys mode isn't STATION_MODE`, func(r *reader, _ []string) bool {
		r.note(words{"smartconfig works in station mode alone", "smartconfig 只能在 station 模式下工作"})
		r.fail(reachNothing, "smartconfig", words{"smartconfig was started outside the station mode", "在 station 模式之外启动 smartconfig"},
			words{"call wifi_set_opmode(STATION_MODE) before", "先调用 wifi_set_opmode(STATION_MODE)"})
		return true
	}),
	kind([]string{"check your static ip"}, `check your static ip!`, func(r *reader, _ []string) bool {
		r.note(words{"the station joined with the DHCP client off and no address of its own", "station 已加入，但 DHCP 客户端关闭且没有自己的地址"})
		r.fail(reachAddress, "check your static ip!", words{"the station joined with the DHCP client off and the address 0.0.0.0",
			"station 加入时 DHCP 客户端关闭，地址为 0.0.0.0"},
			words{"set an address by wifi_set_ip_info before it joins, or leave wifi_station_dhcpc_stop away",
				"加入之前用 wifi_set_ip_info 设置地址，或不调用 wifi_station_dhcpc_stop"})
		return true
	}),
	kind([]string{"need boot"}, `(?:failed: )?need boot (?:>= )?1\.\d\+?`, func(r *reader, m []string) bool {
		r.note(words{"the loader at address 0 is too old for this call", "地址 0 的引导程序对该调用来说太旧"})
		r.fail(reachNothing, word(m, 0), words{"the loader in the flash is too old for what the firmware asked of it", "flash 中的引导程序太旧"},
			words{"flash the SDK's newest boot_v1.x.bin at 0", "在地址 0 烧录 SDK 最新的 boot_v1.x.bin"})
		return true
	}),
	kind([]string{"malloc err", "scmalloc", "sc mal"}, `(?i)\bsc:.*malloc err|\bSC ?mal(?:loc)? ?err`, func(r *reader, _ []string) bool {
		r.note(words{"smartconfig found no memory", "smartconfig 没有得到内存"})
		r.fail(reachNothing, "smartconfig", words{"smartconfig found no memory", "smartconfig 没有得到内存"},
			words{"start it with more heap free, before connections and buffers are made", "在建立连接和缓冲区之前、堆内存充足时启动"})
		return true
	}),
	said("already registered !", `mdns server is already registered !`,
		words{"espconn_mdns_server_register while it is registered: nothing happens",
			"已注册时调用 espconn_mdns_server_register：没有作用"}),
	kind([]string{"could not obtain pcb"}, `dhcps_start\(\): could not obtain pcb`, func(r *reader, m []string) bool {
		r.note(words{"the soft-AP's DHCP server found no memory for its UDP port", "soft-AP 的 DHCP 服务器没有内存创建 UDP 端口"})
		r.fail(reachNothing, "dhcps_start", words{"the soft-AP's DHCP server did not start: there was no memory for its UDP port",
			"soft-AP 的 DHCP 服务器没有启动：没有内存创建 UDP 端口"}, words{"let more heap be free when the soft-AP starts", "soft-AP 启动时留出更多堆内存"})
		return true
	}),
}
