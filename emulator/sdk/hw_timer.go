package sdk

import (
	"github.com/emu8266/emu8266/emulator/chip"
)

// HwTimerInit prepares FRC1, with 5 counts a microsecond, for HwTimerArm; with autoload it repeats. What HwTimerSetFunc
// sets is called at interrupt level.
func (s *SDK) HwTimerInit(source chip.HwTimerSource, autoload bool) {
	s.board.HwTimerInit(source, autoload)
}

// HwTimerSetFunc sets what HwTimerArm calls.
func (s *SDK) HwTimerSetFunc(fn func()) { s.board.HwTimerSetFunc(fn) }

// HwTimerArm starts the timer of HwTimerInit: us microseconds, 10 to 0x7FFFFF; 50 or more with autoload, 100 or more as
// NMI. Only the low 23 bits of five times that count.
func (s *SDK) HwTimerArm(us uint32) { s.board.HwTimerArm(us) }
