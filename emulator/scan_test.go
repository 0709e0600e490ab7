package emulator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// airport has access points of all kinds.
var airport = emulator.Config{
	AccessPoint: emulator.AccessPoint{SSID: "home", Password: "12345678", Channel: 6},
	Neighbors: []emulator.AccessPoint{
		{SSID: "home", Password: "12345678", Channel: 6, RSSI: -40},
		{SSID: "cafe", Channel: 1, RSSI: -80},
		{SSID: "secret", Password: "12345678", AuthMode: emulator.AuthWPAWPA2PSK, Channel: 11, Hidden: true},
	},
}

func TestScan(t *testing.T) {
	home := netstack.MAC{2, 0, 10, 0, 0, 1}
	for name, c := range map[string]struct {
		cfg  *emulator.ScanConfig
		want []string
		took time.Duration
	}{
		"all":         {nil, []string{"cafe", "home", "home"}, 2080 * time.Millisecond},
		"with hidden": {&emulator.ScanConfig{ShowHidden: true}, []string{"cafe", "home", "home", ""}, 2080 * time.Millisecond},
		"channel":     {&emulator.ScanConfig{Channel: 6}, []string{"home", "home"}, 160 * time.Millisecond},
		"empty one":   {&emulator.ScanConfig{Channel: 13, Max: 100}, nil, 100 * time.Millisecond},
		"SSID":        {&emulator.ScanConfig{SSID: "cafe", Passive: true, Max: 9000}, []string{"cafe"}, 13 * 1500 * time.Millisecond},
		"hidden SSID": {&emulator.ScanConfig{SSID: "secret"}, []string{"secret"}, 2080 * time.Millisecond},
		"BSSID":       {&emulator.ScanConfig{BSSID: home}, []string{"home"}, 2080 * time.Millisecond},
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
					require.True(t, sdk.WifiStationScan(c.cfg, func(list []emulator.BssInfo, status emulator.Status) {
						assert.Equal(t, emulator.StatusOK, status)
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
		var list []emulator.BssInfo
		var status emulator.Status
		scan := func(during func()) {
			t.Helper()
			require.NoError(t, d.Do(func() {
				require.True(t, sdk.WifiStationScan(&emulator.ScanConfig{ShowHidden: true}, func(l []emulator.BssInfo, s emulator.Status) { list, status = l, s }))
				during()
			}))
			time.Sleep(time.Minute)
			require.NoError(t, d.Do(func() {})) // what the device wrote is ours from here on
		}
		scan(func() {})
		require.Len(t, list, 4)
		assert.Equal(t, []emulator.BssInfo{
			{BSSID: netstack.MAC{2, 0, 10, 0, 1, 2}, SSID: "cafe", Channel: 1, RSSI: -80},
			{BSSID: netstack.MAC{2, 0, 10, 0, 1, 1}, SSID: "home", Channel: 6, RSSI: -40, AuthMode: emulator.AuthWPA2PSK},
			{BSSID: netstack.MAC{2, 0, 10, 0, 0, 1}, SSID: "home", Channel: 6, RSSI: -50, AuthMode: emulator.AuthWPA2PSK},
			{BSSID: netstack.MAC{2, 0, 10, 0, 1, 3}, Channel: 11, RSSI: -50, AuthMode: emulator.AuthWPAWPA2PSK, IsHidden: true},
		}, list)
		require.NoError(t, d.SetAccessPointInRange(false))
		scan(func() {})
		assert.Len(t, list, 3, "one is out of range")
		scan(func() { sdk.WifiSetOpmodeCurrent(emulator.NullMode) })
		assert.Equal(t, emulator.StatusFail, status)
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
		one, sdk, events := apDevice(t, emulator.Config{Network: n, Name: "one"}, emulator.StationAPMode, nil)
		two, _, eventsTwo := apDevice(t, emulator.Config{Network: n, Name: "two"}, emulator.SoftAPMode, nil)
		defer two.Close()
		defer one.Close()
		time.Sleep(5 * time.Second)
		events()
		eventsTwo()
		var list []emulator.BssInfo
		require.NoError(t, one.Do(func() {
			require.True(t, sdk.WifiStationScan(&emulator.ScanConfig{SSID: "lamp"}, func(l []emulator.BssInfo, _ emulator.Status) { list = l }))
		}))
		time.Sleep(5 * time.Second)
		require.NoError(t, one.Do(func() {
			require.Len(t, list, 1)
			assert.Equal(t, "lamp", list[0].SSID)
			assert.Equal(t, emulator.AuthWPA2PSK, list[0].AuthMode)
			assert.NotEqual(t, netstack.MAC(sdk.WifiGetMacaddr(emulator.SoftAPIf)), list[0].BSSID)
		}))
		assert.Equal(t, []string{"7 " + one.MAC().String() + " -50"}, eventsTwo())
	})
}

func TestNeighborRules(t *testing.T) {
	for _, list := range [][]emulator.AccessPoint{{{}}, {{SSID: "a", BSSID: netstack.MAC{2, 0, 10, 0, 0, 1}}}, {{SSID: "a", BSSID: netstack.MAC{2}}, {SSID: "b", BSSID: netstack.MAC{2}}}} {
		_, err := emulator.New(emulator.Config{Neighbors: list})
		assert.ErrorContains(t, err, "Neighbors")
	}
}

// The station joins the strongest access point with its SSID that reaches the threshold.
func TestStationChoosesItsAccessPoint(t *testing.T) {
	for name, c := range map[string]struct {
		config emulator.StationConfig
		bssid  byte // last two bytes of the access point's address
		none   bool
	}{
		"strongest": {emulator.StationConfig{SSID: "home", Password: "12345678"}, 0x11, false},
		"BSSID":     {emulator.StationConfig{SSID: "home", Password: "12345678", BSSIDSet: true, BSSID: netstack.MAC{2, 0, 10, 0, 0, 1}}, 0x01, false},
		"hidden":    {emulator.StationConfig{SSID: "secret", Password: "12345678"}, 0x13, false},
		"too weak":  {emulator.StationConfig{SSID: "cafe", Threshold: emulator.Threshold{RSSI: -70}}, 0, true},
		"too open":  {emulator.StationConfig{SSID: "cafe", Threshold: emulator.Threshold{AuthMode: emulator.AuthWPAPSK}}, 0, true},
		"no open":   {emulator.StationConfig{SSID: "cafe", OpenAndWEPModeDisable: true}, 0, true},
		"good":      {emulator.StationConfig{SSID: "cafe", Threshold: emulator.Threshold{RSSI: -80}}, 0x12, false},
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
					s.WifiSetEventHandlerCb(func(e emulator.SystemEvent) {
						switch e.Event {
						case emulator.EventStamodeConnected:
							got = e.BSSID[4]<<4 | e.BSSID[5]
							rssi = int(s.WifiStationGetRssi())
						case emulator.EventStamodeDisconnected:
							reason = int(e.Reason)
						}
					})
				})
				time.Sleep(20 * time.Second)
				require.NoError(t, d.Do(func() {})) // what the device wrote is ours from here on
				if c.none {
					assert.EqualValues(t, emulator.ReasonNoAPFound, reason)
					return
				}
				assert.Equal(t, c.bssid, got)
				assert.True(t, d.Addr().IsValid())
				require.NoError(t, d.SetAccessPointInRange(false))
				time.Sleep(20 * time.Second)
				require.NoError(t, d.Do(func() {
					assert.Equal(t, c.bssid != 0x01, sdk.WifiStationGetConnectStatus() == emulator.StationGotIP, "a neighbour stays")
				}))
				assert.Negative(t, rssi)
			})
		})
	}
}

