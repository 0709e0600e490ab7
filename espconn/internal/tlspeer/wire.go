package tlspeer

import (
	"errors"
	"io"
	"net"
	"time"
)

const (
	wireQueue    = 1024             // chunks that may wait; more than any device sends
	writeTimeout = 5 * time.Second  // a device that closed its window must not hang the peer
	lingerTime   = 2 * time.Second  // how long the peer waits for the device's FIN
	writeGap     = time.Millisecond // between TCP writes, so that each travels in segments of its own
)

var (
	errTimeout = errors.New("tcp: i/o timeout")
	errReset   = errors.New("tcp: reset")
)

// wire reads a connection in a goroutine of its own, so that bytes that arrived
// before a reset are not lost, and lets the script read with deadlines.
type wire struct {
	conn net.Conn
	in   chan []byte   // closed after the last chunk; then err is valid
	stop chan struct{} // closed by close
	err  error
	buf  []byte
	last time.Time // of the latest write
}

func newWire(conn net.Conn) *wire {
	w := &wire{conn: conn, in: make(chan []byte, wireQueue), stop: make(chan struct{})}
	go w.collect()
	return w
}

func (w *wire) collect() {
	defer close(w.in)
	for {
		chunk := make([]byte, 4096)
		n, err := w.conn.Read(chunk)
		if n > 0 {
			select {
			case w.in <- chunk[:n]:
			case <-w.stop:
				return
			}
		}
		if err != nil {
			w.err = errReset
			if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
				w.err = io.EOF
			}
			return
		}
	}
}

// fill waits until n bytes are buffered. Errors: io.EOF, errReset, errTimeout.
func (w *wire) fill(n int, deadline time.Time) error {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	for len(w.buf) < n {
		select {
		case chunk, ok := <-w.in:
			if !ok {
				return w.err
			}
			w.buf = append(w.buf, chunk...)
		case <-timer.C:
			return errTimeout
		}
	}
	return nil
}

// take removes n buffered bytes.
func (w *wire) take(n int) []byte {
	p := w.buf[:n:n]
	w.buf = w.buf[n:]
	return p
}

// write sends p in one call. Errors are dropped: the device may have closed, and
// the script learns that, as the measured peers did, when it reads next.
func (w *wire) write(p []byte) {
	if len(p) == 0 {
		return
	}
	time.Sleep(writeGap - time.Since(w.last))
	defer func() { w.last = time.Now() }()
	_ = w.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, _ = w.conn.Write(p)
}

// finish sends FIN, waits for the device's and closes.
func (w *wire) finish() {
	if c, ok := w.conn.(interface{ CloseWrite() error }); ok && c.CloseWrite() == nil {
		deadline := time.Now().Add(lingerTime)
		for w.fill(len(w.buf)+1, deadline) == nil {
			w.buf = nil
		}
	}
	w.close()
}

// reset sends RST, where the connection can.
func (w *wire) reset() {
	if c, ok := w.conn.(interface{ SetLinger(int) error }); ok {
		_ = c.SetLinger(0)
	}
	w.close()
}

func (w *wire) close() {
	close(w.stop)
	_ = w.conn.Close()
	for range w.in { // until collect has ended
	}
}
