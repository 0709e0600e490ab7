package elf_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// A UART driver of the program's own works: on the registers, with an interrupt, with the ROM's variables, which nothing that the SDK
// lends overwrites; and a function of the program's own wins over one of the SDK's of that name.
func TestOwnDriver(t *testing.T) {
	i := compile(t, []string{"emulator/elf/testdata/driver.c"})
	assert.Empty(t, i.Missing())
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		require.NoError(t, d.Boot(i.Firmware()))
		for range 40 {
			_, err := io.WriteString(d.UART(), "status?\r")
			require.NoError(t, err)
			time.Sleep(100 * time.Millisecond)
		}
		require.Nil(t, d.Crash())
		var text string
		require.NoError(t, d.Do(func() { text = uart.String() }))
		assert.Contains(t, text, "74880 3 1 256\n")
		assert.Contains(t, text, "channel 77, 1, 5a\n")
		assert.Contains(t, text, "line 1: status?, 4194304 bytes of flash, ")
		assert.Contains(t, text, "line 40: status?, 4194304 bytes of flash, ")
	})
}

// What the compiler leaves to the ROM's arithmetic comes out as on any machine, and nothing of it is missing.
func TestArithmetic(t *testing.T) {
	i := compile(t, []string{"emulator/elf/testdata/arithmetic.c"})
	assert.Empty(t, i.Missing())
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, err := emulator.New(emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, err)
		defer d.Close()
		require.NoError(t, d.Boot(i.Firmware()))
		var text string
		require.NoError(t, d.Do(func() { text = uart.String() }))
		a, b, u := int64(1234567890123), int64(-987654321), uint64(1<<64-1)
		product := uint64(a * b)
		assert.Contains(t, text, fmt.Sprintf("%x%08x %d %d %d 150 -3375 -18 3000000000 -466 -3\n",
			product>>32, uint32(product), a/b, a%b, u/10000000000))
	})
}
