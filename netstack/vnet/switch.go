package vnet

import (
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/internal/wire"
)

// frame is a frame inside the switch. It is shared by the events that carry it.
type frame struct {
	data   []byte // part of buffer
	refs   int
	buffer [MaxFrame]byte
}

// maxFree bounds the frames, and the events, that are kept to be used again. Choice: what is on the way at once in a busy network; a
// thousand devices that start at the same instant would leave as many frames behind for good.
const maxFree = 64

func (n *Network) newFrame(data []byte) *frame {
	var f *frame
	if last := len(n.freeFrames) - 1; last >= 0 {
		f = n.freeFrames[last]
		n.freeFrames = n.freeFrames[:last]
	} else {
		f = new(frame)
	}
	f.data = f.buffer[:copy(f.buffer[:], data)]
	f.refs = 1
	return f
}

func (n *Network) release(f *frame) {
	if f.refs--; f.refs == 0 && len(n.freeFrames) < maxFree {
		n.freeFrames = append(n.freeFrames, f)
	}
}

// send takes a frame that a port sends at the instant at. It enters the switch at the end of the instant.
func (n *Network) send(p *Port, data []byte, at int64) {
	if p.closed || n.closed {
		return
	}
	if len(data) < wire.EthernetLen || len(data) > MaxFrame {
		n.stats.Invalid++
		return
	}
	key := flowOf(p.key, data)
	f := n.flows.use(key, at)
	f.seq++
	e := n.newEvent()
	p.sent++
	e.at, e.phase, e.loose, e.flow, e.via, e.seq, e.turn, e.port, e.frame = at, phaseEntry, true, key, f, f.seq, p.sent, p, n.newFrame(data)
	n.schedule(e)
}

// admit lets a frame into the switch: it waits for its turn at the sending port and sets out to its receivers.
func (n *Network) admit(e *event) {
	from, f := e.port, e.frame
	n.stats.Frames++
	n.stats.Bytes += uint64(len(f.data))
	dst, src := netstack.MAC(f.data[0:6]), netstack.MAC(f.data[6:12])
	from.lan.learn(src, from)
	t := &n.passage
	*t = transit{net: n, from: from, frame: f, flow: e.via, seq: e.seq, noting: len(n.captures) > 0}
	t.draws = newDraws(n.seed, e.flow, e.seq)
	to := from.lan.learned[dst]
	if dst[0]&1 != 0 || to == nil {
		t.flood()
	} else if to != from || from.host != nil {
		t.unicast(to)
	} else {
		t.note("not forwarded: receiver is at the sending port")
	}
	for _, c := range n.captures {
		c.frame(from.name, n.time(n.now), f.data, t.notes)
		for _, r := range t.replies {
			c.frame(r.port, n.time(n.now), r.data, []string{"sent by a filter"})
		}
	}
}

// broadcast delivers a frame to all ports but the sender's.
func (n *Network) broadcast(e *event) {
	s := e.lan
	sender, target, ok := netstack.ARPRequest(e.frame.data)
	if !ok {
		for _, p := range s.ports {
			if p != nil && p != e.port && p.came <= e.came {
				n.deliver(p, e.frame)
			}
		}
		return
	}
	n.broadcasts++
	e.port.heard = n.broadcasts
	s.concerned(sender, target, func(p *Port) {
		if p.came <= e.came && p.heard != n.broadcasts {
			p.heard = n.broadcasts
			n.show(p, e.frame)
		}
	})
	n.stats.Delivered += uint64(s.open(e.came))
	if !e.port.closed && e.port.lan == s {
		n.stats.Delivered--
	}
}

// deliver hands a frame to its receiver.
func (n *Network) deliver(p *Port, f *frame) {
	if !p.closed {
		n.stats.Delivered++
		n.show(p, f)
	}
}

// show is deliver without counting, to a port that is open.
func (n *Network) show(p *Port, f *frame) {
	if p.host != nil {
		p.host.input(f.data)
		return
	}
	if p.ignore != nil && p.ignore(f.data) {
		return
	}
	if p.rx != nil {
		p.rx(f.data)
	}
	p.ring()
}
