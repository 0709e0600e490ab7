package engines_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/trace"
	"github.com/emu8266/emu8266/flash"
	flashimage "github.com/emu8266/emu8266/flash/image"
)

// writerFunc is an io.Writer.
type writerFunc func(p []byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// A reset that comes while firmware is printing ends it there, in user_init as in a callback and in a callback inside a
// call; nothing of it runs any more, and the device boots again.
func TestResetInsideCall(t *testing.T) { onEach(t, testResetInsideCall) }

func testResetInsideCall(t *testing.T, e engine) {
	i := e.image(t, "machine")
	for _, at := range []string{"sdk 2.2.1(emu8266)\n", "bAn", "often 2 at 200 ms\n"} {
		t.Run(at, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var d *emulator.Device
				var printed strings.Builder
				reset := false
				d, err := emulator.New(emulator.Config{Seed: 1, UART: writerFunc(func(p []byte) {
					printed.Write(p)
					if strings.HasSuffix(printed.String(), at) && !reset {
						reset = true
						_ = d.Reset() // on the device goroutine, inside os_printf
					}
				})})
				require.NoError(t, err)
				output := func() (s string) {
					require.NoError(t, d.Do(func() { s = printed.String() }))
					return s
				}
				require.NoError(t, d.Boot(i.Firmware()))
				time.Sleep(5 * time.Second)
				assert.Nil(t, d.Crash())
				assert.True(t, strings.HasSuffix(output(), at), output())
				require.NoError(t, d.Boot(i.Firmware()))
				time.Sleep(5 * time.Second)
				assert.Contains(t, output(), "often 3")
				require.NoError(t, d.Close())
			})
		})
	}
}

// Misuse that the API checks find is told with the line of C that did it. The program in the flash ends in sector 0x7A,
// where the firmware looks for its certificates.
func TestFindingsNameC(t *testing.T) { onEach(t, testFindingsNameC) }

func testFindingsNameC(t *testing.T, e engine) {
	i := e.image(t, "misuse")
	chip, err := flash.New(emulator.FlashDefault)
	require.NoError(t, err)
	program, err := flashimage.BuildUser(1, make([]byte, 0x79F00))
	require.NoError(t, err)
	require.NoError(t, chip.Write(0x1000, program))
	synctest.Test(t, func(t *testing.T) {
		d := emulator.NewTest(t, emulator.Config{Seed: 1, Flash: chip})
		require.NoError(t, d.Boot(i.Firmware()))
		time.Sleep(5 * time.Second)
		require.Nil(t, d.Crash())
		var want, got []string
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourceUART { // the firmware tells the line before it does it
				if rule, line, ok := strings.Cut(e.Text, " comes at line "); ok {
					want = append(want, rule+" testdata/firmware/misuse.c:"+line)
				}
			}
		}
		for _, e := range d.Trace().Events() {
			if e.Source == trace.SourceFinding {
				got = append(got, e.Name+" "+e.Where)
			}
		}
		require.Len(t, want, 8)
		assert.Subset(t, got, want)
		slices.Sort(got)
		assert.Len(t, slices.Compact(got), len(want)+1) // the first accept has no certificate either
		found := d.Findings()
		assert.Contains(t, found[len(found)-1].Text, "sector 0x7a: certificates overlap the program user1")
	})
}
