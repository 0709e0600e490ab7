package scenario

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

// client is a client of the device.
type client struct {
	conn net.Conn // nil: not connected
	err  error
}

// clientTime bounds a client's action in the device's time.
const clientTime = 30 * time.Second

// client opens, uses or closes a connection to the device.
func (r *runner) client(words []string) error {
	if len(words) < 2 {
		return errWords
	}
	if err := oneOf(words[1], "open", "send", "close"); err != nil {
		return err
	}
	c := r.clients[words[0]]
	if c == nil {
		c = &client{}
		r.clients[words[0]] = c
	}
	switch words[1] {
	case "open":
		if len(words) > 2 {
			if err := oneOf(words[2], "plain"); err != nil {
				return err
			}
		}
		c.conn, c.err = r.open(len(words) > 2)
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
	case "close":
		if c.conn != nil {
			c.err = c.conn.Close()
		}
	default:
		return errWords
	}
	return nil
}

// pieceTime is between two pieces that a client sends: the device takes one after the other.
const pieceTime = 100 * time.Millisecond

// open connects a client, and says that the device has closed it at once if it has.
func (r *runner) open(plain bool) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	tcp, err := r.outside.DialContext(ctx, "tcp", netip.AddrPortFrom(deviceAddr.Addr(), serverAddr.Port()).String())
	if err != nil {
		return nil, err
	}
	r.keep(tcp)
	if plain {
		// What a plain client can see: that its connection is reset at once.
		_ = tcp.SetReadDeadline(time.Now().Add(pieceTime))
		if _, err := tcp.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		_ = tcp.SetReadDeadline(time.Time{})
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
