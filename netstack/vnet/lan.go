package vnet

import "github.com/emu8266/emu8266/netstack"

// lan is one Ethernet: the ports that hear each other. The switch is one, and each radio cell is one of its own.
type lan struct {
	ports   []*Port // in the order of coming
	learned map[netstack.MAC]*Port
}

func newLAN() *lan { return &lan{learned: make(map[netstack.MAC]*Port)} }

// learn notes where a source address is.
func (s *lan) learn(mac netstack.MAC, at *Port) {
	if mac[0]&1 == 0 && s.learned[mac] != at && !at.closed && (len(s.learned) < maxLearned || s.learned[mac] != nil) {
		s.learned[mac] = at
	}
}

// add plugs a port in; remove takes it out and forgets what was learned of it.
func (s *lan) add(p *Port) {
	s.ports = append(s.ports, p)
	p.lan = s
}

func (s *lan) remove(p *Port) {
	for i, o := range s.ports {
		if o == p {
			s.ports = append(s.ports[:i:i], s.ports[i+1:]...)
			break
		}
	}
	for mac, o := range s.learned { // deletes only: order does not matter
		if o == p {
			delete(s.learned, mac)
		}
	}
}
