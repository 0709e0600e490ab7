package espconn_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// oracleRig runs the firmware's side of a case.
type oracleRig struct {
	*stepRig
	device  oracleDevice
	c       *oracleCase
	objects map[string]*espconn.Espconn
	names   map[*espconn.Espconn]string
	copies  map[string]int
	lines   []string
	heaps   []string // of each line, what the heap had free; "" where it is not said
	ballast []uint32
}

// oracleDevice is the device on which a case is played.
type oracleDevice interface {
	// object is told of an espconn of the firmware's, before the start.
	object(e *espconn.Espconn)
	// stored is told that the firmware has written to an espconn, sync brings what the firmware reads up to date.
	stored(e *espconn.Espconn)
	sync()
	// do runs what the firmware does, with all that this makes due.
	do(fn func())
	// run lets the time go on to an instant, in ms.
	run(until int)
	// call makes a call, register sets or clears a callback by its letter.
	call(f []string, d string, c *espconn.Espconn, num func(int) int) (ret int, out string)
	register(e *espconn.Espconn, kind rune, on bool) espconn.Err
	postTask(d string, prio int, sig string)
	wifi(f []string)
	// free is the free heap. fill takes blocks of at most 2,048 bytes until n bytes, or slightly more, are free; unfill gives them back.
	free() uint32
	fill(n int)
	unfill()
	// connections counts TCP's by their state.
	connections() map[string]int
}

// replay plays a case on our own stack.
func replay(t *testing.T, c *oracleCase) (lines, heaps []string) {
	rig := newOracleRig(t, c, newStepRig(t, espconn.SDK306()))
	rig.device = rig
	rig.heap.failed = func(charged uint32) { rig.line(fmt.Sprint("print E:M ", charged)) }
	rig.heap.fatal = func() { rig.fatal = &crash{why: "no memory for a frame"} }
	rig.flash = c.chip(t)
	return rig.play()
}

func newOracleRig(t *testing.T, c *oracleCase, step *stepRig) *oracleRig {
	require.NoError(t, c.words())
	rig := &oracleRig{
		stepRig: step, c: c, objects: map[string]*espconn.Espconn{}, names: map[*espconn.Espconn]string{}, copies: map[string]int{},
	}
	rig.printf = func(s string) {
		if !strings.HasPrefix(s, "tx ") {
			s = "print " + clean(s)
		}
		rig.line(s)
	}
	rig.frames = newOracleFrames(c)
	return rig
}

// play plays the case on the rig's device.
func (rig *oracleRig) play() (lines, heaps []string) {
	c := rig.c
	peers := newOraclePeers(rig.stepRig, c)
	for _, o := range c.Objects {
		e := &espconn.Espconn{Reverse: o.Reverse}
		var remote netip.AddrPort
		if o.Remote != "" {
			remote = netip.MustParseAddrPort(o.Remote)
		}
		ip := [4]byte{}
		if remote.IsValid() {
			ip = remote.Addr().As4()
		}
		switch o.Type {
		case "tcp":
			e.Type = espconn.TypeTCP
			e.Proto.TCP = &espconn.TCP{LocalPort: o.LocalPort, RemotePort: int(remote.Port()), RemoteIP: ip}
		case "udp":
			e.Type = espconn.TypeUDP
			e.Proto.UDP = &espconn.UDP{LocalPort: o.LocalPort, RemotePort: int(remote.Port()), RemoteIP: ip}
		}
		rig.objects[o.Name], rig.names[e] = e, o.Name
		rig.device.object(e)
		for _, k := range o.Callbacks {
			if e.Proto != (espconn.Proto{}) { // there is nowhere to put them
				rig.device.register(e, k, true)
			}
		}
	}
	for i := range c.Device {
		rule := &c.Device[i]
		switch f := strings.Fields(rule.When); f[0] {
		case "start":
			rig.at(0, classScript, func() { rig.device.do(func() { rig.actions(rule.Do, nil) }) })
		case "at":
			ms, _ := strconv.Atoi(f[1])
			rig.at(ms, classOf(ms), func() { rig.device.do(func() { rig.actions(rule.Do, nil) }) })
		}
	}
	peers.start()
	rig.device.run(c.Until)
	if rig.fatal != nil {
		rig.line("fault")
	}
	rig.end()
	return rig.lines, rig.heaps
}

