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
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

func TestSoftAPConfigRules(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boot(t, emulator.Config{}, func(s *emulator.SDK) {
			assert.False(t, s.WifiSoftapSetConfig(lamp), "the mode has no soft-AP")
			require.True(t, s.WifiSetOpmodeCurrent(wifi.SoftAPMode))
			mac := s.WifiGetMacaddr(wifi.StationIf)
			blank := wifi.SoftapConfig{SSID: fmt.Sprintf("ESP_%02X%02X%02X", mac[3], mac[4], mac[5]), Channel: 1, MaxConnection: 4,
				BeaconInterval: 100}
			assert.Equal(t, blank, s.WifiSoftapGetConfig())
			assert.Equal(t, blank, s.WifiSoftapGetConfigDefault())
			for name, c := range map[string]struct {
				change  func(*wifi.SoftapConfig)
				ok      bool
				becomes func(*wifi.SoftapConfig) // nil: it stays
			}{
				"as it is":   {func(*wifi.SoftapConfig) {}, true, nil},
				"no SSID":    {func(c *wifi.SoftapConfig) { c.SSID = "" }, false, nil},
				"SSID of 32": {func(c *wifi.SoftapConfig) { c.SSID = strings.Repeat("x", 32) }, true, nil},
				"SSID of 33": {func(c *wifi.SoftapConfig) { c.SSID = strings.Repeat("x", 33) }, true,
					func(c *wifi.SoftapConfig) { c.SSID = c.SSID[1:] }},
				"SSID of erased flash": {func(c *wifi.SoftapConfig) { c.SSID = "\xFF\xFF\xFF" }, true,
					func(c *wifi.SoftapConfig) { c.SSID = blank.SSID }},
				"password of 7":  {func(c *wifi.SoftapConfig) { c.Password = "1234567" }, false, nil},
				"password of 63": {func(c *wifi.SoftapConfig) { c.Password = strings.Repeat("x", 63) }, true, nil},
				"key of 64":      {func(c *wifi.SoftapConfig) { c.Password = strings.Repeat("0f", 32) }, true, nil},
				"password of 64": {func(c *wifi.SoftapConfig) { c.Password = strings.Repeat("x", 64) }, false, nil},
				"password of 65": {func(c *wifi.SoftapConfig) { c.Password = strings.Repeat("0", 65) }, false, nil},
				"open":           {func(c *wifi.SoftapConfig) { c.AuthMode, c.Password = wifi.AuthOpen, "" }, true, nil},
				"WEP": {func(c *wifi.SoftapConfig) { c.AuthMode, c.Password = wifi.AuthWEP, "short" }, true,
					func(c *wifi.SoftapConfig) { c.AuthMode = wifi.AuthOpen }},
				"WPA and WPA2": {func(c *wifi.SoftapConfig) { c.AuthMode = wifi.AuthWPAWPA2PSK }, true, nil},
				"unknown mode": {func(c *wifi.SoftapConfig) { c.AuthMode = 6 }, true,
					func(c *wifi.SoftapConfig) { c.AuthMode = wifi.AuthOpen }},
				"channel 0":    {func(c *wifi.SoftapConfig) { c.Channel = 0 }, true, func(c *wifi.SoftapConfig) { c.Channel = 1 }},
				"channel 13":   {func(c *wifi.SoftapConfig) { c.Channel = 13 }, true, nil},
				"channel 14":   {func(c *wifi.SoftapConfig) { c.Channel = 14 }, true, func(c *wifi.SoftapConfig) { c.Channel = 1 }},
				"hidden":       {func(c *wifi.SoftapConfig) { c.SSIDHidden = 1 }, true, nil},
				"hidden twice": {func(c *wifi.SoftapConfig) { c.SSIDHidden = 2 }, true, func(c *wifi.SoftapConfig) { c.SSIDHidden = 0 }},
				"no stations":  {func(c *wifi.SoftapConfig) { c.MaxConnection = 0 }, true, nil},
				"8 stations":   {func(c *wifi.SoftapConfig) { c.MaxConnection = 8 }, true, nil},
				"255 stations": {func(c *wifi.SoftapConfig) { c.MaxConnection = 255 }, true,
					func(c *wifi.SoftapConfig) { c.MaxConnection = 8 }},
				"beacon of 99": {func(c *wifi.SoftapConfig) { c.BeaconInterval = 99 }, true,
					func(c *wifi.SoftapConfig) { c.BeaconInterval = 100 }},
				"beacon of a min": {func(c *wifi.SoftapConfig) { c.BeaconInterval = 60000 }, true, nil},
				"beacon of more": {func(c *wifi.SoftapConfig) { c.BeaconInterval = 60001 }, true,
					func(c *wifi.SoftapConfig) { c.BeaconInterval = 100 }},
			} {
				require.True(t, s.WifiSoftapSetConfigCurrent(lamp))
				config := lamp
				c.change(&config)
				assert.Equal(t, c.ok, s.WifiSoftapSetConfigCurrent(config), name)
				if !c.ok {
					config = lamp
				} else if c.becomes != nil {
					c.becomes(&config)
				}
				assert.Equal(t, config, s.WifiSoftapGetConfig(), name)
			}
			assert.Equal(t, blank, s.WifiSoftapGetConfigDefault(), "not saved")
			assert.False(t, s.WifiSetOpmode(4))
		})
	})
}

