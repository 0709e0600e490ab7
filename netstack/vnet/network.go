package vnet

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/emu8266/emu8266/netstack"
)

// Options configures a Network. The zero value works.
type Options struct {
	Seed   uint64       // of all randomness in the network: same seed, same course of events
	Subnet netip.Prefix // zero: 10.0.0.0/16
	Faults Faults       // of every link that SetFaults says nothing about. Zero: 1 ms, 20 Mbit/s, no loss
	Logger *zap.Logger  // nil: none
}

// defaultSubnet is used when Options name none.
var defaultSubnet = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, 0}), 16)

// maxLearned bounds the switch's table of learned addresses; frames to others are flooded. Choice: eight times what a small switch has.
const maxLearned = 16384

// Network is a virtual Ethernet: one switch with the ports of devices (Attach) and of hosts (Host, Gateway). It is safe for use by any number of
// goroutines, and has none of its own while nobody captures and no gateway is used; a single timer drives it.
//
// Time is package time's: inside a testing/synctest bubble it is virtual. A network belongs to the bubble in which it was made.
//
// A network is deterministic in virtual time: what happens depends on the seed and on what applications do at which instant, not on the order in which
// goroutines ran within the instant. Two calls of one instant on one connection or socket keep their order; so do two dials of one instant from one
// host to one address. Everything else that happens within an instant is put into a fixed order at its end.
type Network struct {
	seed    uint64
	subnet  netip.Prefix
	log     *zap.Logger
	start   time.Time
	running sync.WaitGroup // goroutines of captures and gateways

	mu      sync.Mutex // guards everything below, the hosts with their stacks, conns, listeners and sockets; never held while blocked
	now     int64      // instant that is being dealt with, nanoseconds since start
	events  eventHeap
	timer   *time.Timer
	armed   int64 // when the timer fires, -1: not armed
	looping bool  // run is at work further up the stack
	lazy    bool  // between begin and leave: the timer is armed at the end
	closed  bool

	ports    []*Port // in the order of attaching
	attached int     // ports that Attach made
	byName   map[string]*Port
	ether    *lan    // the switch
	cells    []*Cell // open, by BSSID
	hosts    map[netip.Addr]*Host
	names    map[string]netip.Addr // DNS records of the gateway, lower case without the final dot
	flows    flowTable
	faults   map[link]Faults
	groups   map[string]int // of a partition; nil: none
	stats    Stats

	waking   []*Port // ports to wake when the instant is over
	touched  []*Host // hosts whose next timer has to be looked up
	calling  []*Host // hosts with calls to carry out at the end of the instant
	captures []*Capture
	gateways []*Gateway

	freeEvents []*event
	freeFrames []*frame
	passage    transit // of the frame that is being admitted
}

// Stats counts what happened in a network since it was made.
type Stats struct {
	Frames, Bytes uint64 // that entered the switch
	Delivered     uint64 // frames handed to a port; a broadcast counts once a receiver
	Lost          uint64 // by Faults.Loss
	Corrupted     uint64
	Duplicated    uint64
	Reordered     uint64
	QueueFull     uint64 // lost at the sending port
	Filtered      uint64 // lost by Faults.Filter
	Partitioned   uint64
	Invalid       uint64 // shorter than an Ethernet header or longer than MaxFrame: not taken
}

// New makes a network without ports. It lasts until Close.
func New(opts Options) *Network {
	n := &Network{
		seed: opts.Seed, subnet: opts.Subnet, log: opts.Logger, start: time.Now(), armed: -1,
		byName: make(map[string]*Port), ether: newLAN(), hosts: make(map[netip.Addr]*Host), names: make(map[string]netip.Addr),
		faults: map[link]Faults{{}: opts.Faults},
	}
	if !n.subnet.IsValid() {
		n.subnet = defaultSubnet
	}
	n.subnet = n.subnet.Masked()
	if n.log == nil {
		n.log = zap.NewNop()
	}
	n.flows.init()
	return n
}

// Subnet returns the network's address range.
func (n *Network) Subnet() netip.Prefix { return n.subnet }

// link names one direction between two ports; "" stands for any.
type link struct{ from, to string }

// SetFaults sets the faults of frames from the port from to the port to; "" means any port. The most exact setting counts: both names, then the
// sender's, then the receiver's, then the one for all. It holds for frames sent from this instant on. Names may be those of ports to come.
func (n *Network) SetFaults(from, to string, f Faults) {
	n.enter()
	defer n.mu.Unlock()
	n.faults[link{from, to}] = f
}

func (n *Network) faultsFor(from, to string) Faults {
	if len(n.faults) > 1 {
		for _, l := range [...]link{{from, to}, {from, ""}, {"", to}} {
			if f, ok := n.faults[l]; ok {
				return f
			}
		}
	}
	return n.faults[link{}]
}

