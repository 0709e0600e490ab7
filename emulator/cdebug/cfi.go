package cdebug

import "sort"

// frameTable is what .debug_frame says: how to come from a function under way to its caller (DWARF 5, 6.4).
type frameTable struct{ list []frameRules } // by address

// frameRules are those of a piece of code.
type frameRules struct {
	from, to uint64
	common   *frameCommon
	program  []byte
}

// frameCommon are rules that several functions share.
type frameCommon struct {
	code, data uint64
	ret        uint64 // the register of the return address
	program    []byte
}

// Bounds of .debug_frame. Choice.
const (
	framesMax   = 1 << 16 // functions
	advanceMax  = 10_000  // operations of one function
	rememberMax = 32
)

// readFrames reads the table. Damaged information leaves it short.
func readFrames(section []byte) *frameTable {
	t := &frameTable{}
	commons := map[uint64]*frameCommon{}
	for at := uint64(0); uint64(len(section))-at >= 8 && len(t.list) < framesMax; {
		r := &reader{b: section[at:]}
		size := r.fixed(4)
		body := &reader{b: r.take(size)}
		id := body.fixed(4)
		if r.short || size < 4 {
			break
		}
		if id == 0xFFFFFFFF {
			commons[at] = readCommon(body)
		} else if c := commons[id]; c != nil {
			from := body.fixed(4)
			f := frameRules{from: from, to: from + body.fixed(4), common: c, program: body.b}
			if !body.short && from != 0 {
				t.list = append(t.list, f)
			}
		}
		at += 4 + size
	}
	sort.SliceStable(t.list, func(i, j int) bool { return t.list[i].from < t.list[j].from })
	return t
}

// readCommon reads common rules, nil if they are of a kind that is not known.
func readCommon(r *reader) *frameCommon {
	version := r.fixed(1)
	if augmentation := r.text(); augmentation != "" {
		return nil
	}
	if version >= 4 { // sizes of addresses and of segments
		if r.fixed(1) != 4 || r.fixed(1) != 0 {
			return nil
		}
	}
	c := &frameCommon{code: r.uleb(), data: uint64(r.sleb())}
	if version == 1 {
		c.ret = r.fixed(1)
	} else {
		c.ret = r.uleb()
	}
	if c.program = r.b; r.short {
		return nil
	}
	return c
}

// find returns the rules for an address.
func (t *frameTable) find(addr uint64) *frameRules {
	n := sort.Search(len(t.list), func(n int) bool { return t.list[n].from > addr })
	if n == 0 || addr >= t.list[n-1].to {
		return nil
	}
	return &t.list[n-1]
}

// rule says where a register of the caller is.
type rule struct {
	kind ruleKind
	n    int64 // offset from the CFA, or a register
}

type ruleKind uint8

const (
	ruleNone ruleKind = iota // as the machine's calling convention has it
	ruleOffset
	ruleValue // the CFA with an offset is it
	ruleRegister
	ruleSame
	ruleLost
)

// row is what holds at an address.
type frameRow struct {
	cfa   uint64 // register
	by    int64
	known bool // the CFA is a register and an offset
	rules [16]rule
}

// Operations of .debug_frame (DWARF 5, 7.24).
const (
	cfaAdvance1        = 0x02
	cfaAdvance2        = 0x03
	cfaAdvance4        = 0x04
	cfaOffsetExtended  = 0x05
	cfaRestoreExtended = 0x06
	cfaUndefined       = 0x07
	cfaSame            = 0x08
	cfaRegister        = 0x09
	cfaRemember        = 0x0A
	cfaRestoreState    = 0x0B
	cfaDefCFA          = 0x0C
	cfaDefRegister     = 0x0D
	cfaDefOffset       = 0x0E
	cfaDefExpression   = 0x0F
	cfaExpression      = 0x10
	cfaOffsetSigned    = 0x11
	cfaDefCFASigned    = 0x12
	cfaDefOffsetSigned = 0x13
	cfaValOffset       = 0x14
	cfaValOffsetSigned = 0x15
	cfaValExpression   = 0x16
)

// at works out what holds at an address. ok is false if the rules are damaged.
func (f *frameRules) at(addr uint64) (row frameRow, ok bool) {
	if !f.run(f.common.program, f.from, addr, &row, nil) {
		return row, false
	}
	first := row
	return row, f.run(f.program, f.from, addr, &row, &first)
}

