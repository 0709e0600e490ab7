package emulator

import (
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
)

// Faults of the device's memory and its radio, each one line of a test. Those of the access point are in accesspoint.go, those of the
// network in netstack/vnet (Network.SetFaults, Partition), those of the peer in espconn/badpeer, those of the flash chip in flash
// (Chip.FailSector, CutPower, StickBits).

// FailAlloc lets the n-th allocation from now find no memory: 1 is the next one, 0 takes the order back. It happens once.
// Before the first boot it counts from the boot. Allocations are those of the heap: firmware, network stack, API and TLS.
// HeapStats.Failures tells whether it has happened; Allocs how far n can go.
func (d *Device) FailAlloc(n int) { d.Fail(Shortage{Nth: n}) }

// Shortage says which allocation finds no memory.
type Shortage = chip.Shortage

// Fail lets the allocation that s tells find no memory, once. A second order takes the place of the first, also of FailAlloc's.
// Before the first boot it is for that boot.
func (d *Device) Fail(s Shortage) { d.soc.Fail(s) }

// FailBlock lets the n-th allocation from now of a block with this name find no memory; names are those of the trace's heap
// events. 0 takes the order back. It needs firmware: call it after Boot.
func (d *Device) FailBlock(name string, n int) { d.soc.FailBlock(name, n) }

// Allocs returns the number of allocations since the last boot, those that failed included: how far FailAlloc can go.
func (d *Device) Allocs() int { return d.soc.Allocs() }

// FailCall lets the n-th call from now of a function of the SDK do nothing and return result: 1 is the next one. It happens once; a
// second order for the same function counts from now too, and n of 0 takes all orders for it back. The function has the name that C
// writes, espconn_secure_send, os_malloc. It is for firmware in C, whichever engine runs it; Go firmware calls methods. The trace has
// the call. Any goroutine; it outlives resets.
func (d *Device) FailCall(function string, result int32, n int) { d.soc.FailCall(function, result, n) }

// RefuseFrames lets the radio refuse the next n frames that the device's network stack wants to send, as it does while its eight
// transmit buffers are in use; 0 takes the order back. espconn_send and espconn_sendto on UDP then return -14, espconn.CauseInterface; a
// TCP segment is repeated when its time has come; ARP, DHCP and IGMP messages are lost. Any goroutine; it outlives resets.
func (d *Device) RefuseFrames(n int) {
	_ = d.Do(func() { d.air.RefuseFrames(max(n, 0)) })
}

// When runs do once, on the device goroutine, as soon as the handling of the first event is over for which match is true.
// match must not call the device or the trace. Several orders may wait; each has its own event.
func (d *Device) When(match func(trace.Event) bool, do func()) {
	d.Trace().When(match, func() { d.soc.Post(do) })
}