// end is what is left: the state and link count of each object, the connections of TCP, the free heap.
func (rig *oracleRig) end() {
	if rig.fatal != nil {
		return
	}
	rig.now = rig.c.Until
	pcbs := rig.device.connections()
	rig.device.sync()
	objects := map[string][]int{}
	for name, o := range rig.objects {
		objects[name] = []int{int(o.State), int(o.LinkCnt)}
	}
	rig.lineWith(fmt.Sprint("end ", objects), fmt.Sprint(rig.left(), " connections ", pcbs))
}

func (rig *oracleRig) line(s string) { rig.lineWith(s, "") }

// lineWith adds a line that tells of the heap.
func (rig *oracleRig) lineWith(s, heap string) {
	if rig.fatal != nil && s != "fault" {
		return
	}
	rig.lines = append(rig.lines, fmt.Sprint(rig.now, " ", s))
	rig.heaps = append(rig.heaps, heap)
}

// left is what the traces say of the heap: the bytes free, or before and after.
func (rig *oracleRig) left(before ...uint32) string {
	return heapLeft(append(before, rig.device.free())...)
}

// clean replaces each byte that is no UTF-8 by U+FFFD, as the traces do.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// register sets or clears one callback by its letter.
func (rig *oracleRig) register(e *espconn.Espconn, kind rune, on bool) espconn.Err {
	plain := func(name string) func(*espconn.Espconn) {
		if !on {
			return nil
		}
		return func(c *espconn.Espconn) { rig.callback(name, c, "") }
	}
	switch kind {
	case 'c':
		return rig.api.RegistConnectcb(e, plain("connect"))
	case 'd':
		return rig.api.RegistDisconcb(e, plain("disconnect"))
	case 's':
		return rig.api.RegistSentcb(e, plain("sent"))
	case 'f':
		return rig.api.RegistWriteFinish(e, plain("finish"))
	case 'x':
		if !on {
			return rig.api.RegistReconcb(e, nil)
		}
		return rig.api.RegistReconcb(e, func(c *espconn.Espconn, err espconn.Err) {
			rig.callback("reconnect", c, fmt.Sprint(" err ", int8(err)))
		})
	}
	if !on {
		return rig.api.RegistRecvcb(e, nil)
	}
	return rig.api.RegistRecvcb(e, func(c *espconn.Espconn, data []byte) {
		if data == nil {
			rig.callback("recv", c, fmt.Sprintf(" len %d ", rig.api.RecvedLen(c)))
			return
		}
		rig.callback("recv", c, fmt.Sprintf(" len %d %08x", len(data), crc32.ChecksumIEEE(data)))
	})
}

// name returns the trace's name of an espconn. An unknown one is the next copy of the server with its local port.
func (rig *oracleRig) name(c *espconn.Espconn) string {
	if n, ok := rig.names[c]; ok {
		return n
	}
	of := "s1"
	for n, o := range rig.objects {
		if strings.HasPrefix(n, "s") && o.Proto.TCP != nil && c.Proto.TCP != nil &&
			o.Proto.TCP.LocalPort == c.Proto.TCP.LocalPort && n <= "s2" {
			if of = n; n == "s1" {
				break
			}
		}
	}
	rig.copies[of]++
	rig.names[c] = fmt.Sprintf("%s#%d", of, rig.copies[of])
	return rig.names[c]
}

// fire runs the rules of an event.
func (rig *oracleRig) fire(when string, name string, arg *espconn.Espconn) {
	object, _, _ := strings.Cut(name, "#")
	for i := range rig.c.Device {
		rule := &rig.c.Device[i]
		if rule.When != when+" "+object && rule.When != when+" "+name {
			continue
		}
		if rule.fired++; rule.Nth != 0 && rule.fired != rule.Nth {
			continue
		}
		if rule.Delay > 0 {
			rig.at(rig.now+rule.Delay, classScript, func() { rig.device.do(func() { rig.actions(rule.Do, arg) }) })
			continue
		}
		rig.actions(rule.Do, arg)
	}
}

func (rig *oracleRig) callback(kind string, c *espconn.Espconn, detail string) {
	name, at, entry := rig.name(c), len(rig.lines), c.State
	rig.lineWith("", rig.left())
	tail := linkCount(c) + remoteOf(c)
	if c.Reverse != nil {
		tail += fmt.Sprint(" reverse ", c.Reverse)
	}
	rig.fire(kind, name, c)
	rig.device.sync()
	rig.lines[at] = fmt.Sprintf("%d %s %s%s [%d %d]%s", rig.now, kind, name, detail, entry, c.State, tail)
}

