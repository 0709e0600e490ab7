package wasm

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding"
	"encoding/binary"
	"hash"

	"github.com/emu8266/emu8266/emulator/chip"
)

// romFunctions are functions of the chip's ROM that firmware calls by name (sdk-surface.md, ROM functions).
var romFunctions = map[string]hostFunction{
	"ets_printf":      {"pv", printf},
	"ets_uart_printf": {"pv", uartPrintf},
	"ets_vprintf": {"fpv", func(g *guest, a args) uint32 {
		out := g.format(bytes.Clone(g.str(a.u32(1))), a.u32(2))
		for _, c := range out {
			g.callback(a.u32(0), uint32(c))
		}
		return uint32(len(out))
	}},
	"ets_vsnprintf": {"pipv", vsnprintf},

	"ets_wdt_disable": {"", nothing}, // Deviation: the hardware watchdog goes on, so that endless loops end
	"ets_wdt_enable":  {"iii", nothing},
	"ets_update_cpu_frequency": {"i", func(g *guest, a args) uint32 {
		g.system.mhz = a.u8(0)
		return 0
	}},
	"ets_get_cpu_frequency": {"", func(g *guest, _ args) uint32 {
		if g.system.mhz != 0 {
			return uint32(g.system.mhz)
		}
		return uint32(g.sdk.SystemGetCPUFreq())
	}},
	"rtc_get_reset_reason": {"", func(g *guest, _ args) uint32 { return resetReason(g.sdk.SystemGetRstInfo().Reason) }},

	"rom_i2c_writeReg":      {"iiii", func(g *guest, a args) uint32 { return g.phyWrite(a, 7, 0, 3) }},
	"rom_i2c_writeReg_Mask": {"iiiiii", func(g *guest, a args) uint32 { return g.phyWrite(a, a.u32(3), a.u32(4), 5) }},
	"rom_i2c_readReg":       {"iii", func(g *guest, a args) uint32 { return g.phyRead(a, 7, 0) }},
	"rom_i2c_readReg_Mask":  {"iiiii", func(g *guest, a args) uint32 { return g.phyRead(a, a.u32(3), a.u32(4)) }},

	"Cache_Read_Enable":  {"iii", nothing}, // flash is not mapped into memory
	"Cache_Read_Disable": {"", nothing},

	"ets_str2macaddr": {"pp", str2mac},

	"MD5Init":    {"p", hashInit(md5Context)},
	"MD5Update":  {"ppi", hashUpdate(md5Context)},
	"MD5Final":   {"pp", hashFinal(md5Context)},
	"SHA1Init":   {"p", hashInit(sha1Context)},
	"SHA1Update": {"ppi", hashUpdate(sha1Context)},
	"SHA1Final":  {"pp", hashFinal(sha1Context)},
}

func printf(g *guest, a args) uint32 {
	out := g.format(bytes.Clone(g.str(a.u32(0))), a.u32(1))
	g.board.Print(out)
	return uint32(len(out))
}

// uartPrintf prints past what os_install_putc1 installed.
func uartPrintf(g *guest, a args) uint32 {
	out := g.format(bytes.Clone(g.str(a.u32(0))), a.u32(1))
	_, _ = g.board.Write(out) // a UART never fails
	return uint32(len(out))
}

// vsnprintf is ets_vsnprintf and ets_snprintf: the variable arguments arrive as an address in both.
func vsnprintf(g *guest, a args) uint32 {
	out := g.format(bytes.Clone(g.str(a.u32(2))), a.u32(3))
	if n := a.u32(1); n > 0 {
		g.setText(a.u32(0), out[:min(uint64(len(out)), uint64(n)-1)])
	}
	return uint32(len(out))
}

// resetReason is what the ROM says for a reason of rst_info (sdk-surface.md, ROM functions): 1 power-on, 4 the hardware
// watchdog. Choice: 2, a pin or the end of deep sleep, for everything else: the SDK resets by itself then.
func resetReason(reason uint32) uint32 {
	switch reason {
	case chip.ReasonDefaultRst:
		return 1
	case chip.ReasonWdtRst:
		return 4
	}
	return 2
}

