package netstack

// timerRecord is the memory of one of the stack's timers (lwip.md 16): free while the timer's function runs and taken anew behind it, so
// that it moves to the lowest gap. The timer for which there is none never runs again. Those of ARP, DHCP and IGMP, which lie below the
// others, are not among the blocks: they find their own places again.
type timerRecord struct {
	what  string // the timer
	name  string // of the block
	block block
	taken instant
	lost  bool
}

// take takes the record behind a run.
func (r *timerRecord) take(s *Stack) {
	if r.lost {
		return
	}
	b, ok := s.charge(timerBytes, r.name)
	r.block, r.taken, r.lost = b, s.ran, !ok
	if r.lost {
		s.tell(Event{}, Cause{ID: CauseTimerMemory, Object: r.what, Have: timerBytes})
	}
}

// give gives the record back before a run, or when the timer stops.
func (r *timerRecord) give(s *Stack) { s.discharge(&r.block) }

// renewRecords brings the records up to date with the runs so far, each of which gave one back and took it anew; the timer that ran last
// comes last.
func (s *Stack) renewRecords() {
	c, d := &s.tcp.clock, &s.dns
	c.settle(s)
	if d.due > s.ran {
		c.renew(s)
		return
	}
	tcpFirst := c.lastRun(s) <= s.gridAfter(dnsPeriod)-instant(dnsPeriod)
	if tcpFirst {
		c.renew(s)
	}
	d.record.give(s)
	d.takeRecord()
	if !tcpFirst {
		c.renew(s)
	}
}
