package soc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Ten thousand delays of 10 us take 0.1 s on a host whose waits are late, with as few waits as that needs; on one whose waits are exact
// every delay waits.
func TestPace(t *testing.T) {
	for late, most := range map[time.Duration]int{
		0: 10000, 60 * time.Microsecond: 1430, 960 * time.Microsecond: 104, 5 * time.Millisecond: 21,
	} {
		var p pace
		var passed time.Duration
		waits := 0
		for range 10000 {
			span := 10 * time.Microsecond
			if span -= p.free(span); span > 0 {
				waits++
				passed += span + late
				p.waited(span, span+late)
			}
		}
		assert.LessOrEqual(t, waits, most, "%v late", late)
		assert.GreaterOrEqual(t, passed, 100*time.Millisecond, "%v late", late)
		assert.LessOrEqual(t, passed, 100*time.Millisecond+late, "%v late", late)
	}
	p := pace{}
	p.waited(time.Millisecond, time.Hour) // the host slept: the device does not run an hour ahead of the clock
	assert.Equal(t, paceMost, p.free(time.Hour))
	assert.Zero(t, p.free(time.Hour))
}
