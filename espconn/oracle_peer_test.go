package espconn_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// oraclePeers are the other machines of a case, as README.md of the oracle describes them: they acknowledge at once, never
// retransmit and do nothing of their own accord.
type oraclePeers struct {
	r     *stepRig
	peers []*oraclePeer
}

type oraclePeer struct {
	o        *oraclePeers
	name     string
	ip       netip.Addr
	port     int
	kind     string
	opts     []string
	tls      *oracleTLS
	rules    []oracleRule
	wnd      uint16
	noack    bool
	ackDelay int
	muted    bool
	conns    []*oracleTCP
}

// oracleTCP is one connection of a peer.
type oracleTCP struct {
	p               *oraclePeer
	port, dev       uint16
	snd, una, rcv   uint32
	devWnd          uint16
	up, over        bool
	finSent, finGot bool
	replaced        bool // by a newer one with the same ports
	out             []oracleWrite
	pattern         int
	tls             *oraclePeerTLS // nil: plain
}

type oracleWrite struct {
	data []byte
	fin  bool
}

func newOraclePeers(rig *stepRig, c *oracleCase) *oraclePeers {
	o := &oraclePeers{r: rig}
	rig.send = func(f []byte) {
		if rig.frames != nil {
			if s := rig.frames.sent(f); s != "" {
				rig.printf("tx " + s)
			}
		}
		if binary.BigEndian.Uint16(f[12:]) == uint16(layers.EthernetTypeARP) {
			o.frame(f, nil) // the measured machines answer ARP after 1 ms in all
			return
		}
		deaf := map[*oraclePeer]bool{} // what is on its way when a peer falls silent still arrives
		for _, p := range o.peers {
			deaf[p] = p.muted
		}
		rig.at(rig.now+1, classFrame, func() { o.frame(f, deaf) })
	}
	for _, d := range c.Peers {
		p := &oraclePeer{o: o, name: d.Name, ip: netip.MustParseAddr(d.IP), port: d.Port, kind: d.Kind, tls: d.TLS,
			rules: d.Rules, wnd: 5840}
		p.opts = strings.Fields(strings.ReplaceAll(d.Opts, ",", " "))
		p.noack = p.has("noack")
		for _, w := range p.opts {
			if n, ok := strings.CutPrefix(w, "wnd="); ok {
				v, _ := strconv.Atoi(n)
				p.wnd = uint16(v)
			}
		}
		o.peers = append(o.peers, p)
	}
	return o
}

// start sets the rules with a time up.
func (o *oraclePeers) start() {
	rig := o.r
	for _, p := range o.peers {
		for i := range p.rules {
			f := strings.Fields(p.rules[i].When)
			switch f[0] {
			case "start":
				rig.at(0, classScript, func() { p.do(p.rules[i].Do, nil) })
			case "at":
				ms, _ := strconv.Atoi(f[1])
				rig.at(ms, classOf(ms), func() { p.do(p.rules[i].Do, nil) })
			}
		}
	}
}

func (p *oraclePeer) has(opt string) bool { return slices.Contains(p.opts, opt) }

func (p *oraclePeer) mac() []byte {
	a := p.ip.As4()
	return []byte{2, 0, a[0], a[1], a[2], a[3]}
}

var deviceMAC = []byte{0x18, 0xfe, 0, 0, 0, 1}

// transmit sends a frame to the device.
func (p *oraclePeer) transmit(ls ...gopacket.SerializableLayer) {
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buf, opts, ls...); err != nil {
		p.o.r.t.Fatal(err)
	}
	rig, f := p.o.r, slices.Clone(buf.Bytes())
	if rig.frames != nil {
		rig.frames.received(f)
	}
	rig.at(rig.now+1, classFrame, func() { rig.input(f) })
}

func (p *oraclePeer) ether(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: p.mac(), DstMAC: deviceMAC, EthernetType: t}
}

func (p *oraclePeer) ipv4(proto layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: proto, SrcIP: p.ip.AsSlice(), DstIP: p.o.r.ip[0].Addr().AsSlice()}
}

func (p *oraclePeer) udp(data []byte, from, to uint16) {
	ip := p.ipv4(layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: layers.UDPPort(from), DstPort: layers.UDPPort(to)}
	_ = u.SetNetworkLayerForChecksum(ip)
	p.transmit(p.ether(layers.EthernetTypeIPv4), ip, u, gopacket.Payload(data))
}

