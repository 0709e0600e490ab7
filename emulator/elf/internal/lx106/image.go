package lx106

import (
	"fmt"
	"sync/atomic"
)

const (
	pageSize  = 4096
	codePages = codeSize / pageSize
)

// page is a piece of memory that instructions are fetched from. Pages of an image are shared by its devices and never change; a
// device that writes into one gets its own.
type page struct {
	data    *[pageSize]byte
	ownData bool // data belongs to one device, which may write it
	private bool // the page itself belongs to one device; its data may still be the image's
	loaded  bool // an image has put something here: data is no longer zeros or erased
	blocks  atomic.Pointer[blockTable]
}

var (
	zeros  [pageSize]byte // what unmapped addresses of the instruction bus read as (lx106.md 9.3)
	erased [pageSize]byte // flash
)

func init() {
	for i := range erased {
		erased[i] = 0xFF
	}
}

// Image is what devices that run the same program have in common: the contents of ROM, instruction RAM and flash with all that was
// decoded of them, the initial data RAM, and the addresses that functions of ours may take over. It is filled first; from the
// first NewCPU on it does not change, and CPUs of any goroutines may use it.
type Image struct {
	code  [codePages]*page
	dram  [DRAMSize]byte
	hooks map[uint32]int // address to number, from 0
	used  atomic.Bool
}

// NewImage returns an image without any contents: flash erased, everything else 0.
func NewImage() *Image {
	m := &Image{hooks: map[uint32]int{}}
	for i := range m.code {
		m.code[i] = &page{data: &zeros}
		if uint32(i) >= (FlashBase-codeBase)/pageSize {
			m.code[i].data = &erased
		}
	}
	return m
}

// Add puts data at an address in ROM, instruction RAM, flash or data RAM. It fails, without having written anything, if a part of
// the data would lie elsewhere.
func (m *Image) Add(addr uint32, data []byte) error {
	if m.used.Load() {
		panic("lx106: Image.Add after NewCPU")
	}
	for _, r := range regions {
		if addr < r.From || addr > r.To || r.Kind != RAM && (r.Kind != Code || r.Name == "unmapped" || r.Name == "cache's RAM") {
			continue
		}
		if uint64(addr)+uint64(len(data)) > uint64(r.To)+1 {
			return fmt.Errorf("lx106: %d bytes at %#x: %s ends at %#x", len(data), addr, r.Name, r.To)
		}
		if r.Kind == RAM {
			copy(m.dram[addr-DRAMBase:], data)
			return nil
		}
		for o := addr - codeBase; len(data) > 0; {
			p := m.code[o/pageSize]
			if !p.loaded {
				fresh := *p.data
				p.data, p.loaded = &fresh, true
			}
			n := copy(p.data[o%pageSize:], data)
			data, o = data[n:], o+uint32(n)
		}
		return nil
	}
	return fmt.Errorf("lx106: %d bytes at %#x: no memory of the chip's lies there", len(data), addr)
}

// Hook makes the address one at which a CPU may call a function of Go instead of the program's (CPU.SetHook). It may lie anywhere,
// also where there is no code.
func (m *Image) Hook(addr uint32) {
	if m.used.Load() {
		panic("lx106: Image.Hook after NewCPU")
	}
	if _, ok := m.hooks[addr]; !ok {
		m.hooks[addr] = len(m.hooks)
	}
}
