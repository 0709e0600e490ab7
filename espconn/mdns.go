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
	mdnsNameMax    = 68 // bytes of a host name
	mdnsServiceMax = 55 // bytes of the service's whole name
	mdnsTTL        = 300
	mdnsAnnounces  = 4
	mdnsPeriod     = time.Second
	mdnsMessageMin = 26
	mdnsMessageMax = 512
	mdnsHeader     = 12
	mdnsIDLimit    = 4 // low byte of the id of questions that are looked at
	mdnsPortDef    = 80
	mdnsTexts      = 10
	mdnsInfoBytes  = 56                     // of the copy of struct mdns_info
	mdnsRoom       = mdnsHeader + 2*256 + 4 // of a message's memory, whatever its length
	mdnsTextBytes  = 50                     // of the block in which a service's first text is made
	mdnsServices   = "_services._dns-sd._udp.local"
	mdnsServiceDef = "_Espressif._tcp._local" // with the SDK's second underscore
	mdnsVendor     = "vendor = Espressif"
)

// MdnsNameDefault is the name that NULL stands for.
const MdnsNameDefault = "Espressif"

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

// MdnsInfo is struct mdns_info: what the responder tells. The texts end with the first empty one, which stands for NULL.
type MdnsInfo struct {
	HostName   string
	ServerName string // "http" makes _http._tcp.local
	ServerPort uint16 // 0: 80
	IPAddr     [4]byte
	TxtData    [mdnsTexts]string
}

// mdns is the responder: the SDK's variables.
type mdns struct {
	info      *mdnsInfo   // the copy of the last init
	sock      *mdnsSocket // of the last init
	host      string      // set by MdnsSetHostname
	target    string      // the host's name of the last init
	server    string      // the service; empty before the first call that sets or asks for it
	port      uint16
	addr      [4]byte
	group     netip.Addr // the zero value before the first init
	began     bool       // an init went through
	joined    bool
	announced int    // of all inits since boot
	stop      func() // the timer's
}

// mdnsInfo is the SDK's copy of an MdnsInfo, in the heap.
type mdnsInfo struct {
	MdnsInfo
	blocks []uint32
	freed  bool
}

// mdnsSocket is a UDP socket of an init. One that a later init has replaced goes on to hear.
type mdnsSocket struct {
	*netstack.UDP
	info *mdnsInfo // what it tells
	hook bool      // it looks at what comes
}

// MdnsInit is espconn_mdns_init: the responder joins 224.0.0.251, listens on UDP port 5353, announces its service four
// times, a second apart, and answers questions for it. Without an address it prints a line and does nothing. As on the
// device only the first init after boot announces, and one without MdnsClose before it finds the port taken: its names are told
// from another port, and the questions are answered with the texts of the init before (espconn.md 5.20).
//
// The instance is <host>.<service>, its target <host>.local, with the host's name of this call; messages have id 0.
func (a *API) MdnsInit(info *MdnsInfo) {
	a.mdnsCall("espconn_mdns_init", "", func() {
		if info != nil {
			a.mdnsInit(info)
		}
	})
}

