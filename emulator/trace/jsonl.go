package trace

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
)

// LineMax bounds a line of a trace file in bytes. Choice: many times what the longest event needs.
const LineMax = 1 << 20

// Writer writes events as JSON lines, each one with the name of its device. Several devices may share one: its methods may be
// called from any goroutine.
type Writer struct {
	mu  sync.Mutex // guards what follows
	out io.Writer
	err error

	buffer []byte // of the line before
}

// NewWriter returns a Writer to out, which it writes a whole line at a time.
func NewWriter(out io.Writer) *Writer { return &Writer{out: out} }

// Write writes one event of the device. After a failed write it does nothing; Err tells.
func (w *Writer) Write(device string, e Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	b, ok := appendLine(w.buffer[:0], device, &e)
	if !ok {
		b, w.err = encode(device, e)
	}
	if w.err == nil {
		w.buffer = append(b, '\n')
		_, w.err = w.out.Write(w.buffer)
	}
}

// Err returns the first error of Write, nil if there was none.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// ReadJSONL reads the lines of a Writer and calls fn with each event, in order, and the name of the device it belongs to. Empty
// lines are passed over, fields that it does not know are left out. It ends at the first line that is no event, or with fn's error.
func ReadJSONL(r io.Reader, fn func(device string, e Event) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, LineMax)
	var e Event
	for n := 1; s.Scan(); n++ {
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		e = Event{}
		device, ok := readLine(s.Bytes(), &e)
		if !ok {
			var err error
			if device, e, err = decode(s.Bytes()); err != nil {
				return fmt.Errorf("line %d: %w", n, err)
			}
		}
		if err := fn(device, e); err != nil {
			return err
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line has more than %d bytes: this is no trace", LineMax)
	}
	return s.Err()
}
