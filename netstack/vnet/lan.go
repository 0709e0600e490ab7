package vnet

import (
	"slices"

	"github.com/emu8266/emu8266/netstack"
)

// lan is one Ethernet: the ports that hear each other. The switch is one, and each radio cell is one of its own.
type lan struct {
	ports   []*Port // in the order of coming; nil: has left
	left    int     // how many of them have left
	came    uint64  // how many ever came
	learned map[netstack.MAC]*Port
	sleepers
}

func newLAN() *lan { return &lan{learned: make(map[netstack.MAC]*Port)} }

// learn notes where a source address is.
func (s *lan) learn(mac netstack.MAC, at *Port) {
	before := s.learned[mac]
	if mac[0]&1 != 0 || before == at || at.closed || before == nil && len(s.learned) >= maxLearned {
		return
	}
	if before != nil {
		i := slices.Index(before.macs, mac)
		before.macs = slices.Delete(before.macs, i, i+1)
	}
	s.learned[mac] = at
	at.macs = append(at.macs, mac)
}

// add plugs a port in; remove takes it out and forgets what was learned of it.
func (s *lan) add(p *Port) {
	s.came++
	p.lan, p.came, p.place = s, s.came, len(s.ports)
	s.ports = append(s.ports, p)
	s.sleepers.add(p)
}

func (s *lan) remove(p *Port) {
	if p.place >= len(s.ports) || s.ports[p.place] != p {
		return // it has left before
	}
	s.sleepers.remove(p)
	s.ports[p.place] = nil
	if s.left++; s.left > len(s.ports)/2 {
		s.ports = slices.DeleteFunc(s.ports, func(p *Port) bool { return p == nil })
		for i, p := range s.ports {
			p.place = i
		}
		s.left = 0
	}
	for _, mac := range p.macs {
		delete(s.learned, mac)
	}
	p.macs = nil
}

// open returns how many of the ports have come until then and have not left.
func (s *lan) open(until uint64) int {
	n := len(s.ports) - s.left
	for _, p := range slices.Backward(s.ports) {
		if p != nil {
			if p.came <= until {
				break
			}
			n--
		}
	}
	return n
}