// Saved settings outlive a restart, the others do not; system_restore makes the device a blank one: a soft-AP.
func TestSoftAPSettingsOverRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		boots := 0
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			if sdk, boots = s, boots+1; boots == 1 {
				require.True(t, s.WifiSetOpmode(wifi.SoftAPMode))
				require.True(t, s.WifiSoftapSetConfig(lamp))
				other := lamp
				other.SSID = "not for long"
				require.True(t, s.WifiSoftapSetConfigCurrent(other))
			}
		})
		require.NoError(t, d.Do(func() { sdk.SystemRestart() }))
		time.Sleep(time.Second)
		join(t, d, "phone")
		require.NoError(t, d.Do(func() {
			require.Equal(t, 2, boots)
			assert.Equal(t, lamp, sdk.WifiSoftapGetConfig())
			assert.Equal(t, wifi.SoftAPMode, sdk.WifiGetOpmode())
			sdk.SystemRestore()
			sdk.SystemRestart()
		}))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			require.Equal(t, 3, boots)
			assert.Equal(t, wifi.SoftAPMode, sdk.WifiGetOpmodeDefault())
			assert.Equal(t, "ESP_", sdk.WifiSoftapGetConfig().SSID[:4])
		}))
		var ssid string
		require.NoError(t, d.Do(func() { ssid = sdk.WifiSoftapGetConfig().SSID }))
		_, err := d.Network().Join(t.Context(), "phone", vnet.Membership{SSID: ssid})
		require.NoError(t, err, "open")
	})
}

// A reset of the device, without goodbye: its stations notice later, and it has none when it is back.
func TestSoftAPReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, _ := apDevice(t, emulator.Config{}, wifi.SoftAPMode, nil)
		phone := join(t, d, "phone")
		began := time.Now()
		require.NoError(t, d.Reset())
		<-phone.Gone()
		assert.Equal(t, 3*time.Second, time.Since(began))
		assert.Equal(t, vnet.ReasonBeaconTimeout, phone.GoneReason())
		_, err := d.Network().Join(t.Context(), "another", member)
		require.ErrorIs(t, err, vnet.ErrNoCell)
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			sdk = s
			s.WifiSetOpmodeCurrent(wifi.SoftAPMode)
			s.WifiSoftapSetConfigCurrent(lamp)
		})))
		join(t, d, "phone")
		require.NoError(t, d.Do(func() { assert.EqualValues(t, 1, sdk.WifiSoftapGetStationNum()) }))
	})
}

