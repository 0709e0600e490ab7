package scenario

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/flash/image"
)

// Addresses of the scenarios.
var (
	deviceAddr = netip.MustParsePrefix("10.0.0.2/16")
	serverAddr = netip.MustParseAddrPort("10.0.0.10:443")
	clientAddr = netip.MustParseAddr("10.0.0.21")
)

// peer starts the server that the device connects to, in place of the one before.
func (r *runner) peer(words []string) error {
	if len(words) == 0 {
		return errWords
	}
	if r.listener != nil {
		_ = r.listener.Close()
		r.listener = nil
	}
	kind, words := words[0], words[1:]
	switch kind {
	case "none", "silent":
		if len(words) > 0 {
			return errWords
		}
		if kind == "none" {
			return nil
		}
		return r.listen(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	case "tcp":
		o, err := options(words, "do")
		if err != nil {
			return err
		}
		does, err := action(o["do"])
		if err != nil {
			return err
		}
		return r.listen(does)
	case "records":
		if len(words) < 1 {
			return errWords
		}
		return r.cutter(words[0], words[1:])
	case "tls", "auth":
		return r.tlsServer(kind == "auth", words)
	case "image":
		return r.imageServer(words)
	}
	return oneOf(kind, "tls", "auth", "records", "tcp", "silent", "none", "image")
}

// bind listens at the server's address.
func (r *runner) bind() (net.Listener, error) {
	l, err := r.server.Listen("tcp", serverAddr.String())
	r.listener = l
	return l, err
}

// listen runs a server; each connection is served by handle and closed behind it.
func (r *runner) listen(handle func(net.Conn)) error {
	l, err := r.bind()
	if err != nil {
		return err
	}
	r.work.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.keep(c)
			r.work.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	return nil
}

// action is what a server does with a connection, after the handshake if there is one.
func action(what string) (func(net.Conn), error) {
	verb, n, counted := strings.Cut(what, ":")
	if err := oneOf(verb, "", "hold", "echo", "close", "write", "answer"); err != nil {
		return nil, err
	}
	var out amount
	switch {
	case verb == "write" || verb == "answer":
		var err error
		if out, err = amounts(n); err != nil {
			return nil, err
		}
	case counted:
		return nil, errWords
	}
	return func(c net.Conn) {
		switch verb {
		case "close":
			return
		case "echo":
			_, _ = io.Copy(c, c)
			return
		case "answer":
			if _, err := c.Read(make([]byte, 4096)); err != nil {
				return
			}
		}
		for left := out.total; left > 0; {
			k := min(left, out.piece)
			if _, err := c.Write(make([]byte, k)); err != nil {
				return
			}
			left -= k
		}
		_, _ = io.Copy(io.Discard, c)
	}, nil
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
	ders, err := chain(keyLeaf, int(message))
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
	l, err := r.bind()
	if err != nil {
		return err
	}
	r.work.Go(func() { _ = s.Serve(l) })
	return nil
}

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12}

// suites are those that a server may be confined to: none of them is the device's.
var suites = map[string][]uint16{
	"ecdhe": {tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
	"gcm":   {tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
}

// tlsServer is a Go TLS server.
func (r *runner) tlsServer(auth bool, words []string) error {
	o, err := options(words, "message", "suites", "version", "key", "client", "names", "patience", "sni", "do")
	if err != nil {
		return err
	}
	var message, named uint64
	if o["message"] != "" {
		if message, err = number(o["message"], 0, messageMax); err != nil {
			return err
		}
	}
	key := o["key"]
	if key == "" {
		key = keyLeaf
	}
	config, err := serverConfig(key, int(message))
	if err != nil {
		return err
	}
	if auth {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	if v := o["client"]; v != "" {
		if err := oneOf(v, "any", "verify"); err != nil {
			return err
		}
		if config.ClientAuth = tls.RequireAnyClientCert; v == "verify" {
			config.ClientAuth = tls.RequireAndVerifyClientCert
		}
	}
	if v := o["names"]; v != "" {
		if named, err = number(v, 1, namesMax); err != nil {
			return err
		}
	}
	if named > 0 || config.ClientAuth == tls.RequireAndVerifyClientCert {
		if config.ClientCAs, err = authorities(int(named)); err != nil {
			return err
		}
	}
	if v := o["version"]; v != "" {
		if versions[v] == 0 {
			return mistake("version %q: 1.0, 1.1 or 1.2 is wanted", v)
		}
		config.MinVersion, config.MaxVersion = versions[v], versions[v]
	}
	if v := o["suites"]; v != "" {
		if suites[v] == nil {
			return mistake("suites %q: ecdhe or gcm is wanted", v)
		}
		config.CipherSuites = suites[v]
	}
	if v := o["sni"]; v != "" {
		if err := oneOf(v, "wanted"); err != nil {
			return err
		}
		none := config.Clone() // without a name there is no certificate: alert handshake_failure
		none.CipherSuites = suites["ecdhe"]
		config.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			if h.ServerName == "" {
				return none, nil
			}
			return nil, nil
		}
	}
	patience := waitMax
	if v := o["patience"]; v != "" {
		if patience, err = duration(v); err != nil {
			return err
		}
	}
	alert := o["do"] == "alert"
	if alert {
		o["do"] = "hold"
	}
	does, err := action(o["do"])
	if err != nil {
		return err
	}
	return r.listen(func(c net.Conn) {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		below := &spoiler{Conn: c}
		t := tls.Server(below, config)
		if t.HandshakeContext(ctx) == nil {
			below.on = alert
			does(t)
			_ = t.Close()
		}
	})
}

// spoiler is below a TLS server: once it is on, no record arrives as it was sent, and the server's library sends a fatal alert,
// bad_record_mac.
type spoiler struct {
	net.Conn
	on bool
}

// Read changes the last byte.
func (s *spoiler) Read(b []byte) (int, error) {
	n, err := s.Conn.Read(b)
	if s.on && n > 0 {
		b[n-1] ^= 1
	}
	return n, err
}

// imageServer is an HTTP server that has an image for each of the two slots.
func (r *runner) imageServer(words []string) error {
	o, err := options(words, "bytes", "do")
	if err != nil {
		return err
	}
	size := uint64(20_000)
	if v := o["bytes"]; v != "" {
		if size, err = number(v, 1, amountMax); err != nil {
			return err
		}
	}
	if v := o["do"]; v != "" {
		if err := oneOf(v, "hold"); err != nil {
			return err
		}
	}
	files := map[string][]byte{}
	for app, path := range map[uint8]string{1: "/user1.bin", 2: "/user2.bin"} {
		if files[path], err = image.BuildUser(app, make([]byte, size)); err != nil {
			return err
		}
	}
	l, err := r.bind()
	if err != nil {
		return err
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b := files[q.URL.Path]
		if b == nil {
			http.NotFound(w, q)
			return
		}
		if o["do"] == "hold" { // the length that it promises does not come
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			_, _ = w.Write(b[:len(b)/2])
			_ = http.NewResponseController(w).Flush()
			<-q.Context().Done()
			return
		}
		http.ServeContent(w, q, "user.bin", time.Time{}, bytes.NewReader(b))
	})}
	r.keep(s)
	r.work.Go(func() { _ = s.Serve(l) })
	return nil
}
