package paramstore_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/wasm"
	"github.com/emu8266/emu8266/flash"
	"github.com/emu8266/emu8266/flash/flashtest"
	"github.com/emu8266/emu8266/flash/image"
)

const paramSector = 0x200

func firmware(t *testing.T) *wasm.Image {
	i, err := wasm.LoadFile("../../testdata/firmware/param-store.wasm")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, i.Close()) })
	assert.Empty(t, i.Missing())
	return i
}

// boot runs the firmware on a chip for a while, or until the power goes, and returns what it printed.
func boot(t *testing.T, i *wasm.Image, c *flash.Chip, d time.Duration) string {
	var uart bytes.Buffer
	dev, err := emulator.New(emulator.Config{Flash: c, UART: &uart, Seed: 1, NoAutoConnect: true, TraceLimit: -1})
	require.NoError(t, err)
	require.NoError(t, dev.Boot(i.Firmware()))
	time.Sleep(d)
	require.NoError(t, dev.Close())
	return uart.String()
}

// last returns what is behind the last line that begins with one of the words.
func last(out string, words ...string) string {
	found := ""
	for line := range strings.Lines(out) {
		for _, w := range words {
			if rest, ok := strings.CutPrefix(line, w+": "); ok {
				found = strings.TrimSpace(rest)
			}
		}
	}
	return found
}

// A power cut before, in and after every page that is programmed and every sector that is erased, in two boots: what was
// said to be saved is there afterwards, or what was being saved.
func TestPowerCuts(t *testing.T) {
	i := firmware(t)
	for name, boots := range map[string]int{"blank chip": 0, "used once": 1, "used twice": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := flash.New(emulator.FlashDefault)
				require.NoError(t, err)
				for range boots {
					boot(t, i, c, 0)
				}
				cuts := flashtest.PowerCuts(t, c.Snapshot(), func(c *flash.Chip) func(*flash.Chip) error {
					var out string
					for range 2 {
						out += boot(t, i, c, 700*time.Millisecond)
						if !c.Powered() {
							break
						}
					}
					tried := last(out, "saving")
					before := out[:max(0, strings.LastIndex(out, "saved\n"))]
					saved := last(before, "saving")
					if saved == "" {
						saved = last(out, "loaded", "defaults")
					}
					return func(c *flash.Chip) error {
						got := last(boot(t, i, c, 0), "loaded", "defaults")
						if got != tried && got != saved {
							return fmt.Errorf("found %q, saved was %q, being saved %q", got, saved, tried)
						}
						return nil
					}
				})
				t.Logf("%d power cuts", cuts)
			})
		})
	}
}

// Settings that are no settings, or those of another firmware, are not taken.
func TestGarbage(t *testing.T) {
	i := firmware(t)
	synctest.Test(t, func(t *testing.T) {
		c, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		require.NoError(t, image.SystemParamSaveWithProtect(c, paramSector, bytes.Repeat([]byte{0x5A}, 36)))
		out := boot(t, i, c, 0)
		assert.Contains(t, out, "defaults: boots 0, interval 10, name sensor\n")
		assert.Contains(t, boot(t, i, c, 0), "loaded: boots 1, ")
	})
}

// The output that the README shows: the power fails while a setting is being saved.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	i := firmware(t)
	synctest.Test(t, func(t *testing.T) {
		c, err := flash.New(emulator.FlashDefault)
		require.NoError(t, err)
		out := boot(t, i, c, 600*time.Millisecond)
		c.CutPower(flash.PowerCut{Step: 6, Moment: flash.During}) // a save takes four steps: this is the data of the second
		out += boot(t, i, c, time.Second)
		require.False(t, c.Powered())
		c.PowerOn()
		out += boot(t, i, c, 0)
		assert.Contains(t, string(readme), "```\n"+out+"```\n", "the README shows another output:\n%s", out)
	})
}