func TestDhcpsLeaseRules(t *testing.T) {
	lease := func(from, to string) wifi.DhcpsLease {
		return wifi.DhcpsLease{Enable: true, StartIP: netip.MustParseAddr(from), EndIP: netip.MustParseAddr(to)}
	}
	synctest.Test(t, func(t *testing.T) {
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			assert.False(t, s.WifiSoftapDhcpsStart(), "no soft-AP")
			assert.False(t, s.WifiSoftapDhcpsStop())
			assert.Equal(t, wifi.DHCPStarted, s.WifiSoftapDhcpsStatus(), "switched on, whether or not there is a soft-AP")
			assert.False(t, s.WifiSoftapSetDhcpsLease(lease("192.168.4.2", "192.168.4.9")))
			_, ok := s.WifiSoftapGetDhcpsLease()
			assert.False(t, ok)
			require.True(t, s.WifiSetOpmodeCurrent(wifi.SoftAPMode))
			require.True(t, s.WifiSoftapSetConfigCurrent(lamp))

			assert.Equal(t, wifi.DHCPStarted, s.WifiSoftapDhcpsStatus(), "by default")
			assert.False(t, s.WifiSoftapSetDhcpsLease(lease("192.168.4.2", "192.168.4.9")), "it runs")
			assert.False(t, s.WifiSoftapSetDhcpsLeaseTime(5))
			assert.False(t, s.WifiSoftapResetDhcpsLeaseTime())
			assert.EqualValues(t, 120, s.WifiSoftapGetDhcpsLeaseTime())
			info := wifi.IPInfo{IP: netip.MustParseAddr("192.168.7.1"), Netmask: netip.MustParseAddr("255.255.255.0"),
				GW: netip.MustParseAddr("192.168.7.1")}
			assert.False(t, s.WifiSetIPInfo(wifi.SoftAPIf, info), "it runs")

			require.True(t, s.WifiSoftapDhcpsStop())
			assert.Equal(t, wifi.DHCPStopped, s.WifiSoftapDhcpsStatus())
			_, ok = s.WifiSoftapGetDhcpsLease()
			assert.False(t, ok, "none was set")
			for _, c := range []struct {
				from, to string
				ok       bool
			}{
				{"192.168.4.2", "192.168.4.102", true}, // 101 addresses
				{"192.168.4.2", "192.168.4.103", false},
				{"192.168.4.1", "192.168.4.9", false}, // with its own
				{"192.168.4.9", "192.168.4.2", false},
				{"192.168.5.2", "192.168.5.9", false},
				{"192.168.4.200", "192.168.5.9", false},
				{"192.168.4.5", "192.168.4.5", true},
			} {
				assert.Equal(t, c.ok, s.WifiSoftapSetDhcpsLease(lease(c.from, c.to)), c)
			}
			got, ok := s.WifiSoftapGetDhcpsLease()
			assert.True(t, ok)
			assert.Equal(t, lease("192.168.4.5", "192.168.4.5"), got)
			assert.False(t, s.WifiSoftapSetDhcpsLeaseTime(0))
			assert.True(t, s.WifiSoftapSetDhcpsLeaseTime(5))
			assert.EqualValues(t, 5, s.WifiSoftapGetDhcpsLeaseTime())
			assert.True(t, s.WifiSoftapResetDhcpsLeaseTime())
			assert.EqualValues(t, 120, s.WifiSoftapGetDhcpsLeaseTime())
			assert.False(t, s.WifiSetIPInfo(wifi.SoftAPIf, wifi.IPInfo{IP: info.IP, Netmask: netip.MustParseAddr("255.0.255.0")}))
			assert.False(t, s.WifiSetIPInfo(2, info))
			require.True(t, s.WifiSetIPInfo(wifi.SoftAPIf, info))
			assert.Equal(t, info, s.WifiGetIPInfo(wifi.SoftAPIf))
			require.True(t, s.WifiSoftapSetDhcpsLease(wifi.DhcpsLease{}), "the default range again")
			require.True(t, s.WifiSoftapDhcpsStart())
			require.True(t, s.WifiSoftapDhcpsStart())
			for level := range uint8(3) {
				assert.Equal(t, level == 1, s.WifiSoftapSetDhcpsOfferOption(level, 0))
			}
		})
		phone := join(t, d, "phone")
		assert.Equal(t, "192.168.7.2", phone.Addr().String())
		require.NoError(t, d.Do(func() {}))
	})
}

