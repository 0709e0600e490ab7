package emulator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
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
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack"
	"github.com/emu8266/emu8266/netstack/vnet"
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
		soc.CauseGoPanic:            {play: func(d *emulator.Device, sdk *emulator.SDK) { _ = d.Do(func() { panic("own") }) }},
		soc.CauseOwnEnd: {play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.Board().Fatal(chip.Crash{Own: true, Why: "abort() is called"}) })
		}},
		soc.CauseLoadStoreError: {play: exception(3)},
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
		soc.CauseHeapOrdered: {play: func(d *emulator.Device, sdk *emulator.SDK) {
			d.FailAlloc(1)
			_ = d.Do(func() { sdk.OsMalloc(8) })
		}},
	} {
		t.Run(string(id), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				d := emulator.NewTest(t, row.cfg)
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
				if id != soc.CauseHeap && id != soc.CauseHeapOrdered {
					d.ExpectCrash()
				}
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

// lastOf returns the last cause with an id in a device's trace, in words.
func lastOf(t *testing.T, d *emulator.Device, id soc.CauseID) string {
	t.Helper()
	for _, e := range slices.Backward(d.Trace().Events()) {
		if e.Kind == trace.KindCause && e.Name == string(id) {
			return cause.Of(e, cause.English).Sentence
		}
	}
	return "no " + string(id)
}

// Every cause that the radio decides is sent in the situation that it names, with its figures.
func TestEveryCauseOfTheRadio(t *testing.T) {
	wait := func(*emulator.Device, *emulator.SDK) { time.Sleep(time.Minute) }
	home := func(change func(*wifi.AccessPoint, *wifi.StationConfig)) emulator.Config {
		cfg := emulator.Config{AccessPoint: wifi.AccessPoint{SSID: "home", Password: "12345678", Channel: 6},
			Station: wifi.StationConfig{SSID: "home", Password: "12345678"}}
		if change != nil {
			change(&cfg.AccessPoint, &cfg.Station)
		}
		return cfg
	}
	away := home(func(_ *wifi.AccessPoint, s *wifi.StationConfig) { s.SSID = "elsewhere" })
	smart := func(phone wifi.Phone, link func(*emulator.SDK, wifi.StationConfig)) func(*emulator.Device, *emulator.SDK) {
		return func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() {
				sdk.SmartconfigStart(func(s wifi.ScStatus, data wifi.ScData) {
					if s == wifi.ScStatusLink && link != nil {
						link(sdk, data.Config)
					}
				})
			})
			if phone.SSID != "" {
				_ = d.SmartConfig(phone)
			}
			time.Sleep(3 * time.Minute)
		}
	}
	softAP := func(most uint8, passwords ...string) func(*emulator.Device, *emulator.SDK) {
		return func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() {
				sdk.WifiSetOpmodeCurrent(wifi.SoftAPMode)
				sdk.WifiSoftapSetConfigCurrent(wifi.SoftapConfig{SSID: "plug", Password: "secretsecret", AuthMode: wifi.AuthWPA2PSK,
					Channel:       1,
					MaxConnection: most, BeaconInterval: 100})
			})
			time.Sleep(time.Second)
			for i, password := range passwords {
				h, err := d.Network().Join(context.Background(), fmt.Sprintf("phone%d", i), vnet.Membership{SSID: "plug",
					Password: password,
					MAC:      netstack.MAC{2, 7, 7, 7, 7, byte(i)}})
				if err == nil {
					defer h.Close()
				}
			}
		}
	}
	for id, row := range map[soc.CauseID]struct {
		cfg  emulator.Config
		init func(*emulator.SDK)
		play func(*emulator.Device, *emulator.SDK)
		want string
	}{
		radio.CauseNoAccessPoint: {cfg: away, play: wait, want: `no access point was found: "elsewhere"; in range on channels 1 to 13: ` +
			`"home" (channel 6, -50 dBm), attempt 24, 2.5 s after the one before; reason 201 (NO_AP_FOUND)`},
		radio.CauseAccessPointGone: {cfg: home(nil), play: func(d *emulator.Device, sdk *emulator.SDK) {
			time.Sleep(10 * time.Second)
			require.NoError(t, d.SetAccessPointInRange(false))
			time.Sleep(20 * time.Second)
			assert.Equal(t, "the station has no network", d.Explain().Headline())
		}, want: `the access point that the station had joined is not found any more: "home"; in range on channels 1 to 13: nothing, ` +
			`attempt 5, 2.5 s after the one before; reason 201 (NO_AP_FOUND)`},
		radio.CauseUnfit: {cfg: home(func(_ *wifi.AccessPoint, s *wifi.StationConfig) { s.Threshold.RSSI = -40 }), play: wait,
			init: func(s *emulator.SDK) { s.WifiStationSetReconnectPolicy(false) },
			want: `the configuration excludes the access point "home": it is heard with -50 dBm, threshold.rssi is -40, ` +
				`the last one (wifi_station_set_reconnect_policy); reason 201 (NO_AP_FOUND)`},
		radio.CauseWrongPassword: {cfg: home(func(a *wifi.AccessPoint, s *wifi.StationConfig) {
			a.KeyReason, s.Password = wifi.Reason4WayHandshakeTimeout, "wrongwrong"
		}), play: wait, want: `wrong password for the network "home", attempt 24, 2.5 s after the one before; ` +
			`the key handshake failed, reason 15 (4WAY_HANDSHAKE_TIMEOUT)`},
		radio.CauseNoPassword: {cfg: home(func(_ *wifi.AccessPoint, s *wifi.StationConfig) { s.Password = "" }), play: wait,
			want: `the access point wants a password and the station has none: "home", attempt 24, 2.5 s after the one before; ` +
				`reason 2 (AUTH_EXPIRE)`},
		radio.CauseStationLost: {cfg: home(nil), play: func(d *emulator.Device, _ *emulator.SDK) {
			time.Sleep(5 * time.Second)
			_ = d.SetAccessPointInRange(false)
			time.Sleep(time.Minute)
		}, want: `the station has lost its access point: "home", not heard for 6 s; reason 200 (BEACON_TIMEOUT)`},
		radio.CauseLeft: {cfg: home(nil), play: func(d *emulator.Device, sdk *emulator.SDK) {
			time.Sleep(5 * time.Second)
			_ = d.Do(func() { sdk.WifiStationDisconnect() })
		}, want: `the firmware itself left the access point: wifi_station_disconnect; reason 8 (ASSOC_LEAVE)`},
		radio.CauseNoSSID: {init: func(s *emulator.SDK) { s.WifiStationSetConfigCurrent(wifi.StationConfig{}) }, play: wait,
			want: "the station has no SSID"},
		radio.CauseNoConnect: {cfg: home(nil), init: func(s *emulator.SDK) { s.WifiStationSetAutoConnect(0) }, play: wait,
			want: "the station does not join home: automatic connecting is off and wifi_station_connect was not called in user_init"},
		radio.CauseRadioOff: {cfg: home(nil), play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.SystemDeepSleepSetOption(4); sdk.SystemDeepSleep(1_000_000) })
			time.Sleep(10 * time.Second)
		}, want: "the radio is off: system_deep_sleep_set_option(4) was in force at the wake from deep sleep"},
		radio.CauseRadioStopped: {cfg: home(nil), play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.Do(func() { sdk.SystemRestart(); assert.False(t, sdk.WifiStationConnect()) })
		}, want: "the radio is off: the firmware has called system_restart or system_deep_sleep, which come soon after"},
		radio.CauseNoAddressSet: {cfg: home(nil), init: func(s *emulator.SDK) { s.WifiStationDhcpcStop() }, play: wait,
			want: "the station has joined and has no address: the DHCP client is stopped and wifi_set_ip_info has set none"},
		radio.CauseSoftAPFull: {play: softAP(1, "secretsecret", "secretsecret"),
			want: "the soft-AP turned the station 02:07:07:07:07:01 away: 1 stations are there, max_connection is 1"},
		radio.CauseSoftAPPassword: {play: softAP(4, "other"), want: "the soft-AP turned the station 02:07:07:07:07:00 away: it has " +
			"another password"},
		radio.CauseSmartconfigNoPhone: {cfg: unknown, play: smart(wifi.Phone{SSID: "next door", Addr: app.Addr, MAC: app.MAC}, nil),
			want: `smartconfig hears no phone: the phone's access point "next door" is not in range`},
		radio.CauseSmartconfigTimeout: {cfg: unknown, play: func(d *emulator.Device, sdk *emulator.SDK) {
			_ = d.SmartConfig(app)
			_ = d.Do(func() {
				sdk.SmartconfigStart(func(s wifi.ScStatus, _ wifi.ScData) {
					if s == wifi.ScStatusGettingSSIDPswd { // the phone goes on sending to others
						go func() { _ = d.SmartConfig(wifi.Phone{}) }()
					}
				})
			})
			time.Sleep(3 * time.Minute)
		}, want: "smartconfig began anew: no whole message came within 80 s"},
		radio.CauseSmartconfigNotAsked: {cfg: unknown, play: smart(app, func(s *emulator.SDK,
			c wifi.StationConfig) {
			s.WifiStationSetConfig(c)
		}),
			want: `SC_STATUS_LINK came with the network "home", and wifi_station_connect was not called`},
		radio.CauseSmartconfigOther: {cfg: unknown, play: smart(app, func(s *emulator.SDK,
			_ wifi.StationConfig) {
			s.WifiStationConnect()
		}),
			want: `after SC_STATUS_LINK the station joins "elsewhere" instead of "home", the phone's network`},
		radio.CauseSmartconfigStatic: {cfg: unknown, init: func(s *emulator.SDK) { s.WifiStationDhcpcStop() }, play: smart(wifi.Phone{},
			nil),
			want: "smartconfig runs while the station's DHCP client is stopped: without an address nobody answers the phone"},
		radio.CauseSmartconfigReply: {cfg: unknown, play: func(d *emulator.Device, sdk *emulator.SDK) {
			defer d.Network().Host("phone", app.Addr).Close()
			_ = d.Do(func() {
				sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
					if e.Event == wifi.EventStamodeGotIP {
						go func() { time.Sleep(time.Second); d.RefuseFrames(1000) }()
					}
				})
			})
			smart(app, func(s *emulator.SDK, c wifi.StationConfig) { s.WifiStationSetConfig(c); s.WifiStationConnect() })(d, sdk)
		}, want: "the reply to the phone at 10.0.0.50:18266 cannot be sent"},
	} {
		t.Run(string(id), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				row.cfg.AutoReboot, row.cfg.Seed = true, 1
				d := emulator.NewTest(t, row.cfg)
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					if sdk = s; row.init != nil {
						row.init(s)
					}
				})))
				row.play(d, sdk)
				synctest.Wait()
				assert.Equal(t, row.want, lastOf(t, d, id))
			})
		})
	}
}

