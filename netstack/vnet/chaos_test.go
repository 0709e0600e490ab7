package vnet

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// A chaos run is a random course of events that depends on its seed alone: several connections between hosts and devices, over links with
// every kind of fault that change while they are used, with partitions; then everything heals. What has to hold in all of them is in
// chaos.judge and chaosWire.
//
//	go test ./netstack/vnet -run TestChaos -seeds 10000
//	go test ./netstack/vnet -run 'TestChaos/^4711$' -seeds 10000 -v

// chaosTalk is one connection of a run, seen from both ends.
type chaosTalk struct {
	toServer, toClient   []byte // what each side says
	atServer, atClient   []byte // what arrived
	serverEOF, clientEOF bool   // the peer's FIN came
	serverErr, clientErr error  // the connection ended otherwise
	accepted             bool
	lost                 bool // the device forgot the end of what it had to say, see TCB.finAcked
}

type chaos struct {
	t       *testing.T
	rng     *rand.Rand
	net     *Network
	mu      sync.Mutex
	wire    chaosWire
	talks   []*chaosTalk
	devices []*device
	heaps   []*chaosHeap
	byPort  map[uint16]*chaosTalk // by the client's port
	serves  bool                  // the device is the server
	limit   int                   // of a device's established connections
}

func (c *chaos) chance(p float64) bool { return c.rng.Float64() < p }

// between returns a duration that is evenly distributed.
func (c *chaos) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(c.rng.Int64N(int64(hi-lo)+1))
}

// faults draws a link.
func (c *chaos) faults() Faults {
	f := Faults{Latency: c.between(10*time.Microsecond, 200*time.Millisecond), Filter: c.wire.watch}
	some := func(p, most float64) float64 {
		if c.chance(p) {
			return c.rng.Float64() * most
		}
		return 0
	}
	f.Loss, f.Duplicate, f.Reorder, f.Corrupt = some(0.6, 0.15), some(0.4, 0.2), some(0.4, 0.3), some(0.4, 0.1)
	if c.chance(0.4) {
		f.Jitter = c.between(0, 300*time.Millisecond)
	}
	if c.chance(0.3) {
		f.Bandwidth = 20_000 + c.rng.Int64N(1_000_000)
	}
	if c.chance(0.2) {
		f.Queue = 3 + c.rng.IntN(20)
	}
	return f
}

// profile draws a stack.
func (c *chaos) profile() netstack.Profile {
	p := netstack.DeviceProfile()
	switch c.rng.IntN(4) {
	case 0:
		p = netstack.DeviceProfile536()
	case 1:
		p = netstack.HostProfile()
	}
	if c.chance(0.3) {
		p.Nagle = !p.Nagle
	}
	c.limit = p.MaxConnections
	return p
}

func (c *chaos) data() []byte {
	switch c.rng.IntN(4) {
	case 0:
		return nil
	case 1:
		return pattern(1 + c.rng.IntN(100))
	}
	return pattern(1 + c.rng.IntN(15_000))
}

// chaosRun plays the run of a seed and returns its capture's digest.
func chaosRun(t *testing.T, seed uint64) (digest [sha256.Size]byte) {
	sum := sha256.New()
	synctest.Test(t, func(t *testing.T) {
		c := &chaos{t: t, rng: rand.New(rand.NewPCG(seed, 1))}
		c.wire.reset()
		c.net = New(Options{Seed: seed, Faults: Faults{Filter: c.wire.watch}})
		capture, err := c.net.Capture(sum)
		require.NoError(t, err)
		c.play()
		require.NoError(t, capture.Close())
		require.NoError(t, c.net.Close())
	})
	copy(digest[:], sum.Sum(nil))
	return digest
}

