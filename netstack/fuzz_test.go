package netstack

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// mend fills in the checksums of an IPv4 frame, so that a fuzzer gets past them.
func mend(f []byte) {
	if len(f) < wire.EthernetLen+wire.IPv4Len || f[12] != 8 || f[13] != 0 {
		return
	}
	ip := f[wire.EthernetLen:]
	head := int(ip[0]&15) * 4
	total := int(binary.BigEndian.Uint16(ip[2:]))
	if head < wire.IPv4Len || head > len(ip) || total < head || total > len(ip) {
		return
	}
	body := ip[head:total]
	at := map[byte]int{6: 16, 17: 6, 1: 2, 2: 2}[ip[9]]
	if at > 0 && len(body) >= at+2 {
		body[at], body[at+1] = 0, 0
		base := uint64(0)
		if ip[9] > 2 {
			base = wire.PseudoSum(ip, uint16(len(body)))
		}
		binary.BigEndian.PutUint16(body[at:], ^wire.Fold(wire.Sum(body, base)))
	}
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], ^wire.Fold(wire.Sum(ip[:head], 0)))
}

// FuzzInput feeds arbitrary frames, with right checksums, to a device and a host that have a connection, a listener, a
// socket and a lookup: nothing panics or loops, and memory balances.
func FuzzInput(f *testing.F) {
	seed := newScript(f, DeviceProfile())
	src, dst := netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("10.0.0.2:4000")
	for _, frame := range [][]byte{
		seed.peer.buildTCP(seed.pi, src, dst, 1001, 6512, wire.ACK|wire.PSH, 100, 0, []byte("data")),
		seed.peer.buildTCP(seed.pi, src, dst, 1005, 6512, wire.ACK|wire.FIN, 0, 1, nil),
		seed.peer.buildTCP(seed.pi, src, netip.MustParseAddrPort("10.0.0.2:81"), 5, 0, wire.SYN, 10, 1, nil),
		seed.peer.buildUDP(seed.pi, src, netip.MustParseAddrPort("10.0.0.2:4096"), []byte("data")),
		seed.peer.buildUDP(seed.pi, netip.MustParseAddrPort("10.0.0.1:123"), netip.MustParseAddrPort("10.0.0.2:4097"),
			append([]byte{0x24, 1}, make([]byte, 46)...)),
		(&ipText{src: src.Addr(), dst: allSystems, proto: 2, ttl: 1, body: []byte{igmpQuery, 5, 0, 0, 0, 0, 0, 0}}).frame(),
		(&ipText{src: src.Addr(), dst: netip.MustParseAddr("239.1.2.3"), proto: 2, ttl: 1, options: true,
			body: []byte{igmpReport, 0, 0, 0, 239, 1, 2, 3}}).frame(),
		seed.peer.buildARP(seed.pi, 1, src.Addr(), dst.Addr(), MAC{}, broadcastMAC),
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 1, 8, 0, 0x7c, 0,
			0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
	} {
		f.Add(append([]byte(nil), frame...), uint16(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		for _, p := range []Profile{DeviceProfile(), HostProfile()} {
			s, a := newScript(t, p), &app{}
			s.check = false
			s.at(1000)
			s.port, s.from = 4000, 80
			l, err := s.n.s.Listen(netip.Addr{}, 81, func(*TCB) Handler { return &app{} })
			require.NoError(t, err)
			tcb := s.n.s.NewTCB(a)
			require.NoError(t, tcb.Bind(netip.Addr{}, 4000))
			require.NoError(t, tcb.Connect(netip.MustParseAddrPort("10.0.0.1:80")))
			s.in(wire.SYN|wire.ACK, peerISN, tcb.sndNxt, 3000, "", 1460)
			_ = tcb.Write(ramp(2000))
			tcb.Output()
			_, _ = s.n.s.Resolve("name.example", nil)
			group := netip.MustParseAddr("239.1.2.3")
			require.NoError(t, s.n.s.JoinGroup(wire.AnyAddr, group))
			s.n.s.SNTP().SetServer(0, src.Addr())
			s.n.s.SNTP().Start()
			frame := append([]byte(nil), data...)
			mend(frame)
			first := frame[:min(int(cut), len(frame))]
			s.n.i.Input(s.now, first)
			s.n.i.Input(s.now, frame)
			s.n.i.Input(s.now, frame)
			_ = tcb.Write([]byte("more"))
			tcb.Output()
			s.at(5000)
			_ = tcb.Close()
			s.at(2_000_000)
			for _, t := range s.n.s.TCBs() {
				t.Abort()
			}
			l.Close()
			require.NoError(t, s.n.s.LeaveGroup(wire.AnyAddr, group))
			s.at(2_020_000)
			require.Empty(t, s.n.heap.left())
		}
	})
}

// FuzzOptions feeds TCP option lists to a listener and a connection.
func FuzzOptions(f *testing.F) {
	f.Add([]byte{2, 4, 5, 0xb4})
	f.Add([]byte{2, 3, 5, 1})
	f.Add([]byte{2, 4, 0, 0, 1, 0, 0, 0})
	f.Add([]byte{8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3, 7, 99})
	f.Fuzz(func(t *testing.T, options []byte) {
		if len(options) > 40 {
			return
		}
		for len(options)%4 != 0 {
			options = append(options, 0)
		}
		for _, p := range []Profile{DeviceProfile(), HostProfile()} {
			s, a := newScript(t, p), &app{}
			_, err := s.n.s.Listen(netip.Addr{}, 80, func(*TCB) Handler { return a })
			require.NoError(t, err)
			send := func(flags uint8, seq, ack uint32) {
				src, dst := netip.MustParseAddrPort("10.0.0.1:5001"), netip.MustParseAddrPort("10.0.0.2:80")
				f := s.peer.buildTCP(s.pi, src, dst, seq, ack, flags, 5840, 0, options)
				f[wire.EthernetLen+wire.IPv4Len+12] = byte(5+len(options)/4) << 4 // the data become options
				mend(f)
				s.n.i.Input(s.now, f)
			}
			send(wire.SYN, peerISN, 0)
			segs := s.tcpFrom("d")
			require.Len(t, segs, 1)
			send(wire.ACK, peerISN+1, segs[0].seq+1)
			require.NotNil(t, a.tcb)
			require.Greater(t, a.tcb.MSS(), 0)
			require.LessOrEqual(t, a.tcb.MSS(), 1460)
			_ = a.tcb.Write(ramp(8))
			a.tcb.Output()
			a.tcb.Abort()
		}
	})
}
