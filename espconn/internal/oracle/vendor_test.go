package oracle_test

import (
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/emulator/elf"
	"github.com/emu8266/emu8266/espconn"
	"github.com/emu8266/emu8266/espconn/internal/linked"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
)

// TestReplayVendor replays the cases of mbedTLS on the vendor's own libraries: testdata/replay.c of package espconn, which somebody has
// linked with SDK 3.0.1 and 3.0.6. Left out are heap figures, which are a host's, cases whose send buffer is never full
// (`transport: ideal`), and those for which the program's heap is too small.
// The differences are listed in testdata/vendor-differences.txt.
func TestReplayVendor(t *testing.T) {
	known, err := oracle.ReadDifferences(filepath.Join("testdata", "vendor-differences.txt"))
	require.NoError(t, err)
	images := map[string]*elf.Image{}
	for build, name := range map[string]string{"v301": "301-replay-mbedtls.out", "head": "306-replay-mbedtls.out"} {
		images[build], err = elf.LoadVendorFile(linked.File(t, name))
		require.NoError(t, err)
	}
	var tally tally
	var short atomic.Int32
	t.Run("cases", func(t *testing.T) {
		for _, group := range oracle.Groups {
			cases, err := oracle.Load(data, group)
			require.NoError(t, err)
			for i := range cases {
				c := &cases[i]
				if c.Transport == "ideal" {
					continue
				}
				for build, name := range oracle.Builds {
					t.Run(c.ID+"/"+name, func(t *testing.T) {
						t.Parallel()
						profile, ok := espconn.ProfileByName(name)
						require.True(t, ok)
						var got oracle.Result
						synctest.Test(t, func(t *testing.T) { got = replayOn(t, c, profile, bootTheirs(images[build])) })
						diffs := oracle.Compare(c, build, got)
						if len(diffs) > 0 && outOfMemory(got.Log) && !outOfMemory(c.Results[build].Log) {
							short.Add(1)
							t.Skip("it takes more than the heap of the program: the data were measured with 80 KB")
						}
						unlisted, _ := oracle.Check(known, diffs, func(string, string) bool { return false })
						for _, u := range unlisted {
							t.Error(u)
						}
						tally.add(c, build, diffs)
					})
				}
			}
		}
	})
	_, stale := oracle.Check(known, tally.diffs, tally.ran)
	for _, s := range stale {
		t.Errorf("%s %s %s is equal now: remove it from vendor-differences.txt", s.Case, s.Profile, s.Field)
	}
	page, ran := tally.page(known)
	t.Logf("%d replays compared, %d more ran out of memory\n%s", ran, short.Load(), page)
}

// outOfMemory tells that the allocator has said so.
func outOfMemory(log []string) bool {
	return slices.ContainsFunc(log, func(s string) bool { return strings.HasPrefix(s, "E:M ") })
}

// TestReplayAxVendor does the same for axTLS, with the libssl of 3.0.6: groups A to H, without heap figures. Group S calls functions in
// ways that replay.c has not got.
func TestReplayAxVendor(t *testing.T) {
	known, err := oracle.ReadDifferences(filepath.Join("testdata", "vendor-differences-axtls.txt"))
	require.NoError(t, err)
	image, err := elf.LoadVendorFile(linked.File(t, "306-replay-axtls.out"))
	require.NoError(t, err)
	tally := &axTally{total: map[string]int{}, seen: map[string]bool{}}
	var equal, short, reset atomic.Int32
	t.Run("cases", func(t *testing.T) {
		for _, group := range oracle.AxGroups {
			cases, err := oracle.LoadAx(axData, group)
			require.NoError(t, err)
			for i := range cases {
				c := &cases[i]
				t.Run(c.ID, func(t *testing.T) {
					t.Parallel()
					var diffs []oracle.Difference
					var run oracle.AxRun
					synctest.Test(t, func(t *testing.T) {
						fw, report := runAxOn(t, c, bootTheirs(image))
						fw.run.Log = slices.DeleteFunc(fw.run.Log, func(s string) bool { // a crash's second line
							return strings.HasPrefix(s, "epc1=")
						})
						for i, line := range fw.run.Log { // the ROM's text, which was not measured
							fw.run.Log[i] = strings.ReplaceAll(line, "(null)", "<NULL>")
						}
						diffs, run = oracle.CompareAx(c, fw.run, report), fw.run
					})
					diffs = slices.DeleteFunc(diffs, func(d oracle.Difference) bool {
						return d.Field == "lowest_free" || d.Field == "free_in_connect_callback"
					})
					if slices.Contains(run.Log, softWatchdog) {
						reset.Add(1)
						t.Skip("the software watchdog ended it: the measurement had none")
					}
					if want := c.Results[oracle.AxKey]; len(diffs) > 0 && want.Heap != nil && run.FreeBefore < want.Heap.FreeBefore {
						short.Add(1)
						t.Skip("the program has less heap than the measured one")
					}
					unlisted, _ := oracle.Check(known, diffs, func(string, string) bool { return false })
					for _, u := range unlisted {
						t.Error(u)
					}
					if len(diffs) == 0 {
						equal.Add(1)
					}
					tally.add(c.Group, c.ID, diffs)
				})
			}
		}
	})
	_, stale := oracle.Check(known, tally.diffs, func(id, _ string) bool { return tally.seen[id] })
	for _, s := range stale {
		t.Errorf("%s %s is equal now: remove it from vendor-differences-axtls.txt", s.Case, s.Field)
	}
	t.Logf("%d of %d equal; more: %d have less heap than was measured, %d were ended by the watchdog", equal.Load(), len(tally.seen),
		short.Load(), reset.Load())
}

// softWatchdog is what the SDK prints when the software watchdog ends a program.
const softWatchdog = "soft wdt reset"