func linkCount(c *espconn.Espconn) string {
	if c.LinkCnt == 0 {
		return ""
	}
	return fmt.Sprint(" lc ", c.LinkCnt)
}

// remoteOf is the remote address in a structure.
func remoteOf(c *espconn.Espconn) string {
	f := c.Load()
	return fmt.Sprint(" remote ", netip.AddrPortFrom(netip.AddrFrom4(f.RemoteIP), uint16(f.RemotePort)))
}

func (rig *oracleRig) actions(do []string, arg *espconn.Espconn) {
	for _, d := range do {
		if rig.fatal != nil {
			return
		}
		rig.device.sync()
		rig.action(d, arg)
	}
}

func (rig *oracleRig) named(name string, arg *espconn.Espconn) *espconn.Espconn {
	if name == "arg" {
		return arg
	}
	if o, ok := rig.objects[name]; ok {
		return o
	}
	for e, n := range rig.names {
		if n == name {
			return e
		}
	}
	return nil
}

func (rig *oracleRig) action(d string, arg *espconn.Espconn) {
	f := strings.Fields(d)
	num := func(i int) int {
		if i >= len(f) {
			return 0
		}
		n, _ := strconv.ParseInt(f[i], 0, 64)
		return int(n)
	}
	switch f[0] {
	case "get":
		c := rig.named(f[1], arg)
		l := c.Load()
		local := netip.AddrPortFrom(netip.AddrFrom4(l.LocalIP), uint16(l.LocalPort))
		rig.lineWith(fmt.Sprintf("%s local %v [%d]%s%s", d, local, c.State, linkCount(c), remoteOf(c)), rig.left())
		return
	case "set":
		rig.set(rig.named(f[1], arg), f[2], f[3])
		rig.device.stored(rig.named(f[1], arg))
		rig.line(d)
		return
	case "wifi", "wifi_ip", "netif_down":
		rig.line(d)
		rig.device.wifi(f)
		return
	case "heap_fill":
		before := rig.device.free()
		rig.device.fill(num(1))
		rig.lineWith(d, rig.left(before))
		return
	case "heap_free":
		before := rig.device.free()
		rig.device.unfill()
		rig.lineWith(d, rig.left(before))
		return
	case "timer":
		rig.line(d)
		rig.at(rig.now+num(2), classScript, func() { rig.device.do(func() { rig.bare("timer", f[1], f[1]) }) })
		return
	case "post":
		rig.device.postTask(d, num(1), f[2])
		return
	}
	var c *espconn.Espconn
	if len(f) > 1 {
		c = rig.named(f[1], arg)
	}
	at := len(rig.lines)
	s := fmt.Sprint(rig.now, " ", f[0], " ", strings.Join(f[1:], " "))
	rig.line(s[strings.Index(s, " ")+1:]) // without a result, if it crashes
	before, lcBefore := espconn.StateNone, uint8(0)
	if c != nil {
		before, lcBefore = c.State, c.LinkCnt
	}
	free := rig.device.free()
	ret, out := rig.device.call(f, d, c, num)
	if rig.fatal != nil {
		return
	}
	rig.device.sync()
	rig.heaps[at] = rig.left(free)
	if f[0] != "espconn_port" {
		s += fmt.Sprint(" = ", ret)
	}
	if c != nil {
		s += fmt.Sprintf(" [%d %d]", before, c.State)
		if lcBefore != 0 || c.LinkCnt != 0 {
			s += fmt.Sprintf(" lc [%d %d]", lcBefore, c.LinkCnt)
		}
	}
	if out != "" {
		s += " " + out
	}
	rig.lines[at] = s
}

// The methods of oracleDevice, for our own stack.

func (rig *oracleRig) object(*espconn.Espconn) {}
func (rig *oracleRig) stored(*espconn.Espconn) {}
func (rig *oracleRig) sync()                   {}
func (rig *oracleRig) do(fn func())            { fn() } // run has the rest
func (rig *oracleRig) run(until int)           { rig.stepRig.run(until) }
func (rig *oracleRig) free() uint32            { return rig.heap.FreeSize() }

func (rig *oracleRig) connections() map[string]int {
	rig.stepRig.do(func() { rig.stack.Advance(rig.clock()) })
	pcbs := map[string]int{}
	for _, t := range rig.stack.TCBs() {
		pcbs[t.State().String()]++
	}
	return pcbs
}

