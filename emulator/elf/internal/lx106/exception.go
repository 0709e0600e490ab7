package lx106

// Offsets of the vectors from VECBASE (lx106.md 9.1).
const (
	vectorDebug  = 0x10
	vectorNMI    = 0x20
	vectorKernel = 0x30
	vectorUser   = 0x50
	vectorDouble = 0x70
)

// Levels of interrupts (lx106.md 9.1).
const (
	debugLevel = 2
	nmiLevel   = 3
	nmiNumber  = 14
	level1Mask = 1<<nmiNumber - 1
	edgeMask   = 0x3F00 // edge-triggered: they stay until INTCLEAR
	levelMask  = 0x003F // level-triggered: they follow their input
)

// Cause of debugException in DEBUGCAUSE: break and break.n.
const (
	debugBreak  = 1 << 3
	debugBreakN = 1 << 4
)

// level returns the level below which and at which interrupts are masked now.
func (c *CPU) level() uint32 {
	ps := c.special[PS]
	l := ps & psIntlevel
	if ps&psEXCM != 0 {
		l = max(l, 1)
	}
	return l
}

// raise enters an exception at the instruction at pc: registers as the chip sets them, then its vector. Where nothing stands at
// the vector, Run stops.
func (c *CPU) raise(cause Cause, addr uint32) {
	at := c.PC
	s := Stop{Reason: Exception, Cause: cause, PC: at}
	if cause.hasAddress() {
		s.Addr = addr
		c.special[EXCVADDR] = addr
	}
	vector := uint32(vectorUser)
	switch {
	case c.special[PS]&psEXCM != 0:
		vector = vectorDouble
		c.special[DEPC] = at
	default:
		if c.special[PS]&psUM == 0 {
			vector = vectorKernel
		}
		c.special[EPC1] = at
	}
	c.special[EXCCAUSE] = uint32(cause)
	c.special[PS] |= psEXCM
	c.enter(vector, s)
}

// enter goes on at a vector, or stops where no instruction stands there.
func (c *CPU) enter(vector uint32, s Stop) {
	addr := c.special[VECBASE] + vector
	if n, ok := c.image.hooks[addr]; ok && c.hooks[n] != nil {
		c.PC = addr
		return
	}
	if addr-codeBase < codeSize {
		if op := c.fetch(addr).Op; op != OpIll && op != OpUndefined {
			c.PC = addr
			return
		}
	}
	c.stop = &s
}

// enterHigh enters an exception or interrupt of a level above 1.
func (c *CPU) enterHigh(level uint32, vector uint32, s Stop) {
	c.special[EPC1+Special(level)-1] = c.PC
	c.special[EPS2+Special(level)-2] = c.special[PS]
	c.special[PS] = c.special[PS]&^psIntlevel | level | psEXCM
	c.enter(vector, s)
}

// enterInterrupt enters the highest interrupt that is pending, enabled and not masked, if there is one.
func (c *CPU) enterInterrupt() bool {
	if c.ints == 0 {
		return false
	}
	switch level := c.level(); {
	case c.ints&(1<<nmiNumber) != 0 && level < nmiLevel:
		c.ints &^= 1 << nmiNumber
		c.enterHigh(nmiLevel, vectorNMI, Stop{Reason: Exception, Cause: nonMaskableInterrupt, PC: c.PC})
		return true
	case c.ints&c.special[INTENABLE]&level1Mask != 0 && level < 1:
		c.raise(Level1Interrupt, 0)
		return true
	}
	return false
}

// breakpoint enters the debug exception of break, unless its level is masked. next is the address of the next instruction.
func (c *CPU) breakpoint(next uint32) {
	if c.level() >= debugLevel {
		c.PC = next
		return
	}
	c.special[DEBUGCAUSE] = debugBreak
	if next-c.PC == 2 {
		c.special[DEBUGCAUSE] = debugBreakN
	}
	c.enterHigh(debugLevel, vectorDebug, Stop{Reason: Exception, Cause: debugException, PC: c.PC})
}

// ReturnFromException does what rfe does. It is for hooks at the user or kernel vector.
func (c *CPU) ReturnFromException() {
	c.special[PS] &^= psEXCM
	c.PC = c.special[EPC1]
	c.attend()
}

// Interrupt sets the input of an interrupt (0 to 13, 14 is the NMI) to active or inactive. Inputs 0 to 5 interrupt as long as they
// are active, 8 to 14 once when they become active. It may be called between Runs, in hooks and by Peripherals.
func (c *CPU) Interrupt(number int, active bool) {
	bit := uint32(1) << number
	rising := active && c.lines&bit == 0
	c.lines &^= bit
	if active {
		c.lines |= bit
	}
	switch {
	case bit&levelMask != 0:
		c.ints = c.ints&^bit | c.lines&bit
	case rising:
		c.ints |= bit
	}
	c.attend()
}
