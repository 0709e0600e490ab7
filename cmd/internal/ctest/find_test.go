package ctest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Which functions of a file are tests, and in which line they begin.
func TestFind(t *testing.T) {
	for text, want := range map[string][]Test{
		"":                           nil,
		"void test_a(void) {}":       {{"test_a", 1}},
		"static void test_a()\n{\n}": {{"test_a", 1}},
		"void ICACHE_FLASH_ATTR test_a(void)\n{}\nvoid\ntest_b(void) {}": {{"test_a", 1}, {"test_b", 4}},
		"static inline void test_a( void ) {":                            {{"test_a", 1}},
		"int test_a(void) {}":                                            {{"test_a", 1}},
		"void test_a(void);":                                             nil,
		"void test_a(int n) {}":                                          nil,
		"int *test_a(void) {}":                                           nil,
		"void my_test_a(void) {}":                                        nil,
		"/* void test_a(void) {} */":                                     nil,
		"// void test_a(void) {}\nvoid test_b(void) {}":                  {{"test_b", 2}},
		"char *s = \"\\\"\nvoid test_a(void) {}\";":                      {{"test_a", 2}}, // no C, but not lost either
		"char c = '\"'; void x(void) {}\nvoid test_a(void) {}":           {{"test_a", 2}},
		"char *s = \"/*\";\nvoid test_a(void) {} char *e = \"*/\";":      {{"test_a", 2}},
		"/*": nil, "\"": nil, "//": nil, "'\\": nil,
		"void test_a(void) {}\r\nvoid test_b(void) {}\r\n": {{"test_a", 1}, {"test_b", 2}},
	} {
		f, err := Find("/p/t.c", "t.c", []byte(text))
		require.NoError(t, err, text)
		assert.Equal(t, want, f.Tests, text)
	}
	_, err := Find("/p/t.c", "t.c", []byte("void test_a(void) {}\n\nvoid test_a(void) {}"))
	assert.EqualError(t, err, "t.c:3: test_a is there already, in line 1")
	f, err := Find("/p/t.c", "t.c", []byte("void setUp(void)\n{\n}\nvoid test_a(void) {}"))
	require.NoError(t, err)
	assert.Contains(t, f.Runner(), "setUp(); run(); return 0;")
	assert.NotContains(t, f.Runner(), "run(); tearDown")
	assert.Contains(t, f.Runner(), "#include \"/p/t.c\"\n")
}

// Any text has tests or is an error, in little time.
func FuzzFind(f *testing.F) {
	f.Add("void test_a(void) {}\n/* \" */ '\\''")
	f.Add(strings.Repeat("a\n", 1000))
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Find("t.c", "t.c", []byte(text))
		if err == nil {
			assert.Contains(t, file.Runner(), "#include")
		}
	})
}

// What a test has printed of itself is found, and is not shown.
func TestMarks(t *testing.T) {
	verdict, told := lastMark("hello\n" + mark + "1\nFatal exception (0):\n")
	assert.True(t, told)
	assert.Equal(t, uint32(verdictFailed), verdict)
	_, told = lastMark("hello " + mark + "1\n")
	assert.False(t, told)
	assert.Equal(t, "hello\n", clean("hello\n\n"+mark+"1\nFatal exception (0):\n"))
	assert.Equal(t, "hello\n", clean("hello\n\nassertion failed: a, b.c:5\nFatal exception (0):\n"))
	for text, want := range map[string][2]string{
		"t.c:5:test_a:FAIL: Expected 5 Was 6\n": {"t.c:5", "Expected 5 Was 6"},
		"x\nt.c:5:test_a:FAIL\n":                {"t.c:5", ""},
		"a:\\p\\t.c:5:test_a:FAIL: a:b:c\r\n":   {"a:\\p\\t.c:5", "a:b:c"},
		"nothing":                               {},
		":FAIL":                                 {},
	} {
		where, message := unityLine(text, "FAIL")
		assert.Equal(t, want, [2]string{where, message}, text)
	}
}
