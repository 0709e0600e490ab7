package elf_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
)

// An access to the heap outside the program's blocks is found where it stands in C, with the block, once for each place; the program goes
// on as on the chip. Without the checks of memory nothing is found.
func TestStrayAccess(t *testing.T) {
	i := compileFor(t, "3.0", []string{"emulator/elf/testdata/stray.c"})
	for _, tc := range []struct {
		name  string
		mode  uint32
		found string // "": nothing
	}{
		{"within the block", 0, ""},
		{"store behind its end", 1,
			`^1-byte store at address 0x[0-9a-f]+, 0 bytes beyond the end of a block of 21 bytes of emulator/elf/testdata/stray\.c:\d+$`},
		{"load after free", 2,
			`^4-byte load at address 0x[0-9a-f]+, in a block of 21 bytes of \S+stray\.c:\d+ that was freed at \S+stray\.c:\d+$`},
		{"a hundred at one place", 3, `^1-byte store at address 0x[0-9a-f]+, 3 bytes beyond the end of a block of 21 bytes`},
		{"by the SDK in its name", 4, `^the SDK is given 25 bytes at address 0x[0-9a-f]+, 0 bytes beyond the end of a block of 21 bytes`},
		{"load of the word with the last byte", 5, ""},
	} {
		for _, checks := range []emulator.Checks{emulator.ChecksMemory, emulator.ChecksRecord} {
			t.Run(tc.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					memory, err := flash.New(emulator.FlashDefault)
					require.NoError(t, err)
					require.NoError(t, memory.Write(0x100000, binary.LittleEndian.AppendUint32(nil, tc.mode)))
					var out bytes.Buffer
					d, err := emulator.New(emulator.Config{UART: &out, Seed: 1, Flash: memory, Checks: checks})
					require.NoError(t, err)
					defer d.Close()
					require.NoError(t, d.Boot(i.Firmware()))
					assert.Equal(t, checks == emulator.ChecksRecord, d.Unchecked())
					time.Sleep(time.Second)
					require.Nil(t, d.Crash())
					found := d.Findings()
					if tc.found == "" || checks == emulator.ChecksRecord {
						assert.Empty(t, found)
						return
					}
					require.Len(t, found, 1)
					assert.Equal(t, espconn.RuleAstray, found[0].Name)
					assert.Regexp(t, tc.found, found[0].Text)
					assert.Regexp(t, `^emulator/elf/testdata/stray\.c:\d+$`, found[0].Where)
					t.Logf("%s: %s", found[0].Where, found[0].Text)
				})
			})
		}
	}
}

// A local array that is written beyond its end is found as its function returns, in programs that were built with checks. Those without
// go on as on the chip.
func TestOverrunLocalArray(t *testing.T) {
	for _, tc := range []struct {
		checks  bool
		n       uint32
		crashes bool
	}{{true, 21, false}, {true, 25, true}, {false, 25, false}} {
		synctest.Test(t, func(t *testing.T) {
			i, err := elf.LoadFile(compileWith(t, build.Options{Sources: []string{"emulator/elf/testdata/local.c"}, Check: tc.checks}))
			require.NoError(t, err)
			memory, err := flash.New(emulator.FlashDefault)
			require.NoError(t, err)
			require.NoError(t, memory.Write(0x100000, binary.LittleEndian.AppendUint32(nil, tc.n)))
			var out bytes.Buffer
			d, err := emulator.New(emulator.Config{UART: &out, Seed: 1, Flash: memory})
			require.NoError(t, err)
			defer d.Close()
			err = d.Boot(i.Firmware())
			if !tc.crashes {
				require.NoError(t, err)
				assert.Nil(t, d.Crash())
				assert.Contains(t, out.String(), "filled with x")
				return
			}
			crash := d.Crash()
			require.NotNil(t, crash)
			assert.Equal(t, "a local array of this function has been written beyond its end: found as the function returns", crash.Why)
			assert.Regexp(t, `^emulator/elf/testdata/local\.c:\d+$`, crash.Where)
			assert.Regexp(t, `^local emulator/elf/testdata/local\.c:\d+$`, crash.Stack[0])
			assert.NotContains(t, out.String(), "filled")
		})
	}
}
