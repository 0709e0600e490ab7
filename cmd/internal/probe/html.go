package probe

import (
	"html/template"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// page is one file that loads nothing.
var page = template.Must(template.New("probe").Parse(`<!doctype html>
<html lang="{{.Lang}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Target}}</title>
<style>
:root { color-scheme: light dark }
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
</style>
<h1{{if .Good}} class="good"{{end}}>{{.Verdict}}</h1>
{{range .Sections}}<h2>{{.Heading}}</h2>
{{if .Head}}<div><table>
<tr>{{range .Head}}<th{{if .Left}} class="left"{{end}}>{{.Text}}</th>{{end}}</tr>
{{range .Rows}}<tr>{{range .}}<td{{if .Class}} class="{{.Class}}"{{end}}>{{.Text}}</td>{{end}}</tr>
{{end}}</table></div>
{{end}}{{if .Listed}}<ul>
{{range .Items}}<li>{{.}}</li>
{{end}}</ul>
{{else}}{{range .Items}}<p>{{.}}</p>
{{end}}{{end}}{{end}}{{if .Made}}<footer>{{.Made}}</footer>
{{end}}</html>
`))

type pageCell struct {
	Text  string
	Left  bool
	Class string
}

type pageSection struct {
	Heading string
	Head    []pageCell
	Rows    [][]pageCell
	Items   []string
	Listed  bool
}

// HTML returns the report as one page that loads nothing from elsewhere. made is as for [Report.Markdown].
func (r *Report) HTML(made string) string {
	d := r.document()
	data := struct {
		Lang, Target, Verdict, Made string
		Good                        bool
		Sections                    []pageSection
	}{Lang: "en", Target: r.Target, Verdict: d.verdict, Made: made, Good: d.good}
	if r.language == cause.Chinese {
		data.Lang = "zh"
	}
	for _, s := range d.sections {
		p := pageSection{Heading: s.heading, Items: s.items, Listed: s.listed}
		if t := s.table; t != nil {
			for i, text := range t.head {
				p.Head = append(p.Head, pageCell{Text: text, Left: t.left[i]})
			}
			for _, row := range t.rows {
				p.Rows = append(p.Rows, r.pageRow(t, row))
			}
		}
		data.Sections = append(data.Sections, p)
	}
	out := &strings.Builder{}
	if err := page.Execute(out, data); err != nil {
		panic("probe: the page's template: " + err.Error()) // data of known types, written to memory
	}
	return out.String()
}

func (r *Report) pageRow(t *table, row []string) []pageCell {
	var cells []pageCell
	for i, text := range row {
		c := pageCell{Text: text}
		switch {
		case t.left[i]:
			c.Class = "left"
		case t.key && text == r.say().ok:
			c.Class = "ok"
		case t.key:
			c.Class = "fail"
		}
		cells = append(cells, c)
	}
	return cells
}
