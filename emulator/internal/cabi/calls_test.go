package cabi_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/internal/cabi"
	"github.com/emu8266/emu8266/espconn"
)

// Neither cabi nor its tests need an engine that runs code, and cabi does not need the door.
func TestDependencies(t *testing.T) {
	list := func(args ...string) []string {
		out, err := exec.Command("go", append([]string{"list", "-deps"}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
		return strings.Fields(string(out))
	}
	const module = "github.com/emu8266/emu8266/"
	tests := list("-test", ".")
	assert.Contains(t, tests, module+"emulator/internal/cabi")
	assert.NotContains(t, tests, module+"emulator/wasm")
	assert.NotContains(t, strings.Join(tests, "\n"), "wazero")
	assert.NotContains(t, list("."), module+"emulator")
	assert.NotContains(t, list("../../wasm"), module+"emulator", "an engine stands below the door, too")
}

// os_printf and its relations, with arguments in registers and on the stack.
func TestPrint(t *testing.T) {
	var uart bytes.Buffer
	boot(t, emulator.Config{UART: &uart, NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		for _, tc := range []struct {
			format string
			args   []any
			want   string
		}{
			{"plain\n", nil, "plain\n"},
			{"%d %u %x %X %p %c %%|", []any{-42, 0xFFFFFFD6, 0xBEEF, 0xBEEF, 0x3FFE8000, 'A'}, "-42 4294967254 beef BEEF 3ffe8000 A %|"},
			{"[%5d][%-5d][%05d][%+d][% d]", []any{7, 7, 7, 7, 7}, "[    7][7    ][00007][+7][ 7]"},
			{"%d%d%d%d%d%d%d%d%d", []any{1, 2, 3, 4, 5, 6, 7, 8, 9}, "123456789"}, // five in registers
			{"%s and %.2s and %s", []any{"text", "long", 0}, "text and lo and (null)"},
			{"%f %lld %d", []any{1, 2}, "%f 1 2"}, // no floats: %f takes none
			{"%ld %hhx", []any{-1, 0x80}, "-1 80"},
		} {
			uart.Reset()
			n := g.call("os_printf_plus", append([]any{tc.format}, tc.args...)...)
			assert.Equal(t, tc.want, uart.String(), tc.format)
			assert.EqualValues(t, len(tc.want), n, tc.format)
		}
		p := g.space(16)
		assert.EqualValues(t, 6, g.call("ets_sprintf", p, "%s=%d", "abc", 12))
		assert.Equal(t, "abc=12", g.text(p))
		assert.EqualValues(t, 6, g.call("ets_snprintf", p, 4, "%s=%d", "xyz", 12))
		assert.Equal(t, "xyz", g.text(p))
		assert.EqualValues(t, 15, g.call("ets_vsnprintf", p, 16, "%d%d%d%d%d%d%d%s", vaList{1, 2, 3, 4, 5, 6, 7, "stack..."}))
		assert.Equal(t, "1234567stack...", g.text(p))
		g.call("ets_vprintf", g.function(func(w []uint32) { uart.WriteString(fmt.Sprintf("<%c>", w[0])) }), "%d", vaList{12})
		assert.Contains(t, uart.String(), "<1><2>")

		uart.Reset()
		var put []byte
		g.call("ets_install_putc1", g.function(func(w []uint32) { put = append(put, byte(w[0])) }))
		g.call("os_printf_plus", "to the firmware")
		assert.Equal(t, "to the firmware", string(put))
		assert.Empty(t, uart.String())
		g.call("ets_uart_printf", "past it")
		assert.Equal(t, "past it", uart.String())
	}, nil)
}

// Calls that only compute, with what they return and what they leave in memory.
func TestMemoryAndText(t *testing.T) {
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		a, b := g.str("hello"), g.space(16)
		assert.Equal(t, b, g.call("ets_memset", b, 'x', 15))
		assert.Equal(t, b, g.call("ets_memcpy", b, a, 3))
		assert.Equal(t, "helxx", g.text(b)[:5])
		assert.Equal(t, b, g.call("ets_strcpy", b, a))
		assert.Equal(t, b, g.call("ets_strncpy", b, "ab", 4))
		assert.Equal(t, []byte("ab\x00\x00o\x00"), g.bytes(b, 6))
		g.call("ets_bzero", b, 16)
		assert.Equal(t, make([]byte, 16), g.bytes(b, 16))
		for _, tc := range []struct {
			name string
			args []any
			want int32
		}{
			{"ets_strlen", []any{"hello"}, 5},
			{"ets_strcmp", []any{"abc", "abd"}, -1},
			{"ets_strncmp", []any{"abc", "abd", 2}, 0},
			{"ets_memcmp", []any{"abc", "aac", 3}, 1},
			{"ipaddr_addr", []any{"10.0.0.9"}, 0x0900000A},
			{"ipaddr_addr", []any{"10.0.0.x"}, -1},
			{"spi_flash_get_id", nil, 0x1640EF},
			{"system_get_free_heap_size", nil, 49152},
			{"system_get_cpu_freq", nil, 80},
			{"wifi_get_opmode", nil, 1},
			{"espconn_tcp_get_max_con", nil, 5},
			{"espconn_secure_get_size", []any{1}, 2048},
			{"espconn_connect", []any{0}, int32(espconn.ARG)},
			{"espconn_disconnect", []any{0}, int32(espconn.ARG)},
			{"sntp_get_timezone", nil, 8},
			{"rtc_get_reset_reason", nil, 1},
			{"gpio_init", nil, 0},
		} {
			assert.Equal(t, tc.want, int32(g.call(tc.name, tc.args...)), "%s%v", tc.name, tc.args)
		}
		hay := g.str("haystack")
		assert.Equal(t, hay+3, g.call("ets_strstr", hay, "st"))
		assert.Zero(t, g.call("ets_strstr", hay, "needle"))
		version := g.call("system_get_sdk_version")
		assert.NotEmpty(t, g.text(version))
		assert.Equal(t, version, g.call("system_get_sdk_version"), "it stays")
		ctx, sum := g.space(96), g.space(20)
		g.call("SHA1Init", ctx)
		g.call("SHA1Update", ctx, "abc", 3)
		g.call("SHA1Final", sum, ctx)
		assert.Equal(t, []byte{0xA9, 0x99, 0x3E, 0x36}, g.bytes(sum, 4))
	}, nil)
}

