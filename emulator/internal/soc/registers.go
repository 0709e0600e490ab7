package soc

import (
	"encoding/binary"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/espconn"
)

// Bases of the register blocks (sdk-surface.md, Registers). A block has 256 bytes.
const (
	uart0Base    = 0x60000000
	spiBase      = 0x60000100 // HSPI; that of the flash follows at 0x60000200
	spiFlashBase = 0x60000200
	gpioBase     = 0x60000300
	frcBase      = 0x60000600
	rtcBase      = 0x60000700
	wdtBase      = 0x60000900
	uart1Base    = 0x60000F00
	rtcRAM       = 0x60001100 // block 0 of system_rtc_mem_read; 256 bytes before it are memory too
	dportBase    = 0x3FF00000
	wdevBase     = 0x3FF20000
	blockMask    = 0xFF
)

// Registers outside the blocks that have files of their own.
const (
	rtcCount      = rtcBase + 0x1C // counts as system_get_rtc_time does
	rtcStore0     = rtcBase + 0x30
	rtcStore3     = rtcBase + 0x3C
	wdtCtrl       = wdtBase + 0x00 // bit 0: the hardware watchdog runs
	wdtRuns       = 1 << 0
	wdtFeed       = wdtBase + 0x14
	wdtFeedValue  = 0x73
	dportEdge     = dportBase + 0x04
	dportEdgeTM1  = 1 << 1
	dportClock    = dportBase + 0x14
	dportFast     = 1 << 0 // 160 MHz
	efuse0        = dportBase + 0x50
	efuse1        = dportBase + 0x54
	efuse2        = dportBase + 0x58
	efuse3        = dportBase + 0x5C
	uartWho       = wdevBase + 0x20 // bit 0 UART0, bit 2 UART1: whose interrupt it is (driver_lib, uart.c)
	macTime       = wdevBase + 0xC00
	randomData    = wdevBase + 0xE44
	spiCmd        = 0x00
	spiUser       = 0x1C
	spiW0, spiW15 = 0x40, 0x7C
	spiStart      = 1 << 18 // CMD: a transfer of the user's
	spiReads      = 1 << 28 // USER: it has a part in which data comes in
)

// regsMax bounds the registers that only remember. Choice: later ones read 0.
const regsMax = 4096

// quiet are registers that firmware writes to set up what needs no setting up here: they remember, and are no finding.
var quiet = map[uint32]bool{
	dportBase + 0x0C: true, dportBase + 0x18: true, dportBase + 0x20: true, dportBase + 0x24: true, dportBase + 0x28: true,
	chip.IOMux: true, efuse2: true,
}

// hardware is what firmware reaches by registers. A reset wipes it.
type hardware struct {
	hw      timers // what the hardware does by itself; due ones come before everything else
	irq     interrupts
	gpio    gpio
	uarts   [2]uartPort
	frc     frc1
	hwTimer func() // hw_timer_set_func
	pwm     pwm
	i2c     i2cMaster
	regs    map[uint32]uint32 // registers that only remember
	polls   int               // registers read and watchdogs fed in this callback
	overran bool              // this callback has passed the end of its stack: what it reaches below is no register that it means
}

func newHardware(m *System) hardware {
	return hardware{gpio: newGPIO(), uarts: [2]uartPort{newUARTPort(m, 0), newUARTPort(m, 1)}}
}

// ReadPeriReg reads a register; board.Board says which act, and what reading costs.
func (m *System) ReadPeriReg(addr uint32) uint32 {
	m.checkReg(addr, espconn.CauseLoadProhibited)
	m.poll()
	v, known := m.readReg(addr)
	if !known {
		m.unknownReg(addr)
		v = m.regs[addr]
	}
	return v
}

// WritePeriReg writes a register as the macro WRITE_PERI_REG does; see ReadPeriReg. The exception is 29.
func (m *System) WritePeriReg(addr, v uint32) {
	m.checkReg(addr, espconn.CauseStoreProhibited)
	if !m.writeReg(addr, v) {
		m.unknownReg(addr)
		m.remember(addr, v)
	}
}

const (
	causeUnaligned = 9
	// pollFree are the registers that may be read in one callback in no time, pollTime is what each further one takes, and
	// ten times that after pollMany.
	pollFree = 100
	pollMany = 10000
	pollTime = 2500 * time.Nanosecond
)

func (m *System) checkReg(addr uint32, cause int) {
	switch {
	case chip.IsPeriReg(addr):
	case addr%4 != 0:
		m.Fatal(chip.Crash{Cause: causeUnaligned, Why: hex("access to a register at the address %s, which is no multiple of 4", addr)})
	default:
		m.Fatal(chip.Crash{Cause: cause, Why: hex("access to a register at the address %s, where there is none", addr)})
	}
}

// poll lets time pass in loops that wait for a register, or feed the watchdog.
func (m *System) poll() {
	switch m.polls++; {
	case m.polls > pollMany:
		m.Busy(10 * pollTime)
	case m.polls > pollFree:
		m.Busy(pollTime)
	}
}

