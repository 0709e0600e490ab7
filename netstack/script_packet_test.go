package netstack

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// words are the fields of a script's line; options are taken out by name, so that their order does not matter.
type words struct {
	list []string
	err  error
}

func (w *words) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// take removes and returns the first word.
func (w *words) take() string {
	if len(w.list) == 0 {
		w.fail("a word is missing")
		return ""
	}
	v := w.list[0]
	w.list = w.list[1:]
	return v
}

// has takes a word without value.
func (w *words) has(name string) bool {
	k := slices.Index(w.list, name)
	if k >= 0 {
		w.list = slices.Delete(slices.Clone(w.list), k, k+1)
	}
	return k >= 0
}

// after takes the value that follows a word.
func (w *words) after(name string) (string, bool) {
	k := slices.Index(w.list, name)
	if k < 0 || k+1 == len(w.list) {
		return "", false
	}
	v := w.list[k+1]
	w.list = slices.Delete(slices.Clone(w.list), k, k+2)
	return v, true
}

func (w *words) number(text string) int {
	v, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		w.fail("%q is no number", text)
	}
	return int(v)
}

func (w *words) option(name string, otherwise int) int {
	if v, ok := w.after(name); ok {
		return w.number(v)
	}
	return otherwise
}

func (w *words) addr(text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil {
		w.fail("%q is no address", text)
		return wire.AnyAddr
	}
	return a
}

func (w *words) addrOption(name string, otherwise netip.Addr) netip.Addr {
	if v, ok := w.after(name); ok {
		return w.addr(v)
	}
	return otherwise
}

// length reads "(5)".
func (w *words) length() int {
	for k, v := range w.list {
		if strings.HasPrefix(v, "(") && strings.HasSuffix(v, ")") {
			w.list = slices.Delete(slices.Clone(w.list), k, k+1)
			return w.number(v[1 : len(v)-1])
		}
	}
	return 0
}

// end checks that every word was understood.
func (w *words) end() error {
	if w.err == nil && len(w.list) > 0 {
		w.fail("not understood: %s", strings.Join(w.list, " "))
	}
	return w.err
}

var (
	scriptDevice = netip.AddrFrom4([4]byte{10, 0, 0, 2})
	scriptPeer   = netip.AddrFrom4([4]byte{10, 0, 0, 1})
)

// scriptMAC is the hardware address of a script's host 10.0.x.y.
func scriptMAC(a netip.Addr) MAC {
	b := a.As4()
	return MAC{2, 0, 0, 0, b[2], b[3]}
}

// packet builds the frame of a "<" line. The headers are written here byte by byte, apart from the engine's codec.
func (r *scriptRun) packet(w *words) []byte {
	from := w.addrOption("from", scriptPeer)
	to := w.addrOption("to", scriptDevice)
	kind := w.take()
	switch kind {
	case "arp":
		return arpPacketText(w, from)
	case "raw":
		b, err := hex.DecodeString(w.take())
		if err != nil {
			w.fail("raw: %v", err)
		}
		return b
	}
	ip := ipText{ttl: w.option("ttl", 64), id: w.option("id", 0), tos: w.option("tos", 0), df: w.has("df"), more: w.has("mf"),
		offset: w.option("offset", 0),
		badSum: w.has("bad-ip-sum"), options: w.has("ip-options"), cut: w.option("cut", 0), pad: w.option("pad", 0)}
	ip.src, ip.dst = from, to
	bad := w.has("bad-sum")
	switch kind {
	case "udp":
		ip.proto, ip.body = 17, udpText(w)
		if !w.has("no-sum") {
			checksum(ip.body, 6, ip.pseudo()...)
		}
	case "icmp":
		ip.proto, ip.body = 1, icmpText(w)
		checksum(ip.body, 2)
	case "igmp":
		ip.proto, ip.ttl, ip.body = 2, 1, igmpText(w, &ip.dst)
		checksum(ip.body, 2)
	case "ip":
		ip.proto = w.option("proto", 99)
		ip.body = streamBytes(0, w.length())
	default:
		ip.proto, ip.body = 6, r.tcpText(kind, w)
		checksum(ip.body, 16, ip.pseudo()...)
	}
	if bad && len(ip.body) > 0 {
		ip.body[len(ip.body)-1] ^= 0x55
	}
	return ip.frame()
}

// ipText is an IPv4 packet to be built.
type ipText struct {
	src, dst            netip.Addr
	proto, ttl, id, tos int
	df, more            bool
	offset              int
	badSum, options     bool
	cut, pad            int // bytes cut off or added after the packet is complete
	body                []byte
}

