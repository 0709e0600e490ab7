package engines_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// All of these take the time of the CPU, which says more than the clock where others use the machine too.

// A boot to the end of user_init and a reset, on both engines and of the same program in Go.
func BenchmarkBoot(b *testing.B) {
	kinds := map[string]func() emulator.Firmware{"Go": func() emulator.Firmware { return emulator.Go((&twin{size: 4096}).init) }}
	for _, e := range engines {
		i := e.image(b, "hello-tls-4096")
		kinds[e.name] = func() emulator.Firmware { return i.Firmware() }
	}
	for name, firmware := range kinds {
		b.Run(name, func(b *testing.B) {
			d, err := emulator.New(emulator.Config{NoAutoConnect: true, TraceLimit: -1})
			require.NoError(b, err)
			defer d.Close()
			b.ReportAllocs()
			start := cpuTime()
			for b.Loop() {
				require.NoError(b, d.Boot(firmware()))
				require.NoError(b, d.Reset())
			}
			perOp(b, start)
		})
	}
}

// A call by name from a test: to the device's goroutine, through the function and back.
func BenchmarkCall(b *testing.B) {
	for _, e := range engines {
		i := e.image(b, "unit")
		b.Run(e.name, func(b *testing.B) {
			d, err := emulator.New(emulator.Config{NoAutoConnect: true, TraceLimit: -1})
			require.NoError(b, err)
			defer d.Close()
			fw := i.Firmware()
			require.NoError(b, d.Boot(fw))
			args := []any{7, 0, 5} // made here, as fw is an interface
			b.ReportAllocs()
			start := cpuTime()
			for b.Loop() {
				if _, err := fw.Call("clamp", args...); err != nil {
					b.Fatal(err)
				}
			}
			perOp(b, start)
		})
	}
}

// It allocates nothing.
func TestCallAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("with the race detector sync.Pool drops some of what it is given")
	}
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) {
			d := emulator.NewTest(t, emulator.Config{NoAutoConnect: true, TraceLimit: -1})
			fw := e.image(t, "unit").Firmware()
			require.NoError(t, d.Boot(fw))
			args := []any{7, 0, 5} // made here, as fw is an interface
			assert.Zero(t, testing.AllocsPerRun(1000, func() {
				_, err := fw.Call("clamp", args...)
				assert.NoError(t, err)
			}))
		})
	}
}

// perOp reports the CPU's time of an operation since start, in microseconds.
func perOp(b *testing.B, start time.Duration) {
	b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/1000/float64(b.N), "cpu-µs/op")
	b.ReportMetric(0, "ns/op")
}

// compute builds testdata/compute.c for an engine.
func compute(b *testing.B, e engine) firmware {
	root, err := filepath.Abs("../..")
	require.NoError(b, err)
	out := filepath.Join(b.TempDir(), "compute")
	_, err = build.Build(context.Background(), build.Options{Sources: []string{filepath.FromSlash("emulator/engines/testdata/compute.c")},
		Output: out, Dir: root, Engine: e.name})
	if errors.Is(err, build.ErrGCC) || errors.Is(err, build.ErrTools) {
		b.Skip(err)
	}
	require.NoError(b, err)
	program, err := os.ReadFile(out)
	require.NoError(b, err)
	d, err := emulator.New(emulator.Config{NoAutoConnect: true, TraceLimit: -1})
	require.NoError(b, err)
	b.Cleanup(func() { _ = d.Close() })
	fw := e.load(b, program).Firmware()
	require.NoError(b, d.Boot(fw))
	return fw
}

// The same C on both engines, in turns: million instructions of the LX106 a second, how many times that is a chip of 80 MHz with one each
// cycle, and how many times as long it takes as on WebAssembly. Of each engine the fastest turn counts: what else the machine does makes
// the others slower, in CPU time too.
func BenchmarkCompute(b *testing.B) {
	onWasm, onLX106 := compute(b, engines[0]), compute(b, engines[1])
	for _, name := range []string{"crc", "sha", "branch"} {
		b.Run(name, func(b *testing.B) {
			spent := [2]time.Duration{math.MaxInt64, math.MaxInt64}
			cycles := 0.0
			for b.Loop() {
				for n, fw := range []firmware{onWasm, onLX106} {
					start := cpuTime()
					result, err := fw.Call(name)
					require.NoError(b, err)
					spent[n] = min(spent[n], cpuTime()-start)
					if n == 1 {
						cycles = float64(uint32(result))
					}
				}
			}
			mips := cycles / spent[1].Seconds() / 1e6
			b.ReportMetric(mips, "MIPS")
			b.ReportMetric(mips/80, "chips")
			b.ReportMetric(spent[1].Seconds()/spent[0].Seconds(), "x-wasm")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// Devices in one process, each with a TLS session: the CPU's time and the memory of each, its server's end included.
func BenchmarkDevices(b *testing.B) {
	for _, e := range engines {
		i := e.image(b, "hello-tls-4096")
		for _, count := range []int{50, 500} {
			b.Run(fmt.Sprintf("%s/%d", e.name, count), func(b *testing.B) {
				for range b.N {
					start := cpuTime()
					each := devices(b, i, count)
					b.ReportMetric(float64((cpuTime()-start).Microseconds())/float64(count), "cpu-µs/device")
					b.ReportMetric(each/1024, "KB/device")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// devices runs firmware on so many devices to the end of their sessions, and returns the bytes of each while it is connected.
func devices(b *testing.B, i image, count int) (each float64) {
	require.NoError(b, virtual.Run(func() error {
		inside := &inside{TB: b}
		network := vnet.New(vnet.Options{Seed: 1})
		startServer(inside, network, netip.MustParseAddrPort("10.0.0.1:8883"), 20*time.Second)
		before := inUse()
		all := make([]*emulator.Device, count)
		var ended atomic.Int64
		for n := range all {
			d, err := emulator.New(emulator.Config{
				Network: network, Address: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(4 + n>>8), byte(n)}), 16),
				Seed: uint64(n + 1), TraceLimit: -1,
			})
			require.NoError(b, err)
			d.Trace().Follow(func(e trace.Event) {
				if e.Source == trace.SourceUART && e.Text == "disconnect callback" {
					ended.Add(1)
				}
			})
			all[n] = d
			require.NoError(b, d.Boot(i.Firmware()))
		}
		time.Sleep(10 * time.Second)
		each = float64(inUse()-before) / float64(count)
		time.Sleep(time.Minute)
		require.EqualValues(b, count, ended.Load(), "sessions that ended in order")
		for _, d := range all {
			require.NoError(b, d.Close())
		}
		for _, end := range inside.ends {
			end()
		}
		return network.Close()
	}))
	return each
}

// inside is a test of which a part runs in virtual time: what that part has to clean up.
type inside struct {
	testing.TB
	ends []func()
}

func (t *inside) Cleanup(f func()) { t.ends = append(t.ends, f) }

// inUse returns the bytes of the heap that are in use.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
