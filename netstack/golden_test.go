package netstack

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated pages and the packet scripts' expectations")

// golden compares a generated file with the committed one; -update writes it.
func golden(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(want), 0o644))
	}
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	if strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		require.Fail(t, "out of date", "%s: run go test ./netstack -run %s -update", file, t.Name())
	}
}
