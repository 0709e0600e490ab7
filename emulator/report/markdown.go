package report

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// markdownRows bounds the rows of a table in the short form. Choice: an issue is read, not studied.
const markdownRows = 40

// Markdown returns the short form for issue trackers: the verdict, what to change, what the buffer had to hold, the servers'
// certificates, and how the run was made. It has no attachments.
func (r *Report) Markdown() string {
	var b strings.Builder
	w := r.words
	fmt.Fprintf(&b, "## %s\n", text(r.title()))
	if said := r.failedTest(); said != "" {
		fmt.Fprintf(&b, "\n**%s**\n", text(said))
	}
	for i, f := range r.devices {
		d := r.device(f, i)
		x := d.X
		fmt.Fprintf(&b, "\n### %s\n\n", text(d.Name))
		if d.Said != "" {
			fmt.Fprintf(&b, "**%s**\n\n", text(d.Said))
		}
		fmt.Fprintf(&b, "**%s**", text(d.Headline))
		if x.Cause != "" {
			fmt.Fprintf(&b, "%s%s", w.Colon, text(x.Cause))
		} else if len(d.Findings) > 0 {
			fmt.Fprintf(&b, "%s%s", w.Colon, text(d.Findings[0].Text+w.Semicolon+d.Findings[0].Device))
		}
		if x.Code != "" && !strings.Contains(x.Cause, x.Code) {
			fmt.Fprintf(&b, "%s`%s`%s", w.Open, strings.TrimSuffix(x.Code+" "+cause.MbedTLSName(x.Code), " "), w.Close)
		}
		b.WriteString("\n\n")
		line := func(label, value string) {
			if value != "" {
				fmt.Fprintf(&b, "- %s%s%s\n", label, w.Colon, text(value))
			}
		}
		line(w.Heap, d.Short)
		line(w.Saw, x.Symptom)
		line(w.Where, x.Where)
		line(w.In, x.Callback)
		line(w.Call, x.LastCall)
		line(w.Locals, strings.Join(x.Locals, "; "))
		line(w.NotSeen, d.Blind)
		for _, c := range d.Change {
			line(w.Change, c)
		}
		line(w.See, x.Source)
		line(w.Heap, d.Heap)
		for _, g := range d.Findings {
			said := g.Text + w.Semicolon + g.Device
			if g.Where != "" {
				said = g.Where + w.Colon + said
			}
			if g.Fix != "" {
				said += w.Stop + g.Fix
			}
			line(g.Rule, said)
		}
		line(w.Profile, x.Profile)
		if len(d.Items) > 0 && (!d.Good || len(r.devices) == 1) { // what works beside what failed is told in a line
			fmt.Fprintf(&b, "\n%s\n\n| %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---:|---:|\n",
				text(strings.TrimSpace(w.Buffer+w.Stop+d.Buffer)), w.Time, w.Direction, w.Kind, w.Name, w.Bytes, w.Share)
			rows := d.Items
			for n, i := range rows {
				if n >= markdownRows && !i.Bad {
					continue
				}
				mark, size := "", ""
				if i.Bad {
					mark = "**"
				}
				if i.Bytes > 0 {
					size = fmt.Sprint(i.Bytes)
				}
				fmt.Fprintf(&b, "| %s | %s | %s | %s%s%s | %s | %s |\n",
					i.Time, i.Direction, i.Kind, mark, text(i.Name), mark, size, i.Share)
			}
		}
		for _, c := range d.Chains {
			fmt.Fprintf(&b, "\n%s\n\n| %s | %s | %s | %s | %s |\n|---:|---:|---|---|---|\n",
				text(c.Head), w.Bytes, w.Without, w.Key, w.Signature, w.Subject)
			for _, k := range c.Rows {
				subject := k.Subject
				if k.Notes != "" {
					subject = strings.TrimSpace(subject + w.Open + k.Notes + w.Close)
				}
				fmt.Fprintf(&b, "| %d | %s | %s | %s | %s |\n", k.Bytes, k.Without, k.Key, k.Signature, text(subject))
			}
		}
		if len(d.Others) > 0 {
			fmt.Fprintf(&b, "\n%s\n\n", w.Others)
			for _, o := range d.Others {
				fmt.Fprintf(&b, "- %s%s%s\n", text(o.Head), w.Colon, text(o.X.Cause))
			}
		}
	}
	b.WriteString("\n")
	if v := r.options.Version; v != "" {
		fmt.Fprintf(&b, "%s%s%s  \n", w.Version, w.Colon, text(v))
	}
	if c := r.clean(r.options.Command); c != "" {
		fence := "`"
		for strings.Contains(c, fence) {
			fence += "`"
		}
		fmt.Fprintf(&b, "%s%s%s%s%s\n", w.Command, w.Colon, fence, strings.ReplaceAll(c, "\n", " "), fence)
	}
	return b.String()
}

// text escapes what Markdown, and HTML in it, would take for more than text.
func text(s string) string {
	return strings.NewReplacer("\r", " ", "\n", " ", "\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_", "|", "\\|", "<", "&lt;", ">", "&gt;",
		"[", "\\[", "]", "\\]", "&", "&amp;").Replace(s)
}
