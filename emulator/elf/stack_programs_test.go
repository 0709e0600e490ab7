package elf_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// Programs of the folder that EMU8266_VENDOR_ELF names, linked with Espressif's libraries, run for ten seconds and reach nothing that is
// not there. The lines of NAME.expect beside NAME.out are texts that it has to print then.
func TestProgramsWithSDKLibraries(t *testing.T) {
	folder := os.Getenv("EMU8266_VENDOR_ELF")
	if folder == "" {
		t.Skip("EMU8266_VENDOR_ELF names no folder with programs that are linked with Espressif's libraries. " +
			"None can be in this repository: their licence does not allow it")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.out"))
	require.NoError(t, err)
	more, err := filepath.Glob(filepath.Join(folder, "*.elf"))
	require.NoError(t, err)
	files = append(files, more...)
	require.NotEmpty(t, files, "no .out and no .elf in %s", folder)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			i, err := elf.LoadVendorFile(file)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1, AnyAccessPoint: true,
					AccessPoint: wifi.AccessPoint{SSID: emulator.DefaultSSID}})
				require.NoError(t, err)
				defer d.Close()
				require.NoError(t, d.Boot(i.Firmware()))
				time.Sleep(10 * time.Second)
				if c := d.Crash(); c != nil {
					assert.Fail(t, c.String())
				}
				var text string
				require.NoError(t, d.Do(func() { text = uart.String() }))
				want, err := os.ReadFile(strings.TrimSuffix(file, filepath.Ext(file)) + ".expect")
				if err != nil {
					return
				}
				for line := range strings.Lines(string(want)) {
					assert.Contains(t, text, strings.TrimSuffix(line, "\n"))
				}
			})
		})
	}
}
