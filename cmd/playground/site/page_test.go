package site_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/playground"
	"github.com/emu8266/emu8266/cmd/playground/site"
	"github.com/emu8266/emu8266/emulator/build"
)

var (
	long   = flag.Bool("long", false, "play every scenario in the page")
	update = flag.Bool("update", false, "make the pictures of docs/pictures")
)

// patience bounds the whole test in the browser: with -long it plays everything.
const patience = 40 * time.Minute

// browser returns the path of a Chromium.
func browser(t *testing.T) string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("chromium is missing: apt-get install chromium")
	}
	t.Skip("needs chromium")
	return ""
}

// page is the playground in a browser.
type page struct {
	*testing.T
	ctx context.Context

	mu        sync.Mutex // guards what follows
	elsewhere []string   // requests that lead away
	trouble   []string   // errors of the page
}

// open starts a browser of the given width on the page.
func open(t *testing.T, url string, width int) *page {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox,
		chromedp.WindowSize(width, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &page{T: t, ctx: ctx}
	require.NoError(t, chromedp.Listen(ctx, func(ev any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			u := ev.Request.URL
			own := func(prefix string) bool { return strings.HasPrefix(u, prefix) }
			if !slices.ContainsFunc([]string{url, "data:", "blob:", "about:"}, own) {
				p.elsewhere = append(p.elsewhere, u)
			}
		case *runtime.EventExceptionThrown:
			p.trouble = append(p.trouble, ev.ExceptionDetails.Text)
		}
	}))
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate(url)))
	p.wait(`!document.getElementById('go').disabled`)
	return p
}

// eval runs JavaScript and returns its value as JSON; a promise is awaited.
func (p *page) eval(script string) string {
	p.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`(async () => JSON.stringify(await (`+script+`)))()`, chromedp.EvalAwaitPromise))
	require.NoError(p, err)
	return out
}

// wait waits in the page until a condition holds.
func (p *page) wait(condition string) {
	p.Helper()
	p.eval(`(async () => { while (!(` + condition + `)) await new Promise(resolve => setTimeout(resolve, 20)); return 0 })()`)
}