func (p *ipText) pseudo() [][]byte {
	s, d := p.src.As4(), p.dst.As4()
	return [][]byte{s[:], d[:], {0, byte(p.proto), byte(len(p.body) >> 8), byte(len(p.body))}}
}

func (p *ipText) frame() []byte {
	head := make([]byte, wire.IPv4Len)
	if p.options {
		head = append(head, 1, 1, 1, 0) // no operation, end of list
	}
	head[0] = byte(4<<4 | len(head)/4)
	head[1] = byte(p.tos)
	binary.BigEndian.PutUint16(head[2:], uint16(len(head)+len(p.body)))
	binary.BigEndian.PutUint16(head[4:], uint16(p.id))
	flags := p.offset / 8
	if p.df {
		flags |= 0x4000
	}
	if p.more {
		flags |= 0x2000
	}
	binary.BigEndian.PutUint16(head[6:], uint16(flags))
	head[8], head[9] = byte(p.ttl), byte(p.proto)
	s, d := p.src.As4(), p.dst.As4()
	copy(head[12:], s[:])
	copy(head[16:], d[:])
	checksum(head, 10)
	if p.badSum {
		head[10] ^= 1
	}
	dst := MAC{2, 0, 10, 0, 0, 2}
	switch {
	case p.dst.IsMulticast():
		dst = multicastMAC(p.dst)
	case p.dst == wire.BroadcastAddr || p.dst.As4()[3] == 255:
		dst = broadcastMAC
	}
	src := scriptMAC(p.src)
	f := append(append(append([]byte{}, dst[:]...), src[:]...), 8, 0)
	f = append(append(f, head...), p.body...)
	f = append(f, make([]byte, p.pad)...)
	return f[:max(len(f)-p.cut, 0)]
}

// checksum writes the Internet checksum of b, over prefix as well, to b[at:].
func checksum(b []byte, at int, prefix ...[]byte) {
	if len(b) < at+2 {
		return
	}
	b[at], b[at+1] = 0, 0
	var all []byte
	for _, p := range prefix {
		all = append(all, p...)
	}
	v := ^plainSum(append(all, b...))
	if v == 0 && at == 6 {
		v = 0xffff
	}
	binary.BigEndian.PutUint16(b[at:], v)
}

// streamBytes is n bytes of every script's data stream from an offset on.
func streamBytes(offset uint32, n int) []byte {
	b := make([]byte, max(n, 0))
	for k := range b {
		b[k] = byte((offset + uint32(k)) * 7 % 251)
	}
	return b
}

// tcpFlagNames are the flags of a script in the order in which they are written; the dot is ACK.
var tcpFlagNames = []struct {
	c   byte
	bit uint8
}{{'S', wire.SYN}, {'F', wire.FIN}, {'R', wire.RST}, {'P', wire.PSH}, {'U', wire.URG}, {'.', wire.ACK}}

// tcpText reads "P. 1:11(10) ack 1 win 5840 <mss 1460> @80": numbers count from the two initial sequence numbers, the data
// is the pattern at its place.
func (r *scriptRun) tcpText(flags string, w *words) []byte {
	f := r.flow(w)
	var bits uint8
	for k := range flags {
		known := flags == "-"
		for _, n := range tcpFlagNames {
			if n.c == flags[k] {
				bits |= n.bit
				known = true
			}
		}
		if !known {
			w.fail("flags %q", flags)
		}
	}
	var first, last, n int
	span := w.take()
	if _, err := fmt.Sscanf(span, "%d:%d(%d)", &first, &last, &n); err != nil || last-first != n {
		w.fail("sequence numbers %q", span)
	}
	ack, hasAck := w.after("ack")
	window := w.option("win", 5840)
	urgent := w.option("urg", 0)
	var options []byte
	if v, ok := w.after("<mss"); ok {
		m := w.number(strings.TrimSuffix(v, ">"))
		options = []byte{2, 4, byte(m >> 8), byte(m)}
	}
	if v, ok := w.after("options"); ok {
		b, err := hex.DecodeString(v)
		if err != nil || len(b)%4 != 0 {
			w.fail("options %q", v)
		}
		options = b
	}
	head := make([]byte, wire.TCPLen, wire.TCPLen+len(options)+n)
	binary.BigEndian.PutUint16(head, f.peer)
	binary.BigEndian.PutUint16(head[2:], f.local)
	binary.BigEndian.PutUint32(head[4:], r.peerISN+uint32(first))
	if hasAck {
		binary.BigEndian.PutUint32(head[8:], f.iss+uint32(w.number(ack)))
	}
	head[12] = byte((wire.TCPLen+len(options))/4) << 4
	head[13] = bits
	binary.BigEndian.PutUint16(head[14:], uint16(window))
	binary.BigEndian.PutUint16(head[18:], uint16(urgent))
	return append(append(head, options...), streamBytes(uint32(first), n)...)
}

