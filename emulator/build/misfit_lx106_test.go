package build

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
)

// A crash of the chip's own code names the function that was called undeclared, or by a declaration that says something else.
func TestMisfitCrashLX106(t *testing.T) {
	needGCC(t)
	const get = "int get(int *p, int q) { return *p + q; }\n"
	for name, tc := range map[string]struct {
		files map[string]string
		want  string
	}{
		"in another file": {map[string]string{"a.c": `
#include "osapi.h"
void user_init(void) { os_printf("%d\n", get(0)); }
`, "b.c": get}, "get was called without a prototype"},
		"behind the call": {map[string]string{"a.c": `
#include "osapi.h"
void user_init(void) { os_printf("%d\n", get(0)); }
__attribute__((noinline)) ` + get}, "get was called without a prototype"},
		"behind the call and inlined": {map[string]string{"a.c": `
#include "osapi.h"
void user_init(void) { os_printf("%d\n", get(0)); }
` + get}, "get was called without a prototype"},
		"in a block, below another function": {map[string]string{"a.c": `
#include "osapi.h"
__attribute__((noinline)) static int below(int n) { if (n > 2) { int got = get(0); return got + n; } return n; }
void user_init(void) { os_printf("%d\n", below(7)); }
`, "b.c": get}, "get was called without a prototype"},
		"the SDK's": {map[string]string{"a.c": `
void user_init(void) { char from[4] = "abc"; ets_memcpy(0, from, 3); }
`}, "ets_memcpy was called without a prototype"},
		"too few": {map[string]string{"a.c": `
int get(int *p);
int (*volatile other)(int *p) = get;
void user_init(void) { get(0); }
`, "b.c": get}, "get was called with other types than it has"},
		"a floating-point number": {map[string]string{"a.c": `
int get(int *p, float q);
void user_init(void) { get(0, 1.5f); }
`, "b.c": get}, "get was called with other types than it has"},
		"as it is": {map[string]string{"a.c": `
int get(int *p, int q);
void user_init(void) { get(0, 1); }
`, "b.c": get}, ""},
		"by names of the same types": {map[string]string{"a.c": `
#include "c_types.h"
sint32 get(uint32 *p, sint32 q);
void user_init(void) { get(0, 1); }
`, "b.c": get}, ""},
		"in C++, which has prototypes alone": {map[string]string{"a.cpp": `
extern "C" { int get(int *p, int q); void user_init(void) { get(0, 1); } }
`, "b.c": get}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, tree(t, tc.files))
			o.Engine, o.Output = EngineLX106, filepath.Join(t.TempDir(), "out.elf")
			_, err := Build(t.Context(), o)
			require.NoError(t, err)
			b, err := os.ReadFile(o.Output)
			require.NoError(t, err)
			image, err := elf.Load(b)
			require.NoError(t, err)
			synctest.Test(t, func(t *testing.T) {
				d := emulator.NewTest(t, emulator.Config{ExpectCrash: true})
				require.NoError(t, d.Boot(image.Firmware()))
				time.Sleep(time.Second)
				require.NotNil(t, d.Crash())
				if tc.want == "" {
					assert.NotContains(t, d.Crash().Why, "was called")
				} else {
					assert.Regexp(t, "; "+tc.want+"$", d.Crash().Why)
				}
			})
		})
	}
}
