package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
)

// computer is firmware that has made calls of the SDK, and computes or not.
type computer struct {
	emulator.Firmware
	calls     uint64
	computing bool
}

func (c *computer) Progress() (uint64, bool) { return c.calls, c.computing }

// The busiest of many counts: looks in a row in which it computes and has made no call.
func TestBusyFirmware(t *testing.T) {
	var b busyFirmware
	idle, caller, stuck := &computer{}, &computer{computing: true}, &computer{computing: true}
	for _, c := range []*computer{idle, caller, stuck} {
		b.note(c)
	}
	for n := range 5 {
		caller.calls++
		require.Equal(t, n+1, b.look())
	}
	caller.computing = false // its callback has returned
	stuck.calls++            // it went on
	require.Equal(t, 0, b.look())
	require.Equal(t, 1, b.look())
	stuck.computing = false
	require.Equal(t, 0, b.look())
}
