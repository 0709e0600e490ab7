package scenario

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

// Addresses of the scenarios.
var (
	deviceAddr = netip.MustParsePrefix("10.0.0.2/16")
	serverAddr = netip.MustParseAddrPort("10.0.0.10:443")
	clientAddr = netip.MustParseAddr("10.0.0.21")
)

// listen runs a server; each connection is served by handle and closed behind it.
func (r *runner) listen(handle func(net.Conn)) error {
	if r.listener != nil {
		_ = r.listener.Close()
	}
	l, err := r.server.Listen("tcp", serverAddr.String())
	if err != nil {
		return err
	}
	r.listener = l
	r.work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.mu.Lock()
			r.conns = append(r.conns, c)
			r.mu.Unlock()
			r.work.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	return nil
}

func (r *runner) peer(words []string) error {
	if len(words) == 0 {
		return errWords
	}
	switch words[0] {
	case "silent":
		return r.listen(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	case "records":
		if len(words) < 3 {
			return errWords
		}
		return r.cutter(words[1], words[2:])
	case "tls", "auth":
		return r.tlsServer(words[0] == "auth", words[1:])
	}
	return errWords
}

// cutter is a server that cuts its flight as told.
func (r *runner) cutter(how string, words []string) error {
	o, err := options(words, "message")
	if err != nil {
		return err
	}
	message, err := number(o["message"], 0, messageMax)
	if err != nil {
		return err
	}
	ders, err := chain(int(message))
	if err != nil {
		return err
	}
	s := &badpeer.Server{Chain: ders}
	switch how {
	case "separate":
	case "coalesced":
		s.Layout = badpeer.Coalesced
	default:
		s.Layout = badpeer.Fragmented
		n, err := number(how, 1, fragmentMax)
		if err != nil {
			return err
		}
		s.Fragment = int(n)
	}
	r.config.KeyLog = s.KeyLog()
	l, err := r.server.Listen("tcp", serverAddr.String())
	if err != nil {
		return err
	}
	r.listener = l
	r.work.Go(func() { _ = s.Serve(l) })
	return nil
}

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12}

// tlsServer is a Go TLS server.
func (r *runner) tlsServer(auth bool, words []string) error {
	o, err := options(words, "message", "suites", "version", "do")
	if err != nil {
		return err
	}
	var message uint64
	if o["message"] != "" {
		if message, err = number(o["message"], 0, messageMax); err != nil {
			return err
		}
	}
	config, err := serverConfig(int(message))
	if err != nil {
		return err
	}
	if auth {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	if v := o["version"]; v != "" {
		if versions[v] == 0 {
			return mistake("version %q: 1.0, 1.1 or 1.2 is wanted", v)
		}
		config.MinVersion, config.MaxVersion = versions[v], versions[v]
	}
	if v := o["suites"]; v != "" {
		if err := oneOf(v, "ecdhe"); err != nil {
			return err
		}
		config.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	}
	do, n, _ := strings.Cut(o["do"], ":")
	var write amount
	switch do {
	case "write":
		if write, err = amounts(n); err != nil {
			return err
		}
	case "", "hold", "echo":
		if n != "" {
			return errWords
		}
	default:
		return errWords
	}
	return r.listen(func(c net.Conn) {
		t := tls.Server(c, config)
		if t.Handshake() != nil {
			return
		}
		serve(t, do == "echo", write)
		_ = t.Close()
	})
}

// serve does what the server does after the handshake, until the connection ends.
func serve(t *tls.Conn, echo bool, write amount) {
	if echo {
		_, _ = io.Copy(t, t)
		return
	}
	for left := write.total; left > 0; {
		k := min(left, write.piece)
		if _, err := t.Write(make([]byte, k)); err != nil {
			return
		}
		left -= k
	}
	_, _ = io.Copy(io.Discard, t)
}

// client is a TLS client of the device.
type client struct {
	conn *tls.Conn
	err  error
}

// clientTime bounds a client's action in the device's time.
const clientTime = 30 * time.Second

func (r *runner) client(words []string) error {
	if len(words) < 2 {
		return errWords
	}
	c := r.clients[words[0]]
	if c == nil {
		c = &client{}
		r.clients[words[0]] = c
	}
	switch words[1] {
	case "open":
		c.err = c.open(r)
	case "send":
		if len(words) < 3 {
			return errWords
		}
		n, err := number(words[2], 0, amountMax)
		if err != nil {
			return err
		}
		if c.conn == nil {
			return mistake("client %s is not connected: an open that works is wanted before", words[0])
		}
		_, c.err = c.conn.Write(make([]byte, n))
	case "close":
		if c.conn != nil {
			c.err = c.conn.Close()
		}
	default:
		return errWords
	}
	return nil
}

func (c *client) open(r *runner) error {
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	tcp, err := r.outside.DialContext(ctx, "tcp", netip.AddrPortFrom(deviceAddr.Addr(), serverAddr.Port()).String())
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.conns = append(r.conns, tcp)
	r.mu.Unlock()
	t := tls.Client(tcp, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}})
	if err := t.HandshakeContext(ctx); err != nil {
		_ = tcp.Close()
		return err
	}
	c.conn = t
	return nil
}
