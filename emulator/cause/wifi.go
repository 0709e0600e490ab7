package cause

import "github.com/emu8266/emu8266/emulator/internal/radio"

// Causes that the radio decides: the station, the soft-AP, a smartconfig.
const (
	NoAccessPoint       = ID(radio.CauseNoAccessPoint)
	AccessPointGone     = ID(radio.CauseAccessPointGone)
	Unfit               = ID(radio.CauseUnfit)
	WrongPassword       = ID(radio.CauseWrongPassword)
	NoPassword          = ID(radio.CauseNoPassword)
	StationLost         = ID(radio.CauseStationLost)
	Left                = ID(radio.CauseLeft)
	NoSSID              = ID(radio.CauseNoSSID)
	NoConnect           = ID(radio.CauseNoConnect)
	RadioOff            = ID(radio.CauseRadioOff)
	RadioStopped        = ID(radio.CauseRadioStopped)
	NoAddressSet        = ID(radio.CauseNoAddressSet)
	SoftAPFull          = ID(radio.CauseSoftAPFull)
	SoftAPPassword      = ID(radio.CauseSoftAPPassword)
	SmartconfigNoPhone  = ID(radio.CauseSmartconfigNoPhone)
	SmartconfigTimeout  = ID(radio.CauseSmartconfigTimeout)
	SmartconfigNotAsked = ID(radio.CauseSmartconfigNotAsked)
	SmartconfigOther    = ID(radio.CauseSmartconfigOther)
	SmartconfigStatic   = ID(radio.CauseSmartconfigStatic)
	SmartconfigReply    = ID(radio.CauseSmartconfigReply)
)

