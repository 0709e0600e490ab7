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

// player runs the firmware's side of a case.
type player struct {
	*rig
	c       *oracleCase
	objects map[string]*espconn.Espconn
	names   map[*espconn.Espconn]string
	copies  map[string]int
	lines   []string
	ballast []uint32
}

func replay(t *testing.T, c *oracleCase) []string {
	r := newRig(t, espconn.SDK306())
	p := &player{
		rig: r, c: c, objects: map[string]*espconn.Espconn{}, names: map[*espconn.Espconn]string{}, copies: map[string]int{},
	}
	r.printf = func(s string) {
		if !strings.HasPrefix(s, "tx ") {
			s = "print " + clean(s)
		}
		p.line(s)
	}
	r.frames = newRigFrames(c)
	r.flash = c.chip(t)
	peers := newRigPeers(r, c)
	for _, o := range c.Objects {
		e := &espconn.Espconn{}
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
		p.objects[o.Name], p.names[e] = e, o.Name
		for _, k := range o.Callbacks {
			if e.Proto != (espconn.Proto{}) { // there is nowhere to put them
				p.register(e, k, true)
			}
		}
	}
	for i := range c.Device {
		rule := &c.Device[i]
		switch f := strings.Fields(rule.When); f[0] {
		case "start":
			r.at(0, classScript, func() { p.actions(rule.Do, nil) })
		case "at":
			ms, _ := strconv.Atoi(f[1])
			r.at(ms, classOf(ms), func() { p.actions(rule.Do, nil) })
		}
	}
	peers.start()
	r.run(c.Until)
	if r.fatal != nil {
		p.line("fault")
	}
	return p.lines
}

func (p *player) line(s string) { p.lines = append(p.lines, fmt.Sprint(p.now, " ", s)) }

// clean replaces each byte that is no UTF-8 by U+FFFD, as the traces do.
func clean(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// register sets or clears one callback by its letter.
func (p *player) register(e *espconn.Espconn, kind rune, on bool) espconn.Err {
	plain := func(name string) func(*espconn.Espconn) {
		if !on {
			return nil
		}
		return func(c *espconn.Espconn) { p.callback(name, c, "") }
	}
	switch kind {
	case 'c':
		return p.api.RegistConnectcb(e, plain("connect"))
	case 'd':
		return p.api.RegistDisconcb(e, plain("disconnect"))
	case 's':
		return p.api.RegistSentcb(e, plain("sent"))
	case 'f':
		return p.api.RegistWriteFinish(e, plain("finish"))
	case 'x':
		if !on {
			return p.api.RegistReconcb(e, nil)
		}
		return p.api.RegistReconcb(e, func(c *espconn.Espconn, err espconn.Err) {
			p.callback("reconnect", c, fmt.Sprint(" err ", int8(err)))
		})
	}
	if !on {
		return p.api.RegistRecvcb(e, nil)
	}
	return p.api.RegistRecvcb(e, func(c *espconn.Espconn, data []byte) {
		if data == nil {
			p.callback("recv", c, fmt.Sprintf(" len %d ", p.api.RecvedLen(c)))
			return
		}
		p.callback("recv", c, fmt.Sprintf(" len %d %08x", len(data), crc32.ChecksumIEEE(data)))
	})
}

// name returns the trace's name of an espconn. An unknown one is the next copy of the server with its local port.
func (p *player) name(c *espconn.Espconn) string {
	if n, ok := p.names[c]; ok {
		return n
	}
	of := "s1"
	for n, o := range p.objects {
		if strings.HasPrefix(n, "s") && o.Proto.TCP != nil && c.Proto.TCP != nil && o.Proto.TCP.LocalPort == c.Proto.TCP.LocalPort && n <= "s2" {
			if of = n; n == "s1" {
				break
			}
		}
	}
	p.copies[of]++
	p.names[c] = fmt.Sprintf("%s#%d", of, p.copies[of])
	return p.names[c]
}

// fire runs the rules of an event.
func (p *player) fire(when string, name string, arg *espconn.Espconn) {
	object, _, _ := strings.Cut(name, "#")
	for i := range p.c.Device {
		rule := &p.c.Device[i]
		if rule.When != when+" "+object && rule.When != when+" "+name {
			continue
		}
		if rule.fired++; rule.Nth != 0 && rule.fired != rule.Nth {
			continue
		}
		if rule.Delay > 0 {
			p.at(p.now+rule.Delay, classScript, func() { p.actions(rule.Do, arg) })
			continue
		}
		p.actions(rule.Do, arg)
	}
}

func (p *player) callback(kind string, c *espconn.Espconn, detail string) {
	name, at, entry := p.name(c), len(p.lines), c.State
	p.lines = append(p.lines, "")
	lc := ""
	if c.LinkCnt != 0 {
		lc = fmt.Sprint(" lc ", c.LinkCnt)
	}
	p.fire(kind, name, c)
	p.lines[at] = fmt.Sprintf("%d %s %s%s [%d %d]%s", p.now, kind, name, detail, entry, c.State, lc)
}

func (p *player) actions(do []string, arg *espconn.Espconn) {
	for _, d := range do {
		p.action(d, arg)
	}
}

func (p *player) object(name string, arg *espconn.Espconn) *espconn.Espconn {
	if name == "arg" {
		return arg
	}
	if o, ok := p.objects[name]; ok {
		return o
	}
	for e, n := range p.names {
		if n == name {
			return e
		}
	}
	return nil
}

func (p *player) action(d string, arg *espconn.Espconn) {
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
		return
	case "set":
		p.set(p.object(f[1], arg), f[2], f[3])
		return
	case "wifi", "wifi_ip", "netif_down":
		p.wifi(f)
		return
	case "heap_fill":
		for n := num(1); ; {
			excess := int(p.heap.FreeSize()) - n - 16
			if excess < 8 {
				return
			}
			addr := p.heap.Alloc(uint32(min(excess, 2048))&^7, "ballast")
			if addr == 0 {
				return
			}
			p.ballast = append(p.ballast, addr)
		}
	case "heap_free":
		for _, addr := range p.ballast {
			p.heap.Free(addr)
		}
		p.ballast = nil
		return
	case "timer":
		p.at(p.now+num(2), classScript, func() { p.bare("timer", f[1], f[1]) })
		return
	case "post":
		p.postTask(d, num(1), f[2])
		return
	}
	var c *espconn.Espconn
	if len(f) > 1 {
		c = p.object(f[1], arg)
	}
	at := len(p.lines)
	s := fmt.Sprint(p.now, " ", f[0], " ", strings.Join(f[1:], " "))
	p.line(s[strings.Index(s, " ")+1:]) // without a result, if it crashes
	before, lcBefore := espconn.StateNone, uint8(0)
	if c != nil {
		before, lcBefore = c.State, c.LinkCnt
	}
	ret, out := p.call(f, d, c, num)
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
	p.lines[at] = s
}

