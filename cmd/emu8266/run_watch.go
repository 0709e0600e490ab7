package main

import (
	"bytes"
	"io"
	"sync"
)

// textWatch passes the device's output on and looks for texts in it, which may begin and end anywhere.
type textWatch struct {
	out    io.Writer
	done   chan struct{} // closed when the run can end
	mu     sync.Mutex    // guards what follows: the device writes, the command reads
	expect []string      // not seen yet
	fail   []string
	failed string // the first of fail that was seen
	any    bool   // something is expected
	tail   []byte // of the output, as long as the longest text
	keep   int
	ended  bool
}

func newTextWatch(out io.Writer, expect, fail []string) *textWatch {
	w := &textWatch{out: out, done: make(chan struct{}), expect: append([]string(nil), expect...), fail: fail, any: len(expect) > 0}
	for _, t := range append(append([]string(nil), expect...), fail...) {
		w.keep = max(w.keep, len(t))
	}
	return w
}

// Write never fails: the device's UART has nobody to tell.
func (w *textWatch) Write(p []byte) (int, error) {
	_, _ = w.out.Write(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
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
		if w.failed == "" && bytes.Contains(w.tail, []byte(t)) {
			w.failed = t
		}
	}
	if n := len(w.tail) - w.keep; n > 0 {
		w.tail = append(w.tail[:0], w.tail[n:]...)
	}
	if w.failed != "" || w.any && len(w.expect) == 0 {
		w.end()
	}
	return len(p), nil
}

// end lets the run end; the caller holds mu.
func (w *textWatch) end() {
	if !w.ended {
		w.ended = true
		close(w.done)
	}
}

// finish ends the run for another reason.
func (w *textWatch) finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.end()
}

// result returns the texts that did not come and the one that should not have come.
func (w *textWatch) result() (missing []string, failed string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.expect, w.failed
}