// Blocks of the heap have the chip's addresses.
func TestHeap(t *testing.T) {
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		free := g.call("system_get_free_heap_size")
		p := g.call("pvPortMalloc", 100, "app/main.c", 12)
		b, ok := g.board.HeapBlock(p)
		require.True(t, ok)
		assert.EqualValues(t, 100, b.Requested)
		assert.Equal(t, "app/main.c:12", b.What)
		copy(g.bytes(p, 4), "data")
		q := g.call("pvPortRealloc", p, 200, 0, 0)
		require.NotZero(t, q)
		assert.Equal(t, "data", string(g.bytes(q, 4)))
		z := g.call("pvPortCalloc", 3, 5, 0, 0)
		assert.Equal(t, make([]byte, 15), g.bytes(z, 15))
		assert.Zero(t, g.call("pvPortMalloc", 60000, 0, 0))
		g.call("vPortFree", q, 0, 0)
		g.call("vPortFree", z, 0, 0)
		g.call("vPortFree", 0, 0, 0)
		assert.Equal(t, free, g.call("system_get_free_heap_size"))
	}, nil)
}

// Timers live in the program's memory: what stands there when one expires is called.
func TestTimer(t *testing.T) {
	var got []string
	var timer uint32
	start := time.Time{}
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		start = time.Now()
		note := func(name string) uint32 {
			return g.function(func(w []uint32) { got = append(got, fmt.Sprintf("%s %d %v", name, w[0], time.Since(start))) })
		}
		timer = g.space(20)
		g.at("app/main.c:7")
		assert.Zero(t, g.call("ets_timer_arm_new", g.words(0, 0, 0, 0, 0), 1, 0, 1))
		g.call("ets_timer_setfn", timer, note("first"), 5)
		assert.EqualValues(t, 0xFFFFFFFF, g.u32(timer), "not armed")
		g.call("ets_timer_arm_new", timer, 100, 1, 1)
		assert.EqualValues(t, 100_000, g.u32(timer+8), "period in µs")
		once := g.space(20)
		g.call("ets_timer_setfn", once, note("once"), 6)
		g.call("ets_timer_arm_new", once, 150, 0, 1)
		g.setU32(once+16, 8) // another argument
	}, func(d *emulator.Device, g *fake) {
		time.Sleep(350 * time.Millisecond)
		require.NoError(t, d.Do(func() {
			g.call("ets_timer_disarm", timer)
			assert.EqualValues(t, 0xFFFFFFFF, g.u32(timer))
		}))
		time.Sleep(time.Second)
		require.NoError(t, d.Do(func() {
			assert.Equal(t, []string{"first 5 100ms", "once 8 150ms", "first 5 200ms", "first 5 300ms"}, got)
		}))
		findings := d.Findings()
		require.Len(t, findings, 1)
		assert.Contains(t, fmt.Sprint(findings[0]), "app/main.c:7")
	})
}

