package module

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readFirmware(tb testing.TB, name string) []byte {
	b, err := os.ReadFile(filepath.Join("../../../../testdata/firmware", name+".wasm"))
	require.NoError(tb, err)
	return b
}

func TestParseModule(t *testing.T) {
	m, err := Parse(readFirmware(t, "machine"))
	require.NoError(t, err)
	assert.NotEmpty(t, m.code)
	assert.NotEmpty(t, m.Debug[".debug_line"])
	_, ok := m.Pointer(0)
	assert.False(t, ok, "pointer 0 is NULL")
	shapes := map[uint32]bool{}
	for p := range m.Table {
		s, ok := m.Pointer(p)
		require.True(t, ok)
		assert.True(t, s.Callable())
		shapes[s.Shape()] = true
	}
	assert.True(t, shapes[0], "void f(void)")
	assert.True(t, shapes[2], "void f(void *)")
	assert.True(t, shapes[7], "int f(int, int, int)")
	assert.False(t, m.Stores(1<<40))
}

// Real firmware is far from the limits.
func TestLimitsLeaveRoom(t *testing.T) {
	paths, err := filepath.Glob("../../../../testdata/firmware/*.wasm")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		name := filepath.Base(path)
		m, err := Parse(readFirmware(t, name[:len(name)-len(".wasm")]))
		require.NoError(t, err, name)
		require.NoError(t, m.Affordable(), name)
		assert.Less(t, len(m.code), codeMax/50, name)
		worst := 0.0
		for _, body := range m.Bodies {
			branches, variables, err := m.weigh(body)
			require.NoError(t, err)
			worst += branches * branches * branchPair * (1 + variables/variablePart)
			assert.Less(t, body.To-body.From, uint64(functionMax/10), name)
		}
		assert.Less(t, worst, compileMax/100.0, name)
	}
}
