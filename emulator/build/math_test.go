package build

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/csdk"
)

// The functions of math.h compute what Go's do, to six places; a project's own go before them, as of all of the C library.
func TestMath(t *testing.T) {
	needTools(t)
	var calls strings.Builder
	var texts []string
	for _, tc := range []struct {
		call string
		want float64
	}{
		{"pow(1.5, 2.25)", math.Pow(1.5, 2.25)}, {"pow(-2, 3)", -8}, {"pow(-8, -2)", 1.0 / 64}, {"pow(2, 0.5)", math.Sqrt2},
		{"pow(9.5, 3000) > 1e300", 1}, {"exp(-3.7)", math.Exp(-3.7)}, {"exp(7.25)", math.Exp(7.25)}, {"exp(-1000)", 0},
		{"log(12345.678)", math.Log(12345.678)}, {"log(1e-310)", -310 * math.Ln10}, {"log10(1000) == 3", 1}, {"log10(1e-5) == -5", 1},
		{"sin(4.2)", math.Sin(4.2)}, {"cos(-2.5)", math.Cos(-2.5)}, {"tan(1)", math.Tan(1)}, {"sin(1000.5)", math.Sin(1000.5)},
		{"atan(-0.3)", math.Atan(-0.3)}, {"atan(7)", math.Atan(7)}, {"atan2(-1, -2)", math.Atan2(-1, -2)}, {"atan2(1, 0)", math.Pi / 2},
		{"asin(0.3)", math.Asin(0.3)}, {"acos(-0.9)", math.Acos(-0.9)}, {"fmod(-7.5, 2)", -1.5},
		{"round(-2.5)", -3}, {"sqrt(2)", math.Sqrt2},
		{"floor(-1.5)", -2}, {"ceil(-1.5)", -1}, {"fabs(-3)", 3}, {"powf(2, 10)", 1024}, {"atof(\"-12.5e-1x\")", -1.25},
		{"strtod(\"1e3\", 0)", 1000},
		{"trunc(9.5)", 42}, {"(strlen)(\"four\")", 4}, {"(strcmpi)(\"Ab\", \"aB\")", 0},
	} {
		fmt.Fprintf(&calls, "\tshow(%q, %s);\n", tc.call, tc.call)
		texts = append(texts, fmt.Sprintf("%s is %d\n", tc.call, int(math.Round(tc.want*1e6))))
	}
	o := options(t, tree(t, map[string]string{"a.c": `
#include "osapi.h"
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
double trunc(double x) { return 42; }
char *strtok(char *s, const char *separators) { return "own strtok"; }
void *memcpy(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;
	while (n--)
		*t++ = *f++;
	((char *)to)[0] = 'X';
	return to;
}
static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
static void show(const char *call, double x) { os_printf("%s is %d\n", call, (int)round(x * 1e6)); }
void user_init(void)
{
	int list[] = {5, 3, 9, 1, 7, 3, 0};
	char text[8];
	char *copy = strdup("copied");

	qsort(list, 7, sizeof(int), compare);
	os_printf("sorted %d %d %d %d %d %d %d\n", list[0], list[1], list[2], list[3], list[4], list[5], list[6]);
	memcpy(text, "memory", 7);
	printf("%s %s %s\n", strtok(text, " "), text, copy);
	sprintf(text, "%d", 12);
	puts(text);
` + calls.String() + "}\n"}))
	bootFiles(t, o, append(texts, "sorted 0 1 3 3 5 7 9\n", "own strtok Xemory Xopied\n", "\n12\n")...)
}

// A project that declares a function of math.h by itself has it, also beside a variable with the name of another; each name that math.h
// declares is found in an image that asks for it.
func TestMathWithoutItsHeader(t *testing.T) {
	needTools(t)
	header, err := fs.ReadFile(csdk.Libc(), "math.h")
	require.NoError(t, err)
	declared := regexp.MustCompile(`(?m)^(?:double|float) (\w+)\(`).FindAllSubmatch(header, -1)
	assert.Greater(t, len(declared), 25)
	for _, m := range declared {
		assert.Contains(t, mathNames(), string(m[1]))
	}
	o := options(t, tree(t, map[string]string{"a.c": `
#include "osapi.h"
extern double sin(double x);
int log10 = 7;
void user_init(void)
{
	volatile double x = 1.5707963;

	os_printf("sin %d, %d\n", (int)(sin(x) * 1000 + 0.5), log10);
}
`}))
	for range 2 { // the second time from the cache
		r, err := Build(t.Context(), o)
		require.NoError(t, err)
		assert.Empty(t, r.Missing)
	}
	bootFiles(t, o, "sin 1000, 7\n")
}
