package site_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/emu8266/emu8266/cmd/playground/site"
)

// TestC: a lesson in C runs before the compiler has arrived; what is changed is compiled in the page, by its own copy of the compiler; what
// the compiler says is told at its line, and the repair that is offered makes the lesson come true.
func TestC(t *testing.T) {
	browser(t)
	if testing.Short() {
		t.Skip("compiles the page's program")
	}
	if compiler(t) == "" {
		t.Skip("needs the npm package @yowasp/clang")
	}
	h, err := site.Handler(made(t))
	require.NoError(t, err)
	server := httptest.NewServer(h)
	defer server.Close()
	p := open(t, server.URL, 1280)

	shown, report := p.ask("c", "6-buffer", "")
	assert.Contains(t, shown, "Certificate message of 3000 bytes, limit 2048")
	assert.Contains(t, report, "<svg")
	assert.Contains(t, p.eval(`document.getElementById('figures').shadowRoot.textContent`), "What the TLS buffer had to hold")
	source := p.text()
	p.wait(`document.getElementById('compiler').textContent.includes('clang')`)

	began := time.Now()
	shown, _ = p.ask("c", "", strings.Replace(source, "TLS_SIZE 2048", "TLS_SIZE 2500", 1))
	t.Logf("first build and run: %v", time.Since(began))
	assert.Contains(t, shown, "limit 2500")
	began = time.Now()
	p.eval(`(document.getElementById('apply').click(), 0)`)
	shown, _ = p.ask("c", "", "")
	t.Logf("second build and run: %v", time.Since(began))
	assert.Contains(t, p.text(), "espconn_secure_set_size(ESPCONN_CLIENT, 3000);")
	assert.Contains(t, shown, "100 %")

	shown, _ = p.ask("c", "", strings.Replace(source, "os_printf(\"connected\\n\");", "int x = ;", 1))
	assert.Contains(t, shown, "expected expression")
	assert.Equal(t, `"Line 12: error: expected expression"`, p.eval(`document.getElementById('places').textContent`))

	// Firmware runs on the browser's engine: a loop that ends in the watchdog only is 256 million cycles.
	began = time.Now()
	shown, _ = p.ask("c", "", strings.Replace(p.pick("3-client"), "os_printf(\"hello\\n\");", "for (;;) arg = (char *)arg + 1;", 1))
	t.Logf("an endless loop: %v", time.Since(began))
	assert.Contains(t, shown, "soft watchdog")
	assert.Contains(t, p.eval(`document.getElementById('places').textContent`), "Line 1")
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Empty(t, p.elsewhere)
	assert.Empty(t, p.trouble)
}

// pick takes a lesson in C and returns its file.
func (p *page) pick(name string) string {
	p.Helper()
	p.eval(`(document.getElementById('tab-c').click(), 0)`)
	p.eval(`(pick => { pick.value = ` + quoted(name) + `; pick.dispatchEvent(new Event('change')); return 0 })(document.getElementById('pick'))`)
	return p.text()
}

// text is what stands in the page's text field.
func (p *page) text() (text string) {
	p.Helper()
	require.NoError(p, json.Unmarshal([]byte(p.eval(`document.getElementById('text').value`)), &text))
	return text
}