func (rig *oracleRig) unfill() {
	for _, addr := range rig.ballast {
		rig.heap.Free(addr)
	}
	rig.ballast = nil
}

func (rig *oracleRig) fill(n int) {
	for {
		excess := int(rig.heap.FreeSize()) - n - blockHead
		if excess < 8 {
			return
		}
		addr := rig.heap.Alloc(uint32(min(excess, 2048)), "ballast")
		if addr == noSuchAddr {
			return
		}
		rig.ballast = append(rig.ballast, addr)
	}
}

// bare is a callback without an espconn.
func (rig *oracleRig) bare(kind, name, arg string) {
	rig.lineWith(kind+" "+arg, rig.left())
	rig.fire(kind, name, nil)
}

func (rig *oracleRig) postTask(d string, prio int, sig string) {
	ok := 0
	if prio < 3 {
		if rig.post(2+prio, 4, func() { rig.bare("task", strconv.Itoa(prio), fmt.Sprintf("prio %d sig %s", prio, sig)) }) {
			ok = 1
		}
	} else {
		rig.line("print err: post prio < 3")
	}
	rig.line(fmt.Sprint(d, " = ", ok))
}

func (rig *oracleRig) set(c *espconn.Espconn, field, value string) {
	n, _ := strconv.ParseInt(value, 0, 64)
	f := c.Load()
	switch field {
	case "state":
		f.State = espconn.State(n)
	case "type":
		f.Type = espconn.Type(n)
		if f.Type == espconn.TypeUDP && c.Proto.UDP == nil { // struct esp_udp begins as struct esp_tcp does: it is the same memory
			c.Proto.UDP = &espconn.UDP{RemotePort: f.RemotePort, LocalPort: f.LocalPort, LocalIP: f.LocalIP, RemoteIP: f.RemoteIP}
		}
		if f.Type == espconn.TypeTCP && c.Proto.TCP == nil {
			c.Proto.TCP = &espconn.TCP{RemotePort: f.RemotePort, LocalPort: f.LocalPort, LocalIP: f.LocalIP, RemoteIP: f.RemoteIP}
		}
	case "remote_port":
		f.RemotePort = int(n)
	case "local_port":
		f.LocalPort = int(n)
	case "remote_ip":
		f.RemoteIP = netip.MustParseAddr(value).As4()
	case "reverse":
		c.Reverse = int(n)
	default:
		rig.t.Fatalf("field %s", field)
	}
	c.Store(f)
}

// wifi is what the wifi_ functions report; wifi_ip is also the interface's address.
func (rig *oracleRig) wifi(f []string) {
	prefix := func(s string) netip.Prefix { return netip.PrefixFrom(netip.MustParseAddr(s), 24) }
	switch f[0] {
	case "netif_down":
		rig.ifc.SetUp(false)
		return
	case "wifi_ip":
		rig.ip[0] = prefix(f[1])
		rig.ifc.SetAddr(rig.ip[0], netip.MustParseAddr("10.0.0.1"))
		return
	}
	for _, w := range f[1:] {
		k, v, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(v)
		switch k {
		case "opmode":
			rig.mode = uint8(n)
		case "status":
			rig.status = uint8(n)
		case "ip":
			rig.ip[0] = prefix(v)
		case "apip":
			rig.ip[1] = prefix(v)
		}
	}
}

// ref turns a nil pointer into NULL.
func ref(c *espconn.Espconn) espconn.Ref {
	if c == nil {
		return nil
	}
	return c
}

