package report

import "github.com/emu8266/emu8266/emulator/trace"

// laneID is a line of the time line.
type laneID int

// The lanes, from the top. laneNone is for events that the picture shows otherwise or not at all: the heap has a curve of its own.
const (
	laneNone laneID = iota - 1
	laneDevice
	laneWiFi
	laneTCP
	laneRecords
	laneMessages
	laneCalls
	laneCallbacks
	laneUART
	laneFindings
	laneFlash
	lanePins
	laneCount
)

// lane returns where an event is shown.
func lane(e trace.Event) laneID {
	switch e.Kind {
	case trace.KindCause, trace.KindFinding:
		return laneFindings
	}
	switch e.Source {
	case trace.SourceDevice, trace.SourceCPU:
		if e.Kind == trace.KindContext || e.Kind == trace.KindFrame {
			return laneNone
		}
		return laneDevice
	case trace.SourceWiFi:
		return laneWiFi
	case trace.SourceNet:
		return laneTCP
	case trace.SourceTLS:
		switch e.Kind {
		case trace.KindRecord:
			return laneRecords
		case trace.KindHeap:
			return laneNone
		}
		return laneMessages
	case trace.SourceAPI:
		if e.Kind == trace.KindCall {
			return laneCalls
		}
		return laneNone
	case trace.SourceCallback:
		if e.Kind == trace.KindReturned {
			return laneNone
		}
		return laneCallbacks
	case trace.SourceUART, trace.SourceUART1:
		return laneUART
	case trace.SourceFlash:
		return laneFlash
	case trace.SourcePin, trace.SourcePWM, trace.SourceI2C:
		return lanePins
	}
	return laneNone
}

// bad tells whether an event is something that went wrong.
func bad(e trace.Event) bool {
	switch e.Kind {
	case trace.KindCause, trace.KindFinding, trace.KindFatal, trace.KindFailure, trace.KindFailed, trace.KindBadFree, trace.KindPowerCut,
		trace.KindRefused, trace.KindReconnect:
		return true
	case trace.KindAlert:
		return e.Level == 2 && e.Value != 0
	}
	return false
}

// mark is one sign on a lane: one event, or several that would lie on each other.
type mark struct {
	x     float64
	first int // index of the first event
	count int
	bad   bool
	out   bool  // sent by the device
	bytes int64 // of the largest record
	limit int64 // its buffer
}

// nearest is how near two marks may stand before they become one, in units of the picture.
const nearest = 4.0

// marks returns the signs of each lane, from left to right.
func (f *flight) marks() (out [laneCount][]mark) {
	for i, e := range f.events {
		at := lane(e)
		if at == laneNone {
			continue
		}
		m := mark{x: f.scale.x[i], first: i, count: 1, bad: bad(e), out: e.Out}
		if e.Kind == trace.KindRecord {
			m.bytes, m.limit = max(int64(e.Fill), e.Value), e.Limit
		}
		if n := len(out[at]); n > 0 && m.x-out[at][n-1].x < nearest {
			last := &out[at][n-1]
			last.count++
			last.bad = last.bad || m.bad
			if m.bytes > last.bytes {
				last.bytes, last.limit = m.bytes, m.limit
			}
			continue
		}
		out[at] = append(out[at], m)
	}
	return out
}
