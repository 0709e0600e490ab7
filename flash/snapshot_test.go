package flash_test

import (
	"bytes"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/image"
)

func content(t require.TestingT, d flash.Device) []byte { return window(t, d, 0, d.Size()) }

func window(t require.TestingT, d flash.Device, at, n int) []byte {
	b := make([]byte, n)
	_, err := d.ReadAt(b, int64(at))
	require.NoError(t, err)
	return b
}

func TestSnapshotDoesNotChange(t *testing.T) {
	c := newChip(t)
	require.NoError(t, c.Write(0, []byte{1, 2, 3, 4}))
	s := c.Snapshot()
	want := content(t, s.Chip())
	a, b := s.Chip(), s.Chip()
	require.NoError(t, c.EraseSector(0))
	require.NoError(t, a.Write(0, []byte{0, 2, 3, 4}))
	require.NoError(t, a.Write(0x10000, make([]byte, 4)))
	require.NoError(t, b.Write(4, []byte{9, 9, 9, 9}))
	assert.Equal(t, want, content(t, s.Chip()))
	assert.Equal(t, []byte{0, 2, 3, 4, 255}, content(t, a)[:5])
	assert.Equal(t, []byte{1, 2, 3, 4, 9, 9, 9, 9}, content(t, b)[:8])
	assert.Equal(t, []byte{255}, content(t, c)[:1])
	assert.EqualValues(t, 1, s.Chip().Programs(0))
	assert.Zero(t, s.Chip().Erases(0))
	assert.EqualValues(t, 2, b.Programs(0), "wear goes on from the snapshot's")
	assert.Equal(t, []uint32{0, 16}, s.Diff(a.Snapshot()))
	assert.Empty(t, s.Diff(s))
	require.NoError(t, c.Restore(s))
	assert.Equal(t, want, content(t, c))
	require.NoError(t, c.Write(0, make([]byte, 4)))
	assert.Equal(t, want, content(t, s.Chip()))
}

// Chips over one snapshot on many goroutines: run with -race.
func TestSnapshotIsSharedByGoroutines(t *testing.T) {
	c := newChip(t)
	require.NoError(t, c.Write(0, make([]byte, 16*flash.SectorSize)))
	s := c.Snapshot()
	want := content(t, s.Chip())
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			c := s.Chip()
			for n := range uint32(16) {
				assert.NoError(t, c.EraseSector(n))
				assert.NoError(t, c.Write(n*flash.SectorSize, bytes.Repeat([]byte{byte(g)}, 8)))
				c.Snapshot()
			}
			assert.Equal(t, byte(g), content(t, c)[0])
		})
	}
	wg.Wait()
	assert.Equal(t, want, content(t, s.Chip()))
}

// Any number of chips and snapshots, each with a model of its own.
func TestSnapshotsAgainstModel(t *testing.T) {
	type chip struct {
		c     *flash.Chip
		model []byte
	}
	const first, sectors = 14, 4 // in two blocks
	rapid.Check(t, func(r *rapid.T) {
		c, err := flash.New(flash.MinSize)
		require.NoError(r, err)
		chips := []*chip{{c, bytes.Repeat([]byte{0xFF}, sectors*flash.SectorSize)}}
		type snap struct {
			s     *flash.Snapshot
			model []byte
		}
		var snaps []snap
		pick := func(r *rapid.T) *chip { return chips[rapid.IntRange(0, len(chips)-1).Draw(r, "chip")] }
		r.Repeat(map[string]func(*rapid.T){
			"write": func(r *rapid.T) {
				x, at := pick(r), 4*rapid.IntRange(0, sectors*flash.SectorSize/4-1).Draw(r, "word")
				p := rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(r, "bytes")
				require.NoError(r, x.c.Write(uint32(first*flash.SectorSize+at), p))
				for i, v := range p {
					x.model[at+i] &= v
				}
			},
			"erase": func(r *rapid.T) {
				x, n := pick(r), rapid.IntRange(0, sectors-1).Draw(r, "sector")
				require.NoError(r, x.c.EraseSector(uint32(first+n)))
				copy(x.model[n*flash.SectorSize:], bytes.Repeat([]byte{0xFF}, flash.SectorSize))
			},
			"snapshot": func(r *rapid.T) {
				x := pick(r)
				snaps = append(snaps, snap{x.c.Snapshot(), bytes.Clone(x.model)})
			},
			"fork": func(r *rapid.T) {
				if len(snaps) == 0 || len(chips) > 4 {
					r.Skip()
				}
				s := snaps[rapid.IntRange(0, len(snaps)-1).Draw(r, "snapshot")]
				chips = append(chips, &chip{s.s.Chip(), bytes.Clone(s.model)})
			},
			"restore": func(r *rapid.T) {
				if len(snaps) == 0 {
					r.Skip()
				}
				x, s := pick(r), snaps[rapid.IntRange(0, len(snaps)-1).Draw(r, "snapshot")]
				require.NoError(r, x.c.Restore(s.s))
				x.model = bytes.Clone(s.model)
			},
			"": func(r *rapid.T) {
				for _, x := range chips {
					if !bytes.Equal(x.model, window(r, x.c, first*flash.SectorSize, len(x.model))) {
						r.Fatal("a chip differs from its model")
					}
				}
			},
		})
		for _, s := range snaps {
			require.True(r, bytes.Equal(s.model, window(r, s.s.Chip(), first*flash.SectorSize, len(s.model))))
		}
	})
}

