package emulator_test

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/flash/image"
)

// The SDK's flash functions: results, rounding, parameters; the flash lives on over a reset.
func TestFlashFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{})
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			assert.EqualValues(t, 0x1640EF, sdk.SpiFlashGetID())
			assert.Equal(t, image.Map32M1024x1024, sdk.SystemGetFlashSizeMap())
			assert.Equal(t, 0, sdk.SpiFlashEraseSector(0x200))
			assert.Equal(t, 1, sdk.SpiFlashEraseSector(0x400))
			assert.Equal(t, 0, sdk.SpiFlashWrite(0x200000, []byte("hello")))
			assert.Equal(t, 1, sdk.SpiFlashWrite(0x200001, []byte("hell")))
			assert.Equal(t, 1, sdk.SpiFlashWrite(0x200000, nil))
			assert.Equal(t, 1, sdk.SpiFlashRead(0x3FFFFF, make([]byte, 2)))
			assert.True(t, sdk.SystemParamSaveWithProtect(0x3C, []byte("saved")))
			assert.False(t, sdk.SystemParamSaveWithProtect(0x3C, nil))
			assert.False(t, sdk.SystemParamSaveWithProtect(0x3FE, []byte("saved")))
		})))
		require.NoError(t, d.Reset())
		require.NoError(t, d.Boot(emulator.Go(func(sdk *emulator.SDK) {
			p := make([]byte, 6)
			assert.Equal(t, 0, sdk.SpiFlashRead(0x200000, p))
			assert.Equal(t, "hello\xff", string(p))
			assert.True(t, sdk.SystemParamLoad(0x3C, 1, p[:4]))
			assert.Equal(t, "aved", string(p[:4]))
			assert.False(t, sdk.SystemParamLoad(0x3C, 4095, p))
			assert.True(t, sdk.SystemParamLoad(0x100, 0, p))
			assert.Equal(t, bytes.Repeat([]byte{0xFF}, 6), p)
			assert.Equal(t, 0, sdk.SpiFlashWrite(0, []byte{0xE9, 1, 2, 0x40}))
			assert.Equal(t, image.Map32M512x512, sdk.SystemGetFlashSizeMap(), "the image's header counts")
		})))
	})
}
