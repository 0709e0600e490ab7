package cause

import (
	"slices"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
)

// turnsAway are the causes why the device does not serve a client that came to one of its servers.
var turnsAway = []ID{
	ID(netstack.CauseConnectionLimit), ID(netstack.CauseSYNMemory), ID(espconn.CauseClientsFull), ID(espconn.CauseOneClient),
	ID(espconn.CauseClientIgnored), ID(espconn.CauseServerDead), ID(espconn.CauseClientSockets), ID(espconn.CauseClientMemory),
	ID(espconn.CauseClientGate),
}

// TurnsAway tells whether a cause is why a server of the device does not serve a client; the event's Remote is that client.
func TurnsAway(id ID) bool { return slices.Contains(turnsAway, id) }

// serverWords are those of clients that a server does not serve, and of plain connections that the API ends or keeps without data.
var serverWords = map[ID]entry{
	ID(espconn.CauseClientsFull): {"docs/facts/espconn.md 5.12",
		words{sentence: "the client {remote} was refused: the server has {have} of {limit} connections, and resets one more",
			remedy: "close connections that are not needed; espconn_tcp_set_max_con before espconn_accept, or " +
				"espconn_tcp_set_max_con_allow after it, " +
				"raises the allowance"},
		words{sentence: "客户端 {remote} 被拒绝：服务器已有 {have} 个连接，上限 {limit}，多出的会被复位",
			remedy: "关闭不需要的连接；在 espconn_accept 之前调用 espconn_tcp_set_max_con，或之后调用 espconn_tcp_set_max_con_allow 可提高上限"}},
	ID(espconn.CauseOneClient): {"docs/facts/tls.md 5.7",
		words{sentence: "the client {remote} was refused: a secure server has one client at a time, and resets a second one",
			remedy: "let the client before disconnect first"},
		words{sentence: "客户端 {remote} 被拒绝：加密服务器同时只有一个客户端，第二个会被复位", remedy: "让前一个客户端先断开"}},
	ID(espconn.CauseClientIgnored): {"docs/facts/tls.md 5.7",
		words{sentence: "the client {remote} is ignored: a secure server has one client at a time; what a second one sends is " +
			"acknowledged and dropped, and " +
			"its handshake is never answered",
			remedy: "let the client before disconnect first"},
		words{sentence: "客户端 {remote} 被忽略：加密服务器同时只有一个客户端；第二个发来的数据被确认后丢弃，握手永远得不到应答",
			remedy: "让前一个客户端先断开"}},
	ID(espconn.CauseServerDead): {"docs/facts/tls.md 5.7",
		words{sentence: "the client {remote} is ignored: this SDK's secure server serves one connection in its life, unless its " +
			"socket is the first of all",
			remedy: "call espconn_secure_accept before any secure client connects, or delete the server and accept again after " +
				"each connection"},
		words{sentence: "客户端 {remote} 被忽略：此 SDK 的加密服务器一生只服务一个连接，除非它的套接字是第一个",
			remedy: "在任何加密客户端连接之前调用 espconn_secure_accept，或在每次连接后删除服务器再 accept"}},
	ID(espconn.CauseClientSockets): {"docs/facts/tls.md 5.1",
		words{sentence: "the client {remote} was refused: all {limit} sockets are in use, the server's own included",
			remedy: "disconnect a secure client connection before"},
		words{sentence: "客户端 {remote} 被拒绝：{limit} 个套接字都在使用中（包括服务器自己的）", remedy: "先断开一个加密客户端连接"}},
	ID(espconn.CauseClientMemory): {"docs/facts/lwip.md 16",
		words{sentence: "the client {remote} was refused: no memory for its connection, {have} bytes of heap are free",
			remedy: "free some heap"},
		words{sentence: "客户端 {remote} 被拒绝：没有内存给它的连接，堆内存剩余 {have} 字节", remedy: "释放一些堆内存"}},
	ID(espconn.CauseClientGate): {"docs/facts/axtls.md 5",
		words{sentence: "the client {remote} was refused: {have} bytes of heap are free, a client needs at least {limit}",
			remedy: "free some heap, or set a smaller size"},
		words{sentence: "客户端 {remote} 被拒绝：堆内存剩余 {have} 字节，每个客户端至少需要 {limit} 字节", remedy: "释放一些堆内存，或设置更小的缓存"}},

	ID(espconn.CausePeerClosed): {"docs/facts/espconn.md 4.6",
		words{sentence: "the peer closed the connection",
			remedy: "look at the peer's log if it closed too early; to go on, connect again from the disconnect callback"},
		words{sentence: "对端关闭了连接", remedy: "如果它关闭得太早，查看对端日志；要继续通信，在 disconnect 回调中重新连接"}},
	ID(espconn.CauseIdle): {"docs/facts/espconn.md 5.11",
		words{sentence: "the server closed the connection with {remote}: {limit} s of silence are the limit, set by {object}",
			remedy: "call espconn_regist_time after espconn_accept with more seconds (0: never), or let the client send " +
				"something in time"},
		words{sentence: "服务器关闭了与 {remote} 的连接：沉默上限为 {limit} 秒，由 {object} 设定",
			remedy: "在 espconn_accept 之后用更大的秒数调用 espconn_regist_time（0 表示永不），或让客户端及时发送数据"}},
	ID(espconn.CauseFINNoRoom): {"docs/facts/espconn.md 4.7",
		words{sentence: "espconn_disconnect returned 0 and did nothing: TCP has no room for the FIN ({have} of {limit} segments " +
			"wait for {remote}), no callback " +
			"follows, and the next data from there resets the connection",
			remedy: "disconnect when the sent callback of the last send has come"},
		words{sentence: "espconn_disconnect 返回 0 但什么也没做：TCP 没有空间放 FIN（发往 {remote} 的 {limit} 个报文段中有 {have} 个在等待），不会有回调，之后收到的数据会复位连接",
			remedy: "在最后一次发送的 sent 回调之后再断开"}},
	ID(espconn.CauseTrimmed): {"docs/facts/espconn.md 4.8",
		words{sentence: "the device forgot the connection with {remote}, which was in {object} after {time} of silence: {limit} " +
			"that are closing are too many; " +
			"what the peer still sends is reset",
			remedy: "usual with many short connections; let the peers close first, then they have to wait"},
		words{sentence: "设备忘记了与 {remote} 的连接，它沉默 {time}后处于 {object}：正在关闭的连接达到 {limit} 个就太多了；对端再发送的数据会被复位",
			remedy: "短连接很多时这很常见；让对端先关闭，由它们来等待"}},

	ID(espconn.CauseReceiveMemory): {"docs/facts/espconn.md 5.16",
		words{sentence: "{have} bytes from {remote} were acknowledged and lost: no memory for the copy that the recv callback gets",
			remedy: "free more heap"},
		words{sentence: "来自 {remote} 的 {have} 字节已被确认但丢失：没有内存存放 recv 回调所需的副本", remedy: "释放更多堆内存"}},
	ID(espconn.CauseRingMemory): {"docs/facts/espconn.md 5.16",
		words{sentence: "{have} bytes from {remote} wait: no memory for the ring that keeps them for espconn_recv",
			remedy: "free more heap, or register a recv callback"},
		words{sentence: "来自 {remote} 的 {have} 字节在等待：没有内存给为 espconn_recv 保存数据的环形缓冲区", remedy: "释放更多堆内存，或注册 recv 回调"}},
	ID(espconn.CauseHeld): {"docs/facts/espconn.md 5.16",
		words{sentence: "{remote} may send no more: espconn_recv_hold is in force, and the {have} bytes that came since fill " +
			"the receive window",
			remedy: "call espconn_recv_unhold"},
		words{sentence: "{remote} 不能再发送：espconn_recv_hold 生效，此后到来的 {have} 字节已填满接收窗口", remedy: "调用 espconn_recv_unhold"}},
	ID(espconn.CauseDataWaits): {"docs/facts/tls.md 2.7",
		words{sentence: "{have} bytes of records from {remote} came with the end of the handshake and wait unread: the SDK reads them " +
			"when the next segment comes",
			remedy: "let the peer speak second: send from the connect callback, and let the peer send when it has heard that"},
		words{sentence: "来自 {remote} 的 {have} 字节记录与握手的末尾一起到达，尚未读取：SDK 在下一个报文段到来时才读取",
			remedy: "让对端后发言：在 connect 回调中先发送，对端收到后再发送"}},
	ID(espconn.CauseDataNeverRead): {"docs/facts/tls.md 2.7",
		words{sentence: "{have} bytes of records from {remote} came with the end of the handshake and were never read: the connection " +
			"ended before the next segment, which the SDK waits for",
			remedy: "let the peer speak second: send from the connect callback, and let the peer send when it has heard that"},
		words{sentence: "来自 {remote} 的 {have} 字节记录与握手的末尾一起到达，从未被读取：SDK 等待下一个报文段，而连接在此之前结束",
			remedy: "让对端后发言：在 connect 回调中先发送，对端收到后再发送"}},
	ID(espconn.CauseNoReceiver): {"docs/facts/espconn.md 5.16",
		words{sentence: "{remote} may send no more: {have} bytes fill the receive window, and nobody fetches them (no recv " +
			"callback, or ESPCONN_MANUALRECV)",
			remedy: "register a recv callback before data comes, in the connect callback at the latest, or call espconn_recv"},
		words{sentence: "{remote} 不能再发送：{have} 字节填满了接收窗口，无人取走（没有 recv 回调，或 ESPCONN_MANUALRECV）",
			remedy: "在数据到来之前注册 recv 回调，最迟在 connect 回调中，或调用 espconn_recv"}},
}
