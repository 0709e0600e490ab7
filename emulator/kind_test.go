package emulator_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/board"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/sdk"
	"github.com/emu8266/emu8266/espconn"
)

// onBoard boots firmware that gives the test its board.
func onBoard(t *testing.T, cfg emulator.Config) (*emulator.Device, *emulator.Board) {
	var b *emulator.Board
	d := emulator.NewTest(t, cfg)
	require.NoError(t, d.Boot(emulator.Go(func(s *emulator.SDK) { b = s.Board() })))
	return d, b
}

// While the CPU is busy no timer runs, and those that came due run afterwards, in order.
func TestBusyDelaysTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := onBoard(t, emulator.Config{NoAutoConnect: true})
		var at []time.Duration
		require.NoError(t, d.Do(func() {
			for _, ms := range []time.Duration{10, 5, 40} {
				b.ArmTimer(&board.Timer{}, ms*time.Millisecond, false, func() { at = append(at, b.Uptime()) })
			}
			b.Busy(-time.Second) // no time
			b.Busy(20 * time.Millisecond)
			assert.Equal(t, 20*time.Millisecond, b.Uptime())
		}))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []time.Duration{20 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond}, at)
		}))
	})
}

// An installed putc gets what os_printf and the emulator.SDK print; the UART gets what putc writes. A crash ends it.
func TestInstallPutc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, b := onBoard(t, emulator.Config{NoAutoConnect: true, UART: &uart})
		require.NoError(t, d.Do(func() {
			b.InstallPutc(func(c byte) { _, _ = b.Write([]byte{c, c}) })
			b.Printf("ab")
			b.Print([]byte("c\n"))
			sdk.New(b).SystemSetOsPrint(0)
			assert.Zero(t, sdk.New(b).SystemGetOsPrint())
			b.Print([]byte("silent"))
			sdk.New(b).SystemSetOsPrint(1)
			assert.EqualValues(t, 1, sdk.New(b).SystemGetOsPrint())
			b.InstallPutc(func(byte) { t.Error("called after the crash") })
		}))
		d.ExpectCrash()
		require.NoError(t, d.Do(func() { b.Fatal(chip.Crash{Cause: 28, Why: "why", Where: "main.c:1", Stack: []string{"f main.c:1"}}) }))
		assert.Equal(t, &chip.Crash{Cause: 28, Why: "why", Where: "main.c:1", Stack: []string{"f main.c:1"}, Callback: "f main.c:1"},
			d.Crash())
		var text string
		require.NoError(t, d.Do(func() { text = uart.String() }))
		assert.Equal(t, "aabbcc\n\nFatal exception (28):\n", text)
		events := d.Trace().Events()
		fatal, frame := events[len(events)-3], events[len(events)-2]
		assert.Equal(t, []string{"fatal", "main.c:1", "why"}, []string{fatal.Kind.String(), fatal.Name, fatal.Text})
		assert.Equal(t, []string{"frame", "f main.c:1"}, []string{frame.Kind.String(), frame.Text})
	})
}

func TestWatchdogCrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var uart bytes.Buffer
		d, b := onBoard(t, emulator.Config{NoAutoConnect: true, UART: &uart})
		d.ExpectCrash()
		require.NoError(t, d.Do(func() { b.Fatal(chip.Crash{Cause: espconn.CauseSoftWatchdog, Why: "loop"}) }))
		require.NoError(t, d.Do(func() { assert.Equal(t, "soft wdt reset\n", uart.String()) }))
	})
}
