package espconn_test

import (
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
)

// countingHeap is the device's allocator (lwip.md 16): the first gap that is large enough, by address, takes a block with its
// header of 16 bytes, rounded up to 8; a gap of which 32 bytes or less would be left is given whole.
type countingHeap struct {
	gaps   []gap // by address, never adjacent
	end    uint32
	blocks map[uint32]heapBlock
	failAt int                  // the n-th Alloc from now fails, 0: none
	failed func(charged uint32) // hears of each refusal
	fatal  func()               // told of a frame without memory, at which the chip stops (lwip.md 16)
}

type gap struct{ addr, size uint32 }

type heapBlock struct {
	n, charged uint32
	what       string
}

const (
	heapBase   = 0x3FFF0000
	blockHead  = 16
	leastRest  = 32 // a gap's rest of so many bytes or less goes with the block
	noSuchAddr = 0
)

func newHeap(free uint32) *countingHeap {
	return &countingHeap{gaps: []gap{{heapBase, free}}, end: heapBase + free, blocks: map[uint32]heapBlock{}}
}

func charged(n uint32) uint32 { return (n + blockHead + 7) &^ 7 }

func (h *countingHeap) Alloc(n uint32, what string) uint32 {
	if h.failAt > 0 {
		if h.failAt--; h.failAt == 0 {
			return noSuchAddr
		}
	}
	need := charged(n)
	for i := range h.gaps {
		g := &h.gaps[i]
		if g.size < need {
			continue
		}
		addr := g.addr
		if g.size-need <= leastRest {
			need = g.size
			h.gaps = slices.Delete(h.gaps, i, i+1)
		} else {
			g.addr, g.size = g.addr+need, g.size-need
		}
		h.blocks[addr+blockHead] = heapBlock{n, need, what}
		return addr + blockHead
	}
	if h.failed != nil {
		h.failed(need)
	}
	if h.fatal != nil && (what == netstack.FrameBlock || what == netstack.AnswerBlock) {
		h.fatal()
	}
	return noSuchAddr
}

func (h *countingHeap) Free(addr uint32) {
	b, ok := h.blocks[addr]
	if !ok {
		if addr != noSuchAddr {
			panic(fmt.Sprintf("free of %#x", addr))
		}
		return
	}
	delete(h.blocks, addr)
	g := gap{addr - blockHead, b.charged}
	i, _ := slices.BinarySearchFunc(h.gaps, g, func(a, b gap) int { return cmp.Compare(a.addr, b.addr) })
	h.gaps = slices.Insert(h.gaps, i, g)
	if i+1 < len(h.gaps) && g.addr+g.size == h.gaps[i+1].addr {
		h.gaps[i].size += h.gaps[i+1].size
		h.gaps = slices.Delete(h.gaps, i+1, i+2)
	}
	if i > 0 && h.gaps[i-1].addr+h.gaps[i-1].size == h.gaps[i].addr {
		h.gaps[i-1].size += h.gaps[i].size
		h.gaps = slices.Delete(h.gaps, i, i+1)
	}
}

// leave moves the heap's end so that n bytes are free.
func (h *countingHeap) leave(n uint32) {
	last := len(h.gaps) - 1
	if last < 0 || h.gaps[last].addr+h.gaps[last].size != h.end {
		h.gaps = append(h.gaps, gap{addr: h.end})
		last++
	}
	g := &h.gaps[last]
	g.size += n - h.FreeSize()
	h.end = g.addr + g.size
}

func (h *countingHeap) FreeSize() (free uint32) {
	for _, g := range h.gaps {
		free += g.size
	}
	return free
}

func (h *countingHeap) String() string {
	var s []string
	for _, b := range h.blocks {
		s = append(s, fmt.Sprintf("%s:%d", b.what, b.n))
	}
	return strings.Join(s, " ")
}

// blankFlash is an erased chip.
type blankFlash int

func (f blankFlash) ReadAt(p []byte, _ int64) (int, error) {
	for i := range p {
		p[i] = 0xFF
	}
	return len(p), nil
}

func (f blankFlash) Size() int { return int(f) }

// crash is what bareEnv.Fatal panics with.
type crash struct {
	cause int
	why   string
}

