package wasm_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// In an image as it is flashed the compiler has taken much away; the errors say what to do.
func TestSymbolsOfOptimisedImage(t *testing.T) {
	i := prebuilt(t, "machine")
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		fw := i.Firmware()
		require.NoError(t, d.Boot(fw))
		_, err := fw.Call("user_init", 1)
		require.ErrorContains(t, err, "user_init takes 0 arguments")
		_, err = i.Coverage()
		assert.ErrorContains(t, err, "emu8266 build --test")
	})
}
