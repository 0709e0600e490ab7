package flashtest_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
)

// recorder keeps what a helper reports instead of failing the test.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { r.said += fmt.Sprintf(format, args...) }

func (r *recorder) FailNow() { runtime.Goexit() }

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	r.FailNow()
}

// sweep runs PowerCuts where it may fail.
func sweep(t *testing.T, start *flash.Snapshot, scenario func(*flash.Chip) func(*flash.Chip) error) (cuts int, said string) {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		cuts = flashtest.PowerCuts(r, start, scenario)
	}()
	<-done
	return cuts, r.said
}

// The sweep finds a store that erases its value before it writes the new one, and says at which step.
func TestSweepFindsAnUnsafeStore(t *testing.T) {
	c, err := flash.New(flash.MinSize)
	require.NoError(t, err)
	require.NoError(t, c.Write(0, []byte("old!")))
	_, said := sweep(t, c.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
		if c.EraseSector(0) == nil {
			_ = c.Write(0, []byte("new!"))
		}
		return func(c *flash.Chip) error {
			got := make([]byte, 4)
			if _, err := c.ReadAt(got, 0); err != nil {
				return err
			}
			if s := string(got); s != "old!" && s != "new!" {
				return fmt.Errorf("%q", s)
			}
			return nil
		}
	})
	assert.Contains(t, said, `power cut after step 1 of 2: "\xff\xff\xff\xff"`)
}

func TestSweepTriesEveryStep(t *testing.T) {
	c, err := flash.New(flash.MinSize)
	require.NoError(t, err)
	seen := map[byte]bool{}
	cuts, said := sweep(t, c.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
		_ = c.Write(0, make([]byte, 3*flash.PageSize))
		return func(c *flash.Chip) error {
			b := make([]byte, 3*flash.PageSize)
			_, err := c.ReadAt(b, 0)
			pages := byte(0)
			for i := range 3 {
				if b[(i+1)*flash.PageSize-1] == 0 {
					pages++
				}
			}
			seen[pages] = true
			return err
		}
	})
	assert.Empty(t, said)
	assert.Equal(t, 3*(2+flashtest.Seeds), cuts)
	assert.Len(t, seen, 4, "no page, one, two, three")
	_, said = sweep(t, c.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error { return func(*flash.Chip) error { return nil } })
	assert.Contains(t, said, "the scenario writes nothing")
}
