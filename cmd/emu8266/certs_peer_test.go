package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/flash"
)

// burned is a device with the files of `emu8266 certs` burned into its flash.
type burned struct {
	profile             string
	caSector, ownSector uint32 // 0: not used
	caImage, ownImage   []byte
	cert, key           []byte // from the headers, for the server

	net    *network
	device *emulator.Device
	events chan string // "connect", "recv TEXT", "reconnect N", "disconnect"
	conn   espconn.Espconn
}

// burnedSize is the TLS buffer of these devices: the most that the manual allows with mutual authentication (V2.1 4.2).
const burnedSize = 3072

// start boots the device; init runs when it has an address.
func (b *burned) start(t *testing.T, virtual netip.AddrPort, real string, init func(*emulator.SDK)) {
	t.Helper()
	profile, ok := espconn.ProfileByName(b.profile)
	require.True(t, ok)
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	for sector, image := range map[uint32][]byte{b.caSector: b.caImage, b.ownSector: b.ownImage} {
		if sector == 0 {
			continue
		}
		padded := append([]byte(nil), image...) // as a flash tool burns a file
		for len(padded)%4 != 0 {
			padded = append(padded, flash.Erased)
		}
		require.NoError(t, chip.Write(sector*flash.SectorSize, padded))
	}
	log := &lockedBuffer{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("device: %s", log.String())
		}
	})
	b.net, err = newNetwork(&console{out: io.Discard, err: io.Discard}, outputs{}, virtual, real)
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.net.close() })
	b.device, err = b.net.device(emulator.Config{
		Name: b.profile, Profile: profile, Flash: chip, Clock: uint32(time.Now().Unix()),
	}, log, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.device.Close() })
	b.events = make(chan string, 16)
	require.NoError(t, b.device.Boot(emulator.Go(func(sdk *emulator.SDK) {
		sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeGotIP {
				init(sdk)
			}
		})
	})))
}

func (b *burned) say(format string, args ...any) {
	select {
	case b.events <- fmt.Sprintf(format, args...):
	default: // a test reads few of them
	}
}

func (b *burned) callbacks(sdk *emulator.SDK, connected func(*espconn.Espconn), received func(*espconn.Espconn, []byte)) {
	sdk.RegistConnectcb(&b.conn, func(c *espconn.Espconn) {
		b.say("connect")
		connected(c)
	})
	sdk.RegistReconcb(&b.conn, func(_ *espconn.Espconn, err espconn.Err) { b.say("reconnect %d", err) })
	sdk.RegistDisconcb(&b.conn, func(*espconn.Espconn) { b.say("disconnect") })
	sdk.RegistRecvcb(&b.conn, func(c *espconn.Espconn, data []byte) {
		b.say("recv %s", data)
		received(c, data)
	})
}

// client connects to a real server and sends "hello".
func (b *burned) client(t *testing.T, port string) {
	t.Helper()
	virtual, real, err := resolve(context.Background(), "127.0.0.1:"+port)
	require.NoError(t, err)
	b.start(t, virtual, real, func(sdk *emulator.SDK) {
		sdk.SecureSetSize(1, burnedSize)
		if b.caSector != 0 {
			sdk.SecureCaEnable(1, b.caSector)
		}
		if b.ownSector != 0 {
			sdk.SecureCertReqEnable(1, b.ownSector)
		}
		b.conn = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
			LocalPort: int(sdk.Port()), RemoteIP: virtual.Addr().As4(), RemotePort: int(virtual.Port()),
		}}}
		b.callbacks(sdk, func(c *espconn.Espconn) { sdk.SecureSend(c, []byte("hello\n")) }, func(*espconn.Espconn, []byte) {})
		if ret := sdk.SecureConnect(&b.conn); ret != espconn.OK {
			b.say("call %d", ret)
		}
	})
}

