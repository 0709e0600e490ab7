package soc

import "time"

// paceMost bounds how far a delay may be made up for. Choice: beyond it the host was busy or asleep, and the device did not run meanwhile.
const paceMost = 20 * time.Millisecond

// pace lets many short delays take their time in sum. A host that waits for 10 us waits longer, up to about a millisecond; what it has
// waited too long, the next delays do not wait. In virtual time a wait is exact, and nothing is ever made up for.
type pace struct {
	ahead time.Duration // waited too long, not made up for yet
}

// free returns how much of a delay needs no wait, and counts it as passed.
func (p *pace) free(span time.Duration) time.Duration {
	n := min(span, p.ahead)
	p.ahead -= n
	return n
}

// waited notes a wait that took longer than it should.
func (p *pace) waited(span, took time.Duration) {
	p.ahead = min(p.ahead+max(took-span, 0), paceMost)
}
