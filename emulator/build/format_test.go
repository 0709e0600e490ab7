package build

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A format that does not fit its arguments is told where the chip's GCC tells it, with our headers, for both engines.
func TestFormatOfOSPrintf(t *testing.T) {
	needTools(t)
	const source = `#include "osapi.h"
#include "user_interface.h"
void user_init(void)
{
	char text[8];
	os_printf("%d %u %x\n", (int)sizeof(text), sizeof(text), sizeof text); /* fits on the chip */
	os_printf("%02hhx %zu\n", 300, sizeof(text));
	os_printf("%s %d\n", "one"); /* line 8 */
	os_printf("%s\n", 5); /* line 9 */
	os_sprintf(text, "%d", "x"); /* line 10 */
}
`
	for _, engine := range []string{EngineWasm, EngineLX106} {
		t.Run(engine, func(t *testing.T) {
			if engine == EngineLX106 {
				needGCC(t)
			}
			dir := tree(t, map[string]string{"user/user_main.c": source})
			o := options(t, dir)
			o.Engine, o.Output = engine, filepath.Join(dir, "out")
			r, err := Build(t.Context(), o)
			require.NoError(t, err)
			for _, line := range []string{":8:", ":9:", ":10:"} {
				assert.Contains(t, r.Warnings, "user_main.c"+line)
			}
			for _, line := range []string{":6:", ":7:"} {
				assert.NotContains(t, r.Warnings, "user_main.c"+line)
			}
		})
	}
}
