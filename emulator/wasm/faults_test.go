package wasm_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
)

// modeFlash is a chip whose sector 0x100 tells faults.c what to do.
func modeFlash(t *testing.T, mode uint32) *flash.Chip {
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], mode)
	require.NoError(t, chip.Write(0x100000, b[:]))
	return chip
}

// bootFaults runs faults.c in a mode for ten virtual seconds.
func bootFaults(t *testing.T, i *wasm.Image, mode uint32) (d *emulator.Device, uart string) {
	var out bytes.Buffer
	d = emulator.NewTest(t, emulator.Config{UART: &out, Seed: 1, Flash: modeFlash(t, mode), ExpectCrash: true})
	require.NoError(t, d.Boot(i.Firmware()))
	time.Sleep(10 * time.Second)
	require.NoError(t, d.Do(func() { uart = out.String() }))
	return d, uart
}

// Everything that ends firmware, with the exception and the line of C.
func TestFaults(t *testing.T) {
	i := prebuilt(t, "faults")
	for _, tc := range []struct {
		name  string
		mode  uint32
		cause int
		why   string // part of it
		where string // function in which it happens, and its line's file
		uart  string // part of the output
	}{
		{"division by zero", 1, 0, "division by zero", "divide", "Fatal exception (0):\nepc1=0x4000dce5, "},
		{"store where there is nothing", 2, 29, "store to", "poke", "Fatal exception (29):"},
		{"load where there is nothing", 3, 28, "load from", "peek", "Fatal exception (28):"},
		{"call of a data pointer", 4, 20, "call of function pointer 0x", "run", "Fatal exception (20):"},
		{"unreachable", 6, 0, "unreachable", "run", "Fatal exception (0):"},
		{"endless loop", 7, -1, "did not return to the SDK", "run", "soft wdt reset"},
		{"too many locals", 8, 29, "bytes in a stack of 4096", "deep", ""},
		{"endless recursion", 9, 29, "stack overflow: endless recursion, a stack of 4096 bytes", "", ""}, // the engine gives no trace here
		{"bad string to os_printf", 10, 28, "0x7fffffff", "run", ""},
		{"bad espconn", 12, 29, "0x70000000", "run", ""},
		{"putc that prints", 13, 29, "callbacks nested", "put_recursive", ""},
		{"endless delays", 14, -1, "did not return", "run", "soft wdt reset"},
		{"free of no block", 17, 29, "os_free of address", "run", ""},
		{"double free", 18, 29, "a block of 8 bytes of", "run", ""},
		{"strlen of a bad pointer", 20, 28, "0xfffffff0", "run", ""},
		{"espconn with a bad esp_tcp", 21, 28, "0x70000010", "run", ""},
		{"callback with a wide argument", 23, 20, "parameters that no callback", "", ""},
		{"locals into the page of NULL", 25, 29, "bytes in a stack of 4096", "grow", ""},
		{"call of a NULL function pointer", 26, 20, "call of a NULL function pointer", "call_hook", "Fatal exception (20):"},
		{"callback that is no function", 24, 20, "0x12345", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, uart := bootFaults(t, i, tc.mode)
				c := d.Crash()
				require.NotNil(t, c, uart)
				assert.Equal(t, tc.cause, c.Cause)
				assert.Contains(t, c.Why, tc.why)
				assert.Contains(t, uart, tc.uart)
				assert.Contains(t, c.Callback, "an os_timer callback")
				assert.NotEmpty(t, c.Call)
				if tc.name == "endless delays" {
					assert.Equal(t, "os_delay_us(1000)", c.Call)
					assert.Equal(t, c.Ran+10*time.Millisecond, c.Called+time.Millisecond, "the last delay began a millisecond before")
				}
				if tc.where != "" {
					assert.Contains(t, c.Callback, "an os_timer callback: run testdata/firmware/faults.c:")
					assert.Regexp(t, `^testdata/firmware/faults\.c:\d+$`, c.Where)
					require.NotEmpty(t, c.Stack)
					assert.True(t, hasFrame(c.Stack, tc.where), "%q", c.Stack)
				}
				assert.LessOrEqual(t, len(c.Stack), 100)
				t.Logf("%s: %s; %q", c.Where, c.Why, c.Stack[:min(4, len(c.Stack))])
			})
		})
	}
}

func hasFrame(stack []string, function string) bool {
	for _, f := range stack {
		if strings.HasPrefix(f, function+" ") {
			return true
		}
	}
	return false
}

// What was not freed is listed with the place that asked for it.
func TestHeapBlocks(t *testing.T) {
	i := prebuilt(t, "faults")
	synctest.Test(t, func(t *testing.T) {
		d, _ := bootFaults(t, i, 27)
		require.Nil(t, d.Crash())
		bytes := map[string]int{}
		for _, b := range d.HeapBlocks() {
			if b.Where != "" {
				bytes[b.Where] += int(b.Requested)
			}
		}
		assert.Equal(t, map[string]int{"testdata/firmware/faults.c:104": 60 + 100}, bytes)
	})
}

// What is unusual but no fault.
func TestNoFaults(t *testing.T) {
	i := prebuilt(t, "faults")
	for _, tc := range []struct {
		name string
		mode uint32
		uart string
	}{
		{"NULL to %s", 11, "(null)"},
		{"call through a wrong type", 5, "two arguments 1 0"},
		{"ten seconds of delays with feeding", 15, "fed"},
		{"heap used up", 16, "heap empty, "},
		{"waiting for the time", 19, "time passed"},
		{"memory that grows no further", 22, "grown to "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, uart := bootFaults(t, i, tc.mode)
				require.Nil(t, d.Crash())
				assert.Contains(t, uart, tc.uart)
			})
		})
	}
}

// After a crash the device boots again, with a new guest over the same flash.
func TestBootAfterCrash(t *testing.T) {
	i := prebuilt(t, "faults")
	synctest.Test(t, func(t *testing.T) {
		d, _ := bootFaults(t, i, 1)
		require.NotNil(t, d.Crash())
		for range 3 {
			require.NoError(t, d.Boot(i.Firmware()))
			require.Nil(t, d.Crash())
			require.ErrorIs(t, d.Boot(i.Firmware()), emulator.ErrRunning)
			time.Sleep(time.Second)
			require.NotNil(t, d.Crash())
		}
	})
}

// One Firmware runs on one device.
func TestFirmwareOnTwoDevices(t *testing.T) {
	i := prebuilt(t, "machine")
	synctest.Test(t, func(t *testing.T) {
		fw := i.Firmware()
		a, b := emulator.NewTest(t, emulator.Config{}), emulator.NewTest(t, emulator.Config{})
		require.NoError(t, a.Boot(fw))
		require.ErrorContains(t, b.Boot(fw), "one Firmware for each device")
	})
}
