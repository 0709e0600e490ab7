package oracle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// golden compares a generated page of docs with the committed one; -update writes it.
func golden(t *testing.T, name, page string) {
	t.Helper()
	path := filepath.Join("..", "..", "..", "docs", "tables", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o644))
	}
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, page, strings.ReplaceAll(string(got), "\r\n", "\n"), "run: go test ./espconn/internal/oracle -update")
}
