package wasm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cdebug"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wasm/internal/module"
)

// Reasons of wazero's traps, with the exception that the chip would raise. Deviation: in code that emu8266 build has not linked
// the smallest number divided by -1 traps; the chip has a result.
var traps = []struct {
	text  string
	cause int
	why   string
}{
	{"integer divide by zero", cabi.CauseIllegal, divides},
	{"integer overflow", cabi.CauseIllegal, "integer overflow"},
	{"out of bounds memory access", cabi.CauseLoad, ""},
	{"invalid table access", cabi.CauseFetch, "call of a pointer that names no function"},
	{"indirect call type mismatch", cabi.CauseFetch, "call of a function through a pointer of another type"},
	{"unreachable", cabi.CauseIllegal, unreachable},
	{"stack overflow", cabi.CauseStore, recurses},
}

// recurses is the Why of a stack of the engine that has run over.
const recurses = "stack overflow: endless recursion"

// unreachable is the Why of a place that no code should come to.
const unreachable = "a place that the compiler takes for unreachable"

// divides is the Why of a division by zero.
const divides = "division by zero"

// trap says what ended guest code by itself.
func (g *guest) trap(err error, t trace) *chip.Crash {
	text, _, _ := strings.Cut(err.Error(), "\n")
	c := &chip.Crash{Cause: cabi.CauseIllegal, Why: text}
	for _, k := range traps {
		if strings.Contains(text, k.text) {
			c.Cause, c.Why = k.cause, k.why
			if k.why == recurses && g.sp != nil {
				c.Why = fmt.Sprintf("%s, a stack of %d bytes", recurses, g.stackSize())
			}
			break
		}
	}
	if c.Why == divides { // Choice: unsigned and 64-bit division end where signed division does
		c.Epc1 = chip.Epc1Division
		if len(t) > 0 && g.image.module.Remainder(t[0].offset) {
			c.Epc1 = chip.Epc1Remainder
		}
	}
	if c.Why == unreachable && len(t) > 0 {
		if name := module.Misfit(t[0].function); name != "" {
			c.Why = fmt.Sprintf("call of %s, undeclared or declared in two ways, with other types than it has", name)
		}
	}
	if c.Why == unreachable && len(t) > 0 && t[0].function == "__cxa_pure_virtual" {
		c.Why = "call of a pure virtual function"
	}
	if why := g.overrun(); why != "" { // whatever it has hit
		return &chip.Crash{Cause: cabi.CauseStore, Why: why}
	}
	if c.Cause == cabi.CauseFetch && g.pointer != nil {
		c.Why = g.misdirected(uint32(g.pointer.Get()), c.Why)
	}
	if c.Why == "" {
		access := "load from"
		if len(t) > 0 && g.image.module.Stores(t[0].offset) {
			c.Cause, access = cabi.CauseStore, "store to"
		}
		c.Why = access + " an address where there is no memory"
	}
	return c
}

// overrun tells whether the stack pointer has left the stack, and how far; "" if it has not.
func (g *guest) overrun() string {
	if g.sp == nil {
		return ""
	}
	sp := int64(int32(uint32(g.sp.Get())))
	if sp >= nullPage {
		return ""
	}
	return fmt.Sprintf("stack overflow: too many or too large local variables, %d bytes in a stack of %d", int64(g.top)-sp, g.stackSize())
}

// stackSize is the room for local variables in bytes.
func (g *guest) stackSize() int64 { return max(int64(g.top)-nullPage, 0) }

// misdirected says what is wrong with a call through a function pointer. why is the engine's word for it.
func (g *guest) misdirected(p uint32, why string) string {
	_, ok := g.image.module.Pointer(p)
	switch {
	case p == 0:
		return "call of a NULL function pointer"
	case !ok:
		return fmt.Sprintf("call of function pointer 0x%x, which names no function", p)
	}
	if name := g.image.module.PointerName(p); name != "" {
		return fmt.Sprintf("call of %s through a pointer of another type", name)
	}
	return why
}

