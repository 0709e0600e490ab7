package wasm_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// kernels are the functions of testdata/compute.c.
var kernels = []string{"crc", "sha", "floats", "branches", "calls"}

// computing builds testdata/compute.c with a level of optimisation, as firmware is built.
func computing(b *testing.B, level string) []byte {
	b.Helper()
	out := filepath.Join(b.TempDir(), "compute.wasm")
	_, err := build.Build(b.Context(), build.Options{Sources: []string{"compute.c"}, Dir: "testdata", Output: out, CFlags: []string{level}})
	if err != nil {
		b.Skip(err)
	}
	image, err := os.ReadFile(out)
	require.NoError(b, err)
	return image
}

// bare is the image in wazero as it is, without a count.
func bare(b *testing.B, image []byte) api.Module {
	b.Helper()
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	b.Cleanup(func() { _ = r.Close(ctx) })
	compiled, err := r.CompileModule(ctx, image)
	require.NoError(b, err)
	hosts := map[string]wazero.HostModuleBuilder{}
	for _, d := range compiled.ImportedFunctions() {
		from, name, _ := d.Import()
		if hosts[from] == nil {
			hosts[from] = r.NewHostModuleBuilder(from)
		}
		hosts[from].NewFunctionBuilder().WithGoFunction(api.GoFunc(func(context.Context, []uint64) {}), d.ParamTypes(), d.ResultTypes()).
			Export(name)
	}
	for _, h := range hosts {
		_, err := h.Instantiate(ctx)
		require.NoError(b, err)
	}
	m, err := r.InstantiateModule(ctx, compiled, wazero.NewModuleConfig())
	require.NoError(b, err)
	return m
}

// native are the times of a round of each kernel with gcc -O2; empty without gcc.
func native(b *testing.B) map[string]float64 {
	b.Helper()
	program := filepath.Join(b.TempDir(), "native")
	if err := exec.Command("gcc", "-O2", "-w", "-o", program, filepath.Join("testdata", "compute.c")).Run(); err != nil {
		return nil
	}
	best := map[string]float64{}
	for range 5 {
		out, err := exec.Command(program).Output()
		require.NoError(b, err)
		for line := range strings.Lines(string(out)) {
			var name string
			var ns float64
			_, err := fmt.Sscan(line, &name, &ns)
			require.NoError(b, err)
			if have, ok := best[name]; !ok || ns < have {
				best[name] = ns
			}
		}
	}
	return best
}

// Pure computing in firmware, beside the same image in wazero without a count (x-bare) and the same C with gcc -O2 (x-gcc): the least time
// of the CPU in turns.
func BenchmarkCompute(b *testing.B) {
	gcc := native(b)
	for _, level := range []string{"-Os", "-O2"} {
		image := computing(b, level)
		i, err := wasm.Load(image)
		require.NoError(b, err)
		d, err := emulator.New(emulator.Config{NoAutoConnect: true, TraceLimit: -1})
		require.NoError(b, err)
		fw := i.Firmware()
		require.NoError(b, d.Boot(fw))
		without := bare(b, image)
		for _, name := range kernels {
			b.Run(name+level, func(b *testing.B) {
				const rounds = 100 // of one call: some milliseconds, and less than the watchdog allows
				f := without.ExportedFunction(name)
				least := [2]time.Duration{1 << 62, 1 << 62}
				for b.Loop() {
					start := cpuTime()
					result, err := fw.Call(name, rounds)
					least[0] = min(least[0], cpuTime()-start)
					require.NoError(b, err)
					start = cpuTime()
					same, err := f.Call(context.Background(), rounds)
					least[1] = min(least[1], cpuTime()-start)
					require.NoError(b, err)
					if name != "sha" { // it goes on from where it was
						require.Equal(b, uint32(same[0]), uint32(result))
					}
				}
				ns := float64(least[0].Nanoseconds()) / rounds
				b.ReportMetric(ns/1000, "cpu-µs/round")
				b.ReportMetric(float64(least[0])/float64(least[1]), "x-bare")
				if gcc[name] > 0 {
					b.ReportMetric(ns/gcc[name], "x-gcc")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
		require.NoError(b, d.Close())
		require.NoError(b, i.Close())
	}
}
