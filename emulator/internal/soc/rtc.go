package soc

import (
	"encoding/binary"
	"time"

	"github.com/emu8266/emu8266/espconn"
)

// Figures of the RTC (sdk-surface.md, RTC memory and user_interface.h).
const (
	rtcSize  = 768 // bytes of RTC memory that the API reaches
	rtcBlock = 4   // bytes of a block
	// rtcBefore is the RTC memory below block 0, which only addresses reach.
	rtcBefore = 256
	// rtcCycle is the period of the RTC's clock, 5.75 µs, as system_rtc_clock_cali_proc gives it: 12 bits are fraction.
	// Choice: the typical value, and no drift with the temperature.
	rtcCycle = 0x5C00
)

// rtcRange returns the bytes of RTC memory from block on, nil if they are not all there.
func (m *System) rtcRange(block uint8, size int) []byte {
	at := int(block) * rtcBlock
	if at >= rtcSize || at+size > rtcSize {
		return nil
	}
	return m.d.lasting.rtc.bytes()[rtcBefore:][at : at+size]
}

// RtcMemRead copies RTC memory from a block of 4 bytes on into dst.
func (m *System) RtcMemRead(block uint8, dst []byte) bool {
	src := m.rtcRange(block, len(dst))
	if src == nil {
		return m.OutOfRange("system_rtc_mem_read", "the end in bytes", int(block)*rtcBlock+len(dst), 0, rtcSize)
	}
	copy(dst, src)
	return true
}

// RtcMemWrite copies src to RTC memory, with the limits of RtcMemRead.
func (m *System) RtcMemWrite(block uint8, src []byte) bool {
	dst := m.rtcRange(block, (len(src)+rtcBlock-1)/rtcBlock*rtcBlock)
	if dst == nil {
		return m.OutOfRange("system_rtc_mem_write", "the end in bytes", int(block)*rtcBlock+len(src), 0, rtcSize)
	}
	clear(dst[copy(dst, src):])
	for at := 0; at+rtcBlock <= len(dst) && m.rtcRead != 0; at += rtcBlock {
		if binary.LittleEndian.Uint32(dst[at:]) == m.rtcRead {
			m.d.lasting.rtcKept = m.rtcRead
		}
	}
	return true
}

// GetRtcTime returns the RTC's cycles since power-on, the reset pin or the end of the last deep sleep, whichever came last; restarts
// and watchdogs do not stop it (sdk-surface.md, system_get_rtc_time).
func (m *System) GetRtcTime() uint32 {
	if m.rtcSlept != 0 {
		m.finding(espconn.RuleRTCOverSleep, "system_get_rtc_time after a deep sleep over which %d cycles were kept", m.rtcSlept)
		m.rtcSlept = 0
	}
	m.rtcRead = uint32(uint64(m.Now().Sub(m.d.lasting.powered)/time.Microsecond) << 12 / rtcCycle)
	return m.rtcRead
}

// RtcClockCaliProc returns the period of an RTC cycle in µs, of which the low 12 bits are fraction: 5.75 µs.
func (m *System) RtcClockCaliProc() uint32 { return rtcCycle }
