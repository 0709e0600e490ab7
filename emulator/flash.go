package emulator

import (
	"github.com/emu8266/emu8266/flash"
)

// powerCut travels as a panic from the operation in which power failed to the loop: nothing behind it runs any more.
type powerCut struct{}

// watchFlash puts what happens on the chip into the trace. An observer that the owner of the chip has set is called first.
func (m *machine) watchFlash() {
	chip, owner := m.d.cfg.Flash, m.d.flashOwner
	chip.Observe = func(e flash.Event) {
		if owner != nil {
			owner(e)
		}
		m.d.trace.Add(flashEvent(&e))
	}
}

// flashDone lets the time pass that an operation of the firmware took (Chip.Timing), and ends the firmware if power failed
// in it. It returns the outcome.
func (m *machine) flashDone(o flash.Outcome) flash.Outcome {
	switch {
	case m.halted:
	case o.PowerCut:
		panic(powerCut{})
	default:
		m.board.Busy(o.Took)
	}
	return o
}

// firmwareFlash is the chip as the firmware works on it: each operation takes its time.
type firmwareFlash struct {
	*flash.Chip
	m *machine
}

var _ flash.Device = firmwareFlash{}

func (m *machine) flash() firmwareFlash { return firmwareFlash{m.d.cfg.Flash, m} }

func (f firmwareFlash) Write(addr uint32, p []byte) error {
	return f.m.flashDone(f.Program(addr, p)).Err
}

func (f firmwareFlash) EraseSector(n uint32) error { return f.m.flashDone(f.Erase(n)).Err }

// EraseFlash erases the whole chip, sector by sector, as the boot ROM's SPIEraseChip does.
func (b *Board) EraseFlash() error {
	f := b.m.flash()
	for n := range f.Sectors() {
		if err := f.EraseSector(uint32(n)); err != nil {
			return err
		}
	}
	return nil
}