// udpText reads "5000>7000 (20)"; "says 30" lies about the length.
func udpText(w *words) []byte {
	var from, to int
	if v := w.take(); true {
		if _, err := fmt.Sscanf(v, "%d>%d", &from, &to); err != nil {
			w.fail("ports %q", v)
		}
	}
	data := streamBytes(0, w.length())
	b := make([]byte, wire.UDPLen, wire.UDPLen+len(data))
	binary.BigEndian.PutUint16(b, uint16(from))
	binary.BigEndian.PutUint16(b[2:], uint16(to))
	binary.BigEndian.PutUint16(b[4:], uint16(w.option("says", wire.UDPLen+len(data))))
	return append(b, data...)
}

// icmpText reads "echo (32)", "unreach code 4 mtu 576" and "type 13 (12)".
func icmpText(w *words) []byte {
	b := make([]byte, wire.ICMPLen)
	switch v := w.take(); v {
	case "echo":
		b[0] = icmpEcho
		b[5], b[7] = 1, 1
	case "unreach":
		b[0], b[1] = icmpUnreachable, byte(w.option("code", 4))
		binary.BigEndian.PutUint16(b[6:], uint16(w.option("mtu", 0)))
	case "type":
		b[0] = byte(w.number(w.take()))
	default:
		w.fail("icmp %q", v)
	}
	return append(b, streamBytes(0, w.length())...)
}

// igmpText reads "query resp 100", "query 239.1.2.3 resp 10", "report 239.1.2.3", and sets the destination.
func igmpText(w *words, dst *netip.Addr) []byte {
	b := make([]byte, igmpLen)
	b[1] = byte(w.option("resp", 0))
	group := wire.AnyAddr
	switch v := w.take(); v {
	case "query":
		b[0] = igmpQuery
		if len(w.list) > 0 && w.list[0] != "bad-sum" {
			group = w.addr(w.take())
		}
	case "report":
		b[0] = igmpReport
		group = w.addr(w.take())
	default:
		w.fail("igmp %q", v)
	}
	g := group.As4()
	copy(b[4:], g[:])
	if *dst == scriptDevice {
		if *dst = group; wire.IsAny(group) {
			*dst = allSystems
		}
	}
	return b
}

// arpPacketText reads "who-has A" and "reply A" (A is at the sender's address) from a host; "tell B" and "mac N" change the
// sender's address and the last byte of its MAC.
func arpPacketText(w *words, from netip.Addr) []byte {
	op := byte(1)
	kind := w.take()
	target := w.addr(w.take())
	sender := w.addrOption("tell", from)
	mac := scriptMAC(from)
	mac[5] = byte(w.option("mac", int(mac[5])))
	dst := broadcastMAC
	own := MAC{2, 0, 10, 0, 0, 2}
	var known MAC
	switch kind {
	case "who-has":
	case "reply":
		op, dst, known = 2, own, own
	default:
		w.fail("arp %q", kind)
	}
	f := append(append(append([]byte{}, dst[:]...), mac[:]...), 8, 6)
	f = append(f, 0, 1, 8, 0, 6, 4, 0, op)
	s, d := sender.As4(), target.As4()
	f = append(append(append(append(f, mac[:]...), s[:]...), known[:]...), d[:]...)
	return append(f, make([]byte, w.option("pad", 0))...)
}

