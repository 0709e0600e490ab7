package elf_test

import (
	"bytes"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// A handler of a program changes the registers and goes on, or keeps what happened and restarts (lx106.md 10.7). One that comes to no
// end, fails in itself or loses its stack ends the program in bounded time.
func TestExceptionHandlers(t *testing.T) {
	for how, tc := range []struct {
		uart  string
		cause int
		why   string
	}{
		{uart: "went on: 1234, 1, cause 28 28\nagain 1\nkept\n"},
		{cause: -1, why: "for 3.2 s"},
		{cause: 28, why: "load"},
		{cause: 28, why: "load"},
		{cause: 2, why: "0x3ffe8000"},
		{cause: 28, why: "0x00000010"},
	} {
		t.Run(fmt.Sprint(how), func(t *testing.T) {
			i := compile(t, []string{"emulator/elf/testdata/exceptions.c"}, fmt.Sprintf("HOW=%d", how))
			synctest.Test(t, func(t *testing.T) {
				var uart bytes.Buffer
				d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
				require.NoError(t, err)
				defer d.Close()
				_ = d.Boot(i.Firmware())
				time.Sleep(10 * time.Second)
				var out string
				require.NoError(t, d.Do(func() { out = uart.String() }))
				assert.Contains(t, out, tc.uart)
				assert.NotContains(t, out, "never")
				if tc.why == "" {
					assert.Nil(t, d.Crash())
					assert.Contains(t, out, "before 0 0\n")
					assert.Contains(t, out, "saved 0 at the program\n")
					return
				}
				require.NotNil(t, d.Crash())
				assert.Equal(t, tc.cause, d.Crash().Cause)
				assert.Contains(t, d.Crash().Why, tc.why)
			})
		})
	}
}
