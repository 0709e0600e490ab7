package elf_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/flash"
)

// What the flash chip holds is there as memory, too: from the boot on, after each write, in another boot, as code, and in a debugger's
// replay. Another device of the image has its own.
func TestFlashWindow(t *testing.T) {
	i := compile(t, []string{"emulator/elf/testdata/window.c"})
	synctest.Test(t, func(t *testing.T) {
		chip, err := flash.New(1 << 20)
		require.NoError(t, err)
		require.NoError(t, chip.Write(0x81000, []byte{1, 2, 3, 4}))
		w := &witness{seen: map[uint64]uint64{}}
		var uart bytes.Buffer
		boot := func(chip *flash.Chip, fw *elf.Firmware) (*emulator.Device, string) {
			uart.Reset()
			d, err := emulator.New(emulator.Config{UART: &uart, Flash: chip, NoAutoConnect: true})
			require.NoError(t, err)
			require.NoError(t, d.Boot(fw))
			time.Sleep(2500 * time.Millisecond)
			require.Nil(t, d.Crash())
			return d, uart.String()
		}
		fw := i.Firmware()
		fw.Debug(w)
		d, text := boot(chip, fw)
		assert.Equal(t, "before ffffffff 4030201\nerased ffffffff\nwritten f00d120c f00d120c, runs: 1\n"+
			"erased ffffffff\nwritten f00d220c f00d220c, runs: 2\n", text)
		require.NoError(t, fw.Between(func(m *elf.Machine) { w.again(t, m) }))
		require.NoError(t, d.Close())

		d, text = boot(chip, i.Firmware())
		assert.Contains(t, text, "before f00d220c 4030201\nerased ffffffff\nwritten f00d120c f00d120c, runs: 1\n")
		require.NoError(t, d.Close())

		d, text = boot(nil, i.Firmware())
		assert.Contains(t, text, "before ffffffff ffffffff\n")
		require.NoError(t, d.Close())
	})
}
