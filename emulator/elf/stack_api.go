package elf

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// lostReturn ends a program that returns to where nobody called it.
var lostReturn = chip.Crash{Cause: cabi.CauseIllegal, Epc1: returnAddress, Why: "a return to a function that is no longer under way"}

// apiCall says how a function of the network API is told in the trace, in the words of package espconn.
type apiCall struct {
	args   []apiArg
	result func(v uint32) (text string, err espconn.Err)
}

// apiArg is an argument: which word, and how it is written.
type apiArg struct {
	word int
	verb string // "espconn", "NULL", "bytes", "text", "address", or a verb of fmt for a number
}

func asErr(v uint32) (string, espconn.Err)   { return strconv.Itoa(int(int8(v))), espconn.Err(int8(v)) }
func asInt(v uint32) (string, espconn.Err)   { return strconv.Itoa(int(int16(v))), 0 }
func asNothing(uint32) (string, espconn.Err) { return "", 0 }
func asBool(v uint32) (string, espconn.Err) {
	return strconv.FormatBool(v&0xFF != 0), 0
}

var (
	theConn = apiArg{0, "espconn"}
	noConn  = apiArg{0, "NULL"} // the function has none, and is told as the others
	length  = apiArg{2, "bytes"}
	onConn  = apiCall{[]apiArg{theConn}, asErr}
	sends   = apiCall{[]apiArg{theConn, length}, asErr}
)

// apiCalls are the functions that are told.
var apiCalls = map[string]apiCall{
	"espconn_connect": onConn, "espconn_disconnect": onConn, "espconn_abort": onConn, "espconn_create": onConn, "espconn_accept": onConn,
	"espconn_delete": onConn, "espconn_recv_hold": onConn, "espconn_recv_unhold": onConn, "espconn_get_packet_info": onConn,
	"espconn_regist_connectcb": onConn, "espconn_regist_reconcb": onConn, "espconn_regist_disconcb": onConn,
	"espconn_regist_recvcb": onConn, "espconn_regist_sentcb": onConn, "espconn_regist_write_finish": onConn,
	"espconn_secure_connect": onConn, "espconn_secure_disconnect": onConn, "espconn_secure_accept": onConn,
	"espconn_secure_delete": onConn,
	"espconn_send":          sends, "espconn_sent": sends, "espconn_sendto": sends,
	"espconn_secure_send": sends, "espconn_secure_sent": sends,
	"espconn_gethostbyname":           {[]apiArg{theConn, {1, "text"}}, asErr},
	"espconn_set_opt":                 {[]apiArg{theConn, {1, "0x%02x"}}, asErr},
	"espconn_clear_opt":               {[]apiArg{theConn, {1, "0x%02x"}}, asErr},
	"espconn_set_keepalive":           {[]apiArg{theConn, {1, "%d"}}, asErr},
	"espconn_regist_time":             {[]apiArg{theConn, {1, "%d"}, {2, "%d"}}, asErr},
	"espconn_get_connection_info":     {[]apiArg{theConn, {2, "%d"}}, asErr},
	"espconn_tcp_get_max_con_allow":   {[]apiArg{theConn}, asInt},
	"espconn_tcp_set_max_con_allow":   {[]apiArg{theConn, {1, "%d"}}, asErr},
	"espconn_tcp_set_max_con":         {[]apiArg{noConn, {0, "%d"}}, asErr},
	"espconn_tcp_set_max_syn":         {[]apiArg{noConn, {0, "%d"}}, asErr},
	"espconn_tcp_set_max_retran":      {[]apiArg{noConn, {0, "%d"}}, asErr},
	"espconn_igmp_join":               {[]apiArg{noConn, {0, "address"}, {1, "address"}}, asErr},
	"espconn_igmp_leave":              {[]apiArg{noConn, {0, "address"}, {1, "address"}}, asErr},
	"espconn_mdns_init":               {nil, asNothing},
	"espconn_mdns_close":              {nil, asNothing},
	"espconn_tcp_get_max_con":         {nil, asInt},
	"espconn_port":                    {nil, func(v uint32) (string, espconn.Err) { return strconv.FormatUint(uint64(v), 10), 0 }},
	"espconn_secure_set_size":         {[]apiArg{{0, "%d"}, {1, "%d"}}, asBool},
	"espconn_secure_ca_enable":        {[]apiArg{{0, "%d"}, {1, "0x%x"}}, asBool},
	"espconn_secure_ca_disable":       {[]apiArg{{0, "%d"}}, asBool},
	"espconn_secure_cert_req_enable":  {[]apiArg{{0, "%d"}, {1, "0x%x"}}, asBool},
	"espconn_secure_cert_req_disable": {[]apiArg{{0, "%d"}}, asBool},
}

