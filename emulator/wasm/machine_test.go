package wasm_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/espemu/espemu/emulator"
	"github.com/espemu/espemu/emulator/wasm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const firmwareDir = "../../testdata/firmware/"

// image loads prebuilt firmware.
func image(tb testing.TB, name string) *wasm.Image {
	tb.Helper()
	i, err := wasm.LoadFile(firmwareDir + name + ".wasm")
	require.NoError(tb, err)
	tb.Cleanup(func() { assert.NoError(tb, i.Close()) })
	return i
}

// The system calls, with what the firmware prints about them.
func TestMachine(t *testing.T) {
	i := image(t, "machine")
	assert.Empty(t, i.Missing())
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1})
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(10 * time.Second)
		require.Nil(t, d.Crash())
		require.NoError(t, d.Close())
		want, err := os.ReadFile("testdata/machine.txt")
		if os.Getenv("UPDATE") != "" {
			require.NoError(t, os.WriteFile("testdata/machine.txt", uart.Bytes(), 0o666))
			return
		}
		require.NoError(t, err)
		assert.Equal(t, strings.Split(string(want), "\n"), strings.Split(uart.String(), "\n"))
	})
}
