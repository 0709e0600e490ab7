package elf_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/elf"
)

func TestTry(t *testing.T) {
	b, err := os.ReadFile(os.Getenv("ELF"))
	require.NoError(t, err)
	i, err := elf.Load(b)
	require.NoError(t, err)
	t.Log(i.Missing(), i.SDK())
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1})
		err := d.Boot(i.Firmware())
		time.Sleep(10 * time.Second)
		t.Log(err, d.Crash())
	})
}
