// Package fault makes bad TLS peers out of good ones: a server's listener or connection that resets, falls silent or
// closes at a chosen record, writes slowly or in small pieces. Wrap the TCP side, below the TLS library:
//
//	l = fault.Listener(l, fault.Peer{Record: 3, Then: fault.Reset})
//	tls.NewListener(l, config)
//
// Waiting is done with package time, so that it costs nothing in a testing/synctest bubble. The connections are as safe
// for concurrent use as those they wrap.
package fault

import (
	"encoding/binary"
	"net"
	"sync"
	"time"
)

// Then is what happens at the chosen record.
type Then int

// What may happen. The record itself is not sent.
const (
	Reset   Then = iota // the TCP connection is reset
	Silence             // nothing is sent any more; what comes is still read
	Close               // the TCP connection is closed in good order
)

// Peer describes a bad peer. The zero value is a good one.
type Peer struct {
	// Record is the number of the record that the peer would send when it happens, 1 for its first; 0: never.
	Record int
	Then   Then
	// Piece is the greatest number of bytes in one TCP write; 0: as they come.
	Piece int
	// Delay is the pause before each TCP write.
	Delay time.Duration
}

// recordHeader is the length of a TLS record's header in bytes; the length of the body is its last two.
const recordHeader = 5

// Listener returns l with connections that behave as p. Each counts its own records.
func Listener(l net.Listener, p Peer) net.Listener { return listener{l, p} }

type listener struct {
	net.Listener
	peer Peer
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return Conn(c, l.peer), nil
}

// Conn returns c behaving as p. Writes that are swallowed count as written; after a Reset or Close they fail as on any
// closed connection.
func Conn(c net.Conn, p Peer) net.Conn { return &conn{Conn: c, peer: p} }

type conn struct {
	net.Conn
	peer Peer

	mu      sync.Mutex // guards what follows; held while writing
	pending []byte     // of a header that is not complete yet
	body    int        // bytes of the record under way that are still to come
	records int
	silent  bool
}

// Write sends b in pieces, up to the record at which it happens.
func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.silent {
		return len(b), nil
	}
	n, bad := c.pass(b)
	written, err := c.send(b[:n])
	if err != nil || !bad {
		return written, err
	}
	if err := c.happen(); err != nil {
		return written, err
	}
	return len(b), nil // swallowed
}

// pass returns how many bytes of b go out, and whether the bad record begins behind them.
func (c *conn) pass(b []byte) (n int, bad bool) {
	if c.peer.Record == 0 {
		return len(b), false
	}
	for n < len(b) {
		if c.body == 0 && len(c.pending) == 0 && c.records+1 == c.peer.Record {
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
		if c.peer.Piece > 0 {
			k = min(k, c.peer.Piece)
		}
		time.Sleep(c.peer.Delay)
		n, err := c.Conn.Write(b[:k])
		written += n
		if err != nil {
			return written, err
		}
		b = b[k:]
	}
	return written, nil
}

// happen does what was asked for at the record.
func (c *conn) happen() error {
	switch c.peer.Then {
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
