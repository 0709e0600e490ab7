package wasm

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

var update = flag.Bool("update", false, "write what the firmware printed and which lines ran")

// AssertMachine boots testdata/firmware/machine.c and compares what it prints with testdata/firmware/machine.txt.
func AssertMachine(t *testing.T, i *Image) {
	const golden = "../../testdata/firmware/machine.txt"
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(10 * time.Second)
		require.Nil(t, d.Crash())
		require.NoError(t, d.Close())
		if *update {
			require.NoError(t, os.WriteFile(golden, uart.Bytes(), 0o666))
		}
		want, err := os.ReadFile(golden)
		require.NoError(t, err)
		assert.Equal(t, strings.Split(string(want), "\n"), strings.Split(uart.String(), "\n"))
	})
}

// Update tells whether golden files are to be written.
func Update() bool { return *update }

// Callbacks calls a function pointer n times, as the SDK does.
func (f *Firmware) Callbacks(pointer uint32, n int) error {
	return f.do(func(g *guest) error {
		for range n {
			g.Call(pointer, 0)
		}
		return nil
	})
}
