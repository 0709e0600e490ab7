package elf

import (
	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// framesMax bounds the functions under way that are looked at. Choice.
const framesMax = 30

// preserved are the registers that functions leave as they find them, a bit for each: a12 to a15 (lx106.md 6). The others are lost in
// callers.
const preserved = 0xF000

// unwinder goes from a function under way to its callers.
type unwinder struct {
	image   *Image
	memory  cdebug.Memory
	returns []returning // of functions whose return is looked at: what they return to, innermost last
}

// frames returns the functions under way, innermost first, those of the callback only.
func (u unwinder) frames(pc uint32, registers *[16]uint32) (list []cdebug.Frame) {
	f := cdebug.Frame{PC: uint64(pc), Registers: *registers, Known: 0xFFFF}
	for range framesMax {
		caller, ok := u.caller(&f)
		list = append(list, f)
		if n := len(u.returns); caller.PC == uint64(returnAddress) && n > 0 {
			caller.PC = uint64(u.returns[n-1].to)
			u.returns = u.returns[:n-1]
		}
		if caller.PC == returnFromExc {
			u.interrupted(&caller)
		}
		stuck := caller.PC == f.PC && caller.Registers[1] == f.Registers[1]
		if f = caller; !ok || stuck || f.PC == uint64(lx106.TrapAddress) || f.PC < uint64(lx106.ROMBase) {
			break
		}
	}
	return list
}

// interrupted turns what a handler of an exception returns to into the program where the exception was, which its frame says.
func (u unwinder) interrupted(f *cdebug.Frame) {
	frame, ok := u.memory.Read(f.Registers[1], frameSize)
	if !ok || f.Known>>1&1 == 0 {
		return
	}
	f.PC, f.Caller, f.Known = uint64(order.Uint32(frame)), false, 0xFFFF
	sp := f.Registers[1] + frameSize
	for n := range f.Registers {
		f.Registers[n] = order.Uint32(frame[frameOf(n):])
	}
	f.Registers[1] = sp
}

// caller returns the frame that a function returns to, and sets the function's CFA. What tells is, in this order: the end of the
// function, if only that is left to be executed; the debug information, which GCC writes for the beginning of functions and not for
// their end; the beginning of the function's code.
func (u unwinder) caller(f *cdebug.Frame) (caller cdebug.Frame, ok bool) {
	if !f.Caller {
		_, known := u.image.symbols.find(uint32(f.PC))
		if !known || u.image.hooked(uint32(f.PC)) != nil { // nothing of it lies on the stack: a function of ours, or no code
			f.CFA, f.HasCFA = f.Registers[1], true
			caller = *f
			caller.PC, caller.Caller, caller.HasCFA = uint64(f.Registers[0]), true, false
			caller.Known = preserved | 1<<1 | 1
			return caller, true
		}
		if caller, ok := u.ending(f); ok {
			return caller, true
		}
	}
	if rules := u.image.debug.Unwinding(f.At()); rules != nil {
		return rules.Caller(u.memory, f, preserved, 1)
	}
	x, known := u.image.symbols.find(uint32(f.At()))
	if !known || f.Known>>1&1 == 0 {
		return cdebug.Frame{}, false
	}
	return u.scanned(f, x.addr)
}

// endMax bounds the instructions at the end of a function that are looked at. Choice.
const endMax = 48

// ending works out the rest of a function that goes straight to its return: loads, moves, additions. ok is false if there is anything else.
func (u unwinder) ending(f *cdebug.Frame) (caller cdebug.Frame, ok bool) {
	a, known := f.Registers, f.Known
	pc := uint32(f.PC)
	for range endMax {
		b, _ := u.memory.Read(pc, 3)
		if len(b) < 3 {
			if b, _ = u.memory.Read(pc, 2); len(b) < 2 {
				return caller, false
			}
			b = append(append([]byte(nil), b...), 0)
		}
		in := lx106.Decode(pc, b[0], b[1], b[2])
		to, v, have := in.T, uint32(0), false
		switch in.Op {
		case lx106.OpRet:
			if known&3 != 3 {
				return caller, false
			}
			f.CFA, f.HasCFA = a[1], true
			return cdebug.Frame{PC: uint64(a[0]), Caller: true, Registers: a, Known: known & (preserved | 3)}, true
		case lx106.OpL32i:
			if m, ok := u.memory.Read(a[in.S]+in.Imm, 4); ok {
				v, have = order.Uint32(m), known>>in.S&1 == 1
			}
		case lx106.OpMov, lx106.OpAddi, lx106.OpAddmi:
			if v, have = a[in.S], known>>in.S&1 == 1; in.Op != lx106.OpMov {
				v += in.Imm
			}
		case lx106.OpMovi:
			v, have = in.Imm, true
		case lx106.OpAdd:
			to, v, have = in.R, a[in.S]+a[in.T], known>>in.S&1 == 1 && known>>in.T&1 == 1
		case lx106.OpOr, lx106.OpAnd, lx106.OpXor, lx106.OpSub, lx106.OpSlli, lx106.OpSrli, lx106.OpSrai, lx106.OpExtui, lx106.OpNeg:
			to = in.R // what functions calculate: no part of their frame
		case lx106.OpL32r:
			if m, ok := u.memory.Read(in.Imm, 4); ok {
				v, have = order.Uint32(m), true
			}
		case lx106.OpL8ui, lx106.OpL16ui, lx106.OpL16si:
		case lx106.OpNop, lx106.OpMemw:
			pc += uint32(in.Len)
			continue
		default:
			return caller, false
		}
		a[to] = v
		if known &^= 1 << to; have {
			known |= 1 << to
		}
		pc += uint32(in.Len)
	}
	return caller, false
}

// scanMax bounds the code of a function that is looked at, in bytes. Choice.
const scanMax = 4096

// scanned reads a function from its beginning to where it is under way: how far it has moved the stack pointer, and where it has put its
// return address and the registers that it gives back: GCC's functions begin so, whatever the debug information says.
func (u unwinder) scanned(f *cdebug.Frame, from uint32) (caller cdebug.Frame, ok bool) {
	var moved uint32               // below the CFA
	var saved [16]uint32           // where below the CFA
	var touched, constant [16]bool // saved or overwritten; a number that the code gives
	var number [16]uint32          // that number
	for pc, to := from, uint32(f.At()); pc < to && pc-from < scanMax; {
		b, _ := u.memory.Read(pc, 3)
		if len(b) < 3 {
			break
		}
		in := lx106.Decode(pc, b[0], b[1], b[2])
		pc += uint32(in.Len)
		switch {
		case (in.Op == lx106.OpAddi || in.Op == lx106.OpAddmi) && in.T == 1 && in.S == 1:
			if int32(in.Imm) < 0 {
				moved -= in.Imm
			}
			continue
		case in.Op == lx106.OpSub && in.R == 1 && in.S == 1:
			if constant[in.T] {
				moved += number[in.T]
			}
			continue
		case in.Op == lx106.OpS32i && in.S == 1:
			if !touched[in.T] {
				saved[in.T], touched[in.T] = moved-in.Imm, true
			}
			continue
		}
		n, ok := written(in)
		if !ok {
			continue
		}
		switch constant[n] = false; in.Op {
		case lx106.OpMovi:
			number[n], constant[n] = in.Imm, true
		case lx106.OpL32r:
			if b, ok := u.memory.Read(in.Imm, 4); ok {
				number[n], constant[n] = order.Uint32(b), true
			}
		}
		touched[n] = true // what is saved later is no longer the caller's
	}
	f.CFA, f.HasCFA = f.Registers[1]+moved, true
	caller = cdebug.Frame{Caller: true}
	for n := range caller.Registers {
		switch {
		case n != 0 && preserved>>n&1 == 0:
		case saved[n] > 0:
			if b, ok := u.memory.Read(f.CFA-saved[n], 4); ok {
				caller.Registers[n] = order.Uint32(b)
				caller.Known |= 1 << n
			}
		case !touched[n] && f.Known>>n&1 == 1 && (n != 0 || !f.Caller): // a leaf
			caller.Registers[n] = f.Registers[n]
			caller.Known |= 1 << n
		}
	}
	caller.Registers[1] = f.CFA
	caller.PC = uint64(caller.Registers[0])
	ok = caller.Known&1 == 1
	caller.Known |= 1 << 1
	return caller, ok
}

// written returns the register that an instruction writes.
func written(in lx106.Inst) (n uint8, ok bool) {
	switch op := in.Op; {
	case op >= lx106.OpMov && op != lx106.OpNeg && op != lx106.OpAbs && op <= lx106.OpMovi, op >= lx106.OpL8ui && op <= lx106.OpL32r,
		op == lx106.OpNsa, op == lx106.OpNsau, op >= lx106.OpRsr && op <= lx106.OpRer:
		return in.T, true
	case op < lx106.OpSsr, op >= lx106.OpSrc && op <= lx106.OpMovgez:
		return in.R, true
	case op == lx106.OpCall0, op == lx106.OpCallx0:
		return 0, true
	}
	return 0, false
}
