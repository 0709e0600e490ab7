package probe

import (
	"fmt"
	"strings"
)

// Markdown returns the report for a ticket. made is the line about who made it and how, "" for none.
func (r *Report) Markdown(made string) string {
	out := &strings.Builder{}
	d := r.document()
	fmt.Fprintf(out, "**%s**\n", markdown(d.verdict))
	for _, s := range d.sections {
		fmt.Fprintf(out, "\n### %s\n\n", markdown(s.heading))
		if t := s.table; t != nil {
			line := func(cells []string) {
				for _, c := range cells {
					fmt.Fprintf(out, "| %s ", markdown(c))
				}
				fmt.Fprintln(out, "|")
			}
			line(t.head)
			for _, left := range t.left {
				if left {
					fmt.Fprint(out, "|---")
				} else {
					fmt.Fprint(out, "|---:")
				}
			}
			fmt.Fprintln(out, "|")
			for _, row := range t.rows {
				line(row)
			}
		}
		for i, text := range s.items {
			switch {
			case s.listed:
				fmt.Fprintf(out, "- %s\n", markdown(text))
			case s.table != nil || i > 0:
				fmt.Fprintf(out, "\n%s\n", markdown(text))
			default:
				fmt.Fprintf(out, "%s\n", markdown(text))
			}
		}
	}
	if made != "" {
		fmt.Fprintf(out, "\n%s\n", markdown(made))
	}
	return out.String()
}

// markdown writes text, parts of which come from a server, so that it means nothing else.
func markdown(text string) string {
	out := &strings.Builder{}
	for _, c := range text {
		switch {
		case c < ' ' || c == 0x7F:
			out.WriteByte(' ')
		case strings.ContainsRune("\\`*_<>|[]#~&", c):
			out.WriteByte('\\')
			fallthrough
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}