// watch tells a call and its return, of those that the program makes itself.
func (c apiCall) watch(name string) func(v *vendorStack) {
	return func(v *vendorStack) {
		if v.inCall > 0 || !v.called() {
			return
		}
		e := espconn.Event{Kind: espconn.EventCall, Name: name}
		var text []string
		conn := uint32(0)
		for _, a := range c.args {
			w := v.g.cpu.Arg(a.word)
			switch a.verb {
			case "espconn":
				conn, e.Conn = w, v.nameOf(w)
				if w == 0 {
					text = append(text, "NULL")
				} else {
					text = append(text, e.Conn)
				}
			case "NULL":
				text = append(text, a.verb)
			case "bytes":
				text = append(text, fmt.Sprintf("%d bytes", w&0xFFFF))
			case "text":
				text = append(text, strconv.Quote(v.text(w)))
			case "address":
				var ip [4]byte // 0.0.0.0 for NULL, as the libraries and the C of our own stack have it
				b, _ := v.g.cpu.Readable(w)
				copy(ip[:], b)
				text = append(text, netip.AddrFrom4(ip).String())
			default:
				text = append(text, fmt.Sprintf(a.verb, w&0xFFFF))
			}
		}
		e.Text = strings.Join(text, ", ")
		v.g.board.Observe(e)
		if name == "espconn_gethostbyname" {
			v.awaitName(v.g.cpu.Arg(3))
		}
		v.inCall++
		v.onReturn(func(result uint32) {
			v.inCall--
			v.look(conn)
			e.Kind = espconn.EventReturn
			e.Text, e.Err = c.result(result)
			v.g.board.Observe(e)
		})
	}
}

// Offsets in struct espconn and esp_tcp (sdk-surface.md, Struct layouts).
const (
	connType  = 0
	connState = 4
	connProto = 8
	connRecv  = 12
	connSent  = 16
	connSize  = 28
	tcpLocal  = 12 // remote_ip
	tcpFirst  = 16 // connect_callback, reconnect, disconnect, write_finish
	tcpSize   = 32
)

// conn is an espconn that the program has used.
type conn struct {
	no    int
	state espconn.State
}

// nameOf returns the name of an espconn, which is numbered as it appears.
func (v *vendorStack) nameOf(p uint32) string {
	if p == 0 {
		return ""
	}
	c := v.conns[p]
	if c == nil {
		if v.conns == nil || len(v.conns) >= connsMax {
			v.conns = map[uint32]*conn{}
		}
		v.named++
		c = &conn{no: v.named}
		v.conns[p] = c
	}
	return "espconn " + strconv.Itoa(c.no)
}

// connsMax bounds the espconns whose names are kept. Choice.
const connsMax = 256

