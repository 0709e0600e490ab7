package elf

import (
	"slices"
	"sort"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// entries are the functions of a program that the SDK calls by name.
var entries = []string{"user_pre_init", "user_rf_cal_sector_set", "user_rf_pre_init", "user_init"}

// reach is a walk through all that a program can come to from its entries: calls, jumps, and functions whose addresses its code and
// the variables that it names hold. A linked program has much code of the SDK besides.
type reach struct {
	image   *Image
	absent  map[uint32]string // hooked addresses that nobody has, with their names
	seen    map[uint32]bool   // functions and variables
	pending []uint32
	found   []string
	left    int // steps
}

// reachMax bounds the instructions and words that are looked at: a damaged file may have symbols that say anything. Choice: several
// times what the largest firmware has.
const reachMax = 4 << 20

// missing returns the names of functions that the program can come to and that the emulator does not have.
func (i *Image) missing(absent map[uint32]string) []string {
	r := &reach{image: i, absent: absent, seen: map[uint32]bool{}, left: reachMax}
	for _, name := range entries {
		if x, ok := i.symbols.byName[name]; ok {
			r.to(x.addr)
		}
	}
	for from, to := i.constructors(); from < to; from += 4 {
		if v, ok := i.core.Word(from); ok {
			r.to(v)
		}
	}
	for len(r.pending) > 0 && r.left > 0 {
		addr := r.pending[len(r.pending)-1]
		r.pending = r.pending[:len(r.pending)-1]
		r.walk(addr)
	}
	slices.Sort(r.found)
	return slices.Compact(r.found)
}

// to notes an address that the program holds, if something lies there that has a name.
func (r *reach) to(addr uint32) {
	if r.seen[addr] {
		return
	}
	if name, ok := r.absent[addr]; ok {
		r.seen[addr] = true
		r.found = append(r.found, name)
		return
	}
	if r.image.core.Hooked(addr) {
		return
	}
	x, ok := r.image.symbols.find(addr)
	if !ok {
		if x, ok = r.image.symbols.variable(addr); !ok {
			return
		}
	}
	if !r.seen[x.addr] {
		r.seen[x.addr] = true
		r.pending = append(r.pending, x.addr)
	}
}

// walk goes through a function or a variable.
func (r *reach) walk(addr uint32) {
	core := r.image.core
	if x, ok := r.image.symbols.variable(addr); ok && x.addr == addr {
		for n := uint32(0); n+4 <= x.size && r.left > 0; n += 4 {
			v, ok := core.Word((x.addr+3)&^3 + n)
			if !ok {
				return
			}
			r.left--
			r.to(v)
		}
		return
	}
	x, ok := r.image.symbols.find(addr)
	if !ok {
		return
	}
	for pc := x.addr; pc-x.addr < x.size && r.left > 0; {
		in, ok := core.At(pc)
		if !ok {
			return
		}
		r.left--
		switch in.Op {
		case lx106.OpCall0, lx106.OpJ:
			r.to(in.Imm)
		case lx106.OpL32r:
			if v, ok := core.Word(in.Imm); ok {
				r.to(v)
			}
		}
		pc += uint32(in.Len)
	}
}

// variable returns the variable that an address lies in.
func (s symbols) variable(addr uint32) (symbol, bool) {
	n := sort.Search(len(s.data), func(i int) bool { return s.data[i].addr > addr }) - 1
	if n < 0 || addr-s.data[n].addr >= s.data[n].size {
		return symbol{}, false
	}
	return s.data[n], true
}
