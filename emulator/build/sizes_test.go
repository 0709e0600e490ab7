package build

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// Types have the sizes, signs and places that the chip's compiler gives them, on both engines: the chip's compiler makes one of them.
func TestSizesOfTypes(t *testing.T) {
	needTools(t)
	needGCC(t)
	dir := tree(t, map[string]string{"user/user_main.c": `#include <stddef.h>
#include <stdint.h>
#include "osapi.h"
#include "user_interface.h"
struct fields { unsigned a:3; unsigned b:30; unsigned char c:4; unsigned short d:9; };
struct mixed { char c; int x:5; char d; };
struct ended { int x:5; int :0; char d; };
struct wide { long long x:40; char c; };
struct packed { char a; struct { short s; } __attribute__((packed)) p; };
struct doubled { char c; double d; };
enum small { SMALL = 1 };
enum large { LARGE = 0x80000000u };
#define SIZE(t) os_printf("%d/%d ", (int)sizeof(t), (int)__alignof__(t))
#define SIGNED(t) os_printf("%d ", (t)-1 < (t)0)
void user_init(void)
{
	SIZE(struct fields); SIZE(struct mixed); SIZE(struct ended); SIZE(struct wide); SIZE(struct packed); SIZE(struct doubled);
	SIZE(enum small); SIZE(enum large); SIZE(size_t); SIZE(ptrdiff_t); SIZE(long long); SIZE(bool); SIZE(float);
	SIZE(int_fast8_t); SIZE(uint_fast8_t); SIZE(int_fast16_t); SIZE(uint_fast16_t); SIZE(int_fast32_t); SIZE(int_least8_t); SIZE(intmax_t);
	SIGNED(char); SIGNED(uint_fast8_t); SIGNED(int_fast16_t);
	os_printf("%d %u\n", (int)INT_FAST8_MIN, (unsigned)UINT_FAST16_MAX);
}
`})
	said := map[string]string{}
	for _, engine := range []string{EngineWasm, EngineLX106} {
		o := options(t, dir)
		o.Engine, o.Output = engine, filepath.Join(t.TempDir(), "out")
		_, err := Build(t.Context(), o)
		require.NoError(t, err)
		b, err := os.ReadFile(o.Output)
		require.NoError(t, err)
		var firmware emulator.Firmware
		if engine == EngineLX106 {
			image, err := elf.Load(b)
			require.NoError(t, err)
			firmware = image.Firmware()
		} else {
			image, err := wasm.Load(b)
			require.NoError(t, err)
			defer func() { assert.NoError(t, image.Close()) }()
			firmware = image.Firmware()
		}
		synctest.Test(t, func(t *testing.T) {
			var uart bytes.Buffer
			d := emulator.NewTest(t, emulator.Config{UART: &uart})
			require.NoError(t, d.Boot(firmware))
			require.NoError(t, d.Close())
			said[engine] = uart.String()
		})
	}
	assert.Contains(t, said[EngineLX106], " -2147483648 4294967295\n")
	assert.Equal(t, said[EngineLX106], said[EngineWasm])
}
