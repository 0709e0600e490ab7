package build

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A name is another one up to the line of its declaration, but not in texts.
func TestRenamed(t *testing.T) {
	const begin = "# 1 \"a.c\"\n# 1 \"<built-in>\" 1\n# 1 \"a.c\" 2\n"
	const text = begin + "int c(void) { later(\"later\"); xlater(later);\n}\nvoid later(char *t) { later(t); }\n"
	out, ok := renamed([]byte(text), "later", "before", place{"a.c", 3})
	assert.True(t, ok)
	assert.Equal(t, begin+"int c(void) { before(\"later\"); xlater(before);\n}\n"+
		"void later(char *t) { later(t); }\n", string(out))
	_, ok = renamed([]byte(text), "other", "before", place{"a.c", 3})
	assert.False(t, ok)
}
