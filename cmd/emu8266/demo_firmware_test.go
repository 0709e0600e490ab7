package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The images that the demo runs are those of testdata/firmware, byte for byte.
func TestDemoFirmwareIsTheExamples(t *testing.T) {
	for name, embedded := range map[string][]byte{"hello-tls-2048.wasm": helloTLS2048, "hello-tls-4096.wasm": helloTLS4096} {
		b, err := os.ReadFile("../../testdata/firmware/" + name)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(b, embedded), "%s differs: run testdata/firmware/build.sh", name)
	}
}
