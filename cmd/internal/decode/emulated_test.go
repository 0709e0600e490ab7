package decode

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/build"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
)

// The lines that a device prints as it crashes lead to what the emulator itself says of the crash: the same exception, the same cause and
// remedy, in both languages, for both engines.
func TestCrashesAsTheEmulatorTellsThem(t *testing.T) {
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	images := map[string]func(t *testing.T) emulator.Firmware{
		"wasm": func(t *testing.T) emulator.Firmware {
			i, err := wasm.LoadFile(filepath.Join(root, "testdata", "firmware", "faults.wasm"))
			require.NoError(t, err)
			t.Cleanup(func() { assert.NoError(t, i.Close()) })
			return i.Firmware()
		},
		"lx106": compiledFaults(t, root),
	}
	for engine, load := range images {
		told := 0
		for mode := uint32(1); mode <= 26; mode++ {
			switch mode {
			case 11, 15, 16, 19, 22: // what these do is no crash
				continue
			}
			t.Run(fmt.Sprint(engine, mode), func(t *testing.T) {
				firmware := load(t)
				synctest.Test(t, func(t *testing.T) {
					var uart bytes.Buffer
					chip, err := flash.New(emulator.FlashDefault)
					require.NoError(t, err)
					require.NoError(t, chip.Write(0x100000, binary.LittleEndian.AppendUint32(nil, mode)))
					d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1, Flash: chip, ExpectCrash: true})
					require.NoError(t, d.Boot(firmware))
					time.Sleep(10 * time.Second)
					crash := d.Crash()
					require.NoError(t, d.Close()) // the UART is ours now
					if crash == nil || crash.Cause < 0 {
						return // it lives on that engine, or a watchdog has ended it: the watchdog's line has no number
					}
					told++
					for _, l := range cause.Languages() {
						log, err := ReadLog(strings.NewReader(uart.String()), "", l)
						require.NoError(t, err, uart.String())
						require.NotNil(t, log.Crash, uart.String())
						id := cause.OfException(int64(crash.Cause), crash.Epc1)
						own := cause.Of(trace.Event{Source: trace.SourceDevice, Kind: trace.KindCause, Name: string(id), Text: crash.Why,
							Value: int64(crash.Cause)}, l)
						assert.Contains(t, log.Crash.Name, fmt.Sprint(crash.Cause))
						assert.Equal(t, own.Remedy, log.Crash.Remedy, "%s\n%s", uart.String(), crash)
					}
				})
			})
		}
		assert.Greater(t, told, 5, engine)
	}
}

// compiledFaults compiles faults.c for the LX106. Without the compiler that is skipped; in CI it is a failure.
func compiledFaults(t *testing.T, root string) func(t *testing.T) emulator.Firmware {
	t.Helper()
	out := filepath.Join(t.TempDir(), "faults.elf")
	_, err := build.Build(context.Background(), build.Options{Sources: []string{filepath.FromSlash("testdata/firmware/faults.c")},
		Output: out, Dir: root, Engine: build.EngineLX106})
	if errors.Is(err, build.ErrGCC) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	i, err := elf.LoadFile(out)
	require.NoError(t, err)
	return func(*testing.T) emulator.Firmware { return i.Firmware() }
}
