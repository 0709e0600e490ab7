package vnet

import (
	"fmt"
	"net/netip"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

var broadcastMAC = netstack.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// segment is a TCP segment as gopacket reads it, without our own code.
type segment struct {
	layers.TCP
	src, dst netip.AddrPort
}

// readTCP decodes a frame with a TCP segment and verifies lengths and checksums.
func readTCP(frame []byte) (segment, error) {
	p := gopacket.NewPacket(frame, layers.LayerTypeEthernet, gopacket.Default)
	ip, isIP := p.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	tcp, isTCP := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !isIP || !isTCP {
		return segment{}, fmt.Errorf("not a TCP segment: % x", frame)
	}
	if int(ip.Length)+wire.EthernetLen != len(frame) {
		return segment{}, fmt.Errorf("IP length %d in a frame of %d bytes", ip.Length, len(frame))
	}
	if wire.Fold(wire.Sum(ip.Contents, 0)) != 0xffff {
		return segment{}, fmt.Errorf("bad IP checksum %#x", ip.Checksum)
	}
	if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
		return segment{}, err
	}
	if sum, err := tcp.ComputeChecksum(); err != nil || sum != 0 {
		return segment{}, fmt.Errorf("bad TCP checksum %#x: %v", tcp.Checksum, err)
	}
	addr := func(b []byte, port layers.TCPPort) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b)), uint16(port))
	}
	return segment{*tcp, addr(ip.SrcIP, tcp.SrcPort), addr(ip.DstIP, tcp.DstPort)}, nil
}

// String is a short form for messages.
func (s segment) String() string {
	return fmt.Sprintf("%v > %v seq %d ack %d win %d len %d", s.src, s.dst, s.Seq, s.Ack, s.Window, len(s.Payload))
}
