package soc

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/emu8266/emu8266/emulator/chip"
)

// Firmware in Go that computes for ever - for {} - cannot be ended: Go has no means for that, and in virtual time it stops the time,
// too, so that nobody inside ever notices. A timer outside of all bubbles looks, in real time, and ends the process with the line.
var spinners = struct {
	sync.Mutex
	all map[*System]*spin
}{all: map[*System]*spin{}}

// spin is what was seen of a device last.
type spin struct {
	began int64
	calls uint64
	looks int // with nothing changed since
}

// spinLook is how often devices are looked at, spinMost in how many looks on end a callback may be the same, without a call of the
// SDK. Choice: ten seconds are long after anybody expected it to return. A process that was stopped, in a debugger say, has not
// been looked at meanwhile.
var (
	spinLook = time.Second
	spinMost = 10
)

func init() { time.AfterFunc(spinLook, lookForSpins) }

func lookForSpins() {
	defer time.AfterFunc(spinLook, lookForSpins)
	var suspects []*System
	spinners.Lock()
	for m, s := range spinners.all {
		began, calls := m.d.began.Load(), m.golang.calls.Load()
		if began == 0 || began != s.began || calls != s.calls {
			*s = spin{began: began, calls: calls}
			continue
		}
		if s.looks++; s.looks >= spinMost {
			s.looks = 0
			suspects = append(suspects, m)
		}
	}
	spinners.Unlock()
	for _, m := range suspects {
		if g, ok := loopGoroutine(m.d.loop); ok && !waits(g.state) {
			if f, ok := g.innermost(); ok && f.owner() == theirs {
				panic(spinText(m.d.cfg.Name, f))
			}
		}
	}
}

func spinText(device string, f goFrame) string {
	at := "at "
	if f.line <= 1 { // Go's compiler gives an empty loop no line
		if line := beginning(f); line > 0 {
			at, f.line = "in a loop of the function that begins at ", line
		}
	}
	return fmt.Sprintf("emulator: %s: the Go firmware has been computing for %s in one callback, without a call of the SDK, %s%v. "+
		"Go cannot end it, so the process ends. Return from callbacks, and go on in a timer; Config.Patience below 0 lets it compute",
		device, chip.Span(time.Duration(spinMost)*spinLook), at, f)
}

// beginning finds the line where the function of a frame begins, 0 if it does not.
func beginning(f goFrame) int {
	n, _ := runtime.GoroutineProfile(nil)
	records := make([]runtime.StackRecord, n+16)
	n, ok := runtime.GoroutineProfile(records)
	if !ok {
		return 0
	}
	for _, r := range records[:n] {
		frames := runtime.CallersFrames(r.Stack())
		for more := true; more; {
			var at runtime.Frame
			if at, more = frames.Next(); at.Function == f.function {
				whole := runtime.FuncForPC(at.PC)
				_, line := whole.FileLine(whole.Entry())
				return line
			}
		}
	}
	return 0
}
