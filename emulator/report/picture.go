package report

import (
	"cmp"
	"fmt"
	"html"
	"strings"

	"github.com/emu8266/emu8266/emulator/trace"
)

// Measures of the picture in its own units, which are pixels at full size.
const (
	labelWidth  = 120.0
	laneHeight  = 26.0
	barsHeight  = 72.0 // of the lane of TLS records
	limitHeight = 46.0 // of a record that fills the buffer
	curveHeight = 90.0
	axisHeight  = 22.0
	charWidth   = 6.2 // about, of a label's letter
)

// picture draws the time line: a lane for each kind of event that there is, and the curve of the free heap.
type picture struct {
	strings.Builder
	f *flight
	w *words
}

// draw returns the time line as SVG, "" without events. ids distinguishes the devices of a page.
func (f *flight) draw(w *words, id string) string {
	if len(f.events) == 0 {
		return ""
	}
	p := &picture{f: f, w: w}
	marks := f.marks()
	height := axisHeight
	for l, list := range marks {
		if len(list) > 0 {
			height += heightOf(laneID(l))
		}
	}
	bottom := height
	if f.heap.known {
		height += curveHeight
	}
	width := labelWidth + f.scale.width
	fmt.Fprintf(p, `<svg role="img" aria-labelledby="%s" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`, id, width, height, width, height)
	fmt.Fprintf(p, `<title id="%s">%s</title>`, id, html.EscapeString(w.Timeline))
	p.axis(height)
	y := axisHeight
	for l, list := range marks {
		if len(list) == 0 {
			continue
		}
		h := heightOf(laneID(l))
		fmt.Fprintf(p, `<line class="grid" x1="0" x2="%.0f" y1="%.0f" y2="%.0f"/>`, width, y, y)
		fmt.Fprintf(p, `<text x="4" y="%.1f">%s</text>`, y+h/2+4, html.EscapeString(w.Lanes[l]))
		if laneID(l) == laneRecords {
			p.records(list, y)
		} else {
			p.lane(list, y, laneID(l), bottom)
		}
		y += h
	}
	if f.heap.known {
		p.curve(y)
	}
	p.WriteString("</svg>")
	return p.String()
}

func heightOf(l laneID) float64 {
	if l == laneRecords {
		return barsHeight
	}
	return laneHeight
}

// axis writes the times, as many as have room.
func (p *picture) axis(height float64) {
	end := 0.0
	for _, t := range p.f.scale.ticks {
		x, label := labelWidth+t.x, seconds(t.at)
		if x < end {
			continue
		}
		end = x + charWidth*float64(len(label)) + 8
		fmt.Fprintf(p, `<line class="grid" x1="%.1f" x2="%.1f" y1="14" y2="%.0f"/><text class="t" x="%.1f" y="11">%s</text>`,
			x, x, height, x, label)
	}
}

// title is what a mark stands for.
func (p *picture) title(m mark) string {
	e := p.f.events[m.first]
	text := seconds(e.At) + " s: " + e.What()
	if m.count > 1 {
		text += " ... " + fmt.Sprintf(p.w.Several, m.count)
	}
	return "<title>" + html.EscapeString(text) + "</title>"
}

// lane writes the marks of a lane, with labels where they have room.
func (p *picture) lane(list []mark, y float64, l laneID, bottom float64) {
	for i, m := range list {
		class := "m"
		if l == laneMessages {
			class = direction(m)
		}
		if m.bad {
			class = "b"
			if l == laneFindings {
				fmt.Fprintf(p, `<line class="bl" x1="%.1f" x2="%.1f" y1="%.0f" y2="%.0f"/>`, labelWidth+m.x, labelWidth+m.x, axisHeight, bottom)
			}
		}
		fmt.Fprintf(p, `<rect class="%s" x="%.1f" y="%.1f" width="4" height="14">%s</rect>`, class, labelWidth+m.x-2, y+6, p.title(m))
		room := p.f.scale.width - m.x
		if i+1 < len(list) {
			room = list[i+1].x - m.x
		}
		label := short(p.f.events[m.first])
		if m.count > 1 {
			label = fmt.Sprint(m.count)
		}
		if fit := int((room - 8) / charWidth); fit > 0 && (len(label) <= fit || fit > 6) {
			fmt.Fprintf(p, `<text x="%.1f" y="%.1f">%s</text>`, labelWidth+m.x+4, y+17, html.EscapeString(cut(label, fit)))
		}
	}
}

