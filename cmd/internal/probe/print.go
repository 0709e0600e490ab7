package probe

import (
	"fmt"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
)

// textWidth is how many columns the report for people has: those of a terminal.
const textWidth = 80

// Verdict says in a few words what came of the handshake: "ok", "fails at handshake, -0x7200, reconnect callback -114".
func (r *Result) Verdict() string { return r.verdict(speech[cause.English]) }

func (r *Result) verdict(say phrases) string {
	if r.OK {
		return "ok"
	}
	parts := []string{fmt.Sprintf(say.failsAt, r.Stage)}
	if r.Code != nil {
		parts = append(parts, *r.Code)
	}
	if r.Callback != nil {
		text := fmt.Sprintf(say.callback, *r.Callback)
		if r.Err != nil {
			text += fmt.Sprintf(" %d", *r.Err)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, say.comma)
}

// String returns the report for people, in lines of at most 80 columns: the verdict, the server's certificates, which sizes work, the
// least size and heap, why the others fail, and what to change.
func (r *Report) String() string {
	out := &strings.Builder{}
	d := r.document()
	wrap(out, "", "", d.verdict)
	for _, s := range d.sections {
		fmt.Fprintf(out, "\n%s\n", s.heading)
		if s.table != nil {
			s.table.text(out)
		}
		for _, i := range s.items {
			if s.listed {
				wrap(out, "  - ", "    ", i)
			} else {
				wrap(out, "  ", "  ", i)
			}
		}
	}
	return out.String()
}

// text writes the table with its columns aligned. One that is too wide comes in parts; where that does not help the last column is cut.
func (t *table) text(out *strings.Builder) {
	const indent, gap = 2, 2
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], width(cell))
		}
	}
	first := 0
	if t.key {
		first = 1
	}
	for from := first; from < len(t.head); {
		used := indent
		for i := range first {
			used += widths[i] + gap
		}
		to := from
		for to < len(t.head) && (to == from || !t.key || used+widths[to] <= textWidth) {
			used += widths[to] + gap
			to++
		}
		for _, row := range append([][]string{t.head}, t.rows...) {
			line := strings.Repeat(" ", indent)
			for i, cell := range row {
				if i >= first && (i < from || i >= to) {
					continue
				}
				space := strings.Repeat(" ", max(0, widths[i]-width(cell)))
				if t.left[i] {
					line += cell + space
				} else {
					line += space + cell
				}
				line += strings.Repeat(" ", gap)
			}
			fmt.Fprintln(out, cut(strings.TrimRight(line, " ")))
		}
		from = to
	}
}

// cut shortens a line that is too wide.
func cut(line string) string {
	if width(line) <= textWidth {
		return line
	}
	n := 0
	for i, c := range line {
		if n += columns(c); n > textWidth-1 {
			return line[:i] + "…"
		}
	}
	return line
}

// columns is how wide a character is: Chinese ones have two.
func columns(c rune) int {
	if c > 0x2E80 {
		return 2
	}
	return 1
}

func width(s string) int {
	n := 0
	for _, c := range s {
		n += columns(c)
	}
	return n
}

// wrap writes a paragraph; lines after the first begin with rest.
func wrap(out *strings.Builder, first, rest, text string) {
	line, used := first, width(first)
	begun := false
	for _, word := range words(text) {
		w := width(strings.TrimRight(word, " "))
		if begun && used+w > textWidth {
			fmt.Fprintln(out, strings.TrimRight(line, " "))
			line, used, begun = rest, width(rest), false
		}
		line, used, begun = line+word, used+width(word), true
	}
	fmt.Fprintln(out, strings.TrimRight(line, " "))
}

// words cuts a text where a line may end: behind a space, and behind a Chinese character that no punctuation follows.
func words(text string) []string {
	var out []string
	from := 0
	runes := []rune(text)
	for i := range runes {
		last := i == len(runes)-1
		if last || runes[i] == ' ' || runes[i+1] > 0x2E80 && !strings.ContainsRune("，。：；、）", runes[i+1]) && runes[i] != '（' ||
			runes[i] > 0x2E80 && runes[i] != '（' && runes[i+1] < 0x2E80 && runes[i+1] != ' ' {
			out = append(out, string(runes[from:i+1]))
			from = i + 1
		}
	}
	return out
}