// A range that was set, an address that changes while stations are there, and stations without DHCP.
func TestDhcpsAtWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, events := apDevice(t, emulator.Config{}, wifi.SoftAPMode, func(s *emulator.SDK) {
			s.WifiSoftapDhcpsStop()
			require.True(t, s.WifiSoftapSetDhcpsLease(wifi.DhcpsLease{Enable: true, StartIP: netip.MustParseAddr("192.168.4.50"),
				EndIP: netip.MustParseAddr("192.168.4.50")}))
			s.WifiSoftapDhcpsStart()
			greeter(t, s)
		})
		one := join(t, d, "one")
		assert.Equal(t, "192.168.4.50", one.Addr().String())
		_, err := d.Network().Join(t.Context(), "two", member)
		require.ErrorIs(t, err, vnet.ErrNoAddress, "the range has one address")
		fixed := member
		fixed.Addr = netip.MustParsePrefix("192.168.4.99/24")
		three, err := d.Network().Join(t.Context(), "three", fixed)
		require.NoError(t, err)
		defer three.Close()
		got, err := say(three, apAddr, "hi")
		require.NoError(t, err)
		assert.Equal(t, "you said hi", got)
		require.NoError(t, d.Do(func() {
			list := sdk.WifiSoftapGetStationInfo()
			require.Len(t, list, 2)
			assert.Equal(t, netip.IPv4Unspecified(), list[1].IP, "the device does not know a fixed address")
			sdk.WifiSoftapFreeStationInfo()

			require.True(t, sdk.WifiSoftapDhcpsStop())
			assert.Equal(t, netip.IPv4Unspecified(), sdk.WifiSoftapGetStationInfo()[0].IP, "leases are forgotten")
			sdk.WifiSoftapFreeStationInfo()
			zero := netip.IPv4Unspecified()
			require.True(t, sdk.WifiSetIPInfo(wifi.SoftAPIf, wifi.IPInfo{IP: netip.MustParseAddr("192.168.4.77"),
				Netmask: netip.MustParseAddr("255.255.255.0")}))
			require.True(t, sdk.WifiSoftapDhcpsStart())
			assert.Equal(t, zero, sdk.WifiGetIPInfo(wifi.SoftAPIf).GW)
		}))
		got, err = say(three, netip.MustParseAddr("192.168.4.77"), "there")
		require.NoError(t, err)
		assert.Equal(t, "you said there", got)
		assert.NotEmpty(t, events())
	})
}

// Without memory the list of stations is shorter.
func TestStationInfoWithoutMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, _ := apDevice(t, emulator.Config{}, wifi.SoftAPMode, nil)
		join(t, d, "one")
		join(t, d, "two")
		d.FailBlock("station_info", 2)
		require.NoError(t, d.Do(func() {
			free := sdk.SystemGetFreeHeapSize()
			assert.Len(t, sdk.WifiSoftapGetStationInfo(), 1)
			assert.Len(t, sdk.WifiSoftapGetStationInfo(), 2)
			sdk.WifiSoftapFreeStationInfo()
			assert.Equal(t, free, sdk.SystemGetFreeHeapSize())
		}))
	})
}

func TestMacAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sta, ap := [6]byte{0x18, 0xfe, 0x34, 1, 2, 3}, [6]byte{0x1a, 0xfe, 0x34, 9, 9, 9}
		var sdk *emulator.SDK
		d, s, _ := apDevice(t, emulator.Config{}, wifi.StationAPMode, func(s *emulator.SDK) {
			a, b := s.WifiGetMacaddr(wifi.StationIf), s.WifiGetMacaddr(wifi.SoftAPIf)
			a[0] ^= 2
			assert.Equal(t, a, b)
			assert.False(t, s.WifiSetMacaddr(wifi.StationIf, [6]byte{1}), "a group's")
			assert.False(t, s.WifiSetMacaddr(2, sta))
			require.True(t, s.WifiSetMacaddr(wifi.StationIf, sta))
			require.True(t, s.WifiSetMacaddr(wifi.SoftAPIf, ap))
		})
		sdk = s
		cells := func() []vnet.CellConfig { return d.Network().Cells(netstack.MAC{}) }
		time.Sleep(10 * time.Second)
		require.True(t, d.Addr().IsValid())
		require.Len(t, cells(), 1)
		assert.Equal(t, netstack.MAC(ap), cells()[0].BSSID)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, sta, sdk.WifiGetMacaddr(wifi.StationIf))
			assert.Equal(t, ap, sdk.WifiGetMacaddr(wifi.SoftAPIf))
			assert.False(t, sdk.WifiSetMacaddr(wifi.StationIf, sta), "only in user_init")
		}))
	})
}

