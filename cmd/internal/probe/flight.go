package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"os"
	"sync/atomic"
	"time"
)

const (
	// flightQuiet is how long a flight that is not whole may stay silent until what has come of it is passed on. Choice: longer than a
	// round trip to the other side of the world, shorter than any time of the device.
	flightQuiet = 500 * time.Millisecond
	// flightTime bounds how long anything is held back. Choice.
	flightTime = 3 * time.Second
	// flightMax bounds what is held back, bytes: four records that no device takes.
	flightMax = 64 << 10
	// near is how long a server takes at most to be connected and to send its first flight whose whole handshake ends before a device's TCP
	// timer runs first. Choice.
	near = 40 * time.Millisecond
	// nearTries is how often that is measured; the least counts. Choice.
	nearTries = 2
	// timerPeriod is that of the device's TCP timer, which first runs so long after boot (lwip.md 2).
	timerPeriod = 125 * time.Millisecond
)

// Flow dials a TLS server whose handshake flights reach the devices whole and, if it is distant, at set times. How the bytes of a flight
// are spread over a real network's segments, and between which runs of the device's timers they come, is chance, and the device needs
// more or less heap by it: what is no whole record yet lies in the heap, and the record of the TCP timer moves at each run (lwip.md 16).
// With this each handshake with the same server meets the same.
//
// Records that end a flight are those with ServerHelloDone, Finished, an alert or data; what is no TLS is passed on as it comes. The set
// times are those in the middle between two runs of the TCP timer of a device that has just booted; there is at least one run between
// two flights.
type Flow struct {
	// Server is its real address; "": it is not distant. It is looked at in one or two connections more.
	Server string

	distant atomic.Bool
}

// Dial connects to the server, as vnet.GatewayConfig.Dial.
func (f *Flow) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	began := time.Now()
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	r := &flights{Conn: c, began: began, paced: f.distant.Load()}
	r.await()
	return r, nil
}

// measure finds out whether the server is distant.
func (f *Flow) measure(ctx context.Context) {
	if f.Server == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	for range nearTries {
		began := time.Now()
		c, err := new(net.Dialer).DialContext(ctx, "tcp", f.Server)
		if err != nil {
			return
		}
		_ = c.SetDeadline(began.Add(lookTimeout / 3))
		_, _ = deviceHello.ask(ctx, c) // an alert is a flight, too
		_ = c.Close()
		f.distant.Store(time.Since(began) > near)
		if !f.distant.Load() {
			return
		}
	}
}

// flights is a connection of a Flow.
type flights struct {
	net.Conn

	began time.Time     // the dial
	paced bool          // flights are passed on at set times
	told  time.Duration // after began: the last set time

	buf   [16 << 10]byte
	held  []byte // of a flight that is not whole
	ready []byte // to be read
	err   error  // comes after ready
	seen  flightReader
}

// await waits for the next set time.
func (c *flights) await() {
	if !c.paced {
		return
	}
	now := time.Since(c.began)
	next := (c.told/timerPeriod+1)*timerPeriod + timerPeriod/2
	for next < now {
		next += timerPeriod
	}
	time.Sleep(next - now)
	c.told = next
}

// Read waits for the end of a flight.
func (c *flights) Read(p []byte) (int, error) {
	for len(c.ready) == 0 && c.err == nil {
		c.fill()
	}
	if len(c.ready) == 0 {
		return 0, c.err
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// fill reads until the end of a flight, the connection's, or that of patience.
func (c *flights) fill() {
	var last time.Time // of patience; zero: nothing is held
	handshake := !c.seen.over
	for {
		var deadline time.Time
		if len(c.held) > 0 {
			now := time.Now()
			if last.IsZero() {
				last = now.Add(flightTime)
			}
			if deadline = now.Add(flightQuiet); deadline.After(last) {
				deadline = last
			}
		}
		_ = c.SetReadDeadline(deadline) // fails only for a connection that is over; Read says so
		n, err := c.Conn.Read(c.buf[:])
		c.held = append(c.held, c.buf[:n]...)
		whole := c.seen.end(c.buf[:n])
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			c.err = err
		}
		if whole || err != nil || len(c.held) >= flightMax {
			if c.ready, c.held = c.held, nil; handshake {
				c.await()
			}
			return
		}
	}
}

// CloseWrite closes one direction.
func (c *flights) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// SetLinger is that of net.TCPConn.
func (c *flights) SetLinger(sec int) error {
	if l, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return l.SetLinger(sec)
	}
	return nil
}

// flightReader follows a server's records up to the end of its handshake.
type flightReader struct {
	header  []byte // of the record, as far as it has come
	record  int    // bytes of the record's body that are still to come
	kind    byte   // of the record
	sealed  bool   // ChangeCipherSpec came: what follows is encrypted
	begin   []byte // of the message: type and length, as far as they have come
	message int    // bytes of the message's body that are still to come
	over    bool   // no handshake any more: everything ends a flight
}

// Further numbers of RFC 5246 6.2.1 and 7.4.
const (
	recordCCS        = 20
	messageHelloDone = 14
)

// end takes what comes next and tells whether a flight ends with it.
func (f *flightReader) end(data []byte) bool {
	done := false
	for len(data) > 0 && !f.over {
		done = false
		if f.record == 0 {
			n := min(len(data), recordHeader-len(f.header))
			f.header, data = append(f.header, data[:n]...), data[n:]
			if len(f.header) == recordHeader {
				f.kind, f.record = f.header[0], int(binary.BigEndian.Uint16(f.header[3:]))
				f.over = f.header[1] != 3 || f.record == 0 || f.record > recordMax
				f.header = f.header[:0]
			}
			continue
		}
		body := data[:min(len(data), f.record)]
		data, f.record = data[len(body):], f.record-len(body)
		if f.kind == recordHandshake && !f.sealed {
			done = f.messages(body)
		}
		if f.record > 0 {
			continue
		}
		switch {
		case f.kind == recordCCS:
			f.sealed = true
		case f.kind != recordHandshake, f.sealed: // an alert, data, Finished
			f.over = true
		}
	}
	return done && f.record == 0 || f.over
}

// messages takes a part of a record with handshake messages and tells whether ServerHelloDone ends with it.
func (f *flightReader) messages(body []byte) bool {
	for len(body) > 0 {
		if len(f.begin) == messageHeader && f.message == 0 {
			f.begin = f.begin[:0]
		}
		if n := min(len(body), messageHeader-len(f.begin)); n > 0 {
			if f.begin, body = append(f.begin, body[:n]...), body[n:]; len(f.begin) == messageHeader {
				f.message = int(f.begin[1])<<16 | int(binary.BigEndian.Uint16(f.begin[2:]))
			}
			continue
		}
		n := min(len(body), f.message)
		body, f.message = body[n:], f.message-n
	}
	return len(f.begin) == messageHeader && f.message == 0 && f.begin[0] == messageHelloDone
}
