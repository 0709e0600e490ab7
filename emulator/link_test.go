package emulator_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// journal boots firmware that writes down each Wi-Fi event with time, reason and status.
func journal(t *testing.T, cfg emulator.Config, init func(*emulator.SDK)) (*emulator.Device, func() []string) {
	var lines []string
	began := time.Now()
	d := boot(t, cfg, func(sdk *emulator.SDK) {
		sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			line := fmt.Sprintf("%.1f event %d", time.Since(began).Seconds(), e.Event)
			if e.Event == wifi.EventStamodeDisconnected {
				line += fmt.Sprintf(" reason %d", e.Reason)
			}
			lines = append(lines, fmt.Sprintf("%s status %d", line, sdk.WifiStationGetConnectStatus()))
		})
		if init != nil {
			init(sdk)
		}
	})
	return d, func() (l []string) {
		require.NoError(t, d.Do(func() { l, lines = lines, nil }))
		return l
	}
}

func TestAccessPointGoesAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d, events := journal(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s })
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{"1.0 event 0 status 1", "2.0 event 3 status 5"}, events()[:2])
		addr := d.Addr()
		require.NoError(t, d.SetAccessPointInRange(false))
		time.Sleep(3 * time.Second)
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(7 * time.Second)
		assert.Empty(t, events(), "3 s are too short to be noticed")
		require.NoError(t, d.SetAccessPointInRange(false))
		require.NoError(t, d.SetAccessPointInRange(false))
		time.Sleep(14 * time.Second)
		assert.Equal(t, []string{"26.0 event 1 reason 200 status 1", "28.5 event 1 reason 201 status 1",
			"31.0 event 1 reason 201 status 1", "33.5 event 1 reason 201 status 3"}, events())
		require.NoError(t, d.Do(func() { assert.EqualValues(t, 31, sdk.WifiStationGetRssi()) }))
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(10 * time.Second)
		got := events()
		require.Len(t, got, 2)
		assert.Equal(t, "36.0 event 0 status 1", got[0], "found: no longer told as not found")
		assert.Contains(t, got[1], "event 3 status 5")
		assert.Equal(t, addr, d.Addr())
	})
}

// What is out of range stays there over a reset.
func TestBootWithoutAccessPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		require.NoError(t, d.SetAccessPointInRange(false))
		var status []uint8
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			var timer emulator.OsTimer
			s.OsTimerSetfn(&timer, func() { status = append(status, s.WifiStationGetConnectStatus()) })
			s.OsTimerArm(&timer, 5000, true)
		})))
		time.Sleep(6 * time.Second)
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(6 * time.Second)
		require.NoError(t, d.Do(func() { assert.Equal(t, []uint8{wifi.StationConnecting, wifi.StationGotIP}, status) }))
	})
}

func TestReconnectPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d, events := journal(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			assert.True(t, s.WifiStationGetReconnectPolicy())
			assert.True(t, s.WifiStationSetReconnectPolicy(false))
			assert.False(t, s.WifiStationGetReconnectPolicy())
		})
		time.Sleep(10 * time.Second)
		require.NoError(t, d.SetAccessPointInRange(false))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(time.Minute)
		assert.Equal(t, []string{"16.0 event 1 reason 200 status 0"}, events()[2:])
		require.NoError(t, d.Do(func() {
			assert.True(t, sdk.WifiStationConnect())
		}))
		time.Sleep(5 * time.Second)
		assert.Len(t, events(), 2)
	})
}

// The access point gets another password: the station loses it and cannot come back.
func TestAccessPointChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, events := journal(t, emulator.Config{}, nil)
		time.Sleep(10 * time.Second)
		ap := wifi.AccessPoint{SSID: emulator.DefaultSSID, RSSI: -80}
		require.NoError(t, d.SetAccessPoint(ap))
		time.Sleep(10 * time.Second)
		assert.Len(t, events(), 2, "the signal only")
		ap.Password = "another one"
		require.NoError(t, d.SetAccessPoint(ap))
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{"26.0 event 1 reason 200 status 1", "29.8 event 1 reason 2 status 1"}, events())
		assert.Error(t, d.SetAccessPoint(wifi.AccessPoint{}))
	})
}

