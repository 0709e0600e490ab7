package emulator_test

import (
	"crypto/tls"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// A real handshake with an estimated CPU: it takes a few hundred milliseconds, the CPU is at 160 MHz for it and is set
// back when it succeeds, not when it fails; a flood meanwhile overruns the receive ring.
func TestHandshakeTakesTime(t *testing.T) {
	for _, tc := range []struct {
		name    string
		model   chip.CPUModel
		works   bool
		atLeast time.Duration
		mhz     uint8 // afterwards
	}{
		{"instant", chip.Instant, true, 0, 80},
		{"estimated", chip.Estimated, true, 100 * time.Millisecond, 80},
		{"fails", chip.Estimated, false, 0, 160},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := netip.MustParseAddrPort("10.0.0.10:8883")
				var sdk *emulator.SDK
				var began, ended time.Duration
				var ok bool
				addr := netip.MustParsePrefix("10.0.0.2/16")
				d := emulator.NewTest(t, emulator.Config{CPU: tc.model, Address: addr})
				config := echoConfig(t)
				if !tc.works {
					config.CipherSuites = []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}
				}
				serveEcho(t, d, server, config)
				flood, err := d.Network().Host("flood", netip.MustParseAddr("10.0.0.20")).ListenPacket("udp", ":0")
				require.NoError(t, err)
				defer flood.Close()
				conn := espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
					RemoteIP: server.Addr().As4(), RemotePort: int(server.Port())}}}
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					sdk = s
					s.SecureSetSize(1, 8192)
					end := func() { ended = s.Board().Uptime() }
					s.RegistConnectcb(&conn, func(*espconn.Espconn) { ok = true; end() })
					s.RegistDisconcb(&conn, func(*espconn.Espconn) { end() })
					s.RegistReconcb(&conn, func(*espconn.Espconn, espconn.Err) { end() })
					s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
						if e.Event == wifi.EventStamodeGotIP {
							began = s.Board().Uptime()
							assert.Equal(t, espconn.OK, s.SecureConnect(&conn))
						}
					})
				})))
				for range 500 {
					time.Sleep(10 * time.Millisecond)
					for range 2 {
						_, err := flood.WriteTo([]byte("x"), addrPort{netip.AddrPortFrom(addr.Addr(), 9)})
						require.NoError(t, err)
					}
				}
				require.NoError(t, d.Do(func() {
					assert.Equal(t, tc.works, ok)
					assert.NotZero(t, ended)
					if took := ended - began; tc.works {
						assert.GreaterOrEqual(t, took, tc.atLeast)
						assert.Less(t, took, tc.atLeast+time.Second)
					}
					assert.Equal(t, tc.mhz, sdk.SystemGetCPUFreq())
				}))
				assert.Equal(t, tc.atLeast > 0, d.FramesDropped() > 0)
				assert.Nil(t, d.Crash())
			})
		})
	}
}

// addrPort is a net.Addr.
type addrPort struct{ netip.AddrPort }

func (addrPort) Network() string { return "udp" }
