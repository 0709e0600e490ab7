package compare

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/emu8266/emu8266/emulator/trace"
)

// Packet is a frame of a network.
type Packet struct {
	At   time.Duration // since the device was made
	Data []byte        // from the Ethernet header on
}

// Side is what one device did. Compare does not change it.
type Side struct {
	Events []trace.Event
	Frames []Packet // none: frames are not compared
}

// Options say what counts. The zero value: everything, to the nanosecond.
type Options struct {
	// Ignore are aspects that may differ.
	Ignore []Aspect
	// Tolerance is how far apart in time a step may be, relative to the step before.
	Tolerance time.Duration
	// Libraries says that one side, or both, ran on the vendor's own libraries, which are seen from outside: what these do not tell is left
	// out, and what two stacks draw, such as ports, is not compared. Of the heap it is what is held, at calls and callbacks; how much the
	// Wi-Fi driver holds more is named in the result and taken off.
	Libraries bool
	// Most is how many differences are told of each, events and frames. Default: 100. Compare ends when there are so many.
	Most int
}

// Bounds of a comparison. Choice.
const (
	mostDefault = 100
	// reach is how many steps behind a difference the two may go on alike, both sides together.
	reach = 256
	// alike is how many steps have to be equal before the two are taken to go on alike; fewer where both end.
	alike = 3
	// context is how many equal steps before a difference are told with it.
	context = 6
	// shown is how many steps of each side a difference tells at most.
	shown = 12
)

// Difference is a place where the two part.
type Difference struct {
	Aspect Aspect `json:"aspect"`
	Text   string `json:"text"` // what is different, in a sentence
	// At is when it is, on the side that comes first. In JSON it is a number of seconds.
	At time.Duration `json:"-"`
	// Before are steps of the first side that both have, the last of them just before the difference.
	Before []string `json:"before,omitempty"`
	// A and B are what stands between the last equal step and the next, on either side.
	A []string `json:"a,omitempty"`
	B []string `json:"b,omitempty"`
}

// MarshalJSON writes the time in seconds, as lines of a trace have it.
func (d Difference) MarshalJSON() ([]byte, error) {
	type fields Difference
	return json.Marshal(struct {
		At float64 `json:"at"`
		fields
	}{d.At.Seconds(), fields(d)})
}

// String returns the difference in some lines.
func (d Difference) String() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", d.Aspect, d.Text)
	for _, s := range d.Before {
		fmt.Fprintf(&b, "    %s\n", s)
	}
	for _, s := range d.A {
		fmt.Fprintf(&b, "  a %s\n", s)
	}
	for _, s := range d.B {
		fmt.Fprintf(&b, "  b %s\n", s)
	}
	return b.String()
}

// Result is what Compare found.
type Result struct {
	// Differences come in the order of time.
	Differences []Difference `json:"differences"`
	// Events and Frames are how many steps both sides have alike.
	Events int `json:"events"`
	Frames int `json:"frames"`
	// Offset is how many bytes of heap more are held on the first side, with Options.Libraries, since the station or access point changed
	// last: blocks of the Wi-Fi driver and of the timers. It is no difference.
	Offset int64 `json:"heap_offset,omitempty"`
	// Cut says that the sides were not compared to their end: there are too many differences, or they do not come together again.
	Cut bool `json:"cut,omitempty"`
}

// Equal says that there is no difference.
func (r Result) Equal() bool { return len(r.Differences) == 0 }

// Counts are the numbers of differences by their aspect.
func (r Result) Counts() map[Aspect]int {
	counts := map[Aspect]int{}
	for _, d := range r.Differences {
		counts[d.Aspect]++
	}
	return counts
}

// Compare compares two sides.
func Compare(a, b Side, o Options) Result {
	if o.Most <= 0 {
		o.Most = mostDefault
	}
	var r Result
	ignored := func(x Aspect) bool { return slices.Contains(o.Ignore, x) }
	steps, frames := eventSteps, frameSteps
	if o.Libraries {
		steps, frames = sharedSteps, sharedFrames
	}
	var c bool
	r.Differences, r.Events, r.Offset, c = walk(steps(a.Events, ignored), steps(b.Events, ignored), o)
	r.Cut = c
	if !ignored(Frame) && len(a.Frames)+len(b.Frames) > 0 {
		var found []Difference
		found, r.Frames, _, c = walk(frames(a.Frames), frames(b.Frames), o)
		r.Differences, r.Cut = append(r.Differences, found...), r.Cut || c
	}
	slices.SortStableFunc(r.Differences, func(x, y Difference) int { return cmp.Compare(x.At, y.At) })
	return r
}