// server accepts clients and echoes; it returns the real port.
func (b *burned) server(t *testing.T) (port string) {
	t.Helper()
	b.start(t, netip.AddrPort{}, "", func(sdk *emulator.SDK) {
		sdk.SecureSetSize(2, burnedSize)
		if b.caSector != 0 {
			sdk.SecureCaEnable(2, b.caSector)
		}
		sdk.SecureSetDefaultCertificate(b.cert)
		sdk.SecureSetDefaultPrivateKey(b.key)
		b.conn = espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{LocalPort: devicePort}}}
		b.callbacks(sdk, func(*espconn.Espconn) {}, func(c *espconn.Espconn, data []byte) { sdk.SecureSend(c, bytes.Clone(data)) })
		b.say("accept %d", sdk.SecureAccept(&b.conn))
	})
	require.Equal(t, "accept 0", b.next(t))
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	at, err := b.net.gateway.Forward(ctx, "127.0.0.1:0", netip.AddrPortFrom(b.device.Addr(), devicePort))
	require.NoError(t, err)
	_, port, err = net.SplitHostPort(at.String())
	require.NoError(t, err)
	return port
}

// next waits for the device's next event.
func (b *burned) next(t *testing.T) string {
	t.Helper()
	select {
	case e := <-b.events:
		return strings.TrimSpace(e)
	case <-time.After(20 * time.Second):
		require.Fail(t, "nothing happens on the device")
		return ""
	}
}

// oldTLS are OpenSSL's options for devices with mbedTLS, olderTLS for those with axTLS.
var (
	oldTLS   = []string{"-tls1_2", "-cipher", "AES128-SHA256:@SECLEVEL=0", "-auth_level", "0"}
	olderTLS = []string{"-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0", "-auth_level", "0"}
)

// peerTLS are the options for a profile.
func peerTLS(t *testing.T, profile string) []string {
	p, ok := espconn.ProfileByName(profile)
	require.True(t, ok)
	if p.TLS.Traits().Library == boundedtls.AxTLS {
		return olderTLS
	}
	return oldTLS
}

// acceptLine is where openssl s_server says which free port it took.
var acceptLine = regexp.MustCompile(`ACCEPT 127\.0\.0\.1:([0-9]+)\n`)

// sServer runs openssl s_server, which reverses lines, and returns its port.
func sServer(t *testing.T, dir string, args ...string) (port string) {
	t.Helper()
	cmd := exec.Command("openssl", append([]string{"s_server", "-accept", "127.0.0.1:0", "-rev"}, args...)...)
	cmd.Dir = dir
	out := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("openssl: %s", out.String())
		}
	})
	require.Eventually(t, func() bool {
		m := acceptLine.FindStringSubmatch(out.String())
		if m != nil {
			port = m[1]
		}
		return m != nil
	}, 20*time.Second, 10*time.Millisecond)
	return port
}

// The files of `emu8266 certs` in both roles with mutual authentication, burned where manual V2.1 burns them: 0x7B and
// 0x7A. SDK306 refuses 1024 bits, which the command warns of.
func TestCertsWorkWithOpenSSL(t *testing.T) {
	needTool(t, "openssl")
	dirs := map[string]string{"1024": makeCerts(t, "--bits", "1024"), "2048": makeCerts(t, "--bits", "2048")}
	for _, c := range []struct {
		bits, profile string
		refused       bool
	}{
		{"1024", "ManualV21", false}, {"1024", "SDK301", false}, {"1024", "SDK306", true},
		{"2048", "ManualV21", false}, {"2048", "SDK301", false}, {"2048", "SDK306", false},
	} {
		dir := dirs[c.bits]
		b := func() *burned {
			return &burned{
				profile:  c.profile,
				caSector: 0x7B, caImage: read(t, dir, "bin/esp_ca_cert.bin"),
				ownSector: 0x7A, ownImage: read(t, dir, "bin/esp_cert_private_key.bin"),
				cert: arrayBytes(t, read(t, dir, "include/cert.h")), key: arrayBytes(t, read(t, dir, "include/private_key.h")),
			}
		}
		t.Run("client/"+c.bits+"/"+c.profile, func(t *testing.T) {
			port := sServer(t, dir, append(oldTLS, "-cert", "server/server.crt", "-key", "server/server.key",
				"-CAfile", "ca/ca.crt", "-Verify", "1", "-verify_return_error")...)
			d := b()
			d.client(t, port)
			if c.refused {
				assert.Equal(t, "reconnect -39", d.next(t))
				return
			}
			assert.Equal(t, "connect", d.next(t))
			assert.Equal(t, "recv olleh", d.next(t))
		})
		t.Run("server/"+c.bits+"/"+c.profile, func(t *testing.T) {
			d := b()
			port := d.server(t)
			echoed := sClient(t, dir, port, []byte("0hello\n"), append(oldTLS, "-cert", "client/client.crt", "-key", "client/client.key",
				"-CAfile", "ca/ca.crt", "-verify", "1", "-verify_return_error")...)
			if c.refused {
				assert.Empty(t, echoed)
				assert.Equal(t, "reconnect -39", d.next(t))
				return
			}
			assert.Equal(t, "0hello\n", string(echoed))
			assert.Equal(t, "connect", d.next(t))
			assert.Equal(t, "recv 0hello", d.next(t))
		})
	}
}

