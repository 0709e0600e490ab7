package lx106

// Snapshot is the state of a CPU with its memory at one moment; without hooks and peripherals.
type Snapshot struct{ cpu CPU }

// Snapshot returns a copy of the CPU's state. It must not be called inside a hook.
func (c *CPU) Snapshot() *Snapshot {
	s := &Snapshot{cpu: *c}
	s.cpu.A = (*[16]uint32)(s.cpu.registers[:])
	s.cpu.ownPages(c)
	return s
}

// Restore brings a CPU of the same image back to a snapshot, which can be used again.
func (c *CPU) Restore(s *Snapshot) {
	if c.image != s.cpu.image {
		panic("lx106: Restore of another image's snapshot")
	}
	a, hooks, peripherals := c.A, c.hooks, c.peripherals
	*c = s.cpu
	c.A, c.hooks, c.peripherals = a, hooks, peripherals
	c.ownPages(&s.cpu)
}

// ownPages copies the pages that were changed, so that c and from no longer share them.
func (c *CPU) ownPages(from *CPU) {
	for n, p := range from.code {
		if p.ownData {
			fresh := *p.data
			c.code[n] = &page{data: &fresh, ownData: true, private: true}
		}
	}
}