func TestNewSnapshotFromBytes(t *testing.T) {
	image := bytes.Repeat([]byte{0xFF}, 300<<10)
	copy(image[0x1234:], "hello")
	s, err := flash.NewSnapshot(image)
	require.NoError(t, err)
	assert.Equal(t, 512<<10, s.Size())
	var out bytes.Buffer
	n, err := s.WriteTo(&out)
	require.NoError(t, err)
	assert.EqualValues(t, 512<<10, n)
	assert.Equal(t, append(image, bytes.Repeat([]byte{0xFF}, 212<<10)...), out.Bytes())
	_, err = flash.NewSnapshot(make([]byte, flash.MaxSize+1))
	require.ErrorIs(t, err, flash.ErrSize)
	require.ErrorIs(t, newChip(t).Restore(mustSnapshot(t, 1<<20)), flash.ErrSize)
	assert.Len(t, s.Diff(mustSnapshot(t, 1<<20)), 128+1, "a sector that only one of them has differs")
}

func mustSnapshot(t testing.TB, size int) *flash.Snapshot {
	c, err := flash.New(size)
	require.NoError(t, err)
	return c.Snapshot()
}

// fullImage is 4 MB of which nothing is erased.
func fullImage(t testing.TB) *flash.Snapshot {
	b := make([]byte, 4<<20)
	for i := range b {
		b[i] = byte(i >> 12)
	}
	s, err := flash.NewSnapshot(b)
	require.NoError(t, err)
	return s
}

// perDevice returns the heap bytes of one chip over base after use, the mean of many.
func perDevice(base *flash.Snapshot, use func(c *flash.Chip)) int64 {
	const devices = 500
	chips := make([]*flash.Chip, devices)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range chips {
		chips[i] = base.Chip()
		use(chips[i])
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(chips)
	return (int64(after.HeapAlloc) - int64(before.HeapAlloc)) / devices
}

// bootAndSave is what a device does to its flash in a normal life: it saves its parameters twice (three sectors), writes RF
// calibration and a certificate image, and appends to two sectors of its own.
func bootAndSave(t require.TestingT, c *flash.Chip) {
	for _, v := range []byte{1, 2} {
		require.NoError(t, image.SystemParamSaveWithProtect(c, 0x3FD, bytes.Repeat([]byte{v}, image.SystemParamSize)))
	}
	for _, n := range []uint32{0x3FB, 0x7A, 0x7B} {
		require.NoError(t, c.EraseSector(n))
		require.NoError(t, c.Write(n*flash.SectorSize, make([]byte, 2048)))
	}
	for _, n := range []uint32{0x200, 0x201} {
		require.NoError(t, c.Write(n*flash.SectorSize, make([]byte, 64)))
	}
}

func TestDeviceOverSharedImageTakesLittleMemory(t *testing.T) {
	base := fullImage(t)
	idle := perDevice(base, func(*flash.Chip) {})
	used := perDevice(base, func(c *flash.Chip) { bootAndSave(t, c) })
	t.Logf("bytes per device over a shared image of 4 MB: %d untouched, %d with 8 sectors changed", idle, used)
	assert.Less(t, idle, int64(1<<10))
	assert.LessOrEqual(t, used, int64(64<<10))
}