// Partition cuts the network: frames pass only between ports of one group. Ports that no group names form one more group. A second call replaces
// the first. Frames already on the way arrive.
func (n *Network) Partition(groups ...[]string) {
	n.enter()
	defer n.mu.Unlock()
	n.groups = make(map[string]int)
	for i, names := range groups {
		for _, name := range names {
			n.groups[name] = i + 1
		}
	}
}

// Heal ends a partition.
func (n *Network) Heal() {
	n.enter()
	defer n.mu.Unlock()
	n.groups = nil
}

// Stats returns the counters.
func (n *Network) Stats() Stats {
	n.enter()
	defer n.mu.Unlock()
	return n.stats
}

// Close ends everything: it closes the gateways with their real sockets, hosts, ports and captures, wakes whoever waits (Read, Accept, Dial... return
// net.ErrClosed), and waits for the network's goroutines. Frames on the way are gone, so no port hears of it. The error is the captures'.
// Calling it again is harmless. After Close, every call returns an error or does nothing.
func (n *Network) Close() error {
	n.enter()
	gateways, captures := slices.Clone(n.gateways), slices.Clone(n.captures)
	for _, p := range slices.Clone(n.ports) {
		if p.host != nil {
			p.host.shut()
		}
		p.detach()
	}
	n.closed = true
	n.events = eventHeap{}
	n.freeEvents, n.freeFrames, n.calling, n.touched, n.waking = nil, nil, nil, nil, nil
	if n.timer != nil {
		n.timer.Stop()
	}
	n.mu.Unlock()

	for _, g := range gateways {
		g.shut()
	}
	var errs []error
	for _, c := range captures {
		errs = append(errs, c.Close())
	}
	n.running.Wait()
	return errors.Join(errs...)
}

// time turns an instant into a time of day.
func (n *Network) time(at int64) time.Time { return n.start.Add(time.Duration(at)) }

// instant turns a time of day into an instant.
func (n *Network) instant(t time.Time) int64 { return int64(t.Sub(n.start)) }

// clock returns the present instant.
func (n *Network) clock() int64 { return int64(time.Since(n.start)) }

// enter begins a call from outside: it takes the lock and lets everything happen that is due, so that the frames of an instant come before what
// applications do in it.
func (n *Network) enter() {
	n.mu.Lock()
	now := n.clock()
	n.run(now)
	n.now = max(n.now, now)
}

// begin is enter for a call that ends with leave. In between the timer is left alone.
func (n *Network) begin() {
	n.enter()
	n.lazy = true
}

// leave ends what begin began.
func (n *Network) leave() {
	n.progress()
	n.lazy = false
	n.arm()
	n.mu.Unlock()
}

// wait waits on cond, within begin and leave. As sync.Cond.Wait it may return for nothing.
func (n *Network) wait(cond *sync.Cond) {
	if n.progress() {
		n.mu.Unlock() // others may have waited for long
		n.mu.Lock()
		n.lazy = true
		return
	}
	n.lazy = false
	n.arm()
	cond.Wait()
	n.lazy = true
}

// progressRounds bounds how long one call works for others.
const progressRounds = 16

// progress lets what has become due since begin happen at once and tells whether there was anything. Over links as quick as the machine itself a whole
// handshake is done so, without a timer and the goroutine that it starts, which take longer than everything else together. Only real time moves on by
// itself: in a bubble there is never anything to do.
func (n *Network) progress() (worked bool) {
	for range progressRounds {
		top := n.events.top()
		if top == nil || n.looping || n.closed {
			break
		}
		now := n.clock()
		if now <= n.now || top.due() > now {
			break
		}
		n.run(now)
		n.now = max(n.now, now)
		worked = true
	}
	return worked
}

// tick is the timer's function.
func (n *Network) tick() {
	growStack()
	n.mu.Lock()
	n.armed = -1
	n.run(n.clock())
	n.mu.Unlock()
}

// growStack makes the new goroutine's stack large enough for a stack's work at once. Otherwise it is copied several times on the way down, which
// took a quarter of the time of short connections.
//
//go:noinline
func growStack() {
	var room [8 << 10]byte
	runtime.KeepAlive(&room)
}

// schedule puts an event into the heap.
func (n *Network) schedule(e *event) {
	if n.closed {
		return
	}
	n.events.push(e)
	if e.index == 0 && !n.looping && !n.lazy {
		n.arm()
	}
}

