package lx106

import "math/bits"

// execute runs block after block, beginning with b, until something is to be looked at outside: it returns nil with PC set, or a
// block that stands for a hook. The budget is taken for whole blocks; what an exception leaves undone is given back.
func (c *CPU) execute(b *block) (hook *block) {
	var (
		a      = &c.registers
		in     *step
		next   *block
		target uint32
		o, v   uint32
		left   int64
	)
	c.changed = false
	left = c.clock.left
enter:
	if left < b.count {
		c.PC, c.clock.left = b.pc, left
		return nil
	}
	left -= b.count
	in = b.first
straight:
	for ; ; in = in.behind() { // the last of each block leaves the loop
		switch in.code {
		case OpAdd:
			a[in.r] = a[in.s] + a[in.t]
		case OpAddx2:
			a[in.r] = a[in.s]<<1 + a[in.t]
		case OpAddx4:
			a[in.r] = a[in.s]<<2 + a[in.t]
		case OpAddx8:
			a[in.r] = a[in.s]<<3 + a[in.t]
		case OpSub:
			a[in.r] = a[in.s] - a[in.t]
		case opStackAddi: // a function takes its part of the stack
			if a[1] += in.imm; a[1] < c.stackLow {
				goto passed
			}
		case opStackSub:
			if a[1] -= a[in.t]; a[1] < c.stackLow {
				goto passed
			}
		case OpSubx2:
			a[in.r] = a[in.s]<<1 - a[in.t]
		case OpSubx4:
			a[in.r] = a[in.s]<<2 - a[in.t]
		case OpSubx8:
			a[in.r] = a[in.s]<<3 - a[in.t]
		case OpAnd:
			a[in.r] = a[in.s] & a[in.t]
		case OpOr:
			a[in.r] = a[in.s] | a[in.t]
		case OpXor:
			a[in.r] = a[in.s] ^ a[in.t]
		case OpMov:
			a[in.t] = a[in.s]
		case OpNeg:
			a[in.r] = -a[in.t]
		case OpAbs:
			v = a[in.t]
			if int32(v) < 0 {
				v = -v
			}
			a[in.r] = v
		case OpAddi, OpAddmi:
			a[in.t] = a[in.s] + in.imm
		case OpMovi:
			a[in.t] = in.imm
		case OpSlli:
			a[in.r] = a[in.s] << (in.imm & 31) // 32 is reserved, and does what QEMU does
		case OpSrli:
			a[in.r] = a[in.t] >> (in.imm & 31)
		case OpSrai:
			a[in.r] = uint32(int32(a[in.t]) >> (in.imm & 31))
		case OpExtui:
			a[in.r] = a[in.t] >> (in.imm & 31) & in.k
		case OpSsr:
			c.sar = a[in.s] & 31
		case OpSsl:
			c.sar = 32 - a[in.s]&31
		case OpSsa8l:
			c.sar = a[in.s] & 3 << 3
		case OpSsa8b:
			c.sar = 32 - a[in.s]&3<<3
		case OpSsai:
			c.sar = in.imm
		case OpSrc:
			a[in.r] = uint32((uint64(a[in.s])<<32 | uint64(a[in.t])) >> (c.sar & 63))
		case OpSrl:
			a[in.r] = uint32(uint64(a[in.t]) >> (c.sar & 63))
		case OpSll:
			a[in.r] = uint32(uint64(a[in.s]) << ((32 - c.sar) & 63))
		case OpSra:
			a[in.r] = uint32(int64(int32(a[in.t])) >> (c.sar & 63))
		case OpNsa:
			v = a[in.s]
			a[in.t] = uint32(bits.LeadingZeros32(v^uint32(int32(v)>>31))) - 1
		case OpNsau:
			a[in.t] = uint32(bits.LeadingZeros32(a[in.s]))
		case OpMul16u:
			a[in.r] = a[in.s] & 0xFFFF * (a[in.t] & 0xFFFF)
		case OpMul16s:
			a[in.r] = uint32(int32(int16(a[in.s])) * int32(int16(a[in.t])))
		case OpMull:
			a[in.r] = a[in.s] * a[in.t]
		case OpMoveqz:
			if a[in.t] == 0 {
				a[in.r] = a[in.s]
			}
		case OpMovnez:
			if a[in.t] != 0 {
				a[in.r] = a[in.s]
			}
		case OpMovltz:
			if int32(a[in.t]) < 0 {
				a[in.r] = a[in.s]
			}
		case OpMovgez:
			if int32(a[in.t]) >= 0 {
				a[in.r] = a[in.s]
			}
		case OpL8ui:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize {
				goto slow
			}
			a[in.t] = uint32(c.dram[o])
		case OpL16ui:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-1 || o&1 != 0 {
				goto slow
			}
			a[in.t] = uint32(little.Uint16(c.dram[o : o+2]))
		case OpL16si:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-1 || o&1 != 0 {
				goto slow
			}
			a[in.t] = uint32(int32(int16(little.Uint16(c.dram[o : o+2]))))
		case OpL32i:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
		case OpS8i:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize {
				goto slow
			}
			c.dram[o] = byte(a[in.t])
		case OpS16i:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-1 || o&1 != 0 {
				goto slow
			}
			little.PutUint16(c.dram[o:o+2], uint16(a[in.t]))
		case OpS32i:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			little.PutUint32(c.dram[o:o+4], a[in.t])
		case OpL32r, OpRsr, OpRer, OpRitlb0, OpRitlb1, OpPitlb, OpIitlb, OpWitlb, OpRdtlb0, OpRdtlb1, OpPdtlb, OpIdtlb, OpWdtlb:
			goto slow
		case OpJ:
			goto taken
		case OpJx:
			target = a[in.s]
			goto jump
		case OpCall0:
			a[0] = in.k
			goto taken
		case OpCallx0:
			target = a[in.s]
			a[0] = in.k
			goto jump
		case OpRet:
			target = a[0]
			goto jump
		case OpBeqz:
			if a[in.s] == 0 {
				goto taken
			}
		case OpBnez:
			if a[in.s] != 0 {
				goto taken
			}
		case OpBltz:
			if int32(a[in.s]) < 0 {
				goto taken
			}
		case OpBgez:
			if int32(a[in.s]) >= 0 {
				goto taken
			}
		case OpBeqi:
			if a[in.s] == in.k {
				goto taken
			}
		case OpBnei:
			if a[in.s] != in.k {
				goto taken
			}
		case OpBlti:
			if int32(a[in.s]) < int32(in.k) {
				goto taken
			}
		case OpBgei:
			if int32(a[in.s]) >= int32(in.k) {
				goto taken
			}
		case OpBltui:
			if a[in.s] < in.k {
				goto taken
			}
		case OpBgeui:
			if a[in.s] >= in.k {
				goto taken
			}
		case OpBnone:
			if a[in.s]&a[in.t] == 0 {
				goto taken
			}
		case OpBeq:
			if a[in.s] == a[in.t] {
				goto taken
			}
		case OpBlt:
			if int32(a[in.s]) < int32(a[in.t]) {
				goto taken
			}
		case OpBltu:
			if a[in.s] < a[in.t] {
				goto taken
			}
		case OpBall:
			if ^a[in.s]&a[in.t] == 0 {
				goto taken
			}
		case OpBbc:
			if a[in.s]>>(a[in.t]&31)&1 == 0 {
				goto taken
			}
		case OpBbci:
			if a[in.s]&in.k == 0 {
				goto taken
			}
		case OpBany:
			if a[in.s]&a[in.t] != 0 {
				goto taken
			}
		case OpBne:
			if a[in.s] != a[in.t] {
				goto taken
			}
		case OpBge:
			if int32(a[in.s]) >= int32(a[in.t]) {
				goto taken
			}
		case OpBgeu:
			if a[in.s] >= a[in.t] {
				goto taken
			}
		case OpBnall:
			if ^a[in.s]&a[in.t] != 0 {
				goto taken
			}
		case OpBbs:
			if a[in.s]>>(a[in.t]&31)&1 != 0 {
				goto taken
			}
		case OpBbsi:
			if a[in.s]&in.k != 0 {
				goto taken
			}
		case opCut:
			goto taken
		case opL32iL32i:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
			in = in.behind()
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
		case opL32iAddi:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
			in = in.behind()
			a[in.t] = a[in.s] + in.imm
		case opL32iBeqz:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
			in = in.behind()
			if a[in.s] == 0 {
				goto taken
			}
		case opL32iBnez:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
			in = in.behind()
			if a[in.s] != 0 {
				goto taken
			}
		case opS32iS32i:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			little.PutUint32(c.dram[o:o+4], a[in.t])
			in = in.behind()
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			little.PutUint32(c.dram[o:o+4], a[in.t])
		case opS32iAddi:
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			little.PutUint32(c.dram[o:o+4], a[in.t])
			in = in.behind()
			a[in.t] = a[in.s] + in.imm
		case opAddL32i:
			a[in.r] = a[in.s] + a[in.t]
			in = in.behind()
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			a[in.t] = little.Uint32(c.dram[o : o+4])
		case opAddiS32i:
			a[in.t] = a[in.s] + in.imm
			in = in.behind()
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			little.PutUint32(c.dram[o:o+4], a[in.t])
		case opMoviS32i:
			a[in.t] = in.imm
			in = in.behind()
			if o = a[in.s] + in.imm - DRAMBase; o >= DRAMSize-3 || o&3 != 0 {
				goto slow
			}
			little.PutUint32(c.dram[o:o+4], a[in.t])
		case opAddAdd:
			a[in.r] = a[in.s] + a[in.t]
			in = in.behind()
			a[in.r] = a[in.s] + a[in.t]
		case opMovMov:
			a[in.t] = a[in.s]
			in = in.behind()
			a[in.t] = a[in.s]
		case opMovMovi:
			a[in.t] = a[in.s]
			in = in.behind()
			a[in.t] = in.imm
		case opMoviMovi:
			a[in.t] = in.imm
			in = in.behind()
			a[in.t] = in.imm
		case opSrcXor:
			a[in.r] = uint32((uint64(a[in.s])<<32 | uint64(a[in.t])) >> (c.sar & 63))
			in = in.behind()
			a[in.r] = a[in.s] ^ a[in.t]
		case opSsaiSrc:
			c.sar = in.imm
			v = in.imm
			in = in.behind()
			a[in.r] = uint32((uint64(a[in.s])<<32 | uint64(a[in.t])) >> (v & 63))
		case opExtuiBeqz:
			a[in.r] = a[in.t] >> (in.imm & 31) & in.k
			in = in.behind()
			if a[in.s] == 0 {
				goto taken
			}
		case opExtuiBnez:
			a[in.r] = a[in.t] >> (in.imm & 31) & in.k
			in = in.behind()
			if a[in.s] != 0 {
				goto taken
			}
		case opAddiBeqz:
			a[in.t] = a[in.s] + in.imm
			in = in.behind()
			if a[in.s] == 0 {
				goto taken
			}
		case opAddiBnez:
			a[in.t] = a[in.s] + in.imm
			in = in.behind()
			if a[in.s] != 0 {
				goto taken
			}
		case opAddiBnei:
			a[in.t] = a[in.s] + in.imm
			in = in.behind()
			if a[in.s] != in.k {
				goto taken
			}
		case opAddiBne:
			a[in.t] = a[in.s] + in.imm
			in = in.behind()
			if a[in.s] != a[in.t] {
				goto taken
			}
		case opAddiRet:
			a[in.t] = a[in.s] + in.imm
			target = a[0]
			goto jump
		case opAddiCall0:
			a[in.t] = a[in.s] + in.imm
			in = in.behind()
			a[0] = in.k
			goto taken
		case opMovCall0:
			a[in.t] = a[in.s]
			in = in.behind()
			a[0] = in.k
			goto taken
		case opMoviCall0:
			a[in.t] = in.imm
			in = in.behind()
			a[0] = in.k
			goto taken
		case opCover:
			c.covered[in.imm]++
		case opHook:
			c.PC, c.clock.left = b.pc, left
			return b
		default:
			goto slow
		}
	}

taken:
	left += int64(in.rest)
	if in.r == loops { // nothing is to be read from memory: so loops run ahead of the processor's loads
		if left < b.count {
			goto enter
		}
		left -= b.count
		in = b.first
		goto straight
	}
	next = in.link.Load()
	if next != nil && (in.r == inPage || c.code[next.index] == next.home) {
		b = next
		goto enter
	}
	c.PC, c.clock.left = in.imm, left
	if b = c.linked(b, in); b == nil {
		return nil
	}
	left = c.clock.left
	goto enter

jump:
	next = c.jumps[target/2%jumpCache]
	if next != nil && next.pc == target { // of a page as it is now: setPage forgets
		b = next
		goto enter
	}
	c.PC, c.clock.left = target, left
	if b = c.jumped(target); b == nil {
		return nil
	}
	left = c.clock.left
	goto enter

slow: // calls stand here, and nothing is kept over them: so the loop has its variables in registers and never saves them
	switch in.op {
	case OpL32r:
		o = in.imm - codeBase
	case OpL32i:
		o = a[in.s] + in.imm - codeBase
	default:
		o = codeSize
	}
	if o < codeSize && o&3 == 0 { // a constant that lies in code
		a[in.t] = little.Uint32(c.code[o/pageSize].data[o%pageSize:])
		in = in.behind()
		goto straight
	}
	c.PC, c.clock.left = in.k, left
	if in.op.endsBlock() && in.op < opWatched {
		c.privileged(&in.inst)
		return nil
	}
	c.under, c.at = b, int(in.at)
	if !c.slowStep(&in.inst) {
		return nil
	}
	goto resume

passed:
	c.under, c.at, c.clock.left = b, int(in.at), left
	c.passed(in.k)

resume:
	b, left = c.under, c.clock.left
	in = &b.ins[c.at+1]
	goto straight
}

