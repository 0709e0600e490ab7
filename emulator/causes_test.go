package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/explain"
	"github.com/emu8266/emu8266/emulator/internal/radio"
	"github.com/emu8266/emu8266/emulator/internal/soc"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
)

// Every cause that the device itself decides is sent in the situation that it names.
func TestEveryCauseOfTheDevice(t *testing.T) {
	exception := func(n int) func(*emulator.Device, *emulator.SDK) {
		return func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.Board().Fatal(chip.Crash{Cause: n, Why: "as a kind of firmware raises it"}) })
		}
	}
	for id, row := range map[soc.CauseID]struct {
		play func(d *emulator.Device, sdk *emulator.SDK)
		cfg  emulator.Config
	}{
		soc.CauseIllegalInstruction: {play: exception(0)},
		soc.CauseLoadStoreError:     {play: exception(3)},
		soc.CauseDivisionByZero: {play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.Board().Fatal(chip.Crash{Epc1: chip.Epc1Division, Why: "division by zero"}) })
		}},
		soc.CauseUnaligned:       {play: exception(9)},
		soc.CauseFetchProhibited: {play: exception(20)},
		soc.CauseException:       {play: exception(33)},
		soc.CauseLoadProhibited: {cfg: emulator.Config{Profile: espconn.SDK306()}, play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.SecureConnect(&espconn.Espconn{Type: espconn.TypeTCP}) })
		}},
		soc.CauseStoreProhibited: {cfg: emulator.Config{Profile: espconn.SDK306()}, play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.RegistConnectcb(&espconn.Espconn{Type: espconn.TypeTCP}, func(*espconn.Espconn) {}) })
		}},
		soc.CauseSoftWatchdog: {play: func(d *emulator.Device, sdk *emulator.SDK) { _ = d.Do(func() { sdk.OsDelayUs(4_000_000) }) }},
		soc.CauseHardWatchdog: {play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.SystemSoftWdtStop(); sdk.OsDelayUs(9_000_000) })
		}},
		soc.CauseStuck: {cfg: emulator.Config{Patience: 10 * time.Second}, play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() {
				for {
					sdk.OsDelayUs(1_000_000)
					sdk.SystemSoftWdtFeed()
				}
			})
		}},
		soc.CauseHeap: {play: func(d *emulator.Device, sdk *emulator.SDK) { _ = d.Do(func() { sdk.OsMalloc(1 << 20) }) }},
		radio.CauseStationLost: {play: func(d *emulator.Device, _ *emulator.SDK) {
			time.Sleep(5 * time.Second)
			_ = d.SetAccessPointInRange(false)
			time.Sleep(time.Minute)
		}},
		radio.CauseNotJoined: {cfg: emulator.Config{Station: wifi.StationConfig{SSID: "elsewhere"}},
			play: func(*emulator.Device, *emulator.SDK) { time.Sleep(time.Minute) }},
	} {
		t.Run(string(id), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				d := emulator.NewTest(t, row.cfg)
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
				row.play(d, sdk)
				var ids []string
				for _, e := range d.Trace().Events() {
					if e.Kind == trace.KindCause {
						ids = append(ids, e.Name)
					}
				}
				assert.Contains(t, ids, string(id))
			})
		})
	}
}

// A lookup that has no answer yet waits for its name.
func TestLookupWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeGotIP {
					var addr [4]byte
					sdk.DnsSetserver(0, &[4]byte{10, 0, 0, 99})
					sdk.Gethostbyname(nil, "broker.example", &addr, func(string, *[4]byte, *espconn.Espconn) {})
				}
			})
		})))
		time.Sleep(3 * time.Second)
		x := d.Explain()
		assert.Equal(t, cause.WaitsForName, x.CauseID, "%s", x)
		assert.Equal(t, explain.OutcomeWaiting, x.Outcome, "%s", x)
		assert.Contains(t, x.String(), "the last name lookup is under way")
		time.Sleep(20 * time.Second)
		x = d.Explain()
		assert.Equal(t, explain.OutcomeFailed, x.Outcome, "%s", x)
		assert.Contains(t, x.String(), "no address for broker.example, the callback got NULL")
	})
}

// What still waits is explained by what it waits for.
func TestEveryCauseOfWaiting(t *testing.T) {
	for id, row := range map[cause.ID]struct {
		listens bool
		cfg     emulator.Config
	}{
		cause.WaitsForTCP:       {false, emulator.Config{Seed: 1}},
		cause.WaitsForPeer:      {true, emulator.Config{Seed: 1}},
		cause.AxTLSWaitsForPeer: {true, emulator.Config{Seed: 1, Profile: espconn.ManualV10()}},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, row.cfg)
			silent := d.Network().Host("silent", explainServer.Addr())
			if row.listens {
				l, err := silent.Listen("tcp", explainServer.String())
				require.NoError(t, err)
				defer l.Close()
			} else {
				silent.Close()
			}
			require.NoError(t, d.Boot(explainClient(nil)))
			time.Sleep(6 * time.Second)
			assert.Equal(t, id, d.Explain().CauseID)
		})
	}
}
