package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A variable that several files define without a value is one; one of them may have a value.
func TestCommonVariables(t *testing.T) {
	needTools(t)
	commonVariables(t, EngineWasm, bootFiles)
	p := options(t, tree(t, map[string]string{"a.c": "int f;\nvoid user_init(void) {}\n", "b.c": "void f(void) {}\n"}))
	_, err := Build(t.Context(), p)
	require.ErrorContains(t, err, "symbol type mismatch: f", "for the LX106 GNU ld takes the function")
}

// Variables may have the names of functions of the C library that no header of the firmware declares.
func TestVariablesOfLibraryNames(t *testing.T) {
	needTools(t)
	variablesOfLibraryNames(t, EngineWasm, bootFiles)
}

func TestVariablesOfLibraryNamesLX106(t *testing.T) {
	needGCC(t)
	variablesOfLibraryNames(t, EngineLX106, bootLX106)
}

func variablesOfLibraryNames(t *testing.T, engine string, boots booter) {
	o := options(t, tree(t, map[string]string{
		"a.c": "#include \"osapi.h\"\nint index = 3, rand;\nint floor[2] = {1, 2};\nint div(void);\n" +
			"void user_init(void) { rand++; os_printf(\"variables %d %d %d %d\\n\", index, rand, floor[1], div()); }\n",
		"b.c": "#include <stdlib.h>\n#include <math.h>\n" +
			"int twice(int n) { return atoi(\"2\") * abs(n) + (int)ceil(0.5); }\n",
		"c.c": "extern int index, twice(int n);\nint div(void) { return twice(index); }\n",
	}))
	o.Engine = engine
	for range 2 { // the second out of the cache
		boots(t, o, "variables 3 1 2 7\n")
	}
}

func TestCommonVariablesLX106(t *testing.T) {
	needGCC(t)
	commonVariables(t, EngineLX106, bootLX106)
}

func commonVariables(t *testing.T, engine string, boots booter) {
	o := options(t, tree(t, map[string]string{
		"a.c": "#include \"common.h\"\n" +
			"void user_init(void) { counter++; add(); os_printf(\"counter %d list %d\\n\", counter, list[2]); }\n",
		"b.c":     "#include \"common.h\"\nvoid add(void) { counter += 2; list[2] = 5; }\n",
		"value.c": "#include \"common.h\"\nint counter = 40;\nstatic int own;\nint *unused(void) { return &own; }\n",
		"common.h": "#include \"osapi.h\"\nstruct point { int x, y; };\nint counter;\nint list[3];\nstruct point at;\n" +
			"void add(void);\n",
	}))
	assert.NotContains(t, boots(t, o, "counter 43 list 5\n").Warnings, "one variable")
	const user = "#include \"osapi.h\"\nextern void f(void);\nextern int get(int i);\n" +
		"void user_init(void) { f(); os_printf(\"v %d %d\\n\", get(0), get(2)); }\n"
	for _, tc := range []struct{ name, a, b, want string }{
		{"two lengths, the longest second", "int v;\nvoid f(void) { v = 5; }", "int v[3];\nint get(int i) { return v[i] + i; }", "v 5 2\n"},
		{"two lengths, the longest first", "int v[3];\nint get(int i) { return v[i] + i; }", "int v;\nvoid f(void) { v = 5; }", "v 5 2\n"},
		{"one with a value", "int v[1];\nvoid f(void) {}", "int v[3] = {7, 8, 9};\nint get(int i) { return v[i]; }", "v 7 9\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := options(t, tree(t, map[string]string{"user.c": user, "a.c": tc.a + "\n", "b.c": tc.b + "\n"}))
			p.Cache = o.Cache
			for range 2 { // the second out of the cache
				r := boots(t, p, tc.want)
				assert.Contains(t, r.Warnings, "warning: the variable v has ")
				assert.Contains(t, r.Warnings, ": it is one variable, as long as the longest")
			}
		})
	}
	for _, tc := range []struct{ name, a, b, want string }{
		{"two values", "int counter = 1;", "int counter = 2;", "the variable counter has a value in a.c and b.c"},
		{"two functions", "void f(void) {}", "void f(void) {}", "f is defined in a.c and b.c"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := options(t, tree(t, map[string]string{"a.c": tc.a + "\nvoid user_init(void) {}\n", "b.c": tc.b + "\n"}))
			p.Cache, p.Engine = o.Cache, engine
			for _, p.Test = range []bool{false, true} {
				_, err := Build(t.Context(), p)
				require.ErrorContains(t, err, tc.want, "Test %t", p.Test)
				assert.NotRegexp(t, `\.o\b`, err.Error(), "names of objects")
			}
		})
	}
}