// Every cause of a program that does not start or is not loaded, and of timers and sleeps that do not begin, is sent with its figures.
func TestEveryCauseOfPrograms(t *testing.T) {
	slot1, slot2 := newVersion(t, 1, "v1", 0), newVersion(t, 2, "v2", 5000)
	withoutSlots, err := image.Content{Map: image.Map32M1024x1024, RAM: []image.Part{{Load: 0x40100000, Data: make([]byte, 8)}}}.Encode()
	require.NoError(t, err)
	changed := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 1
		return b
	}
	noSlot := bytes.Clone(slot2)
	noSlot[3] = 0x60
	do := func(fn func(*emulator.SDK)) func(*testing.T, *emulator.Device, *emulator.SDK) {
		return func(_ *testing.T, d *emulator.Device, sdk *emulator.SDK) { _ = d.Do(func() { fn(sdk) }) }
	}
	loads := func(at map[uint32][]byte) func(*testing.T, *emulator.Device, *emulator.SDK) {
		return func(t *testing.T, d *emulator.Device, _ *emulator.SDK) {
			for addr, b := range at {
				burn(t, d.Flash(), addr, b)
			}
			require.NoError(t, d.Boot(nil))
		}
	}
	upgrade := func(file []byte, change func(*emulator.UpgradeServerInfo)) func(*testing.T, *emulator.Device, *emulator.SDK) {
		return func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			updates(t, d.Network(), map[string][]byte{"user2.bin": file})
			s := &emulator.UpgradeServerInfo{IP: [4]byte{10, 0, 0, 9}, Port: 80, CheckTimes: 60_000,
				CheckCb: func(*emulator.UpgradeServerInfo) {},
				URL:     "GET /user2.bin HTTP/1.1\r\nHost: 10.0.0.9\r\nConnection: keep-alive\r\n\r\n"}
			if change != nil {
				change(s)
			}
			time.Sleep(5 * time.Second)
			_ = d.Do(func() { sdk.SystemUpgradeStart(s) })
			time.Sleep(2 * time.Minute)
		}
	}
	// replies makes a server that answers each request with the next text, and closes then.
	replies := func(texts ...string) func(*testing.T, *emulator.Device, *emulator.SDK) {
		return func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			l, err := d.Network().Host("odd", netip.MustParseAddr("10.0.0.8")).Listen("tcp", ":80")
			require.NoError(t, err)
			go func() {
				for _, text := range texts {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 1000))
					_, _ = c.Write([]byte(text))
					if texts[len(texts)-1] == "silence" {
						time.Sleep(100 * time.Second)
					}
					time.Sleep(time.Second)
					_ = c.Close()
				}
			}()
			defer l.Close()
			upgrade(nil, func(s *emulator.UpgradeServerInfo) { s.IP[3] = 8 })(t, d, sdk)
		}
	}
	for id, row := range map[soc.CauseID]struct {
		empty bool // no firmware is given to Boot
		play  func(*testing.T, *emulator.Device, *emulator.SDK)
		want  string
	}{
		soc.CauseTimerRange: {play: do(func(s *emulator.SDK) {
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() {})
			s.OsTimerArm(timer, 11_126_000, true)
		}), want: "os_timer_arm (ms) with 11126000, the longest is 6870947: the timer is not armed"},
		soc.CauseSleepTooLong: {play: do(func(s *emulator.SDK) { s.SystemDeepSleep(5 * 3600 * 1_000_000) }),
			want: "deep sleep of 18000 s is refused, the most is 12348 s"},
		soc.CauseLoaderNoImage: {empty: true, play: loads(map[uint32][]byte{0x101000: slot2}),
			want: "the boot loader finds no image in the slot of user1 at 0x1000: the first byte is neither 0xE9 nor 0xEA"},
		soc.CauseLoaderChecksum: {empty: true, play: loads(map[uint32][]byte{0x1000: changed(slot1, 48), 0x101000: slot2}),
			want: "the checksum of the image of user1 is wrong: 0x1000, 68 bytes, 0xef at their end"},
		soc.CauseLoaderOther: {empty: true, play: loads(map[uint32][]byte{0x1000: newVersion(t, 2, "v1", 0), 0x101000: slot2}),
			want: "the image in the slot of user1 at 0x1000 is linked for user2"},
		soc.CauseROMChecksum: {empty: true, play: loads(map[uint32][]byte{0: changed(withoutSlots, 20)}),
			want: "the boot ROM does not start the image at 0 in the flash: its checksum is wrong: 32 bytes, 0xef at their end"},
		soc.CauseLoaderImage: {empty: true, play: loads(map[uint32][]byte{0x1000: changed(slot1, len(slot1)-4), 0x101000: slot2}),
			want: "the image of user1 cannot be started: flash: image at 0x1000: wrong CRC at the end of the image"},
		soc.CauseLoaderProgram: {play: func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			burn(t, d.Flash(), 0x101000, newVersion(t, 2, "another's", 0))
			_ = d.Do(func() { sdk.SystemUpgradeFlagSet(2); sdk.SystemUpgradeReboot() })
			time.Sleep(time.Second)
			synctest.Wait()
			assert.Equal(t, explain.OutcomeFailed, d.Explain().Outcome)
		}, want: `the emulator cannot boot what the flash holds: no firmware in user2: no program "another's"`},
		soc.CauseLoaderGivesUp: {empty: true, play: loads(nil),
			want: "the boot loader gives up: after the first program the backup, user2, does not start either; the device stands still"},
		soc.CauseUpgradeTime: {play: replies("HTTP/1.0 200 OK\r\n", "silence"),
			want: "the upgrade's time was over: check_times 60000 ms, the step was the reply to HEAD"},
		soc.CauseUpgradeNoEnd: {play: upgrade(slot2, func(s *emulator.UpgradeServerInfo) { s.CheckTimes = 7_200_000 }),
			want: "the upgrade has no end: check_times 7200000 ms is longer than a timer, 6870947 ms, so check_cb is never called after " +
				"a failure"},
		soc.CauseUpgradeConnect: {play: upgrade(slot2, func(s *emulator.UpgradeServerInfo) { s.Port = 81 }),
			want: "the upgrade found no connection to 10.0.0.9:81 within 10 s"},
		soc.CauseUpgradeClosed: {play: replies("HTTP/1.0 200 OK\r\nContent-Length: 5000\r\n\r\n",
			"HTTP/1.0 200 OK\r\nContent-Length: 5000\r\n\r\n"+string(slot2[:700])),
			want: "the server closed the upgrade's connection, the step was loading the image, 700 of 5000 bytes"},
		soc.CauseUpgradeNoRequest: {play: upgrade(slot2, func(s *emulator.UpgradeServerInfo) { s.URL = "" }),
			want: "the upgrade has nothing to send: url is NULL"},
		soc.CauseUpgradeLength: {play: upgrade(nil, nil), want: `the server's reply "HTTP/1.1 200 OK" does not say how long the image is`},
		soc.CauseUpgradeTooLong: {play: upgrade(newVersion(t, 2, "v2", 0x100000), nil),
			want: "the image of 1048644 bytes does not fit: the slot has 917504"},
		soc.CauseUpgradeMagic: {play: upgrade(nil, func(s *emulator.UpgradeServerInfo) {
			s.URL = strings.Replace(s.URL, "user2", "nothing", 1)
		}), want: `what the server sent is no image (its reply began with "HTTP/1.1 404 Not Found"): it begins neither with EA 04 nor ` +
			`with E9 03`},
		soc.CauseUpgradeSlot: {play: upgrade(slot1, nil),
			want: "the image is linked for user1, the slot that does not run is user2"},
		soc.CauseUpgradeNoSlot: {play: upgrade(noSlot, nil),
			want: "the image names no slot: the fourth byte of its header is 96, not 1 (user1) or 2 (user2)"},
		soc.CauseUpgradeCRC: {play: upgrade(changed(slot2, 100), nil),
			want: "the image is damaged: its CRC in the flash is 0x193b56a9 instead of 0xf3b5abf, 5060 bytes"},
		soc.CauseUpgradeFlash: {play: func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			require.NoError(t, d.Flash().FailSector(0x101, flash.Dead))
			upgrade(slot2, nil)(t, d, sdk)
		}, want: "the flash failed in the upgrade: erasing sector 0x101"},
		soc.CauseUpgradeMemory: {play: func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			d.FailBlock("upgrade", 1)
			upgrade(slot2, nil)(t, d, sdk)
		}, want: "the upgrade found no memory for 28 bytes, the step was the connection for the HEAD request"},
		soc.CauseUpgradeNotReady: {play: do(func(s *emulator.SDK) { s.SystemUpgradeReboot() }),
			want: "system_upgrade_reboot did nothing: the upgrade's flag is 0, it wants 2 (UPGRADE_FLAG_FINISH)"},
		soc.CauseUpgradeNotWritten: {play: func(t *testing.T, d *emulator.Device, sdk *emulator.SDK) {
			for n := uint32(0x3FD); n < 0x400; n++ {
				require.NoError(t, d.Flash().FailSector(n, flash.Dead))
			}
			_ = d.Do(func() { sdk.SystemUpgradeFlagSet(2); sdk.SystemUpgradeReboot() })
		}, want: "system_upgrade_reboot could not save which program boots: flash: erase 0x3fd000+4096: the chip stays busy (chip of " +
			"4194304 bytes)"},
	} {
		t.Run(string(id), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var sdk *emulator.SDK
				d := emulator.NewTest(t, emulator.Config{Seed: 1, Program: programs(map[string]bool{"v1": false, "v2": false}),
					Image: func(*flash.Chip, uint32) (emulator.Firmware, error) { return nil, errors.New("no program") }})
				if !row.empty {
					require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { sdk = s })))
				}
				row.play(t, d, sdk)
				synctest.Wait()
				assert.Equal(t, row.want, lastOf(t, d, id))
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

