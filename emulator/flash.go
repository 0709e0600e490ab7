package emulator

import "github.com/emu8266/emu8266/flash"

// powerCut travels as a panic from the chip to the loop: power failed, and nothing behind it runs any more.
type powerCut struct{}

// watchFlash puts what happens on the chip into the trace, lets the time pass that an operation takes (Chip.Timing), and
// ends the firmware when power fails. An observer that the owner of the chip has set is called first.
func (m *machine) watchFlash() {
	chip := m.d.cfg.Flash
	owner := m.d.flashOwner
	chip.Observe = func(e flash.Event) {
		if owner != nil {
			owner(e)
		}
		m.d.trace.Add(flashEvent(&e))
		if goroutineID() != m.d.loopID || m.halted {
			return // a test works on the chip
		}
		if e.Op == flash.OpPowerCut {
			panic(powerCut{})
		}
		m.board.Busy(e.Took)
	}
}
