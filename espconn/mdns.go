package espconn

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// Figures of mDNS (espconn.md 5.20).
const (
	mdnsPort       = 5353
	mdnsNameMax    = 68 // bytes of a host or server name
	mdnsTTL        = 300
	mdnsAnnounces  = 4
	mdnsPeriod     = time.Second
	mdnsMessageMin = 26
	mdnsMessageMax = 512
	mdnsIDLimit    = 4 // low byte of the id of questions that are looked at
	mdnsPortDef    = 80
	mdnsTexts      = 10
	mdnsNameDef    = "Espressif"
	mdnsServices   = "_services._dns-sd._udp.local"
	mdnsVendor     = "vendor = Espressif"
)

// Record types of RFC 1035 and 2782.
const (
	dnsTypeA   = 1
	dnsTypePTR = 12
	dnsTypeTXT = 16
	dnsTypeSRV = 33

	dnsClassIN    = 1
	dnsClassFlush = 0x8001 // with the bit that ends older answers

	mdnsPointer = "\xC0\x0C" // to the name of the first record
)

var mdnsGroup = netip.AddrFrom4([4]byte{224, 0, 0, 251})

// MdnsInfo is struct mdns_info: what the responder tells. Empty texts are NULL pointers.
type MdnsInfo struct {
	HostName   string
	ServerName string // "http" makes _http._tcp.local
	ServerPort uint16 // 0: 80
	IPAddr     [4]byte
	TxtData    [mdnsTexts]string
}

// mdns is the responder.
type mdns struct {
	info      MdnsInfo
	sock      *netstack.UDP
	host      string // set by MdnsSetHostname
	server    string
	began     bool // MdnsInit was called once: enable does nothing any more
	deaf      bool // disabled
	joined    bool
	announced int    // of all inits since boot
	stop      func() // the timer's
}

// MdnsInit is espconn_mdns_init: the responder joins 224.0.0.251, listens on UDP port 5353, announces its service four
// times, a second apart, and answers questions for it. Without an address it prints a line and does nothing. As on the
// device only the first init after boot announces (espconn.md 5.20).
//
// The instance is <host>.<service>, its target <host>.local, with the host's name of this call; messages have id 0.
func (a *API) MdnsInit(info *MdnsInfo) {
	a.mdnsCall("espconn_mdns_init", "", func() {
		m := &a.mdns
		if info == nil {
			return
		}
		if info.IPAddr == [4]byte{} {
			a.printf("mdns ip error!\n")
			return
		}
		a.mdnsClose()
		if m.announced >= mdnsAnnounces {
			a.finding(nil, RuleMdnsOnce, "espconn_mdns_init for %s after the %d announcements of this boot", info.HostName, m.announced)
		}
		m.info, m.began, m.deaf = *info, true, false
		m.host, m.server = info.HostName, info.ServerName
		if m.info.ServerPort == 0 {
			m.info.ServerPort = mdnsPortDef
		}
		a.printf("host_name = %s\n", m.hostname())
		a.printf("server_name = %s\n", m.service())
		a.mdnsJoin(true)
		m.sock = a.env.Stack().NewUDP(a.mdnsReceived)
		if m.sock == nil {
			return
		}
		_ = m.sock.Bind(netip.IPv4Unspecified(), mdnsPort)
		a.mdnsTimer()
	})
}

// MdnsClose is espconn_mdns_close: the responder ends without a word; the group stays joined (espconn.md 5.20).
func (a *API) MdnsClose() { a.mdnsCall("espconn_mdns_close", "", a.mdnsClose) }

func (a *API) mdnsClose() {
	m := &a.mdns
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
	if m.sock != nil {
		m.sock.Close()
		m.sock = nil
	}
}

// MdnsServerRegister is espconn_mdns_server_register: it joins the group (espconn.md 5.20).
func (a *API) MdnsServerRegister() {
	a.mdnsCall("espconn_mdns_server_register", "", func() { a.mdnsJoin(true) })
}

// MdnsServerUnregister is espconn_mdns_server_unregister: it leaves the group (espconn.md 5.20).
func (a *API) MdnsServerUnregister() {
	a.mdnsCall("espconn_mdns_server_unregister", "", func() { a.mdnsJoin(false) })
}

// MdnsGetServername is espconn_mdns_get_servername: the service, such as _http._tcp.local (espconn.md 5.20).
func (a *API) MdnsGetServername() string { return a.mdns.service() }

// MdnsSetServername is espconn_mdns_set_servername; empty stands for NULL and means Espressif (espconn.md 5.20).
func (a *API) MdnsSetServername(name string) {
	a.mdnsCall("espconn_mdns_set_servername", name, func() { a.mdns.server = name })
}

// MdnsGetHostname is espconn_mdns_get_hostname (espconn.md 5.20).
func (a *API) MdnsGetHostname() string { return a.mdns.hostname() }

// MdnsSetHostname is espconn_mdns_set_hostname; empty stands for NULL and means Espressif (espconn.md 5.20).
func (a *API) MdnsSetHostname(name string) {
	a.mdnsCall("espconn_mdns_set_hostname", name, func() { a.mdns.host = name })
}