// call makes an API call and returns its result and what it wrote.
func (rig *oracleRig) call(f []string, d string, c *espconn.Espconn, num func(int) int) (ret int, out string) {
	a := rig.api
	data := func() []byte {
		if f[2] == "null" {
			return nil
		}
		return pattern(0, num(2))
	}
	if strings.HasPrefix(f[0], "espconn_secure_") {
		return rig.secure(f, c, num), ""
	}
	switch f[0] {
	case "espconn_connect":
		return int(a.Connect(ref(c))), ""
	case "espconn_accept":
		return int(a.Accept(ref(c))), ""
	case "espconn_create":
		return int(a.Create(ref(c))), ""
	case "espconn_delete":
		return int(a.Delete(ref(c))), ""
	case "espconn_disconnect":
		return int(a.Disconnect(ref(c))), ""
	case "espconn_abort":
		return int(a.Abort(ref(c))), ""
	case "espconn_send":
		return int(a.Send(ref(c), data())), ""
	case "espconn_sent":
		return int(a.Sent(ref(c), data())), ""
	case "espconn_sendto":
		return int(a.Sendto(ref(c), data())), ""
	case "espconn_regist_time":
		return int(a.RegistTime(ref(c), uint32(num(2)), uint8(num(3)))), ""
	case "espconn_set_opt":
		return int(a.SetOpt(ref(c), uint8(num(2)))), ""
	case "espconn_clear_opt":
		return int(a.ClearOpt(ref(c), uint8(num(2)))), ""
	case "espconn_set_keepalive":
		v := int32(num(3))
		return int(a.SetKeepalive(ref(c), uint8(num(2)), &v)), ""
	case "espconn_get_keepalive":
		v := int32(0)
		ret := int(a.GetKeepalive(ref(c), uint8(num(2)), &v))
		if ret == 0 {
			out = fmt.Sprint(v)
		}
		return ret, out
	case "espconn_recv_hold":
		return int(a.RecvHold(ref(c))), ""
	case "espconn_recv_unhold":
		return int(a.RecvUnhold(ref(c))), ""
	case "espconn_recved_len":
		return int(a.RecvedLen(ref(c))), ""
	case "espconn_recv":
		mem := make([]byte, num(2))
		n := int(a.Recv(ref(c), mem))
		if n > 0 {
			out = fmt.Sprintf("%08x", crc32.ChecksumIEEE(mem[:n]))
		}
		return n, out
	case "espconn_get_connection_info":
		var info []espconn.RemotInfo
		ret = int(a.GetConnectionInfo(ref(c), &info, uint8(num(2))))
		var s []string
		for _, e := range info {
			s = append(s, fmt.Sprintf("state %d %v", e.State, netip.AddrPortFrom(netip.AddrFrom4(e.RemoteIP), uint16(e.RemotePort))))
		}
		return ret, strings.Join(s, "; ")
	case "espconn_get_packet_info":
		var i espconn.Packet
		if ret = int(a.GetPacketInfo(ref(c), &i)); ret == 0 {
			out = fmt.Sprintf("sent_length %d snd_buf_size %d snd_queuelen %d total_queuelen %d packnum %d",
				i.SentLength, i.SndBufSize, i.SndQueuelen, i.TotalQueuelen, i.Packnum)
		}
		return ret, out
	case "espconn_gethostbyname":
		return rig.lookUp(f, d, c)
	case "espconn_dns_setserver":
		if f[2] == "null" {
			a.DnsSetserver(uint8(num(1)), nil)
		} else {
			ip := netip.MustParseAddr(f[2]).As4()
			a.DnsSetserver(uint8(num(1)), &ip)
		}
		return 0, ""
	case "espconn_dns_getserver":
		return 0, netip.AddrFrom4(a.DnsGetserver(uint8(num(1)))).String()
	case "espconn_port":
		return int(a.Port()), ""
	case "espconn_tcp_get_max_con":
		return int(a.TcpGetMaxCon()), ""
	case "espconn_tcp_set_max_con":
		return int(a.TcpSetMaxCon(uint8(num(1)))), ""
	case "espconn_tcp_get_max_con_allow":
		return int(a.TcpGetMaxConAllow(ref(c))), ""
	case "espconn_tcp_set_max_con_allow":
		return int(a.TcpSetMaxConAllow(ref(c), uint8(num(2)))), ""
	case "espconn_tcp_get_wnd":
		return int(a.TcpGetWnd()), ""
	case "espconn_tcp_set_wnd":
		return int(a.TcpSetWnd(uint8(num(1)))), ""
	case "espconn_tcp_get_mss":
		return int(a.TcpGetMss()), ""
	case "espconn_tcp_get_max_retran":
		return int(a.TcpGetMaxRetran()), ""
	case "espconn_tcp_set_max_retran":
		return int(a.TcpSetMaxRetran(uint8(num(1)))), ""
	case "espconn_tcp_get_max_syn":
		return int(a.TcpGetMaxSyn()), ""
	case "espconn_tcp_set_max_syn":
		return int(a.TcpSetMaxSyn(uint8(num(1)))), ""
	case "espconn_tcp_set_buf_count":
		return int(a.TcpSetBufCount(ref(c), uint8(num(2)))), ""
	}
	for name, kind := range map[string]rune{"connectcb": 'c', "reconcb": 'x', "disconcb": 'd', "recvcb": 'r', "sentcb": 's',
		"write_finish": 'f'} {
		if f[0] == "espconn_regist_"+name {
			return int(rig.register(c, kind, f[2] == "on")), ""
		}
	}
	rig.t.Fatalf("action %q", d)
	return 0, ""
}

