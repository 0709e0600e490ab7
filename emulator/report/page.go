package report

import (
	"bytes"
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// markup is HTML that is written as it stands; a string is escaped.
type markup string

// page is HTML under way. No package for templates: those of the standard library call methods by their names, for which the linker keeps
// every method of every type, a sixth of the playground's program.
type page struct{ bytes.Buffer }

// put writes HTML: the format as it stands, with the values in it, each of them escaped unless it is markup or a number.
func (p *page) put(format string, values ...any) {
	for i, v := range values {
		switch v := v.(type) {
		case markup, int, int64, uint64, float64:
		case string:
			if strings.ContainsAny(v, escapedIn) {
				values[i] = html.EscapeString(v)
			}
		default:
			values[i] = html.EscapeString(fmt.Sprint(v))
		}
	}
	fmt.Fprintf(p, format, values...)
}

// escapedIn are what html.EscapeString replaces.
const escapedIn = `<>&'"`

// event writes a row of the events. A long report has tens of thousands: put would take most of its time.
func (p *page) event(r rowView) {
	p.WriteString("<tr" + string(class("bad", r.Bad)) + `><td class="n">`)
	p.Write(strconv.AppendUint(p.AvailableBuffer(), r.Seq, 10))
	p.WriteString(`</td><td class="n">`)
	p.text(r.Time)
	p.WriteString("</td><td>")
	p.text(r.Source)
	p.WriteString("</td><td>")
	p.text(r.What)
	p.WriteString("</td></tr>\n")
}

// text writes a text as HTML.
func (p *page) text(s string) {
	if strings.ContainsAny(s, escapedIn) {
		s = html.EscapeString(s)
	}
	p.WriteString(s)
}

// class is the attribute for the class name, if on.
func class(name string, on bool) markup {
	if !on {
		return ""
	}
	return markup(` class="` + name + `"`)
}

// wide begins a part that scrolls by itself; the name is for screen readers. A </div> ends it.
func (p *page) wide(name string) {
	p.put(`<div class="wide" tabindex="0" role="region" aria-label="%s">`, name)
}

// heads writes the head of a table.
func (p *page) heads(names ...string) {
	p.put("<thead><tr>")
	for _, n := range names {
		p.put(`<th scope="col">%s</th>`, n)
	}
}

// list writes a list of texts.
func (p *page) list(texts []string) {
	p.put("<ul>\n")
	for _, t := range texts {
		p.put("<li>%s</li>\n", t)
	}
	p.put("</ul>\n")
}

// soft writes a paragraph that stands back, unless it is empty.
func (p *page) soft(text string) {
	if text != "" {
		p.put("<p class=\"soft\">%s</p>\n", text)
	}
}

// view writes the whole page.
func (p *page) view(v view) {
	w := v.W
	p.put(`<!DOCTYPE html>
<html lang="%s">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>%s</title>
<style>%s</style>
<main>
<h1>%s</h1>
`, w.Lang, v.Title, markup(style), v.Title)
	if v.Failed != "" {
		p.put("<div class=\"verdict\">\n<p><strong>%s</strong></p>\n</div>\n", v.Failed)
	}
	if len(v.Devices) > 1 {
		p.put("<nav aria-label=\"%s\"><ul>\n", w.Contents)
		for _, d := range v.Devices {
			p.put("<li%s><a href=\"#%s\">%s</a>%s%s</li>\n", class("good", d.Good), d.ID, d.Name, w.Colon, d.brief(w))
		}
		p.put("</ul></nav>\n")
	}
	for _, d := range v.Devices {
		p.put("<section id=\"%s\">\n<h2>%s</h2>\n", d.ID, d.Name)
		p.verdict(w, d)
		if d.Tight {
			p.buffer(w, d)
		}
		p.steps(w, d)
		if !d.Tight {
			p.buffer(w, d)
		}
		p.heap(w, d)
		p.others(w, d)
		p.events(w, d)
		p.put("</section>\n")
	}
	p.put("<section>\n<h2>%s</h2>\n<ul>\n", w.Files)
	for _, f := range v.Files {
		p.put(`<li><a download="%s" href="%s">%s</a>%s%s%s%d %s`, f.Name, markup(f.Link), f.Name, w.Colon, f.What, w.Comma, f.Bytes, w.Bytes)
		if f.Note != "" {
			p.put("%s%s%s", w.Open, f.Note, w.Close)
		}
		p.put("</li>\n")
	}
	p.put("</ul>\n<h2>%s</h2>\n", w.Contains)
	p.list(v.Contains)
	p.put("</section>\n</main>\n<footer>\n")
	if v.Version != "" {
		p.put("<div>%s%s%s</div>\n", w.Version, w.Colon, v.Version)
	}
	if v.Command != "" {
		p.put("<div>%s%s<code>%s</code></div>\n", w.Command, w.Colon, v.Command)
	}
	p.put("</footer>\n</html>\n")
}

// brief is what came of the device, for the contents.
func (d deviceView) brief(w *words) string {
	switch {
	case d.Said != "":
		return d.Said
	case !d.Good && d.X.Cause != "":
		return d.Headline + w.Colon + d.X.Cause
	}
	return d.Headline
}

// verdict is what came of the device, and what to change.
func (p *page) verdict(w *words, d deviceView) {
	good := markup("")
	if d.Good {
		good = " good"
	}
	x := d.X
	p.put("<div class=\"verdict%s\">\n", good)
	if d.Said != "" {
		p.put("<strong>%s</strong>\n", d.Said)
	}
	p.put("<p>%s</p>\n", d.Headline)
	if x.Cause != "" {
		p.put("<strong>%s", x.Cause)
		if x.Code != "" && !strings.Contains(x.Cause, x.Code) {
			p.put("%s%s%s", w.Open, x.Code, w.Close)
		}
		p.put("</strong>\n")
		if name := cause.MbedTLSName(x.Code); name != "" {
			p.put("<p>%s</p>\n", fmt.Sprintf(w.CodeName, x.Code, name))
		}
	} else if len(d.Findings) > 0 {
		p.put("<strong>%s</strong>\n<p>%s</p>\n", d.Findings[0].Text, d.Findings[0].Device)
	}
	line := func(format, name, text string) {
		if text != "" {
			p.put(format, name, w.Colon, text)
		}
	}
	if d.Short != "" && d.Good {
		p.put("<p>%s</p>\n", d.Short)
	} else if d.Short != "" {
		p.put("<strong>%s</strong>\n", d.Short)
	}
	line("<p>%s%s%s</p>\n", w.Saw, x.Symptom)
	line("<p>%s%s<code>%s</code></p>\n", w.Where, x.Where)
	line("<p>%s%s%s</p>\n", w.In, x.Callback)
	line("<p>%s%s<code>%s</code></p>\n", w.Call, x.LastCall)
	if len(x.Locals) > 0 {
		p.put("<p>%s</p>\n<pre>%s</pre>\n", strings.TrimSpace(w.Locals+w.Colon), strings.Join(x.Locals, "\n"))
	}
	if d.Blind != "" {
		p.put("<p>%s</p>\n", d.Blind)
	}
	p.put("</div>\n")
	if len(d.Change) > 0 {
		p.put("<h3>%s</h3>\n", w.Change)
		p.list(d.Change)
	}
	line("<p class=\"soft\">%s%s%s</p>\n", w.See, x.Source)
	if len(d.Findings) == 0 {
		return
	}
	p.put("<h3>%s</h3>\n<ul>\n", w.Findings)
	for _, f := range d.Findings {
		p.put("<li><strong>%s</strong>", f.Rule)
		if f.Where != "" {
			p.put(" <code>%s</code>", f.Where)
		}
		p.put("%s%s%s%s", w.Colon, f.Text, w.Semicolon, f.Device)
		if f.Times != "" {
			p.put("%s%s%s", w.Open, f.Times, w.Close)
		}
		if f.Fix != "" {
			p.put("%s%s", w.Stop, f.Fix)
		}
		p.put("</li>\n")
	}
	p.put("</ul>\n")
}

// buffer is what the TLS buffer had to hold, and the certificates that were in it.
func (p *page) buffer(w *words, d deviceView) {
	if len(d.Items) > 0 {
		p.put("<div class=\"buffer\">\n<h3>%s</h3>\n", w.Buffer)
		if d.Buffer != "" {
			p.put("<p>%s %s</p>\n", d.Buffer, w.BufferBar)
		}
		p.wide(d.Name + w.Colon + w.Buffer)
		p.put("<table>\n")
		p.heads(w.Time, w.Direction, w.Kind, w.Name, w.Bytes, w.Share)
		p.put("<td></td></tr></thead>\n<tbody>\n")
		for _, i := range d.Items {
			p.item(i)
		}
		p.put("</tbody></table></div>\n")
		p.soft(d.MoreText)
		p.put("</div>\n")
	}
	for _, c := range d.Chains {
		p.put("<h3>%s</h3>\n", c.Head)
		p.soft(w.ChainNote)
		p.wide(c.Head)
		p.put("<table>")
		p.heads(w.Bytes, w.Without, w.Key, w.Signature, w.Subject)
		p.put("</tr></thead><tbody>\n")
		for _, x := range c.Rows {
			p.put(`<tr><td class="n">%d</td><td class="n">%s</td><td>%s</td><td>%s</td><td>%s`, x.Bytes, x.Without, x.Key, x.Signature, x.Subject)
			if x.Notes != "" {
				p.put(`<span class="soft">%s%s%s</span>`, w.Open, x.Notes, w.Close)
			}
			p.put("</td></tr>\n")
		}
		p.put("</tbody></table></div>\n")
	}
}

// item is a row of the buffer's table.
func (p *page) item(i itemView) {
	bytes := ""
	if i.Bytes != 0 {
		bytes = strconv.FormatInt(i.Bytes, 10)
	}
	if i.Bytes == 0 && i.Bad && i.Direction == "" { // a sentence
		p.put("<tr%s><td class=\"n\">%s</td><td></td><td>%s</td><td colspan=\"4\">%s</td></tr>\n",
			class("bad", true), i.Time, i.Kind, i.Name)
		return
	}
	p.put(`<tr%s><td class="n">%s</td><td>%s</td><td>%s</td><td>%s</td><td class="n">%s</td><td class="n">%s</td><td>`,
		class("bad", i.Bad), i.Time, i.Direction, i.Kind, i.Name, bytes, i.Share)
	if i.Bar {
		kind := "bar"
		if i.Bad {
			kind = "bar bad"
		} else if i.Out {
			kind = "bar out"
		}
		p.put(`<div%s aria-hidden="true"><i style="%s"></i><b style="%s"></b></div>`, class(kind, true), i.Fill, i.Line)
	}
	p.put("</td></tr>\n")
}

// steps is how it came, and the time line.
func (p *page) steps(w *words, d deviceView) {
	if len(d.X.Chain) > 0 {
		p.put("<h3>%s</h3>\n", w.Steps)
		p.wide(d.Name + w.Colon + w.Steps)
		p.put("<table>")
		p.heads(w.Time, w.Event)
		p.put("</tr></thead><tbody>\n")
		for _, s := range d.X.Chain {
			p.put("<tr><td class=\"n\">%.6f</td><td>%s</td></tr>\n", s.At, s.Text)
		}
		p.put("</tbody></table></div>\n")
	}
	if d.Picture != "" {
		p.put("<h3>%s</h3>\n", w.Timeline)
		p.soft(w.Reading)
		p.wide(d.Name + w.Colon + w.Timeline)
		p.put("%s</div>\n", d.Picture)
	}
}

// heap is the heap at its lowest, and the blocks that it had no room for.
func (p *page) heap(w *words, d deviceView) {
	if d.Heap == "" {
		return
	}
	p.put("<div class=\"heap\">\n<h3>%s</h3>\n<p>%s</p>\n", w.Heap, d.Heap)
	if len(d.Holds) > 0 {
		p.wide(d.Name + w.Colon + w.HoldsHead)
		p.put("<table><caption class=\"soft\">%s</caption>\n", w.HoldsHead)
		p.heads(w.Block, w.Blocks, w.Bytes)
		p.put("</tr></thead><tbody>\n")
		for _, h := range d.Holds {
			p.put("<tr><td>%s</td><td class=\"n\">%d</td><td class=\"n\">%d</td></tr>\n", h.Name, h.Blocks, h.Bytes)
		}
		p.put("</tbody></table></div>\n")
	}
	if len(d.Failed) > 0 {
		p.list(d.Failed)
	}
	p.put("</div>\n")
}

// others are other connections of the device.
func (p *page) others(w *words, d deviceView) {
	if len(d.Others) > 0 {
		p.put("<h3>%s</h3>\n", w.Others)
	}
	for _, o := range d.Others {
		p.put("<details><summary>%s</summary>", o.Head)
		p.wide(o.Head)
		p.put("<pre>%s</pre></div></details>\n", o.Text)
	}
}

// events are the device and its events, in parts that open.
func (p *page) events(w *words, d deviceView) {
	p.put("<h3>%s</h3>\n<dl>\n<dt>%s</dt><dd>%s</dd>\n<dt>%s</dt><dd>%s</dd>\n", w.Run, w.Device, d.Name, w.Profile, d.X.Profile)
	if d.Lasted != "" {
		p.put("<dt>%s</dt><dd>%s</dd>\n", w.Lasted, d.Lasted)
	}
	p.put("<dt>%s</dt><dd>%d</dd>\n</dl>\n", w.Counted, d.Count)
	if len(d.Parts) == 0 {
		return
	}
	p.put("<h3>%s</h3>\n", w.Events)
	p.soft(d.Older)
	for _, part := range d.Parts {
		p.put("<details><summary>%s</summary>", part.Head)
		p.wide(part.Head)
		p.put("<table class=\"events\"><tbody>\n")
		for _, r := range part.Rows {
			p.event(r)
		}
		p.put("</tbody></table></div></details>\n")
	}
}
