package espconn_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/testpki"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Addresses of the device rig.
const (
	deviceAddr = "10.0.0.2"
	serverAddr = "10.0.0.9"
	clientAddr = "10.0.0.21"
)

// settle is longer than any handshake of the device rig takes in virtual time.
const settle = 2 * time.Second

// deviceRig is a device with a recording firmware and a host on each side of it.
type deviceRig struct {
	*espconn.API
	t      *testing.T
	dev    *emulator.Device
	sdk    *emulator.SDK
	net    *vnet.Network
	server *vnet.Host // has listeners
	client *vnet.Host // dials the device
	uart   bytes.Buffer
	log    []string // what the firmware saw, in order
	c      *espconn.Espconn
	hook   map[string]func(c *espconn.Espconn) // runs inside the callback of that name
	data   bytes.Buffer                        // received
	kept   []byte                              // the last slice of a recv callback, kept wrongly
	served chan error                          // result of each TLS handshake on the server side
}

// inBench runs fn in a bubble with a booted device that has its address.
func onDevice(t *testing.T, p espconn.Profile, fn func(rig *deviceRig), opts ...func(*emulator.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		rig := &deviceRig{t: t, hook: map[string]func(*espconn.Espconn){}, served: make(chan error, 64)}
		rig.net = vnet.New(vnet.Options{Seed: 1})
		t.Cleanup(func() { _ = rig.net.Close() })
		rig.server = rig.net.Host("server", netip.MustParseAddr(serverAddr))
		rig.client = rig.net.Host("client", netip.MustParseAddr(clientAddr))
		cfg := emulator.Config{
			Profile: p, Network: rig.net, Seed: 1, Association: -1, UART: &rig.uart,
			Address: netip.MustParsePrefix(deviceAddr + "/16"),
		}
		for _, o := range opts {
			o(&cfg)
		}
		rig.dev = emulator.NewTest(t, cfg)
		require.NoError(t, rig.dev.Boot(emulator.Go(func(s *emulator.SDK) { rig.API, rig.sdk = s.Board().Espconn(), s })))
		time.Sleep(settle)
		rig.c = rig.record(tcp(serverAddr, 443, 4000))
		fn(rig)
	})
}

// record registers callbacks on c that write into the log and run the hooks.
func (rig *deviceRig) record(c *espconn.Espconn) *espconn.Espconn {
	did := func(name, text string, c *espconn.Espconn) {
		rig.log = append(rig.log, text)
		if h := rig.hook[name]; h != nil {
			h(c)
		}
	}
	plain := func(name string) func(*espconn.Espconn) {
		return func(c *espconn.Espconn) { did(name, name, c) }
	}
	t := c.Proto.TCP
	t.ConnectCallback, t.DisconnectCallback = plain("connect"), plain("disconnect")
	c.SentCallback = plain("sent")
	t.ReconnectCallback = func(c *espconn.Espconn, e espconn.Err) { did("reconnect", fmt.Sprintf("reconnect %d", int8(e)), c) }
	c.RecvCallback = func(c *espconn.Espconn, data []byte) {
		rig.data.Write(data)
		rig.kept = data
		did("recv", fmt.Sprintf("recv %d", len(data)), c)
	}
	return c
}

// do runs fn on the device goroutine.
func (rig *deviceRig) do(fn func()) {
	rig.t.Helper()
	require.NoError(rig.t, rig.dev.Do(fn))
}

// connect connects b.c and waits until everything has come to rest.
func (rig *deviceRig) connect() espconn.Err {
	rig.t.Helper()
	var e espconn.Err
	rig.do(func() { e = rig.SecureConnect(rig.c) })
	time.Sleep(settle)
	synctest.Wait() // what the callbacks noted can be read
	return e
}

// seen returns the firmware's log and empties it.
func (rig *deviceRig) seen() string {
	rig.t.Helper()
	var s string
	rig.do(func() { s, rig.log = strings.Join(rig.log, ", "), nil })
	return s
}

