package lx106

import "encoding/binary"

// Peripherals is what answers at the addresses of registers: 0x60000000 to 0x60001FFF, 0x3FF00000 and 0x3FF20000 with 64 KB each.
// Its methods run inside the instruction, whose address is CPU.PC, and may call any method of the CPU but Run, Call and Step. size is
// 1, 2 or 4, and addr is aligned to it. Not ok is exception 28 (Load) or 29 (Store). A panic passes through Run; the CPU can then
// be looked at, but not run on.
type Peripherals interface {
	Load(addr, size uint32) (v uint32, ok bool)
	Store(addr, size, v uint32) (ok bool)
}

var little = binary.LittleEndian

// load reads size bytes as an instruction of the program does.
func (c *CPU) load(addr, size uint32) (v uint32, cause Cause) {
	if addr&(size-1) != 0 {
		return 0, LoadStoreAlignment // before any other rule: lx106.md 9.2
	}
	if o := addr - DRAMBase; o < DRAMSize {
		return read(c.dram[o:], size), allowed
	}
	if o := addr - codeBase; o < codeSize && size == 4 {
		return little.Uint32(c.code[o/pageSize].data[o%pageSize:]), allowed
	}
	if o := addr - c.extraBase; o < uint32(len(c.extra)) {
		return read(c.extra[o:], size), allowed
	}
	r := find(addr)
	if cause := r.load(size); cause != allowed {
		return 0, cause
	}
	switch r.Kind {
	case Peripheral:
		if v, ok := c.loadPeripheral(addr, size); ok {
			return v, allowed
		}
		return 0, LoadProhibited
	case OwnAddress:
		v = addr &^ 3
	case Constant:
		v = r.Reads
	}
	return v >> (addr & 3 * 8) & uint32(1<<(8*size)-1), allowed
}

// store writes the low size bytes of v as an instruction of the program does.
func (c *CPU) store(addr, size, v uint32) Cause {
	if addr&(size-1) != 0 {
		return LoadStoreAlignment
	}
	if o := addr - DRAMBase; o < DRAMSize {
		write(c.dram[o:], size, v)
		return allowed
	}
	if o := addr - IRAMBase; o < IRAMSize && size == 4 {
		c.writeCode(addr, v)
		return allowed
	}
	if o := addr - c.extraBase; o < uint32(len(c.extra)) {
		write(c.extra[o:], size, v)
		return allowed
	}
	r := find(addr)
	if cause := r.store(size); cause != allowed {
		return cause
	}
	if r.Kind == Peripheral && !c.storePeripheral(addr, size, v) {
		return StoreProhibited
	}
	return allowed
}

func (c *CPU) loadPeripheral(addr, size uint32) (v uint32, ok bool) {
	if c.peripherals == nil {
		return 0, false
	}
	rest := int64(c.rest)
	c.ahead += rest
	v, ok = c.peripherals.Load(addr, size)
	c.ahead -= rest
	return v, ok
}

func (c *CPU) storePeripheral(addr, size, v uint32) (ok bool) {
	if c.peripherals == nil {
		return false
	}
	rest := int64(c.rest)
	c.ahead += rest
	ok = c.peripherals.Store(addr, size, v)
	c.ahead -= rest
	return ok
}

func read(b []byte, size uint32) uint32 {
	switch size {
	case 1:
		return uint32(b[0])
	case 2:
		return uint32(little.Uint16(b))
	}
	return little.Uint32(b)
}

func write(b []byte, size, v uint32) {
	switch size {
	case 1:
		b[0] = byte(v)
	case 2:
		little.PutUint16(b, uint16(v))
	default:
		little.PutUint32(b, v)
	}
}

// writeCode writes a word of a code page. What was decoded of the page, and of the end of the one before it, is forgotten.
func (c *CPU) writeCode(addr, v uint32) {
	o := addr - codeBase
	if little.Uint32(c.code[o/pageSize].data[o%pageSize:]) == v {
		return
	}
	little.PutUint32(c.ownPage(o / pageSize)[o%pageSize:], v)
}

