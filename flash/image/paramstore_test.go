package image_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
	"github.com/emu8266/emu8266/flash/image"
)

const paramSector = 0x7C

func loadParam(t require.TestingT, d flash.Device, n int) []byte {
	p := make([]byte, n)
	require.NoError(t, image.SystemParamLoad(d, paramSector, 0, p))
	return p
}

// The layout that the SDK leaves in the three sectors.
func TestParamLayout(t *testing.T) {
	c := newChip(t)
	a, b := bytes.Repeat([]byte{0xA1}, 100), bytes.Repeat([]byte{0xB2}, 50)
	assert.Equal(t, bytes.Repeat([]byte{0xFF}, 10), loadParam(t, c, 10), "blank sectors give 0xFF and no error")
	require.NoError(t, image.SystemParamSaveWithProtect(c, paramSector, a))
	sector := func(n int) []byte { return content(t, c)[(paramSector+n)*flash.SectorSize:][:flash.SectorSize] }
	assert.Equal(t, a, sector(0)[:100], "the first save goes into the first bank")
	assert.Equal(t, []byte{0xFF}, sector(1)[:1])
	head := func() []byte { return sector(2)[:32] }
	assert.Equal(t, []byte{0, 255, 255, 255, 0xAA, 0x55, 0xAA, 0x55, 1, 0, 0, 0, 32, 0, 0, 0, 255, 255, 255, 255, 0xEF, 0, 0, 0, 255, 255,
		255, 255, 0x55, 0xAA, 0x55, 0xAA}, head())

	require.NoError(t, image.SystemParamSaveWithProtect(c, paramSector, b))
	assert.Equal(t, b, sector(1)[:50])
	assert.Equal(t, a, sector(0)[:100], "the former bank stays")
	h, err := image.ReadParamHeader(c, paramSector)
	require.NoError(t, err)
	assert.Equal(t, image.ParamHeader{Flag: 1, Front: 0x55AA55AA, Count: 2, Len: [2]uint32{32, 32}, Sum: [2]uint32{0xEF, 0xEF},
		Back: 0xAA55AA55}, h)
	assert.True(t, h.Written())
	assert.Equal(t, b, loadParam(t, c, 50))

	steps := c.Steps()
	require.NoError(t, image.SystemParamSaveWithProtect(c, paramSector, b))
	require.NoError(t, image.SystemParamSaveWithProtect(c, paramSector, b[:7]))
	assert.Equal(t, steps, c.Steps(), "the same data are not written again")
}

func TestParamArguments(t *testing.T) {
	c := newChip(t)
	full := bytes.Repeat([]byte{7}, 4096)
	for _, tc := range []struct {
		name string
		err  error
		want error
	}{
		{"save nothing", image.SystemParamSaveWithProtect(c, paramSector, nil), image.ErrParamSize},
		{"save 4097 bytes", image.SystemParamSaveWithProtect(c, paramSector, make([]byte, 4097)), image.ErrParamSize},
		{"save a sector", image.SystemParamSaveWithProtect(c, paramSector, full), nil},
		{"save 5 bytes", image.SystemParamSaveWithProtect(c, paramSector, full[:5]), nil},
		{"save at the end", image.SystemParamSaveWithProtect(c, 0x7D, full), nil},
		{"save beyond the end", image.SystemParamSaveWithProtect(c, 0x7E, full), flash.ErrRange},
		{"save far beyond the end", image.SystemParamSaveWithProtect(c, 0xFFFFFFF0, full), flash.ErrRange},
		{"load to NULL", image.SystemParamLoad(c, paramSector, 0, nil), image.ErrParamSize},
		{"load to the end", image.SystemParamLoad(c, paramSector, 4095, make([]byte, 1)), nil},
		{"load beyond the end", image.SystemParamLoad(c, paramSector, 4095, make([]byte, 2)), image.ErrParamSize},
		{"load nothing", image.SystemParamLoad(c, paramSector, 4096, []byte{}), nil},
		{"load beyond the chip", image.SystemParamLoad(c, 0x7F, 0, make([]byte, 1)), flash.ErrRange},
	} {
		assert.ErrorIs(t, tc.err, tc.want, tc.name)
	}
}

func TestParamOnABadSector(t *testing.T) {
	c := newChip(t)
	for _, v := range []byte{1, 2} {
		require.NoError(t, image.SystemParamSaveWithProtect(c, paramSector, []byte{v, v, v, v}))
	}
	require.NoError(t, c.FailSector(paramSector, flash.Worn))
	require.ErrorIs(t, image.SystemParamSaveWithProtect(c, paramSector, []byte{3, 4, 5, 6}), image.ErrParamWrite)
	assert.Equal(t, []byte{2, 2, 2, 2}, loadParam(t, c, 4), "the former data stay in force")
	require.NoError(t, c.FailSector(paramSector, flash.Dead))
	require.ErrorIs(t, image.SystemParamSaveWithProtect(c, paramSector, []byte{3, 4, 5, 6}), flash.ErrTimeout)
}

