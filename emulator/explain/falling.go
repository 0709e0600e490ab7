package explain

import (
	"fmt"
	"slices"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
)

// A heap that falls from connection to connection is a leak, or what the firmware keeps; one that is short at the first is too small.
// What is free where a connection begins tells them apart.

// beginsWith notes what is free where a connection begins, and where the first one did that began in the same way in this boot. One that
// begins beside another is not compared: that one has memory of its own.
func (r *Reader) beginsWith(s *story, how string) {
	if slices.ContainsFunc(r.stories, func(o *story) bool {
		return o != s && o.x.Subject == SubjectConnection && !o.past && o.open()
	}) {
		return
	}
	if _, ok := r.firsts[how]; !ok {
		r.firsts[how] = r.free
	}
	s.x.HeapBegan, s.x.HeapFirst = r.free, r.firsts[how]
}

// missing returns how many bytes were missing for a block that found no memory; all of it where they were there, but not in one piece.
func missing(failed *trace.Event) int {
	if short := failed.Value - failed.Limit; short > 0 {
		return int(short)
	}
	return int(failed.Value)
}

// fallen returns how many bytes fewer were free when the connection began than when the first one did, 0 if none or not known.
func (x *Explanation) fallen() int { return max(0, int(x.HeapFirst)-int(x.HeapBegan)) }

// leaks puts first what would have helped where memory was short that was there when the first connection began.
func (s *story) leaks(say *phrases) {
	x := &s.x
	ordered := cause.ID(s.heap.Name) == cause.HeapOrdered // by a test
	if fall := x.fallen(); !ordered && s.short > 0 && fall >= s.short {
		x.Change = slices.Insert(x.Change, 0, fmt.Sprintf(say.leaks, fall))
	}
}

// starves tells whether something failed for want of memory.
func (x *Explanation) starves() bool {
	return x.HeapFailed != "" || x.CauseID == cause.ID(espconn.CauseHeapGate)
}