// ownPage returns the data of a page that the device is about to change, and forgets what was decoded of it.
func (c *CPU) ownPage(n uint32) *[pageSize]byte {
	p := c.code[n]
	if !p.ownData {
		fresh := *p.data
		c.setPage(n, &page{data: &fresh, ownData: true, private: true})
	} else {
		c.forget(n)
	}
	if n > 0 {
		c.forget(n - 1)
	}
	return c.code[n].data
}

// forget drops what was decoded of a page, if anything was.
func (c *CPU) forget(n uint32) {
	p := c.code[n]
	if p.blocks.Load() == nil {
		return
	}
	c.setPage(n, &page{data: p.data, piece: p.piece, ownData: p.ownData, private: true})
}

// forgetAll drops all that was decoded, for this device.
func (c *CPU) forgetAll() {
	for n, p := range c.code {
		c.setPage(uint32(n), &page{data: p.data, piece: p.piece, ownData: p.ownData, private: true})
	}
}

// setPage gives the device a page of its own. What was decoded of the one before is not entered any more.
func (c *CPU) setPage(n uint32, p *page) {
	c.code[n], c.changed, c.jumps = p, true, [jumpCache]*block{}
}

// Map puts n bytes of the device's own RAM, zeros, where the chip has nothing: what stands for parts of a machine that are not emulated
// keeps its memory there. addr and n are multiples of 4, and no code can lie there.
func (c *CPU) Map(addr, n uint32) {
	if r := find(addr); addr&3|n&3 != 0 || r.Kind == RAM || r.Kind == Code || r.Kind == Peripheral || addr+n-1 > r.To {
		panic("lx106: Map where something lies")
	}
	c.extraBase, c.extra = addr, make([]byte, n)
}

// Readable returns the memory from an address to the end of that piece of memory; empty, with the exception that a load would
// raise, where there is none. It is the CPU's own, must not be written, and is valid until code runs. Access rules for bytes are
// not applied: whoever stands for code that reads bytes asks Map.
func (c *CPU) Readable(addr uint32) ([]byte, Cause) {
	if o := addr - DRAMBase; o < DRAMSize {
		return c.dram[o:], Allowed
	}
	if o := addr - codeBase; o < codeSize {
		return c.pages(o / pageSize)[o%pageSize:], Allowed
	}
	if o := addr - c.extraBase; o < uint32(len(c.extra)) {
		return c.extra[o:], Allowed
	}
	if r := find(addr); r.Load != allowed {
		return nil, r.Load
	}
	return nil, LoadProhibited
}

// pages returns the data of a page with that of the pages behind it which lie in one piece with it: those of one Image.Add that
// the device has not changed.
func (c *CPU) pages(n uint32) []byte {
	p := c.code[n]
	if p.ownData || p.piece == nil {
		return p.data[:]
	}
	end := pageSize
	for ; end < len(p.piece); end += pageSize {
		if n++; c.code[n].ownData {
			break
		}
	}
	return p.piece[:end:end]
}

// Writable is Readable for stores: data RAM and instruction RAM.
func (c *CPU) Writable(addr uint32) ([]byte, Cause) {
	if o := addr - DRAMBase; o < DRAMSize {
		return c.dram[o:], Allowed
	}
	if addr-IRAMBase < IRAMSize {
		o := addr - codeBase
		return c.ownPage(o / pageSize)[o%pageSize:], Allowed
	}
	if o := addr - c.extraBase; o < uint32(len(c.extra)) {
		return c.extra[o:], Allowed
	}
	if r := find(addr); r.Store != allowed {
		return nil, r.Store
	}
	return nil, StoreProhibited
}

// SetFlash replaces what the flash window shows from an address on, after the flash was written. Other devices of the image do not see it.
func (c *CPU) SetFlash(addr uint32, data []byte) {
	if o := addr - FlashBase; o >= FlashSize || uint32(len(data)) > FlashSize-o {
		panic("lx106: SetFlash outside the flash window")
	}
	for o := addr - codeBase; len(data) > 0; {
		n := min(len(data), int(pageSize-o%pageSize))
		if string(c.code[o/pageSize].data[o%pageSize:][:n]) != string(data[:n]) {
			copy(c.ownPage(o / pageSize)[o%pageSize:], data[:n])
		}
		data, o = data[n:], o+uint32(n)
	}
}