// A connection to 0.0.0.0 is told as that, whatever the ARP table has heard; one that is open when the firmware goes to deep sleep is told
// after the wake, with what to do before the sleep.
func TestConnectionsOfOnesOwnDoing(t *testing.T) {
	play := func(t *testing.T, to [4]byte, then func(*emulator.SDK), want cause.ID) explain.Explanation {
		var x explain.Explanation
		synctest.Test(t, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{Seed: 1})
			l, err := d.Network().Host("server", netip.MustParseAddr("10.0.0.9")).Listen("tcp4", "10.0.0.9:80")
			require.NoError(t, err)
			defer l.Close()
			require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
				if sdk.SystemGetRstInfo().Reason == chip.ReasonDeepSleepAwake {
					return
				}
				sdk.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
					if e.Event == wifi.EventStamodeGotIP {
						c := &espconn.Espconn{Type: espconn.TypeTCP, Proto: espconn.Proto{TCP: &espconn.TCP{RemoteIP: to, RemotePort: 80}}}
						sdk.RegistReconcb(c, func(*espconn.Espconn, espconn.Err) {})
						sdk.Connect(c)
						then(sdk)
					}
				})
			})))
			time.Sleep(20 * time.Second)
			x = d.Explain()
			assert.Equal(t, want, x.CauseID, "%s", x)
		})
		return x
	}
	x := play(t, [4]byte{}, func(*emulator.SDK) {}, cause.ID(netstack.CauseSYNNowhere))
	assert.Regexp(t, `the connection is to 0\.0\.0\.0:80, where nobody is: none of the 7 SYNs of 6\.[0-9]+ s`, x.Cause)
	assert.Contains(t, x.Change[0], "remote_ip")
	x = play(t, [4]byte{10, 0, 0, 9}, func(sdk *emulator.SDK) { sdk.SystemDeepSleep(5_000_000) }, cause.CutByFirmware)
	assert.Contains(t, x.Cause, "system_deep_sleep ended the firmware while the connection was open")
}

