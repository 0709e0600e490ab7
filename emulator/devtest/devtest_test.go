package devtest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// client is firmware that connects once it is told to, sends a line and prints what it is told.
type client struct {
	profile espconn.Profile
	size    uint16
	verify  bool // with the CA at sector 0x7B
	own     bool // with the certificate at sector 0x7A

	sdk *emulator.SDK
}

func (c *client) init(s *emulator.SDK) { c.sdk = s }

func (c *client) connect(to netip.AddrPort) {
	s := c.sdk
	e := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{RemoteIP: to.Addr().As4(),
		RemotePort: int(to.Port())}}}
	s.RegistConnectcb(e, func(e *espconn.Espconn) { s.OsPrintf("connected\n"); s.SecureSend(e, []byte("hello\n")) })
	s.RegistRecvcb(e, func(_ *espconn.Espconn, b []byte) { s.OsPrintf("got %s", b) })
	s.RegistReconcb(e, func(_ *espconn.Espconn, err espconn.Err) { s.OsPrintf("reconnect %d\n", err) })
	s.RegistDisconcb(e, func(*espconn.Espconn) { s.OsPrintf("disconnect\n") })
	s.SecureSetSize(1, max(c.size, 2048))
	if c.verify {
		s.SecureCaEnable(1, 0x7B)
	}
	if c.own {
		s.SecureCertReqEnable(1, 0x7A)
	}
	s.SecureConnect(e)
}

// try lets a device connect to a server with the options, and waits for what it prints.
func try(t *testing.T, c client, o devtest.Options, want ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		chip, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		d := emulator.NewTest(t, emulator.Config{Flash: chip, Profile: c.profile, Clock: 1_600_000_000})
		s := devtest.TLSServer(t, d.Network(), o)
		require.NoError(t, s.CAImage().WriteAt(chip, 0x7B))
		require.NoError(t, s.DeviceImage().WriteAt(chip, 0x7A))
		devtest.Boot(t, d, emulator.Go(c.init))
		require.True(t, d.Addr().IsValid())
		require.NoError(t, d.Do(func() { c.connect(s.Addr) }))
		devtest.WaitLog(t, d, want...)
		require.NotNil(t, s.Last())
		s.Close()
		assert.Equal(t, want[0] != "connected", len(s.Errors()) == 1, "%v", s.Errors())
	})
}

// The default suits every profile; with TLS 1.2 it takes the suite with SHA-256.
func TestEcho(t *testing.T) {
	for _, p := range espconn.AllProfiles() {
		suite := uint16(tls.TLS_RSA_WITH_AES_128_CBC_SHA256)
		if p.Name == "ManualV10" || p.Name == "SDK306SSL" { // TLS 1.1
			suite = tls.TLS_RSA_WITH_AES_128_CBC_SHA
		}
		var got uint16
		c := client{profile: p}
		try(t, c, devtest.Options{Handle: func(c net.Conn) {
			got = c.(*tls.Conn).ConnectionState().CipherSuite
			_, _ = io.Copy(c, c)
		}}, "connected", "got ")
		assert.Equal(t, tls.CipherSuiteName(suite), tls.CipherSuiteName(got), p.Name)
	}
	try(t, client{}, devtest.Options{}, "connected", "got hello")
}

// The chain has the length that was asked for, so it decides the least buffer.
func TestChainLen(t *testing.T) {
	try(t, client{size: 2300}, devtest.Options{ChainLen: 2300}, "connected")
	try(t, client{size: 2299}, devtest.Options{ChainLen: 2300}, "reconnect -114")
	try(t, client{size: 4000}, devtest.Options{ChainLen: 4000, Intermediates: 2}, "connected")
	try(t, client{size: 3999}, devtest.Options{ChainLen: 4000, Intermediates: 2}, "reconnect -114")
}

