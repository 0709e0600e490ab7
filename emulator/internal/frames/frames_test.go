package frames_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/internal/frames"
)

// serialized builds a frame with gopacket.
func serialized(t *testing.T, list ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, list...))
	return b.Bytes()
}

func ethernet(kind layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: kind}
}

func packet(protocol layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, TOS: 16, Id: 7, Flags: layers.IPv4DontFragment, Protocol: protocol,
		SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
}

// What gopacket writes is read as it was meant, also behind the padding of a short frame.
func TestParse(t *testing.T) {
	from, to := netip.MustParseAddrPort("10.0.0.1:1000"), netip.MustParseAddrPort("10.0.0.2:80")
	f := frames.Parse(serialized(t, ethernet(layers.EthernetTypeIPv4), packet(layers.IPProtocolTCP),
		&layers.TCP{SrcPort: 1000, DstPort: 80, Seq: 5, Ack: 6, SYN: true, PSH: true, Window: 9, Options: []layers.TCPOption{
			{OptionType: layers.TCPOptionKindNop}, {OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 180}}}},
		gopacket.Payload("hi")))
	require.NotNil(t, f.TCP)
	assert.Equal(t, frames.TCP{From: from, To: to, Seq: 5, Ack: 6, Flags: frames.SYN | frames.PSH, Window: 9, Payload: []byte("hi"),
		Options: []frames.Option{{Kind: 1}, {Kind: 2, Data: []byte{5, 180}}, {Kind: 0}}}, *f.TCP)
	assert.True(t, f.TCP.Has(frames.SYN) && !f.TCP.Has(frames.ACK|frames.FIN|frames.RST))
	assert.Equal(t, [6]byte{2, 0, 0, 0, 0, 1}, f.From)
	assert.Equal(t, [6]byte{2, 0, 0, 0, 0, 2}, f.To)
	assert.Equal(t, []byte{64, 16, frames.ProtocolTCP, frames.DontFragment}, []byte{f.IP.TTL, f.IP.TOS, f.IP.Protocol, f.IP.Flags})

	dhcp := &layers.DHCPv4{Operation: layers.DHCPOpReply, HardwareType: layers.LinkTypeEthernet, Secs: 3, Flags: 0x8000,
		ClientIP: net.IP{10, 0, 0, 8}, YourClientIP: net.IP{10, 0, 0, 9}, Options: layers.DHCPOptions{
			layers.NewDHCPOption(layers.DHCPOptPad, nil), layers.NewDHCPOption(layers.DHCPOptMessageType, []byte{5})}}
	f = frames.Parse(serialized(t, ethernet(layers.EthernetTypeIPv4), packet(layers.IPProtocolUDP),
		&layers.UDP{SrcPort: 67, DstPort: 68}, dhcp))
	require.NotNil(t, f.UDP)
	assert.Equal(t, &frames.DHCP{Operation: 2, Seconds: 3, Flags: 0x8000, ClientAddr: netip.MustParseAddr("10.0.0.8"),
		YourAddr: netip.MustParseAddr("10.0.0.9"), Options: []frames.Option{{Kind: 53, Data: []byte{5}}}}, f.UDP.DHCP())

	f = frames.Parse(serialized(t, ethernet(layers.EthernetTypeARP), &layers.ARP{AddrType: layers.LinkTypeEthernet,
		Protocol: layers.EthernetTypeIPv4, HwAddressSize: 6, ProtAddressSize: 4, Operation: 2, SourceHwAddress: []byte{2, 0, 0, 0, 0, 1},
		SourceProtAddress: []byte{10, 0, 0, 1}, DstHwAddress: []byte{2, 0, 0, 0, 0, 2}, DstProtAddress: []byte{10, 0, 0, 2}}))
	assert.Equal(t, &frames.ARP{Operation: 2, SenderMAC: f.From, TargetMAC: f.To, Sender: from.Addr(), Target: to.Addr()}, f.ARP)

	fragment := packet(layers.IPProtocolUDP)
	fragment.Flags = layers.IPv4MoreFragments
	f = frames.Parse(serialized(t, ethernet(layers.EthernetTypeIPv4), fragment, gopacket.Payload("\x00\x43\x00\x44\x00\x0a\x00\x00hi")))
	require.NotNil(t, f.IP)
	assert.EqualValues(t, frames.MoreFragments, f.IP.Flags)
	assert.Nil(t, f.UDP)
}

