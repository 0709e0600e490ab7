package netstack

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every cause is sent in the situation that it names, which is a packet script.
func TestEveryCause(t *testing.T) {
	for id, name := range map[CauseID]string{
		CauseSYNUnanswered:      "syn-is-repeated-six-times-and-given-up-after-6-seconds",
		CauseDataUnacknowledged: "rto-table-of-an-untrained-connection",
		CauseFINUnacknowledged:  "fin-is-repeated-by-the-rto-table",
		CauseKeepalive:          "keepalive-probes-after-two-minutes-nine-times",
		CauseReset:              "rst-at-the-next-number-ends-the-connection",
		CauseAddressGone:        "address-change-to-nothing-resets-connections",
		CauseMemory:             "syn-without-memory-frees-the-oldest-time-wait",
		CauseUnread:             "data-in-fin-wait-2-is-reset",
	} {
		_, causes, err := playScript(scriptNamed(t, name))
		require.NoError(t, err, name)
		assert.Equal(t, []CauseID{id}, causes, name)
	}
}

// scriptNamed returns a packet script.
func scriptNamed(t *testing.T, name string) string {
	files, err := filepath.Glob(filepath.Join(scriptDir, "*.txtar"))
	require.NoError(t, err)
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		require.NoError(t, err)
		for _, f := range a.Files {
			if f.Name == name {
				return string(f.Data)
			}
		}
	}
	t.Fatalf("there is no script %s", name)
	return ""
}
