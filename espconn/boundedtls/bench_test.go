package boundedtls_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/axtls"
	"github.com/emu8266/emu8266/espconn/boundedtls/mbedtls"
)

func benchConfig(b *testing.B) *tls.Config {
	return &tls.Config{MaxVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate(b, "leaf2048.pem", "leaf2048.key.pem")},
		InsecureSkipVerify: true, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}, SessionTicketsDisabled: true}
}

// deviceClient is one handshake of the engine with crypto/tls's server.
func deviceClient(b *testing.B, conf *tls.Config) (*device, *tls.Conn) {
	w := newWire()
	peer := tls.Server(w, conf)
	done := make(chan error, 1)
	go func() { done <- peer.Handshake() }()
	c := mbedtls.Late().New(boundedtls.Config{})
	if err := c.Setup(); err != nil {
		b.Fatal(err)
	}
	d := &device{c: c, w: w}
	if err := d.handshake(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return d, peer
}

// goClient is the same with crypto/tls on both sides.
func goClient(b *testing.B, conf *tls.Config) (*tls.Conn, *tls.Conn) {
	w := newWire()
	peer := tls.Server(w, conf)
	done := make(chan error, 1)
	go func() { done <- peer.Handshake() }()
	c := tls.Client(&wire{toPeer: w.fromPeer, fromPeer: w.toPeer}, conf)
	if err := c.Handshake(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return c, peer
}

// BenchmarkHandshake makes a client handshake with the engine and with
// crypto/tls, against the same server, and reports the ratio of the CPU times of both sides.
func BenchmarkHandshake(b *testing.B) {
	conf := benchConfig(b)
	var ours, theirs time.Duration
	for b.Loop() {
		start := cpuTime()
		d, _ := deviceClient(b, conf)
		d.c.Close()
		middle := cpuTime()
		goClient(b, conf)
		ours += middle - start
		theirs += cpuTime() - middle
	}
	b.ReportMetric(float64(ours)/float64(theirs), "times-crypto/tls")
}

// BenchmarkServerHandshake is the same with the engine as server. Like the
// device it reads its certificate and key anew for each connection.
func BenchmarkServerHandshake(b *testing.B) {
	conf := benchConfig(b)
	cert, key := pki(b, "leaf2048.pem"), pki(b, "leaf2048.key.pem")
	var load, ours, theirs time.Duration
	for b.Loop() {
		start := cpuTime()
		c := mbedtls.Late().New(boundedtls.Config{Role: boundedtls.Server})
		c.OwnCert(cert)
		c.OwnKey(key)
		if err := c.Setup(); err != nil {
			b.Fatal(err)
		}
		loaded := cpuTime()
		w := newWire()
		done := make(chan error, 1)
		go func() { done <- tls.Client(w, conf).Handshake() }()
		d := &device{c: c, w: w}
		if err := d.handshake(); err != nil {
			b.Fatal(err)
		}
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		c.Close()
		middle := cpuTime()
		goClient(b, conf)
		load += loaded - start
		ours += middle - loaded
		theirs += cpuTime() - middle
	}
	b.ReportMetric(float64(ours)/float64(theirs), "times-crypto/tls")
	b.ReportMetric(float64(load)/float64(theirs), "loading-times-crypto/tls")
}

// BenchmarkAxTLSHandshake and BenchmarkAxTLSServerHandshake are the two with axTLS, under TLS 1.1. The server's time includes
// loading the key.
func BenchmarkAxTLSHandshake(b *testing.B)       { benchAxTLS(b, boundedtls.Client) }
func BenchmarkAxTLSServerHandshake(b *testing.B) { benchAxTLS(b, boundedtls.Server) }

func benchAxTLS(b *testing.B, role boundedtls.Role) {
	conf := benchConfig(b)
	conf.MinVersion, conf.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
	cert, key := axFile(b, "leaf2048.der"), axFile(b, "leaf2048.key.der")
	var ours, theirs time.Duration
	for b.Loop() {
		start := cpuTime()
		c := axtls.Libssl().New(boundedtls.Config{Role: role, Now: stopped(axClock)})
		w := newWire()
		peer := tls.Server(w, conf)
		if role == boundedtls.Server {
			peer = tls.Client(w, conf)
			if c.OwnKey(key) != nil || c.OwnCert(cert) != nil {
				b.Fatal(c.Err())
			}
		}
		if err := c.Setup(); err != nil {
			b.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- peer.Handshake() }()
		if err := (&device{c: c, w: w}).handshake(); err != nil {
			b.Fatal(err)
		}
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		c.Close()
		middle := cpuTime()
		goClient(b, conf)
		ours += middle - start
		theirs += cpuTime() - middle
	}
	b.ReportMetric(float64(ours)/float64(theirs), "times-crypto/tls")
}

// BenchmarkBulk sends records of 1,460 bytes with both and reports the ratio.
func BenchmarkBulk(b *testing.B) {
	conf := benchConfig(b)
	d, peer := deviceClient(b, conf)
	g, gPeer := goClient(b, conf)
	p, buf := dataPattern(mbedtls.MaxWrite), make([]byte, mbedtls.MaxWrite)
	var ours, theirs time.Duration
	b.SetBytes(2 * mbedtls.MaxWrite)
	for b.Loop() {
		start := cpuTime()
		if err := d.write(p); err != nil {
			b.Fatal(err)
		}
		if _, err := peer.Read(buf); err != nil {
			b.Fatal(err)
		}
		middle := cpuTime()
		if _, err := g.Write(p); err != nil {
			b.Fatal(err)
		}
		if _, err := gPeer.Read(buf); err != nil {
			b.Fatal(err)
		}
		ours += middle - start
		theirs += cpuTime() - middle
	}
	b.ReportMetric(float64(ours)/float64(theirs), "times-crypto/tls")
}

// BenchmarkRecord seals and opens one record of 1,460 bytes with the engine
// alone; it must not allocate.
func BenchmarkRecord(b *testing.B) {
	client, server := pair(b)
	p, buf := dataPattern(mbedtls.MaxWrite), make([]byte, mbedtls.MaxWrite)
	b.SetBytes(mbedtls.MaxWrite)
	b.ReportAllocs()
	for b.Loop() {
		if !pass(client, server, p, buf) {
			b.Fatal("record lost")
		}
	}
}

// pair returns two established connections of the engine.
func pair(tb testing.TB) (client, server boundedtls.Conn) {
	client = mbedtls.Late().New(boundedtls.Config{})
	server = mbedtls.Late().New(boundedtls.Config{Role: boundedtls.Server})
	for _, err := range []*boundedtls.Error{server.OwnCert(pki(tb, "leaf2048.pem")), server.OwnKey(pki(tb, "leaf2048.key.pem")),
		client.Setup(), server.Setup()} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	connect(tb, client, server)
	return client, server
}

// connect carries out the handshake of two devices.
func connect(tb testing.TB, client, server boundedtls.Conn) {
	for range 64 {
		done := true
		for _, side := range [][2]boundedtls.Conn{{client, server}, {server, client}} {
			st := side[0].Handshake()
			for ; st == boundedtls.HasOutput; st = side[0].Handshake() {
				side[1].Feed(side[0].Output())
			}
			if st == boundedtls.Failed {
				tb.Fatal(side[0].Err())
			}
			done = done && st == boundedtls.Done
		}
		if done {
			break
		}
	}
	for _, c := range []boundedtls.Conn{client, server} {
		if err := c.FinishHandshake(); err != nil {
			tb.Fatal(err)
		}
	}
}

func pass(from, to boundedtls.Conn, p, buf []byte) bool {
	if _, err := from.Write(p); err != nil {
		return false
	}
	to.Feed(from.Output())
	n, st := to.Read(buf)
	return st == boundedtls.Done && n == len(p)
}

// TestRecordAllocatesNothing: records in the steady state cost no Go memory.
func TestRecordAllocatesNothing(t *testing.T) {
	client, server := pair(t)
	p, buf := dataPattern(mbedtls.MaxWrite), make([]byte, mbedtls.MaxWrite)
	pass(client, server, p, buf)
	if n := testing.AllocsPerRun(100, func() { pass(client, server, p, buf) }); n > 0 {
		t.Errorf("%v allocations per record", n)
	}
}
