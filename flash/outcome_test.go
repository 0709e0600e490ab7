package flash_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/flash"
)

// The outcome of an operation tells the time, and a power cut once: in the operation in which power failed.
func TestOutcome(t *testing.T) {
	c := newChip(t)
	c.Timing = flash.TypicalTiming()
	assert.Equal(t, flash.Outcome{Took: 45 * time.Millisecond}, c.Erase(1))
	assert.Equal(t, flash.Outcome{Took: 45 * time.Millisecond}, flash.SpiEraseSector(c, 1))
	assert.Equal(t, flash.Outcome{Took: 700 * time.Microsecond}, c.Program(0, make([]byte, 256)))
	assert.Equal(t, flash.Outcome{Took: 700 * time.Microsecond}, flash.SpiWrite(c, 0, make([]byte, 256)))
	assert.Equal(t, flash.Outcome{}, flash.SpiRead(c, 0, make([]byte, 256)), "reads take no time")

	o := c.Program(2, make([]byte, 4))
	require.ErrorIs(t, o.Err, flash.ErrAlignment)
	assert.False(t, o.PowerCut)
	assert.Equal(t, flash.ResultErr, o.Result())

	c.CutPower(flash.PowerCut{Step: 1})
	o = c.Erase(2)
	require.ErrorIs(t, o.Err, flash.ErrPower)
	assert.True(t, o.PowerCut)
	assert.Zero(t, o.Took)
	o = c.Erase(2)
	require.ErrorIs(t, o.Err, flash.ErrPower)
	assert.False(t, o.PowerCut, "there was no power before")
	c.PowerOn()
	c.CutPower(flash.PowerCut{Step: 1})
	assert.True(t, flash.SpiWrite(c, 0, []byte{1}).PowerCut)
}
