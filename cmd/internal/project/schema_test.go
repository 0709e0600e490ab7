package project

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/emu8266.schema.json")

// The schema in docs is the type's.
func TestSchema(t *testing.T) {
	const path = "../../../docs/emu8266.schema.json"
	if *update {
		require.NoError(t, os.WriteFile(path, Schema(), 0o644))
	}
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(b), string(Schema()), "run: go test ./cmd/internal/project -update")
	var s struct {
		Properties map[string]struct {
			Type                 string
			Enum                 []string
			MultipleOf           int
			AdditionalProperties *bool
			Properties           map[string]struct{ Type string }
		}
	}
	require.NoError(t, json.Unmarshal(b, &s))
	assert.Equal(t, "array", s.Properties["sources"].Type)
	assert.Equal(t, []string{"wasm", "lx106"}, s.Properties["engine"].Enum)
	assert.Equal(t, 16, s.Properties["stack"].MultipleOf)
	assert.Equal(t, "boolean", s.Properties["network"].Properties["any_ap"].Type)
	assert.False(t, *s.Properties["network"].AdditionalProperties)
	assert.Equal(t, len(keysBelow(nil)), len(s.Properties))
}
