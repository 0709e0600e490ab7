package wasm

import (
	"errors"

	"github.com/emu8266/emu8266/emulator/chip"
)

// More causes (sdk-surface.md, rst_info.reason).
const (
	causeLoadStore = 3 // access to flash that is not of 32 bits
	causeUnaligned = 9
)

// What rt/check.c finds.
const (
	checkNull = iota + 1
	checkAlignment
	checkNowhere
	checkHeap
	checkFlashByte
	checkFlashStore
)

// Layout of esp_checks in rt/check.c.
const (
	checksHeap     = 4
	checksHeapSize = 8
	checksShadow   = 12
	checksSize     = checksShadow + chip.HeapMax/granule

	granule  = 8   // bytes of the heap for a byte of the shadow
	unusable = 255 // shadow of a granule that nobody may use
)

var checkFunctions = map[string]hostFunction{
	"esp_memory_fault": {"iiii", func(g *guest, a args) uint32 {
		addr, size, store := a.u32(0), a.u32(1), a.u32(2) != 0
		cause, access := causeLoad, "load"
		if store {
			cause, access = causeStore, "store"
		}
		why := "where there is no memory"
		switch a.u32(3) {
		case checkNull:
			why = "through a NULL pointer"
		case checkAlignment:
			cause, why = causeUnaligned, "not aligned"
		case checkNowhere:
			if addr >= 0x60000000 && addr < 0x60002000 {
				why = "a register: use READ_PERI_REG and WRITE_PERI_REG"
			}
		case checkHeap:
			why = "in the heap, but in no block of the firmware: freed, or beyond its end"
		case checkFlashByte:
			cause, why = causeLoadStore, "a constant in flash, which is read in 32 bits only"
		case checkFlashStore:
			cause, why = causeLoadStore, "a constant in flash"
		}
		g.fault(cause, "%d-byte %s at address 0x%x, %s", size, access, addr, why)
		return 0
	}},
}

// startChecks tells rt/check.c, if it is linked, where memory and heap are. No byte of the heap may be used yet.
func (g *guest) startChecks() error {
	fn := g.mod.ExportedFunction("esp_checks_addr")
	if fn == nil {
		return nil
	}
	at, err := fn.Call(g.ctx)
	g.pending = nil // a fault in there is err
	if err != nil || len(at) != 1 {
		return errors.New("esp_checks_addr does not return")
	}
	b, ok := g.mem.Read(uint32(at[0]), checksSize)
	if !ok {
		return errors.New("esp_checks_addr is no address")
	}
	g.checks = uint32(at[0])
	order.PutUint32(b, g.mem.Size())
	order.PutUint32(b[checksHeap:], g.heapAt)
	order.PutUint32(b[checksHeapSize:], g.heapEnd-g.heapAt)
	for i := range b[checksShadow:] {
		b[checksShadow+i] = unusable
	}
	return nil
}

// shadow returns the shadow of n bytes of the heap at p, nil without checks.
func (g *guest) shadow(p, n uint32) []byte {
	if g.checks == 0 || p < g.heapAt || p >= g.heapEnd {
		return nil
	}
	first := (p - g.heapAt) / granule
	last := (min(p+n, g.heapEnd) - g.heapAt + granule - 1) / granule
	b, _ := g.mem.Read(g.checks+checksShadow+first, last-first)
	return b
}

// usable opens or closes a block for the firmware.
func (g *guest) usable(p, n uint32, open bool) {
	s := g.shadow(p, n)
	for i := range s {
		s[i] = unusable
		if left := n - uint32(i)*granule; open {
			s[i] = 0
			if left < granule {
				s[i] = byte(left)
			}
		}
	}
}

// checkHeap applies the checks to an access by the SDK in the firmware's name.
func (g *guest) checkHeap(p, n uint32, cause int) {
	end := (p-g.heapAt)%granule + n // from the first granule on
	for i, s := range g.shadow(p, n) {
		if s != 0 && (s == unusable || end-uint32(i)*granule > uint32(s)) {
			g.fault(cause, "the SDK is given %d bytes at address 0x%x, in the heap, but in no block of the firmware: freed, or beyond its end", n, p)
		}
	}
}