// Every cause for which SNTP has no time is sent with its figures.
func TestEveryCauseOfSNTP(t *testing.T) {
	serve := func(reply ...byte) func(*emulator.Device) func() {
		return func(d *emulator.Device) func() {
			pc, err := d.Network().Host("ntp", netip.MustParseAddr("10.0.0.9")).ListenPacket("udp4", "10.0.0.9:123")
			require.NoError(t, err)
			go func() {
				b := make([]byte, 100)
				for {
					_, from, err := pc.ReadFrom(b)
					if err != nil {
						return
					}
					_, _ = pc.WriteTo(reply, from)
				}
			}()
			return func() { _ = pc.Close() }
		}
	}
	stratum0 := make([]byte, 48)
	stratum0[0] = 0x24
	for name, row := range map[string]struct {
		id     netstack.CauseID
		server func(*emulator.SDK)
		peer   func(*emulator.Device) func()
		early  bool // without an address
		want   string
	}{
		"no server": {netstack.CauseSNTPNoServer, func(*emulator.SDK) {}, nil, false, "SNTP has no server"},
		"forgotten": {netstack.CauseSNTPForgotten, func(s *emulator.SDK) { s.SntpSetserver(0, netip.MustParseAddr("10.0.0.9")) },
			nil, false,
			"SNTP never asks its server 10.0.0.9: SDK 2.1.0 to 3.0 clear an address that sntp_setserver set before they ask"},
		"not started": {netstack.CauseSNTPNotStarted, func(s *emulator.SDK) { assert.Zero(t, s.SntpGetCurrentTimestamp()) }, nil, false,
			"SNTP is not started: sntp_get_current_timestamp returns 0, and the device prints `please start sntp first !`"},
		"no address": {netstack.CauseSNTPName, func(s *emulator.SDK) { s.SntpSetservername(0, "ntp.example") }, nil, false,
			"SNTP found no address for its server ntp.example"},
		"no way": {netstack.CauseSNTPUnsent, func(s *emulator.SDK) { s.SntpSetserver(0, netip.MustParseAddr("10.0.0.9")) }, nil, true,
			"SNTP could not ask 10.0.0.9: there is no way to it, or no memory"},
		"no answer": {netstack.CauseSNTPUnanswered, func(s *emulator.SDK) { s.SntpSetserver(0, netip.MustParseAddr("10.0.0.9")) },
			func(d *emulator.Device) func() {
				h := d.Network().Host("ntp", netip.MustParseAddr("10.0.0.9"))
				return h.Close
			}, false,
			"the SNTP server 10.0.0.9 did not answer: 4 requests, 3 s each"},
		"stratum 0": {netstack.CauseSNTPReply, func(s *emulator.SDK) { s.SntpSetserver(0, netip.MustParseAddr("10.0.0.9")) },
			serve(stratum0...), false,
			"the device ignores the SNTP reply: 10.0.0.9 sent stratum 0: it has no time, or wants fewer requests"},
		"too short": {netstack.CauseSNTPReply, func(s *emulator.SDK) { s.SntpSetserver(0, netip.MustParseAddr("10.0.0.9")) },
			serve(1, 2, 3), false, "the device ignores the SNTP reply: 10.0.0.9 sent 3 bytes instead of 48"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				profile := espconn.ManualV21()
				profile.SNTPNamesOnly = row.id == netstack.CauseSNTPForgotten
				d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile})
				if row.peer != nil {
					defer row.peer(d)()
				}
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					row.server(s)
					if row.early {
						s.SntpInit()
						return
					}
					timer := &emulator.OsTimer{}
					s.OsTimerSetfn(timer, func() { s.SntpInit() })
					s.OsTimerArm(timer, 5000, false)
				})))
				time.Sleep(40 * time.Second)
				if row.early {
					assert.Contains(t, d.Explain().String(), "SNTP")
				}
				synctest.Wait()
				assert.Equal(t, row.want, lastOf(t, d, soc.CauseID(row.id)))
				for _, e := range d.Trace().Events() {
					assert.NotEqual(t, trace.KindClock, e.Kind)
				}
			})
		})
	}
}

