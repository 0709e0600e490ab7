package emulator_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/badpeer"
)

// A day of a device that talks to its broker once a minute over one TLS connection, in virtual time.
func TestDayOfMinutes(t *testing.T) {
	const minutes = 24 * 60
	server := netip.MustParseAddrPort("10.0.0.10:8883")
	config := echoConfig(t)
	began := time.Now()
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		serveEcho(t, d, server, config)
		var echoed, failed int
		conn := espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
			RemoteIP: server.Addr().As4(), RemotePort: int(server.Port())}}}
		var minute emulator.OsTimer
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			sent := 0
			sdk.RegistConnectcb(&conn, func(c *espconn.Espconn) {
				sdk.OsTimerSetfn(&minute, func() {
					sent++
					assert.Equal(t, espconn.OK, sdk.SecureSend(c, fmt.Appendf(nil, "minute %d", sent)))
					if sent == minutes {
						sdk.OsTimerDisarm(&minute)
					}
				})
				sdk.OsTimerArm(&minute, 60_000, true)
			})
			sdk.RegistRecvcb(&conn, func(_ *espconn.Espconn, data []byte) {
				echoed++
				assert.Equal(t, fmt.Sprintf("minute %d", echoed), string(data))
				if echoed == minutes {
					sdk.OsPrintf("a day has passed\n")
				}
			})
			sdk.RegistReconcb(&conn, func(_ *espconn.Espconn, err espconn.Err) { failed++; sdk.OsPrintf("failed: %d\n", err) })
			sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP && echoed == 0 {
					assert.Equal(t, espconn.OK, sdk.SecureConnect(&conn))
				}
			})
		})))
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Hour)
		defer cancel()
		_, err := d.WaitLog(ctx, "a day has passed")
		require.NoError(t, err)
		require.NoError(t, d.Do(func() { assert.Zero(t, failed) }))
	})
	t.Logf("24 virtual hours, %d messages each way: %v", minutes, time.Since(began))
}

// echoConfig is a Go TLS server's configuration that the device can talk to.
func echoConfig(t testing.TB) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{selfSigned(t)},
		MinVersion:   tls.VersionTLS12,
		MaxVersion:   tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA256},
	}
}

func serveEcho(t testing.TB, d *emulator.Device, at netip.AddrPort, config *tls.Config) {
	serveEchoOn(t, d, at, config, badpeer.Behavior{})
}

// serveEchoOn is serveEcho with a bad peer.
func serveEchoOn(t testing.TB, d *emulator.Device, at netip.AddrPort, config *tls.Config, peer badpeer.Behavior) {
	l, err := d.Network().Host("broker", at.Addr()).Listen("tcp", fmt.Sprintf(":%d", at.Port()))
	require.NoError(t, err)
	l = badpeer.Listener(l, peer)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				c := tls.Server(conn, config)
				_, _ = io.Copy(c, c)
			}()
		}
	}()
}
