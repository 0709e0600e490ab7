package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A call of a function that nobody has declared works as on the chip, and either compiler warns of it.
func TestUndeclaredIsWarnedOf(t *testing.T) {
	files := map[string]string{
		"main.c": "#include \"osapi.h\"\nvoid user_init(void)\n{\n\tos_printf(\"seven %d\\n\", add(3, 4));\n}\n",
		"add.c":  "int add(int a, int b)\n{\n\treturn a + b;\n}\n",
	}
	t.Run(EngineWasm, func(t *testing.T) {
		needTools(t)
		assert.Contains(t, bootFiles(t, options(t, tree(t, files)), "seven 7\n").Warnings, "implicit declaration of function 'add'")
	})
	t.Run(EngineLX106, func(t *testing.T) {
		needGCC(t)
		assert.Contains(t, bootLX106(t, options(t, tree(t, files)), "seven 7\n").Warnings, "implicit declaration of function 'add'")
	})
}