// describe is the text of a frame that the stack has sent.
func (r *scriptRun) describe(b []byte) string {
	be16 := binary.BigEndian.Uint16
	if be16(b[12:]) == 0x0806 {
		sender, target := netip.AddrFrom4([4]byte(b[28:32])), netip.AddrFrom4([4]byte(b[38:42]))
		if b[21] == 1 {
			return fmt.Sprintf("arp who-has %v tell %v (%d bytes)", target, sender, len(b))
		}
		return fmt.Sprintf("arp %v is-at %v for %v (%d bytes)", sender, MAC(b[22:28]), target, len(b))
	}
	ip := b[wire.EthernetLen:]
	head := int(ip[0]&15) * 4
	body := ip[head:]
	src, dst := netip.AddrFrom4([4]byte(ip[12:16])), netip.AddrFrom4([4]byte(ip[16:20]))
	text := ""
	switch ip[9] {
	case 6:
		text = r.describeTCP(body)
	case 17:
		text = fmt.Sprintf("udp %d>%d (%d)", be16(body), be16(body[2:]), len(body)-wire.UDPLen)
		if be16(body[2:]) == wire.DHCPServerPort && len(body) > wire.UDPLen+wire.DHCPOptions {
			text += " " + describeDHCP(body[wire.UDPLen:])
		}
	case 1:
		text = fmt.Sprintf("icmp type %d code %d (%d)", body[0], body[1], len(body)-wire.ICMPLen)
	case 2:
		kind := map[byte]string{igmpReport: "report", igmpLeave: "leave"}[body[0]]
		text = fmt.Sprintf("igmp %s %v ttl %d header %d", kind, netip.AddrFrom4([4]byte(body[4:8])), ip[8], head)
	}
	if src != scriptDevice {
		text += fmt.Sprintf(" from %v", src)
	}
	if dst != scriptPeer {
		text += fmt.Sprintf(" to %v", dst)
	}
	switch mac := MAC(b[:6]); {
	case mac == broadcastMAC:
		text += " broadcast"
	case b[0]&1 != 0:
		text += " multicast"
		if mac != multicastMAC(dst) {
			text += " " + mac.String()
		}
	case mac != scriptMAC(dst):
		text += " via " + mac.String()
	}
	if r.showIP {
		text += fmt.Sprintf(" id %d ttl %d tos %d", be16(ip[4:]), ip[8], ip[1])
		if ip[6]&0x40 != 0 {
			text += " df"
		}
	}
	return text + r.verify(ip, head, body)
}

// verify checks the sums; what is wrong becomes part of the text.
func (r *scriptRun) verify(ip []byte, head int, body []byte) (wrong string) {
	if plainSum(ip[:head]) != 0xffff {
		wrong += " BAD-IP-SUM"
	}
	ph := append(slices.Clone(ip[12:20]), 0, ip[9], byte(len(body)>>8), byte(len(body)))
	sum := plainSum(body)
	if ip[9] == 6 || ip[9] == 17 {
		sum = plainSum(ph, body)
	}
	if sum != 0xffff {
		wrong += " BAD-SUM"
	}
	if int(binary.BigEndian.Uint16(ip[2:])) != len(ip) {
		wrong += " BAD-LENGTH"
	}
	return wrong
}

func (r *scriptRun) describeTCP(body []byte) string {
	local, peer := binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:])
	seq, ack := be32(body[4:]), be32(body[8:])
	flags := body[13]
	f := r.flows[peer]
	if f == nil {
		f = r.addFlow(peer)
	}
	if flags&wire.SYN != 0 {
		f.iss, f.local = seq, local
	}
	data := body[int(body[12]>>4)*4:]
	end := seq - f.iss + uint32(len(data))
	text := ""
	for _, n := range tcpFlagNames {
		if flags&n.bit != 0 {
			text += string(n.c)
		}
	}
	text += fmt.Sprintf(" %d:%d(%d)", int32(seq-f.iss), int32(end), len(data))
	if flags&wire.ACK != 0 {
		text += fmt.Sprintf(" ack %d", int32(ack-r.peerISN))
	}
	text += fmt.Sprintf(" win %d", binary.BigEndian.Uint16(body[14:]))
	if opt := body[wire.TCPLen : int(body[12]>>4)*4]; len(opt) == 4 && opt[0] == 2 {
		text += fmt.Sprintf(" <mss %d>", binary.BigEndian.Uint16(opt[2:]))
	} else if len(opt) > 0 {
		text += fmt.Sprintf(" <%x>", opt)
	}
	if r.showIP && flags&wire.SYN != 0 {
		text += fmt.Sprintf(" isn %d", seq)
	}
	if peer != r.first {
		text += fmt.Sprintf(" @%d", peer)
	}
	if r.showPorts {
		text += fmt.Sprintf(" port %d", local)
	}
	if f.stream != nil && len(data) > 0 && flags&wire.SYN == 0 {
		f.stream(seq-f.iss, data, &text)
	}
	return text
}

// describeDHCP names a message of a client: type, addresses, options.
func describeDHCP(m []byte) string {
	names := map[byte]string{1: "DISCOVER", 3: "REQUEST", 4: "DECLINE", 7: "RELEASE"}
	kind, options := "?", ""
	for o := m[wire.DHCPOptions:]; len(o) > 1 && o[0] != wire.DHCPOptEnd; o = o[2+int(o[1]):] {
		if o[0] == wire.DHCPOptKind {
			kind = names[o[2]]
		}
		options += fmt.Sprintf(",%d", o[0])
	}
	return fmt.Sprintf("dhcp %s options %s", kind, strings.TrimPrefix(options, ","))
}
