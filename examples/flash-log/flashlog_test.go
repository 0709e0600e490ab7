package flashlog_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/emu8266/emu8266/emulator"
	flashlog "github.com/emu8266/emu8266/examples/flash-log"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
)

// The run that the README shows: the power fails while the third reading is being written.
func TestMeterGoesOnAfterAPowerCut(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) { // virtual time
		var uart bytes.Buffer
		d := emulator.NewTest(t, emulator.Config{UART: &uart, Seed: 1, NoAutoConnect: true})
		meter := &flashlog.Meter{}
		boot := func() { require.NoError(t, d.Boot(emulator.Go(meter.Init))) }

		require.NoError(t, d.Do(func() { d.Flash().CutPower(flash.PowerCut{Step: 3, Moment: flash.During}) }))
		boot()
		time.Sleep(3500 * time.Millisecond)
		require.NoError(t, d.Reset())
		require.NoError(t, d.Do(func() { d.Flash().PowerOn() }))
		boot()
		time.Sleep(2500 * time.Millisecond)
		require.NoError(t, d.Reset())
		boot()
		require.NoError(t, d.Close()) // the UART is ours now
		assert.Contains(t, string(readme), "```\n"+uart.String()+"```\n", "the README shows another output:\n%s", uart.String())
	})
}

// spi is a bare chip with the SDK's functions.
type spi struct{ c *flash.Chip }

func (s spi) SpiFlashRead(addr uint32, dst []byte) int {
	return int(flash.SpiRead(s.c, addr, dst).Result())
}
func (s spi) SpiFlashWrite(addr uint32, src []byte) int {
	return int(flash.SpiWrite(s.c, addr, src).Result())
}
func (s spi) SpiFlashEraseSector(n uint16) int { return int(flash.SpiEraseSector(s.c, n).Result()) }

const first, sectors = 4, 2

func open(t require.TestingT, c *flash.Chip) *flashlog.Store {
	s, ok := flashlog.Open(spi{c}, first, sectors)
	require.True(t, ok)
	return s
}

// after is a chip in which n values were put.
func after(t *testing.T, n int) *flash.Snapshot {
	c, err := flash.New(flash.MinSize)
	require.NoError(t, err)
	s := open(t, c)
	for i := range n {
		require.True(t, s.Put(fmt.Appendf(nil, "old %d", i)))
	}
	return c.Snapshot()
}

// scenario puts four values. Afterwards the last one that Put had confirmed is there, or the one that was being put; and
// the store takes another.
func scenario(c *flash.Chip) func(*flash.Chip) error {
	s, ok := flashlog.Open(spi{c}, first, sectors)
	var saved, tried string
	if ok {
		v, _ := s.Get()
		saved, tried = string(v), string(v)
		for i := range 4 {
			tried = fmt.Sprintf("new %d", i)
			if !s.Put([]byte(tried)) {
				break
			}
			saved = tried
		}
	}
	return func(c *flash.Chip) error {
		s, ok := flashlog.Open(spi{c}, first, sectors)
		if !ok {
			return fmt.Errorf("the log cannot be read")
		}
		got, _ := s.Get()
		if string(got) != saved && string(got) != tried && string(got) != "after" {
			return fmt.Errorf("%q, saved was %q, being saved %q", got, saved, tried)
		}
		if !s.Put([]byte("after")) {
			return fmt.Errorf("nothing can be put any more")
		}
		if s, ok = flashlog.Open(spi{c}, first, sectors); !ok {
			return fmt.Errorf("the log cannot be read")
		}
		if got, _ := s.Get(); string(got) != "after" {
			return fmt.Errorf("%q after a put that was confirmed", got)
		}
		return nil
	}
}

// A power cut at every step, and a second one at every step of what follows the first: the last committed value is always
// readable.
func TestStorePowerCuts(t *testing.T) {
	const perSector = 64
	for name, puts := range map[string]int{
		"blank":                     0,
		"into a blank sector":       perSector - 2,
		"round the end of the ring": 2*perSector - 2,
		"into an old sector":        3*perSector - 2,
	} {
		t.Run(name, func(t *testing.T) {
			cuts := flashtest.PowerCutsTwice(t, after(t, puts), scenario)
			t.Logf("%d power cuts", cuts)
		})
	}
}

// Random values and reopenings against a variable; the log wears its sectors evenly.
func TestStoreAgainstModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c, err := flash.New(flash.MinSize)
		require.NoError(r, err)
		s := open(r, c)
		var want []byte
		var has bool
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				v := rapid.SliceOfN(rapid.Byte(), 0, flashlog.MaxValue+2).Draw(r, "value")
				if ok := s.Put(v); ok {
					want, has = v, true
				} else if len(v) <= flashlog.MaxValue {
					r.Fatal("not put")
				}
			},
			"many": func(r *rapid.T) {
				for range 100 {
					require.True(r, s.Put([]byte{1}))
				}
				want, has = []byte{1}, true
			},
			"reopen": func(r *rapid.T) { s = open(r, c) },
			"": func(r *rapid.T) {
				got, ok := s.Get()
				require.Equal(r, has, ok)
				require.True(r, bytes.Equal(want, got))
			},
		})
		a, b := c.Erases(first), c.Erases(first+1)
		require.LessOrEqual(r, max(a, b)-min(a, b), uint32(1))
	})
}