// slowStep executes an instruction that slow is for; false if it has raised an exception or may have overwritten what comes next.
func (c *CPU) slowStep(in *inst) (goesOn bool) {
	if cause := c.slow(in); cause != allowed {
		c.clock.left += int64(in.rest)
		c.raise(cause, c.accessed)
		return false
	}
	if c.changed {
		c.PC = in.next()
		c.clock.left += int64(in.rest)
		return false
	}
	return true
}

// decoded returns the block at an address if it is decoded already.
func (c *CPU) decoded(addr uint32) *block {
	o := addr - codeBase
	if o >= codeSize {
		return nil
	}
	table := c.code[o/pageSize].blocks.Load()
	if table == nil {
		return nil
	}
	return table.at[o%pageSize].Load()
}

// linked returns the block to which an instruction of another leads if it is decoded already, and notes it there.
func (c *CPU) linked(from *block, in *step) *block {
	next := c.decoded(in.imm)
	if next != nil && (from.home.private || !next.home.private) {
		in.link.Store(next)
	}
	return next
}

// jumpCache is how many targets of ret, jx and callx0 a CPU remembers.
const jumpCache = 64

// jumped returns the block at the target of a jump if it is decoded already, and remembers it.
func (c *CPU) jumped(target uint32) *block {
	next := c.decoded(target)
	if next != nil {
		c.jumps[target/2%jumpCache] = next
	}
	return next
}

