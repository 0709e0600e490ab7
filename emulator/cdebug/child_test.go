package cdebug_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A value comes apart as a debugger shows it: members, elements, what pointers point to, each with the words that name it.
func TestChildren(t *testing.T) {
	i := info(t)
	m := memory{0, make([]byte, 1<<20)}
	items, err := i.Get(m, "items")
	require.NoError(t, err)
	size, err := i.Get(m, "sizeof(items[0])")
	require.NoError(t, err)
	next, err := i.Get(m, "&items[0].next")
	require.NoError(t, err)
	binary.LittleEndian.PutUint32(m.b[items.Addr:], 7)
	binary.LittleEndian.PutUint32(m.b[next.Uint():], items.Addr+uint32(size.Uint()))
	cursor, err := i.Get(m, "&cursor")
	require.NoError(t, err)
	binary.LittleEndian.PutUint32(m.b[cursor.Uint():], items.Addr)

	assert.Equal(t, 2, items.Len())
	elements := items.Children(0, -1)
	require.Len(t, elements, 2)
	assert.Equal(t, []string{"[1]", "[1]", "struct item"}, []string{elements[1].Name, elements[1].Expr, elements[1].Value.Type})
	assert.Equal(t, items.Addr+uint32(size.Uint()), elements[1].Value.Addr)
	assert.Empty(t, items.Children(2, 1))
	assert.Empty(t, items.Children(-1, 1))

	var names []string
	for _, c := range elements[0].Value.Children(0, 4) {
		names = append(names, c.Expr+" = "+c.Value.String())
	}
	assert.Equal(t, []string{".n = 7", ".low = 0", ".high = 0", ".small = 0"}, names)

	v, err := i.Get(m, "cursor")
	require.NoError(t, err)
	through := v.Children(0, 1)
	require.Len(t, through, 1)
	assert.Equal(t, []string{"n", "->n", "7"}, []string{through[0].Name, through[0].Expr, through[0].Value.String()})
	v, err = i.Get(m, "&items[0].n")
	require.NoError(t, err)
	pointed := v.Children(0, 9)
	require.Len(t, pointed, 1)
	assert.Equal(t, []any{"*", "*", true}, []any{pointed[0].Name, pointed[0].Expr, pointed[0].Before})
	assert.Equal(t, "7", pointed[0].Value.String())
	for _, none := range []string{"items[1].next", "items[0].text", "on_end", "ready"} {
		v, err := i.Get(m, none)
		require.NoError(t, err)
		assert.Zero(t, v.Len(), none)
	}
	binary.LittleEndian.PutUint32(m.b[cursor.Uint():], 0x40000000)
	v, err = i.Get(m, "cursor")
	require.NoError(t, err)
	assert.Error(t, v.Children(0, 1)[0].Err, "there is no memory")
}