func (a *API) mdnsInit(info *MdnsInfo) {
	m := &a.mdns
	m.group = mdnsGroup
	if m.info = a.mdnsCopy(info); m.info == nil {
		a.printf("ms_info alloc failed\n")
		return
	}
	if info.IPAddr == [4]byte{} {
		a.finding(nil, RuleMdnsAddress, "espconn_mdns_init for %s with the address 0.0.0.0", info.HostName)
		a.printf("mdns ip error!\n ")
		return
	}
	if m.announced >= mdnsAnnounces {
		a.finding(nil, RuleMdnsOnce, "espconn_mdns_init for %s after the %d announcements of this boot", info.HostName, m.announced)
	}
	m.addr, m.port = info.IPAddr, info.ServerPort
	if m.port == 0 {
		m.port = mdnsPortDef
	}
	m.host = cutName(info.HostName)
	m.target = m.host
	m.server = serviceName(info.ServerName)
	a.printf("host_name = %s\n", m.host)
	a.printf("server_name = %s\n", m.server)
	s := &mdnsSocket{info: m.info}
	s.UDP = a.env.Stack().NewUDP(func(_ netip.AddrPort, _ netip.Addr, _ *netstack.Interface, b []byte) { a.mdnsReceived(s, b) })
	if s.UDP == nil {
		m.sock = nil
		return
	}
	m.sock = s
	if !a.mdnsGroups(a.env.Stack().JoinGroup, "sta udp_join_multigrup failed!\n") {
		return
	}
	m.joined = true
	if s.Bind(netip.IPv4Unspecified(), mdnsPort) != nil {
		a.printf("udp_bind failed!\n")
		return
	}
	s.hook, m.began = true, true
	if m.stop != nil {
		m.stop()
	}
	a.mdnsTimer(m.info)
}

// mdnsCopy copies an info into the heap; nil without memory for the structure. Without memory for a text the SDK writes to address 0.
func (a *API) mdnsCopy(info *MdnsInfo) *mdnsInfo {
	heap := a.env.Heap()
	c := &mdnsInfo{MdnsInfo: *info}
	alloc := func(n int) bool {
		p := heap.Alloc(uint32(n), "mdns_info")
		c.blocks = append(c.blocks, p)
		return p != 0
	}
	if !alloc(mdnsInfoBytes) {
		return nil
	}
	texts := []string{info.HostName, info.ServerName}
	for _, t := range info.TxtData {
		if t == "" {
			break
		}
		texts = append(texts, t)
	}
	for _, t := range texts {
		if !alloc(len(t) + 1) {
			a.fatal(nil, CauseStoreProhibited, "espconn_mdns_init without memory for a text")
		}
	}
	return c
}

// MdnsClose is espconn_mdns_close: the responder ends without a word; the group stays joined. The SDK leaves the timer of the
// announcements running: if there are some to come, the next is made of freed memory, which crashes (espconn.md 5.20).
func (a *API) MdnsClose() { a.mdnsCall("espconn_mdns_close", "", a.mdnsClose) }

func (a *API) mdnsClose() {
	m := &a.mdns
	if m.sock == nil || m.info == nil {
		return
	}
	m.sock.Close()
	for _, b := range m.info.blocks {
		a.env.Heap().Free(b)
	}
	m.info.freed = true
	m.sock, m.info = nil, nil
}

// MdnsServerRegister is espconn_mdns_server_register: it joins the group. Before the first init there is none (espconn.md 5.20).
func (a *API) MdnsServerRegister() {
	a.mdnsCall("espconn_mdns_server_register", "", func() {
		m := &a.mdns
		switch {
		case m.joined:
			a.printf("mdns server is already registered !\n")
		case a.env.Stack().JoinGroup(netip.AddrFrom4(m.addr), wireAddr(m.group)) != nil:
			a.printf("udp_join_multigrup failed!\n")
		default:
			m.joined = true
		}
	})
}

// MdnsServerUnregister is espconn_mdns_server_unregister: it leaves the group (espconn.md 5.20).
func (a *API) MdnsServerUnregister() {
	a.mdnsCall("espconn_mdns_server_unregister", "", func() {
		m := &a.mdns
		if m.joined && a.mdnsGroups(a.env.Stack().LeaveGroup, "sta udp_leave_multigrup failed!\n") {
			m.joined = false
		}
	})
}

// mdnsGroups joins or leaves the group on the interfaces of the mode. It prints which one fails, and says then false.
func (a *API) mdnsGroups(do func(host, group netip.Addr) error, failed string) bool {
	m, mode := &a.mdns, a.env.OpMode()
	if mode == stationMode || mode == stationAPMode {
		if do(netip.AddrFrom4(m.addr), mdnsGroup) != nil {
			a.printf("%s", failed)
			return false
		}
	}
	if mode == softAPMode || mode == stationAPMode {
		if do(wireAddr(a.env.IPInfo(softAPIf).Addr()), mdnsGroup) != nil {
			a.printf("ap udp_join_multigrup failed!\n")
			return false
		}
	}
	return true
}