// A device that verifies takes the right CA's server and no other.
func TestCA(t *testing.T) {
	try(t, client{verify: true}, devtest.Options{}, "connected")
	try(t, client{verify: true, size: 3072}, devtest.Options{Intermediates: 2}, "connected")
	try(t, client{verify: true}, devtest.Options{WrongCA: true}, "reconnect -39")
}

// A server that demands a certificate.
func TestClientCert(t *testing.T) {
	try(t, client{own: true}, devtest.Options{ClientCert: true}, "connected", "got hello")
	try(t, client{}, devtest.Options{ClientCert: true}, "reconnect 9")
}

// Everything else is a function: the TLS settings, the connection, the behaviour.
func TestOwnHandler(t *testing.T) {
	shout := func(c net.Conn) {
		line, err := bufio.NewReader(c).ReadString('\n')
		if err == nil {
			time.Sleep(time.Minute)
			_, _ = io.WriteString(c, strings.ToUpper(line))
		}
	}
	try(t, client{}, devtest.Options{Handle: shout}, "connected", "got HELLO", "disconnect")
	try(t, client{}, devtest.Options{Configure: func(c *tls.Config) {
		c.MinVersion = tls.VersionTLS13
		c.MaxVersion = tls.VersionTLS13
	}}, "reconnect 9")
	try(t, client{}, devtest.Options{Configure: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS10 }}, "connected", "got ")
}

// A bad peer resets in place of its second record.
func TestBehavior(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		c := client{}
		s := devtest.TLSServer(t, d.Network(), devtest.Options{Behavior: badpeer.Behavior{Record: 2, Then: badpeer.Reset}})
		devtest.Boot(t, d, emulator.Go(c.init))
		require.NoError(t, d.Do(func() { c.connect(s.Addr) }))
		devtest.WaitLog(t, d, "reconnect -9")
	})
}

// A server is closed and started again on the same host, beside another one, and Boot waits for each boot's address.
func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{})
		defer network.Close()
		d := emulator.NewTest(t, emulator.Config{Network: network, Address: netip.MustParsePrefix("10.0.1.1/16")})
		s := devtest.TLSServer(t, network, devtest.Options{})
		other := devtest.TLSServer(t, network, devtest.Options{Host: s.Host, Addr: netip.AddrPortFrom(s.Addr.Addr(), 443)})
		for range 2 {
			c := client{}
			devtest.Boot(t, d, emulator.Go(c.init))
			require.NoError(t, d.Do(func() { c.connect(s.Addr) }))
			devtest.WaitLog(t, d, "got hello")
			s.Close()
			devtest.WaitLog(t, d, "disconnect")
			s = devtest.TLSServer(t, network, devtest.Options{Host: s.Host})
			require.NoError(t, d.Reset())
		}
		assert.Nil(t, other.Last())
	})
}

// failing is a test that notes how it fails.
type failing struct {
	*testing.T
	said string
}

func (f *failing) Fatalf(format string, args ...any) { f.said += fmt.Sprintf(format, args...) }

// What does not come ends the test with the device's view.
func TestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true})
		f := &failing{T: t}
		devtest.Boot(f, d, emulator.Go(func(*emulator.SDK) {}))
		assert.Contains(t, f.said, "has no address")
		f.said = ""
		devtest.WaitLog(f, d, "nothing")
		assert.Contains(t, f.said, `prints no line with "nothing"`)
		f.said = ""
		devtest.TLSServer(f, d.Network(), devtest.Options{Intermediates: 3})
		assert.Contains(t, f.said, "3 intermediates")
		f.said = ""
		s := devtest.TLSServer(t, d.Network(), devtest.Options{})
		devtest.TLSServer(f, d.Network(), devtest.Options{Host: s.Host})
		assert.Contains(t, f.said, "devtest: ")
	})
}

func TestFreePort(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		port := devtest.FreePort(t)
		require.False(t, seen[port], "%d twice", port)
		require.Less(t, port, 32768, "given to connections without a number")
		seen[port] = true
	}
}
