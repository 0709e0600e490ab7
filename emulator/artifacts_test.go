package emulator_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wifi"
)

// withPassword joins an access point that has one, and prints it.
func withPassword(r *recorder) *emulator.Device {
	d := emulator.NewTest(r, emulator.Config{Name: "a/b",
		AccessPoint: wifi.AccessPoint{SSID: "home", Password: "open sesame", AuthMode: wifi.AuthWPA2PSK}})
	_ = d.Boot(emulator.Go(func(s *emulator.SDK) { s.OsPrintf("the password is %s\n", "open sesame") }))
	time.Sleep(5 * time.Second)
	return d
}

// TestArtifacts: a failed test leaves a page and a capture for each device, one that passed nothing.
func TestArtifacts(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(emulator.ArtifactsEnv, dir)
	synctest.Test(t, func(t *testing.T) {
		passed := &recorder{}
		withPassword(passed)
		passed.end()
		require.Empty(t, passed.errors)
		list, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, list)

		r := &recorder{}
		withPassword(r)
		withPassword(r)
		r.Errorf("this test fails")
		r.end()
		require.Len(t, r.errors, 1)
		said := strings.Join(r.logs, "\n")
		for _, name := range []string{"a_b.html", "a_b-2.html", "a_b.pcapng", "a_b-2.pcapng"} {
			path := filepath.Join(dir, "recorder", name)
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.NotContains(t, string(b), "open sesame", name)
			if strings.HasSuffix(name, ".html") {
				assert.Contains(t, said, "report of a/b: "+path)
				assert.Contains(t, string(b), "the password is ********")
				assert.Contains(t, string(b), "capture.pcapng")
				assert.Contains(t, string(b), "The test recorder failed")
				assert.Contains(t, string(b), "on the device itself: nothing failed")
				assert.NotContains(t, string(b), `class="verdict good"`)
			}
		}
	})
}

// TestArtifactsHint: without a folder the failure says how to get the page.
func TestArtifactsHint(t *testing.T) {
	t.Setenv(emulator.ArtifactsEnv, "")
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		withPassword(r)
		r.Errorf("this test fails")
		r.end()
		assert.Contains(t, strings.Join(r.logs, "\n"), "go test -artifacts, or EMU8266_ARTIFACTS=DIR")
	})
}