// Both orders of bytes, both kinds of units of time, blocks of no interest, another link, and a file that is cut off.
func TestRead(t *testing.T) {
	at := time.Date(2026, 12, 2, 1, 2, 3, 123456789, time.UTC)
	var file bytes.Buffer
	w, err := pcapgo.NewNgWriter(&file, layers.LinkTypeEthernet) // nanoseconds
	require.NoError(t, err)
	for _, data := range []string{"one", "four"} {
		require.NoError(t, w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(data), Length: 90}, []byte(data)))
	}
	require.NoError(t, w.Flush())
	read := func(capture []byte) (list []frames.Captured, err error) {
		for c, err := range frames.Read(bytes.NewReader(capture)) {
			if err != nil {
				return list, err
			}
			list = append(list, c)
		}
		return list, nil
	}
	list, err := read(file.Bytes())
	require.NoError(t, err)
	assert.Equal(t, []frames.Captured{{At: at, Data: []byte("one")}, {At: at, Data: []byte("four")}}, list)
	list, err = read(file.Bytes()[:file.Len()-5])
	require.NoError(t, err)
	assert.Len(t, list, 1)

	block := func(order binary.AppendByteOrder, kind uint32, body ...byte) []byte {
		n := uint32(12 + len(body))
		return order.AppendUint32(append(order.AppendUint32(order.AppendUint32(nil, kind), n), body...), n)
	}
	order := binary.BigEndian
	section := block(order, 0x0a0d0d0a, append(order.AppendUint32(nil, 0x1a2b3c4d), 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)...)
	halves := block(order, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0x81, 0, 0, 0, 0, 0, 0, 0)
	wifi := block(order, 1, 0, 105, 0, 0, 0, 0, 0, 0)
	frame := func(link byte) []byte {
		return block(order, 6, 0, 0, 0, link, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 2, 'h', 'i', 0, 0)
	}
	list, err = read(bytes.Join([][]byte{section, block(order, 4, 0, 0, 0, 0), halves, wifi, frame(1), frame(0)}, nil))
	require.NoError(t, err)
	assert.Equal(t, []frames.Captured{{At: time.Unix(2, 5e8).UTC(), Data: []byte("hi")}}, list)

	fine := block(order, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 20, 0, 0, 0)
	for name, capture := range map[string][]byte{
		"nothing": nil, "text": []byte("no capture at all"), "a frame of no interface": append(section, frame(0)...),
		"length": append(bytes.Clone(section), 0, 0, 0, 6, 0, 0, 0, 8), "units of time": append(bytes.Clone(section), fine...),
		"order": bytes.Replace(section, []byte{0x1a, 0x2b}, []byte{0x2b, 0x1a}, 1),
	} {
		_, err := read(capture)
		assert.ErrorIs(t, err, frames.ErrNoCapture, name)
	}
}

// FuzzRead: nothing is read beyond an end, and no frame is longer than the file.
func FuzzRead(f *testing.F) {
	f.Add([]byte("\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x1c\x00\x00\x00"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00E\x00\x00\x14\x00\x00\x00\x00@\x06\x00\x00\n\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, in []byte) {
		for c, err := range frames.Read(bytes.NewReader(in)) {
			if err == nil && len(c.Data) > len(in) {
				t.Fatalf("a frame of %d bytes from %d", len(c.Data), len(in))
			}
		}
		p := frames.Parse(in)
		if p.UDP != nil {
			p.UDP.DHCP()
		}
	})
}