// phyField is the place of a field of the radio's registers behind rom_i2c_*: a block, a host, a register, and the bits
// from msb down to lsb. Choice: they hold what was written, 0 at boot, and mean nothing.
func phyField(a args, msb, lsb uint32) (reg uint32, shift, mask byte) {
	msb, lsb = msb&7, lsb&7
	if msb < lsb {
		msb, lsb = lsb, msb
	}
	return a.u32(0)&0xFF<<16 | a.u32(1)&0xFF<<8 | a.u32(2)&0xFF, byte(lsb), byte(1<<(msb-lsb+1) - 1)
}

func (g *guest) phyWrite(a args, msb, lsb uint32, value int) uint32 {
	reg, shift, mask := phyField(a, msb, lsb)
	if g.system.phy == nil {
		g.system.phy = map[uint32]byte{}
	}
	g.system.phy[reg] = g.system.phy[reg]&^(mask<<shift) | a.u8(value)&mask<<shift
	return 0
}

func (g *guest) phyRead(a args, msb, lsb uint32) uint32 {
	reg, shift, mask := phyField(a, msb, lsb)
	return uint32(g.system.phy[reg] >> shift & mask)
}

// str2mac reads six numbers in hexadecimal, a character between them.
func str2mac(g *guest, a args) uint32 {
	mac, t := g.write(a.u32(0), macaddrBytes), g.str(a.u32(1))
	for i := range mac {
		mac[i] = 0
		n := 0
		for ; n < len(t) && n < 2; n++ {
			d := bytes.IndexByte([]byte("0123456789abcdef"), t[n]|0x20)
			if d < 0 {
				break
			}
			mac[i] = mac[i]<<4 | byte(d)
		}
		t = t[min(n+1, len(t)):]
	}
	return 0
}

// hashContext is the layout of a context of the ROM's hashes: state, length in bits as two words, the block begun.
type hashContext struct {
	words uint32 // of the state
	magic string // Go's mark of the state
	new   func() hash.Hash
}

var (
	md5Context  = hashContext{4, "md5\x01", md5.New}
	sha1Context = hashContext{5, "sha\x01", sha1.New}
)

const hashBlock = 64

func (c hashContext) size() uint32 { return 4*c.words + 8 + hashBlock }

// load makes Go's hash of a context in guest memory.
func (c hashContext) load(b []byte) hash.Hash {
	state := []byte(c.magic)
	for i := range c.words {
		state = binary.BigEndian.AppendUint32(state, order.Uint32(b[4*i:]))
	}
	count := b[4*c.words:]
	length := (uint64(order.Uint32(count[4:]))<<32 | uint64(order.Uint32(count))) / 8
	state = append(state, b[4*c.words+8:]...)
	state = binary.BigEndian.AppendUint64(state, length)
	h := c.new()
	if err := h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
		return c.new() // cannot happen: the length is right
	}
	return h
}

// store writes one.
func (c hashContext) store(b []byte, h hash.Hash) {
	state, err := h.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return // cannot happen
	}
	state = state[len(c.magic):]
	for i := range c.words {
		order.PutUint32(b[4*i:], binary.BigEndian.Uint32(state[4*i:]))
	}
	length := binary.BigEndian.Uint64(state[4*c.words+hashBlock:]) * 8
	order.PutUint32(b[4*c.words:], uint32(length))
	order.PutUint32(b[4*c.words+4:], uint32(length>>32))
	copy(b[4*c.words+8:], state[4*c.words:4*c.words+hashBlock])
}

func hashInit(c hashContext) func(*guest, args) uint32 {
	return func(g *guest, a args) uint32 {
		c.store(g.write(a.u32(0), c.size()), c.new())
		return 0
	}
}

func hashUpdate(c hashContext) func(*guest, args) uint32 {
	return func(g *guest, a args) uint32 {
		b, data := g.write(a.u32(0), c.size()), g.read(a.u32(1), a.u32(2))
		g.burn(uint64(len(data)))
		h := c.load(b)
		_, _ = h.Write(data) // a hash never fails
		c.store(b, h)
		return 0
	}
}

func hashFinal(c hashContext) func(*guest, args) uint32 {
	return func(g *guest, a args) uint32 {
		h := c.load(g.read(a.u32(1), c.size()))
		copy(g.write(a.u32(0), uint32(h.Size())), h.Sum(nil))
		return 0
	}
}
