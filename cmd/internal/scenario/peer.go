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
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// subnetDefault is the network of a take that has no line network. Choice.
var subnetDefault = netip.MustParsePrefix("10.0.0.0/16")

// Numbers in the subnet of who is there, and the port of the server that a line peer without at= starts.
const (
	gatewayNumber = 1
	deviceNumber  = 2 // the built-in client
	serverNumber  = 10
	clientNumber  = 21
	serverPort    = 443
)

// addr returns an address of the subnet by its number.
func (r *runner) addr(n byte) netip.Addr {
	a := r.subnet.Masked().Addr().As4()
	a[3] += n
	return netip.AddrFrom4(a)
}

// serverAddr is where a server is unless its line says otherwise.
func (r *runner) serverAddr() netip.AddrPort {
	return netip.AddrPortFrom(r.addr(serverNumber), serverPort)
}

// bareAddress says how a place is written that stands in a line peer as it does elsewhere: :8883, 10.0.0.10:8883, 8883, port=8883.
func bareAddress(words []string) error {
	for _, w := range words {
		bare := strings.TrimPrefix(w, "port=")
		host, digits := "", bare
		if i := strings.LastIndexByte(bare, ':'); i >= 0 {
			host, digits = bare[:i], bare[i+1:]
		}
		if _, err := strconv.ParseUint(digits, 10, 16); err != nil {
			continue
		}
		if _, err := netip.ParseAddr(host); err == nil {
			return mistake("%q: perhaps %s is wanted", w, "at="+bare)
		} else if host == "" {
			return mistake("%q: perhaps %s is wanted", w, "at="+digits)
		}
	}
	return nil
}

// place reads the option at=[ADDR:]PORT, which may stand anywhere in a line, and takes it away.
func (r *runner) place(words []string, port uint16) (at netip.AddrPort, rest []string, err error) {
	at = netip.AddrPortFrom(r.serverAddr().Addr(), port)
	seen := false
	for _, w := range words {
		v, ok := strings.CutPrefix(w, "at=")
		if !ok {
			rest = append(rest, w)
			continue
		}
		if seen {
			return at, nil, mistake("at once is wanted")
		}
		seen = true
		host, digits := "", v
		if i := strings.LastIndexByte(v, ':'); i >= 0 {
			host, digits = v[:i], v[i+1:]
		}
		n, err := number(digits, 1, sizeMax)
		if err != nil {
			return at, nil, err
		}
		addr := at.Addr()
		if host != "" {
			if addr, err = netip.ParseAddr(host); err != nil || !r.subnet.Contains(addr) {
				return at, nil, mistake("%q: an address in %v is wanted (a line network changes that)", host, r.subnet)
			}
			if addr == r.addr(clientNumber) || addr == r.addr(deviceNumber) || addr == r.addr(gatewayNumber) && r.gateway == nil {
				return at, nil, mistake("%v is taken: another address is wanted", addr)
			}
		}
		at = netip.AddrPortFrom(addr, uint16(n))
	}
	return at, rest, nil
}

// ports are those on which kinds of servers listen unless their line says otherwise.
var ports = map[string]uint16{"http": 80, "mqtt": 1883}

// peer starts a server, in place of the one that was there.
func (r *runner) peer(words []string) error {
	if len(words) == 0 {
		return errWords
	}
	kind := words[0]
	if err := oneOf(kind, "tls", "auth", "records", "tcp", "silent", "none", "image", "http", "mqtt"); err != nil {
		return err
	}
	port := ports[kind]
	if port == 0 {
		port = serverPort
	}
	at, words, err := r.place(words[1:], port)
	if err != nil {
		return err
	}
	if kind != "image" && kind != "records" { // whose first word may be a number
		if err := bareAddress(words); err != nil {
			return err
		}
	}
	if old := r.peers[at]; old != nil {
		old.shut()
		delete(r.peers, at)
	}
	cut, words, err := takeCut(words)
	if err != nil {
		return err
	}
	l := &listener{r: r, at: at, cut: cut, conns: map[*tracked]bool{}}
	switch kind {
	case "none", "silent":
		if len(words) > 0 {
			return errWords
		}
		if kind == "none" {
			return nil
		}
		return l.serve(func(c net.Conn) { _, _ = io.Copy(&r.world, c) })
	case "tcp":
		o, err := options(words, "do")
		if err != nil {
			return err
		}
		does, err := l.action(o["do"])
		if err != nil {
			return err
		}
		return l.serve(does)
	case "records":
		if len(words) < 1 {
			return errWords
		}
		return l.cutter(words[0], words[1:])
	case "http":
		return l.http(words)
	case "mqtt":
		return l.mqtt(words)
	case "image":
		return l.images(words)
	}
	return l.tls(kind == "auth", words)
}

// host returns the machine at an address of the network.
func (r *runner) host(addr netip.Addr) *vnet.Host {
	if addr == r.addr(gatewayNumber) {
		return r.gateway.Host()
	}
	h := r.hosts[addr]
	if h == nil {
		h = r.network.Host("server", addr)
		r.hosts[addr] = h
	}
	return h
}

