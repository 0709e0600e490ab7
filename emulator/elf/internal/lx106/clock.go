package lx106

// timerInterrupt is the interrupt of CCOMPARE0 (lx106.md 9.1).
const timerInterrupt = 6

// clock counts instructions, and what is left of them until Run has to look up. One instruction is one cycle: Deviation, the chip
// takes more for loads, taken branches and what its flash cache does not hold.
type clock struct {
	left  int64  // instructions until the next look: counted down by the interpreter
	later int64  // of the budget, what comes after that look
	end   uint64 // the count of instructions when left and later are used up, and the cycles of Idle
	idle  uint64 // cycles of Idle
	skew  uint32 // CCOUNT minus the low bits of now
	timer uint64 // when CCOUNT reaches CCOMPARE0 next
}

// now returns the cycles since the beginning.
func (k *clock) now() uint64 { return k.end - uint64(k.left+k.later) }

// setCompare notes a new value of CCOMPARE0, or of CCOUNT.
func (k *clock) setCompare(v uint32) {
	d := uint64(v - (uint32(k.now()) + k.skew))
	if d == 0 {
		d = 1 << 32
	}
	k.timer = k.now() + d
}

// Instructions returns how many instructions were executed since NewCPU. A hook counts as one.
func (c *CPU) Instructions() uint64 { return c.clock.now() - c.clock.idle - uint64(c.ahead) }

// Left returns how many instructions are left until Run comes back with Budget.
func (c *CPU) Left() int64 { return c.clock.left + c.clock.later }

// Refuel sets how many instructions are left until Run comes back with Budget. Below 1 it comes back at once.
func (c *CPU) Refuel(n int64) {
	k := &c.clock
	now := k.now()
	k.left, k.later, k.end = 0, n, now+uint64(n)
}

// Burn takes instructions from those that are left, as if they were executed but without time passing, and returns what is left.
func (c *CPU) Burn(n int64) (left int64) {
	c.Refuel(c.Left() - n)
	return c.Left()
}

// Idle lets cycles pass in which nothing is executed: CCOUNT goes on.
func (c *CPU) Idle(cycles uint64) {
	c.clock.end += cycles
	c.clock.idle += cycles
	c.attend()
}

// attend makes Run look up as soon as the block under way is done.
func (c *CPU) attend() {
	k := &c.clock
	k.later += k.left
	k.left = 0
}

// settle raises the timer's interrupt if it is due, and divides the budget into what may be executed until the timer's next time, and
// the rest.
func (c *CPU) settle() {
	k := &c.clock
	now := k.now()
	for k.timer <= now {
		c.ints |= 1 << timerInterrupt
		k.timer += 1 << 32
	}
	total := k.left + k.later
	k.left = min(total, int64(k.timer-now))
	k.later = total - k.left
}
