package wasm_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/espemu/espemu/emulator"
	"github.com/espemu/espemu/emulator/wasm"
)

func BenchmarkLoad(b *testing.B) {
	code, err := os.ReadFile(firmwareDir + "hello-tls-4096.wasm")
	require.NoError(b, err)
	for b.Loop() {
		i, err := wasm.Load(code)
		require.NoError(b, err)
		require.NoError(b, i.Close())
	}
}

// A boot and a reset, against the same program in Go.
func BenchmarkBoot(b *testing.B) {
	i := image(b, "hello-tls-4096")
	for name, firmware := range map[string]func() emulator.Firmware{
		"C":  func() emulator.Firmware { return i.Firmware() },
		"Go": func() emulator.Firmware { return emulator.Go((&twin{size: 4096}).init) },
	} {
		b.Run(name, func(b *testing.B) {
			d, err := emulator.New(emulator.Config{NoAutoConnect: true, TraceLimit: -1})
			require.NoError(b, err)
			defer d.Close()
			for b.Loop() {
				require.NoError(b, d.Boot(firmware()))
				require.NoError(b, d.Reset())
			}
		})
	}
}