// frame takes one of the device's frames.
func (o *oraclePeers) frame(f []byte, deaf map[*oraclePeer]bool) {
	pkt := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default)
	if a, ok := pkt.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		for _, p := range o.peers {
			if a.Operation == layers.ARPRequest && p.ip.AsSlice() != nil && string(p.ip.AsSlice()) == string(a.DstProtAddress) &&
				!p.has("noarp") {
				p.transmit(p.ether(layers.EthernetTypeARP), &layers.ARP{
					AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4,
					Operation: layers.ARPReply, SourceHwAddress: p.mac(), SourceProtAddress: p.ip.AsSlice(),
					DstHwAddress: a.SourceHwAddress, DstProtAddress: a.SourceProtAddress,
				})
				return
			}
		}
		return
	}
	ip, ok := pkt.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if !ok {
		return
	}
	var at []*oraclePeer
	for _, p := range o.peers {
		if string(p.ip.AsSlice()) == string(ip.DstIP.To4()) && !deaf[p] {
			at = append(at, p)
		}
	}
	if len(at) == 0 {
		return
	}
	if t, ok := pkt.Layer(layers.LayerTypeTCP).(*layers.TCP); ok {
		for _, p := range at {
			for _, c := range p.conns {
				done := c.over || c.finGot // then a SYN begins anew
				if c.port == uint16(t.DstPort) && c.dev == uint16(t.SrcPort) && !(done && t.SYN) && !c.replaced {
					c.segment(t)
					return
				}
			}
		}
		for _, p := range at {
			if p.port == int(t.DstPort) && p.kind == "tcp" && t.SYN && !p.has("refuse") {
				if !p.has("drop_syn") {
					p.accept(t)
				}
				return
			}
		}
		if !t.RST {
			c := &oracleTCP{p: at[0], port: uint16(t.DstPort), dev: uint16(t.SrcPort)}
			n := uint32(len(t.Payload))
			if t.SYN || t.FIN {
				n++
			}
			c.snd, c.rcv = t.Ack, t.Seq+n
			c.write(&layers.TCP{RST: true, ACK: true, Window: 0}, nil)
		}
		return
	}
	if u, ok := pkt.Layer(layers.LayerTypeUDP).(*layers.UDP); ok {
		for _, p := range at {
			switch {
			case p.kind == "dns" && u.DstPort == 53 && !p.has("silent"):
				p.answer(u)
			case p.kind == "udp":
				p.fire("udp", nil, u)
			}
		}
	}
}

// answer is the DNS server.
func (p *oraclePeer) answer(u *layers.UDP) {
	q := u.Payload
	m := slices.Clone(q)
	m[2] |= 0x80
	if strings.HasPrefix(string(q[13:]), "nx\x02") {
		m[3] |= 3
	} else {
		binary.BigEndian.PutUint16(m[6:], 1)
		m = append(m, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 9)
	}
	p.udp(m, 53, uint16(u.SrcPort))
}

func (p *oraclePeer) accept(t *layers.TCP) {
	iss := uint32(7000 + 500_000*len(p.conns))
	c := &oracleTCP{p: p, port: uint16(t.DstPort), dev: uint16(t.SrcPort), snd: iss, una: iss, rcv: t.Seq + 1, devWnd: t.Window}
	for _, old := range p.conns {
		old.replaced = old.replaced || old.port == c.port && old.dev == c.dev
	}
	p.conns = append(p.conns, c)
	c.syn(true)
}

func (c *oracleTCP) syn(ack bool) {
	c.write(&layers.TCP{SYN: true, ACK: ack, Seq: c.una,
		Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{0x05, 0xb4}}}}, nil)
	c.snd = c.una + 1
}

// write sends a segment; Seq 0 means the next sequence number.
func (c *oracleTCP) write(t *layers.TCP, data []byte) {
	p := c.p
	t.SrcPort, t.DstPort = layers.TCPPort(c.port), layers.TCPPort(c.dev)
	if t.Seq == 0 {
		t.Seq = c.snd
	}
	if t.ACK {
		t.Ack = c.rcv
	}
	if !t.RST {
		t.Window = p.wnd
	}
	ip := p.ipv4(layers.IPProtocolTCP)
	_ = t.SetNetworkLayerForChecksum(ip)
	p.transmit(p.ether(layers.EthernetTypeIPv4), ip, t, gopacket.Payload(data))
}

func (c *oracleTCP) ack() {
	if c.p.noack {
		return
	}
	if d := c.p.ackDelay; d > 0 {
		c.p.o.r.at(c.p.o.r.now+d, classScript, func() { c.write(&layers.TCP{ACK: true}, nil) })
		return
	}
	c.write(&layers.TCP{ACK: true}, nil)
}

