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
	"github.com/emu8266/emu8266/emulator/wasm"
)

// bootFiles builds files and runs the image for a second; the device must print the texts.
func bootFiles(t *testing.T, o Options, texts ...string) Result {
	t.Helper()
	r, err := Build(t.Context(), o)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(o.Dir, "out.wasm"))
	require.NoError(t, err)
	image, err := wasm.Load(b)
	require.NoError(t, err)
	boot(t, image, texts...)
	require.NoError(t, image.Close())
	return r
}

// misfits call functions that nobody declared, declared in another way, or that are defined behind the call, and call through pointers of
// other types: they get what the registers of the chip hold.
var misfits = map[string]string{
	"a.c": `
#include "osapi.h"
int of_double(double x) { os_printf("double %d\n", (int)x); return 7; }
int of_char(char x, short y) { os_printf("char %d %d\n", x, y); return 1; }
int list(const char *t, ...) { os_printf("list %s\n", t); return 3; }
void three(int a, int b, int c) { os_printf("three %d %d %d\n", a, b, c); }
void wide(long long a, int b, int c) { os_printf("wide %x %x %d %d\n", (int)a, (int)(a >> 32), b, c); }
long long big(void) { return 0x1122334455667788LL; }
float half(float x) { return x / 2; }

static void two(int a, int b) { os_printf("two %d %d\n", a, b); }
static int none(void) { return 77; }
static double many(double x, int n) { return x * n; }
void (*volatile one_argument)(int) = (void (*)(int))two;
long long (*volatile two_arguments)(int, double) = (long long (*)(int, double))none;
double (*volatile words)(int, int, int) = (double (*)(int, int, int))many;
void (*volatile from_host)(int, int, int) = (void (*)(int, int, int))os_printf_plus;
void pointers(void)
{
	one_argument(5);
	os_printf("none %d\n", (int)two_arguments(1, 2.0));
	os_printf("words %d\n", (int)words(0, 0x40000000, 21)); /* 2.0, 21 */
}
`,
	"b.c": `
int ets_printf(const char *, ...);
int of_half(int bits) { return half(bits); }
void user_init(void)
{
	ets_printf("result %d\n", of_double(0, 0x40590000)); /* 100.0 in two registers */
	of_char(30, 4, 5);
	list("text", 1, 2);
	ets_printf("void %d\n", three(1, 2, 3));
	wide(1, 2, 3, 4);
	ets_printf("big %x\n", big());
	pointers();
	before();
}
`,
	"c.c": `
int before(void) { later(3, "later"); ets_printf("undeclared %d %s\n", 5, "five"); return 1; }
void later(short p, char *t) { ets_printf("%s %d\n", t, p); }
`,
}

func TestMisfit(t *testing.T) {
	needTools(t)
	for name, check := range map[string]bool{"plain": false, "checked": true} {
		t.Run(name, func(t *testing.T) {
			o := options(t, tree(t, misfits))
			o.Check = check
			r := bootFiles(t, o, "double 100\nresult 7\n", "char 30 4\n", "list text\n", "three 1 2 3\n", "wide 1 2 3 4\n",
				"big 55667788\n", "two 5 0\n", "none 77\n", "words 42\n", "later 3\n", "undeclared 5 five\n")
			assert.Subset(t, r.Misfit, []string{"of_char", "of_double", "wide"})
			assert.Empty(t, r.Unfit)
			assert.Contains(t, r.Warnings, "conflicting types for 'later'")
			assert.NotContains(t, r.Warnings, "error")
		})
	}
}

// A function that crashes because of what an undeclared call has given it: the crash says so.
func TestMisfitCrash(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"a.c": `
#include "osapi.h"
void user_init(void) { os_printf("%d\n", get(0)); }
long long get(int *p, int q) { return *p + q; }
`}))
	o.Check = true
	_, err := Build(t.Context(), o)
	require.NoError(t, err)
	image, err := wasm.LoadFile(filepath.Join(o.Dir, "out.wasm"))
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{ExpectCrash: true})
		require.NoError(t, d.Boot(image.Firmware()))
		time.Sleep(time.Second)
		require.NotNil(t, d.Crash())
		assert.Equal(t, "4-byte load at address 0x0, through a NULL pointer; get was called undeclared, or with other types than it has",
			d.Crash().Why)
	})
	require.NoError(t, image.Close())
}

// ofOldSDK declares and calls functions of the SDK as projects do that were written for an SDK whose headers did not declare them, and has
// a stdint.h of its own.
var ofOldSDK = map[string]string{
	"stdint.h": "/* nothing: c_types.h has the types */\n",
	"missing.h": `
#include "c_types.h"
uint16_t ets_strlen(const void *s);
int ets_memset(char *s, int c, unsigned long n);
void uart_div_modify(int no, unsigned int freq);
`,
	"a.c": `
#include "missing.h"
#include "ets_sys.h"
#include "osapi.h"
#include "user_interface.h"
void isr(void *arg) {}
void user_init(void)
{
	char text[8] = "";
	uart_div_modify(0, 80000000 / 115200);
	ets_memset(text, 'x', 5);
	os_printf("length %d\n", ets_strlen(text));
	ets_isr_attach(1, isr);
	os_printf("attached\n");
}
`,
}

// The project's declarations count, with a warning.
func TestOfOldSDK(t *testing.T) {
	needTools(t)
	r := bootFiles(t, options(t, tree(t, ofOldSDK)), "length 5\n", "attached\n")
	for _, name := range []string{"conflicting types for 'ets_strlen'", "conflicting types for 'ets_memset'", "too few arguments"} {
		assert.Contains(t, r.Warnings, "warning: "+name)
	}
	assert.NotContains(t, r.Warnings, "error")

	own := tree(t, map[string]string{"a.c": `
void one(int a);
void one(char *a);
void user_init(void) { one(1); }
`})
	_, err := Build(t.Context(), options(t, own))
	assert.ErrorContains(t, err, "error: conflicting types for 'one'", "what the project alone does is no business of an older SDK")
}

// GCC takes no such project: it is told which headers it is for.
func TestOfOldSDKByGCC(t *testing.T) {
	needGCC(t)
	dir := tree(t, map[string]string{"old.c": `
#include "osapi.h"
void ets_delay_us(int us);
void user_init(void) { ets_delay_us(1); }
`})
	o := options(t, dir)
	o.Engine, o.Output = EngineLX106, filepath.Join(dir, "old.elf")
	_, err := Build(t.Context(), o)
	require.ErrorContains(t, err, "in the way of an older SDK: try --sdk-version 2.0")
	o.Version = "2.0"
	_, err = Build(t.Context(), o)
	require.NoError(t, err)
}

// A function that the linker cannot keep is told, and so is the call.
func TestUnfit(t *testing.T) {
	image := []byte("\x1d.LUTILS_StrToIP_bitcast_invalidI\x00\x16.LLED_on_bitcast_invalid\x02\x1d.LUTILS_StrToIP_bitcast_invalid.1")
	assert.Equal(t, []string{"LED_on", "UTILS_StrToIP"}, unfit(image), "what follows a name may look like more of it")
	assert.Equal(t, []string{"--export-if-defined=LED_on", "--export-if-defined=UTILS_StrToIP"}, exported(unfit(image)))
}
