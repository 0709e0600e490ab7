package lx106

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A look with a limit of 1 comes before each instruction, and changes neither what is executed nor the count.
func TestLookStepByStep(t *testing.T) {
	c := load(t, testBase, countdown...)
	var pcs []uint32
	c.Look(func() int64 {
		require.EqualValues(t, len(pcs), c.Instructions())
		pcs = append(pcs, c.PC-testBase)
		return 1
	})
	result, s := c.Call(testBase, 2)
	require.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 2<<32, result)
	assert.Equal(t, []uint32{0, 3, 6, 0, 3, 6, 9}, pcs)
	assert.EqualValues(t, 7, c.Instructions())
}

// Breaks are seen each time that they are come to, by a link between blocks too, with the exact count; other devices do not see them.
func TestBreaks(t *testing.T) {
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase, countdown...)))
	c, other := start(NewCPU(m, nil), testBase), start(NewCPU(m, nil), testBase)
	at := map[uint32][]uint64{}
	c.Look(func() int64 {
		at[c.PC-testBase] = append(at[c.PC-testBase], c.Instructions())
		return 1 << 20
	})
	other.Look(func() int64 {
		require.EqualValues(t, testBase, other.PC)
		return 1 << 20
	})
	call := func(c *CPU) {
		t.Helper()
		result, s := c.Call(testBase, 4)
		require.Equal(t, Returned, s.Reason)
		require.EqualValues(t, uint64(c.A[3]+4)<<32, result)
	}
	call(c)
	call(other)
	assert.Len(t, at, 1, "the beginning alone")
	clear(at)
	c.SetBreaks([]uint32{testBase + 3, testBase + 9})
	call(c)
	call(other)
	assert.Equal(t, []uint64{14, 17, 20, 23}, at[3])
	assert.Equal(t, []uint64{25}, at[9])
	clear(at)
	c.SetBreaks(nil)
	call(c)
	assert.Len(t, at, 1)
}

// A hook with a break is looked at before it runs, and runs once.
func TestBreakAtHook(t *testing.T) {
	const hooked = testBase + 0x100
	m := NewImage()
	require.NoError(t, m.Add(testBase, code(testBase,
		Inst{Op: OpMov, S: 0, T: 12}.wide(), Inst{Op: OpCall0, Imm: hooked}, Inst{Op: OpOr, R: 0, S: 12, T: 12}, toTrap)))
	m.Hook(hooked)
	c := start(NewCPU(m, nil), testBase)
	runs, looks := 0, 0
	c.SetHook(hooked, func(c *CPU) { runs++; c.Return(5) })
	c.SetBreaks([]uint32{hooked})
	c.Look(func() int64 {
		if c.PC == hooked {
			looks++
			require.Zero(t, runs)
		}
		return 100
	})
	result, s := c.Call(testBase)
	require.Equal(t, Returned, s.Reason)
	assert.EqualValues(t, 5, uint32(result))
	assert.Equal(t, []int{1, 1}, []int{runs, looks})
	assert.EqualValues(t, 5, c.Instructions())
}

// Loads and stores of watched ranges are told right behind the instruction, those beside them are not; what is computed stays the same.
func TestWatched(t *testing.T) {
	const data = DRAMBase + 0x100
	program := []Inst{
		{Op: OpS32i, S: 3, T: 2}, {Op: OpL8ui, S: 3, T: 4, Imm: 5}, {Op: OpS8i, S: 3, T: 2, Imm: 5}, {Op: OpL32i, S: 3, T: 5, Imm: 4},
		{Op: OpS16i, S: 3, T: 2, Imm: 6}, toTrap,
	}
	for name, tc := range map[string]struct {
		watched Range
		want    []Access
	}{
		"stores": {Range{data + 5, data + 5, false, true}, []Access{{testBase + 6, data + 5, 1, true}}},
		"both": {Range{data + 5, data + 6, true, true}, []Access{{testBase + 3, data + 5, 1, false}, {testBase + 6, data + 5, 1, true},
			{testBase + 9, data + 4, 4, false}, {testBase + 12, data + 6, 2, true}}},
		"loads": {Range{data, data + 4, true, false}, []Access{{testBase + 9, data + 4, 4, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, testBase, program...)
			_, s := c.Call(testBase, 1, data) // decoded before it is watched
			require.Equal(t, Returned, s.Reason)
			c.SetWatched([]Range{tc.watched})
			var got []Access
			c.Look(func() int64 {
				if a := c.Watched(); a.Size > 0 {
					require.EqualValues(t, a.PC+3, c.PC)
					got = append(got, a)
				}
				return 1 << 20
			})
			before := c.Instructions()
			_, s = c.Call(testBase, 0x1234, data)
			require.Equal(t, Returned, s.Reason)
			assert.Equal(t, tc.want, got)
			assert.EqualValues(t, 6, c.Instructions()-before)
			assert.Equal(t, []byte{0x34, 0x12, 0, 0, 0, 0x34, 0x34, 0x12}, c.dram[0x100:0x108])
			c.SetWatched(nil)
			got = nil
			_, s = c.Call(testBase, 0x1234, data)
			require.Equal(t, Returned, s.Reason)
			assert.Empty(t, got)
		})
	}
}

