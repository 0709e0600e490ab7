package wire

import (
	"net/netip"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	one, two       = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	oneMAC, twoMAC = [6]byte{2, 0, 10, 0, 0, 1}, [6]byte{2, 0, 10, 0, 0, 2}
)

// decode reads a frame with gopacket alone.
func decode(t *testing.T, frame []byte) gopacket.Packet {
	t.Helper()
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, p.ErrorLayer())
	return p
}

func TestCodecBuildsSegments(t *testing.T) {
	var c Codec
	for _, payload := range []string{"", "odd", "some bytes of data that are longer than the padding of Ethernet would be"} {
		c.Begin([]byte(payload))
		c.TCP(Segment{From: 1000, To: 80, Seq: 1, Ack: 2, Flags: SYN | ACK, Window: 3, MSS: 1460})
		frame := c.IPv4(Packet{From: one, To: two, ID: 9, TTL: 64, Protocol: layers.IPProtocolTCP, DontFragment: true}, oneMAC)
		require.Len(t, frame, EthernetLen+IPv4Len+TCPLen+4+len(payload))
		p := decode(t, frame)
		ip, tcp := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4), p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		assert.EqualValues(t, 0xffff, slowSum(ip.Contents), "checksum")
		assert.Equal(t, layers.IPv4DontFragment, ip.Flags)
		assert.EqualValues(t, 9, ip.Id)
		require.NoError(t, tcp.SetNetworkLayerForChecksum(ip))
		sum, err := tcp.ComputeChecksum()
		require.NoError(t, err)
		assert.Zero(t, sum, "checksum")
		assert.True(t, tcp.SYN && tcp.ACK && !tcp.FIN && !tcp.RST && !tcp.PSH)
		assert.Equal(t, []byte{5, 180}, tcp.Options[0].OptionData)
		assert.Equal(t, payload, string(tcp.Payload))
	}
}

// A checksum of 0 would say that a datagram has none, so it is written as 0xffff (RFC 768).
func TestCodecBuildsDatagrams(t *testing.T) {
	var c Codec
	for v := range 1 << 16 {
		c.Begin([]byte{byte(v >> 8), byte(v)})
		c.UDP(1000, 7)
		frame := c.IPv4(Packet{From: one, To: two, TTL: 64, Protocol: layers.IPProtocolUDP}, oneMAC)
		require.NotZero(t, uint16(frame[40])<<8|uint16(frame[41]))
	}
	c.Begin([]byte("data"))
	c.UDP(1000, 7)
	frame := c.IPv4(Packet{From: one, To: two, TTL: 64, Protocol: layers.IPProtocolUDP}, oneMAC)
	udp := decode(t, frame).Layer(layers.LayerTypeUDP).(*layers.UDP)
	assert.Equal(t, "data", string(udp.Payload))
	assert.EqualValues(t, 12, udp.Length)
}

func TestCodecBuildsARP(t *testing.T) {
	var c Codec
	frame := c.ARP(Neighbor{Operation: layers.ARPReply, SenderMAC: oneMAC, Sender: one, TargetMAC: twoMAC, Target: two}, twoMAC)
	require.Len(t, frame, EthernetLen+ARPLen)
	arp := decode(t, frame).Layer(layers.LayerTypeARP).(*layers.ARP)
	assert.EqualValues(t, layers.ARPReply, arp.Operation)
	assert.Equal(t, oneMAC[:], arp.SourceHwAddress)
	assert.Equal(t, two.AsSlice(), arp.DstProtAddress)
	assert.Equal(t, twoMAC[:], frame[:6])
}

// A codec that has served is as good as a new one.
func TestCodecForgetsTheLastFrame(t *testing.T) {
	var used, fresh Codec
	used.Begin(make([]byte, 1400))
	used.TCP(Segment{Flags: SYN, MSS: 536})
	used.IPv4(Packet{From: two, To: one, Protocol: layers.IPProtocolTCP, DontFragment: true}, twoMAC)
	for _, c := range []*Codec{&used, &fresh} {
		c.Begin(nil)
		c.TCP(Segment{From: 1, To: 2, Flags: ACK})
	}
	p := Packet{From: one, To: two, TTL: 64, Protocol: layers.IPProtocolTCP}
	assert.Equal(t, fresh.IPv4(p, oneMAC), used.IPv4(p, oneMAC))
}

func TestAddresses(t *testing.T) {
	assert.Equal(t, AnyAddr, OrAny(netip.Addr{}))
	assert.Equal(t, one, OrAny(netip.AddrFrom16(one.As16())))
	assert.True(t, IsAny(netip.Addr{}) && IsAny(AnyAddr) && !IsAny(one))
	assert.Equal(t, netip.MustParseAddr("10.0.255.255"), BroadcastOf(netip.MustParsePrefix("10.0.0.1/16")))
	assert.Equal(t, BroadcastAddr, BroadcastOf(netip.Prefix{}))
}
