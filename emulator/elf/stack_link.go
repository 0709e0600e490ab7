package elf

import (
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
)

// stackText names the functions of the SDK's libraries that run as they are, of those that the emulator has or that vendor.txt names:
// liblwip, libmbedtls, libssl, libcrypto, libjson, libupgrade, libairkiss and libat, and of libmain the heap, printing, tasks and what
// asks lwIP for addresses and sets the default interface (lx106.md 10.2, 11). All others of both lists belong to the chip or to Wi-Fi.
//
//go:embed stack.txt
var stackText string

// stackFunctions are functions of the ROM and of the SDK's Wi-Fi that the libraries call, and that exist only below them.
var stackFunctions = map[string]func(v *vendorStack){
	"ets_task": func(v *vendorStack) {
		c := v.g.cpu
		v.task(c.Arg(0), c.Arg(1), c.Arg(2), c.Arg(3))
	},
	"ets_write_char":          func(v *vendorStack) { v.g.board.Print([]byte{byte(v.g.cpu.Arg(0))}) },
	"ets_post":                func(v *vendorStack) { c := v.g.cpu; c.Return(v.post(c.Arg(0), c.Arg(1), c.Arg(2))) },
	"ieee80211_output_pbuf":   func(v *vendorStack) { v.g.cpu.Return(v.output(v.g.cpu.Arg(0), v.g.cpu.Arg(1))) },
	"ppRecycleRxPkt":          func(v *vendorStack) { v.recycle(v.g.cpu.Arg(0)) },
	"RxNodeNum":               func(v *vendorStack) { v.g.cpu.Return(v.freeBuffers()) },
	"r_rand":                  func(v *vendorStack) { v.g.cpu.Return(v.g.board.Random()) },
	"pp_soft_wdt_stop":        func(v *vendorStack) { v.softWatchdog(false) },
	"pp_soft_wdt_restart":     func(v *vendorStack) { v.softWatchdog(true) },
	"system_soft_wdt_stop":    func(v *vendorStack) { v.softWatchdog(false) },
	"system_soft_wdt_restart": func(v *vendorStack) { v.softWatchdog(true) },
	"pp_soft_wdt_feed":        func(v *vendorStack) { v.call("system_soft_wdt_feed") },
	"pp_soft_wdt_feed_local":  func(v *vendorStack) { v.call("system_soft_wdt_feed") },
	"system_relative_time": func(v *vendorStack) {
		c := v.g.cpu
		c.Return(v.call("system_get_time") - c.Arg(0))
	},
	"wifi_softap_set_station_info": func(v *vendorStack) {
		mac, ip := [6]byte(v.bytes(v.g.cpu.Arg(0), 6)), [4]byte(v.bytes(v.g.cpu.Arg(1), 4))
		v.nic.StationAddressed(mac, netip.AddrFrom4(ip))
		v.g.cpu.Return(1)
	},
	"system_station_got_ip_set": func(v *vendorStack) {
		var before []byte
		for n := range 3 {
			before = append(before, v.bytes(v.g.cpu.Arg(n), 4)...)
		}
		v.addressed(before)
	},
	"wifi_station_dhcpc_event": func(v *vendorStack) {
		if n := v.station(); n != 0 {
			v.g.run(v.dhcpStop, n)
			v.g.run(v.dhcpCleanup, n)
		}
		v.nic.DHCPTimeout()
	},
}

// linkStack decides which functions are taken over in a program whose libraries run.
func (i *Image) linkStack() {
	real := map[string]bool{}
	for _, name := range strings.Fields(stackText) {
		real[name] = true
	}
	taken := map[uint32]bool{}
	add := func(h hook) {
		if !taken[h.addr] {
			taken[h.addr] = true
			i.core.Hook(h.addr)
			i.hooks = append(i.hooks, h)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(stackFunctions)) {
		if x, ok := i.symbols.byName[name]; ok {
			add(hook{addr: x.addr, name: name, vendor: stackFunctions[name]})
		}
	}
	for _, name := range cabi.Names() {
		x, ok := i.symbols.byName[name]
		if ok && !i.own(x) && (i.foreign(x) || !real[name] && !cabi.Library(name)) {
			f, _ := cabi.Find(name)
			add(hook{addr: x.addr, name: name, sdk: f})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(i.symbols.byName)) { // the rest of the ROM
		x := i.symbols.byName[name]
		if !inROM(x.addr) {
			continue
		}
		if h, ok := romHook(x.addr, name); ok {
			add(h)
		} else {
			add(i.notEmulated(x))
		}
	}
	for _, name := range vendorNames { // Wi-Fi
		if x, ok := i.symbols.byName[name]; ok && x.code && !real[name] && !i.own(x) {
			add(i.notEmulated(x))
		}
	}
	i.linkWatches(add)
	slices.SortFunc(i.hooks, func(a, b hook) int { return int(int64(a.addr) - int64(b.addr)) })
}

// notEmulated ends the firmware with the name of a function of the ROM or of the SDK's Wi-Fi that nobody has.
func (i *Image) notEmulated(x symbol) hook {
	return hook{addr: x.addr, name: x.name, vendor: func(v *vendorStack) {
		from := v.g.cpu.A[0] - callSize
		v.g.board.Fatal(chip.Crash{Cause: cabi.CauseIllegal, Epc1: x.addr, Why: fmt.Sprintf(
			"%s at 0x%08x, called at 0x%08x in %s, belongs to the chip's ROM or radio and is not emulated", x.name, x.addr, from,
			i.symbols.place(from))})
	}}
}
