package probe

import (
	"fmt"
	"html"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// pageStyle is the page's.
const pageStyle = `:root { color-scheme: light dark }
body { font: 16px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
h1 { font-size: 1.25rem; padding: .8rem 1rem; border-left: .4rem solid #b42318; background: #fdf1f0 }
h1, p, li { overflow-wrap: anywhere }
h1.good { border-color: #1a7f37; background: #eefaf1 }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .5rem }
div { overflow-x: auto }
table { border-collapse: collapse }
th, td { padding: .25rem .7rem; border: 1px solid #d0d7de; text-align: right; white-space: nowrap }
th { background: #f3f5f7 }
.left { text-align: left }
.ok { background: #e6f6ea }
.fail { background: #fbe4e2 }
footer { margin-top: 2rem; color: #57606a; font-size: .85rem; overflow-wrap: anywhere }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117 }
  h1 { background: #3a1512; border-color: #f47067 }
  h1.good { background: #12301b; border-color: #57ab5a }
  th, td { border-color: #3d444d }
  th { background: #1c2128 }
  .ok { background: #12301b }
  .fail { background: #4a1b18 }
  footer { color: #9198a1 }
}
`

// HTML returns the report as one page that loads nothing from elsewhere. made is as for [Report.Markdown].
func (r *Report) HTML(made string) string {
	d := r.document()
	lang, class := "en", ""
	if r.language == cause.Chinese {
		lang = "zh"
	}
	if d.good {
		class = ` class="good"`
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html>
<html lang="%s">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<style>
%s</style>
<h1%s>%s</h1>
`, lang, html.EscapeString(r.Target), pageStyle, class, html.EscapeString(d.verdict))
	for _, s := range d.sections {
		fmt.Fprintf(&b, "<h2>%s</h2>\n", html.EscapeString(s.heading))
		if s.table != nil {
			r.pageTable(&b, s.table)
		}
		item := "<p>%s</p>\n"
		if s.listed {
			item = "<li>%s</li>\n"
			b.WriteString("<ul>\n")
		}
		for _, text := range s.items {
			fmt.Fprintf(&b, item, html.EscapeString(text))
		}
		if s.listed {
			b.WriteString("</ul>\n")
		}
	}
	if made != "" {
		fmt.Fprintf(&b, "<footer>%s</footer>\n", html.EscapeString(made))
	}
	b.WriteString("</html>\n")
	return b.String()
}

// pageTable writes a table; what works and what fails differ in colour.
func (r *Report) pageTable(b *strings.Builder, t *table) {
	cell := func(tag, class, text string) {
		if class != "" {
			class = ` class="` + class + `"`
		}
		fmt.Fprintf(b, "<%s%s>%s</%s>", tag, class, html.EscapeString(text), tag)
	}
	b.WriteString("<div><table>\n<tr>")
	for i, text := range t.head {
		cell("th", map[bool]string{true: "left"}[t.left[i]], text)
	}
	b.WriteString("</tr>\n")
	for _, row := range t.rows {
		b.WriteString("<tr>")
		for i, text := range row {
			class := ""
			switch {
			case t.left[i]:
				class = "left"
			case t.key && text == r.say().ok:
				class = "ok"
			case t.key:
				class = "fail"
			}
			cell("td", class, text)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table></div>\n")
}
