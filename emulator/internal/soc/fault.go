package soc

import "github.com/emu8266/emu8266/emulator/chip"

// Fail lets an allocation find no memory; before the first boot the order is for that one.
func (d *Device) Fail(s chip.Shortage) {
	_ = d.Do(func() {
		if d.m == nil || d.m.halted {
			d.short = s
			return
		}
		d.m.heap.short = s
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
