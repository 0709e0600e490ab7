package badpeer

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// Then is what a peer does instead of sending a record.
type Then int

// What a peer may do. The record itself is not sent.
const (
	Reset   Then = iota // the TCP connection is reset
	Silence             // nothing is sent any more; what comes is still read
	Close               // the TCP connection is closed in good order
)

// Behavior says how a peer sends. The zero value changes nothing: the peer behaves well.
type Behavior struct {
	// Record is the number of the TLS record instead of which Then happens, 1 for the first that the peer sends on a
	// connection; 0: never.
	Record int
	// Then is what happens instead of that record; it means nothing while Record is 0.
	Then Then
	// Piece is the greatest number of bytes in one TCP write; 0: as they come.
	Piece int
	// Delay is the pause before each TCP write.
	Delay time.Duration
}

// recordHeader is the length of a TLS record's header in bytes; the length of the body is its last two.
const recordHeader = 5

// Listener returns l with connections that behave as b says. Each counts its own records.
func Listener(l net.Listener, b Behavior) net.Listener { return listener{l, b} }

type listener struct {
	net.Listener
	behavior Behavior
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return Conn(c, l.behavior), nil
}

// Conn returns c behaving as b says. After a Silence writes count as written; after a Reset or Close they fail as on any
// closed connection.
func Conn(c net.Conn, b Behavior) net.Conn { return &conn{Conn: c, behavior: b} }

type conn struct {
	net.Conn
	behavior Behavior

	mu      sync.Mutex // guards what follows; held while writing
	pending []byte     // of a header that is not complete yet
	body    int        // bytes of the record under way that are still to come
	records int
	silent  bool
}

// Write sends b in pieces, up to the chosen record.
func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return len(b), nil
	}
	n, chosen := c.pass(b)
	written, err := c.send(b[:n])
	if err != nil || !chosen {
		return written, err
	}
	if err := c.happen(); err != nil {
		return written, err
	}
	return len(b), nil // swallowed
}

// pass returns how many bytes of b go out, and whether the chosen record begins behind them.
func (c *conn) pass(b []byte) (n int, chosen bool) {
	if c.behavior.Record == 0 {
		return len(b), false
	}
	for n < len(b) {
		if c.body == 0 && len(c.pending) == 0 && c.records+1 == c.behavior.Record {
			return n, true
		}
		if c.body == 0 {
			k := min(recordHeader-len(c.pending), len(b)-n)
			c.pending = append(c.pending, b[n:n+k]...)
			n += k
			if len(c.pending) == recordHeader {
				c.body = int(binary.BigEndian.Uint16(c.pending[recordHeader-2:]))
				c.pending = c.pending[:0]
				c.records++
			}
			continue
		}
		k := min(c.body, len(b)-n)
		c.body -= k
		n += k
	}
	return n, false
}

func (c *conn) send(b []byte) (written int, err error) {
	for len(b) > 0 {
		k := len(b)
		if c.behavior.Piece > 0 {
			k = min(k, c.behavior.Piece)
		}
		time.Sleep(c.behavior.Delay)
		n, err := c.Conn.Write(b[:k])
		written += n
		if err != nil {
			return written, err
		}
		b = b[k:]
	}
	return written, nil
}

// happen does what was asked for instead of the record.
func (c *conn) happen() error {
	switch c.behavior.Then {
	case Silence:
		c.silent = true
		return nil
	case Reset:
		if l, ok := c.Conn.(interface{ SetLinger(sec int) error }); ok {
			_ = l.SetLinger(0)
		}
	}
	_ = c.Conn.Close()
	return net.ErrClosed
}
