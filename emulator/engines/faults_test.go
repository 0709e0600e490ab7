package engines_test

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
func bootFaults(t *testing.T, i image, mode uint32) (d *emulator.Device, uart string) {
	var out bytes.Buffer
	d = emulator.NewTest(t, emulator.Config{UART: &out, Seed: 1, Flash: modeFlash(t, mode), ExpectCrash: true})
	require.NoError(t, d.Boot(i.Firmware()))
	time.Sleep(10 * time.Second)
	require.NoError(t, d.Do(func() { uart = out.String() }))
	return d, uart
}

// outcome is what comes of a fault.
type outcome struct {
	lives bool // the firmware goes on
	cause int
	why   string // part of it
	where string // function in which it happens, and its line's file; "" if there is none
	uart  string // part of the output
}

// Everything that ends firmware, with the exception and the line of C. Where the chip does something else than WebAssembly can do, the
// second outcome is the chip's.
func TestFaults(t *testing.T) { onEach(t, testFaults) }

func testFaults(t *testing.T, e engine) {
	i := e.image(t, "faults")
	for _, tc := range []struct {
		name string
		mode uint32
		wasm outcome
		chip *outcome // nil: the same
	}{
		{"division by zero", 1,
			outcome{cause: 0, why: "division by zero", where: "divide", uart: "Fatal exception (0):\nepc1=0x4000dce5, "}, nil},
		{"unreachable", 6, outcome{cause: 0, why: "unreachable", where: "run", uart: "Fatal exception (0):"}, nil},
		{"endless loop", 7, outcome{cause: -1, why: "did not return to the SDK", where: "run", uart: "soft wdt reset"}, nil},
		{"bad string to os_printf", 10, outcome{cause: 28, why: "0x7fffffff", where: "run"}, nil},
		{"bad espconn", 12, outcome{cause: 29, why: "0x70000000", where: "run"}, nil},
		{"putc that prints", 13, outcome{cause: 29, why: "callbacks nested", where: "put_recursive"}, nil},
		{"endless delays", 14, outcome{cause: -1, why: "did not return", where: "run", uart: "soft wdt reset"}, nil},
		{"free of no block", 17, outcome{cause: 29, why: "os_free of address", where: "run"}, nil},
		{"double free", 18, outcome{cause: 29, why: "a block of 8 bytes of", where: "run"}, nil},
		{"strlen of a bad pointer", 20, outcome{cause: 28, why: "0xfffffff0", where: "run"}, nil},
		{"espconn with a bad esp_tcp", 21, outcome{cause: 28, why: "0x70000010", where: "run"}, nil},
		{"callback that is no function", 24, outcome{cause: 20, why: "12345"}, nil},
		{"a failed assert", 28, outcome{cause: 0, why: "assertion failed: sink == 1 && arg", where: "run",
			uart: "\nassertion failed: sink == 1 && arg, "}, nil},
		{"abort", 29, outcome{cause: 0, why: "abort() is called", where: "run", uart: "Fatal exception (0):"}, nil},
		{"call of a NULL function pointer", 26,
			outcome{cause: 20, why: "call of a NULL function pointer", where: "call_hook", uart: "Fatal exception (20):"},
			&outcome{cause: 20, why: "0x00000000, a NULL pointer", where: "call_hook", uart: "Fatal exception (20):"}},

		// Where nothing lies between the chip's memories, loads and stores raise nothing (lx106.md 9.3).
		{"store where there is nothing", 2, outcome{cause: 29, why: "store to", where: "poke", uart: "Fatal exception (29):"},
			&outcome{lives: true}},
		{"load where there is nothing", 3, outcome{cause: 28, why: "load from", where: "peek", uart: "Fatal exception (28):"},
			&outcome{lives: true}},
		// Functions have addresses there, not numbers in a table; data lies beside them, and a call does not know of types.
		{"call of a data pointer", 4, outcome{cause: 20, why: "call of function pointer 0x", where: "run", uart: "Fatal exception (20):"},
			&outcome{cause: 2, why: "in data RAM, where no code lies", where: "run", uart: "Fatal exception (2):"}},
		{"callback with a wide argument", 23, outcome{cause: 20, why: "parameters that no callback"},
			&outcome{lives: true, uart: "never here"}},
		// It has no guard below the stack, which is longer (lx106.md 10.4), and GCC makes a loop of the endless recursion.
		{"too many locals", 8, outcome{cause: 29, why: "bytes in a stack of 4096", where: "deep"}, &outcome{lives: true}},
		{"locals into the page of NULL", 25, outcome{cause: 29, why: "bytes in a stack of 4096", where: "grow"}, &outcome{lives: true}},
		{"endless recursion", 9, // wazero gives no trace here
			outcome{cause: 29, why: "stack overflow: endless recursion, a stack of 4096 bytes"},
			&outcome{cause: -1, why: "did not return", where: "endless", uart: "soft wdt reset"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := tc.wasm
			if e.name == lx106Engine && tc.chip != nil {
				want = *tc.chip
			}
			synctest.Test(t, func(t *testing.T) {
				d, uart := bootFaults(t, i, tc.mode)
				assert.Contains(t, uart, want.uart)
				c := d.Crash()
				if want.lives {
					require.Nil(t, c)
					return
				}
				require.NotNil(t, c, uart)
				assert.Equal(t, want.cause, c.Cause)
				assert.Contains(t, c.Why, want.why)
				assert.Contains(t, c.Callback, "an os_timer callback")
				assert.NotContains(t, c.Call, "__assert_func")
				assert.NotEmpty(t, c.Call)
				if tc.name == "endless delays" {
					assert.Equal(t, "os_delay_us(1000)", c.Call)
					assert.Equal(t, c.Ran+10*time.Millisecond, c.Called+time.Millisecond, "the last delay began a millisecond before")
				}
				if want.where != "" {
					assert.Regexp(t, `^an os_timer callback: \w+ testdata/firmware/faults\.c:`, c.Callback)
					assert.Regexp(t, `^testdata/firmware/faults\.c:\d+$`, c.Where)
					require.NotEmpty(t, c.Stack)
					assert.True(t, hasFrame(c.Stack, want.where), "%q", c.Stack)
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
func TestHeapBlocks(t *testing.T) { onEach(t, testHeapBlocks) }

func testHeapBlocks(t *testing.T, e engine) {
	i := e.image(t, "faults")
	synctest.Test(t, func(t *testing.T) {
		d, _ := bootFaults(t, i, 27)
		require.Nil(t, d.Crash())
		bytes := map[string]int{}
		for _, b := range d.HeapBlocks() {
			if b.Where != "" {
				bytes[b.Where] += int(b.Requested)
			}
		}
		assert.Equal(t, map[string]int{"testdata/firmware/faults.c:106": 60 + 100}, bytes)
	})
}

// What is unusual but no fault.
func TestNoFaults(t *testing.T) { onEach(t, testNoFaults) }

func testNoFaults(t *testing.T, e engine) {
	i := e.image(t, "faults")
	for _, tc := range []struct {
		name string
		mode uint32
		uart string
	}{
		{"NULL to %s", 11, "(null)"},
		{"call through a wrong type", 5, "two arguments 1 "}, // the second is 0 here, there what the register holds
		{"ten seconds of delays with feeding", 15, "fed"},
		{"heap used up", 16, "heap empty, "},
		{"waiting for the time", 19, "time passed"},
		{"memory that grows no further", 22, "grown to "},
	} {
		if tc.mode == 22 && e.name == lx106Engine {
			continue // memory that grows is WebAssembly's
		}
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
func TestBootAfterCrash(t *testing.T) { onEach(t, testBootAfterCrash) }

func testBootAfterCrash(t *testing.T, e engine) {
	i := e.image(t, "faults")
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
func TestFirmwareOnTwoDevices(t *testing.T) { onEach(t, testFirmwareOnTwoDevices) }

func testFirmwareOnTwoDevices(t *testing.T, e engine) {
	i := e.image(t, "machine")
	synctest.Test(t, func(t *testing.T) {
		fw := i.Firmware()
		a, b := emulator.NewTest(t, emulator.Config{}), emulator.NewTest(t, emulator.Config{})
		require.NoError(t, a.Boot(fw))
		require.ErrorContains(t, b.Boot(fw), "one Firmware for each device")
	})
}
