package vnet

import (
	"math/bits"
	"net/netip"
	"sync/atomic"
)

// sleepers is an index of the ports of a lan by what they heed while their owners sleep, so that an ARP request on a network of
// thousands is shown to those whom it concerns and not to each. Its fields are guarded by the network's lock but for the bits.
type sleepers struct {
	seats  []*Port // by number; nil: free
	free   []int
	asleep []*seatBits // of the seats, seatsOf for each
	heeds  map[named]*heed
}

// seatBits has a bit for each of so many seats: its port's owner sleeps. Owners set and clear bits without the lock.
type seatBits [8]atomic.Uint64

const seatsOf = 8 * 64

// named is an address in an ARP request.
type named struct {
	addr   netip.Addr
	sender bool // else the target
}

// heed says that a port heeds ARP requests that name an address. Those of one address are a list.
type heed struct {
	named
	port       *Port
	prev, next *heed
}

func (s *sleepers) add(p *Port) {
	if last := len(s.free) - 1; last >= 0 {
		p.seat, s.free = s.free[last], s.free[:last]
		s.seats[p.seat] = p
	} else {
		p.seat = len(s.seats)
		s.seats = append(s.seats, p)
		if p.seat%seatsOf == 0 {
			s.asleep = append(s.asleep, new(seatBits))
		}
	}
	p.nap, p.bit = &s.asleep[p.seat/seatsOf][p.seat%seatsOf/64], 1<<(p.seat%64)
	p.nap.And(^p.bit)
}

func (s *sleepers) remove(p *Port) {
	s.forget(p)
	s.seats[p.seat] = nil
	s.free = append(s.free, p.seat)
}

// heed replaces what a port heeds.
func (s *sleepers) heed(p *Port, targets, senders []netip.Addr) {
	s.forget(p)
	if s.heeds == nil {
		s.heeds = make(map[named]*heed)
	}
	p.heeds = make([]heed, len(targets)+len(senders))
	for i := range p.heeds {
		h := &p.heeds[i]
		if h.port = p; i < len(targets) {
			h.named = named{targets[i], false}
		} else {
			h.named = named{senders[i-len(targets)], true}
		}
		if h.next = s.heeds[h.named]; h.next != nil {
			h.next.prev = h
		}
		s.heeds[h.named] = h
	}
}

func (s *sleepers) forget(p *Port) {
	for i := range p.heeds {
		h := &p.heeds[i]
		switch {
		case h.prev != nil:
			h.prev.next = h.next
		case h.next != nil:
			s.heeds[h.named] = h.next
		default:
			delete(s.heeds, h.named)
		}
		if h.next != nil {
			h.next.prev = h.prev
		}
	}
	p.heeds = nil
}

// concerned calls fn with each port whose owner is awake, and with those that heed an ARP request; with some of them more than once.
func (s *sleepers) concerned(sender, target netip.Addr, fn func(*Port)) {
	for _, name := range [...]named{{sender, true}, {target, false}} {
		for h := s.heeds[name]; h != nil; h = h.next {
			fn(h.port)
		}
	}
	for i, chunk := range s.asleep {
		for j := range chunk {
			first := i*seatsOf + j*64
			if first >= len(s.seats) {
				return
			}
			for awake := ^chunk[j].Load(); awake != 0; awake &= awake - 1 {
				if seat := first + bits.TrailingZeros64(awake); seat < len(s.seats) && s.seats[seat] != nil {
					fn(s.seats[seat])
				}
			}
		}
	}
}

// Heed says which ARP requests concern the port while its owner sleeps: those for one of targets, and those from one of senders. Others
// are not even shown to Ignore's test, which would say yes to them (Interface.Concerns). They count as delivered. It replaces what was
// said before.
func (p *Port) Heed(targets, senders []netip.Addr) {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	if !p.closed {
		p.lan.heed(p, targets, senders)
	}
}

// Asleep says whether the port's owner sleeps, with nothing of the network's left to look at; a port is awake until it says otherwise. It
// may be called in rx. The owner says true only between Heed and the next change of what it heeds, and not after Close.
func (p *Port) Asleep(asleep bool) {
	switch {
	case p.nap == nil: // of a closed network
	case asleep:
		p.nap.Or(p.bit)
	default:
		p.nap.And(^p.bit)
	}
}
