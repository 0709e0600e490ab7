package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each promise of SECURITY.md names tests, fuzz targets or scripts, and all of them are there.
func TestSecurityNamesTestsThatAreThere(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, ".github", "SECURITY.md"))
	require.NoError(t, err)
	there := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	everyFile(t, func(path string, content []byte) {
		if strings.HasSuffix(path, ".txtar") {
			there[filepath.Base(path)] = true
		}
		if strings.HasSuffix(path, "_test.go") {
			for _, m := range function.FindAllSubmatch(content, -1) {
				there[string(m[1])] = true
			}
		}
	})
	name := regexp.MustCompile(`\b(?:Test|Fuzz)\w+|\w+\.txtar`)
	promises := 0
	for line := range bytes.Lines(page) {
		if !bytes.HasPrefix(line, []byte("| ")) || bytes.HasPrefix(line, []byte("| promise")) {
			continue
		}
		promises++
		named := name.FindAllString(string(line), -1)
		assert.NotEmpty(t, named, "a promise without a test: %s", line)
		for _, n := range named {
			assert.True(t, there[n], "SECURITY.md names %s, which is nowhere", n)
		}
	}
	assert.Equal(t, 6, promises)
}
