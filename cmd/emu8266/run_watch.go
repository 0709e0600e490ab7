package main

import (
	"bytes"
	"io"
	"sync"
)

// ending is how a run came to its end.
type ending uint8

// The first of these that happens decides.
const (
	endNone     ending = iota // nothing has happened: the time is over, or somebody has interrupted
	endExpected               // all texts of --expect-text were printed
	endText                   // a text of --fail-text was printed
	endFinding                // misuse of the SDK, with --checks fail
	endHalt                   // the firmware has ended
	endBoot                   // nothing can boot: text says why
)

// runWatch passes the device's output on, looks for texts in it, which may begin and end anywhere, and knows what ended the run.
type runWatch struct {
	out    io.Writer
	done   chan struct{} // closed when the run can end
	mu     sync.Mutex    // guards what follows: the device writes, the command reads
	expect []string      // not seen yet
	fail   []string
	why    ending
	text   string // endText: which; endBoot: why
	any    bool   // something is expected
	tail   []byte // of the output, as long as the longest text
	keep   int
}

func newRunWatch(out io.Writer, expect, fail []string) *runWatch {
	w := &runWatch{out: out, done: make(chan struct{}), expect: append([]string(nil), expect...), fail: fail, any: len(expect) > 0}
	for _, t := range append(append([]string(nil), expect...), fail...) {
		w.keep = max(w.keep, len(t))
	}
	return w
}

// Write never fails: the device's UART has nobody to tell.
func (w *runWatch) Write(p []byte) (int, error) {
	_, _ = w.out.Write(p) // a reader that has gone is an interruption: console.go
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.why != endNone {
		return len(p), nil
	}
	w.tail = append(w.tail, p...)
	for i := 0; i < len(w.expect); {
		if bytes.Contains(w.tail, []byte(w.expect[i])) {
			w.expect = append(w.expect[:i], w.expect[i+1:]...)
		} else {
			i++
		}
	}
	for _, t := range w.fail {
		if w.text == "" && bytes.Contains(w.tail, []byte(t)) {
			w.text = t
		}
	}
	if n := len(w.tail) - w.keep; n > 0 {
		w.tail = append(w.tail[:0], w.tail[n:]...)
	}
	if w.text != "" {
		w.end(endText)
	} else if w.any && len(w.expect) == 0 {
		w.end(endExpected)
	}
	return len(p), nil
}

// end lets the run end unless it has ended already; the caller holds mu.
func (w *runWatch) end(why ending) {
	if w.why == endNone {
		w.why = why
		close(w.done)
	}
}

// unbootable ends the run because what the device should boot cannot run.
func (w *runWatch) unbootable(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.why == endNone {
		w.text = why
	}
	w.end(endBoot)
}

// finish ends the run for another reason than a text.
func (w *runWatch) finish(why ending) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end(why)
}

// result returns what ended the run, the texts that did not come and the one that should not have come.
func (w *runWatch) result() (why ending, missing []string, failed string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.why, w.expect, w.text
}
