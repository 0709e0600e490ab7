package cabi

import (
	"bytes"

	"github.com/emu8266/emu8266/emulator/chip"
)

// romFunctions are functions of the chip's ROM that firmware calls by name (sdk-surface.md, ROM functions).
var romFunctions = map[string]Function{
	"ets_update_cpu_frequency": {"i", func(s *SDK, a *Args) uint32 {
		s.system.mhz = a.u8(0)
		return 0
	}},
	"ets_get_cpu_frequency": {"", func(s *SDK, _ *Args) uint32 {
		if s.system.mhz != 0 {
			return uint32(s.system.mhz)
		}
		return uint32(s.sdk.SystemGetCPUFreq())
	}},
	"rtc_get_reset_reason": {"", func(s *SDK, _ *Args) uint32 { return resetReason(s.sdk.SystemGetRstInfo().Reason) }},

	"rom_i2c_writeReg":      {"iiii", func(s *SDK, a *Args) uint32 { return s.phyWrite(a, 7, 0, 3) }},
	"rom_i2c_writeReg_Mask": {"iiiiii", func(s *SDK, a *Args) uint32 { return s.phyWrite(a, a.u32(3), a.u32(4), 5) }},
	"rom_i2c_readReg":       {"iii", func(s *SDK, a *Args) uint32 { return s.phyRead(a, 7, 0) }},
	"rom_i2c_readReg_Mask":  {"iiiii", func(s *SDK, a *Args) uint32 { return s.phyRead(a, a.u32(3), a.u32(4)) }},

	"Cache_Read_Enable":  {"iii", nothing}, // flash is not mapped into memory
	"Cache_Read_Disable": {"", nothing},

	"ets_str2macaddr": {"pp", str2mac},
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
func phyField(a *Args, msb, lsb uint32) (reg uint32, shift, mask byte) {
	msb, lsb = msb&7, lsb&7
	if msb < lsb {
		msb, lsb = lsb, msb
	}
	return a.u32(0)&0xFF<<16 | a.u32(1)&0xFF<<8 | a.u32(2)&0xFF, byte(lsb), byte(1<<(msb-lsb+1) - 1)
}

func (s *SDK) phyWrite(a *Args, msb, lsb uint32, value int) uint32 {
	reg, shift, mask := phyField(a, msb, lsb)
	if s.system.phy == nil {
		s.system.phy = map[uint32]byte{}
	}
	s.system.phy[reg] = s.system.phy[reg]&^(mask<<shift) | a.u8(value)&mask<<shift
	return 0
}

func (s *SDK) phyRead(a *Args, msb, lsb uint32) uint32 {
	reg, shift, mask := phyField(a, msb, lsb)
	return uint32(s.system.phy[reg] >> shift & mask)
}

// str2mac reads six numbers in hexadecimal, a character between them.
func str2mac(s *SDK, a *Args) uint32 {
	mac, t := s.write(a.u32(0), macaddrBytes), s.str(a.u32(1))
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