// wireAddr is an address as the SDK has it: 0.0.0.0 for none.
func wireAddr(a netip.Addr) netip.Addr {
	if !a.IsValid() {
		return netip.IPv4Unspecified()
	}
	return a
}

// MdnsGetServername is espconn_mdns_get_servername: the service, such as _http._tcp.local. If none was set the first call returns
// NULL, here empty, and later ones _Espressif._tcp._local (espconn.md 5.20).
func (a *API) MdnsGetServername() string {
	m := &a.mdns
	name := m.server
	if name == "" {
		m.server = mdnsServiceDef
	}
	return name
}

// MdnsSetServername is espconn_mdns_set_servername: it makes the service _name._tcp.local, of which 55 bytes are kept. NULL stands for
// MdnsNameDefault (espconn.md 5.20).
func (a *API) MdnsSetServername(name string) {
	a.mdnsCall("espconn_mdns_set_servername", name, func() { a.mdns.server = serviceName(name) })
}

// MdnsGetHostname is espconn_mdns_get_hostname: MdnsNameDefault if none or an empty one was set (espconn.md 5.20).
func (a *API) MdnsGetHostname() string {
	if a.mdns.host == "" {
		return MdnsNameDefault
	}
	return a.mdns.host
}

// MdnsSetHostname is espconn_mdns_set_hostname, of which 68 bytes are kept. NULL stands for MdnsNameDefault (espconn.md 5.20).
func (a *API) MdnsSetHostname(name string) {
	a.mdnsCall("espconn_mdns_set_hostname", name, func() { a.mdns.host = cutName(name) })
}

// MdnsEnable is espconn_mdns_enable: nothing once an init went through: a disabled responder stays so until the next init. Before
// it crashes, because there is no socket (espconn.md 5.20).
func (a *API) MdnsEnable() {
	a.mdnsCall("espconn_mdns_enable", "", func() {
		if m := &a.mdns; !m.began && m.sock == nil {
			a.fatal(nil, CauseStoreProhibited, "espconn_mdns_enable before espconn_mdns_init")
		}
	})
}

// MdnsDisable is espconn_mdns_disable: questions are not answered any more. After MdnsClose it crashes, because there is no socket
// (espconn.md 5.20).
func (a *API) MdnsDisable() {
	a.mdnsCall("espconn_mdns_disable", "", func() {
		switch m := &a.mdns; {
		case !m.began:
		case m.sock == nil:
			a.fatal(nil, CauseStoreProhibited, "espconn_mdns_disable after espconn_mdns_close")
		default:
			m.sock.hook = false
		}
	})
}

func (a *API) mdnsCall(name, args string, do func()) {
	a.env.Observe(Event{Kind: EventCall, Name: name, Text: args})
	do()
	a.env.Observe(Event{Kind: EventReturn, Name: name})
}

func (a *API) mdnsTimer(info *mdnsInfo) {
	m := &a.mdns
	if m.announced >= mdnsAnnounces {
		return
	}
	m.stop = a.env.After(mdnsPeriod, func() {
		if info.freed || m.sock == nil { // the copy of an init before the last is not freed, but there is no PCB
			a.fatal(nil, CauseLoadProhibited, "the announcement of mDNS after espconn_mdns_close")
		}
		m.announced++
		a.mdnsTell(info)
		a.mdnsTimer(info)
	})
}

func cutName(name string) string { return name[:min(len(name), mdnsNameMax)] }

func serviceName(name string) string {
	name = fmt.Sprintf("_%s._tcp.local", name)
	return name[:min(len(name), mdnsServiceMax)]
}

