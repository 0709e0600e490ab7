package scenario_test

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/scenario"
	"github.com/emu8266/emu8266/emulator"
	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/emulator/explain"
)

// TestAdvice: what is to be changed first mends the first take of a scenario. What the checks found besides, such as a certificate that
// goes to any server, is said of the finding and not of the failure; memory that was short comes before what came of it.
func TestAdvice(t *testing.T) {
	all, err := scenario.Library()
	require.NoError(t, err)
	first := map[string]string{
		"server-patience": "let the peer wait longer", "client-refused": "trusts the authority that issued",
		"dhe-slow":             "let the peer wait longer",
		"lost-after-handshake": "free heap before the connection", "server-context-leak": "find what is taken and not given back",
		"connect-resets": "free heap before the connection", "old-session-memory": "free more heap",
	}
	played := 0
	for _, s := range all {
		want, ok := first[s.Name]
		if !ok {
			continue
		}
		played++
		var x *explain.Explanation
		s.Ended = func(_ string, d *emulator.Device) {
			if x == nil {
				found := explain.Explain(d.Trace().Events(), cause.English)
				x = &found
			}
		}
		synctest.Test(t, func(t *testing.T) { require.NoError(t, s.Run(io.Discard), s.Name) })
		require.NotNil(t, x, s.Name)
		require.NotEmpty(t, x.Change, s.Name)
		assert.Contains(t, x.Change[0], want, s.Name)
		assert.NotContains(t, strings.Join(x.Change, "\n"), "espconn_secure_ca_enable", s.Name)
		assert.NotContains(t, strings.Join(x.Change, "\n"), "same keys", "%s: it was memory", s.Name)
		ordered := slices.Contains([]string{"lost-after-handshake", "connect-resets", "old-session-memory"}, s.Name)
		assert.Equal(t, ordered, strings.Contains(x.Cause, "the script or the test lets this allocation fail"), "%s: %s", s.Name, x.Cause)
		for _, f := range x.Findings {
			if f.Fix != "" {
				assert.Contains(t, x.String(), f.Fix, "%s: %s", s.Name, f.Rule)
			}
		}
	}
	assert.Equal(t, len(first), played)
}
