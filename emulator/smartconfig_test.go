package emulator_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// unknown is a place whose access point the device does not know.
var unknown = emulator.Config{
	AccessPoint: wifi.AccessPoint{SSID: "home", Password: "12345678", Channel: 6},
	Station:     wifi.StationConfig{SSID: "elsewhere"},
}

var app = wifi.Phone{SSID: "home", Password: "12345678", Addr: netip.MustParseAddr("10.0.0.50"), MAC: netstack.MAC{2, 9, 9, 9,
	9, 9}, Random: 0x5A}

// scLog makes a callback that does as the SDK's example does, and notes what it got and when, in milliseconds.
func scLog(s *emulator.SDK, log *[]string) func(wifi.ScStatus, wifi.ScData) {
	began := time.Now()
	return func(status wifi.ScStatus, data wifi.ScData) {
		line := fmt.Sprintf("%d ms: %d", time.Since(began).Milliseconds(), status)
		switch status {
		case wifi.ScStatusGettingSSIDPswd:
			line += fmt.Sprintf(" type %d", data.Type)
		case wifi.ScStatusLink:
			line += " " + data.Config.SSID + " " + data.Config.Password
			s.WifiStationSetConfig(data.Config)
			s.WifiStationDisconnect()
			s.WifiStationConnect()
		case wifi.ScStatusLinkOver:
			line += fmt.Sprintf(" %v", data.Phone)
			s.SmartconfigStop()
		}
		*log = append(*log, line)
	}
}

// An app finds a device, which joins the access point and tells the app its address.
func TestSmartconfig(t *testing.T) {
	airkiss := app
	airkiss.Type, airkiss.Addr = wifi.ScTypeAirkiss, netip.Addr{}
	const at = "4160 ms: 1"
	for name, c := range map[string]struct {
		phone   wifi.Phone
		profile espconn.Profile
		port    int
		answers int
		answer  string // with the device's MAC and address
		want    []string
		lines   []string
	}{
		"esptouch": {app, espconn.ManualV21(), 18266, 40, "\x15MACMACADDR",
			[]string{at, "5160 ms: 2 type 0", "10160 ms: 3 home 12345678"},
			[]string{"SC version: V2.5.4", "TYPE: ESPTOUCH", "T|PHONE MAC: 02 09 09 09 09 09", "T|AP MAC   : 02 00 0a 00 00 01",
				"T|pswd: 12345678", "T|ssid: home"}},
		"SDK 3.0.6": {app, espconn.SDK306(), 18266, 40, "\x15MACMACADDR",
			[]string{at, "5160 ms: 2 type 0", "10160 ms: 3 home 12345678"},
			[]string{"SC version: V2.5.5", "TYPE: ESPTOUCH, ch:6", "T|PHONE MAC: 02:09:09:09:09:09", "T|AP MAC: 02:00:0a:00:00:01",
				"T|pswd: 12345678", "T|ssid: home"}},
		"airkiss": {airkiss, espconn.ManualV21(), 10000, 30, "\x5aMACMAC",
			[]string{at, "5160 ms: 2 type 1", "10160 ms: 3 home 12345678"},
			[]string{"SC version: V2.5.4", "TYPE: AIRKISS", "T|PHONE MAC: 02 09 09 09 09 09", "T|AP MAC   : 02 00 0a 00 00 01",
				"T|pswd : 12345678", "T|ssid : home"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := vnet.New(vnet.Options{})
				defer n.Close()
				n.Gateway(vnet.GatewayConfig{})
				phone := n.Host("phone", netip.MustParseAddr("10.0.0.50"))
				defer phone.Close()
				heard, err := phone.ListenPacket("udp4", fmt.Sprintf("0.0.0.0:%d", c.port))
				require.NoError(t, err)
				defer heard.Close()
				cfg := unknown
				cfg.Network, cfg.Profile = n, c.profile
				var log []string
				var sdk *emulator.SDK
				d := boot(t, cfg, func(s *emulator.SDK) {
					sdk = s
					assert.True(t, s.SmartconfigSetType(wifi.ScTypeEsptouchAirkiss))
					require.True(t, s.SmartconfigStart(scLog(s, &log)))
					assert.False(t, s.SmartconfigStart(nil), "busy")
					assert.False(t, s.SmartconfigSetType(wifi.ScTypeEsptouch), "busy")
					assert.False(t, s.EsptouchSetTimeout(20), "busy")
				})
				defer d.Close()
				require.NoError(t, d.SmartConfig(c.phone))
				time.Sleep(time.Minute)
				require.NoError(t, d.Do(func() {
					require.Len(t, log, 4)
					assert.Equal(t, c.want, log[:3])
					over := "10.0.0.50"
					if c.phone.Type == wifi.ScTypeAirkiss {
						over = "invalid IP"
					}
					assert.Regexp(t, `^1[4-9]\d\d\d ms: 4 `+over+"$", log[3])
					assert.Equal(t, "home", sdk.WifiStationGetConfigDefault().SSID)
					assert.True(t, sdk.SmartconfigSetType(wifi.ScTypeEsptouch), "free again")
				}))
				require.NoError(t, heard.SetReadDeadline(time.Now().Add(time.Second)))
				mac, addr := d.MAC(), d.Addr().As4()
				want := strings.NewReplacer("MACMAC", string(mac[:]), "ADDR", string(addr[:])).Replace(c.answer)
				buf := make([]byte, 100)
				for i := range c.answers {
					k, _, err := heard.ReadFrom(buf)
					require.NoError(t, err, i)
					require.Equal(t, want, string(buf[:k]))
				}
				_, _, err = heard.ReadFrom(buf)
				require.Error(t, err, "no more than %d", c.answers)
				var lines []string
				for _, e := range d.Trace().Events() {
					if e.Source == trace.SourceUART && e.Kind == trace.KindLine &&
						(e.Text[:2] == "T|" || e.Text[:4] == "TYPE" || e.Text[:2] == "SC") {
						lines = append(lines, e.Text)
					}
				}
				assert.Equal(t, c.lines, lines)
			})
		})
	}
}