// bare is a callback without an espconn.
func (p *player) bare(kind, name, arg string) {
	p.line(kind + " " + arg)
	p.fire(kind, name, nil)
}

func (p *player) postTask(d string, prio int, sig string) {
	ok := 0
	if prio < 3 {
		if p.post(2+prio, 4, func() { p.bare("task", strconv.Itoa(prio), fmt.Sprintf("prio %d sig %s", prio, sig)) }) {
			ok = 1
		}
	} else {
		p.line("print err: post prio < 3")
	}
	p.line(fmt.Sprint(d, " = ", ok))
}

func (p *player) set(c *espconn.Espconn, field, value string) {
	n, _ := strconv.ParseInt(value, 0, 64)
	f := c.Load()
	switch field {
	case "state":
		f.State = espconn.State(n)
	case "type":
		f.Type = espconn.Type(n)
	case "remote_port":
		f.RemotePort = int(n)
	case "local_port":
		f.LocalPort = int(n)
	case "remote_ip":
		f.RemoteIP = netip.MustParseAddr(value).As4()
	case "reverse":
		c.Reverse = int(n)
	default:
		p.t.Fatalf("field %s", field)
	}
	c.Store(f)
}

// wifi is what the wifi_ functions report; wifi_ip is also the interface's address.
func (p *player) wifi(f []string) {
	prefix := func(s string) netip.Prefix { return netip.PrefixFrom(netip.MustParseAddr(s), 24) }
	switch f[0] {
	case "netif_down":
		p.ifc.SetUp(false)
		return
	case "wifi_ip":
		p.ip[0] = prefix(f[1])
		p.ifc.SetAddr(p.ip[0], netip.MustParseAddr("10.0.0.1"))
		return
	}
	for _, w := range f[1:] {
		k, v, _ := strings.Cut(w, "=")
		n, _ := strconv.Atoi(v)
		switch k {
		case "opmode":
			p.mode = uint8(n)
		case "status":
			p.status = uint8(n)
		case "ip":
			p.ip[0] = prefix(v)
		case "apip":
			p.ip[1] = prefix(v)
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
func (p *player) call(f []string, d string, c *espconn.Espconn, num func(int) int) (ret int, out string) {
	a := p.api
	data := func() []byte {
		if f[2] == "null" {
			return nil
		}
		return pattern(0, num(2))
	}
	if strings.HasPrefix(f[0], "espconn_secure_") {
		return p.secure(f, c, num), ""
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
		return p.lookUp(f, d, c)
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
	for name, kind := range map[string]rune{"connectcb": 'c', "reconcb": 'x', "disconcb": 'd', "recvcb": 'r', "sentcb": 's', "write_finish": 'f'} {
		if f[0] == "espconn_regist_"+name {
			return int(p.register(c, kind, f[2] == "on")), ""
		}
	}
	p.t.Fatalf("action %q", d)
	return 0, ""
}

func (p *player) lookUp(f []string, d string, c *espconn.Espconn) (int, string) {
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
	ret := p.api.Gethostbyname(c, name, to, func(name string, ip *[4]byte, arg *espconn.Espconn) {
		s := "null"
		if ip != nil {
			s = netip.AddrFrom4(*ip).String()
		}
		who := "null"
		if arg != nil {
			who = p.name(arg)
		}
		p.line(fmt.Sprintf("dns %s %q %s", who, name, s))
	})
	if ret == espconn.OK {
		return 0, netip.AddrFrom4(addr).String()
	}
	return int(ret), ""
}

// secure makes a call of the secure API and returns its result.
func (p *player) secure(f []string, c *espconn.Espconn, num func(int) int) int {
	a := p.api
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
		b := pkiFile(p.t, f[1])
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
	p.t.Fatalf("action %q", f)
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
