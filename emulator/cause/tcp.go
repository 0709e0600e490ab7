package cause

import "github.com/emu8266/emu8266/netstack"

// tcpWords are those of connections that TCP did not make, ended, or lets wait.
var tcpWords = map[ID]entry{
	// Not made.
	ID(netstack.CauseSYNUnanswered): {"docs/facts/lwip.md 4.1",
		words{sentence: "the SYN to {remote} was sent {have} times in {time} and never answered: {limit} repetitions are " +
			"allowed ({object})",
			remedy: "the host or the router before it answers ARP, but the port is silent: check address and port, and a firewall " +
				"that drops what it does not let through"},
		words{sentence: "发往 {remote} 的 SYN 在 {time}内发送了 {have} 次，从未得到应答：最多重发 {limit} 次（{object}）",
			remedy: "主机或它前面的路由器应答 ARP，但该端口没有反应：检查地址和端口，以及直接丢包的防火墙"}},
	ID(netstack.CauseSYNRefused): {"docs/facts/lwip.md 6.1",
		words{sentence: "{remote} answered the SYN with a reset: nothing listens on that port, or the host refuses the connection",
			remedy: "check the port, start the server, or let it accept (a full server resets, too)"},
		words{sentence: "{remote} 以复位应答 SYN：该端口无人监听，或主机拒绝连接", remedy: "检查端口，启动服务器，或让它接受连接（已满的服务器也会复位）"}},
	ID(netstack.CauseSYNNeighbor): {"docs/facts/lwip.md 9",
		words{sentence: "nobody answers the ARP requests for {object}, so none of the {have} SYNs to {remote} left the device in {time}",
			remedy: "no host of that address is on the network: check the address, the subnet mask and the gateway, and whether the " +
				"access point isolates its clients"},
		words{sentence: "没有主机应答对 {object} 的 ARP 请求，因此 {time}内发往 {remote} 的 {have} 个 SYN 都没有离开设备",
			remedy: "网络上没有该地址的主机：检查地址、子网掩码和网关，以及接入点是否隔离了客户端"}},
	ID(netstack.CauseSYNSelf): {"docs/facts/lwip.md 8",
		words{sentence: "{remote} is the device's own address, and the device has no way to itself: none of the {have} SYNs left it " +
			"in {time}",
			remedy: "connect to another host; inside the firmware call the function instead"},
		words{sentence: "{remote} 是设备自己的地址，而设备无法连接自己：{time}内 {have} 个 SYN 都没有离开设备",
			remedy: "连接其他主机；在固件内部直接调用函数"}},
	ID(netstack.CauseSYNNowhere): {"docs/facts/espconn.md 5.1",
		words{sentence: "the connection is to {remote}, where nobody is: none of the {have} SYNs of {time} was answered",
			remedy: "set proto.tcp->remote_ip before espconn_connect: an address, or what the callback of espconn_gethostbyname was given"},
		words{sentence: "连接的目标是 {remote}，那里没有任何主机：{time}内 {have} 个 SYN 都没有应答",
			remedy: "在 espconn_connect 之前设置 proto.tcp->remote_ip：一个地址，或 espconn_gethostbyname 的回调给出的地址"}},
	ID(netstack.CauseSYNNoGateway): {"docs/facts/lwip.md 8",
		words{sentence: "{remote} is outside the device's subnet and there is no gateway: none of the {have} SYNs left the " +
			"device in {time}",
			remedy: "set the gateway (wifi_set_ip_info, or the DHCP server's router option), or take an address in the subnet"},
		words{sentence: "{remote} 不在设备的子网内，且没有网关：{time}内 {have} 个 SYN 都没有离开设备",
			remedy: "设置网关（wifi_set_ip_info，或 DHCP 服务器的 router 选项），或使用子网内的地址"}},
	ID(netstack.CauseSYNOwnGateway): {"docs/facts/lwip.md 8",
		words{sentence: "{remote} is in no network of the device, and the only way out is {object}, which is the device's own soft-AP: " +
			"none of the {have} SYNs left the device in {time}",
			remedy: "join an access point first (Wi-Fi mode 1 or 3, and wait for Wi-Fi event GOT_IP), or take a server in the " +
				"soft-AP's network"},
		words{sentence: "{remote} 不在设备的任何网络内，唯一的出口 {object} 是设备自己的 soft-AP：{time}内 {have} 个 SYN 都没有离开设备",
			remedy: "先加入接入点（Wi-Fi 模式 1 或 3，并等待 Wi-Fi 事件 GOT_IP），或使用 soft-AP 网络内的服务器"}},
	ID(netstack.CauseSYNNoRoute): {"docs/facts/lwip.md 4.1",
		words{sentence: "the interface went down: the SYN to {remote} was due {have} times in {time} and could not leave any more",
			remedy: "connect again when the device has an address (Wi-Fi event GOT_IP)"},
		words{sentence: "网络接口已关闭：发往 {remote} 的 SYN 在 {time}内到期 {have} 次，已无法发出",
			remedy: "设备重新获得地址后（Wi-Fi 事件 GOT_IP）再连接"}},
	ID(netstack.CauseSYNICMP): {"docs/facts/lwip.md 8.1",
		words{sentence: "{object} answered that {remote} cannot be reached (ICMP destination unreachable, code {limit}); the " +
			"device ignores " +
			"that and sent the SYN {have} times in {time}",
			remedy: "ask {object} why: code 0 is no way to the network, 1 none to the host, 3 a closed port, 9, 10 and 13 a firewall"},
		words{sentence: "{object} 应答说 {remote} 不可达（ICMP 目的不可达，代码 {limit}）；设备忽略它，在 {time}内发送了 {have} 次 SYN",
			remedy: "在 {object} 上查找原因：代码 0 为网络不可达，1 为主机不可达，3 为端口关闭，9、10、13 为防火墙"}},

	// Ended.
	ID(netstack.CauseDataUnacknowledged): {"docs/facts/lwip.md 5.4",
		words{sentence: "data to {remote} was sent {have} times in {time} and never acknowledged: {limit} repetitions are " +
			"allowed ({object})",
			remedy: "the peer is gone without a word, or the network between: connect again; keepalive (espconn_set_keepalive) " +
				"finds it sooner"},
		words{sentence: "发往 {remote} 的数据在 {time}内发送了 {have} 次，从未被确认：最多重发 {limit} 次（{object}）",
			remedy: "对端或中间的网络无声地消失了：重新连接；保活（espconn_set_keepalive）能更早发现"}},
	ID(netstack.CauseDataNeighbor): {"docs/facts/lwip.md 9",
		words{sentence: "data to {remote} was due {have} times in {time} and never acknowledged, and nobody answers the ARP " +
			"requests for it any more",
			remedy: "the peer, or the router to it, has left the network: connect again when it is back"},
		words{sentence: "发往 {remote} 的数据在 {time}内到期 {have} 次，从未被确认，而且已没有主机应答对它的 ARP 请求",
			remedy: "对端或通往它的路由器已离开网络：等它恢复后重新连接"}},
	ID(netstack.CauseFINUnacknowledged): {"docs/facts/lwip.md 7.2",
		words{sentence: "the device closed the connection with {remote}; its FIN was sent {have} times in {time} and never acknowledged",
			remedy: "nothing is lost for the device; the peer is gone, or the network between"},
		words{sentence: "设备关闭了与 {remote} 的连接；它的 FIN 在 {time}内发送了 {have} 次，从未被确认",
			remedy: "设备没有损失；对端或中间的网络已消失"}},
	ID(netstack.CausePeerOpen): {"docs/facts/lwip.md 7.2",
		words{sentence: "the device closed the connection with {remote}, and the peer did not close its side: after {time} " +
			"without a segment it is given up",
			remedy: "let the peer close the connection too"},
		words{sentence: "设备关闭了与 {remote} 的连接，但对端没有关闭它那一侧：{time}没有报文后放弃", remedy: "让对端也关闭连接"}},
	ID(netstack.CauseKeepalive): {"docs/facts/lwip.md 5.6",
		words{sentence: "{remote} was silent for {time} and answered none of the {have} keepalive probes (espconn_set_keepalive)",
			remedy: "connect again; let the peer answer, or make the probes rarer (espconn_set_keepalive)"},
		words{sentence: "{remote} 沉默了 {time}，{have} 个保活探测都没有应答（espconn_set_keepalive）",
			remedy: "重新连接；让对端应答，或降低探测频率（espconn_set_keepalive）"}},
	ID(netstack.CauseReset): {"docs/facts/lwip.md 6.1",
		words{sentence: "{remote} reset the connection {time} after it was made, with {have} bytes of the device's data not acknowledged",
			remedy: "look at the peer's log: it aborted the connection, was restarted, or closed it with data unread; a router " +
				"on the way " +
				"that forgets idle connections resets them, too"},
		words{sentence: "{remote} 在连接建立 {time}后将其复位，设备有 {have} 字节数据未被确认",
			remedy: "查看对端日志：它中止了连接、重新启动过，或在有未读数据时关闭；途中忘记空闲连接的路由器也会复位连接"}},
	ID(netstack.CauseAddressGone): {"docs/facts/lwip.md 7.5",
		words{sentence: "the device's own TCP ended the connection with {remote}: its address {object} went away",
			remedy: "connect again when the device has an address (Wi-Fi event GOT_IP)"},
		words{sentence: "设备自己的 TCP 结束了与 {remote} 的连接：它的地址 {object} 已失效", remedy: "设备重新获得地址后（Wi-Fi 事件 GOT_IP）再连接"}},
	ID(netstack.CauseMemory): {"docs/facts/lwip.md 4.2",
		words{sentence: "the device's own TCP ended the connection with {remote}: a new one needed its memory",
			remedy: "free more heap, and close connections that are not needed"},
		words{sentence: "设备自己的 TCP 结束了与 {remote} 的连接：新连接需要它的内存", remedy: "释放更多堆内存，并关闭不需要的连接"}},
	ID(netstack.CauseUnread): {"docs/facts/lwip.md 7.1",
		words{sentence: "{have} bytes came from {remote} for a connection that the device had closed, which resets it",
			remedy: "receive all data before the disconnect, or let the peer stop sending first"},
		words{sentence: "设备关闭连接后，{remote} 仍发来 {have} 字节，连接因此被复位", remedy: "断开前接收完所有数据，或让对端先停止发送"}},
	ID(netstack.CauseClosedUnread): {"docs/facts/lwip.md 7.1",
		words{sentence: "the device closed the connection with {remote} while {have} bytes of its data were unread: TCP sent a " +
			"reset in place of a FIN, " +
			"and the peer may lose what it had not read yet",
			remedy: "fetch what was received (espconn_recv_unhold, espconn_recv) before the disconnect"},
		words{sentence: "设备关闭与 {remote} 的连接时有 {have} 字节数据未读：TCP 发送了复位而不是 FIN，对端可能丢失尚未读取的数据",
			remedy: "断开前取走已接收的数据（espconn_recv_unhold、espconn_recv）"}},
	ID(netstack.CauseClosedAtFIN): {"docs/facts/lwip.md 7.1",
		words{sentence: "the device closed the connection with {remote} while the last data of {remote} was delivered, whose segment " +
			"ends the connection: TCP takes that end for unread data and sent a reset in place of a FIN",
			remedy: "nothing of the peer's data is lost; a peer that must not see a reset waits for the device to close first"},
		words{sentence: "设备在接收 {remote} 最后的数据时关闭了连接，而该报文段同时带有对端的 FIN：TCP 视其为未读数据，发送了复位而不是 FIN",
			remedy: "对端的数据没有丢失；如果对端不能接受复位，应等设备先关闭连接"}},
	ID(netstack.CauseClosedWindow): {"docs/facts/lwip.md 7.1",
		words{sentence: "the receive window was changed from {have} to {limit} bytes while the connection with {remote} lived: " +
			"TCP takes that for " +
			"unread data and sent a reset in place of a FIN",
			remedy: "call espconn_tcp_set_wnd before the connection is made"},
		words{sentence: "与 {remote} 的连接存在期间接收窗口从 {have} 改为 {limit} 字节：TCP 视其为未读数据，发送了复位而不是 FIN",
			remedy: "在建立连接之前调用 espconn_tcp_set_wnd"}},

	// Spoilt.
	ID(netstack.CauseProbeTaken): {"docs/facts/lwip.md 5.5",
		words{sentence: "the byte at offset {have} of what the device sent to {remote} is wrong there: a zero-window probe put {object}, " +
			"the first byte of the old frame, in its place, and the peer took it",
			remedy: "let the peer read at once, so that its receive window stays at {limit} bytes or more, and carry a checksum in the " +
				"protocol (TLS has one), so that the peer notices and the data is sent again; no setting of the SDK helps"},
		words{sentence: "设备发给 {remote} 的数据在偏移 {have} 处的字节是错的：零窗口探测把旧帧的首字节 {object} 放在了那里，对端接收了它",
			remedy: "让对端及时读取，使其接收窗口保持在 {limit} 字节以上，并在协议中携带校验（TLS 自带），" +
				"使对端能发现并重新发送；SDK 没有可用的设置"}},

	// Waiting for ever.
	ID(netstack.CauseWindowShut): {"docs/facts/lwip.md 5.5",
		words{sentence: "the receive window of {remote} has been {limit} bytes for {time}: {have} bytes of the device's data " +
			"wait, and TCP goes on probing for ever",
			remedy: "let the peer read what it was sent; the device has no limit for this wait, so disconnect by a timer of your own"},
		words{sentence: "{remote} 的接收窗口已有 {time}为 {limit} 字节：设备有 {have} 字节数据在等待，TCP 会一直探测下去",
			remedy: "让对端读取收到的数据；设备对此等待没有期限，请用自己的定时器断开"}},
	ID(netstack.CauseDataRepeated): {"docs/facts/lwip.md 5.3",
		words{sentence: "{remote} has acknowledged nothing for {time}: {have} bytes of the device's data wait, sent {limit} times so far",
			remedy: "look whether the peer and the network are still there; the device gives up after 12 repetitions, in some 13 " +
				"minutes: allow fewer (espconn_tcp_set_max_retran), or disconnect by a timer of your own"},
		words{sentence: "{remote} 已有 {time}没有确认任何数据：设备有 {have} 字节数据在等待，至今已发送 {limit} 次",
			remedy: "检查对端和网络是否还在；设备重发 12 次后放弃，约需 13 分钟：减少允许的次数（espconn_tcp_set_max_retran），或用自己的定时器断开"}},
	ID(netstack.CauseTimerMemory): {"docs/facts/lwip.md 16",
		words{sentence: "the timer of {object} never runs again in this boot: there were no {have} bytes of heap for its record, so " +
			"nothing is repeated or given up any more, and who waits for that waits for ever",
			remedy: "keep some hundred bytes of heap free at all times; a restart makes the timer run again"},
		words{sentence: "{object} 的定时器在本次启动中不再运行：它的记录没有得到 {have} 字节堆内存，因此不再重发、也不再放弃，" +
			"等待者将永远等待",
			remedy: "始终保留几百字节的空闲堆内存；重启后定时器恢复运行"}},

	// Clients.
	ID(netstack.CauseConnectionLimit): {"docs/facts/lwip.md 4.2",
		words{sentence: "the SYN of {remote} was ignored: {have} of {limit} connections are established " +
			"(espconn_tcp_set_max_con), so the client waits in vain",
			remedy: "close connections that are not needed, or call espconn_tcp_set_max_con (at most 15) before espconn_accept"},
		words{sentence: "{remote} 的 SYN 被忽略：已建立 {have} 个连接，上限 {limit}（espconn_tcp_set_max_con），客户端徒然等待",
			remedy: "关闭不需要的连接，或在 espconn_accept 之前调用 espconn_tcp_set_max_con（最大 15）"}},
	ID(netstack.CauseSYNMemory): {"docs/facts/lwip.md 4.2",
		words{sentence: "the SYN of {remote} was ignored: no {have} bytes of heap for {object}",
			remedy: "free more heap, and close connections that are not needed"},
		words{sentence: "{remote} 的 SYN 被忽略：没有 {have} 字节的堆内存给 {object}", remedy: "释放更多堆内存，并关闭不需要的连接"}},
	ID(netstack.CauseSYNACKUnanswered): {"docs/facts/lwip.md 4.2",
		words{sentence: "the client {remote} never finished TCP's handshake: the SYN-ACK was sent {have} times in {time}",
			remedy: "look whether the device's answers reach the client: a firewall, or a way back that differs from the way there"},
		words{sentence: "客户端 {remote} 一直没有完成 TCP 握手：SYN-ACK 在 {time}内发送了 {have} 次",
			remedy: "检查设备的应答是否到达客户端：防火墙，或往返路径不同"}},
	ID(netstack.CauseSYNACKReset): {"docs/facts/lwip.md 4.2",
		words{sentence: "the client {remote} reset the connection before TCP's handshake was over",
			remedy: "port scanners do that; otherwise look at the client's log"},
		words{sentence: "客户端 {remote} 在 TCP 握手完成之前复位了连接", remedy: "端口扫描器会这样做；否则查看客户端日志"}},
	ID(netstack.CausePortClosed): {"docs/facts/lwip.md 7.4",
		words{sentence: "a SYN came from {remote} for {local}, where nothing listens: it was reset",
			remedy: "check the port, and that espconn_accept returned 0 on a port that was free"},
		words{sentence: "收到 {remote} 发往 {local} 的 SYN，该端口无人监听：已复位", remedy: "检查端口，以及 espconn_accept 是否在空闲的端口上返回了 0"}},
	ID(netstack.CauseTimeWaitTaken): {"docs/facts/lwip.md 4.2",
		words{sentence: "there was no memory for a new connection: that of the one with {remote}, which had waited {time} in " +
			"TIME_WAIT, was taken",
			remedy: "free more heap; let the peer close first, then it has to wait"},
		words{sentence: "没有内存给新连接：取用了与 {remote} 的连接的内存，它已在 TIME_WAIT 中等待 {time}",
			remedy: "释放更多堆内存；让对端先关闭，由它来等待"}},
	ID(netstack.CauseARPUnanswered): {"docs/facts/lwip.md 9",
		words{sentence: "nobody answered the ARP requests for {object}: packets that were given up: {have}",
			remedy: "no host of that address is on the network: check the address, the subnet mask and the gateway"},
		words{sentence: "没有主机应答对 {object} 的 ARP 请求：放弃的数据包：{have}", remedy: "网络上没有该地址的主机：检查地址、子网掩码和网关"}},
	ID(netstack.CauseARPQueue): {"docs/facts/lwip.md 9",
		words{sentence: "more packets were sent to {object} than wait for its answer to ARP, which are {limit}: packets that " +
			"were dropped " +
			"although the sends returned 0: {have}",
			remedy: "send the first datagram alone, and the others when an answer has come; nothing is answered before the " +
				"callback returns"},
		words{sentence: "发往 {object} 的数据包多于可等待其 ARP 应答的 {limit} 个：虽然发送返回 0 但被丢弃的数据包：{have}",
			remedy: "先只发送第一个数据报，得到应答后再发送其余的；回调返回之前不会有任何应答"}},
	ID(netstack.CauseARPFull): {"docs/facts/lwip.md 9",
		words{sentence: "more than 10 neighbours were asked for at a time, and {object} lost its place in the ARP table: " +
			"packets that were given up: {have}",
			remedy: "send to fewer hosts at a time"},
		words{sentence: "同时查询的邻居超过 10 个，{object} 失去了 ARP 表中的位置：放弃的数据包：{have}", remedy: "减少同时发送的主机数"}},
}
