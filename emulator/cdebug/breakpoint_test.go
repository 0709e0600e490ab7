package cdebug_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A line without code means the next one, a file is known by the end of its path.
func TestBreakpoint(t *testing.T) {
	i := info(t)
	f, err := i.Function("clamp")
	require.NoError(t, err)
	for _, name := range []string{"testdata/firmware/unit/main.c", "unit/main.c", "/src/testdata/firmware/unit/main.c"} {
		b, err := i.Breakpoint(name, f.Line)
		require.NoError(t, err, name)
		assert.Equal(t, "testdata/firmware/unit/main.c", b.File)
		assert.Greater(t, b.Line, f.Line, "the line of the name has no code")
		assert.NotEmpty(t, b.Addrs)
		assert.Equal(t, "clamp", i.Scopes(b.Addrs[0])[0].Function)
	}
	_, err = i.Breakpoint("unit/maim.c", 1)
	assert.ErrorContains(t, err, "near: testdata/firmware/unit/main.c")
	_, err = i.Breakpoint("main.c", 100000)
	assert.ErrorContains(t, err, "no code at line 100000")
	body, err := i.FunctionBreakpoint("clamp")
	require.NoError(t, err)
	assert.GreaterOrEqual(t, body.Addrs[0], f.Addr)
	_, err = i.FunctionBreakpoint("clamb")
	assert.ErrorContains(t, err, "near: clamp")
}

func TestGlobals(t *testing.T) {
	i := info(t)
	list, err := i.Globals()
	require.NoError(t, err)
	require.NotEmpty(t, list)
	m := memory{0, make([]byte, 1<<20)}
	for _, g := range list {
		v, err := i.Get(m, g.Expr())
		require.NoError(t, err, g.Expr())
		assert.Equal(t, g.Addr, v.Addr, g.Expr())
		same, err := i.Read(m, g)
		require.NoError(t, err)
		assert.Equal(t, v.String(), same.String())
		assert.Equal(t, v.Type, same.Type)
	}
}
