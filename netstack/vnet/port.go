package vnet

import (
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emu8266/emu8266/netstack"
)

// MaxFrame is the length of the longest frame that the switch takes: Ethernet header, 1,500 bytes and room for a VLAN tag. Check sequences
// are not part of a frame here.
const MaxFrame = 1518

// Port is a place at the network's switch, made by Attach. Its methods may be called from any goroutine.
type Port struct {
	net  *Network
	name string
	key  uint64 // hash of the name: order and randomness do not depend on the order of attaching
	rx   func(frame []byte)
	wake func()
	host *Host // instead of rx and wake
	num  int   // see Number

	nap *atomic.Uint64 // has bit set while the owner sleeps, see Asleep
	bit uint64

	// Guarded by the network's lock.
	lan    *lan
	came   uint64 // its number in the lan
	place  int    // in lan.ports
	seat   int    // in lan.seats
	heeds  []heed
	macs   []netstack.MAC // that were learned to be here
	heard  uint64         // number of the broadcast that it got last
	ignore func(frame []byte) bool
	order  int    // of attaching
	sent   uint64 // frames
	closed bool
	waking bool
	alarm  event
	idle   int64   // when everything sent so far is on the wire
	queue  []int64 // when the frames that wait leave, in order
}

// Attach adds a port to the switch. If the name is taken, "#2" (or the next free number) is added to it; an empty name becomes "port".
//
// rx gets every frame for the port. It is called with the network's lock held and only stores the frame: it copies it and returns. wake is
// called once for each instant at which frames came or an alarm was due, after all frames of that instant were handed to rx. So whoever is
// woken finds all frames of the instant, before any timer of its own. wake must not block: it does a non-blocking send on a channel.
// Neither may call into the network. Both may be nil.
//
// The network belongs to one bubble, and so do its ports. On a closed network the port is closed, too.
func (n *Network) Attach(name string, rx func(frame []byte), wake func()) *Port {
	n.enter()
	defer n.mu.Unlock()
	n.attached++
	p := n.attach(&Port{name: name, rx: rx, wake: wake, num: n.attached})
	if !p.closed {
		n.open++
	}
	return p
}

func (n *Network) attach(p *Port) *Port {
	if p.name == "" {
		p.name = "port"
	}
	if !n.closed {
		p.name = n.freeName(p.name)
	}
	p.net, p.key, p.closed = n, hashName(p.name), n.closed
	p.alarm = event{phase: phaseAlarm, port: p, index: -1, flow: flowKey{port: p.key}}
	if p.lan == nil {
		p.lan = n.ether
	}
	if !n.closed {
		n.ordered++
		p.order = n.ordered
		p.lan.add(p)
		n.byName[p.name] = p
	}
	return p
}

// freeName returns the name itself or, if it is taken, with the first number that is free.
func (n *Network) freeName(base string) string {
	if n.byName[base] == nil {
		return base
	}
	for i := max(n.numbers[base], 2); ; i++ {
		if name := base + "#" + strconv.Itoa(i); n.byName[name] == nil {
			n.numbers[base] = i // all below are taken
			return name
		}
	}
}

// releaseName makes a name free again.
func (n *Network) releaseName(name string) {
	delete(n.byName, name)
	if end := strings.LastIndexByte(name, '#'); end >= 0 {
		if i, err := strconv.Atoi(name[end+1:]); err == nil && i < n.numbers[name[:end]] {
			n.numbers[name[:end]] = i
		}
	}
}

// Ignore gives the port a test for frames that would change nothing at the receiver: those are neither handed to rx nor do they cause a
// wake. They count as delivered. A broadcast to thousands of devices then costs each of them a look instead of a turn of its loop. The
// rules for rx hold for the test, too. It is asked about every frame for the port, so it should be quick (Interface.Ignores, while the
// interface's owner sleeps); nil ends it.
func (p *Port) Ignore(test func(frame []byte) bool) {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.ignore = test
}

// Number counts the ports that Attach made on this network, from 1: addresses of devices derive from it.
func (p *Port) Number() int { return p.num }

// Name returns the port's name.
func (p *Port) Name() string { return p.name }

// Send sends a frame, from the destination address on and without check sequence; it is copied. A frame that is too short or longer than
// MaxFrame is counted in Stats.Invalid and dropped, as is every frame after Close. The frames of one port leave in the order in which they
// were sent.
func (p *Port) Send(frame []byte) {
	n := p.net
	n.mu.Lock() // not enter: the caller may hold a lock that its rx takes
	defer n.mu.Unlock()
	n.send(p, frame, max(n.now, n.clock()))
}

// Alarm asks for a wake no later than t, which replaces the former alarm; the zero time means none. The alarm of an instant comes after the
// frames of that instant. An alarm in the past is due at once. It rings once.
func (p *Port) Alarm(t time.Time) {
	n := p.net
	n.mu.Lock()
	defer n.mu.Unlock()
	n.events.remove(&p.alarm)
	if t.IsZero() || p.closed {
		return
	}
	p.alarm.at = max(n.now, n.instant(t))
	n.schedule(&p.alarm)
}

// Close takes the port off the switch. Frames on the way to it are dropped, those it sent arrive. Neither rx nor wake is called after Close
// returned.
func (p *Port) Close() {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.detach()
}

func (p *Port) detach() {
	n := p.net
	if p.closed {
		return
	}
	n.finish() // what it sent is on its way before it leaves
	p.closed = true
	if p.num > 0 {
		if n.open--; n.open == 0 {
			n.driver.dismiss()
		}
	}
	n.events.remove(&p.alarm)
	n.releaseName(p.name)
	p.lan.remove(p)
}

// ring asks for a wake at the end of the instant.
func (p *Port) ring() {
	if !p.waking {
		p.waking = true
		p.net.waking = append(p.net.waking, p)
	}
}
