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

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
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
	preset = flag.String("xz", "1", "preset of xz for the page: releases have 9e, which is slower to make and unpacked in the same way")
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

	origin string // where the page is

	mu        sync.Mutex // guards what follows
	elsewhere []string   // requests that lead away
	trouble   []string   // errors of the page
}

// open starts a browser of the given width on the page, and waits until it is ready.
func open(t *testing.T, url string, width int) *page {
	p := browse(t, url, width)
	p.wait(`!document.getElementById('go').disabled`)
	return p
}

// browse starts a browser of the given width.
func browse(t *testing.T, url string, width int) *page {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox,
		chromedp.WindowSize(width, 900), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &page{T: t, ctx: ctx, origin: url}
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
	return p
}

// eval runs JavaScript and returns its value as JSON; a promise is awaited.
func (p *page) eval(script string) string {
	p.Helper()
	out, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`(async () => JSON.stringify(await (`+script+`)))()`, chromedp.EvalAwaitPromise))
	require.NoError(p, err)
	return out
}

// wait waits in the page until a condition holds; that the program has ended is a failure.
func (p *page) wait(condition string) {
	p.Helper()
	p.eval(`(async () => {
		while (!(` + condition + `)) {
			const said = document.getElementById('state').textContent
			if (/could not start|无法启动/.test(said)) throw new Error(said)
			await new Promise(resolve => setTimeout(resolve, 20))
		}
		return 0
	})()`)
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
	h, err := site.Handler(made(t))
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	p := open(t, server.URL, 1280)

	lists := playground.Do(playground.Request{Verb: "library"}, nil).Lists
	for _, l := range lists.Lessons {
		p.same(l.Name, playground.Request{Verb: "scenario", Name: l.Name, Text: l.Script}, "lesson", l.Name)
	}
	for i, s := range lists.Scenarios {
		if i%9 == 0 || s.Name == "upgrade-too-slow" || *long { // that one has files over HTTP
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

	p.accessible("light", 1280)
	p.accessible("dark", 1280)

	// A button: the pins' panel runs the firmware again, and it has seen the press.
	p.ask("run", "", "", pinsFirmware(t))
	assert.NotContains(t, p.eval(`document.getElementById('out').textContent`), "key short")
	p.eval(`(m => { m.value = 5000; m.dispatchEvent(new Event('input')); return 0 })(document.getElementById('moment'))`)
	p.eval(`([...document.querySelectorAll('#pads button')].find(b => b.textContent === 'GPIO0').click(), 0)`)
	p.wait(`!document.getElementById('go').disabled`)
	assert.Contains(t, p.eval(`document.getElementById('out').textContent`), "key short")
	assert.Contains(t, p.eval(`document.getElementById('presses').textContent`), "GPIO0 pressed at 5.00 s")

	p.drops()

	// Stop: what would take long ends, and nothing of it comes later.
	endless := "-- long --\nwait 1h\n"
	p.eval(`(document.getElementById('tab-lesson').click(), (t => { t.value = ` + quoted(endless) + `; t.dispatchEvent(new Event('input')) })(
		document.getElementById('text')), document.getElementById('go').click(), document.getElementById('stop').click(), 0)`)
	assert.Equal(t, `"stopped"`, p.eval(`document.getElementById('state').textContent`))
	p.wait(`!document.getElementById('go').disabled`)
	shown, _ := p.ask("lesson", "6-buffer", "")
	assert.Contains(t, shown, "Certificate message of 2317 bytes")

	p.shares()

	// Chinese.
	p.eval(`(pick => { pick.value = '6-buffer'; pick.dispatchEvent(new Event('change')); return 0 })(document.getElementById('pick'))`)
	p.eval(`(l => { l.value = 'zh'; l.dispatchEvent(new Event('change')); return 0 })(document.getElementById('lang'))`)
	p.wait(`!document.getElementById('go').disabled`)
	chinese := playground.Do(playground.Request{Verb: "library", Language: "zh"}, nil).Lists.Lessons[5]
	assert.Contains(t, p.eval(`document.getElementById('text').value`), "证书链")
	p.same("Chinese", playground.Request{Verb: "scenario", Name: "6-buffer", Language: "zh", Text: chinese.Script}, "lesson", "6-buffer")
	assert.Equal(t, `"zh-CN"`, p.eval(`document.documentElement.lang`))

	// The list of failures, and one of them, have nothing English but names.
	inChinese := playground.Do(playground.Request{Verb: "library", Language: "zh"}, nil).Lists.Scenarios
	var titles, shownTitles []string
	for _, s := range inChinese {
		titles = append(titles, s.Name+": "+s.Title)
	}
	p.eval(`(document.getElementById('tab-scenario').click(), 0)`)
	require.NoError(t, json.Unmarshal([]byte(p.eval(`[...document.getElementById('pick').options].map(o => o.textContent)`)), &shownTitles))
	assert.Equal(t, titles, shownTitles)
	s := inChinese[slices.IndexFunc(inChinese, func(s playground.Scenario) bool { return s.Name == "big-chain" })]
	assert.Contains(t, s.Title, "字节的证书链")
	p.same("Chinese failure", playground.Request{Verb: "scenario", Name: s.Name, Language: "zh", Text: s.Script}, "scenario", s.Name)
	assert.Contains(t, p.eval(`document.getElementById('out').textContent`), "失败：缓存 4096")

	p.accessible("light", 1280)

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
	p.accessible("dark", 360) // still in Chinese
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Empty(t, p.elsewhere)
	assert.Empty(t, p.trouble)
}

// pinsFirmware is firmware with a LED and a button.
func pinsFirmware(t *testing.T) string {
	path, err := filepath.Abs("../../../testdata/firmware/pins.wasm")
	require.NoError(t, err)
	return path
}

// accessible looks with axe for what keeps people with a screen reader, a keyboard or poor sight from using the page, on a light or a dark
// screen of some width: the tabs that differ, and the pins.
func (p *page) accessible(scheme string, width int64) {
	p.Helper()
	source := axe(p.T)
	if source == "" {
		return
	}
	p.looks(scheme, width)
	p.ask("run", "", "", pinsFirmware(p.T))
	p.serious(source)
	for _, tab := range []string{"lesson", "c", "chain"} {
		p.eval(`(document.getElementById('tab-` + tab + `').click(), 0)`)
		p.serious(source)
	}
}

// looks makes the screen light or dark, and so wide.
func (p *page) looks(scheme string, width int64) {
	require.NoError(p, chromedp.Do(p.ctx, chromedp.EmulateViewport(width, 900)))
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	require.NoError(p, chromedp.Do(p.ctx, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, media)
		return err
	})))
}

