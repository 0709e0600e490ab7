package elf_test

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// From SDK 3.0 on, bytes and half words of flash and of instruction RAM are read, and those of instruction RAM written; before, the
// first is exception 3 (lx106.md 10.3).
func TestNarrow(t *testing.T) {
	for _, tc := range []struct {
		version string
		cause   int
		uart    string
	}{
		{"3.0", 29, "10 81 32 93 54 65 76 87 -32767 32769 28674 28674 -2 65534 11 1122ab44 cdef7788\n"},
		{"2.2", 3, "Fatal exception (3):"},
		{"2.0", 3, "Fatal exception (3):"},
	} {
		t.Run(tc.version, func(t *testing.T) {
			i := compileFor(t, tc.version, []string{"emulator/elf/testdata/narrow.c"})
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
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