// segment takes one of the device's.
func (c *oracleTCP) segment(t *layers.TCP) {
	p := c.p
	c.over = c.over || c.finSent && c.finGot
	if t.RST {
		if !c.over {
			c.over = true
			p.fire("rst", c, nil)
		}
		return
	}
	if t.SYN {
		if !t.ACK {
			c.syn(true)
			return
		}
		c.rcv = t.Seq + 1
	}
	if t.ACK {
		c.devWnd = t.Window
		if int32(t.Ack-c.una) > 0 {
			c.una = t.Ack
		}
	}
	up := !c.up && t.ACK && int32(t.Ack-c.snd) >= 0
	if up {
		c.up = true
		if t.SYN {
			c.write(&layers.TCP{ACK: true}, nil)
		}
		p.fire("est", c, nil)
		if p.tls != nil {
			c.startTLS(p.tls)
		}
	}
	defer c.flush() // what is due is acknowledged first
	n := uint32(len(t.Payload))
	if n == 0 && !t.FIN {
		return
	}
	if c.finSent && c.finGot { // ended on both sides: what comes again is acknowledged, each segment for itself, also with "ack off"
		c.rcv = t.Seq + n
		if t.FIN {
			c.rcv++
		}
		c.write(&layers.TCP{ACK: true}, nil)
		return
	}
	if c.over || c.finGot || t.Seq+n < c.rcv+0 && int32(t.Seq+n-c.rcv) < 0 || int32(t.Seq-c.rcv) > 0 {
		if c.over && !c.finGot && t.Seq == c.rcv { // acknowledged, nothing else
			c.rcv += n
			if t.FIN {
				c.rcv++
				c.finGot = true
			}
		}
		c.ack()
		return
	}
	fresh := int32(t.Seq+n-c.rcv) > 0
	new := min(n, c.rcv-t.Seq) // what is known already comes before it
	c.rcv = t.Seq + n
	if t.FIN {
		c.rcv++
		c.finGot = true
	}
	c.ack()
	if fresh {
		p.fire("data", c, nil)
		if c.tls != nil {
			c.tls.feed(t.Payload[new:])
		}
	}
	if t.FIN {
		p.fire("fin", c, nil)
		if !c.finSent && !p.has("nofin") {
			rig := p.o.r
			rig.at(rig.now+1, classFrame, func() { c.queue(oracleWrite{fin: true}) })
		}
	}
}

// queue sends when the device's window allows it.
func (c *oracleTCP) queue(w oracleWrite) {
	c.out = append(c.out, w)
	c.flush()
}

func (c *oracleTCP) flush() {
	for len(c.out) > 0 && c.up && !c.over {
		w := &c.out[0]
		if w.fin {
			if !c.finSent {
				c.finSent = true
				c.write(&layers.TCP{FIN: true, ACK: true}, nil)
				c.snd++
			}
			c.out = c.out[1:]
			continue
		}
		room := int(c.devWnd) - int(c.snd-c.una)
		n := min(len(w.data), 1460)
		if n > room {
			return
		}
		c.write(&layers.TCP{ACK: true, PSH: n == len(w.data)}, w.data[:n])
		c.snd += uint32(n)
		if w.data = w.data[n:]; len(w.data) == 0 {
			c.out = c.out[1:]
		}
	}
}

func (p *oraclePeer) fire(event string, c *oracleTCP, u *layers.UDP) {
	for i := range p.rules {
		rule := &p.rules[i]
		if rule.When != event {
			continue
		}
		if rule.fired++; rule.Nth != 0 && rule.fired != rule.Nth {
			continue
		}
		act := func() { p.doUDP(rule.Do, c, u) }
		if rule.Delay > 0 {
			p.o.r.at(p.o.r.now+rule.Delay, classScript, act)
			continue
		}
		act()
	}
}

func (p *oraclePeer) do(actions []string, c *oracleTCP) { p.doUDP(actions, c, nil) }

func (p *oraclePeer) doUDP(actions []string, c *oracleTCP, u *layers.UDP) {
	if c == nil && len(p.conns) > 0 {
		c = p.conns[len(p.conns)-1]
	}
	for _, d := range actions {
		f := strings.Fields(d)
		num := func(i int) int {
			if i >= len(f) {
				return 0
			}
			n, _ := strconv.Atoi(f[i])
			return n
		}
		switch f[0] {
		case "connect":
			from := p.port
			if len(f) > 2 {
				from = num(2)
			}
			c = &oracleTCP{p: p, port: uint16(from), dev: uint16(num(1)), una: 9000}
			p.conns = append(p.conns, c)
			c.syn(false)
		case "resyn":
			c.syn(false)
		case "send":
			c.queue(oracleWrite{data: pattern(c.pattern, num(1))})
			c.pattern += num(1)
		case "sendtext":
			text, _ := strconv.Unquote(strings.TrimSpace(strings.TrimPrefix(d, "sendtext")))
			c.queue(oracleWrite{data: []byte(text)})
		case "fin":
			c.queue(oracleWrite{fin: true})
		case "rst":
			c.write(&layers.TCP{RST: true, Window: 5840}, nil)
			c.over = true
		case "mute":
			p.muted = true
		case "unmute":
			p.muted = false
		case "ack":
			switch f[1] {
			case "off":
				p.noack = true
			case "on":
				p.noack = false
				p.ackDelay = 0
				c.write(&layers.TCP{ACK: true}, nil)
			case "now":
				c.write(&layers.TCP{ACK: true}, nil)
			case "delay":
				p.ackDelay = num(2)
			}
		case "wnd":
			p.wnd = uint16(num(1))
			c.write(&layers.TCP{ACK: true}, nil)
		case "udp_send":
			from := p.port
			if len(f) > 3 {
				from = num(3)
			}
			p.udp(pattern(0, num(1)), uint16(from), uint16(num(2)))
		case "udp_reply":
			p.udp(pattern(0, num(1)), uint16(u.DstPort), uint16(u.SrcPort))
		default:
			if c != nil && c.tls != nil {
				c.tls.act(f)
				continue
			}
			p.o.r.t.Fatalf("peer action %q", d)
		}
	}
}
