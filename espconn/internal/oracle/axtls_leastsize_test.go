package oracle_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/boundedtls"
	"github.com/emu8266/emu8266/espconn/internal/oracle"
)

// TestAxLeastSize: where a case fails for its size, the size that the diagnosis names works, one less does not, and where
// it names none the largest size does not work either.
func TestAxLeastSize(t *testing.T) {
	for _, group := range []string{"A", "D", "E"} {
		cases, err := oracle.LoadAx(axData, group)
		require.NoError(t, err)
		for i := range cases {
			c := cases[i]
			want := c.Results[oracle.AxKey]
			if len(want.Log) == 0 || want.Log[len(want.Log)-1] != "Error: invalid protocol message" || c.Peer.RawHex != "" {
				continue
			}
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				run := func(size int) (fw *axFirmware) {
					again := c
					again.Size = size
					again.Results = map[string]oracle.AxResult{oracle.AxKey: {}} // all the heap there is
					synctest.Test(t, func(t *testing.T) { fw, _ = runAx(t, &again) })
					return fw
				}
				tooLong := func(fw *axFirmware) bool {
					n := len(fw.run.Log)
					return n > 0 && fw.run.Log[n-1] == "Error: invalid protocol message"
				}
				least := run(c.Size).least
				if least == 0 {
					assert.True(t, tooLong(run(boundedtls.MaxSize)), "no size helps")
					return
				}
				// A flight has several records, and application data come behind it: each may be the next to fail.
				for least > 0 && least <= boundedtls.MaxSize {
					assert.True(t, tooLong(run(least-1)), "one less than %d", least)
					fw := run(least)
					if !tooLong(fw) {
						return
					}
					require.Greater(t, fw.least, least, "the next record is the longer one")
					least = fw.least
				}
			})
		}
	}
}
