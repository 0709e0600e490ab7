package emulator_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wifi"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// updates serves files by HTTP at 10.0.0.9 on a device's network; it asks for them as "GET /name".
func updates(t testing.TB, n *vnet.Network, files map[string][]byte) {
	t.Helper()
	l, err := n.Host("updates", netip.MustParseAddr("10.0.0.9")).Listen("tcp", ":80")
	require.NoError(t, err)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, ok := files[strings.TrimPrefix(r.URL.Path, "/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "user.bin", time.Time{}, bytes.NewReader(b))
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
}

// version is a program that prints its version and, once it has an address, upgrades to the file of the slot that does not
// run, as the SDK's examples do.
func version(name string, upgrade bool) emulator.Firmware {
	return emulator.Go(func(s *emulator.SDK) {
		s.OsPrintf("this is %s in user%d\n", name, s.SystemUpgradeUserbinCheck()+1)
		if !upgrade {
			return
		}
		s.WifiSetEventHandlerCb(func(e wifi.SystemEvent) {
			if e.Event != wifi.EventStamodeGotIP {
				return
			}
			file := 2 - s.SystemUpgradeUserbinCheck()
			ok := s.SystemUpgradeStart(&emulator.UpgradeServerInfo{
				IP: [4]byte{10, 0, 0, 9}, Port: 80, CheckTimes: 60_000,
				URL: fmt.Sprintf("GET /user%d.bin HTTP/1.1\r\nHost: 10.0.0.9\r\nConnection: keep-alive\r\n\r\n", file),
				CheckCb: func(server *emulator.UpgradeServerInfo) {
					s.OsPrintf("loaded %v\n", server.UpgradeFlag)
					if server.UpgradeFlag {
						s.SystemUpgradeReboot()
					}
				},
			})
			s.OsPrintf("started %v, again %v\n", ok, s.SystemUpgradeStart(&emulator.UpgradeServerInfo{}))
		})
	})
}

// programs runs the Go programs that the images name.
func programs(upgrade map[string]bool) func([]byte) (emulator.Firmware, error) {
	return func(code []byte) (emulator.Firmware, error) {
		name, _, _ := strings.Cut(string(code), "\n")
		again, ok := upgrade[name]
		if !ok {
			return nil, fmt.Errorf("no program %q", name)
		}
		return version(name, again), nil
	}
}

func newVersion(t testing.TB, app uint8, name string, n int) []byte {
	t.Helper()
	b, err := image.BuildUser(app, []byte(name+"\n"+strings.Repeat("x", n)))
	require.NoError(t, err)
	return b
}

// An upgrade over HTTP into user2, another one back into user1, and the device boots what it loaded after each reset.
func TestUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart, Program: programs(map[string]bool{"v2": true, "v3": false})})
		updates(t, d.Network(), map[string][]byte{"user2.bin": newVersion(t, 2, "v2", 100_000),
			"user1.bin": newVersion(t, 1, "v3", 30_000)})
		require.NoError(t, d.Boot(version("v1", true)))
		time.Sleep(3 * time.Minute)
		require.NoError(t, d.Do(func() {
			heard := uart.String()
			t.Log(heard)
			var told []string
			for _, line := range strings.Split(heard, "\n") {
				if strings.Contains(line, "this is") || strings.HasPrefix(line, "loaded") || strings.HasPrefix(line, "started") ||
					strings.HasPrefix(line, "reboot") {
					told = append(told, line)
				}
			}
			assert.Equal(t, []string{"this is v1 in user1", "started true, again false", "loaded true", "reboot to use2",
				"this is v2 in user2", "started true, again false", "loaded true", "reboot to use1", "this is v3 in user1"}, told)
			for _, line := range []string{"system_upgrade_start\n", "upgrade_connect_cb\n", "sumlength = 100068 \n", "sec_block 25\n",
				"erase sector=257 ok\n", "ALL=25 sectors erase ok!\n", "upgrade file download start.\n", "totallen = ",
				"upgrade file download finished.\n", "upgrade_check\n"} {
				assert.Contains(t, heard, line)
			}
			uart.Reset()
		}))
		assert.EqualValues(t, chip.HeapDefault, d.HeapStats().Size)

		require.NoError(t, d.Reset())
		require.NoError(t, d.Boot(nil))
		require.NoError(t, d.PowerCycle())
		require.NoError(t, d.Boot(nil))
		require.NoError(t, d.Do(func() { assert.Equal(t, 2, strings.Count(uart.String(), "this is v3 in user1")) }))
		assert.Empty(t, d.Findings())

		h, err := image.Parse(d.Flash(), 0x1000)
		require.NoError(t, err)
		assert.EqualValues(t, 1, h.App)
	})
}

