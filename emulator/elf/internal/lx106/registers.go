package lx106

// Bits of special registers that hold what is written. Choice: those of PS that are about register windows, which the core does not have,
// are kept as QEMU keeps them.
const (
	psBits   = psIntlevel | psEXCM | psUM | 0x70F00
	intsSoft = 1 << 7 // the software interrupt
)

// Special returns a special register.
func (c *CPU) Special(n Special) uint32 { return c.readSpecial(n, 0) }

// SetSpecial writes a special register as wsr does.
func (c *CPU) SetSpecial(n Special, v uint32) {
	c.writeSpecial(n, v)
	c.attend()
}

// readSpecial reads a special register. after is how many instructions are counted already that are not yet executed, the one that
// reads included.
func (c *CPU) readSpecial(n Special, after int64) uint32 {
	switch n {
	case SAR:
		return c.sar
	case CCOUNT:
		return uint32(c.clock.now()) - uint32(after) + c.clock.skew
	case INTERRUPT:
		return c.ints
	}
	return c.special[n]
}

// writeSpecial writes a special register. Deviation: IBREAKENABLE, IBREAKA0, DBREAKA0, DBREAKC0, ICOUNT, ICOUNTLEVEL and DDR hold what is
// written, and do nothing: a debugger stops the emulated core from outside.
func (c *CPU) writeSpecial(n Special, v uint32) {
	switch n {
	case SAR:
		c.sar = v & 63
	case CCOUNT:
		c.clock.skew = v - uint32(c.clock.now())
		c.clock.setCompare(c.special[CCOMPARE0])
	case CCOMPARE0:
		c.special[n] = v
		c.clock.setCompare(v)
		c.ints &^= 1 << timerInterrupt
	case INTERRUPT: // INTSET
		c.ints |= v & intsSoft
	case INTCLEAR:
		c.ints &^= v & (intsSoft | edgeMask)
	case PS:
		c.special[n] = v & psBits
	case VECBASE:
		c.special[n] = v
	case LITBASE:
		if v &= 0xFFFFF001; c.special[n] != v {
			c.special[n] = v
			c.forgetAll()
		}
	case CONFIGID0, CONFIGID1, PRID, MMID:
	default:
		c.special[n] = v
	}
}