// An SNTP server that answers at last ends the trouble.
func TestSNTPThatAnswersLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		silent := d.Network().Host("silent", netip.MustParseAddr("10.0.0.9"))
		pc, err := d.Network().Host("ntp", netip.MustParseAddr("10.0.0.8")).ListenPacket("udp4", "10.0.0.8:123")
		require.NoError(t, err)
		go func() {
			b := make([]byte, 100)
			for {
				_, from, err := pc.ReadFrom(b)
				if err != nil {
					return
				}
				reply := make([]byte, 48)
				reply[0], reply[1], reply[32] = 0x24, 2, 0xE0
				_, _ = pc.WriteTo(reply, from)
			}
		}()
		require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
			s.SntpSetserver(0, netip.MustParseAddr("10.0.0.9"))
			s.SntpSetserver(1, netip.MustParseAddr("10.0.0.8"))
			timer := &emulator.OsTimer{}
			s.OsTimerSetfn(timer, func() { s.SntpInit() })
			s.OsTimerArm(timer, 5000, false)
		})))
		time.Sleep(7 * time.Second)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		assert.Contains(t, lastOf(t, d, soc.CauseID(netstack.CauseSNTPUnanswered)), "10.0.0.9 did not answer")
		assert.NotContains(t, d.Explain().String(), "SNTP has no time")
		_ = pc.Close()
		silent.Close()
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

// An answer that comes after sntp_stop is taken before SDK 3.0.4, and its request crashes for want of a socket (lwip.md 14).
func TestSNTPAnswerAfterStop(t *testing.T) {
	for _, late := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			profile := espconn.SDK306()
			profile.SNTPLateLookup = late
			d := emulator.NewTest(t, emulator.Config{Seed: 1, Profile: profile, ExpectCrash: late})
			d.Gateway().SetName("time.example", netip.MustParseAddr("10.0.0.9"))
			d.Gateway().SetNameDelay("time.example", 200*time.Millisecond)
			require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
				s.SntpSetservername(0, "time.example")
				timer := &emulator.OsTimer{}
				s.OsTimerSetfn(timer, func() {
					s.SntpInit()
					s.SntpStop()
				})
				s.OsTimerArm(timer, 5000, false)
			})))
			time.Sleep(10 * time.Second)
			assert.Equal(t, late, strings.Contains(d.Explain().String(), "SNTP's next request after sntp_stop"))
		})
	}
}
