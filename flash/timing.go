package flash

import "time"

// Timing is how long a chip is busy with each of its steps. The zero value is a chip that takes no time.
type Timing struct {
	Erase   time.Duration // one sector
	Program time.Duration // one whole page of 256 bytes
	First   time.Duration // the first byte of a page; the others share the rest of Program
	Read    time.Duration // one KB, address and command included
}

// TypicalTiming returns an estimate for the chips on common modules: the typical figures that Winbond states for its
// W25Q32 (sector erase 45 ms, page program 0.7 ms, first byte 30 us), which lie in the range of sdk-surface.md (an erasure
// takes 40 to 100 ms); 40 MHz with two data lines moves a KB in 0.1 ms, and as much again is added for the ROM's
// transfers of 32 bytes. Worn or cold chips take up to ten times as long.
func TypicalTiming() Timing {
	return Timing{Erase: 45 * time.Millisecond, Program: 700 * time.Microsecond, First: 30 * time.Microsecond, Read: 200 * time.Microsecond}
}

// program returns the time of programming n bytes of one page, 1 to 256.
func (t Timing) program(n int) time.Duration {
	return t.First + (t.Program-t.First)*time.Duration(n-1)/(PageSize-1)
}

// ReadTime returns the time of reading n bytes.
func (t Timing) ReadTime(n int) time.Duration { return t.Read * time.Duration(n) / 1024 }
