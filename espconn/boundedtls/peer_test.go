package boundedtls_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

// pki returns a file of the oracle's certificates.
func pki(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "testdata", "oracle", "pki", name))
	require.NoError(tb, err)
	return b
}

func certificate(tb testing.TB, cert, key string) tls.Certificate {
	tb.Helper()
	c, err := tls.X509KeyPair(pki(tb, cert), pki(tb, key))
	require.NoError(tb, err)
	return c
}

// wire is an unbounded in-memory stream for the peer's side.
type wire struct {
	toPeer   chan []byte
	fromPeer chan []byte
	rest     []byte
}

func newWire() *wire {
	return &wire{toPeer: make(chan []byte, 1024), fromPeer: make(chan []byte, 1024)}
}

func (w *wire) Read(p []byte) (int, error) {
	if len(w.rest) == 0 {
		b, ok := <-w.toPeer
		if !ok {
			return 0, io.EOF
		}
		w.rest = b
	}
	n := copy(p, w.rest)
	w.rest = w.rest[n:]
	return n, nil
}

func (w *wire) Write(p []byte) (int, error) {
	w.fromPeer <- append([]byte(nil), p...)
	return len(p), nil
}

func (w *wire) Close() error                     { return nil }
func (w *wire) LocalAddr() net.Addr              { return nil }
func (w *wire) RemoteAddr() net.Addr             { return nil }
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// device drives a Conn over a wire.
type device struct {
	c    boundedtls.Conn
	w    *wire
	sent *[]byte // what the device wrote; nil: not kept

	piece   int // feed at most so many bytes at once; 0: what comes
	pending []byte
}

func (d *device) flush() {
	for out := d.c.Output(); out != nil; out = d.c.Output() {
		if d.sent != nil {
			*d.sent = append(*d.sent, out...)
		}
		d.w.toPeer <- append([]byte(nil), out...)
	}
}

var errPeerGone = errors.New("peer closed")

func (d *device) feed() error {
	if len(d.pending) == 0 {
		b, ok := <-d.w.fromPeer
		if !ok {
			return errPeerGone
		}
		d.pending = b
	}
	n := len(d.pending)
	if d.piece > 0 {
		n = min(n, d.piece)
	}
	d.c.Feed(d.pending[:n])
	d.pending = d.pending[n:]
	return nil
}

func (d *device) handshake() error {
	for {
		st := d.c.Handshake()
		d.flush()
		switch st {
		case boundedtls.Done:
			if err := d.c.FinishHandshake(); err != nil {
				return err
			}
			return nil
		case boundedtls.Failed:
			return d.c.Err()
		case boundedtls.NeedInput:
			if err := d.feed(); err != nil {
				return err
			}
		}
	}
}

// readFull reads n bytes of application data.
func (d *device) readFull(p []byte) error {
	for got := 0; got < len(p); {
		n, st := d.c.Read(p[got:])
		d.flush()
		switch st {
		case boundedtls.Done:
			got += n
		case boundedtls.NeedInput:
			if err := d.feed(); err != nil {
				return err
			}
		case boundedtls.CloseNotified:
			return io.EOF
		default:
			return d.c.Err()
		}
	}
	return nil
}

// write sends p in the SDK's chunks, each of them in one or two records.
func (d *device) write(p []byte) error {
	for len(p) > 0 {
		chunk := p[:min(len(p), mbedtls.MaxWrite)]
		p = p[len(chunk):]
		for len(chunk) > 0 {
			n, err := d.c.Write(chunk)
			if err != nil {
				return err
			}
			d.flush()
			chunk = chunk[n:]
		}
	}
	return nil
}

func dataPattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(7*i + 3)
	}
	return p
}