// The access point changes its security: the station hears of it when it joins again.
func TestAuthModeChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []emulator.SystemEvent
		cfg := emulator.Config{AccessPoint: emulator.AccessPoint{SSID: "home", Password: "12345678", AuthMode: emulator.AuthWPAPSK}}
		d := boot(t, cfg, func(s *emulator.SDK) {
			s.WifiSetEventHandlerCb(func(e emulator.SystemEvent) {
				if e.Event == emulator.EventStamodeAuthmodeChange {
					changes = append(changes, e)
				}
			})
		})
		time.Sleep(5 * time.Second)
		ap := cfg.AccessPoint
		ap.AuthMode = emulator.AuthWPA2PSK
		require.NoError(t, d.SetAccessPoint(ap))
		time.Sleep(time.Minute)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []emulator.SystemEvent{{Event: emulator.EventStamodeAuthmodeChange, OldMode: emulator.AuthWPAPSK, OpMode: emulator.AuthWPA2PSK}}, changes)
		}))
	})
}

// The station remembers access points and changes between them.
func TestApCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := airport
		cfg.Station = emulator.StationConfig{SSID: "cafe"}
		home := emulator.StationConfig{SSID: "home", Password: "12345678"}
		secret := emulator.StationConfig{SSID: "secret", Password: "12345678"}
		var sdk *emulator.SDK
		var joined []string
		firmware := func(s *emulator.SDK) {
			sdk = s
			s.WifiSetEventHandlerCb(func(e emulator.SystemEvent) {
				if e.Event == emulator.EventStamodeConnected {
					joined = append(joined, e.SSID)
				}
			})
		}
		d := boot(t, cfg, firmware)
		require.NoError(t, d.Do(func() {
			assert.False(t, sdk.WifiStationApNumberSet(0))
			assert.False(t, sdk.WifiStationApNumberSet(6))
			require.True(t, sdk.WifiStationSetConfig(home))
			assert.Equal(t, []emulator.StationConfig{home}, sdk.WifiStationGetApInfo(), "a new device remembers one")
			require.True(t, sdk.WifiStationApNumberSet(2))
			require.True(t, sdk.WifiStationSetConfig(cfg.Station))
			require.True(t, sdk.WifiStationSetConfigCurrent(secret))
			assert.Equal(t, []emulator.StationConfig{home, cfg.Station}, sdk.WifiStationGetApInfo())
			assert.EqualValues(t, 1, sdk.WifiStationGetCurrentApID())
			assert.True(t, sdk.WifiStationApChange(0))
			assert.False(t, sdk.WifiStationApChange(2))
			assert.Equal(t, home, sdk.WifiStationGetConfigDefault())
		}))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			require.True(t, sdk.WifiStationSetConfig(secret))
			assert.Equal(t, []emulator.StationConfig{secret, cfg.Station}, sdk.WifiStationGetApInfo(), "the oldest goes")
			changed := secret
			changed.Password = "87654321"
			require.True(t, sdk.WifiStationSetConfig(changed))
			assert.Equal(t, []emulator.StationConfig{changed, cfg.Station}, sdk.WifiStationGetApInfo(), "one for each SSID")
			assert.True(t, sdk.WifiStationApChange(1))
		}))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []string{"home", "cafe"}, joined)
			require.True(t, sdk.WifiStationApNumberSet(1))
			assert.Len(t, sdk.WifiStationGetApInfo(), 1)
			assert.Zero(t, sdk.WifiStationGetCurrentApID())
			sdk.WifiSetOpmodeCurrent(emulator.SoftAPMode)
			assert.False(t, sdk.WifiStationApChange(0), "no station")
		}))
		require.NoError(t, d.Reset())
		joined = nil
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			firmware(s)
			assert.Len(t, s.WifiStationGetApInfo(), 1, "saved")
			assert.True(t, s.WifiStationApChange(0))
		})))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() { assert.Empty(t, joined, "that one has another password") }))
	})
}