// play runs the connections, the disturbances and the healing.
func (c *chaos) play() {
	c.serves = c.chance(0.5)
	host := c.net.Host("host", netip.Addr{})
	heap := &chaosHeap{blocks: make(map[uint32]string)}
	c.heaps = append(c.heaps, heap)
	s := startDeviceWith(c.t, c.net, "device", MACFor(netip.MustParseAddr("10.0.0.7")), netstack.Config{Profile: c.profile(), Heap: heap,
		Observe: c.observe})
	c.devices = append(c.devices, s)
	for _, way := range [][2]string{{"host", "device"}, {"device", "host"}} {
		c.net.SetFaults(way[0], way[1], c.faults())
	}
	s.up("10.0.0.7")

	var apps sync.WaitGroup
	count := 1 + c.rng.IntN(4)
	if c.serves {
		count = 1 + c.rng.IntN(8)
	}
	c.byPort = make(map[uint16]*chaosTalk)
	var listener net.Listener
	if c.serves {
		s.do(func() {
			_, err := s.stack.Listen(netip.Addr{}, 80, func(t *netstack.TCB) netstack.Handler {
				c.mu.Lock()
				talk := c.byPort[t.Remote().Port()]
				c.mu.Unlock()
				if talk == nil || talk.accepted {
					assert.Fail(c.t, "a connection that nobody opened", "%v", t.Remote())
					return nil
				}
				talk.accepted = true
				return &chaosApp{say: talk.toClient, got: &talk.atServer, eof: &talk.serverEOF, err: &talk.serverErr}
			})
			assert.NoError(c.t, err)
		})
	} else {
		var err error
		listener, err = host.Listen("tcp", ":80")
		require.NoError(c.t, err)
		apps.Go(func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				c.mu.Lock()
				talk := c.byPort[conn.RemoteAddr().(*net.TCPAddr).AddrPort().Port()]
				c.mu.Unlock()
				if !assert.NotNil(c.t, talk) || !assert.False(c.t, talk.accepted) {
					continue
				}
				talk.accepted = true
				apps.Go(func() { chaosSocket(conn, talk.toClient, &talk.atServer, &talk.serverEOF, &talk.serverErr) })
			}
		})
	}
	for range count {
		talk := &chaosTalk{toServer: c.data(), toClient: c.data()}
		c.talks = append(c.talks, talk)
		delay, local := c.between(0, 5*time.Second), uint16(20_000+len(c.talks))
		c.mu.Lock()
		c.byPort[local] = talk
		c.mu.Unlock()
		apps.Go(func() {
			time.Sleep(delay)
			if c.serves {
				conn, err := host.dialFrom(local, netip.AddrPortFrom(s.ifc.Addr().Addr(), 80))
				if err != nil {
					talk.clientErr = err
					return
				}
				chaosSocket(conn, talk.toServer, &talk.atClient, &talk.clientEOF, &talk.clientErr)
				return
			}
			s.do(func() {
				app := &chaosApp{say: talk.toServer, got: &talk.atClient, eof: &talk.clientEOF, err: &talk.clientErr}
				t := s.stack.NewTCB(app)
				assert.NoError(c.t, t.Bind(netip.Addr{}, local))
				if err := t.Connect(netip.AddrPortFrom(host.Addr(), 80)); err != nil {
					talk.clientErr = err
				}
			})
		})
	}

	for range c.rng.IntN(5) {
		time.Sleep(c.between(0, 10*time.Second))
		switch c.rng.IntN(3) {
		case 0:
			c.net.SetFaults("host", "device", c.faults())
		case 1:
			c.net.SetFaults("device", "host", c.faults())
		case 2:
			c.net.Partition([]string{"host"})
			time.Sleep(c.between(0, 15*time.Second))
			c.net.Heal()
		}
	}
	c.net.SetFaults("host", "device", Faults{Filter: c.wire.watch})
	c.net.SetFaults("device", "host", Faults{Filter: c.wire.watch})
	time.Sleep(30 * time.Minute)
	s.do(func() { c.judge(s, host) })
	if listener != nil {
		require.NoError(c.t, listener.Close())
	}
	host.Close() // ends sockets whose peer gave up unheard
	apps.Wait()
}