// mdnsReceived looks at a question's name; its type does not matter, nor whether it is a question.
func (a *API) mdnsReceived(s *mdnsSocket, b []byte) {
	m := &a.mdns
	if !s.hook || len(b) < mdnsMessageMin || len(b) > mdnsMessageMax || b[1] >= mdnsIDLimit || b[5] == 0 {
		return
	}
	switch {
	case asksFor(mdnsServices, b[mdnsHeader:]):
		a.mdnsSend(1, appendRecord(appendName(nil, mdnsServices), dnsTypePTR, dnsClassIN, appendName(nil, m.server)), nil)
	case asksFor(m.server, b[mdnsHeader:]):
		if s.info.freed {
			a.fatal(nil, CauseLoadProhibited, "an answer of mDNS after espconn_mdns_close")
		}
		a.mdnsTell(s.info)
	}
}

// asksFor is the SDK's comparison of an encoded name with a text: case counts; what the name leaves out at the end does not, so
// that _http alone is _http._tcp.local; a pointer stands for whatever is left, and a name without labels for everything if its
// type is below 256 (espconn.md 5.20). Beyond the message are zeros.
func asksFor(text string, b []byte) bool {
	at := func(k int) byte {
		if k < len(b) {
			return b[k]
		}
		return 0
	}
	for k, p := 0, 0; ; p++ { // behind a label the text's point is passed over
		n := at(k)
		if n&0xC0 == 0xC0 {
			return true
		}
		k++
		for ; n > 0; n-- {
			if p >= len(text) || text[p] != at(k) {
				return false
			}
			k, p = k+1, p+1
		}
		if at(k) == 0 {
			return true
		}
	}
}

// mdnsTell sends the four records of the service (espconn.md 5.20).
func (a *API) mdnsTell(info *mdnsInfo) {
	m := &a.mdns
	text := appendText(nil, mdnsVendor)
	for _, t := range info.TxtData {
		if t == "" {
			break
		}
		text = appendText(text, t)
	}
	instance := append(appendLabels(nil, info.HostName), mdnsPointer...)
	srv := binary.BigEndian.AppendUint16(make([]byte, 4), m.port)
	b := appendRecord(appendName(nil, m.server), dnsTypePTR, dnsClassIN, instance)
	b = appendRecord(append(b, instance...), dnsTypeTXT, dnsClassFlush, text)
	b = appendRecord(append(b, instance...), dnsTypeSRV, dnsClassFlush, appendName(srv, m.target+".local"))
	b = appendRecord(appendName(b, m.target+".local"), dnsTypeA, dnsClassFlush, m.addr[:])
	a.mdnsSend(4, b, a.mdnsText)
}

// mdnsText makes the service's first text, while its message's memory is held. Without memory for it the SDK writes to address 0
// (espconn.md 5.20).
func (a *API) mdnsText(held bool) {
	if !held {
		a.printf("ERR_MEM \n")
		return
	}
	p := a.env.Heap().Alloc(mdnsTextBytes, "mdns text")
	if p == 0 {
		a.fatal(nil, CauseStoreProhibited, "mDNS without memory for a text")
	}
	a.env.Heap().Free(p)
}

// mdnsSend sends an authoritative response to the group. Its memory is taken first, and filled is called then (netstack.UDP.Reserve).
func (a *API) mdnsSend(answers uint16, records []byte, filled func(bool)) {
	if a.mdns.sock == nil {
		return
	}
	a.mdns.sock.Reserve(mdnsRoom, filled)
	b := make([]byte, 12, 12+len(records))
	b[2] = 0x84
	binary.BigEndian.PutUint16(b[6:], answers)
	b = append(b, records...)
	to := netip.AddrPortFrom(mdnsGroup, mdnsPort)
	if ifs := a.env.BroadcastIfs(); len(ifs) > 1 { // with wifi_set_broadcast_if(3) through both (espconn.md 5.20)
		_ = a.mdns.sock.SendVia(ifs[0], b, to)
		a.mdns.sock.Reserve(mdnsRoom, nil) // the second one is a copy
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
