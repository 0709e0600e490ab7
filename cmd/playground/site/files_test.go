package site_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/internal/playground"
	"github.com/emu8266/emu8266/espconn/testpki"
)

// file is one that is dropped on the page.
type file struct {
	Name string
	Data []byte // base64 in JSON
}

// drop drops files on an element and returns what the page shows then, and its tab.
func (p *page) drop(on string, files ...file) (shown, report, tab string) {
	p.Helper()
	list, err := json.Marshal(files)
	require.NoError(p, err)
	p.eval(`(document.getElementById('state').textContent = '', 0)`) // of the run before
	p.eval(`(files => {
		const dataTransfer = new DataTransfer()
		for (const f of files) dataTransfer.items.add(new File([Uint8Array.from(atob(f.Data), c => c.charCodeAt(0))], f.Name))
		document.querySelector(` + quoted(on) + `).dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
		return 0
	})(` + string(list) + `)`)
	p.wait(`!document.getElementById('go').disabled && document.getElementById('state').textContent !== ''`)
	var got [3]string
	require.NoError(p, json.Unmarshal([]byte(p.eval(`[document.getElementById('out').textContent, document.getElementById('report').srcdoc,
		document.querySelector('.tabs [aria-selected=true]').dataset.tab]`)), &got))
	return got[0], got[1], got[2]
}

// attached is a file that a report carries.
func attached(t *testing.T, report, name string) file {
	m := regexp.MustCompile(`download="` + regexp.QuoteMeta(name) + `" href="data:[^,]*,([^"]*)"`).FindStringSubmatch(report)
	require.NotNil(t, m, name)
	b, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[1], "&#43;", "+"))
	require.NoError(t, err)
	return file{name, b}
}

// drops drops a file of each kind: on the heading, from where it finds its tab, or on the field of the tab that is open then.
func (p *page) drops() {
	p.Helper()
	image, err := os.ReadFile(filepath.Join("..", "..", "..", "testdata", "firmware", "hello-tls-2048.wasm"))
	require.NoError(p, err)
	_, report, tab := p.drop("h1", file{"hello.wasm", image})
	assert.Equal(p, "run", tab)
	want := playground.Do(playground.Request{Verb: "run", Name: "hello.wasm", Data: image, Seconds: 30}, nil)
	assert.Equal(p, want.Page, report)

	trace, capture := attached(p.T, report, "trace.jsonl"), attached(p.T, report, "capture.pcapng")
	_, report, tab = p.drop("h1", capture, trace)
	assert.Equal(p, "report", tab)
	want = playground.Do(playground.Request{Verb: "report", Name: "trace.jsonl", Data: trace.Data, Capture: capture.Data}, nil)
	assert.Equal(p, want.Page, report)
	assert.Contains(p, report, "capture.pcapng")
	_, report, _ = p.drop("#drop", trace)
	assert.NotContains(p, report, "capture.pcapng")
	assert.Contains(p, report, "Step by step")

	leaf := testpki.NewCA(p.T, testpki.CA2048).Issue(p.T, testpki.Options{Key: testpki.Leaf2048, MessageLen: 3000})
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw})
	shown, _, tab := p.drop("h1", file{"server.pem", chain})
	assert.Equal(p, "chain", tab)
	assert.Contains(p, shown, "3000")

	const log = "client handshake failed!\nReason:[-0x7200]\n"
	shown, _, tab = p.drop("h1", file{"serial.log", []byte(log)})
	assert.Equal(p, "decode", tab)
	assert.Equal(p, playground.Do(playground.Request{Verb: "decode", Text: log}, nil).Text, shown)

	broken := file{"app.elf", append([]byte("\x7fELF"), make([]byte, 60)...)}
	shown, _, tab = p.drop("h1", broken)
	assert.Equal(p, "run", tab)
	assert.Equal(p, playground.Do(playground.Request{Verb: "run", Name: broken.Name, Data: broken.Data, Seconds: 30}, nil).Text, shown)
}

// shares opens the link that the page gives for a lesson that was changed: it has the text, and no request carries it.
func (p *page) shares() {
	p.Helper()
	const text = "-- mine --\nwait 1s\n"
	p.ask("lesson", "3-client", text)
	p.eval(`(document.getElementById('share').click(), 0)`)
	p.wait(`location.hash.length > 1 && document.getElementById('shared').textContent !== ''`)
	var link string
	require.NoError(p, json.Unmarshal([]byte(p.eval(`location.href`)), &link))
	u, err := url.Parse(link)
	require.NoError(p, err)
	assert.Equal(p, p.origin, u.Scheme+"://"+u.Host)
	require.NoError(p, chromedp.Do(p.ctx, chromedp.Navigate("about:blank")))
	require.NoError(p, chromedp.Do(p.ctx, chromedp.Navigate(link)))
	p.wait(`!document.getElementById('go').disabled`)
	assert.Equal(p, text, p.text())
	assert.Equal(p, `"3-client"`, p.eval(`document.getElementById('pick').value`))
}

// TestReport looks with axe at reports alone, as they lie in a ticket: in each language, one light and wide, one dark and narrow.
func TestReport(t *testing.T) {
	source := axe(t)
	if source == "" {
		t.Skip("needs the npm package axe-core")
	}
	dir := t.TempDir()
	var p *page
	for _, language := range []string{"en", "zh"} {
		for _, s := range playground.Do(playground.Request{Verb: "library", Language: language}, nil).Lists.Scenarios {
			if s.Name != "verify-failed" && s.Name != "settings-wear" {
				continue
			}
			a := playground.Do(playground.Request{Verb: "scenario", Name: s.Name, Text: s.Script, Language: language}, nil)
			require.False(t, a.Failed, a.Text)
			path := filepath.Join(dir, language+s.Name+".html")
			require.NoError(t, os.WriteFile(path, []byte(a.Page), 0o666))
			if p == nil {
				p = browse(t, "file://"+path, 1280)
			}
			require.NoError(t, chromedp.Do(p.ctx, chromedp.Navigate("file://"+path)))
			if s.Name == "verify-failed" {
				p.looks("light", 1280)
			} else {
				p.looks("dark", 360)
				assert.Equal(t, "true", p.eval(`document.documentElement.scrollWidth <= innerWidth`), path)
			}
			p.serious(source)
		}
	}
}
