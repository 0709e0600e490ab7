package elf

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"

	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/elf/internal/lx106"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// LoadVendor is Load for a program that was linked with the SDK's own libraries, which run then as they are: espconn, espconn_secure, lwIP,
// mbedTLS or axTLS, the DHCP client and server, SNTP, mDNS, JSON, the upgrade and the heap. Only the ROM, the chip, the flash and the Wi-Fi
// below the network interface are the device's. docs/vendor-stack.md says what that is good for. b is not kept.
func LoadVendor(b []byte) (*Image, error) { return loadAs(b, true) }

// LoadVendorFile is LoadVendor for a file.
func LoadVendorFile(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("elf: %w", err)
	}
	defer f.Close()
	return loadFrom(f, true)
}

// VendorStack reports whether the program runs with the SDK's own libraries: LoadVendor made it.
func (i *Image) VendorStack() bool { return i.stack != nil }

// What the emulator calls and reads in the SDK's libraries.
type stackSymbols struct {
	lwipInit, espconnInit, ifAlloc, setDefault, dhcpStart, dhcpRelease, dhcpStop, dhcpCleanup, setUp, setDown, setAddr            uint32
	ifFree, deliver, pbufAlloc, pbufFree, malloc, zalloc, free, freeSize, checkTimeouts, timer, interval, ic, info, dhcpc, printf uint32
}

// findStack finds the SDK's libraries in a program.
func findStack(s symbols) (*stackSymbols, error) {
	var t stackSymbols
	wanted := map[string]*uint32{
		"lwip_init": &t.lwipInit, "espconn_init": &t.espconnInit, "eagle_lwip_if_alloc": &t.ifAlloc,
		"eagle_lwip_if_free": &t.ifFree, "pbuf_alloc": &t.pbufAlloc, "pbuf_free": &t.pbufFree,
		"netif_set_default": &t.setDefault,
		"dhcp_start":        &t.dhcpStart, "dhcp_release": &t.dhcpRelease, "dhcp_stop": &t.dhcpStop, "dhcp_cleanup": &t.dhcpCleanup,
		"netif_set_up": &t.setUp, "netif_set_down": &t.setDown, "netif_set_addr": &t.setAddr, "ieee80211_deliver_data": &t.deliver,
		"pvPortMalloc": &t.malloc, "pvPortZalloc": &t.zalloc, "vPortFree": &t.free, "xPortGetFreeHeapSize": &t.freeSize,
		"sys_check_timeouts": &t.checkTimeouts, "check_timeouts_timer": &t.timer, "lwip_timer_interval": &t.interval, "g_ic": &t.ic,
		"info": &t.info, "dhcpc_flag": &t.dhcpc, "os_printf_plus": &t.printf,
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) { // the first that is missing is the same each time
		x, ok := s.byName[name]
		if !ok || x.addr == 0 {
			return nil, fmt.Errorf("no %s in it: the vendor's stack runs only in a program that is linked with the SDK's libraries, "+
				"its start (call_user_start) included, and with all their symbols", name)
		}
		*wanted[name] = x.addr
	}
	return &t, nil
}

// Memory of the parts that are not emulated, where the chip has none: what the SDK lends, the radio's two interfaces, its receive buffers.
const (
	stackRAM     = 0x3FFE0000
	stackRAMSize = 0x6000

	ifBase  = stackRAM + lendSize // two of libnet80211's interfaces
	ifSize  = 0x200
	ifMode  = 200 // 0: the station
	macBase = ifBase + 2*ifSize

	bufferBase  = stackRAM + 0x2800
	bufferSize  = 0x640 // esf_buf of 32 bytes, a descriptor of 16, and a frame
	bufferCount = 8     // Choice: as many as the device's receive ring has places
	bufferLink  = 4     // in an esf_buf: the descriptor, whose second word is the frame's address
	bufferDesc  = 32
	bufferBytes = 22 // the frame's length
	bufferFrame = 0x40
)

// vendorTop is where the stack begins on the chip (lx106.md 10.4): the SDK's libraries read variables of the ROM below it.
const vendorTop = lx106.DRAMBase + lx106.DRAMSize - 16

// Offsets in libnet80211's g_ic and in lwIP's struct netif, which are the same in 2.0.0 to 3.0.6 (lx106.md 11).
const (
	icStation   = 16
	icSoftAP    = 20
	netifIP     = 4 // with mask and gateway
	netifFlags  = 57
	netifDHCP   = 0x08 // of netifFlags: the DHCP client has it
	infoStation = 12   // in info: address, mask and gateway of the station, behind the soft-AP's
)

