package espconn_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"

	"github.com/emu8266/emu8266/espconn"
)

// mdnsRig is a stepRig that notes what the responder sends.
func mdnsRig(t *testing.T) (rig *stepRig, sent, lines *[]string) {
	rig = newStepRig(t, espconn.ManualV21())
	sent, lines = &[]string{}, &[]string{}
	rig.printf = func(s string) { *lines = append(*lines, s) }
	rig.send = func(f []byte) {
		p := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default)
		d, ok := p.Layer(layers.LayerTypeDNS).(*layers.DNS)
		if !ok {
			if u, isUDP := p.Layer(layers.LayerTypeUDP).(*layers.UDP); isUDP && u.DstPort == 5353 {
				d = &layers.DNS{}
				ok = d.DecodeFromBytes(u.Payload, gopacket.NilDecodeFeedback) == nil
			}
		}
		if !ok {
			return
		}
		ip := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
		s := fmt.Sprint(rig.now, " ", ip.DstIP, " ttl ", ip.TTL)
		for _, a := range d.Answers {
			s += fmt.Sprintf(" %s %s %d", a.Type, a.Name, a.TTL)
		}
		*sent = append(*sent, s)
	}
	return rig, sent, lines
}

// ask sends a question to the group.
func ask(rig *stepRig, id uint16, name string) {
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 255, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4(10, 0, 0, 9),
		DstIP: net.IPv4(224, 0, 0, 251)}
	u := &layers.UDP{SrcPort: 5353, DstPort: 5353}
	_ = u.SetNetworkLayerForChecksum(ip)
	q := &layers.DNS{ID: id, QDCount: 1, Questions: []layers.DNSQuestion{{Name: []byte(name), Type: layers.DNSTypeAAAA,
		Class: layers.DNSClassIN}}}
	buf := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 10, 0, 0, 9}, DstMAC: net.HardwareAddr{1, 0, 0x5e, 0, 0, 251},
			EthernetType: layers.EthernetTypeIPv4},
		ip, u, q)
	assert.NoError(rig.t, err)
	rig.do(func() { rig.ifc.Input(rig.clock(), buf.Bytes()) })
}

// TestMdns is espconn.md 5.20.
func TestMdns(t *testing.T) {
	rig, sent, lines := mdnsRig(t)
	a := rig.api
	assert.Empty(t, a.MdnsGetServername(), "NULL")
	assert.Equal(t, "_Espressif._tcp._local", a.MdnsGetServername())
	assert.Equal(t, "Espressif", a.MdnsGetHostname())
	a.MdnsServerRegister()
	assert.Equal(t, []string{"udp_join_multigrup failed!"}, *lines, "there is no group yet")
	*lines = nil
	a.MdnsInit(&espconn.MdnsInfo{HostName: "lamp"})
	assert.Equal(t, []string{"mdns ip error!\n "}, *lines)
	*lines = nil
	info := &espconn.MdnsInfo{HostName: "lamp", ServerName: "http", IPAddr: [4]byte{10, 0, 0, 2}, TxtData: [10]string{"version = 1"}}
	a.MdnsInit(info)
	assert.Equal(t, []string{"host_name = lamp", "server_name = _http._tcp.local"}, *lines)

	const four = " 224.0.0.251 ttl 128 PTR _http._tcp.local 300 TXT lamp._http._tcp.local 300 SRV " +
		"lamp._http._tcp.local 300 A lamp.local 300"
	rig.run(10_000)
	assert.Equal(t, []string{"1000" + four, "2000" + four, "3000" + four, "4000" + four}, *sent)
	*sent = nil
	ask(rig, 0, "_http._tcp.local")
	ask(rig, 3, "_services._dns-sd._udp.local")
	ask(rig, 4, "_http._tcp.local")  // its id is out of range
	ask(rig, 0, "_other._tcp.local") // another service
	ask(rig, 0, "x.y")               // too short
	ask(rig, 0, strings.Repeat("a.", 60)+"_http._tcp.local")
	now := fmt.Sprint(rig.now)
	assert.Equal(t, []string{now + four, now + " 224.0.0.251 ttl 128 PTR _services._dns-sd._udp.local 300"}, *sent)

	*sent = nil
	a.MdnsDisable()
	a.MdnsEnable() // has no effect any more
	ask(rig, 0, "_http._tcp.local")
	assert.Empty(t, *sent)
	a.MdnsServerUnregister()
	a.MdnsClose()
	a.MdnsInit(info) // answers again, but does not announce
	rig.run(20_000)
	assert.Empty(t, *sent)
	ask(rig, 0, "_http._tcp.local")
	assert.Len(t, *sent, 1)
	*sent = nil
	a.MdnsServerUnregister()
	ask(rig, 0, "_http._tcp.local") // the group is left
	assert.Empty(t, *sent)
	a.MdnsServerRegister()
	ask(rig, 0, "_http._tcp.local")
	assert.Len(t, *sent, 1)
	a.MdnsClose()
	*sent = nil
	ask(rig, 0, "_http._tcp.local")
	assert.Empty(t, *sent)
	a.MdnsSetHostname(strings.Repeat("h", 80))
	a.MdnsSetServername("ipp")
	assert.Len(t, a.MdnsGetHostname(), 68)
	assert.Equal(t, "_ipp._tcp.local", a.MdnsGetServername())
	a.MdnsSetServername(strings.Repeat("s", 80))
	assert.Equal(t, "_"+strings.Repeat("s", 54), a.MdnsGetServername())
	a.MdnsSetServername("")
	assert.Equal(t, "_._tcp.local", a.MdnsGetServername())
	a.MdnsSetHostname("")
	assert.Equal(t, "Espressif", a.MdnsGetHostname())
}