// judge is run on the device's goroutine when everything has healed and half an hour has passed.
func (c *chaos) judge(s *device, host *Host) {
	t := c.t
	c.net.enter()
	wire := c.wire.fault
	hostLeft := len(host.stack.TCBs())
	halfOpen, lost := 0, 0
	for i, k := range c.talks {
		what := fmt.Sprintf("connection %d: server %v, client %v", i+1, k.serverErr, k.clientErr)
		assert.True(t, bytes.HasPrefix(k.toServer, k.atServer), "%s: the server got other data", what)
		assert.True(t, bytes.HasPrefix(k.toClient, k.atClient), "%s: the client got other data", what)
		if k.serverEOF {
			assert.Len(t, k.atServer, len(k.toServer), "%s: FIN before all data", what)
		}
		if k.clientEOF {
			assert.Len(t, k.atClient, len(k.toClient), "%s: FIN before all data", what)
		}
		if k.serverErr != nil || k.clientErr != nil {
			halfOpen++ // one side gave up: the other may never hear of it
			continue
		}
		if k.lost {
			halfOpen++ // the device's side is over, the host's waits for the rest
			lost++
			deviceEOF := k.clientEOF
			if c.serves {
				deviceEOF = k.serverEOF
			}
			assert.True(t, k.accepted && deviceEOF, "%s: LAST_ACK without the peer's FIN", what)
			continue
		}
		assert.True(t, k.accepted, "%s: never accepted", what)
		assert.True(t, k.serverEOF && k.clientEOF, "%s: does not end (%d of %d, %d of %d bytes)", what, len(k.atServer), len(k.toServer),
			len(k.atClient), len(k.toClient))
	}
	c.net.mu.Unlock()
	t.Logf("%d connections, %d of them given up by a side, %d with a lost end, %+v", len(c.talks), halfOpen, lost, c.net.stats)
	assert.NoError(t, wire)
	assert.LessOrEqual(t, len(s.stack.TCBs()), halfOpen-lost, "connections are left on the device")
	assert.LessOrEqual(t, hostLeft, halfOpen, "connections are left on the host")
	if halfOpen == lost {
		assert.Contains(t, []string{"", "tcp_pcb_listen"}, strings.Join(c.heaps[0].left(), " "))
	}
}

// observe notes connections whose end the device forgets, and checks that a device takes no SYN while it has just the connections that it
// may have (lwip.md 4.2: those that are opening do not count).
func (c *chaos) observe(e netstack.Event) {
	if e.Kind == netstack.EventLost {
		c.mu.Lock()
		defer c.mu.Unlock()
		port := e.Local.Port()
		if c.serves {
			port = e.Remote.Port()
		}
		talk := c.byPort[port]
		if assert.NotNil(c.t, talk) && assert.Equal(c.t, netstack.StateLastAck, e.State, "the application closes after the peer's FIN") {
			talk.lost = true
		}
		return
	}
	if e.Kind != netstack.EventState || e.State != netstack.StateSynRcvd || c.limit == 0 {
		return
	}
	established := 0
	for _, t := range c.devices[0].stack.TCBs() {
		if t.State() == netstack.StateEstablished {
			established++
		}
	}
	assert.NotEqual(c.t, c.limit, established, "a SYN was taken: %v", e)
}

// chaosApp is an application on a device: it says what it has to say as the send buffer allows, closes its half, and frees the connection
// when the peer has closed, too.
type chaosApp struct {
	say  []byte
	got  *[]byte
	eof  *bool
	err  *error
	over bool
}

func (a *chaosApp) push(t *netstack.TCB) {
	for len(a.say) > 0 {
		n := min(1460, len(a.say), t.SendBuffer())
		if n == 0 || t.Write(a.say[:n]) != nil {
			break
		}
		a.say = a.say[n:]
	}
	t.Output()
	a.finish(t)
}

// finish closes when both have said everything.
func (a *chaosApp) finish(t *netstack.TCB) {
	if len(a.say) == 0 && *a.eof {
		_ = t.Close() // without memory for the FIN it is tried again after the next acknowledgement
	}
}

func (a *chaosApp) Connected(t *netstack.TCB)   { a.push(t) }
func (a *chaosApp) Sent(t *netstack.TCB, _ int) { a.push(t) }
func (a *chaosApp) PeerClosed(t *netstack.TCB)  { *a.eof = true; a.finish(t) }

func (a *chaosApp) Received(t *netstack.TCB, data []byte) {
	t.Recved(len(data))
	*a.got = append(*a.got, data...)
}

func (a *chaosApp) Aborted(_ *netstack.TCB, err error) {
	if a.over {
		panic("Aborted twice")
	}
	a.over = true
	if !errors.Is(err, netstack.ErrClosed) {
		*a.err = err
	}
}

// chaosHeap is a device's memory without a limit: it knows what is allocated.
type chaosHeap struct {
	next   uint32
	blocks map[uint32]string
}

func (h *chaosHeap) Alloc(_ uint32, what string) uint32 {
	h.next += 8
	h.blocks[h.next] = what
	return h.next
}

func (h *chaosHeap) Free(addr uint32) {
	if _, ok := h.blocks[addr]; !ok {
		panic(fmt.Sprintf("heap: %#x is not allocated", addr))
	}
	delete(h.blocks, addr)
}

