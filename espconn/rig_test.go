package espconn_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/netstack"
)

// rig is a device as the plain traces were measured: the network stack, a heap, tasks and a clock that only events move.
// t=0 is one second after boot, a frame takes 1 ms each way.
type rig struct {
	t      *testing.T
	base   time.Time
	now    int // ms
	seq    int
	queue  []rigEvent
	tasks  [32][]func()
	stack  *netstack.Stack
	ifc    *netstack.Interface
	heap   *countingHeap
	flash  espconn.Flash
	rng    *rand.ChaCha8
	api    *espconn.API
	ip     [2]netip.Prefix
	mode   uint8
	status uint8
	printf func(string)
	send   func(frame []byte)
	frames *rigFrames // nil: frames are not written down
	fatal  *crash
	found  []string // findings
	conns  map[espconn.Ref][2]uint32
}

// rigEvent is something due at a time; events of one instant run by class: frames, the script, the stack's timers.
type rigEvent struct {
	at, class, seq int
	fn             func()
}

const (
	classFrame = iota
	classScript
	classStack
)

// classOf is the class of a rule with a time: it waits since before the frame of that instant was sent.
func classOf(ms int) int {
	if ms == 0 {
		return classScript
	}
	return classFrame
}

func newRig(t *testing.T, p espconn.Profile) *rig {
	r := &rig{
		t: t, heap: newHeap(45224), flash: blankFlash(1 << 20), mode: espconn.StationMode, status: 5, rng: rand.NewChaCha8([32]byte{1}),
		ip:    [2]netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")},
		conns: map[espconn.Ref][2]uint32{},
		base:  time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC),
	}
	r.heap.places = &places{size: r.heap.free}
	r.stack = netstack.NewStack(netstack.Config{Heap: startHeap{r}, Rand: func() uint32 { return uint32(r.rng.Uint64()) }})
	r.now = -1000
	r.stack.Advance(r.clock())
	r.ifc = r.stack.AddInterface("st0", netstack.MAC{0x18, 0xfe, 0, 0, 0, 1}, func(f []byte) {
		if r.send != nil {
			r.send(slices.Clone(f))
		}
	})
	r.ifc.SetUp(true)
	r.ifc.SetAddr(r.ip[0], netip.MustParseAddr("10.0.0.1"))
	r.now = 0
	r.stack.Advance(r.clock())
	r.api = espconn.New(r, p)
	return r
}

// startHeap charges nothing before t=0.
type startHeap struct{ r *rig }

func (h startHeap) Alloc(n uint32, what string) uint32 {
	if h.r.api == nil {
		return 8
	}
	return h.r.heap.Alloc(n, what)
}

func (h startHeap) Free(addr uint32) {
	if addr != 8 {
		h.r.heap.Free(addr)
	}
}

func (r *rig) clock() time.Time { return r.base.Add(time.Duration(r.now) * time.Millisecond) }

func (r *rig) at(ms, class int, fn func()) {
	r.seq++
	r.queue = append(r.queue, rigEvent{ms, class, r.seq, fn})
}

// run runs all events up to a time.
func (r *rig) run(until int) {
	for steps := 0; r.fatal == nil; steps++ {
		if steps > 1_000_000 {
			r.t.Fatal("the run does not end")
		}
		first := -1
		for i, e := range r.queue {
			if first < 0 || e.at < r.queue[first].at || e.at == r.queue[first].at &&
				(e.class < r.queue[first].class || e.class == r.queue[first].class && e.seq < r.queue[first].seq) {
				first = i
			}
		}
		due := until + 1
		if first >= 0 {
			due = r.queue[first].at
		}
		if next, ok := r.stack.NextEvent(); ok {
			ms := int((next.Sub(r.base) + time.Millisecond - 1) / time.Millisecond)
			if ms < due || ms == due && first >= 0 && r.queue[first].class > classStack {
				if ms > until {
					return
				}
				r.now = max(r.now, ms)
				r.do(func() { r.stack.Advance(r.clock()) })
				continue
			}
		}
		if due > until {
			return
		}
		e := r.queue[first]
		r.queue = slices.Delete(r.queue, first, first+1)
		r.now = e.at
		r.do(func() {
			r.stack.Advance(r.clock().Add(-1)) // what is due before this instant
			e.fn()
		})
	}
}

