package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash/image"
)

// A device that restarts into what the emulator has no program for stands still: the run ends at once, and does not say that all was well.
func TestRunUnbootable(t *testing.T) {
	user2, err := image.BuildUser(2, []byte("machine code of another maker"))
	require.NoError(t, err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(user2))
	}))
	defer server.Close()
	var out, said bytes.Buffer
	code := run([]string{"run", "../../testdata/firmware/upgrade-1.wasm", "--timeout", "10m",
		"--allow", "10.0.0.9:80=" + strings.TrimPrefix(server.URL, "http://")}, &out, &said)
	assert.Equal(t, exitFailed, code)
	assert.Contains(t, out.String(), "loaded 1")
	assert.Contains(t, said.String(), "the emulator cannot boot what the flash holds: no firmware in user2")
}
