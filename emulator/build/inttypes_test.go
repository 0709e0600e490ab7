package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The formats of inttypes.h print integers of each width, and no compiler has a warning for them.
func TestInttypes(t *testing.T) {
	files := map[string]string{"main.c": `
#include <inttypes.h>
#include "osapi.h"
void user_init(void)
{
	uint8_t a = 200;
	int16_t b = -300;
	uint32_t c = 4000000000u;
	int64_t d = -5000000000ll;

	os_printf("%" PRIu8 " %" PRId16 " %" PRIu32 " %" PRIx32 " %" PRIX32 " %" PRId32 "\n", a, b, c, c, c, (int32_t)c);
	os_printf("wide %d %s\n", (int)(d / 1000000000), "%" PRId64);
}
`}
	texts := []string{"200 -300 4000000000 ee6b2800 EE6B2800 -294967296\n", "wide -5 %lld\n"}
	t.Run(EngineWasm, func(t *testing.T) {
		needTools(t)
		assert.Empty(t, bootFiles(t, options(t, tree(t, files)), texts...).Warnings)
	})
	t.Run(EngineLX106, func(t *testing.T) {
		needGCC(t)
		assert.Empty(t, bootLX106(t, options(t, tree(t, files)), texts...).Warnings)
	})
}
