package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// older is written for an SDK before 1.4: it declares the functions of the heap without the place in the firmware, and keeps the
// standard headers out by their guards, giving malloc, free and NULL by the SDK's.
var older = map[string]string{
	"missing.h": `
#include "ets_sys.h"
void *pvPortMalloc(size_t size);
void *pvPortZalloc(size_t size);
void *pvPortRealloc(void *p, size_t size);
void vPortFree(void *p);
`,
	"main.c": `
#include "missing.h"
#include "osapi.h"
#include "mem.h"
#include "user_interface.h"
extern int kept(void);
void user_init(void)
{
	uint32 before = system_get_free_heap_size();
	char *a = os_malloc(100), *b = (char *)os_zalloc(50);

	a = os_realloc(a, 200);
	os_printf("heap %d %d\n", before - system_get_free_heap_size() >= 250, b[49]);
	os_free(a);
	os_free(b);
	os_printf("free %d kept %d\n", before - system_get_free_heap_size(), kept());
}
`,
	"kept.c": `
#define _STDLIB_H_
#define _STRING_H_
#define _STDDEF_H
#define _STDINT_H
#include "missing.h"
#include "c_types.h"
#include "mem.h"
#include "osapi.h"
#define malloc(n) os_malloc(n)
#define free(p) os_free(p)
#include <stdlib.h>
#include <string.h>
int kept(void)
{
	uint8_t *p = malloc(sizeof(size_t));
	int known = p != NULL;

	free(p);
	return known;
}
`,
}

func TestProjectOfSDK1(t *testing.T) {
	texts := []string{"heap 1 0\n", "free 0 kept 1\n"}
	t.Run(EngineWasm, func(t *testing.T) {
		needTools(t)
		for _, version := range []string{"", "2.0"} {
			o := options(t, tree(t, older))
			o.Version = version
			bootFiles(t, o, texts...)
		}
	})
	t.Run(EngineLX106, func(t *testing.T) { // as GCC takes it: with headers that do not declare these functions
		needGCC(t)
		o := options(t, tree(t, older))
		o.Version = "2.0"
		bootLX106(t, o, texts...)
		o.Engine, o.Version = EngineLX106, ""
		_, err := Build(t.Context(), o)
		require.Error(t, err)
		assert.ErrorContains(t, err, "try --sdk-version 2.0")
	})
}
