package decode

import (
	"slices"

	"github.com/emu8266/emu8266/espconn"
)

// call is what a code means that certain functions return, where that is more than the code itself says.
type call struct {
	functions     []string
	err           espconn.Err
	cause, remedy words
}

var (
	sends       = []string{"espconn_send", "espconn_sent"}
	secureSends = []string{"espconn_secure_send", "espconn_secure_sent"}
	waitSent    = words{"queue the data and send it from the sent callback", "把数据排队，在 sent 回调中发送"}
	ownPointer  = words{"use the espconn that the connect callback gave, between connect and disconnect or reconnect callback",
		"在 connect 回调与 disconnect 或 reconnect 回调之间，使用 connect 回调给出的 espconn"}
)

// calls are the results of espconn.md 5.2 to 5.7 and 5.18, and of tls.md 5.2 and 5.3.
var calls = []call{
	{sends, espconn.ARG, words{"no such connection, or not connected yet; or NULL data, or length 0", "没有这个连接或尚未连接；或数据为 NULL，或长度为 0"},
		ownPointer},
	{sends, espconn.MAXNUM, words{"the send before has not been acknowledged", "上一次发送尚未被确认"}, waitSent},
	{sends, espconn.MEM, words{"no memory, or TCP's queue is full; what was queued is still sent", "内存不足，或 TCP 的队列已满；已排队的数据仍会发送"},
		waitSent},
	{sends, espconn.CONN, words{"TCP has ended; its callback comes or has come", "TCP 已结束；它的回调即将到来或已经到来"},
		words{"connect again from the disconnect or reconnect callback", "在 disconnect 或 reconnect 回调中重新连接"}},
	{slices.Concat(sends, secureSends), espconn.INPROGRESS,
		words{"a send before the connect callback, or before the sent callback of the send before", "在 connect 回调之前，或在上一次发送的 sent 回调之前发送"},
		waitSent},
	{secureSends, espconn.ARG, words{"NULL, or an espconn without a connection: the server's own one, or one that has ended",
		"NULL，或没有连接的 espconn：服务器自己的，或已结束的"}, ownPointer},
	{[]string{"espconn_secure_accept"}, espconn.INPROGRESS, words{"a secure server exists already", "已有加密服务器"},
		words{"call it once, or espconn_secure_delete before", "只调用一次，或先调用 espconn_secure_delete"}},
	{[]string{"espconn_secure_accept", "espconn_accept"}, espconn.MEM, words{"no memory, no socket, or the port is in use",
		"内存不足、没有套接字，或端口已被使用"},
		words{"free heap, delete what has the port", "释放堆内存，删除占用该端口的连接"}},
	{[]string{"espconn_connect", "espconn_create"}, espconn.MEM, words{"no memory for the connection, or as many connections as " +
		"there may be",
		"没有内存分配给连接，或连接数已达上限"}, words{"free heap, close connections that are not needed", "释放堆内存，关闭不需要的连接"}},
	{[]string{"espconn_create"}, espconn.ISCONN, words{"another UDP espconn has this local port", "另一个 UDP espconn 已使用该本地端口"},
		words{"take another local_port (espconn_port)", "换一个 local_port（espconn_port）"}},
	{[]string{"espconn_disconnect", "espconn_secure_disconnect", "espconn_abort"}, espconn.INPROGRESS,
		words{"the connection is closing already", "连接已在关闭"}, words{"wait for its disconnect callback", "等待它的 disconnect 回调"}},
	{[]string{"espconn_delete", "espconn_secure_delete"}, espconn.INPROGRESS, words{"the server has clients", "服务器仍有客户端"},
		words{"disconnect them, and delete after the disconnect callback", "断开它们，在 disconnect 回调之后再 delete"}},
	{[]string{lookup}, espconn.ARG, words{"no name, one of 256 characters or more, or no place for the address",
		"没有名称、名称达到 256 个字符，或没有存放地址的位置"},
		words{"give a name and an ip_addr_t that stays alive", "给出名称和一直有效的 ip_addr_t"}},
	{[]string{lookup}, espconn.MEM, words{"four look-ups are under way, which is as many as there may be", "已有四个域名查询在进行，这是上限"},
		words{"wait for their callbacks", "等待它们的回调"}},
}

// lookup is the function whose -5 is no error: how every look-up begins (espconn.md 5.18).
const lookup = "espconn_gethostbyname"

// of returns what a code means that a function returns.
func (a apiCode) of(function string) (why, remedy words) {
	for _, c := range calls {
		if c.err == a.err && slices.Contains(c.functions, function) {
			return c.cause, c.remedy
		}
	}
	return a.cause, a.remedy
}
