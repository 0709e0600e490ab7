package vnet

import (
	"sync"
	"time"
)

// deadline is a point in time after which waiting fails. Its fields are guarded by the network's lock.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

// set changes the deadline; the zero time means none. Whoever waits on cond looks again when it comes.
func (d *deadline) set(n *Network, cond *sync.Cond, t time.Time) {
	d.stop()
	d.at = t
	if t.IsZero() {
		return
	}
	if wait := time.Until(t); wait > 0 {
		d.timer = time.AfterFunc(wait, func() {
			n.enter() // data that came at this instant counts
			cond.Broadcast()
			n.mu.Unlock()
		})
	}
	cond.Broadcast()
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

// passed tells whether the deadline is over.
func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }
