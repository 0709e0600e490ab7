package engines_test

import (
	"bytes"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
	flashimage "github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// slotImage makes the image of testdata/firmware/upgrade.c for a slot.
func slotImage(t *testing.T, e engine, app uint8, version string) []byte {
	t.Helper()
	b, err := flashimage.BuildUser(app, e.program(t, "upgrade-"+version))
	require.NoError(t, err)
	return b
}

// programsOf runs what lies in the flash. Each program is loaded once.
func programsOf(t *testing.T, e engine) func(program []byte) (emulator.Firmware, error) {
	images := map[string]image{}
	return func(program []byte) (emulator.Firmware, error) {
		i := images[string(program)]
		if i == nil {
			i = e.load(t, program)
			images[string(program)] = i
		}
		return i.Firmware(), nil
	}
}

// updates serves the images by HTTP at 10.0.0.9.
func updates(t *testing.T, n *vnet.Network, user1, user2 []byte) {
	t.Helper()
	l, err := n.Host("updates", netip.MustParseAddr("10.0.0.9")).Listen("tcp", ":80")
	require.NoError(t, err)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := user1
		if strings.HasSuffix(r.URL.Path, "user2.bin") {
			b = user2
		}
		http.ServeContent(w, r, "user.bin", time.Time{}, bytes.NewReader(b))
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
}

// C firmware replaces itself twice: version 1 in user1 with system_upgrade_start, version 2 in user2 by hand, and version 3
// boots from user1 again, also after power was off.
func TestUpgrade(t *testing.T) { onEach(t, testUpgrade) }

func testUpgrade(t *testing.T, e engine) {
	i := e.image(t, "upgrade-1")
	programs := programsOf(t, e)
	user1, user2 := slotImage(t, e, 1, "3"), slotImage(t, e, 2, "2")
	synctest.Test(t, func(t *testing.T) {
		var uart strings.Builder
		d := emulator.NewTest(t, emulator.Config{UART: &uart, Program: programs})
		updates(t, d.Network(), user1, user2)
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(2 * time.Minute)
		assert.Nil(t, d.Crash())
		require.NoError(t, d.PowerCycle())
		require.NoError(t, d.Boot(nil))
		require.NoError(t, d.Do(func() {
			var told []string
			for _, line := range strings.Split(uart.String(), "\n") {
				for _, begin := range []string{"version", "start", "loaded", "written", "reboot"} {
					if strings.HasPrefix(line, begin) {
						told = append(told, line)
					}
				}
			}
			assert.Equal(t, []string{"version 1 in user1", "start 1", "loaded 1", "reboot to use2",
				"version 2 in user2", "written, flag 1", "reboot to use1", "version 3 in user1", "version 3 in user1"}, told)
		}))
		require.NoError(t, d.Close())
	})
}

// Power fails at any step of the upgrade: what boots then is the old version or the new one. Both lie in the flash.
func TestUpgradePowerCuts(t *testing.T) { onEach(t, testUpgradePowerCuts) }

func testUpgradePowerCuts(t *testing.T, e engine) {
	if testing.Short() {
		t.Skip("some hundred upgrades")
	}
	programs := programsOf(t, e)
	chip, err := flash.New(1 << 20)
	require.NoError(t, err)
	require.NoError(t, chip.Write(0x1000, padded(slotImage(t, e, 1, "1"))))
	user1, user2 := slotImage(t, e, 1, "3"), slotImage(t, e, 2, "3")
	boots := map[string]int{}
	boot := func(c *flash.Chip, d time.Duration) (heard string, err error) {
		synctest.Test(t, func(t *testing.T) {
			var uart strings.Builder
			device, e := emulator.New(emulator.Config{Flash: c, UART: &uart, Seed: 1, TraceLimit: -1, Program: programs})
			require.NoError(t, e)
			updates(t, device.Network(), user1, user2)
			err = device.Boot(nil)
			time.Sleep(d)
			require.NoError(t, device.Close())
			heard = uart.String()
		})
		return heard, err
	}
	cuts := flashtest.PowerCuts(t, chip.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
		_, err := boot(c, time.Minute)
		require.NoError(t, err)
		return func(c *flash.Chip) error {
			heard, err := boot(c, time.Millisecond)
			first, _, _ := strings.Cut(heard, "\n")
			boots[first]++
			return err
		}
	})
	t.Logf("%d power cuts: %v", cuts, boots)
	assert.Len(t, boots, 2)
	assert.Greater(t, boots["version 1 in user1"], cuts/2)
	assert.NotZero(t, boots["version 3 in user2"])
}

func padded(b []byte) []byte {
	for len(b)%flash.WriteUnit != 0 {
		b = append(b, flash.Erased)
	}
	return b
}
