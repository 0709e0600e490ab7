package build

import "testing"

// Types that the compiler chooses are the chip's: a project may say itself what ptrdiff_t and size_t are.
func TestTypesOfTheCompiler(t *testing.T) {
	files := map[string]string{"main.c": `
#include "own.h"
#include <stddef.h>
#include "osapi.h"
void user_init(void)
{
	short text[8];
	ptrdiff_t back = &text[0] - &text[2];

	os_printf("back %d %d\n", back, (ptrdiff_t)-1 < 0);
}
`, "include/own.h": "typedef int ptrdiff_t;\ntypedef unsigned int size_t;\n"}
	texts := []string{"back -2 1\n"}
	t.Run(EngineWasm, func(t *testing.T) {
		needTools(t)
		bootFiles(t, options(t, tree(t, files)), texts...)
	})
	t.Run(EngineLX106, func(t *testing.T) {
		needGCC(t)
		bootLX106(t, options(t, tree(t, files)), texts...)
	})
}
