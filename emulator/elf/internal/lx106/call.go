package lx106

// Arg returns the n-th word of a function's arguments, from 0: a2 to a7, then the stack. It is for hooks; 64-bit values begin at an
// even n (lx106.md 6). A word of the stack that cannot be read is 0.
func (c *CPU) Arg(n int) uint32 {
	if n < 6 {
		return c.A[2+n]
	}
	c.rest = 0
	v, _ := c.load(c.A[1]+uint32(n-6)*4, 4)
	return v
}

// Return sets a function's result.
func (c *CPU) Return(v uint32) { c.A[2] = v }

// Return64 sets a function's result of 64 bits.
func (c *CPU) Return64(v uint64) { c.A[2], c.A[3] = uint32(v), uint32(v>>32) }

// Call calls the program's function at f, with words as arguments, on the stack below A[1], and runs until it has returned or
// something else stops it. It may be called inside a hook. If the function has returned, result holds a2 and a3, and all registers
// but the special ones are as before; after any other stop they are those of the place where it stopped.
func (c *CPU) Call(f uint32, words ...uint32) (result uint64, s Stop) {
	a, pc, sar, under, at := *c.A, c.PC, c.sar, c.under, c.at
	copy(c.A[2:8], words)
	c.A[1] &^= 15
	if more := len(words) - 6; more > 0 {
		c.A[1] -= uint32(more*4+15) &^ 15
		c.rest = 0
		for i, w := range words[6:] {
			if cause := c.store(c.A[1]+uint32(i)*4, 4, w); cause != allowed {
				addr := c.A[1] + uint32(i)*4
				return 0, Stop{Reason: Exception, Cause: cause, PC: f, Addr: addr}
			}
		}
	}
	c.A[0], c.PC = TrapAddress, f
	for s = c.Run(); s.Reason == Budget && c.spent != nil && c.spent(); {
		s = c.Run()
	}
	if s.Reason != Returned {
		return 0, s
	}
	result = uint64(c.A[2]) | uint64(c.A[3])<<32
	*c.A, c.PC, c.sar, c.under, c.at = a, pc, sar, under, at // a register that is loaded or stored may have called
	return result, s
}

// Step executes one instruction, or one hook with all that it calls; if an interrupt may come in, the first instruction of its
// handler. executed is false if there was nothing to execute. The Stop is Budget, or what Run would give.
func (c *CPU) Step() (s Stop, executed bool) {
	if n, ok := c.image.hooks[c.PC]; ok && c.hooks[n] != nil && c.stop == nil {
		c.settle()
		if !c.enterInterrupt() {
			c.Burn(1)
			c.clock.end++ // time passes too
			c.runHook(&block{pc: c.PC, hook: n})
			return Stop{Reason: Budget, PC: c.PC}, true
		}
	}
	left, before := c.Left(), c.clock.now()
	c.Refuel(1)
	s = c.Run()
	done := c.clock.now() - before
	c.Refuel(left - int64(done))
	return s, done > 0
}

// OnSpent lets f be asked when the budget of a Call is spent: if f returns true, it has refuelled the CPU, and the program goes on.
func (c *CPU) OnSpent(f func() bool) { c.spent = f }
