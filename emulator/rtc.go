package emulator

import "time"

// Figures of the RTC (sdk-surface.md, RTC memory and user_interface.h).
const (
	rtcSize  = 768 // bytes of RTC memory that the API reaches
	rtcBlock = 4   // bytes of a block
	// rtcCycle is the period of the RTC's clock, 5.75 µs, as system_rtc_clock_cali_proc gives it: 12 bits are fraction.
	// Choice: the typical value, and no drift with the temperature.
	rtcCycle = 0x5C00
)

// rtcRange returns the bytes of RTC memory from block on, nil if they are not all there.
func (b *Board) rtcRange(block uint8, size int) []byte {
	at := int(block) * rtcBlock
	if at >= rtcSize || at+size > rtcSize {
		return nil
	}
	return b.m.d.chip.rtc[at : at+size]
}

// SystemRtcMemRead copies RTC memory from a block of 4 bytes on into dst. It is false, and dst unchanged, for a block
// above 191 and for bytes beyond the end of the 768. Blocks 0 to 63 are the SDK's (0 to 6 hold rst_info), 64 to 191 the
// user's. RTC memory survives every reset and deep sleep; after power-on it holds garbage. Deviation: the size is not
// rounded up to 4, and any slice is aligned.
func (s *SDK) SystemRtcMemRead(block uint8, dst []byte) bool {
	src := s.board.rtcRange(block, len(dst))
	if src == nil {
		return false
	}
	copy(dst, src)
	return true
}

// SystemRtcMemWrite copies src to RTC memory, with the limits of SystemRtcMemRead. The size is rounded up to 4. Choice:
// the bytes of the last block behind src, which on the chip come from behind the caller's buffer, become 0.
func (s *SDK) SystemRtcMemWrite(block uint8, src []byte) bool {
	dst := s.board.rtcRange(block, (len(src)+rtcBlock-1)/rtcBlock*rtcBlock)
	if dst == nil {
		return false
	}
	clear(dst[copy(dst, src):])
	return true
}

// SystemGetRtcTime returns the RTC's cycles since power-on; resets and deep sleep do not stop it. It wraps.
func (s *SDK) SystemGetRtcTime() uint32 {
	return uint32(uint64(s.board.Now().Sub(s.board.m.d.chip.powered)/time.Microsecond) << 12 / rtcCycle)
}

// SystemRtcClockCaliProc returns the period of an RTC cycle in µs, of which the low 12 bits are fraction: 5.75 µs.
func (s *SDK) SystemRtcClockCaliProc() uint32 { return rtcCycle }