// Power fails at any step of an upgrade: the device boots the old program or the new one, never nothing.
func TestUpgradePowerCuts(t *testing.T) {
	chip, err := flash.New(1 << 20)
	require.NoError(t, err)
	boots := map[string]int{}
	cuts := flashtest.PowerCuts(t, chip.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
		run := func(from emulator.Firmware) (heard string) {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{Flash: c, UART: &uart, Seed: 1, TraceLimit: -1,
					Program: programs(map[string]bool{"v2": false})})
				require.NoError(t, err)
				updates(t, d.Network(), map[string][]byte{"user2.bin": newVersion(t, 2, "v2", 3000)})
				require.NoError(t, d.Boot(from))
				time.Sleep(time.Minute)
				require.NoError(t, d.Do(func() { c.CutPower(flash.PowerCut{}) }))
				require.NoError(t, d.Close())
				heard = uart.String()
			})
			return heard
		}
		run(version("v1", true))
		return func(*flash.Chip) error {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{Flash: c, UART: &uart, TraceLimit: -1,
					Program: programs(map[string]bool{"v2": false})})
				require.NoError(t, err)
				require.NoError(t, d.Boot(nil))
				require.NoError(t, d.Close())
				if strings.HasSuffix(uart.String(), "user code done\n") { // v1 does not lie in the flash
					boots["v1"]++
					return
				}
				require.True(t, strings.HasSuffix(uart.String(), "this is v2 in user2\n"), uart.String())
				boots["v2"]++
			})
			return nil
		}
	})
	t.Logf("%d power cuts: %v", cuts, boots)
	assert.Greater(t, boots["v1"], cuts/2)
	assert.Greater(t, boots["v2"], 10)
}

// What goes wrong with an upgrade: CheckCb says so, and the old program goes on.
func TestUpgradeFails(t *testing.T) {
	good := newVersion(t, 2, "v2", 5000)
	bad := bytes.Clone(good)
	bad[100] ^= 1
	for _, tc := range []struct {
		name, file string
		body       []byte
		table      []image.Partition
		heard      []string
	}{
		{"not there", "user9.bin", good, nil, []string{"error bin file\n"}},
		{"no image", "user2.bin", bytes.Repeat([]byte("x"), 100), nil, []string{"error bin file\n"}},
		{"for the other slot", "user2.bin", newVersion(t, 1, "v2", 5000), nil, []string{"please check the bin file\n"}},
		{"damaged", "user2.bin", bad, nil, []string{"upgrade file download finished.\n", "img_crc = "}},
		{"empty", "user2.bin", nil, nil, []string{"sumlength = 0 \n"}},
		{"larger than the slot", "user2.bin", newVersion(t, 2, "v2", 0xE0000), nil, []string{"sumlength = 917572 \n"}},
		{"larger than the partition", "user2.bin", good, []image.Partition{
			{Type: image.PartitionRFCal, Addr: 0x3FB000, Size: 0x1000}, {Type: image.PartitionPHYData, Addr: 0x3FC000, Size: 0x1000},
			{Type: image.PartitionSystemParameter, Addr: 0x3FD000, Size: 0x3000}, {Type: image.PartitionOTA2, Addr: 0x101000, Size: 0x1000},
		}, []string{"max sec:1\r\n", "sumlength = 5060 \n"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				var sdk *emulator.SDK
				d := emulator.NewTest(t, emulator.Config{UART: &uart, Program: programs(map[string]bool{"v2": false})})
				updates(t, d.Network(), map[string][]byte{tc.file: tc.body})
				require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) {
					sdk = s
					if tc.table != nil {
						assert.True(t, s.SystemPartitionTableRegist(tc.table, image.Map32M1024x1024))
					}
					require.NoError(t, version("v1", true).Boot(s.Board()))
				})))
				time.Sleep(2 * time.Minute)
				require.NoError(t, d.Do(func() {
					for _, text := range append(tc.heard, "loaded false\n") {
						assert.Contains(t, uart.String(), text)
					}
					assert.Equal(t, chip.UpgradeFlagIdle, sdk.SystemUpgradeFlagCheck())
				}))
				assert.Nil(t, d.Crash())
				_, err := image.Parse(d.Flash(), 0x101000)
				assert.Error(t, err)
			})
		})
	}
}
