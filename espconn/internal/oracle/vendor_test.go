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

// TestReplayVendor replays the cases of mbedTLS on the vendor's own libraries: testdata/replay.c of package espconn, which somebody
// has linked with SDK 3.0.1 and 3.0.6. Left out are heap figures, which are a host's, cases whose send buffer is never full
// (`transport: ideal`), and those for which the program's heap is too small. The differences are listed in testdata/vendor-
// differences.txt.
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