// Loads and stores that the shadow forbids are told with the instruction; the program goes on and computes the same.
func TestGuard(t *testing.T) {
	const data = DRAMBase + 0x100
	program := []Inst{
		{Op: OpS32i, S: 3, T: 2}, {Op: OpL8ui, S: 3, T: 4, Imm: 5}, {Op: OpS8i, S: 3, T: 2, Imm: 5}, {Op: OpL32i, S: 3, T: 5, Imm: 4},
		{Op: OpS32i, S: 3, T: 2, Imm: 4}, {Op: OpL32i, S: 3, T: 5, Imm: 8}, {Op: OpS32i, S: 1, T: 2}, toTrap,
	}
	for name, tc := range map[string]struct {
		shadow []byte
		want   []Access
	}{
		"all may be used": {[]byte{0, 0}, nil},
		"none, but by a1": {[]byte{255}, []Access{{testBase, data, 4, true}, {testBase + 3, data + 5, 1, false},
			{testBase + 6, data + 5, 1, true}, {testBase + 9, data + 4, 4, false}, {testBase + 12, data + 4, 4, true}}},
		"the first 5": {[]byte{5}, []Access{{testBase + 3, data + 5, 1, false}, {testBase + 6, data + 5, 1, true},
			{testBase + 12, data + 4, 4, true}}},
		"the first 6":      {[]byte{6}, []Access{{testBase + 12, data + 4, 4, true}}},
		"the second 8 not": {[]byte{0, 255}, []Access{{testBase + 15, data + 8, 4, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := load(t, testBase, program...)
			c.A[1] = data
			_, s := c.Call(testBase, 1, data) // decoded before it is guarded
			require.Equal(t, Returned, s.Reason)
			var got []Access
			c.Guard(data, tc.shadow, func(a Access) { got = append(got, a) })
			before := c.Instructions()
			_, s = c.Call(testBase, 0x1234, data)
			require.Equal(t, Returned, s.Reason)
			assert.Equal(t, tc.want, got)
			assert.EqualValues(t, 8, c.Instructions()-before)
			assert.Equal(t, []byte{0x34, 0x12, 0, 0, 0x34, 0x12, 0, 0}, c.dram[0x100:0x108])
			c.Guard(0, nil, nil)
			got = nil
			_, s = c.Call(testBase, 0x1234, data)
			require.Equal(t, Returned, s.Reason)
			assert.Empty(t, got)
		})
	}
}

// A snapshot that was taken in a look goes on in another CPU of the image, with that one's own breaks.
func TestSnapshotInLook(t *testing.T) {
	c := load(t, testBase, countdown...)
	c.SetBreaks([]uint32{testBase + 3})
	var s *Snapshot
	c.Look(func() int64 {
		if c.Instructions() == 10 {
			s = c.Snapshot()
		}
		return 1 << 20
	})
	_, stop := c.Call(testBase, 100)
	require.Equal(t, Returned, stop.Reason)
	require.NotNil(t, s)
	again := NewCPU(c.image, nil)
	again.Restore(s)
	again.Look(func() int64 {
		require.True(t, again.Instructions() == 10 || again.PC != testBase+3)
		return 1 << 20
	})
	require.Equal(t, Returned, again.Run().Reason)
	assert.EqualValues(t, 100, again.A[3])
	assert.EqualValues(t, 301, again.Instructions())
	assert.Greater(t, s.Size(), int(DRAMSize))
}