// quoted is a text as JavaScript has it.
func quoted(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

// ask puts a text and files into a tab, runs it and returns what the page shows: the text and the report.
func (p *page) ask(tab, pick, text string, files ...string) (shown, report string) {
	p.Helper()
	p.eval(`(document.getElementById('tab-` + tab + `').click(), 0)`)
	if pick != "" {
		p.eval(`(pick => { pick.value = ` + quoted(pick) + `; pick.dispatchEvent(new Event('change')); return 0 })(document.getElementById('pick'))`)
	}
	if text != "" {
		p.eval(`(t => { t.value = ` + quoted(text) + `; t.dispatchEvent(new Event('input')); return 0 })(document.getElementById('text'))`)
	}
	if len(files) > 0 {
		p.eval(`(document.getElementById('state').textContent = '', 0)`)                // of the run before
		require.NoError(p, chromedp.Do(p.ctx, chromedp.SetUploadFiles("#file", files))) // that runs it too
		p.wait(`!document.getElementById('stop').disabled || /\d/.test(document.getElementById('state').textContent)`)
	} else {
		p.eval(`(document.getElementById('go').click(), 0)`)
	}
	p.wait(`!document.getElementById('go').disabled`)
	var got [2]string
	require.NoError(p, json.Unmarshal([]byte(p.eval(`[document.getElementById('out').textContent, document.getElementById('report').srcdoc]`)), &got))
	return got[0], got[1]
}

// same compares what the page shows with what the same request gives here.
func (p *page) same(name string, q playground.Request, tab, pick string, files ...string) {
	p.Helper()
	var said strings.Builder
	want := playground.Do(q, func(text string) {
		if !strings.HasSuffix(text, "\r") {
			said.WriteString(text)
		}
	})
	text := q.Text
	if pick != "" {
		text = ""
	}
	shown, report := p.ask(tab, pick, text, files...)
	if said.Len() > 0 && !want.Failed {
		end := "\n"
		if !strings.HasSuffix(said.String(), "\n") {
			end = "\n\n"
		}
		want.Text = said.String() + end + want.Text
	}
	assert.Equal(p, want.Text, shown, name)
	assert.Equal(p, want.Page, report, name)
}

// TestPage plays the lessons, scenarios and files in a browser: text and report are those of the same code outside it, byte for byte;
// Stop ends what runs; without a network the page works on; nothing was asked of another place.
func TestPage(t *testing.T) {
	browser(t)
	if testing.Short() {
		t.Skip("compiles the page's program")
	}
	dir := t.TempDir()
	require.NoError(t, site.Build(dir, compiler(t)))
	h, err := site.Handler(dir)
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	p := open(t, server.URL, 1280)

	lists := playground.Do(playground.Request{Verb: "library"}, nil).Lists
	for _, l := range lists.Lessons {
		p.same(l.Name, playground.Request{Verb: "scenario", Name: l.Name, Text: l.Script}, "lesson", l.Name)
	}
	for i, s := range lists.Scenarios {
		if i%9 == 0 || *long {
			p.same(s.Name, playground.Request{Verb: "scenario", Name: s.Name, Text: s.Script}, "scenario", s.Name)
		}
	}
	e := lists.Exercises[5]
	p.same("exercise", playground.Request{Verb: "check", Name: e.Name, Text: e.Script}, "exercise", e.Name)
	p.same("log", playground.Request{Verb: "decode", Text: "client handshake failed!\nReason:[-0x7200]\n"}, "decode", "")
	p.same("code", playground.Request{Verb: "decode", Text: "-114"}, "decode", "")
	p.same("nonsense", playground.Request{Verb: "scenario", Name: "8-callbacks", Text: "-- a take --\nconect\n"}, "lesson", "")

	for _, name := range []string{"hello-tls-2048.wasm", "faults.wasm", "misuse.wasm", "machine-checked.wasm"} {
		firmware, err := filepath.Abs("../../../testdata/firmware/" + name)
		require.NoError(t, err)
		image, err := os.ReadFile(firmware)
		require.NoError(t, err)
		p.same(name, playground.Request{Verb: "run", Name: name, Data: image, Seconds: 30}, "run", "", firmware)
	}

	// Stop: a chain takes long.
	p.eval(`(document.getElementById('tab-lesson').click(), 0)`)
	p.ask("lesson", "6-buffer", "")
	p.eval(`(document.getElementById('tab-scenario').click(), document.getElementById('go').click(), document.getElementById('stop').click(), 0)`)
	p.wait(`!document.getElementById('go').disabled`)
	shown, _ := p.ask("lesson", "6-buffer", "")
	assert.Contains(t, shown, "Certificate message of 2317 bytes")

	// Chinese.
	p.eval(`(l => { l.value = 'zh'; l.dispatchEvent(new Event('change')); return 0 })(document.getElementById('lang'))`)
	p.wait(`!document.getElementById('go').disabled`)
	chinese := playground.Do(playground.Request{Verb: "library", Language: "zh"}, nil).Lists.Lessons[5]
	assert.Contains(t, p.eval(`document.getElementById('text').value`), "证书链")
	p.same("Chinese", playground.Request{Verb: "scenario", Name: "6-buffer", Language: "zh", Text: chinese.Script}, "lesson", "6-buffer")
	assert.Equal(t, `"zh-CN"`, p.eval(`document.documentElement.lang`))

	// Without a network, after the service worker has all files.
	p.eval(`navigator.serviceWorker.ready.then(() => 0)`)
	server.Close()
	require.NoError(t, chromedp.Do(p.ctx, chromedp.Reload()))
	p.wait(`!document.getElementById('go').disabled`)
	shown, _ = p.ask("lesson", "6-buffer", "")
	assert.NotEmpty(t, shown)

	// On a telephone nothing is wider than the screen.
	require.NoError(t, chromedp.Do(p.ctx, chromedp.EmulateViewport(360, 800)))
	for _, tab := range []string{"lesson", "exercise", "scenario", "chain", "decode", "report", "run"} {
		p.eval(`(document.getElementById('tab-` + tab + `').click(), 0)`)
		assert.Equal(t, "true", p.eval(`document.documentElement.scrollWidth <= innerWidth`), tab)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Empty(t, p.elsewhere)
	assert.Empty(t, p.trouble)
}

// compiler is the folder of the npm package with the compiler, "" if it is not there; in CI that is a failure.
func compiler(t *testing.T) string {
	folder, err := build.FindPackage(".")
	require.NoError(t, err)
	if folder == "" && os.Getenv("CI") == "true" {
		t.Fatal("the npm package @yowasp/clang is missing: .ci/run installs it")
	}
	return folder
}
