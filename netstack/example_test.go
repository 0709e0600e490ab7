package netstack_test

import (
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack"
)

// A device's stack that gets frames by hand: somebody asks for its hardware address and opens a connection.
func Example() {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	s := netstack.NewStack(netstack.Config{})
	s.Advance(now)
	i := s.AddInterface("st0", netstack.MAC{2, 0, 10, 0, 0, 7}, show)
	i.SetAddr(netip.MustParsePrefix("10.0.0.7/16"), netip.MustParseAddr("10.0.0.1"))
	i.SetUp(true) // tells the neighbours its address
	if _, err := s.Listen(netip.Addr{}, 80, func(*netstack.TCB) netstack.Handler { return nil }); err != nil {
		panic(err)
	}

	peer := net.HardwareAddr{2, 0, 10, 0, 0, 2}
	i.Input(now, frame(
		&layers.Ethernet{SrcMAC: peer, DstMAC: layers.EthernetBroadcast, EthernetType: layers.EthernetTypeARP},
		&layers.ARP{AddrType: layers.LinkTypeEthernet, Protocol: layers.EthernetTypeIPv4, Operation: layers.ARPRequest,
			SourceHwAddress: peer, SourceProtAddress: []byte{10, 0, 0, 2},
			DstHwAddress: make([]byte, 6), DstProtAddress: []byte{10, 0, 0, 7}}))
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: []byte{10, 0, 0, 2}, DstIP: []byte{10, 0, 0, 7}}
	syn := &layers.TCP{SrcPort: 4000, DstPort: 80, Seq: 1000, SYN: true, Window: 8000}
	_ = syn.SetNetworkLayerForChecksum(ip)
	segment := i.Input(now, frame(
		&layers.Ethernet{SrcMAC: peer, DstMAC: net.HardwareAddr{2, 0, 10, 0, 0, 7}, EthernetType: layers.EthernetTypeIPv4}, ip, syn))
	fmt.Println("that was TCP:", segment)

	at, ok := s.NextEvent()
	fmt.Println("next event:", at.Sub(now), ok)
	for _, t := range s.TCBs() {
		fmt.Println(t.Local(), t.Remote(), t.State())
	}
	// Output:
	// ARP 1 10.0.0.7 is at 02:00:0a:00:00:07
	// ARP 2 10.0.0.7 is at 02:00:0a:00:00:07
	// TCP 80 > 4000 SYN true ACK 1001 window 5840
	// that was TCP: true
	// next event: 400ms true
	// 10.0.0.7:80 10.0.0.2:4000 SYN_RCVD
}

// frame puts layers together.
func frame(parts ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// show prints a frame that the stack sends.
func show(frame []byte) {
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.NoCopy)
	if arp, ok := p.Layer(layers.LayerTypeARP).(*layers.ARP); ok {
		fmt.Println("ARP", arp.Operation, net.IP(arp.SourceProtAddress), "is at", net.HardwareAddr(arp.SourceHwAddress))
	}
	if tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP); ok {
		fmt.Printf("TCP %d > %d SYN %t ACK %d window %d\n", tcp.SrcPort, tcp.DstPort, tcp.SYN, tcp.Ack, tcp.Window)
	}
}
