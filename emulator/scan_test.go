package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// airport has access points of all kinds.
var airport = emulator.Config{
	AccessPoint: wifi.AccessPoint{SSID: "home", Password: "12345678", Channel: 6},
	Neighbors: []wifi.AccessPoint{
		{SSID: "home", Password: "12345678", Channel: 6, RSSI: -40},
		{SSID: "cafe", Channel: 1, RSSI: -80},
		{SSID: "secret", Password: "12345678", AuthMode: wifi.AuthWPAWPA2PSK, Channel: 11, Hidden: true},
	},
}

func TestScan(t *testing.T) {
	home := netstack.MAC{2, 0, 10, 0, 0, 1}
	for name, c := range map[string]struct {
		cfg  *wifi.ScanConfig
		want []string
		took time.Duration
	}{
		"all":         {nil, []string{"cafe", "home", "home"}, 2080 * time.Millisecond},
		"with hidden": {&wifi.ScanConfig{ShowHidden: true}, []string{"cafe", "home", "home", ""}, 2080 * time.Millisecond},
		"channel":     {&wifi.ScanConfig{Channel: 6}, []string{"home", "home"}, 160 * time.Millisecond},
		"empty one":   {&wifi.ScanConfig{Channel: 13, Max: 100}, nil, 100 * time.Millisecond},
		"SSID":        {&wifi.ScanConfig{SSID: "cafe", Passive: true, Max: 9000}, []string{"cafe"}, 13 * 1500 * time.Millisecond},
		"hidden SSID": {&wifi.ScanConfig{SSID: "secret"}, []string{"secret"}, 2080 * time.Millisecond},
		"BSSID":       {&wifi.ScanConfig{BSSID: home}, []string{"home"}, 2080 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				d := boot(t, airport, func(s *emulator.SDK) {
					sdk = s
					assert.False(t, s.WifiStationScan(nil, nil), "not in user_init")
				})
				var got []string
				var took time.Duration
				require.NoError(t, d.Do(func() {
					began := time.Now()
					require.True(t, sdk.WifiStationScan(c.cfg, func(list []wifi.BssInfo, status wifi.Status) {
						assert.Equal(t, wifi.StatusOK, status)
						took = time.Since(began)
						for _, b := range list {
							got = append(got, b.SSID)
						}
					}))
					assert.False(t, sdk.WifiStationScan(nil, nil), "one at a time")
				}))
				time.Sleep(time.Minute)
				require.NoError(t, d.Do(func() {
					assert.Equal(t, c.want, got)
					assert.Equal(t, c.took, took)
					assert.True(t, sdk.WifiStationScan(nil, nil), "nobody wants to know")
				}))
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestScanDetails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, airport, func(s *emulator.SDK) { sdk = s })
		var list []wifi.BssInfo
		var status wifi.Status
		scan := func(during func()) {
			t.Helper()
			require.NoError(t, d.Do(func() {
				done := func(l []wifi.BssInfo, s wifi.Status) { list, status = l, s }
				require.True(t, sdk.WifiStationScan(&wifi.ScanConfig{ShowHidden: true}, done))
				during()
			}))
			time.Sleep(time.Minute)
			require.NoError(t, d.Do(func() {})) // what the device wrote is ours from here on
		}
		scan(func() {})
		require.Len(t, list, 4)
		assert.Equal(t, []wifi.BssInfo{
			{BSSID: netstack.MAC{2, 0, 10, 0, 1, 2}, SSID: "cafe", Channel: 1, RSSI: -80},
			{BSSID: netstack.MAC{2, 0, 10, 0, 1, 1}, SSID: "home", Channel: 6, RSSI: -40, AuthMode: wifi.AuthWPA2PSK},
			{BSSID: netstack.MAC{2, 0, 10, 0, 0, 1}, SSID: "home", Channel: 6, RSSI: -50, AuthMode: wifi.AuthWPA2PSK},
			{BSSID: netstack.MAC{2, 0, 10, 0, 1, 3}, Channel: 11, RSSI: -50, AuthMode: wifi.AuthWPAWPA2PSK, IsHidden: true},
		}, list)
		require.NoError(t, d.SetAccessPointInRange(false))
		scan(func() {})
		assert.Len(t, list, 3, "one is out of range")
		scan(func() { sdk.WifiSetOpmodeCurrent(wifi.NullMode) })
		assert.Equal(t, wifi.StatusFail, status)
		assert.Nil(t, list)
		require.NoError(t, d.Do(func() { assert.False(t, sdk.WifiStationScan(nil, nil), "no station") }))
	})
}

// Devices find each other's soft-APs, not their own; who scans actively is heard.
func TestScanFindsSoftAPs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := vnet.New(vnet.Options{})
		defer n.Close()
		n.Gateway(vnet.GatewayConfig{})
		one, sdk, events := apDevice(t, emulator.Config{Network: n, Name: "one"}, wifi.StationAPMode, nil)
		two, _, eventsTwo := apDevice(t, emulator.Config{Network: n, Name: "two"}, wifi.SoftAPMode, nil)
		defer two.Close()
		defer one.Close()
		time.Sleep(5 * time.Second)
		events()
		eventsTwo()
		var list []wifi.BssInfo
		require.NoError(t, one.Do(func() {
			require.True(t, sdk.WifiStationScan(&wifi.ScanConfig{SSID: "lamp"}, func(l []wifi.BssInfo, _ wifi.Status) { list = l }))
		}))
		time.Sleep(5 * time.Second)
		require.NoError(t, one.Do(func() {
			require.Len(t, list, 1)
			assert.Equal(t, "lamp", list[0].SSID)
			assert.Equal(t, wifi.AuthWPA2PSK, list[0].AuthMode)
			assert.NotEqual(t, netstack.MAC(sdk.WifiGetMacaddr(wifi.SoftAPIf)), list[0].BSSID)
		}))
		assert.Equal(t, []string{"7 " + one.MAC().String() + " -50"}, eventsTwo())
	})
}