// wifiStation is Radio.OpMode with the station alone.
const wifiStation = 1

// quietEnv is the part of an Env that most tests do not look at.
type quietEnv struct{}

func (quietEnv) After(time.Duration, func()) (stop func()) { return func() {} }
func (quietEnv) WallClock() uint32                         { return 0 }
func (quietEnv) Spend(boundedtls.Op, int)                  {}
func (quietEnv) Overclock(bool)                            {}
func (quietEnv) BroadcastIfs() []*netstack.Interface       { return nil }
func (quietEnv) BroadcastIf() uint8                        { return 0 }
func (quietEnv) KeyLog() io.Writer                         { return nil }
func (quietEnv) Caller() string                            { return espconn.CallSite() }

// FlashLayout is that of a chip of 1 MB without an image.
func (quietEnv) FlashLayout() image.Layout {
	m, _ := image.DefaultMap(1 << 20)
	return m.Layout()
}

// bareEnv is a device without a network peer: for calls that need no connection.
type bareEnv struct {
	quietEnv
	stack  *netstack.Stack
	ifc    *netstack.Interface
	heap   *countingHeap
	mode   uint8
	status uint8
	ip     [2]netip.Prefix
	rng    io.Reader
	posted []func()
	lines  strings.Builder
	events []espconn.Event
	causeCheck
	conns int
	clock uint32
}

func (e *bareEnv) WallClock() uint32 { return e.clock }

func newBareEnv() *bareEnv {
	e := &bareEnv{
		heap: newHeap(45224), mode: wifiStation, status: 5,
		ip:  [2]netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")},
		rng: rand.NewChaCha8([32]byte{1}),
	}
	e.stack = netstack.NewStack(netstack.Config{})
	e.stack.Advance(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	e.ifc = e.stack.AddInterface("st0", netstack.MAC{2, 0, 0, 0, 0, 2}, func([]byte) {})
	e.ifc.SetUp(true)
	e.ifc.SetAddr(e.ip[0], netip.MustParseAddr("10.0.0.1"))
	return e
}

func (e *bareEnv) Stack() *netstack.Stack       { return e.stack }
func (e *bareEnv) Heap() espconn.Heap           { return e.heap }
func (e *bareEnv) Flash() espconn.Flash         { return blankFlash(1 << 20) }
func (e *bareEnv) Post(_ int, fn func()) bool   { e.posted = append(e.posted, fn); return true }
func (e *bareEnv) Printf(f string, args ...any) { fmt.Fprintf(&e.lines, f, args...) }
func (e *bareEnv) IPInfo(i int) netip.Prefix    { return e.ip[i] }
func (e *bareEnv) OpMode() uint8                { return e.mode }
func (e *bareEnv) StationStatus() uint8         { return e.status }
func (e *bareEnv) Rand() io.Reader              { return e.rng }
func (e *bareEnv) Observe(ev espconn.Event)     { e.events = append(e.events, ev); e.check(ev) }
func (e *bareEnv) FreeConn(espconn.Ref)         { e.conns-- }
func (e *bareEnv) Fatal(cause int, why string)  { panic(crash{cause, why}) }
func (e *bareEnv) NewConn() (espconn.Ref, error) {
	e.conns++
	return &espconn.Espconn{Proto: espconn.Proto{TCP: &espconn.TCP{}}}, nil
}

// run runs all posted tasks.
func (e *bareEnv) run() {
	for len(e.posted) > 0 {
		fn := e.posted[0]
		e.posted = e.posted[1:]
		fn()
	}
}

// findings returns the rules found so far.
func (e *bareEnv) findings() (rules []string) {
	for _, ev := range e.events {
		if ev.Kind == espconn.EventFinding {
			rules = append(rules, ev.Name)
		}
	}
	return rules
}

// tcp returns an espconn of type TCP.
func tcp(remote string, port, localPort int) *espconn.Espconn {
	t := &espconn.TCP{RemotePort: port, LocalPort: localPort, ReconnectCallback: func(*espconn.Espconn, espconn.Err) {}}
	if remote != "" {
		t.RemoteIP = netip.MustParseAddr(remote).As4()
	}
	return &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: t}}
}
