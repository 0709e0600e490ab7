package oracle_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/espconn/internal/oracle"
)

// TestUnknownWords: a transport, a build or a release that the replay does not know is an error that names it.
func TestUnknownWords(t *testing.T) {
	for text, want := range map[string]string{
		`[{"id": "x", "transport": "pigeon"}]`:               `unknown transport "pigeon"`,
		`[{"id": "x", "results": {"tail": {}}}]`:             `results of an unknown build "tail"`,
		`[{"id": "x", "results": {"axtls999": {}}}]`:         `results of an unknown release "axtls999"`,
		`[{"id": "x", "results": {"axtls210": {}}}]`:         "",
		`[{"id": "x", "transport": "ideal"}]`:                "",
		`[{"id": "x", "results": {"platform": {}}}]`:         "",
		`[{"id": "x", "results": {"head": {}, "v301": {}}}]`: "",
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "A.json"), []byte(text), 0o600))
		_, err := oracle.Load(dir, "A")
		_, axErr := oracle.LoadAx(dir, "A")
		if want == "" {
			assert.True(t, err == nil || axErr == nil, "%s: %v, %v", text, err, axErr)
			continue
		}
		message := ""
		for _, e := range []error{err, axErr} {
			if e != nil {
				message += e.Error()
			}
		}
		assert.Contains(t, message, want, text)
	}
}
