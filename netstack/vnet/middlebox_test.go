package vnet

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

func TestIdleTimeoutSwallowsOrResets(t *testing.T) {
	for _, c := range []struct {
		name string
		then Verdict
		err  error
	}{{"black hole", Drop, os.ErrDeadlineExceeded}, {"reset", Reset, syscall.ECONNRESET}} {
		t.Run(c.name, func(t *testing.T) {
			var file bytes.Buffer
			bubble(t, Options{Faults: Faults{Filter: IdleTimeout(5*time.Minute, c.then)}}, func(t *testing.T, n *Network) {
				_, err := n.Capture(&file)
				require.NoError(t, err)
				client, server := connPair(t, n)
				buf := make([]byte, 10)
				say := func(wait time.Duration) error {
					time.Sleep(wait)
					if _, err := client.Write([]byte("ping")); err != nil {
						return err
					}
					_ = server.SetReadDeadline(time.Now().Add(time.Minute))
					if k, err := server.Read(buf); err != nil || k != 4 {
						_ = client.SetReadDeadline(time.Now().Add(time.Second))
						_, err := client.Read(buf)
						return err
					}
					return nil
				}
				require.NoError(t, say(time.Second))
				require.NoError(t, say(4*time.Minute), "often enough")
				require.NoError(t, say(4*time.Minute))
				require.ErrorIs(t, say(6*time.Minute), c.err)
				again, err := client.host.Dial("tcp", server.LocalAddr().String())
				require.True(t, errors.Is(err, syscall.ECONNREFUSED), "new connections pass: %v, %v", again, err)
			})
			requireCleanCapture(t, file.Bytes())
			assert.Equal(t, c.then == Reset, bytes.Contains(file.Bytes(), []byte("sent by a filter")))
		})
	}
}

func TestCutAfterResetsBothSides(t *testing.T) {
	bubble(t, Options{Faults: Faults{Filter: CutAfter(10_000, Reset)}}, func(t *testing.T, n *Network) {
		client, server := connPair(t, n)
		_, err := client.Write(pattern(50_000))
		require.NoError(t, err)
		got, err := io.ReadAll(client)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.Empty(t, got)
		_, _ = server.Write([]byte("x")) // its own segment is cut, too
		got, err = io.ReadAll(server)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.LessOrEqual(t, len(got), 10_000)
	})
}

// The path-MTU black hole: small messages pass, large ones never do.
func TestMaxPacketStopsFullSegments(t *testing.T) {
	bubble(t, Options{Faults: Faults{Filter: MaxPacket(1400, Drop)}}, func(t *testing.T, n *Network) {
		client, server := connPair(t, n)
		_, _ = client.Write(pattern(1000))
		buf := make([]byte, 4000)
		k, err := server.Read(buf)
		require.NoError(t, err)
		require.Equal(t, 1000, k)
		_, _ = client.Write(pattern(3000))
		_ = server.SetReadDeadline(time.Now().Add(10 * time.Minute))
		_, err = server.Read(buf)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// A device meets a box that refuses its connections.
func TestResetVerdictAnswersSYN(t *testing.T) {
	bubble(t, Options{}, func(t *testing.T, n *Network) {
		n.SetFaults("", "", Faults{Filter: func(f Frame) Verdict {
			if s, ok := readSegment(f.Data); ok && s.flags == wire.SYN {
				return Reset
			}
			return Pass
		}})
		server := n.Host("server", netip.Addr{})
		l, err := server.Listen("tcp", ":7")
		require.NoError(t, err)
		defer l.Close()
		s := newDevice(t, n, 7, netstack.DeviceProfile())
		s.up("10.0.0.7")
		r := &recorder{}
		s.do(func() {
			assert.NoError(t, s.stack.NewTCB(r).Connect(netip.AddrPortFrom(server.Addr(), 7)))
		})
		time.Sleep(time.Second)
		assert.Equal(t, []string{netstack.ErrReset.Error()}, r.seen())
	})
}

func TestBoxesForgetTheConnectionThatWasSilentForLongest(t *testing.T) {
	box := newTracker()
	start := time.Unix(0, 0).UTC()
	for i := range maxTracked + 1 {
		box.use(passing{key: connKey{high: uint64(i)}}, tracked{}, start.Add(time.Duration(i)))
	}
	assert.Len(t, box.conns, maxTracked)
	_, known := box.find(passing{key: connKey{high: 0}})
	assert.False(t, known)
}

func FuzzMiddlebox(f *testing.F) {
	for _, tcp := range []layers.TCP{{SYN: true}, {ACK: true}, {FIN: true, ACK: true}, {RST: true}} {
		eth := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeIPv4}
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: []byte{10, 0, 0, 2}, DstIP: []byte{10, 0, 0, 3}}
		tcp.SrcPort, tcp.DstPort, tcp.Seq, tcp.Ack, tcp.Window = 1, 2, 3, 4, 5
		require.NoError(f, tcp.SetNetworkLayerForChecksum(ip))
		buf := gopacket.NewSerializeBuffer()
		options := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
		require.NoError(f, gopacket.SerializeLayers(buf, options, eth, ip, &tcp, gopacket.Payload("data")))
		f.Add(buf.Bytes())
	}
	f.Fuzz(func(t *testing.T, frame []byte) {
		if len(frame) < wire.EthernetLen {
			return // the switch takes none
		}
		for _, box := range []func(Frame) Verdict{IdleTimeout(time.Second, Drop), CutAfter(1, Reset), MaxPacket(100, Drop)} {
			box(Frame{Data: frame})
		}
		if rst := forgeReset(frame); rst != nil {
			require.Nil(t, forgeReset(rst), "an RST is not answered")
			s, err := readTCP(rst)
			require.NoError(t, err)
			require.True(t, s.RST)
		}
	})
}
