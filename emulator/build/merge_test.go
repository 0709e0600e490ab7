package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A variable that several files define without a value is one; one of them may have a value.
func TestCommonVariables(t *testing.T) {
	needTools(t)
	o := options(t, tree(t, map[string]string{
		"a.c": "#include \"common.h\"\n" +
			"void user_init(void) { counter++; add(); os_printf(\"counter %d list %d\\n\", counter, list[2]); }\n",
		"b.c":     "#include \"common.h\"\nvoid add(void) { counter += 2; list[2] = 5; }\n",
		"value.c": "#include \"common.h\"\nint counter = 40;\nstatic int own;\nint *unused(void) { return &own; }\n",
		"common.h": "#include \"osapi.h\"\nstruct point { int x, y; };\nint counter;\nint list[3];\nstruct point at;\n" +
			"void add(void);\n",
	}))
	bootFiles(t, o, "counter 43 list 5\n")
	for _, tc := range []struct{ name, a, b, want string }{
		{"two values", "int counter = 1;", "int counter = 2;", "the variable counter has a value in a.c and b.c"},
		{"two types", "int counter;", "int counter[3];", "the variable counter has the type int and int[3], in a.c and b.c"},
		{"two functions", "void f(void) {}", "void f(void) {}", "f is defined in a.c and b.c"},
		{"a variable and a function", "int f;", "void f(void) {}", "symbol type mismatch: f"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := options(t, tree(t, map[string]string{"a.c": tc.a + "\nvoid user_init(void) {}\n", "b.c": tc.b + "\n"}))
			p.Cache = o.Cache
			_, err := Build(t.Context(), p)
			require.ErrorContains(t, err, tc.want)
			assert.NotRegexp(t, `\.o\b`, err.Error(), "names of objects")
		})
	}
}
