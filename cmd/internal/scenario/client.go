package scenario

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emu8266/emu8266/netstack/vnet"
)

// client is a client of the device.
type client struct {
	conn net.Conn // nil: not connected
	tcp  net.Conn // what it goes over
	err  error
	from *vnet.Host // nil: the network's client
	at   netip.Addr // the device as from reaches it
	mu   sync.Mutex // guards got
	got  []byte     // what the device sent, as far as it is kept
	read int        // bytes that it sent
	over bool       // it has ended the connection
}

// listen notes what the device sends, until the connection ends.
func (c *client) listen(r *runner, conn net.Conn) {
	r.work.Go(func() {
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			c.mu.Lock()
			c.got = append(c.got, b[:min(n, max(0, worldMax-len(c.got)))]...)
			c.read += n
			c.over = err != nil
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
}

// expect checks what the device has sent, or that it has ended the connection: bytes N|<N|>N, ended.
func (c *client) expect(args []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if args[0] == "ended" {
		if len(args) > 1 {
			return errWords
		}
		if !c.over {
			return errors.New("the connection goes on")
		}
		return nil
	}
	if len(args) != 2 {
		return errWords
	}
	fits, err := compared(args[1])
	if err != nil {
		return err
	}
	if !fits(uint64(c.read)) {
		return fmt.Errorf("the client got %d bytes", c.read)
	}
	return nil
}

// clientTime bounds a client's action in the device's time.
const clientTime = 30 * time.Second

// client opens, uses or closes a connection to the device.
func (r *runner) client(words []string) error {
	if len(words) < 2 {
		return errWords
	}
	if err := oneOf(words[1], "open", "send", "say", "close", "reset", "join"); err != nil {
		return err
	}
	c := r.clients[words[0]]
	if c == nil {
		c = &client{}
		r.clients[words[0]] = c
	}
	switch words[1] {
	case "open":
		plain, deaf, port := false, false, uint64(serverPort)
		for _, w := range words[2:] {
			if v, ok := strings.CutPrefix(w, "to="); ok {
				var err error
				if port, err = number(v, 1, sizeMax); err != nil {
					return err
				}
				continue
			}
			if err := oneOf(w, "plain", "deaf"); err != nil {
				return err
			}
			plain, deaf = plain || w == "plain", deaf || w == "deaf"
		}
		if !c.at.IsValid() && !r.dev.Addr().IsValid() {
			return errNoAddress
		}
		c.conn, c.err = r.open(c, plain, uint16(port))
		c.mu.Lock()
		c.over = false
		c.mu.Unlock()
		if c.conn != nil && !deaf {
			c.listen(r, c.conn)
		}
	case "join":
		return r.join(words[0], c, words[2:])
	case "say":
		if len(words) != 3 {
			return errWords
		}
		t, err := text(words[2])
		if err != nil {
			return err
		}
		if c.conn == nil {
			return mistake("client %s is not connected: an open that works is wanted before", words[0])
		}
		_, c.err = c.conn.Write([]byte(t))
	case "send":
		if len(words) < 3 {
			return errWords
		}
		a, err := amounts(words[2])
		if err != nil {
			return err
		}
		if c.conn == nil {
			return mistake("client %s is not connected: an open that works is wanted before", words[0])
		}
		for c.err = nil; a.total > 0 && c.err == nil; a.total -= a.piece {
			_, c.err = c.conn.Write(make([]byte, min(a.piece, a.total)))
			time.Sleep(pieceTime)
		}
	case "close", "reset":
		if c.conn == nil {
			return nil
		}
		if l, ok := c.tcp.(interface{ SetLinger(int) error }); ok && words[1] == "reset" {
			c.err = l.SetLinger(0)
		}
		c.err = errors.Join(c.err, c.conn.Close())
	default:
		return errWords
	}
	return nil
}

// pieceTime is between two pieces that a client sends: the device takes one after the other.
const pieceTime = 100 * time.Millisecond

// open connects a client, and says that the device has closed it at once if it has.
func (r *runner) open(c *client, plain bool, port uint16) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	from, to := r.outside, r.dev.Addr()
	if c.from != nil {
		from, to = c.from, c.at
	}
	tcp, err := from.DialContext(ctx, "tcp", netip.AddrPortFrom(to, port).String())
	if err != nil {
		return nil, err
	}
	r.keep(tcp)
	c.tcp = tcp
	if plain {
		// What a plain client can see: that its connection is reset at once.
		_ = tcp.SetReadDeadline(time.Now().Add(pieceTime))
		first := make([]byte, 4096)
		n, err := tcp.Read(first)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		_ = tcp.SetReadDeadline(time.Time{})
		c.mu.Lock()
		c.got, c.read = append(c.got, first[:n]...), c.read+n
		c.mu.Unlock()
		return tcp, nil
	}
	t := tls.Client(tcp, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, DynamicRecordSizingDisabled: true})
	if err := t.HandshakeContext(ctx); err != nil {
		_ = tcp.Close()
		return nil, err
	}
	return t, nil
}

// softAPAddr is where the SDK's soft-AP is unless the firmware has set another address (sdk-surface.md, wifi_softap).
var softAPAddr = netip.MustParseAddr("192.168.4.1")

// join makes a client a station of the device's soft-AP.
func (r *runner) join(name string, c *client, words []string) error {
	if len(words) < 1 || len(words) > 2 {
		return errWords
	}
	m := vnet.Membership{SSID: words[0]}
	if len(words) > 1 {
		m.Password = words[1]
	}
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	h, err := r.network.Join(ctx, name, m)
	if c.err = err; err != nil {
		return nil // a line expect client tells
	}
	c.from, c.at = h, softAPAddr
	r.keep(hostCloser{h})
	return nil
}

// hostCloser closes a host.
type hostCloser struct{ host *vnet.Host }

// Close implements io.Closer.
func (h hostCloser) Close() error {
	h.host.Close()
	return nil
}
