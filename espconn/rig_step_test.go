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
	"github.com/emu8266/emu8266/netstack"
)

// stepRig is a device as the plain traces were measured: the network stack, a heap, tasks and a clock that only events move.
// t=0 is one second after boot, a frame takes 1 ms each way.
type stepRig struct {
	quietEnv
	t      *testing.T
	base   time.Time
	now    int // ms
	seq    int
	queue  []stepEvent
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
	input  func(frame []byte) // gives the device a frame
	frames *oracleFrames      // nil: frames are not written down
	fatal  *crash
	found  []string // findings
	causeCheck
	conns map[espconn.Ref][2]uint32
}

// stepEvent is something due at a time; events of one instant run by class: frames, the script, the stack's timers.
type stepEvent struct {
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

func newStepRig(t *testing.T, p espconn.Profile) *stepRig {
	rig := &stepRig{
		t: t, heap: newHeap(45224 + 64 + 56), flash: blankFlash(1 << 20), mode: wifiStation, status: 5, rng: rand.NewChaCha8([32]byte{1}),
		ip:    [2]netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")},
		conns: map[espconn.Ref][2]uint32{},
		base:  time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC),
	}
	rig.stack = netstack.NewStack(netstack.Config{Heap: rig.heap, Rand: func() uint32 { return uint32(rig.rng.Uint64()) }})
	rig.now = -1000
	rig.stack.Advance(rig.clock())
	rig.ifc = rig.stack.AddInterface("st0", netstack.MAC{0x18, 0xfe, 0, 0, 0, 1}, func(f []byte) {
		if rig.send != nil {
			rig.send(slices.Clone(f))
		}
	})
	rig.ifc.SetUp(true)
	rig.ifc.SetAddr(rig.ip[0], netip.MustParseAddr("10.0.0.1"))
	rig.now = 0
	rig.stack.Advance(rig.clock())
	if n := rig.heap.FreeSize(); n != 45224 {
		t.Fatal("at the start are free: ", n)
	}
	rig.input = func(f []byte) { rig.ifc.Input(rig.clock(), f) }
	rig.api = espconn.New(rig, p)
	return rig
}

func (rig *stepRig) clock() time.Time { return rig.base.Add(time.Duration(rig.now) * time.Millisecond) }

func (rig *stepRig) at(ms, class int, fn func()) {
	rig.seq++
	rig.queue = append(rig.queue, stepEvent{ms, class, rig.seq, fn})
}

// run runs all events up to a time.
func (rig *stepRig) run(until int) {
	for steps := 0; rig.fatal == nil; steps++ {
		if steps > 1_000_000 {
			rig.t.Fatal("the run does not end")
		}
		first := -1
		for i, e := range rig.queue {
			if first < 0 || e.at < rig.queue[first].at || e.at == rig.queue[first].at &&
				(e.class < rig.queue[first].class || e.class == rig.queue[first].class && e.seq < rig.queue[first].seq) {
				first = i
			}
		}
		due := until + 1
		if first >= 0 {
			due = rig.queue[first].at
		}
		if next, ok := rig.stack.NextEvent(); ok {
			ms := int((next.Sub(rig.base) + time.Millisecond - 1) / time.Millisecond)
			if ms < due || ms == due && first >= 0 && rig.queue[first].class > classStack {
				if ms > until {
					return
				}
				rig.now = max(rig.now, ms)
				rig.do(func() { rig.stack.Advance(rig.clock()) })
				continue
			}
		}
		if due > until {
			return
		}
		e := rig.queue[first]
		rig.queue = slices.Delete(rig.queue, first, first+1)
		rig.now = e.at
		rig.do(func() {
			rig.stack.Advance(rig.clock().Add(-1)) // what is due before this instant
			e.fn()
		})
	}
}

// do runs one event of the device and every task that it posts.
func (rig *stepRig) do(fn func()) {
	defer func() {
		if c, ok := recover().(crash); ok {
			rig.fatal = &c
		}
	}()
	fn()
	for rig.task() {
	}
}

// task runs the oldest task of the highest priority.
func (rig *stepRig) task() bool {
	for p := len(rig.tasks) - 1; p >= 0; p-- {
		if len(rig.tasks[p]) > 0 {
			fn := rig.tasks[p][0]
			rig.tasks[p] = rig.tasks[p][1:]
			fn()
			return true
		}
	}
	return false
}

// post queues a task; false when depth are waiting.
func (rig *stepRig) post(prio, depth int, fn func()) bool {
	if len(rig.tasks[prio]) >= depth {
		return false
	}
	rig.tasks[prio] = append(rig.tasks[prio], fn)
	return true
}

func (rig *stepRig) Stack() *netstack.Stack        { return rig.stack }
func (rig *stepRig) Heap() espconn.Heap            { return rig.heap }
func (rig *stepRig) Flash() espconn.Flash          { return rig.flash }
func (rig *stepRig) Post(prio int, fn func()) bool { return rig.post(prio, 15, fn) }
func (rig *stepRig) IPInfo(i int) netip.Prefix     { return rig.ip[i] }
func (rig *stepRig) OpMode() uint8                 { return rig.mode }
func (rig *stepRig) StationStatus() uint8          { return rig.status }
func (rig *stepRig) Rand() io.Reader               { return rig.rng }
func (rig *stepRig) Observe(e espconn.Event) {
	rig.check(e)
	if e.Kind == espconn.EventFinding {
		rig.found = append(rig.found, e.Name)
	}
}
func (rig *stepRig) Fatal(cause int, why string) { panic(crash{cause, why}) }
func (rig *stepRig) Printf(f string, args ...any) {
	if rig.printf != nil {
		rig.printf(strings.TrimSuffix(fmt.Sprintf(f, args...), "\n"))
	}
}

func (rig *stepRig) NewConn() (espconn.Ref, error) {
	a := rig.heap.Alloc(28, "espconn")
	if a == 0 {
		return nil, espconn.ErrNoEspconn
	}
	b := rig.heap.Alloc(32, "esp_tcp")
	if b == 0 {
		rig.heap.Free(a)
		return nil, espconn.ErrNoTCP
	}
	c := &espconn.Espconn{Proto: espconn.Proto{TCP: &espconn.TCP{}}}
	rig.conns[c] = [2]uint32{a, b}
	return c, nil
}

func (rig *stepRig) FreeConn(c espconn.Ref) {
	b := rig.conns[c]
	delete(rig.conns, c)
	rig.heap.Free(b[1])
	rig.heap.Free(b[0])
}

// After is a software timer.
func (rig *stepRig) After(d time.Duration, fn func()) (stop func()) {
	live := true
	rig.at(rig.now+int(d/time.Millisecond), classScript, func() {
		if live {
			fn()
		}
	})
	return func() { live = false }
}

// udpInput gives the device a datagram from 10.0.0.9.
func (rig *stepRig) udpInput(data []byte, port uint16) {
	ip := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4(10, 0, 0, 9),
		DstIP: net.IPv4(10, 0, 0, 2)}
	u := &layers.UDP{SrcPort: 9, DstPort: layers.UDPPort(port)}
	_ = u.SetNetworkLayerForChecksum(ip)
	buf := gopacket.NewSerializeBuffer()
	if gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 10, 0, 0, 9}, DstMAC: net.HardwareAddr{0x18, 0xfe, 0, 0, 0, 1},
			EthernetType: layers.EthernetTypeIPv4},
		ip, u, gopacket.Payload(data)) == nil {
		rig.do(func() { rig.ifc.Input(rig.clock(), buf.Bytes()) })
	}
}
