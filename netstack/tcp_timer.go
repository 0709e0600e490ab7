package netstack

import "time"

// timerPhase orders the timers of one instant: first the fast ones of all connections, then the slow ones.
type timerPhase uint8

const (
	phaseFast timerPhase = iota
	phaseSlow
)

// tickClock is the device's TCP timer as arithmetic (lwip.md 2). It runs only while a connection exists: every run is
// a fast one, every second, by a parity that is never reset, also a slow one, which counts a tick. Nothing happens in a
// run unless a connection has a deadline on it, so runs are computed, not made.
type tickClock struct {
	fast, slow instant
	running    bool
	first      instant // first run of this period of running
	runs       int64   // runs before first
	ticks      int64   // slow runs before first
	stop       instant // last run, after which the timer stops; never: goes on
	last       instant // last run of the period before
	record     timerRecord
}

// init makes the timer run once after the start of the stack, which leaves the tick counter at 1.
func (c *tickClock) init(s *Stack) {
	c.record.what, c.record.name = "tcp", "tcp timer"
	if s.p.SlowTick == 0 {
		return
	}
	c.fast, c.slow = instant(s.p.FastTick), 2*instant(s.p.FastTick)
	c.running = true
	c.first = s.origin() + c.fast
	c.stop = c.first
	c.take(s)
}

// take takes the timer's record. Without memory for it the timer, which counts as running, is never started again (lwip.md 16).
func (c *tickClock) take(s *Stack) {
	if c.record.take(s); !c.record.lost || !c.running {
		return
	}
	c.stop = c.lastRun(s)
	for _, t := range s.tcp.conns {
		s.unschedule(t)
	}
}

// renew brings the record up to date with the runs so far; after the last run it is gone.
func (c *tickClock) renew(s *Stack) {
	c.settle(s)
	switch {
	case !c.running:
		c.record.give(s)
	case c.fast > 0 && c.nextFast(c.record.taken) <= s.ran:
		c.record.give(s)
		c.take(s)
	}
}

// lastRun returns the last run so far.
func (c *tickClock) lastRun(s *Stack) instant {
	if at := min(s.ran, c.stop); c.running && at >= c.first {
		return c.nextFast(at) - c.fast
	}
	return c.last
}

// firstSlow is the number of runs from first to the first slow one.
func (c *tickClock) firstSlow() int64 { return c.runs & 1 }

// made returns the runs and ticks of this period up to and including an instant.
func (c *tickClock) made(at instant) (runs, ticks int64) {
	at = min(at, c.stop)
	if !c.running || at < c.first {
		return 0, 0
	}
	runs = int64((at-c.first)/c.fast) + 1
	if runs > c.firstSlow() {
		ticks = (runs-c.firstSlow()-1)/2 + 1
	}
	return runs, ticks
}

// settle ends a period of running whose last run is over.
func (c *tickClock) settle(s *Stack) {
	if !c.running || s.ran < c.stop || s.inTimer && s.ran == c.stop {
		return
	}
	runs, ticks := c.made(c.stop)
	c.runs += runs
	c.ticks += ticks
	c.last = c.stop
	c.running = false
}

// start makes the timer run for a new connection.
func (c *tickClock) start(s *Stack) {
	if c.fast == 0 {
		return
	}
	c.settle(s)
	if c.running {
		c.stop = never
		return
	}
	if c.take(s); c.record.lost {
		return
	}
	ran := max(s.ran, s.origin())
	lastRun := max(s.origin()+(ran-s.origin())/instant(igmpPeriod)*instant(igmpPeriod), c.last, s.sntp.lastRun())
	c.running = true
	c.first = lastRun + c.fast
	c.stop = never
}

// finish lets the timer stop after its next run, or after the present one.
func (c *tickClock) finish(s *Stack) {
	if c.fast == 0 || !c.running {
		return
	}
	if c.stop = c.nextFast(s.ran); s.inTimer && s.ran >= c.first && (s.ran-c.first)%c.fast == 0 {
		c.stop = s.ran
	}
}

// nextFast returns the first run after an instant.
func (c *tickClock) nextFast(after instant) instant {
	if after < c.first {
		return c.first
	}
	return c.first + ((after-c.first)/c.fast+1)*c.fast
}

// tick returns the tick counter; with exact timers the nanoseconds since the start. In a run of the timers it is counted where the slow
// part begins: what ran before in the same run, and TCP's fast part, find the number of the run before (lwip.md 2).
func (s *Stack) tick() int64 {
	c := &s.tcp.clock
	if c.fast == 0 {
		return int64(s.now)
	}
	ran := s.ran
	if s.slowAhead {
		ran--
	}
	_, ticks := c.made(ran)
	return c.ticks + ticks
}

