package cdebug_test

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cdebug"
)

// info is the debug information of testdata/firmware/unit: its custom sections.
func info(tb testing.TB) *cdebug.Info {
	b, err := os.ReadFile("../../testdata/firmware/unit.wasm")
	require.NoError(tb, err)
	number := func() int {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return int(v)
	}
	sections := map[string][]byte{}
	for b = b[8:]; len(b) > 0; {
		id := b[0]
		b = b[1:]
		n := number()
		section, rest := b[:n], b[n:]
		if id == 0 {
			b = section
			n = number()
			if name := string(b[:n]); strings.HasPrefix(name, ".debug_") {
				sections[name] = b[n:]
			}
		}
		b = rest
	}
	return &cdebug.Info{Sections: sections, NoDebug: "stripped", TakenAway: "optimised"}
}

// memory begins at an address.
type memory struct {
	at uint32
	b  []byte
}

func (m memory) Read(addr, n uint32) ([]byte, bool) {
	if addr < m.at || uint64(addr-m.at)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[addr-m.at:][:n:n], true
}

func TestFunctionAndLine(t *testing.T) {
	i := info(t)
	f, err := i.Function("clamp")
	require.NoError(t, err)
	assert.Equal(t, "testdata/firmware/unit/main.c", f.File)
	assert.Equal(t, 3, f.Params)
	assert.Regexp(t, `^testdata/firmware/unit/main\.c:\d+$`, i.Line(f.Addr))
	all, err := i.Functions()
	require.NoError(t, err)
	assert.Contains(t, all, f)
	_, err = i.Function("clamb")
	assert.ErrorContains(t, err, "near: clamp")
	_, err = i.Function("state")
	assert.ErrorContains(t, err, "FILE:state")
	assert.Empty(t, i.Line(1<<40))
}

// A variable and what it points to, wherever the memory is.
func TestGet(t *testing.T) {
	i := info(t)
	m := memory{0, make([]byte, 1<<20)}
	v, err := i.Get(m, "cursor")
	require.NoError(t, err)
	assert.Equal(t, "struct item *", v.Type)
	at := v.Addr
	_, err = i.Get(m, "cursor->n")
	assert.ErrorContains(t, err, "cursor is NULL")
	binary.LittleEndian.PutUint32(m.b[at:], 0x80000)
	binary.LittleEndian.PutUint32(m.b[0x80000:], 0xFFFFFFFE)
	v, err = i.Get(m, "cursor->n")
	require.NoError(t, err)
	assert.EqualValues(t, -2, v.Int())
	binary.LittleEndian.PutUint32(m.b[at:], 0x40000000)
	_, err = i.Get(m, "cursor->n")
	assert.ErrorContains(t, err, "where there is no memory")

	v, err = i.Get(m, "name")
	require.NoError(t, err)
	b, err := v.Encode("new")
	require.NoError(t, err)
	assert.Equal(t, "new\x00", string(b))
	_, err = v.Encode("longer than that")
	assert.ErrorContains(t, err, "do not fit")
	_, err = i.Get(memory{}, "name")
	assert.ErrorContains(t, err, "where there is no memory")
	_, err = (&cdebug.Info{NoDebug: "stripped"}).Get(m, "name")
	assert.EqualError(t, err, "stripped")
}

func TestInteger(t *testing.T) {
	n, negative, err := cdebug.Integer(int8(-2))
	require.NoError(t, err)
	assert.True(t, negative)
	assert.EqualValues(t, -2, int64(n))
	n, _, err = cdebug.Integer(true)
	require.NoError(t, err)
	assert.EqualValues(t, 1, n)
	_, _, err = cdebug.Integer("text")
	assert.Error(t, err)
}
