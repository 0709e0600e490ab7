package vnet

import (
	"runtime"
	"time"
)

// driver is the goroutine that deals with what is due. While ports of Attach are open it stays and sleeps until the next event;
// otherwise each event starts one anew, so that a network of hosts alone needs no goroutine and no Close. Its fields are guarded by the
// network's lock.
type driver struct {
	driving bool // somebody is in drive
	timer   *time.Timer
	recall  chan struct{} // has room for one: no port is open any more
}

func (d *driver) init() {
	d.timer = time.NewTimer(time.Hour)
	d.timer.Stop()
	d.recall = make(chan struct{}, 1)
}

// dismiss lets the driver look whether it is still wanted.
func (d *driver) dismiss() {
	if !d.driving {
		return
	}
	select {
	case d.recall <- struct{}{}:
	default:
	}
}

// tick is the function of the network's timer.
func (n *Network) tick() {
	growStack()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.armed = -1
	if n.open > 0 && !n.driver.driving && !n.closed {
		n.drive()
		return
	}
	n.run(n.clock())
}

// drive deals with what is due, again and again, while ports of Attach are open. The caller holds the lock, which is given back meanwhile.
func (n *Network) drive() {
	d := &n.driver
	n.running.Add(1)
	defer n.running.Done()
	d.driving = true
	for n.open > 0 && !n.closed {
		n.armed = -1
		n.run(n.clock())
		n.mu.Unlock()
		select {
		case <-d.timer.C:
		case <-d.recall:
		}
		n.mu.Lock()
	}
	d.driving = false
	d.timer.Stop()
	n.armed = -1
	n.run(n.clock())
}

// growStack makes the new goroutine's stack large enough for a stack's work at once. Otherwise it is copied several times on the way down,
// which took a quarter of the time of short connections.
//
//go:noinline
func growStack() {
	var room [8 << 10]byte
	runtime.KeepAlive(&room)
}