// The form of manual V1.0: CAs at 0x3B, the pair in cert.h and private_key.h. The peer has the same pair. The certificates
// end before 2038, where axTLS's clock ends.
func TestV10CertsWorkWithOpenSSL(t *testing.T) {
	needTool(t, "openssl")
	for _, c := range []struct{ bits, profile string }{
		{"1024", "ManualV10"}, {"512", "ManualV10"}, {"1024", "SDK306SSL"}, {"1024", "ManualV21"}, {"1024", "SDK301"}, {"2048", "SDK306"},
	} {
		dir := makeCerts(t, "--layout", "v1.0", "--bits", c.bits, "--days", "365")
		b := func() *burned {
			return &burned{
				profile: c.profile, caSector: 0x3B, caImage: read(t, dir, "esp_ca_cert.bin"),
				cert: arrayBytes(t, read(t, dir, "cert.h")), key: arrayBytes(t, read(t, dir, "private_key.h")),
			}
		}
		peer := append(peerTLS(t, c.profile), "-cert", "TLS.x509_"+c.bits+".pem", "-key", "TLS.key_"+c.bits+".pem", "-CAfile",
			"TLS.ca_x509.pem", "-verify_return_error")
		t.Run("client/"+c.bits+"/"+c.profile, func(t *testing.T) {
			d := b()
			d.client(t, sServer(t, dir, peer...))
			assert.Equal(t, "connect", d.next(t))
			assert.Equal(t, "recv olleh", d.next(t))
		})
		t.Run("server/"+c.bits+"/"+c.profile, func(t *testing.T) {
			d := b()
			// axTLS knows nothing of RFC 5746.
			echoed := sClient(t, dir, d.server(t), []byte("0hello\n"), append(peer, "-verify", "1", "-legacy_server_connect")...)
			assert.Equal(t, "0hello\n", string(echoed))
			assert.Equal(t, "connect", d.next(t))
		})
	}
}

// Two CA files at 0x3B: the manuals' devices and libssl trust both, mbedTLS's SDK only the first of the image
// (manual-profile.md #21, tls.md 4.5, axtls.md 3), as the command says.
func TestTwoCAsInTheV10Layout(t *testing.T) {
	needTool(t, "openssl")
	// axTLS looks a CA up by its name: the two have names of their own.
	make := func(name string) string { return makeCerts(t, "--layout", "v1.0", "--days", "365", "--project", name) }
	first, second, stranger, dir := make("First"), make("Second"), make("Stranger"), t.TempDir()
	tool(t, dir, "cp", filepath.Join(first, "TLS.ca_x509.cer"), "a.cer")
	tool(t, dir, "cp", filepath.Join(second, "TLS.ca_x509.cer"), "b.cer")
	runCerts(t, dir, "--layout", "v1.0")
	for _, c := range []struct{ peer, profile, want string }{
		{first, "ManualV10", "connect"}, {second, "ManualV10", "connect"}, {stranger, "ManualV10", "reconnect -28"},
		{first, "SDK306SSL", "connect"}, {second, "SDK306SSL", "connect"}, {stranger, "SDK306SSL", "reconnect -28"},
		{first, "ManualV21", "connect"}, {second, "ManualV21", "connect"}, {stranger, "ManualV21", "reconnect -39"},
		{first, "SDK301", "connect"}, {second, "SDK301", "reconnect -39"},
	} {
		port := sServer(t, c.peer, append(peerTLS(t, c.profile), "-cert", "TLS.x509_1024.pem", "-key", "TLS.key_1024.pem")...)
		d := &burned{profile: c.profile, caSector: 0x3B, caImage: read(t, dir, "esp_ca_cert.bin")}
		d.client(t, port)
		assert.Equal(t, c.want, d.next(t), "%s", c.profile)
	}
}
