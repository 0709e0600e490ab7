package cause

import "github.com/emu8266/emu8266/netstack"

// tcpWords are those of connections that TCP ended.
var tcpWords = map[ID]entry{
	ID(netstack.CauseSYNUnanswered): {"docs/facts/lwip.md 4.1",
		words{sentence: "the SYN was sent six times and never answered", remedy: "the host did not answer: check address and port"},
		words{sentence: "SYN 发送了六次，从未得到应答", remedy: "主机没有应答：检查地址和端口"}},
	ID(netstack.CauseDataUnacknowledged): {"docs/facts/lwip.md 5.4",
		words{sentence: "data was sent 12 times and never acknowledged", remedy: "the peer stopped acknowledging; connect again later"},
		words{sentence: "数据发送了 12 次，从未被确认", remedy: "对端不再确认；稍后重新连接"}},
	ID(netstack.CauseFINUnacknowledged): {"docs/facts/lwip.md 7.2",
		words{sentence: "TCP was closed, but the peer did not end its side", remedy: "let the peer close the connection too"},
		words{sentence: "TCP 已关闭，但对端没有结束它那一侧", remedy: "让对端也关闭连接"}},
	ID(netstack.CauseKeepalive): {"docs/facts/lwip.md 5.6",
		words{sentence: "the peer answered none of the keepalive probes",
			remedy: "connect again; let the peer answer, or make the probes rarer (espconn_set_keepalive)"},
		words{sentence: "对端没有应答任何保活探测", remedy: "重新连接；让对端应答，或降低探测频率 (espconn_set_keepalive)"}},
	ID(netstack.CauseReset): {"docs/facts/lwip.md 6.1",
		words{sentence: "the peer reset the TCP connection", remedy: "the peer reset the connection, or nothing listens on that port"},
		words{sentence: "对端复位了 TCP 连接", remedy: "对端复位了连接，或该端口无人监听"}},
	ID(netstack.CauseAddressGone): {"docs/facts/lwip.md 7.5",
		words{sentence: "the device's own TCP ended the connection: the address went away",
			remedy: "connect again when the device has an address (Wi-Fi event GOT_IP)"},
		words{sentence: "设备自己的 TCP 结束了连接：IP 地址失效", remedy: "设备重新获得地址后 (Wi-Fi 事件 GOT_IP) 再连接"}},
	ID(netstack.CauseMemory): {"docs/facts/espconn.md 4.8",
		words{sentence: "the device's own TCP ended the connection: a new one needed its memory",
			remedy: "free more heap, and close connections that are not needed"},
		words{sentence: "设备自己的 TCP 结束了连接：新连接需要它的内存", remedy: "释放更多堆内存，并关闭不需要的连接"}},
	ID(netstack.CauseUnread): {"docs/facts/lwip.md 7.1",
		words{sentence: "data came for a connection that the device had closed",
			remedy: "receive all data before the disconnect, or let the peer stop sending first"},
		words{sentence: "设备关闭连接后仍有数据到来", remedy: "断开前接收完所有数据，或让对端先停止发送"}},
}
