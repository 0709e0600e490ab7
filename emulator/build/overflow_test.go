package build

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is too long for a memory of the chip is refused with the memory, the bytes too many, and what helps.
func TestOverflow(t *testing.T) {
	const code, constants = "__asm__ volatile(\".space %d\");", "static const char a[%d] ICACHE_RODATA_ATTR STORE_ATTR = {1};"
	for name, row := range map[string]struct {
		attribute, inside, outside, want string
	}{
		"code in instruction RAM": {"", code, "", `code goes \d+ bytes beyond the 32 KB of instruction RAM: move functions to flash`},
		"code in flash":           {"ICACHE_FLASH_ATTR", code, "", `code goes \d+ bytes beyond the program's place in flash`},
		"variables":               {"ICACHE_FLASH_ATTR", "", "char a[%d];", `data goes \d+ bytes beyond the 80 KB of data RAM: constants may go to flash`},
		"constants in flash":      {"ICACHE_FLASH_ATTR", "", constants, `code goes \d+ bytes beyond the program's place in flash`},
	} {
		t.Run(name, func(t *testing.T) {
			needGCC(t)
			source := func(n int) string {
				fill := func(s string) string {
					if s == "" {
						return ""
					}
					return fmt.Sprintf(s, n)
				}
				use := ""
				if row.outside != "" {
					use = "os_printf(\"%p\", a);"
				}
				return fmt.Sprintf("#include \"osapi.h\"\n%s\nvoid %s user_init(void) { %s%s }\n", fill(row.outside), row.attribute,
					fill(row.inside), use)
			}
			build := func(n int) error {
				dir := tree(t, map[string]string{"user/user_main.c": source(n)})
				o := options(t, dir)
				o.Engine, o.Output = EngineLX106, filepath.Join(t.TempDir(), "out")
				_, err := Build(context.Background(), o)
				return err
			}
			require.NoError(t, build(1000))
			err := build(500_000)
			require.Error(t, err)
			assert.Regexp(t, row.want, err.Error())
			assert.NotContains(t, err.Error(), "/ld:")
		})
	}
}