// tickTime returns the instant of a future tick.
func (s *Stack) tickTime(n int64) instant {
	c := &s.tcp.clock
	if c.fast == 0 {
		return instant(n)
	}
	return c.first + instant(c.firstSlow())*c.fast + instant(n-c.ticks-1)*c.slow
}

// ticks converts a duration, duration a number of ticks.
func (s *Stack) ticks(d time.Duration) int64 {
	if s.p.SlowTick == 0 {
		return int64(d)
	}
	return int64(d / s.p.SlowTick)
}

func (s *Stack) duration(ticks int64) time.Duration {
	if s.p.SlowTick == 0 {
		return time.Duration(ticks)
	}
	return time.Duration(ticks) * s.p.SlowTick
}

// beyond returns the first tick at which more than d has passed since base.
func (s *Stack) beyond(base int64, d time.Duration) int64 {
	if s.p.SlowTick == 0 {
		return base + int64(d)
	}
	return base + s.ticks(d) + 1
}

// retransmitAge returns the value of the retransmission timer in ticks.
func (t *TCB) retransmitAge() int64 {
	if t.persist > 0 {
		return t.rtHeld
	}
	return t.s.tick() - t.rtBase
}

// restartRetransmit sets the retransmission timer to 0 and lets it run.
func (t *TCB) restartRetransmit() {
	t.rtOn = true
	t.rtBase = t.s.tick()
	t.rtHeld = 0
}

// startPersist arms the persist timer, which suspends the retransmission timer (lwip.md 5.5).
func (t *TCB) startPersist() {
	t.rtHeld = t.retransmitAge()
	t.persist = 1
	t.persistAt = t.s.tick()
	t.shutAt, t.shutTold = t.s.now, false
}

// stopPersist disarms it; the retransmission timer goes on where it stood.
func (t *TCB) stopPersist() {
	if t.persist > 0 {
		t.persist = 0
		t.rtBase = t.s.tick() - t.rtHeld
	}
}

// persistWait is the wait before the n-th probe, n from 1.
func (t *TCB) persistWait() int64 {
	d := t.s.p.PersistMin
	for n := 1; n < t.persist && d < t.s.p.PersistMax; n++ {
		d *= 2
	}
	return t.s.ticks(min(d, t.s.p.PersistMax))
}

// retryLimit returns the number of retransmissions after which t is given up.
func (t *TCB) retryLimit() int {
	if t.state == StateSynSent {
		return min(t.s.p.SYNRetries, t.s.p.Retries)
	}
	return t.s.p.Retries
}

// givesUp returns the tick at which the retry limit ends t, false if it is not reached: on the device the tick after the
// last retransmission (lwip.md 5.4), with exact timers one more RTO.
func (t *TCB) givesUp() (int64, bool) {
	if t.retries < t.retryLimit() {
		return 0, false
	}
	if t.s.p.SlowTick > 0 {
		return t.retryTick + 1, true
	}
	if t.persist > 0 || !t.rtOn {
		return 0, false
	}
	return t.rtBase + t.rto, true
}

// deadline returns the earliest tick at which something has to be done.
func (t *TCB) deadline() (int64, bool) {
	const none = int64(never)
	s, at := t.s, none
	when := func(n int64) { at = min(at, n) }
	if t.state == StateTimeWait {
		return s.beyond(t.activity, s.p.TimeWait), true
	}
	if n, ok := t.givesUp(); ok {
		when(n)
	}
	switch {
	case t.persist > 0:
		when(t.persistAt + t.persistWait())
	case t.rtOn && t.sent > 0:
		when(t.rtBase + t.rto)
	}
	switch {
	case t.state == StateFinWait2 && t.rxClosed:
		when(s.beyond(t.activity, s.p.FinWait2))
	case t.state == StateSynRcvd:
		when(s.beyond(t.activity, s.p.SynRcvd))
	case t.state == StateLastAck:
		when(s.beyond(t.activity, s.p.LastAck))
	case t.keep && (t.state == StateEstablished || t.state == StateCloseWait):
		when(s.beyond(t.activity, t.keepAt()))
	}
	if n := int64(s.p.OutOfOrderRTOs); n > 0 && len(t.ooo) > 0 {
		when(t.activity + n*t.rto)
	}
	if t.poll > 0 {
		when(t.pollBase + max(s.ticks(t.poll), 1))
	} else if t.waiting {
		when(s.tick() + 1)
	}
	return at, at != none
}

// keepAt is the silence after which the next keepalive step is due.
func (t *TCB) keepAt() time.Duration {
	return t.keepIdle + time.Duration(min(t.keepSent, t.keepMax))*t.keepIntvl
}