// vendorStack is what stands below the SDK's libraries in one boot.
type vendorStack struct {
	*stackSymbols
	g     *guest
	nic   *board.NIC
	left  bool // the station leaves: what it sends is dropped
	tasks ets
	held  [bufferCount]bool // receive buffers in lwIP's hands

	// What is looked at while the libraries run.
	returns   []returning // calls under way, innermost last
	inCall    int         // of the network API under way
	conns     map[uint32]*conn
	named     int
	callbacks map[uint32]bool // functions of the program that are told when they are called
	blocks    map[uint32]heapBlock
	wants     string // the function for which pvPortCalloc is called
	refused   bool   // a watch has answered for the function
	keys      keyWatch
	tls       tlsWatch

	fuel     int64 // what Refuel gave last, and how often again did
	times    int
	computes bool // the software watchdog is stopped
}

// again gives the program as many cycles as it had once more where what it burns is less time than it seems: at 160 MHz the second half
// is free. Choice: with Config.CPU Instant computing takes no time, so what a TLS library computes, for which it stops the software
// watchdog, is free, up to sixteen times what the hardware watchdog leaves it.
func (v *vendorStack) again() bool {
	const free = 16
	if v.fuel <= 0 || v.times >= free || !(v.computes && !v.g.board.Estimated()) && (v.times > 0 || v.g.board.GetCPUFreq() != 160) {
		return false
	}
	v.times++
	v.g.cpu.Refuel(v.fuel + min(v.g.cpu.Left(), 0))
	return true
}

// softWatchdog is system_soft_wdt_stop and system_soft_wdt_restart, by the libraries or the program.
func (v *vendorStack) softWatchdog(runs bool) {
	v.computes = !runs
	if runs {
		v.call("system_soft_wdt_restart")
	} else {
		v.call("system_soft_wdt_stop")
	}
}

// startStack does what the SDK's start does before user_init, as far as the libraries go (lx106.md 11).
func (g *guest) startStack() error {
	v := g.vendor
	v.nic.Receive(v.receive)
	v.nic.Link(v.linked)
	v.nic.SoftAP(v.opened, v.receiveSoftAP)
	g.board.Radio().SetEventHandlerCb(v.event)
	v.set16(v.interval, 25) // ms
	v.set(ifBase+ifSize+ifMode, 1)
	v.putInfo(v.info, netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, 4, 1}), 24)) // sdk-surface.md, wifi_softap_set_config
	g.run(v.lwipInit)
	g.run(v.espconnInit)
	mac := v.nic.MAC()
	v.write(macBase, mac[:])
	if x, ok := g.image.symbols.byName["wifi_station_set_default_hostname"]; ok {
		g.run(x.addr, macBase)
	}
	if p := v.nic.Static(); p.Addr().Is4() {
		v.write(v.dhcpc, []byte{0})
		v.putInfo(v.info+infoStation, p)
	}
	return v.reserve()
}

// reserve takes of the SDK's heap what it has more than Config.HeapFree. Choice: one block, for ever.
func (v *vendorStack) reserve() error {
	const head = 16 // the block's own header
	has, wanted := uint32(v.g.run(v.freeSize)), v.g.board.FreeHeap()
	if has < wanted {
		return nil // the program's own figure counts
	}
	if more := has - wanted; more > head && v.Malloc(more-head) == 0 {
		return errors.New("elf: the SDK's heap has no room for its own start")
	}
	return nil
}

// startWiFi does what the SDK's start does behind user_init.
func (g *guest) startWiFi() {
	v := g.vendor
	v.arm()
	v.set(v.ic+icStation, ifBase) // wifi_mode_set makes them, behind user_init
	v.set(v.ic+icSoftAP, ifBase+ifSize)
	if g.board.Radio().GetOpmode()&wifi.StationMode != 0 {
		v.station()
	}
}

// arm starts the timer of lwIP's clock.
func (v *vendorStack) arm() {
	for _, f := range []struct {
		name  string
		words []uint32
	}{
		{"ets_timer_disarm", []uint32{v.timer}},
		{"ets_timer_setfn", []uint32{v.timer, v.checkTimeouts, 0}},
		{"ets_timer_arm_new", []uint32{v.timer, 25, 1, 1}},
	} {
		v.call(f.name, f.words...)
	}
}

// call calls a function of the SDK that is the device's.
func (v *vendorStack) call(name string, words ...uint32) uint32 {
	f, ok := cabi.Find(name)
	if !ok {
		panic("elf: no function " + name)
	}
	a := cabi.Args{}
	for _, w := range words {
		a.Words = append(a.Words, uint64(w))
	}
	return f.Call(v.g.sdk, &a)
}

// station returns the station's struct netif, which it makes on first use.
func (v *vendorStack) station() uint32 {
	if n := v.get(ifBase); n != 0 {
		return n
	}
	mac := v.nic.MAC()
	v.write(macBase, mac[:])
	n := uint32(v.g.run(v.ifAlloc, ifBase, macBase, v.info+infoStation))
	v.set(ifBase, n)
	v.alone()
	return n
}

// alone makes the station's interface the default one if the mode has no soft-AP, as the SDK's start and wifi_set_opmode do.
func (v *vendorStack) alone() {
	if n := v.get(ifBase); n != 0 && v.g.board.Radio().GetOpmode() == wifi.StationMode {
		v.g.run(v.setDefault, n)
	}
}

