package wasm_test

import (
	"bytes"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// Firmware that uses up what the emulator keeps for it ends in an exception or goes on; the host's memory stays bounded. It
// begins after three seconds and has a tenth of one.
func TestHostileFirmware(t *testing.T) {
	i := prebuilt(t, "hostile")
	for _, tc := range []struct {
		name  string
		mode  uint32
		cause int    // 0: none
		want  string // in the reason of the crash, or in the output
	}{
		{"timers without end", 1, 29, "4096 timers are armed"},
		{"a task that posts itself", 2, 0, ""},
		{"a timer of 0 ms", 3, 0, ""},
		{"recursion through a callback", 4, 29, "callbacks nested 8 deep"},
		{"text without end", 5, -1, "did not return to the SDK"},
		{"heap without end", 6, -1, "did not return to the SDK"},
		{"4 GB of memory", 7, 0, "-1 32 pages"},
		{"connections without end", 8, 0, "connections"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				var out tail
				d, err := emulator.New(emulator.Config{UART: &out, Seed: 1, Flash: modeFlash(t, tc.mode)})
				require.NoError(t, err)
				require.NoError(t, d.Boot(i.Firmware()))
				time.Sleep(3100 * time.Millisecond)
				runtime.GC()
				runtime.ReadMemStats(&after)
				assert.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(128<<20), "bytes of the host")
				crash := d.Crash()
				require.NoError(t, d.Close()) // the output is ours now
				if tc.cause == 0 {
					assert.Nil(t, crash)
					assert.Contains(t, out.String(), tc.want)
				} else if assert.NotNil(t, crash) {
					assert.Equal(t, tc.cause, crash.Cause)
					assert.Contains(t, crash.Why, tc.want)
				}
			})
		})
	}
}

// tail keeps the end of what is written to it.
type tail struct{ bytes.Buffer }

func (w *tail) Write(p []byte) (int, error) {
	if w.Len() > 1<<16 {
		w.Reset()
	}
	return w.Buffer.Write(p)
}
