package elf_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// inMode boots firmware whose mode lies in flash sector 0x100, for ten virtual seconds.
func inMode(t *testing.T, fw emulator.Firmware, mode uint32) (d *emulator.Device, uart string) {
	t.Helper()
	return inModeOf(t, fw, mode, chip.Instant)
}

// inModeOf is inMode with a model of the CPU's time.
func inModeOf(t *testing.T, fw emulator.Firmware, mode uint32, model chip.CPUModel) (d *emulator.Device, uart string) {
	t.Helper()
	memory, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	var b [4]byte
	binary.LittleEndian.PutUint32(b[:], mode)
	require.NoError(t, memory.Write(0x100000, b[:]))
	var out bytes.Buffer
	d, err = emulator.New(emulator.Config{UART: &out, Seed: 1, Flash: memory, CPU: model})
	require.NoError(t, err)
	require.NoError(t, d.Boot(fw))
	time.Sleep(10 * time.Second)
	require.NoError(t, d.Do(func() { uart = out.String() }))
	return d, uart
}

// What ends firmware on the chip, with the exception, its message, the place in C and the functions under way (lx106.md 9.2, 9.3).
func TestChipFaults(t *testing.T) {
	i := compileFor(t, "2.2", []string{"emulator/elf/testdata/chip.c"}) // SDK 3.0 reads bytes of flash: TestNarrow
	odd := func(addr uint32) bool { return addr&1 != 0 && addr>>16 == 0x3FFE }
	ram := func(addr uint32) bool { return addr>>16 == 0x3FFE }
	inFlash := func(addr uint32) bool { return addr>>20 == 0x402 }
	null := func(addr uint32) bool { return addr == 0 }
	touched := map[string]func(excvaddr uint32) bool{"unaligned word": odd, "unaligned half word": odd, "unaligned store": ram,
		"byte of a constant in flash": inFlash, "half word of a constant in flash": inFlash, "load through NULL": null,
		"store through NULL": null, "call of data": ram, "store to flash": inFlash, "byte of code": inFlash}
	for _, tc := range []struct {
		name  string
		mode  uint32
		cause int
		why   string // part of it
		where string // the innermost function of C
		uart  string // part of the output
		local string // one of the variables of the innermost function
	}{
		{"unaligned word", 1, 9, "which is no multiple of its size", "load32", "Fatal exception (9):", `p = 0x3ffe8001`},
		{"unaligned half word", 2, 9, "which is no multiple of its size", "load16", "Fatal exception (9):", `p = 0x3ffe8001`},
		{"unaligned store", 3, 9, "which is no multiple of its size", "store32", "Fatal exception (9):", `p = 0x3ffe8002`},
		{"byte of a constant in flash", 4, 3, "32-bit pieces only", "load8", "Fatal exception (3):", `p = excvaddr`},
		{"half word of a constant in flash", 5, 3, "32-bit pieces only", "load16", "Fatal exception (3):", `p = excvaddr`},
		{"load through NULL", 6, 28, "load from address 0x00000000, a NULL pointer", "load32", "Fatal exception (28):", `p = 0x0`},
		{"store through NULL", 7, 29, "store to address 0x00000000, a NULL pointer", "store32", "Fatal exception (29):", `p = 0x0`},
		{"call of data", 8, 2, "in data RAM, where no code lies", "run", "Fatal exception (2):", `arg: optimized out`},
		{"division by zero", 9, 0, "division by zero", "quotient", "Fatal exception (0):\nepc1=0x4000dce5, ", `a = 9`},
		{"remainder of a division by zero", 10, 0, "division by zero", "rest", "Fatal exception (0):\nepc1=0x4000dd3d, ", `a = 10`},
		{"endless loop", 11, -1, "did not return to the SDK for 3.2 s", "run", "soft wdt reset", `arg: optimized out`},
		{"endless loop without the soft watchdog", 12, -2, "did not return to the SDK for 8.2 s", "run", "", `arg: optimized out`},
		{"store to flash", 13, 29, "in flash", "store32", "Fatal exception (29):", `p = excvaddr`},
		{"trap", 14, 0, "__builtin_trap", "run", "Fatal exception (0):", `arg: optimized out`},
		{"call of NULL", 15, 20, "a NULL pointer, where no code lies", "run",
			"Fatal exception (20):\nepc1=0x00000000, epc2=0x00000000, epc3=0x00000000, excvaddr=0x00000000, ", `arg: optimized out`},
		{"byte of code", 17, 3, "32-bit pieces only", "load8", "Fatal exception (3):", `p = excvaddr`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, uart := inMode(t, i.Firmware(), tc.mode)
				defer d.Close()
				c := d.Crash()
				require.NotNil(t, c, uart)
				assert.Equal(t, tc.cause, c.Cause)
				assert.Contains(t, c.Why, tc.why)
				assert.Contains(t, uart, tc.uart)
				if tc.cause >= 0 && c.Epc1|c.Excvaddr != 0 { // decode reads it so
					assert.Contains(t, uart, fmt.Sprintf("Fatal exception (%d):\nepc1=0x%08x, epc2=0x00000000, epc3=0x00000000, "+
						"excvaddr=0x%08x, depc=0x00000000\n", c.Cause, c.Epc1, c.Excvaddr))
				}
				if f := touched[tc.name]; f != nil {
					assert.True(t, f(c.Excvaddr), "excvaddr 0x%08x", c.Excvaddr)
				}
				assert.Regexp(t, `^emulator/elf/testdata/chip\.c:\d+$`, c.Where)
				named := false
				for _, f := range c.Stack {
					named = named || len(f) > len(tc.where) && f[:len(tc.where)+1] == tc.where+" "
				}
				assert.True(t, named, "%q", c.Stack)
				assert.Contains(t, c.Locals, strings.ReplaceAll(tc.local, "excvaddr", fmt.Sprintf("0x%08x", c.Excvaddr)))
				assert.Regexp(t, `(?m)^    `+tc.where+` .*\n        `+regexp.QuoteMeta(c.Locals[0])+`$`, c.String())
				t.Logf("%s: %s; %q; %q", c.Where, c.Why, c.Stack, c.Locals)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // the chip has no guard below the stack: a finding, and what is there is overwritten
		d, _ := inMode(t, i.Firmware(), 16)
		defer d.Close()
		var found []trace.Event
		for _, f := range d.Findings() {
			if f.Name == espconn.RuleStack {
				found = append(found, f)
			}
		}
		require.Len(t, found, 1)
		assert.Regexp(t, `^deep needs 5[0-9]{3} bytes of stack, there are 5324`, found[0].Text)
		assert.Regexp(t, `^emulator/elf/testdata/chip\.c:\d+$`, found[0].Where)
	})
	synctest.Test(t, func(t *testing.T) { // where it ends in a fault, the crash names both
		d, _ := inMode(t, i.Firmware(), 21)
		defer d.Close()
		require.NotNil(t, d.Crash())
		assert.Contains(t, d.Crash().Why, "stack overflow in deep, and then ")
		for _, f := range d.Findings() { // the registers that it comes across on its way are no findings
			assert.Equal(t, espconn.RuleStack, f.Name, "%s", f.Text)
		}
	})
	synctest.Test(t, func(t *testing.T) { // what is linked into the program lies in flash, too, and what the chip holds besides
		d, uart := inMode(t, i.Firmware(), 25)
		defer d.Close()
		assert.Contains(t, uart, "table 281e140a 25\n")
	})
	synctest.Test(t, func(t *testing.T) { // words of flash, and aligned access, are no faults
		d, uart := inMode(t, i.Firmware(), 20)
		defer d.Close()
		assert.Contains(t, uart, "1 1 1027\n")
	})
}

