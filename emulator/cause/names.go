package cause

import "github.com/emu8266/emu8266/netstack"

// nameWords are those of names that are not found, and of addresses from DHCP.
var nameWords = map[ID]entry{
	ID(netstack.CauseDNSUnanswered): {"docs/facts/lwip.md 12",
		words{sentence: "the DNS server {remote} answered none of the {have} queries for {object} in {time}",
			remedy: "check the DNS server (espconn_dns_getserver) and that the network lets UDP port 53 through"},
		words{sentence: "DNS 服务器 {remote} 在 {time}内没有应答对 {object} 的 {have} 次查询",
			remedy: "检查 DNS 服务器（espconn_dns_getserver），以及网络是否放行 UDP 53 端口"}},
	ID(netstack.CauseDNSNeighbor): {"docs/facts/lwip.md 9",
		words{sentence: "none of the {have} queries for {object} left the device in {time}: nobody answers the ARP requests for " +
			"the DNS " +
			"server {remote}, or for the router to it",
			remedy: "set the address of a DNS server that is there (espconn_dns_setserver), or let the DHCP server give one; " +
				"check the gateway"},
		words{sentence: "{time}内对 {object} 的 {have} 次查询都没有离开设备：没有主机应答对 DNS 服务器 {remote} 或通往它的路由器的 ARP 请求",
			remedy: "设置存在的 DNS 服务器地址（espconn_dns_setserver），或让 DHCP 服务器给出；检查网关"}},
	ID(netstack.CauseDNSNoServer): {"docs/facts/lwip.md 12",
		words{sentence: "there is no DNS server, so no query for {object} was sent; the NULL comes after {time} all the same",
			remedy: "set one (espconn_dns_setserver), or let the DHCP server give one (option 6)"},
		words{sentence: "没有 DNS 服务器，因此没有发送对 {object} 的查询；NULL 仍在 {time}后才到来",
			remedy: "设置一个（espconn_dns_setserver），或让 DHCP 服务器给出（选项 6）"}},
	ID(netstack.CauseDNSUnsent): {"docs/facts/lwip.md 12",
		words{sentence: "no query for {object} could leave in {time}: there was no way to {remote}",
			remedy: "look up names when the device has an address (Wi-Fi event GOT_IP) and a gateway"},
		words{sentence: "{time}内对 {object} 的查询都无法发出：没有通往 {remote} 的路",
			remedy: "设备有地址（Wi-Fi 事件 GOT_IP）和网关之后再查询"}},
	ID(netstack.CauseDNSQueryMemory): {"docs/facts/lwip.md 16",
		words{sentence: "no query for {object} could leave in {time}: there was no heap for it",
			remedy: "have more heap free before a name is looked up: a query takes 400 bytes, its answer 536"},
		words{sentence: "{time}内对 {object} 的查询都无法发出：没有堆内存", remedy: "查询域名之前留出更多堆内存：一次查询占 400 字节，应答占 536 字节"}},
	ID(netstack.CauseDNSNoName): {"docs/facts/lwip.md 12",
		words{sentence: "the DNS server {remote} says that {object} does not exist (NXDOMAIN); the device ignores error " +
			"answers: it sent {have} queries, " +
			"and the NULL came after {time}",
			remedy: "check the name; do not read the length of the wait as a silent server"},
		words{sentence: "DNS 服务器 {remote} 说 {object} 不存在（NXDOMAIN）；设备忽略错误应答：发送了 {have} 次查询，{time}后才得到 NULL",
			remedy: "检查域名；不要因为等待时间长而认为服务器没有应答"}},
	ID(netstack.CauseDNSError): {"docs/facts/lwip.md 12",
		words{sentence: "the DNS server {remote} answered for {object} with error {limit} (2 is SERVFAIL, 5 REFUSED); the " +
			"device ignores error answers: it sent " +
			"{have} queries, and the NULL came after {time}",
			remedy: "let the server resolve that name for the device, or take another server (espconn_dns_setserver)"},
		words{sentence: "DNS 服务器 {remote} 对 {object} 的应答是错误 {limit}（2 为 SERVFAIL，5 为 REFUSED）；设备忽略错误应答：发送了 {have} 次查询，{time}后才得到 NULL",
			remedy: "让该服务器为设备解析此域名，或换一个服务器（espconn_dns_setserver）"}},
	ID(netstack.CauseDNSOlder): {"docs/facts/lwip.md 12",
		words{sentence: "answers for {object} came, each after the device had sent another query: it takes only the answer to " +
			"its very last one, " +
			"whatever the name ({have} queries for this one in {time})",
			remedy: "look up one name at a time, the next one from the callback"},
		words{sentence: "对 {object} 的应答到来时，设备已发出了别的查询：它只接受对最后一次查询的应答，不论域名（{time}内对此域名查询了 {have} 次）",
			remedy: "一次只查询一个域名，在回调中再查询下一个"}},
	ID(netstack.CauseDNSLength): {"docs/facts/lwip.md 12",
		words{sentence: "the answer for {object} had {limit} bytes; the device ignores answers of fewer than 26 and of more " +
			"than 512 ({have} queries in {time})",
			remedy: "let the server answer with fewer records, or take another server (espconn_dns_setserver)"},
		words{sentence: "对 {object} 的应答为 {limit} 字节；设备忽略少于 26 和多于 512 字节的应答（{time}内查询了 {have} 次）",
			remedy: "让服务器在应答中减少记录，或换一个服务器（espconn_dns_setserver）"}},
	ID(netstack.CauseDNSQuestions): {"docs/facts/lwip.md 12",
		words{sentence: "the answer for {object} repeated {limit} questions; the device ignores answers that do not repeat " +
			"exactly one ({have} queries in {time})",
			remedy: "take another DNS server (espconn_dns_setserver)"},
		words{sentence: "对 {object} 的应答重复了 {limit} 个问题；设备忽略不是恰好重复一个问题的应答（{time}内查询了 {have} 次）",
			remedy: "换一个 DNS 服务器（espconn_dns_setserver）"}},
	ID(netstack.CauseDNSQuery): {"docs/facts/lwip.md 12",
		words{sentence: "{remote} sent queries back in place of answers for {object}, which the device ignores ({have} queries " +
			"in {time})",
			remedy: "check the DNS server's address: something there echoes what it gets"},
		words{sentence: "{remote} 把对 {object} 的查询原样发回，设备忽略它们（{time}内查询了 {have} 次）", remedy: "检查 DNS 服务器的地址：那里有设备在回显"}},
	ID(netstack.CauseDNSMemory): {"docs/facts/lwip.md 12",
		words{sentence: "the answer for {object} came, but {limit} bytes of heap to read it were missing ({have} queries in {time})",
			remedy: "free more heap before the lookup"},
		words{sentence: "对 {object} 的应答到来了，但没有读取它所需的 {limit} 字节堆内存（{time}内查询了 {have} 次）", remedy: "查询前释放更多堆内存"}},
	ID(netstack.CauseDNSClosed): {"docs/facts/lwip.md 12",
		words{sentence: "{remote} answered that no DNS server is there (ICMP port unreachable), which the device ignores: it " +
			"sent {have} queries for {object} in {time}",
			remedy: "set the address of a DNS server (espconn_dns_setserver), or start the server there"},
		words{sentence: "{remote} 应答说那里没有 DNS 服务器（ICMP 端口不可达），设备忽略它：{time}内对 {object} 查询了 {have} 次",
			remedy: "设置正确的 DNS 服务器地址（espconn_dns_setserver），或在那里启动服务器"}},
	ID(netstack.CauseDNSTruncated): {"docs/facts/lwip.md 12",
		words{sentence: "the answer for {object} was truncated and has no address in what is left; the device does not ask " +
			"again over TCP, and the NULL comes at once",
			remedy: "let the server answer with fewer records, or take another server (espconn_dns_setserver)"},
		words{sentence: "对 {object} 的应答被截断，剩余部分没有地址；设备不会用 TCP 再问，立即得到 NULL",
			remedy: "让服务器在应答中减少记录，或换一个服务器（espconn_dns_setserver）"}},
	ID(netstack.CauseDNSNoAddress): {"docs/facts/lwip.md 12",
		words{sentence: "the DNS server's answer for {object} has no IPv4 address, and the NULL comes at once",
			remedy: "give the name an A record: the device has no IPv6"},
		words{sentence: "DNS 服务器对 {object} 的应答中没有 IPv4 地址，立即得到 NULL", remedy: "给该域名设置 A 记录：设备没有 IPv6"}},
	ID(netstack.CauseDNSOtherName): {"docs/facts/lwip.md 12",
		words{sentence: "the answer repeats another name than {object}: the device compares capital and small letters, too, and " +
			"the NULL comes at once",
			remedy: "ask for the name as the server writes it, in small letters as a rule"},
		words{sentence: "应答中重复的域名与 {object} 不同：设备连大小写也比较，立即得到 NULL", remedy: "按服务器的写法查询，通常为小写"}},

	ID(netstack.CauseDHCPNoOffer): {"docs/facts/lwip.md 11.2",
		words{sentence: "no DHCP server has offered an address in {time}: DISCOVERs sent so far: {have}",
			remedy: "look at the DHCP server: no free address, the device's hardware address not allowed, or none on this " +
				"network; or set a fixed " +
				"address (wifi_station_dhcpc_stop, wifi_set_ip_info)"},
		words{sentence: "{time}内没有 DHCP 服务器提供地址：已发送的 DISCOVER：{have}",
			remedy: "检查 DHCP 服务器：没有空闲地址、不允许设备的硬件地址，或此网络没有服务器；或设置固定地址（wifi_station_dhcpc_stop、wifi_set_ip_info）"}},
	ID(netstack.CauseDHCPNoACK): {"docs/facts/lwip.md 11.2",
		words{sentence: "the DHCP server {object} offered an address and did not answer {have} REQUESTs in {time}: the device " +
			"begins anew",
			remedy: "look at the DHCP server's log; two servers on one network, or one that loses packets, do this"},
		words{sentence: "DHCP 服务器 {object} 提供了地址，但在 {time}内没有应答 {have} 个 REQUEST：设备重新开始",
			remedy: "查看 DHCP 服务器日志；同一网络有两个服务器，或服务器丢包时会这样"}},
	ID(netstack.CauseDHCPRefused): {"docs/facts/lwip.md 11.2",
		words{sentence: "the DHCP server refused {object} (NAK): the device has no address and begins anew",
			remedy: "usual after a move to another network; if it comes again and again, look at the DHCP server's log"},
		words{sentence: "DHCP 服务器拒绝了 {object}（NAK）：设备没有地址，重新开始", remedy: "换到另一个网络后这很常见；若反复出现，查看 DHCP 服务器日志"}},
	ID(netstack.CauseDHCPInUse): {"docs/facts/lwip.md 11.2",
		words{sentence: "somebody else on the network has {object}, which the DHCP server offered: the device declines it and waits 10 s",
			remedy: "find the host with that fixed address, or take it out of the DHCP server's range"},
		words{sentence: "网络上另有主机使用 DHCP 服务器提供的 {object}：设备拒绝它并等待 10 秒", remedy: "找到使用该固定地址的主机，或把它从 DHCP 服务器的范围中去掉"}},
	ID(netstack.CauseDHCPExpired): {"docs/facts/lwip.md 11.2",
		words{sentence: "the lease of {object} has run out after {limit} s: renewals that nobody answered: {have}",
			remedy: "look whether the DHCP server is still there; all connections are gone with the address"},
		words{sentence: "{object} 的租约在 {limit} 秒后到期：无人应答的续租：{have}", remedy: "检查 DHCP 服务器是否还在；所有连接都随地址消失"}},

	ID(netstack.CausePoolEmpty): {"docs/facts/lwip.md 11.3",
		words{sentence: "the soft-AP has no address for {object}: {have} leases, and {limit} addresses in its range; the offer " +
			"says 0.0.0.0",
			remedy: "widen the range (wifi_softap_set_dhcps_lease), or shorten the leases (wifi_softap_set_dhcps_lease_time)"},
		words{sentence: "soft-AP 没有地址给 {object}：已有 {have} 个租约，范围内有 {limit} 个地址；提供的地址为 0.0.0.0",
			remedy: "扩大范围（wifi_softap_set_dhcps_lease），或缩短租期（wifi_softap_set_dhcps_lease_time）"}},
	ID(netstack.CausePoolTaken): {"docs/facts/lwip.md 11.3",
		words{sentence: "the soft-AP refuses a client's address: {object}",
			remedy: "let the client ask anew without an address of its own"},
		words{sentence: "soft-AP 拒绝客户端的地址：{object}", remedy: "让客户端不带自己的地址重新请求"}},
	ID(netstack.CausePoolMemory): {"docs/facts/lwip.md 11.3",
		words{sentence: "the soft-AP's DHCP server cannot answer {object}: no {have} bytes of heap", remedy: "free more heap"},
		words{sentence: "soft-AP 的 DHCP 服务器无法应答 {object}：没有 {have} 字节的堆内存", remedy: "释放更多堆内存"}},
	ID(netstack.CausePoolDropped): {"docs/facts/lwip.md 11.3",
		words{sentence: "the soft-AP's DHCP server took the lease of {object} back: {have} leases, and no more than {limit} " +
			"stay at the minute's end",
			remedy: "shorten the leases (wifi_softap_set_dhcps_lease_time): clients that have left keep theirs until they run out"},
		words{sentence: "soft-AP 的 DHCP 服务器收回了 {object} 的租约：共 {have} 个租约，每分钟末最多保留 {limit} 个",
			remedy: "缩短租期（wifi_softap_set_dhcps_lease_time）：已离开的客户端保留租约直到到期"}},
}
