package soc

import (
	"github.com/emu8266/emu8266/flash"
)

// powerCut travels as a panic from the operation in which power failed to the loop: nothing behind it runs any more.
type powerCut struct{}

// watchFlash puts what happens on the chip into the trace. An observer that the owner of the chip has set is called first.
func (m *System) watchFlash() {
	chip, owner := m.d.cfg.Flash, m.d.flashOwner
	chip.Observe = func(e flash.Event) {
		if owner != nil {
			owner(e)
		}
		m.d.trace.Add(flashEvent(&e))
		if m.toldFlash != nil && e.Len > 0 {
			for n := e.Addr / flash.SectorSize; n <= (e.Addr+uint32(e.Len)-1)/flash.SectorSize; n++ {
				m.toldFlash(n)
			}
		}
	}
}

// WatchFlash tells f, at once, of each sector of the flash that holds something, and from then until the firmware ends, of each that has
// changed. f may read the flash.
func (m *System) WatchFlash(f func(sector uint32)) {
	chip := m.d.cfg.Flash
	for n := range uint32(chip.Sectors()) {
		if !chip.Blank(n) {
			f(n)
		}
	}
	m.toldFlash = f
}

// flashDone lets the time pass that an operation of the firmware took (Chip.Timing), and ends the firmware if power failed
// in it. It returns the outcome.
func (m *System) flashDone(o flash.Outcome) flash.Outcome {
	switch {
	case m.halted:
	case o.PowerCut:
		panic(powerCut{})
	default:
		m.flashBusy = true
		m.Busy(o.Took)
		m.flashBusy = false
	}
	return o
}

// FlashBusy reports whether an operation of the firmware on the flash is under way: code that lies there cannot be fetched. Interrupts
// come in meanwhile.
func (m *System) FlashBusy() bool { return m.flashBusy }

// firmwareFlash is the chip as the firmware works on it: each operation takes its time.
type firmwareFlash struct {
	*flash.Chip
	m *System
}

var _ flash.Device = firmwareFlash{}

// Flash returns the chip as the firmware works on it: operations take their time, and end the firmware if power fails in one.
func (m *System) Flash() flash.Device { return m.flash() }

func (m *System) flash() firmwareFlash { return firmwareFlash{m.d.cfg.Flash, m} }

func (f firmwareFlash) Write(addr uint32, p []byte) error {
	return f.m.flashDone(f.Program(addr, p)).Err
}

func (f firmwareFlash) EraseSector(n uint32) error { return f.m.flashDone(f.Erase(n)).Err }

// EraseFlash erases the whole chip, sector by sector, as the boot ROM's SPIEraseChip does.
func (m *System) EraseFlash() error {
	f := m.flash()
	for n := range f.Sectors() {
		if err := f.EraseSector(uint32(n)); err != nil {
			return err
		}
	}
	return nil
}

// SpiFlashRead fills dst from addr on.
func (m *System) SpiFlashRead(addr uint32, dst []byte) flash.Result {
	return m.spiResult("spi_flash_read", flash.SpiRead(m.d.cfg.Flash, addr, dst))
}

// SpiFlashWrite clears the bits at addr that are clear in src. addr must be a multiple of 4; the length of src is
// rounded up to one.
func (m *System) SpiFlashWrite(addr uint32, src []byte) flash.Result {
	m.checkWrite(addr, src)
	return m.spiResult("spi_flash_write", m.flashDone(flash.SpiWrite(m.d.cfg.Flash, addr, src)))
}

// SpiFlashEraseSector sets the 4,096 bytes of sector to ones.
func (m *System) SpiFlashEraseSector(sector uint16) flash.Result {
	m.checkFlash("erasure", uint32(sector)*flash.SectorSize, flash.SectorSize)
	return m.spiResult("spi_flash_erase_sector", m.flashDone(flash.SpiEraseSector(m.d.cfg.Flash, sector)))
}