// step is an event or a frame.
type step struct {
	at     time.Duration
	aspect Aspect
	event  trace.Event // without what no comparison is about: number, time, place in the source, the heap's free bytes
	frame  string      // the bytes, or what of them counts
	text   string      // of a frame, "" for what its bytes say
	whole  *trace.Event

	counted bool  // free counts
	fresh   bool  // how much more is free on one side than on the other begins anew
	free    int64 // bytes of heap
}

func (s step) same(o step) bool { return s.event == o.event && s.frame == o.frame }

// near says that the two tell of the same thing, with other figures or texts.
func (s step) near(o step) bool {
	return s.aspect == o.aspect && s.event.Source == o.event.Source && s.event.Kind == o.event.Kind && s.event.Conn == o.event.Conn &&
		(s.frame == "") == (o.frame == "")
}

func (s step) String() string {
	if s.whole != nil {
		return s.whole.String()
	}
	if s.text != "" {
		return fmt.Sprintf("%12.6f frame   %s", s.at.Seconds(), s.text)
	}
	return fmt.Sprintf("%12.6f frame   %s", s.at.Seconds(), describe([]byte(s.frame)))
}

func eventSteps(events []trace.Event, ignored func(Aspect) bool) []step {
	steps := make([]step, 0, len(events))
	for i := range events {
		aspect := aspectOf(events[i])
		if ignored(aspect) {
			continue
		}
		bare := events[i]
		bare.Seq, bare.At, bare.Where = 0, 0, ""
		free := int64(0)
		if bare.Source == trace.SourceHeap {
			free, bare.Limit = bare.Limit, 0
		}
		if bare.Kind == trace.KindBoot {
			bare.Name, bare.Text = "", "" // the profile and the device's name are what the user chose
			free, bare.Limit = bare.Limit, 0
		}
		counted := bare.Source == trace.SourceHeap || bare.Kind == trace.KindBoot
		steps = append(steps, step{at: events[i].At, aspect: aspect, event: bare, counted: counted, free: free, whole: &events[i]})
	}
	return steps
}

func frameSteps(frames []Packet) []step {
	steps := make([]step, len(frames))
	for i, f := range frames {
		steps[i] = step{at: f.At, aspect: Frame, frame: string(f.Data)}
	}
	return steps
}

// walk compares two lists of steps. It returns the differences, how many steps are equal, how many bytes of heap b had more when that began
// anew, and whether it ended before the lists did.
func walk(a, b []step, o Options) (found []Difference, equal int, offset int64, cut bool) {
	ignoredTime, ignoredOrder := slices.Contains(o.Ignore, Time), slices.Contains(o.Ignore, Order)
	var shift time.Duration // how much later b is
	var more int64          // how many bytes of heap b has more
	ignoredHeap := slices.Contains(o.Ignore, Heap)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if len(found) == o.Most {
			return found, equal, offset, true
		}
		if i < len(a) && j < len(b) && a[i].same(b[j]) {
			now := b[j].at - a[i].at
			if off := now - shift; !ignoredTime && (off > o.Tolerance || -off > o.Tolerance) {
				found = append(found, difference(Time, timeText(off), a, i, a[i:i+1], b[j:j+1]))
			}
			shift = now
			if a[i].counted {
				has := b[j].free - a[i].free
				if a[i].fresh || b[j].fresh {
					offset, more = has, has
				}
				if !ignoredHeap && has != more {
					found = append(found, difference(Heap, heapText(has, has-more), a, i, a[i:i+1], b[j:j+1]))
				}
				more = has
			}
			i, j, equal = i+1, j+1, equal+1
			continue
		}
		n, m, met := meet(a[i:], b[j:])
		gapA, gapB := a[i:i+n], b[j:j+m]
		if d := between(gapA, gapB, a, i); d.Aspect != Order || !ignoredOrder {
			found = append(found, d)
		}
		if !met {
			return found, equal, offset, true
		}
		more = shifted(gapA, gapB, more)
		if i, j = i+n, j+m; i < len(a) && j < len(b) {
			shift = b[j].at - a[i].at // what comes after a difference may be later for it
		}
	}
	return found, equal, offset, false
}