// look tells a state of an espconn that has changed, and finds its callbacks.
func (v *vendorStack) look(p uint32) {
	b, ok := v.g.Read(p, connSize)
	if p == 0 || !ok {
		return
	}
	b = bytes.Clone(b)
	name := v.nameOf(p)
	if c, s := v.conns[p], espconn.State(order.Uint32(b[connState:])); c.state != s {
		v.g.board.Observe(espconn.Event{Kind: espconn.EventState, Conn: name, Old: c.state, State: s, Remote: v.remote(b)})
		c.state = s
	}
	v.callback(order.Uint32(b[connRecv:]), espconn.Recv)
	v.callback(order.Uint32(b[connSent:]), espconn.Sent)
	if espconn.Type(order.Uint32(b[connType:])) != espconn.TypeTCP {
		return
	}
	if t, ok := v.g.Read(order.Uint32(b[connProto:]), tcpSize); ok {
		t = bytes.Clone(t)
		for n, kind := range []espconn.CallbackKind{espconn.Connect, espconn.Reconnect, espconn.Disconnect, espconn.WriteFinish} {
			v.callback(order.Uint32(t[tcpFirst+4*n:]), kind)
		}
	}
}

// remote returns the peer of an espconn with these bytes.
func (v *vendorStack) remote(b []byte) netip.AddrPort {
	t, ok := v.g.Read(order.Uint32(b[connProto:]), tcpFirst)
	if !ok {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte(t[tcpLocal:])), uint16(order.Uint32(t)))
}

// callback has calls of f, a function of the program, told as callbacks of a kind. One function for several kinds is told as what it was
// first. Choice.
func (v *vendorStack) callback(f uint32, kind espconn.CallbackKind) {
	if f == 0 || v.callbacks[f] || !v.g.image.core.Hooked(f) || v.g.image.hooked(f) != nil {
		return
	}
	if v.callbacks == nil {
		v.callbacks = map[uint32]bool{}
	}
	v.callbacks[f] = true
	v.g.cpu.SetHook(f, func(c *lx106.CPU) {
		c.Proceed()
		if x, _ := v.g.image.symbols.find(c.A[0] - callSize); v.g.image.own(x) && v.g.image.debug.Line(uint64(x.addr)) != "" {
			return // the program calls it itself
		}
		p := c.Arg(0)
		v.look(p)
		e := espconn.Event{Kind: espconn.EventCallback, Conn: v.nameOf(p), Callback: kind}
		if b, ok := v.g.Read(p, connSize); ok {
			e.Remote = v.remote(bytes.Clone(b))
		}
		switch kind {
		case espconn.Recv:
			e.Length = int(c.Arg(2) & 0xFFFF)
		case espconn.Reconnect:
			e.Err = espconn.Err(int8(c.Arg(1)))
		}
		v.tell(e)
	})
}

// tell tells a callback that begins, and its end. Calls that it makes are the program's.
func (v *vendorStack) tell(e espconn.Event) {
	v.g.board.Observe(e)
	inCall := v.inCall
	v.inCall = 0
	v.onReturn(func(uint32) {
		v.inCall = inCall
		v.g.board.Observe(espconn.Event{Kind: espconn.EventCallbackDone, Conn: e.Conn, Callback: e.Callback})
	})
}

// awaitName has calls of f told that bring the address of a name. Several lookups may have the same f: name and espconn are its
// arguments.
func (v *vendorStack) awaitName(f uint32) {
	if !v.g.image.core.Hooked(f) || v.g.image.hooked(f) != nil {
		return
	}
	v.g.cpu.SetHook(f, func(c *lx106.CPU) {
		c.Proceed()
		text := "NULL"
		if b, ok := v.g.Read(c.Arg(1), 4); ok && c.Arg(1) != 0 {
			text = netip.AddrFrom4([4]byte(b)).String()
		}
		v.tell(espconn.Event{Kind: espconn.EventCallback, Conn: v.nameOf(c.Arg(2)), Callback: espconn.DNSFound, Name: v.text(c.Arg(0)),
			Text: text})
	})
}

// text returns the text at p.
func (v *vendorStack) text(p uint32) string {
	const most = 256
	b, _ := v.g.cpu.Readable(p)
	text, _, _ := bytes.Cut(b[:min(most, len(b))], []byte{0})
	return string(text)
}
