package cabi_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// inFlash puts a text to the flash of the program, where USE_OPTIMIZE_PRINTF puts formats.
func (g *fake) inFlash(s string) uint32 {
	copy(g.flash, append([]byte(s), 0))
	return flashBase
}

// While os_printf prints a format that lies in the flash a copy of it is in the heap: whole words, a NUL and the header; at least one word.
// A format in RAM has none, ets_printf of the ROM makes none, and none is made where os_printf is off (lwip.md 16).
func TestFormatInFlash(t *testing.T) {
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		before := g.board.FreeHeap()
		var least uint32
		g.call("ets_install_putc1", g.function(func([]uint32) { least = min(least, g.board.FreeHeap()) }))
		for _, tc := range []struct {
			function, format string
			flash            bool
			takes            uint32
		}{
			{"os_printf_plus", "1234567\n", true, 32},
			{"os_printf_plus", "12345678\n", true, 32},
			{"os_printf_plus", strings.Repeat("1234567\n", 5), true, 64},
			{"os_printf_plus", strings.Repeat("1234567\n", 5), false, 0},
			{"ets_printf", strings.Repeat("1234567\n", 5), true, 0},
		} {
			p := uint32(0)
			if p = g.str(tc.format); tc.flash {
				p = g.inFlash(tc.format)
			}
			least = before
			g.call(tc.function, p)
			assert.Equal(t, tc.takes, before-least, "%s %q in flash: %t", tc.function, tc.format, tc.flash)
			assert.Equal(t, before, g.board.FreeHeap())
		}
		failures, empty := g.board.HeapStats().Failures, g.inFlash("")
		g.board.ResetHeapPeak()
		has := g.board.HeapStats().ChargedPeak
		g.call("os_printf_plus", empty)
		assert.EqualValues(t, 24, g.board.HeapStats().ChargedPeak-has, "an empty format")
		g.board.ResetHeapPeak()
		g.call("system_set_os_print", 0)
		g.call("os_printf_plus", g.inFlash("off\n"))
		assert.Equal(t, has, g.board.HeapStats().ChargedPeak, "nothing is printed")
		assert.Equal(t, failures, g.board.HeapStats().Failures)
	}, nil)
}

// With too little heap for its copy, of a format in the flash the first 64 bytes are printed, and nothing is taken.
func TestFormatWithoutHeap(t *testing.T) {
	var uart bytes.Buffer
	boot(t, emulator.Config{UART: &uart, NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		for g.board.FreeHeap() >= 96 {
			require.NotZero(t, g.board.Alloc(g.board.HeapStats().LargestFree-96, "all"))
		}
		uart.Reset()
		g.call("os_printf_plus", g.inFlash(strings.Repeat("-", 60)+"%d%d and more\n"), 5, 6)
		assert.Equal(t, strings.Repeat("-", 60)+"56", uart.String())
		assert.NotZero(t, g.board.FreeHeap())
	}, nil)
}

// A format in the flash whose copy finds no memory, though enough is free, ends an SDK's device: the copy goes to address 0. With the
// manual's profile the line is printed.
func TestFormatWithoutMemory(t *testing.T) {
	for _, p := range []espconn.Profile{espconn.SDK221(), espconn.SDK306(), espconn.SDK306SSL(), espconn.ManualV21()} {
		t.Run(p.Name, func(t *testing.T) {
			var uart bytes.Buffer
			c := emulator.Config{UART: &uart, NoAutoConnect: true, Profile: p, ExpectCrash: true}
			boot(t, c, cabi.Program{}, func(g *fake) {
				timer := g.space(64)
				g.call("ets_timer_setfn", timer, g.function(func([]uint32) { g.call("os_printf_plus", g.inFlash("%d lines\n"), 1) }), 0)
				g.call("ets_timer_arm_new", timer, 10, 0, 1)
			}, func(d *emulator.Device, _ *fake) {
				d.Fail(emulator.Shortage{Nth: 1})
				time.Sleep(time.Second)
				synctest.Wait()
				assert.Contains(t, uart.String(), "E:M ")
				if !p.LineCrashes {
					assert.Contains(t, uart.String(), "1 lines\n")
					return
				}
				require.NotNil(t, d.Crash())
				assert.Equal(t, espconn.CauseStoreProhibited, d.Crash().Cause)
				assert.Contains(t, d.Crash().Why, "the format of a line found no memory")
				assert.NotContains(t, uart.String(), "lines")
			})
		})
	}
}
