package ctest

import (
	"fmt"
	"strconv"
	"strings"
)

// HeaderName and SupportName are how the files with Header and Support are to be called; Runner's is a name of the caller's.
const (
	HeaderName  = "emu8266_test.h"
	SupportName = "emu8266_test.c"
)

// Header is what every file of tests, and those that help them, includes before all else (-include): how Unity prints and ends a test.
const Header = `/* How tests end and print. Made by emu8266 test. */
#ifndef EMU8266_TEST_H
#define EMU8266_TEST_H

#define EMU8266_TEST 1

void emu8266_test_abort(void) __attribute__((noreturn));
void emu8266_test_put(char c);

#define UNITY_EXCLUDE_SETJMP_H 1
#define UNITY_TEST_ABORT() emu8266_test_abort()
#define UNITY_OUTPUT_CHAR(c) emu8266_test_put((char)(c))

#endif
`

// Verdicts that a test's own code prints, as emu8266_test_verdict gives them.
const (
	verdictPassed  = 0
	verdictFailed  = 1
	verdictIgnored = 2
)

// mark begins the line in which the test's own code tells its verdict.
const mark = "emu8266 test: "

// Support is the C file that is linked once with each file of tests.
const Support = `/* How tests end and print. Made by emu8266 test. */
#include "osapi.h"

int emu8266_test_verdict(void);
ESP_SDK void esp_test_end(const char *text);

/* The line that the test writes: what it says of itself last, as far as there is room. */
static char said[256];
static unsigned length;

void emu8266_test_put(char c)
{
	os_printf("%c", c);
	if (c == '\n')
		length = 0;
	else if (c != '\r' && length < sizeof said - 1)
		said[length++] = c;
	said[length] = 0;
}

void emu8266_test_abort(void)
{
	os_printf("\n` + mark + `%d\n", emu8266_test_verdict());
	esp_test_end(said);
	__builtin_trap();
}

__attribute__((weak)) void user_init(void) {}
`

// caller begins the names of the functions that run tests.
const caller = "emu8266_test_"

// function is the name of what runs the n-th test.
func function(n int) string { return caller + strconv.Itoa(n) }

// Runner is the C file that is compiled in place of the tests' own: it includes them, and has a function for each that returns its
// verdict.
func (f *File) Runner() string {
	var b strings.Builder
	fmt.Fprintf(&b, "/* Runs the tests of a file. Made by emu8266 test. */\n#define main emu8266_test_main\n#include %s\n#undef main\n\n",
		quote(f.Path))
	b.WriteString("#ifdef UNITY_FRAMEWORK_H\n")
	if !f.setUp {
		b.WriteString("void setUp(void) {}\n")
	}
	if !f.tearDown {
		b.WriteString("void tearDown(void) {}\n")
	}
	fmt.Fprintf(&b, "int emu8266_test_verdict(void)\n{\n\treturn Unity.CurrentTestFailed ? %d : Unity.CurrentTestIgnored ? %d : %d;\n}\n",
		verdictFailed, verdictIgnored, verdictPassed)
	fmt.Fprintf(&b, "#define EMU8266_RUN(test, line) UnityBegin(%s); UnityDefaultTestRun(test, #test, line); \\\n"+
		"\treturn Unity.TestFailures ? %d : Unity.TestIgnores ? %d : %d;\n", quote(f.Name), verdictFailed, verdictIgnored, verdictPassed)
	b.WriteString("#else\n")
	fmt.Fprintf(&b, "int emu8266_test_verdict(void) { return %d; }\n", verdictFailed)
	before, after := "", ""
	if f.setUp {
		before = "setUp(); "
	}
	if f.tearDown {
		after = "tearDown(); "
	}
	fmt.Fprintf(&b, "#define EMU8266_RUN(test, line) void (*volatile run)(void) = (void (*)(void))test; %srun(); %sreturn %d;\n"+
		"#endif\n\n", before, after, verdictPassed) // through a pointer: what misbehaves on purpose is left out else
	for n, t := range f.Tests {
		fmt.Fprintf(&b, "__attribute__((used)) int %s(void) { EMU8266_RUN(%s, %d) }\n", function(n), t.Name, t.Line)
	}
	return b.String()
}

// quote writes a text as C does.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
