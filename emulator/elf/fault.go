package elf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// fault ends the program by an exception of the processor.
func (g *guest) fault(s lx106.Stop) {
	c := chip.Crash{Cause: int(s.Cause), Epc1: s.PC, Excvaddr: g.cpu.Special(lx106.EXCVADDR), Registers: true}
	if s.Reason != lx106.Exception {
		c.Cause, c.Why = cabi.CauseIllegal, "the program waits for an interrupt that never comes (waiti)"
		g.board.Fatal(c)
	}
	if c.Why = g.why(s); s.Cause.String() == "" {
		// Choice: on the chip break goes to a vector of its own, whose code is not known; GCC makes it of __builtin_trap.
		c.Cause, c.Why = cabi.CauseIllegal, "a break instruction: __builtin_trap, or a place that the "+
			"compiler takes for unreachable, as a division by a constant 0"
	}
	if g.overran != "" { // what came of it
		c.Why = fmt.Sprintf("stack overflow in %s, and then %s", g.overran, c.Why)
	}
	g.board.Fatal(c)
}

// fetchWhileBusy ends the program whose interrupt handler lies in flash while the flash is erased or written: its cache is off, and the SDK
// does not keep interrupts out (lx106.md 10.6). Deviation: what a handler in instruction RAM calls in flash runs.
func (g *guest) fetchWhileBusy(f uint32) {
	g.cpu.PC = f
	g.board.Fatal(chip.Crash{Cause: cabi.CauseIllegal, Epc1: f, Why: fmt.Sprintf("%s handles an interrupt and lies in flash, "+
		"which is being erased or written: leave out ICACHE_FLASH_ATTR, or keep interrupts out meanwhile (ETS_INTR_LOCK)",
		g.image.symbols.place(f)), Where: g.image.debug.Line(uint64(f))})
}

// stackPassed reports the function that takes more of the stack than there is, once for each time that the loop calls the program.
func (g *guest) stackPassed(pc, sp uint32) {
	site := g.site
	g.site = pc
	x, _ := g.image.symbols.find(pc)
	g.overran = x.name
	g.board.Finding(espconn.RuleStack, "%s needs %d bytes of stack, there are %d", x.name, g.stackTop-sp, stackSize)
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
				c.Locals = g.image.debug.Told(cdebug.Context{Memory: g, Frame: &f.frame, Scope: f.scope})
			}
		}
		c.Stack = append(c.Stack, text)
	}
	if misfit := g.misfit(); misfit != "" {
		c.Why += "; " + misfit
	}
}

// misfit names the innermost function under way that was called undeclared, or by a declaration that says something else; "" for none.
func (g *guest) misfit() string {
	debug := &g.image.debug
	frames := unwinder{image: g.image, memory: g}.frames(g.cpu.PC, g.cpu.A)
	for n := range frames {
		at := uint32(frames[n].At())
		for _, s := range debug.Scopes(uint64(at)) {
			if !s.Inlined {
				break
			}
			if why := debug.Misfit(uint64(at), 0, s.Function); why != "" {
				return s.Function + " " + why
			}
		}
		x, known := g.image.symbols.find(at)
		name, begin := x.name, uint64(x.addr)
		if h := g.image.hooked(at); h != nil {
			name, begin, known = h.name, 0, true
		}
		if !known || n+1 == len(frames) {
			continue
		}
		if why := debug.Misfit(frames[n+1].At(), begin, name); why != "" {
			return name + " " + why
		}
	}
	return ""
}

// under is one function of C under way.
type under struct {
	name, line string
	frame      cdebug.Frame
	scope      int // of the functions of the frame
}

// hidden are what the end of a function calls whose local array has been overrun (rt/protector.c): no backtrace shows them.
var hidden = map[string]bool{"__stack_chk_fail": true, "esp_memory_fault": true}

// backtrace are the functions under way, innermost first, those of the callback only.
func (g *guest) backtrace() (list []under) {
	u := unwinder{image: g.image, memory: g}
	if g.vendor != nil {
		u.returns = g.vendor.returns
	}
	for _, f := range u.frames(g.cpu.PC, g.cpu.A) {
		at := uint32(f.At())
		if h := g.image.hooked(at); !f.Caller && h != nil {
			if h.rom == nil && !hidden[h.name] {
				list = append(list, under{name: h.name})
			}
			continue
		}
		for n, s := range g.image.functions(at) {
			if hidden[s.Function] {
				continue
			}
			list = append(list, under{s.Function, s.line(), f, n})
		}
	}
	return list
}

// functions returns the functions of C that the code at an address belongs to, from the inside out: more than one where calls were
// inlined.
func (i *Image) functions(at uint32) (list []function) {
	x, known := i.symbols.find(at)
	name, _, _ := strings.Cut(x.name, "$") // GCC's copies of a function: name$constprop$0
	if name, _, _ = strings.Cut(name, "."); !known {
		name = i.symbols.place(at)
	}
	for _, s := range i.debug.Scopes(uint64(at)) {
		list = append(list, function{s.Function, s.File, s.Line})
	}
	if len(list) == 0 {
		return []function{{Function: name}}
	}
	return list
}

// function is one that code belongs to, and where in it the code is.
type function struct {
	Function, File string
	Line           int
}

// line returns file:line, "" if it is not known.
func (f function) line() string {
	if f.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// hooked returns the hook at an address, nil for none.
func (i *Image) hooked(addr uint32) *hook {
	n, found := slices.BinarySearchFunc(i.hooks, addr, func(h hook, a uint32) int { return cmp.Compare(h.addr, a) })
	if !found {
		return nil
	}
	return &i.hooks[n]
}