// meet finds the nearest steps from which on a and b go on alike, or both end; met says whether there are any within reach.
func meet(a, b []step) (n, m int, met bool) {
	if len(a) > 0 && len(b) > 0 && a[0].near(b[0]) && goOn(a[1:], b[1:]) {
		return 1, 1, true // of steps that come again and again one has changed: none is missing
	}
	for sum := 1; sum <= reach; sum++ {
		for k := range sum + 1 { // n and m grow evenly: half and half first
			n = sum/2 - (k+1)/2
			if k%2 == 1 {
				n = sum/2 + (k+1)/2
			}
			m = sum - n
			if n < 0 || m < 0 || n > len(a) || m > len(b) {
				continue
			}
			if goOn(a[n:], b[m:]) {
				return n, m, true
			}
		}
	}
	return min(len(a), reach/2), min(len(b), reach/2), false
}

// goOn says that a and b begin alike.
func goOn(a, b []step) bool {
	n := min(alike, len(a), len(b))
	if n < alike && len(a) != len(b) {
		return false
	}
	for k := range n {
		if !a[k].same(b[k]) {
			return false
		}
	}
	return true
}

// between makes a difference of what stands between equal steps; a is all of the first side, of which i are before it.
func between(gapA, gapB []step, a []step, i int) Difference {
	switch {
	case len(gapA) == 0:
		return difference(gapB[0].aspect, "only b has it", a, i, nil, gapB)
	case len(gapB) == 0:
		return difference(gapA[0].aspect, "only a has it", a, i, gapA, nil)
	case permuted(gapA, gapB):
		return difference(Order, "the same steps in another order", a, i, gapA, gapB)
	case gapA[0].near(gapB[0]):
		return difference(gapA[0].aspect, "other contents", a, i, gapA, gapB)
	case contains(gapB, gapA[0]):
		return difference(gapB[0].aspect, "b has it before", a, i, gapA, gapB)
	case contains(gapA, gapB[0]):
		return difference(gapA[0].aspect, "a has it before", a, i, gapA, gapB)
	}
	return difference(gapA[0].aspect, "each does something else", a, i, gapA, gapB)
}

func contains(list []step, s step) bool { return slices.ContainsFunc(list, s.same) }

// permuted says that b has the steps of a, in another order.
func permuted(a, b []step) bool {
	if len(a) != len(b) {
		return false
	}
	left := slices.Clone(b)
	for _, s := range a {
		k := slices.IndexFunc(left, s.same)
		if k < 0 {
			return false
		}
		left = slices.Delete(left, k, k+1)
	}
	return true
}

// shifted is how many bytes of heap b has more behind a difference, when it was more before: what blocks in it explain needs no telling.
func shifted(gapA, gapB []step, more int64) int64 {
	taken := func(gap []step) (n int64) {
		for _, s := range gap {
			switch {
			case s.event.Source != trace.SourceHeap:
			case s.event.Kind == trace.KindAlloc:
				n += s.event.Value
			case s.event.Kind == trace.KindFree:
				n -= s.event.Value
			}
		}
		return n
	}
	return more + taken(gapA) - taken(gapB)
}

func heapText(more, change int64) string {
	word, relative := "more", "more"
	if more < 0 {
		more, word = -more, "less"
	}
	if change < 0 {
		change, relative = -change, "less"
	}
	return fmt.Sprintf("b has %d bytes %s free, %d %s than before", more, word, change, relative)
}

func timeText(off time.Duration) string {
	if off < 0 {
		return fmt.Sprintf("b comes %v earlier, relative to the step before", -off)
	}
	return fmt.Sprintf("b comes %v later, relative to the step before", off)
}

func difference(aspect Aspect, text string, a []step, i int, gapA, gapB []step) Difference {
	d := Difference{Aspect: aspect, Text: text, Before: texts(a[max(0, i-context):i], context)}
	d.A, d.B = texts(gapA, shown), texts(gapB, shown)
	switch {
	case len(gapA) == 0:
		d.At = gapB[0].at
	case len(gapB) == 0:
		d.At = gapA[0].at
	default:
		d.At = min(gapA[0].at, gapB[0].at)
	}
	return d
}

func texts(steps []step, most int) (list []string) {
	for k, s := range steps {
		if k == most {
			return append(list, fmt.Sprintf("and %d more", len(steps)-most))
		}
		list = append(list, s.String())
	}
	return list
}
