package netstack

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Input hands the stack a frame that arrived at now, which is lent for the call. Timers due before now fire first; those
// due at now wait for Advance, so that frames of an instant come before the timers of that instant. It may call the
// interface's out and any handler. A frame the stack cannot use is dropped; no content makes it panic.
//
// The result says that the frame held a segment that came to TCP, good or bad: after each of them the device looks how many receive buffers
// are free, and its owner calls TrimOutOfOrder if they are too few (lwip.md 6.4).
func (i *Interface) Input(now time.Time, frame []byte) (segment bool) {
	s := i.s
	t := s.at(now)
	s.run(t - 1)
	s.now = t
	return !i.Ignores(frame) && s.input(i, frame)
}

// input takes a frame apart down to its IP protocol and says whether that was TCP.
func (s *Stack) input(i *Interface, frame []byte) (segment bool) {
	if len(frame) <= wire.EthernetLen {
		s.drop(i, "frame too short")
		return false
	}
	if !s.takeFrame() {
		s.drop(i, "no memory for the frame")
		return false
	}
	s.borrow()
	s.receiving = true
	segment = s.inputFrame(i, frame)
	s.receiving = false
	s.giveBack()
	s.ReleaseFrame()
	return segment
}

func (s *Stack) inputFrame(i *Interface, frame []byte) (segment bool) {
	eth := &s.codec.In.Ethernet
	if eth.DecodeFromBytes(frame, gopacket.NilDecodeFeedback) != nil {
		return false
	}
	switch eth.EthernetType {
	case layers.EthernetTypeARP:
		s.inputARP(i, eth.Payload)
	case layers.EthernetTypeIPv4:
		return s.inputIP(i, eth.Payload)
	default:
		s.drop(i, "unknown EtherType")
	}
	return false
}

// inputIP checks an IPv4 packet (lwip.md 8) and hands it to its protocol.
func (s *Stack) inputIP(i *Interface, data []byte) (segment bool) {
	if len(data) < wire.IPv4Len || data[0]>>4 != 4 {
		s.drop(i, "not an IPv4 header")
		return false
	}
	head := int(data[0]&15) * 4
	total := int(binary.BigEndian.Uint16(data[2:]))
	if head < wire.IPv4Len || total < head || total > len(data) {
		s.drop(i, "bad IP lengths")
		return false
	}
	data = data[:total]
	if wire.Fold(wire.Sum(data[:head], 0)) != 0xffff {
		s.drop(i, "bad IP checksum")
		return false
	}
	ip := &s.codec.In.IPv4
	_ = ip.DecodeFromBytes(data, gopacket.NilDecodeFeedback) // the only error left is in the options, which are ignored
	src, dst := netip.AddrFrom4([4]byte(data[12:16])), netip.AddrFrom4([4]byte(data[16:20]))
	payload := data[head:]

	toPort68 := ip.Protocol == layers.IPProtocolUDP && len(payload) >= wire.UDPLen &&
		binary.BigEndian.Uint16(payload[2:]) == wire.DHCPClientPort
	if !i.up && !toPort68 {
		s.drop(i, "interface down")
		return false
	}
	if i.isBroadcast(src) && !(toPort68 || src == wire.AnyAddr && ip.Protocol == layers.IPProtocolUDP) || src.IsMulticast() {
		s.drop(i, "source is a group")
		return false
	}
	broadcast := s.acceptsBroadcast(i, dst)
	member := dst.IsMulticast() && i.group(dst) != nil
	if !broadcast && !member && !s.accepts(i, dst) && !toPort68 {
		s.drop(i, "not for this host")
		return false
	}
	if ff := binary.BigEndian.Uint16(data[6:]); ff&(wire.MoreFragments|wire.FragmentMask) != 0 {
		s.drop(i, "fragment")
		return false
	}
	group := broadcast || dst.IsMulticast()
	switch ip.Protocol {
	case layers.IPProtocolTCP:
		if group {
			s.drop(i, "TCP to a group address")
			return false
		}
		s.inputTCP(i, data, src, dst, payload)
		return true
	case layers.IPProtocolUDP:
		s.inputUDP(i, data, src, dst, payload, group)
	case layers.IPProtocolICMPv4:
		s.inputICMP(i, data, src, payload, group)
	case layers.IPProtocolIGMP:
		s.inputIGMP(i, dst, payload)
	default:
		if !group {
			s.unreachable(i, data, src, dst, icmpProtocolUnreachable)
		}
	}
	return false
}

// acceptsBroadcast says whether a packet is for all of a subnet that an interface of this host has an address in (lwip.md 8).
func (s *Stack) acceptsBroadcast(i *Interface, dst netip.Addr) bool {
	of := func(i *Interface) bool { return i.up && i.hasAddr() && i.isBroadcast(dst) }
	return of(i) || slices.ContainsFunc(s.ifaces, of)
}

// accepts says whether a unicast packet is for this host: any interface's address will do (weak host model, lwip.md 8).
func (s *Stack) accepts(i *Interface, dst netip.Addr) bool {
	if i.hasAddr() && (i.addr.Addr() == dst || i.transparent && !i.addr.Contains(dst)) || slices.Contains(i.aliases, dst) {
		return true
	}
	for _, o := range s.ifaces {
		if o.up && o.hasAddr() && o.addr.Addr() == dst {
			return true
		}
	}
	return false
}

// transmit gives a finished IP frame its destination MAC and sends it. The frame may be the codec's own buffer.
func (s *Stack) transmit(i *Interface, dst netip.Addr, frame []byte) error {
	if s.p.Loopback && s.ifaceOf(dst) != nil {
		if len(s.loop) >= loopLimit {
			return ErrMem
		}
		s.loop = append(s.loop, append([]byte(nil), frame...))
		return nil
	}
	switch {
	case i.isBroadcast(dst):
		copy(frame, broadcastMAC[:])
	case dst.IsMulticast():
		mac := multicastMAC(dst)
		copy(frame, mac[:])
	default:
		hop, err := i.nextHop(dst)
		if err != nil {
			return err
		}
		return s.resolve(i, hop, frame)
	}
	return i.emit(frame)
}
