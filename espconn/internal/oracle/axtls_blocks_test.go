package oracle_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/internal/oracle"
)

// axBlock is a block that was taken: its size with header and rounding, and what was free behind it.
type axBlock struct{ size, free int }

func (b axBlock) String() string { return fmt.Sprintf("%d/%d", b.size, b.free) }

// measuredBlock reads "4000 malloc 104 -> 3ffef400 free 52104 from pvPortCalloc+1c".
var measuredBlock = regexp.MustCompile(`^\d+ malloc (\d+) -> \w+ free (\d+) from (\w+)`)

// TestAxBlocks compares the blocks of a connection, from its buffer on, with the traces of the vendor's allocator: size, order and
// the free heap behind each. The traces leave out the exponentiation's table, so theirs are a part of ours. Received frames are not
// compared: the measured peer acknowledged by frames of their own. A client's trace is compared up to the exponentiation with a
// public exponent, whose last block is drawn (axtls.md 11): a number as long as two of the 64 words of its modulus comes there.
func TestAxBlocks(t *testing.T) {
	const drawn = 2 * 64 * 4
	cases, err := oracle.LoadAx(axData, "H")
	require.NoError(t, err)
	seen := 0
	for i := range cases {
		c := &cases[i]
		trace := c.Results[oracle.AxKey].Extra.Allocations
		if len(trace) == 0 {
			continue
		}
		seen++
		t.Run(c.ID, func(t *testing.T) {
			var want, got []axBlock
			for _, line := range trace {
				m := measuredBlock.FindStringSubmatch(line)
				if m == nil || !strings.HasPrefix(line, "4000 ") || m[3] == "os_printf_plus" || m[1] == "20" && m[3] == "pbuf_alloc" {
					continue
				}
				n, _ := strconv.Atoi(m[1]) // digits only
				free, _ := strconv.Atoi(m[2])
				if n == drawn && !c.Server() {
					break
				}
				if len(want) > 0 || n == c.Size {
					want = append(want, axBlock{(n + 16 + 7) / 8 * 8, free})
				}
			}
			require.Greater(t, len(want), 30)
			synctest.Test(t, func(t *testing.T) {
				fw, _ := runAx(t, c)
				got = fw.blocks
			})
			at := 0
			for i, w := range want {
				from := at
				for at < len(got) && (got[at].free != w.free || got[at].size < w.size || got[at].size > w.size+32) {
					at++
				}
				if !assert.Less(t, at, len(got), "block %d of the chip, %v, does not come in the emulator after %v; expected next: %v",
					i, w, got[max(0, from-3):min(len(got), from+6)], want[i:min(len(want), i+6)]) {
					return
				}
				at++
			}
		})
	}
	assert.Equal(t, 3, seen)
}
