package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A command that goes on to wait for its input after the interruption is told from one that is busy.
func TestAwaitsInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		assert.False(t, awaitsInput(), "busy")
		assert.Equal(t, leaveMax, time.Since(began))
		go func() {
			time.Sleep(3 * time.Second)
			done := reads()
			time.Sleep(500 * time.Millisecond)
			done()
			time.Sleep(time.Second)
			defer reads()()
			time.Sleep(time.Minute)
		}()
		began = time.Now()
		assert.True(t, awaitsInput(), "waits")
		assert.InDelta(t, 5500*time.Millisecond, time.Since(began), float64(150*time.Millisecond))
		time.Sleep(2 * time.Minute)
	})
}