// Power fails at every step of a series of saves: the last value that was saved, or the one that was being saved, is in
// force and whole; and the store works on.
func TestParamPowerCuts(t *testing.T) {
	for _, size := range []int{4, 1000, 4096} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			values := func(i int) []byte {
				p := bytes.Repeat([]byte{byte(0x10 + i)}, size)
				p[0], p[size-1] = byte(i), byte(i)
				return p
			}
			cuts := flashtest.PowerCuts(t, newChip(t).Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
				blank := bytes.Repeat([]byte{0xFF}, size)
				saved, tried := blank, blank
				for i := range 4 {
					tried = values(i)
					if image.SystemParamSaveWithProtect(c, paramSector, tried) != nil {
						break
					}
					saved = tried
				}
				return func(c *flash.Chip) error {
					got := make([]byte, size)
					if err := image.SystemParamLoad(c, paramSector, 0, got); err != nil {
						return err
					}
					if !bytes.Equal(got, saved) && !bytes.Equal(got, tried) {
						return fmt.Errorf("loaded %x..., saved was %x..., being saved %x...", got[:4], saved[:4], tried[:4])
					}
					next := values(9)
					if err := image.SystemParamSaveWithProtect(c, paramSector, next); err != nil {
						return err
					}
					if err := image.SystemParamLoad(c, paramSector, 0, got); err != nil {
						return err
					}
					if !bytes.Equal(got, next) {
						return fmt.Errorf("after the power cut the store does not save: %x...", got[:4])
					}
					return nil
				}
			})
			t.Logf("%d power cuts", cuts)
		})
	}
}

// Power fails, and again while the next value is saved after that.
func TestParamPowerCutsTwice(t *testing.T) {
	cuts := flashtest.PowerCutsTwice(t, newChip(t).Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
		allowed := [][]byte{{255, 255, 255, 255}}
		for i := byte(1); i < 4; i++ {
			v := []byte{i, i, i, i}
			allowed = append(allowed, v)
			if image.SystemParamSaveWithProtect(c, paramSector, v) != nil {
				break
			}
			allowed = [][]byte{v}
		}
		next := []byte{9, 9, 9, 9}
		return func(c *flash.Chip) error {
			got := make([]byte, 4)
			if err := image.SystemParamLoad(c, paramSector, 0, got); err != nil {
				return err
			}
			if !slices.ContainsFunc(append(allowed, next), func(v []byte) bool { return bytes.Equal(v, got) }) {
				return fmt.Errorf("loaded %x, not one of %x or %x", got, allowed, next)
			}
			return image.SystemParamSaveWithProtect(c, paramSector, next)
		}
	})
	t.Logf("%d power cuts", cuts)
}

func TestSystemParams(t *testing.T) {
	c := chip4M(t)
	const m = image.Map32M1024x1024
	p, intact, err := image.LoadSystemParams(c, m)
	require.NoError(t, err)
	assert.True(t, intact, "blank is not damaged")
	assert.EqualValues(t, 2, p.OpMode())
	assert.True(t, p.AutoConnect())
	_, ok := p.Station()
	assert.False(t, ok)

	s := image.SavedStation{SSID: []byte("net"), Password: bytes.Repeat([]byte("p"), 64), BSSIDSet: true, BSSID: [6]byte{1, 2, 3, 4, 5, 6}}
	p.SetOpMode(1)
	p.SetAutoConnect(false)
	require.NoError(t, p.SetStation(s))
	require.NoError(t, p.Save(c, m))
	q, intact, err := image.LoadSystemParams(c, m)
	require.NoError(t, err)
	assert.True(t, intact)
	got, ok := q.Station()
	assert.True(t, ok)
	assert.Equal(t, s, got)
	assert.EqualValues(t, 1, q.OpMode())
	assert.False(t, q.AutoConnect())
	assert.Equal(t, "net", string(content(t, c)[0x3FD000+16:0x3FD000+19]))
	require.Error(t, q.SetStation(image.SavedStation{SSID: make([]byte, 33)}))

	require.NoError(t, c.Write(0x3FD000+8, []byte{0, 0, 0, 0}))
	_, intact, err = image.LoadSystemParams(c, m)
	require.NoError(t, err)
	assert.False(t, intact, "damaged behind the SDK's back")
	q.SetAutoConnect(true)
	q.Restore()
	_, ok = q.Station()
	assert.False(t, ok)
	assert.EqualValues(t, 2, q.OpMode())
}
