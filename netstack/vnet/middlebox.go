package vnet

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// This file has ready-made Filters that behave as boxes on the way of real connections do: NAT tables that forget, tunnels that lose what
// does not fit, inspectors that cut connections. Each is one box: to stand in both directions of a way, the same value goes into both
// Faults. A box remembers up to maxTracked connections; the ones silent for longest are forgotten first.

// maxTracked bounds a box's table. Choice: that of a home router.
const maxTracked = 4096

// IdleTimeout is a NAT or firewall that forgets a TCP connection when neither direction has had a segment for after. Segments of a
// connection that it does not know, SYNs aside, get then: Drop for a box that swallows them (the usual black hole), Reset for one that
// answers. A keepalive or an MQTT ping more often than after keeps a connection alive.
func IdleTimeout(after time.Duration, then Verdict) func(Frame) Verdict {
	box := newTracker()
	return func(f Frame) Verdict {
		s, ok := readSegment(f.Data)
		if !ok {
			return Pass
		}
		c, known := box.find(s)
		if s.flags&(wire.SYN|wire.ACK) == wire.SYN {
			box.use(s, c, f.Time)
			return Pass
		}
		if !known || f.Time.Sub(c.last) >= after {
			box.forget(s)
			return then
		}
		box.use(s, c, f.Time)
		return Pass
	}
}

// CutAfter lets the first bytes of data of each TCP connection pass, both directions together and repeated ones included; the segment that
// goes beyond and everything after it get then. A SYN begins a connection anew.
func CutAfter(bytes int, then Verdict) func(Frame) Verdict {
	box := newTracker()
	return func(f Frame) Verdict {
		s, ok := readSegment(f.Data)
		if !ok {
			return Pass
		}
		c, _ := box.find(s)
		if s.flags&(wire.SYN|wire.ACK) == wire.SYN {
			c.bytes = 0
		}
		c.bytes += len(s.data)
		box.use(s, c, f.Time)
		if c.bytes > bytes {
			return then
		}
		return Pass
	}
}

// MaxPacket is a way whose IP packets may have at most this many bytes and that tells nobody: longer ones get then. With Drop it is the
// path-MTU black hole of many tunnels: connections open, small messages pass, a certificate chain never arrives.
func MaxPacket(bytes int, then Verdict) func(Frame) Verdict {
	return func(f Frame) Verdict {
		if wire.IsIPv4(f.Data) && len(f.Data) >= wire.EthernetLen+wire.IPv4Len &&
			int(binary.BigEndian.Uint16(f.Data[wire.EthernetLen+2:])) > bytes {
			return then
		}
		return Pass
	}
}

// passing is what boxes and captures read of a TCP segment.
type passing struct {
	key      connKey
	from, to uint64 // address<<16|port
	flags    byte
	seq      uint32
	data     []byte // lent with the frame
}

// connKey names a connection: both ends as address<<16|port, the smaller one first.
type connKey struct{ low, high uint64 }

// readSegment reads an unfragmented TCP segment.
func readSegment(frame []byte) (passing, bool) {
	var s passing
	if !wire.IsIPv4(frame) || len(frame) < wire.EthernetLen+wire.IPv4Len+wire.TCPLen {
		return s, false
	}
	ip := frame[wire.EthernetLen:]
	header, total := int(ip[0]&15)*4, int(binary.BigEndian.Uint16(ip[2:]))
	if ip[9] != wire.ProtocolTCP || header < wire.IPv4Len || total > len(ip) || total < header+wire.TCPLen ||
		binary.BigEndian.Uint16(ip[6:])&(wire.MoreFragments|wire.FragmentMask) != 0 {
		return s, false
	}
	tcp := ip[header:total]
	offset := int(tcp[12]>>4) * 4
	if offset < wire.TCPLen || offset > len(tcp) {
		return s, false
	}
	s.from = uint64(binary.BigEndian.Uint32(ip[12:]))<<16 | uint64(binary.BigEndian.Uint16(tcp))
	s.to = uint64(binary.BigEndian.Uint32(ip[16:]))<<16 | uint64(binary.BigEndian.Uint16(tcp[2:]))
	s.key = connKey{min(s.from, s.to), max(s.from, s.to)}
	s.seq, s.flags, s.data = binary.BigEndian.Uint32(tcp[4:]), tcp[13], tcp[offset:]
	return s, true
}

// tracked is what a box knows of a connection.
type tracked struct {
	last  time.Time
	bytes int
}

// tracker is a box's table.
type tracker struct{ conns map[connKey]tracked }

func newTracker() *tracker { return &tracker{make(map[connKey]tracked)} }

func (t *tracker) find(s passing) (tracked, bool) {
	c, ok := t.conns[s.key]
	return c, ok
}

func (t *tracker) use(s passing, c tracked, now time.Time) {
	if _, known := t.conns[s.key]; !known && len(t.conns) >= maxTracked {
		var oldest connKey
		var last time.Time
		for k, o := range t.conns { // the least of all: the map's order does not matter
			if last.IsZero() || o.last.Before(last) || o.last.Equal(last) && k.before(oldest) {
				oldest, last = k, o.last
			}
		}
		delete(t.conns, oldest)
	}
	c.last = now
	t.conns[s.key] = c
}

func (t *tracker) forget(s passing) { delete(t.conns, s.key) }

func (k connKey) before(o connKey) bool { return k.low < o.low || k.low == o.low && k.high < o.high }

// forgeReset builds the RST that answers a segment in the receiver's name (RFC 9293 3.10.7.1); nil: the frame is not TCP, or is an RST
// itself.
func forgeReset(frame []byte) []byte {
	s, ok := readSegment(frame)
	if !ok || s.flags&wire.RST != 0 {
		return nil
	}
	ip := frame[wire.EthernetLen:]
	tcp := ip[int(ip[0]&15)*4:]
	rst := wire.Segment{From: binary.BigEndian.Uint16(tcp[2:]), To: binary.BigEndian.Uint16(tcp), Flags: wire.RST}
	if s.flags&wire.ACK != 0 {
		rst.Seq = binary.BigEndian.Uint32(tcp[8:])
	} else {
		rst.Ack = s.seq + uint32(len(s.data))
		for _, counted := range []byte{wire.SYN, wire.FIN} {
			if s.flags&counted != 0 {
				rst.Ack++
			}
		}
		rst.Flags |= wire.ACK
	}
	var c wire.Codec
	c.Begin(nil)
	c.TCP(rst)
	receiver, sender := netip.AddrFrom4([4]byte(ip[16:20])), netip.AddrFrom4([4]byte(ip[12:16]))
	reply := c.IPv4(wire.Packet{From: receiver, To: sender, TTL: resetTTL, Protocol: wire.ProtocolTCP}, [6]byte(frame[:6]))
	copy(reply, frame[6:12])
	return reply
}

// resetTTL is the TTL of a forged RST. Choice: the usual one of routers.
const resetTTL = 64
