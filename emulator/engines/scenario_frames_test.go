package engines_test

import (
	"fmt"
	"hash/fnv"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/trace"
)

// wire tells frames as far as two stacks have to have them in common: headers, options and contents, without what is drawn. That is where
// sequence numbers begin, DHCP's and DNS's numbers, ports that the device draws, when IGMP reports, and what TLS encrypts. The IP
// header's identification is left out, too: it is given before a packet waits for ARP, and so depends on IGMP's.
type wire struct {
	secure map[uint16]bool   // ports with TLS
	first  map[string]uint32 // sequence numbers of SYNs, by sender
	given  map[uint16]bool   // the device's ports that the scenario names
	drawn  map[uint16]string // names of those that the device draws
}

// sent returns a side's frames as events, each with a line of its own.
func sent(side compare.Side, s scenario) (out compare.Side) {
	w := wire{map[uint16]bool{}, map[string]uint32{}, map[uint16]bool{}, map[uint16]string{}}
	for n, x := range s.Servers {
		w.secure[uint16(1000+n)] = x.TLS != nil
	}
	for _, x := range s.Steps {
		named := func(e trace.Event) bool { return strings.HasPrefix(e.Text, fmt.Sprintf("# %d %d = ", x.Call, x.Slot)) }
		if !slices.ContainsFunc(side.Events, named) {
			continue // a drawn port may be one of a step that never came
		}
		switch x.Call {
		case doSecureAccept:
			w.secure[x.A], w.given[x.A] = true, true
		case doSecureConnect:
			w.secure[uint16(x.C)] = true
		case doConnect:
			w.given[uint16(x.C>>16)] = true
		case doAccept, doCreate:
			w.given[x.A] = true
		}
	}
	for _, f := range side.Frames {
		if text := w.tell(f.Data); text != "" {
			out.Events = append(out.Events, trace.Event{At: f.At, Source: trace.SourceNet, Kind: trace.KindLine, Text: text})
		}
	}
	return out
}

// tell returns a frame's line, "" for one that does not count.
func (w *wire) tell(data []byte) string {
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.DecodeOptions{Lazy: true, NoCopy: true})
	if a, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		return fmt.Sprintf("ARP %d %v %v > %v %v, %v", a.Operation, a.SourceHwAddress, a.SourceProtAddress, a.DstHwAddress,
			a.DstProtAddress, p.LinkLayer().LinkFlow())
	}
	ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if !ok {
		return fmt.Sprintf("%x", data)
	}
	if ip.Protocol == layers.IPProtocolIGMP { // at a drawn time
		return ""
	}
	head := fmt.Sprintf("%v > %v ttl %d tos %d frag %v+%d", ip.SrcIP, ip.DstIP, ip.TTL, ip.TOS, ip.Flags, ip.FragOffset)
	switch l := p.TransportLayer().(type) {
	case *layers.TCP:
		me, peer := fmt.Sprint(ip.SrcIP, l.SrcPort, ip.DstIP, l.DstPort), fmt.Sprint(ip.DstIP, l.DstPort, ip.SrcIP, l.SrcPort)
		if l.SYN {
			w.first[me] = l.Seq
		}
		ack := "-"
		if l.ACK {
			ack = fmt.Sprint(l.Ack - w.first[peer])
		}
		var options []string
		for _, o := range l.Options {
			options = append(options, fmt.Sprintf("%d:%x", o.OptionType, o.OptionData))
		}
		what := sumOf(l.Payload)
		if w.secure[uint16(l.SrcPort)] || w.secure[uint16(l.DstPort)] {
			what = ""
		}
		return fmt.Sprintf("TCP %s > %s %s seq %d ack %s win %d len %d %s %s %s", w.port(ip.SrcIP, l.SrcPort), w.port(ip.DstIP, l.DstPort),
			bits(l), l.Seq-w.first[me], ack, l.Window, len(l.Payload), what, strings.Join(options, " "), head)
	case *layers.UDP:
		if d, ok := p.Layer(layers.LayerTypeDHCPv4).(*layers.DHCPv4); ok {
			return fmt.Sprintf("DHCP %v %v %v %v secs %d flags %x len %d %s", d.Operation, d.ClientIP, d.YourClientIP, d.Options, d.Secs,
				d.Flags, len(l.Payload), head)
		}
		if d, ok := p.Layer(layers.LayerTypeDNS).(*layers.DNS); ok {
			var q []string
			for _, x := range d.Questions {
				q = append(q, string(x.Name))
			}
			return fmt.Sprintf("DNS %v %v %s", d.QR, q, head)
		}
		return fmt.Sprintf("UDP %d > %d len %d %s %s", l.SrcPort, l.DstPort, len(l.Payload), sumOf(l.Payload), head)
	}
	if len(ip.Payload) >= 36 && ip.Protocol == layers.IPProtocolICMPv4 { // about a packet, which has an identification
		return fmt.Sprintf("ICMP %x about %d %x %s", ip.Payload[:2], ip.Payload[17], ip.Payload[20:36], head)
	}
	return fmt.Sprintf("protocol %d len %d %s %s", ip.Protocol, len(ip.Payload), sumOf(ip.Payload), head)
}

// port names a port: of those that the device draws the order counts.
func (w *wire) port(at net.IP, p layers.TCPPort) string {
	n := uint16(p)
	if at.String() != deviceAddr || n < 1024 || w.given[n] {
		return strconv.Itoa(int(n))
	}
	if w.drawn[n] == "" {
		w.drawn[n] = fmt.Sprintf("drawn%d", len(w.drawn))
	}
	return w.drawn[n]
}

// bits are TCP's flags.
func bits(t *layers.TCP) string {
	var b strings.Builder
	for _, f := range []struct {
		set  bool
		name string
	}{{t.SYN, "S"}, {t.FIN, "F"}, {t.RST, "R"}, {t.PSH, "P"}, {t.ACK, "A"}} {
		if f.set {
			b.WriteString(f.name)
		}
	}
	return b.String()
}

// sumOf stands for a payload.
func sumOf(b []byte) string {
	h := fnv.New32a()
	_, _ = h.Write(b)
	return fmt.Sprintf("%08x", h.Sum32())
}
