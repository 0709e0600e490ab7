package elf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// fault ends the program by an exception of the processor.
func (g *guest) fault(s lx106.Stop) {
	c := chip.Crash{Cause: int(s.Cause), Epc1: s.PC}
	if s.Reason != lx106.Exception {
		c.Cause, c.Why = cabi.CauseIllegal, "the program waits for an interrupt that never comes (waiti)"
		g.board.Fatal(c)
	}
	if c.Why = g.why(s); s.Cause.String() == "" {
		// Choice: on the chip break goes to a vector of its own, whose code is not known; GCC makes it of __builtin_trap.
		c.Cause, c.Why = cabi.CauseIllegal, "a break instruction: __builtin_trap, or a place that the compiler takes for unreachable"
	}
	if g.overran != "" { // what came of it
		c.Why = fmt.Sprintf("stack overflow in %s, and then %s", g.overran, c.Why)
	}
	g.board.Fatal(c)
}

// stackPassed reports the function that takes more of the stack than there is, once for each time that the loop calls the program.
func (g *guest) stackPassed(pc, sp uint32) {
	site := g.site
	g.site = pc
	x, _ := g.image.symbols.find(pc)
	g.overran = x.name
	g.board.Finding(espconn.RuleStack, "%s needs %d bytes of stack, there are %d", x.name, stackHigh-sp, stackSize)
	g.site = site
}

// why says what an exception means, with the memory that was touched.
func (g *guest) why(s lx106.Stop) string {
	switch s.Cause {
	case lx106.IllegalInstruction:
		return fmt.Sprintf("no instruction at %s: a function pointer that is none, a function that was never defined, or abort()",
			g.image.symbols.place(s.PC))
	case lx106.LoadStoreError:
		return fmt.Sprintf("a load or store of 8 or 16 bits at address 0x%08x, %s: code and flash are read in 32-bit pieces only",
			s.Addr, region(s.Addr))
	case lx106.LoadStoreAlignment:
		return fmt.Sprintf("a load or store at address 0x%08x, which is no multiple of its size", s.Addr)
	case lx106.LoadProhibited:
		return fmt.Sprintf("load from address 0x%08x, %s", s.Addr, region(s.Addr))
	case lx106.StoreProhibited:
		return fmt.Sprintf("store to address 0x%08x, %s", s.Addr, region(s.Addr))
	case lx106.InstFetchProhibited, lx106.InstructionFetch:
		return fmt.Sprintf("call of address 0x%08x, %s, where no code lies", s.PC, region(s.PC))
	}
	return fmt.Sprintf("exception %d at %s", s.Cause, g.image.symbols.place(s.PC))
}

// region names what lies at an address.
func region(addr uint32) string {
	if addr < 0x10000 {
		return "a NULL pointer"
	}
	for _, r := range lx106.Map() {
		if addr >= r.From && addr <= r.To {
			return "in " + r.Name
		}
	}
	return "nowhere"
}

// explain adds to a crash where in C it happened, and what was called last.
func (g *guest) explain(c *chip.Crash) {
	if c.Call == "" {
		c.Call, c.Called = g.sdk.LastCall()
	}
	if len(c.Stack) > 0 {
		return
	}
	for _, f := range g.backtrace() {
		text := f.name
		if f.line != "" {
			text += " " + f.line
			if c.Where == "" {
				c.Where = f.line
			}
		}
		c.Stack = append(c.Stack, text)
	}
}

// frame is one function under way.
type frame struct {
	name, line string
}

// frames bounds a backtrace. Choice.
const frames = 30

// backtrace are the functions under way, innermost first, those of the callback only. It reads the beginning of each function for what
// it takes of the stack and where it puts its return address: GCC's functions begin so, whatever the debug information says.
func (g *guest) backtrace() (list []frame) {
	pc, sp, ra := g.cpu.PC, g.cpu.A[1], g.cpu.A[0]
	inner := true
	for range frames {
		at := pc
		if !inner {
			at -= callSize
		}
		x, known := g.image.symbols.find(at)
		name, _, _ := strings.Cut(x.name, "$") // GCC's copies of a function: name$constprop$0
		if !known {
			name = g.image.symbols.place(at)
		}
		size, saved := uint32(0), int64(-1)
		if h := g.image.hooked(at); inner && h != nil { // a function of ours: nothing of it lies on the stack
			known = false
			if h.rom == nil {
				list = append(list, frame{h.name, ""})
			}
		} else {
			list = append(list, frame{name, g.image.debug.Line(uint64(at))})
		}
		if known {
			size, saved = g.prologue(x.addr, at)
		}
		if saved >= 0 {
			b, _ := g.cpu.Readable(sp + uint32(saved))
			if len(b) < 4 {
				break
			}
			ra = order.Uint32(b)
		} else if !inner {
			break // a leaf that calls: unknown
		}
		sp, pc, inner = sp+size, ra, false
		if pc == lx106.TrapAddress || pc < lx106.ROMBase {
			break
		}
	}
	return list
}

// hooked returns the hook at an address, nil for none.
func (i *Image) hooked(addr uint32) *hook {
	n, found := slices.BinarySearchFunc(i.hooks, addr, func(h hook, a uint32) int { return cmp.Compare(h.addr, a) })
	if !found {
		return nil
	}
	return &i.hooks[n]
}

// prologue reads a function from its beginning to an address: how far it has moved the stack pointer, and where from there it has put
// its return address, -1 for nowhere.
func (g *guest) prologue(from, to uint32) (size uint32, saved int64) {
	saved = -1
	var moved int64
	for pc := from; pc < to && pc-from < 4096; {
		b, _ := g.Read(pc, 3)
		if len(b) < 3 {
			break
		}
		in := lx106.Decode(pc, b[0], b[1], b[2])
		switch {
		case (in.Op == lx106.OpAddi || in.Op == lx106.OpAddmi) && in.T == 1 && in.S == 1:
			if int32(in.Imm) < 0 {
				moved += int64(-int32(in.Imm))
			}
		case in.Op == lx106.OpS32i && in.T == 0 && in.S == 1 && saved < 0:
			saved = int64(in.Imm)
		}
		pc += uint32(in.Len)
	}
	return uint32(moved), saved
}
