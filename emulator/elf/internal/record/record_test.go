package record

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What was added is played in its order, across checkpoints, and up to the end of a boot.
func TestPlay(t *testing.T) {
	r := New[string](1 << 20)
	r.Add(Call, 1)
	r.Write(1, []byte("lost"))
	_, ok := r.First()
	assert.False(t, ok, "without a checkpoint nothing is kept")
	assert.True(t, r.Due(0))

	r.Checkpoint(10, true, "boot", 100)
	assert.False(t, r.Due(11))
	r.Add(Call, 0x40200000, 1, 0xFFFFFFFF)
	r.Write(0x3FFE8000, []byte("abc"))
	r.Checkpoint(20, false, "later", 100)
	r.Add(Leave)
	r.Add(End)
	r.Checkpoint(30, true, "next", 100)
	r.Add(Load, 7, 1)

	p := r.Play(r.Before(15))
	assert.Equal(t, "boot", p.State())
	next := func(kind Kind, values ...uint32) {
		t.Helper()
		got, ok := p.Next()
		require.True(t, ok)
		assert.Equal(t, kind, got)
		assert.Equal(t, len(values), len(p.Values))
		for i := range values {
			assert.Equal(t, values[i], p.Values[i])
		}
	}
	next(Call, 0x40200000, 1, 0xFFFFFFFF)
	next(Write, 0x3FFE8000)
	assert.Equal(t, "abc", string(p.Bytes))
	next(Leave)
	next(End)
	_, ok = p.Next()
	assert.False(t, ok)
	require.True(t, p.NextBoot())
	assert.Equal(t, "next", p.State())
	for range 2 {
		kind, ok := p.Peek()
		require.True(t, ok)
		assert.Equal(t, Load, kind)
	}
	next(Load, 7, 1)
	_, ok = p.Peek()
	assert.False(t, ok)
	assert.False(t, p.NextBoot())
	for at, want := range map[uint64]uint64{0: 10, 10: 10, 19: 10, 20: 20, 1000: 30} {
		assert.Equal(t, want, r.At(r.Before(at)))
	}
}

// The record stays within its limit: checkpoints get rarer, then the oldest part goes. What is left can be played.
func TestBound(t *testing.T) {
	const limit = 100_000
	r := New[uint64](limit)
	at := uint64(0)
	for n := range uint32(20_000) {
		if at += intervalFirst / 2; r.Due(at) {
			r.Checkpoint(at, n == 0, at, 1000)
		}
		r.Add(Call, n)
		require.LessOrEqual(t, r.Bytes(), limit)
	}
	assert.EqualValues(t, intervalMost, r.interval)
	first, ok := r.First()
	require.True(t, ok)
	assert.Greater(t, first, uint64(intervalFirst))
	p := r.Play(0)
	assert.Equal(t, first, p.State())
	last := uint32(first/(intervalFirst/2)) - 2
	for {
		if _, ok := p.Next(); !ok {
			break
		}
		require.Equal(t, last+1, p.Values[0])
		last = p.Values[0]
	}
	assert.EqualValues(t, 19_999, last)
}