// frame is one C function under way.
type frame struct {
	function string
	offset   uint64 // in the code section
	lines    []string
}

// trace are the frames of guest code, innermost first.
type trace []frame

// A trace in wazero's errors: for each frame a line with the function's name and types, then one with the offset.
var (
	traceFunction = regexp.MustCompile(`^\t[^\t(.]*\.([\w$.]+)\(`)
	traceOffset   = regexp.MustCompile(`^\t\t0x([0-9a-f]+): `)
)

// traceMax bounds the frames kept. Choice: wazero's own bound.
const traceMax = 30

// parseTrace reads the trace of an error. original tells where code lay that was moved, lines which lines of C an offset
// belongs to, from the inside out.
func parseTrace(err error, original func(uint64) uint64, lines func(offset uint64) []string) trace {
	var t trace
	if err == nil {
		return nil
	}
	_, text, _ := strings.Cut(err.Error(), "wasm stack trace:\n")
	for _, line := range strings.Split(text, "\n") {
		if m := traceOffset.FindStringSubmatch(line); m != nil && len(t) > 0 {
			f := &t[len(t)-1]
			offset, _ := strconv.ParseUint(m[1], 16, 64)
			f.offset = original(offset)
			f.lines = lines(f.offset)
		} else if m := traceFunction.FindStringSubmatch(line); m != nil && len(t) < traceMax {
			t = append(t, frame{function: m[1]})
		}
	}
	return t
}

// locals returns the variables of the innermost function, as far as they lie on its part of the stack: in images that were built for
// tests, without optimisation. There the stack pointer says where that part is, as long as it is that function's.
func (g *guest) locals(t trace) []string {
	if g.image.cover == nil || g.sp == nil {
		return nil
	}
	for _, f := range t {
		if f.offset == 0 || calculates(f.function) { // a function of the SDK, or one that takes the place of an instruction
			continue
		}
		sp := uint32(g.sp.Get())
		if len(f.lines) == 0 || sp < nullPage || !g.image.module.FrameSet(f.offset) {
			return nil
		}
		return g.image.debug.Told(cdebug.Context{Memory: g, Frame: &cdebug.Frame{PC: f.offset, Base: sp, HasBase: true}})
	}
	return nil
}

// where returns the innermost place in C.
func (t trace) where() string {
	for _, f := range t {
		if len(f.lines) > 0 {
			return f.lines[0]
		}
	}
	return ""
}

// hidden are functions of the runtime and the compiler that no backtrace shows: the way into the guest, and what the compiler calls for
// checks and counts. Those of the checks begin with __asan_, those of LLVM's for calls that do not fit with .L.
var hidden = map[string]bool{
	"esp_call": true, "esp_watchdog": true, "esp_memory_fault": true, "esp_raw_load": true, "esp_raw_store": true, module.AdapterName: true,
	"__stack_chk_fail": true, "__sanitizer_cov_trace_pc_guard": true,
}

// calculates tells the functions of the runtime that take the place of an instruction (package module). They have no part of the stack.
func calculates(function string) bool {
	return strings.HasPrefix(function, "esp_div_") || strings.HasPrefix(function, "esp_fix_")
}

// misfit is the innermost function that runs because somebody has called it with other types than it has; "" is none.
func (t trace) misfit() string {
	for n, f := range t {
		if name := module.Misfit(f.function); n > 0 && name != "" { // the adapter, below the function
			return name
		}
	}
	return ""
}

// lines returns the frames as text, functions of the SDK by the names that firmware writes.
func (t trace) lines() []string {
	var out []string
	for _, f := range t {
		if hidden[f.function] || calculates(f.function) || strings.HasPrefix(f.function, "__asan_") || strings.HasPrefix(f.function, ".L") {
			continue
		}
		s := cabi.Written(f.function)
		if len(f.lines) > 0 {
			s += " " + strings.Join(f.lines, " in ")
		}
		out = append(out, s)
	}
	return out
}