// records writes the TLS records as bars against the line of the buffer's size.
func (p *picture) records(list []mark, y float64) {
	base := y + barsHeight - 6
	limit := int64(0)
	for _, m := range list {
		limit = max(limit, m.limit)
	}
	for _, m := range list {
		h := 4.0
		if m.limit > 0 {
			h = max(2, min(float64(m.bytes)/float64(m.limit)*limitHeight, barsHeight-8))
		}
		class := direction(m)
		if m.bad {
			class = "b"
		}
		fmt.Fprintf(p, `<rect class="%s" x="%.1f" y="%.1f" width="5" height="%.1f">%s</rect>`, class, labelWidth+m.x-2, base-h, h, p.title(m))
	}
	for i, e := range p.f.events { // what was refused was never a record of its own
		if e.Kind != trace.KindCause || e.Source != trace.SourceTLS || e.Limit <= 0 || e.Value <= e.Limit {
			continue
		}
		h := min(float64(e.Value)/float64(e.Limit)*limitHeight, barsHeight-8)
		fmt.Fprintf(p, `<rect class="b" x="%.1f" y="%.1f" width="7" height="%.1f">%s</rect>`, labelWidth+p.f.scale.x[i]-2, base-h, h,
			p.title(mark{first: i, count: 1}))
		fmt.Fprintf(p, `<text x="%.1f" y="%.1f">%d</text>`, labelWidth+p.f.scale.x[i]+8, base-h+9, e.Value)
	}
	if limit > 0 {
		fmt.Fprintf(p, `<line class="limit" x1="%.0f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, labelWidth, labelWidth+p.f.scale.width, base-limitHeight, base-limitHeight)
		fmt.Fprintf(p, `<text class="t" x="4" y="%.1f">%s</text>`, base-limitHeight+3, html.EscapeString(fmt.Sprintf(p.w.SizeLine, limit)))
	}
}

// curve writes the free heap.
func (p *picture) curve(y float64) {
	h := &p.f.heap
	top, base := y+8, y+curveHeight-6
	at := func(free int64) float64 { return base - float64(free)/float64(max(h.most, 1))*(base-top) }
	fmt.Fprintf(p, `<line class="grid" x1="0" x2="%.0f" y1="%.0f" y2="%.0f"/>`, labelWidth+p.f.scale.width, y, y)
	fmt.Fprintf(p, `<text x="4" y="%.1f">%s</text><text class="t" x="4" y="%.1f">%d</text><text class="t" x="4" y="%.1f">0</text>`,
		y+curveHeight/2+4, html.EscapeString(p.w.HeapCurve), top+4, h.most, base)
	var path strings.Builder
	last, lowest := -1.0, int64(0)
	point := func(x float64, free int64) {
		if path.Len() == 0 {
			fmt.Fprintf(&path, "M%.1f %.1f", labelWidth+x, at(free))
			return
		}
		fmt.Fprintf(&path, "H%.1fV%.1f", labelWidth+x, at(free))
	}
	for i, e := range p.f.events {
		boot := e.Source == trace.SourceDevice && e.Kind == trace.KindBoot
		if !boot && (e.Source != trace.SourceHeap || e.Kind != trace.KindAlloc && e.Kind != trace.KindFree) {
			continue
		}
		x := p.f.scale.x[i]
		if x-last < 1 && !boot { // of what one column holds, the lowest
			if e.Limit >= lowest {
				continue
			}
		} else {
			last, lowest = x, e.Limit
		}
		lowest = min(lowest, e.Limit)
		point(x, e.Limit)
	}
	if path.Len() > 0 {
		fmt.Fprintf(p, `<path class="curve" d="%sH%.1f"/>`, path.String(), labelWidth+p.f.scale.width)
	}
	for i, e := range p.f.events {
		if e.Kind == trace.KindFailed && e.Source == trace.SourceHeap {
			fmt.Fprintf(p, `<rect class="b" x="%.1f" y="%.1f" width="4" height="%.1f">%s</rect>`, labelWidth+p.f.scale.x[i]-2, top, base-top,
				p.title(mark{first: i, count: 1}))
		}
	}
}

func direction(m mark) string {
	if m.out {
		return "o"
	}
	return "i"
}

// short is an event in a word or two.
func short(e trace.Event) string {
	switch e.Kind {
	case trace.KindLine:
		return e.Text
	case trace.KindState:
		if e.Source == trace.SourceTLS {
			return e.Name
		}
		return e.State.String()
	case trace.KindReconnect:
		return fmt.Sprintf("reconnect %d", e.Value)
	case trace.KindCause:
		return e.Name[strings.LastIndexByte(e.Name, '/')+1:]
	}
	return cmp.Or(e.Name, e.Kind.String())
}

// cut shortens a text to n letters.
func cut(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:max(n-1, 0)]) + "…"
}
