package wasm_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/report"
	"github.com/emu8266/emu8266/flash"
)

// A crash of an image that was built for tests tells the arguments and variables of its function; others have them nowhere.
func TestCrashTellsVariables(t *testing.T) {
	i := prebuilt(t, "unit")
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, NoAutoConnect: true, ExpectCrash: true})
		fw := i.Firmware()
		require.NoError(t, d.Boot(fw))
		_, err := fw.Call("divide", 17, 0)
		require.ErrorContains(t, err, "division by zero")
		require.NotNil(t, d.Crash())
		require.Len(t, d.Crash().Locals, 3)
		assert.Equal(t, []string{"a = 17", "b = 0"}, d.Crash().Locals[:2])
		assert.Regexp(t, `^q = `, d.Crash().Locals[2])
		x := d.Explain()
		assert.Equal(t, d.Crash().Locals, x.Locals)
		assert.Regexp(t, `(?m)^  locals:  a = 17\n           b = 0\n           q = `, x.String())
		r, err := report.New([]report.Device{{Name: "dev", Events: d.Trace().Events()}}, report.Options{Secrets: []string{"17"}})
		require.NoError(t, err)
		assert.Contains(t, string(r.HTML()), "<pre>a = ********\nb = 0\n") // as with all texts, secrets stay out
		assert.Regexp(t, `(?m)^    divide .*main\.c:\d+.*\n        a = 17\n        b = 0\n        q = `, d.Crash().String())
	})
	i = prebuilt(t, "faults")
	synctest.Test(t, func(t *testing.T) {
		chip, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		require.NoError(t, chip.Write(0x100000, []byte{1, 0, 0, 0})) // how it crashes
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Flash: chip, NoAutoConnect: true, ExpectCrash: true})
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(time.Second)
		require.NotNil(t, d.Crash())
		assert.NotEmpty(t, d.Crash().Where)
		assert.Empty(t, d.Crash().Locals)
	})
}
