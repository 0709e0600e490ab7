package wasm_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/emu8266/emu8266/emulator/wasm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const firmwareDir = "../../testdata/firmware/"

// prebuilt loads prebuilt firmware.
func prebuilt(tb testing.TB, name string) *wasm.Image {
	tb.Helper()
	i, err := wasm.LoadFile(firmwareDir + name + ".wasm")
	require.NoError(tb, err)
	tb.Cleanup(func() { assert.NoError(tb, i.Close()) })
	return i
}
