package elf

import (
	"cmp"
	"maps"
	"slices"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// hook is a function that stands in for one of the program's, at its address.
type hook struct {
	addr   uint32
	name   string
	sdk    cabi.Function        // of the SDK, unless
	rom    func(g *guest) int   // a function of the ROM that cabi does not have: it returns what it costs, in cycles
	vendor func(v *vendorStack) // one below the SDK's libraries
	watch  func(v *vendorStack) // only looks
}

// link decides which functions of the program are the SDK's and the ROM's: those of their names. They are found by address, so that
// calls through pointers, and of the SDK's own library, come here too (lx106.md 1).
func (i *Image) link() {
	taken := map[uint32]bool{}
	add := func(h hook) {
		if !taken[h.addr] {
			taken[h.addr] = true
			i.core.Hook(h.addr)
			i.hooks = append(i.hooks, h)
		}
	}
	for _, name := range cabi.Names() {
		if x, ok := i.symbols.byName[name]; ok && !i.own(x) && (i.foreign(x) || !cabi.Library(name)) {
			f, _ := cabi.Find(name)
			add(hook{addr: x.addr, name: name, sdk: f})
		}
	}
	for name, x := range i.symbols.byName {
		if h, ok := romHook(x.addr, name); ok && i.foreign(x) {
			add(h)
		}
	}
	for _, addr := range i.rom { // that have no name in the program
		if h, ok := romHook(addr, romAddresses[addr]); ok {
			add(h)
		} else if f, ok := cabi.Find(romAddresses[addr]); ok {
			add(hook{addr: addr, name: romAddresses[addr], sdk: f})
		}
	}
	absent := map[uint32]string{} // named when it is called
	none := func(x symbol) {
		if !taken[x.addr] {
			absent[x.addr] = x.name
			add(hook{addr: x.addr, name: x.name, sdk: cabi.Absent(x.name)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.symbols.byName)) { // the rest of the ROM, and of the stubs
		if x := i.symbols.byName[name]; i.foreign(x) && name != stubs+"_start" {
			none(x)
		}
	}
	for _, name := range vendorNames {
		if x, ok := i.symbols.byName[name]; ok && x.code && !i.own(x) {
			none(x)
		}
	}
	i.absent = i.missing(absent)
	i.hookExceptions()
	slices.SortFunc(i.hooks, func(a, b hook) int { return cmp.Compare(a.addr, b.addr) })
}

// romHook is what stands for a function of the ROM that is not the SDK's too.
func romHook(addr uint32, name string) (hook, bool) {
	if f, ok := romFunctions[name]; ok {
		return hook{addr: addr, name: name, rom: f}, true
	}
	if as, ok := romNames[name]; ok {
		f, _ := cabi.Find(as)
		return hook{addr: addr, name: name, sdk: f}, true
	}
	return hook{}, false
}

func inROM(addr uint32) bool { return addr >= lx106.ROMBase && addr < lx106.ROMBase+lx106.ROMSize }

// stubs is the section of the labels that stand for the SDK's functions in programs that our build links.
const stubs = "esp_stubs"

// foreign reports whether a function is not in the file: it lies in the ROM, or is one of the stubs of our build.
func (i *Image) foreign(x symbol) bool {
	from, to := i.symbols.byName[stubs+"_start"], i.symbols.byName[stubs+"_end"]
	return inROM(x.addr) || x.addr >= from.addr && x.addr < to.addr
}

// serve makes the function of a hook for one device. Panics end the firmware: they go on through the processor to the device's loop.
func (g *guest) serve(h *hook) func(*lx106.CPU) {
	if h.rom != nil {
		return func(*lx106.CPU) {
			g.site = g.cpu.A[0] - callSize
			if g.Burn(int64(h.rom(g))) < 0 {
				g.sdk.Watchdog()
			}
		}
	}
	if h.watch != nil {
		return func(*lx106.CPU) {
			g.site = g.cpu.A[0] - callSize
			h.watch(g.vendor)
			if g.vendor.refused {
				g.vendor.refused = false
				return
			}
			g.cpu.Proceed()
		}
	}
	if h.vendor != nil {
		return func(*lx106.CPU) {
			g.site = g.cpu.A[0] - callSize
			g.steps.Add(1)
			h.vendor(g.vendor)
			g.steps.Add(1)
			if g.halted {
				panic(errHalted)
			}
		}
	}
	variable, list := h.sdk.Variable()
	_, narrow := romNarrow[h.name]
	return func(*lx106.CPU) {
		g.site = g.cpu.A[0] - callSize
		if narrow {
			g.readsNarrow(h.name)
		}
		l := &g.levels[g.depth]
		g.arguments(&l.args, l.words[:0], h.sdk.Params, variable, list)
		g.steps.Add(1)
		v, failed := g.sdk.Calling(h.name, h.sdk.Params, l.args.Words)
		if !failed {
			v = h.sdk.Call(g.sdk, &l.args)
		}
		g.steps.Add(1)
		if g.halted {
			panic(errHalted)
		}
		g.cpu.Return(v)
	}
}

// callSize is the length of call0 and callx0: a return address less this is the place of the call.
const callSize = 3

// registers is how many words of arguments come in registers, a2 to a7 (lx106.md 6).
const registers = 6

// arguments reads the arguments of the call under way, by the types that the SDK's header gives them.
func (g *guest) arguments(a *cabi.Args, words []uint64, params string, variable int, list bool) {
	at := 0
	for n, kind := range params {
		if n == variable {
			break
		}
		if kind == 'l' { // 64 bits: an even pair
			at += at & 1
			words = append(words, uint64(g.cpu.Arg(at))|uint64(g.cpu.Arg(at+1))<<32)
			at += 2
			continue
		}
		words = append(words, uint64(g.cpu.Arg(at)))
		at++
	}
	a.Words, a.More = words, cabi.VarArgs{}
	switch {
	case variable < 0:
	case list:
		a.More = g.list(at)
	default:
		if at < registers {
			a.More.Registers = g.cpu.A[2+at : 2+registers]
		}
		a.More.Addr = g.cpu.A[1] + uint32(max(at-registers, 0))*4
	}
}

// list is a va_list, a struct of three words by value: the caller's arguments on the stack less 32 bytes, those that came in registers,
// and how many bytes are taken (GCC's ABI for Xtensa).
func (g *guest) list(at int) (v cabi.VarArgs) {
	if at+3 > registers {
		at = max(at, registers) // a struct is not divided
	}
	stack, saved, index := g.cpu.Arg(at), g.cpu.Arg(at+1), g.cpu.Arg(at+2)
	if index >= registers*4 {
		v.Addr = stack + max(index, 32)
		return v
	}
	v.Addr = stack + 32
	for ; index+4 <= registers*4; index += 4 {
		w, f := g.Readable(saved + index)
		if len(w) < 4 {
			g.sdk.Fault(f.Cause, "a va_list at address 0x%08x, where there is no memory", saved)
		}
		v.Registers = append(v.Registers, order.Uint32(w))
	}
	return v
}