// action is what a server does with a connection, after the handshake if there is one.
func (l *listener) action(what string) (func(net.Conn), error) {
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
			l.converse(c, true)
			return
		case "answer":
			b := make([]byte, 4096)
			n, err := c.Read(b)
			_, _ = l.r.world.Write(b[:n])
			if err != nil {
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
		l.converse(c, false)
	}, nil
}

// cutter is a server that cuts its flight as told.
func (l *listener) cutter(how string, words []string) error {
	o, err := options(words, "message", "suites")
	if err != nil {
		return err
	}
	message, err := number(o["message"], 0, messageMax)
	if err != nil {
		return err
	}
	ders, err := chain(leaf{key: keyLeaf, message: int(message)})
	if err != nil {
		return err
	}
	s := &badpeer.Server{Chain: ders}
	if v := o["suites"]; v != "" {
		if err := oneOf(v, "dhe"); err != nil {
			return err
		}
		if s.DHE, err = testpki.LoadKey(keyLeaf); err != nil {
			return err
		}
	}
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
	if l.r.dev != nil {
		return mistake("the device is on: peer records before the first line that needs it is wanted")
	}
	l.r.config.KeyLog = s.KeyLog()
	if err := l.bind(); err != nil {
		return err
	}
	l.r.work.Go(func() { _ = s.Serve(l) })
	return nil
}

var versions = map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12}

// suites are those that a server may be confined to: none of them is the device's.
var suites = map[string][]uint16{
	"ecdhe": {tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
	"gcm":   {tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
}

// tlsWords are the options of a TLS server.
var tlsWords = []string{"message", "suites", "version", "key", "client", "names", "patience", "sni", "cert"}

// security is what a TLS server does until the handshake is over.
type security struct {
	config   *tls.Config
	patience time.Duration
}

// secure reads the options of a TLS server.
func secure(auth bool, o map[string]string) (s security, err error) {
	var message, named uint64
	if o["message"] != "" {
		if message, err = number(o["message"], 0, messageMax); err != nil {
			return s, err
		}
	}
	want := leaf{key: o["key"], message: int(message), kind: o["cert"]}
	if want.key == "" {
		want.key = keyLeaf
	}
	if want.kind != "" {
		if err := oneOf(want.kind, "other", "expired", "future"); err != nil {
			return s, err
		}
	}
	config, err := serverConfig(want)
	if err != nil {
		return s, err
	}
	if auth {
		config.ClientAuth = tls.RequireAnyClientCert
	}
	if v := o["client"]; v != "" {
		if err := oneOf(v, "any", "verify"); err != nil {
			return s, err
		}
		if config.ClientAuth = tls.RequireAnyClientCert; v == "verify" {
			config.ClientAuth = tls.RequireAndVerifyClientCert
		}
	}
	if v := o["names"]; v != "" {
		if named, err = number(v, 1, namesMax); err != nil {
			return s, err
		}
	}
	if named > 0 || config.ClientAuth == tls.RequireAndVerifyClientCert {
		if config.ClientCAs, err = authorities(int(named)); err != nil {
			return s, err
		}
	}
	if v := o["version"]; v != "" {
		if versions[v] == 0 {
			return s, mistake("version %q: 1.0, 1.1 or 1.2 is wanted", v)
		}
		config.MinVersion, config.MaxVersion = versions[v], versions[v]
	}
	if v := o["suites"]; v != "" {
		if suites[v] == nil {
			return s, mistake("suites %q: ecdhe or gcm is wanted", v)
		}
		config.CipherSuites = suites[v]
	}
	if v := o["sni"]; v != "" {
		if err := oneOf(v, "wanted"); err != nil {
			return s, err
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
	s = security{config, waitMax}
	if v := o["patience"]; v != "" {
		s.patience, err = duration(v)
	}
	return s, err
}

// handshake makes a TLS connection of a plain one; nil if that fails.
func (s security) handshake(c net.Conn) *tls.Conn {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	t := tls.Server(c, s.config)
	if t.HandshakeContext(ctx) != nil {
		return nil
	}
	return t
}

// tls is a Go TLS server.
func (l *listener) tls(auth bool, words []string) error {
	o, err := options(words, append([]string{"do"}, tlsWords...)...)
	if err != nil {
		return err
	}
	s, err := secure(auth, o)
	if err != nil {
		return err
	}
	alert := o["do"] == "alert"
	if alert {
		o["do"] = "hold"
	}
	does, err := l.action(o["do"])
	if err != nil {
		return err
	}
	return l.serve(func(c net.Conn) {
		below := &spoiler{Conn: c}
		if t := s.handshake(below); t != nil {
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

// images is an HTTP server that has an image for each of the two slots.
func (l *listener) images(words []string) error {
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
	if err := l.bind(); err != nil {
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
		// Named here: net/http would look into files of this machine, which a browser has not, and which differ.
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, q, "user.bin", time.Time{}, bytes.NewReader(b))
	})}
	l.r.keep(s)
	l.r.work.Go(func() { _ = s.Serve(l) })
	return nil
}
