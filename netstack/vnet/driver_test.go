package vnet

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A run of the timer that was on its way when another became the driver deals with what is due and ends: a second driver would
// outlive Close, which calls off one.
func TestOneDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Options{})
		p := attachProbe(n, "a", 1)
		p.Alarm(time.Now().Add(time.Millisecond))
		time.Sleep(time.Second)
		synctest.Wait()
		n.mu.Lock()
		driving := n.driver.driving
		n.mu.Unlock()
		require.True(t, driving)
		ended := make(chan struct{})
		go func() { n.tick(); close(ended) }()
		synctest.Wait()
		select {
		case <-ended:
		default:
			assert.Fail(t, "there are two drivers")
		}
		p.Close()
		synctest.Wait()
		n.mu.Lock()
		driving = n.driver.driving
		n.mu.Unlock()
		assert.False(t, driving, "a network without ports needs no goroutine")
		require.NoError(t, n.Close())
	})
}