// The device hears no phone that is not there, not of its kind, or in an access point too far; a phone that falls silent makes
// it begin anew.
func TestSmartconfigWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := unknown
		cfg.Neighbors = []wifi.AccessPoint{{SSID: "far", RSSI: -85}}
		cfg.AccessPoint.KeyReason = wifi.Reason4WayHandshakeTimeout
		var log []string
		var sdk *emulator.SDK
		d := boot(t, cfg, func(s *emulator.SDK) { sdk = s })
		airkiss, far, wrong := app, app, app
		airkiss.Type, far.SSID, wrong.Password = wifi.ScTypeAirkiss, "far", "87654321"
		require.NoError(t, d.Do(func() {
			assert.True(t, sdk.EsptouchSetTimeout(1), "counts as 15")
			assert.True(t, sdk.SmartconfigSetType(7), "true, and nothing changes")
			require.True(t, sdk.SmartconfigStart(scLog(sdk, &log), 1))
		}))
		time.Sleep(5 * time.Minute)
		for _, p := range []wifi.Phone{airkiss, far} {
			require.NoError(t, d.SmartConfig(p))
			time.Sleep(time.Minute)
		}
		require.NoError(t, d.Do(func() { assert.Equal(t, []string{"4160 ms: 1"}, log) }))
		require.NoError(t, d.SmartConfig(wrong))
		time.Sleep(2 * time.Second)
		require.NoError(t, d.SmartConfig(wifi.Phone{}))
		time.Sleep(13999 * time.Millisecond)
		require.NoError(t, d.Do(func() { assert.Equal(t, []string{"4160 ms: 1", "421000 ms: 2 type 0"}, log) }))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			require.Len(t, log, 3)
			assert.Equal(t, "440160 ms: 1", log[2], "15 s after the channel was found, and two scans")
			log = nil
		}))
		require.NoError(t, d.SetAccessPointInRange(false))
		require.NoError(t, d.SmartConfig(wrong))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() { assert.Empty(t, log) }))
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			require.Len(t, log, 2, "the password is wrong: no end")
			assert.Equal(t, wifi.StationWrongPassword, sdk.WifiStationGetConnectStatus())
			assert.True(t, sdk.SmartconfigStop())
			assert.True(t, sdk.SmartconfigStop(), "twice")
			sdk.WifiSetOpmodeCurrent(wifi.StationAPMode)
			assert.False(t, sdk.SmartconfigStart(nil), "station mode only")
		}))
		assert.Contains(t, uartLines(d), "smartconfig:sys mode isn't STATION_MODE:3")
		assert.Contains(t, uartLines(d), "smartconfig restart")
		assert.Contains(t, uartLines(d), "smartconfig type input err")
		assert.Contains(t, uartLines(d), "T|bssid: 02 00 0a 00 00 01")
	})
}

// A stop ends it in any state, also in its callbacks.
func TestSmartconfigStops(t *testing.T) {
	for at := wifi.ScStatusFindChannel; at <= wifi.ScStatusLinkOver; at++ {
		synctest.Test(t, func(t *testing.T) {
			var last wifi.ScStatus
			var sdk *emulator.SDK
			d := boot(t, unknown, func(s *emulator.SDK) {
				sdk = s
				var log []string
				example := scLog(s, &log)
				s.SmartconfigStart(func(status wifi.ScStatus, data wifi.ScData) {
					example(status, data)
					last = status
					if status == at {
						s.SmartconfigStop()
					}
				})
			})
			require.NoError(t, d.SmartConfig(app))
			time.Sleep(10 * time.Minute)
			require.NoError(t, d.Do(func() {
				assert.Equal(t, at, last)
				assert.True(t, sdk.SmartconfigStart(nil), "again, with nobody who wants to know")
			}))
			time.Sleep(time.Minute)
			require.NoError(t, d.Reset())
		})
	}
}

func TestSmartConfigRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		for want, change := range map[string]func(*wifi.Phone){
			"1 to 32 bytes": func(p *wifi.Phone) { p.SSID = "" },
			"at most 64":    func(p *wifi.Phone) { p.Password = fmt.Sprintf("%065d", 0) },
			"not 2":         func(p *wifi.Phone) { p.Type = wifi.ScTypeEsptouchAirkiss },
			"set Addr":      func(p *wifi.Phone) { p.Addr = netip.IPv6Loopback() },
		} {
			p := app
			change(&p)
			assert.ErrorContains(t, d.SmartConfig(p), want)
		}
		require.NoError(t, d.Close())
		assert.ErrorIs(t, d.SmartConfig(app), emulator.ErrClosed)
	})
}

func uartLines(d *emulator.Device) (lines []string) {
	for _, e := range d.Trace().Events() {
		if e.Source == trace.SourceUART && e.Kind == trace.KindLine {
			lines = append(lines, e.Text)
		}
	}
	return lines
}