// An interrupt whose handler lies in flash, while the flash is erased: its code cannot be fetched, exception 0. One in instruction RAM
// runs, and one that was kept out runs afterwards (lx106.md 10.6).
func TestInterruptWhileFlashIsBusy(t *testing.T) {
	i := compileFor(t, "2.2", []string{"emulator/elf/testdata/chip.c"})
	for mode, want := range map[uint32]string{22: "", 23: "erased 0, received 120\n", 24: "erased 0, received 0\nthen 120\n"} {
		synctest.Test(t, func(t *testing.T) {
			chip, err := flash.New(emulator.FlashDefault)
			require.NoError(t, err)
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], mode)
			require.NoError(t, chip.Write(0x100000, b[:]))
			chip.Timing.Erase = 100 * time.Millisecond
			var out bytes.Buffer
			d, err := emulator.New(emulator.Config{UART: &out, Seed: 1, Flash: chip, NoAutoConnect: true})
			require.NoError(t, err)
			defer d.Close()
			require.NoError(t, d.Boot(i.Firmware()))
			time.Sleep(50 * time.Millisecond)
			_, err = io.WriteString(d.UART(), "x")
			require.NoError(t, err)
			time.Sleep(time.Second)
			if want != "" {
				require.Nil(t, d.Crash())
				assert.Contains(t, out.String(), want)
				return
			}
			c := d.Crash()
			require.NotNil(t, c)
			assert.Zero(t, c.Cause)
			assert.Contains(t, c.Why, "in_flash handles an interrupt and lies in flash, which is being erased or written")
			assert.Regexp(t, `^emulator/elf/testdata/chip\.c:\d+$`, c.Where)
			assert.Contains(t, out.String(), fmt.Sprintf("Fatal exception (0):\nepc1=0x%08x, ", c.Epc1))
			require.Greater(t, len(c.Stack), 1)
			assert.Contains(t, c.Stack[0], "in_flash ")
			assert.Contains(t, c.Stack[1], "erase ")
		})
	}
}