// client boots firmware with a plain connection to an echo server, and returns what its callbacks saw.
func client(t *testing.T, cfg emulator.Config) (d *emulator.Device, sdk *emulator.SDK, conn *espconn.Espconn, seen *[]string) {
	server := netip.MustParseAddrPort("10.0.0.10:7")
	seen = &[]string{}
	note := func(format string, args ...any) { *seen = append(*seen, fmt.Sprintf(format, args...)) }
	conn = &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{
		RemoteIP: server.Addr().As4(), RemotePort: int(server.Port())}}}
	d = emulator.NewTest(t, cfg)
	l, err := d.Network().Host("server", server.Addr()).Listen("tcp", ":7")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func(c net.Conn) {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}(c)
		}
	}()
	require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
		sdk = s
		s.RegistConnectcb(conn, func(*espconn.Espconn) { note("connect") })
		s.RegistDisconcb(conn, func(*espconn.Espconn) { note("disconnect") })
		s.RegistReconcb(conn, func(_ *espconn.Espconn, err espconn.Err) { note("reconnect %d", err) })
		s.RegistRecvcb(conn, func(_ *espconn.Espconn, b []byte) { note("recv %s", b) })
		s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event == wifi.EventStamodeGotIP && len(*seen) == 0 {
				assert.Equal(t, espconn.OK, s.Connect(conn))
			}
		})
	})))
	time.Sleep(5 * time.Second)
	return d, sdk, conn, seen
}

// Connections live through a short absence of the access point and die with the address.
func TestConnectionsAndTheLink(t *testing.T) {
	for _, tc := range []struct {
		name   string
		happen func(t *testing.T, d *emulator.Device, sdk *emulator.SDK)
		want   []string
	}{
		{"access point away for 8 s", func(t *testing.T, d *emulator.Device, _ *emulator.SDK) {
			require.NoError(t, d.SetAccessPointInRange(false))
			time.Sleep(8 * time.Second)
			require.NoError(t, d.SetAccessPointInRange(true))
		}, []string{"connect", "recv hello"}},
		{"own disconnect", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Do(func() { sdk.WifiStationDisconnect() }))
		}, []string{"connect", "reconnect -11"}},
		{"another address", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Do(func() {
				i := sdk.WifiGetIPInfo(wifi.StationIf)
				assert.False(t, sdk.WifiSetIPInfo(wifi.StationIf, i), "the DHCP client runs")
				assert.True(t, sdk.WifiStationDhcpcStop())
				i.IP = netip.MustParseAddr("10.0.99.1")
				assert.True(t, sdk.WifiSetIPInfo(wifi.StationIf, i))
			}))
			assert.Equal(t, "10.0.99.1", d.Addr().String())
		}, []string{"connect", "reconnect -11"}},
		{"the DHCP client started again", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) { // lwip.md 11.2
			require.NoError(t, d.Do(func() {
				assert.True(t, sdk.WifiStationDhcpcStop())
				assert.True(t, sdk.WifiStationDhcpcStart())
				assert.Equal(t, netip.IPv4Unspecified(), sdk.WifiGetIPInfo(wifi.StationIf).IP)
			}))
			time.Sleep(5 * time.Second)
		}, []string{"connect", "recv hello"}},
		{"the same address", func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Do(func() {
				sdk.WifiStationDhcpcStop()
				assert.True(t, sdk.WifiSetIPInfo(wifi.StationIf, sdk.WifiGetIPInfo(wifi.StationIf)))
			}))
		}, []string{"connect", "recv hello"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, sdk, conn, seen := client(t, emulator.Config{})
				tc.happen(t, d, sdk)
				require.NoError(t, d.Do(func() { sdk.Send(conn, []byte("hello")) }))
				time.Sleep(30 * time.Second)
				require.NoError(t, d.Do(func() { assert.Equal(t, tc.want, *seen) }))
			})
		})
	}
}