func (rig *oracleRig) lookUp(f []string, d string, c *espconn.Espconn) (int, string) {
	var addr [4]byte
	to := &addr
	if strings.HasSuffix(d, " noout") {
		to = nil
	}
	name := strings.Trim(f[2], `"`)
	if f[2] == "null" {
		name = ""
	}
	if n, ok := strings.CutPrefix(name, "x*"); ok {
		k, _ := strconv.Atoi(n)
		name = strings.Repeat("x", k)
	}
	ret := rig.api.Gethostbyname(c, name, to, func(name string, ip *[4]byte, arg *espconn.Espconn) {
		s := "null"
		if ip != nil {
			s = netip.AddrFrom4(*ip).String()
		}
		who := "null"
		if arg != nil {
			who = rig.name(arg)
		}
		rig.lineWith(fmt.Sprintf("dns %s %q %s", who, name, s), rig.left())
	})
	if ret == espconn.OK {
		return 0, netip.AddrFrom4(addr).String()
	}
	return int(ret), ""
}

// secure makes a call of the secure API and returns its result.
func (rig *oracleRig) secure(f []string, c *espconn.Espconn, num func(int) int) int {
	a := rig.api
	send := func(fn func(espconn.Ref, []byte) espconn.Err) int {
		if f[2] == "null" {
			return int(a.SecureSendNull(ref(c), uint16(num(3))))
		}
		return int(fn(ref(c), pattern(0, num(2))))
	}
	object := func(set func([]byte) bool) int {
		if f[1] == "null" {
			return boolInt(set(nil))
		}
		b := pkiFile(rig.t, f[1])
		if len(f) > 2 {
			b = append(bytes.Clone(b), make([]byte, max(0, num(2)-len(b)))...)[:num(2)]
		}
		return boolInt(set(b))
	}
	switch strings.TrimPrefix(f[0], "espconn_secure_") {
	case "connect":
		return int(a.SecureConnect(ref(c)))
	case "send":
		return send(a.SecureSend)
	case "sent":
		return send(a.SecureSent)
	case "disconnect":
		return int(a.SecureDisconnect(ref(c)))
	case "accept":
		return int(a.SecureAccept(ref(c)))
	case "delete":
		return int(a.SecureDelete(ref(c)))
	case "set_size":
		return boolInt(a.SecureSetSize(uint8(num(1)), uint16(num(2))))
	case "get_size":
		return int(a.SecureGetSize(uint8(num(1))))
	case "ca_enable":
		return boolInt(a.SecureCaEnable(uint8(num(1)), uint32(num(2))))
	case "ca_disable":
		return boolInt(a.SecureCaDisable(uint8(num(1))))
	case "cert_req_enable":
		return boolInt(a.SecureCertReqEnable(uint8(num(1)), uint32(num(2))))
	case "cert_req_disable":
		return boolInt(a.SecureCertReqDisable(uint8(num(1))))
	case "set_default_certificate":
		return object(a.SecureSetDefaultCertificate)
	case "set_default_private_key":
		return object(a.SecureSetDefaultPrivateKey)
	case "obj_load":
		return boolInt(a.SecureObjLoad(num(1), uint32(num(2)), uint16(num(3))))
	}
	rig.t.Fatalf("action %q", f)
	return 0
}

// chip is the flash of a case: its images, and zeros or ones behind them.
func (c *oracleCase) chip(t *testing.T) espconn.Flash {
	chip, err := flash.New(1 << 20)
	require.NoError(t, err)
	for _, f := range c.Setup.Flash {
		var entries image.Certs
		for _, e := range f.Entries {
			entries = append(entries, image.CertEntry{Name: e[0], Data: pkiFile(t, e[1])})
		}
		b, err := entries.Encode()
		require.NoError(t, err)
		fill := byte(0xFF)
		if f.Rest == "zero" {
			fill, b = 0, append(b, make([]byte, 2*flash.SectorSize-len(b))...)
		}
		for len(b)%4 != 0 {
			b = append(b, fill)
		}
		require.NoError(t, chip.Write(f.Sector*flash.SectorSize, b))
	}
	return chip
}
