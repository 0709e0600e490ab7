package wasm_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// perOp reports the time of the CPU for each of n operations since start, in microseconds.
func perOp(b *testing.B, start time.Duration, n int) {
	b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/1000/float64(n), "cpu-µs/op")
}

// Compiling an image.
func BenchmarkLoad(b *testing.B) {
	for _, name := range []string{"hello-tls-4096", "mqtt-client", "machine-checked"} {
		b.Run(name, func(b *testing.B) {
			code, err := os.ReadFile(firmwareDir + name + ".wasm")
			require.NoError(b, err)
			b.SetBytes(int64(len(code)))
			start := cpuTime()
			for b.Loop() {
				i, err := wasm.Load(code)
				require.NoError(b, err)
				require.NoError(b, i.Close())
			}
			perOp(b, start, b.N)
		})
	}
}

// The ways between firmware and SDK: a callback, a call of the SDK in a loop of C, a call by name from a test.
func BenchmarkCalls(b *testing.B) {
	d, err := emulator.New(emulator.Config{NoAutoConnect: true, TraceLimit: -1})
	require.NoError(b, err)
	defer d.Close()
	fw := prebuilt(b, "unit").Firmware()
	require.NoError(b, d.Boot(fw))
	b.Run("callback", func(b *testing.B) {
		pointer, err := fw.Get("timer.timer_func")
		require.NoError(b, err)
		start := cpuTime()
		require.NoError(b, fw.Callbacks(uint32(pointer.Uint()), b.N))
		perOp(b, start, b.N)
	})
	b.Run("SDK", func(b *testing.B) {
		const most = 100_000 // the watchdog
		start := cpuTime()
		for left := b.N; left > 0; left -= most {
			_, err := fw.Call("host_calls", min(left, most))
			require.NoError(b, err)
		}
		perOp(b, start, b.N)
	})
	b.Run("by name", func(b *testing.B) {
		b.ReportAllocs()
		start := cpuTime()
		for b.Loop() {
			if _, err := fw.Call("clamp", 7, 0, 5); err != nil {
				b.Fatal(err)
			}
		}
		perOp(b, start, b.N)
	})
}