// MdnsEnable is espconn_mdns_enable, which only has an effect before the first init: a disabled responder stays so until
// the next init (espconn.md 5.20).
func (a *API) MdnsEnable() {
	a.mdnsCall("espconn_mdns_enable", "", func() {
		if !a.mdns.began {
			a.mdns.deaf = false
		}
	})
}

// MdnsDisable is espconn_mdns_disable: questions are not answered any more (espconn.md 5.20).
func (a *API) MdnsDisable() { a.mdnsCall("espconn_mdns_disable", "", func() { a.mdns.deaf = true }) }

func (a *API) mdnsCall(name, args string, do func()) {
	a.env.Observe(Event{Kind: EventCall, Name: name, Text: args})
	do()
	a.env.Observe(Event{Kind: EventReturn, Name: name})
}

// mdnsJoin joins or leaves the group on all interfaces.
func (a *API) mdnsJoin(join bool) {
	m, any4 := &a.mdns, netip.IPv4Unspecified()
	switch {
	case join && m.joined:
		a.printf("mdns server is already registered !\n")
	case join:
		m.joined = a.env.Stack().JoinGroup(any4, mdnsGroup) == nil
	case m.joined:
		_ = a.env.Stack().LeaveGroup(any4, mdnsGroup)
		m.joined = false
	}
}

func (a *API) mdnsTimer() {
	m := &a.mdns
	if m.announced >= mdnsAnnounces {
		return
	}
	m.stop = a.env.After(mdnsPeriod, func() {
		m.announced++
		a.mdnsTell()
		a.mdnsTimer()
	})
}

func cutName(name string) string {
	if name == "" {
		return mdnsNameDef
	}
	return name[:min(len(name), mdnsNameMax)]
}

func (m *mdns) hostname() string { return cutName(m.host) }
func (m *mdns) service() string  { return fmt.Sprintf("_%s._tcp.local", cutName(m.server)) }

// mdnsReceived looks at a question's name; its type does not matter.
func (a *API) mdnsReceived(_ netip.AddrPort, _ netip.Addr, _ *netstack.Interface, b []byte) {
	m := &a.mdns
	if m.deaf || len(b) < mdnsMessageMin || len(b) > mdnsMessageMax || b[1] >= mdnsIDLimit || b[2]&0x80 != 0 {
		return
	}
	switch name := labels(b[12:]); {
	case strings.EqualFold(name, mdnsServices):
		a.mdnsSend(1, appendRecord(appendName(nil, mdnsServices), dnsTypePTR, dnsClassIN, appendName(nil, m.service())))
	case strings.EqualFold(name, m.service()):
		a.mdnsTell()
	}
}

// labels reads an encoded name; what is malformed ends it.
func labels(b []byte) string {
	var parts []string
	for len(b) > 0 && b[0] != 0 && b[0]&0xc0 == 0 && len(b) > int(b[0]) {
		n := int(b[0])
		parts = append(parts, string(b[1:1+n]))
		b = b[1+n:]
	}
	return strings.Join(parts, ".")
}

// mdnsTell sends the four records of the service (espconn.md 5.20).
func (a *API) mdnsTell() {
	m := &a.mdns
	service, host := m.service(), cutName(m.info.HostName)
	text := appendText(nil, mdnsVendor)
	for _, t := range m.info.TxtData {
		if t != "" {
			text = appendText(text, t)
		}
	}
	instance := append(appendLabels(nil, host), mdnsPointer...)
	srv := binary.BigEndian.AppendUint16(make([]byte, 4), m.info.ServerPort)
	b := appendRecord(appendName(nil, service), dnsTypePTR, dnsClassIN, instance)
	b = appendRecord(append(b, instance...), dnsTypeTXT, dnsClassFlush, text)
	b = appendRecord(append(b, instance...), dnsTypeSRV, dnsClassFlush, appendName(srv, host+".local"))
	b = appendRecord(appendName(b, host+".local"), dnsTypeA, dnsClassFlush, m.info.IPAddr[:])
	a.mdnsSend(4, b)
}

// mdnsSend sends an authoritative response to the group.
func (a *API) mdnsSend(answers uint16, records []byte) {
	if a.mdns.sock == nil {
		return
	}
	b := make([]byte, 12, 12+len(records))
	b[2] = 0x84
	binary.BigEndian.PutUint16(b[6:], answers)
	b = append(b, records...)
	to := netip.AddrPortFrom(mdnsGroup, mdnsPort)
	if ifs := a.env.BroadcastIfs(); len(ifs) > 1 { // with wifi_set_broadcast_if(3) through both (espconn.md 5.20)
		_ = a.mdns.sock.SendVia(ifs[0], b, to)
		a.env.Stack().SetDefault(ifs[1])
	}
	_ = a.mdns.sock.SendTo(b, to)
}

func appendName(b []byte, name string) []byte { return append(appendLabels(b, name), 0) }

func appendLabels(b []byte, name string) []byte {
	for label := range strings.SplitSeq(name, ".") {
		label = label[:min(len(label), 63)]
		b = append(append(b, byte(len(label))), label...)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	text = text[:min(len(text), 255)]
	return append(append(b, byte(len(text))), text...)
}

// appendRecord appends what follows a record's name.
func appendRecord(b []byte, kind, class uint16, data []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, class)
	b = binary.BigEndian.AppendUint32(b, mdnsTTL)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}
