package emulator

import "github.com/emu8266/emu8266/emulator/trace"

// Faults of the device, each one line of a test. Those of the network are in netstack (Network.SetFaults, Partition),
// those of the peer in espconn/badpeer, those of the flash chip in flash (Chip.FailSector, CutPower, StickBits).

// FailAlloc lets the n-th allocation from now find no memory: 1 is the next one, 0 takes the order back. It happens once.
// Before the first boot it counts from the boot. Allocations are those of the heap: firmware, network stack, API and TLS.
// HeapStats.Failures tells whether it has happened; Allocs how far n can go.
func (d *Device) FailAlloc(n int) {
	_ = d.Do(func() {
		if d.m == nil || d.m.halted {
			d.failAlloc = n
			return
		}
		d.m.heap.failAt = n
	})
}

// FailBlock lets the n-th allocation from now of a block with this name find no memory; names are those of the trace's heap
// events. 0 takes the order back. It needs firmware: call it after Boot.
func (d *Device) FailBlock(name string, n int) {
	_ = d.Do(func() {
		if d.m != nil {
			d.m.heap.failName, d.m.heap.failNameAt = name, n
		}
	})
}

// Allocs returns the number of allocations since the last boot, those that failed included: how far FailAlloc can go.
func (d *Device) Allocs() (n int) {
	_ = d.Do(func() {
		if d.m != nil {
			n = d.m.heap.asked
		}
	})
	return n
}

// SetLink takes the access point out of range or brings it back. A station in it loses its address, so that connections
// are aborted, gets the event DISCONNECTED with reason 200, and goes on trying (reason 201) until the AP is back.
// Choice: the loss is noticed at once and costs the address; SetAccessPointInRange waits for beacons, as the chip does.
func (d *Device) SetLink(up bool) {
	_ = d.Do(func() {
		d.apGone = !up
		switch {
		case d.m == nil || d.m.halted:
		case up:
			d.m.wifi.apChanged()
		default:
			d.m.guard(d.m.wifi.lose)
		}
	})
}

// When runs do once, on the device goroutine, as soon as the handling of the first event is over for which match is true.
// match must not call the device or the trace. Several orders may wait; each has its own event.
func (d *Device) When(match func(trace.Event) bool, do func()) {
	d.trace.When(match, func() { d.post(do) })
}

// post puts fn into the mailbox without waiting for it.
func (d *Device) post(fn func()) {
	d.mu.Lock()
	if !d.closed {
		d.calls = append(d.calls, &call{fn: fn, done: make(chan struct{})})
	}
	d.mu.Unlock()
	d.signal()
}
