package cdebug_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/cdebug"
)

// Calls that were inlined stand behind the line of an address, from the inside out.
func TestFrames(t *testing.T) {
	i := info(t)
	assert.Nil(t, i.Frames(1<<40))
	f, err := i.Function("clamp")
	require.NoError(t, err)
	assert.Equal(t, i.Line(f.Addr), i.Frames(f.Addr)[0])
	assert.Nil(t, (&cdebug.Info{}).Frames(5))
}

// Units that share abbreviations or tables of lines so that reading them takes the product of both are refused at once.
func TestQuadraticDebugInformation(t *testing.T) {
	word := binary.LittleEndian.AppendUint32
	half := binary.LittleEndian.AppendUint16
	const n = 1 << 14

	t.Run("abbreviations", func(t *testing.T) { // each unit has them begin a byte later
		var units []byte
		for i := range uint32(n - 1) {
			units = append(word(half(word(units, 8), 4), i), 4, 0)
		}
		began := time.Now()
		i := &cdebug.Info{Sections: map[string][]byte{".debug_info": units, ".debug_abbrev": bytes.Repeat([]byte{1}, 1<<20)}}
		assert.Empty(t, i.Lines())
		_, err := i.Function("f")
		require.ErrorContains(t, err, "damaged")
		assert.Less(t, time.Since(began), 5*time.Second)
	})
	t.Run("lines", func(t *testing.T) { // each unit has the same table
		var units []byte
		for range n - 1 {
			unit := word(append(word(half(nil, 4), 0), 4, 1), 0)
			units = append(word(units, uint32(len(unit))), unit...)
		}
		header := []byte{1, 1, 1, 0xFF, 1, 10, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 'x', 0, 0, 0, 0, 0}
		lines := append(append(word(half(nil, 4), uint32(len(header))), header...), bytes.Repeat([]byte{2, 1}, 1<<19)...) // advance_pc
		i := &cdebug.Info{Sections: map[string][]byte{
			".debug_info": units, ".debug_abbrev": {1, 0x11, 0, 0x10, 0x17, 0, 0, 0},
			".debug_line": append(word(nil, uint32(len(lines))), lines...),
		}}
		began := time.Now()
		assert.Empty(t, i.Lines())
		assert.Empty(t, i.Frames(5))
		assert.Less(t, time.Since(began), 5*time.Second)
	})
	t.Run("too many units", func(t *testing.T) {
		i := &cdebug.Info{Sections: map[string][]byte{".debug_info": bytes.Repeat([]byte{8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4, 0}, n+1)}}
		_, err := i.Function("f")
		require.ErrorContains(t, err, "damaged")
	})
}