// Without a server the DHCP client goes on for ever, unless a limit is set.
func TestDHCPTimeout(t *testing.T) {
	for _, limit := range []uint8{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			n := vnet.New(vnet.Options{})
			defer n.Close()
			var uart bytes.Buffer
			d, events := journal(t, emulator.Config{Network: n, UART: &uart}, func(s *emulator.SDK) {
				assert.True(t, s.WifiStationDhcpcSetMaxtry(limit))
			})
			time.Sleep(10 * time.Minute)
			got := events()
			require.NoError(t, d.Do(func() {
				if limit == 0 {
					assert.Equal(t, []string{"1.0 event 0 status 1"}, got)
					assert.Empty(t, uart.String())
					return
				}
				require.Len(t, got, 2)
				assert.Contains(t, got[1], "event 4 status 1")
				assert.Equal(t, "DHCP timeout\n", uart.String())
			}))
			require.NoError(t, d.Close())
		})
	}
}

// A static address, from user_init or later, and back to DHCP.
func TestStaticAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		info := wifi.IPInfo{IP: netip.MustParseAddr("10.0.7.7"), Netmask: netip.MustParseAddr("255.255.0.0"),
			GW: netip.MustParseAddr("10.0.0.1")}
		d, events := journal(t, emulator.Config{}, func(s *emulator.SDK) {
			sdk = s
			assert.Equal(t, wifi.DHCPStarted, s.WifiStationDhcpcStatus())
			assert.False(t, s.WifiSetIPInfo(wifi.StationIf, info))
			assert.True(t, s.WifiStationDhcpcStop())
			assert.Equal(t, wifi.DHCPStopped, s.WifiStationDhcpcStatus())
			assert.True(t, s.WifiSetIPInfo(wifi.StationIf, info))
			assert.False(t, s.WifiSetIPInfo(wifi.SoftAPIf, info))
			assert.False(t, s.WifiSetIPInfo(wifi.StationIf, wifi.IPInfo{IP: info.IP, Netmask: netip.MustParseAddr("255.0.255.0")}))
		})
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{"1.0 event 0 status 5", "1.0 event 3 status 5"}, events())
		require.NoError(t, d.Do(func() { assert.Equal(t, info, sdk.WifiGetIPInfo(wifi.StationIf)) }))
		require.NoError(t, d.SetAccessPointInRange(false))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(10 * time.Second)
		assert.Equal(t, []string{"16.0 event 1 reason 200 status 1", "18.5 event 1 reason 201 status 1", "21.0 event 0 status 5",
			"21.0 event 3 status 5"}, events())
		require.NoError(t, d.Do(func() { assert.True(t, sdk.WifiStationDhcpcStart()) }))
		time.Sleep(10 * time.Second)
		assert.Len(t, events(), 1)
		assert.NotEqual(t, info.IP, d.Addr())
		require.NoError(t, d.Do(func() {
			assert.True(t, sdk.WifiStationDhcpcStop())
			assert.True(t, sdk.WifiSetIPInfo(wifi.StationIf, wifi.IPInfo{}))
			assert.Equal(t, wifi.StationGotIP, sdk.WifiStationGetConnectStatus(), "no event, the same state (lwip.md 7.5)")
			sdk.WifiSetOpmodeCurrent(wifi.NullMode)
			assert.False(t, sdk.WifiStationDhcpcStart())
			assert.False(t, sdk.WifiStationDhcpcStop())
			assert.False(t, sdk.WifiSetIPInfo(wifi.StationIf, info))
		}))
		assert.False(t, d.Addr().IsValid())
	})
}