// TestMdnsOutOfOrder: calls without a socket, and a second init (espconn.md 5.20).
func TestMdnsOutOfOrder(t *testing.T) {
	info := &espconn.MdnsInfo{HostName: "lamp", ServerName: "http", IPAddr: [4]byte{10, 0, 0, 2}}
	crashes := func(do func(rig *stepRig)) int {
		rig, _, _ := mdnsRig(t)
		rig.do(func() { do(rig) })
		if rig.fatal == nil {
			return 0
		}
		return rig.fatal.cause
	}
	assert.Equal(t, espconn.CauseStoreProhibited, crashes(func(rig *stepRig) { rig.api.MdnsEnable() }))
	assert.Zero(t, crashes(func(rig *stepRig) { rig.api.MdnsDisable() }))
	assert.Zero(t, crashes(func(rig *stepRig) { rig.api.MdnsClose() }))
	assert.Equal(t, espconn.CauseStoreProhibited, crashes(func(rig *stepRig) {
		rig.api.MdnsInit(info)
		rig.api.MdnsClose()
		rig.api.MdnsEnable() // an init went through: nothing
		rig.api.MdnsDisable()
	}))
	assert.Zero(t, crashes(func(rig *stepRig) {
		rig.api.MdnsInit(info)
		rig.run(10_000) // the announcements are over
		rig.api.MdnsClose()
		rig.api.MdnsEnable()
	}), "an init went through: nothing, though its socket is closed")
	assert.Equal(t, espconn.CauseLoadProhibited, crashes(func(rig *stepRig) { // the timer of the announcements runs on
		rig.api.MdnsInit(info)
		rig.api.MdnsClose()
		rig.run(1001)
	}))
	assert.Equal(t, espconn.CauseLoadProhibited, crashes(func(rig *stepRig) { // it has a copy that is not freed, and no PCB
		rig.api.MdnsInit(info)
		rig.api.MdnsInit(info)
		rig.api.MdnsClose()
		rig.run(1001)
	}))
	assert.Zero(t, crashes(func(rig *stepRig) {
		rig.api.MdnsInit(info)
		rig.run(10_000)
		rig.api.MdnsClose()
		rig.run(10_000)
	}))

	rig, _, said := mdnsRig(t)
	rig.api.MdnsInit(&espconn.MdnsInfo{HostName: "lamp", ServerName: "http", IPAddr: [4]byte{10, 0, 0, 99}})
	assert.Equal(t, []string{"host_name = lamp", "server_name = _http._tcp.local", "sta udp_join_multigrup failed!"}, *said,
		"no interface has the address")
	rig, sent, lines := mdnsRig(t)
	rig.api.MdnsInit(info)
	*lines = nil
	second := *info
	second.HostName = "plug"
	rig.api.MdnsInit(&second) // without MdnsClose
	assert.Equal(t, []string{"host_name = plug", "server_name = _http._tcp.local", "udp_bind failed!"}, *lines)
	rig.run(1001)
	if assert.Len(t, *sent, 1) { // the first's timer, the second's name
		assert.Contains(t, (*sent)[0], "SRV lamp._http._tcp.local 300 A plug.local")
	}
}

