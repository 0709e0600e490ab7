package cdebug

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Counts of the same lines and functions of two runs are added, of files that only one has are kept, and what is dropped is gone.
func TestCoverageOfSeveral(t *testing.T) {
	var first, second, all Coverage
	first.AddFunction("user/a.c", 3, "add", 2)
	first.AddLine("user/a.c", 3, 2)
	first.AddLine("user/a.c", 9, 0)
	first.AddLine("test/t.c", 1, 1)
	second.AddFunction("user/a.c", 3, "add", 5)
	second.AddFunction("user/a.c", 9, "sub", 0)
	second.AddLine("user/a.c", 3, 5)
	second.AddLine("user/b.c", 1, 0)
	all.Add(&first)
	all.Add(&second)
	all.Add(&Coverage{})
	all.Drop(func(file string) bool { return strings.HasPrefix(file, "test/") })
	assert.Equal(t, []FileLines{{"user/a.c", 2, 1}, {"user/b.c", 1, 0}}, all.Files())
	n, ran := all.Lines()
	assert.Equal(t, []int{3, 1}, []int{n, ran})
	var text strings.Builder
	require.NoError(t, all.WriteLCOV(&text))
	assert.Equal(t, "TN:\nSF:user/a.c\nFN:3,add\nFN:9,sub\nFNDA:7,add\nFNDA:0,sub\nFNF:2\nFNH:1\nDA:3,7\nDA:9,0\nLF:2\nLH:1\n"+
		"end_of_record\nSF:user/b.c\nFNF:0\nFNH:0\nDA:1,0\nLF:1\nLH:0\nend_of_record\n", text.String())
	hits, ok := first.Line("user/a.c", 3)
	assert.True(t, ok)
	assert.EqualValues(t, 2, hits, "what was added is as it was")
}
