package image

import (
	"fmt"
	"sort"

	"github.com/emu8266/emu8266/flash"
)

// Kind is what a region of the flash is for.
type Kind uint8

// Kinds of regions.
const (
	Free         Kind = iota // the firmware's own, or nobody's
	Boot                     // the second-stage loader, 4 KB at 0
	Code                     // a program
	RFCal                    // RF calibration, one sector
	PHYData                  // esp_init_data_default.bin, one sector
	SystemParam              // the SDK's parameters, three sectors
	Certificates             // certificates, by the partition table
	Custom                   // anything else in a partition table
)

// String returns a short name: "boot", "code", "rf cal".
func (k Kind) String() string {
	switch k {
	case Free:
		return "free"
	case Boot:
		return "boot"
	case Code:
		return "code"
	case RFCal:
		return "rf cal"
	case PHYData:
		return "phy data"
	case SystemParam:
		return "system parameters"
	case Certificates:
		return "certificates"
	case Custom:
		return "custom"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Region is a part of the flash with one purpose.
type Region struct {
	Name string // "user1", "rf cal"
	Kind Kind
	Addr uint32 // first byte
	Size uint32 // bytes
}

// End returns the address behind the region; it may be 1<<32.
func (r Region) End() uint64 { return uint64(r.Addr) + uint64(r.Size) }

// String returns "user1 0x1000..0xe1000".
func (r Region) String() string { return fmt.Sprintf("%s %#x..%#x", r.Name, r.Addr, r.End()) }

// Layout lists the regions of a chip by ascending address. What no region covers is free.
type Layout []Region

// Layout returns what the map reserves: loader, the update slots in the length that the linker scripts allow, RF
// calibration, PHY data and system parameters. Maps without slots (1 and 7) have a program at 0 and its second part at
// 0x10000, up to 0x5C000 bytes or the system's area (sdk-surface.md, Flash). Nil for a number that is no map.
func (m SizeMap) Layout() Layout {
	if !m.Valid() {
		return nil
	}
	i := sizeMapTable[m]
	size := uint32(i.size)
	var l Layout
	if i.slot != 0 {
		l = append(l, Region{"boot", Boot, 0, flash.SectorSize}, Region{"user1", Code, i.user1, i.slot},
			Region{"user2", Code, i.user2, i.slot})
	} else {
		l = append(l, Region{"eagle.flash", Code, 0, irom0Addr},
			Region{"eagle.irom0text", Code, irom0Addr, min(irom0Max, size-i.phy-irom0Addr)})
	}
	if i.rfCal != 0 {
		l = append(l, Region{"rf cal", RFCal, size - i.rfCal, flash.SectorSize})
	}
	return append(l,
		Region{"phy data", PHYData, size - i.phy, flash.SectorSize},
		Region{"system parameters", SystemParam, m.SystemParamAddr(), systemParamSectors * flash.SectorSize})
}

// Where a program without update slots has its second part, and how long that may be (sdk-surface.md, Flash).
const (
	irom0Addr = 0x10000
	irom0Max  = 0x5C000
)

// At returns the region that holds an address.
func (l Layout) At(addr uint32) (Region, bool) {
	for _, r := range l {
		if addr >= r.Addr && uint64(addr) < r.End() {
			return r, true
		}
	}
	return Region{}, false
}

// Overlapping returns the regions that share at least one byte with addr..addr+size.
func (l Layout) Overlapping(addr, size uint32) Layout {
	var found Layout
	for _, r := range l {
		if uint64(addr) < r.End() && uint64(r.Addr) < uint64(addr)+uint64(size) {
			found = append(found, r)
		}
	}
	return found
}

// sorted returns l by ascending address.
func (l Layout) sorted() Layout {
	sort.SliceStable(l, func(i, j int) bool { return l[i].Addr < l[j].Addr })
	return l
}
