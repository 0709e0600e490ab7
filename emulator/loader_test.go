package emulator_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

// What the loader says of a slot without an image, by its version 1.6.
const (
	noUser1  = "jump to run user1 @ 1000\n\nerror magic!\n"
	noUser2  = "jump to run user2 @ 81000\n\nerror magic!\n"
	toBackup = "first boot failed, reboot to try backup bin\n\n"
	dead     = "backup boot failed.\n\nuser code done\n"
)

// burn writes an image, filled up to a whole word.
func burn(t *testing.T, c *flash.Chip, addr uint32, image []byte) {
	for len(image)%flash.WriteUnit != 0 {
		image = append(image, flash.Erased)
	}
	require.NoError(t, c.Write(addr, image))
}

// A device whose flash has no program stands still, and says why on the UART; it says less at the next boot, because the loader has noted
// in the flash that the first program failed. An image in the backup's slot boots.
func TestLoaderWithoutImages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		c, err := flash.New(1 << 20)
		require.NoError(t, err)
		d := emulator.NewTest(t, emulator.Config{Flash: c, UART: &uart, Program: programs(map[string]bool{"v1": false})})
		require.NoError(t, d.Boot(nil))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, noUser1+toBackup+noUser2+dead, uart.String())
		assert.Nil(t, d.Crash())
		d.SetLink(false) // nothing runs, nothing breaks
		for _, again := range []func() error{d.Reset, d.PowerCycle} {
			uart.Reset()
			require.NoError(t, again())
			require.NoError(t, d.Boot(nil))
			assert.Equal(t, noUser2+dead, uart.String())
		}
		uart.Reset()
		burn(t, c, 0x81000, newVersion(t, 2, "v1", 0))
		require.NoError(t, d.Boot(nil))
		assert.Equal(t, "this is v1 in user2\n", uart.String())
	})
}

// Without Config.Program it is the test that has nothing to boot.
func TestNothingToBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		require.ErrorIs(t, emulator.NewTest(t, emulator.Config{}).Boot(nil), emulator.ErrNoProgram)
	})
}

// An upgrade that names a slot without an image: the loader goes back to the program before, in the flash too, so the SDK's functions agree
// on what runs and what comes next.
func TestLoaderGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		c, err := flash.New(1 << 20)
		require.NoError(t, err)
		burn(t, c, 0x1000, newVersion(t, 1, "v1", 0))
		var sdk *emulator.SDK
		d := emulator.NewTest(t, emulator.Config{Flash: c, UART: &uart, Program: func([]byte) (emulator.Firmware, error) {
			return emulator.Go(func(s *emulator.SDK) {
				sdk = s
				s.OsPrintf("user%d\n", s.SystemUpgradeUserbinCheck()+1)
			}), nil
		}})
		require.NoError(t, d.Boot(nil))
		for range 3 {
			uart.Reset()
			require.NoError(t, d.Do(func() {
				sdk.SystemUpgradeFlagSet(chip.UpgradeFlagFinish)
				sdk.SystemUpgradeReboot()
			}))
			time.Sleep(10 * time.Second)
			synctest.Wait()
			assert.Equal(t, "reboot to use2\n"+noUser2+toBackup+"user1\n", uart.String())
			p, _, err := image.LoadSystemParams(c, image.Map8M512x512)
			require.NoError(t, err)
			assert.True(t, p.Boot().OnBackup())
			assert.EqualValues(t, 0, p.Boot().Slot())
		}
		// The program that ran is lost, too.
		require.NoError(t, c.EraseSector(1))
		uart.Reset()
		require.NoError(t, d.Do(func() { sdk.SystemRestart() }))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		assert.Equal(t, noUser1+dead, uart.String())
		assert.Equal(t, 1, strings.Count(uart.String(), "jump"))
	})
}
