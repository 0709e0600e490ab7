package emulator_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// BenchmarkHandshake compares a full TLS handshake of the emulated device with a Go server over the virtual network
// (TCP, frames, virtual time, trace and all) with crypto/tls talking to itself over net.Pipe: same key, suite and
// version. It reports both times and their ratio.
func BenchmarkHandshake(b *testing.B) {
	config := echoConfig(b)
	measure := func(fn func(n int)) time.Duration {
		began := time.Now()
		fn(b.N)
		return time.Since(began)
	}
	device := measure(func(n int) {
		// A bubble wants a *testing.T, a benchmark has none: a test inside the benchmark does.
		ok := testing.RunTests(func(_, _ string) (bool, error) { return true, nil }, []testing.InternalTest{{
			Name: "handshakes", F: func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { deviceHandshakes(t, config, n) })
			}}})
		require.True(b, ok)
	})
	alone := measure(func(n int) {
		for range n {
			pipeHandshake(b, config)
		}
	})
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(device.Nanoseconds())/float64(b.N), "device-ns/op")
	b.ReportMetric(float64(alone.Nanoseconds())/float64(b.N), "crypto/tls-ns/op")
	b.ReportMetric(float64(device)/float64(alone), "ratio")
}

// deviceHandshakes lets one device connect and disconnect n times.
func deviceHandshakes(t *testing.T, config *tls.Config, n int) {
	server := netip.MustParseAddrPort("10.0.0.10:8883")
	d, err := emulator.New(emulator.Config{TraceLimit: -1, Association: -1, Address: netip.MustParsePrefix("10.0.0.2/16")})
	require.NoError(t, err)
	defer d.Close()
	serveEcho(t, d, server, config)
	conn := espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
		RemoteIP: server.Addr().As4(), RemotePort: int(server.Port())}}}
	done := make(chan bool, 1)
	connected := 0
	require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
		connect := func() {
			if sdk.SecureConnect(&conn) != espconn.OK {
				done <- false
			}
		}
		sdk.SystemOsTask(func(chip.OsEvent) { sdk.SecureDisconnect(&conn) }, 0, make([]chip.OsEvent, 1))
		sdk.RegistConnectcb(&conn, func(*espconn.Espconn) { connected++; sdk.SystemOsPost(0, 0, 0) })
		sdk.RegistDisconcb(&conn, func(*espconn.Espconn) {
			if connected == n {
				done <- true
				return
			}
			connect()
		})
		sdk.RegistReconcb(&conn, func(*espconn.Espconn, espconn.Err) { done <- false })
		sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeGotIP {
				connect()
			}
		})
	})))
	require.True(t, <-done, "handshake %d failed", connected+1)
}

func pipeHandshake(b *testing.B, config *tls.Config) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	served := make(chan error, 1)
	go func() { served <- tls.Server(far, config).Handshake() }()
	client := tls.Client(near, &tls.Config{InsecureSkipVerify: true, MinVersion: config.MinVersion,
		MaxVersion: config.MaxVersion, CipherSuites: config.CipherSuites})
	require.NoError(b, client.Handshake())
	require.NoError(b, <-served)
}

// A write of the firmware to its flash.
func BenchmarkFlashWrite(b *testing.B) {
	d, err := emulator.New(emulator.Config{})
	require.NoError(b, err)
	defer func() { _ = d.Close() }()
	p := make([]byte, 64)
	require.NoError(b, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
		for b.Loop() {
			sdk.SpiFlashWrite(0x100000, p)
		}
	})))
}
