package scenario

import (
	"net"
	"net/netip"
	"strings"
	"sync"
)

// listener is a server's place on the network, with its connections.
type listener struct {
	net.Listener // nil: not bound
	r            *runner
	at           netip.AddrPort
	cut          cut

	mu    sync.Mutex // guards what follows
	conns map[*tracked]bool
	talk  []net.Conn // those whose peers talk, behind TLS if there is any
}

// cut is when a server ends its connections: after so many bytes that it was sent; 0: never.
type cut struct {
	after int
	reset bool
}

// takeCut reads the option cut=N[/reset], which may stand anywhere in a line, and takes it away.
func takeCut(words []string) (c cut, rest []string, err error) {
	for _, w := range words {
		v, ok := strings.CutPrefix(w, "cut=")
		if !ok {
			rest = append(rest, w)
			continue
		}
		digits, how, told := strings.Cut(v, "/")
		if told {
			if err := oneOf(how, "reset"); err != nil {
				return c, nil, err
			}
		}
		n, err := number(digits, 1, amountMax)
		if err != nil {
			return c, nil, err
		}
		c = cut{int(n), told}
	}
	return c, rest, nil
}

// bind opens the server's place.
func (l *listener) bind() (err error) {
	l.Listener, err = l.r.host(l.at.Addr()).Listen("tcp", l.at.String())
	if err == nil {
		l.r.peers[l.at] = l
	}
	return err
}

// shut closes the place; connections go on.
func (l *listener) shut() {
	if l.Listener != nil {
		_ = l.Listener.Close()
	}
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	t := &tracked{Conn: c, of: l}
	l.mu.Lock()
	l.conns[t] = true
	l.mu.Unlock()
	l.r.keep(t)
	return t, nil
}

// serve runs a server; each connection is served by handle and closed behind it.
func (l *listener) serve(handle func(net.Conn)) error {
	if err := l.bind(); err != nil {
		return err
	}
	l.r.work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			l.r.work.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	return nil
}

// pieceMax bounds what a server takes at once, in bytes: a whole record of TLS, which an echo gives back as it came. Choice.
const pieceMax = 16 << 10

// converse notes what a connection brings, gives it back if it is an echo, and answers as lines reply say, until it ends.
func (l *listener) converse(c net.Conn, echo bool) {
	l.mu.Lock()
	l.talk = append(l.talk, c)
	l.mu.Unlock()
	var pending []byte
	for b := make([]byte, pieceMax); ; {
		n, err := c.Read(b)
		if n > 0 {
			var answers []string
			_, _ = l.r.world.Write(b[:n])
			if echo {
				if _, err := c.Write(b[:n]); err != nil {
					return
				}
			}
			pending, answers = l.r.world.answer(append(pending, b[:n]...))
			for _, a := range answers {
				if _, err := c.Write([]byte(a)); err != nil {
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// tracked is a connection of a server.
type tracked struct {
	net.Conn
	of   *listener
	read int
}

// Read ends the connection when it has brought as much as its server takes.
func (t *tracked) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if t.of.cut.after > 0 {
		if t.read += n; t.read >= t.of.cut.after {
			t.end(t.of.cut.reset)
			return 0, net.ErrClosed
		}
	}
	return n, err
}

// Close implements net.Conn.
func (t *tracked) Close() error {
	t.of.mu.Lock()
	delete(t.of.conns, t)
	t.of.mu.Unlock()
	return t.Conn.Close()
}

// end closes the connection, or resets it.
func (t *tracked) end(reset bool) {
	if c, ok := t.Conn.(interface{ SetLinger(int) error }); ok && reset {
		_ = c.SetLinger(0)
	}
	_ = t.Close()
}

// hangup ends all connections of a server: hangup close|reset [at=[ADDR:]PORT].
func (r *runner) hangup(args []string) error {
	l, args, err := r.served(args)
	if err != nil {
		return err
	}
	if len(args) != 1 {
		return errWords
	}
	if err := oneOf(args[0], "close", "reset"); err != nil {
		return err
	}
	l.mu.Lock()
	var all []*tracked
	for t := range l.conns {
		all = append(all, t)
	}
	l.talk = nil
	l.mu.Unlock()
	for _, t := range all {
		t.end(args[0] == "reset")
	}
	return nil
}

// served finds the server that a line is about: that of at=, or the only one.
func (r *runner) served(args []string) (*listener, []string, error) {
	at, rest, err := r.place(args, serverPort)
	if err != nil {
		return nil, nil, err
	}
	l := r.peers[at]
	if l == nil && len(rest) == len(args) && len(r.peers) == 1 {
		for _, l = range r.peers {
		}
	}
	if l == nil {
		return nil, nil, mistake("there is no server at %v: a line peer, or at=[ADDR:]PORT, is wanted", at)
	}
	return l, rest, nil
}

// say lets a server send a text on all of its connections.
func (r *runner) say(args []string) error {
	l, args, err := r.served(args)
	if err != nil {
		return err
	}
	if len(args) != 1 {
		return errWords
	}
	t, err := text(args[0])
	if err != nil {
		return err
	}
	l.mu.Lock()
	talk := append([]net.Conn(nil), l.talk...)
	l.mu.Unlock()
	said := 0
	for _, c := range talk {
		if _, err := c.Write([]byte(t)); err == nil {
			said++
		}
	}
	if said == 0 {
		return errNobody
	}
	return nil
}
