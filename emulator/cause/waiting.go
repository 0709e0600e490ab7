package cause

// What nobody decides: a connection that was begun and neither works nor has ended when the trace, or the firmware, does.
const (
	WaitsForTCP       ID = "waiting/tcp"
	WaitsForPeer      ID = "waiting/handshake"       // Object: the handshake's state
	AxTLSWaitsForPeer ID = "waiting/axtls-handshake" // Object: the handshake's state
	WaitsForName      ID = "waiting/name"            // Object: the name that is looked up
	CutByFirmware     ID = "waiting/restart"         // it waits no more. Object: the call after which the device began anew
)

var waitingWords = map[ID]entry{
	WaitsForTCP: {"docs/facts/lwip.md 4.1",
		words{sentence: "TCP is not connected",
			remedy: "check that the peer is there; the SYN is repeated for six seconds, then comes reconnect(-11)"},
		words{sentence: "TCP 尚未连接", remedy: "检查对端是否在线；SYN 会重发六秒，之后出现 reconnect(-11)"}},
	WaitsForPeer: {"docs/facts/tls.md 5.8",
		words{sentence: "the handshake waits in state {object}",
			remedy: "look at the peer's log; if it has sent its answer, something on the way drops long packets; the device has no " +
				"handshake timeout and waits until the peer closes"},
		words{sentence: "握手停在状态 {object}", remedy: "查看对端日志；若对端已发送应答，则途中有设备丢弃长报文；设备没有握手超时，会一直等到对端关闭连接"}},
	AxTLSWaitsForPeer: {"docs/facts/axtls.md 1.4",
		words{sentence: "the handshake waits in state {object}",
			remedy: "look at the peer's log; a client gives up after 60 s, a server after 5 s of silence"},
		words{sentence: "握手停在状态 {object}", remedy: "查看对端日志；客户端 60 秒后放弃，服务器在 5 秒无数据后放弃"}},
	CutByFirmware: {"docs/facts/lwip.md 7.5",
		words{sentence: "{object} ended the firmware while the connection was open: no callback tells it, and the peer " +
			"gets a reset or nothing",
			remedy: "call espconn_disconnect or espconn_secure_disconnect, and {object} when its disconnect callback has come"},
		words{sentence: "{object} 在连接仍打开时结束了固件：没有回调告知，对端收到复位或什么也收不到",
			remedy: "先调用 espconn_disconnect 或 espconn_secure_disconnect，在其 disconnect 回调之后再调用 {object}"}},
	WaitsForName: {"docs/facts/espconn.md 5.18",
		words{sentence: "the lookup of {object} is under way",
			remedy: "wait for the callback: it comes with the address, or with NULL after 6 to 14 s"},
		words{sentence: "正在查询 {object}", remedy: "等待回调：它带来地址，或在 6 至 14 秒之后得到 NULL"}},
}
