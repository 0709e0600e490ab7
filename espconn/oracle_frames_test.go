package espconn_test

import (
	"fmt"
	"net"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// oracleFrames writes the device's frames as the golden traces do: sequence numbers count from each side's first one,
// ephemeral ports are e1, e2 in order of appearance.
type oracleFrames struct {
	peers map[string]string // by address
	ports map[int]bool      // that the firmware chose
	names map[int]string    // of ephemeral ports
	first map[string]uint32 // "from>to" -> the first sequence number
}

func newOracleFrames(c *oracleCase) *oracleFrames {
	f := &oracleFrames{peers: map[string]string{}, ports: map[int]bool{}, names: map[int]string{}, first: map[string]uint32{}}
	for _, p := range c.Peers {
		if f.peers[p.IP] == "" {
			f.peers[p.IP] = p.Name
		}
	}
	for _, o := range c.Objects {
		f.ports[o.LocalPort] = true
	}
	return f
}

func (f *oracleFrames) local(port int) string {
	if f.ports[port] {
		return fmt.Sprint(port)
	}
	if f.names[port] == "" {
		f.names[port] = fmt.Sprint("e", 1+len(f.names))
	}
	return f.names[port]
}

func (f *oracleFrames) host(ip net.IP) string {
	if name := f.peers[ip.String()]; name != "" {
		return name
	}
	return ip.String()
}

// since is a sequence number of one direction, counted from its first.
func (f *oracleFrames) since(from, to string, seq uint32, anew bool) uint32 {
	key := from + ">" + to
	if _, ok := f.first[key]; !ok || anew {
		f.first[key] = seq
	}
	return seq - f.first[key]
}

// sent is the line of a frame of the device, "" for what the traces leave out.
func (f *oracleFrames) sent(b []byte) string {
	p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
	if a, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		if a.Operation == layers.ARPRequest {
			return "ARP who-has " + net.IP(a.DstProtAddress).String()
		}
		return ""
	}
	ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if !ok {
		return ""
	}
	to := f.host(ip.DstIP)
	if t, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP); ok {
		flags := ""
		for _, l := range []struct {
			on   bool
			name string
		}{{t.FIN, "F"}, {t.SYN, "S"}, {t.RST, "R"}, {t.PSH, "P"}, {t.ACK, "A"}} {
			if l.on {
				flags += l.name
			}
		}
		here, there := fmt.Sprint(int(t.SrcPort)), fmt.Sprint(to, ":", int(t.DstPort))
		s := fmt.Sprintf("TCP %s>%s %s s%d", f.local(int(t.SrcPort)), there, flags, f.since(here, there, t.Seq, t.SYN))
		if t.ACK {
			s += fmt.Sprintf(" a%d", f.since(there, here, t.Ack, false))
		}
		s += fmt.Sprintf(" l%d w%d", len(t.Payload), t.Window)
		if len(t.Options) > 0 {
			s += fmt.Sprintf(" opt%x", b[14+4*int(ip.IHL)+20:14+4*int(ip.IHL)+4*int(t.DataOffset)])
		}
		return s
	}
	if u, ok := p.Layer(layers.LayerTypeUDP).(*layers.UDP); ok {
		return fmt.Sprintf("UDP %s>%s:%d l%d", f.local(int(u.SrcPort)), to, int(u.DstPort), len(u.Payload))
	}
	if i, ok := p.Layer(layers.LayerTypeICMPv4).(*layers.ICMPv4); ok {
		return fmt.Sprintf("ICMP type %d code %d to %s", i.TypeCode.Type(), i.TypeCode.Code(), to)
	}
	return ""
}

// received notes the first sequence number of a peer, when it sends.
func (f *oracleFrames) received(b []byte) {
	p := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.Default)
	ip, ok := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	if !ok {
		return
	}
	if t, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP); ok {
		f.since(fmt.Sprint(f.host(ip.SrcIP), ":", int(t.SrcPort)), fmt.Sprint(int(t.DstPort)), t.Seq, t.SYN)
	}
}
