package build

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// boot runs an image for a second; the device must print the texts.
func boot(t *testing.T, image *wasm.Image, texts ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart})
		require.NoError(t, d.Boot(image.Firmware()))
		time.Sleep(time.Second)
		crash := d.Crash()
		require.NoError(t, d.Close()) // the UART is ours now
		assert.Nil(t, crash)
		for _, text := range texts {
			assert.Contains(t, uart.String(), text)
		}
	})
}
