package report

import (
	"math"
	"time"

	"github.com/emu8266/emu8266/emulator/trace"
)

// The time line's measures in units of the picture. Choice: they make a handshake of a hundred events as wide as a screen.
const (
	stepWidth = 7.0    // from one event to the next of the same instant
	gapMin    = 6.0    // for time that passes at all
	gapMax    = 70.0   // however long nothing happens
	widthMin  = 1040.0 // of a picture with little in it
	stretch   = 1.8    // how much wider than natural that makes it
	widthMax  = 3000.0 // what is wider is made narrower
)

// scale gives each event its place on the time line. On a device much happens at one instant and then nothing for long: events of
// an instant stand one behind the other, and time that passes takes a width that grows with its logarithm.
type scale struct {
	x     []float64 // of each event
	width float64
	ticks []tick
}

// tick is a moment with its time, where time has passed before it.
type tick struct {
	x  float64
	at time.Duration
}

func newScale(events []trace.Event) scale {
	s := scale{x: make([]float64, len(events))}
	x, last := 10.0, time.Duration(-1)
	for i, e := range events {
		if e.At != last {
			if last >= 0 {
				x += gap(e.At - last)
			}
			last = e.At
			s.ticks = append(s.ticks, tick{x, e.At})
		} else if lane(e) != laneNone {
			x += stepWidth
		}
		s.x[i] = x
	}
	s.width = x + 10
	if factor := min(max(widthMin/s.width, 1), stretch, max(widthMax/s.width, 0)); factor != 1 {
		for i := range s.x {
			s.x[i] *= factor
		}
		for i := range s.ticks {
			s.ticks[i].x *= factor
		}
		s.width *= factor
	}
	s.width = max(s.width, widthMin)
	return s
}

// gap returns the width of a time in which nothing happens.
func gap(d time.Duration) float64 {
	return min(gapMin+12*math.Log10(1+float64(d)/float64(100*time.Microsecond)), gapMax)
}
