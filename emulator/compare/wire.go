package compare

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/emu8266/emu8266/emulator/internal/frames"
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
	f := frames.Parse(data)
	if f.ARP != nil {
		return fmt.Sprintf("%s, %x %x, %x > %x", describe(data), f.ARP.SenderMAC, f.ARP.TargetMAC, f.From, f.To)
	}
	if f.IP == nil {
		return fmt.Sprintf("%x", data)
	}
	ip := f.IP
	if ip.Protocol == frames.ProtocolIGMP { // at a drawn time
		return ""
	}
	head := fmt.Sprintf("ttl %d tos %d frag %s+%d", ip.TTL, ip.TOS, fragmentation(ip.Flags), ip.FragmentStart)
	switch {
	case f.TCP != nil:
		return w.segment(f.TCP) + " " + head
	case f.UDP != nil:
		u := f.UDP
		if d := u.DHCP(); d != nil {
			return fmt.Sprintf("DHCP %v > %v %s %v %v [%s] secs %d flags %x, %d bytes, %s", ip.From, ip.To,
				map[byte]string{1: "request", 2: "reply"}[d.Operation], d.ClientAddr, d.YourAddr, options(d.Options), d.Seconds, d.Flags,
				len(u.Payload), head)
		}
		if names, answer, ok := dns(u); ok {
			return fmt.Sprintf("DNS %v > %v answer %v %v, %s", ip.From, ip.To, answer, names, head)
		}
		return fmt.Sprintf("UDP %v > %v, %s, %s", u.From, u.To, contents(u.Payload), head)
	}
	if len(ip.Payload) >= 36 && ip.Protocol == frames.ProtocolICMP { // about a packet, which has an identification
		return fmt.Sprintf("ICMP %v > %v %x about %d %x, %s", ip.From, ip.To, ip.Payload[:2], ip.Payload[17], ip.Payload[20:36], head)
	}
	return fmt.Sprintf("protocol %d %v > %v, %s, %s", ip.Protocol, ip.From, ip.To, contents(ip.Payload), head)
}

// fragmentation names the flags of a packet.
func fragmentation(flags byte) string {
	var set []string
	if flags&frames.DontFragment != 0 {
		set = append(set, "DF")
	}
	if flags&frames.MoreFragments != 0 {
		set = append(set, "MF")
	}
	return strings.Join(set, "|")
}

// options are the numbers and contents of a list of options.
func options(list []frames.Option) string {
	var out []string
	for _, o := range list {
		out = append(out, fmt.Sprintf("%d:%x", o.Kind, o.Data))
	}
	return strings.Join(out, " ")
}

// dns returns the names that a datagram of DNS asks for.
func dns(u *frames.UDP) (names []string, answer, ok bool) {
	const port = 53
	if u.From.Port() != port && u.To.Port() != port {
		return nil, false, false
	}
	var p dnsmessage.Parser
	head, err := p.Start(u.Payload)
	if err != nil {
		return nil, false, false
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return nil, false, false
	}
	for _, q := range questions {
		names = append(names, q.Name.String())
	}
	return names, head.Response, true
}

// segment tells a segment of TCP.
func (w *wire) segment(l *frames.TCP) string {
	from, to := l.From.String(), l.To.String()
	me, peer := from+" "+to, to+" "+from
	if l.Has(frames.SYN) {
		w.first[me] = l.Seq
		if !l.Has(frames.ACK) && w.ports[from] == "" {
			w.ports[from] = fmt.Sprintf("port%d", len(w.ports)+1)
		}
		if !l.Has(frames.ACK) {
			delete(w.secure, me)
			delete(w.secure, peer)
		}
	}
	const handshake, major = 22, 3
	if p := l.Payload; len(p) >= 2 && p[0] == handshake && p[1] == major {
		w.secure[me], w.secure[peer] = true, true
	}
	ack := "-"
	if l.Has(frames.ACK) {
		ack = fmt.Sprint(l.Ack - w.first[peer])
	}
	what := contents(l.Payload)
	if w.secure[me] {
		what = fmt.Sprintf("%d bytes of TLS", len(l.Payload))
	}
	return fmt.Sprintf("TCP %s > %s %s seq %d ack %s window %d [%s] %s", w.place(l.From), w.place(l.To),
		flags(l), l.Seq-w.first[me], ack, l.Window, options(l.Options), what)
}

func (w *wire) place(at netip.AddrPort) string {
	if name := w.ports[at.String()]; name != "" {
		return at.Addr().String() + ":" + name
	}
	return at.String()
}

// contents stands for a payload: its length, its beginning and a sum.
func contents(b []byte) string {
	h := fnv.New32a()
	_, _ = h.Write(b)
	return fmt.Sprintf("%d bytes %08x%s", len(b), h.Sum32(), beginning(b))
}
