package lx106

import (
	"bytes"
	"unsafe"
)

// Snapshot is the state of a CPU with its memory at one moment; without hooks, peripherals, and what a debugger has
// asked of it.
type Snapshot struct{ cpu CPU }

// Snapshot returns a copy of the CPU's state. It must not be called inside a hook.
func (c *CPU) Snapshot() *Snapshot {
	s := &Snapshot{cpu: *c}
	s.cpu.hooks, s.cpu.peripherals, s.cpu.debug, s.cpu.stackPassed = nil, nil, debugging{}, nil
	s.cpu.under, s.cpu.jumps = nil, [jumpCache]*block{}
	s.cpu.A = (*[16]uint32)(s.cpu.registers[:])
	s.cpu.ownPages(c)
	s.cpu.extra = bytes.Clone(c.extra)
	return s
}

// Size returns about how many bytes the snapshot takes.
func (s *Snapshot) Size() int {
	n := int(unsafe.Sizeof(*s)) + len(s.cpu.extra)
	for _, p := range s.cpu.code {
		if p.ownData {
			n += pageSize
		}
	}
	return n
}

// Restore brings a CPU of the same image back to a snapshot, which can be used again.
func (c *CPU) Restore(s *Snapshot) {
	if c.image != s.cpu.image {
		panic("lx106: Restore of another image's snapshot")
	}
	a, hooks, peripherals, debug, passed := c.A, c.hooks, c.peripherals, c.debug, c.stackPassed
	*c = s.cpu
	c.A, c.hooks, c.peripherals, c.debug, c.stackPassed = a, hooks, peripherals, debug, passed
	c.ownPages(&s.cpu)
	c.extra = bytes.Clone(s.cpu.extra)
	c.decodeAnew()
}

// ownPages copies the pages that were changed, so that c and from no longer share them.
func (c *CPU) ownPages(from *CPU) {
	for n, p := range from.code {
		if p.ownData {
			fresh := *p.data
			c.setPage(uint32(n), &page{data: &fresh, ownData: true, private: true})
		}
	}
}
