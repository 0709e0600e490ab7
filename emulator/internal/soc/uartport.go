package soc

import (
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// Registers of a UART, from its base on, and their bits (sdk-surface.md, Registers).
const (
	uartFIFO     = 0x00
	uartIntRaw   = 0x04
	uartIntSt    = 0x08
	uartIntEna   = 0x0C
	uartIntClr   = 0x10
	uartClkdiv   = 0x14
	uartAutobaud = 0x18
	uartStatus   = 0x1C
	uartConf0    = 0x20
	uartConf1    = 0x24
	uartLow      = 0x28
	uartHigh     = 0x2C
	uartPulses   = 0x30

	uartRxFull   = 1 << 0 // interrupts
	uartTxEmpty  = 1 << 1
	uartRxOver   = 1 << 4
	uartRxTout   = 1 << 8
	uartIntMask  = 0x1FF
	uartRxReset  = 1 << 17 // CONF0
	uartTxReset  = 1 << 18
	uartToutOn   = 1 << 31 // CONF1
	uartFIFOSize = 128

	uartClock     = 80_000_000 // UART_CLK_FREQ
	uartDivMask   = 1<<20 - 1
	uartConf0Boot = 0x1C // 8N1
	uartConf1Boot = 0x01
	// uartBaudBoot is the baud rate at boot, that of the boot ROM (driver_lib, uart.c).
	uartBaudBoot = 74880
)

// uartPort is one of the two UARTs as its registers show it. Choice: the conditions of RX full and TX empty hold as long
// as the FIFO is above or below its threshold, so clearing them is in vain before it was read or filled; RX timeout comes
// once for each pause.
type uartPort struct {
	m            *System
	n            int
	latched, ena uint32 // latched: raw bits that only INT_CLR clears
	div          uint32
	autobaud     uint32
	conf0, conf1 uint32
	rx           []byte
	lastRx       time.Time // when the last byte was there
	paused       bool      // the timeout of this pause has come
	txEnd        time.Time // when the last byte sent will have left; with Config.UARTTiming only
	timer        Timer     // the next interrupt by the passing of time
}

func newUARTPort(m *System, n int) uartPort {
	return uartPort{m: m, n: n, div: uartClock / uartBaudBoot, conf0: uartConf0Boot, conf1: uartConf1Boot}
}

// baud is the line's rate: UART_CLK_FREQ / divisor (sdk-surface.md, uart_div_modify).
func (u *uartPort) baud() int { return uartClock / int(max(u.div, 1)) }

// byteTime is how long a byte takes with its start, parity and stop bits.
func (u *uartPort) byteTime() time.Duration {
	halves := 2 * (1 + 5 + u.conf0>>2&3 + u.conf0>>1&1)
	halves += max(u.conf0>>4&3, 1) + 1 // 1, 1.5 or 2 stop bits
	return time.Duration(uint64(max(u.div, 1)) * uint64(halves) * uint64(time.Second) / (2 * uartClock))
}

func (u *uartPort) threshold() int { return int(u.conf1 & 0x7F) }

// raw returns UART_INT_RAW.
func (u *uartPort) raw() uint32 {
	r := u.latched
	if len(u.rx) > 0 && len(u.rx) >= u.threshold() {
		r |= uartRxFull
	}
	if u.txCount() <= int(u.conf1>>8&0x7F) {
		r |= uartTxEmpty
	}
	return r
}

// st returns UART_INT_ST.
func (u *uartPort) st() uint32 {
	if u.ena == 0 {
		return 0
	}
	return u.raw() & u.ena
}

// txCount is the number of bytes in the transmitter's FIFO.
func (u *uartPort) txCount() int {
	left := u.txEnd.Sub(u.m.now)
	if left <= 0 {
		return 0
	}
	t := u.byteTime()
	return min(int((left+t-1)/t), uartFIFOSize)
}

// pace makes the timer for what the passing of time changes: the pause after the last byte received, and the FIFO that
// runs empty.
func (u *uartPort) pace() {
	var at time.Time
	if u.conf1&uartToutOn != 0 && len(u.rx) > 0 && !u.paused {
		at = u.lastRx.Add(time.Duration(max(u.conf1>>24&0x7F, 1)) * u.byteTime())
	}
	if u.ena&uartTxEmpty != 0 {
		empty := u.txEnd.Add(-time.Duration(u.conf1>>8&0x7F) * u.byteTime())
		if empty.After(u.m.now) && (at.IsZero() || empty.Before(at)) {
			at = empty
		}
	}
	if at.IsZero() {
		u.m.hw.disarm(&u.timer)
		return
	}
	u.timer.fn = u.passed
	u.m.hw.arm(&u.timer, at, 0)
}

func (u *uartPort) passed() {
	if u.conf1&uartToutOn != 0 && len(u.rx) > 0 && !u.paused &&
		!u.m.now.Before(u.lastRx.Add(time.Duration(max(u.conf1>>24&0x7F, 1))*u.byteTime())) {
		u.paused = true
		u.latched |= uartRxTout
	}
	u.pace()
	u.m.service()
}

// receive takes a byte from the line.
func (u *uartPort) receive(c byte) {
	if len(u.rx) >= uartFIFOSize {
		u.latched |= uartRxOver
	} else {
		u.rx = append(u.rx, c)
	}
	u.lastRx, u.paused = u.m.now, false
	u.pace()
	u.m.service()
}

// send puts a byte into the transmitter's FIFO. One that finds it full is lost. Choice.
func (u *uartPort) send(c byte) {
	if u.m.d.cfg.UARTTiming {
		if u.txCount() >= uartFIFOSize {
			return
		}
		if u.txEnd.Before(u.m.now) {
			u.txEnd = u.m.now
		}
		u.txEnd = u.txEnd.Add(u.byteTime())
		u.pace()
	}
	if u.n == 0 {
		u.m.d.uart.transmit([]byte{c})
	} else {
		u.m.d.uart1.transmit([]byte{c})
	}
}

func (u *uartPort) read(off uint32) (uint32, bool) {
	switch off {
	case uartFIFO:
		if len(u.rx) == 0 {
			return 0, true
		}
		c := u.rx[0]
		u.rx = u.rx[1:]
		u.pace()
		return uint32(c), true
	case uartIntRaw:
		return u.raw(), true
	case uartIntSt:
		return u.st(), true
	case uartIntEna:
		return u.ena, true
	case uartIntClr, uartLow, uartHigh, uartPulses:
		return 0, true
	case uartClkdiv:
		return u.div, true
	case uartAutobaud:
		return u.autobaud, true
	case uartStatus:
		return uint32(len(u.rx)) | uint32(u.txCount())<<16, true
	case uartConf0:
		return u.conf0, true
	case uartConf1:
		return u.conf1, true
	}
	return 0, false
}

func (u *uartPort) write(off, v uint32) bool {
	switch off {
	case uartFIFO:
		u.send(byte(v))
	case uartIntEna:
		u.ena = v & uartIntMask
	case uartIntClr:
		u.latched &^= v
	case uartClkdiv:
		u.div = v & uartDivMask
	case uartAutobaud:
		u.autobaud = v
	case uartConf0:
		u.conf0 = v
		if v&uartRxReset != 0 {
			u.rx = nil
		}
		if v&uartTxReset != 0 {
			u.txEnd = time.Time{}
		}
	case uartConf1:
		u.conf1 = v
	case uartIntRaw, uartIntSt, uartStatus, uartLow, uartHigh, uartPulses: // for reading
	default:
		return false
	}
	u.pace()
	u.m.service()
	return true
}

// UartDivModify sets the baud rate of UART 0 or 1 as 80,000,000 / div; others are ignored.
func (m *System) UartDivModify(n uint8, div uint32) {
	if int(n) < len(m.uarts) {
		m.uarts[n].write(uartClkdiv, div)
	}
}

// Functions of IO_MUX that bring UART0 to GPIO13 (receive) and GPIO15 (transmit).
const uartSwapFunction = 4

// UartSwap brings UART0 to GPIO13 and GPIO15.
func (m *System) UartSwap() { m.uartPins(uartSwapFunction, muxGPIO[1]) }

// UartDeSwap brings it back to GPIO3 and GPIO1.
func (m *System) UartDeSwap() { m.uartPins(muxGPIO[13], 0) }

func (m *System) uartPins(swapped, plain uint32) {
	m.PinFuncSelect(chip.PinMux(13), swapped)
	m.PinFuncSelect(chip.PinMux(15), swapped)
	m.PinFuncSelect(chip.PinMux(1), plain)
	m.PinFuncSelect(chip.PinMux(3), plain)
}

// wait sends n bytes past the registers, as os_printf does: it waits until the FIFO has taken them.
func (m *System) wait(n int) {
	u := &m.uarts[0]
	if !m.d.cfg.UARTTiming || m.d.uart.off || !m.calling {
		return
	}
	if u.txEnd.Before(m.now) {
		u.txEnd = m.now
	}
	u.txEnd = u.txEnd.Add(time.Duration(n) * u.byteTime())
	u.pace()
	m.Busy(u.txEnd.Add(-uartFIFOSize * u.byteTime()).Sub(m.now))
}