// wifiWords are those of the radio.
var wifiWords = map[ID]entry{
	NoAccessPoint: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "no access point was found: {object}; reason {have} ({reason})",
			remedy: "check the SSID byte by byte, and that the access point is in range and on 2.4 GHz, channel 1 to 13"},
		words{sentence: "没有找到接入点：{object}；原因 {have}（{reason}）",
			remedy: "逐字节检查 SSID，并确认接入点在信号范围内且使用 2.4 GHz 的 1 至 13 信道"}},
	AccessPointGone: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "the access point that the station had joined is not found any more: {object}; reason {have} ({reason})",
			remedy: "bring the access point back, or the device nearer to it; the station goes on looking unless " +
				"wifi_station_set_reconnect_policy says otherwise: connect again from the Wi-Fi event GOT_IP"},
		words{sentence: "找不到 station 曾加入的接入点：{object}；原因 {have}（{reason}）",
			remedy: "恢复接入点，或让设备离它更近；除非 wifi_station_set_reconnect_policy 另有设置，station 会继续寻找：在 Wi-Fi 事件 GOT_IP 中重新连接"}},
	Unfit: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "the configuration excludes the access point {object}; reason {have} ({reason})",
			remedy: "change bssid_set, threshold or open_and_wep_mode_disable of struct station_config; clear the struct before it is " +
				"filled"},
		words{sentence: "station 配置排除了接入点 {object}；原因 {have}（{reason}）",
			remedy: "修改 struct station_config 的 bssid_set、threshold 或 open_and_wep_mode_disable；填写之前先清零该结构"}},
	WrongPassword: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "wrong password for the network {object}; the key handshake failed, reason {have} ({reason})",
			remedy: "set the access point's password by wifi_station_set_config; whether the status becomes STATION_WRONG_PASSWORD " +
				"depends on the reason, so look at the event"},
		words{sentence: "网络 {object} 的密码错误；密钥握手失败，原因 {have}（{reason}）",
			remedy: "用 wifi_station_set_config 设置接入点的密码；状态是否变为 STATION_WRONG_PASSWORD 取决于原因，应查看事件"}},
	NoPassword: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "the access point wants a password and the station has none: {object}; reason {have} ({reason})",
			remedy: "set the password by wifi_station_set_config"},
		words{sentence: "接入点需要密码而 station 没有：{object}；原因 {have}（{reason}）",
			remedy: "用 wifi_station_set_config 设置密码"}},
	StationLost: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "the station has lost its access point: {object}; reason {have} ({reason})",
			remedy: "bring the access point back; connect again from the Wi-Fi event GOT_IP, or by a timer"},
		words{sentence: "station 已失去接入点：{object}；原因 {have}（{reason}）",
			remedy: "恢复接入点；在 Wi-Fi 事件 GOT_IP 中或用定时器重新连接"}},
	Left: {"docs/facts/sdk-surface.md, Station status",
		words{sentence: "the firmware itself left the access point: {object}; reason {have} ({reason})",
			remedy: "call wifi_station_connect to join again"},
		words{sentence: "固件自己离开了接入点：{object}；原因 {have}（{reason}）",
			remedy: "调用 wifi_station_connect 重新加入"}},
	NoSSID: {"docs/facts/sdk-surface.md, Entry points",
		words{sentence: "the station has no SSID",
			remedy: "set one by wifi_station_set_config in user_init, or later with wifi_station_connect behind it"},
		words{sentence: "station 没有 SSID",
			remedy: "在 user_init 中用 wifi_station_set_config 设置，或之后设置并调用 wifi_station_connect"}},
	NoConnect: {"docs/facts/sdk-surface.md, Entry points",
		words{sentence: "the station does not join {object}: automatic connecting is off and wifi_station_connect was not called in " +
			"user_init",
			remedy: "call wifi_station_connect, or switch wifi_station_set_auto_connect on"},
		words{sentence: "station 没有加入 {object}：自动连接已关闭，且 user_init 中没有调用 wifi_station_connect",
			remedy: "调用 wifi_station_connect，或打开 wifi_station_set_auto_connect"}},
	RadioOff: {"docs/facts/sdk-surface.md, user_interface.h",
		words{sentence: "the radio is off: system_deep_sleep_set_option(4) was in force at the wake from deep sleep",
			remedy: "set option 0, 1 or 2 before the sleep after which the station is wanted"},
		words{sentence: "射频已关闭：从深度睡眠唤醒时 system_deep_sleep_set_option(4) 有效",
			remedy: "在需要 station 的那次睡眠之前设置选项 0、1 或 2"}},
	RadioStopped: {"docs/facts/sdk-surface.md, user_interface.h",
		words{sentence: "the radio is off: the firmware has called system_restart or system_deep_sleep, which come soon after",
			remedy: "call nothing of Wi-Fi behind them; go on in the boot that follows"},
		words{sentence: "射频已关闭：固件已调用 system_restart 或 system_deep_sleep，设备即将重启或睡眠",
			remedy: "其后不要再调用 Wi-Fi 函数；在下一次启动中继续"}},
	NoAddressSet: {"docs/facts/sdk-surface.md, user_interface.h",
		words{sentence: "the station has joined and has no address: the DHCP client is stopped and wifi_set_ip_info has set none",
			remedy: "call wifi_station_dhcpc_start, or wifi_set_ip_info after wifi_station_dhcpc_stop"},
		words{sentence: "station 已加入但没有地址：DHCP 客户端已停止，也没有用 wifi_set_ip_info 设置地址",
			remedy: "调用 wifi_station_dhcpc_start，或在 wifi_station_dhcpc_stop 之后调用 wifi_set_ip_info"}},
	SoftAPFull: {"docs/facts/sdk-surface.md, user_interface.h",
		words{sentence: "the soft-AP turned the station {object} away: {have} stations are there, max_connection is {limit}",
			remedy: "raise max_connection of struct softap_config (at most 8)"},
		words{sentence: "soft-AP 拒绝了站点 {object}：已有 {have} 个站点，max_connection 为 {limit}",
			remedy: "增大 struct softap_config 的 max_connection（最多 8）"}},
	SoftAPPassword: {"docs/facts/sdk-surface.md, user_interface.h",
		words{sentence: "the soft-AP turned the station {object} away: it has another password",
			remedy: "compare the station's password with that of struct softap_config"},
		words{sentence: "soft-AP 拒绝了站点 {object}：它的密码不同",
			remedy: "比较该站点的密码与 struct softap_config 中的密码"}},
	SmartconfigNoPhone: {"docs/facts/sdk-surface.md, smartconfig.h",
		words{sentence: "smartconfig hears no phone: {object}",
			remedy: "let the app send while the device listens, near it, in a network on 2.4 GHz, and of the type of smartconfig_set_type"},
		words{sentence: "smartconfig 没有收到手机信号：{object}",
			remedy: "让应用在设备监听期间、在设备附近、在 2.4 GHz 网络中发送，类型与 smartconfig_set_type 一致"}},
	SmartconfigTimeout: {"docs/facts/sdk-surface.md, smartconfig.h",
		words{sentence: "smartconfig began anew: no whole message came within {limit} s",
			remedy: "let the app go on sending until SC_STATUS_LINK; esptouch_set_timeout allows up to 255 s"},
		words{sentence: "smartconfig 重新开始：{limit} 秒内没有收到完整的消息",
			remedy: "让应用持续发送直到 SC_STATUS_LINK；esptouch_set_timeout 最多允许 255 秒"}},
	SmartconfigNotAsked: {"docs/facts/sdk-surface.md, smartconfig.h",
		words{sentence: "SC_STATUS_LINK came with the network {object}, and wifi_station_connect was not called",
			remedy: "in SC_STATUS_LINK call wifi_station_set_config with the data, wifi_station_disconnect and wifi_station_connect"},
		words{sentence: "SC_STATUS_LINK 已给出网络 {object}，但没有调用 wifi_station_connect",
			remedy: "在 SC_STATUS_LINK 中用给出的数据调用 wifi_station_set_config，再调用 wifi_station_disconnect 和 wifi_station_connect"}},
	SmartconfigOther: {"docs/facts/sdk-surface.md, smartconfig.h",
		words{sentence: "after SC_STATUS_LINK the station joins {object}, the phone's network",
			remedy: "call wifi_station_set_config with the data of SC_STATUS_LINK before wifi_station_connect"},
		words{sentence: "SC_STATUS_LINK 之后 station 加入的网络不是手机的网络：{object}",
			remedy: "在 wifi_station_connect 之前用 SC_STATUS_LINK 的数据调用 wifi_station_set_config"}},
	SmartconfigStatic: {"docs/facts/sdk-surface.md, smartconfig.h",
		words{sentence: "smartconfig runs while the station's DHCP client is stopped: without an address nobody answers the phone",
			remedy: "call wifi_station_dhcpc_start before smartconfig_start"},
		words{sentence: "smartconfig 运行时 station 的 DHCP 客户端已停止：没有地址就不会应答手机",
			remedy: "在 smartconfig_start 之前调用 wifi_station_dhcpc_start"}},
	SmartconfigReply: {"docs/facts/sdk-surface.md, smartconfig.h",
		words{sentence: "the reply to the phone at {object} cannot be sent",
			remedy: "look whether the phone is in the station's network"},
		words{sentence: "无法向 {object} 处的手机发送应答",
			remedy: "检查手机是否在 station 的网络中"}},
}