// do runs one event of the device and every task that it posts.
func (r *rig) do(fn func()) {
	defer func() {
		if c, ok := recover().(crash); ok {
			r.fatal = &c
		}
	}()
	fn()
	for r.task() {
	}
}

// task runs the oldest task of the highest priority.
func (r *rig) task() bool {
	for p := len(r.tasks) - 1; p >= 0; p-- {
		if len(r.tasks[p]) > 0 {
			fn := r.tasks[p][0]
			r.tasks[p] = r.tasks[p][1:]
			fn()
			return true
		}
	}
	return false
}

// post queues a task; false when depth are waiting.
func (r *rig) post(prio, depth int, fn func()) bool {
	if len(r.tasks[prio]) >= depth {
		return false
	}
	r.tasks[prio] = append(r.tasks[prio], fn)
	return true
}

func (r *rig) Stack() *netstack.Stack        { return r.stack }
func (r *rig) Heap() espconn.Heap            { return r.heap }
func (r *rig) Flash() espconn.Flash          { return r.flash }
func (r *rig) Post(prio int, fn func()) bool { return r.post(prio, 15, fn) }
func (r *rig) IPInfo(i int) netip.Prefix     { return r.ip[i] }
func (r *rig) OpMode() uint8                 { return r.mode }
func (r *rig) StationStatus() uint8          { return r.status }
func (r *rig) Rand() io.Reader               { return r.rng }
func (r *rig) Spend(boundedtls.Op, int)      {}
func (r *rig) Observe(e espconn.Event) {
	if e.Kind == espconn.EventFinding {
		r.found = append(r.found, e.Name)
	}
}
func (r *rig) KeyLog() io.Writer           { return nil }
func (r *rig) Fatal(cause int, why string) { panic(crash{cause, why}) }
func (r *rig) Printf(f string, args ...any) {
	if r.printf != nil {
		r.printf(strings.TrimSuffix(fmt.Sprintf(f, args...), "\n"))
	}
}

func (r *rig) NewConn() espconn.Ref {
	a := r.heap.Alloc(28, "espconn")
	b := r.heap.Alloc(32, "esp_tcp")
	if a == 0 || b == 0 {
		r.heap.Free(a)
		r.heap.Free(b)
		return nil
	}
	c := &espconn.Espconn{Proto: espconn.Proto{TCP: &espconn.TCP{}}}
	r.conns[c] = [2]uint32{a, b}
	return c
}

func (r *rig) FreeConn(c espconn.Ref) {
	b := r.conns[c]
	delete(r.conns, c)
	r.heap.Free(b[1])
	r.heap.Free(b[0])
}

// After is a software timer.
func (r *rig) After(d time.Duration, fn func()) (stop func()) {
	live := true
	r.at(r.now+int(d/time.Millisecond), classScript, func() {
		if live {
			fn()
		}
	})
	return func() { live = false }
}

// udpInput gives the device a datagram from 10.0.0.9.
func (r *rig) udpInput(data []byte, port uint16) {
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4(10, 0, 0, 9), DstIP: net.IPv4(10, 0, 0, 2)}
	u := &layers.UDP{SrcPort: 9, DstPort: layers.UDPPort(port)}
	_ = u.SetNetworkLayerForChecksum(ip)
	buf := gopacket.NewSerializeBuffer()
	if gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 10, 0, 0, 9}, DstMAC: net.HardwareAddr{0x18, 0xfe, 0, 0, 0, 1}, EthernetType: layers.EthernetTypeIPv4},
		ip, u, gopacket.Payload(data)) == nil {
		r.do(func() { r.ifc.Input(r.clock(), buf.Bytes()) })
	}
}
