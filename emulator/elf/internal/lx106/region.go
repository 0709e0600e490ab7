package lx106

import "sort"

// Kind says what lies in a region.
type Kind uint8

// Kinds of regions.
const (
	Nothing    Kind = iota // each access is an exception
	RAM                    // a device's own data
	Code                   // pages of 4 KB, shared between devices until one of them writes: ROM, IRAM, flash
	Peripheral             // accesses go to Peripherals
	Constant               // reads give Region.Reads, writes are lost
	OwnAddress             // a word reads as its own address, writes are lost
)

// Region is a part of the address space with the access rules of the chip. Load, Store (of words), NarrowLoad, NarrowStore (of
// bytes and half words) and Fetch are the exception that the access raises; Allowed says that there is none.
type Region struct {
	Name               string
	From, To           uint32 // first and last address
	Kind               Kind
	Reads              uint32 // the word that a Constant reads as
	Load, NarrowLoad   Cause
	Store, NarrowStore Cause
	Fetch              Cause
}

// Allowed stands in a Region for an access without exception.
const Allowed = allowed

// Where the memories lie (lx106.md 9.3).
const (
	DRAMBase  uint32 = 0x3FFE8000
	DRAMSize  uint32 = 0x18000 // 80 KB for programs, 16 KB for the ROM and the system
	ROMBase   uint32 = 0x40000000
	ROMSize   uint32 = 0x10000
	IRAMBase  uint32 = 0x40100000
	IRAMSize  uint32 = 0x8000
	FlashBase uint32 = 0x40200000 // the first megabyte of the flash
	FlashSize uint32 = 0x100000

	codeBase = ROMBase
	codeSize = FlashBase + FlashSize - ROMBase
)

// unmapped is what addresses read as behind which nothing lies (lx106.md 9.3).
const unmapped = 0x00008000

// regions is the whole address space in order (lx106.md 9.3). Choice: stores where nothing lies are lost; what the table marks with c.
var regions = []Region{
	{"null page and what follows it", 0x00000000, 0x1FFFFFFF, Nothing, 0, 28, 28, 29, 29, 20},
	{"unmapped", 0x20000000, 0x3FEFFFFF, Constant, unmapped, allowed, allowed, allowed, allowed, 2},
	{"dport", 0x3FF00000, 0x3FF0FFFF, Peripheral, 0, allowed, allowed, allowed, allowed, 2},
	{"unmapped", 0x3FF10000, 0x3FF1FFFF, Constant, 0, allowed, allowed, allowed, allowed, 2},
	{"wdev", 0x3FF20000, 0x3FF2FFFF, Peripheral, 0, allowed, allowed, allowed, allowed, 2},
	{"unmapped", 0x3FF30000, 0x3FFBFFFF, Constant, 0, allowed, allowed, allowed, allowed, 2},
	{"unmapped", 0x3FFC0000, 0x3FFDFFFF, OwnAddress, 0, allowed, allowed, allowed, allowed, 2},
	{"unmapped", 0x3FFE0000, 0x3FFE7FFF, Constant, 0, allowed, allowed, allowed, allowed, 2},
	{"data RAM", DRAMBase, DRAMBase + DRAMSize - 1, RAM, 0, allowed, allowed, allowed, allowed, 2},
	{"ROM", ROMBase, ROMBase + ROMSize - 1, Code, 0, allowed, 3, 29, 3, allowed},
	{"unmapped", 0x40010000, 0x400FFFFF, Code, 0, allowed, 3, allowed, 3, allowed},
	{"instruction RAM", IRAMBase, IRAMBase + IRAMSize - 1, Code, 0, allowed, 3, allowed, 3, allowed},
	{"cache's RAM", 0x40108000, 0x401FFFFF, Code, 0, allowed, 3, allowed, 3, allowed},
	{"flash", FlashBase, FlashBase + FlashSize - 1, Code, 0, allowed, 3, 29, 3, allowed},
	{"unmapped", 0x40300000, 0x5FFFFFFF, Constant, unmapped, allowed, allowed, allowed, allowed, 0},
	{"peripherals", 0x60000000, 0x60001FFF, Peripheral, 0, allowed, allowed, allowed, allowed, 2},
	{"behind the peripherals", 0x60002000, 0x6FFFFFFF, Nothing, 0, 28, 28, 29, 29, 2},
	{"unmapped", 0x70000000, 0x9FFFFFFF, Constant, unmapped, allowed, allowed, allowed, allowed, 2},
	{"nothing", 0xA0000000, 0xFFFFFFFF, Nothing, 0, 28, 28, 29, 29, 20},
}

// Map returns the address space: regions in order that leave no gap.
func Map() []Region { return append([]Region(nil), regions...) }

// find returns the region of an address.
func find(addr uint32) *Region {
	return &regions[sort.Search(len(regions), func(i int) bool { return regions[i].To >= addr })]
}

// load and store return the exception of an access of size bytes, as far as it does not depend on what answers.
func (r *Region) load(size uint32) Cause {
	if size == 4 {
		return r.Load
	}
	return r.NarrowLoad
}

func (r *Region) store(size uint32) Cause {
	if size == 4 {
		return r.Store
	}
	return r.NarrowStore
}
