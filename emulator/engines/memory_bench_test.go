package engines_test

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/virtual"
	"github.com/emu8266/emu8266/netstack/vnet"
)

// Memory of a device, heap and stacks: idle with its address, and with a TLS session (4 KB buffer), the server's end included; without and
// with the default trace.
func BenchmarkMemory(b *testing.B) {
	idle := func(trace int) float64 {
		return memory(b, trace, func() emulator.Firmware { return emulator.Go(func(*emulator.SDK) {}) })
	}
	rows := map[string]func(trace int) float64{"Go-idle": idle}
	for _, e := range engines {
		i := e.image(b, "hello-tls-4096")
		rows[e.name+"-TLS"] = func(trace int) float64 { return memory(b, trace, func() emulator.Firmware { return i.Firmware() }) }
	}
	rows["Go-TLS"] = func(trace int) float64 {
		return memory(b, trace, func() emulator.Firmware { return emulator.Go((&twin{size: 4096}).init) })
	}
	for name, row := range rows {
		for kind, trace := range map[string]int{"": -1, "-traced": 0} {
			b.Run(name+kind, func(b *testing.B) {
				for range b.N {
					b.ReportMetric(row(trace)/1024, "KB/device")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// memory returns the bytes of each of 200 devices.
func memory(b *testing.B, trace int, firmware func() emulator.Firmware) (each float64) {
	const count = 200
	require.NoError(b, virtual.Run(func() error {
		inside := &inside{TB: b}
		network := vnet.New(vnet.Options{Seed: 1})
		startServer(inside, network, netip.MustParseAddrPort("10.0.0.1:8883"), 20*time.Second)
		before := kept()
		all := make([]*emulator.Device, count)
		for n := range all {
			d, err := emulator.New(emulator.Config{Network: network, Seed: uint64(n + 1), TraceLimit: trace,
				Address: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(4 + n>>8), byte(n)}), 16)})
			require.NoError(b, err)
			all[n] = d
			require.NoError(b, d.Boot(firmware()))
		}
		time.Sleep(10 * time.Second)
		each = float64(kept()-before) / count
		time.Sleep(time.Minute)
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

// kept returns the bytes of the heap and of the stacks that are in use.
func kept() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
