package site_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/playground/site"
)

// TestHandler serves the folder's files with the policy, and nothing beside the folder.
func TestHandler(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "page")
	require.NoError(t, os.Mkdir(dir, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(outer, "secret"), []byte("secret"), 0o666))
	require.NoError(t, os.Symlink("../secret", filepath.Join(dir, "link")))
	require.Error(t, site.Check(dir))
	for _, name := range []string{"index.html", site.Program + ".gz", "worker.js"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666))
	}
	require.NoError(t, site.Check(dir))
	h, err := site.Handler(dir)
	require.NoError(t, err)
	for path, want := range map[string]int{"/": 200, "/worker.js": 200,
		"/nothing": 404, "/../secret": 404, "/link": 404, "/%2e%2e/secret": 404} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if want == 404 {
			assert.NotEqual(t, 200, w.Code, path)
			assert.NotContains(t, w.Body.String(), "secret", path)
		} else {
			assert.Equal(t, want, w.Code, path)
		}
		assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'", path)
	}
}

// TestCheck: a page is one with either kind of compression.
func TestCheck(t *testing.T) {
	for _, kind := range []string{".gz", ".lzma", ".zip"} {
		dir := t.TempDir()
		for _, name := range []string{"index.html", site.Program + kind, "worker.js"} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o666))
		}
		err := site.Check(dir)
		assert.Equal(t, kind == ".zip", err != nil, kind)
	}
}

// TestWords: the page has each text in both languages, with the same figures, and says nothing that it has no words for.
func TestWords(t *testing.T) {
	b, err := os.ReadFile("files/words.js")
	require.NoError(t, err)
	english, chinese, ok := strings.Cut(string(b), "\n  zh: {")
	require.True(t, ok)
	entry := regexp.MustCompile(`(\w+): '([^']*)'`)
	read := func(text string) map[string]string {
		out := map[string]string{}
		for _, m := range entry.FindAllStringSubmatch(text, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	en, zh := read(english), read(chinese)
	places := regexp.MustCompile(`%[ds]`)
	assert.Greater(t, len(en), 40)
	for name, text := range en {
		assert.NotEmpty(t, zh[name], name)
		assert.Equal(t, places.FindAllString(text, -1), places.FindAllString(zh[name], -1), name)
		assert.Regexp(t, `\p{Han}`, zh[name]+map[bool]string{true: "字"}[name == "title"], name)
	}
	assert.Len(t, zh, len(en))
	used := regexp.MustCompile(`(?:say\(|data-say=)['"](\w+)['"][,)>]`)
	for _, file := range []string{"index.html", "page.js", "c.js"} {
		b, err := os.ReadFile(filepath.Join("files", file))
		require.NoError(t, err)
		for _, m := range used.FindAllStringSubmatch(string(b), -1) {
			assert.Contains(t, en, m[1], file)
		}
	}
}
