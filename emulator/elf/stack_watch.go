package elf

import (
	"maps"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
)

// returnAddress is where a function of the libraries returns to whose return is looked at. Choice: no code of the chip lies there.
const returnAddress = lx106.TrapAddress - 4

// watched are functions of the SDK's libraries that are looked at as they are called, and then run.
var watched = map[string]func(v *vendorStack){
	"pvPortMalloc":           (*vendorStack).allocating,
	"vPortFree":              (*vendorStack).freeing,
	"pvPortCalloc":           (*vendorStack).wanting,
	"pvPortCallocIram":       (*vendorStack).wanting,
	"pvPortZalloc":           (*vendorStack).wanting,
	"pvPortZallocIram":       (*vendorStack).wanting,
	"mbedtls_md_hmac_starts": func(v *vendorStack) { v.keys.secret = v.g.cpu.Arg(1) },
	"mbedtls_md_hmac_update": func(v *vendorStack) { v.keyed(v.keys.secret, v.g.cpu.Arg(1), v.g.cpu.Arg(2)) },
	"ssl_hmac_md5":           func(v *vendorStack) { v.keyed(v.g.cpu.Arg(2), v.g.cpu.Arg(0), v.g.cpu.Arg(1)) },
}

// returning is a call under way whose return is wanted.
type returning struct {
	to, stack uint32 // return address and stack pointer
	then      func(result uint32)
}

// linkWatches hooks what is looked at: functions of the libraries, and the program's own, which they may call back.
func (i *Image) linkWatches(add func(hook)) {
	for _, list := range []map[string]func(*vendorStack){watched, tlsWatched} {
		for name, f := range list {
			if x, ok := i.symbols.byName[name]; ok && !inROM(x.addr) {
				add(hook{addr: x.addr, name: name, watch: f})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(apiCalls)) { // espconn_sent is the same function as espconn_send, which it is told as
		if x, ok := i.symbols.byName[name]; ok && x.code {
			add(hook{addr: x.addr, name: name, watch: apiCalls[name].watch(name)})
		}
	}
	add(hook{addr: returnAddress, name: "return", vendor: (*vendorStack).returned})
	for _, x := range i.symbols.code {
		if x.code && x.size > 0 && i.debug.Line(uint64(x.addr)) != "" && i.own(x) {
			i.core.Hook(x.addr) // costs nothing until it is a callback
		}
	}
}

// onReturn lets then see the result of the function that has just been called.
func (v *vendorStack) onReturn(then func(result uint32)) {
	a := v.g.cpu.A
	v.returns = append(v.returns, returning{a[0], a[1], then})
	a[0] = returnAddress
}

// returned stands at returnAddress.
func (v *vendorStack) returned() {
	a := v.g.cpu.A
	for n := len(v.returns) - 1; n >= 0; n-- {
		r := v.returns[n]
		if v.returns = v.returns[:n]; r.stack == a[1] {
			result, second := a[2], a[3]
			r.then(result)
			a[0], a[2], a[3] = r.to, result, second
			return
		}
	}
	v.g.board.Fatal(lostReturn)
}

// called reports whether the function that has just been called was called by the program, not by the SDK's libraries.
func (v *vendorStack) called() bool {
	x, _ := v.g.image.symbols.find(v.g.cpu.A[0] - callSize)
	return !strings.HasPrefix(x.name, "espconn_")
}
