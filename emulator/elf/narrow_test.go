package elf_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/espconn"
)

// From SDK 3.0 on, bytes and half words of flash and of instruction RAM are read, and those of instruction RAM written; before, and in
// the profile of such an SDK, the first is exception 3 (lx106.md 10.3).
func TestNarrow(t *testing.T) {
	for _, tc := range []struct {
		version string
		cause   int
		uart    string
		profile espconn.Profile
	}{
		{"3.0", 29, "10 81 32 93 54 65 76 87 -32767 32769 28674 28674 -2 65534 11 1122ab44 cdef7788\n", espconn.SDK306()},
		{"3.0", 3, "Fatal exception (3):", espconn.SDK221()},
		{"2.2", 3, "Fatal exception (3):", espconn.SDK221()},
		{"2.0", 3, "Fatal exception (3):", espconn.SDK306()},
	} {
		t.Run(tc.version+" "+tc.profile.Name, func(t *testing.T) {
			i := compileFor(t, tc.version, []string{"emulator/elf/testdata/narrow.c"})
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1, Profile: tc.profile})
				require.NoError(t, err)
				defer d.Close()
				_ = d.Boot(i.Firmware())
				require.NotNil(t, d.Crash())
				assert.Equal(t, tc.cause, d.Crash().Cause, "%v", d.Crash())
				assert.Contains(t, uart.String(), tc.uart)
				assert.Contains(t, d.Crash().Where, "emulator/elf/testdata/narrow.c")
			})
		})
	}
}

// The ROM's memcpy and strlen read flash by words, where they can; a byte of it is exception 3 before SDK 3.0 (lx106.md 10.3).
func TestROMReadsNarrow(t *testing.T) {
	for _, tc := range []struct {
		name, version, define string
		epc1                  uint32 // 0: no exception
		at                    uint32 // in the text
	}{
		{"words", "2.2", "CASE=0", 0, 0},
		{"a byte more", "2.2", "CASE=1", 0x4000DF1B, 8},
		{"to between two words", "2.2", "CASE=2", 0x4000DF1B, 0},
		{"length from between two words", "2.2", "CASE=3", 0x4000BF64, 3},
		{"three bytes from between two words", "2.0", "CASE=4", 0x4000DF1B, 1},
		{"a byte more, handled", "3.0", "CASE=1", 0, 0},
		{"length, handled", "3.0", "CASE=3", 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			i := compileFor(t, tc.version, []string{"emulator/elf/testdata/rom_narrow.c"}, tc.define)
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
				require.NoError(t, err)
				defer d.Close()
				_ = d.Boot(i.Firmware())
				assert.Contains(t, uart.String(), "words an, ords and, 15 good: ")
				if tc.epc1 == 0 {
					require.Nil(t, d.Crash(), "%v", d.Crash())
					assert.Contains(t, uart.String(), "end ")
					return
				}
				require.NotNil(t, d.Crash())
				assert.Equal(t, 3, d.Crash().Cause, "%v", d.Crash())
				assert.Equal(t, tc.epc1, d.Crash().Epc1)
				_, line, _ := strings.Cut(uart.String(), "good: ")
				text, err := strconv.ParseUint(line[:8], 16, 32)
				require.NoError(t, err)
				assert.Equal(t, uint32(text)+tc.at, d.Crash().Excvaddr)
				assert.Contains(t, d.Crash().Where, "emulator/elf/testdata/rom_narrow.c")
			})
		})
	}
}
