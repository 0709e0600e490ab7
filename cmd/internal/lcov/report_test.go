package lcov

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const one = "TN:\nSF:user/a.c\nFN:3,add\nFN:9,sub\nFNDA:2,add\nFNDA:0,sub\nFNF:2\nFNH:1\n" +
	"DA:3,2\nDA:4,2\nDA:9,0\nLF:3\nLH:2\nend_of_record\nSF:test/t.c\nDA:1,1\nend_of_record\n"

// Counts of the same lines are added; what is written can be read again.
func TestJoin(t *testing.T) {
	var r Report
	require.NoError(t, r.Add(strings.NewReader(one)))
	require.NoError(t, r.Add(strings.NewReader(strings.ReplaceAll(one, "DA:9,0", "DA:9,1,checksum\nBRDA:9,0,0,1"))))
	r.Drop(func(file string) bool { return strings.HasPrefix(file, "test/") })
	all, ran := r.Lines()
	assert.Equal(t, []int{3, 3}, []int{all, ran})
	assert.Equal(t, []File{{"user/a.c", 3, 3}}, r.Files())
	var out, again bytes.Buffer
	require.NoError(t, r.Write(&out))
	assert.Equal(t, "TN:\nSF:user/a.c\nFN:3,add\nFN:9,sub\nFNDA:4,add\nFNDA:0,sub\nFNF:2\nFNH:1\n"+
		"DA:3,4\nDA:4,4\nDA:9,1\nLF:3\nLH:3\nend_of_record\n", out.String())
	var copied Report
	require.NoError(t, copied.Add(bytes.NewReader(out.Bytes())))
	require.NoError(t, copied.Write(&again))
	assert.Equal(t, out.String(), again.String())
}

// A text that is no tracefile changes nothing.
func TestBad(t *testing.T) {
	var r Report
	require.NoError(t, r.Add(strings.NewReader(one)))
	for _, bad := range []string{"DA:1,2\n", "SF:a\nDA:x,1\n", "SF:a\nDA:1\n", "SF:a\nDA:1,x\n", "SF:a\nFNDA:-1,f\n",
		"SF:a\n" + strings.Repeat("x", 1<<20)} {
		assert.Error(t, r.Add(strings.NewReader(bad)), bad[:min(len(bad), 20)])
	}
	all, _ := r.Lines()
	assert.Equal(t, 4, all)
}

// Any bytes are a tracefile or an error.
func FuzzAdd(f *testing.F) {
	f.Add([]byte(one))
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Report
		if r.Add(bytes.NewReader(b)) == nil {
			var out bytes.Buffer
			require.NoError(t, r.Write(&out))
		}
	})
}
