package sdk

import (
	"github.com/emu8266/emu8266/flash"
)

// SpiFlashRead fills dst from addr on. Any address and length will do. Results: flash.ResultOK (0), ResultErr (1),
// ResultTimeout (2), see flash.SpiRead.
func (s *SDK) SpiFlashRead(addr uint32, dst []byte) int { return int(s.board.SpiFlashRead(addr, dst)) }

// SpiFlashWrite clears the bits at addr that are clear in src. addr must be a multiple of 4; the length of src is rounded
// up to one. Results as SpiFlashRead, see flash.SpiWrite.
func (s *SDK) SpiFlashWrite(addr uint32, src []byte) int {
	return int(s.board.SpiFlashWrite(addr, src))
}

// SpiFlashEraseSector sets the 4,096 bytes of sector to ones. Results as SpiFlashRead.
func (s *SDK) SpiFlashEraseSector(sector uint16) int { return int(s.board.SpiFlashEraseSector(sector)) }

// SpiFlashGetID returns the chip's 24-bit JEDEC id, 0x1640EF for 4 MB.
func (s *SDK) SpiFlashGetID() uint32 { return flash.ID(s.board.Flash().Size()) }