// linked does what libwpa does when the station has joined an access point, and libnet80211 when it has left (eagle_auth_done and
// cnx_sta_leave of 2.0.0, 2.2.1, 3.0.1 and 3.0.6, where a DHCP client that was stopped is left alone).
func (v *vendorStack) linked(up bool) {
	n := v.station()
	switch {
	case n == 0:
	case !up:
		v.left = true // ieee80211_sta_new_state has set the state before
		defer func() { v.left = false }()
		v.g.run(v.setDown, n)
		if v.byte(n+netifFlags)&netifDHCP != 0 {
			v.g.run(v.dhcpRelease, n)
			v.g.run(v.dhcpStop, n)
			v.g.run(v.dhcpCleanup, n)
		}
		v.write(n+netifIP, make([]byte, 12))
	case v.byte(n+netifFlags)&netifDHCP != 0:
	case v.byte(v.dhcpc) != 0:
		v.print("dhcp client start...\n")
		v.g.run(v.dhcpStart, n)
	case v.get(v.info+infoStation) != 0:
		at := v.info + infoStation
		v.g.run(v.setAddr, n, at, at+4, at+8)
		v.g.run(v.setUp, n)
		v.addressed(make([]byte, 12))
	}
}

// opened does what libnet80211 does when the soft-AP begins and ends (wifi_softap_start and wifi_softap_stop of 3.0.6).
func (v *vendorStack) opened(up bool) {
	const softAP = ifBase + ifSize
	n := v.get(softAP)
	if up && n == 0 {
		mac := v.nic.SoftAPMAC()
		v.write(macBase, mac[:])
		n = uint32(v.g.run(v.ifAlloc, softAP, macBase, v.info))
		v.set(softAP, n)
	}
	switch {
	case n == 0:
	case up:
		v.g.run(v.setUp, n)
		v.g.run(v.setDefault, n)
	default:
		v.g.run(v.setDown, n)
		v.g.run(v.ifFree, softAP)
		v.alone()
	}
}

// addressed is system_station_got_ip_set: the station has an address, which the handler is told if it is another one than before.
func (v *vendorStack) addressed(before []byte) {
	a := bytes.Clone(v.bytes(v.station()+netifIP, 12))
	ip := func(at int) netip.Addr { return netip.AddrFrom4([4]byte(a[at:])) }
	info := wifi.IPInfo{IP: ip(0), Netmask: ip(4), GW: ip(8)}
	v.print(fmt.Sprintf("ip:%v,mask:%v,gw:%v\n", info.IP, info.Netmask, info.GW))
	if !bytes.Equal(a, before) {
		v.nic.Addressed(info)
	}
}

// putInfo writes a struct ip_info.
func (v *vendorStack) putInfo(at uint32, p netip.Prefix) {
	ip, gw := p.Addr().As4(), p.Masked().Addr().Next().As4()
	mask := ^uint32(0) << (32 - p.Bits())
	v.write(at, append(append(ip[:], byte(mask>>24), byte(mask>>16), byte(mask>>8), byte(mask)), gw[:]...))
}

// eventTask is the SDK's task for Wi-Fi events (wifi_set_event_handler_cb).
const eventTask = 21

// event posts an event to that task, as the SDK does: in a block of the heap, which the task frees. Without a handler there is no task.
func (v *vendorStack) event(e wifi.SystemEvent) {
	if v.tasks.list[eventTask].fn == 0 {
		return
	}
	b := cabi.SystemEvent(e)
	p := uint32(v.g.run(v.zalloc, uint32(len(b)), 0, 0))
	if p == 0 {
		return
	}
	v.write(p, b)
	if v.post(eventTask, e.Event, p) != 0 {
		v.Free(p)
	}
}

// print prints a line of the SDK's that is the emulator's here.
func (v *vendorStack) print(text string) { v.g.board.Print([]byte(text)) }

// Malloc and Free are the SDK's heap (cabi.Allocator).
func (v *vendorStack) Malloc(n uint32) uint32 { return uint32(v.g.run(v.malloc, n, 0, 0, 0)) }

// Free gives a block back.
func (v *vendorStack) Free(p uint32) { v.g.run(v.free, p, 0, 0) }

func (v *vendorStack) bytes(p, n uint32) []byte { return v.g.sdk.Read(p, n) }
func (v *vendorStack) get(p uint32) uint32      { return order.Uint32(v.bytes(p, 4)) }
func (v *vendorStack) byte(p uint32) byte       { return v.bytes(p, 1)[0] }

func (v *vendorStack) write(p uint32, b []byte) {
	if !v.g.Write(p, b) {
		v.g.sdk.Fault(cabi.CauseStore, "the radio writes %d bytes at address 0x%x, where there is no memory", len(b), p)
	}
}

func (v *vendorStack) set(p, x uint32)          { v.write(p, order.AppendUint32(nil, x)) }
func (v *vendorStack) set16(p uint32, x uint16) { v.write(p, order.AppendUint16(nil, x)) }
