package vnet

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"
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

// Network is a virtual Ethernet: one switch with the ports of devices (Attach) and of hosts (Host, Gateway). It is safe for use by any
// number of goroutines. It has one of its own while ports of Attach are open, more while somebody captures or a gateway is used; a single
// timer drives it.
//
// Time is package time's: inside a testing/synctest bubble it is virtual. A network belongs to the bubble in which it was made.
//
// A network is deterministic in virtual time: what happens depends on the seed and on what applications do at which instant, not on the
// order in which goroutines ran within the instant. Two calls of one instant on one connection or socket keep their order; so do two dials
// of one instant from one host to one address. Everything else that happens within an instant is put into a fixed order at its end.
type Network struct {
	seed    uint64
	subnet  netip.Prefix
	log     *zap.Logger
	start   time.Time
	running sync.WaitGroup // goroutines of captures and gateways

	mu      sync.Mutex // guards everything below, the hosts with their stacks, conns, listeners and sockets; never held while blocked
	now     int64      // instant that is being dealt with, nanoseconds since start
	events  eventHeap  // that the timer has to fire for
	loose   eventHeap  // those for which it may fire later, see patience
	urgent  bool       // one of them shows otherwise than by a frame
	soonest int64      // how long after it was sent the first frame of any link arrives, maxPatience at most
	filters bool       // some link has a Filter
	timer   *time.Timer
	driver  driver
	armed   int64 // when the timer fires, -1: not armed
	looping bool  // run is at work further up the stack
	lazy    bool  // between begin and leave: the timer is armed at the end
	closed  bool

	attached int // ports that Attach made
	open     int // of them, those that are not closed
	ordered  int // ports that were ever attached
	byName   map[string]*Port
	numbers  map[string]int // by name that is taken: below this all of its numbers are, too
	ether    *lan           // the switch
	cells    []*Cell        // open, by BSSID
	hosts    map[netip.Addr]*Host
	names    map[string]netip.Addr // DNS records of the gateway, lower case without the final dot
	flows    flowTable
	faults   map[link]Faults
	groups   map[string]int // of a partition; nil: none
	stats    Stats

	waking   []*Port // ports to wake when the instant is over
	touched  []*Host // hosts whose next timer has to be looked up
	calling  []*Host // hosts with calls to carry out at the end of the instant
	spare    []*Host // room for calling
	captures []*Capture
	gateways []*Gateway

	broadcasts uint64 // delivered everywhere
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
		byName: make(map[string]*Port), numbers: make(map[string]int), ether: newLAN(), hosts: make(map[netip.Addr]*Host),
		names:  make(map[string]netip.Addr),
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
	n.weigh()
	n.driver.init()
	return n
}

// Subnet returns the network's address range.
func (n *Network) Subnet() netip.Prefix { return n.subnet }

// link names one direction between two ports; "" stands for any.
type link struct{ from, to string }

// SetFaults sets the faults of frames from the port from to the port to; "" means any port. The most exact setting counts: both names, then
// the sender's, then the receiver's, then the one for all. It holds for frames sent from this instant on. Names may be those of ports to
// come.
func (n *Network) SetFaults(from, to string, f Faults) {
	n.enter()
	defer n.mu.Unlock()
	n.faults[link{from, to}] = f
	n.weigh()
	n.rearm()
}

// weigh looks through the links for what end needs to know.
func (n *Network) weigh() {
	n.soonest, n.filters = maxPatience, false
	for _, f := range n.faults {
		n.soonest = min(n.soonest, f.latency())
		n.filters = n.filters || f.Filter != nil
	}
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

// Partition cuts the network: frames pass only between ports of one group. Ports that no group names form one more group. A second call
// replaces the first. Frames already on the way arrive.
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

// Stats returns what the network has counted so far.
func (n *Network) Stats() Stats {
	n.enter()
	defer n.mu.Unlock()
	return n.stats
}

// Close ends everything: it closes the gateways with their real sockets, hosts, ports and captures, wakes whoever waits (Read, Accept,
// Dial... return net.ErrClosed), and waits for the network's goroutines. Frames on the way are gone, so no port hears of it. The error is
// the captures'. Calling it again is harmless. After Close, every call returns an error or does nothing.
func (n *Network) Close() error {
	n.enter()
	gateways, captures := slices.Clone(n.gateways), slices.Clone(n.captures)
	ports := slices.SortedFunc(maps.Values(n.byName), func(a, b *Port) int { return a.order - b.order })
	for _, p := range ports {
		if p.host != nil {
			p.host.shut()
		}
		p.detach()
	}
	n.closed = true
	n.events, n.loose = eventHeap{}, eventHeap{}
	n.freeEvents, n.freeFrames, n.calling, n.touched, n.waking = nil, nil, nil, nil, nil
	if n.timer != nil {
		n.timer.Stop()
	}
	n.driver.dismiss()
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