// Events of tasks lie in the queue that the program gave.
func TestTask(t *testing.T) {
	var got []uint32
	var queue uint32
	var uart strings.Builder
	boot(t, emulator.Config{NoAutoConnect: true, UART: &uart}, cabi.Program{}, func(g *fake) {
		fn := g.function(func(w []uint32) { got = append(got, g.u32(w[0]), g.u32(w[0]+4)) })
		queue = g.space(2 * 8)
		assert.EqualValues(t, 1, g.call("system_os_task", fn, 1, queue, 2))
		assert.Zero(t, g.call("system_os_task", fn, 3, queue, 2))
		assert.Zero(t, g.call("system_os_task", fn, 1, 0, 2), "no queue")
		assert.Zero(t, g.call("system_os_task", fn, 1, queue, 0), "no length")
		assert.Equal(t, "err: task prio < 3\nerr: task queue error\nerr: task queue error\n", uart.String(), "measured on 2.2.1 and 3.0.6")
	}, func(d *emulator.Device, g *fake) {
		require.NoError(t, d.Do(func() {
			assert.EqualValues(t, 1, g.call("system_os_post", 1, 10, 100))
			assert.EqualValues(t, 1, g.call("system_os_post", 1, 20, 200))
			assert.Zero(t, g.call("system_os_post", 1, 30, 300), "the queue is full")
			assert.EqualValues(t, 20, g.u32(queue+8))
		}))
		require.NoError(t, d.Do(func() { assert.Equal(t, []uint32{10, 100, 20, 200}, got) }))
	})
}

// A parameter of 64 bits takes an aligned pair of registers, and 32 bits before SDK 3.
func TestDeepSleep(t *testing.T) {
	const long = 2<<32*time.Microsecond + time.Second
	for sdk, want := range map[int]time.Duration{
		cabi.SDK20: time.Second, cabi.SDK21: long, cabi.SDK22: long, cabi.SDK30: long,
	} {
		boots := 0
		boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{SDK: sdk}, func(g *fake) {
			if boots++; boots == 1 {
				g.call("system_deep_sleep", uint64(2<<32+1_000_000))
			}
		}, func(d *emulator.Device, _ *fake) {
			time.Sleep(want - time.Millisecond)
			require.NoError(t, d.Do(func() { assert.Equal(t, 1, boots) }))
			time.Sleep(10 * time.Second)
			require.NoError(t, d.Do(func() { assert.Equal(t, 2, boots) }))
		})
	}
}

