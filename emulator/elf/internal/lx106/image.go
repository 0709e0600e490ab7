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
	ownData bool   // data belongs to one device, which may write it
	private bool   // the page itself belongs to one device; its data may still be the image's
	loaded  bool   // an image has put something here: data is no longer zeros or erased
	piece   []byte // what Image.Add made for this page and those behind it, of which data is the beginning
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
	rows  []uint32       // addresses at which rows of lines begin, sorted; nil: nothing is counted
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
		o := addr - codeBase
		m.load(o/pageSize, (o+uint32(len(data))+pageSize-1)/pageSize)
		for len(data) > 0 {
			n := copy(m.code[o/pageSize].data[o%pageSize:], data)
			data, o = data[n:], o+uint32(n)
		}
		return nil
	}
	return fmt.Errorf("lx106: %d bytes at %#x: no memory of the chip's lies there", len(data), addr)
}

// load gives the pages from one number to before another memory of their own, in one piece as far as they had none: so a text that
// goes on in the next page is read at once.
func (m *Image) load(from, to uint32) {
	for n := from; n < to; n++ {
		end := n
		for end < to && !m.code[end].loaded {
			end++
		}
		piece := make([]byte, (end-n)*pageSize)
		for ; n < end; n++ {
			p := m.code[n]
			copy(piece, p.data[:])
			p.data, p.piece, p.loaded = (*[pageSize]byte)(piece), piece, true
			piece = piece[pageSize:]
		}
	}
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

// Hooked reports whether an address is one of Hook's.
func (m *Image) Hooked(addr uint32) bool {
	_, ok := m.hooks[addr]
	return ok
}

// Word returns the word at an address of the image: of ROM, instruction RAM, flash or data RAM. It is false elsewhere, and where addr
// is no multiple of 4.
func (m *Image) Word(addr uint32) (v uint32, ok bool) {
	if addr&3 != 0 {
		return 0, false
	}
	if o := addr - DRAMBase; o < DRAMSize {
		return little.Uint32(m.dram[o:]), true
	}
	if o := addr - codeBase; o < codeSize {
		return little.Uint32(m.code[o/pageSize].data[o%pageSize:]), true
	}
	return 0, false
}

// Bytes returns a copy of n bytes of the image: of ROM, instruction RAM and flash, or of data RAM; nil where they do not all lie there.
func (m *Image) Bytes(addr, n uint32) []byte {
	b := make([]byte, n)
	if o := addr - DRAMBase; o < DRAMSize && n <= DRAMSize-o {
		copy(b, m.dram[o:])
		return b
	}
	o := addr - codeBase
	if o >= codeSize || n > codeSize-o {
		return nil
	}
	for left := b; len(left) > 0; {
		k := copy(left, m.code[o/pageSize].data[o%pageSize:])
		left, o = left[k:], o+uint32(k)
	}
	return b
}

// At decodes the instruction at an address of ROM, instruction RAM or flash; false elsewhere.
func (m *Image) At(pc uint32) (in Inst, ok bool) {
	var b [3]byte
	for n := range b {
		o := pc - codeBase + uint32(n)
		if o >= codeSize {
			return in, false
		}
		b[n] = m.code[o/pageSize].data[o%pageSize]
	}
	return Decode(pc, b[0], b[1], b[2]), true
}
