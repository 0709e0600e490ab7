package site_test

import (
	"bytes"
	"image/png"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/playground"
	"github.com/emu8266/emu8266/cmd/playground/site"
)

// pictures is where the README's are.
const pictures = "../../../docs/pictures"

// TestPictures makes the README's pictures from the real page and the real report:
//
//	go test ./cmd/playground/site -run TestPictures -update
//
// Without the flag it looks that they are there, and of a size that a README can have.
func TestPictures(t *testing.T) {
	if *update {
		dir := t.TempDir()
		require.NoError(t, site.Build(dir, site.Options{Compiler: compiler(t)}))
		h, err := site.Handler(dir)
		require.NoError(t, err)
		server := httptest.NewServer(h)
		defer server.Close()
		p := open(t, server.URL, 1280)
		p.ask("lesson", "6-buffer", "")
		p.eval(`(document.getElementById('view-page').click(), new Promise(resolve => setTimeout(() => resolve(0), 500)))`)
		shoot(t, p, "playground.png", 1280, 860)

		var script string
		for _, l := range playground.Do(playground.Request{Verb: "library"}, nil).Lists.Lessons {
			if l.Name == "6-buffer" {
				script = l.Script
			}
		}
		a := playground.Do(playground.Request{Verb: "scenario", Name: "6-buffer", Text: script}, nil)
		require.False(t, a.Failed, a.Text)
		page := filepath.Join(t.TempDir(), "report.html")
		require.NoError(t, os.WriteFile(page, []byte(a.Page), 0o666))
		require.NoError(t, chromedp.Do(p.ctx, chromedp.Navigate("file://"+page)))
		shoot(t, p, "report.png", 1280, 1330)
	}
	for _, name := range []string{"playground.png", "report.png"} {
		b, err := os.ReadFile(filepath.Join(pictures, name))
		require.NoError(t, err)
		c, err := png.DecodeConfig(bytes.NewReader(b))
		require.NoError(t, err)
		assert.Equal(t, 1280, c.Width, name)
		assert.Less(t, len(b), 300<<10, name)
	}
}

// shoot takes a picture of the page's first screen.
func shoot(t *testing.T, p *page, name string, width, height int64) {
	require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height)))
	b, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(pictures, 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(pictures, name), b, 0o666))
}
