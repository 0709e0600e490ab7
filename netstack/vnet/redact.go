package vnet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// Redaction says what Redact leaves in a capture. The zero value leaves neither keys nor data.
type Redaction struct {
	Keys    bool // the blocks with the secrets of TLS connections
	Payload bool // the data of all connections and datagrams
}

// ErrNoCapture says that a file is no capture in the pcapng format as Capture writes it.
var ErrNoCapture = errors.New("vnet: no capture in the pcapng format")

// Redact returns a capture that can be given away: without the keys of TLS connections, and without the data of plain ones. Frames
// stay, with their length and the headers down to TCP's or UDP's; what is cut off is as if the capture had been made with a short
// snapshot length. Whole stay the frames of the network itself - ARP, DHCP, DNS, mDNS, IGMP, ICMP - and those of TLS, which are
// encrypted: a TCP connection counts as TLS when the first data of either side begin with a handshake record.
//
// With limit > 0 it ends before the block that would make it longer than limit bytes, and cut is true. A file that is cut off in
// the middle of a block is taken up to there.
func Redact(capture []byte, keep Redaction, limit int) (out []byte, cut bool, err error) {
	u32 := binary.LittleEndian.Uint32
	if len(capture) < 12 || u32(capture) != blockSection || u32(capture[8:]) != byteOrderMagic {
		return nil, false, ErrNoCapture
	}
	b := pcapngBlock{}
	kinds := redactor{}
	for at := 0; at < len(capture); {
		rest := capture[at:]
		if len(rest) < 12 {
			break
		}
		kind, length := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
		if length < 12 || length%4 != 0 {
			return nil, false, fmt.Errorf("%w: a block of %d bytes at %d", ErrNoCapture, length, at)
		}
		if uint64(length) > uint64(len(rest)) {
			break
		}
		block := rest[:length]
		at += int(length)
		before := len(b.buf)
		switch {
		case kind == blockSecrets && !keep.Keys:
			continue
		case kind == blockPacket:
			if err := kinds.packet(&b, block, keep.Payload); err != nil {
				return nil, false, err
			}
		default:
			b.buf = append(b.buf, block...)
		}
		if limit > 0 && len(b.buf) > limit {
			return b.buf[:before], true, nil
		}
	}
	return b.buf, false, nil
}

// direction is one of the two of a TCP connection.
type direction struct{ from, to netip.AddrPort }

func (f direction) back() direction { return direction{f.to, f.from} }

// redactor knows which connections are TLS: absent, no data yet.
type redactor struct{ tls map[direction]bool }

// packetHeader are the bytes of an enhanced packet block before its data, packetFoot those behind its options.
const (
	packetHeader = 28
	packetFoot   = 4
)

// packet appends a packet block, with its data cut where they are not to be given away, unless it is to stay whole.
func (r *redactor) packet(b *pcapngBlock, block []byte, whole bool) error {
	if len(block) < packetHeader+packetFoot {
		return fmt.Errorf("%w: a packet of %d bytes", ErrNoCapture, len(block))
	}
	held := binary.LittleEndian.Uint32(block[20:])
	padded := (uint64(held) + 3) &^ 3
	if packetHeader+padded+packetFoot > uint64(len(block)) {
		return fmt.Errorf("%w: a packet with %d bytes in a block of %d", ErrNoCapture, held, len(block))
	}
	frame := block[packetHeader : packetHeader+held]
	if whole {
		b.buf = append(b.buf, block...)
		return nil
	}
	left := r.left(frame)
	b.begin(blockPacket)
	b.buf = append(b.buf, block[8:20]...)
	b.u32(uint32(left))
	b.buf = append(b.buf, block[24:28]...)
	b.bytes(frame[:left])
	b.buf = append(b.buf, block[packetHeader+padded:len(block)-packetFoot]...)
	b.end()
	return nil
}

// ownPorts are those of UDP whose datagrams belong to the network itself: DNS, DHCP, mDNS.
var ownPorts = map[uint16]bool{53: true, 67: true, 68: true, 5353: true}

// etherTypeEAPOL is that of the keys of Wi-Fi (IEEE 802.1X).
const etherTypeEAPOL = 0x888e

// left returns how many bytes of a frame stay. The data of a fragment, and of what cannot be read, do not.
func (r *redactor) left(frame []byte) int {
	if len(frame) < wire.EthernetLen {
		return 0
	}
	switch binary.BigEndian.Uint16(frame[12:]) {
	case wire.EtherTypeARP, etherTypeEAPOL:
		return len(frame)
	case wire.EtherTypeIPv4:
	default:
		return wire.EthernetLen
	}
	ip := frame[wire.EthernetLen:]
	if len(ip) < wire.IPv4Len || ip[0]>>4 != 4 {
		return wire.EthernetLen
	}
	head, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if head < wire.IPv4Len || head > len(ip) || total < head {
		return wire.EthernetLen
	}
	body := ip[head:min(total, len(ip))] // behind it is padding
	headers := wire.EthernetLen + head
	switch {
	case ip[9] == wire.ProtocolICMP || ip[9] == wire.ProtocolIGMP:
		return len(frame)
	case binary.BigEndian.Uint16(ip[6:])&(wire.MoreFragments|wire.FragmentMask) != 0:
		return headers
	case ip[9] == wire.ProtocolUDP && len(body) >= wire.UDPLen:
		if ownPorts[binary.BigEndian.Uint16(body)] || ownPorts[binary.BigEndian.Uint16(body[2:])] {
			return len(frame)
		}
		return headers + wire.UDPLen
	case ip[9] == wire.ProtocolTCP && len(body) >= wire.TCPLen:
		offset := int(body[12]>>4) * 4
		switch {
		case offset < wire.TCPLen || offset > len(body):
			return headers + wire.TCPLen
		case r.encrypted(ip, body, body[offset:]):
			return len(frame)
		}
		return headers + offset
	}
	return headers
}

// encrypted notes what a segment says of its connection and tells whether that is TLS.
func (r *redactor) encrypted(ip, tcp, data []byte) bool {
	f := direction{
		netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[12:])), binary.BigEndian.Uint16(tcp)),
		netip.AddrPortFrom(netip.AddrFrom4([4]byte(ip[16:])), binary.BigEndian.Uint16(tcp[2:])),
	}
	if tcp[13]&wire.SYN != 0 {
		delete(r.tls, f)
		delete(r.tls, f.back())
	}
	isTLS, known := r.tls[f]
	if !known && len(data) > 0 {
		isTLS = beginsTLS(data)
		if r.tls == nil {
			r.tls = map[direction]bool{}
		}
		r.tls[f], r.tls[f.back()] = isTLS, isTLS
	}
	return isTLS
}

// beginsTLS tells whether data begin with the header of a handshake record of SSL 3.0 to TLS 1.3.
func beginsTLS(data []byte) bool {
	return len(data) >= 3 && data[0] == 22 && data[1] == 3 && data[2] <= 4
}