// schedule computes the earliest timer of t anew and puts it in its place.
func (s *Stack) schedule(t *TCB) {
	if t.freed || !t.inConns || s.tcp.clock.record.lost {
		s.unschedule(t)
		return
	}
	at, phase := never, phaseSlow
	if n, ok := t.deadline(); ok {
		at = s.tickTime(max(n, s.tick()+1))
		if s.p.SlowTick == 0 {
			at = max(s.tickTime(n), s.now)
		}
	}
	if t.refusedData != nil && t.offerAt <= at {
		at, phase = t.offerAt, phaseFast
	}
	t.loudAt = at
	if t.ackDelay && t.ackAt <= at {
		at, phase = t.ackAt, phaseFast
	}
	t.at, t.phase = at, phase
	if at == never {
		s.unschedule(t)
		return
	}
	if t.index < 0 {
		t.index = len(s.tcp.heap)
		s.tcp.heap = append(s.tcp.heap, t)
	}
	s.tcp.up(t.index)
	s.tcp.down(t.index)
}

// unschedule takes t out of the timers.
func (s *Stack) unschedule(t *TCB) {
	h := s.tcp.heap
	t.at, t.loudAt = never, never
	if t.index < 0 {
		return
	}
	k, last := t.index, len(h)-1
	h[k] = h[last]
	h[k].index = k
	h[last] = nil
	s.tcp.heap = h[:last]
	t.index = -1
	if k < last {
		s.tcp.up(k)
		s.tcp.down(k)
	}
}

// before is the order of the timers: time, fast before slow, last used connection first as in lwIP's list.
func (t *TCB) before(o *TCB) bool {
	if t.at != o.at {
		return t.at < o.at
	}
	if t.phase != o.phase {
		return t.phase < o.phase
	}
	return t.front > o.front
}

func (c *tcpState) swap(a, b int) {
	h := c.heap
	h[a], h[b] = h[b], h[a]
	h[a].index, h[b].index = a, b
}

func (c *tcpState) up(k int) {
	for k > 0 && c.heap[k].before(c.heap[(k-1)/2]) {
		c.swap(k, (k-1)/2)
		k = (k - 1) / 2
	}
}

func (c *tcpState) down(k int) {
	for {
		least := k
		for child := 2*k + 1; child <= 2*k+2 && child < len(c.heap); child++ {
			if c.heap[child].before(c.heap[least]) {
				least = child
			}
		}
		if least == k {
			return
		}
		c.swap(k, least)
		k = least
	}
}

// next returns the earliest timer of all connections.
func (c *tcpState) next() instant {
	if len(c.heap) == 0 {
		return never
	}
	return c.heap[0].at
}

// nextLoud returns an instant before which no timer of a connection does more than send a delayed acknowledgement: the first one's other
// timers, or, at worst, whatever the others are due for.
func (c *tcpState) nextLoud() instant {
	if len(c.heap) == 0 {
		return never
	}
	at := c.heap[0].loudAt
	for _, t := range c.heap[1:min(3, len(c.heap))] {
		at = min(at, t.at)
	}
	return at
}

// fire serves the first timer, which is due at the instant.
func (c *tcpState) fire(at instant) {
	t := c.heap[0]
	s := t.s
	if t.phase == phaseFast {
		if t.refusedData != nil && t.offerAt <= at {
			t.offer()
		}
		if !t.freed && t.ackDelay && t.ackAt <= at {
			t.ackDelay = false
			t.ackNow = true
			t.Output()
			if t.ackNow && !t.freed && s.p.SlowTick > 0 {
				t.ackNow = false // lwIP clears both flags after the try
			}
		}
	} else {
		t.slowTick()
	}
	s.schedule(t)
}