// arm sets the timer to the first event.
func (n *Network) arm() {
	top := n.events.top()
	if top == nil || n.closed {
		return
	}
	due := top.due()
	if n.armed >= 0 && n.armed <= due {
		return // fires early enough; it may fire for nothing
	}
	n.armed = due
	wait := time.Duration(due - n.clock())
	if n.timer == nil {
		n.timer = time.AfterFunc(wait, n.tick)
		return
	}
	n.timer.Reset(wait)
}

// run deals with all events that are due at now.
func (n *Network) run(now int64) {
	if n.looping || n.closed {
		return
	}
	n.looping = true
	for {
		top := n.events.top()
		if len(n.touched) > 0 && (top == nil || top.at != n.now || top.phase != phaseFrame) {
			n.settle()
			continue
		}
		if len(n.waking) > 0 && (top == nil || top.at != n.now || top.phase > phaseAlarm) {
			n.wake()
		}
		if top == nil || top.due() > now {
			break
		}
		n.events.remove(top)
		n.now = max(n.now, top.at)
		n.handle(top)
	}
	n.looping = false
	if !n.lazy {
		n.arm()
	}
}

func (n *Network) handle(e *event) {
	switch e.phase {
	case phaseFrame:
		n.deliver(e.port, e.frame)
		for _, p := range e.more {
			n.deliver(p, e.frame)
		}
		n.release(e.frame)
		n.recycle(e)
	case phaseHost:
		if e.do != nil {
			if h := e.port.host; h != nil {
				h.runLater(e.do)
			} else {
				e.do()
			}
			n.recycle(e)
			return
		}
		e.port.host.advance()
	case phaseAlarm:
		e.port.ring()
	case phaseCalls:
		n.recycle(e)
		n.carryOut()
	case phaseEntry:
		n.admit(e)
		n.release(e.frame)
		n.recycle(e)
	}
}

// wake calls the ports that got a frame or whose alarm is due. Order does not matter: the devices behind them know nothing of each other.
func (n *Network) wake() {
	for _, p := range n.waking {
		p.waking = false
		if p.wake != nil && !p.closed {
			p.wake()
		}
	}
	n.waking = n.waking[:0]
}

// settle looks up the next timer of the hosts whose stacks did something.
func (n *Network) settle() {
	for _, h := range n.touched {
		h.touched = false
		h.rearm()
	}
	n.touched = n.touched[:0]
}

// carryOut carries out the calls of an instant, host by host.
func (n *Network) carryOut() {
	hosts := n.calling
	n.calling = nil
	slices.SortFunc(hosts, func(a, b *Host) int { return strings.Compare(a.name, b.name) })
	for _, h := range hosts {
		h.carryOut()
	}
}

func (n *Network) newEvent() *event {
	if last := len(n.freeEvents) - 1; last >= 0 {
		e := n.freeEvents[last]
		n.freeEvents = n.freeEvents[:last]
		return e
	}
	return new(event)
}

func (n *Network) recycle(e *event) {
	clear(e.more)
	*e = event{more: e.more[:0]}
	n.freeEvents = append(n.freeEvents, e)
}

// MACFor returns the address that a host or device with the address addr has unless it was given another: 02:00 and the four bytes
// of addr, so that 10.0.0.7 is 02:00:0a:00:00:07. An address that is not IPv4 gives the zero MAC.
func MACFor(addr netip.Addr) netstack.MAC {
	if !addr.Is4() {
		return netstack.MAC{}
	}
	ip := addr.As4()
	return netstack.MAC{2, 0, ip[0], ip[1], ip[2], ip[3]}
}

// First addresses after the subnet's own, counted from the network address.
const (
	gatewayNumber  = 1   // the gateway
	firstHost      = 2   // hosts that name no address
	firstPool      = 100 // pool of the DHCP server
	firstHighHost  = 256 // hosts again, when those below the pool are taken
	lastNearPool   = 254 // the pool's end in small networks, and the range that is used first
	broadcastGuard = 1   // the broadcast address is nobody's
)

// number returns the i-th address of the subnet, and false if it has none.
func (n *Network) number(i uint32) (netip.Addr, bool) {
	size := uint64(1) << (32 - n.subnet.Bits())
	if uint64(i)+broadcastGuard >= size {
		return netip.Addr{}, false
	}
	base := n.subnet.Addr().As4()
	v := uint32(base[0])<<24 | uint32(base[1])<<16 | uint32(base[2])<<8 | uint32(base[3])
	v += i
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// freeAddr returns the next address for a host that names none.
func (n *Network) freeAddr() netip.Addr {
	for i := uint32(firstHost); ; i++ {
		if i == firstPool {
			i = firstHighHost
		}
		addr, ok := n.number(i)
		if !ok {
			panic(fmt.Sprintf("vnet: no address left in %v", n.subnet))
		}
		if n.hosts[addr] == nil {
			return addr
		}
	}
}