func (m *System) remember(addr, v uint32) {
	if m.regs == nil {
		m.regs = map[uint32]uint32{}
	}
	if _, ok := m.regs[addr]; ok || len(m.regs) < regsMax {
		m.regs[addr] = v
	}
}

// unknownReg finds the first access to a register that does nothing here.
func (m *System) unknownReg(addr uint32) {
	if quiet[addr] || m.overran {
		return
	}
	if _, seen := m.regs[addr]; !seen {
		m.remember(addr, 0)
		m.finding(espconn.RuleRegister, "register 0x%08x", addr)
	}
}

// readReg returns the value of a register that acts.
func (m *System) readReg(addr uint32) (uint32, bool) {
	off := addr & blockMask
	switch addr &^ blockMask {
	case uart0Base:
		return m.uarts[0].read(off)
	case uart1Base:
		return m.uarts[1].read(off)
	case gpioBase:
		return m.readGPIO(off)
	case frcBase:
		return m.readFRC(off)
	case chip.IOMux:
		return m.readMux(addr)
	case spiBase, spiFlashBase:
		return m.readSPI(addr)
	case rtcRAM - rtcBefore, rtcRAM, rtcRAM + 0x100, rtcRAM + 0x200:
		if s := m.net.Setting(addr); s != nil {
			return s.Get(), true
		}
		return binary.LittleEndian.Uint32(m.d.lasting.rtc.bytes()[addr-(rtcRAM-rtcBefore):]), true
	}
	mac := m.d.cfg.MAC
	switch addr {
	case rtcCount:
		return m.GetRtcTime(), true
	case rtcStore0, rtcStore0 + 4, rtcStore0 + 8, rtcStore3:
		return m.d.lasting.store[(addr-rtcStore0)/4], true
	case wdtCtrl:
		return m.regs[addr]&^wdtRuns | number(!m.dog.hardOff), true
	case dportEdge:
		return m.regs[addr]&^dportEdgeTM1 | number(m.frc.edge)*dportEdgeTM1, true
	case dportClock:
		return m.regs[addr]&^dportFast | number(m.cpu.fast)*dportFast, true
	case efuse0: // Choice: the address lies in the fuses as the vendor's flash tool reads it
		return uint32(mac[5]) << 24, true
	case efuse1:
		return uint32(mac[3])<<8 | uint32(mac[4]), true
	case efuse3:
		return uint32(mac[0])<<16 | uint32(mac[1])<<8 | uint32(mac[2]), true
	case uartWho:
		return number(m.uarts[0].st() != 0) | number(m.uarts[1].st() != 0)<<2, true
	case macTime:
		return uint32(m.Uptime() / time.Microsecond), true
	case randomData:
		return m.Random(), true
	}
	return m.readRTC(addr)
}

// writeReg writes a register that acts.
func (m *System) writeReg(addr, v uint32) bool {
	off := addr & blockMask
	switch addr &^ blockMask {
	case uart0Base:
		return m.uarts[0].write(off, v)
	case uart1Base:
		return m.uarts[1].write(off, v)
	case gpioBase:
		return m.writeGPIO(off, v)
	case frcBase:
		return m.writeFRC(off, v)
	case chip.IOMux:
		return m.writeMux(addr, v)
	case spiBase, spiFlashBase:
		return m.writeSPI(addr, v)
	case rtcRAM - rtcBefore, rtcRAM, rtcRAM + 0x100, rtcRAM + 0x200:
		if s := m.net.Setting(addr); s != nil {
			s.Set(v)
		}
		binary.LittleEndian.PutUint32(m.d.lasting.rtc.bytes()[addr-(rtcRAM-rtcBefore):], v)
		return true
	}
	switch addr {
	case rtcStore0, rtcStore0 + 4, rtcStore0 + 8, rtcStore3:
		m.d.lasting.store[(addr-rtcStore0)/4] = v
	case dportEdge:
		m.remember(addr, v)
		m.frc.edge = v&dportEdgeTM1 != 0
	case dportClock:
		m.remember(addr, v)
		m.cpu = cpu{fast: v&dportFast != 0}
	case wdtCtrl:
		m.remember(addr, v)
		if m.dog.hardOff = v&wdtRuns == 0; !m.dog.hardOff {
			m.dog.feedHard()
		}
	case wdtFeed:
		if v == wdtFeedValue {
			m.dog.feedHard()
			m.poll()
			m.obey()
		}
	case efuse0, efuse1, efuse3, uartWho, macTime, randomData, rtcCount: // for reading
	default:
		return m.writeRTC(addr, v)
	}
	return true
}

// readSPI and writeSPI are the two SPI masters: registers remember, a transfer takes no time, and nothing is connected, so
// what comes in are ones. Choice.
func (m *System) readSPI(addr uint32) (uint32, bool) {
	return m.regs[addr], true
}

func (m *System) writeSPI(addr, v uint32) bool {
	base := addr &^ blockMask
	if addr&blockMask == spiCmd && v&spiStart != 0 {
		v &^= spiStart
		if m.regs[base+spiUser]&spiReads != 0 {
			for off := uint32(spiW0); off <= spiW15; off += 4 {
				m.remember(base+off, 0xFFFFFFFF)
			}
		}
	}
	m.remember(addr, v)
	return true
}
