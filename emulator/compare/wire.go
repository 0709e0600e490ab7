package compare

import (
	"fmt"
	"hash/fnv"
	"net"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// wire tells frames as far as two stacks have to have them in common: headers, options and contents, without what is drawn. That is where
// sequence numbers begin, the numbers of DHCP and DNS, the ports of clients, when IGMP reports, and what TLS encrypts. The IP header's
// identification is left out, too: it is given before a packet waits for ARP, and so depends on IGMP's.
type wire struct {
	first  map[string]uint32 // sequence numbers of SYNs, by sender and receiver
	ports  map[string]string // names of ports that begin a connection, by address and port, in the order of appearance
	secure map[string]bool   // connections whose contents are TLS, by sender and receiver
}

func newWire() *wire { return &wire{map[string]uint32{}, map[string]string{}, map[string]bool{}} }

// tell returns a frame's line, "" for one that does not count.
func (w *wire) tell(data []byte) string {
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	if a, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		return fmt.Sprintf("%s, %x %x, %v", describe(data), a.SourceHwAddress, a.DstHwAddress, p.LinkLayer().LinkFlow())
	}
	ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if !ok {
		return fmt.Sprintf("%x", data)
	}
	if ip.Protocol == layers.IPProtocolIGMP { // at a drawn time
		return ""
	}
	head := fmt.Sprintf("ttl %d tos %d frag %v+%d", ip.TTL, ip.TOS, ip.Flags, ip.FragOffset)
	switch l := p.TransportLayer().(type) {
	case *layers.TCP:
		return w.segment(ip, l) + " " + head
	case *layers.UDP:
		if d, ok := p.Layer(layers.LayerTypeDHCPv4).(*layers.DHCPv4); ok {
			return fmt.Sprintf("DHCP %v > %v %v %v %v %v secs %d flags %x, %d bytes, %s", ip.SrcIP, ip.DstIP, d.Operation, d.ClientIP,
				d.YourClientIP, d.Options, d.Secs, d.Flags, len(l.Payload), head)
		}
		if d, ok := p.Layer(layers.LayerTypeDNS).(*layers.DNS); ok {
			var names []string
			for _, q := range d.Questions {
				names = append(names, string(q.Name))
			}
			return fmt.Sprintf("DNS %v > %v answer %v %v, %s", ip.SrcIP, ip.DstIP, d.QR, names, head)
		}
		return fmt.Sprintf("UDP %v:%d > %v:%d, %s, %s", ip.SrcIP, l.SrcPort, ip.DstIP, l.DstPort, contents(l.Payload), head)
	}
	if len(ip.Payload) >= 36 && ip.Protocol == layers.IPProtocolICMPv4 { // about a packet, which has an identification
		return fmt.Sprintf("ICMP %v > %v %x about %d %x, %s", ip.SrcIP, ip.DstIP, ip.Payload[:2], ip.Payload[17], ip.Payload[20:36], head)
	}
	return fmt.Sprintf("protocol %d %v > %v, %s, %s", ip.Protocol, ip.SrcIP, ip.DstIP, contents(ip.Payload), head)
}

// segment tells a segment of TCP.
func (w *wire) segment(ip *layers.IPv4, l *layers.TCP) string {
	from, to := fmt.Sprint(ip.SrcIP, l.SrcPort), fmt.Sprint(ip.DstIP, l.DstPort)
	me, peer := from+" "+to, to+" "+from
	if l.SYN {
		w.first[me] = l.Seq
		if !l.ACK && w.ports[from] == "" {
			w.ports[from] = fmt.Sprintf("port%d", len(w.ports)+1)
		}
		if !l.ACK {
			delete(w.secure, me)
			delete(w.secure, peer)
		}
	}
	const handshake, major = 22, 3
	if p := l.Payload; len(p) >= 2 && p[0] == handshake && p[1] == major {
		w.secure[me], w.secure[peer] = true, true
	}
	ack := "-"
	if l.ACK {
		ack = fmt.Sprint(l.Ack - w.first[peer])
	}
	var options []string
	for _, o := range l.Options {
		options = append(options, fmt.Sprintf("%d:%x", o.OptionType, o.OptionData))
	}
	what := contents(l.Payload)
	if w.secure[me] {
		what = fmt.Sprintf("%d bytes of TLS", len(l.Payload))
	}
	return fmt.Sprintf("TCP %s > %s %s seq %d ack %s window %d [%s] %s", w.place(ip.SrcIP, l.SrcPort), w.place(ip.DstIP, l.DstPort),
		flags(l), l.Seq-w.first[me], ack, l.Window, strings.Join(options, " "), what)
}

func (w *wire) place(at net.IP, p layers.TCPPort) string {
	if name := w.ports[fmt.Sprint(at, p)]; name != "" {
		return at.String() + ":" + name
	}
	return fmt.Sprintf("%v:%d", at, uint16(p))
}

// contents stands for a payload: its length, its beginning and a sum.
func contents(b []byte) string {
	h := fnv.New32a()
	_, _ = h.Write(b)
	return fmt.Sprintf("%d bytes %08x%s", len(b), h.Sum32(), beginning(b))
}
