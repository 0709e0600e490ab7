package build

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ofLibraries is a program with two static libraries that want each other and define what it defines, and what the other defines.
var ofLibraries = map[string]string{
	"user_main.c": `
#include "osapi.h"
extern int f(void), g(void), own(void), v;
int later;
void user_init(void) { os_printf("f %d g %d own %d v %d later %d\n", f(), g(), own(), v, later); }
`,
	"own.c":   "int own(void) { return 1; }\n",
	"one/f.c": "int h(void); int f(void) { return 10 + h(); }\n",
	"one/o.c": "int own(void) { return 2; }\nint unneeded(void) { return 0; }\nint v = 6;\n",
	"one/g.c": "int g(void) { return 100; }\n",
	"one/v.c": "int helper(void) { return 7; }\nint v = 5;\n",
	"one/l.c": "int later;\n",
	"two/l.c": "int later = 9;\n",
	"two/h.c": "int helper(void); int h(void) { return helper(); }\n",
	"two/g.c": "int g(void) { return 200; }\n",
}

// A member of a library is linked only if it defines what is still wanted; the first library counts. A variable without a value wants one.
func TestMembersOfLibraries(t *testing.T) {
	needTools(t)
	membersOfLibraries(t, EngineWasm, bootFiles)
}

func TestMembersOfLibrariesLX106(t *testing.T) {
	needGCC(t)
	membersOfLibraries(t, EngineLX106, bootLX106)
}

// booter is bootFiles or bootLX106.
type booter func(t *testing.T, o Options, texts ...string) Result

func membersOfLibraries(t *testing.T, engine string, boots booter) {
	dir := tree(t, ofLibraries)
	for want, order := range map[string][]string{
		"f 17 g 100 own 1 v 5 later 9\n": {"one/f.c", "one/g.c", "one/v.c", "one/o.c", "one/l.c", "two/l.c", "two/h.c", "two/g.c"},
		"f 17 g 200 own 1 v 5 later 9\n": {"two/h.c", "two/g.c", "one/f.c", "one/g.c", "one/v.c", "one/o.c", "one/l.c", "two/l.c"},
	} {
		o := options(t, dir)
		o.Sources = nil
		for _, source := range order {
			o.Files = append(o.Files, File{Source: source, Archive: "lib" + source[:3] + ".a"})
		}
		o.Files = append(o.Files, File{Source: "user_main.c"}, File{Source: "own.c"})
		for _, o.Test = range []bool{false, false, true} { // the second out of the cache
			assert.Equal(t, 10, boots(t, o, want).Files)
		}
	}
	o := options(t, dir)
	o.Sources, o.Engine = nil, engine
	for _, source := range slices.Sorted(maps.Keys(ofLibraries)) {
		o.Files = append(o.Files, File{Source: source})
	}
	_, err := Build(t.Context(), o)
	require.ErrorContains(t, err, "own is defined in", "without libraries each is linked")
	assert.NotRegexp(t, `\.o\b`, err.Error(), "names of objects")
}

func TestTornObjects(t *testing.T) {
	for _, b := range []string{"", "\x00asm", "\x00asm\x01\x00\x00\x00\x02\xff", "\x00asm\x01\x00\x00\x00\x00\x0a\x07linking\x02\x08\x7f"} {
		_, err := symbolsOf([]byte(b))
		assert.Error(t, err, "%q", b)
	}
}
