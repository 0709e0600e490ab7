package wasm_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/wasm"
)

func TestProgramsRefuses(t *testing.T) {
	var programs wasm.Programs
	for _, bad := range [][]byte{nil, []byte("v2"), []byte("\x00asm\x01\x00\x00\x00")} {
		_, err := programs.Load(bad)
		assert.Error(t, err)
	}
	require.NoError(t, programs.Close())
}