// The DHCP client starts again only on an interface that is up; until the next join a station that joined without an address has none,
// whatever is set meanwhile, and what is set can be read. A client that was stopped leaves no address for the next join (lwip.md 11.2).
func TestDHCPStartWithTheInterfaceDown(t *testing.T) {
	fixed := wifi.IPInfo{IP: netip.MustParseAddr("10.0.7.7"), Netmask: netip.MustParseAddr("255.255.0.0"),
		GW: netip.MustParseAddr("10.0.0.1")}
	rejoin := func(t *testing.T, d *emulator.Device) {
		require.NoError(t, d.SetAccessPointInRange(false))
		time.Sleep(10 * time.Second)
		require.NoError(t, d.SetAccessPointInRange(true))
		time.Sleep(10 * time.Second)
	}
	for name, play := range map[string]func(t *testing.T, d *emulator.Device, s *emulator.SDK){
		"stopped before the join": func(t *testing.T, d *emulator.Device, s *emulator.SDK) {
			require.NoError(t, d.Do(func() {
				s.WifiSetIPInfo(wifi.StationIf, fixed)
				assert.Equal(t, fixed, s.WifiGetIPInfo(wifi.StationIf))
			}))
			assert.False(t, d.Addr().IsValid())
			rejoin(t, d)
			assert.Equal(t, fixed.IP, d.Addr())
		},
		"started while it is down": func(t *testing.T, d *emulator.Device, s *emulator.SDK) {
			require.NoError(t, d.Do(func() { assert.True(t, s.WifiStationDhcpcStart()) }))
			time.Sleep(time.Minute)
			assert.False(t, d.Addr().IsValid())
			rejoin(t, d)
			assert.True(t, d.Addr().IsValid())
			require.NoError(t, d.Do(func() { s.WifiStationDhcpcStop() }))
			assert.True(t, d.Addr().IsValid())
			require.NoError(t, d.Do(func() { s.WifiStationDisconnect() }))
			time.Sleep(time.Second)
			require.NoError(t, d.Do(func() { s.WifiStationConnect() }))
			time.Sleep(10 * time.Second)
			assert.False(t, d.Addr().IsValid())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				d := boot(t, emulator.Config{}, func(s *emulator.SDK) { sdk = s; s.WifiStationDhcpcStop() })
				time.Sleep(5 * time.Second)
				assert.False(t, d.Addr().IsValid())
				play(t, d, sdk)
			})
		})
	}
}

func TestStationSettings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sdk *emulator.SDK
		d := boot(t, emulator.Config{MAC: netstack.MAC{2, 0, 0, 0xAB, 0xCD, 0xEF}, AccessPoint: wifi.AccessPoint{Channel: 11,
			RSSI: -70}}, func(s *emulator.SDK) {
			sdk = s
			assert.EqualValues(t, 31, s.WifiStationGetRssi())
			assert.EqualValues(t, 1, s.WifiGetChannel())
			assert.Equal(t, "ESP_ABCDEF", s.WifiStationGetHostname())
			for n, want := range map[string]bool{string(make([]byte, 33)): false, "kitchen": true} {
				assert.Equal(t, want, s.WifiStationSetHostname(n))
			}
			assert.Equal(t, "kitchen", s.WifiStationGetHostname())
			for n := range 256 {
				assert.Equal(t, n >= 1 && n <= 5, s.WifiStationApNumberSet(uint8(n)))
			}
		})
		time.Sleep(10 * time.Second)
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, -70, sdk.WifiStationGetRssi())
			assert.EqualValues(t, 11, sdk.WifiGetChannel())
			assert.EqualValues(t, 1, sdk.WifiStationGetAutoConnect())
			assert.True(t, sdk.WifiStationSetAutoConnect(0))
			assert.Zero(t, sdk.WifiStationGetAutoConnect())
			saved := sdk.WifiStationGetConfigDefault()
			assert.Equal(t, emulator.DefaultSSID, saved.SSID)
			assert.True(t, sdk.WifiStationSetConfigCurrent(wifi.StationConfig{SSID: "other"}))
			assert.Equal(t, saved, sdk.WifiStationGetConfigDefault())
			list := sdk.WifiStationGetApInfo()
			require.Len(t, list, 1)
			assert.Equal(t, "other", list[0].SSID, "of the copy in memory")
			assert.Zero(t, sdk.WifiStationGetCurrentApID())
			assert.Equal(t, wifi.StationMode, sdk.WifiGetOpmodeDefault())
		}))
	})
}
