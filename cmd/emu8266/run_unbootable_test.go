package main

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

// A device that restarts into what the emulator has no program for stands still: the run ends at once, and does not say that all was well.
func TestRunUnbootable(t *testing.T) {
	for program, want := range map[string]string{
		"machine code of another maker": "no firmware in user2",
		string(outOfMemory(t)):          "data[0]: out of bounds memory access",
	} {
		user2, err := image.BuildUser(2, []byte(program))
		require.NoError(t, err)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(user2))
		}))
		defer server.Close()
		var out, said bytes.Buffer
		code := run([]string{"run", "../../testdata/firmware/upgrade-1.wasm", "--timeout", "10m",
			"--allow", "10.0.0.9:80=" + strings.TrimPrefix(server.URL, "http://")}, &out, &said)
		assert.Equal(t, exitFailed, code, want)
		assert.Contains(t, out.String(), "loaded 1")
		assert.Contains(t, said.String(), "the device cannot boot: ")
		assert.Contains(t, said.String(), "the emulator cannot boot what the flash holds: ")
		assert.Contains(t, said.String(), want)
	}
}

// outOfMemory is firmware that is well formed, whose first data go to an address that it has no memory at.
func outOfMemory(t *testing.T) []byte {
	b, err := os.ReadFile("../../testdata/firmware/upgrade-2.wasm")
	require.NoError(t, err)
	var out []byte
	for at := 8; at < len(b); {
		size, n := binary.Uvarint(b[at+1:])
		end := at + 1 + n + int(size)
		if b[at] == 11 { // one segment: i32.const, end, bytes
			data := []byte{1, 0, 0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x07, 0x0B, 1, 'x'}
			out = append(append(out, 11, byte(len(data))), data...)
		} else {
			out = append(out, b[at:end]...)
		}
		at = end
	}
	return append(b[:8:8], out...)
}
