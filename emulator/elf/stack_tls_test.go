package elf_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn/badpeer"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// tlsEvents plays a program that connects to 10.0.0.1:8883 by TLS, and returns what its trace has of TLS, without times.
func tlsEvents(t *testing.T, i *elf.Image, p tlsPeer) (list []string) {
	synctest.Test(t, func(t *testing.T) {
		cryptotest.SetGlobalRandom(t, 1)
		network := vnet.New(vnet.Options{Seed: 1})
		p.open(t, network)
		config := emulator.Config{Network: network, Seed: 1, HeapFree: i.HeapRoom() - 4096, AnyAccessPoint: true,
			Address: netip.MustParsePrefix("10.0.1.1/16"), AccessPoint: wifi.AccessPoint{SSID: emulator.DefaultSSID}}
		if p, ok := i.Profile(); ok {
			config.Profile = p
		}
		d, err := emulator.New(config)
		require.NoError(t, err)
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(30 * time.Second)
		if c := d.Crash(); c != nil {
			assert.Fail(t, c.String())
		}
		require.NoError(t, d.Close())
		require.NoError(t, network.Close())
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourceTLS && e.Kind != trace.KindHeap {
				list = append(list, e.What())
			}
		}
	})
	return list
}

// tlsPeers are servers that a connection works with, or fails with in many ways.
var tlsPeers = map[string]tlsPeer{
	"works":               {Options: devtest.Options{ChainLen: 2200}},
	"Diffie-Hellman":      {Options: devtest.Options{Suites: []uint16{0x0033, 0x0039}}},
	"TLS 1.0":             {Options: devtest.Options{Configure: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS10 }}},
	"TLS 1.1":             {Options: devtest.Options{Configure: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 }}},
	"chain of three":      {Options: devtest.Options{Intermediates: 1}},
	"client certificate":  {Options: devtest.Options{ClientCert: true}},
	"too long":            {Options: devtest.Options{ChainLen: 6000}},
	"no common suite":     {Options: devtest.Options{Suites: []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}},
	"too new":             {Options: devtest.Options{Configure: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS13, 0 }}},
	"ends before hello":   {Options: devtest.Options{Behavior: badpeer.Behavior{Record: 1, Then: badpeer.Close}}},
	"resets before hello": {Options: devtest.Options{Behavior: badpeer.Behavior{Record: 1, Then: badpeer.Reset}}},
	"ends in handshake":   {Options: devtest.Options{Behavior: badpeer.Behavior{Record: 3, Then: badpeer.Close}}},
	"ends behind it":      {Options: devtest.Options{Behavior: badpeer.Behavior{Record: 6, Then: badpeer.Close}}},
	"small pieces":        {Options: devtest.Options{Behavior: badpeer.Behavior{Piece: 100}}},
	"long record":         {says: 16000},
	"many bytes":          {says: 3000},
	"no TLS":              {raw: "HTTP/1.1 400 Bad Request\r\n\r\n"},
	"noise":               {raw: "\x99\x98\x97\x96\x95\x94"},
	"alert":               {raw: "\x15\x03\x03\x00\x02\x02\x50"},
	"warning":             {raw: "\x15\x03\x03\x00\x02\x01\x70\x15\x03\x03\x00\x02\x01\x00"},
	"old record":          {raw: "\x16\x02\x00\x00\x02\x01\x70"},
	"new record":          {raw: "\x16\x03\x04\x00\x02\x01\x70"},
	"empty record":        {raw: "\x16\x03\x03\x00\x00"},
	"split message":       {raw: "\x16\x03\x03\x00\x05\x02\x00\x00\x40\x03"},
	"data":                {raw: "\x17\x03\x03\x00\x05hello"},
}

// tlsPeer is a TLS server, or one that sends raw bytes.
type tlsPeer struct {
	devtest.Options
	says int // bytes that it sends when it has got something
	raw  string
}

// open opens it at 10.0.0.1:8883.
func (p tlsPeer) open(t *testing.T, network *vnet.Network) {
	p.Addr = netip.MustParseAddrPort("10.0.0.1:8883")
	p.Handle = func(c net.Conn) {
		if p.says > 0 {
			// Not before it has heard something: what fills axTLS's receive ring (2,920 bytes) to the last while the Finished message is
			// still in it makes it copy a negative number of bytes.
			_, _ = c.Read(make([]byte, 12))
			_, _ = c.Write(make([]byte, p.says))
		}
		_, _ = io.Copy(c, c)
	}
	if p.raw == "" {
		devtest.TLSServer(t, network, p.Options)
		return
	}
	l, err := network.Host("server", p.Addr.Addr()).Listen("tcp", p.Addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = c.Read(make([]byte, 1))
				_, _ = io.WriteString(c, p.raw)
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}()
		}
	}()
}

// A connection of a program with mbedTLS is told as one of the emulator's own library is: records, messages, alerts, steps, and why it
// failed. The programs are linked with Espressif's libraries: see TestProgramsWithSDKLibraries.
func TestTLSIsTold(t *testing.T) {
	folder := os.Getenv("EMU8266_VENDOR_ELF")
	if folder == "" {
		t.Skip("EMU8266_VENDOR_ELF names no folder with programs that are linked with Espressif's libraries")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*tls.out"))
	require.NoError(t, err)
	for _, file := range files {
		if !strings.HasSuffix(file, "-tls.out") && !strings.HasSuffix(file, "-axtls.out") || strings.Contains(file, "-driver-") ||
			strings.Contains(file, "-replay-") {
			continue // a program of another test, which connects where its scenario says
		}
		vendor, err := elf.LoadVendorFile(file)
		require.NoError(t, err)
		ours, err := elf.LoadFile(file)
		require.NoError(t, err)
		axTLS := strings.Contains(file, "axtls")
		for name, o := range tlsPeers {
			t.Run(filepath.Base(file)+" "+name, func(t *testing.T) {
				want, got := tlsEvents(t, ours, o), tlsEvents(t, vendor, o)
				if name == "TLS 1.0" {
					// The early mbedTLS spoils what it sends (mbedtls.Engine.TLS10OffsetBug): nobody can read it.
					unread := func(s string) bool { return strings.Contains(s, "-> record a") || strings.Contains(s, "-> alert") }
					want, got = slices.DeleteFunc(want, unread), slices.DeleteFunc(got, unread)
				}
				if axTLS { // its steps are not seen
					want = slices.DeleteFunc(want, func(s string) bool { return strings.Contains(s, " state ") })
				}
				assert.NotEmpty(t, got)
				assert.Equal(t, strings.Join(want, "\n"), strings.Join(got, "\n"))
			})
		}
	}
}
