package ota_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/devtest"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// program is the firmware of a version, as a compiler makes it.
func program(t *testing.T, version int) []byte {
	b, err := os.ReadFile(fmt.Sprintf("../../testdata/firmware/ota-%d.wasm", version))
	require.NoError(t, err)
	return b
}

// bin is a version in the form in which a device loads it, for slot user1 or user2.
func bin(t *testing.T, version int, slot uint8) []byte {
	b, err := image.BuildUser(slot, program(t, version))
	require.NoError(t, err)
	return b
}

// testbed is a device with version 1 and a server with newer ones.
type testbed struct {
	*emulator.Device
	chip *flash.Chip
	host *vnet.Host
	uart bytes.Buffer

	mu    sync.Mutex
	files map[string][]byte // by path
}

func run(t *testing.T, profile espconn.Profile, test func(t *testing.T, l *testbed)) {
	var images []*wasm.Image
	t.Cleanup(func() {
		for _, i := range images {
			assert.NoError(t, i.Close())
		}
	})
	load := func(code []byte) (emulator.Firmware, error) {
		i, err := wasm.Load(code)
		if err != nil {
			return nil, err
		}
		images = append(images, i)
		return i.Firmware(), nil
	}
	synctest.Test(t, func(t *testing.T) {
		l := &testbed{files: map[string][]byte{}}
		var err error
		l.chip, err = flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		l.Device = emulator.NewTest(t, emulator.Config{Address: netip.MustParsePrefix("10.0.1.1/16"), Profile: profile,
			Flash: l.chip, Program: load, UART: &l.uart, Seed: 1, Checks: emulator.ChecksFail})
		l.host = l.Network().Host("server", netip.MustParseAddr("10.0.0.10"))
		first := bin(t, 1, 1)
		require.NoError(t, l.chip.Write(0x1000, append(first, make([]byte, -len(first)&3)...)))
		test(t, l)
	})
}

// serve starts the server; the function that it returns stops it.
func (l *testbed) serve(t *testing.T) (stop func()) {
	listener, err := l.host.Listen("tcp", ":80")
	require.NoError(t, err)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		b, ok := l.files[r.URL.Path]
		l.mu.Unlock()
		if !ok {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "user.bin", time.Time{}, bytes.NewReader(b))
	})}
	go func() { _ = s.Serve(listener) }()
	return func() { require.NoError(t, s.Close()) }
}

// publish puts a version on the server and calls it the newest.
func (l *testbed) publish(t *testing.T, version int, newest string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for slot := range uint8(2) {
		l.files[fmt.Sprintf("/%d/user%d.bin", version, slot+1)] = bin(t, version, slot+1)
	}
	l.files["/version"] = []byte(newest)
}

func (l *testbed) wait(t *testing.T, texts ...string) {
	t.Helper()
	devtest.WaitLog(t, l.Device, texts...)
}

// From version 1 in user1 to version 2 in user2 and to version 3 in user1, which stays after a reset.
func TestUpgrade(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.ManualV21(), espconn.SDK306()} {
		t.Run(p.Name, func(t *testing.T) {
			run(t, p, func(t *testing.T, l *testbed) {
				stop := l.serve(t)
				l.publish(t, 2, "2")
				require.NoError(t, l.Boot(nil))
				l.wait(t, "version 1, user1", "version 2 into user2", "download: complete", "version 2, user2, on trial",
					"version 2 has passed its trial")
				time.Sleep(5 * time.Minute)
				l.publish(t, 3, "3")
				l.wait(t, "version 3 into user1", "download: complete", "version 3, user1, on trial", "version 3 has passed its trial")
				require.NoError(t, l.Reset())
				require.NoError(t, l.Boot(nil))
				l.wait(t, "version 3, user1")
				stop()
			})
		})
	}
}

// What the server has is damaged, for the other slot, or not there: the old version goes on, and tries again.
func TestBadDownload(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, l *testbed){
		"damaged": func(t *testing.T, l *testbed) {
			b := bin(t, 2, 2)
			b[len(b)/2] ^= 1
			l.files["/2/user2.bin"] = b
		},
		"other slot": func(t *testing.T, l *testbed) { l.files["/2/user2.bin"] = bin(t, 2, 1) },
		"no image":   func(t *testing.T, l *testbed) { l.files["/2/user2.bin"] = []byte("<html>maintenance</html>") },
		"not there":  func(t *testing.T, l *testbed) { delete(l.files, "/2/user2.bin") },
	} {
		t.Run(name, func(t *testing.T) {
			run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
				stop := l.serve(t)
				l.publish(t, 2, "2")
				l.mu.Lock()
				spoil(t, l)
				l.mu.Unlock()
				require.NoError(t, l.Boot(nil))
				l.wait(t, "version 2 into user2", "download: failed")
				l.publish(t, 2, "2")
				l.wait(t, "version 2 into user2", "download: complete", "version 2, user2, on trial")
				stop()
			})
		})
	}
}

// The power goes at any of the steps at which the flash changes: the device boots version 1 or version 2, never nothing,
// and ends with version 2.
func TestPowerCuts(t *testing.T) {
	var steps uint64
	run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
		stop := l.serve(t)
		l.publish(t, 2, "2")
		before := l.chip.Steps()
		require.NoError(t, l.Boot(nil))
		l.wait(t, "version 2, user2")
		require.NoError(t, l.Do(func() { steps = l.chip.Steps() - before }))
		stop()
	})
	require.NotZero(t, steps)
	for step := uint64(1); step <= steps; step += 7 {
		run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
			stop := l.serve(t)
			l.publish(t, 2, "2")
			require.NoError(t, l.Do(func() { l.chip.CutPower(flash.PowerCut{Step: step, Moment: flash.During, Seed: step}) }))
			require.NoError(t, l.Boot(nil))
			for i, powered := 0, true; powered; i++ {
				require.Less(t, i, 600, "step %d", step)
				time.Sleep(time.Second)
				require.NoError(t, l.Do(func() { powered = l.chip.Powered() }))
			}
			require.NoError(t, l.Reset())
			require.NoError(t, l.Do(l.chip.PowerOn))
			require.NoError(t, l.Boot(nil))
			l.wait(t, "version 2, user2")
			stop()
		})
	}
}

// The server is gone when the new version runs: it goes back to the old one, which is sound.
func TestTrialFails(t *testing.T) {
	run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
		stop := l.serve(t)
		l.publish(t, 2, "2")
		require.NoError(t, l.Boot(nil))
		l.wait(t, "download: complete")
		stop()
		l.wait(t, "version 2, user2, on trial", "no server, err -9", "back to user1", "version 1, user1")
	})
}

// What depends on the length and the content of the image.
var (
	progress = regexp.MustCompile(`totallen = \d+\n`)
	number   = regexp.MustCompile(`(Content-Length: |sumlength = |_crc = )\d+`)
)

// The output that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	run(t, espconn.ManualV21(), func(t *testing.T, l *testbed) {
		stop := l.serve(t)
		l.publish(t, 2, "2")
		require.NoError(t, l.Boot(nil))
		l.wait(t, "passed its trial")
		stop()
		require.NoError(t, l.Device.Close())
		out := strings.ReplaceAll(l.uart.String(), "\r\n", "\n")
		out = number.ReplaceAllString(progress.ReplaceAllString(out, ""), "${1}N")
		assert.Contains(t, string(readme), "```\n"+out+"```\n", "the README shows another output:\n%s", out)
	})
}