// TestMdnsNames: which names are taken for the service's (espconn.md 5.20).
func TestMdnsNames(t *testing.T) {
	for name, answers := range map[string]string{
		"\x05_http\x04_tcp\x05local\x00": "http",
		"\x05_HTTP\x04_tcp\x05local\x00": "",
		"\x05_http\x00":                  "http",
		"\x05_http\x04_tcp\xC0\x0C":      "http",
		"\xC0\x0C":                       "services",
		"\x00":                           "services",
		"\x09_services\x00":              "services",
		"\x06_https\x00":                 "",
	} {
		rig, sent, _ := mdnsRig(t)
		rig.api.MdnsInit(&espconn.MdnsInfo{HostName: "lamp", ServerName: "http", IPAddr: [4]byte{10, 0, 0, 2}})
		rig.run(10_000)
		*sent = nil
		rig.udpInput(append(append([]byte{0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0}, name...), make([]byte, 20)...), 5353)
		got := ""
		for _, s := range *sent {
			if got = "http"; strings.Contains(s, "_services") {
				got = "services"
			}
		}
		assert.Equal(t, answers, got, "%q", name)
	}
}

// TestMdnsLimits: what the responder looks at: up to 512 bytes (fewer than 26 hold no service), an id whose low byte is below 4,
// questions alone (espconn.md 5.20).
func TestMdnsLimits(t *testing.T) {
	name := []byte("\x05_http\x04_tcp\x05local\x00")
	question := func(length int, id byte, flags byte) []byte {
		b := append([]byte{0, id, flags, 0, 0, 1, 0, 0, 0, 0, 0, 0}, name...)
		for len(b) < length {
			b = append(b, 0)
		}
		return b[:length]
	}
	short := append([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}, "\x03_ab\x04_tcp\x05local\x00"...)
	for _, r := range []struct {
		name    string
		service string
		message []byte
		answers bool
	}{
		{"a question", "http", question(34, 0, 0), true},
		{"512 bytes", "http", question(512, 0, 0), true},
		{"513 bytes", "http", question(513, 0, 0), false},
		{"id 3", "http", question(34, 3, 0), true},
		{"id 4", "http", question(34, 4, 0), false},
		{"a response with a question", "http", question(34, 0, 0x84), true},
		{"no byte", "http", nil, false},
		{"one byte", "http", []byte{0}, false},
		{"a name that is cut", "http", question(28, 0, 0), false},
		{"a short name", "ab", short, true},
	} {
		rig, sent, _ := mdnsRig(t)
		rig.api.MdnsInit(&espconn.MdnsInfo{HostName: "lamp", ServerName: r.service, IPAddr: [4]byte{10, 0, 0, 2}})
		rig.run(10_000)
		*sent = nil
		rig.udpInput(r.message, 5353)
		assert.Equal(t, r.answers, len(*sent) == 1, "%s: %v", r.name, *sent)
		rig.api.MdnsDisable()
		*sent = nil
		rig.udpInput(r.message, 5353)
		assert.Empty(t, *sent, "%s: deaf", r.name)
	}
}

// FuzzMdns: no message makes the responder panic.
func FuzzMdns(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05_http\x04_tcp\x05local\x00\x00\x0c\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rig, _, _ := mdnsRig(t)
		rig.api.MdnsInit(&espconn.MdnsInfo{ServerName: "http", IPAddr: [4]byte{10, 0, 0, 2}})
		rig.udpInput(b, 5353)
	})
}

