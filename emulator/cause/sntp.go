package cause

import "github.com/emu8266/emu8266/netstack"

// sntpWords are those of SNTP.
var sntpWords = map[ID]entry{
	ID(netstack.CauseSNTPNoServer): {"docs/facts/lwip.md 14",
		words{sentence: "SNTP has no server",
			remedy: "set one by sntp_setservername or sntp_setserver before sntp_init"},
		words{sentence: "SNTP 没有服务器",
			remedy: "在 sntp_init 之前用 sntp_setservername 或 sntp_setserver 设置"}},
	ID(netstack.CauseSNTPForgotten): {"docs/facts/lwip.md 14",
		words{sentence: "SNTP never asks its server {object}: SDK 2.1.0 to 3.0 clear an address that sntp_setserver set before they ask",
			remedy: "give it to sntp_setservername, which takes an address as text, too, or take SDK 3.0.1 or later"},
		words{sentence: "SNTP 不会询问服务器 {object}：SDK 2.1.0 到 3.0 在发送请求之前清除 sntp_setserver 设置的地址",
			remedy: "用 sntp_setservername 设置它（也可以写成文本形式的地址），或使用 SDK 3.0.1 及以后的版本"}},
	ID(netstack.CauseSNTPNotStarted): {"docs/facts/lwip.md 14",
		words{sentence: "SNTP is not started: sntp_get_current_timestamp returns 0, and the device prints `please start sntp first !`",
			remedy: "set a server by sntp_setservername or sntp_setserver, call sntp_init when the station has its address " +
				"(EVENT_STAMODE_GOT_IP), and wait until the time is not 0"},
		words{sentence: "SNTP 没有启动：sntp_get_current_timestamp 返回 0，设备打印 `please start sntp first !`",
			remedy: "用 sntp_setservername 或 sntp_setserver 设置服务器，在获得地址（EVENT_STAMODE_GOT_IP）之后调用 sntp_init，等到时间不为 0"}},
	ID(netstack.CauseSNTPName): {"docs/facts/lwip.md 14",
		words{sentence: "SNTP found no address for its server {object}",
			remedy: "check the name, and that the station has an address and a DNS server"},
		words{sentence: "SNTP 没有找到服务器 {object} 的地址",
			remedy: "检查名称，以及 station 是否有地址和 DNS 服务器"}},
	ID(netstack.CauseSNTPUnsent): {"docs/facts/lwip.md 14",
		words{sentence: "SNTP could not ask {object}: there is no way to it, or no memory",
			remedy: "call sntp_init when the station has its address (EVENT_STAMODE_GOT_IP)"},
		words{sentence: "SNTP 无法向 {object} 发送请求：没有路由或没有内存",
			remedy: "在获得地址（EVENT_STAMODE_GOT_IP）之后调用 sntp_init"}},
	ID(netstack.CauseSNTPUnanswered): {"docs/facts/lwip.md 14",
		words{sentence: "the SNTP server {object} did not answer: {have} requests, {limit} s each",
			remedy: "check that UDP port 123 of the server can be reached; set a second and a third server"},
		words{sentence: "SNTP 服务器 {object} 没有应答：{have} 次请求，每次等待 {limit} 秒",
			remedy: "检查服务器的 UDP 端口 123 是否可达；设置第二和第三个服务器"}},
	ID(netstack.CauseSNTPReply): {"docs/facts/lwip.md 14",
		words{sentence: "the device ignores the SNTP reply: {object}",
			remedy: "take another server"},
		words{sentence: "设备忽略了 SNTP 应答：{object}",
			remedy: "换一个服务器"}},
}
