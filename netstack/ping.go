package netstack

import (
	"encoding/binary"
	"net/netip"

	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// maxEcho is the greatest payload of an echo request in one IP packet, in bytes.
const maxEcho = 65535 - wire.IPv4Len - wire.ICMPLen

// SendEcho sends an ICMP echo request with an identifier, a sequence number and a payload of at most 65,507 bytes, as a raw
// socket of lwIP does. ErrRoute: no interface or gateway; ErrArg: no IPv4 address or too long; ErrBuf: no memory for
// the packet; ErrMem: none to wait for the neighbour's address. data is not kept.
func (s *Stack) SendEcho(dst netip.Addr, id, seq uint16, data []byte) error {
	dst = dst.Unmap()
	if !dst.Is4() || len(data) > maxEcho {
		return ErrArg
	}
	i := s.route(dst)
	if i == nil {
		return ErrRoute
	}
	m := make([]byte, wire.ICMPLen, wire.ICMPLen+len(data))
	m[0] = icmpEcho
	binary.BigEndian.PutUint16(m[4:], id)
	binary.BigEndian.PutUint16(m[6:], seq)
	m = append(m, data...)
	binary.BigEndian.PutUint16(m[2:], ^wire.Fold(wire.Sum(m, 0)))
	blk, ok := s.pbuf(layerIP, len(m))
	if !ok {
		return ErrBuf
	}
	defer s.discharge(&blk)
	s.begin(m)
	return s.transmit(i, dst, s.finishIP(i, wire.OrAny(i.addr.Addr()), dst, layers.IPProtocolICMPv4))
}

// HandleEcho says who gets echo replies, inside Input; data is lent for the call. Nil: nobody. Their checksum is not looked
// at (Choice: the SDK's raw sockets get the packet before anything checks it).
func (s *Stack) HandleEcho(fn func(from netip.Addr, id, seq uint16, data []byte)) { s.onEcho = fn }
