package vnet

import (
	"fmt"
	"slices"
)

// transit is the passage of one frame from the sending port's queue to its receivers.
type transit struct {
	net    *Network
	from   *Port
	frame  *frame
	flow   *flow
	seq    uint64
	draws  draws    // of the frame, for all receivers
	noting bool     // somebody captures
	notes  []string // what happened to the frame, for the capture
	last   *event   // of the latest arrival

	replies []reply // that filters made, for the capture
}

// reply is a frame that a filter sent in the name of a port.
type reply struct {
	port string
	data []byte
}

// forged marks the event of such a reply; see event.copy.
const forged = 2

// note tells the captures what happened to the frame.
func (t *transit) note(format string, args ...any) {
	if t.noting {
		t.notes = append(t.notes, fmt.Sprintf(format, args...))
	}
}

func (t *transit) unicast(to *Port) {
	faults := t.net.faultsFor(t.from.name, to.name)
	if left, ok := t.serialise(&faults); ok {
		t.carry(to, &faults, left)
	}
}

// flood sends the frame to every other port. It is on the wire once, at the rate of the sender's own link.
func (t *transit) flood() {
	own := t.net.faultsFor(t.from.name, "")
	left, ok := t.serialise(&own)
	if !ok {
		return
	}
	same := len(t.net.faults) == 1 // then all links are like the sender's own
	if same && own.calm() && t.net.groups == nil {
		t.spread(left + own.latency())
		return
	}
	faults := own
	for _, to := range t.from.lan.ports {
		if to == nil || to == t.from {
			continue
		}
		if !same {
			faults = t.net.faultsFor(t.from.name, to.name)
		}
		t.carry(to, &faults, left)
	}
}

// spread lets the frame arrive everywhere at one instant.
func (t *transit) spread(at int64) {
	s := t.from.lan
	first := slices.IndexFunc(s.ports, func(p *Port) bool { return p != nil && p != t.from })
	if first < 0 {
		return
	}
	t.frame.refs++
	e := t.net.newEvent()
	e.at, e.phase, e.flow, e.seq, e.to, e.port, e.frame = at, phaseFrame, t.flow.key, t.seq, s.ports[first].key, t.from, t.frame
	e.lan, e.came = s, s.came
	t.net.schedule(e)
}

// serialise puts the frame into the sending port's queue and returns when its last bit is on the wire; false: the queue is full.
func (t *transit) serialise(faults *Faults) (left int64, ok bool) {
	p, now := t.from, t.net.now
	gone := 0
	for gone < len(p.queue) && p.queue[gone] <= now {
		gone++
	}
	if gone == len(p.queue) {
		p.queue = p.queue[:0]
	} else {
		p.queue = p.queue[gone:]
	}
	if len(p.queue) >= faults.queue() {
		t.net.stats.QueueFull++
		t.note("dropped: queue of %s is full", p.name)
		return 0, false
	}
	left = max(now, p.idle) + faults.wireTime(len(t.frame.data))
	p.idle = left
	if left > now {
		p.queue = append(p.queue, left)
	}
	return left, true
}

// carry applies the link's faults and schedules the arrival at one receiver.
func (t *transit) carry(to *Port, faults *Faults, left int64) {
	n := t.net
	if n.groups[t.from.name] != n.groups[to.name] {
		n.stats.Partitioned++
		t.note("dropped on the way to %s: partition", to.name)
		return
	}
	if faults.Filter != nil {
		if v := faults.Filter(Frame{From: t.from.name, To: to.name, Time: n.time(n.now), Data: t.frame.data}); v != Pass {
			n.stats.Filtered++
			t.note("dropped on the way to %s: filter", to.name)
			if v == Reset {
				t.refuse(to, left+faults.latency())
			}
			return
		}
	}
	fate := faults.decide(t.draws.to(to.key), t.frame.data)
	if fate.lost != "" {
		n.stats.Lost++
		t.note("dropped on the way to %s: %s", to.name, fate.lost)
		return
	}
	f := t.frame
	if fate.corruptBit >= 0 {
		n.stats.Corrupted++
		t.note("corrupted on the way to %s: bit %d of byte %d", to.name, fate.corruptBit%8, fate.corruptBit/8)
		f = n.newFrame(f.data)
		f.data[fate.corruptBit/8] ^= 1 << (fate.corruptBit % 8)
		f.refs-- // only the events hold it
	}
	at := left + fate.delay
	if fate.late {
		n.stats.Reordered++
		t.note("held back on the way to %s", to.name)
	} else if faults.Jitter > 0 {
		if t.flow.last == nil {
			t.flow.last = make(map[uint64]int64)
		}
		at = max(at, t.flow.last[to.key])
		t.flow.last[to.key] = at
	}
	t.arrive(to, f, at, 0)
	if fate.twice {
		n.stats.Duplicated++
		t.note("duplicated on the way to %s", to.name)
		t.arrive(to, f, left+fate.twiceDelay, 1)
	}
}

// refuse answers the frame with an RST that seems to come from its receiver.
func (t *transit) refuse(to *Port, at int64) {
	rst := forgeReset(t.frame.data)
	if rst == nil {
		return
	}
	n := t.net
	e := n.newEvent()
	e.at, e.phase, e.flow, e.seq, e.to, e.copy, e.port, e.frame = at, phaseFrame, t.flow.key, t.seq, to.key, forged, t.from, n.newFrame(rst)
	n.schedule(e)
	t.replies = append(t.replies, reply{to.name, rst})
}

func (t *transit) arrive(to *Port, f *frame, at int64, copy uint8) {
	if e := t.last; e != nil && e.at == at && e.frame == f && e.copy == copy {
		e.more = append(e.more, to) // each port's frames keep their order, and ports know nothing of each other
		return
	}
	f.refs++
	e := t.net.newEvent()
	t.last = e
	e.at, e.phase, e.flow, e.seq, e.to, e.copy, e.port, e.frame = at, phaseFrame, t.flow.key, t.seq, to.key, copy, to, f
	t.net.schedule(e)
}
