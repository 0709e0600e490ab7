package engines_test

import (
	"net/netip"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// 1,000 devices in C (50 with -short) on one network, each with a TLS session to the same server, all at a time. They
// share one image. The log tells the time and the memory of each.
func TestThousandDevices(t *testing.T) { onEach(t, testThousandDevices) }

// collect frees what nobody holds; what a pool holds goes with the second time.
func collect() {
	runtime.GC()
	runtime.GC()
}

func testThousandDevices(t *testing.T, e engine) {
	count := 1000
	if testing.Short() {
		count = 50
	}
	start, cpu := time.Now(), cpuTime()
	i := e.image(t, "hello-tls-4096")
	synctest.Test(t, func(t *testing.T) {
		network := vnet.New(vnet.Options{Seed: 1})
		startServer(t, network, netip.MustParseAddrPort("10.0.0.1:8883"), 20*time.Second)
		var before, after runtime.MemStats
		collect()
		runtime.ReadMemStats(&before)

		var connected, echoed, done atomic.Int64
		devices := make([]*emulator.Device, count)
		for n := range devices {
			d, err := emulator.New(emulator.Config{
				Network: network, Address: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(4 + n>>8), byte(n)}), 16),
				Seed: uint64(n + 1), TraceLimit: -1,
			})
			require.NoError(t, err)
			d.Trace().Follow(func(e trace.Event) {
				switch {
				case e.Source != trace.SourceUART:
				case strings.HasPrefix(e.Text, "connect callback"):
					connected.Add(1)
				case strings.HasPrefix(e.Text, "recv callback, 12 bytes: hello from C"):
					echoed.Add(1)
				case e.Text == "disconnect callback":
					done.Add(1)
				}
			})
			devices[n] = d
			require.NoError(t, d.Boot(i.Firmware()))
		}
		time.Sleep(10 * time.Second)
		assert.EqualValues(t, count, connected.Load())
		collect()
		runtime.ReadMemStats(&after)
		each := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / int64(count) / 1024
		t.Logf("%d sessions, %d KB of memory for each, its server's end included", count, each)
		if count == 1000 && !raceEnabled {
			assert.LessOrEqual(t, each, pick(e, int64(160), 200), "KB of each device")
		}
		time.Sleep(time.Minute)
		assert.EqualValues(t, count, echoed.Load())
		assert.EqualValues(t, count, done.Load())
		for _, d := range devices {
			require.Nil(t, d.Crash())
			require.NoError(t, d.Close())
		}
		require.NoError(t, network.Close())
	})
	t.Logf("wall time %v, CPU time %v", time.Since(start).Round(time.Millisecond), (cpuTime() - cpu).Round(time.Millisecond))
}