// slow executes loads and stores outside data RAM, reads of special registers and what programs have no use for.
func (c *CPU) slow(in *inst) (cause Cause) {
	addr, t := c.registers[in.s]+in.imm, &c.registers[in.t]
	if in.op == OpL32r {
		addr = in.imm
	}
	c.accessed, c.rest = addr, in.rest
	var v uint32
	op := in.op.plain()
	switch op {
	case OpL8ui:
		v, cause = c.load(addr, 1)
	case OpL16ui:
		v, cause = c.load(addr, 2)
	case OpL16si:
		v, cause = c.load(addr, 2)
		v = signExtend(v, 16)
	case OpL32i, OpL32r:
		v, cause = c.load(addr, 4)
	case OpS8i:
		cause = c.store(addr, 1, *t)
	case OpS16i:
		cause = c.store(addr, 2, *t)
	case OpS32i:
		cause = c.store(addr, 4, *t)
	case OpRsr:
		v, cause = c.readSpecial(Special(in.imm), int64(in.rest)+1), allowed
	default:
		c.rare(in)
		return allowed
	}
	if cause != allowed {
		return cause
	}
	if op < OpS8i || op > OpS32i {
		*t = v
	}
	if op != in.op {
		c.watch(in.k, op, addr)
	}
	return allowed
}

