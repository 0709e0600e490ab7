package wasm_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// modeFlash is a chip whose sector 0x100 tells firmware what to do.
func modeFlash(t *testing.T, mode uint32) *flash.Chip {
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	require.NoError(t, chip.Write(0x100000, binary.LittleEndian.AppendUint32(nil, mode)))
	return chip
}

// bootMode runs firmware whose mode lies in flash sector 0x100 for ten virtual seconds.
func bootMode(t *testing.T, i *wasm.Image, mode uint32) (d *emulator.Device, uart string) {
	var out bytes.Buffer
	d = emulator.NewTest(t, emulator.Config{UART: &out, Seed: 1, Flash: modeFlash(t, mode), ExpectCrash: true})
	require.NoError(t, d.Boot(i.Firmware()))
	time.Sleep(10 * time.Second)
	require.NoError(t, d.Do(func() { uart = out.String() }))
	return d, uart
}

// What memory checks find, with the exception that the chip raises, and the line.
func TestMemoryChecks(t *testing.T) {
	i := prebuilt(t, "memory")
	for _, tc := range []struct {
		name  string
		mode  uint32
		cause int
		why   string
	}{
		{"load through NULL", 1, 28, "4-byte load at address 0x0, through a NULL pointer"},
		{"store near NULL", 2, 29, "4-byte store at address 0x8, through a NULL pointer"},
		{"unaligned word", 3, 9, "not aligned"},
		{"unaligned half word", 4, 9, "2-byte load"},
		{"nowhere", 5, 29, "0x70000304, where there is no memory"},
		{"the chip's data RAM", 6, 28, "0x3ffe8000, where there is no memory"},
		{"a byte behind a block", 7, 29, "beyond the end of a block of"},
		{"freed block", 8, 28, "that was freed at testdata/firmware/memory.c:"},
		{"a byte before a block", 9, 29, "1-byte store"},
		{"store to flash", 11, 29, "4-byte store"},
		{"os_memset beyond a block", 12, 29, "the SDK is given 14 bytes"},
		{"text without end", 13, 28, "the SDK is given"},
		{"os_malloc that failed", 14, 29, "address 0x0"},
		{"beyond a local array", 17, 29, "a local array of this function has been written beyond its end"},
		{"os_sprintf beyond a block", 15, 29, "the SDK is given 15 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, uart := bootMode(t, i, tc.mode)
				c := d.Crash()
				require.NotNil(t, c, uart)
				assert.Equal(t, tc.cause, c.Cause)
				assert.Contains(t, c.Why, tc.why)
				assert.Regexp(t, `^testdata/firmware/memory\.c:\d+$`, c.Where)
				assert.NotContains(t, uart, "survived")
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		d, uart := bootMode(t, i, 16)
		require.Nil(t, d.Crash())
		assert.Contains(t, uart, "all right")
	})
}

// A byte of a constant in flash is exception 3 in the profile of an SDK before 3.0, and read from there on (lx106.md 10.3).
func TestNarrow(t *testing.T) {
	i := prebuilt(t, "memory")
	for _, p := range []espconn.Profile{espconn.SDK221(), espconn.SDK301(), espconn.SDK306(), espconn.SDK306SSL()} {
		t.Run(p.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				d, err := emulator.New(emulator.Config{UART: &out, Seed: 1, Flash: modeFlash(t, 10), Profile: p})
				require.NoError(t, err)
				defer d.Close()
				require.NoError(t, d.Boot(i.Firmware()))
				time.Sleep(time.Second)
				c := d.Crash()
				if !p.NarrowFaults {
					require.Nil(t, c, "%v", c)
					require.NoError(t, d.Do(func() { assert.Contains(t, out.String(), "survived") }))
					return
				}
				require.NotNil(t, c)
				assert.Equal(t, 3, c.Cause)
				assert.Contains(t, c.Why, "1-byte load")
				assert.Regexp(t, `^testdata/firmware/memory\.c:\d+$`, c.Where)
			})
		})
	}
}

// An image says whether it was built with memory checks, and so does the device that runs it, of the firmware that it booted last.
func TestChecked(t *testing.T) {
	for name, checked := range map[string]bool{"memory": true, "machine-checked": true, "machine": false, "hello-tls-4096": false} {
		i := prebuilt(t, name)
		assert.Equal(t, checked, i.Checked(), name)
		synctest.Test(t, func(t *testing.T) {
			d, err := emulator.New(emulator.Config{Seed: 1})
			require.NoError(t, err)
			defer d.Close()
			require.NoError(t, d.Boot(i.Firmware()))
			assert.Equal(t, !checked, d.Unchecked(), name)
			require.NoError(t, d.Reset())
			require.NoError(t, d.Boot(emulator.Go(func(*emulator.SDK) {})))
			assert.False(t, d.Unchecked(), "firmware in Go")
		})
	}
}

// Firmware without mistakes does the same with checks as without.
func TestMachineChecked(t *testing.T) { wasm.AssertMachine(t, prebuilt(t, "machine-checked")) }