// TestMdnsLooksAtWhatItReads: which messages are answered, by length, id, direction and whether the responder is deaf
// (espconn.md 5.20). One that is cut short, or full of nonsense, is not read beyond its end.
func TestMdnsLooksAtWhatItReads(t *testing.T) {
	question := func(name string) []byte {
		b := []byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}
		for label := range strings.SplitSeq(name, ".") {
			b = append(append(b, byte(len(label))), label...)
		}
		return append(b, 0, 0, 12, 0, 1)
	}
	padded := func(n int) []byte {
		b := question("_http._tcp.local")
		return append(b, make([]byte, n-len(b))...)
	}
	short := question("_a._b.c") // 26 bytes
	for _, row := range []struct {
		name     string
		service  string
		message  []byte
		deaf     bool
		answered bool
	}{
		{"a question", "http", question("_http._tcp.local"), false, true},
		{"a question to a deaf responder", "http", question("_http._tcp.local"), true, false},
		{"512 bytes", "http", padded(512), false, true},
		{"513 bytes", "http", padded(513), false, false},
		{"nothing", "http", nil, false, false},
		{"one byte", "http", []byte{0}, false, false},
		{"a header alone", "http", question("_http._tcp.local")[:12], false, false},
		{"25 bytes", "http", question("_http._tcp.local")[:25], false, false},
		{"26 bytes, of another name", "http", short, false, false},
		{"id 3", "http", append([]byte{0, 3}, question("_http._tcp.local")[2:]...), false, true},
		{"id 4", "http", append([]byte{0, 4}, question("_http._tcp.local")[2:]...), false, false},
		{"id 259", "http", append([]byte{1, 3}, question("_http._tcp.local")[2:]...), false, true},
		{"no question", "http", append(make([]byte, 6), question("_http._tcp.local")[6:]...), false, false},
		{"a label beyond the end", "http", append(question("_http._tcp.local")[:12], bytes.Repeat([]byte{63}, 20)...), false, false},
		{"a label of all that is left", "http",
			append(append(question("_http._tcp.local")[:12], 14), bytes.Repeat([]byte{'a'}, 13)...), false, false},
		{"zeros to a deaf responder", "http", make([]byte, 40), true, false},
	} {
		rig, sent, _ := mdnsRig(t)
		rig.api.MdnsInit(&espconn.MdnsInfo{HostName: "lamp", ServerName: row.service, IPAddr: [4]byte{10, 0, 0, 2}})
		rig.run(10_000)
		*sent = nil
		if row.deaf {
			rig.api.MdnsDisable()
		}
		rig.udpInput(row.message, 5353)
		assert.Equal(t, row.answered, len(*sent) == 1, "%s: %q", row.name, *sent)
	}
}

// TestMdnsBytes: the records of an announcement, byte by byte: classes, pointers and lengths as the SDK writes them, and the
// host's name of the init call whatever was set later (espconn.md 5.20).
func TestMdnsBytes(t *testing.T) {
	rig := newStepRig(t, espconn.SDK306())
	var got []string
	rig.send = func(f []byte) {
		p := gopacket.NewPacket(f, layers.LayerTypeEthernet, gopacket.Default)
		if u, ok := p.Layer(layers.LayerTypeUDP).(*layers.UDP); ok && u.DstPort == 5353 {
			got = append(got, string(u.Payload))
		}
	}
	rig.do(func() {
		rig.api.MdnsInit(&espconn.MdnsInfo{HostName: "a.lamp", ServerName: "http", ServerPort: 8080, IPAddr: [4]byte{10, 0, 0, 2},
			TxtData: [10]string{"v = 1"}})
		rig.api.MdnsSetHostname("other")
	})
	rig.run(1500)
	const (
		ttl      = "\x00\x00\x01\x2C"
		instance = "\x01a\x04lamp\xC0\x0C"
		host     = "\x01a\x04lamp\x05local\x00"
	)
	want := "\x00\x00\x84\x00\x00\x00\x00\x04\x00\x00\x00\x00" +
		"\x05_http\x04_tcp\x05local\x00" + "\x00\x0C\x00\x01" + ttl + "\x00\x09" + instance +
		instance + "\x00\x10\x80\x01" + ttl + "\x00\x19" + "\x12vendor = Espressif" + "\x05v = 1" +
		instance + "\x00\x21\x80\x01" + ttl + "\x00\x14" + "\x00\x00\x00\x00\x1F\x90" + host +
		host + "\x00\x01\x80\x01" + ttl + "\x00\x04" + "\x0A\x00\x00\x02"
	if assert.NotEmpty(t, got) {
		assert.Equal(t, fmt.Sprintf("%q", want), fmt.Sprintf("%q", got[0]))
	}
}