// privileged executes what ends a block otherwise than by a jump: special registers whose change may let an interrupt in, returns
// from exceptions, and what raises one. PC is the instruction's address.
func (c *CPU) privileged(in *inst) {
	next := in.next()
	ps := &c.special[PS]
	t := &c.registers[in.t]
	switch in.op {
	case OpWsr, OpXsr:
		switch Special(in.imm) {
		case DEBUGCAUSE, MMID, CONFIGID0: // the assembler knows them, the core does not: lx106.md 9.1
			c.raise(IllegalInstruction, 0)
			return
		}
		c.PC = next
		v := uint32(0)
		if in.op == OpXsr {
			v = c.readSpecial(Special(in.imm), 1)
		}
		c.writeSpecial(Special(in.imm), *t)
		if in.op == OpXsr {
			*t = v
		}
	case OpRsil:
		c.PC = next
		*t, *ps = *ps, *ps&^psIntlevel|in.imm
	case OpWaiti:
		c.PC = next
		*ps = *ps&^psIntlevel | in.imm
		c.waiting = true
	case OpRfe:
		*ps &^= psEXCM
		c.PC = c.special[EPC1]
	case OpRfde:
		c.PC = c.special[DEPC]
	case OpRfi:
		if in.imm < debugLevel || in.imm > nmiLevel {
			c.raise(IllegalInstruction, 0)
			return
		}
		c.PC = c.special[EPC1+Special(in.imm)-1]
		*ps = c.special[EPS2+Special(in.imm)-2]
	case OpBreak:
		c.breakpoint(next)
	case OpSyscall:
		c.raise(Syscall, 0)
	default: // OpIll, OpUndefined, OpSimcall, and OpRfdo and OpRfdd without a debugger that stops the core by its own means
		c.raise(IllegalInstruction, 0)
	}
}

// rare executes instructions that programs have no use for: those of the region protection, and rer, which reads 0 because the chip
// documents no external register. Deviation: the attributes of regions are kept, but access follows Map whatever they are.
func (c *CPU) rare(in *inst) {
	s, t := c.registers[in.s], &c.registers[in.t]
	region := s >> 29
	switch in.op {
	case OpRer:
		*t = 0
	case OpRitlb0, OpRdtlb0:
		*t = region << 29
	case OpPitlb, OpPdtlb:
		*t = region<<29 | 1 // a hit
	case OpRitlb1:
		*t = region<<29 | c.tlb[0][region]
	case OpRdtlb1:
		*t = region<<29 | c.tlb[1][region]
	case OpWitlb:
		c.tlb[0][region] = *t & 15
	case OpWdtlb:
		c.tlb[1][region] = *t & 15
	}
}