// lines returns what the device printed and empties it.
func (rig *deviceRig) lines() []string {
	rig.t.Helper()
	var s string
	rig.do(func() { s = rig.uart.String(); rig.uart.Reset() })
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// findings returns the rules found so far; each that comes from a call of the firmware must name a line of a test.
func (rig *deviceRig) findings() (rules []string) {
	rig.t.Helper()
	for _, e := range rig.dev.Trace().Events() {
		if e.Source != trace.SourceFinding {
			continue
		}
		rules = append(rules, e.Name)
		if e.Where != "" {
			assert.Contains(rig.t, e.Where, "_test.go:", e.Name)
		}
	}
	return rules
}

// state returns the state of c.
func (rig *deviceRig) state(c *espconn.Espconn) (s espconn.State) {
	rig.t.Helper()
	rig.do(func() { s = c.State })
	return s
}

// board returns the device's board, for the device goroutine.
func (rig *deviceRig) board() *emulator.Board { return rig.sdk.Board() }

// heap returns the bytes in use.
func (rig *deviceRig) heap() uint32 { return rig.dev.HeapStats().Charged }

// noLeak ends all waiting connections in time and checks that the heap is what it was.
func (rig *deviceRig) noLeak(before uint32) {
	rig.t.Helper()
	time.Sleep(5 * time.Minute) // TIME_WAIT and its PCBs
	assert.Equal(rig.t, before, rig.heap(), "heap in use, bytes")
}

// leaf is a certificate chain whose TLS Certificate message has so many bytes; 0: as it comes.
func leaf(t testing.TB, message int) *testpki.Certificate {
	return testpki.NewCA(t, testpki.CA2048).Issue(t, testpki.Options{Key: testpki.Leaf2048, MessageLen: message})
}

// rsaServer is a crypto/tls server that speaks what the device does.
func rsaServer(t testing.TB, cert *testpki.Certificate) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{cert.TLS(t)},
		MinVersion:   tls.VersionTLS10,
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{
			tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		},
		DynamicRecordSizingDisabled: true,
	}
}

// serve runs a TLS server on port 443 of the server host. handler gets each connection after its handshake; the
// connection is closed when it returns.
func (rig *deviceRig) serve(cfg *tls.Config, handler func(*tls.Conn)) {
	rig.t.Helper()
	rig.listen(func(c net.Conn) {
		tc := tls.Server(c, cfg)
		err := tc.Handshake()
		rig.served <- err
		if err == nil && handler != nil {
			handler(tc)
		}
		if err == nil {
			_ = tc.Close()
		}
	})
}

// listen runs a TCP server on port 443 of the server host; each connection is closed when handler returns.
func (rig *deviceRig) listen(handler func(net.Conn)) {
	rig.t.Helper()
	l, err := rig.server.Listen("tcp", ":443")
	require.NoError(rig.t, err)
	rig.t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				handler(c)
			}()
		}
	}()
}

// echo answers what it reads until the connection ends.
func echo(c *tls.Conn) {
	buf := make([]byte, 4096)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

// hold reads and drops until the connection ends.
func hold(c *tls.Conn) {
	buf := make([]byte, 4096)
	for {
		if _, err := c.Read(buf); err != nil {
			return
		}
	}
}

// dial opens a TCP connection to the device's port 443.
func (rig *deviceRig) dial() (net.Conn, error) {
	return rig.client.DialContext(context.Background(), "tcp", deviceAddr+":443")
}

// dialTLS opens a TLS connection to the device.
func (rig *deviceRig) dialTLS(cfg *tls.Config) (*tls.Conn, error) {
	c, err := rig.dial()
	if err != nil {
		return nil, err
	}
	tc := tls.Client(c, cfg)
	if err := tc.Handshake(); err != nil {
		_ = c.Close()
		return nil, err
	}
	return tc, nil
}

// anyServer is a crypto/tls client that accepts the device's certificate.
func anyServer() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         tls.VersionTLS12,
		CipherSuites:       []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
	}
}

// accept starts the device's server on port 443 with a certificate and returns its listener.
func (rig *deviceRig) accept() *espconn.Espconn {
	rig.t.Helper()
	l := rig.record(tcp("", 0, 443))
	cert := leaf(rig.t, 0)
	rig.do(func() {
		assert.True(rig.t, rig.SecureSetDefaultCertificate(cert.Raw))
		assert.True(rig.t, rig.SecureSetDefaultPrivateKey(testpki.KeyDER(rig.t, testpki.Leaf2048)))
		assert.Equal(rig.t, espconn.OK, rig.SecureAccept(l))
	})
	return l
}

// burned writes a certificate image at a flash sector.
func burned(t testing.TB, sector uint32, entries ...image.CertEntry) func(*emulator.Config) {
	return func(cfg *emulator.Config) {
		if cfg.Flash == nil {
			chip, err := flash.New(1 << 20)
			require.NoError(t, err)
			cfg.Flash = chip
		}
		b, err := image.Certs(entries).Encode()
		require.NoError(t, err)
		for len(b)%4 != 0 {
			b = append(b, 0xFF)
		}
		require.NoError(t, cfg.Flash.Write(sector*flash.SectorSize, b))
	}
}
