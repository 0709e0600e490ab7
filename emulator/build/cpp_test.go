package build

import (
	"bytes"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/chip"
	"github.com/emu8266/emu8266/emulator/wasm"
)

// C++ without exceptions and RTTI: constructors, which some firmware runs by itself, new and delete, virtual functions, variables of
// functions, beside C.
var cpp = map[string]string{
	"user/main.cpp": `
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
#include "parts.h"
class Shape {
public:
	explicit Shape(int n) : n(n) { made++; }
	virtual ~Shape() { made--; }
	virtual int area() const = 0;
	static int made;
protected:
	int n;
};
int Shape::made;
class Square : public Shape {
public:
	explicit Square(int n) : Shape(n) {}
	int area() const override { return n * n; }
};
static Square global(7);
static int &once()
{
	static Square first(3);
	static int calls = first.area();
	return ++calls;
}
template <typename T> static T most(T a, T b) { return a < b ? b : a; }
typedef void (*constructor)(void);
extern "C" {
extern constructor __init_array_start, __init_array_end;
void user_init(void)
{
	for (constructor *p = &__init_array_start; p != &__init_array_end; ++p)
		(*p)();
	uint32 before = system_get_free_heap_size();
	Shape *s = new Square(5);
	int *list = new int[3]();
	os_printf("made %d global %d new %d list %d\n", Shape::made, global.area(), s->area(), list[2]);
	delete s;
	delete[] list;
	os_printf("freed %d %d\n", Shape::made, before == system_get_free_heap_size());
	once();
	os_printf("once %d most %d\n", once(), most(2, part(4)));
	os_printf("registers %d\n", (int)*(volatile uint32 *)0x60000300);
}
}
`,
	"user/part.c": "#include \"parts.h\"\nint part(int n) { return n * 10; }\n",
	"include/parts.h": "#ifdef __cplusplus\nextern \"C\" {\n#endif\nint part(int n);\n" +
		"#ifdef __cplusplus\n}\n#endif\n",
	"user/other.cc": "extern \"C\" int unused(void) { return 1; }\n",
}

var cppTexts = []string{"made 2 global 49 new 25 list 0\n", "freed 1 1\n", "once 11 most 40\n", "registers 0\n"}

func TestCpp(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, cpp))
	r := bootFiles(t, o, cppTexts...)
	assert.Equal(t, 3, r.Files)
	assert.Empty(t, r.Missing)
	o.Test, o.Check = true, true
	bootFiles(t, o, cppTexts...)
}

// The same firmware, for the chip's processor.
func TestCppLX106(t *testing.T) {
	needGCC(t)
	bootLX106(t, options(t, tree(t, cpp)), cppTexts...)
}

// A stack can be larger or smaller than the chip's, and an overflow says the same in all builds.
func TestStack(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"main.c": `
#include "osapi.h"
__attribute__((noinline)) static int fill(char *p, int n) { os_memset(p, n, n); return p[n / 2]; }
__attribute__((noinline)) static int deep(int n) { char room[100]; return fill(room, 100) + (n > 0 ? deep(n - 1) : 0); }
void user_init(void) { os_printf("sum %d\n", deep(60)); }
`}))
	run := func(o Options) (crash *chip.Crash, out string) {
		_, err := Build(t.Context(), o)
		require.NoError(t, err)
		image, err := wasm.LoadFile(filepath.Join(o.Dir, "out.wasm"))
		require.NoError(t, err)
		synctest.Test(t, func(t *testing.T) {
			var uart bytes.Buffer
			d := emulator.NewTest(t, emulator.Config{UART: &uart, ExpectCrash: true})
			_ = d.Boot(image.Firmware()) // the crash is looked at
			time.Sleep(time.Second)
			crash = d.Crash()
			require.NoError(t, d.Close())
			out = uart.String()
		})
		require.NoError(t, image.Close())
		return crash, out
	}
	for name, p := range map[string]Options{"plain": {}, "checked": {Check: true}, "for tests": {Test: true, Stack: 4096}} {
		o.Check, o.Test, o.Stack = p.Check, p.Test, p.Stack
		crash, _ := run(o)
		require.NotNil(t, crash, name)
		assert.Equal(t, 29, crash.Cause, name)
		assert.Regexp(t, `^stack overflow: too many or too large local variables, \d+ bytes in a stack of 4096$`, crash.Why, name)
	}
	o.Check, o.Test, o.Stack = false, false, 16384
	crash, out := run(o)
	assert.Nil(t, crash)
	assert.Contains(t, out, "sum 6100\n")
	for _, n := range []uint32{100, 1000, 4104, 70000} {
		o.Stack = n
		_, err := Build(t.Context(), o)
		assert.ErrorContains(t, err, "give a multiple of 16 from 1024 to 65536")
	}
	o.Stack, o.Engine = 4096, EngineLX106
	_, err := Build(t.Context(), o)
	assert.ErrorContains(t, err, "the stack of the LX106 is the chip's")
}

// Headers are found in folders below those that are searched, whatever the case of their names; the project's own user_config.h comes
// before those of what it brings; the flash map has a value.
func TestHeaderFolders(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{
		"user/main.c": "#include \"Deep.H\"\n#include \"user_config.h\"\n#include \"LWIP/Def.h\"\n#include \"osapi.h\"\n" +
			"void user_init(void) { os_printf(\"deep %d config %d map %d %x\\n\", DEEP, CONFIG, SPI_FLASH_SIZE_MAP, htons(0x1234)); }\n",
		"include/a/b/deep.h":                "#define DEEP 1\n",
		"include/user_config.h":             "#define CONFIG 2\n",
		"brought/lib/include/user_config.h": "#define CONFIG 3\n",
		"brought/lib/lib.c":                 "int lib(void) { return 1; }\n",
	}))
	bootFiles(t, o, "deep 1 config 2 map 6 3412\n")
	o.Defines = []string{"SPI_FLASH_SIZE_MAP=4"}
	bootFiles(t, o, "map 4 3412\n")
}

// With Strict a function that nobody has is an error, and the image of before stays.
func TestStrict(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{"a.c": "void user_init(void) { espconn_conect(0); }\n"}))
	o.Strict = true
	r, err := Build(t.Context(), o)
	require.ErrorContains(t, err, "undefined: espconn_conect")
	assert.Equal(t, []string{"espconn_conect"}, r.Missing)
	assert.NoFileExists(t, filepath.Join(o.Dir, "out.wasm"))
	assert.Contains(t, Functions(), "espconn_connect")
	assert.Contains(t, Functions(), "os_printf")
}