// run applies operations up to an address. first is what restoring goes back to.
func (f *frameRules) run(program []byte, pc, addr uint64, row *frameRow, first *frameRow) bool {
	r := &reader{b: program}
	var remembered []frameRow
	set := func(n uint64, v rule) {
		if n < uint64(len(row.rules)) {
			row.rules[n] = v
		}
	}
	restore := func(n uint64) {
		if first != nil && n < uint64(len(row.rules)) {
			row.rules[n] = first.rules[n]
		}
	}
	data := int64(f.common.data)
	for range advanceMax {
		if r.short {
			return false
		}
		if len(r.b) == 0 {
			return true
		}
		op := r.fixed(1)
		advance := uint64(0)
		switch low := op & 0x3F; {
		case op>>6 == 1:
			advance = low
		case op>>6 == 2:
			set(low, rule{ruleOffset, int64(r.uleb()) * data})
		case op>>6 == 3:
			restore(low)
		case op == cfaAdvance1:
			advance = r.fixed(1)
		case op == cfaAdvance2:
			advance = r.fixed(2)
		case op == cfaAdvance4:
			advance = r.fixed(4)
		case op == cfaOffsetExtended:
			n := r.uleb()
			set(n, rule{ruleOffset, int64(r.uleb()) * data})
		case op == cfaOffsetSigned:
			n := r.uleb()
			set(n, rule{ruleOffset, r.sleb() * data})
		case op == cfaValOffset:
			n := r.uleb()
			set(n, rule{ruleValue, int64(r.uleb()) * data})
		case op == cfaValOffsetSigned:
			n := r.uleb()
			set(n, rule{ruleValue, r.sleb() * data})
		case op == cfaRestoreExtended:
			restore(r.uleb())
		case op == cfaUndefined:
			set(r.uleb(), rule{kind: ruleLost})
		case op == cfaSame:
			set(r.uleb(), rule{kind: ruleSame})
		case op == cfaRegister:
			n := r.uleb()
			set(n, rule{ruleRegister, int64(r.uleb())})
		case op == cfaRemember:
			if len(remembered) == rememberMax {
				return false
			}
			remembered = append(remembered, *row)
		case op == cfaRestoreState:
			if len(remembered) == 0 {
				return false
			}
			*row, remembered = remembered[len(remembered)-1], remembered[:len(remembered)-1]
		case op == cfaDefCFA:
			row.cfa, row.by, row.known = r.uleb(), int64(r.uleb()), true
		case op == cfaDefCFASigned:
			row.cfa, row.by, row.known = r.uleb(), r.sleb()*data, true
		case op == cfaDefRegister:
			row.cfa = r.uleb()
		case op == cfaDefOffset:
			row.by = int64(r.uleb())
		case op == cfaDefOffsetSigned:
			row.by = r.sleb() * data
		case op == cfaDefExpression: // no compiler of the chip writes one
			row.known = false
			r.take(r.uleb())
		case op == cfaExpression, op == cfaValExpression:
			set(r.uleb(), rule{kind: ruleLost})
			r.take(r.uleb())
		case op == 0: // nothing
		default:
			return false
		}
		if pc += advance * f.common.code; pc > addr {
			return true
		}
	}
	return false
}

// Unwinding says how a function's frame looks at an address.
type Unwinding struct {
	row frameRow
	ret uint64
}

// Unwinding returns what .debug_frame says of an address; nil if it says nothing.
func (info *Info) Unwinding(addr uint64) *Unwinding {
	info.mu.Lock()
	defer info.mu.Unlock()
	if info.table == nil {
		info.table = readFrames(info.Sections[".debug_frame"])
	}
	f := info.table.find(addr)
	if f == nil {
		return nil
	}
	row, ok := f.at(addr)
	if !ok || !row.known {
		return nil
	}
	return &Unwinding{row, f.common.ret}
}

// Caller sets the frame's CFA, and returns the frame of its caller. preserved are the registers, a bit for each, that functions leave as
// they find them where nothing else is said; the others are lost. stack is the number of the stack pointer, which is the CFA in the
// caller. ok is false if a register that is needed is not known, or there is no memory.
func (u *Unwinding) Caller(m Memory, f *Frame, preserved uint16, stack int) (caller Frame, ok bool) {
	base, known := f.register(u.row.cfa)
	if !known {
		return Frame{}, false
	}
	f.CFA, f.HasCFA = base+uint32(u.row.by), true
	caller.Caller = true
	for n := range caller.Registers {
		var v uint32
		known := false
		switch rule := u.row.rules[n]; rule.kind {
		case ruleNone:
			if preserved>>n&1 == 1 || uint64(n) == u.ret {
				v, known = f.register(uint64(n))
			}
		case ruleSame:
			v, known = f.register(uint64(n))
		case ruleOffset:
			if b, ok := m.Read(f.CFA+uint32(rule.n), 4); ok {
				v, known = order.Uint32(b), true
			}
		case ruleValue:
			v, known = f.CFA+uint32(rule.n), true
		case ruleRegister:
			v, known = f.register(uint64(rule.n))
		}
		if known {
			caller.set(uint64(n), v)
		}
	}
	ret, known := caller.register(u.ret)
	if !known {
		return Frame{}, false
	}
	caller.PC = uint64(ret)
	if u.row.rules[u.ret].kind == ruleNone { // the return address in a register is not the caller's own
		caller.Known &^= 1 << u.ret
	}
	caller.set(uint64(stack), f.CFA)
	return caller, true
}