// The modes one after the other: what comes and goes with each.
func TestModeChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, sdk, events := apDevice(t, emulator.Config{}, wifi.NullMode|wifi.SoftAPMode, nil)
		set := func(mode uint8) []string {
			events()
			require.NoError(t, d.Do(func() { require.True(t, sdk.WifiSetOpmodeCurrent(mode)) }))
			time.Sleep(10 * time.Second)
			return events()
		}
		phone := join(t, d, "phone")
		assert.Equal(t, []string{"8", "0", "3"}, set(wifi.StationAPMode), "the stations stay")
		require.NoError(t, d.Do(func() { assert.EqualValues(t, 1, sdk.WifiSoftapGetStationNum()) }))
		assert.Equal(t, []string{"1", "8"}, set(wifi.SoftAPMode))
		assert.Equal(t, []string{fmt.Sprintf("6 %v 1", phone.MAC()), "8"}, set(wifi.NullMode))
		assert.Equal(t, vnet.ReasonAuthLeave, phone.GoneReason())
		require.NoError(t, d.Do(func() {
			assert.True(t, sdk.WifiGetIPInfo(wifi.SoftAPIf).IP.IsUnspecified())
			assert.True(t, sdk.WifiGetIPInfo(wifi.StationIf).IP.IsUnspecified())
			assert.EqualValues(t, 1, sdk.WifiGetChannel())
			assert.True(t, sdk.WifiSetChannel(11))
			assert.False(t, sdk.WifiSetChannel(14))
			assert.False(t, sdk.WifiSetChannel(0))
			assert.EqualValues(t, 11, sdk.WifiGetChannel())
		}))
		assert.Equal(t, []string{"8"}, set(wifi.SoftAPMode))
		require.NoError(t, d.Do(func() { assert.EqualValues(t, 6, sdk.WifiGetChannel(), "the soft-AP's") }))
	})
}

// In both modes the soft-AP is on the channel of the station's access point.
func TestSoftAPFollowsTheChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := emulator.Config{AccessPoint: wifi.AccessPoint{SSID: emulator.DefaultSSID, Channel: 11}}
		d, sdk, _ := apDevice(t, cfg, wifi.StationAPMode, nil)
		channel := func() uint8 { return d.Network().Cells(netstack.MAC{})[0].Channel }
		time.Sleep(500 * time.Millisecond)
		assert.EqualValues(t, 6, channel())
		time.Sleep(5 * time.Second)
		assert.EqualValues(t, 11, channel())
		require.NoError(t, d.Do(func() { assert.EqualValues(t, 6, sdk.WifiSoftapGetConfig().Channel) }))
		require.NoError(t, d.Do(func() { sdk.WifiStationDisconnect() }))
		assert.EqualValues(t, 6, channel())
	})
}

// The handler of a soft-AP event may change everything.
func TestHandlerClosesTheSoftAP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			s.WifiSetOpmodeCurrent(wifi.SoftAPMode)
			s.WifiSoftapSetConfigCurrent(lamp)
			s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
				switch e.Event {
				case wifi.EventSoftAPModeStaConnected:
					assert.True(t, s.WifiSetOpmodeCurrent(wifi.NullMode))
				case wifi.EventSoftAPModeStaDisconnected:
					assert.True(t, s.WifiSetOpmodeCurrent(wifi.SoftAPMode))
				}
			})
		})
		_, err := d.Network().Join(t.Context(), "phone", member)
		require.ErrorContains(t, err, "ended the association, reason 3")
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, wifi.SoftAPMode, sdk.WifiGetOpmode())
			assert.Zero(t, sdk.WifiSoftapGetStationNum())
		}))
		require.Nil(t, d.Crash())
	})
}