// left lists what is allocated, apart from sockets and a timer's record that live as long as the stack.
func (h *chaosHeap) left() []string {
	var names []string
	for _, what := range h.blocks {
		if what != "udp_pcb" && what != "dns timer" {
			names = append(names, what)
		}
	}
	return names
}

// chaosSocket is an application on a host.
func chaosSocket(conn net.Conn, say []byte, got *[]byte, eof *bool, err *error) {
	var both sync.WaitGroup
	both.Go(func() {
		for part := range partsOf(say, 3000) {
			if _, werr := conn.Write(part); werr != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		_ = conn.(*Conn).CloseWrite()
	})
	buf := make([]byte, 2000)
	for {
		k, rerr := conn.Read(buf)
		*got = append(*got, buf[:k]...)
		if rerr == io.EOF {
			*eof = true
			break
		}
		if rerr != nil {
			*err = rerr
			break
		}
	}
	both.Wait()
	_ = conn.Close()
}

// partsOf cuts data.
func partsOf(data []byte, size int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(data) > 0 {
			n := min(size, len(data))
			if !yield(data[:n]) {
				return
			}
			data = data[n:]
		}
	}
}

// chaosWire checks what holds for every sender, at each segment: the acknowledgement never goes back, the right edge of the window neither,
// nothing is sent beyond the edge that the receiver has offered, and MSS and MTU are kept. It is a Filter that passes everything.
type chaosWire struct {
	last  map[chaosFlow]chaosEdge
	fault error // the first
}

type chaosFlow struct{ from, to uint64 } // address and port

type chaosEdge struct{ ack, edge uint32 }

func (w *chaosWire) reset() { w.last = make(map[chaosFlow]chaosEdge) }

func (w *chaosWire) watch(f Frame) Verdict {
	s, ok := readSegment(f.Data)
	if len(f.Data) > wire.EthernetLen+1500 && w.fault == nil {
		w.fault = fmt.Errorf("a frame of %d bytes", len(f.Data))
	}
	if !ok || s.flags&wire.RST != 0 || w.fault != nil {
		return Pass
	}
	g, err := readTCP(f.Data)
	if err != nil {
		w.fault = err
		return Pass
	}
	from := uint64(g.src.Addr().As4()[3])<<16 | uint64(g.src.Port())
	to := uint64(g.dst.Addr().As4()[3])<<16 | uint64(g.dst.Port())
	me, peer := chaosFlow{from, to}, chaosFlow{to, from}
	if g.SYN && !g.ACK {
		delete(w.last, me)
		delete(w.last, peer)
		return Pass
	}
	e := chaosEdge{g.Ack, g.Ack + uint32(g.Window)}
	if old, seen := w.last[me]; seen {
		if int32(e.ack-old.ack) < 0 {
			w.fault = fmt.Errorf("the acknowledgement goes back: %v at %v", g, f.Time)
		}
		if int32(e.edge-old.edge) < 0 {
			w.fault = fmt.Errorf("the window's right edge goes back: %v at %v", g, f.Time)
		}
	}
	w.last[me] = e
	if offered, seen := w.last[peer]; seen && len(g.Payload) > 1 && int32(g.Seq+uint32(len(g.Payload))-offered.edge) > 0 {
		w.fault = fmt.Errorf("data beyond the window: %v at %v", g, f.Time)
	}
	if len(g.Payload) > 1460 {
		w.fault = fmt.Errorf("more than the MSS: %v", g)
	}
	return Pass
}

// dialFrom connects from a given local port.
func (h *Host) dialFrom(local uint16, to netip.AddrPort) (net.Conn, error) {
	h.net.enter()
	defer h.net.mu.Unlock()
	c := h.newConn()
	c.remote, c.local = to, netip.AddrPortFrom(wire.AnyAddr, local)
	h.tickets++
	c.ticket = h.tickets
	h.dials = append(h.dials, c)
	h.call()
	for !c.open && c.err == nil {
		c.cond.Wait()
	}
	if c.err != nil {
		return nil, c.err
	}
	return c, nil
}

// seeds is the number of seeds that TestChaos tries.
var seeds = flag.Uint64("seeds", 60, "seeds of TestChaos")

// TestChaos plays -seeds seeds; every eighth is played twice and has to give the same capture.
func TestChaos(t *testing.T) {
	for seed := uint64(1); seed <= *seeds; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			first := chaosRun(t, seed)
			if seed%8 == 0 && !t.Failed() {
				require.Equal(t, first, chaosRun(t, seed), "the same seed, another capture")
			}
		})
	}
}