// slowTick does what is due at the present tick (lwip.md 5.4 to 5.6, 7.2).
func (t *TCB) slowTick() {
	s, n := t.s, t.s.tick()
	due := func(at int64) bool { return n >= at }
	if t.state == StateTimeWait {
		if due(s.beyond(t.activity, s.p.TimeWait)) {
			t.end(ErrClosed)
		}
		return
	}
	remove, reset := false, false
	if at, ok := t.givesUp(); ok && due(at) {
		remove = true
	} else if t.persist > 0 {
		if due(t.persistAt + t.persistWait()) {
			t.persistAt = n
			if s.ticks(s.p.PersistMax) > t.persistWait() {
				t.persist++
			}
			t.probe()
			t.tellShut()
		}
	} else if t.rtOn && t.sent > 0 && due(t.rtBase+t.rto) {
		t.retransmitTimeout()
	}
	switch t.state {
	case StateFinWait2:
		remove = remove || t.rxClosed && due(s.beyond(t.activity, s.p.FinWait2))
	case StateSynRcvd:
		remove = remove || due(s.beyond(t.activity, s.p.SynRcvd))
	case StateLastAck:
		remove = remove || due(s.beyond(t.activity, s.p.LastAck))
	case StateEstablished, StateCloseWait:
		switch {
		case !t.keep:
		case due(s.beyond(t.activity, t.keepIdle+time.Duration(t.keepMax)*t.keepIntvl)):
			remove, reset = true, true
		case due(s.beyond(t.activity, t.keepAt())):
			t.keepSent++
			t.keepaliveProbe()
		}
	}
	if k := int64(s.p.OutOfOrderRTOs); k > 0 && len(t.ooo) > 0 && due(t.activity+k*t.rto) {
		t.dropOutOfOrder()
	}
	if remove {
		t.because(t.gaveUp())
		seq, ack := t.sndNxt, t.rcvNxt
		blk := t.blk
		t.blk = block{} // the PCB is given back behind the reset [core/tcp.c tcp_slowtmr]
		t.free()
		if h := t.h; h != nil {
			t.h = nil
			h.Aborted(t, ErrAborted)
		}
		if reset {
			s.SendReset(t.local, t.remote, seq, ack)
		}
		s.discharge(&blk)
		return
	}
	if t.poll > 0 && due(t.pollBase+max(s.ticks(t.poll), 1)) {
		t.pollBase = n
		if p, ok := t.h.(Poller); ok {
			p.Poll(t)
		}
		t.Output()
	} else if t.poll == 0 && t.waiting {
		t.Output()
	}
}

// tellShut tells, once, of a peer's window that stays too small: when the probes have become as rare as they get. Choice: a peer that
// only is slow opens it before.
func (t *TCB) tellShut() {
	if t.shutTold || t.freed || t.persistWait() < t.s.ticks(t.s.p.PersistMax) {
		return
	}
	t.shutTold = true
	t.tell(Cause{ID: CauseWindowShut, Have: t.Unacked(), Limit: int(t.sndWnd), Took: t.s.since(t.shutAt)})
}

// retransmitTimeout is the expiry of the retransmission timer (lwip.md 5.3, 5.4): back-off, window to one segment,
// everything in flight goes back to unsent.
func (t *TCB) retransmitTimeout() {
	p := &t.s.p
	if t.state != StateSynSent {
		t.rto = t.baseRTO() << min(t.retries+1, p.MaxBackoff)
	} else if p.SYNBackoff {
		t.rto <<= 1
	}
	if lim := t.s.ticks(p.MaxRTO); lim > 0 {
		t.rto = min(t.rto, lim)
	}
	t.restartRetransmit()
	t.ssthresh = max(min(t.cwnd, t.sndWnd)/2, uint32(2*t.mss))
	t.cwnd = uint32(t.mss)
	if t.sent == 0 {
		return
	}
	g := t.queue[0]
	g.resend = false
	t.sent = 0
	t.recovery = t.recovery && p.TimeResent // lwIP 1.4 stays in recovery
	t.countRetry(g, "timeout")
	t.Output()
}

// countRetry counts a retransmission and stops timing.
func (t *TCB) countRetry(g *segment, why string) {
	t.retries = min(t.retries+1, 255)
	t.retryTick = t.s.tick()
	t.timing = false
	if t.s.observe != nil {
		t.s.note(Event{Kind: EventRetransmit, Local: t.local, Remote: t.remote, State: t.state, Seq: g.seq, Len: len(g.data),
			Retries: t.retries, Text: why})
	}
	if t.retries%repeatsTold == 0 && t.retries < t.retryLimit() && (t.state == StateEstablished || t.state == StateCloseWait) {
		t.tell(Cause{ID: CauseDataRepeated, Have: t.Unacked(), Limit: t.retries + 1, Took: t.s.since(t.oldest())})
	}
}

// repeatsTold is after how many repetitions it is told that data are not acknowledged, again and again. Choice: two are common on a bad
// link, and the device gives up after twelve, in nearly thirteen minutes (lwip.md 5.3).
const repeatsTold = 3

// baseRTO is the RTO without back-off.
func (t *TCB) baseRTO() int64 {
	lo := t.s.ticks(t.s.p.MinRTO)
	r := t.sa>>3 + max(t.sv, lo)
	if hi := t.s.ticks(t.s.p.MaxRTO); hi > 0 {
		r = min(r, hi)
	}
	return r
}

// sample takes a round trip of m ticks (lwip.md 5.4). With exact timers the first one sets the state as RFC 6298 does.
func (t *TCB) sample(m int64) {
	if t.s.p.SlowTick == 0 && !t.sampled {
		t.sa, t.sv = 8*m, 2*m
	} else {
		m -= t.sa >> 3
		t.sa += m
		t.sv += max(m, -m) - t.sv>>2
	}
	t.sampled = true
	t.rto = t.baseRTO()
}
