package elf_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
)

// Lines are counted if that was asked for before the first boot. What is counted, the tests of package engines hold.
func TestCountLines(t *testing.T) {
	i := compile(t, []string{"testdata/firmware/unit"})
	_, err := i.Coverage()
	require.ErrorIs(t, err, elf.ErrNoCounters)
	require.NoError(t, i.CountLines())
	_, err = i.Coverage()
	require.ErrorContains(t, err, "no boot of the image has ended")
	synctest.Test(t, func(t *testing.T) {
		d, err := emulator.New(emulator.Config{Seed: 1, NoAutoConnect: true})
		require.NoError(t, err)
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(time.Second)
		require.NoError(t, d.Close())
	})
	require.ErrorContains(t, i.CountLines(), "call CountLines before it")
	c, err := i.Coverage()
	require.NoError(t, err)
	all, ran := c.Lines()
	require.Greater(t, all, ran)
	require.NotZero(t, ran)
}