func TestNeighborRules(t *testing.T) {
	for _, list := range [][]wifi.AccessPoint{{{}}, {{SSID: "a", BSSID: netstack.MAC{2, 0, 10, 0, 0, 1}}}, {{SSID: "a",
		BSSID: netstack.MAC{2}}, {SSID: "b", BSSID: netstack.MAC{2}}}} {
		_, err := emulator.New(emulator.Config{Neighbors: list})
		assert.ErrorContains(t, err, "Neighbors")
	}
}

// The station joins the strongest access point with its SSID that reaches the threshold.
func TestStationChoosesItsAccessPoint(t *testing.T) {
	for name, c := range map[string]struct {
		config wifi.StationConfig
		bssid  byte // last two bytes of the access point's address
		none   bool
	}{
		"strongest": {wifi.StationConfig{SSID: "home", Password: "12345678"}, 0x11, false},
		"BSSID": {wifi.StationConfig{SSID: "home", Password: "12345678", BSSIDSet: true, BSSID: netstack.MAC{2, 0, 10, 0, 0, 1}},
			0x01, false},
		"hidden":   {wifi.StationConfig{SSID: "secret", Password: "12345678"}, 0x13, false},
		"too weak": {wifi.StationConfig{SSID: "cafe", Threshold: wifi.Threshold{RSSI: -70}}, 0, true},
		"too open": {wifi.StationConfig{SSID: "cafe", Threshold: wifi.Threshold{AuthMode: wifi.AuthWPAPSK}}, 0, true},
		"no open":  {wifi.StationConfig{SSID: "cafe", OpenAndWEPModeDisable: true}, 0, true},
		"good":     {wifi.StationConfig{SSID: "cafe", Threshold: wifi.Threshold{RSSI: -80}}, 0x12, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := airport
				cfg.Station = c.config
				var got byte
				var reason, rssi int
				var sdk *emulator.SDK
				d := boot(t, cfg, func(s *emulator.SDK) {
					sdk = s
					s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
						switch e.Event {
						case wifi.EventStamodeConnected:
							got = e.BSSID[4]<<4 | e.BSSID[5]
							rssi = int(s.WifiStationGetRssi())
						case wifi.EventStamodeDisconnected:
							reason = int(e.Reason)
						}
					})
				})
				time.Sleep(20 * time.Second)
				require.NoError(t, d.Do(func() {})) // what the device wrote is ours from here on
				if c.none {
					assert.EqualValues(t, wifi.ReasonNoAPFound, reason)
					return
				}
				assert.Equal(t, c.bssid, got)
				assert.True(t, d.Addr().IsValid())
				require.NoError(t, d.SetAccessPointInRange(false))
				time.Sleep(20 * time.Second)
				require.NoError(t, d.Do(func() {
					assert.Equal(t, c.bssid != 0x01, sdk.WifiStationGetConnectStatus() == wifi.StationGotIP, "a neighbour stays")
				}))
				assert.Negative(t, rssi)
			})
		})
	}
}

// The access point changes its security: the station hears of it when it joins again.
func TestAuthModeChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []wifi.SystemEvent
		cfg := emulator.Config{AccessPoint: wifi.AccessPoint{SSID: "home", Password: "12345678", AuthMode: wifi.AuthWPAPSK}}
		d := boot(t, cfg, func(s *emulator.SDK) {
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeAuthmodeChange {
					changes = append(changes, e)
				}
			})
		})
		time.Sleep(5 * time.Second)
		ap := cfg.AccessPoint
		ap.AuthMode = wifi.AuthWPA2PSK
		require.NoError(t, d.SetAccessPoint(ap))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []wifi.SystemEvent{{Event: wifi.EventStamodeAuthmodeChange, OldMode: wifi.AuthWPAPSK,
				OpMode: wifi.AuthWPA2PSK}}, changes)
		}))
	})
}

// The station changes between the access points that it remembers, and nothing of that is saved. Which it remembers:
// TestRememberedNetworks.
func TestApChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := airport
		cfg.Station = wifi.StationConfig{SSID: "cafe"}
		home := wifi.StationConfig{SSID: "home", Password: "12345678"}
		var sdk *emulator.SDK
		var joined []string
		d := boot(t, cfg, func(s *emulator.SDK) {
			sdk = s
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				if e.Event == wifi.EventStamodeConnected {
					joined = append(joined, e.SSID)
				}
			})
		})
		require.NoError(t, d.Do(func() {
			require.True(t, sdk.WifiStationApNumberSet(2))
			sdk.SystemRestart()
		}))
		time.Sleep(time.Second)
		joined = nil
		require.NoError(t, d.Do(func() { require.True(t, sdk.WifiStationSetConfig(home)) }))
		for _, id := range []uint8{0, 0, 1} {
			require.NoError(t, d.Do(func() { assert.True(t, sdk.WifiStationApChange(id)) }))
			time.Sleep(10 * time.Second)
		}
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []string{"cafe", "home"}, joined, "the second 0 changes nothing")
			assert.False(t, sdk.WifiStationApChange(2))
			assert.Equal(t, home.SSID, sdk.WifiStationGetConfigDefault().SSID)
			sdk.WifiSetOpmodeCurrent(wifi.SoftAPMode)
			assert.False(t, sdk.WifiStationApChange(0), "no station")
			assert.False(t, sdk.WifiStationApNumberSet(1), "no station")
			assert.False(t, sdk.WifiStationSetAutoConnect(1), "no station")
		}))
	})
}