// The flash, through the program's buffers.
func TestFlash(t *testing.T) {
	boot(t, emulator.Config{NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		data, back := g.words(1, 2, 3, 4), g.space(16)
		assert.Zero(t, g.call("spi_flash_erase_sector", 0x100))
		assert.Zero(t, g.call("spi_flash_write", 0x100000, data, 16))
		assert.Zero(t, g.call("spi_flash_read", 0x100000, back, 16))
		assert.Equal(t, g.bytes(data, 16), g.bytes(back, 16))
		assert.EqualValues(t, 1, g.call("spi_flash_read", 0x100000, 0, 16), "NULL is an error, not an exception")

		assert.EqualValues(t, 1, g.call("spi_flash_write", 0x100000, 0, 16))
		assert.Zero(t, g.call("spi_flash_erase_sector", 0))
		assert.Zero(t, g.call("spi_flash_write", 4, data, 16))
		assert.EqualValues(t, 2, g.call("esp_read_register", 0x40200008), "the flash in the CPU's addresses")

		table := g.words(
			1, 0, 0x1000, // the loader
			5, 0x3FC000, 0x1000, 4, 0x3FB000, 0x1000, 6, 0x3FD000, 0x3000, // RF calibration, PHY, system parameters
			100, 0x200000, 0x1000)
		item := g.space(12)
		assert.EqualValues(t, 1, g.call("system_partition_table_regist", table, 5, 4))
		assert.EqualValues(t, 1, g.call("system_partition_get_item", 100, item))
		assert.Equal(t, []uint32{100, 0x200000, 0x1000}, []uint32{g.u32(item), g.u32(item + 4), g.u32(item + 8)})
		assert.Zero(t, g.call("system_partition_get_item", 101, item))
	}, nil)
}

// What the linker's symbols say is what system_print_meminfo prints.
func TestMeminfo(t *testing.T) {
	var uart bytes.Buffer
	boot(t, emulator.Config{UART: &uart, NoAutoConnect: true}, cabi.Program{}, func(g *fake) {
		for i, name := range []string{"data_start", "data_end", "rodata_start", "rodata_end", "bss_start", "bss_end"} {
			g.names["_"+name] = ramBase + uint32(i)*0x100
		}
		uart.Reset()
		g.call("system_print_meminfo")
		assert.Equal(t, strings.Join([]string{
			"data  : 0x3ffe8000 ~ 0x3ffe8100, len: 256", "rodata: 0x3ffe8200 ~ 0x3ffe8300, len: 256",
			"bss   : 0x3ffe8400 ~ 0x3ffe8500, len: 256", "heap  : 0x3fff0000 ~ 0x3fffc000, len: 49152", "",
		}, "\n"), uart.String())
	}, nil)
}

