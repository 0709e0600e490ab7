package engines_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/compare"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// perform plays a scenario with firmware that was made of driver.c, and returns what the device did.
func (s scenario) perform(t *testing.T, fw emulator.Firmware, profile espconn.Profile) (side compare.Side) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{scenario: s, t: t, network: vnet.New(vnet.Options{Seed: s.Seed})}
		var file bytes.Buffer
		start := time.Now()
		_, err := w.network.Capture(&file)
		require.NoError(t, err)
		w.network.SetFaults("", "", vnet.Faults{Loss: s.Loss, Duplicate: s.Double, Reorder: s.Reorder})
		gateway := w.network.Gateway(vnet.GatewayConfig{})
		gateway.SetName("peer.test", netip.MustParseAddr("10.0.0.7"))
		w.open()
		chip, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		require.NoError(t, chip.Write(scriptAt, s.script()))
		d, err := emulator.New(emulator.Config{Name: "device", Network: w.network, Profile: profile, Flash: chip, HeapFree: s.Heap,
			Seed: s.Seed})
		require.NoError(t, err)
		if s.Fail != nil {
			d.Fail(emulator.Shortage{Nth: s.Fail.Nth, From: time.Duration(s.Fail.At) * time.Millisecond, Except: compare.TimerRecord})
		}
		require.NoError(t, d.Boot(fw))
		time.Sleep(s.length())
		require.NoError(t, d.Close())
		w.close()
		require.NoError(t, w.network.Close())
		side.Events = d.Trace().Events()
		side.Frames, err = compare.ReadCapture(&file, start)
		require.NoError(t, err)
	})
	return side
}

// world is what is around a device in a scenario.
type world struct {
	scenario
	t       *testing.T
	network *vnet.Network
	running sync.WaitGroup
	ctx     context.Context
	cancel  func()

	mu    sync.Mutex // guards what follows
	conns []io.Closer
}

// keep closes something at the end.
func (w *world) keep(c io.Closer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = append(w.conns, c)
}

func (w *world) open() {
	w.ctx, w.cancel = context.WithCancel(context.Background())
	host := w.network.Host("peer", netip.MustParseAddr("10.0.0.7"))
	for n, s := range w.Servers {
		at := netip.AddrPortFrom(host.Addr(), uint16(1000+n))
		switch {
		case s.UDP:
			if s.Kind == clock {
				at = netip.AddrPortFrom(host.Addr(), 123)
			}
			c, err := host.ListenPacket("udp", at.String())
			require.NoError(w.t, err)
			w.keep(c)
			w.running.Go(func() { w.datagrams(c, s) })
		case s.TLS != nil:
			devtest.TLSServer(w.t, w.network, devtest.Options{Host: host, Addr: at, ChainLen: s.TLS.Chain, Behavior: s.TLS.Behavior,
				Handle: func(c net.Conn) { w.serve(c, s) }})
		default:
			l, err := host.Listen("tcp", at.String())
			require.NoError(w.t, err)
			w.keep(l)
			w.running.Go(func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					w.keep(c)
					w.running.Go(func() {
						defer c.Close()
						w.serve(c, s)
					})
				}
			})
		}
	}
	if len(w.Queries) > 0 {
		asker := w.network.Host("asker", netip.MustParseAddr("10.0.0.10")) // visitors are from 20 on
		w.running.Go(func() { w.ask(asker) })
	}
	for n, v := range w.Visitors {
		from := w.network.Host("visitor"+strconv.Itoa(n), netip.AddrFrom4([4]byte{10, 0, 0, byte(20 + n)}))
		w.running.Go(func() { w.visit(from, v) })
	}
}

// close ends all that runs.
func (w *world) close() {
	w.cancel()
	w.mu.Lock()
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.mu.Unlock()
	w.running.Wait()
}

// pause waits, unless the scenario ends.
func (w *world) pause(ms int) {
	select {
	case <-w.ctx.Done():
	case <-time.After(time.Duration(ms) * time.Millisecond):
	}
}

// ask asks by mDNS for each service that driver.c may announce.
func (w *world) ask(from *vnet.Host) {
	c, err := from.ListenPacket("udp", ":5353")
	if err != nil {
		return
	}
	defer c.Close()
	slices.Sort(w.Queries)
	now := 0
	for _, at := range w.Queries {
		if w.pause(at - now); w.ctx.Err() != nil {
			return
		}
		now = at
		for _, name := range []string{"iot", "http", "a"} {
			q := []byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}
			for _, label := range []string{"_" + name, "_tcp", "local", ""} {
				q = append(append(q, byte(len(label))), label...)
			}
			_, _ = c.WriteTo(append(q, 0, 12, 0, 1), mdnsGroup)
		}
	}
}

// mdnsGroup is where mDNS asks and answers.
var mdnsGroup = net.UDPAddrFromAddrPort(netip.MustParseAddrPort("224.0.0.251:5353"))

func (w *world) serve(c net.Conn, s server) {
	w.pause(s.Delay)
	one := make([]byte, 1)
	switch s.Kind {
	case talks, farewell, half:
		_, _ = c.Write(content(s.Bytes))
	case hangUp:
		_, _ = c.Read(one)
		return
	case reset:
		_, _ = c.Read(one)
		if tcp, ok := c.(*vnet.Conn); ok {
			_ = tcp.SetLinger(0)
		}
		return
	case deaf:
		<-w.ctx.Done()
		return
	}
	switch s.Kind {
	case farewell:
		return
	case half:
		if tcp, ok := c.(*vnet.Conn); ok {
			_ = tcp.CloseWrite()
		}
		_, _ = io.Copy(io.Discard, c)
	default:
		_, _ = io.Copy(c, c)
	}
}

func (w *world) datagrams(c net.PacketConn, s server) {
	b := make([]byte, 9000)
	for {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return
		}
		w.pause(s.Delay)
		if s.Kind == talks {
			_, _ = c.WriteTo(content(min(s.Bytes, 1472)), from)
		}
		if s.Kind == echo {
			_, _ = c.WriteTo(b[:n], from)
		}
		if s.Kind == clock && n == 48 { // RFC 4330: a server's answer
			b[0], b[1] = b[0]&0x38|4, 1
			copy(b[24:], b[40:48])
			binary.BigEndian.PutUint32(b[40:], uint32(time.Now().Unix()+2_208_988_800))
			_, _ = c.WriteTo(b[:n], from)
		}
	}
}

func (w *world) visit(from *vnet.Host, v visitor) {
	w.pause(v.At)
	ctx, cancel := context.WithTimeout(w.ctx, 5*time.Second)
	defer cancel()
	c, err := from.DialContext(ctx, "tcp", net.JoinHostPort(deviceAddr, strconv.Itoa(int(v.Port))))
	if err != nil {
		return
	}
	defer c.Close()
	w.keep(c)
	w.running.Go(func() { _, _ = io.Copy(io.Discard, c) })
	for _, n := range v.Sends {
		if _, err := c.Write(content(n)); err != nil {
			return
		}
		w.pause(500)
	}
	w.pause(v.Stay)
	if v.Reset {
		_ = c.(*vnet.Conn).SetLinger(0)
	}
}

// deviceAddr is what the network's DHCP gives the device.
const deviceAddr = "10.0.0.236"

func content(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*11 + i>>8)
	}
	return b
}
