package emulator_test

import (
	"bytes"
	"fmt"
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
)

// What a client of each library does whose device never had the time of SNTP, had it, or verifies its server: axTLS asks for the time
// once for the connect and once for each certificate that it compares, reads the seconds since boot and goes on (axtls.md 10.2).
func TestClockWithoutSNTP(t *testing.T) {
	const start = "please start sntp first !"
	works := []string{"0", "client handshake start.", "client handshake ok!", "connected"}
	for _, r := range []struct {
		name         string
		profile      espconn.Profile
		clock        uint32
		verify, sntp bool
		want         []string
	}{
		{"axTLS", espconn.SDK306SSL(), 0, false, false, append([]string{start}, works...)},
		{"axTLS, SNTP", espconn.SDK306SSL(), 0, false, true, works},
		{"axTLS, a clock", espconn.SDK306SSL(), 1, false, false, works},
		{"axTLS, verified", espconn.SDK306SSL(), 0, true, false,
			[]string{start, "0", "client handshake start.", start, "tv_sec 10,", "Cert is not yet valid", "reconnect -28"}},
		{"axTLS, verified, SNTP", espconn.SDK306SSL(), 0, true, true,
			[]string{"0", "client handshake start.", "tv_sec 946", "Cert has expired", "reconnect -28"}}, // it ends after January 2038
		{"mbedTLS", espconn.SDK306(), 0, false, false, works},
		{"mbedTLS, verified", espconn.SDK306(), 0, true, false, works},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d := emulator.NewTest(t, emulator.Config{Profile: r.profile, Clock: r.clock, UART: &uart, Seed: 1})
				server := devtest.TLSServer(t, d.Network(), devtest.Options{})
				if r.verify {
					require.NoError(t, server.CAImage().WriteAt(d.Flash(), 0x7B))
				}
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
						RemoteIP: devtest.DefaultAddr.Addr().As4(), RemotePort: int(devtest.DefaultAddr.Port())}}}
					s.RegistConnectcb(c, func(*espconn.Espconn) { s.OsPrintf("connected\n") })
					s.RegistReconcb(c, func(_ *espconn.Espconn, e espconn.Err) { s.OsPrintf("reconnect %d\n", e) })
					s.SecureSetSize(1, 4096)
					if r.verify {
						s.SecureCaEnable(1, 0x7B)
					}
					if r.sntp {
						s.SntpSetserver(0, netip.MustParseAddr("10.0.0.1"))
						timer := &emulator.OsTimer{}
						s.OsTimerSetfn(timer, s.SntpInit)
						s.OsTimerArm(timer, 3000, false)
					}
					connect := &emulator.OsTimer{}
					s.OsTimerSetfn(connect, func() { s.OsPrintf("%d\n", s.SecureConnect(c)) })
					s.OsTimerArm(connect, 10_000, false)
				})))
				time.Sleep(20 * time.Second)
				require.NoError(t, d.Do(func() {
					var seen []string // the lines that say something about the clock or the outcome
					for line := range strings.Lines(uart.String()) {
						line = strings.TrimSpace(line)
						for _, w := range append(r.want, start) {
							if w != "" && strings.Contains(line, w) && (w != "0" || line == "0") {
								seen = append(seen, w)
								break
							}
						}
					}
					assert.Equal(t, r.want, seen, uart.String())
				}))
			})
		})
	}
}

// The seconds since boot are what the SDK's own arithmetic makes of them: after a round of system_get_time, 71 min 35 s, the clock is
// 49.7 days ahead, if its timer saw the round end (axtls.md 10.2).
func TestClockSinceBoot(t *testing.T) {
	clock := func(first time.Duration) (seconds []string) {
		synctest.Test(t, func(t *testing.T) {
			var uart bytes.Buffer
			d := emulator.NewTest(t, emulator.Config{Profile: espconn.SDK306SSL(), UART: &uart, Seed: 1})
			server := devtest.TLSServer(t, d.Network(), devtest.Options{})
			require.NoError(t, server.CAImage().WriteAt(d.Flash(), 0x7B))
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
					RemoteIP: devtest.DefaultAddr.Addr().As4(), RemotePort: int(devtest.DefaultAddr.Port())}}}
				s.RegistReconcb(c, func(*espconn.Espconn, espconn.Err) {})
				s.SecureCaEnable(1, 0x7B)
				for _, at := range []time.Duration{first, 80 * time.Minute} {
					timer := &emulator.OsTimer{}
					s.OsTimerSetfn(timer, func() { s.SecureConnect(c) })
					s.OsTimerArm(timer, uint32(at.Milliseconds()), false)
				}
			})))
			time.Sleep(90 * time.Minute)
			require.NoError(t, d.Do(func() {
				for line := range strings.Lines(uart.String()) {
					var before, now uint32
					if n, _ := fmt.Sscanf(line, "before %d, tv_sec %d,", &before, &now); n == 2 {
						seconds = append(seconds, fmt.Sprint(now))
					}
				}
			}))
		})
		return seconds
	}
	assert.Equal(t, []string{"600", fmt.Sprint(4294967 + 505)}, clock(10*time.Minute), "the timer ran")
	assert.Equal(t, []string{"445", "505"}, clock(79*time.Minute), "nobody had asked before the round ended")
}