// What ends a program, with the exception of the CPU and a text that names the address.
func TestExceptions(t *testing.T) {
	for _, tc := range []struct {
		name  string
		main  func(g *fake)
		cause int
		why   string
	}{
		{"NULL is read", func(g *fake) { g.call("ets_strlen", 0) }, 28, "the SDK reads a string at address 0x0, where there is none"},
		{"NULL is written", func(g *fake) {
			g.call("ets_memset", 0, 0, 4)
		}, 29, "the SDK writes 4 bytes at address 0x0, where there is no memory"},
		{"beyond the RAM", func(g *fake) { g.call("ets_memset", ramBase+ramSize-2, 0, 4) }, 29, "4 bytes at address 0x3fffbffe"},
		{"a length below 0", func(g *fake) { g.call("ets_memcpy", g.space(4), g.space(4), -1) }, 28, "4294967295 bytes"},
		{"a string in instruction RAM", func(g *fake) {
			g.call("ets_strlen", codeBase)
		}, 3, "in instruction RAM, which is accessed in 32 bits only"},
		{"a constant in flash is written", func(g *fake) {
			g.call("ets_strcpy", flashBase, "no")
		}, 29, "the SDK writes 3 bytes at address 0x40200000, in flash"},
		{"struct espconn that is none", func(g *fake) { g.call("espconn_connect", 0x10) }, 29, "28 bytes at address 0x10"},
		{"esp_tcp that is none", func(g *fake) { g.call("espconn_connect", g.words(0x10, 0, 0x10, 0, 0, 0, 0)) }, 28, "at address 0x20"},
		{"%s of a number", func(g *fake) { g.call("os_printf_plus", "%s", 5) }, 28, "a string at address 0x5"},
		{"a callback that is none", func(g *fake) {
			timer := g.space(20)
			g.call("ets_timer_setfn", timer, 0x12345678, 0)
			g.call("ets_timer_arm_new", timer, 1, 0, 1)
		}, 20, "call of 0x12345678"},
		{"os_free of a variable", func(g *fake) { g.call("vPortFree", g.space(4), 0, 0) }, 29, "no block of the heap"},
		{"os_free twice", func(g *fake) {
			p := g.call("pvPortMalloc", 8, 0, 0)
			g.call("vPortFree", p, 0, 0)
			g.call("vPortFree", p, 0, 0)
		}, 29, "a block of 8 bytes of os_malloc that was freed at an unknown place"},
		{"a register at an odd address", func(g *fake) { g.call("esp_read_register", ramBase+1) }, 9, "no multiple of 4"},
		{"a function that nobody has", func(g *fake) {
			g.call("system_make_coffee")
		}, 0, "system_make_coffee, which the emulator does not have"},
		{"waiting too long", func(g *fake) {
			g.call("ets_delay_us", 4_000_000)
		}, espconn.CauseSoftWatchdog, "did not return to the SDK for 3.2 s"},
		{"computing too long", func(g *fake) {
			for g.Burn(1000) >= 0 {
			}
			g.sdk.Watchdog()
		}, espconn.CauseSoftWatchdog, "for 3.2 s"},
		{"working too long", func(g *fake) {
			for p := g.str("a long text that is read over and over"); ; {
				g.call("ets_strlen", p)
			}
		}, espconn.CauseSoftWatchdog, "for 3.2 s"},
		{"without the soft watchdog", func(g *fake) {
			g.call("system_soft_wdt_stop")
			g.call("ets_delay_us", 8_000_000)
			g.call("ets_delay_us", 1_000_000)
		}, chip.CauseHardWatchdog, "the software watchdog was stopped"},
		{"without the hardware watchdog", func(g *fake) {
			g.call("ets_wdt_disable")
			g.call("ets_delay_us", 4_000_000)
		}, espconn.CauseSoftWatchdog, "(ets_wdt_disable stops the hardware watchdog only)"},
		{"without both, until one is back", func(g *fake) {
			g.call("system_soft_wdt_stop")
			g.call("ets_wdt_disable")
			before := g.call("system_get_time")
			g.call("ets_delay_us", 20_000_000)
			for range 3 { // what it computes takes time now
				for g.Burn(1_000_000) >= 0 {
				}
				g.sdk.Watchdog()
			}
			if took := g.call("system_get_time") - before; took != 20_000_000+3*8_200_000 {
				g.sdk.Fault(1, "it took %d us", took)
			}
			g.call("ets_wdt_enable", 3, 0, 12)
			g.call("ets_delay_us", 8_300_000)
		}, chip.CauseHardWatchdog, "the software watchdog was stopped"},
		{"the register switches it off, too", func(g *fake) {
			g.call("system_soft_wdt_stop")
			g.call("esp_write_register", 0x60000900, g.call("esp_read_register", 0x60000900)&^1)
			g.call("ets_delay_us", 20_000_000)
			g.call("system_soft_wdt_restart")
			g.call("ets_delay_us", 4_000_000)
		}, espconn.CauseSoftWatchdog, "for 3.2 s"},
		{"beyond a block", func(g *fake) {
			g.shadow = bytes.Repeat([]byte{cabi.Unusable}, chip.HeapDefault/8)
			g.call("ets_memset", g.call("pvPortMalloc", 10, 0, 0), 0, 11)
		}, 29, "0 bytes beyond the end of a block of 10 bytes"},
		{"a freed block", func(g *fake) {
			g.shadow = bytes.Repeat([]byte{cabi.Unusable}, chip.HeapDefault/8)
			p := g.call("pvPortMalloc", 10, 0, 0)
			g.call("ets_memset", p, 0, 10)
			g.call("vPortFree", p, 0, 0)
			g.call("ets_strlen", p)
		}, 28, "in a block of 10 bytes of os_malloc that was freed at"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := crash(t, tc.main)
			require.NotNil(t, c)
			assert.Equal(t, tc.cause, c.Cause)
			assert.Contains(t, c.Why, tc.why)
		})
	}
}

// A program that has a copy of the SDK of its own says that copy's version.
func TestVersionText(t *testing.T) {
	boot(t, emulator.Config{}, cabi.Program{Text: "2.1.0(116b762)"}, func(g *fake) {
		assert.Equal(t, "2.1.0(116b762)", g.text(g.call("system_get_sdk_version")))
	}, func(*emulator.Device, *fake) {})
}
