package soc

// FailAlloc lets the n-th allocation from now find no memory; before the first boot it counts from the boot. 0 takes the order
// back.
func (d *Device) FailAlloc(n int) {
	_ = d.Do(func() {
		if d.m == nil || d.m.halted {
			d.failAlloc = n
			return
		}
		d.m.heap.failAt = n
	})
}

// FailBlock lets the n-th allocation from now of a block with this name find no memory. 0 takes the order back.
func (d *Device) FailBlock(name string, n int) {
	_ = d.Do(func() {
		if d.m != nil {
			d.m.heap.failName, d.m.heap.failNameAt = name, n
		}
	})
}

// Allocs returns the number of allocations since the last boot, those that failed included.
func (d *Device) Allocs() (n int) {
	_ = d.Do(func() {
		if d.m != nil {
			n = d.m.heap.asked
		}
	})
	return n
}