// serious looks with axe at what the browser shows.
func (p *page) serious(axe string) {
	p.Helper()
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](axe+"\n;'loaded'"))
	require.NoError(p, err)
	assert.Equal(p, "[]", p.eval(`axe.run(document, { iframes: false, resultTypes: ['violations'] }).then(r => r.violations.
		filter(v => v.impact === 'serious' || v.impact === 'critical').map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')))`))
}

// axe is the program of the npm package axe-core; "" if it is not there, which is a failure in CI.
func axe(t *testing.T) string {
	folder := compiler(t)
	if folder == "" {
		return ""
	}
	b, err := os.ReadFile(filepath.Join(folder, "..", "..", "axe-core", "axe.min.js"))
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatalf("the npm package axe-core is missing: .ci/run installs it: %v", err)
	}
	return string(b)
}

// built is the page that the tests share.
var built struct {
	sync.Once
	dir string
	err error
}

// made returns the folder of the page, made once.
func made(t *testing.T) string {
	folder := compiler(t)
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "emu8266-site-"); built.err == nil {
			o := site.Options{Compiler: folder, XZ: *preset}
			if _, err := exec.LookPath("xz"); err != nil && os.Getenv("CI") != "true" {
				o.XZ = ""
			}
			built.err = site.Build(built.dir, o)
		}
	})
	require.NoError(t, built.err)
	return built.dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
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
